"""Other versions of the clips at hand: mixed, shifted, filtered, noisy, masked, as if recorded elsewhere.

Everything works on mel power relative to a clip's maximum, shape (clips, 128, frames), because that is where sounds
add: two instruments, or an instrument and the noise of its room. `power_of_levels` and `decibels` lead there and back;
`augmentation_plans` says which changes are made together.
"""

from __future__ import annotations

import numpy as np

from ..sound.features import N_MELS, TOP_DB, dequantise

FLOOR = 10 ** (-TOP_DB / 10)
_POWER_OF_LEVEL = (10 ** (dequantise(np.arange(256, dtype=np.uint8)) / 10)).astype(np.float32)
_POWER_OF_LEVEL[0] = 0.0  # what lies at the range's end is that weak or weaker

# How far the changes go; a plan says how often or how strongly. Chosen by what recordings do, not by scores.
CURVE_POINTS = 6
NOISE_DECIBELS = (-75.0, -35.0)
HIGHEST_BANDS = (64, 128)
LOWEST_BANDS = (0, 16)
SLOPE_DECIBELS = 3.0
SHORTEST_SOUND = 0.2
DECAYS_DECIBELS = (0.5, 4.0)
REVERBERANT_DECIBELS = (-20.0, -5.0)
OVERLAID_DECIBELS = (-12.0, 0.0)
EXPANDED_DECIBELS = (-40.0, -15.0)
EXPANSIONS = (1.5, 4.0)
SLOWEST = 8.0
BORROWED_STYLE = 0.5
LEAST_DEVIATION = 1.0
HIGHEST_FLOOR = -50.0
MASKED_BANDS = 20
MASKED_FRAMES = 26


def power_of_levels(levels: np.ndarray) -> np.ndarray:
    """Power relative to each clip's maximum of a pack's levels, 0 where a level is 0 [the same shape, dtype=float32].

    Examples
    --------
    >>> power_of_levels(np.uint8([0, 255]))
    array([0., 1.], dtype=float32)
    """
    return _POWER_OF_LEVEL[levels]


def decibels(power: np.ndarray) -> np.ndarray:
    """Decibels relative to each clip's maximum, no less than -80; a clip of nothing is -80 everywhere.

    Examples
    --------
    >>> decibels(np.float32([[[2, 0.2, 0.02]]])).round(2)
    array([[[  0., -10., -20.]]], dtype=float32)
    """
    peaks = power.max(axis=(1, 2), keepdims=True)
    relative = power / np.maximum(peaks, np.float32(np.finfo(np.float32).tiny))
    return 10 * np.log10(np.maximum(relative, np.float32(FLOOR)))


def shift(power: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Roll each clip along time by a number of frames of its own.

    Examples
    --------
    >>> shift(np.float32([[[1, 2, 3, 4]]]), np.random.default_rng(0))
    array([[[4., 1., 2., 3.]]], dtype=float32)
    """
    frames = np.arange(power.shape[2])
    starts = rng.integers(0, power.shape[2], (len(power), 1))
    return np.take_along_axis(power, ((frames + starts) % power.shape[2])[:, None], axis=2)


def mix(power: np.ndarray, shares: np.ndarray, beta: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two clips at once, as if both were played.

    Their amplitudes stand in the ratio of their shares of the label, after Tokozume et al., "Learning from
    Between-class Examples for Deep Sound Recognition", ICLR 2018; a share of .9 leaves the other clip 19 dB weaker.

    Parameters
    ----------
    power : numpy.ndarray [shape=(clips, bands, frames)]
        Relative to each clip's maximum.
    shares : numpy.ndarray [shape=(clips, classes)]
        How much of each class is in each clip.
    beta : float
        The shares are drawn from Beta(beta, beta): below 1 most mixtures are nearly one of the two.
    rng : numpy.random.Generator

    Returns
    -------
    power, shares : numpy.ndarray
        Of each clip with a partner from the batch.

    Examples
    --------
    >>> power, shares = mix(np.ones((2, 1, 1)), np.eye(2), 0.4, np.random.default_rng(0))
    >>> shares.sum(axis=1)
    array([1., 1.])
    """
    part, other = rng.beta(beta, beta, len(power)).astype(np.float32), rng.permutation(len(power))
    first, second = part[:, None, None] ** 2, (1 - part[:, None, None]) ** 2
    return first * power + second * power[other], _mixed(shares, part, other)


def mix_decibels(
    power: np.ndarray, shares: np.ndarray, beta: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Two clips as a weighted mean of their decibels: Zhang et al., "mixup", ICLR 2018; arguments as in `mix`."""
    part, other = rng.beta(beta, beta, len(power)).astype(np.float32), rng.permutation(len(power))
    audible = np.log(np.maximum(power, np.float32(FLOOR)))
    mean = part[:, None, None] * audible + (1 - part[:, None, None]) * audible[other]
    return np.exp(mean), _mixed(shares, part, other)


def _mixed(shares: np.ndarray, part: np.ndarray, other: np.ndarray) -> np.ndarray:
    return part[:, None] * shares + (1 - part[:, None]) * shares[other]


def overlay(
    power: np.ndarray, labels: np.ndarray, most: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Lay up to `most` other clips over each, 0 to 12 dB weaker, and join the labels: several instruments at once.

    Powers add where the phases of two sounds have nothing to do with each other; within a cell of a real mixture they
    also cancel and reinforce one another, which this leaves out, as it leaves out how loud the two recordings were.

    Parameters
    ----------
    power : numpy.ndarray [shape=(clips, bands, frames)]
        Relative to each clip's maximum.
    labels : numpy.ndarray [shape=(clips, classes)]
        1 for what is in a clip.
    most : int
        0 to so many clips are added, each number as often as the others.
    rng : numpy.random.Generator

    Returns
    -------
    power, labels : numpy.ndarray
        The same shapes. A clip is never laid over itself; one of its own song may be, once in some thousand times.

    Examples
    --------
    >>> power, labels = overlay(np.ones((2, 1, 1)), np.eye(2), 1, np.random.default_rng(0))
    >>> labels
    array([[1., 1.],
           [1., 1.]])
    """
    clips = np.arange(len(power))
    number = rng.integers(0, most + 1, (len(power), 1, 1))
    total, joined = power, labels
    for count in range(1, min(most, len(power) - 1) + 1):
        others = (clips + rng.integers(1, len(power))) % len(power)
        added = number >= count
        gains = 10 ** (rng.uniform(*OVERLAID_DECIBELS, (len(power), 1, 1)) / 10) * added
        total = total + gains.astype(np.float32) * power[others]
        joined = np.maximum(joined, labels[others] * added[:, :, 0])
    return total, joined


def expand(power: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Make what is weak weaker, as an expander does, in a share of the clips: one player and hardly any background.

    Levels below a threshold, 40 to 15 dB under the clip's maximum, lie 1.5 to 4 times as far below it afterwards.
    """
    thresholds = 10 ** (rng.uniform(*EXPANDED_DECIBELS, (len(power), 1, 1)) / 10) * power.max(
        axis=(1, 2), keepdims=True
    )
    exponents = np.where(_chosen(power, share, rng), rng.uniform(*EXPANSIONS, (len(power), 1, 1)) - 1, 0)
    below = np.minimum(power / np.maximum(thresholds, np.finfo(np.float32).tiny), 1).astype(np.float32)
    return power * below ** exponents.astype(np.float32)


def stretch(power: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Play a part slowly, over the whole length, in a share of the clips: tones that are held, as in a lesson.

    The part is as long as the clip down to an eighth of it, each factor as likely as each other on a logarithmic scale.
    Pitch stays, for each band's power is interpolated along time.
    """
    clips, _, frames = power.shape
    factors = np.exp(rng.uniform(0, np.log(SLOWEST), (clips, 1)))
    factors = np.where(_chosen(power, share, rng)[:, :, 0], factors, 1)
    starts = rng.uniform(0, 1, (clips, 1)) * (frames - 1) * (1 - 1 / factors)
    places = starts + np.arange(frames) / factors
    before = np.minimum(places.astype(int), frames - 2)
    weight = (places - before).astype(np.float32)[:, None]
    left, right = (np.take_along_axis(power, (before + step)[:, None], axis=2) for step in (0, 1))
    return (1 - weight) * left + weight * right


def move_bands(power: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """Move each clip up or down by at most so many bands, as a higher or lower pitch would; what enters is silent."""
    sources = np.arange(power.shape[1]) - rng.integers(-most, most + 1, (len(power), 1))
    inside = (sources >= 0) & (sources < power.shape[1])
    return np.take_along_axis(power, np.where(inside, sources, 0)[:, :, None], axis=1) * inside[:, :, None]


def tilt(power: np.ndarray, deviation: float, rng: np.random.Generator) -> np.ndarray:
    """Filter each clip by a straight line over the bands, with so many dB (s.d.) between lowest and highest."""
    slopes = rng.normal(0, deviation, (len(power), 1))
    return _filtered(power, slopes * np.linspace(-0.5, 0.5, power.shape[1]))


def equalise(power: np.ndarray, deviation: float, rng: np.random.Generator) -> np.ndarray:
    """Filter each clip by a smooth random curve: microphones, rooms and loudspeakers differ so."""
    return _filtered(power, smooth_curves(len(power), power.shape[1], deviation, rng))


def smooth_curves(clips: int, bands: int, deviation: float, rng: np.random.Generator) -> np.ndarray:
    """Random curves in dB over the bands [shape=(clips, bands)], from a few points with a deviation by half cosines.

    Examples
    --------
    >>> smooth_curves(2, 128, 3.0, np.random.default_rng(0)).shape
    (2, 128)
    """
    points = rng.normal(0, deviation, (clips, CURVE_POINTS))
    places = np.linspace(0, CURVE_POINTS - 1, bands)
    left = np.minimum(places.astype(int), CURVE_POINTS - 2)
    weight = (1 - np.cos(np.pi * (places - left))) / 2
    return (1 - weight) * points[:, left] + weight * points[:, left + 1]


def mix_style(power: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Move each band's mean and deviation in decibels up to half of the way to another clip's, in a share of the clips.

    These two say more of the microphone, the room and the mastering than of what is played: Zhou et al., "Domain
    generalization with MixStyle", ICLR 2021; for bands of spectrograms: Schmid et al., "CP-JKU Students' submission to
    DCASE22", 2022.
    """
    levels = decibels(power)
    means, deviations = levels.mean(axis=2, keepdims=True), levels.std(axis=2, keepdims=True) + LEAST_DEVIATION
    borrowed = rng.uniform(0, BORROWED_STYLE, (len(power), 1, 1)) * _chosen(power, share, rng)
    borrowed, other = borrowed.astype(np.float32), rng.permutation(len(power))
    mean, deviation = ((1 - borrowed) * own + borrowed * own[other] for own in (means, deviations))
    return 10 ** (((levels - means) / deviations * deviation + mean) / 10) * (power > 0)


def _filtered(power: np.ndarray, gains: np.ndarray) -> np.ndarray:
    return power * (10 ** (gains / 10)).astype(np.float32)[:, :, None]


def limit_band(power: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Weaken what lies above one band and below another by 3 dB a band, in a share of the clips."""
    bands = np.arange(power.shape[1])
    highest = rng.integers(*HIGHEST_BANDS, (len(power), 1)) * power.shape[1] // N_MELS
    lowest = rng.integers(*LOWEST_BANDS, (len(power), 1)) * power.shape[1] // N_MELS
    outside = np.maximum(bands - highest, 0) + np.maximum(lowest - bands, 0)
    return _filtered(power, -SLOPE_DECIBELS * outside * _chosen(power, share, rng)[:, :, 0])


def reverberate(power: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Add a tail to every sound that falls by 0.5 to 4 dB a frame (23 ms), in a share of the clips."""
    kept = 10 ** (-rng.uniform(*DECAYS_DECIBELS, (len(power), 1)) / 10)
    loudness = 10 ** (rng.uniform(*REVERBERANT_DECIBELS, (len(power), 1)) / 10) * _chosen(power, share, rng)[:, :, 0]
    kept, loudness = kept.astype(np.float32), loudness.astype(np.float32)
    wet, tail = power.copy(), np.zeros(power.shape[:2], dtype=np.float32)
    for frame in range(power.shape[2]):
        wet[:, :, frame] += loudness * tail
        tail = kept * (tail + power[:, :, frame])
    return wet


def silence(power: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Leave one part of the clip, at least a fifth, and silence around it, in a share of the clips: single notes."""
    frames = np.arange(power.shape[2])
    lengths = rng.uniform(SHORTEST_SOUND, 1, (len(power), 1)) * power.shape[2]
    starts = rng.uniform(0, 1, (len(power), 1)) * (power.shape[2] - lengths)
    sounds = (frames >= np.floor(starts)) & (frames < np.ceil(starts + lengths))
    return power * (sounds[:, None] | ~_chosen(power, share, rng))


def add_noise(power: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Add stationary noise of a random smooth spectrum, 75 to 35 dB below the loudest cell, in a share of the clips.

    A cell of the noise's spectrogram has an exponentially distributed power, as Gaussian noise gives it.
    """
    levels = rng.uniform(*NOISE_DECIBELS, (len(power), 1))
    spectrum = 10 ** ((levels + smooth_curves(len(power), power.shape[1], 6.0, rng)) / 10)
    peaks = power.max(axis=(1, 2), keepdims=True) * _chosen(power, share, rng)
    grain = rng.standard_exponential(power.shape, dtype=np.float32)
    return power + grain * (spectrum[:, :, None] * peaks).astype(np.float32)


def raise_floor(
    decibels: np.ndarray, share: float, rng: np.random.Generator, highest: float = HIGHEST_FLOOR
) -> np.ndarray:
    """Cut a share of the clips off at a level between -80 dB and the highest, as a poorer recording is."""
    floors = rng.uniform(-TOP_DB, highest, (len(decibels), 1, 1)).astype(np.float32)
    return np.maximum(decibels, np.where(_chosen(decibels, share, rng), floors, np.float32(-TOP_DB)))


def mask(decibels: np.ndarray, axis: int, widest: int, rng: np.random.Generator) -> np.ndarray:
    """Blank one stretch of bands or frames in each clip: Park et al., "SpecAugment", Interspeech 2019.

    Parameters
    ----------
    decibels : numpy.ndarray [shape=(clips, bands, frames)]
        Log-mels.
    axis : int
        1 for bands, 2 for frames.
    widest : int
        Most bands or frames in the stretch, which gets -80 dB; it may be empty.

    Examples
    --------
    >>> mask(np.zeros((1, 1, 6)), 2, 4, np.random.default_rng(0))
    array([[[  0., -80., -80., -80., -80.,   0.]]])
    """
    places = np.arange(decibels.shape[axis])
    widths = rng.integers(0, widest + 1, (len(decibels), 1))
    starts = rng.integers(0, len(places) - widths + 1)
    blank = (places >= starts) & (places < starts + widths)
    return np.where(np.expand_dims(blank, 3 - axis), np.float32(-TOP_DB), decibels)


def _chosen(values: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """A share of the clips [shape=(clips, 1, 1), dtype=bool]."""
    return rng.random((len(values), 1, 1)) < share
