"""Figures of a convolution: one place worked out in numbers, kernels, and the maps that they give."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..sound.audio import SAMPLE_RATE
from ..sound.features import HOP_LENGTH
from ._common import SOUND_COLOURS, TEXT, colour_bar, mel_ticks, one_axes, panels, signed_colours, time_picture

_FLOOR_DB = -30.0
_SECONDS = 130 * HOP_LENGTH / SAMPLE_RATE  # of a clip's log-mel


def one_place(patch: np.ndarray, kernel: np.ndarray, *, figure: Figure | None = None) -> np.ndarray:
    """A convolution at one place: cells, weights and products, with the sum.

    Parameters
    ----------
    patch, kernel : numpy.ndarray [shape=(3, 3)]
        Cells of a log-mel and the weights on them; low bands first, drawn at the bottom.
    """
    products = np.multiply(patch, kernel)
    axes = panels(figure, 1, 3, 2.5)[0]
    _numbers(axes[0], patch, cmap=SOUND_COLOURS, vmin=0, vmax=1.15)
    for ax, table in zip(axes[1:], (kernel, products), strict=True):
        _numbers(ax, table, **signed_colours(1.6 * _largest(table)))
    titles = ("the cells", "times the weights", f"add these up: {products.sum() + 0:.1f}")  # + 0: no "-0.0"
    for ax, title in zip(axes, titles, strict=True):
        ax.set_title(title, loc="center")
    axes[0].set(xlabel="time", ylabel="frequency")
    return axes


def _largest(values: np.ndarray) -> float:
    return max(np.abs(values).max(), 1e-9)


def _numbers(ax: Axes, table: np.ndarray, **look) -> None:
    """A small table as coloured cells with their numbers, the first row at the bottom."""
    image = ax.imshow(table, origin="lower", **look)
    for (row, column), value in np.ndenumerate(table):
        red, green, blue, _ = image.cmap(image.norm(value))
        colour = "white" if 0.3 * red + 0.6 * green + 0.1 * blue < 0.5 else TEXT
        ax.text(column, row, f"{value + 0:g}", ha="center", va="center", color=colour)
    ax.set(xticks=[], yticks=[])


def feature_map(values: np.ndarray, *, title: str = "", ax: Axes | None = None) -> Axes:
    """What a kernel gives at every place of a clip's log-mel.

    Red above 0, blue below it, white at 0.

    Parameters
    ----------
    values : numpy.ndarray [shape=(rows, columns)]
        A map of the whole clip, pooled or not, low bands first.
    """
    ax = one_axes(ax, 3.0)
    rows = len(values)
    colour_bar(ax, time_picture(ax, values, (-0.5, rows - 0.5), _SECONDS, **signed_colours(_largest(values))), "map")
    mel_ticks(ax.yaxis, rows)
    ax.set(ylabel="frequency (Hz, mel scale)", title=title)
    return ax


def feature_maps(
    kernels: Mapping[str, np.ndarray], maps: Mapping[str, np.ndarray], *, figure: Figure | None = None
) -> np.ndarray:
    """Kernels, each beside the map that it gives.

    Left the weights, right the map.

    Parameters
    ----------
    kernels : mapping of str to numpy.ndarray [shape=(height, width)]
        At most six, by name; low bands first.
    maps : mapping of str to numpy.ndarray [shape=(rows, columns)]
        For each kernel what it gives at every place of a clip's log-mel.
    """
    axes = panels(figure, len(kernels), 2, 0.6 + 1.75 * len(kernels), width_ratios=(1, 4.2))
    for (left, right), (name, kernel) in zip(axes, kernels.items(), strict=True):
        _numbers(left, np.round(kernel, 2), **signed_colours(1.6 * _largest(kernel)))
        left.set_title(name)
        feature_map(maps[name], ax=right).set(xlabel="", ylabel="Hz")
    axes[-1, 1].set_xlabel("time (s)")
    return axes


def waveform_kernels(kernels: np.ndarray, sample_rate: int, *, figure: Figure | None = None) -> np.ndarray:
    """Kernels of a one-dimensional convolution over a waveform, in time and in frequency.

    Left the kernels' mean over the channels, right their frequency responses in dB below the strongest frequency of
    each; both from the kernel with the lowest strongest frequency to that with the highest.

    Parameters
    ----------
    kernels : numpy.ndarray [shape=(samples, channels, kernels)]
        Weights of the layer.
    sample_rate : int
        Of the waveform, in Hz.
    """
    means = np.asarray(kernels).mean(axis=1).T
    hertz, responses = frequency_responses(means, sample_rate)
    order = np.argsort(responses.argmax(axis=1), kind="stable")
    left, right = panels(figure, 1, 2, 4.4)[0]
    milliseconds = 1000 * means.shape[1] / sample_rate
    shown = left.imshow(means[order], **signed_colours(np.abs(means).max()), aspect="auto", interpolation="nearest",
                        extent=(0, milliseconds, len(means), 0))  # fmt: skip
    colour_bar(left, shown, "weight, mean of the channels")
    left.set(xlabel="time (ms)", ylabel="kernel", title="Kernels")
    mesh = right.pcolormesh(hertz / 1000, np.arange(len(means)) + 0.5, responses[order], cmap="magma",
                            vmin=_FLOOR_DB, vmax=0, shading="nearest")  # fmt: skip
    colour_bar(right, mesh, "dB below its strongest")
    right.set(ylim=(len(means), 0), xlabel="frequency (kHz)", ylabel="kernel", title="What each lets through")
    return np.array([left, right])


def frequency_responses(kernels: np.ndarray, sample_rate: int, points: int = 257) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies in Hz, and each filter's dB below its maximum, as ``scipy.signal.freqz`` gives them, a row each."""
    size = 2 * (points - 1)
    gains = np.abs(np.fft.rfft(kernels, size, axis=-1))
    gains /= np.maximum(gains.max(axis=-1, keepdims=True), 1e-12)
    return np.fft.rfftfreq(size, 1 / sample_rate), 20 * np.log10(np.maximum(gains, 1e-6))


def kernels(weights: np.ndarray, *, columns: int = 16, title: str = "", ax: Axes | None = None) -> Axes:
    """The kernels of a first two-dimensional convolution as small pictures.

    Parameters
    ----------
    weights : numpy.ndarray [shape=(height, width, 1, kernels)]
        Weights of the layer; height is frequency (low first), width is time.
    columns : int
        Pictures a row.
    """
    height, width, _, count = np.shape(weights)
    rows = -(-count // columns)
    sheet = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1), np.nan)
    for index, kernel in enumerate(np.moveaxis(weights[:, :, 0], -1, 0)):
        top, left = index // columns * (height + 1), index % columns * (width + 1)
        sheet[top : top + height, left : left + width] = kernel[::-1]  # low frequencies at the bottom
    ax = one_axes(ax, 0.5 + 0.44 * rows)
    image = ax.imshow(sheet, **signed_colours(np.nanmax(np.abs(sheet))), interpolation="nearest")
    colour_bar(ax, image, "weight")
    ax.set_axis_off()
    ax.set_title(title or f"{count} kernels of {height} x {width}: up is higher, right is later")
    return ax
