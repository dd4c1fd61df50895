"""Which changes of `augmentation` are made to a batch, in which order and how strongly: the plans that recipes name."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from . import augmentation as change


@dataclass(frozen=True)
class Augmentation:
    """Which changes are made to a batch, and how strong they are; whatever is 0 is left out.

    From `expansion` to `raised_floor` a number is the share of the clips that something is done to.
    """

    mix: float = 0.0  # parameter of the beta distribution of the shares in which two clips are mixed
    mix_decibels: float = 0.0  # the same for mixing decibels instead of sounds (mixup proper)
    overlay: int = 0  # at most so many clips are laid over each, and their labels are kept whole
    shift: int = 0  # 1 rolls each clip along time
    bands: int = 0  # by which a clip is moved up or down, at most
    tilt: float = 0.0  # s.d. in dB of the filter's slope from the lowest to the highest band
    curve: float = 0.0  # and of its bumps
    expansion: float = 0.0  # the background is made weaker
    stretch: float = 0.0  # a part is played slowly
    style: float = 0.0  # the colour of another clip is borrowed
    band_limit: float = 0.0  # low-passed and high-passed
    reverberation: float = 0.0  # put in a room
    silence: float = 0.0  # silent but for one part
    noise: float = 0.0  # put under stationary noise
    raised_floor: float = 0.0  # cut off at a level above -80 dB
    highest_floor: float = change.HIGHEST_FLOOR  # the highest of these levels in dB
    frequency_masks: int = 0  # stretches of bands that are blanked in each clip
    time_masks: int = 0  # and of frames


def augment(
    levels: np.ndarray, shares: np.ndarray, plan: Augmentation, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Another version of a batch.

    Parameters
    ----------
    levels : numpy.ndarray [shape=(clips, 128, frames), dtype=uint8]
        A pack's values.
    shares : numpy.ndarray [shape=(clips, classes), dtype=float32]
        How much of each class is in each clip.
    plan : Augmentation
        What to do. The order is that of a recording: players, filter, room, cut, noise, the range that is kept, masks.
    rng : numpy.random.Generator
        Decides everything.

    Returns
    -------
    decibels : numpy.ndarray [shape=(clips, 128, frames), dtype=float32]
        In [-80, 0], as `features.log_mel` gives them.
    shares : numpy.ndarray [shape=(clips, classes), dtype=float32]
        Of what is in them now.

    Examples
    --------
    >>> levels, shares = np.full((2, 128, 130), 255, np.uint8), np.eye(11)[:2]
    >>> changed, shares = augment(levels, shares, AUGMENTATIONS["plain"], np.random.default_rng(0))
    >>> changed.shape, float(changed.min()), float(changed.max())
    ((2, 128, 130), -80.0, 0.0)
    """
    power = change.power_of_levels(levels)
    if plan.shift:
        power = change.shift(power, rng)
    for join, amount in (
        (change.mix, plan.mix),
        (change.mix_decibels, plan.mix_decibels),
        (change.overlay, plan.overlay),
    ):
        if amount:
            power, shares = join(power, shares, amount, rng)
    for alter, amount in (
        (change.expand, plan.expansion),
        (change.stretch, plan.stretch),
        (change.move_bands, plan.bands),
        (change.tilt, plan.tilt),
        (change.equalise, plan.curve),
        (change.mix_style, plan.style),
        (change.limit_band, plan.band_limit),
        (change.reverberate, plan.reverberation),
        (change.silence, plan.silence),
        (change.add_noise, plan.noise),
    ):
        if amount:
            power = alter(power, amount, rng)
    changed = change.decibels(power)
    if plan.raised_floor:
        changed = change.raise_floor(changed, plan.raised_floor, rng, plan.highest_floor)
    for axis, masks, widest in (
        (1, plan.frequency_masks, change.MASKED_BANDS),
        (2, plan.time_masks, change.MASKED_FRAMES),
    ):
        for _ in range(masks):
            changed = change.mask(changed, axis, widest, rng)
    return changed, shares


_PLAIN = Augmentation(mix=0.4, shift=1, frequency_masks=2, time_masks=2)
# As if recorded elsewhere. Each change meets a part of the clips only, so that every second one keeps its sound but for
# the filter: a network that sees none of the set's own sound learns more slowly.
_ELSEWHERE = replace(
    _PLAIN,
    bands=1,
    tilt=5.0,
    curve=3.0,
    band_limit=0.1,
    reverberation=0.1,
    silence=0.15,
    noise=0.2,
    raised_floor=0.15,
)
# For a network that hears 60 dB only: half of the clips have an empty background cut off, as quiet recordings need it.
_ALL_SHARES = replace(
    _ELSEWHERE, mix=0.0, mix_decibels=1.0, raised_floor=0.5, highest_floor=-35.0, frequency_masks=1, time_masks=1
)
AUGMENTATIONS: dict[str, Augmentation] = {
    "none": Augmentation(),
    "plain": _PLAIN,
    "elsewhere": _ELSEWHERE,
    "together": replace(_ELSEWHERE, mix=0.0, overlay=2),
    "elsewhere_all_shares": _ALL_SHARES,
    "elsewhere_slow": replace(_ALL_SHARES, stretch=0.5, style=0.5),
}
