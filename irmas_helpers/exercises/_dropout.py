"""Exercises on dropout: writing it, counting thinned networks, reading recorded runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ._checks import Checks

CHECKS = Checks()


@CHECKS.of("my_dropout")
def my_dropout(value: Any, names: Mapping[str, Any]) -> str:
    rate, ones = 0.2, np.ones((200, 100))
    result = np.asarray(value(ones, rate, np.random.default_rng(0)), dtype=float)
    if result.shape != ones.shape:
        return f"The result has shape {result.shape}; it should have that of the values, {ones.shape}."
    dropped = np.mean(result == 0)
    if np.isclose(dropped, 1 - rate, atol=0.02):
        return f"With rate {rate:g} it drops {dropped:.0%}: it keeps what it should drop."
    if not np.isclose(dropped, rate, atol=0.02):
        return f"With rate {rate:g} it drops {dropped:.0%} of the values."
    if np.array_equal(result, np.asarray(value(ones, rate, np.random.default_rng(1)), dtype=float)):
        return "Another random generator gives the same mask; let `random` draw it."
    if not np.isclose(result.mean(), 1, atol=0.02):
        return f"The right share is dropped, but the mean of ones becomes {result.mean():.2f}; make the rest larger."
    return f"Right: {dropped:.0%} are dropped and the mean stays {result.mean():.2f}."


@CHECKS.of("power_of_two")
def power_of_two(value: Any, names: Mapping[str, Any]) -> str:
    units = (512, 256, 128)
    if int(value) == sum(units):
        return f"Right: 2 to the power of {sum(units)}, a number of {len(str(2 ** sum(units)))} digits."
    if int(value) == np.prod(units):
        return "Every unit of one layer goes with every choice in the others, but a choice is made once a unit: add."
    return "Not yet: each unit is either there or not; how many units stand before a dropout layer?"


@CHECKS.of("lowest_rate")
def lowest_rate(value: Any, names: Mapping[str, Any]) -> str:
    from ..learning import recipes, results

    ends = {}
    for rate in names["rates"]:
        curves = results.folds(recipes.regularised(dropout=rate).name)[0]["history"]
        ends[float(rate)] = curves["cross_entropy"][-1]
    best = min(ends, key=ends.get)
    if np.isclose(float(value), best):
        return f"Right: with rate {best:g} it ends at {ends[best]:.2f}."
    if float(value) not in ends:
        return f"Assign one of the rates: {', '.join(f'{rate:g}' for rate in ends)}."
    return f"With rate {float(value):g} it ends at {ends[float(value)]:.2f}; another rate ends lower."
