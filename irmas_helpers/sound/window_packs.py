"""Log-mels of the windows of recordings of any length, kept in one `.npz` file and read from it piece by piece.

The windows are those of `predict`, but for those that hold the end of a tone or nothing, and of a long recording some
that are spread over it.
"""

from __future__ import annotations

import os
import struct
import zipfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..data import clips
from ..errors import DatasetError
from ..paths import UNREADABLE_ZIP
from . import extraction, features
from .extraction import Kind
from .packs import KINDS
from .windows import LEAST_WEIGHT, level_weights, rms_level, windows_of

if TYPE_CHECKING:
    import pandas as pd

MOST_WINDOWS = 40  # of one recording: a minute in full, of an hour a window every 90 seconds
_LOCAL_HEADER = 30  # bytes of a zip's, before name and extra field


@dataclass(frozen=True)
class WindowPack:
    """The windows of a set of recordings, one recording's behind the other's."""

    values: np.ndarray  # levels, see `features.quantise` [shape=(windows, 128, 130), dtype=uint8]; stays on the disk
    weights: np.ndarray  # how much each counts in its recording's answer, see `windows.level_weights`
    recording: np.ndarray  # the row of `recordings` that each is from
    recordings: pd.DataFrame  # those that could be read, as `class_folders.scan` has them
    bad: tuple[str, ...] = ()  # one line for each file that could not be read

    def of_windows(self, column: str) -> np.ndarray:
        """A column of `recordings` for each window."""
        return self.recordings[column].to_numpy(dtype=str)[self.recording]

    def means(self, rows: np.ndarray) -> np.ndarray:
        """Rows of windows as means over each recording, by the windows' weights [shape=(recordings, ...)]."""
        starts = np.flatnonzero(np.diff(self.recording, prepend=-1))
        sums = np.add.reduceat(rows * self.weights[:, None], starts, axis=0)
        return sums / np.add.reduceat(self.weights, starts)[:, None]

    def select(self, wanted: np.ndarray, most: int | None = None) -> WindowPack:
        """The recordings that a mask chooses, with so many windows in all at most, one of each recording at least.

        What is spared is spread over the recordings. Where anything is, windows are read into memory.
        """
        counts = np.bincount(self.recording, minlength=len(wanted))
        kept = np.where(wanted, np.minimum(counts, _cap(counts[wanted], most or counts.sum())), 0)
        if kept.sum() == len(self.recording):
            return self
        starts = np.cumsum(counts) - counts
        windows = np.concatenate([
            start + np.linspace(0, count - 1, keep).round().astype(int)
            for start, count, keep in zip(starts, counts, kept, strict=True)
        ])  # fmt: skip
        place = np.cumsum(wanted) - 1
        recordings = self.recordings[wanted].reset_index(drop=True)
        return WindowPack(self.values[windows], self.weights[windows], place[self.recording[windows]], recordings)


def _cap(counts: np.ndarray, most: int) -> int:
    """The largest number of windows of a recording with which there are at most so many in all; 1 at least."""
    cap = int(counts.max())
    while cap > 1 and np.minimum(counts, cap).sum() > most:
        cap -= 1
    return cap


def _windows(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Levels and weights of the windows of a file that are worth learning from."""
    heard = [(features.quantise(features.log_mel(signal)), rms_level(signal)) for _, signal in windows_of(path)]
    levels, loudness = zip(*heard, strict=True)
    weights = level_weights(np.array(loudness))
    (kept,) = np.nonzero(weights > LEAST_WEIGHT)
    kept = kept[np.linspace(0, len(kept) - 1, min(len(kept), MOST_WINDOWS)).round().astype(int)]
    return np.stack([levels[place] for place in kept]), weights[kept]


KIND = Kind(
    {"windows_u8": ("uint8", features.SHAPES["log_mel"]), "weights": ("float64", ())},
    _windows,
    f"{KINDS['logmel'].settings}-{MOST_WINDOWS}windows-above{LEAST_WEIGHT:g}",
    files_a_process=100,
)


def cached(root: str | os.PathLike, recordings: pd.DataFrame, *, progress: bool = True) -> WindowPack:
    """The windows of recordings below a folder, extracted once and then read from the cache.

    Called again after it was cut off, it goes on where it stopped. Whatever their number, a few recordings at a time
    are in memory; the windows stay on the disk.

    Parameters
    ----------
    root : path
        The folder that the paths are relative to.
    recordings : pandas.DataFrame
        As `class_folders.scan` has them.
    progress : bool
        Whether to show a bar.

    Raises
    ------
    DatasetError
        If none of them can be read.
    """
    paths = recordings["path"].tolist()
    name = f"recordings-{KIND.settings}-{clips.identity(root, paths)}.npz"

    def extract(out: Path) -> None:
        extraction.extract(root, paths, KIND, out, lambda counts: {"counts": counts}, progress=progress)

    return extraction.cached(name, extract, partial(_load, recordings=recordings))


def _load(path: Path, recordings: pd.DataFrame) -> WindowPack:
    try:
        values = _mapped(path, "windows_u8")
        with np.load(path) as archive:
            weights, counts, bad = (archive[name] for name in ("weights", "counts", "bad"))
    except (*UNREADABLE_ZIP, KeyError, struct.error):
        raise DatasetError(f"{path}: holds no windows of recordings; delete it") from None
    if len(counts) != len(recordings) or not len(values) == len(weights) == counts.sum():
        raise DatasetError(f"{path}: its windows are others; delete it")
    good = recordings[counts > 0].reset_index(drop=True)
    recording = np.repeat(np.arange(len(good)), counts[counts > 0])
    return WindowPack(values, weights, recording, good, tuple(map(str, bad)))


def _mapped(path: Path, name: str) -> np.ndarray:
    """An array of an uncompressed `.npz` as a map of the file, of which only what is asked for is read."""
    with zipfile.ZipFile(path) as archive, path.open("rb") as file:
        start = archive.getinfo(f"{name}.npy").header_offset
        file.seek(start)
        lengths = struct.unpack("<HH", file.read(_LOCAL_HEADER)[-4:])  # of its name and its extra field
        file.seek(start + _LOCAL_HEADER + sum(lengths))
        np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        return np.memmap(path, dtype, "r", file.tell(), shape)
