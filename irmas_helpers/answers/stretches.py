"""From windows to stretches or seconds with one answer each; stretches also as a label track for Audacity."""

from __future__ import annotations

import hashlib
import os
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from pathlib import Path

import numpy as np

from ..instruments import name_of
from ..paths import written_whole
from .predict import NOT_SURE, Prediction, Window, is_known, none_of

_LONGEST_NAME = 59  # characters of a recording's name that its label track's keeps: 255 bytes are a name's limit


@dataclass(frozen=True)
class Stretch:
    """A part of a recording with one answer."""

    start: float  # seconds from the beginning of the file
    end: float
    instrument: str  # the code with the largest probability
    probability: float  # its mean over the windows of the stretch, by their weights
    sure: bool  # whether that reaches the threshold; then it does in each of the windows
    doubt: str = ""  # what is said where it does not: "not sure", or "none of the eleven"

    def __str__(self) -> str:
        name = f"{name_of(self.instrument)} {self.probability:.0%}"
        return name if self.sure else f"{self.doubt} ({name})"

    def as_dict(self) -> dict:
        """What ``predict --segments --json`` prints, and a table holds."""
        return {
            "start": round(self.start, 3),
            "end": round(self.end, 3),
            "instrument": self.instrument,
            "probability": round(self.probability, 6),
            "sure": self.sure,
            "doubt": self.doubt,
        }


def stretches(prediction: Prediction) -> list[Stretch]:
    """Join consecutive windows with the same answer.

    A window answers with its most probable instrument where that reaches the threshold (the calibration was made for
    single windows) and with "not sure" or "none of the eleven" elsewhere. Two stretches meet in the middle of where
    their windows overlap. There is none where nothing is heard: in silence, and in windows that count nothing, 30 dB
    below the loudest.

    Returns
    -------
    list of Stretch
        In order; they do not overlap.

    Examples
    --------
    >>> voice, piano = {"voi": 1.0, "pia": 0.0}, {"voi": 0.0, "pia": 1.0}
    >>> windows = Window(0.0, 3.0, voice), Window(1.5, 4.5, piano), Window(3.0, 6.0, piano)
    >>> [(each.start, each.end, str(each)) for each in stretches(Prediction("song.wav", 6.0, "pia", piano, windows))]
    [(0.0, 2.25, 'human singing voice 100%'), (2.25, 6.0, 'piano 100%')]
    """
    runs: list[list[Window]] = []
    for window in prediction.windows:
        if not window.weight:
            continue
        last = runs[-1][-1] if runs else None
        if last and window.start <= last.end and _answer(window, prediction) == _answer(last, prediction):
            runs[-1].append(window)
        else:
            runs.append([window])
    starts, ends = [run[0].start for run in runs], [run[-1].end for run in runs]
    for before, after in pairwise(range(len(runs))):
        if starts[after] < ends[before]:
            starts[after] = ends[before] = (starts[after] + ends[before]) / 2
    return [
        _stretch(_mean(run, start, end), _answer(run[0], prediction))
        for run, start, end in zip(runs, starts, ends, strict=True)
    ]


def seconds(prediction: Prediction) -> list[Stretch | None]:
    """The answer for each second that has begun, by the mean of the windows that reach into it; None without sound.

    Examples
    --------
    >>> unsure = Window(0.0, 1.5, {"pia": 0.4, "voi": 0.6})
    >>> [str(each) for each in seconds(Prediction("song.wav", 1.5, "voi", {}, (unsure,), threshold=0.7))]
    ['not sure (human singing voice 60%)', 'not sure (human singing voice 60%)']
    """
    return [mean and _stretch(mean, _answer(mean, prediction)) for mean in _each_second(prediction)]


def by_second(prediction: Prediction) -> np.ndarray:
    """The answer second by second: the mean of the windows that reach into it, by their weights.

    Returns
    -------
    numpy.ndarray [shape=(seconds, classes)]
        A row a second that has begun, in the order of the answer's probabilities; NaN where nothing is heard.

    Examples
    --------
    >>> voice = {"pia": 0.0, "voi": 1.0}
    >>> heard = Prediction("song.wav", 2.5, "voi", voice, (Window(0.0, 2.5, voice),))
    >>> by_second(heard).tolist()
    [[0.0, 1.0], [0.0, 1.0], [0.0, 1.0]]
    """
    nothing = [np.nan] * len(prediction.windows[0].probabilities)
    return np.array([[*mean.probabilities.values()] if mean else nothing for mean in _each_second(prediction)])


def _each_second(prediction: Prediction) -> Iterator[Window | None]:
    """What the windows that reach into each second say together; None where none is heard."""
    windows = prediction.windows
    for second in range(ceil(prediction.seconds)):
        first = bisect_right(windows, second, key=lambda window: window.end)
        behind = bisect_left(windows, second + 1, key=lambda window: window.start)
        heard = [window for window in windows[first:behind] if window.weight]
        yield _mean(heard, second, min(second + 1.0, prediction.seconds)) if heard else None


def _answer(window: Window, prediction: Prediction) -> str | bool:
    """The code, or whether it is at least one of the instruments."""
    best = max(window.probabilities, key=window.probabilities.get)
    known = is_known(window.foreign, prediction.foreign_threshold)
    return best if known and window.probabilities[best] >= (prediction.threshold or 0.0) else known


def _mean(windows: list[Window], start: float, end: float) -> Window:
    """What windows say together, by their weights."""
    weights = [window.weight for window in windows]
    rows = np.average([list(window.probabilities.values()) for window in windows], axis=0, weights=weights)
    scores = [window.foreign for window in windows]
    foreign = None if None in scores else float(np.average(scores, weights=weights))
    return Window(start, end, dict(zip(windows[0].probabilities, rows.tolist(), strict=True)), foreign=foreign)


def _stretch(mean: Window, answer: str | bool) -> Stretch:
    best = max(mean.probabilities, key=mean.probabilities.get)
    doubt = "" if isinstance(answer, str) else NOT_SURE if answer else none_of(len(mean.probabilities))
    return Stretch(mean.start, mean.end, best, mean.probabilities[best], not doubt, doubt)


def label_file(folder: str | os.PathLike, recording: str | os.PathLike) -> Path:
    """Where the label track of a recording lies: recordings of the same name in two folders have two.

    Examples
    --------
    >>> label_file("labels", "a/song.mp3") == label_file("labels", "b/song.mp3")
    False
    """
    path = os.path.abspath(recording)
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
    return Path(folder) / f"{os.path.basename(path)[:_LONGEST_NAME]}-{digest}.txt"


def write_labels(path: Path, found: Iterable[Stretch]) -> None:
    """Write stretches as a label track: Audacity opens it with File, Import, Labels, beside the sound.

    Its form is a line a stretch: start and end in seconds and the label, with tabs between.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as temporary:
        lines = (f"{stretch.start:.6f}\t{stretch.end:.6f}\t{stretch}\n" for stretch in found)
        temporary.write_text("".join(lines), "utf-8")
