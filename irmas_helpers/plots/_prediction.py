"""A file's answer over time: its waveform in the answer's colours, and what the network heard in each second."""

from __future__ import annotations

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..answers.predict import Prediction, by_second
from ..instruments import CODES, COLOURS, NAMES
from ._common import FAINT, SHARE_COLOURS, TEXT, WIDTH

HEIGHT = 4.6
# A fixed place, as shares of the figure's width: who clicks on the picture wants to know which second that is.
LEFT, RIGHT = 0.21, 0.965
_NAMED_SECONDS = 0.06  # a run of one answer is named where it takes such a share of the time


def answer_over_time(
    prediction: Prediction, starts: np.ndarray, peaks: np.ndarray, *, figure: Figure | None = None
) -> np.ndarray:
    """Waveform above the probabilities of each second.

    Parameters
    ----------
    prediction : predict.Prediction
        With its windows.
    starts, peaks : numpy.ndarray [shape=(stretches,)]
        What `audio.peaks` returns for the same file.
    figure : matplotlib.figure.Figure
        Where to draw; None makes one.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes [shape=(2,)]
        They share the axis of time, which takes the same part of the figure's width in every picture.
    """
    figure = plt.figure(figsize=(WIDTH, HEIGHT)) if figure is None else figure
    top = figure.add_axes((LEFT, 0.72, RIGHT - LEFT, 0.2))
    bottom = figure.add_axes((LEFT, 0.11, RIGHT - LEFT, 0.5), sharex=top)
    rows = by_second(prediction)
    _draw_waveform(top, prediction, rows, starts, peaks)
    edges = np.minimum(np.arange(len(rows) + 1), prediction.seconds)
    bottom.pcolormesh(edges, np.arange(len(CODES) + 1) - 0.5, 100 * rows.T, cmap=SHARE_COLOURS, vmin=0, vmax=100)
    bottom.set_yticks(range(len(CODES)), [NAMES[code] for code in CODES])
    bottom.set(xlim=(0, prediction.seconds), ylim=(len(CODES) - 0.5, -0.5), xlabel="time (s)")
    bottom.set_title("Probability of each second: pale 0 %, black 100 %")
    return np.array([top, bottom])


def _draw_waveform(ax: Axes, prediction: Prediction, rows: np.ndarray, starts: np.ndarray, peaks: np.ndarray) -> None:
    answers = _answers(rows)
    ends = np.append(starts[1:], prediction.seconds)
    of_stretch = answers[np.minimum(starts.astype(int), len(answers) - 1)]
    for code in np.unique(of_stretch):
        here = of_stretch == code
        ax.bar(starts[here], 2 * peaks[here], ends[here] - starts[here], -peaks[here], align="edge",
               color=COLOURS.get(code, FAINT), linewidth=0)  # fmt: skip
    most = max(peaks.max(), 1e-6)
    for first, last, code in _runs(answers):
        if code and last - first >= _NAMED_SECONDS * prediction.seconds:
            ax.text(
                (first + min(last, prediction.seconds)) / 2, 1.12 * most, code, ha="center", fontsize=9.5, color=TEXT
            )
    ax.set(ylim=(-1.1 * most, 1.4 * most), yticks=[], ylabel="waveform")
    ax.tick_params(labelbottom=False)
    ax.set_title(f"The answer over time; for the whole: {NAMES[prediction.instrument]}")


def _answers(rows: np.ndarray) -> np.ndarray:
    """The most probable code of each second; empty where nothing is heard."""
    heard = ~np.isnan(rows[:, 0])
    return np.where(heard, np.array(CODES)[np.nan_to_num(rows).argmax(axis=1)], "")


def _runs(answers: np.ndarray) -> list[tuple[int, int, str]]:
    """First second, end and code of each run of one answer."""
    cuts = [0, *(np.flatnonzero(answers[1:] != answers[:-1]) + 1), len(answers)]
    return [(int(first), int(last), str(answers[first])) for first, last in pairwise(cuts)]
