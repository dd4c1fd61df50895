"""A predictor that always hears a piano, two tables of probabilities, noise, and scores of two maps on four clips."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

from exercise_answers import Answer
from irmas_helpers.instruments import CODES
from irmas_helpers.scoring.evaluation import Difference, score

CHANGES = ("as it is", "noise at -10 dB", "low-pass 2 kHz", "a hall, 3 s", "an octave up")
WHOLE = np.array([0.5, 0.2, *[0.3 / 9] * 9])
HEARD = np.random.default_rng(0).dirichlet(np.ones(11), 104)
_ROWS, _COLUMNS = np.mgrid[:8, :13]
NEAR = np.array([(abs(_ROWS - row) <= 1) & (abs(_COLUMNS - column) <= 1) for row in range(8) for column in range(13)])
PIANO = SimpleNamespace(instrument="pia", probabilities=dict.fromkeys(CODES, 0.03) | {"pia": 0.7}, sure=True)
# Of four cellos three are called clarinet, from two songs; of four flutes two are called organ, of one song.
LABELS, SAID = np.array(["cel"] * 4 + ["flu"] * 4), np.array(["cla"] * 3 + ["cel", "org", "org", "flu", "flu"])
SONGS = list("aabcdddd")
NAMES = {
    "tested": score(LABELS, SAID, SONGS),
    "labels": LABELS,
    "answers": SAID,
    "pack": SimpleNamespace(clips=pd.DataFrame({"song": SONGS})),
    "predictor": SimpleNamespace(predict=lambda path: PIANO),
    "whole": WHOLE,
    "heard": HEARD,
    "near": NEAR,
    "answered": 0,
    "lead": Difference(44, 44, -0.011, (-0.06, 0.04), 0.6),
    "scored": {"the map": 0.5, "shuffled": 0.1, "shifted in time": 0.1, "equally loud": 0.3},
    "others": [0.1, 0.6],
    "the_half": 0.5,
    "after": dict(zip(CHANGES, np.eye(11)[[0, 0, 1, 2, 0]], strict=True)),
    "chances": np.full((5, 11), 1 / 11),
    "real": {"scores": {"silence": {"occlusion": [0.4, 0.3, 0.2, 0.0], "shuffled": [0.0, 0.1, -0.1, 0.1]}}},
}


def rival(index):
    falls = np.log(WHOLE[index]) - np.log(HEARD[:, index])
    return np.tensordot(falls, NEAR, 1) / NEAR.sum(axis=0)


def shuffled(values):
    return np.random.default_rng(0).permutation(values.ravel()).reshape(values.shape)


# A window 12 dB below the loudest has lost 12 of 30 parts.
ANSWERS = [
    Answer("my_forecast", ("song.wav", "pia", 0.8), ("song.wav", "piano", 0.8), "code of an instrument"),
    Answer("my_forecast", ("song.wav", "sax", 0.0), ("song.wav", "sax", 80), "from 0 to 1"),
    Answer("window_weight", 0.6, 0.4, "how much is left"),
    Answer("rival_map", rival(1), rival(0), "the answer itself"),
    Answer("rival_map", rival(1), -rival(1), "wrong sign"),
    Answer("rival_map", rival(1), rival(1).ravel(), "8 by 13"),
    Answer("my_control", shuffled, lambda values: values, "the map itself"),
    Answer("my_control", lambda values: values[:, ::-1], lambda values: 2 * values, "their order is the same"),
    Answer("my_control", lambda values: values[::-1], lambda values: -values, "other places"),
    Answer("my_control", shuffled, lambda values: values.ravel(), "the shape"),
    Answer("second_pair", (2, 1), (3, 2), "first row again"),
    Answer("second_pair", (2, 1), (1, 2), "other way round"),
]
