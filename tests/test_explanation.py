"""A sound can be filtered by an explanation."""

from __future__ import annotations

import numpy as np

from irmas_helpers.answers import explanation


def test_the_sound_keeps_what_the_map_points_at():
    time = np.arange(66_150) / 22_050
    low, high = (np.sin(2 * np.pi * hertz * time).astype(np.float32) for hertz in (300, 4000))
    lower = np.where(np.arange(128)[:, None] < 40, 1.0, 0.0) * np.ones(130)  # bands up to 1,100 Hz
    kept = explanation.audible(low + high, lower)
    assert kept.shape == low.shape
    inner = slice(4096, -4096)
    np.testing.assert_allclose(kept[inner], low[inner], atol=0.01)


def test_where_nothing_is_kept_nothing_is_heard():
    assert not explanation.audible(np.ones(66_150, dtype=np.float32), np.zeros((128, 130))).any()
