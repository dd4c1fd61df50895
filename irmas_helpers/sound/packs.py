"""Features of training clips, a row a clip, in one `.npz` file: a pack. Made by `extraction`, cached, read back.

A pack of log-mels holds `logmel_u8` (uint8, clips by 128 bands by 130 frames) and `path`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .. import workers
from ..choices import LOGMEL, MFCC, WAVEFORM
from ..data import clips
from ..errors import AudioError, DatasetError
from ..paths import UNREADABLE_ZIP
from . import audio, extraction, features
from .extraction import Kind

if TYPE_CHECKING:
    import pandas as pd

WAVEFORM_START, WAVEFORM_STOP = 2.0, 3.0
WAVEFORM_RATE = 44_100


def _log_mel_row(path: Path) -> tuple[np.ndarray]:
    return (features.quantise(features.log_mel(audio.fit_length(audio.load_audio(path))))[None],)


def _mfcc_row(path: Path) -> tuple[np.ndarray]:
    return (features.mfcc(audio.load_audio(path)).mean(axis=1)[None],)


def _waveform_row(path: Path) -> tuple[np.ndarray]:
    """The third second as the file has it: stereo, 44.1 kHz, unscaled."""
    signal, rate = audio.load_channels(path, start=WAVEFORM_START, stop=WAVEFORM_STOP)
    if rate != WAVEFORM_RATE:
        raise AudioError(f"{path}: {rate} Hz where waveforms need {WAVEFORM_RATE}; resample it")
    stereo = audio.fit_length(np.broadcast_to(signal[:, :2], (len(signal), 2)), WAVEFORM_RATE)
    return ((stereo * 2**15).clip(-(2**15), 2**15 - 1).astype(np.int16)[None],)


_STFT = f"sr{audio.SAMPLE_RATE}-fft{features.N_FFT}-hop{features.HOP_LENGTH}-mel{features.N_MELS}"
KINDS = {
    LOGMEL: Kind({"logmel_u8": ("uint8", features.SHAPES["log_mel"])}, _log_mel_row, f"{_STFT}-db80-u8"),
    MFCC: Kind({"mfcc_mean": ("float32", (features.N_MFCC,))}, _mfcc_row, f"{_STFT}-mfcc{features.N_MFCC}"),
    WAVEFORM: Kind({"waveform_i16": ("int16", (WAVEFORM_RATE, 2))}, _waveform_row, f"sr{WAVEFORM_RATE}-2s-3s-stereo"),
}


@dataclass(frozen=True)
class Pack:
    """Features of a set of clips: `values` and `clips` have a row a clip, in the same order."""

    values: np.ndarray  # for log-mels [shape=(clips, 128, 130), dtype=uint8]
    clips: pd.DataFrame  # see `clips.table`
    bad: tuple[str, ...] = ()  # one line for each file that could not be read

    def select(self, rows: np.ndarray) -> Pack:
        """The clips that a mask or positions choose, numbered from 0 again.

        Examples
        --------
        >>> pack = Pack(np.array([7, 8, 9]), clips.table([f"[cel][cla]000{song}__1.wav" for song in (1, 2, 3)]))
        >>> chosen = pack.select(np.array([True, False, True]))
        >>> chosen.values.tolist(), chosen.clips["song"].tolist()
        ([7, 9], ['0001', '0003'])
        """
        return Pack(self.values[rows], self.clips.iloc[np.arange(len(self.clips))[rows]].reset_index(drop=True))

    def without_contradictions(self) -> tuple[Pack, int]:
        """The pack without the songs that carry two labels, and how many clips were dropped with them."""
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

    Raises
    ------
    DatasetError
        If the file is missing, no pack, or holds something else than this kind.
    """
    ((key, (dtype, shape)),) = KINDS[kind].rows.items()
    try:
        with np.load(path) as archive:
            values, paths = archive[key], [str(path) for path in archive["path"]]
            bad = tuple(str(line) for line in archive.get("bad", ()))
    except FileNotFoundError:
        raise DatasetError(f"{path}: no such file; make it with: python -m irmas_helpers extract DIR {path}") from None
    except KeyError:
        raise DatasetError(f"{path}: holds no arrays {key} and path; is it a feature pack?") from None
    except UNREADABLE_ZIP:
        raise DatasetError(f"{path}: cannot be read as a feature pack (.npz); make or copy it again") from None
    if values.shape != (len(paths), *shape) or values.dtype != dtype:
        expected = f"{dtype} of shape ({len(paths)}, {', '.join(map(str, shape))})"
        raise DatasetError(f"{path}: {key} is {values.dtype} of shape {values.shape}, expected {expected}")
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
    """
    paths = clips.scan(root).clips["path"]
    name = f"{kind}-{KINDS[kind].settings}-{clips.identity(root, paths)}.npz"
    make = partial(extract, root, paths, kind=kind, progress=progress)
    return extraction.cached(name, make, partial(load_pack, kind=kind))


def extract(
    root: str | os.PathLike,
    paths: Iterable[str],
    out: str | os.PathLike,
    kind: str = "logmel",
    *,
    jobs: int | None = None,
    progress: bool = True,
    pool: workers.Pool | None = None,
) -> list[str]:
    """Extract one kind of feature, a key of `KINDS`, from many clips into a pack.

    All else is as in `extraction.extract`: the clips' paths are relative to `root`, and a line for each file that could
    not be read is returned.
    """
    paths = np.array(list(paths), dtype=str)
    how = {"jobs": jobs, "progress": progress, "pool": pool}
    return extraction.extract(root, paths.tolist(), KINDS[kind], out, lambda rows: {"path": paths[rows > 0]}, **how)
