"""Figures of a set of clips: how many, which genres, mean spectra, maps, splits."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ..data.clips import GENRES
from ..instruments import CODES, COLOURS, NAMES, colours_of, name_of
from ..sound import features
from ._common import FAINT, FIRST, MARKERS, SECOND, mel_ticks, one_axes, share_table, titled_panels

if TYPE_CHECKING:
    import pandas as pd


def levels_below(
    levels: np.ndarray, shares: dict[str, np.ndarray], *,
    title: str = "How quiet are the cells of a spectrogram?", ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """How much of log-mel spectrograms lies below each level.

    A line for each label; the legend says below which level half of the cells lie.

    Parameters
    ----------
    levels : numpy.ndarray [shape=(levels,)]
        In dB relative to a clip's maximum.
    shares : dict of str to numpy.ndarray [shape=(levels,)]
        Share of all cells below each of them, by label.
    """
    ax = one_axes(ax, 3.0)
    for (label, values), colour, line in zip(shares.items(), (SECOND, FIRST), ("--", "-"), strict=False):
        half = np.interp(0.5, values, levels)
        ax.plot(levels, 100 * np.asarray(values), line, color=colour, label=f"{label}:\nhalf below {half:.0f} dB")
    ax.axhline(50, color=FAINT, zorder=0)
    ax.set(xlabel="level relative to the clip's maximum (dB)", ylabel="cells below it in %", ylim=(0, 102), title=title)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def class_counts(clips: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Clips and songs a class.

    A wide pale bar for the clips, a slim dark one in it for the songs; the numbers beside them.

    Parameters
    ----------
    clips : pandas.DataFrame
        A table of clips.
    """
    import pandas as pd

    grouped = clips.groupby("instrument")
    counts = pd.DataFrame({"clips": grouped.size(), "songs": grouped["song"].nunique()}, index=list(CODES))
    counts = counts.fillna(0).astype(int)
    names, colours = [NAMES[code] for code in CODES], [COLOURS[code] for code in CODES]
    ax = one_axes(ax, 4.4)
    ax.barh(names, counts["clips"], height=0.78, color=colours, alpha=0.4)
    ax.barh(names, counts["songs"], height=0.34, color=colours)
    for row, (n_clips, n_songs) in enumerate(counts.itertuples(index=False)):
        ax.annotate(f"{n_clips:,} clips, {n_songs:,} songs", (n_clips, row), (5, 0), textcoords="offset points",
                    va="center", fontsize=9.5)  # fmt: skip
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    ax.set(xlim=(0, counts["clips"].max() * 1.28), xlabel="number (pale: clips, dark: songs)",
           title=f"{len(clips):,} clips come from {clips['song'].nunique():,} songs")  # fmt: skip
    return ax


def genre_by_instrument(clips: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """How many clips of each instrument come from each genre.

    Shades are shares of an instrument's clips; numbers are clips.

    Parameters
    ----------
    clips : pandas.DataFrame
        A table of clips.
    """
    import pandas as pd

    counts = pd.crosstab(clips["instrument"], clips["genre"])
    counts = counts.reindex(index=list(CODES), columns=list(GENRES), fill_value=0)
    shares = counts.div(counts.sum(axis=1).clip(lower=1), axis=0) * 100
    text = [
        [f"{n:,} ({share:.0f} %)" if n else "0" for n, share in zip(*row, strict=True)]
        for row in zip(counts.to_numpy(), shares.to_numpy(), strict=True)
    ]
    ax = one_axes(ax, 4.4)
    genres = [name.replace(" and ", " and\n") for name in GENRES.values()]
    share_table(ax, shares, np.array(text), "share of the instrument's clips (%)", linewidths=1,
                xticklabels=genres, yticklabels=[NAMES[code] for code in CODES])  # fmt: skip
    right = 100 * counts.max().sum() / max(len(clips), 1)
    ax.set(xlabel="genre", ylabel="", title=f"Knowing nothing but the genre names {right:.1f} % of the clips right")
    return ax


def mean_log_mels(values_u8: np.ndarray, clips: pd.DataFrame, *, figure: Figure | None = None) -> np.ndarray:
    """The mean spectrum of each class among those of all others.

    Level in dB, averaged over time and clips, against frequency; one panel for each class that occurs.

    Parameters
    ----------
    values_u8 : numpy.ndarray [shape=(clips, 128, frames), dtype=uint8]
        Log-mels in 256 levels.
    clips : pandas.DataFrame
        A row for each of them.
    """
    labels = clips["instrument"].to_numpy()
    codes = [code for code in CODES if code in labels]
    means = {code: features.dequantise(values_u8[labels == code].mean(axis=(0, 2))) for code in codes}
    beside = "frequency (Hz, mel scale); grey: the other instruments", "mean level (dB below the clip's maximum)"
    axes = titled_panels(figure, [NAMES[code] for code in codes], 1.6, beside)
    for ax, code in zip(axes, codes, strict=True):
        for other in codes:
            ax.plot(means[other], color=FAINT, linewidth=0.7)
        ax.plot(means[code], color=COLOURS[code], linewidth=2.4)
        mel_ticks(ax.xaxis, values_u8.shape[1], every=2)
    return axes


def scatter_map(points: np.ndarray, clips: pd.DataFrame, *, figure: Figure | None = None) -> np.ndarray:
    """Clips as points of a plane, one panel for each class that occurs, its points among those of all others.

    A few points far out may lie outside: the axes end where 99 % of the points do.

    Parameters
    ----------
    points : numpy.ndarray [shape=(clips, 2)]
        Such as the first two principal components of MFCC means.
    clips : pandas.DataFrame
        A row for each of them.
    """
    labels = clips["instrument"].to_numpy()
    codes = sorted(set(labels))
    colours, markers = colours_of(codes), dict(zip(codes, cycle(MARKERS.values()), strict=False)) | MARKERS
    size = float(np.clip(6000 / max(len(clips), 1), 3, 18))
    beside = "first direction; grey: the other instruments", "second direction"
    axes = titled_panels(figure, [*map(name_of, codes)], 1.75, beside)
    for ax, code in zip(axes, codes, strict=True):
        ax.scatter(*points.T, s=size / 2, color=FAINT, alpha=0.5, linewidths=0)
        ax.scatter(*points[labels == code].T, s=size, color=colours[code], marker=markers[code])
    low, high = np.percentile(points, (0.5, 99.5), axis=0)
    margin = np.maximum(0.05 * (high - low), 1e-9)
    axes[0].set(xlim=(low[0] - margin[0], high[0] + margin[0]), ylim=(low[1] - margin[1], high[1] + margin[1]))
    return axes


def split(clips: pd.DataFrame, train: np.ndarray, test: np.ndarray, *, songs: int = 30, ax: Axes | None = None) -> Axes:
    """Which excerpts of some songs train and which test: the leak at a glance.

    Songs from left to right, their excerpts from top to bottom. A song on both sides has an exclamation mark.

    Parameters
    ----------
    clips : pandas.DataFrame
        A table of clips.
    train, test : numpy.ndarray of int
        Positions in it.
    songs : int
        How many songs to show, taken evenly from all that have several excerpts.
    """
    side = np.full(len(clips), -1)
    side[train], side[test] = 0, 1
    shown = _sides_of_songs(clips, side, songs)
    ax = one_axes(ax, 2.7)
    leaks = 0
    for column, sides in enumerate(shown.values()):
        _draw_song(ax, column, sides)
        if {0, 1} <= set(sides):
            leaks += 1
            ax.text(column, -0.55, "!", ha="center", va="bottom", color="#BB0000", weight="bold", fontsize=12)
    deepest = max(map(len, shown.values()), default=1)
    told = f"{leaks or 'None'} of these {len(shown)} songs {'is' if leaks < 2 else 'are'} on both sides"
    ax.set(xlim=(-0.6, len(shown) - 0.4), ylim=(deepest - 0.4, -1.4), title=told, ylabel="excerpt",
           xlabel=f"instrument and song ({len(shown)} of {clips['song'].nunique():,})")  # fmt: skip
    ax.set_xticks(range(len(shown)), list(shown), rotation=90, fontsize=9)
    ax.set_yticks(range(deepest), [str(i + 1) for i in range(deepest)])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    dot = Line2D([], [], marker="o", linestyle="", markersize=4, color="white")
    mark = Line2D([], [], marker="$!$", linestyle="", color="#BB0000")
    ax.legend([Patch(color=FIRST), (Patch(color=SECOND), dot), mark], ["training", "test", "both"],
              loc="upper left", bbox_to_anchor=(1.0, 1.0), handlelength=1, handleheight=1)  # fmt: skip
    return ax


def _sides_of_songs(clips: pd.DataFrame, side: np.ndarray, songs: int) -> dict[str, list[int]]:
    """For some songs with several excerpts, evenly spread over the table: 0 (training), 1 (test) or -1 an excerpt."""
    import pandas as pd

    sides = pd.Series(side, index=clips.index).groupby(clips["song"], sort=False).agg(list)
    sides = sides[sides.map(len) > 1]
    chosen = sides.iloc[np.unique(np.linspace(0, len(sides) - 1, min(songs, len(sides))).astype(int))]
    instrument = clips.drop_duplicates("song").set_index("song")["instrument"]
    return {f"{instrument[song]} {song}": excerpts for song, excerpts in chosen.items()}


def _draw_song(ax: Axes, column: int, sides: list[int]) -> None:
    colours = {0: FIRST, 1: SECOND, -1: "#EEEEEE"}
    ax.bar([column] * len(sides), 0.84, width=0.84, bottom=np.arange(len(sides)) - 0.42,
           color=[colours[value] for value in sides])  # fmt: skip
    tested = [row for row, value in enumerate(sides) if value == 1]
    ax.scatter([column] * len(tested), tested, s=16, color="white", zorder=3)  # apart without colour, too
