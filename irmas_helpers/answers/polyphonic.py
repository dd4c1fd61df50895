"""Which instruments lead in an excerpt: windows become one row of values, a threshold makes an answer of it.

The protocol keeps two things apart that are easily mixed up: thresholds are chosen on Part 1 of the testing set and
scored on the other parts. Beside that stand the common way, a fixed threshold on everything, and what one would claim
by choosing thresholds on the very excerpts that are scored.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ..choices import MEAN, SUM_OVER_MAX, WINDOWED_MAX
from ..data.testing_set import OFFICIAL_EXCERPTS, OFFICIAL_LABELS, check_official, label_matrix
from ..errors import DatasetError, ModelError
from ..instruments import CODES
from ..learning import models
from ..scoring import multilabel
from ..sound.testing_packs import TestingPack

if TYPE_CHECKING:
    import pandas as pd

FIXED_THRESHOLD = 0.5
TUNING_PART = 1
# The constant answer that scores best by micro F1 on the official set: its three most frequent labels.
FLOOR = tuple(sorted(OFFICIAL_LABELS, key=OFFICIAL_LABELS.get, reverse=True)[:3])


def sum_over_max(probabilities: np.ndarray) -> np.ndarray:
    """Sum over an excerpt's windows, divided by the largest of the eleven sums.

    The instrument that is heard most gets 1, so that a threshold asks how strong another is beside it (Han, Kim, Lee,
    "Deep convolutional neural networks for predominant instrument recognition in polyphonic music", IEEE/ACM TASLP
    25(1), 2017).

    Parameters
    ----------
    probabilities : numpy.ndarray [shape=(windows, 11)]
        What the network says of each window, in order.

    Returns
    -------
    numpy.ndarray [shape=(11,)]
        In [0, 1]; all 0 if every probability is.

    Examples
    --------
    >>> sum_over_max(np.array([[1.0, 0.0], [0.5, 0.75]])).tolist()
    [1.0, 0.5]
    """
    sums = probabilities.sum(axis=0)
    return sums / sums.max() if sums.max() > 0 else sums


def windowed_max(probabilities: np.ndarray, windows: int = 6) -> np.ndarray:
    """`sum_over_max` of the maxima over every run of a few windows: what is heard briefly counts for longer.

    Han's second way. Its six windows of one second, half overlapped, span 3.5 s; six of the course's span 10.5 s.

    An excerpt with fewer windows than a run takes is one run.

    Examples
    --------
    >>> windowed_max(np.array([[1.0, 0.0], [0.5, 0.75], [1.0, 0.5]]), windows=2).tolist()
    [1.0, 0.75]
    """
    runs = np.lib.stride_tricks.sliding_window_view(probabilities, min(windows, len(probabilities)), axis=0)
    return sum_over_max(runs.max(axis=-1))


AGGREGATES = {MEAN: partial(np.mean, axis=0), SUM_OVER_MAX: sum_over_max, WINDOWED_MAX: windowed_max}


def aggregate(probabilities: np.ndarray, offsets: np.ndarray, how: str = "sum-over-max") -> np.ndarray:
    """One row of values an excerpt [shape=(excerpts, 11), dtype=float64].

    Parameters
    ----------
    probabilities : numpy.ndarray [shape=(windows, 11)]
        Of the windows of all excerpts, one excerpt behind the other.
    offsets : numpy.ndarray [shape=(excerpts + 1,), dtype=int]
        Where each excerpt begins, see `testing_packs.TestingPack`.
    how : str
        A key of `AGGREGATES`.

    Examples
    --------
    >>> aggregate(np.array([[1.0, 0.0], [0.5, 0.5], [0.25, 1.0]]), np.array([0, 2, 3]), "mean").tolist()
    [[0.75, 0.25], [0.25, 1.0]]
    """
    pieces = np.split(np.asarray(probabilities, dtype=float), offsets[1:-1])
    return np.stack([AGGREGATES[how](piece) for piece in pieces])


def decide(values: np.ndarray, thresholds: float | np.ndarray) -> np.ndarray:
    """Name the instruments whose value reaches the threshold, one for all or one for each [shape as `values`].

    Examples
    --------
    >>> decide(np.array([[1.0, 0.5, 0.2]]), 0.5).tolist()
    [[True, True, False]]
    """
    return values >= thresholds


def best_threshold(values: np.ndarray, labels: np.ndarray) -> float:
    """The one threshold with the highest micro F1, found among all that make a difference.

    Parameters
    ----------
    values : numpy.ndarray [shape=(excerpts, ...)]
        `aggregate`'s output, of all instruments or of one.
    labels : numpy.ndarray [same shape, dtype=bool]
        Which of them lead.

    Returns
    -------
    float
        In the middle between the lowest value that is named and the highest that is not; the highest threshold, if
        several are equally good.

    Examples
    --------
    >>> best_threshold(np.array([[0.9, 0.5], [0.75, 0.25]]), np.array([[True, False], [True, False]]))
    0.625
    """
    order = np.argsort(-values, axis=None, kind="stable")
    ranked, right = values.ravel()[order], np.cumsum(labels.ravel()[order])
    f1 = 2 * right / (np.arange(1, len(ranked) + 1) + labels.sum())
    f1[:-1][ranked[1:] == ranked[:-1]] = -1  # equal values are named together or not at all
    lowest = int(f1.argmax())
    return float(ranked[lowest : lowest + 2].mean())


def best_thresholds(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """For each instrument the threshold with its highest F1, which gives the highest macro F1.

    An instrument that no excerpt is labelled with, of which nothing can be learned, gets `best_threshold`'s.

    Examples
    --------
    >>> values, labels = np.array([[0.75, 0.5], [0.25, 0.25]]), np.array([[True, True], [False, True]])
    >>> best_thresholds(values, labels).tolist()
    [0.5, 0.25]
    """
    for_all = best_threshold(values, labels)
    columns = zip(values.T, labels.T, strict=True)
    return np.array([best_threshold(value, label) if label.any() else for_all for value, label in columns])


def threshold_curve(values: np.ndarray, labels: np.ndarray, steps: int = 99) -> pd.DataFrame:
    """Scores for one threshold after another.

    Parameters
    ----------
    values, labels
        See `best_threshold`; of all instruments.
    steps : int
        Thresholds between 0 and 1, both left out.

    Returns
    -------
    pandas.DataFrame
        Index: the thresholds. Columns: see `multilabel.measures`.

    Examples
    --------
    >>> labels = np.eye(11, dtype=bool)
    >>> threshold_curve(0.6 * labels, labels, steps=3)["micro_recall"].to_dict()
    {0.25: 1.0, 0.5: 1.0, 0.75: 0.0}
    """
    import pandas as pd

    thresholds = np.linspace(0, 1, steps + 2)[1:-1]
    rows = [multilabel.measures(labels, decide(values, threshold)) for threshold in thresholds]
    return pd.DataFrame(rows, index=pd.Index(thresholds, name="threshold"))


CHOICES = {"one threshold": best_threshold, "a threshold a class": best_thresholds}


@dataclass(frozen=True)
class Judged:
    """Excerpts, what leads in them, and what a model makes of them: a row an excerpt in each array."""

    values: np.ndarray  # `aggregate`'s output [shape=(excerpts, 11)]
    labels: np.ndarray  # which instruments lead [shape=(excerpts, 11), dtype=bool]
    songs: np.ndarray  # from which the excerpts come
    parts: np.ndarray  # of the testing set, 0 where it is not known
    contradicting: np.ndarray  # whether an excerpt sounds like another one of its song with other labels

    def select(self, rows: np.ndarray) -> Judged:
        """The excerpts that a mask or positions choose."""
        return Judged(*(getattr(self, field.name)[rows] for field in fields(self)))


def judge(model: models.Network, pack: TestingPack, how: str = "sum-over-max") -> Judged:
    """Let a model hear every window of a pack.

    Parameters
    ----------
    model : keras.Model or ExportedNetwork
        A network as `models.load_model` returns it.
    pack : testing_packs.TestingPack
        The excerpts.
    how : str
        A key of `AGGREGATES`.

    Raises
    ------
    ModelError
        If the model names other classes than the excerpts' labels do, or answers with something else than finite
        numbers.
    """
    if models.classes_of(model) != CODES:
        raise ModelError(f"the network names {', '.join(models.classes_of(model))}; the labels are the eleven of IRMAS")
    probabilities = models.predict_log_mel(model, pack.values)
    models.check_finite(probabilities)
    return Judged(
        values=aggregate(probabilities, pack.offsets, how),
        labels=label_matrix(pack.excerpts["labels"]),
        songs=pack.excerpts["song"].to_numpy(dtype=str),
        parts=pack.excerpts["part"].to_numpy(),
        contradicting=pack.contradicting(),
    )


@dataclass(frozen=True)
class Result:
    """One way to choose thresholds, and what it scores.

    The scores' intervals are for these thresholds; they do not hold the chance in choosing them.
    """

    protocol: str  # in words: which thresholds, chosen where, scored where
    thresholds: tuple[float, ...]  # one, or eleven
    scores: multilabel.MultilabelScores
    floor: multilabel.ConstantScores  # what always answering `FLOOR` scores on the same excerpts

    def __str__(self) -> str:
        shown = f" ({self.thresholds[0]:.2f})" if len(self.thresholds) == 1 else ""
        return f"{self.protocol}{shown}: {self.scores}; {self.floor}"

    def as_dict(self) -> dict:
        """Plain numbers and lists, for JSON."""
        floor = {"codes": list(self.floor.codes), **{f1: getattr(self.floor, f1) for f1 in ("micro_f1", "macro_f1")}}
        shared = {"protocol": self.protocol, "thresholds": list(self.thresholds)}
        return {**shared, **self.scores.as_dict(), "floor": floor}


def result(judged: Judged, thresholds: float | np.ndarray, protocol: str) -> Result:
    """Score at least one excerpt with thresholds, one or eleven, that come from where the protocol says in words."""
    scores = multilabel.score(judged.labels, decide(judged.values, thresholds), judged.values, judged.songs)
    floor = multilabel.constant(FLOOR, dict(zip(CODES, scores.labelled.tolist(), strict=True)), scores.n)
    return Result(protocol, tuple(np.atleast_1d(thresholds).tolist()), scores, floor)


def evaluate(judged: Judged) -> tuple[Result, ...]:
    """Score a model by every protocol that the excerpts allow, the honest ones first.

    With Part 1 and another part: thresholds chosen on Part 1 and scored on the rest; a fixed threshold on the same
    rest; the common way of the literature, a fixed threshold on all parts, the contradicting excerpts included; and
    what choosing on the scored excerpts themselves would claim. With one part alone: a fixed threshold.

    Raises
    ------
    DatasetError
        If a song lies in Part 1 and in another part, or if no excerpt is left without the contradicting ones.
    """
    kept = judged.select(~judged.contradicting)
    if not len(kept.songs):
        raise DatasetError("every excerpt sounds like another one with other labels; copy the testing set again")
    tuning, test = kept.select(kept.parts == TUNING_PART), kept.select(kept.parts != TUNING_PART)
    if not len(tuning.songs) or not len(test.songs):
        return (result(kept, FIXED_THRESHOLD, "fixed threshold"),)
    _check_apart(tuning, test)
    where = _name(test)
    return (
        *_chosen(tuning, test, f"{{}}, chosen on Part {TUNING_PART}, scored on {where}"),
        result(test, FIXED_THRESHOLD, f"fixed threshold, scored on {where}"),
        result(judged, FIXED_THRESHOLD, "the common way: fixed threshold, scored on all parts"),
        *_chosen(test, test, f"no score but a claim: {{}}, chosen and scored on {where}"),
    )


def _chosen(tuning: Judged, test: Judged, words: str) -> list[Result]:
    """The results of all ways to choose thresholds."""
    return [result(test, choose(tuning.values, tuning.labels), words.format(name)) for name, choose in CHOICES.items()]


def _check_apart(tuning: Judged, test: Judged) -> None:
    if shared := sorted(set(tuning.songs.tolist()) & set(test.songs.tolist())):
        raise DatasetError(
            f"{shared[0]}: this song lies in Part {TUNING_PART} and in {_name(test)}, where official parts share none; "
            "unpack each part into a folder of its own"
        )


def _name(judged: Judged) -> str:
    """The parts that excerpts come from, in words."""
    parts = [str(part) for part in np.unique(judged.parts) if part]
    if len(parts) < len(np.unique(judged.parts)):
        return "the other excerpts"
    return f"Part{'s' if len(parts) > 1 else ''} {' and '.join(parts)}"


def describe(pack: TestingPack, judged: Judged) -> str:
    """How many excerpts and songs there are, and whether they are the official ones: part of a sentence."""
    counts = check_official(pack.excerpts)
    whole = not counts[["missing", "extra"]].to_numpy().any()
    official = "all counts are the official set's" if whole else f"the official set has {OFFICIAL_EXCERPTS}"
    return (
        f"{len(pack.excerpts)} excerpts of {pack.excerpts['song'].nunique()} songs ({official}), "
        f"{judged.contradicting.sum()} that sound like another with other labels"
    )
