"""Whole random numbers for the rendered set: drawn from a bit stream that NumPy keeps stable, the same everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


class Dice:
    """Whole random numbers that are the same on every platform and NumPy version.

    Parameters
    ----------
    *seed : int
        Non-negative integers; every tuple of them is a stream of its own.

    Examples
    --------
    >>> dice = Dice(2012, 7)
    >>> [dice.between(1, 6) for _ in range(8)]
    [2, 6, 6, 2, 6, 6, 3, 5]
    """

    def __init__(self, *seed: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence(seed))

    def below(self, n: int) -> int:
        """A number from 0 to n - 1."""
        return int(self._bits.random_raw()) * n >> 64

    def between(self, low: int, high: int) -> int:
        """A number from low to high, both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent: int) -> bool:
        """True in that many of a hundred throws."""
        return self.below(100) < percent

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[self.below(len(items))]

    def weighted(self, weights: dict[T, int]) -> T:
        """One of the keys, as often as its whole-number weight says."""
        throw = self.below(sum(weights.values()))
        for item, weight in weights.items():
            throw -= weight
            if throw < 0:
                return item
        raise AssertionError("weights are non-negative and one of them is positive")
