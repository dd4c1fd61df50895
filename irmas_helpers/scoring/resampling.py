"""How sure a score is: songs drawn again with replacement, and the interval of what comes out.

Clips of one song succeed and fail together, so that songs are drawn and not clips: Efron's percentile bootstrap, in
clusters.
"""

from __future__ import annotations

import numpy as np

REPLICATES = 2000
COVERAGE = 0.95
_NORMAL_QUANTILE = 1.959964  # of that coverage


def song_draws(songs: int, seed: int | np.random.Generator) -> np.ndarray:
    """How often each song is drawn in each resample.

    Parameters
    ----------
    songs : int
        Number of songs.
    seed : int or numpy.random.Generator
        Of the draws.

    Returns
    -------
    numpy.ndarray [shape=(2000, songs), dtype=int]
        Rows sum to the number of songs.

    Examples
    --------
    >>> draws = song_draws(5, 0)
    >>> draws.shape, set(draws.sum(axis=1).tolist())
    ((2000, 5), {5})
    """
    return np.random.default_rng(seed).multinomial(songs, np.full(songs, 1 / songs), size=REPLICATES)


def interval(scores: np.ndarray) -> tuple[float, float]:
    """The middle 95 % of the resamples' scores.

    Parameters
    ----------
    scores : numpy.ndarray [shape=(resamples,)]
        One score a resample.

    Returns
    -------
    low, high : float

    Examples
    --------
    >>> low, high = interval(np.arange(101))
    >>> round(low, 1), round(high, 1)
    (2.5, 97.5)
    """
    low, high = np.quantile(scores, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return float(low), float(high)


def share_interval(right: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share of few independent answers, such as ten clips of ten songs.

    Resampling says nothing where all answers are right or all wrong; this does (E. B. Wilson, JASA 22, 1927).

    Parameters
    ----------
    right : int
        How many are right.
    of : int
        How many there are, at least 1.

    Returns
    -------
    tuple of float
        Ends of the interval, in [0, 1].
    """
    middle, square = right / of, _NORMAL_QUANTILE**2 / of
    centre = (middle + square / 2) / (1 + square)
    half = np.sqrt(middle * (1 - middle) * square + square**2 / 4) / (1 + square)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))
