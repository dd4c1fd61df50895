"""What a learner expects before a result is shown: how it is asked, and the sentence with which it is answered."""

from __future__ import annotations

import html
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..widgets._common import slider
from ._checks import Names, assigned, message, spoken
from ._controls import Asked, radio_buttons

Reply = str | Callable[..., str]
# What was chosen, by the expectation's name, as long as the kernel runs: `compare` stands in a later cell.
KEPT: dict[str, Any] = {}
UNGUESSED = "No guess yet: make one above, then run this cell again."  # a line of its own above what came out
NO_GUESS = ""  # where a slider stands at first; None would be no stop of it


class UnreadableGuess(Exception):
    """What was assigned is no guess; the message says what would be one."""


@dataclass(frozen=True, kw_only=True)
class Expectation(ABC):
    """A question that is asked before its answer is computed.

    Replies and `result` are texts with the numbers in braces, ``"{by_song:.1%} by song"``; where the words depend on
    the numbers, a reply is a function that takes them as keywords.
    """

    question: str  # plain text; backquotes mark code
    variable: str  # what the learner may assign instead of moving the control; each expectation has its own
    numbers: Callable[[Mapping[str, Any]], Mapping[str, Any]]  # from the notebook's names to what came out, by name
    result: str  # what came out, in a sentence

    @abstractmethod
    def stops(self) -> list[tuple[str, Any]]:
        """What can be chosen: a label each, and the guess that it stands for."""

    @abstractmethod
    def _read(self, value: Any) -> tuple[str, Any]:
        """Label and guess of what was assigned; raises `UnreadableGuess`."""

    @abstractmethod
    def _reply(self, guess: Any, numbers: Mapping[str, Any]) -> Reply:
        """What is said to a guess."""

    def sentence(self, names: Mapping[str, Any], chosen: Any = None) -> str:
        """What came out, beside what the learner expected; no guess makes it raise, nor a cell that was not run.

        `names` are the notebook's variables, `chosen` is what the control holds: what was assigned goes before it.
        """
        value = assigned(self.variable, names)
        return spoken(
            lambda: self._compared(chosen if value is None else value, Names(names)),
            lambda error: f"The comparison could not be made ({type(error).__name__}{message(error)}).",
        )

    def _compared(self, value: Any, names: Names) -> str:
        numbers = self.numbers(names)
        result = self.result.format(**numbers)
        if value is None:
            return f"{UNGUESSED}\n{result}"
        try:
            label, guess = self._read(value)
        except UnreadableGuess as unreadable:
            return f"{unreadable} {result}"
        reply = self._reply(guess, numbers)
        said = reply(**numbers) if callable(reply) else reply.format(**numbers, guess=label)
        return f"You expected: {label}. {said} {result}"


@dataclass(frozen=True)
class Option:
    """One of the things that may be expected, in a few words, and what the result says to whoever expected it."""

    text: str
    reply: Reply


@dataclass(frozen=True, kw_only=True)
class Choice(Expectation):
    """An expectation in words: radio buttons, or the words or their letter, ``"a"`` for the first, in `variable`."""

    options: tuple[Option, ...]

    def stops(self) -> list[tuple[str, Any]]:
        return [(option.text, option.text) for option in self.options]

    def _read(self, value: Any) -> tuple[str, Option]:
        by_letter = dict(zip("abcdefgh", self.options, strict=False))
        wanted = value.strip().casefold() if isinstance(value, str) else None
        for letter, option in by_letter.items():
            if wanted in (letter, option.text.casefold()):
                return option.text, option
        letters = ", ".join(f'"{letter}" ({option.text})' for letter, option in by_letter.items())
        raise UnreadableGuess(f"Assign one of these to {self.variable}: {letters}.")

    def _reply(self, guess: Option, numbers: Mapping[str, Any]) -> Reply:
        return guess.reply


@dataclass(frozen=True, kw_only=True)
class Estimate(Expectation):
    """An expectation in numbers, a share if nothing else is said: a slider, or the number in `variable`.

    In the replies ``{guess}`` stands for what was guessed.
    """

    asked: str  # which of the numbers is guessed
    low: float = 0  # ends and stops of the slider; a guess outside is none
    high: float = 1
    step: float = 0.05
    form: str = "{:.0%}"  # how a guess is written
    near: float = 0.05  # how far off it may be to count as close
    too_low: Reply
    close: Reply
    too_high: Reply

    def stops(self) -> list[tuple[str, Any]]:
        count = round((self.high - self.low) / self.step)
        values = [self.low + (self.high - self.low) * place / count for place in range(count + 1)]
        return [(self.form.format(value), value) for value in values]

    def _read(self, value: Any) -> tuple[str, float]:
        try:
            guess = float(value)
        except Exception:  # anything may have been assigned
            guess = float("nan")
        if not self.low <= guess <= self.high:
            raise UnreadableGuess(f"Assign a number from {self.low:g} to {self.high:g} to {self.variable}.")
        return self.form.format(guess), guess

    def _reply(self, guess: float, numbers: Mapping[str, Any]) -> Reply:
        off = guess - float(numbers[self.asked])
        return self.close if abs(off) <= self.near else self.too_low if off < 0 else self.too_high


def expectation_box(name: str, expectation: Expectation) -> Asked:
    """Ask what the learner expects; the choice is kept in `KEPT`, and still chosen when the cell is run again."""
    stops = expectation.stops()

    def keep(guess: Any) -> str:
        if guess is None or guess == NO_GUESS:
            KEPT.pop(name, None)
            return "No guess yet."
        KEPT[name] = guess
        label = next(label for label, value in stops if value == guess)
        return f"Your guess is kept: <b>{html.escape(label)}</b>. Run the next cells to see what comes out."

    if isinstance(expectation, Estimate):
        stops_and_none = [("none yet", NO_GUESS), *stops]
        control = slider("your guess", stops_and_none, KEPT.get(name, NO_GUESS), "Move it to what you expect")
    else:
        control = radio_buttons(stops, KEPT.get(name))
    return Asked(expectation.question, control, keep)
