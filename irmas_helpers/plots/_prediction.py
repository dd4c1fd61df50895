"""Figures of one file's answer: as bars, and over time."""

from __future__ import annotations

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..answers.predict import Prediction
from ..answers.stretches import by_second
from ..instruments import colours_of, name_of
from ._common import FAINT, TEXT, WIDTH, chance_map, colour_bar, one_axes

HEIGHT = 4.6
# A fixed place, as shares of the figure's width: who clicks on the picture wants to know which second that is.
LEFT, RIGHT = 0.21, 0.965
_NAMED_SECONDS = 0.06  # a run of one answer is named where it takes such a share of the time


def probabilities(probabilities: dict[str, float], *, title: str = "", ax: Axes | None = None) -> Axes:
    """A network's answer as bars, most probable first.

    Parameters
    ----------
    probabilities : dict of str to float
        A probability a code.

    Examples
    --------
    >>> probabilities({"cel": 0.3, "flu": 0.7}, ax=Figure().subplots()).get_title()
    'The answer: flute'
    """
    ranked = sorted(probabilities, key=probabilities.get, reverse=True)
    values, colours = [100 * probabilities[code] for code in ranked], colours_of(list(probabilities))
    ax = one_axes(ax, 3.6)
    bars = ax.barh([*map(name_of, ranked)], values, color=[colours[code] for code in ranked], height=0.72)
    ax.bar_label(bars, [f"{value:.1f} %" for value in values], padding=4, fontsize=9.5)
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    ax.set(xticks=range(0, 101, 20), xlim=(0, 112), xlabel="probability (%)",
           title=title or f"The answer: {name_of(ranked[0])}")  # fmt: skip
    return ax


def timeline(prediction: Prediction, *, title: str = "", ax: Axes | None = None) -> Axes:
    """What a network hears when.

    Parameters
    ----------
    prediction : predict.Prediction
        With its windows; where they overlap their mean by weight is shown, and silence stays white.
    """
    edges, means = _mean_over_windows(prediction)
    ax = one_axes(ax, 3.6)
    colour_bar(ax, chance_map(ax, edges, means, [*map(name_of, prediction.probabilities)]), "probability (%)")
    ax.tick_params(axis="y", length=0)
    ax.set(xlim=(0, max(prediction.seconds, edges[-1])),
           title=title or f"The answer for {prediction.seconds:.1f} s: {name_of(prediction.instrument)}")  # fmt: skip
    return ax


def _mean_over_windows(prediction: Prediction) -> tuple[np.ndarray, np.ndarray]:
    """Stretches between the windows' ends, and the mean of the windows that cover each [shape=(stretches, classes)]."""
    starts = np.array([window.start for window in prediction.windows])
    ends = np.array([window.end for window in prediction.windows])
    values = np.array([list(window.probabilities.values()) for window in prediction.windows])
    weights = np.array([window.weight for window in prediction.windows])
    edges = np.unique(np.concatenate([starts, ends]))
    covers = weights * ((starts <= edges[:-1, None]) & (ends >= edges[1:, None]))
    covering = covers.sum(axis=1, keepdims=True)
    return edges, covers @ values / np.where(covering > 0, covering, np.nan)


def answer_over_time(
    prediction: Prediction, starts: np.ndarray, peaks: np.ndarray, *, figure: Figure | None = None
) -> np.ndarray:
    """Waveform above the probabilities of each second.

    They share the axis of time, which takes the same part of the figure's width in every picture.

    Parameters
    ----------
    prediction : predict.Prediction
        With its windows.
    starts, peaks : numpy.ndarray [shape=(stretches,)]
        What `audio.peaks` returns for the same file.
    """
    figure = plt.figure(figsize=(WIDTH, HEIGHT)) if figure is None else figure
    top = figure.add_axes((LEFT, 0.72, RIGHT - LEFT, 0.2))
    bottom = figure.add_axes((LEFT, 0.11, RIGHT - LEFT, 0.5), sharex=top)
    rows = by_second(prediction)
    _draw_waveform(top, prediction, rows, starts, peaks)
    names = [*map(name_of, prediction.probabilities)]
    chance_map(bottom, np.minimum(np.arange(len(rows) + 1), prediction.seconds), rows, names)
    bottom.set(xlim=(0, prediction.seconds), title="Probability of each second: pale 0 %, black 100 %")
    return np.array([top, bottom])


def _draw_waveform(ax: Axes, prediction: Prediction, rows: np.ndarray, starts: np.ndarray, peaks: np.ndarray) -> None:
    answers, colours = _answers(rows, prediction), colours_of(list(prediction.probabilities))
    ends = np.append(starts[1:], prediction.seconds)
    of_stretch = answers[np.minimum(starts.astype(int), len(answers) - 1)]
    for code in np.unique(of_stretch):
        here = of_stretch == code
        ax.bar(starts[here], 2 * peaks[here], ends[here] - starts[here], -peaks[here], align="edge",
               color=colours.get(code, FAINT), linewidth=0)  # fmt: skip
    most = max(peaks.max(), 1e-6)
    for first, last, code in _runs(answers):
        if code and last - first >= _NAMED_SECONDS * prediction.seconds:
            middle = (first + min(last, prediction.seconds)) / 2
            ax.text(middle, 1.12 * most, code, ha="center", fontsize=9.5, color=TEXT)
    ax.set(ylim=(-1.1 * most, 1.4 * most), yticks=[], ylabel="waveform")
    ax.tick_params(labelbottom=False)
    ax.set_title(f"The answer over time; for the whole: {name_of(prediction.instrument)}")


def _answers(rows: np.ndarray, prediction: Prediction) -> np.ndarray:
    """The most probable class of each second; empty where nothing is heard."""
    heard = ~np.isnan(rows[:, 0])
    return np.where(heard, np.array(list(prediction.probabilities))[np.nan_to_num(rows).argmax(axis=1)], "")


def _runs(answers: np.ndarray) -> list[tuple[int, int, str]]:
    """First second, end and code of each run of one answer."""
    cuts = [0, *(np.flatnonzero(answers[1:] != answers[:-1]) + 1), len(answers)]
    return [(int(first), int(last), str(answers[first])) for first, last in pairwise(cuts)]
