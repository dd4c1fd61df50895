"""The figure of a choice: distances from the mean, and the candidate that was taken."""

import numpy as np

from irmas_helpers import plots


def test_the_best_on_validation_is_marked_where_it_lies_on_the_test():
    ax = plots.chosen({"a": ([0.5, 0.6, 0.7], [0.4, 0.5, 0.3]), "b": ([0.2, 0.1], [0.1, 0.2])})
    first, first_best, _, second_best = ax.lines[:4]
    np.testing.assert_allclose(first.get_xdata(), [-10, 0, 10])
    np.testing.assert_allclose((first_best.get_xdata()[0], first_best.get_ydata()[0]), (10, -10))
    np.testing.assert_allclose((second_best.get_xdata()[0], second_best.get_ydata()[0]), (5, -5))
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["a network", "taken: best on validation", "as large on the test"]
