"""Quizzes: a question, four answers, and behind each of them, wrong ones too, why it is right or leads astray."""

from __future__ import annotations

from dataclasses import dataclass

from ._controls import Asked, marked_up, radio_buttons


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


def quiz_box(quiz: Quiz) -> Asked:
    """Ask a quiz's question, and show the explanation behind the answer that is chosen."""

    def explain(chosen: int | None) -> str:
        if chosen is None:
            return ""
        answer = quiz.answers[chosen]
        return f"<b>{'Right.' if answer.right else 'Not this one.'}</b> {marked_up(answer.explanation)}"

    return Asked(quiz.question, radio_buttons([(answer.text, i) for i, answer in enumerate(quiz.answers)]), explain)
