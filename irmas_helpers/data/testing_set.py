"""From folders of testing excerpts to a table: labels, songs, parts, and comparison with the official counts.

An excerpt is ``NAME.wav`` with its instruments in ``NAME.txt``, one code a line. ``NAME`` is the song and, behind the
last hyphen, the number of the excerpt. The official set comes in three parts, which share no song.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import DatasetError
from ..instruments import CODES, label_indices
from .clips import against_official, files_below, is_clutter

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("path", "part", "song", "labels")

# The official testing set, counted over its 2,874 label files: excerpts a part, excerpts a label, excerpts by how many
# labels they carry. They come from 208 songs.
OFFICIAL_PARTS = {1: 807, 2: 1301, 3: 766}
OFFICIAL_LABELS = dict(zip(CODES, (111, 62, 163, 535, 942, 361, 995, 326, 167, 211, 1044), strict=True))
OFFICIAL_LABELS_AN_EXCERPT = {1: 1236, 2: 1278, 3: 318, 4: 39, 5: 3}
OFFICIAL_EXCERPTS = sum(OFFICIAL_PARTS.values())

_PART = re.compile(r"part\s*([123])", re.IGNORECASE)
_NUMBER = re.compile(r"-\d+\Z")


@dataclass(frozen=True)
class TestingScan:
    """What `scan` found in a folder; all paths are relative to it.

    `excerpts` has one row an excerpt, sorted by path: `path`; `part`, 1 to 3, or 0 where no folder's name says one;
    `song`; `labels`, codes joined by ``+``, such as ``gel+voi``.
    """

    __test__ = False  # a class of pytest's it is not

    root: Path
    excerpts: pd.DataFrame
    unlabelled: tuple[str, ...]  # sounds without a .txt


def scan(root: str | os.PathLike) -> TestingScan:
    """Find the testing excerpts below a folder and read their labels.

    Names are compared in Unicode's composed form (NFC): some archives write the letters of a sound's name and those of
    its label file in two ways.

    Parameters
    ----------
    root : path
        A folder with one or more parts, such as ``IRMAS-TestingData-Part1``, or one that holds all three.

    Raises
    ------
    DatasetError
        If there is no such folder, no labelled excerpt in it, or a label file that cannot be used.
    """
    import pandas as pd

    root = Path(root)
    if not os.path.isdir(root):  # Path.is_dir raises where a name is too long
        raise DatasetError(f"{root}: no such folder; name the one that holds the testing parts, wavs and txts")
    files = [path for path in files_below(root) if not is_clutter(path)]
    label_files = {_stem(path): path for path in files if path.lower().endswith(".txt")}
    sounds = [path for path in files if path.lower().endswith(".wav")]
    labelled = [path for path in sounds if _stem(path) in label_files]
    if not labelled:
        raise DatasetError(f"{root}: holds no testing excerpt; expected NAME.wav with its labels in NAME.txt beside it")
    rows = [
        (path, part_of(root, path), song_of(path), "+".join(read_labels(root / label_files[_stem(path)])))
        for path in labelled
    ]
    unlabelled = tuple(path for path in sounds if _stem(path) not in label_files)
    return TestingScan(root, pd.DataFrame(rows, columns=list(COLUMNS)), unlabelled)


def _stem(path: str) -> str:
    """What a sound and its label file have in common."""
    return unicodedata.normalize("NFC", path[: -len(".wav")])


def part_of(root: str | os.PathLike, path: str) -> int:
    """The part, 1 to 3, that an excerpt belongs to, by the deepest folder that is called after one; 0 if none is.

    The set's folder `root`, to which the path is relative, counts too: ``Part1``, ``IRMAS-TestingData-Part2``.

    Examples
    --------
    >>> part_of("IRMAS", "IRMAS-TestingData-Part2/Part2/song-1.wav"), part_of("IRMAS", "song-1.wav")
    (2, 0)
    """
    folders = (Path(root).absolute().name, *path.split("/")[:-1])
    found = [match[1] for folder in folders if (match := _PART.search(folder))]
    return int(found[-1]) if found else 0


def song_of(path: str) -> str:
    """The song that an excerpt was cut from: its name, in NFC, without the number behind the last hyphen.

    Examples
    --------
    >>> song_of("Part1/01 - So What-3.wav")
    '01 - So What'
    """
    return _NUMBER.sub("", _stem(path).rsplit("/", 1)[-1])


def read_labels(path: str | os.PathLike) -> tuple[str, ...]:
    """The instruments that a label file names.

    Parameters
    ----------
    path : path
        A text file with one code a line; white space around it and blank lines do not matter.

    Returns
    -------
    tuple of str
        Each code once, in the order of `instruments.CODES`.

    Raises
    ------
    DatasetError
        If the file names something else, or nothing.
    """
    try:
        text = Path(path).read_text("utf-8-sig", errors="replace")
    except OSError as refusal:
        raise DatasetError(f"{path}: cannot be read ({refusal.strerror}); change its rights or copy it again") from None
    found = {line.strip() for line in text.splitlines()} - {""}
    if not found:
        raise DatasetError(f"{path}: names no instrument; copy it again, or write one of {', '.join(CODES)} a line")
    if unknown := sorted(found - set(CODES)):
        raise DatasetError(f"{path}: {unknown[0][:40]} is no instrument; known are {', '.join(CODES)}, one a line")
    return tuple(code for code in CODES if code in found)


def label_matrix(labels: Iterable[str]) -> np.ndarray:
    """Labels as the networks' outputs stand.

    Parameters
    ----------
    labels : iterable of str
        Codes joined by ``+``, one string an excerpt.

    Returns
    -------
    numpy.ndarray [shape=(excerpts, 11), dtype=bool]
        Columns in the order of `instruments.CODES`.

    Examples
    --------
    >>> label_matrix(["cel+voi"]).astype(int).tolist()
    [[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]]
    """
    labels = list(labels)
    matrix = np.zeros((len(labels), len(CODES)), dtype=bool)
    for row, codes in zip(matrix, labels, strict=True):
        row[label_indices(codes.split("+"))] = True
    return matrix


def check_official(excerpts: pd.DataFrame) -> pd.DataFrame:
    """Compare a table of excerpts, see `TestingScan`, with the official testing set.

    Returns
    -------
    pandas.DataFrame
        Rows: the parts, the labels, and the numbers of labels an excerpt. Columns: see `clips.against_official`.
    """
    labels = label_matrix(excerpts["labels"])
    parts = {part: int((excerpts["part"] == part).sum()) for part in OFFICIAL_PARTS}
    an_excerpt = {number: int((labels.sum(axis=1) == number).sum()) for number in OFFICIAL_LABELS_AN_EXCERPT}
    found = _by_words(parts, dict(zip(CODES, labels.sum(axis=0).tolist(), strict=True)), an_excerpt)
    official = _by_words(OFFICIAL_PARTS, OFFICIAL_LABELS, OFFICIAL_LABELS_AN_EXCERPT)
    return against_official("excerpts", found, official)


def _by_words(parts: dict[int, int], labels: dict[str, int], an_excerpt: dict[int, int]) -> dict[str, int]:
    words = {f"{number} label{'s' * (number > 1)}": count for number, count in an_excerpt.items()}
    return {**{f"Part {part}": count for part, count in parts.items()}, **labels, **words}
