"""Figures of answers that name several instruments: thresholds, windows of an excerpt, instruments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from ..instruments import CODES, NAMES
from ..sound.audio import CLIP_SECONDS
from ._common import FIRST, SECOND, TEXT, chance_map, colour_bar, panels

if TYPE_CHECKING:
    import pandas as pd

# Colour, line and label.
_CURVES = {
    "micro_precision": (SECOND, "--", "precision (micro)"),
    "micro_recall": (FIRST, "-.", "recall (micro)"),
    "micro_f1": (TEXT, "-", "micro F1"),
    "macro_f1": ("#882255", ":", "macro F1"),
}
_HEARD = 0.2  # a row of a timeline is shown from this value on


def threshold_curves(
    curves: Mapping[str, pd.DataFrame], *, threshold: float | None = None, figure: Figure | None = None
) -> np.ndarray:
    """Precision, recall and F1 against the threshold, models side by side.

    A dot marks the highest micro F1.

    Parameters
    ----------
    curves : mapping of str to pandas.DataFrame
        For each model what `polyphonic.threshold_curve` returns.
    threshold : float
        Marked by a line; None marks none.
    """
    axes = panels(figure, 1, len(curves), 3.3, sharey=True)[0]
    for ax, (name, curve) in zip(axes, curves.items(), strict=True):
        for measure, (colour, line, label) in _CURVES.items():
            width = 2.2 if line in "-:" else 1.5
            ax.plot(curve.index, curve[measure], line, color=colour, linewidth=width, label=label)
        best = curve["micro_f1"].idxmax()
        ax.plot(best, curve["micro_f1"][best], "o", color=TEXT, markersize=7)
        if threshold is not None:
            ax.axvline(threshold, color="#666666", linewidth=1.3, zorder=0)
        ax.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="threshold", title=name)
        ax.grid(color="#EEEEEE")
    axes[0].set_ylabel("score (0 to 1)")
    axes[0].figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return axes


def excerpt_timeline(
    starts: Sequence[float], probabilities: Mapping[str, np.ndarray], labels: Sequence[str], *,
    title: str = "", figure: Figure | None = None,
) -> np.ndarray:  # fmt: skip
    """What networks say of each window of an excerpt, side by side.

    Rows are the labels and whatever some network gives a fifth or more in some window. Each window is drawn around its
    middle.

    Parameters
    ----------
    starts : sequence of float
        Beginnings of the windows in seconds, ascending.
    probabilities : mapping of str to numpy.ndarray [shape=(windows, 11)]
        For each network.
    labels : sequence of str
        Codes of the instruments that lead; their names are marked.
    """
    tables = {name: np.asarray(table) for name, table in probabilities.items()}
    highest = np.max([table.max(axis=0) for table in tables.values()], axis=0)
    shown = [index for index, code in enumerate(CODES) if code in labels or highest[index] >= _HEARD]
    edges = _edges(np.asarray(starts) + CLIP_SECONDS / 2)
    names = [f"{NAMES[CODES[index]]}{' ●' if CODES[index] in labels else ''}" for index in shown]
    axes = panels(figure, 1, len(tables), 1.35 + 0.27 * len(shown), title=title, sharey=True)[0]
    for ax, (name, table) in zip(axes, tables.items(), strict=True):
        mesh = chance_map(ax, edges, table[:, shown], names)
        ax.set_title(name, weight="normal")
        ax.tick_params(axis="y", length=0)
    colour_bar(axes, mesh, "probability (%)", aspect=15)
    return axes


def _edges(middles: np.ndarray) -> np.ndarray:
    """Borders half-way between neighbours; the first and the last are as far from the middle as the next one."""
    if len(middles) == 1:
        return middles[0] + np.array([-0.5, 0.5]) * CLIP_SECONDS
    between = (middles[:-1] + middles[1:]) / 2
    return np.concatenate([[2 * middles[0] - between[0]], between, [2 * middles[-1] - between[-1]]])
