"""From file names to a table of clips: what IRMAS's names say, which clips are one song, what is missing.

A training clip is called ``[NNN__][instrument][dru|nod|---][genre]RRRR__K.wav``: an optional three-digit prefix, the
instrument, an optional drum tag, the genre, the four-digit number of the recording and the number of the excerpt.
The first tag is the instrument and the last one the genre; ``[cla]`` means clarinet in front and classical at the end.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DatasetError
from ..instruments import CODES

if TYPE_CHECKING:
    import pandas as pd

GENRES: dict[str, str] = {
    "cla": "classical",
    "cou_fol": "country and folk",
    "jaz_blu": "jazz and blues",
    "lat_sou": "latin and soul",
    "pop_roc": "pop and rock",
}
DRUMS: dict[str, str] = {"dru": "drums", "nod": "no drums", "---": "unknown", "": "not tagged"}
COLUMNS = ("path", "instrument", "genre", "drums", "recording", "excerpt", "song")

# What lies beside the clips and is none: IRMAS's own listing, and what file managers leave behind.
NOT_CLIPS = ("readme.txt", ".ds_store", "thumbs.db", "desktop.ini")

# Recording numbers that hold the same audio, found by comparing the spectrograms of the whole training set
# (21 pairs; 0672, 0673 and 0674 are labelled gac and their twins gel).
SAME_AUDIO: dict[str, str] = {
    "0774": "0670", "0757": "0672", "0758": "0673", "0759": "0674", "0760": "0675", "0761": "0676", "0762": "0708",
    "0763": "0709", "0765": "0711", "0766": "0712", "0767": "0713", "0768": "0714", "0769": "0715", "0770": "0716",
    "0771": "0717", "0772": "0718", "0773": "0719", "0858": "0856", "1688": "1682", "2279": "2222", "2312": "2311",
}  # fmt: skip

# Clips and recordings a class in the official training set (counted over all 6,705 names).
OFFICIAL_CLIPS = dict(zip(CODES, (388, 505, 451, 637, 760, 682, 721, 626, 577, 580, 778), strict=True))
OFFICIAL_RECORDINGS = dict(zip(CODES, (135, 169, 153, 216, 256, 230, 245, 209, 195, 193, 260), strict=True))

_NAME = re.compile(
    r"(?:(?P<prefix>\d{3})__)?"
    rf"\[(?P<instrument>{'|'.join(CODES)})\]"
    r"(?:\[(?P<drums>dru|nod|---)\])?"
    rf"\[(?P<genre>{'|'.join(GENRES)})\]"
    r"(?P<recording>\d{4})__(?P<excerpt>[1-9]\d*)\.wav",
    re.ASCII,
)


@dataclass(frozen=True)
class ClipName:
    """The fields of one training clip's file name."""

    instrument: str  # a code from `instruments.CODES`
    genre: str  # a code from `GENRES`
    recording: str  # four digits
    excerpt: int  # its number within the recording, from 1
    drums: str = ""  # dru, nod, ---, or empty where the name has no drum tag
    prefix: str = ""  # three digits, or empty

    def __str__(self) -> str:
        prefix = f"{self.prefix}__" if self.prefix else ""
        drums = f"[{self.drums}]" if self.drums else ""
        return f"{prefix}[{self.instrument}]{drums}[{self.genre}]{self.recording}__{self.excerpt}.wav"


def parse_name(name: str) -> ClipName:
    """Take a training clip's file name, without folders, apart; a `DatasetError` if it does not follow the pattern.

    Examples
    --------
    >>> name = parse_name("008__[cel][nod][cla]0058__1.wav")
    >>> name.instrument, name.drums, name.genre, name.recording, name.excerpt
    ('cel', 'nod', 'cla', '0058', 1)
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise DatasetError(
            f"{name}: no IRMAS clip name; expected [NNN__][instrument][dru|nod|---][genre]RRRR__K.wav, "
            "for example 008__[cel][nod][cla]0058__1.wav"
        )
    fields = {key: value or "" for key, value in match.groupdict().items()}
    return ClipName(**{**fields, "excerpt": int(fields["excerpt"])})


def song_of(recording: str) -> str:
    """The song that a recording belongs to: the smallest number, four digits, among those that share its audio.

    Examples
    --------
    >>> song_of("0757"), song_of("0001")
    ('0672', '0001')
    """
    return SAME_AUDIO.get(recording, recording)


def table(paths: Iterable[str]) -> pd.DataFrame:
    """A table of clips from their paths; no file is touched.

    Parameters
    ----------
    paths : iterable of str
        Paths that end in IRMAS names, with ``/`` between folders.

    Returns
    -------
    pandas.DataFrame
        One row a path in the order given, with the columns of `COLUMNS`. `excerpt` is an integer, the others are
        strings; `song` merges the recordings that hold the same audio.

    Raises
    ------
    DatasetError
        If a name does not follow IRMAS's pattern.

    Examples
    --------
    >>> table(["gel/[gel][dru][pop_roc]0757__2.wav"])[["instrument", "recording", "song"]].to_numpy().tolist()
    [['gel', '0757', '0672']]
    """
    import pandas as pd

    rows = []
    for path in paths:
        name = parse_name(path.rsplit("/", 1)[-1])
        song = song_of(name.recording)
        rows.append((path, name.instrument, name.genre, name.drums, name.recording, name.excerpt, song))
    return pd.DataFrame(rows, columns=list(COLUMNS))


@dataclass(frozen=True)
class Scan:
    """What `scan` found in a folder; all paths are relative to it."""

    root: Path
    clips: pd.DataFrame  # one row a clip, see `table`
    ignored: tuple[str, ...]  # files that are known to be no clips (README.txt, .DS_Store, ...)
    unparsed: tuple[str, ...]  # every other file whose name or folder does not follow IRMAS's rules


def scan(root: str | os.PathLike) -> Scan:
    """Find the training clips below a folder.

    Parameters
    ----------
    root : path
        A folder with one folder a class in it, such as ``IRMAS-TrainingData``.

    Returns
    -------
    Scan
        Clips sorted by path, and the files that are no clips.

    Raises
    ------
    DatasetError
        If there is no such folder, or no clip in it.
    """
    root = Path(root)
    if not os.path.isdir(root):  # Path.is_dir raises where a name is too long
        raise DatasetError(f"{root}: no such folder; point IRMAS_DATA at the folder that holds cel, cla, ... voi")
    good, ignored, unparsed = [], [], []
    for path in files_below(root):
        *folders, name = path.split("/")
        if is_clutter(path):
            ignored.append(path)
        elif _is_clip(folders, name):
            good.append(path)
        else:
            unparsed.append(path)
    if not good:
        raise DatasetError(f"{root}: holds no IRMAS clip; expected files such as cel/[cel][cla]0001__1.wav below it")
    return Scan(root, table(good), tuple(ignored), tuple(unparsed))


def files_below(root: Path) -> list[str]:
    """Every file below an existing folder: paths relative to it, with ``/``, sorted."""
    found = []
    for folder, _, names in os.walk(root):
        below = Path(folder).relative_to(root).as_posix()
        found += [name if below == "." else f"{below}/{name}" for name in names]
    return sorted(found)


def is_clutter(path: str) -> bool:
    """Whether a file is one of those that lie beside the sounds and are none.

    Examples
    --------
    >>> is_clutter("cel/._[cel][cla]0001__1.wav"), is_clutter("cel/[cel][cla]0001__1.wav")
    (True, False)
    """
    name = path.rsplit("/", 1)[-1]
    return name.lower() in NOT_CLIPS or name.startswith("._")


def _is_clip(folders: list[str], name: str) -> bool:
    """Whether a name follows the rules and lies in the folder of its class (or, flat, in no folder at all)."""
    match = _NAME.fullmatch(name)
    return match is not None and (not folders or folders[-1] == match["instrument"])


def drop_contradictions(clips: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Set aside the songs that carry two labels: the same sound cannot be both right and wrong.

    Returns
    -------
    kept, dropped : pandas.DataFrame
        The rows of songs with one instrument, and those of songs with more; indices are kept.

    Examples
    --------
    >>> clips = table(["[gac][cla]0672__1.wav", "[gel][cla]0757__1.wav", "[pia][cla]0001__1.wav"])
    >>> kept, dropped = drop_contradictions(clips)
    >>> kept["song"].tolist(), dropped["song"].tolist()
    (['0001'], ['0672', '0672'])
    """
    contradicting = clips.groupby("song")["instrument"].transform("nunique") > 1
    return clips[~contradicting], clips[contradicting]


def check_official(clips: pd.DataFrame) -> pd.DataFrame:
    """Compare a table with the official training set, class by class.

    Returns
    -------
    pandas.DataFrame
        Index: the eleven codes. Columns: those of `against_official` and, for the recordings, `recordings` and
        `official_recordings`.

    Examples
    --------
    >>> check_official(table(["[cel][cla]0001__1.wav"])).loc["cel", ["clips", "official", "missing"]].tolist()
    [1, 388, 387]
    """
    import pandas as pd

    classes = clips.groupby("instrument")
    report = against_official("clips", classes.size().reindex(CODES, fill_value=0).to_dict(), OFFICIAL_CLIPS)
    recordings = classes["recording"].nunique().reindex(CODES, fill_value=0)
    return report.assign(recordings=recordings, official_recordings=pd.Series(OFFICIAL_RECORDINGS))


def against_official(what: str, counts: Mapping[str, int], official: Mapping[str, int]) -> pd.DataFrame:
    """Counts under a column's name beside the `official` ones, and what is `missing` and `extra`: all zero if equal.

    Examples
    --------
    >>> against_official("clips", {"cel": 3, "cla": 6}, {"cel": 5, "cla": 5}).loc["cel"].to_dict()
    {'clips': 3, 'official': 5, 'missing': 2, 'extra': 0}
    """
    import pandas as pd

    report = pd.DataFrame({what: counts, "official": official})
    difference = report["official"] - report[what]
    return report.assign(missing=difference.clip(lower=0), extra=(-difference).clip(lower=0))


def identity(root: str | os.PathLike, paths: Iterable[str]) -> str:
    """A short name for exactly these files below a folder: changes when one is added, removed or replaced.

    Twelve hexadecimal digits of a SHA-256 over paths, sizes and modification times.
    """
    digest = hashlib.sha256()
    for path in paths:
        try:
            status = (Path(root) / path).stat()
            size, changed = status.st_size, status.st_mtime_ns
        except OSError:  # gone, or a link to nothing: whoever reads it says so
            size = changed = 0
        digest.update(os.fsencode(f"{path}\0{size}\0{changed}\n"))
    return digest.hexdigest()[:12]
