"""From a folder with a subfolder for each class, any names and sound formats, to a table of recordings and sources.

A source is what makes recordings siblings: a player, a room, a record. It comes from subfolders of the class's folder,
from a pattern in the names, or from a column of a table; where nothing says it, a whole class counts as one source.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
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
_MACS_COPIES = "__MACOSX"
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
        for name in sorted(set(lost["instrument"]) - set(found.loc[found["song"] != "", "instrument"])):
            notes.append(f"{name}: none of its recordings has a source; left out")
    found = found[found["song"] != ""].drop(columns="within").reset_index(drop=True)
    if found["instrument"].nunique() < _LEAST_CLASSES:
        raise DatasetError(f"{root}: {groups} tells no source of two classes' recordings; {'; '.join(notes)}")
    return ClassFolders(root, found, tuple(notes), grouped)


def _below(root: Path, notes: list[str]) -> list[tuple[str, str, str]]:
    """Path below the root, class, and path below the class's folder, of each sound file."""
    rows = []
    for folder in _class_folders(root, notes):
        found = sound_files.find([str(folder)])
        files = [Path(file) for file in found.files if file != str(folder)]  # an empty folder is found as itself
        own = [file for file in files if not _leads_elsewhere(root, folder, file)]
        name = _in_one_line(folder.name)
        if not files:
            notes.append(f"{name}: holds no sound and was left out")
        if len(own) < len(files):
            notes.append(f"{name}: {len(files) - len(own)} of its files are links into other classes; left out")
        if unnamed := [file for file in own if not _is_text(os.fspath(file))]:
            own = [file for file in own if file not in unnamed]
            notes.append(f"{name}: {len(unnamed)} of its files have names that are no UTF-8; left out: rename them")
        if found.left_out:
            notes.append(f"{name}: {found}")
        notes += found.refused
        rows += [(file.relative_to(root).as_posix(), name, file.relative_to(folder).as_posix()) for file in own]
    return rows


def _class_folders(root: Path, notes: list[str]) -> list[Path]:
    """The folders right below the root; of what else lies there, one line for all that could have been meant."""
    try:
        inside = sorted(root.iterdir())
        folders = [each for each in inside if each.is_dir() and each.name != _MACS_COPIES]
    except OSError as error:
        raise DatasetError(f"{root}: cannot be read ({error.strerror}); change the folder's rights") from None
    if hidden := [each.name for each in folders if each.name.startswith(".")]:
        notes.append(f"{', '.join(hidden)}: hidden, for the name begins with a dot; left out")
    loose = [each.name for each in inside if each.suffix.lower() in sound_files.SUFFIXES and not each.is_dir()]
    if loose := [name for name in loose if not name.startswith("._")]:
        notes.append(f"{len(loose)} sound files lie in no class folder and were left out, the first: {loose[0]}")
    return [each for each in folders if not each.name.startswith(".")]


def _in_one_line(name: str) -> str:
    """A folder's name as a class's, whatever line breaks and bytes are in it."""
    one_line = " ".join(unicodedata.normalize("NFC", name).split())
    return one_line.encode("utf-8", "backslashreplace").decode("utf-8")


def _is_text(name: str) -> bool:
    """Whether a name can be written down: not so where its bytes are in another encoding than this system's."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _leads_elsewhere(root: Path, folder: Path, file: Path) -> bool:
    """Whether a file found below a class's folder is another class's, to whose folder a link leads."""
    real, all_of_it = Path(os.path.realpath(file)), Path(os.path.realpath(root))
    return real.is_relative_to(all_of_it) and not real.is_relative_to(os.path.realpath(folder))


def _unwanted_copies(root: Path, found: pd.DataFrame, notes: list[str]) -> set[str]:
    """Paths of files with the same content: all of them where their classes differ, else all but the first."""
    class_of, unwanted = dict(zip(found["path"], found["instrument"], strict=True)), set()
    groups = defaultdict(list)
    for same in _alike(root, found["path"]):
        groups[tuple(sorted({class_of[path] for path in same}))].append(same)
    for classes, alike in groups.items():
        first, last, count = alike[0][0], alike[0][-1], len(alike)
        if len(classes) > 1:
            files = "the same file" if count == 1 else f"one of {count} files that are"
            notes.append(f"{first} and {last}: {files} in {' and '.join(classes)}; all copies left out")
            unwanted |= {path for same in alike for path in same}
        else:
            if count == 1:
                notes.append(f"{first}: is there {len(alike[0])} times; one of them was taken")
            else:
                others = f"{count - 1} other files of {classes[0]}"
                notes.append(f"{first} and {others}: are there more than once; one of each was taken")
            unwanted |= {path for same in alike for path in same[1:]}
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


def _size(path: Path) -> int | bytes:
    try:
        status = path.stat()
        if stat.S_ISREG(status.st_mode) and status.st_size:
            return status.st_size
    except OSError:
        pass
    return os.fsencode(path)  # a link to nothing, a pipe, an empty file: alike to none; who decodes it says why


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError:
        return os.fsencode(path)


def _content(path: Path) -> bytes:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError:
        return os.fsencode(path)
    return digest.digest()


def _sources(root: Path, groups: str | None) -> tuple[Callable[[str, str, str], str], str]:
    """The function from class, path below it and path below the root to a source, empty for none; and it in words."""
    if groups is None:
        return _by_subfolder, "subfolders of the class's folder"
    import pandas as pd

    tables = sorted(each for each in root.glob("*.csv") if not each.name.startswith("."))
    table = _table(tables[0]) if len(tables) == 1 else pd.DataFrame()
    if {"path", groups} <= set(table.columns):
        named = dict(zip(map(_plain, table["path"]), table[groups].str.strip(), strict=True))
        return (lambda instrument, within, path: named.get(_plain(path), "")), f"column {groups} of {tables[0].name}"
    try:
        pattern = re.compile(groups)
    except re.error as error:
        raise DatasetError(f"{groups}: is no pattern ({error}) and no column of a table in {root}") from None
    if pattern.groups < 1:
        there = f" (in {tables[0].name}: {', '.join(table.columns)})" if len(table.columns) else ""
        raise DatasetError(
            f"{groups}: is no column of the one .csv table in {root} with a column path{there}, and no pattern with a "
            "group in brackets, such as ^([^_]+)_; give one of the two"
        )

    def by_pattern(instrument: str, within: str, path: str) -> str:
        match = pattern.search(within)
        return (match[1] or "") if match else ""

    return by_pattern, f"pattern {groups}"


def _table(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        with path.open(encoding="utf-8-sig") as file:
            header = file.readline()
        separator = max(",;\t", key=header.count)  # spreadsheets of many languages write semicolons
        return pd.read_csv(path, dtype=str, keep_default_na=False, sep=separator, encoding="utf-8-sig")
    except (OSError, ValueError) as error:  # pandas' own are ValueErrors
        raise DatasetError(f"{path}: cannot be read as a table ({str(error)[:80]}); mend or remove it") from None


def _plain(path: str) -> str:
    """A path as any system or spreadsheet may have written it, in the one form in which they are compared."""
    return unicodedata.normalize("NFC", os.path.normpath(path.strip().replace("\\", "/"))).replace("\\", "/")


def _by_subfolder(instrument: str, within: str, path: str) -> str:
    first, slash, _ = within.partition("/")
    return f"{instrument}/{first}" if slash else instrument
