"""Exercises on L2: a penalty by hand, one's own, how fast weights shrink, fair comparisons and how many there were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from irmas_helpers.exercises import Answer, Checks, Choice, Estimate, Option, Quiz
from irmas_helpers.instruments import CODES, NAMES
from irmas_helpers.scoring import evaluation

CHECKS = Checks()


@CHECKS.of("small_penalty")
def small_penalty(value: Any, names: Mapping[str, Any]) -> str:
    squares = sum(weight**2 for weight in (3, -4, 0, 1))
    if np.isclose(float(value), 0.01 * squares):
        return f"Right: {0.01 * squares:g}; the weight of -4 alone pays {0.01 * 16:g}."
    if np.isclose(float(value), squares):
        return "That is the sum of the squares; the factor is missing."
    if np.isclose(float(value), 0.01 * squares / 2):
        return "Keras does not halve the penalty, as some books do."
    if np.isclose(float(value), 0.01 * (9 - 16 + 1)):
        return "The square of -4 is 16, not -16: a negative weight pays as much as a positive one."
    return "Not yet: square each weight, add up, multiply by the factor."


@CHECKS.of("my_history")
def my_penalty(value: Any, names: Mapping[str, Any]) -> str:
    if hasattr(value, "layers"):
        return "That is the network; what its fit returns is wanted: my_history = my_network.fit(...)."
    network = names["my_network"]
    losses = getattr(value, "history", value)["loss"]
    factors = [float(getattr(getattr(layer, "kernel_regularizer", None), "l2", 0) or 0) for layer in network.layers]
    if not any(factors):
        return "It trains, but no layer has a penalty: give one `kernel_regularizer=keras.regularizers.L2(...)`."
    last, penalty = float(losses[-1]), sum(float(each) for each in network.losses)
    if not np.isfinite(last):
        return "The loss is no number any more: try a smaller factor or a smaller learning rate."
    if last >= float(losses[0]):
        return f"The loss went from {float(losses[0]):.2f} to {last:.2f}; it should fall. Are there enough epochs?"
    ended = f"the loss went from {float(losses[0]):.2f} to {last:.2f}"
    return f"Right: with the factor {max(factors):g} {ended}, and {penalty:.2f} of that is penalty."


@CHECKS.of("half_life")
def half_life(value: Any, names: Mapping[str, Any]) -> str:
    steps_an_epoch, share = 108, 0.001 * 0.1
    steps = np.log(0.5) / np.log(1 - share)
    if np.isclose(float(value), steps / steps_an_epoch, rtol=0.02):
        return f"Right: {steps:,.0f} steps, {steps / steps_an_epoch:.0f} epochs; in ten epochs it does very little."
    if np.isclose(float(value), steps, rtol=0.02):
        return "Those are steps; the task asks for epochs."
    if np.isclose(float(value), 0.5 / share / steps_an_epoch, rtol=0.02):
        return "Nearly: the share is taken of what is left, not of the first value, so it takes longer."
    return "Not yet: solve (1 - share) ** steps = 0.5, then divide by the steps of an epoch."


# Why a comparison is unfair, by its letter; the others are fair.
_UNFAIR = {
    "a": "In a, the second network was tested on clips whose siblings it had heard: the test changed, not the network.",
    "c": "In c, one network was tested on rendered clips and the other on real music: two different examinations.",
    "e": "In e, one had 5 epochs and the other 20, so you cannot tell dropout from training time.",
}


@CHECKS.of("fair")
def fair_comparisons(value: Any, names: Mapping[str, Any]) -> str:
    letters = {str(letter).strip().lower() for letter in value}
    if unknown := letters - set("abcdef"):
        return f"{len(unknown)} of what you assigned is no letter from a to f; a list such as ['a', 'b'] is wanted."
    if wrong := sorted(letters & set(_UNFAIR)):
        return f"Not yet. {_UNFAIR[wrong[0]]}"
    if "b" not in letters or "d" not in letters:
        return "One is missing: look for the same songs, one change, and the same rule for how long to train."
    if "f" not in letters:
        return "One is missing: f has one fold only, which makes its interval wide. That is not unfair."
    return "Right: b, d and f change one thing and keep the songs; f rests on one fold, so its interval is wide."


@CHECKS.of("stopping_corrected")
def stopping_corrected(value: Any, names: Mapping[str, Any]) -> str:
    p_values = names["p_values"]
    place = list(names["steps"]).index("stop early")
    alone, right = float(p_values[place]), float(evaluation.holm(p_values)[place])
    if np.isclose(float(value), right, atol=5e-5):
        return f"Right: {alone:.4f} becomes {right:.3f}, still below .05."
    if np.isclose(float(value), alone, atol=5e-5):
        return "That is the p-value of one comparison; six were made."
    if np.isclose(float(value), alone * len(p_values), atol=5e-5):
        return "That is Bonferroni's, times six. Holm multiplies by six only the smallest; where does this one come?"
    return "Not yet: sort the six; the smallest is multiplied by 6, the next by 5 and so on. Where does this one come?"


@CHECKS.of("my_answers")
def my_answers(value: Any, names: Mapping[str, Any]) -> str:
    answers = {str(name): str(code) for name, code in value.items()}
    if any(code not in CODES for code in answers.values()):
        return "Some answers are no instrument codes; turn positions into codes with `CODES`."
    if len(answers) < 2:
        return "Ask two networks at least: the task is about whether they agree."
    said = "; ".join(f"{name}: {NAMES[code]}" for name, code in answers.items())
    word = "agree" if len(set(answers.values())) == 1 else "do not agree"
    return f"Right, you have asked {len(answers)} networks, and they {word} ({said})."


def _held(fitted: float, learned: str) -> str:
    """What is said about a network with small weights, by whether it learned its own clips."""
    return learned if fitted > 0.6 else "On your machine it has learned little in ten epochs."


EXPECTATIONS = {
    "penalty_at_start": Estimate(
        question="Guessing costs a cross-entropy of 2.4. How much penalty does L2(0.01) add to the loss of this "
        "network, before its first step?",
        variable="my_guess_penalty_at_start",
        numbers=lambda names: {"penalty": float(names["penalty"])},
        result="The penalty is {penalty:.1f}, the cross-entropy of guessing 2.4.",
        asked="penalty",
        high=10,
        step=0.5,
        form="{:.1f}",
        near=1.0,
        too_low="It is more: the squares of six kernels are added up, and the smaller ones begin with larger weights.",
        close="Close. The next cell shows which layers it comes from.",
        too_high="It is less, but still more than guessing costs.",
    ),
    "small_weights": Choice(
        question="After ten epochs with the factor 0.001, most of the 3.8 million weights behind Flatten will be "
        "close to zero. What of the accuracy on the clips that it was fitted to?",
        variable="my_guess_small_weights",
        numbers=lambda names: {"tiny": names["tiny"]["after, factor 0.001"], "fitted": names["fitted"]},
        result="With the penalty {tiny:.0%} of the weights end below 0.001, and the finished network is right for "
        "{fitted:.0%} of the fitted clips.",
        options=(
            Option(
                "low: without large weights little can be learned by heart",
                lambda tiny, fitted: _held(fitted, "The few weights that the data hold are enough to remember them."),
            ),
            Option(
                "still high: a few weights are enough",
                lambda tiny, fitted: _held(fitted, "You have seen it coming."),
            ),
        ),
    ),
    "heard": Choice(
        question="Which instrument leads in this clip?",
        variable="my_guess_heard",
        numbers=lambda names: {"label": NAMES[names["pack"].clips["instrument"].iloc[names["row"]]]},
        result="The label: {label}.",
        options=tuple(
            Option(name, lambda label, name=name: "So says the label." if name == label else "The label differs.")
            for name in (NAMES[code] for code in ("org", "cla", "vio", "sax", "flu"))
        ),
    ),
    "survivors": Estimate(
        question="Of the five p-values, how many will still be below .05 after Holm's correction?",
        variable="my_guess_survivors",
        numbers=lambda names: {"count": int((names["by_hand"]["corrected"] < 0.05).sum())},
        result="{count} of 5 stay below .05.",
        asked="count",
        high=5,
        step=1,
        form="{:.0f}",
        near=0,
        too_low="More survive: p-values that are this small bear being multiplied.",
        close="So it is.",
        too_high="Fewer survive: what was above .05 can only become larger.",
    ),
    "strongest_l2": Choice(
        question="With the factor 0.1, a hundred times the one that you have trained with, what becomes of the gap "
        "between fitted clips and test songs?",
        variable="my_guess_strongest_l2",
        numbers=lambda names: {
            "gap": 100 * float(names["factor_sweep"]["gap"].iloc[-1]),
            "without": 100 * float(names["factor_sweep"]["gap"].iloc[0]),
            "test": float(names["factor_sweep"]["accuracy"].iloc[-1]),
            "plain": float(names["factor_sweep"]["accuracy"].iloc[0]),
        },
        result="The gap goes from {without:.0f} points to {gap:.0f}, the test accuracy from {plain:.0%} to {test:.0%}.",
        options=(
            Option(
                "it stays about the same",
                "That is what the small factors show. A factor this large leaves the weights no freedom.",
            ),
            Option(
                "it closes, and the test accuracy rises",
                "That is the hope of all regularisation. The gap does close here, but look at which end moved.",
            ),
            Option(
                "it closes, and the test accuracy falls",
                "A network that learns nothing does equally badly on all clips.",
            ),
            Option(
                "it becomes larger",
                "It would, if the network still learned its own clips by heart; under this penalty it cannot.",
            ),
        ),
    ),
}

QUIZZES = {
    "penalty_and_data": Quiz(
        "A weight has come to rest: further steps do not change it. The penalty still pulls it towards zero. What "
        "does that say about the data?",
        (
            Answer(
                "They pull at it no longer",
                "Then nothing would hold it, and the penalty would go on shrinking it towards zero.",
            ),
            Answer(
                "They pull away from zero just as hard",
                "At rest the two gradients cancel. So the data's own loss is not at its lowest: the penalty costs a "
                "little fit.",
                right=True,
            ),
            Answer(
                "Their loss is at its lowest",
                "There the gradient of the data is zero, and the penalty alone would move the weight on.",
            ),
            Answer(
                "They pull towards zero as well",
                "Two pulls in the same direction add up, and the weight would move faster instead of resting.",
            ),
        ),
    ),
    "l2_with_adam": Quiz(
        "Why are L2 in the loss and weight decay not the same with Adam?",
        (
            Answer(
                "Adam ignores penalties",
                "It does not: the penalty is part of the loss, so its gradient is part of what Adam gets. What counts "
                "is what Adam does with it.",
            ),
            Answer(
                "Adam's learning rate is smaller",
                "A learning rate would scale both alike. With plain gradient descent they are the same for every "
                "learning rate.",
            ),
            Answer(
                "Weight decay shrinks the biases as well",
                "That depends on settings, not on Adam; you have seen the difference on a single weight.",
            ),
            Answer(
                "Adam divides the gradient by its usual size, and the penalty in it too",
                "So a weight with large gradients is hardly shrunk. Decay is subtracted beside the step and escapes "
                "the division.",
                right=True,
            ),
        ),
    ),
    "what_intervals_hold": Quiz(
        "Two networks, each trained once on each fold, differ by 1 point (95 % interval 0.2 to 1.8, over songs). What "
        "can you not conclude?",
        (
            Answer(
                "That training both recipes again would favour the second again",
                "Other first weights and another order of clips make other networks. The interval asks only what "
                "would happen to these networks with other songs.",
                right=True,
            ),
            Answer(
                "That the second was right more often on these songs",
                "That is simply counted: the difference of 1 point is what was seen.",
            ),
            Answer(
                "That these same networks would probably differ in the same direction on other songs",
                "This is what the interval over songs is for, as long as the other songs are of the same kind.",
            ),
            Answer(
                "That zero lies outside the interval",
                "It does: the interval begins at 0.2. The question is what the interval is about.",
            ),
        ),
    ),
}
