"""From a folder with a subfolder for each class, any names and sound formats, to a table of recordings and sources.

A source is what makes recordings siblings: a player, a room, a record. It comes from subfolders of the class's folder,
from a pattern in the names, or from a column of a table; where nothing says it, a whole class counts as one source.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DatasetError
from . import sound_files

if TYPE_CHECKING:
    import pandas as pd

_HEAD_BYTES = 65_536
_LEAST_CLASSES = 2


@dataclass(frozen=True)
class ClassFolders:
    """What `scan` found."""

    root: Path
    recordings: pd.DataFrame  # a row each: `path` relative to the root, `instrument` (its class), `song` (its source)
    notes: tuple[str, ...]  # one line for each thing that was left out
    grouped: str  # how sources are known, in words

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that have recordings, in alphabetical order."""
        return tuple(sorted(set(self.recordings["instrument"])))


def scan(root: str | os.PathLike, groups: str | None = None) -> ClassFolders:
    r"""Look for recordings in a folder of class folders.

    Parameters
    ----------
    root : path
        Its subfolders are the classes, called as they are; what is below them are their recordings.
    groups : str or None
        How sources are known: the column of a table (the one ``.csv`` file in `root`, which has a column ``path``), or
        a regular expression with a group, such as ``^([^_]+)_``, that is looked for in paths below the class's folder.
        With None each subfolder of a class is a source; a class without any is one source.

    Raises
    ------
    DatasetError
        If fewer than two classes are left, or sources cannot be told as `groups` says.
    """
    import pandas as pd

    root = Path(root)
    if not root.is_dir():
        raise DatasetError(f"{root}: no such folder; name one that has a subfolder for each class")
    notes: list[str] = []
    found = pd.DataFrame(_below(root, notes), columns=["path", "instrument", "within"])
    found = found[~found["path"].isin(_unwanted_copies(root, found, notes))].reset_index(drop=True)
    if (classes := found["instrument"].nunique()) < _LEAST_CLASSES:
        raise DatasetError(
            f"{root}: has {classes or 'no'} class folder{'' if classes == 1 else 's'} with sound, and learning needs "
            f"two or more{'; ' if notes else ''}{'; '.join(notes)}; make a subfolder for each class"
        )
    source, grouped = _sources(root, groups)
    found["song"] = [source(row.instrument, row.within, row.path) for row in found.itertuples()]
    if len(lost := found[found["song"] == ""]):
        notes.append(f"{len(lost)} recordings without a source were left out, the first: {lost['path'].iloc[0]}")
    found = found[found["song"] != ""].drop(columns="within").reset_index(drop=True)
    if found["instrument"].nunique() < _LEAST_CLASSES:
        raise DatasetError(f"{root}: {groups} tells no source of two classes' recordings; {notes[-1]}")
    return ClassFolders(root, found, tuple(notes), grouped)


def _below(root: Path, notes: list[str]) -> list[tuple[str, str, str]]:
    """Path below the root, class, and path below the class's folder, of each sound file."""
    rows = []
    for folder in sorted(each for each in root.iterdir() if each.is_dir() and each.name[0] not in "._"):
        found = sound_files.find([str(folder)])
        files = [Path(file) for file in found.files if file != str(folder)]  # an empty folder is found as itself
        name = unicodedata.normalize("NFC", folder.name)
        if not files:
            notes.append(f"{name}: holds no sound and was left out")
        if found.left_out:
            notes.append(f"{name}: {found}")
        notes += found.refused
        rows += [(file.relative_to(root).as_posix(), name, file.relative_to(folder).as_posix()) for file in files]
    return rows


def _unwanted_copies(root: Path, found: pd.DataFrame, notes: list[str]) -> set[str]:
    """Paths of files with the same content: all of them where their classes differ, else all but the first."""
    class_of, unwanted = dict(zip(found["path"], found["instrument"], strict=True)), set()
    for same in _alike(root, found["path"]):
        classes = sorted({class_of[path] for path in same})
        if len(classes) > 1:
            notes.append(f"{same[0]} and {same[-1]}: the same file in {' and '.join(classes)}; all copies left out")
            unwanted |= set(same)
        else:
            notes.append(f"{same[0]}: is there {len(same)} times; one of them was taken")
            unwanted |= set(same[1:])
    return unwanted


def _alike(root: Path, paths: Iterable[str]) -> list[list[str]]:
    """Groups of files with the same bytes; whole files are read only where size and beginning are the same."""
    groups = [list(paths)]
    for key in (_size, _head, _content):
        parted = defaultdict(list)
        for number, group in enumerate(groups):
            for path in group:
                parted[number, key(root / path)].append(path)
        groups = [group for group in parted.values() if len(group) > 1]
    return groups


def _size(path: Path) -> int:
    return path.stat().st_size


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError:  # who decodes it says why
        return os.fsencode(path)


def _content(path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _sources(root: Path, groups: str | None) -> tuple[Callable[[str, str, str], str], str]:
    """The function from class, path below it and path below the root to a source, empty for none; and it in words."""
    if groups is None:
        return _by_subfolder, "subfolders of the class's folder"
    import pandas as pd

    tables = sorted(root.glob("*.csv"))
    table = _table(tables[0]) if len(tables) == 1 else pd.DataFrame()
    if {"path", groups} <= set(table.columns):
        named = dict(zip(table["path"].str.replace("\\", "/"), table[groups], strict=True))
        return (lambda instrument, within, path: named.get(path, "")), f"column {groups} of {tables[0].name}"
    try:
        pattern = re.compile(groups)
    except re.error as error:
        raise DatasetError(f"{groups}: is no pattern ({error}) and no column of a table in {root}") from None
    if pattern.groups < 1:
        raise DatasetError(
            f"{groups}: is no column of the one .csv table in {root} with a column path, and no pattern with a group "
            "in brackets, such as ^([^_]+)_; give one of the two"
        )

    def by_pattern(instrument: str, within: str, path: str) -> str:
        match = pattern.search(within)
        return (match[1] or "") if match else ""

    return by_pattern, f"pattern {groups}"


def _table(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:  # pandas' own are ValueErrors
        raise DatasetError(f"{path}: cannot be read as a table ({str(error)[:80]}); mend or remove it") from None


def _by_subfolder(instrument: str, within: str, path: str) -> str:
    first, slash, _ = within.partition("/")
    return f"{instrument}/{first}" if slash else instrument
