"""Exercises on music with several instruments: ears, scores by hand, sigmoids, joined labels, thresholds, a mixture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from irmas_helpers.exercises import Answer, Checks, Choice, Estimate, Option, Quiz
from irmas_helpers.instruments import CODES, NAMES

CHECKS = Checks()


@CHECKS.of("my_ears")
def my_ears(value: Any, names: Mapping[str, Any]) -> str:
    truth = np.asarray(names["truth"], dtype=bool)
    answers = [{str(code) for code in heard} for heard in value]
    if len(answers) != len(truth):
        return f"There are {len(answers)} answers for {len(truth)} excerpts; give a list of codes for each."
    if unknown := set().union(*answers) - set(CODES):
        return f"{len(unknown)} of the codes are not among the eleven; take them from `CODES`."
    named = np.array([[code in heard for code in CODES] for heard in answers])
    right, answered, labelled = (int(np.sum(table)) for table in (named & truth, named, truth))
    if not answered:
        return "You named nothing at all; have a guess, it costs nothing."
    f1 = 2 * right / (answered + labelled)
    return f"Right or wrong, it counts: you named {answered}, {right} of them lead, and {labelled} lead. F1 {f1:.2f}."


@CHECKS.of("by_hand")
def by_hand(value: Any, names: Mapping[str, Any]) -> str:
    labels, answers = (np.asarray(names[name], dtype=bool) for name in ("small_labels", "small_answers"))
    micro, macro = (float(number) for number in value)
    right, labelled, answered = (table.sum(axis=0) for table in (labels & answers, labels, answers))
    f1 = 2 * right / np.maximum(labelled + answered, 1)
    wanted_micro = 2 * right.sum() / (labelled.sum() + answered.sum())
    wanted_macro = f1[labelled + answered > 0].mean()
    if not np.isclose(micro, wanted_micro, atol=6e-3):
        usual = {
            right.sum() / answered.sum(): "Your first number is the precision: the labels do not occur in it.",
            right.sum() / labelled.sum(): "Your first number is the recall: false alarms cost nothing in it.",
            wanted_macro: "The two have changed places: first micro, then macro.",
        }
        return _told(micro, usual, "the micro F1 is twice the right answers, divided by all answers plus all labels.")
    if not np.isclose(macro, wanted_macro, atol=6e-3):
        usual = {
            f1[labelled > 0].mean(): "In your macro F1 the acoustic guitar is missing: it never leads, but it was "
            "named, and its F1 is 0.",
            f1.mean(): "You divided by eleven; most instruments neither lead nor are named in the four excerpts.",
        }
        return _told(macro, usual, "for the macro F1, take 2 x right / (answers + labels) of each instrument first.")
    return f"Right: micro {wanted_micro:.3f}, macro {wanted_macro:.3f}. One false alarm has cost a whole class."


def _told(number: float, usual: Mapping[float, str], otherwise: str) -> str:
    """What is said of a usual wrong number, or of any other."""
    return next(
        (told for wrong, told in usual.items() if np.isclose(number, wrong, atol=6e-3)), f"Not yet: {otherwise}"
    )


@CHECKS.of("my_history")
def my_sigmoids(value: Any, names: Mapping[str, Any]) -> str:
    model, labels = names["my_model"], np.asarray(names["their_labels"])
    last = model.layers[-1]
    activation = getattr(last.activation, "__name__", str(last.activation))
    if activation != "sigmoid":
        return f"It ends in {activation}; for a yes or no of each instrument it takes `sigmoid`."
    if model.output_shape[-1] != len(CODES):
        return f"There are {model.output_shape[-1]} outputs; one for each of the {len(CODES)} instruments is needed."
    loss = getattr(model.loss, "name", None) or getattr(model.loss, "__name__", None) or str(model.loss)
    if "binary" not in loss:
        return f"Its loss is {loss}: with sigmoids that asks for one true class; take `binary_crossentropy`."
    share = labels.mean()
    nothing = -share * np.log(share) - (1 - share) * np.log(1 - share)
    reached = value.history["loss"][-1]
    if reached >= nothing:
        return f"The loss is {reached:.2f}, and each instrument's share alone would give {nothing:.2f}: fit it longer."
    return (
        f"Right: the loss went down to {reached:.2f}; knowing only how frequent instruments are on average costs "
        f"{nothing:.2f}. And an accuracy of {1 - share:.0%} here means little: always 'no' has it, too."
    )


@CHECKS.of("join")
def join(value: Any, names: Mapping[str, Any]) -> str:
    first, second = np.zeros(len(CODES)), np.zeros(len(CODES))
    first[[4, 10]], second[[6, 10]] = 1, 1
    joined = np.asarray(value(first.copy(), second.copy()), dtype=float)
    if joined.shape == first.shape and np.allclose(joined, np.maximum(first, second)):
        return "Right: what is in either clip is in the mixture, once."
    if np.allclose(joined, first + second):
        return "Nearly: an instrument that is in both clips must have a 1, too."
    if np.allclose(joined, (first + second) / 2):
        return "Those are shares, as for a softmax; here each instrument has a yes or no of its own."
    return "Not yet: the result has 11 numbers, 1 for what is in the first clip or in the second."


@CHECKS.of("own_threshold")
def own_threshold(value: Any, names: Mapping[str, Any]) -> str:
    from irmas_helpers.answers.polyphonic import best_threshold, decide

    judged, number = names["judged"]["sigmoid, mixtures"], float(value)
    half = np.unique(judged.songs)[: len(np.unique(judged.songs)) // 2]
    part = judged.select(np.isin(judged.songs, half))
    answers = decide(part.values, best_threshold(part.values, part.labels))
    if not 0 <= number <= 1:
        return "Assign one number between 0 and 1."
    if np.array_equal(decide(part.values, number), answers):
        return f"Right: {number:.3f}. Another network, or other songs, would give another one."
    if np.isclose(number, best_threshold(judged.values, judged.labels)):
        return "That was chosen on all songs; take the first half alone, and the others stay unseen."
    return "Not yet: select the excerpts of the first half of the songs, then ask polyphonic.best_threshold."


@CHECKS.of("my_named")
def my_mixture(value: Any, names: Mapping[str, Any]) -> str:
    named = [str(code) for code in value]
    if unknown := set(named) - set(CODES):
        return f"{len(unknown)} of your answers are no codes of instruments; turn positions into codes with `CODES`."
    if not named:
        return "Nothing is named, but the strongest is at least half as strong as itself; look at your comparison."
    if np.ndim(names["my_mixture"]) != 1:
        return "`my_mixture` is one mono signal: the sum of two, sample by sample."
    words = " and ".join(NAMES[code] for code in named)
    return f"Right: the network names {words}. What did you put in?"


EXPECTATIONS = {
    "constant_floor": Estimate(
        question="Somebody answers voice, piano and electric guitar to each of the 2,874 excerpts, and listens to "
        "none. What is the micro F1?",
        variable="my_guess_constant_floor",
        numbers=lambda names: {"floor": float(names["floor"].micro_f1)},
        result="It is {floor:.2f}.",
        asked="floor",
        low=0,
        high=1,
        step=0.05,
        form="{:.2f}",
        near=0.05,
        too_low="It is more: these three are most of the labels, and nothing is missed of them.",
        close="You counted on how unequal the classes are.",
        too_high="It is less, though not by what one would like: most of the three answers are wrong in most excerpts.",
    ),
    "two_gains": Choice(
        question="Each change is made alone, and the micro F1 on fresh excerpts is looked at. Which one gains more?",
        variable="my_guess_two_gains",
        numbers=lambda names: {
            "mixing": 100 * float(names["gains"]["mixtures"]),
            "sigmoids": 100 * float(names["gains"]["sigmoids"]),
        },
        result="Averaged over the other choice, mixtures change the micro F1 by {mixing:+.1f} points, sigmoids by "
        "{sigmoids:+.1f}.",
        options=(
            Option(
                "sigmoids on their own, for now the network can say two names",
                lambda mixing, sigmoids: (
                    "So it is, in these runs."
                    if sigmoids > mixing
                    else "They can say two names, but single clips never teach them when to."
                ),
            ),
            Option(
                "mixtures on their own, for now the network hears what it will be asked about",
                lambda mixing, sigmoids: (
                    "So it is, in these runs."
                    if mixing > sigmoids
                    else "They teach what is asked about, and still it is the lesser part here."
                ),
            ),
            Option(
                "neither: only both together",
                "The picture shows whether one alone does nothing: look at the lines that change one thing only.",
            ),
        ),
    ),
    "left_of_twelve": Estimate(
        question="Twelve comparisons on 160 excerpts of 64 songs, three trainings a cell. How many have a p-value below .05 "
        "after Holm's correction?",
        variable="my_guess_left_of_twelve",
        numbers=lambda names: {
            "left": int((names["compared"]["holm"] < 0.05).sum()),
            "alone": int((names["compared"]["p_value"] < 0.05).sum()),
        },
        result="{alone} of the twelve lie below .05 one by one, {left} after the correction.",
        asked="left",
        low=0,
        high=12,
        step=1,
        form="{:.0f}",
        near=0,
        too_low="More is left than you expected.",
        close="You saw that 64 songs and three trainings do not carry twelve looks.",
        too_high="Less is left: 64 songs and three trainings do not carry twelve looks.",
    ),
    "flattering_threshold": Estimate(
        question="One threshold, chosen on the 160 excerpts that are scored instead of on others. By how many points of "
        "micro F1 does that flatter, on average over twelve trainings?",
        variable="my_guess_flattering_threshold",
        numbers=lambda names: {
            "points": 100 * (float(np.mean(names["flattered"])) - float(names["scores"]["micro F1"].mean()))
        },
        result="It flatters by {points:.1f} points.",
        asked="points",
        low=0,
        high=10,
        step=0.5,
        form="{:.1f} points",
        near=0.5,
        too_low="It is more: one number is enough to fit the songs at hand.",
        close="About what one number can do.",
        too_high="It is less: a single number cannot fit very much.",
    ),
}

QUIZZES = {
    "second_instrument": Quiz(
        "A voice sings alone with a softmax of 0.98. Then an organ joins in, as clearly heard, and the voice goes on "
        "as before. What does a softmax say of the voice?",
        (
            Answer(
                "Still 0.98, since nothing about the voice has changed",
                "So a sigmoid would say. A softmax divides by the sum over all eleven, and the organ is in that sum.",
            ),
            Answer(
                "About 0.49: the two share what there is",
                "The organ's score stands in the same sum, and one half each is the most that two equals can have.",
                right=True,
            ),
            Answer(
                "More than 0.98, since two instruments are more certain than one",
                "Probabilities that sum to 1 cannot both be above one half.",
            ),
            Answer(
                "0, since the question has no single answer any more",
                "A softmax never refuses: its values always sum to 1, whatever is asked.",
            ),
        ),
    ),
    "where_to_choose": Quiz(
        "You have the official testing set in three parts, and no other music with several labels. Where do you "
        "choose the threshold?",
        (
            Answer(
                "On all three parts, and report the best F1 of all thresholds",
                "Tempting, because the number is the highest there is. It is the score of someone who has seen the "
                "answers; others cannot reach it on new music.",
            ),
            Answer(
                "On the training clips, which have one label each",
                "They are kept apart from the test, but teach a threshold for music in which one instrument leads.",
            ),
            Answer(
                "On Part 1, and report the F1 on Parts 2 and 3",
                "The parts share no song, so what was chosen has seen nothing of what is scored.",
                right=True,
            ),
            Answer(
                "On half of the excerpts of each song, and report the F1 on the other half",
                "Excerpts of one song sound alike: the threshold would have been chosen on the music that is scored.",
            ),
        ),
    ),
    "seven": Quiz(
        "On seven excerpts one network has a micro F1 of 0.74 and another 0.61; they differ in one excerpt of the "
        "seven. What may you write?",
        (
            Answer(
                "The first is better, by 0.13",
                "The difference of these scores is 0.13. Whether the networks differ on other music is another "
                "question, and one excerpt cannot answer it.",
            ),
            Answer(
                "They are equally good",
                "That is a claim as strong as the other one: not distinguishable is not equal.",
            ),
            Answer(
                "The second is better, for it was trained on mixtures",
                "That was the hope. The seven do not show it, and a hope is no measurement.",
            ),
            Answer(
                "What each of them answered to each of the seven, and that these cannot tell the two apart",
                "With seven, the excerpts themselves are the result: a list can be read, an average cannot be trusted.",
                right=True,
            ),
        ),
    ),
}
