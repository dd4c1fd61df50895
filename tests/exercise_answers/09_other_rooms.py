"""Two small pictures, two bowed tones of a second, a listener who hears violins where they last, and four flutes."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

from exercise_answers import Answer
from irmas_helpers.scoring.evaluation import Difference
from irmas_helpers.sound.audio import SAMPLE_RATE

TONE = np.sin(np.arange(SAMPLE_RATE, dtype=np.float32))
PLAYED = [SimpleNamespace(sound=np.concatenate([np.zeros(2000, np.float32), TONE]))] * 2
PICTURES = {"others": np.array([-70.0, -10.0, -10.0, -10.0]), "alone": np.array([-70.0, -70.0, -70.0, -10.0])}


def named(sounds):
    """A violin is what sounds at its end."""
    return np.array(["vio" if np.abs(sound[-500:]).max() > 0.1 else "pia" for sound in sounds])


def history(epochs=4):
    return SimpleNamespace(history={"loss": [1.0] * epochs})


def prediction(instrument, sure):
    return SimpleNamespace(instrument=instrument, doubt="" if sure else "not sure", probabilities={instrument: 0.5})


NAMES = {
    "pictures": PICTURES,
    "bowed": PLAYED,
    "plucked": PLAYED,
    "named": named,
    "my_history": history(),
    "played_by": np.array(["flu", "flu", "flu", "flu", "cel"]),
    "right_before": np.array([True, True, True, False, False]),
    "one": {"accuracy": 0.51},
    "floors": pd.DataFrame({"gain": [0.1]}, index=pd.MultiIndex.from_tuples([("lone notes", "-60")])),
    "compared": {
        "another room": Difference(66, 66, 0.0, (-0.06, 0.06), 1.0),
        "noise": Difference(66, 66, -0.12, (-0.2, -0.04), 0.01),
        "another microphone": Difference(66, 66, -0.03, (-0.08, 0.0), 0.5),
    },
    "as_violin": [np.array([1, 1, 0]), np.array([0, 0, 0])],
    "outside": {"freesound": {"right": 55}},
    "there": {"chosen": {"foreign sure": 38}},
    "band_before": 0.5,
    "band_after": 0.8,
}


def shortened(sound):
    begins = np.flatnonzero(np.abs(sound) > 0.1)[0]
    return np.where(np.arange(len(sound)) < begins + 0.4 * SAMPLE_RATE, sound, 0)


LINE = "Freesound, 90 recordings, eleventh look: 57 right (95 % interval 53 to 72 %)"

ANSWERS = [
    Answer("quiet_cells", (0.25, 0.75), (0.75, 0.25), "other way round"),
    Answer("quiet_cells", (0.25, 0.75), (25, 75), "per cent"),
    # 20 log10 .05 = -26.02; .95 * -80 = -76; 10 log10 .05 = -13.01; 20 ln .05 = -59.91; 20 log10 (.05 / .95) = -25.58
    Answer("five_per_cent", (-26.02, -76), (-13.01, -76), "not of powers"),
    Answer("five_per_cent", (-26.02, -76), (-59.91, -76), "natural logarithm"),
    Answer("five_per_cent", (-26.02, -76), (-25.58, -76), "the clarinet is silent"),
    Answer("five_per_cent", (-26.02, -76), (-26.02, -4), "The first is right"),
    Answer("short_bow", shortened, lambda sound: sound, "still heard"),
    Answer("short_bow", shortened, lambda sound: sound[:5000], "another length"),
    Answer("short_bow", shortened, lambda sound: 0 * sound, "hardly anything is left"),
    Answer("without_flutes", (0.75, 0.25), (0.75, 1.0), "left out"),
    Answer("without_flutes", (0.75, 0.0), (0.6, 0.0), "named before"),
    Answer("heard_by_both", (prediction("pia", False), prediction("vio", True)), ("pia", "vio"), "names or codes"),
    Answer("card_line", LINE, "57 of 90 recordings of Freesound (53 to 72 %)", "looked at"),
    Answer("card_line", LINE, LINE + " and so on" * 30, "read in passing"),
]
