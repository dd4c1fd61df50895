"""A walk on a toy loss, a toy plane, and what `fit` returns."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from exercise_answers import Answer

RANDOM = np.random.default_rng(0)
CODES = np.repeat(["flu", "sax", "voi"], 20)
INPUTS = RANDOM.standard_normal((60, 40))
INPUTS[:, 2] += np.where(CODES == "flu", 3, -3)


def _walk(rate, steps=10):
    return [np.full(2, abs(1 - rate / 8) ** step) for step in range(steps + 1)]


def _history(optimizer="Adam", epochs=20, last=0.3, parameters=3, steps=6):
    named = type(optimizer, (), {})()
    model = SimpleNamespace(optimizer=named, count_params=lambda: parameters)
    return SimpleNamespace(history={"loss": [0.9, *[last] * (epochs - 1)]}, model=model, params={"steps": steps})


NAMES = {
    "loss": lambda weights: 0.32 + float(np.sum(np.square(weights))),
    "walk": _walk,
    "paths": {rate: [np.zeros(2), np.ones(2), np.ones(2)] for rate in (0.1, 3, 30)},
    "neuron": lambda inputs, weights, bias=0.0: 1 / (1 + np.exp(-(inputs @ weights + bias))),
    "points": np.zeros((60, 2)),
    "codes": CODES,
    "inputs": INPUTS,
    "centre": np.array([100.0, -20.0]),
    "spread": np.array([25.0, 20.0]),
    "recording_mfccs": np.arange(40.0),
}
# By hand: sigmoid(2); ln 2, and (3 x 0.105 + 4.605) / 4; 16 full batches and one of 6 clips; (1 - 100) / 25 and
# (2 + 20) / 20.
ANSWERS = [
    Answer("my_answer", 0.8808, 2, "sigmoid"),
    Answer("my_answer", 0.88, 0.8176, "bias"),
    Answer("my_answer", 0.88, 0.12, "trumpet"),
    Answer("my_losses", (0.693, 1.230), (1.230, 0.693), "other way round"),
    Answer("my_losses", (0.69, 1.23), (-0.693, -1.23), "sign"),
    Answer("my_losses", (0.69, 1.23), (2.773, 4.921), "divide by four"),
    Answer("my_losses", (0.69, 1.23), (0.693, 0.389), "mean of the probabilities"),
    Answer("my_losses", (0.69, 1.23), (1.0, 1.77), "natural"),
    Answer("my_rate", 8, 0.1, "too small"),
    Answer("my_rate", 8, 30, "too large"),
    Answer("my_rate", 8, -3, "climbs"),
    Answer("my_steps", 1275, 17, "one epoch"),
    Answer("my_steps", 1275, 1200, "last, smaller batch"),
    Answer("my_steps", 1275, 1214.06, "fractions"),
    Answer("my_steps", 1275, 38_850, "looks at 32"),
    Answer("my_history", _history(), SimpleNamespace(), "fit returns"),
    Answer("my_history", _history(), SimpleNamespace(layers=[], history=None), "That is the network"),
    Answer("my_history", _history(), _history("SGD"), "asks for Adam"),
    Answer("my_history", _history(), _history(epochs=10), "asks for 20"),
    Answer("my_history", _history(), _history(parameters=2), "two weights and a bias"),
    Answer("my_history", _history(), _history(steps=2), "batches of 10"),
    Answer("my_history", _history(), _history(last=0.8), "learning rate"),
    Answer("my_pair", (1, 2), (3, 4), "less overlap"),
    Answer("my_pair", (2, 1), (2, 2), "two different"),
    Answer("my_point", (-3.96, 1.1), (1, 2), "scale them"),
    Answer("my_point", np.array([-3.96, 1.1]), (-99, 22), "divide by the spread"),
    Answer("my_point", np.array([-3.96, 1.1]), (0, 1, 2), "has two"),
]
