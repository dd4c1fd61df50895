"""Figures of what a network went by: a map of regions over a log-mel, deletion and insertion, maps against controls."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from ..sound.audio import SAMPLE_RATE
from ..sound.features import HOP_LENGTH
from ._common import FIRST, SECOND, TEXT, mel_ticks, one_axes, panels

_STRONGEST = 0.8  # how far the largest value of a map covers the log-mel behind it
_LINES = ("-", "--", ":", "-.")
_CONTROL_MARKERS = "sv^DXP*"
_APART = 0.15  # of a row, between one control and the next: some have nearly the same score


def region_maps(decibels: np.ndarray, maps: dict[str, np.ndarray], *, figure: Figure | None = None) -> np.ndarray:
    """Maps of what speaks for and against an answer, each over the log-mel that it is about.

    Parameters
    ----------
    decibels : numpy.ndarray [shape=(128, frames)]
        The log-mel, drawn in grey.
    maps : dict of str to numpy.ndarray [shape=(rows, columns)]
        By their titles; rows of regions from low to high, columns along time. Every region is drawn as the block that
        it is, for the map says nothing about what lies within.
    figure : matplotlib.figure.Figure
        Where to draw; None makes one.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes [shape=(maps,)]
        Orange speaks for the answer, blue against it; the stronger the colour, the more, up to each map's largest
        absolute value.
    """
    axes = panels(figure, 1, len(maps), 3.0, sharey=True)[0]
    seconds = decibels.shape[1] * HOP_LENGTH / SAMPLE_RATE
    place = {"extent": (0, seconds, -0.5, len(decibels) - 0.5), "origin": "lower", "aspect": "auto"}
    for ax, (title, values) in zip(axes, maps.items(), strict=True):
        ax.imshow(decibels, cmap="Greys", **place)
        ax.imshow(_coloured(values), interpolation="nearest", **place)
        mel_ticks(ax.yaxis, len(decibels))
        ax.set(xlabel="time (s)", title=title)
    axes[0].set_ylabel("frequency (Hz)")
    return axes


def _coloured(values: np.ndarray) -> np.ndarray:
    """Red, green, blue and how far they cover what is behind [shape=(rows, columns, 4)]."""
    share = values / max(np.abs(values).max(), 1e-9)
    colours = np.where(share[..., None] > 0, to_rgb(SECOND), to_rgb(FIRST))
    return np.concatenate([colours, _STRONGEST * np.abs(share)[..., None]], axis=-1)


def deletion_insertion(
    shares: Sequence[float], curves: dict[str, Sequence[Sequence[float]]], *, figure: Figure | None = None
) -> np.ndarray:
    """How an answer falls while the regions of a clip go, and rises while they come.

    Parameters
    ----------
    shares : sequence of float [shape=(levels,)]
        Of the regions that have gone, or come, from 0 to 1.
    curves : dict of str to sequence [shape=(2, levels)]
        By the name of the order: the answer's probability in deletion and in insertion. The first is drawn thick.
    figure : matplotlib.figure.Figure
        Where to draw; None makes one.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes [shape=(2,)]
    """
    axes = panels(figure, 1, 2, 3.2, sharey=True)[0]
    for number, (name, pair) in enumerate(curves.items()):
        for ax, curve in zip(axes, pair, strict=True):
            ax.plot(100 * np.asarray(shares), 100 * np.asarray(curve), label=name, linewidth=1.4 if number else 2.8,
                    color=TEXT if number else SECOND, alpha=1 if number < 2 else 0.7,
                    linestyle=_LINES[number % len(_LINES)])  # fmt: skip
    axes[0].set(xlabel="regions deleted (%)", ylabel="probability of the answer (%)", title="Deletion: low is good")
    axes[1].set(xlabel="regions uncovered (%)", title="Insertion: high is good")
    axes[0].set_ylim(bottom=0)
    axes[0].legend(loc="upper right", frameon=False)
    return axes


def map_scores(scores: dict[str, dict[str, np.ndarray]], *, ax: Axes | None = None) -> Axes:
    """Scores of maps, each beside those of its controls.

    Parameters
    ----------
    scores : dict of str to dict of str to numpy.ndarray [shape=(clips,)]
        By the map's name, then by what was done to it; the first is the map as it is.
    ax : matplotlib.axes.Axes
        Where to draw; None makes a figure.

    Returns
    -------
    matplotlib.axes.Axes
        A filled dot for the map, other markers for its controls, below one another: means over the clips.
    """
    ax = one_axes(ax, 1.3 + 0.7 * len(scores))
    for row, of_map in enumerate(scores.values()):
        for number, (name, values) in enumerate(of_map.items()):
            apart = (number - len(of_map) / 2) * _APART if number else 0  # the controls' middle beside the map
            ax.plot(np.mean(values), row + apart, linestyle="", markersize=8 if number == 0 else 7,
                    marker="o" if number == 0 else _CONTROL_MARKERS[number - 1],
                    color=SECOND if number == 0 else TEXT, markerfacecolor=SECOND if number == 0 else "white",
                    label=name if row == 0 else None)  # fmt: skip
    ax.axvline(0, color=TEXT, linewidth=1, linestyle=":", zorder=0)
    ax.set_yticks(range(len(scores)), list(scores))
    ax.set(ylim=(len(scores) - 0.5, -0.5), title="Maps and their controls",
           xlabel="area under insertion less area under deletion, mean over the clips")  # fmt: skip
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    return ax
