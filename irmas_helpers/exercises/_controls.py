"""What an expectation and a quiz look like: a question, its control, and below it what is said to each choice."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

from ipywidgets import HTML, Layout, RadioButtons, ValueWidget

from ..widgets._common import Board, say

_WIDTH = "46em"


class Asked(Board):
    """A question with a control, and what is said to each choice.

    The control's value is None, an estimate's `NO_GUESS`, as long as nothing is chosen.
    """

    def __init__(self, question: str, control: ValueWidget, react: Callable[[Any], str]) -> None:
        look = f"font-weight:600;line-height:1.5;max-width:{_WIDTH}"
        self.question = HTML(f'<div class="irmas-question" style="{look}">{marked_up(question)}</div>')
        self.control, self.text = control, HTML(say(react(control.value)), layout=Layout(max_width=_WIDTH))
        super().__init__(self.question, self.control, self.text)
        control.observe(lambda change: setattr(self.text, "value", say(react(change["new"]))), "value")


def radio_buttons(options: list[tuple[str, Any]], value: Any = None) -> RadioButtons:
    return RadioButtons(options=options, value=value, layout=Layout(width="auto", max_width=_WIDTH))


def marked_up(text: str) -> str:
    """Plain text as HTML; what stands in backquotes is code."""
    return re.sub("`(.+?)`", r"<code>\1</code>", html.escape(text))
