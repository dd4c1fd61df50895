"""From a pack to what `training.fit` takes: inputs and targets in memory, or batch by batch straight from the pack.

In batches only one of them at a time is made float: a set's log-mels take 17 kB a clip as levels and four times that as
floats; 6,705 clips are 112 MB against 446 MB.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ..instruments import CODES, label_indices
from ..sound import features
from ..sound.packs import Pack
from .augmentation_plans import Augmentation, augment

if TYPE_CHECKING:
    import keras

_CLIPS_AT_ONCE = 256


def inputs(pack: Pack, feature: str) -> np.ndarray:
    """A network's inputs from a pack of log-mels or waveforms, all of them in memory.

    Parameters
    ----------
    pack : Pack
        Log-mels in 256 levels, or waveforms.
    feature : str
        A key of `features.FROM_PACK`.

    Returns
    -------
    numpy.ndarray [shape=(clips, ...), dtype=float32]
        The shape behind the clips is `features.SHAPES[feature]`, of waveforms `features.WAVEFORM_SHAPE`.

    Examples
    --------
    >>> from irmas_helpers.data.clips import table
    >>> inputs(Pack(np.zeros((2, 128, 130), np.uint8), table(["[cel][cla]0001__1.wav"] * 2)), "mfcc_mean").shape
    (2, 40)
    """
    convert = features.FROM_PACK[feature]
    starts = range(0, len(pack.values), _CLIPS_AT_ONCE)
    return np.concatenate([convert(pack.values[i : i + _CLIPS_AT_ONCE]) for i in starts])


def targets(pack: Pack) -> np.ndarray:
    """Class indices of a pack's clips, in the order of `instruments.CODES` [shape=(clips,), dtype=int].

    Examples
    --------
    >>> from irmas_helpers.data.clips import table
    >>> targets(Pack(np.zeros(2), table(["cel/[cel][cla]0001__1.wav", "voi/[voi][pop_roc]0002__1.wav"])))
    array([ 0, 10])
    """
    return np.array(label_indices(pack.clips["instrument"]))


def shares(pack: Pack) -> np.ndarray:
    """How much of each class is in each clip: all of one [shape=(clips, 11), dtype=float32].

    Examples
    --------
    >>> from irmas_helpers.data.clips import table
    >>> shares(Pack(np.zeros(1), table(["voi/[voi][pop_roc]0002__1.wav"]))).tolist()
    [[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]]
    """
    return np.eye(len(CODES), dtype=np.float32)[targets(pack)]


def from_pack(pack: Pack, feature: str, batch_size: int = 32, seed: int | None = None) -> keras.utils.PyDataset:
    """A network's inputs and class indices, batch by batch.

    Parameters
    ----------
    pack, feature
        See `inputs`.
    batch_size : int
        Clips a batch; the last may be smaller.
    seed : int or None
        Of the order, which is another one in each epoch; None keeps the pack's.
    """
    convert = features.FROM_PACK[feature]
    return _dataset_class()(pack.values, targets(pack), lambda x, y, rng: (convert(x), y), batch_size, seed)


def augmented(pack: Pack, plan: Augmentation, batch_size: int = 32, seed: int = 0) -> keras.utils.PyDataset:
    """Log-mels of other versions of a pack's clips in each epoch, and the shares of the classes in them.

    Parameters
    ----------
    pack : Pack
        Log-mels in 256 levels.
    plan : augmentation_plans.Augmentation
        What to change.
    batch_size : int
        Clips a batch; the last may be smaller.
    seed : int
        Of order and changes.

    Returns
    -------
    keras.utils.PyDataset
        For a network whose `training.compile_model` was told of shares or labels.
    """
    return changed(pack.values, shares(pack), plan, batch_size, seed)


def changed(
    levels: np.ndarray, shares: np.ndarray, plan: Augmentation, batch_size: int = 32, seed: int = 0
) -> keras.utils.PyDataset:
    """As `augmented`, of log-mels of any classes and the shares in which these are in them.

    Parameters
    ----------
    levels : numpy.ndarray [shape=(windows, 128, 130), dtype=uint8]
        Log-mels in 256 levels; a map of a file will do.
    shares : numpy.ndarray [shape=(windows, classes), dtype=float32]
        How much of each class is in each of them.
    plan, batch_size, seed
        See `augmented`.
    """
    return _dataset_class()(levels, shares, functools.partial(augment, plan=plan), batch_size, seed)


@functools.cache
def _dataset_class() -> type[keras.utils.PyDataset]:
    """The class behind the functions; it inherits from Keras, which is not loaded before it is needed."""
    import keras

    class PackBatches(keras.utils.PyDataset):
        def __init__(self, values: np.ndarray, y: np.ndarray, make: Callable, batch_size: int, seed: int | None):
            super().__init__()
            self._values, self._y, self._make, self._batch_size, self._seed = values, y, make, batch_size, seed
            self._random = None if seed is None else np.random.default_rng(seed)
            self._order, self._epoch = np.arange(len(y)), -1
            self.on_epoch_end()

        def __len__(self) -> int:
            return math.ceil(len(self._y) / self._batch_size)

        def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
            rows = self._order[index * self._batch_size : (index + 1) * self._batch_size]
            # Not one generator for all batches: Keras looks at some of them twice.
            rng = np.random.default_rng((self._seed or 0, self._epoch, index))
            return self._make(self._values[rows], self._y[rows], rng=rng)

        def on_epoch_end(self) -> None:
            """Draw the order of the next epoch; Keras calls this."""
            self._epoch += 1
            if self._random is not None:
                self._random.shuffle(self._order)

    return PackBatches
