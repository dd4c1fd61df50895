"""How sure a score is: songs drawn again with replacement, and the interval of what comes out.

Clips of one song succeed and fail together, so that songs are drawn and not clips: Efron's percentile bootstrap, in
clusters.
"""

from __future__ import annotations

import numpy as np

REPLICATES = 2000
COVERAGE = 0.95


def song_draws(songs: int, seed: int | np.random.Generator) -> np.ndarray:
    """How often each of so many songs is drawn in each resample [shape=(2000, songs), dtype=int].

    Examples
    --------
    >>> draws = song_draws(5, 0)
    >>> draws.shape, set(draws.sum(axis=1).tolist())
    ((2000, 5), {5})
    """
    return np.random.default_rng(seed).multinomial(songs, np.full(songs, 1 / songs), size=REPLICATES)


def interval(scores: np.ndarray) -> tuple[float, float]:
    """Low and high end of the middle 95 % of the resamples' scores [shape=(resamples,)].

    Examples
    --------
    >>> low, high = interval(np.arange(101))
    >>> round(low, 1), round(high, 1)
    (2.5, 97.5)
    """
    low, high = np.quantile(scores, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return float(low), float(high)


def interval_over_draws(right: np.ndarray, clips: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """Interval of an accuracy that is a mean over several draws of what was learned from, on the same test songs.

    Each resample draws both: which draws, and which songs.

    Parameters
    ----------
    right : numpy.ndarray [shape=(draws, songs)]
        How many clips of each test song were rightly named after each draw.
    clips : numpy.ndarray [shape=(songs,)]
        How many clips each song has.
    seed : int
        Of the resamples.

    Examples
    --------
    >>> interval_over_draws(np.array([[1, 1], [1, 1]]), np.array([2, 2]))
    (0.5, 0.5)
    """
    random = np.random.default_rng(seed)
    of_draws, of_songs = (song_draws(count, random) for count in np.shape(right))
    named = np.einsum("rd,ds,rs->r", of_draws / len(right), right, of_songs)
    return interval(named / (of_songs @ np.asarray(clips)))
