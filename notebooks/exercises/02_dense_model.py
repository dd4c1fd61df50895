"""What the notebook on the dense model asks: parameters, a scaled network, a split in three, mistakes, windows."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from irmas_helpers.exercises import Answer, Checks, Choice, Estimate, Option, Quiz
from irmas_helpers.instruments import CODES, NAMES

CHECKS = Checks()


@CHECKS.of("parameters")
def parameters(value: Any, names: Mapping[str, Any]) -> str:
    sizes = (80, 512, 256, 128, len(CODES))
    weights = sum(inputs * units for inputs, units in itertools.pairwise(sizes))
    if int(value) == weights + sum(sizes[1:]):
        return f"Right: {int(value):,} numbers to learn."
    if int(value) == weights:
        return "Those are the weights; each unit also has a bias."
    if int(value) == 186_635:
        return "That is the network with 40 inputs; with 80 the first layer is larger."
    if int(value) == 80 * 512 + 512:
        return "That is the first layer; there are three more."
    return "Not yet: a dense layer has inputs x units weights and one bias per unit; add up the four layers."


@CHECKS.of("my_network")
def my_network(value: Any, names: Mapping[str, Any]) -> str:
    if not hasattr(value, "layers"):
        return "That is not a network; assign the model itself, not what fit returns."
    kinds = [type(layer).__name__ for layer in value.layers]
    if kinds[0] != "Normalization":
        return "The first layer is not the normalisation; add it right behind the input."
    if value.output_shape[-1] != len(CODES):
        return f"It has {value.output_shape[-1]} outputs; there are {len(CODES)} instruments."
    inputs, labels = names["means"][names["clip_test"]], names["labels"][names["clip_test"]]
    chances = np.asarray(value(inputs))
    if not np.allclose(chances.sum(axis=1), 1, atol=1e-3):
        return "Its outputs do not sum to 1; the last layer needs a softmax."
    right = float(np.mean(chances.argmax(axis=1) == labels))
    if right < 0.3:
        return f"It is right for {right:.0%} of the test clips. Did you call fit, and was the layer adapted before it?"
    return f"Right: yours names {right:.0%} of the test clips; volume no longer decides whether it learns."


@CHECKS.of("my_parts")
def my_parts(value: Any, names: Mapping[str, Any]) -> str:
    clips = names["pack"].clips
    parts = [np.asarray(part, dtype=int) for part in value]
    if len(parts) != 3:
        return f"Those are {len(parts)} parts; the task asks for three: training, validation, test."
    everything = np.sort(np.concatenate(parts))
    if not np.array_equal(everything, np.arange(len(clips))):
        inner = parts[1].max(initial=0) < len(parts[0]) + len(parts[1])
        position = " Positions within a part are not positions in the set: use rest[...] for both." if inner else ""
        return f"Some clips are in no part or in two.{position}"
    songs = [set(clips["song"].to_numpy()[part]) for part in parts]
    shared = sum(len(one & other) for one, other in itertools.combinations(songs, 2))
    if shared:
        return f"{shared} songs have clips in more than one part; split by song both times."
    shares = [len(part) / len(clips) for part in parts]
    if shares[0] < 0.5 or min(shares) < 0.1:
        return "Songs are kept together; but training should get more than half, and the others at least a tenth each."
    return "Right: {:.0%}, {:.0%} and {:.0%} of the clips, and no song in two parts.".format(*shares)


@CHECKS.of("worst_pair")
def worst_pair(value: Any, names: Mapping[str, Any]) -> str:
    true, answer = value
    if not {true, answer} <= set(CODES):
        return "Those are no codes of instruments; `instruments.CODES[position]` makes one of a row or column."
    confusion = np.array(names["scores"].confusion)
    if true == answer:
        return "That is a cell of the diagonal: right answers. Set the diagonal to 0 first."
    np.fill_diagonal(confusion, 0)
    count = confusion[CODES.index(true), CODES.index(answer)]
    if count == confusion.max():
        return f"Right: {count} clips of {true} are called {answer}, more than of any other pair."
    if confusion[CODES.index(answer), CODES.index(true)] == confusion.max():
        return "The other way round: rows are what it was, columns what was answered."
    return f"{count} clips of {true} are called {answer}; some cell off the diagonal holds more."


@CHECKS.of("my_share")
def my_share(value: Any, names: Mapping[str, Any]) -> str:
    answer, share = names["answer"], float(value)
    tops = [max(window.probabilities, key=window.probabilities.get) for window in answer.windows]
    agree = np.mean([top == answer.instrument for top in tops])
    if np.isclose(share, agree, atol=0.006):
        return (
            f"Right: in {agree:.0%} of {len(tops)} windows {NAMES[answer.instrument]} comes first. "
            "The fewer agree, the less the answer for the whole file means."
        )
    if np.isclose(share, agree * len(tops)) or share > 1:
        return "That is a number of windows or a percentage; give a share between 0 and 1."
    if np.isclose(share, 1 - agree, atol=0.006):
        return "That is the share that disagrees."
    return "Not yet: for each window find the instrument with the largest probability, and compare it with the file's."


def _volume(names: Mapping[str, Any]) -> dict[str, float]:
    return {"softer": names["accuracies"][-20], "louder": names["accuracies"][20]}


def _splits(names: Mapping[str, Any]) -> dict[str, float]:
    by_clip, by_song = float(names["by_clip"].mean()), float(names["by_song"].mean())
    return {"clip": by_clip, "song": by_song, "fall": 100 * (by_clip - by_song)}


EXPECTATIONS = {
    "original_recipe": Estimate(
        question="Eleven instruments, 518 clips to learn from. What share of the 130 test clips will the original's "
        "recipe name rightly? Guessing gives 9 %.",
        variable="my_guess_original_recipe",
        numbers=lambda names: {"share": names["fitted"].history["val_accuracy"][-1]},
        result="It is right for {share:.0%} of the test clips.",
        asked="share",
        too_low="It is more than you thought.",
        close="You came close.",
        too_high="It is less than you thought.",
    ),
    "volume_knob": Choice(
        question="The same clips, all 20 dB softer, and the network trained again from the same seed. What happens to "
        "its accuracy?",
        variable="my_guess_volume_knob",
        numbers=_volume,
        result="20 dB softer it is right for {softer:.0%} of the test clips, 20 dB louder for {louder:.0%}.",
        options=(
            Option("nothing: it is the same music", "So a listener would say. The network sees a number that moved."),
            Option("it loses a few points", lambda softer, louder: _verdict(softer, "a few points")),
            Option("it hardly learns at all", lambda softer, louder: _verdict(softer, "hardly at all")),
            Option("it gets better", lambda softer, louder: _verdict(softer, "better")),
        ),
    ),
    "by_song": Estimate(
        question="Split by clip and split by song: by how many points will the accuracy be lower by song?",
        variable="my_guess_by_song",
        numbers=_splits,
        result="By clip it is {clip:.0%}, by song {song:.0%}: {fall:.0f} points lower.",
        asked="fall", low=0, high=60, step=5, form="{:.0f} points", near=5,
        too_low="It falls further: test clips whose song was in training were recognised as recordings.",
        close="You have seen it coming.",
        too_high="It is not that bad: a good part of what was learned holds for other songs.",
    ),
}  # fmt: skip


def _verdict(softer: float, guess: str) -> str:
    """What to say to a guess about the softer training, by whether it learned."""
    if softer < 0.3:
        return "Seen coming." if guess == "hardly at all" else "It is worse than that: it hardly beats guessing."
    return f"On your data it was not like that: {softer:.0%} are right."


QUIZZES = {
    "adapt_on_training": Quiz(
        "Why is the normalisation layer adapted to the training clips only?",
        (
            Answer("There are more of them, so mean and standard deviation are more exact",
                   "True, but all clips together would be more exact still."),
            Answer("In use, and in a fair test, the new clips are not there yet when the scale is set",
                   "Whatever is computed from the test is a look at it. This look is small; the habit matters.", True),
            Answer("Keras cannot adapt a layer to test clips", "It would without a complaint."),
            Answer("The test clips have another loudness", "They come from the same set; the rule holds anyway."),
        ),
    ),
    "which_split": Quiz(
        "By clip, network A has 60 % and B 56 %. By song, A has 43 % and B 50 %. You want to recognise instruments in "
        "songs that nobody has labelled. Which one do you take?",
        (
            Answer("A, because its best score is higher", "The 60 % were earned on songs that it knew in part."),
            Answer("A, because random splits use the data better",
                   "Both splits use the same clips; they ask different questions."),
            Answer("B, because new songs is what the split by song asks about",
                   "Your songs have no siblings in training, and neither has a test by song.", True),
            Answer("Either: the two scores contradict each other",
                   "They answer two questions, and only one of them is yours."),
        ),
    ),
    "macro_f1": Quiz(
        "A set has 90 guitars and 10 flutes. A program always answers guitar. What are its accuracy and its macro F1?",
        (
            Answer("90 % and about 0.47",
                   "F1 is 0.95 for guitar and 0 for flute, and both count the same: the mean is 0.47.", True),
            Answer("90 % and 0.90", "That would be so if each clip counted the same; in macro F1 each class does."),
            Answer("50 % and 0.50", "Nine in ten answers are right; guessing by a coin would give 50 %."),
            Answer("90 % and 0", "Flute's F1 is 0, but guitar's is not."),
        ),
    ),
}  # fmt: skip
