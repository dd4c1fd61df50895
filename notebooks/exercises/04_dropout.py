"""Exercises on dropout: writing it, counting thinned networks, designing and reading runs, asking about a recording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from irmas_helpers.exercises import Answer, Checks, Choice, Option, Quiz
from irmas_helpers.instruments import CODES, NAMES

CHECKS = Checks()


@CHECKS.of("my_dropout")
def my_dropout(value: Any, names: Mapping[str, Any]) -> str:
    rate, ones = 0.2, np.ones((200, 100))
    result = np.asarray(value(ones, rate, np.random.default_rng(0)), dtype=float)
    if result.shape != ones.shape:
        return f"The result has shape {result.shape}; it should have that of the values, {ones.shape}."
    dropped = np.mean(result == 0)
    if np.isclose(dropped, 1 - rate, atol=0.02):
        return f"With rate {rate:g} it drops {dropped:.0%}: it keeps what it should drop."
    if not np.isclose(dropped, rate, atol=0.02):
        return f"With rate {rate:g} it drops {dropped:.0%} of the values."
    if np.array_equal(result, np.asarray(value(ones, rate, np.random.default_rng(1)), dtype=float)):
        return "Another random generator gives the same mask; let `random` draw it."
    if not np.isclose(result.mean(), 1, atol=0.02):
        return f"The right share is dropped, but the mean of ones becomes {result.mean():.2f}; make the rest larger."
    return f"Right: {dropped:.0%} are dropped and the mean stays {result.mean():.2f}."


@CHECKS.of("power_of_two")
def power_of_two(value: Any, names: Mapping[str, Any]) -> str:
    units = (512, 256, 128)
    if int(value) == sum(units):
        return f"Right: 2 to the power of {sum(units)}, a number of {len(str(2 ** sum(units)))} digits."
    if int(value) == np.prod(units):
        return "Every unit of one layer goes with every choice in the others, but a choice is made once a unit: add."
    return "Not yet: each unit is either there or not; how many units stand before a dropout layer?"


@CHECKS.of("missing_runs")
def missing_runs(value: Any, names: Mapping[str, Any]) -> str:
    runs = {(int(pool), float(dropout)) for pool, dropout in value}
    recorded, wanted = {(4, 0.0), (2, 0.5)}, {(4, 0.5), (2, 0.0)}
    if runs == wanted:
        return "Right: with these two, each change can be seen with the other one held fixed, either way."
    if runs & recorded:
        return "One of your runs is recorded already; which combinations of pool and dropout are not?"
    if runs < wanted:
        return "That is one of them, and enough to tell if the two changes simply add up; which other cell is empty?"
    return "Not yet: keep to pools of 4 or 2 and rates of 0 or 0.5, and change one thing at a time."


@CHECKS.of("my_history")
def my_dropout_network(value: Any, names: Mapping[str, Any]) -> str:
    if hasattr(value, "layers"):
        return "That is the network; what its fit returns is wanted: my_history = my_model.fit(...)."
    layers = names["my_model"].layers
    rates = [float(layer.rate) for layer in layers if type(layer).__name__ == "Dropout"]
    epochs = len(value.history["loss"])
    if not rates:
        return "There is no dropout layer in my_model: give `networks.cnn_log_mel` a rate."
    if np.isclose(rates[0], 0.5):
        return "It trains, but with the rate of 0.5 that the text has used already: choose another one."
    if epochs != 4:
        return f"It was fitted for {epochs} epochs; the task asks for four."
    first, last = value.history["loss"][0], value.history["loss"][-1]
    return f"Right: with a rate of {rates[0]:g}, the loss went from {first:.1f} to {last:.1f} in four epochs."


@CHECKS.of("lowest")
def lowest_validation(value: Any, names: Mapping[str, Any]) -> str:
    from irmas_helpers.learning import recipes, results

    rate, epoch = float(value[0]), int(value[1])
    curves = {}
    for each in names["rates"]:
        fold = results.folds(recipes.regularised(dropout=each).name)[0]
        curves[float(each)] = fold["history"]["val_cross_entropy"]
    best = min(curves, key=lambda each: min(curves[each]))
    at = int(np.argmin(curves[best])) + 1
    if (rate, epoch) == (best, at):
        return f"Right: rate {best:g} reaches {min(curves[best]):.2f} in epoch {at}. One fold, so do not build on it."
    if (rate, epoch) == (best, at - 1):
        return "The rate is right; count the epochs from 1."
    if rate not in curves:
        return f"Assign one of the rates: {', '.join(f'{each:g}' for each in curves)}."
    if rate == best:
        return "The rate is right; in which epoch is its curve lowest?"
    return f"Rate {rate:g} gets down to {min(curves[rate]):.2f}; another rate gets lower."


@CHECKS.of("my_votes")
def my_votes(value: Any, names: Mapping[str, Any]) -> str:
    votes = Counter(str(code) for code in value)
    if unknown := set(votes) - set(CODES):
        return f"{len(unknown)} of the votes are no instrument codes; turn positions into codes with `CODES`."
    if sum(votes.values()) != 50:
        return f"There are {sum(votes.values())} votes; the task asks for 50."
    (winner, most), *_ = votes.most_common()
    return f"Right: {most} of 50 thinned networks say {NAMES[winner]}, and {len(votes)} instruments got a vote."


def _ends(pair: Any) -> tuple[float, float, float]:
    """A paired difference and the two ends of its interval."""
    return pair.difference, *pair.interval


EXPECTATIONS = {
    "spatial_dropout": Choice(
        question="Real IRMAS, split by song: what does spatial dropout of a quarter, after each pooling layer, do to "
        "the accuracy on test songs?",
        variable="my_guess_spatial_dropout",
        numbers=lambda names: dict(
            zip(("points", "low", "high"), (100 * end for end in _ends(names["spatial"])), strict=True)
        ),
        result="The difference is {points:+.1f} points, and its interval reaches from {low:+.1f} to {high:+.1f}.",
        options=(
            Option("it gains five points or more", "So large a gain would lie outside the interval."),
            Option(
                "it makes no difference that can be shown",
                lambda points, low, high: "Zero is inside the interval." if low < 0 < high else "Zero is outside it.",
            ),
            Option("it costs five points or more", "So large a loss would lie outside the interval."),
        ),
    ),
    "dropout_rate": Choice(
        question="When the dropout rate rises from 0 to 0.7, what happens to the finished network's accuracy on the "
        "clips that it was fitted to?",
        variable="my_guess_dropout_rate",
        numbers=lambda names: {
            "none": float(names["sweep"]["fitted_accuracy"].iloc[0]),
            "most": float(names["sweep"]["fitted_accuracy"].iloc[-1]),
        },
        result="It goes from {none:.0%} at rate 0 to {most:.0%} at rate 0.7.",
        options=(
            Option(
                "it falls: less is learned by heart",
                "That is what dropout is meant to do. Look at the column `epochs`, though: with more dropout the "
                "network was trained longer before it was stopped.",
            ),
            Option(
                "it stays about the same",
                "The number of epochs does not stay the same: stopping early lets a network that learns slowly "
                "train for longer.",
            ),
            Option(
                "it rises: more is learned by heart",
                "You thought of what stopping early does: slower learning is stopped later.",
            ),
        ),
    ),
}

QUIZZES = {
    "dropped_unit": Quiz(
        "A dropout layer follows a dense layer. In one step, a unit of that dense layer is dropped. What happens in "
        "this step to the weights that lead into the unit?",
        (
            Answer(
                "They are set to zero",
                "Values are set to zero, not weights: in the next step the unit may pass again, with the weights "
                "that it had.",
            ),
            Answer(
                "They learn as usual, since they lie in front of the dropout layer",
                "Tempting, because they were used on the way forward. But the gradient comes back through the mask, "
                "and the mask is zero there.",
            ),
            Answer(
                "They get no gradient and stay as they are",
                "The path from these weights to the loss leads through the mask, and a factor of zero makes the whole "
                "product zero. (An optimiser with a memory, such as Adam, may still move them a little.)",
                right=True,
            ),
            Answer(
                "They are made larger, to make up for the missing unit",
                "What is made larger are the values that pass, by the share that passes; weights are not touched.",
            ),
        ),
    ),
    "validation_above_training": Quiz(
        "Early in training with dropout, the validation accuracy lies above the training accuracy. What is the reason?",
        (
            Answer(
                "The training accuracy is measured with units missing, the validation accuracy with all of them",
                "And it is a mean over the epoch, from its worse beginning to its end. Ask the finished network about "
                "its training clips, and the order turns round.",
                right=True,
            ),
            Answer(
                "The validation clips are easier",
                "It could be so by chance, but then the same would be seen without dropout. Here it goes away when "
                "dropout is switched off.",
            ),
            Answer(
                "Clips of the same songs are in training and validation",
                "A leak lifts the validation accuracy at most up to the training accuracy of the same network; and "
                "these clips were split by song.",
            ),
            Answer(
                "The network is overfitting",
                "Overfitting shows the other way round: training goes on getting better while validation does not.",
            ),
        ),
    ),
}
