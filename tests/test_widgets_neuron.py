"""One neuron under sliders, and the contest with a network: driven by their controls, without a browser."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.metrics import log_loss

from irmas_helpers import plots, widgets
from irmas_helpers.data import clips
from irmas_helpers.widgets._neuron import neuron_sentence

CODES = np.array(["flu", "flu", "tru", "tru"])
FEATURES = np.array([[1.0, 0.5], [0.5, 1.0], [-1.0, -0.5], [0.5, -1.0]])


@pytest.fixture(autouse=True)
def _no_figure_is_left():
    yield
    plt.close("all")


def test_a_neuron_that_was_not_moved_guesses():
    lab = widgets.neuron_lab(FEATURES, CODES)
    assert "the same as guessing (0.69). No line;" in lab.text.value
    assert 'role="status"' in lab.text.value and "<img alt=" in lab.picture.value


def test_sliders_move_the_loss_that_scikit_learn_computes():
    lab = widgets.neuron_lab(FEATURES, CODES)
    for control, value in zip(lab.controls, (1.0, 2.0, 0.5), strict=True):
        control.value = value
    chances = 1 / (1 + np.exp(-(FEATURES @ [1.0, 2.0] + 0.5)))
    assert f"Loss {log_loss(CODES == 'flu', chances):.2f}, better than guessing" in lab.text.value
    assert "100% of the clips" in lab.text.value


def test_the_other_way_round_is_worse_than_guessing():
    assert "worse than guessing" in neuron_sentence(FEATURES, CODES, (-1, -2), 0)


def test_the_line_of_the_neuron_is_where_it_answers_one_half():
    ax = plots.neuron(FEATURES, CODES, (1.0, 2.0), 0.5)
    path = next(c for c in ax.collections if hasattr(c, "levels")).get_paths()[0]
    np.testing.assert_allclose(path.vertices @ [1.0, 2.0] + 0.5, 0, atol=0.05)


def test_answers_stand_on_the_curve_of_their_cost():
    ax = plots.cross_entropy({"unsure": 0.25})
    assert "unsure: 1.39" in [text.get_text() for text in ax.texts]
    assert "guessing: 2.40" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_paths_downhill_are_drawn_with_their_losses():
    path = np.array([[2.0, 0.0], [1.0, 0.0]])
    axes = plots.descent(lambda w: 0.1 + np.sum(w**2), {0.1: path, 1: path, 2: path})
    np.testing.assert_allclose(axes[3].lines[0].get_ydata(), [4.1, 1.1])
    assert [ax.get_title() or ax.get_title(loc="left") for ax in axes[:3]] == [
        f"Learning rate {rate}" for rate in (0.1, 1, 2)
    ]


def test_a_loss_that_begins_very_high_gets_a_logarithmic_axis():
    for first, scale in ((60.0, "log"), (3.0, "linear")):
        left, _ = plots.history({"loss": [first, 2.0], "accuracy": [0.1, 0.2]})
        assert left.get_yscale() == scale
        assert any(np.allclose(line.get_ydata(), np.log(11)) for line in left.lines)


@pytest.fixture
def contest(write_wav):
    names = [f"{code}/[{code}][pop_roc]{song:04d}__1.wav" for song, code in ((1, "flu"), (2, "tru"))]
    roots = [write_wav(name, rate=8000).parents[1] for name in names]
    return widgets.beat_the_network(clips.table(names), ["flu", "sax"], roots[0])


def test_before_the_first_answer_only_the_network_has_a_score(contest):
    assert "The network: 1 of 2" in contest.text.value and "You: not yet" in contest.text.value
    assert "<audio" in contest.sound.value and "flute" not in contest.sound.value


def test_an_answer_shows_label_and_network_and_goes_on(contest):
    contest.buttons["pia"].click()
    assert "You said piano" in contest.text.value and "Its label is <b>flute</b>" in contest.text.value
    assert "the first 1 of 2 clips, you: 0 of 1" in contest.text.value and "Clip 2 of 2" in contest.sound.value


def test_at_the_end_both_scores_are_of_the_same_clips(contest):
    for code in ("flu", "tru", "voi"):  # the last is one click too many
        contest.buttons[code].click()
    assert "On these clips, you: 2 of 2" in contest.text.value and "the network: 1 of 2" in contest.text.value
    assert all(button.disabled for button in contest.buttons.values())
    contest.again.click()
    assert "You: not yet" in contest.text.value and not contest.buttons["pia"].disabled


def test_every_button_says_what_it_is_for(contest):
    assert all(button.tooltip and button.description for button in (*contest.buttons.values(), contest.again))


def test_a_missing_clip_is_said_and_the_contest_goes_on(contest):
    contest._paths[1].unlink()
    contest.buttons["flu"].click()
    assert 'role="alert"' in contest.sound.value
    contest.buttons["tru"].click()
    assert "2 of 2" in contest.text.value


def test_answers_and_clips_must_match():
    with pytest.raises(ValueError, match="2 for 1 clips"):
        widgets.beat_the_network(clips.table(["[flu][pop_roc]0001__1.wav"]), ["flu", "tru"], ".")
