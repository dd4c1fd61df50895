"""Figures of learning draw what they are given; their numbers agree with SciPy's."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
import scipy.signal

from irmas_helpers import plots
from irmas_helpers.learning import networks
from irmas_helpers.plots._convolution import frequency_responses

RANDOM = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _no_leaks():
    yield
    plt.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_frequency_responses_are_scipys_up_to_the_maximum():
    filters = RANDOM.standard_normal((3, 20))
    hertz, decibels = frequency_responses(filters, 44_100, points=129)
    for coefficients, response in zip(filters, decibels, strict=True):
        at, gain = scipy.signal.freqz(coefficients, worN=hertz, fs=44_100)
        np.testing.assert_allclose(at, hertz)
        np.testing.assert_allclose(response, 20 * np.log10(np.abs(gain) / np.abs(gain).max()), atol=1e-6)


def test_waveform_kernels_are_sorted_by_the_frequency_they_let_through():
    time = np.arange(20) / 44_100
    tones = [np.hanning(20) * np.cos(2 * np.pi * hertz * time) for hertz in (15_000, 3_000, 9_000)]
    left, _ = plots.waveform_kernels(np.array(tones).T[:, None], 44_100)
    shown = left.images[0].get_array()
    np.testing.assert_allclose(shown, np.array(tones)[[1, 2, 0]])


def test_kernels_stand_side_by_side_with_low_frequencies_at_the_bottom():
    weights = np.arange(18.0).reshape(3, 3, 1, 2) - 9
    sheet = plots.kernels(weights, columns=2).images[0].get_array()
    assert sheet.shape == (3, 7)
    np.testing.assert_array_equal(sheet[:, :3], weights[::-1, :, 0, 0])
    np.testing.assert_array_equal(sheet[:, 4:], weights[::-1, :, 0, 1])


def test_parameters_are_counted_a_layer_and_add_up():
    model = networks.cnn_log_mel(dropout=0.5)
    ax = plots.parameters(model)
    assert texts(ax) == ["640 (0.0%)", "36,928 (1.0%)", "3,809,344 (99.0%)", "715 (0.0%)"]
    assert "3,847,627" in ax.get_title()


def test_masks_show_what_passes():
    ax = plots.masks(np.array([[0.0, 2.0, 2.0], [2.0, 0.0, 0.0]]))
    np.testing.assert_array_equal(ax.collections[0].get_array().reshape(2, 3), [[0, 1, 1], [1, 0, 0]])


def test_the_pulls_at_a_weight_cancel_where_the_dotted_line_is():
    left, right = plots.pull({0.0: np.array([3.0, 2.4]), 1.0: np.array([3.0, 1.8, 1.4])}, 2.0)
    assert [line.get_xdata()[0] for line in left.lines if line.get_linestyle() == ":"] == [2.0, 1.0]
    assert left.lines[1].get_ydata() == pytest.approx([1.0, 0.16])
    assert left.lines[4].get_ydata() == pytest.approx([1 + 9, 0.04 + 3.24, 0.36 + 1.96])
    assert right.lines[2].get_ydata() == pytest.approx([3.0, 1.8, 1.4])


def test_a_histogram_of_weights_adds_up_to_all_of_them():
    ax = plots.weights({"a": RANDOM.standard_normal((50, 20)), "b": RANDOM.standard_normal(400) / 10})
    for patch in ax.patches:
        assert patch.get_data().values.sum() == pytest.approx(100)


def history(best):
    losses = np.abs(np.arange(8) - best) + 1.0
    curves = {"accuracy": np.linspace(0.1, 0.9, 8), "val_accuracy": np.linspace(0.1, 0.4, 8)}
    return {**curves, "cross_entropy": np.linspace(2, 0.1, 8), "val_cross_entropy": losses}


def test_fold_curves_mark_the_epoch_that_was_kept():
    axes = plots.fold_curves({"one": [history(2), history(5)], "two": [history(3)]})
    marks = [[line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"] for ax in axes]
    assert marks == [[3, 6], [4]]
    labels = [text.get_text() for text in axes[0].figure.legends[0].get_texts()]
    assert labels == ["training", "validation", "kept epoch"]


def test_a_sweep_writes_the_test_accuracy_at_every_value():
    rows = [
        {"value": value, "fitted_accuracy": 0.9, "accuracy": 0.4 + value / 10, "low": 0.35, "high": 0.55, "folds": 2}
        for value in (0.0, 0.5)
    ]
    ax = plots.sweep(rows, setting="dropout rate")
    assert texts(ax) == ["40.0", "45.0"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0.0\n(2)", "0.5\n(2)"]


def test_a_difference_is_filled_only_where_its_interval_leaves_out_zero():
    rows = [
        {"label": "clear", "difference": 0.05, "low": 0.02, "high": 0.08},
        {"label": "open", "difference": -0.01, "low": -0.03, "high": 0.01},
    ]
    ax = plots.differences(rows)
    faces = [container[0].get_markerfacecolor() for container in ax.containers]
    assert faces[1] == "white" != faces[0]
    assert texts(ax) == ["+5.0", "-1.0"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["the interval leaves 0 out", "it holds 0"]


def test_where_p_values_are_corrected_they_say_which_differences_are_filled():
    row = {"label": "one of many", "difference": 0.05, "low": 0.02, "high": 0.08}
    holds_0 = {**row, "low": -0.01}  # an interval and a test need not agree
    ax = plots.differences([{**row, "corrected": 0.06}, {**row, "corrected": 0.04}, {**holds_0, "corrected": 0.04}])
    faces = [container[0].get_markerfacecolor() for container in ax.containers]
    assert faces[0] == "white" != faces[1]
    assert faces[2] == faces[1]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["corrected p below .05", "not"]


def test_learning_rates_are_drawn_as_they_are_under_their_names():
    ax = plots.learning_rates({"constant": np.full(5, 0.1), "falling": np.linspace(0.2, 0, 5)})
    assert [line.get_label() for line in ax.lines] == ["constant", "falling"]
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), np.linspace(0.2, 0, 5))
