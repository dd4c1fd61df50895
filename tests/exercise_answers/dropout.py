"""A dropout of one's own; of two recorded rates the smaller ends lower (see the fixture `answer`)."""

from __future__ import annotations

from . import Answer

NAMES = {"rates": (0.25, 0.5)}
ENDS = {"cnn_dropout_0.25_song": 0.3, "cnn_dropout_0.5_song": 0.4}


def scaled(values, rate, random):
    return values * (random.random(values.shape) >= rate) / (1 - rate)


def unscaled(values, rate, random):
    return values * (random.random(values.shape) >= rate)


ANSWERS = [
    Answer("my_dropout", scaled, unscaled, "make the rest larger"),
    Answer("power_of_two", 896, 512 * 256 * 128, "add"),
    Answer("lowest_rate", 0.25, 0.5, "another rate ends lower"),
]
