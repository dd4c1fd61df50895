"""Expectations answer to what the learner expected; quizzes explain each of their answers. Neither ever raises."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from hypothesis import HealthCheck, given, settings
from ipywidgets import RadioButtons
from test_exercises import MODULES, named_in_the_notebooks, values

from irmas_helpers import exercises
from irmas_helpers.exercises import EXPECTATIONS, QUIZZES, Choice, Estimate, Option, _controls, _expectations

CHOICE = Choice(
    question="Is `b` larger than `a`?",
    variable="my_guess",
    numbers=lambda names: {"a": names["a"], "b": names["b"]},
    result="b is {b:.1f}.",
    options=(Option("larger", "By {b:.0f} to {a:.0f}."), Option("smaller", lambda a, b: f"No: {b - a:.0f} more.")),
)
ESTIMATE = Estimate(
    question="What share?", variable="my_guess", numbers=lambda names: {"share": names["share"]},
    result="It is {share:.0%}.", asked="share", low=0, high=1, step=0.1, form="{:.0%}", near=0.05,
    too_low="More than {guess}.", close="As you said.", too_high=lambda share: "Less.",
)  # fmt: skip


@pytest.fixture(autouse=True)
def not_wrapped(monkeypatch):
    """Sentences in one line; how they are wrapped is tested with the checks."""
    monkeypatch.setattr(exercises, "_print", print)


@pytest.fixture
def compared(monkeypatch, capsys):
    """Print what comes of an expectation with such variables."""
    monkeypatch.setattr(_expectations, "KEPT", {})
    monkeypatch.setitem(EXPECTATIONS, "choice", CHOICE)
    monkeypatch.setitem(EXPECTATIONS, "estimate", ESTIMATE)

    def compare(name, **names):
        exercises.compare(name, {"a": 1, "b": 3, "share": 0.5, **names})
        return capsys.readouterr().out.strip()

    return compare


def test_without_a_guess_the_result_is_told_all_the_same(compared):
    told = "No guess yet: make one above, then run this cell again.\nb is 3.0."
    assert compared("choice") == compared("choice", my_guess=None) == compared("choice", my_guess=...) == told


@pytest.mark.parametrize("guess", ["a", " A", "larger", "LARGER "])
def test_a_guess_is_assigned_by_letter_or_in_words(compared, guess):
    assert compared("choice", my_guess=guess) == "You expected: larger. By 3 to 1. b is 3.0."


def test_words_may_depend_on_the_numbers(compared):
    assert compared("choice", my_guess="b") == "You expected: smaller. No: 2 more. b is 3.0."
    assert compared("choice", my_guess="b", b=9) == "You expected: smaller. No: 8 more. b is 9.0."


def test_what_is_no_guess_is_told_what_would_be_one(compared):
    assert compared("choice", my_guess=3) == 'Assign one of these to my_guess: "a" (larger), "b" (smaller). b is 3.0.'
    assert compared("estimate", my_guess=50) == "Assign a number from 0 to 1 to my_guess. It is 50%."


@pytest.mark.parametrize(
    ("guess", "said"), [(0.2, "20%. More than 20%."), (0.46, "46%. As you said."), (0.6, "60%. Less.")]
)
def test_an_estimate_is_too_low_close_or_too_high(compared, guess, said):
    assert compared("estimate", my_guess=guess) == f"You expected: {said} It is 50%."


@pytest.mark.parametrize(("name", "missing"), [("choice", "b"), ("estimate", "share")])
def test_a_cell_that_was_not_run_is_named(capsys, compared, name, missing):
    exercises.compare(name, {"a": 1, "my_guess": "a"})
    assert capsys.readouterr().out == f"Run the cell that makes {missing} first, then this one again.\n"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["choice", "estimate"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(value=values)
def test_no_guess_and_no_number_makes_it_raise(compared, name, value):
    told = compared(name, my_guess=value).removeprefix(f"{exercises.UNGUESSED}\n")
    assert len(told.splitlines()) == 1
    assert len(compared(name, my_guess="a", b=value, share=value).splitlines()) == 1


def test_what_is_chosen_is_kept_for_later_and_when_the_cell_is_run_again(compared):
    asked = exercises.expect("choice")
    assert (asked.control.value, "No guess yet" in asked.text.value) == (None, True)
    asked.control.index = 1
    assert "kept: <b>smaller</b>" in asked.text.value
    assert compared("choice").startswith("You expected: smaller.")
    assert exercises.expect("choice").control.index == 1
    assert compared("choice", my_guess="larger").startswith("You expected: larger.")  # what is written goes first


def test_a_slider_stands_on_no_guess_at_first_and_can_go_back_there(compared):
    asked = exercises.expect("estimate")
    assert (asked.control.index, asked.control.options[0][0]) == (0, "none yet")
    assert [label for label, _ in asked.control.options[1:]] == [f"{10 * i}%" for i in range(11)]
    asked.control.index = 3
    assert compared("estimate") == "You expected: 20%. More than 20%. It is 50%."
    assert exercises.expect("estimate").control.index == 3
    asked.control.index = 0
    assert compared("estimate").startswith("No guess yet")


def test_questions_and_replies_are_text_and_not_markup(monkeypatch):
    monkeypatch.setitem(EXPECTATIONS, "odd", replace(CHOICE, question="<b>`a < b`", options=(Option("a < b", ""),)))
    asked = exercises.expect("odd")
    asked.control.index = 0
    assert "&lt;b&gt;<code>a &lt; b</code>" in asked.question.value
    assert "<b>a &lt; b</b>" in asked.text.value
    _expectations.KEPT.pop("odd")


@pytest.mark.parametrize("name", sorted(EXPECTATIONS))
def test_every_expectation_has_a_reply_to_every_guess(capsys, name):
    (names,) = (
        MODULES[module.__name__.removeprefix("exercises_of_")].NAMES
        for module in exercises._MODULES
        if name in getattr(module, "EXPECTATIONS", {})
    )
    expectation = EXPECTATIONS[name]
    stops = expectation.stops()
    assert len(stops) >= 2
    for label, guess in stops:
        exercises.compare(name, {**names, expectation.variable: guess})
        told = capsys.readouterr().out
        assert told.startswith(f"You expected: {label}. ") and "{" not in told
    exercises.compare(name, names)
    assert capsys.readouterr().out.startswith("No guess yet")


def test_no_two_expectations_ask_for_the_same_variable():
    variables = [expectation.variable for expectation in EXPECTATIONS.values()]
    assert len(set(variables)) == len(variables)
    assert not set(variables) & {check.variable for check in exercises.CHECKS.values()}


@pytest.mark.parametrize("name", sorted(QUIZZES))
def test_every_quiz_has_four_answers_one_of_them_right_and_each_explained(name):
    quiz = QUIZZES[name]
    assert len({answer.text for answer in quiz.answers}) == len(quiz.answers) == 4
    assert sum(answer.right for answer in quiz.answers) == 1
    assert all(len(answer.explanation.split()) >= 5 for answer in quiz.answers)
    assert quiz.question.endswith("?")


@pytest.mark.parametrize("name", sorted(QUIZZES))
def test_every_answer_of_a_quiz_is_explained_when_it_is_chosen(name):
    asked, quiz = exercises.quiz(name), QUIZZES[name]
    assert isinstance(asked.control, RadioButtons) and asked.control.value is None
    assert 'role="status"' in asked.text.value and "<b>" not in asked.text.value
    assert [label for label, _ in asked.control.options] == [answer.text for answer in quiz.answers]
    for index, answer in enumerate(quiz.answers):
        asked.control.index = index
        assert ("<b>Right.</b>" if answer.right else "<b>Not this one.</b>") in asked.text.value
        assert _controls.marked_up(answer.explanation) in asked.text.value


def test_a_quiz_can_be_read_without_a_notebook():
    written = asdict(QUIZZES["by_song"])
    assert set(written) == {"question", "answers"}
    assert set(written["answers"][0]) == {"text", "explanation", "right"}


@pytest.mark.parametrize(
    ("function", "there"), [("expect", EXPECTATIONS), ("compare", EXPECTATIONS), ("quiz", QUIZZES)]
)
def test_what_a_notebook_asks_is_there(function, there):
    assert named_in_the_notebooks(function) <= set(there)
