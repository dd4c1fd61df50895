"""Nine songs: piano leads in each, the first eight values part it from a wrong voice, in the ninth they are lower."""

from __future__ import annotations

import numpy as np

from exercise_answers import Answer
from irmas_helpers.answers.polyphonic import Judged

LEADS = np.zeros((9, 11), dtype=bool)
LEADS[:, 6] = True
VALUES = np.zeros((9, 11))
VALUES[:, 6], VALUES[:, 10] = 0.7, 0.5
VALUES[8, [6, 10]] = 0.1, 0.0

NAMES = {"judged": {"mixtures": Judged(VALUES, LEADS, np.array(list("abcdefghi")), np.ones(9, int), np.zeros(9, bool))}}
# 2 * 1,044 / (2,874 + 4,917) and 1,044 / 2,874; a label in both clips stays 1; 0.6 parts right from wrong.
ANSWERS = [
    Answer("always_voice", 0.2680, 0.3633, "precision"),
    Answer("join", np.maximum, np.add, "both clips"),
    Answer("own_threshold", 0.6, 0.2, "first eight songs"),
]
