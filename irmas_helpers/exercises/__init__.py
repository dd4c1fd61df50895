"""What a notebook asks of the learner: exercises with checks, expectations, quizzes. Their content lies beside the
notebook, in `notebooks/exercises` under its name.

A **check** looks at what the learner assigned and answers in one sentence. It never gives the solution away, says "not
tried yet" where nothing was made, and raises nothing. Its name is the function's; `names` are the notebook's variables,
and one that is missing makes the check say which cell to run, so that no judge need ask::

    CHECKS = Checks()

    @CHECKS.of("jazz_saxophones")
    def jazz_saxophones(value: Any, names: Mapping[str, Any]) -> str:
        if int(value) == names["clip_table"]["genre"].eq("jaz_blu").sum():
            return "Right: ..."
        return "Not yet: ..."  # before it, a sentence for each usual wrong answer

In the notebook: the task, an empty cell (tagged ``solution`` in `notebooks/solutions`), and
``exercises.check("jazz_saxophones", globals())``.

An **expectation** is asked before a surprising result: ``exercises.expect("genre_alone")`` (tagged
``nbval-ignore-output``) shows radio buttons (`Choice`) or a slider (`Estimate`); instead of it, a cell may assign to
the expectation's variable. Behind the result, ``exercises.compare("genre_alone", globals())`` prints what came out and
the reply to this learner's guess; untouched, it prints a line "No guess yet" and what came out::

    EXPECTATIONS = {
        "genre_alone": Choice(
            question="How often is it right?",
            variable="my_guess_genre_alone",
            numbers=lambda names: {"share": names["right"].mean()},
            result="It is right for {share:.0%}.",
            options=(Option("nearly always", "..."), Option("hardly ever", "...")),
        )
    }

A **quiz** is one question with four answers and an explanation behind each: ``exercises.quiz("siblings")`` (tagged
``nbval-ignore-output``). `QUIZZES` can be read without a notebook::

    QUIZZES = {"siblings": Quiz("Why ...?", (Answer("...", "..."), Answer("...", "...", right=True), ...))}

`names` are always the notebook's variables, ``globals()``; a `name` that no module has raises `KeyError`, while any
value of a learner gives a sentence. `tests/exercise_answers` holds, for each notebook again, the answers and the
variables to try all this with.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import RecipeError
from . import _expectations
from ._checks import Check, Checks
from ._controls import Asked
from ._expectations import UNGUESSED, Choice, Estimate, Expectation, Option, expectation_box
from ._quizzes import Answer, Quiz, quiz_box

__all__ = [
    "CHECKS", "COLUMNS", "EXPECTATIONS", "QUIZZES", "UNGUESSED", "Answer", "Check", "Checks", "Choice", "Estimate",
    "Expectation", "Option", "Quiz", "check", "compare", "expect", "load_module", "quiz",
]  # fmt: skip


def check(name: str, names: Mapping[str, Any]) -> None:
    """Print what a learner's answer is worth.

    Examples
    --------
    >>> check("window_weight", {"window_weight": 0.4})
    That is what it loses; how much is left?
    """
    _print(CHECKS[name].sentence(names))


def expect(name: str) -> Asked:
    """Ask what the learner expects, before the result is there.

    The `control` keeps the choice for `compare`, also when the cell is run again.
    """
    return expectation_box(name, EXPECTATIONS[name])


def compare(name: str, names: Mapping[str, Any]) -> None:
    """Print what came out, beside what the learner expected."""
    _print(EXPECTATIONS[name].sentence(names, _expectations.KEPT.get(name)))


def quiz(name: str) -> Asked:
    """Ask a question with four answers in the `control`; the one chosen is explained at once."""
    return quiz_box(QUIZZES[name])


def _print(sentence: str) -> None:
    """In lines that JupyterLab shows whole; it breaks longer ones in the middle of a word."""
    for line in sentence.splitlines():
        print(textwrap.fill(line, COLUMNS, break_long_words=False, break_on_hyphens=False))


COLUMNS = 100
_CONTENT = Path(__file__).parents[2] / "notebooks" / "exercises"


def load_module(file: Path) -> ModuleType:
    """Run a notebook's module; it has the notebook's name, which begins with a digit and cannot be imported."""
    spec = spec_from_file_location(f"exercises_of_{file.stem}", file)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _collected(kind: str) -> dict[str, Any]:
    """What the notebooks' modules hold of a kind; a name that two of them use is an error."""
    pairs = [pair for module in _MODULES for pair in getattr(module, kind, {}).items()]
    collected = dict(pairs)
    if len(collected) < len(pairs):
        twice = sorted(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise ValueError(f"a name is used twice in {kind}: {twice}")
    return collected


_MODULES = [load_module(file) for file in sorted(_CONTENT.glob("*.py"))]
if not _MODULES:
    raise RecipeError(
        f"{_CONTENT}: exercises come with the course's repository; clone it and run pip install -e . in it"
    )
CHECKS: dict[str, Check] = _collected("CHECKS")
EXPECTATIONS: dict[str, Expectation] = _collected("EXPECTATIONS")
QUIZZES: dict[str, Quiz] = _collected("QUIZZES")
