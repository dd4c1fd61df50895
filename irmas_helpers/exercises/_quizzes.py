"""One question, four answers, and behind each of them, wrong ones too, why it is right or where it leads astray."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """One of a quiz's answers.

    Attributes
    ----------
    text : str
        Plain text.
    explanation : str
        Shown when it is chosen; plain text, backquotes mark code.
    right : bool
        True for one of the four.
    """

    text: str
    explanation: str
    right: bool = False


@dataclass(frozen=True)
class Quiz:
    """A question with four answers, in the order in which they are shown.

    Attributes
    ----------
    question : str
        Plain text; backquotes mark code.
    answers : tuple of Answer
        Four, of which one is right.
    """

    question: str
    answers: tuple[Answer, ...]
