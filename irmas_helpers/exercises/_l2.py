"""Exercises on L2: a penalty by hand, how fast weights shrink, two recorded networks compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ._checks import Checks

CHECKS = Checks()


@CHECKS.of("small_penalty")
def small_penalty(value: Any, names: Mapping[str, Any]) -> str:
    squares = sum(weight**2 for weight in (3, -4, 0, 1))
    if np.isclose(float(value), 0.01 * squares):
        return f"Right: {0.01 * squares:g}; the weight of -4 alone pays {0.01 * 16:g}."
    if np.isclose(float(value), squares):
        return "That is the sum of the squares; the factor is missing."
    if np.isclose(float(value), 0.01 * squares / 2):
        return "Keras does not halve the penalty, as some books do."
    return "Not yet: square each weight, add up, multiply by the factor."


@CHECKS.of("half_life")
def half_life(value: Any, names: Mapping[str, Any]) -> str:
    steps_an_epoch, share = 108, 0.001 * 0.1
    steps = np.log(0.5) / np.log(1 - share)
    if np.isclose(float(value), steps / steps_an_epoch, rtol=0.02):
        return f"Right: {steps:,.0f} steps, {steps / steps_an_epoch:.0f} epochs; in ten epochs it does very little."
    if np.isclose(float(value), steps, rtol=0.02):
        return "Those are steps; the task asks for epochs."
    if np.isclose(float(value), 0.5 / share / steps_an_epoch, rtol=0.02):
        return "Nearly: the share is taken of what is left, not of the first value, so that it takes longer."
    return "Not yet: solve (1 - share) ** steps = 0.5, then divide by the steps of an epoch."


@CHECKS.of("stopping")
def stopping(value: Any, names: Mapping[str, Any]) -> str:
    from ..learning import results

    right = results.paired("dense_mean_sd_song", "dense_stopped_song")
    if np.isclose(value.difference, right.difference):
        clear = "leaves 0 out" if max(value.interval) < 0 or min(value.interval) > 0 else "holds 0"
        return f"Right: {value}. The interval {clear}."
    if np.isclose(value.difference, -right.difference):
        return "The other way round: the network that stops comes second."
    return "Those are two other networks; compare dense_mean_sd_song with dense_stopped_song."
