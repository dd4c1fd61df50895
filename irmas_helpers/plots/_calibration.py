"""Figures of how far a network's probabilities can be taken at their word."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ._common import FAINT, FIRST, SECOND, panels

_LOOKS = ((SECOND, "s"), (FIRST, "o"))


def reliability(tables: dict[str, pd.DataFrame], *, title: str = "", figure: Figure | None = None) -> np.ndarray:
    """How often answers are right by how sure they are, side by side.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        A name each, such as ``"before"`` and ``"after"``, and what `calibration.reliability` returns.
    title : str
        Above the panels.
    figure : matplotlib.figure.Figure
        Where to draw; None makes one.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes [shape=(tables,)]
        A point a bin, the larger the more clips; on the dotted diagonal the network is as often right as it says.
    """
    axes = panels(figure, 1, len(tables), 3.6)[0]
    most = max(table["clips"].max() for table in tables.values())
    for ax, (name, table), (colour, marker) in zip(axes, tables.items(), _LOOKS * len(tables), strict=False):
        _draw(ax, table[table["clips"] > 0], most, colour, marker)
        off = (table["clips"] * (table["confidence"] - table["accuracy"]).abs()).sum() / table["clips"].sum()
        ax.set_title(f"{name}: ECE {off:.3f}")
    axes[0].set_ylabel("share of right answers (%)")
    if title:
        axes[0].figure.suptitle(title, fontsize=11, weight="bold")
    return axes


def _draw(ax: Axes, filled: pd.DataFrame, most: int, colour: str, marker: str) -> None:
    confidence, accuracy = 100 * filled["confidence"], 100 * filled["accuracy"]
    ax.plot([0, 100], [0, 100], ":", color="#666666", linewidth=1.3, zorder=1)
    ax.vlines(confidence, np.minimum(confidence, accuracy), np.maximum(confidence, accuracy), color=FAINT, zorder=1)
    ax.plot(confidence, accuracy, color=colour, linewidth=1.2, zorder=2)
    ax.scatter(confidence, accuracy, s=12 + 130 * filled["clips"] / most, marker=marker, color=colour, zorder=3)
    ax.set(xlim=(0, 103), ylim=(-3, 103), xlabel="top probability (%)", aspect="equal")
    ax.grid(color="#E5E5E5")
    ax.set_axisbelow(True)
