"""Clips in batches, straight from a pack: only one batch at a time is made float.

A set's log-mels take 17 kB a clip as levels and four times that as floats; 6,705 clips are 112 MB against 446 MB.
"""

from __future__ import annotations

import math

import keras
import numpy as np


class PackBatches(keras.utils.PyDataset):
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
        rows = self._order[index * self.batch_size : (index + 1) * self.batch_size]
        return self.convert(self.values[rows]), self.y[rows]

    def on_epoch_end(self) -> None:
        """Draw the order of the next epoch; Keras calls this."""
        if self._random is not None:
            self._random.shuffle(self._order)
