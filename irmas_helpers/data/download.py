"""IRMAS from Zenodo: the four zips by name, fetched through pooch, checked by MD5 and unpacked.

Zenodo throttles and connections break, so a download goes on where it stopped, waits as long as the server asks, and
says at the end how to do it by hand. A zip is unpacked beside its place and renamed: a folder under its final name is
whole.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import time
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pooch
import requests
from filelock import FileLock
from tqdm.auto import tqdm
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

from ..errors import DownloadError
from ..paths import UNREADABLE_ZIP, cache_folder, require_space
from .archives import ARCHIVES, Archive

_CHUNK = 1 << 14  # bytes at a time; a piece that a broken connection cuts is lost
_MOVED_ON = 1 << 20  # bytes; a try that brought as many starts the count of tries again
_TIMEOUT = (15, 60)  # seconds to connect and between two pieces
_UNTRUSTED = (
    "the server's certificate is not trusted; if a proxy of your network replaces certificates, get its own from "
    "whoever runs the network, set REQUESTS_CA_BUNDLE to that file and try again"
)
_FOR_NOW = (408, 429, 500, 502, 503, 504)  # answers of a server that may do better later


@dataclass(frozen=True)
class Patience:
    """How long a download is tried."""

    tries: int = 6  # in a row that bring nothing worth mentioning, before it is given up
    first_wait: float = 1.0  # seconds before the second try, doubled each time
    longest_wait: float = 120.0  # the most that is ever waited, also when the server asks for more
    sleep: Callable[[float], object] = time.sleep  # what waits; tests put their own here

    def seconds(self, failures: int, asked: float | None) -> float:
        """Seconds to wait after so many failures in a row, if the server asked for `asked` seconds or for none.

        Examples
        --------
        >>> Patience(first_wait=1).seconds(3, None), Patience().seconds(1, 10)
        (4, 10)
        """
        wait = self.first_wait * 2 ** (failures - 1) if asked is None else asked
        return min(max(wait, 0.0), self.longest_wait)


_PATIENCE = Patience()


def fetch(
    name: str,
    folder: str | os.PathLike | None = None,
    *,
    keep_zip: bool = True,
    progress: bool = True,
    patience: Patience = _PATIENCE,
) -> Path:
    """Download one zip of IRMAS and unpack it; what is already there is not fetched again.

    Parameters
    ----------
    name : str
        ``training``, ``testing1``, ``testing2``, ``testing3``, or the zip's file name.
    folder : path, optional
        Where to put zip and folder; the cache folder (`paths.cache_folder`) by default. A zip that lies there
        already, fetched by hand, is used if its MD5 is right.
    keep_zip : bool
        Whether the zip stays after it was unpacked.
    progress : bool
        Whether progress bars are shown.
    patience : Patience
        How often to try and how long to wait.

    Returns
    -------
    pathlib.Path
        The unpacked folder, such as ``.../IRMAS-TrainingData``.

    Raises
    ------
    DownloadError
        If the name is unknown, the disk too full, the server out of reach, or the file not what it should be. The
        message ends with how to do it by hand. What has come of a broken download stays and is used by the next call.
    """
    archive = find(name)
    folder = cache_folder() if folder is None else Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f".{archive.file}.lock"):
            if _is_there(archive, folder):
                return folder / archive.folder
            zip_path = _fetch_zip(archive, folder, progress, patience)
            unpack(zip_path, folder / archive.folder, progress=progress)
            if not keep_zip:
                zip_path.unlink()
            return folder / archive.folder
    except (DownloadError, OSError) as error:
        raise DownloadError(f"{archive.file}: {error}; {_by_hand(archive, folder)}") from error


def find(name: str) -> Archive:
    """The zip with this short name or file name; a `DownloadError` if there is none.

    Examples
    --------
    >>> find("testing2").file
    'IRMAS-TestingData-Part2.zip'
    """
    for archive in ARCHIVES:
        if name in (archive.name, archive.file):
            return archive
    raise DownloadError(f"{name}: no part of IRMAS; choose from {', '.join(archive.name for archive in ARCHIVES)}")


def unpack(zip_path: str | os.PathLike, target: str | os.PathLike, *, progress: bool = True) -> None:
    """Unpack a zip to a new folder, all of it or nothing.

    Parameters
    ----------
    zip_path : path
        The zip. If all it holds lies in one folder with the target's name, that folder becomes the target.
    target : path
        The folder to make; it must not exist.
    progress : bool
        Whether a progress bar is shown.

    Raises
    ------
    DownloadError
        If the file is no whole zip, an entry would leave the target (then nothing is written), or the disk is too full.
    """
    target = Path(target)
    beside = target.with_name(f"{target.name}.unpacking")
    shutil.rmtree(beside, ignore_errors=True)  # what an unpacking that was killed left
    try:
        with zipfile.ZipFile(zip_path) as archive:
            entries = archive.infolist()
            _refuse_unsafe(entries)
            require_space(target.parent, sum(entry.file_size for entry in entries), "what is in it", DownloadError)
            names = _composed([*map(_name, entries)])
            bar = tqdm(entries, desc=f"unpacking {target.name}", unit="file", disable=not progress)
            for entry, entry.filename in zip(bar, names, strict=True):
                archive.extract(entry, beside)
        inner = beside / target.name
        os.replace(inner if inner.is_dir() else beside, target)
    except OSError:  # of the disk that is written to
        raise
    except UNREADABLE_ZIP as error:
        raise DownloadError(f"no whole zip that can be unpacked ({error})") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _name(entry: zipfile.ZipInfo) -> str:
    """An entry's name as it was meant: macOS writes UTF-8 without saying so.

    Windows writes as its console does. In western Europe that is code page 850, which has the letters of the oldest
    one, 437, and more of them where that has frames.
    """
    says_utf8 = entry.flag_bits & 0x800
    name = entry.filename
    if not says_utf8:
        with contextlib.suppress(UnicodeEncodeError):  # newer Pythons may have found the name elsewhere in the entry
            written = name.encode("cp437")  # as which zipfile has read it
            try:
                name = written.decode("utf-8")
            except UnicodeDecodeError:
                name = written.decode("cp850")
    return name


def _composed(names: list[str]) -> list[str]:
    """Names with each letter and its accent as one, which macOS writes apart; two that differ in that alone stay.

    Examples
    --------
    >>> _composed(["e\\u0301", "a"]) == ["\\u00e9", "a"], _composed(["e\\u0301", "\\u00e9"]) == ["e\\u0301", "\\u00e9"]
    (True, True)
    """
    composed = {name: unicodedata.normalize("NFC", name) for name in names}
    often = Counter(composed.values())
    return [name if often[composed[name]] > 1 else composed[name] for name in names]


def _by_hand(archive: Archive, folder: Path) -> str:
    """What to do without this module."""
    steps = f"by hand: download {archive.url} (MD5 {archive.md5}), unpack it in {folder}"
    return f"{steps}, then set IRMAS_DATA={folder / archive.folder}" if archive.name == "training" else steps


def _is_there(archive: Archive, folder: Path) -> bool:
    """Whether the unpacked folder is there and whole; a folder with too little in it is refused, not replaced."""
    target = folder / archive.folder
    if not target.exists():
        return False
    wavs = sum(1 for _ in target.rglob("*.wav"))
    if wavs < archive.wavs:
        raise DownloadError(f"{target} holds {wavs:,} of {archive.wavs:,} wavs: move it away and try again")
    return True


def _fetch_zip(archive: Archive, folder: Path, progress: bool, patience: Patience) -> Path:
    """The zip with the right MD5 in the folder, downloaded unless it lies there."""
    part = folder / f"{archive.file}.part"
    have = sum(path.stat().st_size for path in (part, folder / archive.file) if path.exists())
    needed = max(archive.size - have, 0) + archive.unpacked
    require_space(folder, needed, "the zip with what is in it", DownloadError)
    pooch.get_logger().setLevel("WARNING")  # the bar says it all
    with tqdm(desc=archive.file, unit="B", unit_scale=True, unit_divisor=1000, disable=not progress) as bar:
        downloader = partial(_download, part=part, patience=patience, bar=bar)
        try:
            path = pooch.retrieve(archive.url, f"md5:{archive.md5}", archive.file, folder, downloader=downloader)
        except ValueError as error:  # pooch has removed the file
            raise DownloadError(
                f"{archive.url} sent another file than expected (its MD5 is not {archive.md5}); removed, try again"
            ) from error
    return Path(path)


class _TryAgain(Exception):
    """A try that failed for now, and the seconds that the server asks to wait."""

    def __init__(self, why: str, asked: float | None = None) -> None:
        super().__init__(why)
        self.asked = asked


def _download(url: str, output_file: str, _pooch: object, *, part: Path, patience: Patience, bar: tqdm) -> None:
    """Download to `part`, try after try, and move it to `output_file` when it is whole (pooch calls this)."""
    failures, most = 0, _size(part)
    while True:
        try:
            _append(url, part, bar)
            break
        except _TryAgain as failure:
            moved_on = _size(part) >= most + _MOVED_ON
            most = max(most, _size(part))
            failures = 1 if moved_on else failures + 1
            if failures >= patience.tries:
                raise DownloadError(f"{failure}, {failures} times; what has come is kept, try again later") from failure
            wait = patience.seconds(failures, failure.asked)
            bar.set_postfix_str(f"{failure}, next try in {wait:.0f} s")
            patience.sleep(wait)
            bar.set_postfix_str("")
    os.replace(part, output_file)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _append(url: str, part: Path, bar: tqdm) -> None:
    """Ask for what `part` lacks and append it; on return the file is whole."""
    have = _size(part)
    # Compressed on the way it would have other bytes, and nothing to go on from.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as answer:
            start, total = _where_it_starts(answer, part, have)
            bar.total, bar.n = total, start
            bar.refresh()
            if start == total:
                return
            with part.open("ab" if start else "wb") as file:
                for chunk in answer.iter_content(_CHUNK):
                    file.write(chunk)
                    bar.update(len(chunk))
    except requests.RequestException as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):  # no later try would bring another one
            raise DownloadError(_UNTRUSTED) from error
        raise _TryAgain(f"the connection failed ({type(error).__name__})") from error
    if total is not None and _size(part) < total:
        raise _TryAgain("the connection broke off")


def _where_it_starts(answer: requests.Response, part: Path, have: int) -> tuple[int, int | None]:
    """Where in the file the answer's bytes start, and how long the file is, if the server says."""
    status = answer.status_code
    first, total = _content_range(answer)
    if status == requests.codes.ok:  # also from a server that knows no ranges: from the start again
        length = answer.headers.get("Content-Length", "")
        return 0, int(length) if length.isdigit() else None
    if status == requests.codes.partial_content and first == have:
        return have, total
    if status == requests.codes.requested_range_not_satisfiable and total == have:
        return have, have
    if status in (requests.codes.partial_content, requests.codes.requested_range_not_satisfiable):
        part.unlink(missing_ok=True)
        raise _TryAgain("the server sent another piece than asked for")
    if status in _FOR_NOW:
        raise _TryAgain(f"the server answered {status} ({answer.reason})", _retry_after(answer))
    raise DownloadError(f"the server answered {status} ({answer.reason})")


def _content_range(answer: requests.Response) -> tuple[int | None, int | None]:
    """First byte and whole length from ``Content-Range: bytes 100-199/200``, each None where it is not said."""
    match = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(?:(\d+)|\*)", answer.headers.get("Content-Range", ""))
    first, total = match.groups() if match else (None, None)
    return int(first) if first else None, int(total) if total else None


def _retry_after(answer: requests.Response) -> float | None:
    """Seconds to wait from ``Retry-After``, which holds seconds or a date."""
    try:
        return Retry().parse_retry_after(answer.headers["Retry-After"])
    except (KeyError, InvalidHeader):
        return None


def _refuse_unsafe(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse a zip in which any entry would lie outside the folder it is unpacked to, or is a link or a device."""
    for entry in entries:
        name = entry.orig_filename
        outside = name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name) or ".." in re.split(r"[/\\]", name)
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if outside or kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise DownloadError(f"the zip is not safe to unpack, its entry {name!r} would leave the folder")
