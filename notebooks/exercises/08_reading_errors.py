"""Exercises on reading errors: one's own word, songs, calibration by hand, thresholds, doubts, half of the songs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from irmas_helpers.exercises import Answer, Checks, Choice, Estimate, Option, Quiz
from irmas_helpers.instruments import CODES, NAMES

CHECKS = Checks()
_ERROR_RATE = 0.1


@CHECKS.of("my_word")
def my_word(value: Any, names: Mapping[str, Any]) -> str:
    from scipy.stats import binomtest

    labels = names["pack"].clips["instrument"].iloc[names["ten"]]
    pairs = [(str(code), float(probability)) for code, probability in value]
    if len(pairs) != len(labels):
        return f"There are {len(pairs)} pairs; give one for each of the {len(labels)} players."
    if any(code not in CODES for code, _ in pairs):
        return "One of the codes is none of the eleven; they stand above the hints."
    if not all(0 < probability <= 1 for _, probability in pairs):
        return "A probability lies between 0 and 1: nine times in ten is 0.9, not 90."
    right = sum(code == label for (code, _), label in zip(pairs, labels, strict=True))
    low, high = binomtest(right, len(pairs)).proportion_ci(method="wilson")
    said = np.mean([probability for _, probability in pairs])
    kept = "your word fits that" if low <= said <= high else "that is off by more than ten clips explain"
    return (
        f"Right: ten answers, each with its word. {right} agree with the label, where you said {said:.0%} on average; "
        f"ten clips leave {low:.0%} to {high:.0%} open, and {kept}."
    )


@CHECKS.of("called_organ")
def called_organ(value: Any, names: Mapping[str, Any]) -> str:
    heard = names["heard"]
    so = heard[(heard["instrument"] == "flu") & (heard["answer"] == "org")]
    songs = so["song"].nunique()
    if int(value) == songs:
        return f"Right: {len(so)} clips of {songs} songs, so {songs} cases and not {len(so)}."
    if int(value) == len(so):
        return "Those are the clips; several of them come from one song."
    if int(value) == heard.loc[heard["answer"] == "org", "song"].nunique():
        return "Those are all songs with a clip called organ; keep the flutes alone."
    return "Not yet: take the flutes that are called organ, and count their different songs."


@CHECKS.of("my_ece")
def my_ece(value: Any, names: Mapping[str, Any]) -> str:
    if np.isclose(float(value), 0.06):
        return "Right: 0.06; 40 of 100 clips are 0.15 off, the others keep their word."
    if np.isclose(float(value), 0.075):
        return "Nearly: a bin counts by its clips, and the two do not hold equally many."
    return "Not yet: a bin's distance is that of its share of right answers from its mean probability."


@CHECKS.of("my_temperature")
def my_temperature(value: Any, names: Mapping[str, Any]) -> str:
    from irmas_helpers.scoring import calibration

    right = calibration.fit_temperature(names["raw"], names["true"])
    if np.isclose(float(value), right, atol=0.015):
        return f"Right: {right:.2f}, so the answers become {'surer' if right < 1 else 'more careful'}."
    if np.isclose(float(value), 1 / right, atol=0.02):
        return "Upside down: `temper` itself takes one over the temperature."
    if np.isclose(float(value), 1):
        return "1 leaves everything as it is; look for the temperature with the smallest mean of minus the logarithm."
    if not 0.5 <= float(value) <= 1.5:
        return "Assign one of the temperatures from 0.5 to 1.5, not its place in the list or its cost."
    return "Not yet: compute the cross-entropy for each temperature, and take the one where it is smallest."


@CHECKS.of("strict")
def strict(value: Any, names: Mapping[str, Any]) -> str:
    from irmas_helpers.scoring import calibration

    right = calibration.sure_above(names["tempered"], names["true"], 0.05)
    answered = np.mean(names["tempered"].max(axis=1) >= right)
    if np.isclose(float(value), right, atol=0.005):
        return f"Right: {right:.2f}; {answered:.0%} of the clips are still answered."
    if np.isclose(float(value), calibration.sure_above(names["tempered"], names["true"], 0.1), atol=0.005):
        return "That is the threshold for one wrong answer in ten; the task asks for one in twenty."
    return "Not yet: calibration.sure_above takes the probabilities, the true classes and the share of wrong answers."


@CHECKS.of("my_thresholds")
def my_thresholds(value: Any, names: Mapping[str, Any]) -> str:
    from irmas_helpers.scoring import calibration

    tempered, true, fold = names["tempered"], names["true"], names["fold"]
    answer, chosen = tempered.argmax(axis=1), fold < 4
    if missing := [code for code in CODES if code not in value]:
        return f"{len(missing)} of the eleven codes have no threshold."
    limits = np.array([float(value[code]) for code in CODES])
    if len(set(limits)) == 1:
        return "That is one threshold for all; the task asks for one of its own for each instrument."
    wrong = _wrong_by_name(tempered, true, limits, chosen)
    if broken := [code for code in CODES if wrong[code] > _ERROR_RATE + 1e-9]:
        return f"On folds 0 to 3, more than a tenth of the sure answers are wrong for {len(broken)} of the instruments."
    lowest = [
        calibration.sure_above(tempered[rows], true[rows], _ERROR_RATE)
        if (rows := chosen & (answer == place)).any()
        else 1
        for place in range(len(CODES))
    ]
    given, possible = (_given(tempered, limit)[chosen].mean() for limit in (limits, np.array(lowest)))
    if given < possible - 0.02:
        return f"The promise is kept, but only {given:.0%} of the clips are answered; {possible:.0%} could be."
    fifth = _given(tempered, limits) & ~chosen
    unseen = _wrong_by_name(tempered, true, limits, ~chosen)
    worst = max(unseen, key=unseen.get)
    return (
        f"Right on folds 0 to 3. On the fifth {fifth.sum() / (~chosen).sum():.0%} are answered and "
        f"{np.mean(answer[fifth] != true[fifth]):.0%} of these wrong, at worst {unseen[worst]:.0%} ({NAMES[worst]})."
    )


def _given(tempered: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Which clips are answered, if each answer has to reach the limit of its class."""
    return tempered.max(axis=1) >= limits[tempered.argmax(axis=1)]


def _wrong_by_name(tempered: np.ndarray, true: np.ndarray, limits: np.ndarray, rows: np.ndarray) -> dict[str, float]:
    """The share of wrong ones among the answers with each name, 0 where there is none."""
    answer, given = tempered.argmax(axis=1), _given(tempered, limits) & rows
    return {
        code: float(np.mean(true[here] != place)) if (here := given & (answer == place)).any() else 0.0
        for place, code in enumerate(CODES)
    }


@CHECKS.of("most_doubted")
def most_doubted(value: Any, names: Mapping[str, Any]) -> str:
    table = names["heard"]
    chances = table[list(CODES)].to_numpy()
    own = chances[np.arange(len(table)), [CODES.index(code) for code in table["instrument"]]]
    doubted = table.assign(doubted=own < 0.02).groupby("instrument")["doubted"].mean()
    worst = doubted.idxmax()
    if value == worst:
        return f"Right: {doubted[worst]:.1%} of its clips."
    if value in doubted.index:
        return f"Of {value}, {doubted[value]:.1%} are doubted so strongly; another class has more."
    return "Assign one of the eleven codes, such as 'cel'."


@CHECKS.of("my_history")
def my_half(value: Any, names: Mapping[str, Any]) -> str:
    rows, train = np.unique(np.asarray(names["my_half"], dtype=int)), np.asarray(names["train"])
    songs = names["pack"].clips["song"]
    epochs = len(value.history["loss"])
    if not np.isin(rows, train).all():
        return "Some of the rows are no training rows: draw from `train` only, or the test is heard before."
    drawn, all_songs = songs.iloc[rows].nunique(), songs.iloc[train].nunique()
    if len(rows) < songs.iloc[train].isin(songs.iloc[rows]).sum():
        return "Some songs lost a part of their clips: draw songs, and keep all clips of each."
    if not 0.45 <= drawn / all_songs <= 0.55:
        return f"{drawn} of {all_songs} songs were drawn; the task asks for half."
    if epochs != 20:
        return f"It was fitted for {epochs} epochs; the task asks for 20, as with all songs."
    test = np.asarray(names["test"])
    chances = np.asarray(names["my_network"].predict(names["numbers"][test], verbose=0))
    right = np.mean(chances.argmax(axis=1) == names["labels"][test])
    return f"Right: {drawn} of {all_songs} songs, whole. Of the other songs' clips {right:.0%} are named rightly."


def _pop_violins(names: Mapping[str, Any]) -> dict[str, float]:
    return {"share": float(names["pop_violins"]["right"].mean())}


def _word(names: Mapping[str, Any]) -> dict[str, float]:
    return {"said": float(names["raw"].max(axis=1).mean()), "right": float(names["heard"]["right"].mean())}


def _flutes(names: Mapping[str, Any]) -> dict[str, int]:
    called = names["counts"][CODES.index("flu")]
    return {code: int(called[CODES.index(code)]) for code in ("cla", "org", "vio", "flu")}


def _means(names: Mapping[str, Any]) -> dict[str, float]:
    table = names["on_means"]
    return {f"{name}_{what}": float(table[name].iloc[row]) for name in ("said", "right")
            for row, what in enumerate(("clips", "means"))}  # fmt: skip


def _found(names: Mapping[str, Any]) -> dict[str, float]:
    return {code: float(names["found"].loc[code, "mean"]) for code in ("cel", "flu", "gel", "vio")}


EXPECTATIONS = {
    "found_least": Choice(
        question="Of which of these instruments does the network find the smallest share, on real IRMAS?",
        variable="my_guess_found_least",
        numbers=_found,
        result="Found are {cel:.0%} of the cellos, {flu:.0%} of the flutes, {gel:.0%} of the electric guitars and "
        "{vio:.0%} of the violins.",
        options=(
            Option("cello", "It has the fewest clips to learn from, and still it does not come last."),
            Option("flute", "It is in the lower half; others are found less often."),
            Option("electric guitar", "It is in the middle, and has nearly the most clips to learn from."),
            Option("violin", "You have heard how many things a violin can be: a fiddle, a soloist, a row of strings."),
        ),
    ),
    "other_trainings": Estimate(
        question="The recipe that ships finds 32 % of the violins in pop and rock. What share do five other recipes find, "
        "on average?",
        variable="my_guess_other_trainings",
        numbers=lambda names: {"share": float(np.mean(list(names["found_by"].values())))},
        result="On average they find {share:.0%}.",
        asked="share", low=0, high=1, step=0.05, form="{:.0%}", near=0.06,
        too_low="It is more than that; the recipe that ships is no exception in either direction.",
        close="You took the 32 % for a habit and not for bad luck.",
        too_high="It is less: a low share in one recipe might have been chance, but the others show it, too.",
    ),
    "rendered_promise": Choice(
        question="At most one in ten of the sure answers should be wrong. How many are on the rendered set, which the "
        "network never heard?",
        variable="my_guess_rendered_promise",
        numbers=lambda names: {"wrong": float(names["wrong"])},
        result="Of the sure answers {wrong:.0%} are wrong.",
        options=(
            Option(
                "fewer than one in ten: rendered sounds are clean",
                lambda wrong: "Clean to us; to a network that learned from records they are new." if wrong > 0.1 else
                "So it is in this run.",
            ),
            Option(
                "about one in ten",
                "The threshold was set on clips like those of IRMAS, and it says nothing about others.",
            ),
            Option(
                "more than one in ten",
                lambda wrong: "You asked on which data the promise was made." if wrong > 0.1 else "Not in this run.",
            ),
        ),
    ),
    "wrong_by_all": Estimate(
        question="Each recipe is wrong for some 20 to 25 % of the clips. For what share are all six wrong?",
        variable="my_guess_wrong_by_all",
        numbers=lambda names: {"share": float(names["by_all"][0])},
        result="All six are wrong for {share:.1%}.",
        asked="share", low=0, high=0.3, step=0.01, form="{:.0%}", near=0.02,
        too_low="It is more: by chance alone it would be next to none, but the six stumble over the same clips.",
        close="You expected the six to stumble over the same clips.",
        too_high="It is less: each recipe also makes errors of its own.",
    ),
    "flutes": Choice(
        question="Which of these wrong answers does a flute get most often on real IRMAS?",
        variable="my_guess_flutes",
        numbers=_flutes,
        result="Of the flutes {org} clips are called organ, {vio} violin and {cla} clarinet; {flu} are found.",
        options=(
            Option("clarinet", "Both are woodwinds, and blown; but that is how they are made, not how they sound."),
            Option("organ", "Many organ pipes are flutes. (Whether that is the reason, nobody has tested.)"),
            Option("violin", "They share a range, and both hold their tones."),
        ),
    ),
    "mean_word": Choice(
        question="The temperature was fitted to single clips. How is the mean of a song's (mostly three) clips, at "
        "the same temperature?",
        variable="my_guess_mean_word",
        numbers=_means,
        result="Clips say {said_clips:.0%} and are right for {right_clips:.0%}; means say {said_means:.0%} and are "
        "right for {right_means:.0%}.",
        options=(
            Option(
                "too sure",
                "Three voices that agree could make one bold. But a mean is never bolder than its boldest member.",
            ),
            Option("as honest as before", "The mean of honest numbers looks honest, but its top is another thing."),
            Option(
                "too careful",
                "A mean is right more often, and where clips disagree, its top probability gets smaller.",
            ),
        ),
    ),
    "pop_violins": Estimate(
        question="Of the violins in classical pieces 77 % are found. What share of those in pop and rock?",
        variable="my_guess_pop_violins",
        numbers=_pop_violins,
        result="{share:.0%} of the violins in pop and rock are found.",
        asked="share", low=0, high=1, step=0.05, form="{:.0%}", near=0.06,
        too_low="It is more than that: even in a band some violins are easily heard.",
        close="You expected the band to be a different world, and it is.",
        too_high="It is less. In a band the violin is one of many, or the network learned the concert hall along with "
        "the violin; the share cannot tell which.",
    ),
    "its_word": Choice(
        question="When the network says 80 %, how often is it right, over all clips?",
        variable="my_guess_its_word",
        numbers=_word,
        result="On average it says {said:.0%} and is right for {right:.0%}.",
        options=(
            Option(
                "less often: it is too sure",
                lambda said, right: (
                    "So are most networks, but this one was told in training that nothing is certain."
                    if said < right
                    else "As most networks are."
                ),
            ),
            Option("four times in five", "That would be a network whose word needs no mending."),
            Option(
                "more often: it is too careful",
                lambda said, right: (
                    "Smoothed targets and mixtures taught it to say less."
                    if said < right
                    else "Not here, in spite of smoothed targets and mixtures."
                ),
            ),
        ),
    ),
    "half_the_songs": Estimate(
        question="All training songs instead of half of them: how many points more on the same test songs?",
        variable="my_guess_half_the_songs",
        numbers=lambda names: {"points": 100 * names["differences"]["long: all instead of half"].difference},
        result="All instead of half of the songs brought {points:.1f} points.",
        asked="points", low=0, high=20, step=1, form="{:.0f} points", near=1.5,
        too_low="It is more. Short trainings need not show it: with more songs they stop further from their end.",
        close="You have a feeling for learning curves.",
        too_high="It is less: the second half of the songs is worth less than the first, but not nothing.",
    ),
}  # fmt: skip

QUIZZES = {
    "drums": Quiz(
        "With drums 86 % of the clips are found, without 84 %. Why does this not say what drums do?",
        (
            Answer(
                "Because the two shares are too close together",
                "That could be settled with more songs. The trouble would stay: the two groups would still hold "
                "other instruments.",
            ),
            Answer(
                "Because most clips with drums are voices and electric guitars, and without drums there are others",
                "What differs between the groups besides drums is mixed into the difference. Comparing within "
                "instruments takes the instrument out, and leaves genre, players and rooms.",
                right=True,
            ),
            Answer(
                "Because clips of one song are not independent",
                "True, and it widens the interval. It does not shift the difference from one thing to another.",
            ),
            Answer(
                "Because the network hears drums as an instrument",
                "It has no such class. And if it took drums for something, that would be what they do.",
            ),
        ),
    ),
    "label_or_answer": Quiz(
        "Of the clips labelled violin in pop and rock 32 % are right, and the network says 63 % on average. Why is "
        "that no fair measure of its word?",
        (
            Answer(
                "Because calibration is about all clips, and never about groups",
                "Groups may be asked: a user who only plays pop wants to know. The group has to be one that "
                "the user can see.",
            ),
            Answer(
                "Because 122 clips are too few",
                "41 songs make a wide interval, but 31 points are far outside of it.",
            ),
            Answer(
                "Because violins in pop are harder than others",
                "They are, and a network that knew would say less. That is what is to be measured.",
            ),
            Answer(
                "Because whoever uses it does not know the label",
                "Choose clips by their label, and even a perfectly honest network may seem too sure of hard classes "
                "and too careful of easy ones. Choose them by answer and genre, which the user sees.",
                right=True,
            ),
        ),
    ),
    "ceiling": Quiz(
        "Suppose one label in ten were wrong, in training and test alike. Could a network be right for more than 90 % "
        "of the test labels?",
        (
            Answer(
                "Yes, if the wrong labels follow a rule that can be heard",
                "If slide guitars are labelled violin throughout, a network can learn that, and agrees with the wrong "
                "labels. Only errors without any rule are a ceiling.",
                right=True,
            ),
            Answer(
                "No: it cannot know which labels are wrong",
                "It need not know. It only has to repeat the mistake, which it was taught.",
            ),
            Answer(
                "No, unless it learned the test clips by heart",
                "Learning by heart would do it, but so does a mistake that the labellers made again and again.",
            ),
            Answer(
                "Yes: the errors in training and test cancel",
                "Nothing cancels: a wrong test label counts against every answer but one.",
            ),
        ),
    ),
}
