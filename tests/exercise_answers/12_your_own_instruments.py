"""Twenty clips of ten songs, a curve over three sizes, a layer that answers by heart, and folders of silent files."""

from __future__ import annotations

import atexit
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import numpy as np
import pandas as pd

from exercise_answers import Answer

RECORDINGS = pd.DataFrame({"instrument": ["banjo", "oboe"] * 10, "song": np.repeat([str(n) for n in range(10)], 2)})
Y = np.arange(20) % 8
BY_CLIP = [(np.setdiff1d(np.arange(20), np.arange(k, 20, 5)), np.arange(k, 20, 5)) for k in range(5)]
BY_SONG = [(np.setdiff1d(np.arange(20), np.arange(k, k + 4)), np.arange(k, k + 4)) for k in range(0, 20, 4)]
WITH_ITSELF = [(np.arange(20), test) for _, test in BY_CLIP]

_PLACE = TemporaryDirectory()
atexit.register(_PLACE.cleanup)


def folder(name: str, *paths: str) -> Path:
    """A folder of files that are called like sounds; no text, for its name would be in the names of tests."""
    for path in paths:
        file = Path(_PLACE.name, name, path)
        file.parent.mkdir(parents=True)
        file.write_text(path)
    return Path(_PLACE.name, name)


class Layer(SimpleNamespace):
    """Answers with what it was made with."""

    def __call__(self, rows):
        return self.said[: len(rows)]


def layer(said, taken=240):
    return Layer(said=said, input_shape=(None, taken), output_shape=(None, said.shape[1]))


RIGHT = np.eye(8)[Y]

NAMES = {
    "recordings": RECORDINGS,
    "honest": SimpleNamespace(accuracy=0.9, interval=(0.8, 0.95)),
    "probe_scores": lambda folds: SimpleNamespace(accuracy=0.95),
    "answers": [SimpleNamespace(known=False)] * 20 + [SimpleNamespace(known=True)] * 13,
    "curve": pd.DataFrame({"accuracy": [0.2, 0.5, 0.8], "low": [0.1, 0.3, 0.7]}, index=[1, 2, 5]),
    "test": np.arange(20),
    "y": Y,
    "scaled": np.zeros((20, 240)),
    "called": np.array(["gac"] * 20),
    "fresh_right": np.array([True, False, False, False]),
    "probe_right": np.array([True, True, True, False]),
    "known_before": np.array([True, True]),
    "known_after": np.array([True, False]),
    "by_bank": pd.DataFrame({"FluidR3": [0.67]}, index=["TimGM6mb"]),
    "foreign": {"ours": {"right": 10, "same player": 0.98}},
}

TWO_SOURCES = folder("two", "oboe/a/1.wav", "oboe/b/2.wav", "horn/c/3.wav", "horn/d/4.wav")
ONE_SOURCE = folder("one", "oboe/a/1.wav", "horn/c/3.wav", "horn/d/4.wav")

ANSWERS = [
    Answer("probe_weights", 1928, 1920, "a bias"),
    Answer("probe_weights", 1928, 248, "multiply"),
    Answer("spoiled_split", BY_CLIP, BY_SONG, "have a sibling"),
    Answer("spoiled_split", BY_CLIP, BY_CLIP[:4], "asks for five"),
    Answer("spoiled_split", BY_CLIP, BY_CLIP[:4] + BY_CLIP[:1], "exactly one"),
    Answer("spoiled_split", BY_CLIP, WITH_ITSELF, "on both sides"),
    Answer("above_guessing", 2, 5, "with fewer"),
    Answer("above_guessing", 2, 1, "lower end"),
    Answer("above_guessing", 2, 3, "one of the numbers"),
    Answer("layer_by_hand", layer(RIGHT), layer(RIGHT, taken=20), "240 and eight"),
    Answer("layer_by_hand", layer(RIGHT), layer(2 * RIGHT), "softmax"),
    Answer("layer_by_hand", layer(RIGHT), layer(np.roll(RIGHT, 1, axis=1)), "has it been fitted"),
    Answer("own_folder", TWO_SOURCES, ONE_SOURCE, "not scored"),
]
