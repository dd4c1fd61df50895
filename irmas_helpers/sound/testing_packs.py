"""Log-mels of the testing excerpts, window by window, in one `.npz` file. Made by `extraction`, cached, read back.

Excerpts have different lengths, so that their windows lie one behind the other and `offsets` says where each excerpt
begins. The windows are those of `predict` for networks on log-mels (an excerpt shorter than one lies in silence), each
relative to its own maximum, in 256 levels.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .. import workers
from ..data import clips, testing_set
from ..errors import DatasetError
from ..instruments import CODES
from ..paths import UNREADABLE_ZIP
from . import audio, extraction, features
from .extraction import Kind
from .packs import KINDS
from .windows import HOP_SECONDS, windows_of

if TYPE_CHECKING:
    import pandas as pd

# Mean difference in levels up to which two windows are the same sound. Among IRMAS's training clips the same audio
# under two names differs by at most 2.2 levels, and other clips of one recording by at least 9.6.
_SAME_SOUND = 3.0
_ARRAYS = ("windows_u8", "starts", "offsets", "path", "part", "labels")


@dataclass(frozen=True)
class TestingPack:
    """Log-mels of the windows of a set of testing excerpts.

    Windows ``offsets[i]`` to ``offsets[i + 1]`` are those of excerpt ``i``, a row of `excerpts`.
    """

    __test__ = False  # a class of pytest's it is not

    values: np.ndarray  # levels, see `features.quantise` [shape=(windows, 128, 130), dtype=uint8]
    starts: np.ndarray  # seconds from the beginning of the excerpt [shape=(windows,)]
    offsets: np.ndarray  # [shape=(excerpts + 1,), dtype=int]
    excerpts: pd.DataFrame  # see `testing_set.TestingScan`
    bad: tuple[str, ...] = ()  # one line for each sound that could not be read

    def contradicting(self) -> np.ndarray:
        """Which excerpts sound like another one of their song with other labels [shape=(excerpts,), dtype=bool].

        In the official set these are twenty excerpts of one song, ten pairs: whatever is answered, one of two is wrong.
        """
        found, labels = np.zeros(len(self.excerpts), dtype=bool), self.excerpts["labels"].to_numpy()
        for rows in self.excerpts.groupby("song").indices.values():
            for pair in itertools.combinations(rows, 2):
                one, other = pair
                if labels[one] != labels[other] and _sound_alike(self.windows_of(one), self.windows_of(other)):
                    found[list(pair)] = True
        return found

    def windows_of(self, excerpt: int) -> np.ndarray:
        """The levels of the windows of the excerpt at a position."""
        return self.values[self.offsets[excerpt] : self.offsets[excerpt + 1]]


def _sound_alike(some: np.ndarray, others: np.ndarray) -> bool:
    """Whether two excerpts are the same recording from the same moment on, but for dither and rounding."""
    if len(some) != len(others):
        return False
    pairs = zip(some.astype(np.int16), others, strict=True)
    return all(np.abs(one - other).mean() <= _SAME_SOUND for one, other in pairs)


def load_testing_pack(path: str | os.PathLike) -> TestingPack:
    """Read a pack of testing excerpts.

    Parameters
    ----------
    path : path
        An `.npz` file that `extract` wrote. The official set takes about 500 MB, in memory too.

    Raises
    ------
    DatasetError
        If the file is missing or no pack of testing excerpts.
    """
    import pandas as pd

    cure = f"make it with: python -m irmas_helpers extract-polyphonic DIR {path}"
    try:
        with np.load(path) as archive:
            values, starts, offsets, paths, parts, labels = (archive[name] for name in _ARRAYS)
            bad = tuple(str(line) for line in archive.get("bad", ()))
        columns = (map(str, paths), parts.astype(int), map(testing_set.song_of, map(str, paths)), map(str, labels))
        excerpts = pd.DataFrame(dict(zip(testing_set.COLUMNS, map(list, columns), strict=True)))
    except FileNotFoundError:
        raise DatasetError(f"{path}: no such file; {cure}") from None
    except KeyError:
        raise DatasetError(f"{path}: holds no windows of testing excerpts; {cure}") from None
    except UNREADABLE_ZIP:
        raise DatasetError(f"{path}: cannot be read as a pack of testing excerpts (.npz); {cure}") from None
    if not (_fits(values, starts, offsets, len(excerpts)) and _are_labels(excerpts["labels"])):
        raise DatasetError(f"{path}: its windows, offsets and labels do not belong together; {cure}")
    return TestingPack(values, starts, offsets, excerpts, bad)


def _fits(values: np.ndarray, starts: np.ndarray, offsets: np.ndarray, excerpts: int) -> bool:
    """Whether windows are of the right shape and every excerpt has at least one."""
    return (
        values.dtype == np.uint8
        and values.shape == (len(starts), *features.SHAPES["log_mel"])
        and offsets.shape == (excerpts + 1,)
        and (offsets[0], offsets[-1]) == (0, len(values))
        and bool((np.diff(offsets) > 0).all())
    )


def _are_labels(labels: pd.Series) -> bool:
    return all(set(codes.split("+")) <= set(CODES) for codes in labels)


def _windows(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Levels and starts of a file's windows, as `predict` cuts it."""
    windows = [(features.quantise(features.log_mel(signal)), start) for start, signal in windows_of(path)]
    levels, starts = zip(*windows, strict=True)
    return np.stack(levels), np.array(starts)


KIND = Kind(
    {"windows_u8": ("uint8", features.SHAPES["log_mel"]), "starts": ("float64", ())},
    _windows,
    f"{KINDS['logmel'].settings}-windows{audio.CLIP_SECONDS:g}s-every{HOP_SECONDS:g}s",
    files_a_process=100,
)


def cached(found: testing_set.TestingScan, *, progress: bool = True) -> TestingPack:
    """The windows of what `testing_set.scan` found in a folder, extracted once and then read from the cache."""
    identity = clips.identity(found.root, found.excerpts["path"])
    labels = hashlib.sha256(found.excerpts.to_csv().encode()).hexdigest()[:8]
    name = f"testing-{KIND.settings}-{identity}-{labels}.npz"
    return extraction.cached(name, partial(extract, found, progress=progress), load_testing_pack)


def extract(
    found: testing_set.TestingScan,
    out: str | os.PathLike,
    *,
    jobs: int | None = None,
    progress: bool = True,
    pool: workers.Pool | None = None,
) -> list[str]:
    """Extract the windows of all excerpts that `testing_set.scan` found into a pack; else as `extraction.extract`."""

    def describe(windows: np.ndarray) -> dict[str, np.ndarray]:
        good = found.excerpts[windows > 0]
        return {
            "offsets": np.concatenate([[0], np.cumsum(windows[windows > 0])]),
            "path": good["path"].to_numpy(dtype=str),
            "part": good["part"].to_numpy(),
            "labels": good["labels"].to_numpy(dtype=str),
        }

    paths = found.excerpts["path"].tolist()
    return extraction.extract(found.root, paths, KIND, out, describe, jobs=jobs, progress=progress, pool=pool)
