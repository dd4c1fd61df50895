"""A toy set, a toy network, a toy confusion matrix and a toy answer."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

from exercise_answers import Answer

CONFUSION = np.zeros((11, 11), dtype=int)
CONFUSION[8, 7], CONFUSION[0, 9], CONFUSION[0, 0] = 5, 2, 9
CLIPS = pd.DataFrame({"song": [f"{number:04d}" for number in np.arange(20) // 2]})
LABELS = np.arange(20) % 11
WINDOWS = [SimpleNamespace(probabilities={"sax": share, "flu": 1 - share}) for share in (0.9, 0.6, 0.7, 0.2)]


class Normalization:
    pass


SCALING = Normalization()


class Network:
    """Answers rightly, or always with cello."""

    def __init__(self, right=True, layers=(SCALING,), outputs=11, total=1.0):
        self.layers, self.output_shape = layers, (None, outputs)
        self._right, self._total = right, total

    def __call__(self, inputs):
        chosen = inputs[:, 0].astype(int) if self._right else np.zeros(len(inputs), int)
        return self._total * np.eye(11)[chosen]


NAMES = {
    "pack": SimpleNamespace(clips=CLIPS),
    "means": LABELS[:, None].astype(float),
    "labels": LABELS,
    "clip_test": np.arange(1, 11),
    "scores": SimpleNamespace(confusion=CONFUSION),
    "answer": SimpleNamespace(windows=WINDOWS, instrument="sax"),
    "fitted": SimpleNamespace(history={"val_accuracy": [0.1, 0.46]}),
    "accuracies": {-20: 0.1, 20: 0.6},
    "by_clip": np.array([0.7, 0.8]),
    "by_song": np.array([0.5, 0.6]),
}
# Hand-worked: 80*512+512 + 512*256+256 + 256*128+128 + 128*11+11 parameters; sax comes first in 3 of 4 windows.
ANSWERS = [
    Answer("parameters", 207_115, 206_208, "bias"),
    Answer("parameters", 207_115, 186_635, "40 inputs"),
    Answer("parameters", 207_115, 41_472, "first layer"),
    Answer("my_network", Network(), SimpleNamespace(history={}), "not what fit returns"),
    Answer("my_network", Network(), Network(layers=("x",)), "right behind the input"),
    Answer("my_network", Network(), Network(outputs=12), "12 outputs"),
    Answer("my_network", Network(), Network(total=2.0), "softmax"),
    Answer("my_network", Network(), Network(right=False), "Did you call fit"),
    Answer("my_parts", (np.arange(12), np.arange(12, 16), np.arange(16, 20)), (range(10), range(10, 20)), "2 parts"),
    Answer("my_parts", (range(12), range(12, 16), range(16, 20)), (range(12), range(4), range(16, 20)), "rest[...]"),
    Answer("my_parts", (range(12), range(12, 16), range(16, 20)), (range(11), range(11, 16), range(16, 20)), "by song"),
    Answer("my_parts", (range(12), range(12, 16), range(16, 20)), (range(8), range(8, 16), range(16, 20)), "half"),
    Answer("worst_pair", ("tru", "sax"), (8, 7), "no codes"),
    Answer("worst_pair", ("tru", "sax"), ("cel", "vio"), "holds more"),
    Answer("worst_pair", ("tru", "sax"), ("sax", "tru"), "other way round"),
    Answer("worst_pair", ("tru", "sax"), ("cel", "cel"), "diagonal"),
    Answer("my_share", 0.75, 3, "between 0 and 1"),
    Answer("my_share", 0.75, 0.25, "disagrees"),
]
