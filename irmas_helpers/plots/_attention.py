"""A figure of attention: how much each frame of a network's last map counts."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ._common import FIRST, SOUND_COLOURS, TEXT, mel_picture, panels


def attention(decibels: np.ndarray, shares: np.ndarray, *, title: str = "", figure: Figure | None = None) -> np.ndarray:
    """A log-mel, and below it the share by which each frame of the last map counts in the answer [shape=(2,)].

    A dotted line marks what each place would count in a plain mean.

    Parameters
    ----------
    decibels : numpy.ndarray [shape=(128, frames)]
        What the network heard.
    shares : numpy.ndarray [shape=(places,)]
        They sum to 1, and the places cover the frames evenly.

    Examples
    --------
    >>> attention(np.zeros((128, 130)), np.full(16, 1 / 16), figure=Figure()).shape
    (2,)
    """
    above, below = panels(figure, 2, 1, 4.0, sharex=True)[:, 0]
    image = mel_picture(above, decibels)
    image.set(cmap=SOUND_COLOURS)
    left, right, *_ = image.get_extent()
    places = len(shares)
    width = (right - left) / places
    centres = left + width * (np.arange(places) + 0.5)
    below.bar(centres, 100 * np.asarray(shares), 0.9 * width, color=FIRST)
    below.axhline(100 / places, color=TEXT, linewidth=1, linestyle=":")
    below.annotate("plain mean", (right, 100 / places), (3, 0), textcoords="offset points", va="center", fontsize=9)
    above.set(xlabel="", ylabel="frequency (Hz)", title=title)
    below.set(xlabel="time (s)", ylabel="share (%)", xlim=(left, right))
    return np.array([above, below], dtype=object)
