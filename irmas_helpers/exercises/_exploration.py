"""Exercises on the clips themselves: counting, resolution, an honest split; what genre and siblings give away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..sound.audio import SAMPLE_RATE
from ._checks import Checks
from ._expectations import Choice, Estimate, Option
from ._quizzes import Answer, Quiz

CHECKS = Checks()


@CHECKS.of("jazz_saxophones")
def jazz_saxophones(value: Any, names: Mapping[str, Any]) -> str:
    clips = names["clip_table"]
    jazz, saxophones = clips["genre"] == "jaz_blu", clips["instrument"] == "sax"
    if int(value) == (jazz & saxophones).sum():
        return f"Right: {int(value)} of the {saxophones.sum()} saxophone clips are tagged as jazz and blues."
    if int(value) == saxophones.sum():
        return "That is every saxophone clip; the genre has to be jaz_blu as well."
    return "Not yet: combine two conditions with & and count the rows where both are true."


@CHECKS.of("resolution")
def resolution(value: Any, names: Mapping[str, Any]) -> str:
    milliseconds, hertz = (float(number) for number in value)
    n_fft = 1024
    if np.isclose(milliseconds, 1000 * n_fft / SAMPLE_RATE, atol=0.1) and np.isclose(
        hertz, SAMPLE_RATE / n_fft, atol=0.1
    ):
        return "Right: half the window, half the time, and twice the distance between bins."
    if np.isclose(milliseconds, n_fft / SAMPLE_RATE, atol=1e-3):
        return "The first number is in seconds; the task asks for milliseconds."
    return "Not yet: a window lasts n_fft / sample rate, and bins lie sample rate / n_fft apart."


@CHECKS.of("my_split")
def my_split(value: Any, names: Mapping[str, Any]) -> str:
    clips = names["clip_table"]
    train, test = (np.asarray(part, dtype=int) for part in value)
    if len(np.union1d(train, test)) < len(clips) or len(np.intersect1d(train, test)):
        return "Some clips are in neither part or in both: together the two must hold each clip once."
    songs = clips["song"].to_numpy()
    shared = len(np.intersect1d(songs[train], songs[test]))
    if shared:
        return f"{shared} songs have clips on both sides; let the song decide, not the clip."
    share = len(test) / len(clips)
    if not 0.15 <= share <= 0.25:
        return (
            f"No song is on both sides, but the test holds {share:.0%} of the clips; the task asks for about a fifth."
        )
    return f"Right: no song is on both sides, and the test holds {share:.0%} of the clips."


EXPECTATIONS = {
    "genre_alone": Choice(
        question="A program knows a clip's genre, nothing else, and names the instrument that is most frequent in "
        "that genre. How often is it right?",
        variable="my_guess_genre_alone",
        numbers=lambda names: {"genre": names["right"].mean(), "largest": names["share"]},
        result="By genre {genre:.1%} of the clips are named rightly, by always naming the largest class {largest:.1%}.",
        options=(
            Option(
                "no more often than by always naming the largest class",
                "That would be so if every instrument played every genre equally often; the table says otherwise.",
            ),
            Option(
                "about twice as often as by always naming the largest class",
                lambda genre, largest: f"It is {genre / largest:.1f} times as often, without a second of listening.",
            ),
            Option(
                "nearly always",
                "Each genre has several instruments, and it can name only one of them.",
            ),
        ),
    ),
    "siblings_apart": Estimate(
        question="A fifth of the clips is drawn at random as the test. What share of these test clips has another "
        "clip of the same song in training?",
        variable="my_guess_siblings_apart",
        numbers=lambda names: {"share": names["leaks"].mean()},
        result="{share:.0%} of the test clips have a sibling in training.",
        asked="share",
        low=0,
        high=1,
        step=0.05,
        form="{:.0%}",
        near=0.05,
        too_low="It is more: for a clip to be without one, all clips of its song would have to be drawn together.",
        close="You have seen it coming: a song's clips are rarely all drawn together.",
        too_high="It is less: some songs have one clip only, and of some all clips were drawn.",
    ),
}

QUIZZES = {
    "by_song": Quiz(
        "Why are the clips of one song kept on the same side of a split?",
        (
            Answer(
                "So that the test holds as many songs as possible",
                "The opposite happens: drawn one by one, the clips of the test come from more songs. What counts is "
                "whether a song is also on the other side.",
            ),
            Answer(
                "So that each instrument has the same share in training and test",
                "A split by song does not see to that. Shares that differ a little make a score less certain; "
                "siblings on both sides make it wrong.",
            ),
            Answer(
                "So that the test asks about music that the network has never heard",
                "Clips of one song share room, microphone and player. With a sibling in training, a network can "
                "recognise the recording instead of the instrument.",
                right=True,
            ),
            Answer(
                "So that training has fewer clips and takes less time",
                "Both kinds of split leave the same number of clips, about four fifths, for training.",
            ),
        ),
    ),
}
