"""The rendered set: a small IRMAS made on this machine on first use, for working offline.

It has IRMAS's folders, names and quirks, but its music is composed by a program and played by a General MIDI
SoundFont. It is made once into the cache folder, under a temporary name that is renamed when all is there; a file that
is missing or changed later is noticed and made again.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path

import joblib
import numpy as np
import soundfile
from filelock import FileLock, Timeout
from tqdm.auto import tqdm

from ..errors import DatasetError
from ..instruments import CODES
from ..paths import cache_folder, require_space, write_json
from . import songbook
from .composing import compose
from .excerpts import excerpt_starts
from .score import NOBODY, Song
from .songbook import TESTING, TRAINING, SetPlan, Take, label_text
from .soundfont_player import RATE, find_general_midi, soundfont
from .synthesis import render

VERSION = 2  # goes up whenever the same plan gives another sound or name
WARNING = (
    "This is the rendered set: music composed by a program and played by a SoundFont. "
    "Scores on it say nothing about real music."
)
README = f"""{WARNING}

It copies the layout, the names and the quirks of IRMAS's training data in small, and was made by
irmas_helpers: one folder an instrument; [instrument][drums][genre]RECORDING__EXCERPT.wav.
For real music get IRMAS from https://zenodo.org/records/1290750.
"""
COURSE_SET = SetPlan()
_MANIFEST = "manifest.json"
_MAX_WORKERS = 8  # beyond that, starting them takes longer than it saves
_SPARE_BYTES = 50_000_000
Begin = Callable[[Path], dict[str, list]]


def ensure(
    root: str | os.PathLike | None = None, *, progress: bool = True, plan: SetPlan = COURSE_SET, workers: int = 0
) -> Path:
    """Return the rendered set's folder, making the set or mending it first where needed.

    Parameters
    ----------
    root : path, optional
        Where to keep the set; `paths.cache_folder` if not given.
    progress : bool
        Whether to show a progress bar while it is made.
    plan : SetPlan
        Size and seed; by default the course's set, about 650 training clips, 390 MB.
    workers : int
        Processes that render; with 0 one a core, at most eight. The files do not depend on it.

    Returns
    -------
    pathlib.Path
        Holds ``IRMAS-TrainingData`` and ``IRMAS-TestingData-Part1``.

    Raises
    ------
    DatasetError
        If the SoundFont is missing, the disk is full, or the folder cannot be written to.
    """
    return made(_folder(root, plan), partial(songbook.takes, plan), _begin, progress=progress, workers=workers)


def made(
    folder: Path, takes: Callable[[], Sequence[Take]], begin: Begin, *, progress: bool = True, workers: int = 0
) -> Path:
    """Return a folder of rendered songs, making or mending it first where needed.

    Parameters
    ----------
    folder : path
        Where they are kept; its name says which they are.
    takes : callable
        Gives the songs and the paths of their excerpts, ``.wav`` or ``.flac``.
    begin : callable
        Puts what is no sound into a folder, and returns its entries of the manifest.
    progress, workers
        See `ensure`.

    Raises
    ------
    DatasetError
        See `ensure`.
    """
    if _broken(folder) == []:
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _alone(folder, progress):
            _make_or_mend(folder, takes, begin, progress, workers or min(joblib.cpu_count(), _MAX_WORKERS))
    except OSError as error:
        raise DatasetError(
            f"{folder}: cannot write the rendered set there ({error.strerror or error}); "
            "set IRMAS_CACHE to a folder with room that you may write to"
        ) from error
    return folder


def is_whole() -> bool:
    """Whether the course's set is there, each file as it was written; nothing is made or mended."""
    return _broken(_folder(None, COURSE_SET)) == []


def _folder(root: str | os.PathLike | None, plan: SetPlan) -> Path:
    return Path(root or cache_folder()) / f"rendered-{VERSION}-{plan.seed}-{plan.clips}-{plan.testing}"


def training_folder(*, progress: bool = True) -> Path:
    """The folder of the rendered training clips, for `clips.scan`; made by `ensure` if needed."""
    return ensure(progress=progress) / TRAINING


def testing_folder(*, progress: bool = True) -> Path:
    """The folder of the rendered testing excerpts, ``Part1`` with wavs and labels; made by `ensure` if needed."""
    return ensure(progress=progress) / TESTING


def is_rendered(folder: str | os.PathLike) -> bool:
    """Whether a folder of clips, such as ``IRMAS-TrainingData``, is part of a rendered set.

    Examples
    --------
    >>> is_rendered(".")
    False
    """
    return _read_manifest(Path(folder).resolve().parent) is not None


def _composed(take: Take) -> tuple[Song, tuple[int, ...]]:
    song = compose(take.seed, take.instruments, take.genre, take.drums)
    if take.alone:
        song = replace(song, backing=(NOBODY,))
    return song, excerpt_starts(song, [excerpt.seconds for excerpt in take.excerpts], take.seed)


# --- making ----------------------------------------------------------------------------------------------------------


def _alone(folder: Path, progress: bool) -> AbstractContextManager:
    """The set's lock, had after waiting for another process that makes the same set."""
    lock = FileLock(f"{folder}.lock")
    try:
        return lock.acquire(timeout=0)
    except Timeout:
        if progress:
            print("Another program is making the rendered set; waiting for it.")
        return lock.acquire()


def _make_or_mend(
    folder: Path, takes: Callable[[], Sequence[Take]], begin: Begin, progress: bool, workers: int
) -> None:
    """Render what is missing beside the set's folder, then move it there."""
    broken = _broken(folder)
    if broken == []:  # another process made it while this one waited
        return
    find_general_midi()
    if broken is None:
        shutil.rmtree(folder, ignore_errors=True)
    left = [take for take in takes() if broken is None or not set(broken).isdisjoint(_paths(take))]
    unfinished = Path(f"{folder}.partial")
    shutil.rmtree(unfinished, ignore_errors=True)  # left behind by a process that was killed
    require_space(folder.parent, _needed_bytes(left), "the rendered set", DatasetError)
    try:
        files = begin(unfinished) | _render_all(unfinished, left, progress, workers)
        _move(unfinished, folder, files)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _move(unfinished: Path, folder: Path, files: dict[str, list]) -> None:
    """Put rendered files in place: a whole set by one renaming, single ones each by theirs, the manifest last."""
    if not folder.exists():
        _write_manifest(unfinished, files)
        unfinished.rename(folder)
        return
    for path in files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        os.replace(unfinished / path, folder / path)
    _write_manifest(folder, (_read_manifest(folder) or {}) | files)


def _begin(folder: Path) -> dict[str, list]:
    """The course's set without its sounds."""
    for code in CODES:
        (folder / TRAINING / code).mkdir(parents=True, exist_ok=True)
    (folder / TESTING / "Part1").mkdir(parents=True, exist_ok=True)
    return write(folder, f"{TRAINING}/README.txt", README.encode())


def _render_all(folder: Path, takes: Sequence[Take], progress: bool, workers: int) -> dict[str, list]:
    """Render songs into a folder, several at a time.

    Returns the manifest's entries: for each path its size, its time of change in ns, and its SHA-256.
    """
    files: dict[str, list] = {}
    jobs = (joblib.delayed(_render_take)(folder, take) for take in takes)
    done = joblib.Parallel(n_jobs=workers, return_as="generator_unordered")(jobs)
    try:
        for written in tqdm(done, total=len(takes), desc="Making the rendered set", unit="song", disable=not progress):
            files |= written
    except BrokenExecutor:
        raise DatasetError(
            f"{folder}: a process that rendered songs ended; make memory free, or call ensure(workers=1)"
        ) from None
    return files


def _render_take(folder: Path, take: Take) -> dict[str, list]:
    """Compose and render one song, write its excerpts and labels."""
    files: dict[str, list] = {}
    song, starts = _composed(take)
    bank = soundfont(take.bank) if take.bank else None
    for number, (excerpt, start) in enumerate(zip(take.excerpts, starts, strict=True)):
        data = _encoded(render(song, start, excerpt.seconds, bank), Path(excerpt.paths[0]).suffix)
        for path in excerpt.paths:
            files |= write(folder, path, data)
            if path.startswith(TESTING):
                files |= write(folder, _label_path(path), label_text(take, number).encode())
    return files


def _encoded(sound: np.ndarray, suffix: str) -> bytes:
    """A 16-bit stereo file."""
    file = io.BytesIO()
    soundfile.write(file, sound, RATE, format=suffix[1:].upper(), subtype="PCM_16")
    return file.getvalue()


def write(folder: Path, path: str, data: bytes) -> dict[str, list]:
    """Write a file and say what the manifest should hold of it."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    return {path: [len(data), target.stat().st_mtime_ns, hashlib.sha256(data).hexdigest()]}


def _label_path(path: str) -> str:
    return path.removesuffix(".wav") + ".txt"


def _paths(take: Take) -> list[str]:
    """Every file that a song is in."""
    wavs = [path for excerpt in take.excerpts for path in excerpt.paths]
    return wavs + [_label_path(path) for path in wavs if path.startswith(TESTING)]


def _needed_bytes(takes: Sequence[Take]) -> int:
    seconds = sum(excerpt.seconds * len(excerpt.paths) for take in takes for excerpt in take.excerpts)
    return seconds * RATE * 4 + _SPARE_BYTES


# --- checking --------------------------------------------------------------------------------------------------------


def _write_manifest(folder: Path, files: dict[str, list]) -> None:
    write_json(folder / _MANIFEST, {"version": VERSION, "files": dict(sorted(files.items()))})


def _read_manifest(folder: Path) -> dict[str, list] | None:
    """The manifest's entries, or None if there is none that can be read: then no set was finished there."""
    try:
        files = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))["files"]
        return {path: [int(size), int(changed), str(digest)] for path, (size, changed, digest) in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _broken(folder: Path) -> list[str] | None:
    """Files of a finished set that are missing or not as they were written; None if there is no finished set."""
    files = _read_manifest(folder)
    return files if files is None else [path for path, entry in files.items() if not _intact(folder / path, *entry)]


def _intact(path: Path, size: int, changed: int, digest: str) -> bool:
    """Whether a file is as it was written; its content is read only if its time of change is another."""
    try:
        status = path.stat()
        if status.st_size != size:
            return False
        return status.st_mtime_ns == changed or hashlib.sha256(path.read_bytes()).hexdigest() == digest
    except OSError:
        return False
