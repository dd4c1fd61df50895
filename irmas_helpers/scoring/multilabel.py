"""Scores of answers that name any number of instruments, with intervals that respect songs, and what constant answers
score.

The measures are scikit-learn's; they are written over songs here, so that two thousand resamples of the songs take
about a second. Excerpts of one song succeed and fail together: intervals come from resampling songs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ..instruments import CODES, label_indices
from .evaluation import precision_recall_f1, rates_by_class
from .resampling import interval, song_draws

if TYPE_CHECKING:
    import pandas as pd

_REPLICATES_AT_ONCE = 250  # bounds the memory of the resampled average precisions


@dataclass(frozen=True)
class Measure:
    """One score and how sure it is."""

    value: float  # between 0 and 1
    interval: tuple[float, float]  # 95 % bootstrap interval over songs

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value:.3f} ({low:.3f} to {high:.3f})"


@dataclass(frozen=True)
class MultilabelScores:
    """Scores of one set of answers.

    With few songs, resamples miss instruments, which then leave the means over instruments: the intervals of the macro
    scores and of the mean average precision are rough there.
    """

    n: int  # excerpts
    songs: int  # from which they come
    unanswered: int  # excerpts for which no instrument was named
    micro_precision: Measure  # over all pairs of excerpt and instrument, as the next two
    micro_recall: Measure
    micro_f1: Measure
    macro_precision: Measure  # mean of the instruments' own, over those that occur as label or answer, as the next two
    macro_recall: Measure
    macro_f1: Measure
    samples_f1: Measure  # mean of the excerpts' own F1
    lrap: Measure  # label ranking average precision: of what is ranked at or above a right one, the share that is right
    mean_average_precision: Measure  # of the excerpts ranked for each instrument that occurs as label
    right: np.ndarray  # excerpts in which an instrument was rightly named [shape=(11,), dtype=int]
    labelled: np.ndarray  # which carry its label
    answered: np.ndarray  # for which it was named
    average_precision: np.ndarray  # of each instrument [shape=(11,)]; NaN where no excerpt carries the label

    def __str__(self) -> str:
        return (
            f"micro F1 {self.micro_f1}, macro F1 {self.macro_f1}, samples F1 {self.samples_f1}, LRAP {self.lrap}, "
            f"mAP {self.mean_average_precision}, n = {self.n} excerpts of {self.songs} songs, "
            f"{self.unanswered} without an answer"
        )

    def measures(self) -> dict[str, Measure]:
        """The nine scores by name."""
        return {field.name: value for field in fields(self) if isinstance(value := getattr(self, field.name), Measure)}

    def per_class(self) -> pd.DataFrame:
        """Scores of each instrument.

        Returns
        -------
        pandas.DataFrame
            Index: the eleven codes. Columns: `precision`, `recall`, `f1` (0 where there is nothing to divide by),
            `average_precision` (NaN for an instrument without label), `labelled` and `answered`, numbers of excerpts.
        """
        rest = {name: getattr(self, name) for name in ("average_precision", "labelled", "answered")}
        return rates_by_class(self.right, self.labelled, self.answered).assign(**rest)

    def as_dict(self) -> dict:
        """Plain numbers and lists, for JSON; None where an instrument has no average precision."""
        plain = {"n": self.n, "songs": self.songs, "unanswered": self.unanswered}
        for name, measure in self.measures().items():
            plain |= {name: measure.value, f"{name}_interval": list(measure.interval)}
        table = self.per_class().astype({"average_precision": object})
        table = table.where(table["labelled"] > 0, table.assign(average_precision=None))
        return {**plain, "per_class": table.to_dict("index")}


def score(
    labels: ArrayLike, answers: ArrayLike, values: ArrayLike, songs: Sequence[str], *, seed: int = 0
) -> MultilabelScores:
    """Score answers.

    Parameters
    ----------
    labels : array of bool [shape=(excerpts, 11)]
        Which instruments lead.
    answers : array of bool [shape=(excerpts, 11)]
        Which were named; a row may be empty.
    values : array of float [shape=(excerpts, 11)]
        How much each instrument was believed in, for the measures that rank.
    songs : sequence of str
        The song that each excerpt comes from.
    seed : int
        Of the bootstrap.

    Raises
    ------
    ValueError
        If the four do not belong together, are empty, or a value is no finite number.

    Examples
    --------
    >>> labels = np.eye(11, dtype=bool)[:4]
    >>> score(labels, labels, labels, ["1", "1", "2", "3"]).micro_f1.value
    1.0
    """
    import pandas as pd

    labels, answers, values = np.asarray(labels, bool), np.asarray(answers, bool), np.asarray(values, float)
    if not labels.shape == answers.shape == values.shape == (len(songs), len(CODES)) or not len(songs):
        raise ValueError(
            f"need {len(CODES)} columns and a row an excerpt: got labels {labels.shape}, answers {answers.shape}, "
            f"values {values.shape} and {len(songs)} songs"
        )
    if not np.isfinite(values).all():
        raise ValueError(f"{np.count_nonzero(~np.isfinite(values))} of the values are no finite numbers")
    song = pd.factorize(np.asarray(songs))[0]
    count = int(song.max()) + 1
    # The set itself is the resample that takes every song once.
    draws = np.concatenate([np.ones((1, count)), song_draws(count, seed)])
    precisions = _average_precisions(labels, values, song, draws)
    measured = {**_measure_answers(labels, answers, values, song, draws), "mean_average_precision": _mean(precisions)}
    return MultilabelScores(
        n=len(songs),
        songs=count,
        unanswered=int(np.sum(~answers.any(axis=1))),
        **{name: Measure(float(drawn[0]), interval(drawn[1:])) for name, drawn in measured.items()},
        right=(labels & answers).sum(axis=0),
        labelled=labels.sum(axis=0),
        answered=answers.sum(axis=0),
        average_precision=precisions[0],
    )


def measures(labels: ArrayLike, answers: ArrayLike) -> dict[str, float]:
    """The scores of answers by name, without intervals: fast enough for a curve over many thresholds.

    Parameters
    ----------
    labels, answers
        See `score`.

    Returns
    -------
    dict of str to float
        `micro_precision`, `micro_recall`, `micro_f1`, the same with `macro_`, and `samples_f1`: see `MultilabelScores`.

    Examples
    --------
    >>> labels, answers = np.eye(11, dtype=bool)[:4], np.eye(11, dtype=bool)[[0, 1, 2, 2]]
    >>> measures(labels, answers)["micro_f1"]
    0.75
    """
    labels, answers = np.asarray(labels, bool), np.asarray(answers, bool)
    measured = _measure_answers(labels, answers, answers, np.zeros(len(labels), int), np.ones((1, 1)))
    return {name: float(values[0]) for name, values in measured.items() if name != "lrap"}


def _measure_answers(
    labels: np.ndarray, answers: np.ndarray, values: np.ndarray, song: np.ndarray, draws: np.ndarray
) -> dict[str, np.ndarray]:
    """All measures that are sums over songs, for every resample [shape=(draws,)]."""
    right, labelled, answered = (
        draws @ _by_song(table, song) for table in (labels & answers, labels, answers)
    )  # each of shape (draws, 11)
    micro = precision_recall_f1(*(counts.sum(axis=1) for counts in (right, labelled, answered)))
    occurs = labelled + answered > 0
    macro = (_mean(np.where(occurs, each, np.nan)) for each in precision_recall_f1(right, labelled, answered))
    measured = dict(zip(("micro_precision", "micro_recall", "micro_f1"), micro, strict=True))
    measured |= dict(zip(("macro_precision", "macro_recall", "macro_f1"), macro, strict=True))
    excerpts = draws @ _by_song(np.ones(len(song)), song)
    _, _, f1 = precision_recall_f1(*(table.sum(axis=1) for table in (labels & answers, labels, answers)))
    measured["samples_f1"] = draws @ _by_song(f1, song) / excerpts
    measured["lrap"] = draws @ _by_song(_ranking_precision(labels, values), song) / excerpts
    return measured


def _by_song(table: np.ndarray, song: np.ndarray) -> np.ndarray:
    """Sums of an array's rows over the excerpts of each song."""
    sums = np.zeros((song.max() + 1, *table.shape[1:]))
    np.add.at(sums, song, table)
    return sums


def _mean(values: np.ndarray) -> np.ndarray:
    """Mean of the numbers in each row, NaN left out; 0 where there is none."""
    there = ~np.isnan(values)
    return np.where(there, values, 0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)


def _ranking_precision(labels: np.ndarray, values: np.ndarray) -> np.ndarray:
    """LRAP of each excerpt [shape=(excerpts,)]; 1 where all labels or none are right, whatever the order."""
    at_or_above = values[:, None, :] >= values[:, :, None]
    share = (at_or_above & labels[:, None, :]).sum(axis=2) / at_or_above.sum(axis=2)
    many = labels.sum(axis=1)
    mean = np.where(labels, share, 0).sum(axis=1) / np.maximum(many, 1)
    return np.where((many == 0) | (many == labels.shape[1]), 1.0, mean)


def _average_precisions(labels: np.ndarray, values: np.ndarray, song: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Average precision of each instrument in every resample [shape=(draws, 11)]; NaN without a label."""
    result = np.full((len(draws), labels.shape[1]), np.nan)
    for column in range(labels.shape[1]):
        order = np.argsort(-values[:, column], kind="stable")
        ranked, is_right = values[order, column], labels[order, column]
        last = np.append(ranked[1:] != ranked[:-1], True)  # equal values come in together
        for first in range(0, len(draws), _REPLICATES_AT_ONCE):
            rows = slice(first, first + _REPLICATES_AT_ONCE)
            times = draws[rows][:, song[order]]
            named = np.cumsum(times, axis=1)[:, last]
            right = np.cumsum(times * is_right, axis=1)[:, last]
            precision = np.divide(right, named, out=np.zeros_like(right), where=named > 0)
            gained = (np.diff(right, axis=1, prepend=0) * precision).sum(axis=1)
            np.divide(gained, right[:, -1], out=result[rows, column], where=right[:, -1] > 0)
    return result


@dataclass(frozen=True)
class ConstantScores:
    """What it scores to give every excerpt the same answer, `codes`; see `MultilabelScores`."""

    codes: tuple[str, ...]
    micro_precision: float
    micro_recall: float
    micro_f1: float
    macro_precision: float
    macro_recall: float
    macro_f1: float

    def __str__(self) -> str:
        return f"always {', '.join(self.codes)}: micro F1 {self.micro_f1:.3f}, macro F1 {self.macro_f1:.3f}"


def constant(codes: Iterable[str], labelled: Mapping[str, int], excerpts: int) -> ConstantScores:
    """What it scores to give every excerpt the same answer: nothing but counts is needed.

    Parameters
    ----------
    codes : iterable of str
        The answer.
    labelled : mapping of str to int
        Excerpts that carry each label, such as `testing_set.OFFICIAL_LABELS`.
    excerpts : int
        Number of excerpts.

    Examples
    --------
    >>> print(constant(["voi"], {"voi": 1, "cel": 1}, excerpts=2))
    always voi: micro F1 0.500, macro F1 0.333
    """
    codes = tuple(codes)
    labelled = np.array([labelled.get(code, 0) for code in CODES])
    answered = np.zeros(len(CODES), dtype=int)
    answered[label_indices(codes)] = excerpts
    right = np.where(answered > 0, labelled, 0)
    micro = precision_recall_f1(right.sum(), labelled.sum(), answered.sum())
    occurs = labelled + answered > 0
    macro = (each[occurs].mean() for each in precision_recall_f1(right, labelled, answered))
    return ConstantScores(codes, *map(float, (*micro, *macro)))
