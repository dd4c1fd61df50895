"""The exercises' checks praise what is right, hint at what is wrong, and never raise."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from irmas_helpers import exercises
from irmas_helpers.errors import RecipeError
from irmas_helpers.learning import results

ROOT = Path(__file__).parents[1]
FILES = sorted(file for file in (ROOT / "tests" / "exercise_answers").glob("*.py") if file.stem != "__init__")
MODULES = {file.stem: exercises.load_module(file) for file in FILES}
ANSWERS = [answer for module in MODULES.values() for answer in module.ANSWERS]
NAMES = {answer.check: module.NAMES for module in MODULES.values() for answer in module.ANSWERS}
CHECKS = sorted(exercises.CHECKS)


PRINT = exercises._print


@pytest.fixture(autouse=True)
def not_wrapped(monkeypatch):
    """Sentences in one line, so that one with a line break of its own would be seen."""
    monkeypatch.setattr(exercises, "_print", print)


def test_what_is_printed_fits_jupyterlab_and_breaks_no_word(monkeypatch, capsys):
    monkeypatch.setattr(exercises, "_print", PRINT)
    folder = "C:/" + 12 * "a-long-name/"
    sentence = f"Right: {' '.join(map(str, range(100)))} of {folder} are such-and-such."
    monkeypatch.setitem(exercises.CHECKS, "long", exercises.Check("mine", lambda value, names: sentence))
    exercises.check("long", {"mine": 1})
    lines = capsys.readouterr().out.splitlines()
    assert " ".join(lines) == sentence
    assert max(len(line) for line in lines if line != folder) <= 100
    assert folder in lines and len(lines) == 6


@pytest.fixture
def recorded(monkeypatch):
    """Two recorded runs of the dropout notebook with the curves that its answers are about."""
    histories = {
        name: [{"history": {"val_cross_entropy": curve}}] for name, curve in MODULES["04_dropout"].CURVES.items()
    }
    real = results.folds
    monkeypatch.setattr(results, "folds", lambda name, *folder: histories.get(name) or real(name, *folder))


@pytest.fixture
def answer(capsys, recorded):
    def ask(check, *value):
        assigned = dict(zip([exercises.CHECKS[check].variable], value, strict=False))
        exercises.check(check, {**NAMES[check], **assigned})
        return capsys.readouterr().out

    return ask


def test_each_module_of_answers_belongs_to_one_of_exercises_and_a_notebook():
    assert list(MODULES) == sorted(file.stem for file in (ROOT / "notebooks" / "exercises").glob("*.py"))
    assert all((ROOT / "notebooks" / f"{name}.ipynb").exists() for name in MODULES)


def test_every_check_is_tried_with_right_and_wrong_answers():
    assert {answer.check for answer in ANSWERS} == set(CHECKS)


@pytest.mark.parametrize(("check", "right", "wrong", "hint"), ANSWERS)
def test_a_check_tells_right_from_wrong_and_hints(answer, check, right, wrong, hint):
    assert answer(check, right).startswith("Right")
    told = answer(check, wrong)
    assert hint in told and not told.startswith("Right")


@pytest.mark.parametrize("check", CHECKS)
def test_an_untouched_cell_is_not_tried_yet(answer, check):
    assert answer(check).startswith("Not tried yet")
    assert answer(check, None) == answer(check, ...) == answer(check)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("nonsense", ["text", object(), [], {"a": 1}, ("x", "y"), float("nan")])
def test_nonsense_gets_a_sentence_and_no_traceback(answer, check, nonsense):
    told = answer(check, nonsense)
    assert told.strip() and not told.startswith("Right")


class Hostile:
    """Whatever is done with it raises an error, which may not even be printable."""

    def __init__(self, error: Exception):
        self._error = error

    def _fail(self, *_args, **_keywords):
        raise object.__getattribute__(self, "_error")

    __getattr__ = __getitem__ = __iter__ = __len__ = __bool__ = __hash__ = __eq__ = __ne__ = __lt__ = __gt__ = _fail
    __int__ = __float__ = __index__ = __str__ = __repr__ = __format__ = __array__ = __call__ = __contains__ = _fail
    __sub__ = __rsub__ = __mul__ = __rmul__ = __abs__ = __round__ = _fail

    def _repr_pretty_(self, printer, _cycle):  # for Hypothesis, which shows its examples
        printer.text("Hostile")


class Unprintable(Exception):
    def __str__(self):
        raise ValueError("not even this")


def hostile_function(error: Exception):
    def fails(*_arguments):
        raise error

    return fails


ERRORS = [
    ZeroDivisionError(), NameError("x"), OverflowError("large"), RecipeError("unknown.\nTwo lines."), RuntimeError(),
    RecursionError(), MemoryError(), StopIteration(), AssertionError(), KeyError("clip_table"), OSError(2, "gone"),
    Unprintable(), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), LookupError(),
]  # fmt: skip
errors = st.sampled_from(ERRORS)
numbers = st.one_of(st.integers(), st.integers(10**300, 10**310), st.floats(), st.complex_numbers(), st.booleans())
scalars = st.one_of(numbers, st.text(), st.binary(max_size=8), st.none(), st.just(...), errors, st.fractions())
odd = st.sampled_from([np.zeros((2, 3)), np.array(["a"]), np.array(7), pd.DataFrame({"a": [1]}), pd.NaT, int, np.nan])
unkind = st.one_of(errors.map(Hostile), errors.map(hostile_function), odd, st.functions(like=lambda *a: None))
values = st.recursive(
    st.one_of(scalars, unkind),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.tuples(inner, inner), st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=6,
)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("check", CHECKS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(value=values)
@example(value=Hostile(ZeroDivisionError()))
@example(value=hostile_function(RecipeError("no such recipe")))
@example(value=10**400)
def test_no_value_makes_a_check_raise(answer, check, value):
    told = answer(check, value)
    assert len(told.strip().splitlines()) == 1


@pytest.mark.parametrize(("check", "right"), [(answer.check, answer.right) for answer in ANSWERS])
def test_a_cell_that_was_not_run_is_named_and_the_learner_is_not_blamed(capsys, recorded, check, right):
    for name in NAMES[check]:
        others = {other: value for other, value in NAMES[check].items() if other != name}
        exercises.check(check, {**others, exercises.CHECKS[check].variable: right})
        told = capsys.readouterr().out
        assert told.startswith("Right") or told == f"Run the cell that makes {name} first, then this one again.\n"


def test_what_a_learners_function_raises_is_said(answer):
    assert "ZeroDivisionError: by zero" in answer("join", hostile_function(ZeroDivisionError("by zero")))


def test_an_error_of_the_package_says_itself_what_to_do(answer, monkeypatch):
    monkeypatch.setattr(results, "folds", hostile_function(RecipeError("no results; record them")))
    assert answer("lowest_validation", (0.25, 1)) == "The check could not be made: no results; record them.\n"


def test_an_exercise_that_is_not_there_is_an_error_of_the_notebook():
    with pytest.raises(KeyError):
        exercises.check("no such exercise", {})


def named_in_the_notebooks(function: str) -> set[str]:
    """The names with which notebooks call a function of `exercises`."""
    sources = [
        "".join(cell["source"])
        for path in (ROOT / "notebooks").rglob("*.ipynb")
        for cell in json.loads(path.read_text("utf-8"))["cells"]
    ]
    return {name for source in sources for name in re.findall(rf'exercises\.{function}\("(\w+)"', source)}


def test_every_exercise_that_a_notebook_names_is_there():
    named = named_in_the_notebooks("check")
    assert named and named <= set(CHECKS)
