"""One question, four answers, and behind each of them, wrong ones too, why it is right or where it leads astray."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """One of a quiz's answers: a text, and an explanation that is shown when it is chosen; one of four is right."""

    text: str
    explanation: str
    right: bool = False


@dataclass(frozen=True)
class Quiz:
    """A question with four answers, in the order in which they are shown; in all texts backquotes mark code."""

    question: str
    answers: tuple[Answer, ...]
