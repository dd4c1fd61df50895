"""What a network's probabilities are worth: a temperature that makes them honest, and when to say "not sure".

A network that says 90 % should be right nine times in ten. One number, the temperature, is fitted to answers for songs
that the network had not heard (Guo et al., On Calibration of Modern Neural Networks, ICML 2017). It stands in a JSON
file beside the model, with the top probability below which the answer is "not sure".
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ModelError
from ..paths import write_json

if TYPE_CHECKING:
    import pandas as pd

BINS = 15
ERROR_RATE = 0.10
_SMALLEST = 5e-5  # recorded probabilities have four decimals; 0 stands for less than half of the last one
_TEMPERATURES = (0.05, 20.0)


@dataclass(frozen=True)
class Calibration:
    """How to read one model's probabilities, and how well that went on folds that had no say in it."""

    temperature: float  # above 1 the network is too sure, below 1 not sure enough; see `temper`
    threshold: float  # top probability, after `temper`, below which the answer is "not sure"
    error_rate: float  # share of wrong answers, among those given, that the threshold was chosen for
    wrong: float  # share of wrong answers among those given on the other folds
    answered: float  # share of clips that were answered at all
    ece_before: float  # expected calibration error without the temperature
    ece_after: float  # and with one fitted on the other folds
    n: int  # clips that all this rests on
    songs: int  # from which they come
    data: str  # what they are
    recipe: str  # whose networks answered, each for the songs that it had not heard

    def __str__(self) -> str:
        return (
            f"temperature {self.temperature:.2f}; ECE {self.ece_before:.3f} before, {self.ece_after:.3f} after; "
            f'"not sure" below {self.threshold:.2f}: {self.answered:.0%} of the clips are answered, {self.wrong:.0%} '
            f"of those wrongly; n = {self.n} clips of {self.songs} songs, {self.data}, {self.recipe}"
        )


def temper(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities at a temperature: each to the power of 1 / temperature, then scaled to sum 1 again.

    That is a softmax of the network's logits divided by the temperature; the order of the classes stays. What is less
    than 5e-5 counts as 5e-5 first, for recorded probabilities have four decimals and a logarithm needs more than 0.

    Parameters
    ----------
    probabilities : numpy.ndarray [shape=(..., classes)]
        Rows sum to 1.
    temperature : float
        Above 0; 1 changes nothing but what is less than 5e-5.

    Examples
    --------
    >>> temper(np.array([[0.8, 0.2]]), 2.0).round(4).tolist()
    [[0.6667, 0.3333]]
    >>> temper(np.array([[0.999999, 0.000001]]), 1.0).round(6).tolist()
    [[0.99995, 5e-05]]
    """
    logits = np.log(np.maximum(probabilities, _SMALLEST)) / temperature
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def fit_temperature(probabilities: np.ndarray, true: np.ndarray) -> float:
    """The temperature at which the cross-entropy is smallest.

    Parameters
    ----------
    probabilities : numpy.ndarray [shape=(clips, classes)]
        Answers for clips that the network had not heard.
    true : numpy.ndarray of int [shape=(clips,)]
        Positions of the right classes.

    Returns
    -------
    float
        Between 0.05 and 20.

    Examples
    --------
    >>> sure_but_often_wrong = np.tile([0.99, 0.01], (4, 1))
    >>> round(fit_temperature(sure_but_often_wrong, np.array([0, 0, 0, 1])), 1)
    4.2
    """
    import scipy.optimize

    rows = np.arange(len(true))

    def cross_entropy(log_temperature: float) -> float:
        return -np.log(temper(probabilities, np.exp(log_temperature))[rows, true]).mean()

    return float(np.exp(scipy.optimize.minimize_scalar(cross_entropy, bounds=np.log(_TEMPERATURES)).x))


def reliability(probabilities: np.ndarray, true: np.ndarray, bins: int = BINS) -> pd.DataFrame:
    """How often answers are right, by how sure they are.

    Parameters
    ----------
    probabilities : numpy.ndarray [shape=(clips, classes)]
        Rows sum to 1.
    true : numpy.ndarray of int [shape=(clips,)]
        Positions of the right classes.
    bins : int
        The range from 0 to 1 is cut into so many equal parts; a value on an edge belongs to the lower one.

    Returns
    -------
    pandas.DataFrame
        One row a bin: `low` and `high` (its edges), `clips`, and over its clips the mean top probability `confidence`
        and the share of right answers `accuracy`, NaN where there is no clip.

    Examples
    --------
    >>> table = reliability(np.array([[0.9, 0.1], [0.9, 0.1]]), np.array([0, 1]), bins=2)
    >>> table[["clips", "confidence", "accuracy"]].iloc[1].tolist()
    [2.0, 0.9, 0.5]
    """
    import pandas as pd

    top, right = _answers(probabilities, true)
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, top, side="left") - 1, 0, bins - 1)
    clips = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        means = {
            name: np.bincount(place, values, bins) / clips
            for name, values in (("confidence", top), ("accuracy", right))
        }
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "clips": clips, **means})


def ece(probabilities: np.ndarray, true: np.ndarray, bins: int = BINS) -> float:
    """Expected calibration error: the mean distance between confidence and accuracy, bins weighed by their clips.

    Parameters
    ----------
    probabilities, true, bins
        See `reliability`.

    Returns
    -------
    float
        In [0, 1]; 0 where every bin is right as often as it says.

    Examples
    --------
    >>> round(ece(np.array([[0.9, 0.1], [0.9, 0.1]]), np.array([0, 1])), 3)
    0.4
    """
    table = reliability(probabilities, true, bins)
    return float((table["clips"] * (table["confidence"] - table["accuracy"]).abs()).sum() / table["clips"].sum())


def sure_above(probabilities: np.ndarray, true: np.ndarray, error_rate: float = ERROR_RATE) -> float:
    """The smallest top probability to answer from, so that few of the answers given are wrong.

    Parameters
    ----------
    probabilities, true
        See `reliability`.
    error_rate : float
        The largest share of wrong answers among those with that top probability or a larger one.

    Returns
    -------
    float
        1 if no threshold keeps to that share.

    Examples
    --------
    >>> sure_above(np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]]), np.array([0, 0, 1]))
    0.8
    """
    top, right = _answers(probabilities, true)
    order = np.argsort(-top, kind="stable")
    top, wrong = top[order], np.cumsum(~right[order]) / np.arange(1, len(top) + 1)
    last_of_its_value = np.append(top[1:] < top[:-1], True)
    (kept,) = np.nonzero((wrong <= error_rate) & last_of_its_value)
    return float(top[kept[-1]]) if len(kept) else 1.0


def _answers(probabilities: np.ndarray, true: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Top probability of each clip, and whether it stands at the right class."""
    return probabilities.max(axis=1), probabilities.argmax(axis=1) == true


def unseen(
    probabilities: np.ndarray, true: np.ndarray, fold: np.ndarray, error_rate: float = ERROR_RATE
) -> tuple[np.ndarray, np.ndarray]:
    """Each fold's probabilities at the temperature of the other folds, and which clips their threshold answers.

    Parameters
    ----------
    probabilities, true, error_rate
        See `sure_above`.
    fold : numpy.ndarray [shape=(clips,)]
        The fold of each clip.

    Returns
    -------
    tempered : numpy.ndarray [shape=(clips, classes)]
    given : numpy.ndarray [shape=(clips,), dtype=bool]
    """
    tempered, given = np.full_like(probabilities, np.nan), np.zeros(len(true), dtype=bool)
    for one in np.unique(fold):
        here, others = fold == one, fold != one
        temperature = fit_temperature(probabilities[others], true[others])
        threshold = sure_above(temper(probabilities[others], temperature), true[others], error_rate)
        tempered[here] = temper(probabilities[here], temperature)
        given[here] = tempered[here].max(axis=1) >= threshold
    return tempered, given


def fit(
    probabilities: np.ndarray, true: np.ndarray, fold: np.ndarray, error_rate: float = ERROR_RATE, **says: str | int
) -> Calibration:
    """A calibration from what networks said of clips that they had not heard.

    The scores in it are those of temperatures and thresholds fitted without the fold that is scored; its own
    temperature and threshold rest on all folds.

    Parameters
    ----------
    probabilities, true, fold, error_rate
        See `unseen`; there are two folds or more.
    says : str or int
        `songs`, `data` and `recipe` of the calibration.
    """
    tempered, given = unseen(probabilities, true, fold, error_rate)
    temperature = fit_temperature(probabilities, true)
    return Calibration(
        temperature=round(temperature, 4),
        threshold=round(sure_above(temper(probabilities, temperature), true, error_rate), 4),
        error_rate=error_rate,
        wrong=round(float(np.mean(tempered[given].argmax(axis=1) != true[given])), 4) if given.any() else 0.0,
        answered=round(float(given.mean()), 4),
        ece_before=round(ece(probabilities, true), 4),
        ece_after=round(ece(tempered, true), 4),
        n=len(true),
        **says,
    )


def save_calibration(calibration: Calibration, path: str | os.PathLike) -> None:
    """Write a calibration as ``NAME.json`` beside ``NAME.keras``, where `load_calibration` finds it."""
    write_json(path, asdict(calibration))


def load_calibration(model_file: str | os.PathLike) -> Calibration | None:
    """The calibration beside a `.keras` file, of the same name but ending in ``.json``; None where there is none.

    A `ModelError` if the file is no calibration.

    Examples
    --------
    >>> from irmas_helpers.learning.models import DEFAULT_MODEL
    >>> round(load_calibration(DEFAULT_MODEL).temperature, 2)
    0.79
    """
    file = Path(model_file).with_suffix(".json")
    if not file.exists():
        return None
    try:
        calibration = Calibration(**json.loads(file.read_text("utf-8")))
        usable = calibration.temperature > 0 and calibration.threshold >= 0
    except (OSError, ValueError, TypeError):
        usable = False
    if not usable:
        raise ModelError(f"{file}: is no calibration; make it with: python -m irmas_helpers calibrate, or delete it")
    return calibration
