"""Nine cells and two kernels, two short histories, three labelled clips, a small network of one's own."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

from exercise_answers import Answer

PATCH = np.array([[0.1, 0.7, 0.8], [0.2, 0.7, 0.9], [0.2, 0.7, 0.8]])
ONSET = np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])
PARTIAL = np.array([[-1, -1, -1], [2, 2, 2], [-1, -1, -1]])
MAP = np.tile(np.sin(np.arange(128.0)), (126, 1))


def layer(kind, count, activation="relu"):
    made = type(kind, (), {})()
    made.count_params, made.name = lambda: count, kind.lower()
    made.activation = SimpleNamespace(__name__=activation)
    return made


def network(convolution="Conv2D", behind=5_000, outputs=11, activation="softmax", iterations=9):
    """What the check looks at of a Keras model."""
    layers = [layer(convolution, 160), layer("Dense", behind, activation)]
    return SimpleNamespace(
        layers=layers,
        output_shape=(None, outputs),
        optimizer=None if iterations is None else SimpleNamespace(iterations=iterations),
        count_params=lambda: sum(each.count_params() for each in layers),
    )


NAMES = {
    "patch": PATCH,
    "onset": ONSET,
    "partial": PARTIAL,
    "maps": {"onset": MAP},
    "waveform_history": {"accuracy": [0.2, 0.9], "val_accuracy": [0.1, 0.2]},
    "log_mel_history": {"accuracy": [0.3, 0.6, 0.9], "val_loss": [2.0, 1.5, 1.9], "val_accuracy": [0.2, 0.25, 0.5]},
    "nonsense_history": {"accuracy": [0.1, 1.0]},
    "my_history": SimpleNamespace(history={"accuracy": [0.1, 0.4], "val_accuracy": [0.1, 0.25]}),
    "clips": pd.DataFrame({"instrument": ["cel", "flu", "pia", "voi"]}),
    "heard": np.array([1, 2, 3]),
    "table": pd.DataFrame({"group": ["split by clip", "split by song"] * 2, "accuracy": [0.64, 0.52, 0.42, 0.39]}),
}
# By hand: rows of cells sum to 1.6, 1.8 and 1.7, so 2 * 1.8 - 1.6 - 1.7 = 0.3; the onset kernel gives 2.0.
# (20*2+1)*32 and (3*32+1)*64 parameters; 30*31*64*64 weights and 64 biases.
ANSWERS = [
    Answer("partial_number", 0.3, 2.0, "onset kernel"),
    Answer("partial_number", 0.3, 6.9, "negative"),
    Answer("partial_number", 0.3, -1.5, "counts twice"),
    Answer("ending", -ONSET, ONSET, "where a note begins"),
    Answer("ending", -ONSET, PARTIAL, "have to differ"),
    Answer("ending", -ONSET, [[0, 0, 0], [-1, 2, -1], [0, 0, 0]], "just as much"),
    Answer("ending", -ONSET, [[1, 0, 0], [1, 0, 0], [1, 0, 0]], "sum to 3"),
    Answer("ending", -ONSET, [1, 0, -1], "3 rows"),
    Answer("two_layers", (1_312, 6_208), (1_280, 6_144), "bias"),
    Answer("two_layers", (1_312, 6_208), (672, 6_208), "every channel"),
    Answer("two_layers", (1_312, 6_208), (1_312, 256), "every channel"),
    Answer("two_layers", (1_312, 6_208), (6_208, 1_312), "other way round"),
    Answer("two_layers", (1_312, 6_208), (1_312, 5), "The first is right"),
    Answer("turning_point", (2, 25.0), (1, 25.0), "counts from 1"),
    Answer("turning_point", (2, 25.0), (2, 0.25), "in points"),
    Answer("my_cnn", network(), {"accuracy": [0.5]}, "no network"),
    Answer("my_cnn", network(), network("Dense"), "no Conv2D"),
    Answer("my_cnn", network(), network(outputs=12), "eleven"),
    Answer("my_cnn", network(), network(activation="relu"), "softmax"),
    Answer("my_cnn", network(), network(behind=200_000), "fewer numbers"),
    Answer("my_cnn", network(), network(iterations=None), "not compiled"),
    Answer("my_cnn", network(), network(iterations=0), "no step"),
    Answer("my_guesses", ["flu", "pia", "voi"], ["flu", "pia", "sax"], "2 of 3"),
    Answer("my_guesses", ["flu", "pia", "voi"], ["flute", "pia", "voi"], "none of the codes"),
    Answer("my_guesses", ["flu", "pia", "voi"], ["flu"], "3 codes"),
    Answer("behind_flatten", 3_809_344, 3_809_280, "bias"),
    Answer("behind_flatten", 3_809_344, 59_520, "one unit"),
    Answer("behind_flatten", 3_809_344, 59_584, "places of one map"),
    Answer("onset_curve", np.abs(np.cos(np.arange(200.0))), MAP, "first axis"),
    Answer("onset_curve", np.abs(np.cos(np.arange(200.0))), np.ones(126), "other axis"),
    Answer("onset_curve", np.abs(np.cos(np.arange(200.0))), np.cos(np.arange(200.0)), "relu"),
    Answer("onset_curve", np.abs(np.cos(np.arange(200.0))), np.maximum(MAP, 0).mean(axis=0), "of your own"),
]
