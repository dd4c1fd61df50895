"""Figures of choosing: how the best of many does on other songs, and what a threshold refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from ._common import FAINT, FIRST, LOOKS, SECOND, TEXT, one_axes

if TYPE_CHECKING:
    import pandas as pd


def chosen(groups: dict[str, tuple[ArrayLike, ArrayLike]], *, title: str = "", ax: Axes | None = None) -> Axes:
    """Scores of candidates on the songs that choose and on other songs, in points above or below their mean.

    The best of each group on validation is marked. On the dashed line a lead would be as large on the test.

    Parameters
    ----------
    groups : dict of str to pair of array-like [shape=(candidates,)]
        Accuracies on validation and on test songs, in [0, 1], a group a choice, such as a fold.
    """
    ax = one_axes(ax, 3.8, 6.4)
    for index, (validation, test) in enumerate(groups.values()):
        x, y = (100 * (np.asarray(scores) - np.mean(scores)) for scores in (validation, test))
        best = int(x.argmax())
        names = ("a network", "taken: best on validation") if index == 0 else (None, None)
        ax.plot(x, y, "o", color=FIRST, alpha=0.45, markersize=6, markeredgewidth=0, label=names[0])
        ax.plot(x[best], y[best], "D", color=SECOND, markersize=9, markeredgecolor="white", label=names[1])
    ax.axhline(0, color=TEXT, linewidth=1, linestyle=":", zorder=0)
    ax.axvline(0, color=TEXT, linewidth=1, linestyle=":", zorder=0)
    reach = 1.12 * max(np.abs([*ax.get_xlim(), *ax.get_ylim()]))
    ax.plot([-reach, reach], [-reach, reach], "--", color=FAINT, zorder=0, label="as large on the test")
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="on validation songs (points above the mean)",
           ylabel="on test songs\n(points above the mean)", title=title)  # fmt: skip
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def refused(shares: pd.DataFrame, threshold: float, *, title: str = "", ax: Axes | None = None) -> Axes:
    """How much of each group is called none of the classes, against the score from which on that is said.

    Parameters
    ----------
    shares : pandas.DataFrame
        In [0, 1], a row a threshold, a column a group.
    threshold : float
        One of the rows; marked, with its shares.
    """
    ax = one_axes(ax, 3.2)
    ax.axvline(threshold, color=FAINT, zorder=0)
    for (group, values), (colour, line, marker) in zip((100 * shares).items(), LOOKS, strict=False):
        ax.plot(values.index, values, line, color=colour, marker=marker, label=group)
        at = threshold, values[threshold]
        ax.annotate(f"{values[threshold]:.0f} %", at, (7, 5), textcoords="offset points", color=TEXT)
    ax.set(ylim=(0, 102), xlabel="threshold of the score (log-odds)", ylabel="called none of them (%)", title=title)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax
