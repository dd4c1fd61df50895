"""How a check looks at what the learner left in a variable, and answers in one sentence whatever that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import IrmasError

Judge = Callable[[Any, Mapping[str, Any]], str]
_LONGEST_MESSAGE = 200


@dataclass(frozen=True)
class Check:
    """One exercise."""

    variable: str  # what the learner assigns
    judge: Judge  # from its value and the notebook's names to a sentence, which begins with "Right" where it is right

    def sentence(self, names: Mapping[str, Any]) -> str:
        """What the learner is told; no value makes it raise."""
        value = assigned(self.variable, names)
        if value is None:
            return f"Not tried yet: assign your answer to {self.variable} in the cell above."
        return spoken(lambda: self.judge(value, Names(names)), lambda error: self._stumbled(value, error))

    def _stumbled(self, value: Any, error: Exception) -> str:
        if callable(value):
            said = f"{type(error).__name__}{message(error)}"
            return f"{self.variable} stopped with {said}; call it yourself to see where."
        kind = type(value).__name__
        return f"{self.variable} is of type {kind}, which the check cannot read; look at the task's last line."


class Checks(dict[str, Check]):
    """The checks of a notebook, by name; a judge is entered by ``@CHECKS.of("variable")`` under its own name."""

    def of(self, variable: str) -> Callable[[Judge], Judge]:
        """Enter a function as the check of what the learner assigns to `variable`."""

        def enter(judge: Judge) -> Judge:
            self[judge.__name__] = Check(variable, judge)
            return judge

        return enter


class NotRun(KeyError):
    """A variable that some cell of the notebook makes is not there."""


class Names(dict[str, Any]):
    """A notebook's variables; one that is missing raises `NotRun`, so that no judge needs to ask."""

    def __missing__(self, name: str) -> Any:
        raise NotRun(name)


def assigned(variable: str, names: Mapping[str, Any]) -> Any:
    """What the learner left in a variable; None where that is nothing, or the three dots of an empty cell."""
    value = names.get(variable)
    return None if value is ... else value


def spoken(speak: Callable[[], str], stumbled: Callable[[Exception], str]) -> str:
    """A sentence, or one that says why there is none; learners' values and functions can raise anything.

    `stumbled` makes one of any exception but a variable that is missing and an error with a sentence of its own.
    """
    try:
        return speak()
    except NotRun as missing:
        return f"Run the cell that makes {missing.args[0]} first, then this one again."
    except IrmasError as error:
        return f"The check could not be made{message(error, None)}."
    except Exception as error:
        return stumbled(error)


def message(error: Exception, longest: int | None = _LONGEST_MESSAGE) -> str:
    """What an exception says, behind a colon and in one line; nothing where it says nothing."""
    try:
        words = " ".join(str(error).split())
    except Exception:  # a learner's class may not be able to say what is wrong
        words = ""
    return f": {words[:longest].rstrip('.')}" if words else ""
