"""Two recipes compared, a small network, four budgets, versions of a clip."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

from exercise_answers import Answer


def compared(fitted, accuracy):
    return pd.DataFrame({"fitted_accuracy": fitted, "accuracy": accuracy})


def network(*kinds):
    layers = [type(kind, (), {})() for kind in kinds]
    return SimpleNamespace(layers=layers, count_params=lambda: 24_000, predict=lambda inputs, verbose: np.eye(11)[:4])


def history(epochs, **more):
    return SimpleNamespace(history={"loss": [2.0] * epochs, "accuracy": [0.5] * epochs, **more})


BLOCKS = ("Conv2D", "BatchNormalization", "Activation") * 3
BUDGETS = pd.DataFrame(
    {
        "way": ["unchanged", "unchanged", "augmented", "augmented"],
        "epochs": [24, 72, 24, 72],
        "accuracy": [0.70, 0.72, 0.65, 0.75],
    }
)
NAMES = {
    "first": compared([0.6, 0.9], [0.39, 0.58]),
    "second": compared([0.9, 0.9], [0.58, 0.54]),
    "third": compared([0.9, 1.0], [0.54, 0.7]),
    "fourth": compared([1.0, 0.8], [0.7, 0.68]),
    "budgets": BUDGETS,
    "my_network": network(*BLOCKS, "GlobalAveragePooling2D", "Dense"),
    "inputs": np.zeros((4, 128, 130)),
    "labels": np.array([0, 1, 2, 5]),
}
CLIP = np.linspace(-80, 0, 128)[:, None] * np.ones(130)


def normalised(*axes):
    """A normalisation over these axes."""
    return lambda values: (values - values.mean(axes, keepdims=True)) / values.std(axes, keepdims=True)


# 128 * 11 + 11 and 32 * 128 * 11 + 11; 0.9 + 0.1 / 11; 20 log10 9; 72 - 70 and 75 - 72 points.
ANSWERS = [
    Answer("last_layer", (1_419, 45_067), (1_408, 45_056), "bias"),
    Answer("last_layer", (1_419, 45_067), (45_067, 1_419), "other way round"),
    Answer("my_normalise", normalised(0, 1, 2), normalised(1, 2), "within each clip"),
    Answer("my_normalise", normalised(0, 1, 2), normalised(0), "for each place"),
    Answer("my_normalise", normalised(0, 1, 2), normalised(0, 1, 2, 3), "all maps together"),
    Answer("my_normalise", normalised(0, 1, 2), lambda values: values - values.mean((0, 1, 2)), "now the spread"),
    Answer("my_normalise", normalised(0, 1, 2), lambda values: values.mean((0, 1, 2)), "shape"),
    Answer("my_pooled_network", history(6), history(4), "4 epochs"),
    Answer("my_pooled_network", history(6), SimpleNamespace(history={"loss": [2.0] * 6}), "metrics"),
    Answer("smoothed_target", (0.90909, 0.00909), (0.9, 0.01), "eleven classes"),
    Answer("weaker_by", 19.08, 9.54, "for powers"),
    Answer("weaker_by", -19.08, 20, "guitar has 0.9"),
    Answer("my_points", (2.0, 3.0), (3.0, 2.0), "other way round"),
    Answer("my_points", (2.0, 3.0), (0.02, 0.03), "percentage points"),
    Answer("my_points", (2.0, 3.0), (10.0, 3.0), "without it"),
    Answer("my_points", (2.0, 3.0), (2.0, -5.0), "at 72 epochs"),
    Answer("my_versions", {"a": CLIP, "b": CLIP[::-1], "c": CLIP / 2}, {"a": CLIP, "b": CLIP / 2}, "2 versions"),
    Answer("my_versions", {"a": CLIP, "b": CLIP[::-1], "c": CLIP / 2}, dict.fromkeys("abc", CLIP), "the same"),
    Answer("my_versions", {"a": CLIP, "b": CLIP[::-1], "c": CLIP / 2}, dict.fromkeys("abc", CLIP[None]), "128 bands"),
    Answer("my_versions", {"a": CLIP, "b": CLIP[::-1], "c": CLIP / 2}, dict.fromkeys("abc", CLIP + 90), "-80 to 0"),
]
