"""Eight further instruments to teach a network: made on first use as the practice set is, a subfolder for each.

Each song has players, a room and a recording of its own, and lies in a folder of its own, by which its excerpts are
known as siblings. In every second one the instrument plays alone, as in most recordings that people make themselves.
"""

from __future__ import annotations

import os
from pathlib import Path

from ..data.clips import GENRES
from ..paths import cache_folder
from . import practice_set, songbook
from .dice import Dice
from .orchestra import FURTHER
from .songbook import EXCERPT_SECONDS, EXCERPTS, Excerpt, Take

SONGS = 24  # of each instrument
VERSION = 1  # goes up whenever another sound or name comes out
NAME = "FurtherInstruments"
_SEED = 2026


def folder(root: str | os.PathLike | None = None, *, progress: bool = True, workers: int = 0) -> Path:
    """The folder with a subfolder for each of the eight, for `class_folders.scan`; made if needed.

    Parameters and errors are those of `practice_set.ensure`; the set takes about 130 MB.
    """
    place = Path(root or cache_folder()) / f"further-{VERSION}-{_SEED}-{SONGS}"
    return practice_set.made(place, takes, _begin, progress=progress, workers=workers) / NAME


def takes() -> tuple[Take, ...]:
    """Every song: genres alike for all instruments, so that none is known by its genre.

    Examples
    --------
    >>> takes()[0].instruments, takes()[0].excerpts[0].paths
    (('oboe',), ('FurtherInstruments/oboe/song 01/excerpt 1.flac',))
    """
    return tuple(
        _take(place, instrument.code, number)
        for place, instrument in enumerate(FURTHER)
        for number in range(1, SONGS + 1)
    )


def _take(place: int, code: str, number: int) -> Take:
    seed, genre = (_SEED, place, number), list(GENRES)[number % len(GENRES)]
    excerpts = tuple(
        Excerpt(EXCERPT_SECONDS, (f"{NAME}/{code}/song {number:02d}/excerpt {each}.flac",))
        for each in range(1, EXCERPTS + 1)
    )
    drums = Dice(*seed, 5).chance(songbook.UNTAGGED_DRUMS[genre])
    return Take(seed, (code,), genre, drums, excerpts, alone=number % 2 == 1)


def _begin(place: Path) -> dict[str, list]:
    return practice_set.write(place, "README.txt", f"{practice_set.WARNING}\n".encode())
