"""Figures of answers that name several instruments draw what they are given."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score

from irmas_helpers import plots
from irmas_helpers.answers import polyphonic
from irmas_helpers.instruments import CODES

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.random((40, 11)) < 0.3
VALUES = np.where(LABELS, 0.3, 0) + 0.7 * RANDOM.random((40, 11))


@pytest.fixture(autouse=True)
def _no_leaks():
    yield
    plt.close("all")


def test_a_threshold_curve_is_scikit_learns_at_each_threshold():
    curve = polyphonic.threshold_curve(VALUES, LABELS, steps=9)
    np.testing.assert_allclose(curve.index, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
    for threshold, row in curve.iterrows():
        answers = polyphonic.decide(VALUES, threshold)
        for name, score in (("precision", precision_score), ("recall", recall_score), ("f1", f1_score)):
            for average in ("micro", "macro"):
                wanted = score(LABELS, answers, average=average, zero_division=0)
                assert row[f"{average}_{name}"] == pytest.approx(wanted, abs=1e-12)
        assert row["samples_f1"] == pytest.approx(f1_score(LABELS, answers, average="samples", zero_division=0))


def test_threshold_curves_mark_the_best_and_the_chosen_threshold():
    curves = {name: polyphonic.threshold_curve(values, LABELS) for name, values in (("a", VALUES), ("b", 1 - VALUES))}
    axes = plots.threshold_curves(curves, threshold=0.25)
    assert [ax.get_title() for ax in axes] == ["a", "b"]
    for ax, curve in zip(axes, curves.values(), strict=True):
        lines = {line.get_label(): line for line in ax.lines}
        np.testing.assert_array_equal(lines["micro F1"].get_ydata(), curve["micro_f1"])
        np.testing.assert_array_equal(lines["macro F1"].get_ydata(), curve["macro_f1"])
        dot, chosen = ax.lines[-2:]
        assert dot.get_ydata() == [curve["micro_f1"].max()]
        assert chosen.get_xdata() == [0.25, 0.25]
    assert len(plots.threshold_curves({"a": curves["a"]})[0].lines) == 5


def test_a_timeline_shows_labels_and_whatever_is_heard_each_window_around_its_middle():
    quiet, loud = np.full((3, 11), 0.1), np.full((3, 11), 0.1)
    loud[1, CODES.index("flu")] = 0.9
    axes = plots.excerpt_timeline([0, 1.5, 2.1], {"one": quiet, "other": loud}, ["cel"], title="Song")
    assert [text.get_text() for text in axes[0].get_yticklabels()] == ["cello ●", "flute"]
    for ax, table in zip(axes, (quiet, loud), strict=True):
        (mesh,) = ax.collections
        np.testing.assert_allclose(mesh.get_array(), 100 * table[:, [0, 2]].T)
        # Middles at 1.5, 3.0 and 3.6 s.
        np.testing.assert_allclose(mesh.get_coordinates()[0, :, 0], [0.75, 2.25, 3.3, 3.9])


def test_a_timeline_of_one_window_is_as_long_as_the_window():
    (ax,) = plots.excerpt_timeline([2.0], {"one": np.full((1, 11), 0.5)}, [])
    np.testing.assert_allclose(ax.collections[0].get_coordinates()[0, :, 0], [2.0, 5.0])
