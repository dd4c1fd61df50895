"""Maps find the region that an answer depends on, and their scores tell the right order from the wrong one."""

from __future__ import annotations

import numpy as np
import pytest

from research import measure_explanation as measure

CELL = (5, 9)  # the only region that the answer depends on


class OneRegion:
    """An answer that rises with the mean level of one region, and the slope of its logarithm."""

    code = 0

    def __call__(self, clips):
        return np.exp([measure.pooled(clip)[CELL] / 40 for clip in clips])

    def gradients(self, clips):
        slope = np.zeros((measure.BANDS, measure.FRAMES))
        slope[CELL] = 1 / 40 / 160
        return np.broadcast_to(measure.spread(slope), clips.shape)


@pytest.fixture
def clip():
    return np.random.default_rng(0).uniform(-60, 0, (128, 130)).astype(np.float32)


@pytest.mark.parametrize("name", ["gradient_times_input", "integrated_gradients", "random_masks"])
def test_a_map_is_largest_where_the_answer_comes_from(clip, name):
    values = measure.METHODS[name](OneRegion(), clip, np.random.default_rng(1))
    assert np.unravel_index(values.argmax(), values.shape) == CELL


def test_occlusion_spreads_what_it_finds_over_the_patches_that_cover_it(clip):
    values = measure.occlusion(OneRegion(), clip, np.random.default_rng(1))
    assert values[CELL] == values.max()
    assert values[CELL] > values[CELL[0], CELL[1] - 2] > values[CELL[0], CELL[1] - 4]


def test_integrated_gradients_add_up_to_the_answer(clip):
    network = OneRegion()
    values = measure.integrated_gradients(network, clip, np.random.default_rng(1))
    silent = np.full_like(clip, measure.SILENCE)
    gain = np.diff(np.log(network(np.stack([silent, clip]))))[0]
    assert 160 * values.sum() == pytest.approx(gain, rel=1e-4)


def test_the_right_order_scores_more_than_none_and_the_wrong_one_less(clip):
    network, silence = OneRegion(), np.full((128, 130), measure.SILENCE)
    right = np.zeros((measure.BANDS, measure.FRAMES))
    right[CELL] = 1
    best, worst = (measure.score(*measure.curves(network, clip, silence, sign * right)) for sign in (1, -1))
    most = np.subtract(*network(np.stack([clip, silence])))  # with one region at once, and with the last one at last
    assert most > best > 0.9 * most
    assert -most < worst < -0.5 * most


def test_a_control_at_equal_loudness_moves_values_within_groups_of_eight(clip):
    values = np.arange(measure.REGIONS).reshape(measure.BANDS, measure.FRAMES)
    moved = measure.shuffled_where_equally_loud(values, clip, np.random.default_rng(2))
    order = np.argsort(measure.loudness(clip), axis=None)
    assert not np.array_equal(moved, values)
    for first in range(0, measure.REGIONS, 8):
        group = order[first : first + 8]
        assert sorted(moved.ravel()[group]) == sorted(values.ravel()[group])
