"""Exercises on using the network: a forecast, a window's weight, explaining another class, a control, counted songs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from irmas_helpers.exercises import Answer, Checks, Choice, Estimate, Option, Quiz
from irmas_helpers.instruments import CODES, NAMES

CHECKS = Checks()


@CHECKS.of("my_forecast")
def my_forecast(value: Any, names: Mapping[str, Any]) -> str:
    path, code, chance = value
    if str(code) not in CODES:
        return f"The second of the three is the code of an instrument, one of {', '.join(CODES)}."
    if not 0 <= float(chance) <= 1:
        return "The third of the three is a probability, a number from 0 to 1."
    answer = names["predictor"].predict(path)
    given, named = answer.probabilities[str(code)], NAMES[answer.instrument]
    sure = "" if answer.sure else ", without being sure"
    return (
        f"Right, that is a forecast: {float(chance):.0%} for {NAMES[str(code)]}. The network gives it {given:.0%}, and "
        f"names {named}{sure}. What did you hear that it did not, or the other way round?"
    )


@CHECKS.of("window_weight")
def window_weight(value: Any, names: Mapping[str, Any]) -> str:
    if np.isclose(float(value), 0.6):
        return "Right: 0.6, for 12 dB are two fifths of the way to 0."
    if np.isclose(float(value), 0.4):
        return "That is what it loses; how much is left?"
    return "Not yet: the weight falls along a straight line, from 1 at 0 dB to 0 at 30 dB below the loudest."


@CHECKS.of("rival_map")
def rival_map(value: Any, names: Mapping[str, Any]) -> str:
    whole, heard, near = (np.asarray(names[name]) for name in ("whole", "heard", "near"))
    ranked = np.argsort(whole)
    first, second = (_cover_map(whole, heard, near, index) for index in (ranked[-1], ranked[-2]))
    given = np.asarray(value, dtype=float)
    if given.shape != first.shape:
        return f"A map has {first.shape[0]} by {first.shape[1]} values, one a region."
    if np.allclose(given, second, atol=1e-4):
        alike = np.corrcoef(first.ravel(), second.ravel())[0, 1]
        return (
            f"Right: what speaks for {NAMES[CODES[ranked[-2]]]}. Its correlation with the answer's own map is "
            f"{alike:+.2f}."
        )
    if np.allclose(given, first, atol=1e-4):
        return "That is the map of the answer itself; take the column of the second most probable instrument."
    if np.allclose(given, -second, atol=1e-4):
        return "The right instrument with the wrong sign: a region that speaks for it makes it *fall* when covered."
    return "Not yet: give `cover_map` the two tables of probabilities and the column of the second most probable one."


def _cover_map(whole: np.ndarray, heard: np.ndarray, near: np.ndarray, index: int) -> np.ndarray:
    falls = np.log(whole[index]) - np.log(heard[:, index])
    return np.tensordot(falls, near, 1) / near.sum(axis=0)


@CHECKS.of("my_control")
def my_control(value: Any, names: Mapping[str, Any]) -> str:
    regions = np.random.default_rng(5).normal(size=(8, 13))
    given = np.asarray(value(regions.copy()), dtype=float)
    if given.shape != regions.shape:
        return f"Given a map of 8 by 13 it returns the shape {given.shape}; the control is scored as a map is."
    if np.allclose(given, regions):
        return "It returns the map itself, which will score what the map scores."
    if not np.allclose(np.sort(given, axis=None), np.sort(regions, axis=None)):
        if np.array_equal(np.argsort(given, axis=None), np.argsort(regions, axis=None)):
            return "The values are others but their order is the same, and deletion looks at the order only."
        return "The values are others than the map's. A control keeps them and puts them in other places."
    alike = np.corrcoef(given.ravel(), regions.ravel())[0, 1]
    if alike > 0.5:
        return f"Most values stay where they were (correlation {alike:.2f}), so it will score nearly what the map scores."
    kept = [
        words
        for axis, words in ((1, "each band keeps its values"), (0, "each moment keeps its values"))
        if np.allclose(np.sort(given, axis=axis), np.sort(regions, axis=axis))
    ]
    return f"Right: the same values in other places; {' and '.join(kept) or 'neither bands nor moments keep theirs'}."


@CHECKS.of("second_pair")
def second_pair(value: Any, names: Mapping[str, Any]) -> str:
    from irmas_helpers.scoring import evaluation

    clips, songs = (int(number) for number in value)
    first, second = (_behind(names, row) for _, row in evaluation.most_confused(names["tested"].confusion, 2).iterrows())
    if (clips, songs) == second:
        return f"Right: {clips} clips of {songs} songs, so {songs} cases to listen to."
    if (clips, songs) == first:
        return "That is the first row again; `.iloc[1]` is the second."
    if (clips, songs) == second[::-1]:
        return "The other way round: the clips come first."
    return "Not yet: the clips with the row's true label and the row's answer, and the different songs among them."


def _behind(names: Mapping[str, Any], pair: Mapping[str, Any]) -> tuple[int, int]:
    """Clips and songs behind a cell of the confusion matrix."""
    there = (np.asarray(names["labels"]) == pair["true"]) & (np.asarray(names["answers"]) == pair["answer"])
    return int(there.sum()), int(names["pack"].clips["song"][there].nunique())


def _noise(names: Mapping[str, Any]) -> dict[str, Any]:
    rows = np.asarray(names["chances"])[-3:]
    return {"least": float(rows.max(axis=1).min()), "most": float(rows.max(axis=1).max())}


def _nearest(names: Mapping[str, Any]) -> dict[str, Any]:
    scored = dict(names["scored"])
    whole = scored.pop("the map")
    control = min(scored, key=lambda name: abs(whole - scored[name]))
    return {"control": control, "score": float(scored[control]), "whole": float(whole)}


def _if_nearest(wanted: str, keeps: str) -> Any:
    def reply(control: str, score: float, whole: float) -> str:
        return f"So it does: it {keeps}." if control == wanted else f"It {keeps}; another one comes nearer."

    return reply


def _shuffled(names: Mapping[str, Any]) -> dict[str, Any]:
    scores = names["real"]["scores"]["silence"]
    return {"share": float(np.mean(np.subtract(scores["occlusion"], scores["shuffled"]) > 0))}


def _changed(names: Mapping[str, Any]) -> dict[str, str]:
    changes = {
        "whole": "as it is", "noise": "noise at -10 dB", "cut": "low-pass 2 kHz", "hall": "a hall, 3 s",
        "octave": "an octave up",
    }  # fmt: skip
    return {what: NAMES[CODES[int(np.argmax(names["after"][title]))]] for what, title in changes.items()}


def _overturned(before: str, after: str) -> str:
    return "So it does." if after != before else "It does not: the answer stays, though perhaps less sure."


EXPECTATIONS = {
    "one_patch": Estimate(
        question="Each of 104 patches of three by three regions is silenced alone. What share of them changes the "
        "instrument that is named?",
        variable="my_guess_one_patch",
        numbers=lambda names: {"share": float(np.mean(names["heard"].argmax(axis=1) != names["answered"]))},
        result="{share:.0%} of the patches change the answer.",
        asked="share", low=0, high=1, step=0.05, form="{:.0%}", near=0.05,
        too_low="It is more: this answer hangs on few places.",
        close=lambda share: (
            "You expected the clip to say the same thing in many places."
            if share < 0.2
            else "You expected the answer to hang on few places."
        ),
        too_high="It is less: the clip says the same thing in many places, and no single one is needed.",
    ),
    "nearest_control": Choice(
        question="Four controls have the map's values in other places. Which of them scores nearest to the map itself?",
        variable="my_guess_nearest_control",
        numbers=_nearest,
        result="Nearest to the map, which scores {whole:+.2f}, comes \"{control}\" with {score:+.2f}.",
        options=(
            Option("shuffled", _if_nearest("shuffled", "keeps nothing of the map's order")),
            Option("shifted in time", _if_nearest("shifted in time", "keeps the bands and loses the moments")),
            Option("flipped in frequency", _if_nearest("flipped in frequency", "keeps the moments and loses the bands")),
            Option("equally loud", _if_nearest("equally loud", "keeps as much of the map as loudness explains")),
        ),
    ),
    "occlusion_lead": Choice(
        question="With silence filled in, occlusion scored 0.10 more than integrated gradients. Will it with band means?",
        variable="my_guess_occlusion_lead",
        numbers=lambda names: {"lead": names["lead"].difference},
        result="With band means the difference is {lead:+.3f}.",
        options=(
            Option(
                "yes: a better map is better under any test",
                lambda lead: "So it is here." if lead > 0.05 else "Occlusion and the first test share their silence.",
            ),
            Option(
                "less: occlusion itself asks with silence",
                lambda lead: "That is what it looks like." if lead <= 0.05 else "It kept its lead all the same.",
            ),
            Option("nobody can know without trying", "True, and a good reason to try."),
        ),
    ),
    "ten_halves": Estimate(
        question="Ten random halves of the regions, as sound. How many of them are a guitar to the network at least as "
        "surely as the half that counts most?",
        variable="my_guess_ten_halves",
        numbers=lambda names: {"number": int(np.sum(np.array(names["others"]) >= names["the_half"]))},
        result="{number} of the ten random halves do as well as the one that counts most.",
        asked="number", low=0, high=10, step=1, form="{:.0f}", near=0,
        too_low="It is more: the clip says \"guitar\" in many places.",
        close="So the map passes this test, for this clip.",
        too_high="It is fewer: which half it is matters, for this clip.",
    ),
    "which_change": Choice(
        question="40 dB quieter, noise, a low-pass at 2 kHz, a hall, an octave up. Which of these makes the network name "
        "another instrument?",
        variable="my_guess_which_change",
        numbers=_changed,
        result="It names {whole} as it is, {noise} under noise, {cut} behind the low-pass, {hall} in the hall and {octave} "
        "an octave up.",
        options=(
            Option("the noise", lambda whole, noise, cut, hall, octave: _overturned(whole, noise)),
            Option("the low-pass", lambda whole, noise, cut, hall, octave: _overturned(whole, cut)),
            Option("the hall", lambda whole, noise, cut, hall, octave: _overturned(whole, hall)),
            Option("the octave", lambda whole, noise, cut, hall, octave: _overturned(whole, octave)),
        ),
    ),
    "noise_alone": Choice(
        question="What does the network say of three seconds of nothing but faint noise?",
        variable="my_guess_noise_alone",
        numbers=_noise,
        result="Its largest probability in the three windows is {least:.0%} to {most:.0%}.",
        options=(
            Option(
                "about the same for all eleven instruments",
                "That would be the honest answer, but none of its training clips was labelled \"nobody plays\".",
            ),
            Option(
                "one instrument with 20 to 40 percent",
                lambda least, most: (
                    "You have seen it coming."
                    if 0.15 < least and most < 0.45
                    else "It is surer than that: nothing in its training taught it to doubt."
                ),
            ),
            Option(
                "one instrument with more than 40 percent",
                lambda least, most: (
                    "You have seen it coming: a softmax shares out everything, whatever comes in."
                    if most > 0.4
                    else "It is less sure than that, but it does name one."
                ),
            ),
        ),
    ),
    "beats_shuffled": Estimate(
        question="44 clips of real IRMAS, each of another song: for which share of them does the map score more than the "
        "mean of three shuffled ones?",
        variable="my_guess_beats_shuffled",
        numbers=_shuffled,
        result="It does for {share:.0%} of the clips.",
        asked="share",
        too_low="It is more: the order of a map that knows something is hard to find by chance.",
        close="You have seen it coming.",
        too_high="It is less: on some clips the answer hangs on so much or so little that no order helps.",
    ),
}  # fmt: skip

QUIZZES = {
    "enough": Quiz(
        "The sound inside the map still gets 81 % for the guitar, the whole clip 83 %. What does that show?",
        (
            Answer(
                "That the network listens to what the map marks",
                "It is the natural reading, and it was the old text's. But the sound outside the map still got 67 %, and "
                "nobody had asked what another piece of sound of the same size gets.",
            ),
            Answer(
                "That the map marks the guitar's notes",
                "The test asks the network only. Whether the marked sound is the guitar's is a question for ears, or "
                "for a recording with separate tracks.",
            ),
            Answer(
                "Little, until other extracts of the same size have been tried",
                "When it was checked, the same map moved along time, or turned upside down in frequency, did about as "
                "well. The clip says \"guitar\" in many places, so nearly any large extract is enough.",
                right=True,
            ),
            Answer(
                "That the network would be right without the rest of the clip",
                "Being right is about the label; here only the network's own answer was compared with itself.",
            ),
        ),
    ),
    "random_network": Quiz(
        "A map made with random weights looks much like the one made with the trained network. What follows?",
        (
            Answer(
                "The map shows the clip rather than what the network has learned",
                "Some methods work like edge detectors: they paint what is loud or sudden, whatever the weights. Adebayo "
                "and others found several that did.",
                right=True,
            ),
            Answer(
                "The trained network has learned nothing",
                "Its accuracy says that it has. It is the map that does not depend on it.",
            ),
            Answer(
                "The explanation is confirmed by a second network",
                "Tempting, because agreement of two witnesses usually confirms. But the second one knows nothing, so "
                "what they agree on cannot be knowledge.",
            ),
            Answer(
                "The layers alone are enough to name instruments",
                "A network with random weights names instruments at the level of guessing.",
            ),
        ),
    ),
    "ten_errors": Quiz(
        "In a cell of the confusion matrix you find ten clips of one song, all sure and all wrong. How many cases have "
        "you got?",
        (
            Answer(
                "Ten: each clip is a different piece of audio",
                "The audio differs, but player, instrument, room and mix are the same, and so is the reason of the error.",
            ),
            Answer(
                "One, as far as reasons go",
                "Clips of one song fail together. Ten songs with one error each would be far better evidence of a habit "
                "of the network.",
                right=True,
            ),
            Answer(
                "None: sure errors are errors of the label",
                "Some are; listening decides. A network can be sure and wrong without any help from the label.",
            ),
            Answer(
                "It depends on how many clips the class has",
                "That decides the share of the row, not how many independent cases stand behind it.",
            ),
        ),
    ),
}
