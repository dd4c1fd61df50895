"""Forty answers, the surer the more often right; seven clips with two doubted violins; ten songs to draw from."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

from exercise_answers import Answer
from irmas_helpers.instruments import CODES
from irmas_helpers.scoring.evaluation import Difference

# Ten answers each at 0.9, 0.8, 0.7 and 0.6, of which 0, 1, 2 and 5 are wrong: all are class 0, some clips class 1.
SURE, WRONG = (0.9, 0.8, 0.7, 0.6), (0, 1, 2, 5)
TEMPERED = np.zeros((40, 11))
TEMPERED[:, 0] = np.repeat(SURE, 10)
TEMPERED[:, 1] = 1 - TEMPERED[:, 0]
TRUE = np.concatenate([np.repeat([1, 0], (wrong, 10 - wrong)) for wrong in WRONG])
FOLD = np.tile([0, 1, 2, 3], 10)
FOLD[[20, 30]] = 4  # one wrong answer at 0.7 and one at 0.6

# Three violins, two of them doubted, a cello, and three flutes of two songs; all but the first two are called organ.
HEARD = pd.DataFrame(0.05, index=range(7), columns=list(CODES)).assign(instrument=["vio"] * 3 + ["cel"] + ["flu"] * 3)
HEARD.loc[:1, "vio"] = 0.01
HEARD["answer"] = ["vio"] * 2 + ["org"] * 5
HEARD["right"] = HEARD["answer"] == HEARD["instrument"]
HEARD["song"] = list("abcdeef")

SONGS = np.repeat([f"{number:04d}" for number in range(10)], 2)
CLIPS = pd.DataFrame({"song": SONGS, "instrument": "pia"})
HALF = np.arange(8)


class Network:
    def predict(self, numbers, verbose):
        return np.eye(11)[[6] * len(numbers)]


def history(epochs):
    return SimpleNamespace(history={"loss": [1.0] * epochs})


def words(code="pia", probability=0.9, number=10):
    return [(code, probability)] * number


def thresholds(**others):
    return {**{code: 0.95 for code in CODES}, **others}


NAMES = {
    "counts": np.eye(11, dtype=int).tolist(),
    "on_means": pd.DataFrame({"said": [0.79, 0.75], "right": [0.8, 0.85]}),
    "pack": SimpleNamespace(clips=CLIPS),
    "ten": list(range(0, 20, 2)),
    "raw": TEMPERED,
    "tempered": TEMPERED,
    "true": TRUE,
    "fold": FOLD,
    "heard": HEARD,
    "train": np.arange(16),
    "test": np.arange(16, 20),
    "my_half": HALF,
    "my_network": Network(),
    "numbers": np.zeros((20, 3)),
    "labels": np.full(20, 6),
    "pop_violins": HEARD,
    "found": pd.DataFrame({"mean": [0.72, 0.73, 0.75, 0.6]}, index=["cel", "flu", "gel", "vio"]),
    "found_by": {"one": 0.3, "other": 0.36},
    "wrong": 0.2,
    "by_all": (0.1, 0.09, 0.11),
    "differences": {"long: all instead of half": Difference(10, 5, 0.049, (0.03, 0.07), 0.001)},
}
# A bin's distance counts by its clips: 0.4 * 0.15. From 0.8 up 1 answer in 20 is wrong, from 0.7 up 3 in 30, just
# allowed, and 2 in 29 on folds 0 to 3. The temperature is 0.62 by `calibration.fit_temperature`. Two of three violins
# lie below .02, no cello.
ANSWERS = [
    Answer("my_word", words(), words(number=9), "9 pairs"),
    Answer("my_word", words("flu", 0.1), words("piano"), "none of the eleven"),
    Answer("my_word", words(), words(probability=90), "not 90"),
    Answer("called_organ", 2, 3, "Those are the clips"),
    Answer("called_organ", 2, 4, "keep the flutes alone"),
    Answer("my_ece", 0.06, 0.075, "counts by its clips"),
    Answer("my_temperature", 0.62, 1 / 0.62, "Upside down"),
    Answer("my_temperature", 0.62, 1.0, "leaves everything as it is"),
    Answer("my_temperature", 0.62, 33, "not its place"),
    Answer("strict", 0.8, 0.7, "one in twenty"),
    Answer("my_thresholds", thresholds(cel=0.7), thresholds(), "one threshold for all"),
    Answer("my_thresholds", thresholds(cel=0.7), thresholds(cel=0.6), "more than a tenth"),
    Answer("my_thresholds", thresholds(cel=0.7), thresholds(cel=0.9), "could be"),
    Answer("my_thresholds", thresholds(cel=0.7), {"cel": 0.7}, "have no threshold"),
    Answer("most_doubted", "vio", "cel", "another class has more"),
    Answer("my_half", history(20), history(4), "4 epochs"),
]
