"""Votes, three parts, variances that add up, corrected p-values, what nesting costs, and trainings of one's own."""

from __future__ import annotations

import numpy as np
import pandas as pd

from exercise_answers import Answer
from irmas_helpers.instruments import CODES

# Four songs of two clips for each of two instruments: positions 0 to 15, a song every two.
CLIPS = pd.DataFrame(
    {"song": np.repeat([f"{song:04}" for song in range(8)], 2), "instrument": np.repeat(["cel", "voi"], 8)}
)
FIT, VALIDATION, TEST = np.array([0, 1, 2, 3, 8, 9, 10, 11]), np.array([4, 5, 12, 13]), np.array([6, 7, 14, 15])
ON_VALIDATION = np.array([0.55, 0.63, 0.56])
P_VALUES = [0.0001, 0.004, 0.03, 0.2, 0.5]

NAMES = {
    "clips": CLIPS,
    "own": np.array([0] * 8 + [10] * 8),
    "numbers": np.zeros((16, 80)),
    "disputed": 0,
    "twenty": lambda heard: np.repeat([[0], [3]], [13, 7], axis=0),
    "parts": {"songs": (4e-5, 1798), "one": (2e-5, 4), "other": (2e-5, 4)},
    "song_error": 0.005,
    "sd": 0.012,
    "ablations": pd.DataFrame({"p": P_VALUES, "p over songs": [0.0001, 0.0001, 0.001, 0.001, 0.5]}),
    "on_validation": ON_VALIDATION,
    "on_test": np.array([0.56, 0.57, 0.55]),
    "by_seed": pd.DataFrame([[0.65, 0.63, 0.64], [0.64, 0.64, 0.67]]),
    "flattery": [0.0, 0.024, 0.028],
    "opened": pd.DataFrame({"folds": [0.8, 0.515], "sealed": [0.849, 0.57]}),
}
# (8e-5)^2 / (16e-10 / 1798 + 2 * 4e-10 / 4) = 31.9; sqrt(25e-6 + 2 * 144e-6 / 5) = .00909; Holm: 5 * .0001, 4 * .004,
# 3 * .03.
SAME_SONG = (np.array([0, 1, 2, 3, 8, 9, 10, 12]), np.array([4, 5, 11, 13]), TEST)
ONE_CLASS = (np.array([0, 1, 2, 3, 4, 5, 8, 9]), np.array([6, 7]), np.array([10, 11, 12, 13, 14, 15]))
WASTEFUL = (FIT, VALIDATION, np.array([6, 14]))
ANSWERS = [
    Answer("votes_of_twenty", {CODES[0]: 13, CODES[3]: 7}, {CODES[0]: 13}, "one vote each"),
    Answer("votes_of_twenty", {CODES[3]: 7, CODES[0]: 13}, {CODES[0]: 7, CODES[3]: 13}, "how they fall"),
    Answer("votes_of_twenty", {CODES[3]: 7, CODES[0]: 13}, {0: 13, 3: 7}, "no instrument codes"),
    Answer("three_parts", (FIT, VALIDATION, TEST), (FIT, TEST), "asks for three"),
    Answer("three_parts", [FIT, VALIDATION, TEST], SAME_SONG, "keep each song together"),
    Answer("three_parts", [FIT, VALIDATION, TEST], ONE_CLASS, "lacks an instrument"),
    Answer("three_parts", [FIT, VALIDATION, TEST], WASTEFUL, "in no part"),
    Answer("three_parts", [FIT, TEST, VALIDATION], (VALIDATION, FIT, TEST), "the parts hold"),
    Answer("freedom_of_sum", 31.9, 1806, "do not simply add up"),
    Answer("freedom_of_sum", 31.9, 64e-10 / 24e-10, "its own degrees of freedom"),
    Answer("error_of_longer", 0.00909, 0.909, "in points"),
    Answer("error_of_longer", 0.00909, 0.00733, "two recipes"),
    Answer("error_of_longer", 0.00909, 0.0177, "a mean of five"),
    Answer("error_of_longer", 0.00909, 8.26e-5, "take its root"),
    Answer("error_of_longer", 0.00909, 0.005 + 0.012, "not standard errors"),
    Answer("survivors", 2, 3, "without a correction"),
    Answer("survivors", 2, 4, "leaves trainings out"),
    Answer("networks_needed", 110, 105, "one more"),
    Answer("networks_needed", 110, 22, "one outer fold"),
    Answer("networks_needed", 110, 35, "the flattering way"),
    Answer("my_trainings", [0.5, 0.55, 0.6], [0.5, 0.5], "three times"),
    Answer("my_trainings", [0.5, 0.55, 0.6], [1.4, 1.5, 1.6], "the loss first"),
    Answer("my_trainings", [0.5, 0.55, 0.6], [0.5, 0.5, 0.5], "another seed"),
    Answer("my_trainings", [0.5, 0.55, 0.6], [0.1, 0.12, 0.09], "scaled"),
    Answer("my_opinions", ["pia"] * 15 + ["org"] * 5, ["pia"] * 5, "all twenty"),
    Answer("my_opinions", ["pia"] * 15 + ["org"] * 5, [6] * 20, "no instrument codes"),
]
