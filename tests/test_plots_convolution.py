"""Figures of a convolution hold the numbers that they were given, low bands at the bottom."""

from __future__ import annotations

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

from irmas_helpers import plots

PATCH = np.array([[0.1, 0.7, 0.8], [0.2, 0.7, 0.9], [0.2, 0.7, 0.8]])
ONSET = np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])
MAP = np.arange(126.0 * 128).reshape(126, 128) - 4_000


@pytest.fixture(autouse=True)
def _course_style_and_no_leaks():
    with matplotlib.rc_context():
        plots.style()
        yield
    plt.close("all")


def numbers(ax):
    """The numbers in a table, row by row from the bottom."""
    return [float(text.get_text()) for text in ax.texts]


def test_one_place_shows_cells_weights_products_and_their_sum():
    cells, weights, products = plots.one_place(PATCH, ONSET)
    np.testing.assert_allclose(numbers(cells), PATCH.ravel())
    np.testing.assert_allclose(numbers(weights), ONSET.ravel())
    np.testing.assert_allclose(numbers(products), (PATCH * ONSET).ravel())
    assert products.get_title(loc="center") == "add these up: 2.0"
    assert cells.images[0].origin == "lower"
    assert "-0" not in [text.get_text() for text in products.texts]


def test_zero_is_white_in_a_map():
    image = plots.feature_map(MAP).images[0]
    assert image.norm.vmin == -image.norm.vmax == -MAP.max()
    np.testing.assert_array_equal(image.get_array(), MAP)


def test_each_kernel_has_its_own_map_beside_it():
    kernels = {"onset": ONSET, "its reverse": -ONSET}
    axes = plots.feature_maps(kernels, {"its reverse": -MAP, "onset": MAP})
    assert [left.get_title(loc="left") for left in axes[:, 0]] == list(kernels)
    for (left, right), sign in zip(axes, (1, -1), strict=True):
        np.testing.assert_allclose(numbers(left), sign * ONSET.ravel())
        np.testing.assert_array_equal(right.images[0].get_array(), sign * MAP)
