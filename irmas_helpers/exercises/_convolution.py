"""Exercises on convolutional networks: parameters of a layer, shapes behind pooling, where overfitting starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ._checks import Checks

CHECKS = Checks()


@CHECKS.of("convolution_parameters")
def convolution_parameters(value: Any, names: Mapping[str, Any]) -> str:
    weights, biases = 5 * 5 * 64 * 32, 32
    if int(value) == weights + biases:
        return f"Right: {int(value):,}, wherever the kernels look."
    if int(value) == weights:
        return "Those are the weights; each kernel also has a bias."
    if int(value) in (5 * 5 * 32, 5 * 5 * 32 + biases):
        return "Each kernel is 5 x 5 for every one of the 64 channels of its input."
    return "Not yet: a kernel has height x width x input channels weights and one bias; how many kernels are there?"


@CHECKS.of("flattened")
def flattened(value: Any, names: Mapping[str, Any]) -> str:
    # Pooled twice the maps are 30 x 31; a 3 x 3 kernel takes one from each side, and pooling halves and rounds down.
    height, width = (30 - 2) // 2, (31 - 2) // 2
    if int(value) == height * width * 64:
        return f"Right: {height} x {width} places of 64 maps, {int(value):,} numbers, less than a sixth of 59,520."
    if int(value) == (30 // 2) * (31 // 2) * 64:
        return "Nearly: a kernel of 3 x 3 without padding makes each map smaller by two before it is pooled."
    return "Not yet: follow height and width through the convolution and the pooling, then multiply by the maps."


@CHECKS.of("turning_point")
def turning_point(value: Any, names: Mapping[str, Any]) -> str:
    epoch, points = value
    curve, accuracies = names["history"]["val_cross_entropy"], names["history"]["val_accuracy"]
    best = int(np.argmin(curve))
    gained = 100 * (accuracies[-1] - accuracies[best])
    if int(epoch) == best:
        return "You counted epochs from 0; the task counts from 1."
    if int(epoch) != best + 1:
        return f"Epoch {int(epoch)} does not have the smallest validation cross-entropy; np.argmin finds it."
    if np.isclose(float(points), gained / 100, atol=1e-3) and not np.isclose(gained, 0, atol=0.2):
        return "The epoch is right; give the gain in points, a hundred times the share."
    if not np.isclose(float(points), gained, atol=0.1):
        return "The epoch is right; the gain is the last validation accuracy minus the one in that epoch."
    return f"Right: from epoch {best + 1} to {len(curve)} the validation accuracy changes by {gained:+.1f} points."
