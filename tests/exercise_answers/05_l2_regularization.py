"""Penalties by hand and one's own, fair comparisons, and a p-value among six."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from exercise_answers import Answer


def layer(factor):
    return SimpleNamespace(kernel_regularizer=SimpleNamespace(l2=factor) if factor else None)


def history(*losses):
    return SimpleNamespace(history={"loss": losses})


P_VALUES = [0.0001, 0.0001, 0.0069, 0.0001, 0.609, 0.296]
NAMES = {
    "my_network": SimpleNamespace(layers=[layer(0.01), layer(None)], losses=[0.5]),
    "steps": dict.fromkeys(["scale", "add spread", "stop early", "go to the CNN", "add dropout", "add L2"]),
    "p_values": P_VALUES,
    "penalty": 5.2,
    "tiny": {"after, factor 0.001": 0.75},
    "fitted": 0.94,
    "pack": SimpleNamespace(clips=pd.DataFrame({"instrument": ["cla"]})),
    "row": 0,
    "by_hand": pd.DataFrame({"corrected": [0.0005, 0.016, 0.89, 0.89, 0.89]}),
    "factor_sweep": pd.DataFrame({"gap": [0.21, -0.01], "accuracy": [0.39, 0.22]}),
}
# 0.01 * (9 + 16 + 1); log 0.5 / log 0.9999 = 6,931 steps, 64.2 epochs of 108; the fourth smallest of six: 3 * .0069.
ANSWERS = [
    Answer("small_penalty", 0.26, 26, "factor is missing"),
    Answer("small_penalty", 0.26, -0.06, "negative weight pays as much"),
    Answer("my_penalty", history(3.0, 1.2), history(1.2, 3.0), "it should fall"),
    Answer("my_penalty", history(3.0, 1.2), SimpleNamespace(layers=[]), "That is the network"),
    Answer("my_penalty", {"loss": [3.0, 1.2]}, history(3.0, float("inf")), "no number any more"),
    Answer("half_life", 64.2, 6931, "epochs"),
    Answer("half_life", 64.2, 46.3, "of what is left"),
    Answer("fair_comparisons", ["b", "d", "f"], ["a", "b", "d", "f"], "siblings"),
    Answer("fair_comparisons", {"B", "D", "F"}, ["b", "d"], "not unfair"),
    Answer("fair_comparisons", "bdf", ["f"], "One is missing"),
    Answer("fair_comparisons", "bdf", ["b", "d", "e", "f"], "training time"),
    Answer("stopping_corrected", 0.0207, 0.0069, "six were made"),
    Answer("stopping_corrected", 0.0207, 0.0414, "Bonferroni"),
    Answer("my_answers", {"one": "pia", "two": "org"}, {"one": "pia"}, "two networks at least"),
    Answer("my_answers", {"one": "pia", "two": "pia"}, {"one": 6, "two": 7}, "no instrument codes"),
]
