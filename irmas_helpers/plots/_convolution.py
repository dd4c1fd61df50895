"""Figures of a convolution at work: one place worked out in numbers, and kernels beside the maps that they give."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..sound.audio import SAMPLE_RATE
from ..sound.features import HOP_LENGTH
from ._common import SOUND_COLOURS, TEXT, colour_bar, mel_ticks, one_axes, panels, time_picture

_SIGNED_COLOURS = "RdBu_r"
_SECONDS = 130 * HOP_LENGTH / SAMPLE_RATE  # of a clip's log-mel


def one_place(patch: np.ndarray, kernel: np.ndarray, *, figure: Figure | None = None) -> np.ndarray:
    """A convolution at one place: cells, weights and products, with the sum.

    Parameters
    ----------
    patch, kernel : numpy.ndarray [shape=(3, 3)]
        Cells of a log-mel and the weights on them; low bands first, drawn at the bottom.
    figure : matplotlib.figure.Figure
        Where to draw; None makes one.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes [shape=(3,)]
    """
    products = np.multiply(patch, kernel)
    axes = panels(figure, 1, 3, 2.5)[0]
    _numbers(axes[0], patch, cmap=SOUND_COLOURS, vmin=0, vmax=1.15)
    for ax, table in zip(axes[1:], (kernel, products), strict=True):
        largest = max(np.abs(table).max(), 1e-9)
        _numbers(ax, table, cmap=_SIGNED_COLOURS, vmin=-1.6 * largest, vmax=1.6 * largest)
    titles = ("the cells", "times the weights", f"add these up: {products.sum() + 0:.1f}")  # + 0: no "-0.0"
    for ax, title in zip(axes, titles, strict=True):
        ax.set_title(title, loc="center")
    axes[0].set(xlabel="time", ylabel="frequency")
    return axes


def _numbers(ax: Axes, table: np.ndarray, **look) -> None:
    """A small table as coloured cells with their numbers, the first row at the bottom."""
    image = ax.imshow(table, origin="lower", **look)
    for (row, column), value in np.ndenumerate(table):
        red, green, blue, _ = image.cmap(image.norm(value))
        colour = "white" if 0.3 * red + 0.6 * green + 0.1 * blue < 0.5 else TEXT
        ax.text(column, row, f"{value + 0:g}", ha="center", va="center", color=colour)
    ax.set_xticks([])
    ax.set_yticks([])


def feature_map(values: np.ndarray, *, title: str = "", ax: Axes | None = None) -> Axes:
    """What a kernel gives at every place of a clip's log-mel.

    Parameters
    ----------
    values : numpy.ndarray [shape=(rows, columns)]
        A map of the whole clip, pooled or not, low bands first.
    title : str
        Above the axes.
    ax : matplotlib.axes.Axes
        Where to draw; None makes a figure.

    Returns
    -------
    matplotlib.axes.Axes
        Red above 0, blue below it, white at 0.
    """
    ax = one_axes(ax, 3.0)
    largest = max(np.abs(values).max(), 1e-9)
    rows = len(values)
    look = {"cmap": _SIGNED_COLOURS, "vmin": -largest, "vmax": largest}
    colour_bar(ax, time_picture(ax, values, (-0.5, rows - 0.5), _SECONDS, **look), "map")
    mel_ticks(ax.yaxis, rows)
    ax.set(ylabel="frequency (Hz, mel scale)", title=title)
    return ax


def feature_maps(
    kernels: Mapping[str, np.ndarray], maps: Mapping[str, np.ndarray], *, figure: Figure | None = None
) -> np.ndarray:
    """Kernels, each beside the map that it gives.

    Parameters
    ----------
    kernels : mapping of str to numpy.ndarray [shape=(height, width)]
        At most six, by name; low bands first.
    maps : mapping of str to numpy.ndarray [shape=(rows, columns)]
        For each kernel what it gives at every place of a clip's log-mel.
    figure : matplotlib.figure.Figure
        Where to draw; None makes one.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes [shape=(kernels, 2)]
        Left the weights, right the map.
    """
    axes = panels(figure, len(kernels), 2, 0.6 + 1.75 * len(kernels), width_ratios=(1, 4.2))
    for (left, right), (name, kernel) in zip(axes, kernels.items(), strict=True):
        largest = max(np.abs(kernel).max(), 1e-9)
        _numbers(left, np.round(kernel, 2), cmap=_SIGNED_COLOURS, vmin=-1.6 * largest, vmax=1.6 * largest)
        left.set_title(name)
        feature_map(maps[name], ax=right).set(xlabel="", ylabel="Hz")
    axes[-1, 1].set_xlabel("time (s)")
    return axes
