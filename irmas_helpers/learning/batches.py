"""Clips in batches, straight from a pack: only one batch at a time is made float.

A set's log-mels take 17 kB a clip as levels and four times that as floats; 6,705 clips are 112 MB against 446 MB.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from .augmentation import Augmentation, augment


def pack_batches(values: np.ndarray, y: np.ndarray, convert, batch_size: int, seed: int | None = None):
    """Batches of inputs and class indices, for Keras.

    Parameters
    ----------
    values : numpy.ndarray [shape=(clips, ...)]
        A pack's values, as they lie in memory.
    y : numpy.ndarray [shape=(clips,), dtype=int]
        Class indices.
    convert : callable
        From a batch of values to the network's input.
    batch_size : int
        Clips a batch; the last may be smaller.
    seed : int or None
        Of the order, which is another one in each epoch; None keeps the order of the pack.

    Returns
    -------
    keras.utils.PyDataset
    """
    return _dataset_class()(values, y, lambda values, y, rng: (convert(values), y), batch_size, seed)


def augmented_batches(levels: np.ndarray, shares: np.ndarray, plan: Augmentation, batch_size: int, seed: int):
    """Batches of other versions of the clips in each epoch, and the shares of the classes in them, for Keras.

    Parameters
    ----------
    levels : numpy.ndarray [shape=(clips, 128, frames), dtype=uint8]
        A pack's values.
    shares : numpy.ndarray [shape=(clips, classes), dtype=float32]
        How much of each class is in each clip.
    plan : augmentation.Augmentation
        What to change.
    batch_size : int
        Clips a batch; the last may be smaller.
    seed : int
        Of order and changes.

    Returns
    -------
    keras.utils.PyDataset
    """
    return _dataset_class()(levels, shares, functools.partial(augment, plan=plan), batch_size, seed)


@functools.cache
def _dataset_class():
    """The class behind the functions; it inherits from Keras, which is not loaded before it is needed."""
    import keras

    class PackBatches(keras.utils.PyDataset):
        def __init__(self, values, y, make, batch_size, seed):
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
