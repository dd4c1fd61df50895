"""Eight further instruments to teach a network: made on first use as the practice set is, a subfolder for each.

Each song has players, a room and a recording of its own, and lies in a folder of its own, by which its excerpts are
known as siblings. In every second one the instrument plays alone, as in most recordings that people make themselves.

One bank of sampled instruments plays them all, the only one found that may be passed on and comes in a wheel. Whoever
has others, such as FluidR3 in Debian's ``fluid-soundfont-gm``, can let them take turns.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from ..data.clips import GENRES
from ..errors import DatasetError
from ..paths import cache_folder
from . import practice_set, songbook
from .dice import Dice
from .orchestra import FURTHER
from .songbook import EXCERPT_SECONDS, EXCERPTS, Excerpt, Take
from .soundfont_player import soundfont

SONGS = 24  # of each instrument
VERSION = 1  # goes up whenever another sound or name comes out
NAME = "FurtherInstruments"
_SEED = 2026
_VELOCITY = 80  # a key struck neither softly nor hard, to see whether a bank knows an instrument


def folder(
    root: str | os.PathLike | None = None,
    *,
    banks: Sequence[str | os.PathLike] = (),
    progress: bool = True,
    workers: int = 0,
) -> Path:
    """The folder with a subfolder for each of the eight, for `class_folders.scan`; made if needed.

    Parameters
    ----------
    root, progress, workers
        Those of `practice_set.ensure`; the set takes about 130 MB.
    banks : sequence of paths
        General MIDI banks of yours, ``.sf2`` files, that take turns with the course's own: about as many songs of each
        instrument, alone and accompanied, are played by one as by another.

    Returns
    -------
    pathlib.Path
        Another for other banks.

    Raises
    ------
    DatasetError
        Those of `practice_set.ensure`; also if a bank cannot be read, or lacks one of the instruments.
    """
    paths = [os.path.abspath(bank) for bank in banks]
    for path in paths:
        _require_instruments(path)
    digest = hashlib.sha256(b"".join(hashlib.sha256(Path(path).read_bytes()).digest() for path in paths)).hexdigest()
    place = Path(root or cache_folder()) / f"further-{VERSION}-{_SEED}-{SONGS}{f'-{digest[:12]}' if paths else ''}"
    return practice_set.made(place, lambda: takes(paths), _begin, progress=progress, workers=workers) / NAME


def _require_instruments(path: str) -> None:
    bank = soundfont(path)
    for instrument in FURTHER:
        if not all(bank.zones(instrument.programs[0], key, _VELOCITY) for key in instrument.pitch_range):
            raise DatasetError(f"{path}: no {instrument.name} in it; give a bank with all instruments of General MIDI")


def takes(banks: Sequence[str] = ()) -> tuple[Take, ...]:
    """Every song: genres alike for all instruments, so that none is known by its genre.

    Parameters
    ----------
    banks : sequence of str
        See `folder`.

    Examples
    --------
    >>> takes()[0].instruments, takes()[0].excerpts[0].paths
    (('oboe',), ('FurtherInstruments/oboe/song 01/excerpt 1.flac',))
    """
    turns = ("", *banks)
    return tuple(
        _take(place, instrument.code, number, turns[(number - 1) // 2 % len(turns)])
        for place, instrument in enumerate(FURTHER)
        for number in range(1, SONGS + 1)
    )


def _take(place: int, code: str, number: int, bank: str) -> Take:
    seed, genre = (_SEED, place, number), list(GENRES)[number % len(GENRES)]
    excerpts = tuple(
        Excerpt(EXCERPT_SECONDS, (f"{NAME}/{code}/song {number:02d}/excerpt {each}.flac",))
        for each in range(1, EXCERPTS + 1)
    )
    drums = Dice(*seed, 5).chance(songbook.UNTAGGED_DRUMS[genre])
    return Take(seed, (code,), genre, drums, excerpts, alone=number % 2 == 1, bank=bank)


def _begin(place: Path) -> dict[str, list]:
    return practice_set.write(place, "README.txt", f"{practice_set.WARNING}\n".encode())
