"""A walk of 400 places, two fits, shares of sixteen frames."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from exercise_answers import Answer

WALK = np.random.default_rng(0).normal(size=(400, 2))
NAMES = {"walk": WALK, "on_tone": 0.8}


def turned(matrix):
    u, _, v = np.linalg.svd(matrix, full_matrices=False)
    return u @ v


def fits(*kinds, epochs=4):
    """What `fit` returns with each of these optimisers."""
    models = [SimpleNamespace(optimizer=type(kind, (), {})()) for kind in kinds]
    return [SimpleNamespace(model=model, history={"loss": [2.0] * epochs, "accuracy": [0.4] * 4}) for model in models]


def attention(axis):
    """The votes, with a softmax of the scores over that axis."""
    return lambda votes, scores: (np.exp(scores) / np.exp(scores).sum(axis=axis, keepdims=True) * votes).sum(axis=0)


def running(share):
    mean = WALK[300]
    for place in WALK[301:]:
        mean = share * mean + (1 - share) * place
    return mean


# 64 * 65 and 64 * 130 places, times 32 kernels, times 21 weights.
COUNTS = (2_795_520, 5_591_040)
EVEN = np.full(16, 1 / 16)
ANSWERS = [
    Answer("my_orthogonal", turned, np.sign, "each weight's"),
    Answer("my_orthogonal", turned, lambda matrix: matrix, "the matrix itself"),
    Answer("my_orthogonal", turned, lambda matrix: matrix / np.linalg.norm(matrix), "still stronger"),
    Answer("my_fits", fits("AdamW", "Muon"), fits("Muon", "AdamW"), "other way round"),
    Answer("my_fits", fits("AdamW", "Muon"), fits("AdamW", "Muon", epochs=2), "2 epochs"),
    Answer("multiplications", COUNTS, COUNTS[::-1], "other way round"),
    Answer("multiplications", COUNTS, (5_591_040, 11_182_080), "every other band"),
    Answer("multiplications", COUNTS, (87_360, 174_720), "there are 32"),
    Answer("my_attention", attention(0), attention(1), "over the instruments"),
    Answer("my_attention", attention(0), attention(None), "not over everything"),
    Answer("my_attention", attention(0), lambda votes, scores: votes.mean(axis=0), "plain mean"),
    Answer("my_shares", EVEN, np.ones((16, 11)), "one instrument"),
    Answer("my_shares", EVEN, 2 * EVEN, "sum to 2.00"),
    Answer("my_mean", running(0.98), running(0.02), "swapped"),
    Answer("my_mean", running(0.98), WALK[300:].mean(axis=0), "plain mean"),
]
