"""Exercises on choosing: parts without leaks, variances that add up, corrections, what nesting costs, one's own seeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from irmas_helpers.exercises import Answer, Checks, Choice, Estimate, Option, Quiz
from irmas_helpers.instruments import CODES, NAMES
from irmas_helpers.scoring import evaluation

CHECKS = Checks()


@CHECKS.of("votes")
def votes_of_twenty(value: Any, names: Mapping[str, Any]) -> str:
    told = Counter({str(code): int(number) for code, number in value.items()})
    heard = Counter(CODES[place] for place in np.asarray(names["twenty"](names["numbers"][[names["disputed"]]]))[:, 0])
    if set(told) - set(CODES):
        return "Some of the keys are no instrument codes; `CODES` turns a position into a code."
    if told.total() != heard.total():
        return f"These are {told.total()} votes; there are {heard.total()} networks, with one vote each."
    if told != heard:
        return "The number of votes is right, but not how they fall; ask about the clip in `disputed`."
    label = CODES[int(names["own"][names["disputed"]])]
    said = ", ".join(f"{NAMES[code]} {number}" for code, number in heard.most_common())
    return f"Right: {said}. The label says {NAMES[label]}. One recipe, and for this clip the seed decides."


@CHECKS.of("three_parts")
def three_parts(value: Any, names: Mapping[str, Any]) -> str:
    clips = names["clips"]
    parts = [np.asarray(part, dtype=int) for part in value]
    if len(parts) != 3:
        return f"These are {len(parts)} parts; the task asks for three."
    songs = [set(clips["song"].iloc[part]) for part in parts]
    if songs[0] & songs[1] or songs[0] & songs[2] or songs[1] & songs[2]:
        return "Some songs lie in two parts, so one part knows something about another; keep each song together."
    if any(clips["instrument"].iloc[part].nunique() < clips["instrument"].nunique() for part in parts):
        return "One of the parts lacks an instrument, so it cannot say anything about it; split within the classes."
    if sum(map(len, parts)) < len(clips):
        return "No leak, but some clips are in no part; there are too few of them to waste any."
    shares = [len(part) / len(clips) for part in parts]
    if not (0.4 < shares[0] < 0.6 and 0.15 < shares[1] < 0.35):
        return f"No leak, but the parts hold {shares[0]:.0%}, {shares[1]:.0%} and {shares[2]:.0%} of the clips."
    return f"Right: {shares[0]:.0%}, {shares[1]:.0%} and {shares[2]:.0%} of the clips, and no song in two parts."


@CHECKS.of("freedom_of_sum")
def freedom_of_sum(value: Any, names: Mapping[str, Any]) -> str:
    parts = list(names["parts"].values())
    total = sum(part for part, _ in parts)
    right = total**2 / sum(part**2 / freedom for part, freedom in parts)
    if np.isclose(float(value), right, rtol=0.02):
        return f"Right: {right:.0f}, though the songs alone have {max(freedom for _, freedom in parts):,}."
    if np.isclose(float(value), sum(freedom for _, freedom in parts), rtol=0.02):
        return "Degrees of freedom do not simply add up; a part that rests on little pulls the sum down."
    if np.isclose(float(value), total**2 / sum(part**2 for part, _ in parts), rtol=0.02):
        return "Each squared part has to be divided by its own degrees of freedom."
    return "Not yet: the square of the sum, divided by the sum of each part's square over its degrees of freedom."


@CHECKS.of("my_error")
def error_of_longer(value: Any, names: Mapping[str, Any]) -> str:
    songs, training, told = float(names["song_error"]), float(names["sd"]), float(value)
    right = (songs**2 + 2 * training**2 / 5) ** 0.5
    if np.isclose(told, right, rtol=0.01):
        return f"Right: {100 * right:.2f} points, after {100 * songs:.2f} over songs alone."
    if np.isclose(told, 100 * right, rtol=0.01):
        return "That is the number in points; leave it as a share, as `song_error` is."
    if np.isclose(told, (songs**2 + training**2 / 5) ** 0.5, rtol=0.01):
        return "There are two recipes, and each was trained; that is the chance of one of them."
    if np.isclose(told, (songs**2 + 2 * training**2) ** 0.5, rtol=0.01):
        return "Each recipe was trained on five folds; the variance of a mean of five is a fifth."
    if np.isclose(told, right**2, rtol=0.01):
        return "That is the variance; take its root."
    return "Not yet: add up variances, not standard errors, then take the root."


@CHECKS.of("survivors")
def survivors(value: Any, names: Mapping[str, Any]) -> str:
    p_values = np.asarray(names["ablations"]["p"], dtype=float)
    right = int((evaluation.holm(p_values) < 0.05).sum())
    if int(value) == right:
        return f"Right: {right} of {len(p_values)}; without the correction it would be {int((p_values < 0.05).sum())}."
    if int(value) == int((p_values < 0.05).sum()):
        return "That is the number without a correction."
    if int(value) == int((evaluation.holm(names["ablations"]["p over songs"]) < 0.05).sum()):
        return "That is the column that leaves trainings out; take `p`."
    return "Not yet: correct all 22 values of the column `p` at once, then count those below .05."


@CHECKS.of("networks_needed")
def networks_needed(value: Any, names: Mapping[str, Any]) -> str:
    factors, inner, outer = 7, 3, 5
    right = outer * (factors * inner + 1)
    if int(value) == right:
        return f"Right: {right}; the flattering way needs {factors * outer}, so honesty costs three times as much here."
    if int(value) == outer * factors * inner:
        return "That is what choosing takes; each outer fold then trains one more."
    if int(value) == factors * inner + 1:
        return "That is one outer fold; there are five."
    if int(value) == factors * outer:
        return "That is the flattering way: each factor on five folds."
    return "Not yet: for each of five outer folds, seven factors on three inner folds, and one network more."


@CHECKS.of("my_trainings")
def my_trainings(value: Any, names: Mapping[str, Any]) -> str:
    scores = [float(score) for score in value]
    if len(scores) < 3:
        return f"There are {len(scores)} accuracies; train three times at least."
    if not all(0 <= score <= 1 for score in scores):
        return "Some numbers are no accuracies between 0 and 1; `evaluate` returns the loss first, then the accuracy."
    if len(set(scores)) == 1:
        return "All of them are the same; was a new network built and another seed set each time?"
    if max(scores) < 0.2:
        return f"The best has {max(scores):.0%}, little more than guessing; are the numbers scaled?"
    return (
        f"Right: from {min(scores):.0%} to {max(scores):.0%}, s.d. {100 * np.std(scores, ddof=1):.1f} points by seed."
    )


@CHECKS.of("my_opinions")
def my_opinions(value: Any, names: Mapping[str, Any]) -> str:
    opinions = Counter(str(code) for code in value)
    if set(opinions) - set(CODES):
        return "Some of the opinions are no instrument codes; `CODES` turns a position into a code."
    if opinions.total() != 20:
        return f"There are {opinions.total()} opinions; ask all twenty networks once."
    (winner, most), *_ = opinions.most_common()
    return f"Right: {most} of 20 say {NAMES[winner]}; another pick would have said so in {most / 20:.0%} of the cases."


EXPECTATIONS = {
    "lead_on_test": Choice(
        question="The best of twenty on validation leads their mean by some points. How much of that lead is left on "
        "test songs?",
        variable="my_guess_lead_on_test",
        numbers=lambda names: {
            "lead": 100 * float(np.max(names["on_validation"]) - np.mean(names["on_validation"])),
            "left": 100
            * float(names["on_test"][int(np.argmax(names["on_validation"]))] - np.mean(names["on_test"])),
        },
        result="It led by {lead:.1f} points on validation and by {left:.1f} on the test.",
        options=(
            Option(
                "nearly all of it: it is the best network",
                "The twenty are one recipe; what lifted one of them on those clips was luck, and luck does not travel.",
            ),
            Option(
                "about half of it",
                "That would be so if the networks really differed, about as much as chance moves them. These differ by "
                "chance only, so the half that you would keep is luck again.",
            ),
            Option(
                "about nothing, give or take chance",
                "That is what to expect of equals. Chance still moves the test score by a few points, up or down.",
            ),
        ),
    ),
    "seeds_apart": Estimate(
        question="One recipe, one fold of 1,074 test clips, three seeds. By how many points do the best and the worst of "
        "the three trainings differ, on average over two recipes and two folds?",
        variable="my_guess_seeds_apart",
        numbers=lambda names: {
            "apart": 100 * float((names["by_seed"].max(axis=1) - names["by_seed"].min(axis=1)).mean())
        },
        result="On average {apart:.1f} points lie between the best and the worst of three.",
        asked="apart", low=0, high=10, step=0.5, form="{:.1f} points", near=0.75,
        too_low="It is more: other first weights and another order of the clips send a training down another path.",
        close="You know how trainings scatter.",
        too_high="It is less, but not much less than many of the differences that get reported.",
    ),
    "flattery": Estimate(
        question="Seven factors of L2, 648 clips of 222 songs. By how many points will the flattering score lie above "
        "the nested one, on average?",
        variable="my_guess_flattery",
        numbers=lambda names: {"flattery": 100 * float(np.mean(names["flattery"]))},
        result="On average it is {flattery:.1f} points.",
        asked="flattery", low=0, high=10, step=0.5, form="{:.1f} points", near=0.75,
        too_low="It is more: few songs, and candidates that are hardly different, leave much room for luck.",
        close="You have a feeling for luck.",
        too_high="It is less: the best of seven is lucky, but seven are not so many, and all were asked about all clips.",
    ),
    "sealed_score": Choice(
        question="The folds gave 80.0 %, after all the choosing. What does the network that ships score on the sealed "
        "songs?",
        variable="my_guess_sealed_score",
        numbers=lambda names: {
            "folds": float(names["opened"]["folds"].iloc[0]), "sealed": float(names["opened"]["sealed"].iloc[0])
        },
        result="Folds {folds:.1%}, sealed part {sealed:.1%}.",
        options=(
            Option(
                "less: the 80.0 % are flattered by choosing",
                "A good suspicion after this notebook. It is not what came out; but read on before you conclude that "
                "nothing was flattered.",
            ),
            Option(
                "about the same",
                "If choosing flattered a little and learning from all songs gained a little, that could be. It is "
                "more than that.",
            ),
            Option(
                "more",
                "Perhaps you thought of the songs: the network that ships learned from all of the development part. "
                "What else could lift the score?",
            ),
        ),
    ),
}  # fmt: skip

QUIZZES = {
    "best_of_many": Quiz(
        "Forty recipes were tried on one validation part. The best has 71 %, the mean is 69 %. What do you report?",
        (
            Answer(
                "71 %, because validation songs were not fitted to",
                "Not fitted to, but chosen by: the maximum of forty scores contains the luck of the best.",
            ),
            Answer(
                "69 %, the mean of the forty",
                "That is the score of a recipe drawn at random. The best may really be better than the mean, only "
                "nobody knows by how much.",
            ),
            Answer(
                "What the best one scores on songs that took part in no choice",
                "Choosing and scoring need different songs; then it does not matter how many were tried.",
                right=True,
            ),
            Answer(
                "71 %, with an interval over the validation songs",
                "The interval asks what other songs would give to a recipe named beforehand. This one was named by "
                "these songs, so the interval lies too high as a whole.",
            ),
        ),
    ),
    "what_nested_scores": Quiz(
        "Nested cross-validation took another factor in three of five folds and scores 57 %. Whose score is that?",
        (
            Answer(
                "That of the factor that was taken most often",
                "In three folds another factor was scored; its songs are in the 57 % as well.",
            ),
            Answer(
                "That of the whole procedure: choose by inner folds, then train",
                "It answers the question what you get if you do this with new songs, choice included.",
                right=True,
            ),
            Answer(
                "That of the best of all factors",
                "Nobody knows which one that is, and the score of the best on these folds is the flattering one.",
            ),
            Answer(
                "Nobody's, since the choice should have been the same everywhere",
                "That it differs tells you that these factors can hardly be told apart. The score stays honest.",
            ),
        ),
    ),
    "sealed_once": Quiz(
        "You have an idea that could improve the network. You know the sealed score of the old one. What may you do?",
        (
            Answer(
                "Train the new one and see whether it has a higher sealed score",
                "Do that with ten ideas, and the best of them is lucky on the sealed songs: they have become a "
                "validation part.",
            ),
            Answer(
                "Choose by the sealed part, if the difference is corrected by Holm",
                "A correction limits false alarms among the comparisons; it does not give back songs that nobody has "
                "looked at.",
            ),
            Answer(
                "Nothing any more: after one look all measuring is over",
                "The development songs can still choose, by validation and folds; only the sealed ones are used up for "
                "choosing.",
            ),
            Answer(
                "Choose with the development songs, and find new songs for the final score",
                "The sealed songs have spoken once. A second model that was chosen without them could be scored on "
                "them, if its score changes nothing; new songs are safer.",
                right=True,
            ),
        ),
    ),
}
