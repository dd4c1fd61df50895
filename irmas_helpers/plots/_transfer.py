"""Figures of transfer: which parts of a network are kept, and what a few clips of each class teach it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from ._common import FAINT, FIRST, LOOKS, SECOND, TEXT, one_axes

if TYPE_CHECKING:
    import pandas as pd

_KEPT, _FURTHER, _NEW = "#999999", FIRST, SECOND
_COLOURS = {"kept as it is": _KEPT, "trained further": _FURTHER, "new": _NEW}
# Of each way: what becomes of the convolutions, and of the last layer.
_WAYS = {
    "what ships": ("kept as it is", "kept as it is"),
    "linear probe": ("kept as it is", "new"),
    "fine-tuning": ("trained further", "new"),
    "from scratch": ("new", "new"),
}
_LEFT, _MIDDLE, _RIGHT = (0.19, 0.13), (0.37, 0.37), (0.79, 0.21)  # where each box begins, and how wide it is


def transfer(old: int, new: int, parameters: int, *, ax: Axes | None = None) -> Axes:
    """Three ways to make a network name other classes, below the network that they begin with.

    Parameters
    ----------
    old, new : int
        How many classes the network names, and how many it shall.
    parameters : int
        Of its convolutions.
    """
    ax = one_axes(ax, 3.0)
    for row, (name, states) in enumerate(_WAYS.items()):
        y, count = -row, old if row == 0 else new
        ax.text(0, y, name, va="center", color=TEXT, weight="bold")
        _box(ax, _LEFT, y, "log-mel", "#FFFFFF")
        _box(ax, _MIDDLE, y, f"convolutions\n{parameters:,} parameters", _COLOURS[states[0]])
        _box(ax, _RIGHT, y, f"last layer\n{count} classes", _COLOURS[states[1]])
        for one, other in ((_LEFT, _MIDDLE), (_MIDDLE, _RIGHT)):
            ax.annotate("", (other[0], y), (sum(one), y), arrowprops={"arrowstyle": "->", "color": "#666666"})
    for place, (meaning, colour) in enumerate(_COLOURS.items()):
        ax.scatter(0.37 + 0.24 * place, 0.72, s=60, marker="s", color=colour, clip_on=False)
        ax.text(0.39 + 0.24 * place, 0.72, meaning, va="center", fontsize=9.5, color=TEXT)
    ax.set(xlim=(-0.01, 1.01), ylim=(-len(_WAYS) + 0.45, 0.95))
    ax.set_axis_off()
    return ax


def _box(ax: Axes, place: tuple[float, float], y: float, text: str, colour: str) -> None:
    left, width = place
    ax.add_patch(
        FancyBboxPatch((left, y - 0.33), width, 0.66, boxstyle="round,pad=0,rounding_size=0.01", mutation_aspect=10,
                       facecolor=f"{colour}33", edgecolor=colour if colour != "#FFFFFF" else FAINT, linewidth=1.3)
    )  # fmt: skip
    ax.text(left + width / 2, y, text, ha="center", va="center", fontsize=9.5, color=TEXT)


def clips_needed(curves: dict[str, pd.DataFrame], guessing: float, *, title: str = "", ax: Axes | None = None) -> Axes:
    """Accuracy against the number of clips of each class that were learned from, with intervals.

    Parameters
    ----------
    curves : dict of str to pandas.DataFrame
        For each way of learning, by the number of clips (the index): `accuracy`, `low` and `high`, in [0, 1].
    guessing : float
        The accuracy of guessing, which is drawn as a line.
    """
    ax = one_axes(ax, 3.6)
    for (name, curve), (colour, line, marker) in zip(curves.items(), LOOKS, strict=False):
        values = 100 * curve[["accuracy", "low", "high"]]
        ax.plot(curve.index, values["accuracy"], line, marker=marker, color=colour, label=name)
        ax.fill_between(curve.index, values["low"], values["high"], color=colour, alpha=0.15, linewidth=0)
    ax.axhline(100 * guessing, color=TEXT, linewidth=1, linestyle=":", label="guessing")
    sizes = sorted({size for curve in curves.values() for size in curve.index})
    ax.set_xscale("log")
    ax.set_xticks(sizes, [str(size) for size in sizes])
    ax.minorticks_off()
    ax.set(
        ylim=(0, 100), xlabel="clips of each class to learn from", ylabel="test clips named rightly (%)", title=title
    )
    ax.legend(loc="lower right", bbox_to_anchor=(1, 0.14))  # above the line of guessing, where no curve that rises is
    return ax
