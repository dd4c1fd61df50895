"""Exercises on dense networks: parameters, the score of always answering one class, the worst confusion."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..instruments import CODES
from ._checks import Checks

CHECKS = Checks()


@CHECKS.of("parameters")
def parameters(value: Any, names: Mapping[str, Any]) -> str:
    sizes = (80, 512, 256, 128, len(CODES))
    weights = sum(inputs * units for inputs, units in itertools.pairwise(sizes))
    if int(value) == weights + sum(sizes[1:]):
        return f"Right: {int(value):,} numbers to learn."
    if int(value) == weights:
        return "Those are the weights; each unit also has a bias."
    return "Not yet: a dense layer has inputs x units weights and one bias a unit; add up the four layers."


@CHECKS.of("largest_class_accuracy")
def largest_class_accuracy(value: Any, names: Mapping[str, Any]) -> str:
    train, test = names["train"], names["test"]
    labels = names["pack"].clips["instrument"].to_numpy()
    largest = names["pack"].clips["instrument"].iloc[train].mode()[0]
    if np.isclose(float(value), np.mean(labels[test] == largest), atol=5e-4):
        return f"Right: always answering {largest} scores {float(value):.1%}; a network has to beat that."
    if float(value) > 1:
        return "Give it as a share between 0 and 1."
    return "Not yet: find the largest class in the training part, then see what share of the test clips it is."


@CHECKS.of("worst_pair")
def worst_pair(value: Any, names: Mapping[str, Any]) -> str:
    true, answer = value
    confusion = np.array(names["scores"].confusion)
    np.fill_diagonal(confusion, 0)
    count = confusion[CODES.index(true), CODES.index(answer)]
    if count == confusion.max():
        return f"Right: {count} clips of {true} are called {answer}, more than of any other pair."
    return f"{count} clips of {true} are called {answer}; some cell off the diagonal holds more."
