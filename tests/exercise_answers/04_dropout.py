"""A dropout of one's own; of two recorded rates the smaller gets lower (see the fixture `recorded`)."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from exercise_answers import Answer


class Dropout:
    rate = 0.2


SPATIAL = SimpleNamespace(difference=0.005, interval=(-0.021, 0.03))
SWEEP = pd.DataFrame({"fitted_accuracy": [0.6, 0.8]})
NAMES = {"rates": (0.25, 0.5), "my_model": SimpleNamespace(layers=[Dropout()]), "sweep": SWEEP, "spatial": SPATIAL}
CURVES = {"cnn_dropout_0.25_song": [2.0, 1.3, 1.5], "cnn_dropout_0.5_song": [2.0, 1.4, 1.4]}


def scaled(values, rate, random):
    return values * (random.random(values.shape) >= rate) / (1 - rate)


def unscaled(values, rate, random):
    return values * (random.random(values.shape) >= rate)


def keeps_what_it_should_drop(values, rate, random):
    return values * (random.random(values.shape) < rate) / rate


def history(epochs):
    return SimpleNamespace(history={"loss": [2.4 - epoch / 10 for epoch in range(epochs)]})


ANSWERS = [
    Answer("my_dropout", scaled, unscaled, "make the rest larger"),
    Answer("my_dropout", scaled, keeps_what_it_should_drop, "it keeps what it should drop"),
    Answer("power_of_two", 896, 512 * 256 * 128, "add"),
    Answer("missing_runs", [(4, 0.5), (2, 0)], [(4, 0.5)], "which other cell is empty"),
    Answer("missing_runs", [(2, 0.0), (4, 0.5)], [(2, 0.5)], "recorded already"),
    Answer("my_dropout_network", history(4), history(3), "3 epochs"),
    Answer("my_dropout_network", history(4), SimpleNamespace(layers=[]), "That is the network"),
    Answer("lowest_validation", (0.25, 2), (0.25, 1), "count the epochs from 1"),
    Answer("lowest_validation", (0.25, 2), (0.5, 2), "another rate gets lower"),
    Answer("my_votes", ["pia"] * 30 + ["org"] * 20, ["pia"] * 8, "8 votes"),
    Answer("my_votes", ["pia"] * 30 + ["org"] * 20, [6] * 50, "no instrument codes"),
]
