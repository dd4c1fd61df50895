"""A window 12 dB below the loudest has lost 12 of 30 parts."""

from __future__ import annotations

from exercise_answers import Answer

NAMES = {}
ANSWERS = [Answer("window_weight", 0.6, 0.4, "how much is left")]
