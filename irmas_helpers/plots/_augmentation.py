"""Figures of augmentation: what a change does to a clip, and what it is worth at several lengths of training."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..sound.features import TOP_DB
from ._common import FEW_COLOURS, FIRST, SECOND, colour_bar, mel_picture, one_axes, panels, signed_colours

_LARGEST_DB = 20.0
_LOOKS = ((SECOND, "o", -0.6), (FIRST, "s", 0.6))  # colour, marker, and a shift in epochs so that none hides another
_MEASURES = ("fitted", "accuracy", "low", "high")


def changes(original: np.ndarray, versions: dict[str, np.ndarray], *, figure: Figure | None = None) -> np.ndarray:
    """Versions of a clip, and under each what has become louder and quieter [shape=(2, len(versions))].

    Parameters
    ----------
    original : numpy.ndarray [shape=(128, frames)]
        dB.
    versions : dict of str to numpy.ndarray [shape=(128, frames)]
        dB by title. Differences of more than 20 dB have the colour of 20 dB.

    Examples
    --------
    >>> changes(np.zeros((128, 20)), {"quieter": np.full((128, 20), -6.0)}, figure=Figure()).shape
    (2, 1)
    """
    grid = panels(figure, 2, len(versions), 4.2, sharex=True, sharey=True)
    looks = {"level (dB)": {"cmap": FEW_COLOURS, "vmin": -TOP_DB, "vmax": 0}}
    looks["change (dB)"] = signed_colours(_LARGEST_DB)
    for (above, below), (title, decibels) in zip(grid.T, versions.items(), strict=True):
        for ax, values, look in zip((above, below), (decibels, decibels - original), looks.values(), strict=True):
            mel_picture(ax, values).set(cmap=look["cmap"], clim=(look["vmin"], look["vmax"]))
            ax.set(xlabel="", ylabel="")
            ax.label_outer()
            ax.locator_params(axis="x", nbins=3)
        above.set_title(title, fontsize=10)
    for axes, label in zip(grid, looks, strict=True):
        colour_bar(axes, axes[-1].images[0], label, pad=0.01, fraction=0.03, aspect=20)
    grid[0, 0].figure.supxlabel("time (s)", fontsize=10)
    grid[0, 0].figure.supylabel("frequency (Hz, mel scale)", fontsize=10)
    return grid


def budgets(rows: list[dict], *, title: str = "", ax: Axes | None = None) -> Axes:
    """Accuracies of networks that were trained in several ways for several numbers of epochs.

    Test songs in filled marks with intervals, fitted clips in hollow ones; the axis ends where the values end.

    Parameters
    ----------
    rows : list of dict
        Each with `way` (in words, at most two different ones), `epochs`, and as shares `fitted` (accuracy on the fitted
        clips), `accuracy`, `low` and `high` (on the test clips, with its interval).
    Examples
    --------
    >>> row = {"way": "as they are", "epochs": 24, "fitted": 1.0, "accuracy": 0.7, "low": 0.68, "high": 0.72}
    >>> budgets([row], ax=Figure().subplots()).get_xlabel()
    'epochs'
    """
    ax = one_axes(ax, 3.4)
    for (colour, marker, shift), way in zip(_LOOKS, dict.fromkeys(row["way"] for row in rows), strict=False):
        chosen = [row for row in rows if row["way"] == way]
        epochs = [row["epochs"] + shift for row in chosen]
        fitted, test, low, high = (100 * np.array([row[key] for row in chosen]) for key in _MEASURES)
        ax.plot(epochs, fitted, f"{marker}:", color=colour, markerfacecolor="white", label=f"{way}: clips fitted")
        ax.errorbar(epochs, test, yerr=[test - low, high - test], fmt=f"{marker}-", color=colour, capsize=3,
                    label=f"{way}: test songs")  # fmt: skip
    ax.set_xticks(sorted({row["epochs"] for row in rows}))
    ax.set(xlabel="epochs", ylabel="accuracy (%)", title=title)
    ax.margins(0.08)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax
