"""The figures of a choice: distances from the mean and the candidate that was taken, and what thresholds refuse."""

import numpy as np
import pandas as pd

from irmas_helpers import plots


def test_the_best_on_validation_is_marked_where_it_lies_on_the_test():
    ax = plots.chosen({"a": ([0.5, 0.6, 0.7], [0.4, 0.5, 0.3]), "b": ([0.2, 0.1], [0.1, 0.2])})
    first, first_best, _, second_best = ax.lines[:4]
    np.testing.assert_allclose(first.get_xdata(), [-10, 0, 10])
    np.testing.assert_allclose((first_best.get_xdata()[0], first_best.get_ydata()[0]), (10, -10))
    np.testing.assert_allclose((second_best.get_xdata()[0], second_best.get_ydata()[0]), (5, -5))
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["a network", "taken: best on validation", "as large on the test"]


def test_what_each_threshold_refuses_is_drawn_and_the_chosen_one_is_marked():
    ax = plots.refused(pd.DataFrame({"other": [0.9, 0.75], "known": [0.5, 0.25]}, index=[-1.0, 0.5]), 0.5)
    marked, other, known = ax.lines
    assert [*marked.get_xdata()] == [0.5, 0.5]
    np.testing.assert_allclose(other.get_xydata(), [(-1, 90), (0.5, 75)])
    np.testing.assert_allclose(known.get_xydata(), [(-1, 50), (0.5, 25)])
    assert [text.get_text() for text in ax.texts] == ["75 %", "25 %"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["other", "known"]
