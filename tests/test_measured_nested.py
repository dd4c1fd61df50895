"""The measurement of notebook 07: what its script computes, and that its result holds together."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from irmas_helpers.learning import results
from research import measure_nested


def test_networks_side_by_side_learn_and_a_strong_pull_holds_the_weights_down():
    random = np.random.default_rng(0)
    own = random.integers(0, 11, 200)
    inputs = (np.eye(11)[own] @ random.normal(0, 3, (11, 80)) + random.normal(0, 1, (200, 80))).astype("float32")
    right = measure_nested.right((inputs, own), (0.0, 1.0), np.arange(150), np.arange(150, 200), seed=0)
    assert right.shape == (2, 50)
    assert right[0].mean() > 0.9
    free, held = measure_nested.train(inputs, np.eye(11, dtype="float32")[own], (0.0, 1.0), seed=0)[0]
    assert np.square(held).sum() < 0.25 * np.square(free).sum()


def test_without_songs_the_interval_is_students_over_repetitions():
    each = [0.01, 0.03, 0.02, 0.0]
    told = measure_nested.flattery([{"flattering": 0.5 + gain, "nested": 0.5} for gain in each], None, None)
    low, high = stats.t.interval(0.95, 3, loc=np.mean(each), scale=stats.sem(each))
    assert told["flattery"] == pytest.approx(0.015)
    assert told["interval"] == pytest.approx([low, high])


def test_songs_that_stay_the_same_widen_the_interval():
    rows = [{"flattering": 0.5 + gain, "nested": 0.5} for gain in (0.01, 0.02)]
    gains = np.random.default_rng(0).integers(-2, 3, 100)
    wide = measure_nested.flattery(rows, gains, np.full(100, 3))["sd"]
    assert wide == pytest.approx(np.std([0.01, 0.02], ddof=1))
    alone, both = (measure_nested.flattery(rows * 20, each, np.full(100, 3)) for each in (None, 40 * gains))
    assert np.diff(both["interval"]) > np.diff(alone["interval"])


@pytest.mark.parametrize("scope", measure_nested.SCOPES)
def test_what_was_recorded_is_the_best_outside_and_the_choice_inside(scope):
    measured = results.measured("nested")
    part = measured["scopes"][scope]
    assert len(part["repetitions"]) == measure_nested.SCOPES[scope][1]
    for row in part["repetitions"]:
        assert row["flattering"] == pytest.approx(max(row["outside"]), abs=1e-5)
        places = [measured["factors"].index(factor) for factor in row["chosen"]]
        assert [scores[place] for scores, place in zip(row["inside"], places, strict=True)] == [
            max(scores) for scores in row["inside"]
        ]
    gains = [row["flattering"] - row["nested"] for row in part["repetitions"]]
    assert part["flattery"] == pytest.approx(np.mean(gains))
    assert part["interval"][0] < part["flattery"] < part["interval"][1]
