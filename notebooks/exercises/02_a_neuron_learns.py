"""What the notebook on one neuron asks: an answer by hand, losses, rates, steps, `compile` and `fit`, a plane."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from irmas_helpers.exercises import Answer, Checks, Choice, Option, Quiz

CHECKS = Checks()
_ENOUGH = 0.325
_PAIR = ("flu", "sax")


def _same(value: Any, wanted: float, by: float = 0.006) -> bool:
    return bool(np.isclose(float(value), wanted, atol=by, rtol=0))


@CHECKS.of("my_answer")
def my_answer(value: Any, names: Mapping[str, Any]) -> str:
    if _same(value, 1 / (1 + np.exp(-2))):
        return "Right: the sum is 2, and the sigmoid makes 0.88 of it; rather sure that it is a flute."
    if _same(value, 2):
        return "That is the sum; now send it through the sigmoid."
    if _same(value, 1 / (1 + np.exp(-1.5))):
        return "That is without the bias; add 0.5 before the sigmoid."
    if _same(value, 1 / (1 + np.exp(2))):
        return "That is the probability of a trumpet; mind the minus in exp(-sum)."
    return "Not yet: multiply each input by its weight, add up, add the bias, then take the sigmoid."


@CHECKS.of("my_losses")
def my_losses(value: Any, names: Mapping[str, Any]) -> str:
    first, second = (float(number) for number in value)
    right = -np.log(0.5), -(3 * np.log(0.9) + np.log(0.01)) / 4
    if _same(first, right[0]) and _same(second, right[1]):
        return (
            f"Right: {right[0]:.2f} and {right[1]:.2f}. B is right three times out of four, A never clearly, "
            "and yet B costs more: one sure mistake is expensive."
        )
    usual = {
        "Those are the two numbers, the other way round: A comes first.": _same(first, right[1]),
        "The sign is wrong: cross-entropy is minus the logarithm, so it cannot be below 0.": min(first, second) < 0,
        "Those are sums over the four clips; divide by four for the mean.": _same(first, 4 * right[0]),
        "You took the mean of the probabilities first; take each logarithm first, then the mean.": _same(
            second, -np.log((3 * 0.9 + 0.01) / 4)
        ),
        "That is another logarithm; use the natural one, np.log.": _same(first, 1) or _same(first, np.log10(2)),
    }
    otherwise = "Not yet: minus the natural logarithm of each of the four probabilities, then their mean."
    return next((sentence for sentence, found in usual.items() if found), otherwise)


@CHECKS.of("my_rate")
def my_rate(value: Any, names: Mapping[str, Any]) -> str:
    rate = float(value)
    if rate <= 0:
        return "A learning rate is positive; a negative one climbs."
    end = float(names["loss"](names["walk"](rate)[-1]))
    if end <= _ENOUGH:
        return f"Right: with {rate:g} the loss after ten steps is {end:.3f}."
    compared = "too small: it has not arrived yet" if rate < 5 else "too large: it leaps about"
    return f"With {rate:g} the loss after ten steps is {end:.3f}. That rate is {compared}."


@CHECKS.of("my_steps")
def my_steps(value: Any, names: Mapping[str, Any]) -> str:
    batches, epochs = -(-518 // 32), 75
    steps = float(value)
    if steps == batches * epochs:
        return f"Right: {batches} batches per epoch, {batches * epochs:,} steps in all."
    if steps == batches:
        return "That is one epoch; there are 75."
    if steps == (batches - 1) * epochs:
        return "You left out the last, smaller batch of each epoch."
    if _same(steps, 518 / 32 * epochs, 0.6):
        return "There are no fractions of a step: the last batch of each epoch is smaller, but it is a step."
    if steps == 518 * epochs:
        return "That is how many times a clip is looked at; a step looks at 32 of them."
    return "Not yet: how many batches are needed to see each of 518 clips once, and how many times is that done?"


@CHECKS.of("my_history")
def my_history(value: Any, names: Mapping[str, Any]) -> str:
    if hasattr(value, "layers"):
        return "That is the network; what its fit returns is wanted: my_history = my_model.fit(...)."
    if not hasattr(value, "history"):
        return "That is not what fit returns; write my_history = my_model.fit(...)."
    losses, optimizer, count = value.history["loss"], type(value.model.optimizer).__name__, value.model.count_params()
    steps, wanted = value.params.get("steps"), -(-len(names["points"]) // 10)
    amiss = {
        f"Your network has {count} parameters; two weights and a bias make 3.": count != 3,
        f"It learned with {optimizer}; the task asks for Adam.": optimizer != "Adam",
        f"It ran for {len(losses)} epochs; the task asks for 20.": len(losses) != 20,
        f"Each epoch had {steps} steps; batches of 10 make {wanted}.": steps not in (None, wanted),
    }
    for sentence, found in amiss.items():
        if found:
            return sentence
    if losses[-1] > 0.45:
        return (
            f"The loss ends at {losses[-1]:.2f}, which is not the bottom. Is the learning rate 0.1? Adam moves a "
            "weight by about the rate in each step, and it has some way to go."
        )
    return f"Right: from {losses[0]:.2f} in the first epoch to {losses[-1]:.2f}. You have trained your first network."


@CHECKS.of("my_pair")
def my_pair(value: Any, names: Mapping[str, Any]) -> str:
    from sklearn.linear_model import LogisticRegression

    first, second = (int(number) for number in value)
    if first == second or not {first, second} <= set(range(40)):
        return "Give two different numbers from 0 to 39."
    both = np.isin(names["codes"], _PAIR)
    plane, flute = names["inputs"][both][:, [first, second]], names["codes"][both] == _PAIR[0]
    right = float(LogisticRegression(C=1e4).fit(plane, flute).score(plane, flute))  # one neuron, to the bottom
    if right >= 0.9:
        return (
            f"Right: with MFCCs {first} and {second} the neuron is right for {right:.0%} of the clips it was fitted to."
        )
    return f"With MFCCs {first} and {second} it is right for {right:.0%}; look for a plane with less overlap."


@CHECKS.of("my_point")
def my_point(value: Any, names: Mapping[str, Any]) -> str:
    raw = np.asarray(names["recording_mfccs"], float)[[1, 2]]
    point = np.asarray(value, float).ravel()
    if point.shape != (2,):
        return f"Those are {len(point)} numbers; a point in the plane has two."
    if np.allclose(point, (raw - names["centre"]) / names["spread"], atol=0.01):
        chance = float(names["neuron"](point, names["walk"](3)[-1]))
        return f"Right: it lies at ({point[0]:.1f}, {point[1]:.1f}), and the neuron says flute with {chance:.0%}."
    if np.allclose(point, raw, atol=0.01):
        return "Those are the two numbers as they are; scale them, or they land far off the map."
    if np.allclose(point, raw - names["centre"], atol=0.01):
        return "You have subtracted the centre; now divide by the spread."
    return "Not yet: coefficients 1 and 2, minus centre, divided by spread."


def _large_rate(names: Mapping[str, Any]) -> dict[str, float]:
    good, large = ([float(names["loss"](w)) for w in names["paths"][rate]] for rate in (3, 30))
    return {"start": large[0], "first": large[1], "large": large[-1], "good": good[-1]}


EXPECTATIONS = {
    "large_rate": Choice(
        question="What will ten steps with a learning rate of 30 do, compared with 3?",
        variable="my_guess_large_rate",
        numbers=_large_rate,
        result=(
            "Rate 30 goes from {start:.2f} to {first:.2f} in its first step and ends at {large:.2f}; "
            "rate 3 ends at {good:.2f}."
        ),
        options=(
            Option("get to the bottom sooner", "It would if the slope were the same everywhere; it is not."),
            Option("get there just as well", "The bottom is the same, but those steps are too long to settle in it."),
            Option(
                "leap over the bottom, to where it is worse",
                "That is what the first step does: it trusts a slope far beyond where it holds.",
            ),
            Option("stand still", "That is what too small a rate looks like; this one moves too much."),
        ),
    )
}

QUIZZES = {
    "loss_above_guessing": Quiz(
        "A network for eleven instruments has a mean cross-entropy of 3.1 on new clips, yet it is right for 40 % of "
        "them, far above chance. How can that be?",
        (
            Answer("It is impossible: 40 % right means a loss below 2.4",
                   "Accuracy only counts which share is the largest; the loss looks at how large."),
            Answer("When it is wrong, it is very sure of it",
                   "A few answers that gave the truth 0.1 % cost almost 7 each, more than many right ones save.", True),
            Answer("It is unsure about everything", "Unsure answers cost about 2.4 each, not more."),
            Answer("The loss was computed on too few clips",
                   "That makes the mean less certain, but does not push it up."),
        ),
    ),
    "flat_ground": Quiz(
        "With rate 3 the steps got shorter and shorter, though the rate stayed the same. Why?",
        (
            Answer("The function walk makes the rate smaller", "Look at it again: `rate` is never changed."),
            Answer("Each step looks at fewer clips", "Each step looked at all of them."),
            Answer("The ground gets flatter near the bottom, and a step is rate times slope",
                   "Where the slope is zero, the step is zero: that is what the bottom is.", True),
            Answer("The weights cannot grow any further", "Nothing limits them; rate 30 took them to 12."),
        ),
    ),
    "adam_step": Quiz(
        "You train the neuron with Adam at its usual rate of 0.001. It has to move a weight from 0 to about 2.5. "
        "What do you expect after 100 steps?",
        (
            Answer("It has arrived: Adam adapts its steps",
                   "It adapts them to each other, not to the distance; each is about as long as the rate."),
            Answer("The weight has moved by about 0.1",
                   "100 steps of about 0.001. That is why Task 5 asked for a rate of 0.1.", True),
            Answer("It depends on how steep the loss is",
                   "For plain gradient steps, yes. Adam divides the steepness out."),
            Answer("The weight leaps about", "That takes a rate that is too large for the valley."),
        ),
    ),
}  # fmt: skip
