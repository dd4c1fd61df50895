"""Exercises on convolutional networks: kernels by hand, parameters on paper, a network of one's own, overfitting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from irmas_helpers.exercises import Answer, Checks, Choice, Estimate, Option, Quiz
from irmas_helpers.instruments import CODES
from irmas_helpers.sound.audio import SAMPLE_RATE
from irmas_helpers.sound.features import HOP_LENGTH

CHECKS = Checks()
_MOST_PARAMETERS = 100_000


@CHECKS.of("partial_number")
def partial_number(value: Any, names: Mapping[str, Any]) -> str:
    number, patch, partial = float(value), names["patch"], names["partial"]
    if np.isclose(number, np.sum(patch * partial), atol=0.01):
        return f"Right: {number:.1f}. A note begins here in all three bands, and hardly a line sticks out of them."
    if np.isclose(number, np.sum(patch * names["onset"]), atol=0.01):
        return "That is what the onset kernel gives; lay the weights of `partial` on the same nine cells."
    if np.isclose(number, np.sum(patch * np.abs(partial)), atol=0.01):
        return "You added all three rows; the weights of the upper and lower ones are negative."
    if np.isclose(number, np.sum(patch * np.sign(partial)), atol=0.01):
        return "Nearly: the middle row counts twice."
    return "Not yet: nine products, each of a cell and the weight on it, and then their sum."


@CHECKS.of("ending")
def ending(value: Any, names: Mapping[str, Any]) -> str:
    kernel = np.asarray(value, dtype=float)
    if kernel.shape != (3, 3):
        return f"The kernel has shape {kernel.shape}; the task asks for 3 rows of 3 weights."
    if abs(kernel.sum()) > 1e-6:
        return f"The weights sum to {kernel.sum():g}, so a loud place answers where nothing changes at all."
    # A note over all bands, six frames long; a column of the kernel then acts as one weight.
    note = np.repeat([0.0, 1.0, 0.0], 6)
    answers = np.correlate(note, kernel.sum(axis=0), mode="valid")
    begin, end = answers[:8].max(), answers[8:].max()
    if max(begin, end) < 1e-6:
        return "This kernel gives nothing at either end of a note; its columns, left and right, have to differ."
    if begin > end + 1e-6:
        return "That kernel finds where a note begins; what has to be large, and then small, where it ends?"
    if begin > end - 1e-6:
        return "It answers to beginnings just as much as to ends; only ends should make it large."
    return f"Right: {end:g} where a note ends, at most {begin:g} where one begins, 0 where nothing changes."


@CHECKS.of("two_layers")
def two_layers(value: Any, names: Mapping[str, Any]) -> str:
    first, second = (int(number) for number in value)
    right = ((20 * 2 + 1) * 32, (3 * 32 + 1) * 64)
    if (first, second) == right:
        return f"Right: {first:,} and {second:,}, for a second of sound as for an hour."
    if (first, second) == right[::-1]:
        return "The other way round: the first layer comes first."
    if first == 20 * 2 * 32 or second == 3 * 32 * 64:
        return "Those are the weights; each kernel also has a bias."
    if first in (20 * 32, 21 * 32) or second in (3 * 64, 4 * 64):
        return "A kernel has weights for every channel of its input: stereo has two, 32 maps are 32."
    if right[0] == first or right[1] == second:
        return f"The {'first' if right[0] == first else 'second'} is right; count the other one in the same way."
    return "Not yet: a kernel has length x input channels weights and one bias; how many kernels are there?"


@CHECKS.of("turning_point")
def turning_point(value: Any, names: Mapping[str, Any]) -> str:
    epoch, points = value
    curve, accuracies = names["log_mel_history"]["val_loss"], names["log_mel_history"]["val_accuracy"]
    best = int(np.argmin(curve))
    gained = 100 * (accuracies[-1] - accuracies[best])
    if int(epoch) == best:
        return "You counted epochs from 0; the task counts from 1."
    if int(epoch) != best + 1:
        return f"Epoch {int(epoch)} does not have the smallest validation loss; np.argmin finds it."
    if np.isclose(float(points), gained / 100, atol=1e-3) and not np.isclose(gained, 0, atol=0.2):
        return "The epoch is right; give the gain in points, a hundred times the share."
    if not np.isclose(float(points), gained, atol=0.1):
        return "The epoch is right; the gain is the last validation accuracy minus the one in that epoch."
    return f"Right: from epoch {best + 1} to {len(curve)} the validation accuracy changes by {gained:+.1f} points."


@CHECKS.of("my_cnn")
def my_cnn(value: Any, names: Mapping[str, Any]) -> str:
    if isinstance(value, dict) or not hasattr(value, "layers"):
        return "That is no network; assign the network to my_cnn, and what its `fit` returns to my_history."
    if unlike := _unlike_the_task(value):
        return unlike
    if getattr(value, "optimizer", None) is None:
        return "Well built; it is not compiled yet: optimiser, loss, metrics."
    if not int(value.optimizer.iterations):
        return "Built and compiled; it has made no step yet: call its `fit`."
    return f"Right: {value.count_params():,} parameters. {_fitted(names['my_history'])}"


def _unlike_the_task(model: Any) -> str:
    """What a network lacks that the task asks for; nothing if it lacks nothing."""
    if not any(type(layer).__name__ == "Conv2D" for layer in model.layers):
        return "There is no Conv2D among its layers yet."
    if model.output_shape[1:] != (len(CODES),):
        return f"Its output has the shape {model.output_shape[1:]}; eleven probabilities are wanted, one per class."
    if _activation(model.layers[-1]) != "softmax":
        return "The last layer needs activation='softmax', or its outputs are no probabilities."
    count, largest = model.count_params(), max(model.layers, key=lambda layer: layer.count_params())
    if count >= _MOST_PARAMETERS:
        share = largest.count_params() / count
        return f"It has {count:,} parameters, {share:.0%} of them in {largest.name}; make fewer numbers come in there."
    return ""


def _activation(layer: Any) -> str:
    return getattr(getattr(layer, "activation", None), "__name__", "") or type(layer).__name__.lower()


def _fitted(history: Any) -> str:
    """What a history says, as `fit` returns it or its dictionary."""
    curves = getattr(history, "history", history)
    accuracy, elsewhere = curves.get("accuracy"), curves.get("val_accuracy")
    if not accuracy or not elsewhere:
        return "To see accuracies here, compile it with metrics=['accuracy'] and fit it with validation_data=watching."
    return (
        f"After {len(accuracy)} epochs it is right for {accuracy[-1]:.0%} of the fitted clips "
        f"and {elsewhere[-1]:.0%} of the others."
    )


@CHECKS.of("my_guesses")
def my_guesses(value: Any, names: Mapping[str, Any]) -> str:
    labels = list(names["clips"]["instrument"].iloc[names["heard"]])
    guesses = [str(guess).strip().lower() for guess in value]
    if len(guesses) != len(labels):
        return f"Assign {len(labels)} codes, one for each clip; there are {len(guesses)}."
    if unknown := [guess for guess in guesses if guess not in CODES]:
        return f"{unknown[0]!r} is none of the codes: {', '.join(CODES)}."
    right = sum(guess == label for guess, label in zip(guesses, labels, strict=True))
    if right == len(labels):
        return f"Right, all {right} of them. Now see what the networks said."
    return f"You hear {right} of {len(labels)} as the labels have it; the next cell shows which."


@CHECKS.of("behind_flatten")
def behind_flatten(value: Any, names: Mapping[str, Any]) -> str:
    inputs, units = 30 * 31 * 64, 64
    if int(value) == inputs * units + units:
        return f"Right: {int(value):,}, nearly all parameters of the network."
    if int(value) == inputs * units:
        return "Those are the weights; each unit also has a bias."
    if int(value) in (inputs, inputs + 1):
        return "That is what one unit has; there are 64."
    if int(value) in (30 * 31 * units, 30 * 31 * units + units):
        return "You counted the places of one map; each of the 64 maps has as many."
    return "Not yet: inputs x units weights, and one bias for each unit."


@CHECKS.of("onset_curve")
def onset_curve(value: Any, names: Mapping[str, Any]) -> str:
    curve = np.asarray(value, dtype=float)
    if curve.ndim != 1:
        return f"It has shape {curve.shape}; average over the bands, the first axis, and one number per frame is left."
    if len(curve) == 126:
        return "126 numbers are one per band; average over the other axis."
    if curve.min() < 0:
        return "It has negative values: apply relu to the map before you average, or ends cancel beginnings."
    if not curve.max() > 0:
        return "It is zero everywhere: is there any sound in the recording?"
    own = np.maximum(names["maps"]["onset"], 0).mean(axis=0)
    if curve.shape == own.shape and np.allclose(curve, own):
        return "That is the clarinet of section 1; now take a sound of your own."
    inner = np.flatnonzero((curve[1:-1] >= curve[:-2]) & (curve[1:-1] > curve[2:])) + 1
    strongest = sorted(inner[np.argsort(-curve[inner])[:3]])
    moments = ", ".join(f"{(place + 1) * HOP_LENGTH / SAMPLE_RATE:.2f} s" for place in strongest)
    return f"Right: the steepest beginnings are at {moments}. Play it and count along."


EXPECTATIONS = {
    "waveform_elsewhere": Estimate(
        question="After ten epochs: what share of the clips of other songs does the network name rightly? "
        "Guessing gives 9 %.",
        variable="my_guess_waveform_elsewhere",
        numbers=lambda names: {
            "elsewhere": names["waveform_history"]["val_accuracy"][-1],
            "fitted": names["waveform_history"]["accuracy"][-1],
        },
        result="It is right for {elsewhere:.0%} of the clips of other songs, and for {fitted:.0%} of the fitted ones.",
        asked="elsewhere",
        too_low="It is not quite as bad: it does better than guessing.",
        close="You did not expect much, and were right.",
        too_high="It knows less than you hoped; most of what it learned holds for its own clips alone.",
    ),
    "log_mel_elsewhere": Estimate(
        question="After twelve epochs on log-mels: what share of the clips of other songs does this network name "
        "rightly?",
        variable="my_guess_log_mel_elsewhere",
        numbers=lambda names: {
            "elsewhere": names["log_mel_history"]["val_accuracy"][-1],
            "fitted": names["log_mel_history"]["accuracy"][-1],
            "sound": names["waveform_history"]["val_accuracy"][-1],
        },
        result="It is right for {elsewhere:.0%} of the clips of other songs, and for {fitted:.0%} of the fitted ones; on "
        "raw sound it was {sound:.0%} of the others.",
        asked="elsewhere",
        too_low="The spectrum helped more than you thought.",
        close="Close: the input is better, and the network still has more room to remember than to learn.",
        too_high="A better input does not cure overfitting: the fitted clips are learned by heart as before.",
    ),
    "richer_input": Choice(
        question="Real IRMAS, split by song: the dense network with 80 numbers per clip reached 51.5 %. And the CNN on "
        "whole log-mels?",
        variable="my_guess_richer_input",
        numbers=lambda names: _by_song(names["table"]),
        result="The dense network is right for {dense:.1%}, the CNN for {cnn:.1%}.",
        options=(
            Option(
                "clearly better, 60 % or more",
                "It does see all that the 80 numbers were computed from, and more; it also has more room to remember.",
            ),
            Option(
                "about the same, within five points",
                lambda dense, cnn: f"The distance is {100 * abs(dense - cnn):.0f} points.",
            ),
            Option("clearly worse, 45 % or less", "So it is, and the next sections look for the reason."),
        ),
    ),
    "shuffled_labels": Estimate(
        question="For what share of the 55 clips will the network give the meaningless label that it was shown?",
        variable="my_guess_shuffled_labels",
        numbers=lambda names: {"share": names["nonsense_history"]["accuracy"][-1]},
        result="It gives the meaningless label to {share:.0%} of the clips.",
        asked="share",
        too_low="It remembers more: with nothing to understand, it has learned the clips themselves.",
        close="You trusted its memory, and rightly.",
        too_high="It remembers less than you thought, in so few epochs.",
    ),
}


def _by_song(table: Any) -> dict[str, float]:
    by_song = table[table["group"] == "split by song"]
    return dict(zip(("dense", "cnn"), by_song["accuracy"], strict=True))


QUIZZES = {
    "borders": Quiz(
        "A kernel of 3 by 3 visits every place of a log-mel of 128 bands and 130 frames where all its nine weights lie "
        "on cells. How large is the map?",
        (
            Answer(
                "128 by 130, one number for each cell",
                "On the first band the kernel would hang over the border, and three of its weights would have no cell. "
                "You can put zeros there; then the map is as large as the picture, but some of it is made of zeros.",
            ),
            Answer(
                "126 by 128",
                "Its middle can be on any cell but those of the outermost rows and columns: one is lost on each of the "
                "four sides.",
                right=True,
            ),
            Answer(
                "125 by 127, three fewer each way",
                "Try it with a row of three cells: a kernel of width three fits in one place, and 3 - 3 + 1 is 1.",
            ),
            Answer(
                "42 by 43, a third each way",
                "That would be so if the kernel jumped three cells at a time (a stride of 3). Here it moves by one, "
                "and neighbouring places share cells.",
            ),
        ),
    ),
    "red_above": Quiz(
        "In this picture up is higher in frequency. A kernel has positive weights (red) in its upper row and negative "
        "ones (blue) in its lower row. Where does it give its largest numbers?",
        (
            Answer(
                "At the upper edge of a bright line",
                "There it is bright below and dark above, so what is bright meets the negative weights: the number is "
                "negative, and relu makes it 0.",
            ),
            Answer(
                "At the lower edge of a bright line",
                "There the upper row lies on what is bright and the lower row on what is dark: bright minus dark.",
                right=True,
            ),
            Answer(
                "In the middle of a broad bright area",
                "There both rows lie on cells that are equally bright, and cancel.",
            ),
            Answer(
                "Where a note begins",
                "There left differs from right. In this kernel, above differs from below.",
            ),
        ),
    ),
    "what_got_worse": Quiz(
        "Between epoch 6 and epoch 20 the validation loss more than doubles, and the validation accuracy hardly moves. "
        "What has happened?",
        (
            Answer(
                "The network has forgotten what it knew about other songs",
                "Then it would name fewer of their clips rightly. It names as many as before.",
            ),
            Answer(
                "The validation clips have become harder",
                "They are the same clips in every epoch; only the weights have changed.",
            ),
            Answer(
                "It gives its wrong answers with more and more confidence",
                "The loss is minus the logarithm of what the right answer was given: 5 % costs 3.0, 0.1 % costs 6.9. "
                "For the accuracy both are the same mistake.",
                right=True,
            ),
            Answer(
                "The loss has been computed wrongly",
                "Both are right. They ask different questions: which answer is first, and how much was given to the "
                "right one.",
            ),
        ),
    ),
}
