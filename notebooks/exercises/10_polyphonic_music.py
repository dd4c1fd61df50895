"""Exercises on music with several instruments: a constant answer, joined labels, a threshold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from irmas_helpers.exercises import Checks
from irmas_helpers.instruments import CODES

CHECKS = Checks()


@CHECKS.of("always_voice")
def always_voice(value: Any, names: Mapping[str, Any]) -> str:
    from irmas_helpers.data.testing_set import OFFICIAL_EXCERPTS, OFFICIAL_LABELS
    from irmas_helpers.scoring.multilabel import constant

    right = constant(["voi"], OFFICIAL_LABELS, OFFICIAL_EXCERPTS)
    if np.isclose(float(value), right.micro_f1, atol=5e-4):
        return f"Right: {right.micro_f1:.3f}, for a network that listens to nothing."
    if np.isclose(float(value), right.micro_precision, atol=5e-4):
        return "That is the precision: the share of the answers that is right."
    if np.isclose(float(value), right.micro_recall, atol=5e-4):
        return "That is the recall: the share of the labels that is found."
    return "Not yet: twice the right answers, divided by answers plus labels; there is one answer an excerpt."


@CHECKS.of("join")
def join(value: Any, names: Mapping[str, Any]) -> str:
    first, second = np.zeros(len(CODES)), np.zeros(len(CODES))
    first[[4, 10]], second[[6, 10]] = 1, 1
    joined = np.asarray(value(first.copy(), second.copy()), dtype=float)
    if joined.shape == first.shape and np.allclose(joined, np.maximum(first, second)):
        return "Right: what is in either clip is in the mixture, once."
    if np.allclose(joined, first + second):
        return "Nearly: an instrument that is in both clips must have a 1, too."
    if np.allclose(joined, (first + second) / 2):
        return "Those are shares, as for a softmax; here each instrument has a yes or no of its own."
    return "Not yet: the result has 11 numbers, 1 for what is in the first clip or in the second."


@CHECKS.of("own_threshold")
def own_threshold(value: Any, names: Mapping[str, Any]) -> str:
    from irmas_helpers.answers.polyphonic import best_threshold, decide

    judged, number = names["judged"]["mixtures"], float(value)
    part = judged.select(np.isin(judged.songs, np.unique(judged.songs)[:8]))
    answers = decide(part.values, best_threshold(part.values, part.labels))
    if not 0 <= number <= 1:
        return "Assign one number between 0 and 1."
    if np.array_equal(decide(part.values, number), answers):
        return f"Right: {number:.3f}. Another network, or eight other songs, would give another one."
    if np.isclose(number, best_threshold(judged.values, judged.labels)):
        return "That was chosen on all songs; take the first eight alone, and the others stay unseen."
    return "Not yet: select the excerpts of the first eight songs, then ask polyphonic.best_threshold."
