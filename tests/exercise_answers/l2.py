"""Penalties by hand, and the recorded difference between two networks."""

from __future__ import annotations

from dataclasses import replace

from irmas_helpers.learning import results

from . import Answer

STOPPING = results.paired("dense_mean_sd_song", "dense_stopped_song")

NAMES: dict[str, object] = {}
# 0.01 * (9 + 16 + 1); log 0.5 / log 0.9999 = 6,931 steps, 64.2 epochs of 108.
ANSWERS = [
    Answer("small_penalty", 0.26, 26, "factor is missing"),
    Answer("half_life", 64.2, 6931, "epochs"),
    Answer("stopping", STOPPING, replace(STOPPING, difference=-STOPPING.difference), "other way round"),
]
