"""Figures of training and its outcome: curves, confusion, scores, answers for one file."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from ..answers.predict import Prediction
from ..instruments import CODES, COLOURS, NAMES
from ._common import FAINT, FIRST, GUESSING, SECOND, SHARE_COLOURS, TEXT, colour_bar, guessing_line, one_axes, panels

# Marker, colour, shift downwards (so that none hides another) and label.
_MEASURES = {
    "precision": ("v", SECOND, -0.22, "precision: right among answers"),
    "recall": ("^", FIRST, 0.22, "recall: found among clips"),
    "f1": ("o", TEXT, 0.0, "F1"),
}
_FLATTENING = 5  # times the loss of guessing, and an axis from 0 shows nothing else
LABEL_WIDTH = 46  # in characters; longer labels take two lines, or they would leave the axes no room
_GROUP_LOOKS = ((SECOND, "s"), (FIRST, "o"), ("#117733", "^"), ("#882255", "D"))
_SPLIT_LOOKS = {"split by clip": _GROUP_LOOKS[0], "split by song": _GROUP_LOOKS[1]}  # the same in every figure


def history(history: dict[str, list[float]], *, title: str = "", figure: Figure | None = None) -> np.ndarray:
    """Loss and accuracy, epoch by epoch.

    Parameters
    ----------
    history : dict of str to list of float
        What `training.fit` returns: `cross_entropy` (or else `loss`, which is the same where no penalty is added),
        `accuracy` and perhaps both with `val_`.
    title : str
        Above both panels.
    figure : matplotlib.figure.Figure
        Where to draw; None makes one.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes [shape=(2,)]
        Loss and accuracy; a dotted line marks the epoch of the smallest validation cross-entropy, another one the
        loss of guessing. Where the first epochs would flatten the loss, its axis is logarithmic.
    """
    left, right = panels(figure, 1, 2, 3.1)[0]
    loss = "cross_entropy" if "cross_entropy" in history else "loss"
    for ax, measure, factor in ((left, loss, 1), (right, "accuracy", 100)):
        _draw_curve(ax, history[measure], factor, "training", FIRST, "-")
        if f"val_{measure}" in history:
            _draw_curve(ax, history[f"val_{measure}"], factor, "validation", SECOND, "--")
        ax.set_xlabel("epoch")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    guessing_line(left)
    left.set(ylabel="loss (cross-entropy)", title="Loss")
    if max(history[loss]) > _FLATTENING * GUESSING:
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
    if title:
        left.figure.suptitle(title, fontsize=11, weight="bold")
    return np.array([left, right])


def _draw_curve(ax: Axes, values: list[float], factor: float, label: str, colour: str, line: str) -> None:
    epochs = np.arange(1, len(values) + 1)
    marker = "o" if len(values) <= 15 else ""
    ax.plot(epochs, np.multiply(values, factor), line, marker=marker, markersize=4, color=colour, label=label)


def confusion(matrix: np.ndarray, *, title: str = "", ax: Axes | None = None) -> Axes:
    """A confusion matrix.

    Parameters
    ----------
    matrix : numpy.ndarray [shape=(11, 11), dtype=int]
        Clips by true class (rows) and answer (columns), as in `evaluation.Scores`.
    title : str
        Instead of the default.
    ax : matplotlib.axes.Axes
        Where to draw; None makes a figure.

    Returns
    -------
    matplotlib.axes.Axes
        Shades are shares of a row, numbers are clips.
    """
    matrix = np.asarray(matrix)
    shares = 100 * matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    text = np.where(matrix > 0, matrix.astype(str), "")
    ax = one_axes(ax, 5.2, 7.0)
    sns.heatmap(
        shares, annot=text, fmt="", cmap=SHARE_COLOURS, vmin=0, vmax=100, linewidths=0.8, linecolor="#F2F2F2", ax=ax,
        square=True, xticklabels=CODES, yticklabels=CODES, annot_kws={"fontsize": 9.5},
        cbar_kws={"label": "share of the true class's clips (%)", "pad": 0.02},
    )  # fmt: skip
    ax.tick_params(length=0)
    ax.tick_params(axis="x", rotation=0)
    ax.tick_params(axis="y", rotation=0)
    right = np.trace(matrix) / max(matrix.sum(), 1)
    ax.set(xlabel="answer", ylabel="true instrument")
    ax.set_title(title or f"{100 * right:.1f} % of {matrix.sum():,} clips lie on the diagonal: right answers")
    return ax


def per_class(table: pd.DataFrame, *, title: str = "", ax: Axes | None = None) -> Axes:
    """Precision, recall and F1 of each class, best F1 first.

    Parameters
    ----------
    table : pandas.DataFrame
        From `evaluation.Scores.per_class`.
    title : str
        Instead of the default.
    ax : matplotlib.axes.Axes
        Where to draw; None makes a figure.

    Returns
    -------
    matplotlib.axes.Axes
    """
    table = table.sort_values("f1", ascending=False, kind="stable")
    rows = np.arange(len(table))
    ax = one_axes(ax, 4.2)
    ax.hlines(rows, table[["precision", "recall"]].min(axis=1), table[["precision", "recall"]].max(axis=1),
              color=FAINT, linewidth=2, zorder=1)  # fmt: skip
    for measure, (marker, colour, lift, label) in _MEASURES.items():
        ax.scatter(table[measure], rows + lift, s=42, marker=marker, color=colour, label=label, zorder=2)
    ax.set_yticks(rows, [f"{NAMES[code]} ({n:,})" for code, n in table["clips"].items()])
    ax.set(xlim=(-0.02, 1.02), ylim=(len(table) - 0.5, -0.5), xlabel="score (0 to 1)", ylabel="instrument (clips)")
    ax.grid(axis="x", color="#E5E5E5")
    ax.set_axisbelow(True)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, borderpad=0.2, columnspacing=1.5)
    best_worst = f"{NAMES[table.index[0]]} is named best, {NAMES[table.index[-1]]} worst"
    ax.set_title(title or best_worst.capitalize(), pad=26)
    return ax


def scores(rows: list[dict], *, title: str = "", ax: Axes | None = None) -> Axes:
    """Accuracies with their intervals, models from top to bottom.

    Parameters
    ----------
    rows : list of dict
        Each with `label` (str), `accuracy` in [0, 1], `low` and `high` (the interval's ends, or None), and `group`
        (str), such as ``"split by clip"`` and ``"split by song"``. Rows of one label share a line.
    title : str
        Above the axes.
    ax : matplotlib.axes.Axes
        Where to draw; None makes a figure.

    Returns
    -------
    matplotlib.axes.Axes
        Each group has a colour and a marker of its own.
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
    ax.set(xlim=(0, min(112, 100 * highest + 12)), ylim=(len(labels) - 0.5, -0.5), xlabel="accuracy (%)")
    ax.set_yticks(range(len(labels)), [textwrap.fill(label, LABEL_WIDTH) for label in labels])
    ax.grid(axis="x", color="#E5E5E5")
    ax.set_axisbelow(True)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=4, borderpad=0.2, columnspacing=1.5)
    if title:
        ax.set_title(title, pad=26)
    return ax


def _draw_score(ax: Axes, row: dict, y: float, *, label: str | None, color: str, marker: str) -> None:
    value = 100 * row["accuracy"]
    low, high = (value if row[end] is None else 100 * row[end] for end in ("low", "high"))
    ax.errorbar(value, y, xerr=[[value - low], [high - value]], color=color, marker=marker, markersize=7,
                capsize=3, elinewidth=2, linestyle="", label=label)  # fmt: skip
    ax.annotate(f"{value:.1f} %", (high, y), (6, 0), textcoords="offset points", va="center", fontsize=9.5, color=TEXT)


def probabilities(probabilities: dict[str, float], *, title: str = "", ax: Axes | None = None) -> Axes:
    """A network's answer as bars, most probable first.

    Parameters
    ----------
    probabilities : dict of str to float
        A probability a code.
    title : str
        Instead of the default.
    ax : matplotlib.axes.Axes
        Where to draw; None makes a figure.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> probabilities({"cel": 0.3, "flu": 0.7}, ax=Figure().subplots()).get_title()
    'The answer: flute'
    """
    ranked = sorted(probabilities, key=probabilities.get, reverse=True)
    values = [100 * probabilities[code] for code in ranked]
    ax = one_axes(ax, 3.6)
    bars = ax.barh([NAMES[code] for code in ranked], values, color=[COLOURS[code] for code in ranked], height=0.72)
    ax.bar_label(bars, [f"{value:.1f} %" for value in values], padding=4, fontsize=9.5)
    ax.set_xlim(0, 112)
    ax.set_xticks(range(0, 101, 20))
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    ax.set(xlabel="probability (%)", title=title or f"The answer: {NAMES[ranked[0]]}")
    return ax


def timeline(prediction: Prediction, *, title: str = "", ax: Axes | None = None) -> Axes:
    """What a network hears when.

    Parameters
    ----------
    prediction : predict.Prediction
        With its windows; where they overlap their mean by weight is shown, and silence stays white.
    title : str
        Instead of the default.
    ax : matplotlib.axes.Axes
        Where to draw; None makes a figure.

    Returns
    -------
    matplotlib.axes.Axes
    """
    edges, means = _mean_over_windows(prediction)
    ax = one_axes(ax, 3.6)
    mesh = ax.pcolormesh(edges, np.arange(len(CODES) + 1) - 0.5, 100 * means.T, cmap=SHARE_COLOURS, vmin=0, vmax=100)
    colour_bar(ax, mesh, "probability (%)")
    ax.set_yticks(range(len(CODES)), [NAMES[code] for code in CODES])
    ax.set(xlim=(0, max(prediction.seconds, edges[-1])), ylim=(len(CODES) - 0.5, -0.5), xlabel="time (s)")
    ax.tick_params(axis="y", length=0)
    ax.set_title(title or f"The answer for {prediction.seconds:.1f} s: {NAMES[prediction.instrument]}")
    return ax


def _mean_over_windows(prediction: Prediction) -> tuple[np.ndarray, np.ndarray]:
    """Stretches between the windows' ends, and the mean of the windows that cover each [shape=(stretches, 11)]."""
    starts = np.array([window.start for window in prediction.windows])
    ends = np.array([window.end for window in prediction.windows])
    values = np.array([[window.probabilities[code] for code in CODES] for window in prediction.windows])
    weights = np.array([window.weight for window in prediction.windows])
    edges = np.unique(np.concatenate([starts, ends]))
    covers = weights * ((starts <= edges[:-1, None]) & (ends >= edges[1:, None]))
    covering = covers.sum(axis=1, keepdims=True)
    return edges, np.divide(
        covers @ values, covering, out=np.full((len(covers), len(CODES)), np.nan), where=covering > 0
    )
