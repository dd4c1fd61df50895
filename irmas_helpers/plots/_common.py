"""What all figures share: the theme, sizes, markers, mel ticks, and how a picture is shown with its description."""

from __future__ import annotations

import html
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.collections import QuadMesh
from matplotlib.colorbar import Colorbar
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import ArrayLike
from PIL import Image

from ..instruments import CODES, name_of
from ..sound.audio import SAMPLE_RATE
from ..sound.features import HOP_LENGTH, hz_to_mel

if TYPE_CHECKING:
    import pandas as pd

Drawn = Figure | Axes | np.ndarray  # a figure, axes that lie in it, or an array of them

WIDTH = 8.0  # inches; 800 pixels, what JupyterLab leaves of a page 900 pixels wide
DPI = 100
TEXT = "#333333"
FAINT = "#BBBBBB"
FIRST, SECOND = "#4477AA", "#EE7733"  # training and test, by song and by clip; also apart in grey
SOUND_COLOURS = "magma"
FEW_COLOURS = colormaps[SOUND_COLOURS].resampled(40)  # for many pictures of noise: every colour less is a smaller file
# seaborn's mako_r, to a 255th: seaborn itself would load pandas and scipy, which take longer than an answer.
_SHARES = (
    "0 def5e5, 20 b5e5c4, 32 96ddb5, 45 70d4ad, 54 59ccad, 64 49c1ad, 81 3aaead, 101 3498a9, 147 37649e, 164 3e5095, "
    "177 414184, 195 3d3164, 220 2e1e39, 255 0b0405"
)
SHARE_COLOURS = LinearSegmentedColormap.from_list(
    "shares", [(int(place) / 255, f"#{colour}") for place, colour in map(str.split, _SHARES.split(","))]
)
# seaborn's "deep"
_LINES = ("#4C72B0", "#DD8452", "#55A868", "#C44E52", "#8172B3", "#937860", "#DA8BC3", "#8C8C8C", "#CCB974", "#64B5CD")
LOOKS = ((FIRST, "-", "o"), (SECOND, "--", "s"), ("#117733", "-.", "^"), ("#882255", ":", "D"))  # with line and marker
GUESSING = float(np.log(len(CODES)))  # the cross-entropy of one in eleven for each

# Beside the colour, so that the classes stay apart for colour-blind readers and in print.
MARKERS: dict[str, str] = dict(zip(CODES, "os^vDPX<>*h", strict=True))

_MEL_TICKS_HZ = np.array([250, 500, 1000, 2000, 4000, 8000])


def style() -> None:
    """Set the course's look for all figures of a notebook: fonts, colours, size. Call it once, after the imports."""
    ticks = {"labelsize": 9.5, "color": TEXT, "major.size": 4, "major.width": 1.25, "minor.size": 4, "minor.width": 1}
    plt.rcdefaults()
    plt.rcParams.update({
        "figure.figsize": (WIDTH, 3.2), "figure.dpi": DPI, "figure.facecolor": "white", "font.size": 10,
        "font.family": "DejaVu Sans",  # comes with matplotlib: the same picture on every machine
        "text.color": TEXT, "axes.titlesize": 11, "axes.titleweight": "bold", "axes.titlelocation": "left",
        "axes.labelsize": 10, "axes.labelcolor": TEXT, "axes.edgecolor": "#888888", "axes.spines.top": False,
        "axes.spines.right": False, "axes.axisbelow": True, "axes.linewidth": 1.25,
        "axes.prop_cycle": cycler(color=_LINES), "grid.color": "0.8", "grid.linewidth": 1,
        "legend.fontsize": 9.5, "legend.frameon": False, "legend.title_fontsize": 12,
        "lines.solid_capstyle": "round", "patch.edgecolor": "white", "patch.force_edgecolor": True,
        **{f"{axis}tick.{name}": value for axis in "xy" for name, value in ticks.items()},
    })  # fmt: skip


def png(drawn: Drawn) -> bytes:
    """A figure, or the one that axes lie in, as a PNG file's bytes, the same for the same figure.

    It has a white ground, so that it can be read in a dark theme, and 256 colours, which look the same and halve the
    notebook.
    """
    few = _pixels(drawn).quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    few.save(buffer, "png")
    return buffer.getvalue()


def quick_png(drawn: Drawn) -> bytes:
    """The same picture made faster and larger, for widgets: in all its colours, hardly compressed."""
    buffer = io.BytesIO()
    _pixels(drawn).save(buffer, "png", compress_level=1)
    return buffer.getvalue()


def _pixels(drawn: Drawn) -> Image.Image:
    figure = _figure_of(drawn)
    figure.set_facecolor("white")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")


def show(drawn: Drawn, alt: str) -> None:
    """Display a picture with its description, and close it.

    The description is the picture's `alt` in its metadata (nbconvert writes it into the page) and its plain text.
    JupyterLab ignores both, so that a line before the picture, hidden from view, says it to screen readers.

    Parameters
    ----------
    drawn : matplotlib Figure, Axes, or array of Axes
    alt : str
        One or two sentences: what the picture shows, not how it is drawn.
    """
    from IPython.display import display

    picture = {"image/png": png(drawn), "text/plain": alt}
    plt.close(_figure_of(drawn))
    display({"text/html": _hidden(alt), "text/plain": ""}, raw=True)
    display(picture, raw=True, metadata={"image/png": {"alt": alt}})


def _hidden(text: str) -> str:
    look = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap"
    return f'<span style="{look}">Picture: {html.escape(text)}</span>'


def _figure_of(drawn: Drawn) -> Figure:
    return drawn if isinstance(drawn, Figure) else np.ravel(drawn)[0].figure


def one_axes(ax: Axes | None, height: float, width: float = WIDTH) -> Axes:
    """The axes given, or those of a new figure of so many inches."""
    return ax if ax is not None else plt.subplots(figsize=(width, height), layout="constrained")[1]


def panels(
    figure: Figure | None, rows: int, columns: int, height: float, *, title: str = "", **options: Any
) -> np.ndarray:
    """A grid of axes in the figure given, or in a new one of that height in inches [shape=(rows, columns)]."""
    if figure is None:
        figure = plt.figure(figsize=(WIDTH, height), layout="constrained")
    if title:
        figure.suptitle(title, fontsize=11, weight="bold")
    return figure.subplots(rows, columns, squeeze=False, **options)


def titled_panels(
    figure: Figure | None, titles: Sequence[str], height: float, labels: tuple[str, str], columns: int = 4
) -> np.ndarray:
    """A panel a title, all on the same axes; `labels` of the two stand beside the whole [shape=(titles,)]."""
    rows, count = -(-len(titles) // columns), len(titles)
    grid = panels(figure, rows, columns, 0.4 + height * rows, sharex=True, sharey=True).ravel()
    for ax, title in zip(grid, titles, strict=False):
        ax.set_title(title, fontsize=10)
    for ax in grid[count:]:
        ax.set_axis_off()
    for ax in grid[max(0, count - columns) : count]:
        ax.tick_params(labelbottom=True)
    grid[0].figure.supxlabel(labels[0], fontsize=10)
    grid[0].figure.supylabel(labels[1], fontsize=10)
    return grid[:count]


def rows_down(ax: Axes, labels: Sequence[str], *, columns: int, title: str, **settings: Any) -> None:
    """Labelled rows from the top down, with lines to read values by, and a legend between them and the title."""
    ax.set_yticks(range(len(labels)), labels)
    ax.set(ylim=(len(labels) - 0.5, -0.5), **settings)
    ax.grid(axis="x", color="#E5E5E5")
    ax.set_axisbelow(True)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns, borderpad=0.2, columnspacing=1.5)
    ax.set_title(title, pad=26)


def instrument_dots(
    ax: Axes, values: pd.DataFrame, looks: Sequence[tuple[str, str, float]], counts: pd.Series, **settings: Any
) -> None:
    """A row an instrument and in it a dot a column, of its colour and marker, lifted so that none hides another."""
    rows = np.arange(len(values))
    ax.hlines(rows, values.min(axis=1), values.max(axis=1), color=FAINT, linewidth=2, zorder=1)
    for (colour, marker, lift), (name, column) in zip(looks, values.items(), strict=True):
        ax.scatter(column, rows + lift, s=42, marker=marker, color=colour, label=name, zorder=2, clip_on=False)
    labels = [f"{name_of(code)} ({n:,})" for code, n in counts.items()]
    rows_down(ax, labels, columns=len(looks), xlim=(-0.02, 1.02), **settings)


def share_table(ax: Axes, shares: ArrayLike, texts: ArrayLike, bar: str, **options: Any) -> None:
    """A table whose shades are shares in % and whose cells hold texts."""
    import seaborn as sns

    sns.heatmap(shares, annot=texts, fmt="", cmap=SHARE_COLOURS, vmin=0, vmax=100, ax=ax, annot_kws={"fontsize": 9.5},
                cbar_kws={"label": bar, "pad": 0.02}, **options)  # fmt: skip
    ax.tick_params(length=0, rotation=0)


def chance_map(ax: Axes, edges: np.ndarray, rows: np.ndarray, labels: Sequence[str]) -> QuadMesh:
    """Probabilities of instruments, a row each from the top down, between edges in seconds; returns the mesh.

    `rows` are the stretches between the edges [shape=(stretches, labels)].
    """
    count = len(labels)
    mesh = ax.pcolormesh(edges, np.arange(count + 1) - 0.5, 100 * rows.T, cmap=SHARE_COLOURS, vmin=0, vmax=100)
    ax.set_yticks(range(count), labels)
    ax.set(ylim=(count - 0.5, -0.5), xlabel="time (s)")
    return mesh


def mel_band(hz: ArrayLike, n_mels: int, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """Where a frequency lies on an axis that counts mel bands from 0.

    Equal to the position of `hz` among the bands' centres, ``librosa.mel_frequencies(n_mels + 2, fmin=0,
    fmax=sample_rate / 2)[1:-1]``, on the mel scale.
    """
    return hz_to_mel(hz) / hz_to_mel(sample_rate / 2) * (n_mels + 1) - 1


def mel_ticks(axis: Axis, n_mels: int, sample_rate: int = SAMPLE_RATE, every: int = 1) -> None:
    """Mark frequencies in Hz on an axis of mel bands."""
    hz = _MEL_TICKS_HZ[sample_rate / 2 > _MEL_TICKS_HZ][::every]
    axis.set_ticks(mel_band(hz, n_mels, sample_rate), [f"{value:,}" for value in hz])


def mel_picture(
    ax: Axes, decibels: np.ndarray, sample_rate: int = SAMPLE_RATE, hop_length: int = HOP_LENGTH
) -> AxesImage:
    """A log-mel spectrogram as an image with Hz and seconds on its axes; returns the image."""
    n_mels, frames = np.shape(decibels)
    image = time_picture(ax, decibels, (-0.5, n_mels - 0.5), frames * hop_length / sample_rate)
    mel_ticks(ax.yaxis, n_mels, sample_rate)
    return image


def time_picture(
    ax: Axes, values: np.ndarray, vertical: tuple[float, float], seconds: float, **options: Any
) -> AxesImage:
    """An image with time to the right and rows from the bottom up; returns it."""
    half = seconds / np.shape(values)[1] / 2  # frames are centred on their time, the first on 0
    extent = (-half, seconds - half, *vertical)
    look = {"cmap": SOUND_COLOURS, "interpolation": "nearest", "aspect": "auto", "origin": "lower", **options}
    image = ax.imshow(values, extent=extent, **look)
    ax.set_xlabel("time (s)")
    return image


def signed_colours(largest: float) -> dict[str, Any]:
    """Blue below 0, white there, red above, up to so large a value."""
    return {"cmap": "RdBu_r", "vmin": -largest, "vmax": largest}


def guessing_line(ax: Axes) -> None:
    """Mark the cross-entropy of guessing among all instruments, 2.4: a network above it is worse than none."""
    ax.axhline(GUESSING, color="#777777", linestyle=(0, (1, 2)), linewidth=1.2, zorder=0)
    ax.annotate(f"guessing\n{GUESSING:.1f}", (1, GUESSING), (3, 0), xycoords=("axes fraction", "data"),
                textcoords="offset points", ha="left", va="center", fontsize=9, color="#555555")  # fmt: skip


def colour_bar(ax: Axes | np.ndarray, image: ScalarMappable, label: str, **shape: float) -> Colorbar:
    """A slim colour bar to the right of the axes."""
    bar = _figure_of(ax).colorbar(image, ax=ax, **{"pad": 0.015, "fraction": 0.05, "aspect": 25, **shape})
    bar.outline.set_visible(False)
    bar.set_label(label)
    return bar
