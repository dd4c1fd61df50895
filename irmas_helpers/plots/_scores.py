"""Figures of training and its outcome: curves, confusion, scores, and how far to trust probabilities."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from ..instruments import CODES, name_of
from ._common import (
    FAINT,
    FIRST,
    SECOND,
    TEXT,
    guessing_line,
    instrument_dots,
    one_axes,
    panels,
    rows_down,
    share_table,
)

if TYPE_CHECKING:
    import pandas as pd

_MEASURES = {"precision": "precision: right among answers", "recall": "recall: found among clips", "f1": "F1"}
_MEASURE_LOOKS = ((SECOND, "v", -0.22), (FIRST, "^", 0.22), (TEXT, "o", 0.0))
_FLATTENING = 12.0  # a loss five times that of guessing, and an axis from 0 shows nothing else
LABEL_WIDTH = 46  # in characters; longer labels take two lines, or they would leave the axes no room
_GROUP_LOOKS = ((SECOND, "s"), (FIRST, "o"), ("#117733", "^"), ("#882255", "D"))
_SPLIT_LOOKS = {"split by clip": _GROUP_LOOKS[0], "split by song": _GROUP_LOOKS[1]}  # the same in every figure


def history(history: dict[str, list[float]], *, title: str = "", figure: Figure | None = None) -> np.ndarray:
    """Loss and accuracy, epoch by epoch.

    Loss and accuracy; a dotted line marks the epoch of the smallest validation cross-entropy, another one the loss of
    guessing. Where the first epochs would flatten the loss, its axis is logarithmic.

    Parameters
    ----------
    history : dict of str to list of float
        What `training.fit` returns: `cross_entropy` (or else `loss`, which is the same where no penalty is added),
        `accuracy` and perhaps both with `val_`.
    """
    left, right = panels(figure, 1, 2, 3.1, title=title)[0]
    loss = "cross_entropy" if "cross_entropy" in history else "loss"
    for ax, measure, factor in ((left, loss, 1), (right, "accuracy", 100)):
        _draw_curve(ax, history[measure], factor, "training", FIRST, "-")
        if f"val_{measure}" in history:
            _draw_curve(ax, history[f"val_{measure}"], factor, "validation", SECOND, "--")
        ax.set_xlabel("epoch")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    guessing_line(left)
    left.set(ylabel="loss (cross-entropy)", title="Loss")
    if max(history[loss]) > _FLATTENING:
        left.set_yscale("log")
        left.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        left.yaxis.set_major_formatter("{x:g}")
        left.yaxis.set_minor_formatter(NullFormatter())
    right.set(ylabel="accuracy (%)", title="Accuracy")
    if f"val_{loss}" in history:
        best = int(np.argmin(history[f"val_{loss}"])) + 1
        for ax in (left, right):
            label = f"smallest validation loss: epoch {best}"
            ax.axvline(best, color="#666666", linestyle=":", linewidth=1.3, zorder=0, label=label)
    left.figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return np.array([left, right])


def _draw_curve(ax: Axes, values: list[float], factor: float, label: str, colour: str, line: str) -> None:
    epochs = np.arange(1, len(values) + 1)
    marker = "o" if len(values) <= 15 else ""
    ax.plot(epochs, np.multiply(values, factor), line, marker=marker, markersize=4, color=colour, label=label)


def confusion(matrix: np.ndarray, *, classes: Sequence[str] = CODES, title: str = "", ax: Axes | None = None) -> Axes:
    """A confusion matrix.

    Shades are shares of a row, numbers are clips.

    Parameters
    ----------
    matrix : numpy.ndarray [shape=(classes, classes), dtype=int]
        Clips by true class (rows) and answer (columns), as in `evaluation.Scores`.
    classes : sequence of str
        In the matrix's order.
    """
    matrix = np.asarray(matrix)
    shares = 100 * matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    text = np.where(matrix > 0, matrix.astype(str), "")
    ax = one_axes(ax, 5.2, 7.0)
    share_table(ax, shares, text, "share of the true class's clips (%)", linewidths=0.8, linecolor="#F2F2F2",
                square=True, xticklabels=classes, yticklabels=classes)  # fmt: skip
    right = 100 * np.trace(matrix) / max(matrix.sum(), 1)
    ax.set(xlabel="answer", ylabel="true instrument",
           title=title or f"{right:.1f} % of {matrix.sum():,} clips lie on the diagonal: right answers")  # fmt: skip
    return ax


def per_class(table: pd.DataFrame, *, title: str = "", ax: Axes | None = None) -> Axes:
    """Precision, recall and F1 of each class, best F1 first.

    Parameters
    ----------
    table : pandas.DataFrame
        From `evaluation.Scores.per_class`.
    """
    table = table.sort_values("f1", ascending=False, kind="stable")
    ax = one_axes(ax, 4.2)
    best_worst = f"{name_of(table.index[0])} is named best, {name_of(table.index[-1])} worst"
    instrument_dots(ax, table[list(_MEASURES)].rename(columns=_MEASURES), _MEASURE_LOOKS, table["clips"],
                    xlabel="score (0 to 1)", ylabel="instrument (clips)",
                    title=title or best_worst.capitalize())  # fmt: skip
    return ax


def scores(rows: list[dict], *, title: str = "", ax: Axes | None = None) -> Axes:
    """Accuracies with their intervals, models from top to bottom.

    Each group has a colour and a marker of its own.

    Parameters
    ----------
    rows : list of dict
        Each with `label` (str), `accuracy` in [0, 1], `low` and `high` (the interval's ends, or None), and `group`
        (str), such as ``"split by clip"`` and ``"split by song"``. Rows of one label share a line.
    """
    labels, groups = list(dict.fromkeys(r["label"] for r in rows)), list(dict.fromkeys(r["group"] for r in rows))
    ax = one_axes(ax, 1.3 + 0.5 * len(labels))
    for usual, group in zip(_GROUP_LOOKS, groups, strict=False):
        colour, marker = _SPLIT_LOOKS.get(group, usual)
        offset = (groups.index(group) - (len(groups) - 1) / 2) * 0.36
        for index, row in enumerate(r for r in rows if r["group"] == group):
            name = group if index == 0 else None
            _draw_score(ax, row, labels.index(row["label"]) + offset, color=colour, marker=marker, label=name)
    highest = max(row["high"] or row["accuracy"] for row in rows)
    rows_down(ax, [textwrap.fill(label, LABEL_WIDTH) for label in labels], columns=4, title=title,
              xlim=(0, min(112, 100 * highest + 12)), xlabel="accuracy (%)")  # fmt: skip
    return ax


def _draw_score(ax: Axes, row: dict, y: float, *, label: str | None, color: str, marker: str) -> None:
    value = 100 * row["accuracy"]
    low, high = (value if row[end] is None else 100 * row[end] for end in ("low", "high"))
    ax.errorbar(value, y, xerr=[[value - low], [high - value]], color=color, marker=marker, markersize=7,
                capsize=3, elinewidth=2, linestyle="", label=label)  # fmt: skip
    ax.annotate(f"{value:.1f} %", (high, y), (6, 0), textcoords="offset points", va="center", fontsize=9.5, color=TEXT)


def reliability(tables: dict[str, pd.DataFrame], *, title: str = "", figure: Figure | None = None) -> np.ndarray:
    """How often answers are right by how sure they are, side by side.

    A point a bin, the larger the more clips; on the dotted diagonal the network is as often right as it says.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        A name each, such as ``"before"`` and ``"after"``, and what `calibration.reliability` returns.
    """
    axes = panels(figure, 1, len(tables), 3.6, title=title)[0]
    most = max(table["clips"].max() for table in tables.values())
    for ax, (name, table), (colour, marker) in zip(axes, tables.items(), _GROUP_LOOKS[:2] * len(tables), strict=False):
        _draw_reliability(ax, table[table["clips"] > 0], most, colour, marker)
        off = (table["clips"] * (table["confidence"] - table["accuracy"]).abs()).sum() / table["clips"].sum()
        ax.set_title(f"{name}: ECE {off:.3f}")
    axes[0].set_ylabel("share of right answers (%)")
    return axes


def _draw_reliability(ax: Axes, filled: pd.DataFrame, most: int, colour: str, marker: str) -> None:
    confidence, accuracy = 100 * filled["confidence"], 100 * filled["accuracy"]
    ax.plot([0, 100], [0, 100], ":", color="#666666", linewidth=1.3, zorder=1)
    ax.vlines(confidence, np.minimum(confidence, accuracy), np.maximum(confidence, accuracy), color=FAINT, zorder=1)
    ax.plot(confidence, accuracy, color=colour, linewidth=1.2, zorder=2)
    ax.scatter(confidence, accuracy, s=12 + 130 * filled["clips"] / most, marker=marker, color=colour, zorder=3)
    ax.set(xlim=(0, 103), ylim=(-3, 103), xlabel="top probability (%)", aspect="equal")
    ax.grid(color="#E5E5E5")
    ax.set_axisbelow(True)
