"""Exercises on what else helps against overfitting: smoothed labels, pooling, quiet sounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from irmas_helpers.exercises import Checks
from irmas_helpers.instruments import CODES

CHECKS = Checks()


@CHECKS.of("smoothed_target")
def smoothed_target(value: Any, names: Mapping[str, Any]) -> str:
    right, others = (float(number) for number in value)
    share = 0.1 / len(CODES)
    if np.allclose((right, others), (0.9 + share, share), atol=1e-4):
        return f"Right: {0.9 + share:.4f}, and {share:.4f} for each of the ten others; together they sum to 1."
    if np.allclose((right, others), (0.9, 0.1 / 10), atol=1e-4):
        return "Nearly: Keras spreads the smoothing over all eleven classes, the right one among them."
    return "Not yet: take a tenth away from the target, and give an eleventh of it to each class."


@CHECKS.of("last_layer")
def last_layer(value: Any, names: Mapping[str, Any]) -> str:
    maps, classes = 128, len(CODES)
    right = (maps * classes + classes, 4 * 8 * maps * classes + classes)
    behind_mean, behind_flatten = (int(number) for number in value)
    if (behind_mean, behind_flatten) == right:
        return f"Right: {right[0]:,} against {right[1]:,}, and the second one asks for each place of the map anew."
    if (behind_mean, behind_flatten) == (right[0] - classes, right[1] - classes):
        return "Each class has a bias as well."
    if (behind_mean, behind_flatten) == right[::-1]:
        return "The other way round: the mean comes first."
    return "Not yet: the mean leaves one number a map; flatten leaves 4 x 8 of them."


@CHECKS.of("quieter")
def quieter(value: Any, names: Mapping[str, Any]) -> str:
    if np.isclose(float(value), 20 * np.log10(0.95 / 0.05), atol=0.1):
        return "Right: 25.6 dB; a label of 5 % stands for a sound that is hard to hear."
    if np.isclose(float(value), 10 * np.log10(0.95 / 0.05), atol=0.1):
        return "Shares are amplitudes here, not powers."
    return "Not yet: 20 times the logarithm to base ten of the ratio of the amplitudes."
