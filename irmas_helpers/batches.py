"""Clips in batches, straight from a pack: only one batch at a time is made float.

A set's log-mels take 17 kB a clip as levels and four times that as floats; 6,705 clips are 112 MB against 446 MB.
"""

from __future__ import annotations

import math

import keras
import numpy as np

from .augmentation import Augmentation, augment


class PackBatches(keras.utils.PyDataset):
    """Batches of inputs and targets, for Keras.

    Parameters
    ----------
    values : numpy.ndarray [shape=(clips, ...)]
        A pack's values, as they lie in memory.
    y : numpy.ndarray [shape=(clips,), dtype=int, or shape=(clips, classes)]
        Class indices, or shares of the classes.
    convert : callable
        From a batch of values to the network's input.
    batch_size : int
        Clips a batch; the last may be smaller.
    seed : int or None
        Of the order, which is another one in each epoch; None keeps the order of the pack.
    """

    def __init__(self, values, y, convert, batch_size: int, seed: int | None = None):
        super().__init__()
        self.values, self.y, self.convert, self.batch_size = values, y, convert, batch_size
        self._random = None if seed is None else np.random.default_rng(seed)
        self._order = np.arange(len(y))
        self.on_epoch_end()

    def __len__(self) -> int:
        return math.ceil(len(self.y) / self.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        rows = self._rows(index)
        return self.convert(self.values[rows]), self.y[rows]

    def _rows(self, index: int) -> np.ndarray:
        return self._order[index * self.batch_size : (index + 1) * self.batch_size]

    def on_epoch_end(self) -> None:
        """Draw the order of the next epoch; Keras calls this."""
        if self._random is not None:
            self._random.shuffle(self._order)


class AugmentedBatches(PackBatches):
    """Batches of other versions of the clips in each epoch, and the shares of the classes in them.

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
    """

    def __init__(self, levels, shares, plan: Augmentation, batch_size: int, seed: int):
        self._plan, self._seed, self._epoch = plan, seed, -1
        super().__init__(levels, shares, None, batch_size, seed)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        # A batch's changes do not depend on which batches were asked for before: Keras looks at some of them twice.
        rows, rng = self._rows(index), np.random.default_rng((self._seed, self._epoch, index))
        return augment(self.values[rows], self.y[rows], self._plan, rng)

    def on_epoch_end(self) -> None:
        """Draw the order of the next epoch; Keras calls this."""
        self._epoch += 1
        super().on_epoch_end()
