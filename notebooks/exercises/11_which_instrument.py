"""Exercises on using the network: the weight of a window, calibration, a stricter threshold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from irmas_helpers.exercises import Checks

CHECKS = Checks()


@CHECKS.of("window_weight")
def window_weight(value: Any, names: Mapping[str, Any]) -> str:
    if np.isclose(float(value), 0.6):
        return "Right: 0.6, for 12 dB are two fifths of the way to 0."
    if np.isclose(float(value), 0.4):
        return "That is what it loses; how much is left?"
    return "Not yet: the weight falls along a straight line, from 1 at 0 dB to 0 at 30 dB below the loudest."


@CHECKS.of("my_ece")
def my_ece(value: Any, names: Mapping[str, Any]) -> str:
    if np.isclose(float(value), 0.06):
        return "Right: 0.06; 40 of 100 clips are 0.15 off, the others keep their word."
    if np.isclose(float(value), 0.075):
        return "Nearly: a bin counts by its clips, and the two do not hold equally many."
    return "Not yet: a bin's distance is that of its share of right answers from its mean probability."


@CHECKS.of("strict")
def strict(value: Any, names: Mapping[str, Any]) -> str:
    from irmas_helpers.scoring import calibration

    right = calibration.sure_above(names["tempered"], names["true"], 0.05)
    answered = np.mean(names["tempered"].max(axis=1) >= right)
    if np.isclose(float(value), right, atol=0.005):
        return f"Right: {right:.2f}; {answered:.0%} of the clips are still answered."
    if np.isclose(float(value), calibration.sure_above(names["tempered"], names["true"], 0.1), atol=0.005):
        return "That is the threshold for one wrong answer in ten; the task asks for one in twenty."
    return "Not yet: calibration.sure_above takes the probabilities, the true classes and the share of wrong answers."
