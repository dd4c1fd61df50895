"""Figures of what a penalty does: data and penalty pulling at one weight."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from ._common import FIRST, SECOND, panels

_LOOKS = ((FIRST, "-", "o"), (SECOND, "--", "s"), ("#117733", "-.", "^"))


def pull(paths: Mapping[float, np.ndarray], wish: float, *, figure: Figure | None = None) -> np.ndarray:
    """A weight that the data pull to one value and L2 to zero, step by step.

    Parameters
    ----------
    paths : mapping of float to numpy.ndarray [shape=(steps + 1,)]
        The weight before the first step and after each, by the factor of the penalty; at most three.
    wish : float
        What the data pull it to: their loss is ``(weight - wish) ** 2``.
    figure : matplotlib.figure.Figure
        Where to draw; None makes one.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes [shape=(2,)]
        Left the steps on the loss with its penalty, right the weight after each; dotted lines mark where the two pulls
        cancel, at ``wish / (1 + factor)``.
    """
    left, right = panels(figure, 1, 2, 3.6)[0]
    walked = np.concatenate([*paths.values(), [0.0, wish]])
    line = np.linspace(walked.min() - 0.1, walked.max() + 0.1, 101)
    for (colour, dash, marker), (factor, path) in zip(_LOOKS, paths.items(), strict=False):
        curve, steps = (line - wish) ** 2 + factor * line**2, (path - wish) ** 2 + factor * path**2
        left.plot(line, curve, dash, color=colour, linewidth=1.3)
        left.plot(path, steps, marker, color=colour, markersize=5)
        right.plot(path, dash, marker=marker, markersize=5, color=colour, label=f"factor {factor:g}")
        for draw in (left.axvline, right.axhline):
            draw(wish / (1 + factor), color=colour, linestyle=":", linewidth=1.3, zorder=0)
    left.set(xlabel="weight", ylabel="loss with penalty", ylim=(-0.3, None), title="Downhill")
    right.set(xlabel="step", ylabel="weight", ylim=(0, None), title="Step by step")
    left.figure.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=len(paths))
    return np.array([left, right])
