"""Figures of how networks learn: what layers cost, masks, weights, curves over folds, sweeps, differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ._common import FAINT, FIRST, LOOKS, SECOND, TEXT, guessing_line, one_axes, panels
from ._network import describe

if TYPE_CHECKING:
    import keras


def parameters(model: keras.Model, *, title: str = "", ax: Axes | None = None) -> Axes:
    """How many parameters each layer has.

    A bar for each layer that has parameters, from input to output.

    Parameters
    ----------
    model : keras.Model
        Built.
    """
    layers = [layer for layer in model.layers if layer.count_params()]
    counts = np.array([layer.count_params() for layer in layers])
    ax = one_axes(ax, 0.9 + 0.36 * len(layers))
    bars = ax.barh(range(len(layers)), counts / 1e6, color=FIRST, height=0.7)
    ax.bar_label(bars, [f"{n:,} ({n / counts.sum():.1%})" for n in counts], padding=4, fontsize=9.5)
    ax.set_yticks(range(len(layers)), [describe(layer) for layer in layers])
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    ax.set(xlim=(0, 1.35 * counts.max() / 1e6), xlabel="parameters (millions)",
           title=title or f"{model.name}: {counts.sum():,} parameters")  # fmt: skip
    return ax


def masks(values: np.ndarray, *, title: str = "", ax: Axes | None = None) -> Axes:
    """What dropout lets through, step by step.

    Dark cells pass, light ones are dropped.

    Parameters
    ----------
    values : numpy.ndarray [shape=(steps, units)]
        Outputs of a dropout layer for an input of ones: 0 where a unit is dropped.
    """
    values = np.asarray(values)
    ax = one_axes(ax, 1.0 + 0.2 * len(values))
    ax.pcolormesh(values > 0, cmap="Blues", vmin=-0.3, vmax=1.2, edgecolors="white", linewidth=1)
    ax.set_yticks(np.arange(len(values)) + 0.5, range(1, len(values) + 1))
    ax.invert_yaxis()
    ax.set(xlabel="unit", ylabel="step", title=title)
    ax.tick_params(length=0)
    return ax


def weights(layers: dict[str, np.ndarray], *, title: str = "", ax: Axes | None = None) -> Axes:
    """Histograms of weights, one line each.

    The range holds 99.9 % of the widest set; what lies beyond is counted in the outermost bars.

    Parameters
    ----------
    layers : dict of str to numpy.ndarray
        At most four sets of weights, of any shape, by their label.
    """
    widest = max(np.quantile(np.abs(values), 0.999) for values in layers.values())
    edges = np.linspace(-widest, widest, 82)
    ax = one_axes(ax, 3.3)
    for (colour, line, _), (label, values) in zip(LOOKS, layers.items(), strict=False):
        shares = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0] / np.size(values)
        ax.stairs(100 * shares, edges, color=colour, linestyle=line, linewidth=1.8, label=label)
    ax.set(xlabel="weight (what lies beyond an end is counted in its last bar)", ylabel="share of the weights (%)",
           yscale="log", title=title)  # fmt: skip
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def fold_curves(
    runs: dict[str, list[dict[str, list[float]]]], *, measure: str = "accuracy", title: str = "",
    figure: Figure | None = None,
) -> np.ndarray:  # fmt: skip
    """Training and validation curves of recorded runs, a panel a run.

    A thin line a fold; dots mark the epoch of the smallest validation cross-entropy, whose weights were kept.

    Parameters
    ----------
    runs : dict of str to list of dict
        Each fold's history (see `training.fit`), by the run's label.
    measure : str
        ``accuracy`` or ``cross_entropy``.
    """
    axes = panels(figure, 1, len(runs), 3.4, title=title, sharey=True)[0]
    factor = 100 if measure == "accuracy" else 1
    for ax, (label, histories) in zip(axes, runs.items(), strict=True):
        for index, history in enumerate(histories):
            best = int(np.argmin(history["val_cross_entropy"]))
            for name, colour, line in ((measure, FIRST, "-"), (f"val_{measure}", SECOND, "--")):
                values = factor * np.array(history[name])
                legend = {measure: "training", f"val_{measure}": "validation"}[name] if index == 0 else None
                ax.plot(np.arange(1, len(values) + 1), values, line, color=colour, linewidth=1.2, label=legend)
            kept = "kept epoch" if index == 0 else None
            ax.plot(best + 1, factor * history[f"val_{measure}"][best], "o", color=TEXT, markersize=5, label=kept)
        if measure == "cross_entropy":
            guessing_line(ax)
        ax.set(xlabel="epoch", title=label)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        ax.set_ylim(bottom=0)
    axes[0].set_ylabel("accuracy (%)" if measure == "accuracy" else "cross-entropy")
    axes[0].figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return axes


def sweep(rows: list[dict], *, setting: str, title: str = "", ax: Axes | None = None) -> Axes:
    """Accuracy against the value of one setting: on the clips fitted, and on songs never heard.

    The values stand at equal distances, whatever their size.

    Parameters
    ----------
    rows : list of dict
        Each with `value` (str or number, as it is to be written), `fitted_accuracy`, `accuracy`, `low`, `high` and
        `folds`, the number that the row rests on.
    setting : str
        What was varied, for the axis.
    """
    places = np.arange(len(rows))
    fitted, test, low, high = (
        100 * np.array([row[name] for row in rows]) for name in ("fitted_accuracy", "accuracy", "low", "high")
    )
    ax = one_axes(ax, 3.4)
    ax.vlines(places, test, fitted, color=FAINT, linewidth=6, zorder=0, label="gap")
    ax.plot(places, fitted, "s-", color=FIRST, label="clips fitted")
    ax.errorbar(places, test, yerr=[test - low, high - test], fmt="o--", color=SECOND, capsize=3, label="test songs")
    for place, value, end in zip(places, test, low, strict=True):
        ax.annotate(f"{value:.1f}", (place, end), (0, -7), textcoords="offset points", ha="center", va="top",
                    fontsize=9.5, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})  # fmt: skip
    ax.set_xticks(places, [f"{row['value']}\n({row['folds']})" for row in rows])
    ax.set(
        xlabel=f"{setting} (folds run)", ylabel="accuracy (%)", ylim=(0, 105), xlim=(-0.4, len(rows) - 0.4), title=title
    )
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def learning_rates(rates: dict[str, np.ndarray], *, title: str = "", ax: Axes | None = None) -> Axes:
    """Learning rates over the steps of a training.

    A line for each label.

    Parameters
    ----------
    rates : dict of str to numpy.ndarray [shape=(steps,)]
        A rate a step, by label.
    """
    ax = one_axes(ax, 3.0)
    for (label, values), (colour, line, _) in zip(rates.items(), LOOKS, strict=False):
        ax.plot(values, line, color=colour, label=label)
    ax.set(xlabel="step", ylabel="learning rate", ylim=(0, None), title=title)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def differences(rows: list[dict], *, title: str = "", ax: Axes | None = None) -> Axes:
    """Differences between pairs of models with their intervals.

    A dot is filled where the p-value corrected for all comparisons is below .05, or, where rows have none, where the
    interval leaves 0 out.

    Parameters
    ----------
    rows : list of dict
        Each with `label`, and `difference`, `low`, `high` as shares, see `evaluation.Difference`; in all rows or in
        none `corrected`, the p-value from `evaluation.holm`.
    """
    names = ("corrected p below .05", "not") if "corrected" in rows[0] else ("the interval leaves 0 out", "it holds 0")
    ax = one_axes(ax, 1.3 + (0.5 if len(rows) < 12 else 0.38) * len(rows))
    for place, row in enumerate(rows):
        middle, low, high = (100 * row[name] for name in ("difference", "low", "high"))
        clear = row["corrected"] < 0.05 if "corrected" in row else low > 0 or high < 0
        ax.errorbar(middle, place, xerr=[[middle - low], [high - middle]], fmt="o", color=FIRST if clear else "#777777",
                    markerfacecolor=FIRST if clear else "white", capsize=3)  # fmt: skip
        ax.annotate(f"{middle:+.1f}", (middle, place), (0, 7), textcoords="offset points", ha="center", fontsize=9.5,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})  # fmt: skip
    ax.axvline(0, color=TEXT, linewidth=1, linestyle=":", zorder=0)
    ax.margins(x=0.15)
    ax.set_yticks(range(len(rows)), [row["label"] for row in rows])
    ax.set(ylim=(len(rows) - 0.5, -0.7), xlabel="difference in accuracy (points)")
    ax.plot([], [], "o", color=FIRST, label=names[0])
    ax.plot([], [], "o", color="#777777", markerfacecolor="white", label=names[1])
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderpad=0.2, columnspacing=1.5)
    ax.set_title(title, pad=26 if title else None)
    return ax
