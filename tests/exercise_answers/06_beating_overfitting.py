"""A smoothed target, a last layer, a quiet guitar."""

from __future__ import annotations

from exercise_answers import Answer

NAMES = {}
# 0.9 + 0.1 / 11; 128 * 11 + 11 and 32 * 128 * 11 + 11; 20 log10 19.
ANSWERS = [
    Answer("smoothed_target", (0.90909, 0.00909), (0.9, 0.01), "eleven classes"),
    Answer("last_layer", (1_419, 45_067), (1_408, 45_056), "bias"),
    Answer("quieter", 25.58, 12.79, "amplitudes"),
]
