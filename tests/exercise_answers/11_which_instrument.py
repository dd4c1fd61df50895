"""Forty clips: the surer the answer the more often it is right."""

from __future__ import annotations

import numpy as np

from exercise_answers import Answer

# Ten answers each at 0.9, 0.8, 0.7 and 0.6, of which 0, 1, 2 and 5 are wrong: all are class 0, some clips class 1.
SURE, WRONG = (0.9, 0.8, 0.7, 0.6), (0, 1, 2, 5)
TEMPERED = np.zeros((40, 11))
TEMPERED[:, 0] = np.repeat(SURE, 10)
TEMPERED[:, 1] = 1 - TEMPERED[:, 0]
TRUE = np.concatenate([np.repeat([1, 0], (wrong, 10 - wrong)) for wrong in WRONG])

NAMES = {"tempered": TEMPERED, "true": TRUE}
# From 0.8 up 1 answer in 20 is wrong, from 0.7 up 3 in 30: one in twenty and one in ten, just allowed.
# A window 12 dB below the loudest has lost 12 of 30 parts; a bin's distance counts by its clips: 0.4 * 0.15.
ANSWERS = [
    Answer("window_weight", 0.6, 0.4, "how much is left"),
    Answer("my_ece", 0.06, 0.075, "counts by its clips"),
    Answer("strict", 0.8, 0.7, "one in twenty"),
]
