"""An exercise on using the network: the weight of a window."""

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
