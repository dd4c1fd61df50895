"""A toy split and a toy confusion matrix."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from . import Answer
from .exploration import CLIPS

CONFUSION = np.zeros((11, 11), dtype=int)
CONFUSION[8, 7], CONFUSION[0, 9], CONFUSION[0, 0] = 5, 2, 9

NAMES = {
    "pack": SimpleNamespace(clips=CLIPS),
    "train": np.arange(2, 10),
    "test": np.array([4, 0]),
    "scores": SimpleNamespace(confusion=CONFUSION),
}
# Hand-worked: 80*512+512 + 512*256+256 + 256*128+128 + 128*11+11 parameters; voi leads in train, half of test is voi.
ANSWERS = [
    Answer("parameters", 207_115, 206_208, "bias"),
    Answer("largest_class_accuracy", 0.5, 50, "between 0 and 1"),
    Answer("worst_pair", ("tru", "sax"), ("cel", "vio"), "holds more"),
]
