"""Expectations and quizzes on the page: a question, radio buttons or a slider, and a sentence below."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

from ipywidgets import HTML, Layout, RadioButtons, ValueWidget

from ..widgets._common import Board, say, slider
from ._expectations import Estimate, Expectation
from ._quizzes import Quiz

# What was chosen, by the expectation's name, as long as the kernel runs: `compare` stands in a later cell.
KEPT: dict[str, Any] = {}
_WIDTH = "46em"
NO_GUESS = ""  # where a slider stands at first; None would be no stop of it


class Asked(Board):
    """A question with a control, and what is said to each choice.

    The control's value is None, the slider's `NO_GUESS`, as long as nothing is chosen.
    """

    def __init__(self, question: str, control: ValueWidget, react: Callable[[Any], str]) -> None:
        look = f"font-weight:600;line-height:1.5;max-width:{_WIDTH}"
        self.question = HTML(f'<div class="irmas-question" style="{look}">{marked_up(question)}</div>')
        self.control, self.text = control, HTML(say(react(control.value)), layout=Layout(max_width=_WIDTH))
        super().__init__(self.question, self.control, self.text)
        control.observe(lambda change: setattr(self.text, "value", say(react(change["new"]))), "value")


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
        control = _radio_buttons(stops, KEPT.get(name))
    return Asked(expectation.question, control, keep)


def quiz_box(quiz: Quiz) -> Asked:
    """Ask a quiz's question, and show the explanation behind the answer that is chosen."""

    def explain(chosen: int | None) -> str:
        if chosen is None:
            return ""
        answer = quiz.answers[chosen]
        return f"<b>{'Right.' if answer.right else 'Not this one.'}</b> {marked_up(answer.explanation)}"

    return Asked(quiz.question, _radio_buttons([(answer.text, i) for i, answer in enumerate(quiz.answers)]), explain)


def _radio_buttons(options: list[tuple[str, Any]], value: Any = None) -> RadioButtons:
    return RadioButtons(options=options, value=value, layout=Layout(width="auto", max_width=_WIDTH))


def marked_up(text: str) -> str:
    """Plain text as HTML; what stands in backquotes is code."""
    return re.sub("`(.+?)`", r"<code>\1</code>", html.escape(text))
