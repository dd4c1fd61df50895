"""Features of whole folders: extracted in parallel, resumable, cached, kept in one `.npz` file, a pack.

A pack of log-mels holds `logmel_u8` (uint8, clips by 128 bands by 130 frames) and `path`. Extraction writes row after
row into a folder beside the pack, so that a run that was cut off goes on where it stopped; a file that cannot be read
is named, and the rest is done.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from filelock import FileLock

from ..choices import LOGMEL, MFCC, WAVEFORM
from ..data import clips
from ..errors import AudioError, DatasetError
from ..paths import cache_folder, written_whole
from . import audio, features

_TODO, _DONE, _BAD = 0, 1, 2
# What `numpy.load` and its archive raise for files that are none, or damaged ones.
UNREADABLE = (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, AttributeError, TypeError)
_FILES_A_TASK = 16
WAVEFORM_START, WAVEFORM_STOP = 2.0, 3.0
WAVEFORM_RATE = 44_100


@dataclass(frozen=True)
class Kind:
    """One sort of feature that can be extracted in bulk.

    Attributes
    ----------
    key : str
        Name of the array in the pack.
    shape : tuple of int
        Shape of one clip's row.
    dtype : str
        Type of the array.
    compute : callable
        From a path to one row.
    settings : str
        The parameters, as they stand in a cache file's name.
    """

    key: str
    shape: tuple[int, ...]
    dtype: str
    compute: Callable[[Path], np.ndarray]
    settings: str


def _log_mel_row(path: Path) -> np.ndarray:
    return features.quantise(features.log_mel(audio.fit_length(audio.load_audio(path))))


def _mfcc_row(path: Path) -> np.ndarray:
    return features.mfcc(audio.load_audio(path)).mean(axis=1)


def _waveform_row(path: Path) -> np.ndarray:
    """The third second as the file has it: stereo, 44.1 kHz, unscaled."""
    signal, rate = audio.load_channels(path, start=WAVEFORM_START, stop=WAVEFORM_STOP)
    if rate != WAVEFORM_RATE:
        raise AudioError(f"{path}: {rate} Hz where waveforms need {WAVEFORM_RATE}; resample it")
    stereo = np.broadcast_to(signal[:, :2], (len(signal), 2))
    return (audio.fit_length(stereo, WAVEFORM_RATE) * 2**15).clip(-(2**15), 2**15 - 1).astype(np.int16)


_STFT = f"sr{audio.SAMPLE_RATE}-fft{features.N_FFT}-hop{features.HOP_LENGTH}-mel{features.N_MELS}"
KINDS = {
    LOGMEL: Kind("logmel_u8", (features.N_MELS, features.CLIP_FRAMES), "uint8", _log_mel_row, f"{_STFT}-db80-u8"),
    MFCC: Kind("mfcc_mean", (features.N_MFCC,), "float32", _mfcc_row, f"{_STFT}-mfcc{features.N_MFCC}"),
    WAVEFORM: Kind("waveform_i16", (WAVEFORM_RATE, 2), "int16", _waveform_row, f"sr{WAVEFORM_RATE}-2s-3s-stereo"),
}


@dataclass(frozen=True)
class Pack:
    """Features of a set of clips.

    Attributes
    ----------
    values : numpy.ndarray
        One row a clip; for log-mels uint8 of shape (clips, 128, 130).
    clips : pandas.DataFrame
        One row a clip in the same order, see `clips.table`.
    bad : tuple of str
        One line for each file that could not be read.
    """

    values: np.ndarray
    clips: pd.DataFrame
    bad: tuple[str, ...] = ()

    def select(self, rows) -> Pack:
        """The clips at some positions.

        Parameters
        ----------
        rows : array of bool or int
            A mask, or positions.

        Returns
        -------
        Pack
            Its clips are numbered from 0 again.
        """
        return Pack(self.values[rows], self.clips.iloc[np.arange(len(self.clips))[rows]].reset_index(drop=True))

    def without_contradictions(self) -> tuple[Pack, int]:
        """The pack without the songs that carry two labels.

        Returns
        -------
        pack : Pack
            The clips of all other songs.
        dropped : int
            How many clips were dropped.
        """
        kept, dropped = clips.drop_contradictions(self.clips)
        return (self.select(kept.index.to_numpy()), len(dropped)) if len(dropped) else (self, 0)

    def fingerprint(self) -> str:
        """16 hexadecimal digits by which the same clips with the same features are known again."""
        return hashlib.sha256("\n".join(self.clips["path"]).encode() + self.values.tobytes()).hexdigest()[:16]


def load_pack(path: str | os.PathLike, kind: str = "logmel") -> Pack:
    """Read a pack.

    Parameters
    ----------
    path : path
        An `.npz` file with the kind's array and `path`, such as `extract` writes.
    kind : str
        A key of `KINDS`.

    Returns
    -------
    Pack

    Raises
    ------
    DatasetError
        If the file is missing, no pack, or holds something else than this kind.
    """
    wanted = KINDS[kind]
    try:
        with np.load(path) as archive:
            values, paths = archive[wanted.key], [str(path) for path in archive["path"]]
            bad = tuple(str(line) for line in archive.get("bad", ()))
    except FileNotFoundError:
        raise DatasetError(f"{path}: no such file; make it with: python -m irmas_helpers extract DIR {path}") from None
    except KeyError:
        raise DatasetError(f"{path}: holds no arrays {wanted.key} and path; is it a feature pack?") from None
    except UNREADABLE:
        raise DatasetError(f"{path}: cannot be read as a feature pack (.npz); make or copy it again") from None
    if values.shape != (len(paths), *wanted.shape) or values.dtype != wanted.dtype:
        expected = f"{wanted.dtype} of shape ({len(paths)}, {', '.join(map(str, wanted.shape))})"
        raise DatasetError(f"{path}: {wanted.key} is {values.dtype} of shape {values.shape}, expected {expected}")
    try:
        return Pack(values, clips.table(paths), bad)
    except DatasetError as error:
        raise DatasetError(f"{path}: {error}") from None


def cached(root: str | os.PathLike, kind: str = "logmel", *, progress: bool = True) -> Pack:
    """The features of a folder of clips, extracted once and then read from the cache.

    Parameters
    ----------
    root : path
        A folder that `clips.scan` can read.
    kind : str
        A key of `KINDS`.
    progress : bool
        Whether to show a bar while extracting.

    Returns
    -------
    Pack
    """
    found = clips.scan(root).clips
    name = f"{kind}-{KINDS[kind].settings}-{clips.identity(root, found)}.npz"
    path = cache_folder() / "features" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock"):  # two notebooks that start at once extract once
        if path.exists():
            try:
                return load_pack(path, kind)
            except DatasetError:
                path.unlink()
        extract(root, found["path"], path, kind, progress=progress)
        return load_pack(path, kind)


def extract(
    root: str | os.PathLike,
    paths,
    out: str | os.PathLike,
    kind: str = "logmel",
    *,
    jobs: int | None = None,
    progress: bool = True,
) -> list[str]:
    """Extract one kind of feature from many files into a pack.

    Parameters
    ----------
    root : path
        The folder that the paths are relative to.
    paths : iterable of str
        Relative paths of the clips.
    out : path
        The `.npz` file to write. While the work is going on there is a folder of the same name and `.partial`
        beside it; called again, the work goes on from there.
    kind : str
        A key of `KINDS`.
    jobs : int
        Number of processes; None takes as many as there are cores, fewer for few files.
    progress : bool
        Whether to show a bar.

    Returns
    -------
    list of str
        One line for each file that could not be read; those are not in the pack.

    Raises
    ------
    DatasetError
        If none of the files can be read.
    """
    paths, out = list(paths), Path(out)
    partial = _Partial.open(out.with_name(out.name + ".partial"), Path(root), paths, kind)
    bad = dict(_run(Path(root), paths, partial, jobs, progress))
    good = np.flatnonzero(partial.state == _DONE)
    if not len(good):
        first = next(iter(bad.values()), "there is none")
        raise DatasetError(f"{root}: none of the {len(paths)} files can be read; the first: {first}")
    lines = [bad[index] for index in sorted(bad)]
    values = partial.rows if len(good) == len(paths) else partial.rows[good]
    _save(out, {KINDS[kind].key: values, "path": np.array(paths)[good], "bad": np.array(lines, dtype=str)})
    del values  # may be the open map itself
    partial.remove()
    return lines


def _run(
    root: Path, paths: list[str], partial: _Partial, jobs: int | None, progress: bool
) -> Iterator[tuple[int, str]]:
    """Compute all rows that are not done yet; yield (index, message) for the files that cannot be read."""
    import joblib
    from tqdm.auto import tqdm

    todo = np.flatnonzero(partial.state != _DONE)
    tasks = [todo[i : i + _FILES_A_TASK] for i in range(0, len(todo), _FILES_A_TASK)]
    # A new process costs about a second, which is worth it from some hundred clips on.
    jobs = jobs or min(joblib.cpu_count(), max(1, len(todo) // 200))
    work = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered")(
        joblib.delayed(_compute)(root, [(int(index), paths[index]) for index in task], partial.kind) for task in tasks
    )
    with tqdm(total=len(paths), initial=len(paths) - len(todo), unit="clip", disable=not progress) as bar:
        for results in work:
            for index, row in results:
                if isinstance(row, str):
                    partial.state[index] = _BAD
                    yield index, row
                else:
                    partial.rows[index] = row
                    partial.state[index] = _DONE
            bar.update(len(results))


def _compute(root: Path, task: list[tuple[int, str]], kind: str) -> list[tuple[int, np.ndarray | str]]:
    """Rows of a few files, or for a file that cannot be read the error's line; one file in memory at a time."""
    results: list[tuple[int, np.ndarray | str]] = []
    for index, path in task:
        try:
            results.append((index, KINDS[kind].compute(root / path)))
        except AudioError as error:
            results.append((index, str(error)))
    return results


@dataclass
class _Partial:
    """An extraction under way: rows and their state, both on disk."""

    folder: Path
    kind: str
    rows: np.ndarray
    state: np.ndarray

    @classmethod
    def open(cls, folder: Path, root: Path, paths: list[str], kind: str) -> _Partial:
        """Take up the work of an earlier call for the same files, or begin anew."""
        plan, plan_file = json.dumps([KINDS[kind].settings, str(root.absolute()), paths]), folder / "plan.json"
        try:
            if plan_file.read_text("utf-8") == plan:
                return cls(folder, kind, _whole_map(folder / "rows.npy"), _whole_map(folder / "state.npy"))
        except (OSError, ValueError):
            pass  # there is none, or it is damaged
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shape = (len(paths), *KINDS[kind].shape)
        rows = np.lib.format.open_memmap(folder / "rows.npy", "w+", KINDS[kind].dtype, shape)
        state = np.lib.format.open_memmap(folder / "state.npy", "w+", "uint8", (len(paths),))
        plan_file.write_text(plan, "utf-8")
        return cls(folder, kind, rows, state)

    def remove(self) -> None:
        """Close the maps (Windows keeps an open file) and delete the folder."""
        del self.rows, self.state
        shutil.rmtree(self.folder, ignore_errors=True)


def _whole_map(path: Path) -> np.memmap:
    """An array on disk, to read and write; NumPy would fill up a file that was cut short with zeros."""
    size = path.stat().st_size
    array = np.lib.format.open_memmap(path, "r+")
    if array.offset + array.nbytes != size:
        raise ValueError(f"{path}: cut short")
    return array


def _save(out: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write an `.npz`, whatever its name ends in; from a path NumPy would make another name."""
    with written_whole(out) as temporary, open(temporary, "wb") as file:
        np.savez(file, **arrays)
