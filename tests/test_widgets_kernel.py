"""The kernel lab: fields, lists and sentence agree with a convolution worked out elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal

from irmas_helpers import widgets
from irmas_helpers.widgets import _kernel

# Silence, then one note: band 40 sounds from frame 50 on.
NOTE = np.full((128, 130), -80.0)
NOTE[40, 50:] = 0.0
RANDOM = np.random.default_rng(0).uniform(-80, 0, (128, 130))


@pytest.fixture
def lab():
    return widgets.kernel_lab({"a note": NOTE, "noise": RANDOM})


@pytest.mark.parametrize("shape", [(3, 3), (5, 2)])
def test_the_map_is_scipys_correlation(shape):
    kernel = np.random.default_rng(1).standard_normal(shape)
    wanted = scipy.signal.correlate2d(1 + RANDOM / 80, kernel, mode="valid")
    np.testing.assert_allclose(_kernel.kernel_map(RANDOM, kernel), wanted)
    np.testing.assert_allclose(_kernel.kernel_map(RANDOM, kernel, relu=True), wanted.clip(0))


def test_the_onset_kernel_finds_the_beginning_of_the_note(lab):
    # The strongest place is the first whose last column holds the note: frames 48 to 50, with frame 49 in the middle.
    assert (
        f"The weights sum to 0, so an even surface gives 0. Its largest value, 1.0, is at {49 * 512 / 22050:.2f} s"
        in (lab.text.value)
    )


def test_the_first_row_of_fields_is_the_highest_band(lab):
    for weight in lab.weights:
        weight.value = 0
    lab.weights[0].value = 2  # higher, before
    np.testing.assert_array_equal(lab.kernel, [[0, 0, 0], [0, 0, 0], [2, 0, 0]])
    assert lab.preset.value == "my own"
    assert "sum to 2" in lab.text.value and "loudness" in lab.text.value


def test_every_control_moves_the_picture(lab):
    seen = {lab.picture.value}
    for act in (
        lambda: setattr(lab.preset, "value", "partial (a line across)"),
        lambda: setattr(lab.relu, "value", True),
        lambda: setattr(lab.clip, "value", "noise"),
        lambda: setattr(lab.weights[4], "value", -1.5),
    ):
        act()
        seen.add(lab.picture.value)
    assert len(seen) == 5


def test_a_preset_draws_one_picture_and_ones_own_kernel_none(lab, monkeypatch):
    drawn = []
    monkeypatch.setattr(_kernel, "picture_html", lambda *_: drawn.append(1) or "<img>")
    lab.preset.value = "rising tone"
    assert len(drawn) == 1
    assert [weight.value for weight in lab.weights] == [-1, -1, 2, -1, 2, -1, 2, -1, -1]
    lab.preset.value = "my own"
    assert len(drawn) == 1


def test_a_kernel_of_zeros_is_said_to_tell_nothing(lab):
    for weight in lab.weights:
        weight.value = 0
    assert "tells no place from another" in lab.text.value


def test_without_clips_it_says_so():
    lab = widgets.kernel_lab({})
    assert 'role="alert"' in lab.text.value and "at least one log-mel" in lab.text.value


def test_every_control_has_a_name_for_screen_readers(lab):
    assert len({weight.description for weight in lab.weights}) == 9
    assert all(control.tooltip for control in (lab.clip, lab.preset, *lab.weights))
