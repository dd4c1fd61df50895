"""The threshold lab: its sentence counts what a threshold makes of the excerpts."""

from __future__ import annotations

import numpy as np
import pytest

from irmas_helpers import widgets
from irmas_helpers.answers import polyphonic
from irmas_helpers.widgets._threshold import threshold_sentence

# Two excerpts: voice leads in both, piano in the second. Values by hand.
LABELS = np.zeros((2, 11), dtype=bool)
LABELS[:, 10], LABELS[1, 6] = True, True
VALUES = np.zeros((2, 11))
VALUES[0, [10, 4]] = 1.0, 0.6
VALUES[1, [6, 10]] = 1.0, 0.3


def judged(values):
    songs = np.array(["one", "two"])
    return polyphonic.Judged(values, LABELS, songs, np.ones(2, int), np.zeros(2, bool))


# Named at .5: voice and electric guitar, piano; 2 of 3 right, 2 of 3 found. At .65 the guitar is gone: 2 of 2 right.
# Macro: voice 1 of 1 right and 1 of 2 found, 2/3; piano 1; guitar 0 while it is named.
@pytest.mark.parametrize(
    ("threshold", "wanted"),
    [
        (0.5, "3 instruments are named in 2 excerpts, 2 of them rightly; 3 lead. "
         "Precision 0.67, recall 0.67, micro F1 0.67, macro F1 0.56."),
        (0.65, "2 instruments are named in 2 excerpts, 2 of them rightly; 3 lead. "
         "Precision 1.00, recall 0.67, micro F1 0.80, macro F1 0.83."),
    ],
)  # fmt: skip
def test_the_sentence_counts_by_hand(threshold, wanted):
    assert threshold_sentence(judged(VALUES), threshold) == f"Threshold {threshold:.2f}: {wanted}"


def test_slider_and_buttons_move_sentence_and_picture():
    lab = widgets.threshold_lab({"first": judged(VALUES), "second": judged(1 - VALUES)})
    choice, threshold = lab.controls
    assert choice.value == "first" and threshold.value == polyphonic.FIXED_THRESHOLD
    assert threshold_sentence(judged(VALUES), 0.5) in lab.text.value
    seen = {lab.picture.value}
    threshold.value = 0.65
    assert threshold_sentence(judged(VALUES), 0.65) in lab.text.value
    seen.add(lab.picture.value)
    choice.value = "second"
    assert threshold_sentence(judged(1 - VALUES), 0.65) in lab.text.value
    assert len(seen | {lab.picture.value}) == 3
