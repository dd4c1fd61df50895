"""How good is it, and how sure are we: accuracy and macro F1 with intervals that respect songs, confusion, classes.

Clips of one song succeed and fail together, so that intervals come from resampling songs, not clips.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ..instruments import CODES, label_indices
from .resampling import COVERAGE, interval, song_draws

if TYPE_CHECKING:
    import pandas as pd

_SWAPS = 9999


@dataclass(frozen=True)
class Scores:
    """Scores of one set of answers; intervals are 95 % bootstrap intervals over songs."""

    n: int  # clips
    songs: int  # from which they come
    accuracy: float  # share of right answers
    interval: tuple[float, float]  # of the accuracy; says nothing where there is one song
    macro_f1: float  # mean of the F1 of the classes that occur as label or answer
    macro_f1_interval: tuple[float, float]
    confusion: np.ndarray  # clips by true class (rows) and answer (columns) [shape=(classes, classes), dtype=int]
    classes: tuple[str, ...] = CODES  # in the confusion's order
    unit: str = "songs"  # what the intervals resample

    def __str__(self) -> str:
        low, high = self.interval
        unit, sure = self.unit, f"95 % interval {low:.1%} to {high:.1%}"
        if self.songs == 1:  # drawn again, it would give the same score
            unit = unit.removesuffix("s")
            sure = f"all of one {unit}: no interval"
        return (
            f"accuracy {self.accuracy:.1%} ({sure}), "
            f"macro F1 {self.macro_f1:.3f}, n = {self.n} clips of {self.songs} {unit}"
        )

    def per_class(self) -> pd.DataFrame:
        """Precision, recall, F1 and number of clips a class; see `class_table`."""
        return class_table(self.confusion, self.classes)

    def as_dict(self) -> dict:
        """Plain numbers and lists, for JSON."""
        return {
            "n": self.n,
            "songs": self.songs,
            "accuracy": self.accuracy,
            "interval": list(self.interval) if self.songs > 1 else None,
            "macro_f1": self.macro_f1,
            "macro_f1_interval": list(self.macro_f1_interval) if self.songs > 1 else None,
            "per_class": self.per_class().to_dict("index"),
            "confusion": self.confusion.tolist(),
        }


def score(
    true: Sequence[str],
    predicted: Sequence[str],
    songs: Sequence[str],
    *,
    classes: Sequence[str] = CODES,
    unit: str = "songs",
    seed: int = 0,
) -> Scores:
    """Score answers.

    Parameters
    ----------
    true, predicted : sequence of str
        Codes of the labels and of the answers, one a clip.
    songs : sequence of str
        The song, or other source, that each clip comes from.
    classes : sequence of str
        Those that a clip can be of.
    unit : str
        What songs are called, such as sources.
    seed : int
        Of the bootstrap.

    Raises
    ------
    ValueError
        If the three have different lengths or are empty.

    Examples
    --------
    >>> print(score(["cel", "cel", "voi", "voi"], ["cel", "voi", "voi", "voi"], ["1", "1", "2", "2"]))
    accuracy 75.0% (95 % interval 50.0% to 100.0%), macro F1 0.733, n = 4 clips of 2 songs
    """
    import pandas as pd
    from sklearn.metrics import confusion_matrix, f1_score

    if not len(true) == len(predicted) == len(songs) > 0:
        raise ValueError(f"need as many labels ({len(true)}) as answers ({len(predicted)}) and songs ({len(songs)})")
    true, predicted = (np.array(label_indices(each, classes)) for each in (true, predicted))
    accuracies, f1s = _bootstrap(true, predicted, pd.factorize(np.asarray(songs))[0], len(classes), seed)
    return Scores(
        n=len(true),
        songs=len(set(songs)),
        accuracy=float(np.mean(true == predicted)),
        interval=interval(accuracies),
        macro_f1=float(f1_score(true, predicted, average="macro")),
        macro_f1_interval=interval(f1s),
        confusion=confusion_matrix(true, predicted, labels=range(len(classes))),
        classes=tuple(classes),
        unit=unit,
    )


def _bootstrap(
    true: np.ndarray, predicted: np.ndarray, song: np.ndarray, classes: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Accuracy and macro F1 of resamples of the songs."""
    songs = song.max() + 1
    counts = np.zeros((3, songs, classes))  # right, labelled and answered clips a song and class
    np.add.at(counts[0], (song, true), true == predicted)
    np.add.at(counts[1], (song, true), 1)
    np.add.at(counts[2], (song, predicted), 1)
    right, labelled, answered = song_draws(songs, seed) @ counts
    *_, f1 = precision_recall_f1(right, labelled, answered)
    return right.sum(axis=1) / labelled.sum(axis=1), f1.sum(axis=1) / (labelled + answered > 0).sum(axis=1)


@dataclass(frozen=True)
class Difference:
    """How two models' accuracies on the same clips differ; the interval is a 95 % interval."""

    clips: int  # that both were tested on
    songs: int  # from which they come
    difference: float  # accuracy of the second minus that of the first
    interval: tuple[float, float]
    p_value: float  # how often chance alone would make a difference as large, in either direction, of equally good ones
    over: str = "songs"  # what chance draws: songs, where each model was trained once, or songs and trainings

    def __str__(self) -> str:
        low, high = (100 * end for end in self.interval)
        p = f"p = {self.p_value:.3f}" if self.p_value >= 0.001 else "p < 0.001"
        return f"{100 * self.difference:+.1f} points (95 % interval over {self.over} {low:+.1f} to {high:+.1f}), {p}"


def paired(
    first_right: Sequence[int], second_right: Sequence[int], clips: Sequence[int], *, seed: int = 0
) -> Difference:
    """Compare two models on the same clips, song by song.

    The interval resamples songs with replacement; the p-value swaps the two models' answers at random song by song
    (a paired permutation test; Good, Permutation, Parametric and Bootstrap Tests of Hypotheses, 2005).

    Parameters
    ----------
    first_right, second_right : sequence of int [shape=(songs,)]
        How many clips of each song each model got right.
    clips : sequence of int [shape=(songs,)]
        How many clips each song has.
    seed : int
        Of the resamples and the swaps.

    Returns
    -------
    Difference

    Raises
    ------
    ValueError
        If the three have different lengths or are empty.

    Examples
    --------
    >>> print(paired([1, 0, 1, 1], [2, 2, 3, 2], [3, 3, 3, 3]))
    +50.0 points (95 % interval over songs +33.3 to +66.7), p = 0.123
    """
    if not len(first_right) == len(second_right) == len(clips) > 0:
        raise ValueError(f"need a number a song: got {len(first_right)}, {len(second_right)} and {len(clips)}")
    gains, clips = np.subtract(second_right, first_right).astype(float), np.asarray(clips, dtype=float)
    random, songs = np.random.default_rng(seed), len(clips)
    draws = song_draws(songs, random)
    swapped = (random.integers(0, 2, (_SWAPS, songs), dtype=np.int8) * 2 - 1) @ gains
    # The order that was seen is one of those that chance can make.
    as_large = 1 + np.count_nonzero(np.abs(swapped) >= abs(gains.sum()) - 1e-9)
    return Difference(
        clips=int(clips.sum()),
        songs=songs,
        difference=float(gains.sum() / clips.sum()),
        interval=interval((draws @ gains) / (draws @ clips)),
        p_value=as_large / (_SWAPS + 1),
    )


def paired_trainings(
    first_right: np.ndarray, second_right: np.ndarray, clips: Sequence[int], folds: Sequence[int]
) -> Difference:
    """Compare two recipes, each trained several times, on the same clips: songs and trainings are both drawn by chance.

    The variance of the difference is that over songs, of the trainings' means, plus each recipe's variance over
    trainings divided by their number. What depends on song and training together is in both, so that the interval is
    rather too wide than too narrow, as with Owen's pigeonhole bootstrap (Annals of Applied Statistics 1, 2007). Few
    trainings tell little about their variance: interval and p-value come from Student's t with Satterthwaite's degrees
    of freedom (Biometrics Bulletin 2, 1946).

    Parameters
    ----------
    first_right, second_right : numpy.ndarray [shape=(trainings, songs)]
        How many clips of each song each training got right; NaN where it did not test the song.
    clips : sequence of int [shape=(songs,)]
        How many clips each song has.
    folds : sequence of int [shape=(songs,)]
        The fold that tests each song. A training's part in the variance is pooled over the folds that were trained
        more than once.

    Returns
    -------
    Difference

    Raises
    ------
    ValueError
        If a recipe has no fold with two trainings.

    Examples
    --------
    >>> first, second = [[1, 2, 1, 2], [1, 1, 1, 2]], [[3, 3, 2, 3], [3, 2, 3, 3]]
    >>> print(paired_trainings(np.array(first), np.array(second), clips=[4] * 4, folds=[0] * 4))
    +34.4 points (95 % interval over songs and 2 trainings each +15.6 to +53.2), p = 0.007
    """
    from scipy import stats

    clips, folds = np.asarray(clips, dtype=float), np.asarray(folds)
    gains = np.nanmean(second_right, axis=0) - np.nanmean(first_right, axis=0)
    difference, songs = gains.sum() / clips.sum(), len(clips)
    residuals = gains - difference * clips
    parts = [(songs / (songs - 1) * np.sum(residuals**2) / clips.sum() ** 2, songs - 1)]
    parts += [training_variance(right, clips, folds)[1:] for right in (first_right, second_right)]
    variance = sum(part for part, _ in parts)
    freedom = variance**2 / max(sum(part**2 / of for part, of in parts), np.finfo(float).tiny)
    error = np.sqrt(variance)
    half = stats.t.ppf((1 + COVERAGE) / 2, freedom) * error if error else 0.0
    return Difference(
        clips=int(clips.sum()),
        songs=songs,
        difference=float(difference),
        interval=(float(difference - half), float(difference + half)),
        p_value=float(2 * stats.t.sf(abs(difference) / error, freedom)) if error else float(difference == 0),
        over=f"songs and {_trainings(first_right, second_right)} trainings each",
    )


def training_variance(right: np.ndarray, clips: np.ndarray, folds: np.ndarray) -> tuple[float, float, int]:
    """What the chance of training adds to the variance of a recipe's accuracy on all folds together.

    Parameters
    ----------
    right, clips, folds : numpy.ndarray
        As for `paired_trainings`.

    Returns
    -------
    of_one, of_mean : float
        The variance with one training a fold, and that of the mean over all trainings.
    freedom : int
        Their degrees of freedom: trainings less folds, over the folds that were trained more than once.

    Raises
    ------
    ValueError
        If no fold has two trainings.

    Examples
    --------
    >>> of_one, of_mean, freedom = training_variance(np.array([[3, 5], [4, 6]]), np.array([10, 10]), np.zeros(2))
    >>> round(of_one, 6), round(of_mean, 6), freedom  # accuracies of .4 and .5
    (0.005, 0.0025, 1)
    """
    squares, freedom, scales = 0.0, 0, np.zeros(2)
    for fold in np.unique(folds):
        inside = folds == fold
        of_training = right[:, inside].sum(axis=1) / clips[inside].sum()
        of_training = of_training[~np.isnan(of_training)]
        squares += np.sum((of_training - of_training.mean()) ** 2)
        freedom += len(of_training) - 1
        scales += (clips[inside].sum() / clips.sum()) ** 2 / np.array([1, len(of_training)])
    if not freedom:
        raise ValueError("the chance of training needs a fold that was trained twice; record another seed")
    of_one, of_mean = map(float, squares / freedom * scales)
    return of_one, of_mean, freedom


def _trainings(*rights: np.ndarray) -> str:
    """The numbers of trainings a song has had, ``3`` or ``2 to 3``."""
    counts = np.concatenate([np.sum(~np.isnan(right), axis=0) for right in rights])
    return " to ".join(str(count) for count in sorted({int(counts.min()), int(counts.max())}))


def holm(p_values: Sequence[float]) -> np.ndarray:
    """p-values of several comparisons, corrected for their number.

    If none of the differences is real, the chance that any corrected value falls below a limit is at most that limit
    (Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979). The
    comparisons may depend on each other. `scipy.stats.false_discovery_control` answers a milder question: which share
    of what is called real may be chance.

    Parameters
    ----------
    p_values : sequence of float [shape=(comparisons,)]
        Every comparison that was made, the disappointing ones too.

    Returns
    -------
    numpy.ndarray [shape=(comparisons,)]
        In the same order: the smallest times their number, the next times one less and so on, none below one that comes
        before it, none above 1.

    Raises
    ------
    ValueError
        If they are not numbers from 0 to 1 in a row.

    Examples
    --------
    >>> holm([0.04, 0.005, 0.03, 0.5]).round(3).tolist()
    [0.09, 0.02, 0.09, 0.5]
    """
    p_values = np.asarray(p_values, dtype=float)
    if p_values.ndim != 1 or not np.all((p_values >= 0) & (p_values <= 1)):
        raise ValueError(f"need p-values from 0 to 1 in a row: got {p_values}")
    order = np.argsort(p_values, kind="stable")
    times = np.arange(len(p_values), 0, -1)
    corrected = np.empty_like(p_values)
    corrected[order] = np.minimum(np.maximum.accumulate(times * p_values[order]), 1)
    return corrected


def class_table(confusion: np.ndarray, classes: Sequence[str] = CODES) -> pd.DataFrame:
    """Precision, recall and F1 of each class.

    Parameters
    ----------
    confusion : numpy.ndarray [shape=(classes, classes)]
        Clips by true class (rows) and answer (columns).
    classes : sequence of str
        In the confusion's order.

    Returns
    -------
    pandas.DataFrame
        Index: the classes. Columns: `precision`, `recall`, `f1` (0 where there is nothing to divide by) and
        `clips`, the number of clips that carry the label.

    Examples
    --------
    >>> confusion = np.zeros((11, 11), dtype=int)
    >>> confusion[0, [0, 10]] = 3, 1
    >>> class_table(confusion).loc["cel"].round(3).tolist()
    [1.0, 0.75, 0.857, 4.0]
    """
    labelled = confusion.sum(axis=1)
    return rates_by_class(np.diag(confusion), labelled, confusion.sum(axis=0), classes).assign(clips=labelled)


def rates_by_class(
    right: np.ndarray, labelled: np.ndarray, answered: np.ndarray, classes: Sequence[str] = CODES
) -> pd.DataFrame:
    """Columns `precision`, `recall` and `f1` of each class from three counts of each; see `class_table`.

    Examples
    --------
    >>> rates_by_class(np.full(11, 3), np.full(11, 4), np.full(11, 3)).loc["cel"].round(3).tolist()
    [1.0, 0.75, 0.857]
    """
    import pandas as pd

    rates = dict(zip(("precision", "recall", "f1"), precision_recall_f1(right, labelled, answered), strict=True))
    return pd.DataFrame(rates, index=pd.Index(classes, name="instrument"))


def precision_recall_f1(right: ArrayLike, labelled: ArrayLike, answered: ArrayLike) -> tuple[np.ndarray, ...]:
    """The three scores of counts of what was rightly named, labelled and named; 0 where there is nothing to divide by.

    Examples
    --------
    >>> precision_recall_f1(3, 4, 3)
    (array(1.), array(0.75), array(0.85714286))
    """
    pairs = (right, answered), (right, labelled), (2 * right, labelled + answered)
    return tuple(np.divide(part, of, out=np.zeros(np.shape(part)), where=np.greater(of, 0)) for part, of in pairs)


def most_confused(confusion: np.ndarray, pairs: int = 5, classes: Sequence[str] = CODES) -> pd.DataFrame:
    """The largest entries off the diagonal.

    Parameters
    ----------
    confusion : numpy.ndarray [shape=(classes, classes)]
        Clips by true class (rows) and answer (columns).
    pairs : int
        How many to return.
    classes : sequence of str
        In the confusion's order.

    Returns
    -------
    pandas.DataFrame
        Columns `true`, `answer`, `clips`, `share` (of the true class's clips), largest share first.

    Examples
    --------
    >>> confusion = np.zeros((11, 11), dtype=int)
    >>> confusion[0, [0, 10]] = 3, 1
    >>> most_confused(confusion, 1).to_dict("records")
    [{'true': 'cel', 'answer': 'voi', 'clips': 1, 'share': 0.25}]
    """
    import pandas as pd

    labelled = np.maximum(confusion.sum(axis=1), 1)
    rows = [
        (classes[i], classes[j], int(confusion[i, j]), confusion[i, j] / labelled[i])
        for i in range(len(classes))
        for j in range(len(classes))
        if i != j
    ]
    frame = pd.DataFrame(rows, columns=["true", "answer", "clips", "share"])
    return frame.sort_values("share", ascending=False, kind="stable").head(pairs).reset_index(drop=True)
