"""Two sounds in one: the mixing lab."""

from __future__ import annotations

import functools

import numpy as np

from .. import plots
from ..learning.augmentation import decibels
from ..sound import audio, features
from ._common import Explorer, audio_html, picture_html, say, slider

_SHARES = tuple(round(0.05 * step, 2) for step in range(21))


def mixing_lab(first: np.ndarray, second: np.ndarray) -> Explorer:
    """Mix two sounds, hear the mixture, and see how near adding their spectrograms comes to it.

    Its `controls` hold the slider for the first sound's share.

    Parameters
    ----------
    first, second : numpy.ndarray [shape=(samples,)]
        Mono signals of one length at 22,050 Hz.
    """
    share = slider("share of first", _SHARES, 0.7, "1: the first sound alone; 0: the second alone")
    return Explorer((share,), functools.partial(_render, _even(first), _even(second)))


def _even(signal: np.ndarray) -> np.ndarray:
    """As loud as the other: the loudest cell of the mel spectrogram has power 1, as in `augmentation`."""
    return signal / np.sqrt(features.mel_power(signal).max())


def _render(first: np.ndarray, second: np.ndarray, share: float) -> tuple[str, str]:
    mixture = share * first + (1 - share) * second
    of_sound, of_powers = features.log_mel(mixture), mixed_powers(first, second, share)
    pair = {"log-mel of the mixed sound": of_sound, "sum of two mel powers": of_powers}
    alt = f"Two log-mel spectrograms of the mixture with a share of {share:g}, nearly the same"
    sound = audio_html(mixture, audio.SAMPLE_RATE, "the mixture")
    picture = picture_html(lambda figure: plots.log_mels(pair, columns=2, figure=figure), 2.6, alt)
    return say(_sentence(of_sound, of_powers, share)) + sound, picture


def mixed_powers(first: np.ndarray, second: np.ndarray, share: float) -> np.ndarray:
    """The log-mel of a mixture without mixing any sound: the sum of the two mel powers, `share` of amplitude first."""
    power = share**2 * features.mel_power(first) + (1 - share) ** 2 * features.mel_power(second)
    return decibels(power[None])[0]


def _sentence(of_sound: np.ndarray, of_powers: np.ndarray, share: float) -> str:
    audible = of_sound > -60
    difference = np.median(np.abs(of_sound - of_powers)[audible])
    words = f"Shares of {share:.0%} and {1 - share:.0%}: "
    if 0 < share < 1:
        louder = 20 * np.log10(max(share, 1 - share) / min(share, 1 - share))
        words += f"one sound is <b>{louder:.0f} dB</b> weaker. "
    return f"{words}Median difference between the pictures, where the mixture is audible: <b>{difference:.1f} dB</b>."
