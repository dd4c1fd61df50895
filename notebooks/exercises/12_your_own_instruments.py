"""Exercises on transfer: a new last layer, a spoiled split, how many clips it takes, and a folder of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from irmas_helpers.data import class_folders, splits
from irmas_helpers.exercises import Answer, Checks, Choice, Estimate, Option, Quiz
from irmas_helpers.instruments import name_of

CHECKS = Checks()
FEATURES, CLASSES = 240, 8


@CHECKS.of("new_weights")
def probe_weights(value: Any, names: Mapping[str, Any]) -> str:
    right = FEATURES * CLASSES + CLASSES
    if int(value) == right:
        return f"Right: {right:,}, beside the ear's million that stay as they are."
    if int(value) == FEATURES * CLASSES:
        return "Those are the weights; each class has a bias, too."
    if int(value) == FEATURES + CLASSES:
        return "Every class has a weight of its own for each of the features: multiply."
    return "Not yet: a weight for each pair of feature and class, and a bias for each class."


@CHECKS.of("my_spoiled_folds")
def spoiled_split(value: Any, names: Mapping[str, Any]) -> str:
    folds = [(np.asarray(train, int), np.asarray(test, int)) for train, test in value]
    recordings, honest = names["recordings"], names["honest"]
    if len(folds) != 5:
        return f"There are {len(folds)} folds; the task asks for five. (What `split` returns is used up after one pass.)"
    if not np.array_equal(np.sort(np.concatenate([test for _, test in folds])), np.arange(len(recordings))):
        return "Each clip should be tested in exactly one of the folds."
    if any(set(train) & set(test) for train, test in folds):
        return "In at least one fold a clip itself is on both sides; siblings may be, the clip may not."
    leaks = np.mean(np.concatenate([splits.has_sibling(recordings, *fold) for fold in folds]))
    if leaks < 0.5:
        return f"Only {leaks:.0%} of the test clips have a sibling in training; deal out clips without regard to songs."
    spoiled = names["probe_scores"](folds)
    return (
        f"Right: {leaks:.0%} of the test clips have a sibling in training, and the score is {spoiled.accuracy:.1%} where "
        f"by song it was {honest.accuracy:.1%} ({honest.interval[0]:.1%} to {honest.interval[1]:.1%})."
    )


@CHECKS.of("beats_guessing")
def above_guessing(value: Any, names: Mapping[str, Any]) -> str:
    curve, guessing = names["curve"], 1 / CLASSES
    right = int(curve.index[curve["low"] > guessing].min())
    if int(value) == right:
        low, accuracy = curve.loc[right, ["low", "accuracy"]]
        return (
            f"Right: from {right} of each class on; there {accuracy:.0%} are named rightly, and the interval begins at "
            f"{low:.0%}."
        )
    if int(value) not in curve.index:
        return "Assign one of the numbers of clips in the table."
    if int(value) > right:
        return "There it does, but it does so with fewer clips, too."
    return "Not yet: look where the lower end of the interval is above one in eight."


@CHECKS.of("my_layer")
def layer_by_hand(value: Any, names: Mapping[str, Any]) -> str:
    if tuple(value.output_shape) != (None, CLASSES) or tuple(value.input_shape) != (None, FEATURES):
        return f"It takes {value.input_shape[1:]} and gives {value.output_shape[1:]}; the task asks for 240 and eight."
    test, y = names["test"], names["y"]
    said = np.asarray(value(np.asarray(names["scaled"])[test]))
    if np.any(said < 0) or not np.allclose(said.sum(axis=1), 1, atol=1e-3):
        return "Its answers are no probabilities: the last layer needs a softmax."
    accuracy = np.mean(said.argmax(axis=1) == y[test])
    if accuracy < 0.5:
        return f"It names {accuracy:.0%} of the test clips; has it been fitted, for enough epochs, to `scaled[pool]`?"
    return f"Right: {accuracy:.0%} of the test clips. Logistic regression and a dense layer are the same machine."


@CHECKS.of("my_folder")
def own_folder(value: Any, names: Mapping[str, Any]) -> str:
    found = class_folders.scan(value)
    sources = found.recordings.groupby("instrument")["song"].nunique()
    left_out = f" Left out: {'; '.join(found.notes)}." if found.notes else ""
    listed = ", ".join(f"{name} ({count})" for name, count in sources.items())
    if sources.min() < 2:
        return (
            f"It can be learned, but not scored: {sources.idxmin()} has one source. Classes (sources): {listed}. Put "
            f"each player's or evening's files into a subfolder of the class.{left_out}"
        )
    return f"Right: that can be learned and scored. Classes (sources): {listed}.{left_out}"


def _banjos(names: Mapping[str, Any]) -> dict[str, Any]:
    called = names["called"][(names["recordings"]["instrument"] == "banjo").to_numpy()]
    codes, counts = np.unique(called, return_counts=True)
    top = str(codes[counts.argmax()])
    return {"top": top, "name": name_of(top), "share": float(counts.max() / counts.sum())}


def _if_called(code: str) -> Any:
    return lambda top, name, share: "So it does." if top == code else f"It prefers {name}."


def _enough(names: Mapping[str, Any]) -> dict[str, Any]:
    curve = names["curve"]
    reached = curve.index[curve["accuracy"] >= 0.75]
    return {"size": int(reached.min()) if len(reached) else 100, "one": float(curve["accuracy"].iloc[0])}


def _if_enough(low: int, high: int) -> Any:
    def reply(size: int, one: float) -> str:
        if low <= size <= high:
            return "You know what an ear is worth."
        return "It takes fewer." if size < low else "It takes more."

    return reply


EXPECTATIONS = {
    "banjo_called": Choice(
        question="The network knows eleven instruments, and no banjo. What does it call most of the banjos?",
        variable="my_guess_banjo_called",
        numbers=_banjos,
        result="Its most frequent answer to a banjo is {name}, in {share:.0%} of the clips.",
        options=(
            Option("acoustic guitar", _if_called("gac")),
            Option("electric guitar", _if_called("gel")),
            Option("piano", _if_called("pia")),
            Option(
                "nothing in particular: its answers are spread over all",
                lambda top, name, share: (
                    "They are, rather." if share < 0.3 else "They are not: it hears something that it knows."
                ),
            ),
        ),
    ),
    "clips_enough": Choice(
        question="Eight new instruments, a frozen ear, a new last layer. How many clips of each does it take until three "
        "in four test clips are named rightly, on average?",
        variable="my_guess_clips_enough",
        numbers=_enough,
        result="With one clip of each it names {one:.0%}; of the sizes tried, {size} is the first with three in four.",
        options=(
            Option("one or two", _if_enough(1, 2)),
            Option("five or ten", _if_enough(5, 10)),
            Option("twenty", _if_enough(11, 20)),
            Option("fifty or more", _if_enough(21, 100)),
        ),
    ),
    "fresh_start": Estimate(
        question="The same layers with new weights learn from 20 clips of each of the eight, in eight passes. What share "
        "of the test clips do they name? (Guessing: one in eight.)",
        variable="my_guess_fresh_start",
        numbers=lambda names: {
            "fresh": float(np.mean(names["fresh_right"])),
            "probe": float(np.mean(names["probe_right"])),
        },
        result="From scratch {fresh:.0%} are named rightly, by the probe {probe:.0%}.",
        asked="fresh",
        too_low="It is more than that.",
        close="Well estimated.",
        too_high="It is less: 160 clips have to teach it all that the ear brought along.",
    ),
    "eleven_left": Choice(
        question="The convolutions were fine-tuned on eight strangers for four short epochs; the old last layer is as it "
        "was. What happens to the accuracy on the eleven?",
        variable="my_guess_eleven_left",
        numbers=lambda names: {
            "before": float(names["known_before"].mean()),
            "after": float(names["known_after"].mean()),
        },
        result="On the practice set it was {before:.0%} before and is {after:.0%} after.",
        options=(
            Option(
                "it stays: its last layer was not touched",
                "The layer is as it was, but what it weighs has moved; whether songs can show it, the interval says.",
            ),
            Option(
                "it falls",
                lambda before, after: (
                    f"By {100 * (before - after):.0f} points; whether songs can show it, the interval says."
                    if before > after
                    else "Not in this run."
                ),
            ),
            Option(
                "it rises: a trained ear hears better",
                lambda before, after: (
                    "So it does here." if after > before else "Better for the eight, who are all that it was asked for."
                ),
            ),
        ),
    ),
    "eleven_asked": Estimate(
        question="It was taught eight instruments, and is asked about 33 clips of eleven others. How often does it say "
        "that it is none of the eight?",
        variable="my_guess_eleven_asked",
        numbers=lambda names: {"noticed": sum(not each.known for each in names["answers"]), "n": len(names["answers"])},
        result="It says so of {noticed} of the {n}.",
        asked="noticed", low=0, high=33, step=1, form="{:.0f}", near=4,
        too_low="It is more than you feared.",
        close="You have judged it well.",
        too_high="It is fewer: what sounds like one of the eight passes as one.",
    ),
    "another_bank": Estimate(
        question="For the same test songs, played by the samples of FluidR3, what will that probe's accuracy be?",
        variable="my_guess_another_bank",
        numbers=lambda names: {"there": names["by_bank"].loc["TimGM6mb", "FluidR3"]},
        result="It is {there:.0%}, after 94%.",
        asked="there",
        too_low="It keeps more than that.",
        close="You have seen what one player is worth.",
        too_high="It is less: a good part of what it learned is that bank's oboe, horn and harp.",
    ),
    "other_basses": Estimate(
        question="A probe was taught notes of one player's double bass, and of seven other instruments. How many of 18 "
        "recordings of double basses by other people does it name?",
        variable="my_guess_other_basses",
        numbers=lambda names: {"right": names["foreign"]["ours"]["right"], "same": names["foreign"]["ours"]["same player"]},
        result="It names {right} of the 18, and {same:.0%} of other notes by the same players.",
        asked="right", low=0, high=18, step=1, form="{:.0f}", near=2,
        too_low="It is more than you feared.",
        close="You have learned to distrust one player.",
        too_high="It is fewer: what it learned is in part that player's bass, in that room.",
    ),
}  # fmt: skip

QUIZZES = {
    "flat_map": Quiz(
        "On the map the regions of horn and bassoon overlap. What follows?",
        (
            Answer(
                "The ear cannot tell them apart",
                "In two directions of 240. A probe uses all of them, and may find one in which they are apart.",
            ),
            Answer(
                "Horn and bassoon sound alike",
                "To whom? It is a map of one network's features; your ears may disagree, and another network's too.",
            ),
            Answer(
                "In these two directions they are alike; more cannot be said",
                "PCA keeps the directions in which all clips differ most, not those that part these two.",
                right=True,
            ),
            Answer(
                "There are too few clips of both",
                "They have 72 each, as all others. More clips would make both clouds denser, in the same places.",
            ),
        ),
    ),
    "one_player": Quiz(
        "A folder has 100 notes of each of eight instruments, each played by one person in one room. What can be said "
        "about the next player?",
        (
            Answer(
                "Nothing from within the folder: there is no held-out player",
                "Whatever is held out has the same player and room in training. A score needs a second source.",
                right=True,
            ),
            Answer(
                "As much as a random split gives, for 800 notes are many",
                "They are many notes and eight players. More notes of the same players do not make it nine.",
            ),
            Answer(
                "Enough, if the folds are stratified by class",
                "That keeps the shares of the classes alike. The player is in training all the same.",
            ),
            Answer(
                "Enough, if pitches are split: low notes train, high notes test",
                "A harder question, and still about these players in these rooms.",
            ),
        ),
    ),
    "bigger_ear": Quiz(
        "Suppose that of 18 double basses one ear named two more than another. Which is the better ear for your "
        "instruments?",
        (
            Answer(
                "The one with two more",
                "On 18 recordings of one class that can easily be chance; with others it may be the other way round.",
            ),
            Answer(
                "The larger one",
                "Often, on large lists. On your recordings it has to be tried, with a probe and a split by source.",
            ),
            Answer(
                "The one that was trained on instruments",
                "A plausible reason to try it first, and no result.",
            ),
            Answer(
                "These 18 cannot say; try both on sources of your own",
                "The same clips, the same probe, paired by source: then a difference means something.",
                right=True,
            ),
        ),
    ),
}
