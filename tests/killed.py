"""What a process that is killed leaves on the disk, at each moment of its work, for others to go on from.

Python tells an audit hook of each file that is about to be opened, renamed or removed. Then the folder is copied as it
lies there: whoever was killed at this moment would leave the same. Of a file that is opened there is also a copy in
which it is half written.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir"}
_HALF = b"PK\3\4 half of it"


class Moments:
    """Copies of a folder, in another one, from the moments before it is changed."""

    def __init__(self, folder: Path, copies: Path) -> None:
        self._folder, self._copies, self.events = folder, copies, []
        self._seen: set[frozenset] = set()

    def __enter__(self) -> Moments:
        _watching.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        _watching.remove(self)

    def see(self, event: str, arguments: tuple) -> None:
        writes = event == "open" and arguments[2] & _WRITING
        if not (writes or event in _CHANGES) or not isinstance(arguments[0], (str, os.PathLike)):
            return
        path = Path(arguments[0])
        # `shutil.rmtree` gives bare names, relative to a folder that it has opened.
        if path.suffix == ".lock" or (path.is_absolute() and self._folder not in path.parents):
            return
        with _Unwatched():
            self._copy(f"{event} {path.name}", path.relative_to(self._folder) if writes else None)

    def _copy(self, event: str, opened: Path | None) -> None:
        copy = self._copies / str(len(self.events))
        shutil.copytree(self._folder, copy)
        if opened:
            (copy / opened).write_bytes(_HALF)
        content = frozenset(looked_for(copy).items())
        if content in self._seen:  # but for what nobody looks for, the same was left before
            shutil.rmtree(copy)
        else:
            self._seen.add(content)
            self.events.append(event)


class _Unwatched:
    def __enter__(self) -> None:
        self._before = [*_watching]
        _watching.clear()

    def __exit__(self, *_: object) -> None:
        _watching.extend(self._before)


_watching: list[Moments] = []
sys.addaudithook(lambda event, arguments: [moments.see(event, arguments) for moments in [*_watching]])


def looked_for(folder: Path) -> dict[str, bytes]:
    """All files below a folder, but locks and what is given its name only when it is whole."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {n: path.read_bytes() for n, path in files.items() if not n.endswith(".lock") and ".tmp/" not in n}


def after_each_kill(tmp_path: Path, work: Callable[[Path], object], least: int) -> tuple[object, list[object]]:
    """What comes of a work that nobody killed, and of it where it goes on from each moment of a kill.

    There are to be at least so many.
    """
    folder, copies = tmp_path / "whole", tmp_path / "killed"
    folder.mkdir()
    with Moments(folder, copies) as moments:
        whole = work(folder)
    assert len(moments.events) >= least, moments.events
    return whole, [work(copies / str(number)) for number in range(len(moments.events))]
