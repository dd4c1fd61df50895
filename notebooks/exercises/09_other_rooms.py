"""Exercises on a network outside its data set: quiet cells, a floor, a control, forgetting, strangers, a model card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from irmas_helpers.exercises import Answer, Checks, Choice, Estimate, Option, Quiz
from irmas_helpers.instruments import NAMES
from irmas_helpers.scoring import evaluation
from irmas_helpers.sound.audio import SAMPLE_RATE

CHECKS = Checks()
FLOOR = -60


@CHECKS.of("quiet_shares")
def quiet_cells(value: Any, names: Mapping[str, Any]) -> str:
    shares = np.array([float(number) for number in value])
    right = np.array([np.mean(picture < FLOOR) for picture in names["pictures"].values()])
    if len(shares) != len(right):
        return "Assign two shares, the flute among others first."
    if np.allclose(shares, right, atol=0.005):
        return f"Right: {right[0]:.0%} of the cells among others, {right[1]:.0%} alone."
    if np.allclose(shares, right[::-1], atol=0.005):
        return "The other way round: the flute among others comes first."
    if np.allclose(shares, 1 - right, atol=0.005):
        return "Those are the shares of the louder cells; count what lies below -60 dB."
    if np.allclose(shares, 100 * right, atol=0.5):
        return "Those are per cent; assign shares between 0 and 1."
    return "Not yet: `pictures[...] < -60` is true where a cell is quieter, and the mean of true and false is a share."


@CHECKS.of("five_per_cent")
def five_per_cent(value: Any, names: Mapping[str, Any]) -> str:
    amplitudes, decibels = (float(number) for number in value)
    right = (20 * np.log10(0.05), 0.95 * -80)
    if np.allclose((amplitudes, decibels), right, atol=0.1):
        return (
            f"Right: {right[0]:.0f} dB, well above the floor, and {right[1]:.0f} dB, below it. One label of 5 % can "
            "stand for a guitar in plain sight or for one that is not there."
        )
    if np.allclose((amplitudes, decibels), right[::-1], atol=0.1):
        return "The other way round: amplitudes come first."
    if np.isclose(amplitudes, 10 * np.log10(0.05), atol=0.1):
        return "The shares are of amplitudes here, not of powers: 20 times the logarithm."
    if np.isclose(amplitudes, 20 * np.log(0.05), atol=0.1):
        return "That is the natural logarithm; decibels take the one to base 10."
    if np.isclose(amplitudes, 20 * np.log10(0.05 / 0.95), atol=0.1):
        return "That is how much weaker than the clarinet the guitar is; in this cell the clarinet is silent."
    if np.isclose(amplitudes, right[0], atol=0.1):
        return "The first is right. For the second take 95 % of -80 and 5 % of 0."
    return "Not yet: what are 20 times the logarithm of 0.05 to base 10, and the weighted mean of -80 and 0?"


@CHECKS.of("my_short_bow")
def short_bow(value: Any, names: Mapping[str, Any]) -> str:
    bowed = [played.sound for played in names["bowed"]]
    shortened = [np.asarray(value(sound.copy()), dtype=np.float32) for sound in bowed]
    if any(short.shape != sound.shape for short, sound in zip(shortened, bowed, strict=True)):
        return "A sound came back with another length: put silence where the tone was, so that all else stays as it is."
    starts = [int(np.flatnonzero(np.abs(sound) > 0.1 * np.abs(sound).max())[0]) for sound in bowed]
    kept = [_energy(short[at:]) / _energy(sound[at : at + 6 * SAMPLE_RATE // 10])
            for short, sound, at in zip(shortened, bowed, starts, strict=True)]  # fmt: skip
    left = [
        _energy(short[at + 6 * SAMPLE_RATE // 10 :]) / _energy(short)
        for short, at in zip(shortened, starts, strict=True)
    ]
    if min(kept) < 0.1:
        return (
            "In at least one of the sounds hardly anything is left: find where the tone begins, and keep what follows."
        )
    if max(left) > 0.01:
        return "In at least one of the sounds something is still heard 0.6 s after the tone has begun."
    plucked = [value(played.sound.copy()) for played in names["plucked"]]  # as short: only the finger differs
    heard = [names["named"](sounds) == "vio" for sounds in (bowed, shortened, plucked)]
    before, short, finger = (row.astype(int) for row in heard)
    each = np.ones(len(bowed))
    pairs = ((before, short), (short, finger))
    p_values = evaluation.holm([evaluation.paired(*pair, each).p_value for pair in pairs])
    return (
        f"Right. Named violin of {len(bowed)}: {before.sum()} bowed, {short.sum()} bowed and cut, {finger.sum()} "
        f"plucked and cut. After Holm, p = {p_values[0]:.3f} for the cut, {p_values[1]:.3f} for bow against finger, "
        "both cut."
    )


def _energy(sound: np.ndarray) -> float:
    return float(np.sum(np.square(sound, dtype=np.float64))) + 1e-12


@CHECKS.of("flutes_named")
def without_flutes(value: Any, names: Mapping[str, Any]) -> str:
    before, after = (float(number) for number in value)
    epochs = len(names["my_history"].history["loss"])
    flutes = names["played_by"] == "flu"
    if not np.isclose(before, np.mean(names["right_before"][flutes])):
        return "The first number should be the share of the flutes among the questions that were named before."
    if epochs != 4:
        return f"It was fitted for {epochs} epochs; the task asks for four."
    if after > before:
        return "More flutes are named than before: were the flutes' lessons left out of what you fitted?"
    return f"Right: of the flutes it named {before:.0%} before and {after:.0%} after four epochs without any."


@CHECKS.of("asked_twice")
def heard_by_both(value: Any, names: Mapping[str, Any]) -> str:
    one, two = value
    if isinstance(one, str) or isinstance(two, str):
        return "Those are names or codes; assign both answers whole, as `predict` returns them."
    said = [f"{NAMES[each.instrument]} ({each.doubt or 'sure'})" for each in (one, two)]
    if one.probabilities == two.probabilities:
        return f"Right: {said[0]}, and the second network was not asked, or you asked the same predictor twice."
    return f"Right: alone {said[0]}, with the second network {said[1]}."


@CHECKS.of("my_line")
def card_line(value: Any, names: Mapping[str, Any]) -> str:
    line = " ".join(value.casefold().split())
    wanted = {
        "which recordings it was measured on": ("freesound",),
        "how many there were": ("90", "ninety"),
        "how many, or what share, were right": ("57", "63"),
        "an interval": ("53", "interval", " to "),
        "how often they had been looked at": ("eleven", "eleventh", "11", "looks", "looked"),
    }
    missing = [what for what, words in wanted.items() if not any(word in line for word in words)]
    if missing:
        return f"The line does not say {missing[0]}."
    if len(line.split()) > 60:
        return f"All is there, in {len(line.split())} words; a card is read in passing: try 60 or fewer."
    return "Right: whoever reads that knows what was measured, on what, how exactly, and how freshly."


def _changes(names: Mapping[str, Any]) -> dict[str, float]:
    changes = {"room": "another room", "noise": "noise", "microphone": "another microphone"}
    return {what: 100 * names["compared"][title].difference for what, title in changes.items()}


def _costs(points: float) -> str:
    return "So it does." if points <= -10 else "It does not: the network was trained with such changes."


EXPECTATIONS = {
    "elsewhere_named": Estimate(
        question="The network names 80 % of the clips of unknown songs of IRMAS. What share of ninety amateur "
        "recordings of single instruments does it name?",
        variable="my_guess_elsewhere_named",
        numbers=lambda names: {"share": names["one"]["accuracy"]},
        result="It names {share:.0%} of them.",
        asked="share",
        too_low="It is more than you thought, but far below its score on IRMAS.",
        close="You have seen it coming.",
        too_high="It is less: a single instrument sounds easier than a band, to us.",
    ),
    "raised_floor": Choice(
        question="Everything more than 60 dB below the maximum is raised to that level, so the quiet cells can no "
        "longer be told apart. What happens to the accuracy on the lone notes?",
        variable="my_guess_raised_floor",
        numbers=lambda names: {"gain": 100 * names["floors"].loc[("lone notes", "-60"), "gain"]},
        result="On average over the five networks it changes by {gain:+.0f} points.",
        options=(
            Option(
                "it falls: information is taken away",
                lambda gain: (
                    "It was information that these networks had learned to misread." if gain > 0 else "It does."
                ),
            ),
            Option(
                "it stays: nobody hears what is 60 dB quieter",
                "You do not hear it beside the tone. A network sees each cell, whatever is beside it.",
            ),
            Option(
                "it rises: what is there misleads",
                lambda gain: "You suspected the right cells." if gain > 0 else "Not with these networks.",
            ),
        ),
    ),
    "one_more_room": Choice(
        question="66 lone notes are put into one more room, under noise, behind another microphone. Which costs the "
        "network at least ten points?",
        variable="my_guess_one_more_room",
        numbers=_changes,
        result="The accuracy changes by {room:+.0f} points in another room, {noise:+.0f} under noise and "
        "{microphone:+.0f} behind another microphone.",
        options=(
            Option("the room", lambda room, noise, microphone: _costs(room)),
            Option("the noise", lambda room, noise, microphone: _costs(noise)),
            Option("the microphone", lambda room, noise, microphone: _costs(microphone)),
            Option(
                "none of the three",
                lambda room, noise, microphone: (
                    "You remembered what it was trained with."
                    if min(room, noise, microphone) > -10
                    else "At least one does."
                ),
            ),
        ),
    ),
    "plucked_violins": Estimate(
        question="Bowed and plucked, the same 24 recordings of a violin. How many of the plucked ones does the network "
        "name violin?",
        variable="my_guess_plucked_violins",
        numbers=lambda names: {"bowed": int(names["as_violin"][0].sum()), "plucked": int(names["as_violin"][1].sum())},
        result="It names {bowed} of the bowed and {plucked} of the plucked ones violin.",
        asked="plucked", low=0, high=24, step=1, form="{:.0f}", near=2,
        too_low="It is more than that.",
        close="You hear with its ears by now.",
        too_high="It is fewer: what dies away like this on records is seldom a violin.",
    ),
    "fresh_ninety": Estimate(
        question="At the eleventh look both networks named 57 of the worn ninety. How many of ninety fresh recordings "
        "from Freesound?",
        variable="my_guess_fresh_ninety",
        numbers=lambda names: {"right": names["outside"]["freesound"]["right"]},
        result="They named {right} of the fresh ninety.",
        asked="right", low=0, high=90, step=1, form="{:.0f}", near=4,
        too_low="It is more: if the eleven looks flattered, then by less than you feared.",
        close="About as many: whether the looks flattered by a few, ninety recordings cannot show.",
        too_high="It is fewer; fresh recordings are seldom easier than those that one has worked with.",
    ),
    "strangers_sure": Estimate(
        question="Of 347 real recordings of other instruments, 73 get a sure name without the head, each of them wrong. "
        "How many still get one with it?",
        variable="my_guess_strangers_sure",
        numbers=lambda names: {"sure": names["there"]["chosen"]["foreign sure"]},
        result="With the head {sure} do.",
        asked="sure", low=0, high=73, step=1, form="{:.0f}", near=6,
        too_low="It is more: what SoundFonts play is not all that an oboist does.",
        close="You have seen it coming.",
        too_high="It is fewer: what SoundFonts taught carries over to players in part.",
    ),
    "band_after_lessons": Choice(
        question="A copy of the network learns from 66 recordings of lone instruments and hears no band. Before and "
        "after, it is asked about clips with a band, rendered like those lessons. What happens to its accuracy there?",
        variable="my_guess_band_after_lessons",
        numbers=lambda names: {"before": names["band_before"], "after": names["band_after"]},
        result="It named {before:.0%} of these clips before and {after:.0%} after.",
        options=(
            Option(
                "it falls: the copy forgets what a band sounds like",
                lambda before, after: (
                    "A good guess, and on records you would be right. Here lessons and clips have one thing in common."
                    if after > before
                    else "So it does here."
                ),
            ),
            Option(
                "it stays about the same",
                "Training moves all 991,254 weights; whether these songs show a change, the interval says.",
            ),
            Option(
                "it rises: the copy gets to know the SoundFont",
                lambda before, after: (
                    "You looked at who plays. Whether these songs can show it, the interval says."
                    if after > before
                    else "Not in this run."
                ),
            ),
        ),
    ),
}  # fmt: skip

QUIZZES = {
    "stand_in": Quiz(
        "The ninety recordings are at hand. Why are remedies not tried on them until one helps?",
        (
            Answer(
                "Because ninety recordings are too few to train on",
                "Nobody has to train on them to spoil them: it is enough to choose by them.",
            ),
            Answer(
                "Because what helps on them may do so by chance, and then no fresh test is left",
                "Each remedy that is kept because it did well there carries its luck along, and the ninety can no "
                "longer say what the network does with recordings that nobody has chosen by.",
                right=True,
            ),
            Answer(
                "Because their labels could be wrong",
                "Some may be, as everywhere. That makes a test blunter, but it does not forbid its use.",
            ),
            Answer(
                "Because they are shorter than three seconds",
                "A few are, and `predict` puts those into silence. It is no reason to spare them.",
            ),
        ),
    ),
    "second_bank": Quiz(
        "The second network never heard FluidR3, and names far more of its notes than the first. Why is that still no "
        "fresh test of the two together?",
        (
            Answer(
                "FluidR3's other notes stood in the table by which the share was settled",
                "How much the second network counts was settled with FluidR3's notes in sight. Other notes, but the "
                "same instruments in the same SoundFont.",
                right=True,
            ),
            Answer(
                "It was trained on TimGM6mb, which is also a SoundFont",
                "That makes the test easier than a recording would be, but one SoundFont does not teach another's.",
            ),
            Answer(
                "The notes were played with another seed",
                "That is what makes them other notes; it speaks for the test, not against it.",
            ),
            Answer(
                "396 recordings are too few",
                "They are enough for an interval of about nine points' width. The trouble is not how many there are.",
            ),
        ),
    ),
    "closed_set": Quiz(
        "A network with eleven outputs and a softmax hears an oboe and answers: clarinet, 71 %. What does that mean?",
        (
            Answer(
                "The sound is 71 % like a clarinet",
                "Nothing measures likeness here. Another network with other rivals could give the same sound 20 %.",
            ),
            Answer(
                "In 71 of 100 such cases it is a clarinet",
                "That is what calibration promises on clips like those of IRMAS. Among oboes it is a clarinet in none.",
            ),
            Answer(
                "The clarinet's share, if the eleven share everything among themselves",
                "A softmax divides 100 % among the classes that it has. 'None of them' is not on the list, so it gets "
                "nothing.",
                right=True,
            ),
            Answer(
                "The network is 29 % sure that it is an oboe",
                "It has no output for oboes: the 29 % are divided among the ten other instruments.",
            ),
        ),
    ),
}
