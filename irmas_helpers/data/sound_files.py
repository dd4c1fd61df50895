"""Which sound files are meant by files, folders and patterns; each is found once, however many links lead to it."""

from __future__ import annotations

import glob
import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import PurePath

# In a folder a name has to say that there is sound; what a file holds is told by its content when it is read.
_ENDINGS = (
    "3ga 3gp aac ac3 aif aifc aiff amr ape asf au bwf caf flac gsm m4a m4b m4r mka mkv mov mp2 "
    "mp3 mp4 mpc oga ogg opus ra rf64 snd spx tta voc w64 wav wave webm wma wv"
)
SUFFIXES = frozenset(f".{ending}" for ending in _ENDINGS.split())
_MAC = "macOS's own (._*, __MACOSX)"
_NO_SOUND = "without a sound's ending"
_AGAIN = "found before, by another link or name"
_EVERYWHERE = re.compile(r"(?:^|(?<=[/\\]))\*\*(?:[/\\]|$)")
_ENDING = re.compile(r"\.\w+$")


@dataclass
class Found:
    """What `find` found."""

    files: list[str] = field(default_factory=list)  # in the order of the arguments, within a folder by name
    left_out: Counter[str] = field(default_factory=Counter)  # how many, by why
    refused: list[str] = field(default_factory=list)  # one line for each folder that cannot be read

    def __str__(self) -> str:
        return "files left out: " + "; ".join(f"{why}, {count}" for why, count in self.left_out.items())


def find(names: Iterable[str], but: Collection[str] = ()) -> Found:
    """Find sound files.

    Parameters
    ----------
    names : iterable of str
        Files; folders, of which everything below with a name in `SUFFIXES` is taken, in upper or lower case; and
        patterns as a shell knows them (``*``, ``?``, ``[ab]``, and ``**`` for folders below), whose ending may be in
        upper or lower case. Whatever is there by that very name is no pattern. A name that leads to nothing is kept,
        and refused by whoever opens it.
    but : collection of str
        Absolute paths that are not wanted, such as the table that is being written.

    Examples
    --------
    >>> find(["no such file.wav", "no such file.wav"]).files
    ['no such file.wav']
    """
    finder = _Finder(set(but))
    for name in names:
        for path in [name] if os.path.lexists(name) else finder.matches(name) or [name]:
            if os.path.isdir(path):
                finder.take_folder(path)
            else:
                finder.take(path)
    return finder.found


class _Finder:
    def __init__(self, unwanted: set[str]) -> None:
        self.found = Found()
        self.unwanted = unwanted
        self.places: dict[object, int] = {}  # of each file that was found

    def take(self, path: str) -> None:
        if os.path.abspath(path) in self.unwanted:
            return
        files = self.found.files
        place = self.places.setdefault(_identity(path), len(files))
        if place == len(files):
            files.append(path)
            return
        self.found.left_out[_AGAIN] += 1
        if os.path.islink(files[place]) and not os.path.islink(path):
            files[place] = path  # the file's own name rather than a link's

    def take_folder(self, folder: str) -> None:
        sounds = [path for path in self.below(folder) if self.is_sound(path)]
        for path in sounds or [folder]:  # an empty one is refused as a folder
            self.take(path)

    def is_sound(self, path: str) -> bool:
        suffix = os.path.splitext(path)[1].lower()
        if suffix not in SUFFIXES:
            self.found.left_out[_NO_SOUND] += 1
        return suffix in SUFFIXES

    def below(self, top: str) -> Iterator[str]:
        """All files below a folder but macOS's own; a folder that links lead back to is entered once."""
        entered = set()
        for folder, folders, names in os.walk(top, onerror=self.refuse, followlinks=True):
            who = _identity(folder)
            if who in entered:
                folders.clear()
                continue
            entered.add(who)
            folders.sort()
            within = PurePath(os.path.relpath(folder, top)).parts
            for name in sorted(names):
                if name.startswith("._") or "__MACOSX" in within:
                    self.found.left_out[_MAC] += 1
                else:
                    yield os.path.join(folder, name)

    def refuse(self, error: OSError) -> None:
        reason = error.strerror or error
        self.found.refused.append(f"{error.filename}: cannot be read ({reason}); change the folder's rights")

    def fits(self, path: str, top: str, pattern: str) -> bool:
        """Whether a file fits a pattern anywhere below a folder; where that ends in ``**``, sounds are meant."""
        parts = ("**", *PurePath(pattern).parts)
        return _fit(PurePath(path).relative_to(top).parts, parts) and (parts[-1] != "**" or self.is_sound(path))

    def matches(self, pattern: str) -> list[str]:
        if not glob.has_magic(pattern):
            return []
        pattern = _ENDING.sub(_in_any_case, pattern)
        head, *rest = _EVERYWHERE.split(pattern, maxsplit=1)
        if not rest:
            return sorted(glob.glob(pattern))
        tops = sorted(glob.glob(head)) if head else [os.curdir]
        if not rest[0]:
            return tops
        # glob's own `**` would follow links that lead back, again and again.
        found = [path for top in tops for path in self.below(top) if self.fits(path, top, rest[0])]
        return found if head else [path.removeprefix(os.path.join(os.curdir, "")) for path in found]


def _fit(names: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether folders and a file's name are what the parts of a pattern say; ``**`` stands for any folders or none."""
    if not pattern:
        return not names
    first, *rest = pattern
    if first == "**":
        return any(_fit(names[start:], rest) for start in range(len(names) + 1))
    return bool(names) and fnmatch(names[0], first) and _fit(names[1:], rest)


def _in_any_case(ending: re.Match) -> str:
    return "".join(f"[{letter}{letter.swapcase()}]" if letter.isalpha() else letter for letter in ending[0])


def _identity(path: str) -> object:
    """The same for all links to a file or folder; for what is not there, the path."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return os.path.abspath(path)
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(path)
