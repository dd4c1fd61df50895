"""Exercises on a better network: layers, targets, mixtures, versions of a recording; what epochs and changes bring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from irmas_helpers.exercises import Answer, Checks, Choice, Estimate, Option, Quiz
from irmas_helpers.instruments import CODES

CHECKS = Checks()


@CHECKS.of("last_layer")
def last_layer(value: Any, names: Mapping[str, Any]) -> str:
    maps, classes = 128, len(CODES)
    right = (maps * classes + classes, 4 * 8 * maps * classes + classes)
    behind_mean, behind_flatten = (int(number) for number in value)
    if (behind_mean, behind_flatten) == right:
        return f"Right: {right[0]:,} against {right[1]:,}, and the second one asks for each place of the map anew."
    if (behind_mean, behind_flatten) == (right[0] - classes, right[1] - classes):
        return "Each class has a bias as well."
    if (behind_mean, behind_flatten) == right[::-1]:
        return "The other way round: the mean comes first."
    return "Not yet: the mean leaves one number a map; flatten leaves 4 x 8 of them."


@CHECKS.of("my_normalise")
def my_normalise(value: Any, names: Mapping[str, Any]) -> str:
    values = np.random.default_rng(0).normal((0, 5, -3), (1, 10, 0.5), (6, 5, 4, 3))
    values += 3 * np.arange(6)[:, None, None, None]  # clips of different loudness, and places of different level
    values += np.arange(5)[:, None, None]
    result = np.asarray(value(values), dtype=float)
    if result.shape != values.shape:
        return f"The result has shape {result.shape}; it should have that of the values, {values.shape}."

    def scaled(axes: tuple[int, ...]) -> np.ndarray:
        return (values - values.mean(axis=axes, keepdims=True)) / values.std(axis=axes, keepdims=True)

    if np.allclose(result, scaled((0, 1, 2)), atol=0.01):
        return "Right: every map now has mean 0 and standard deviation 1, and loud clips are still louder than others."
    if np.allclose(result, scaled((1, 2)), atol=0.01):
        return "You take mean and spread within each clip, so that loud clips become like soft ones; take all clips."
    if np.allclose(result, scaled((0,)), atol=0.01):
        return "You take a mean for each place; all places of a map share one."
    if np.allclose(result, scaled((0, 1, 2, 3)), atol=0.01):
        return "You take one mean for all maps together; each map has its own."
    if np.allclose(result.mean(axis=(0, 1, 2)), 0, atol=0.01):
        return "The means are 0; now the spread: divide by the square root of the variance."
    return "Not yet: after it, each map should have mean 0 and standard deviation 1 over all clips and places."


@CHECKS.of("my_history")
def my_pooled_network(value: Any, names: Mapping[str, Any]) -> str:
    network, epochs = names["my_network"], len(value.history["loss"])
    kinds = [type(layer).__name__ for layer in network.layers]
    if "Flatten" in kinds:
        return "There is a Flatten layer in my_network; the mean over the maps takes its place."
    if not {"GlobalAveragePooling2D", "GlobalAvgPool2D"} & set(kinds):
        return "The mean over the maps is missing: `keras.layers.GlobalAveragePooling2D()`."
    if kinds.count("Conv2D") < 3:
        return "The task asks for three convolutions in front of the mean."
    if kinds.count("BatchNormalization") < 3:
        return "Each of the three convolutions should have its own batch normalisation."
    if "accuracy" not in value.history:
        return 'Ask `compile` for `metrics=["accuracy"]`, or you cannot see how often it is right.'
    if epochs != 6:
        return f"It was fitted for {epochs} epochs; the task asks for six."
    said = np.argmax(network.predict(names["inputs"], verbose=0), axis=1)
    return (
        f"Right: {network.count_params():,} parameters. In its last epoch {value.history['accuracy'][-1]:.0%} of the "
        f"clips were right while it trained; in use it is right for {np.mean(said == names['labels']):.0%} of them."
    )


@CHECKS.of("smoothed_target")
def smoothed_target(value: Any, names: Mapping[str, Any]) -> str:
    right, others = (float(number) for number in value)
    share = 0.1 / len(CODES)
    if np.allclose((right, others), (0.9 + share, share), atol=1e-4):
        return f"Right: {0.9 + share:.4f}, and {share:.4f} for each of the ten others; together they sum to 1."
    if np.allclose((right, others), (0.9, 0.1 / 10), atol=1e-4):
        return "Nearly: Keras spreads the smoothing over all eleven classes, the right one among them."
    return "Not yet: take a tenth away from the target, and give an eleventh of it to each class."


@CHECKS.of("weaker_by")
def weaker_by(value: Any, names: Mapping[str, Any]) -> str:
    told, right = float(value), 20 * np.log10(9)
    if np.isclose(abs(told), right, atol=0.1):
        return f"Right: {right:.0f} dB, and in power a ratio of 1 to 81."
    if np.isclose(abs(told), right / 2, atol=0.1):
        return "That is for powers; shares are of amplitudes, and their logarithm is taken 20 times."
    if np.isclose(abs(told), 20, atol=0.1):
        return "That is a share of 0.1 against the whole; the guitar has 0.9."
    return "Not yet: divide the guitar's share by the clarinet's, and turn the factor into decibels."


def _parts(names: Mapping[str, Any]) -> tuple[float, float, float]:
    """Points from longer training alone, from augmentation at 72 epochs, and from longer training with it."""
    accuracy = 100 * names["budgets"].set_index(["way", "epochs"])["accuracy"]
    return (
        accuracy["unchanged", 72] - accuracy["unchanged", 24],
        accuracy["augmented", 72] - accuracy["unchanged", 72],
        accuracy["augmented", 72] - accuracy["augmented", 24],
    )


@CHECKS.of("my_points")
def my_points(value: Any, names: Mapping[str, Any]) -> str:
    longer, changed, longer_augmented = _parts(names)
    first, second = (float(number) for number in value)
    if np.allclose((first, second), (longer, changed), atol=0.15):
        return f"Right: {longer:.1f} points come with the epochs alone, {changed:.1f} with augmentation at equal epochs."
    if np.allclose((first, second), (changed, longer), atol=0.15):
        return "The other way round: the epochs come first."
    if np.allclose((100 * first, 100 * second), (longer, changed), atol=0.15):
        return "Those are shares; give percentage points."
    if np.isclose(first, longer_augmented, atol=0.15):
        return "That is what longer training brings with augmentation; take the two runs without it."
    return "Not yet: which two runs differ in the epochs only, and which two, at 72 epochs, in the augmentation only?"


@CHECKS.of("my_versions")
def my_versions(value: Any, names: Mapping[str, Any]) -> str:
    versions = [np.asarray(version, dtype=float) for version in dict(value).values()]
    if len(versions) < 3:
        return f"There are {len(versions)} versions; the task asks for three."
    if any(version.ndim != 2 or version.shape[0] != 128 for version in versions):
        return "Each version should be a log-mel of 128 bands; take `[0]` of what comes back with an axis for clips."
    if any(version.min() < -80.5 or version.max() > 0.5 or version.min() >= 0 for version in versions):
        return "A version lies outside -80 to 0 dB: turn power back with `augmentation.decibels`."
    if any(np.allclose(first, second) for place, first in enumerate(versions) for second in versions[:place]):
        return "Two of the versions are the same; give each another change."
    return f"Right: {len(versions)} versions of one recording, and to the network each of them is a new clip."


def _fitted_and_test(table: str) -> Any:
    """What an expectation reads of two recipes that were compared: their accuracies on fitted and on test clips."""

    def numbers(names: Mapping[str, Any]) -> dict[str, float]:
        before, after = names[table].to_dict("records")
        return {
            "fitted_before": float(before["fitted_accuracy"]),
            "fitted": float(after["fitted_accuracy"]),
            "before": float(before["accuracy"]),
            "after": float(after["accuracy"]),
        }

    return numbers


EXPECTATIONS = {
    "pooled_fitted": Choice(
        question="The pooled network has a quarter of the parameters and no `Flatten`. Compared with the baseline's 60 %, "
        "how many of its fitted clips is it right for?",
        variable="my_guess_pooled_fitted",
        numbers=_fitted_and_test("first"),
        result="Fitted clips: from {fitted_before:.0%} to {fitted:.0%}; test songs: from {before:.0%} to {after:.0%}.",
        options=(
            Option(
                "fewer: it has less room to remember",
                "That was the hope behind it. But a million weights are still enough to fit some 4,300 clips, and more "
                "layers fit them more easily.",
            ),
            Option("about as many", "Deeper networks that are not stopped early fit their clips better."),
            Option("more", "You saw that a better network fits better too, and nothing stopped it early."),
        ),
    ),
    "normalised_alone": Choice(
        question="Batch normalisation in front of every ReLU, all else alike (steps of one size, 24 epochs). What does it "
        "bring on test songs?",
        variable="my_guess_normalised_alone",
        numbers=_fitted_and_test("second"),
        result="On test songs the accuracy goes from {before:.1%} to {after:.1%}.",
        options=(
            Option(
                "it gains several points",
                "So it did with the inputs in notebook 02. Here no gain can be seen; the interval follows.",
            ),
            Option("hardly anything changes", "These trainings lost some points; look what the interval says about others."),
            Option(
                "it loses some points",
                "So it is in these trainings. The interval that follows says whether others need be the same.",
            ),
        ),
    ),
    "all_fitted": Choice(
        question="This recipe is right for every clip that it was fitted to. How does it do on test songs, compared with "
        "the 54 % of the network before?",
        variable="my_guess_all_fitted",
        numbers=_fitted_and_test("third"),
        result="Fitted clips {fitted:.0%}, test songs {after:.1%} instead of {before:.1%}.",
        options=(
            Option(
                "worse: it has learned by heart",
                "It has learned them all, and something else as well; the one does not rule the other out.",
            ),
            Option("about as well", "It is some fifteen points; section 8 asks which of three changes brought them."),
            Option("much better", "You did not let the 100 % mislead you."),
        ),
    ),
    "augmented_24": Choice(
        question="The same recipe and 24 epochs, but each clip comes in another version each time. What happens on test "
        "songs?",
        variable="my_guess_augmented_24",
        numbers=_fitted_and_test("fourth"),
        result="On test songs {after:.1%} instead of {before:.1%}; on fitted clips {fitted:.0%} instead of "
        "{fitted_before:.0%}.",
        options=(
            Option(
                "clearly better: no clip can be remembered",
                "Nothing is remembered, true; but with clips that keep changing there is more to learn in the same time.",
            ),
            Option("no gain to be seen", "As it is here; look at the fitted clips for a reason."),
            Option("clearly worse", "So it is live, after eight epochs; in the recorded runs the loss is small."),
        ),
    ),
    "equal_budgets": Estimate(
        question="72 epochs each: by how many percentage points is the network with augmentation ahead on test songs?",
        variable="my_guess_equal_budgets",
        numbers=lambda names: {"points": float(_parts(names)[1])},
        result="At 72 epochs each, the network with augmentation is {points:+.1f} points ahead in these trainings.",
        asked="points",
        low=-6,
        high=10,
        step=1,
        form="{:+.0f} points",
        near=1,
        too_low="It is more than that: given time, the augmented network has passed the other.",
        close="Close.",
        too_high="It is less: the two runs apart by five points differ in their epochs as well.",
    ),
}

QUIZZES = {
    "may_change_places": Quiz(
        "In a network, which two neighbouring steps may change places without any change in what comes out?",
        (
            Answer(
                "Batch normalisation and max pooling, in training",
                "Tempting, since both only rise. But mean and spread are taken from what arrives: from all values in one "
                "order, from the maxima alone in the other.",
            ),
            Answer(
                "ReLU and max pooling",
                "ReLU never turns an order round, so the largest value of a block stays the largest: it makes no "
                "difference whether you take it before or after.",
                right=True,
            ),
            Answer(
                "Batch normalisation and ReLU",
                "ReLU throws away what is below zero, and the normalisation decides what that is.",
            ),
            Answer(
                "Max pooling and the mean over the map",
                "The mean of the maxima is not the maximum of the means: the one keeps the peaks of all blocks.",
            ),
        ),
    ),
    "which_comparison": Quiz(
        "72 epochs with augmentation are five points ahead of 24 epochs without. What does that difference measure?",
        (
            Answer(
                "What augmentation is worth",
                "Two things differ, and the name of only one is in this answer: the augmented network also had three "
                "times the epochs.",
            ),
            Answer(
                "What 48 more epochs are worth",
                "Two things differ: the clips were also augmented, so the epochs alone do not explain it.",
            ),
            Answer(
                "Nothing, because the network without augmentation was right for all its clips and could not learn more",
                "Being right for a clip is not the end: the loss can still fall, and answers on other songs still change. "
                "Whether they do can only be measured.",
            ),
            Answer(
                "Augmentation and epochs together; to tell them apart takes 72 epochs without augmentation",
                "That run is the control: it differs from the one by the epochs alone, from the other by augmentation "
                "alone.",
                right=True,
            ),
        ),
    ),
}
