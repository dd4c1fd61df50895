"""Where things lie: the cache folder and the user's own data, from the package's only two environment variables;
whether a file can be read at all, and how one is written: whole or not at all, by one process alone.
"""

from __future__ import annotations

import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import platformdirs

from .errors import IrmasError

# What damaged zips, and files that are none, make `zipfile` and `numpy.load` raise: RuntimeError where one wants a
# password, and as NotImplementedError where a byte names a compression that nobody has.
UNREADABLE_ZIP = (
    OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error, AttributeError, TypeError
)  # fmt: skip
_KEPT = 50  # characters, of up to four bytes, of a name that has to leave room for more in 255


def cache_folder() -> Path:
    """The folder for what the package makes or downloads: `IRMAS_CACHE`, or the user's cache folder.

    Returns
    -------
    pathlib.Path
        It need not exist yet.
    """
    chosen = os.environ.get("IRMAS_CACHE")
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("irmas_helpers", appauthor=False)


def data_folder() -> Path | None:
    """The folder of the user's own copy of IRMAS's training set: `IRMAS_DATA`, or None where it is not set."""
    chosen = os.environ.get("IRMAS_DATA")
    return Path(chosen).expanduser() if chosen else None


def check_readable(path: str | os.PathLike, error: type[IrmasError]) -> None:
    """Turn what the file system refuses into one clear line.

    Parameters
    ----------
    path : path
        A file that is about to be opened.
    error : type
        The exception to raise.

    Raises
    ------
    IrmasError
        Of the type `error`, if the path is no file, cannot be opened or is empty.
    """
    if os.path.isdir(path):
        raise error(f"{path}: is a folder; name a file in it")
    if os.path.exists(path) and not os.path.isfile(path):  # to open a pipe would wait for whoever writes into it
        raise error(f"{path}: is a pipe or a device; save its content to a file and name that")
    try:
        with open(path, "rb") as file:
            empty = not file.read(1)
    except FileNotFoundError:
        raise error(f"{path}: no such file; check the name and the folder") from None
    except PermissionError:
        raise error(f"{path}: no permission to read it; change its rights or copy it elsewhere") from None
    except (OSError, ValueError) as refusal:
        reason = getattr(refusal, "strerror", None) or refusal
        raise error(f"{path}: cannot be opened ({reason}); try a shorter, simpler name") from None
    if empty:
        raise error(f"{path}: is empty (0 bytes); copy or download it again")


def require_space(folder: Path, needed: int, what: str, error: type[IrmasError]) -> None:
    """Raise an error of that type before anything is written that needs more bytes than the disk has free."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise error(
            f"{folder}: {free / 1e9:.2f} GB free, {what} needs {needed / 1e9:.2f} GB; "
            "make room, or choose a folder on another disk with --to or IRMAS_CACHE"
        )


@contextmanager
def written_whole(path: str | os.PathLike) -> Iterator[Path]:
    """Let a file be written under a temporary name, which becomes its own when the block ends without an error.

    Parameters
    ----------
    path : path
        The file to write; its folder exists.

    Yields
    ------
    pathlib.Path
        The same name in a folder of its own beside it, of which nothing is left after an error. What a killed process
        leaves has no name that somebody looks for.
    """
    path = Path(path)
    with TemporaryDirectory(prefix=f".{path.name[:_KEPT]}.", suffix=".tmp", dir=path.parent) as folder:
        temporary = Path(folder) / path.name
        yield temporary
        temporary.replace(path)


@contextmanager
def written_alone(path: str | os.PathLike, error: type[IrmasError]) -> Iterator[None]:
    """While the block writes a file no other process can write it: there an error of that type is raised, at once."""
    from filelock import FileLock, Timeout

    lock = Path(f"{path}.lock")
    try:
        with FileLock(lock, timeout=0):
            try:
                yield
            finally:
                with suppress(OSError):  # on Windows it goes with the lock
                    lock.unlink()
    except Timeout:
        raise error(f"{path}: is being written by another run; wait for it, or choose another name") from None


def write_json(path: str | os.PathLike, content: dict) -> None:
    """Write JSON, a line a key, under a temporary name, then give it its own; folders are made."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in content.items()]
    with written_whole(path) as temporary:
        temporary.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
