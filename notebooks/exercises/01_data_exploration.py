"""Exercises on the clips: counting, an honest split, a figure, one's own recording; what genre and siblings tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from irmas_helpers.exercises import Answer, Checks, Choice, Estimate, Option, Quiz
from irmas_helpers.sound import features
from irmas_helpers.sound.audio import SAMPLE_RATE

CHECKS = Checks()
_MANY_DARK = 0.3  # above it lie 19 % of the clips of real IRMAS; see `features.sparsity`


@CHECKS.of("jazz_saxophones")
def jazz_saxophones(value: Any, names: Mapping[str, Any]) -> str:
    clips = names["clip_table"]
    jazz, saxophones = clips["genre"] == "jaz_blu", clips["instrument"] == "sax"
    if int(value) == (jazz & saxophones).sum():
        return f"Right: {int(value)} of the {saxophones.sum()} saxophone clips are tagged as jazz and blues."
    if int(value) == saxophones.sum():
        return "That is every saxophone clip; the genre has to be jaz_blu as well."
    return "Not yet: combine two conditions with & and count the rows where both are true."


@CHECKS.of("by_thirteen")
def by_thirteen(value: Any, names: Mapping[str, Any]) -> str:
    thirteen, songs = names["spread"][:, :13], names["songs"]
    share, right, forty = float(value), _nearest_right(thirteen, songs, names), float(names["by_stranger"])
    if np.isclose(share, right, atol=0.006):
        said = f"Right: {right:.0%}, with all forty {forty:.0%}."
        if right > forty:
            return f"{said} Scaled alike, 27 fine coefficients outvote 13 coarse ones, and say less of the instrument."
        return f"{said} On these clips the finer coefficients help."
    if np.isclose(share, 100 * right, atol=0.6):
        return "That is a percentage; give a share between 0 and 1."
    if np.isclose(share, _nearest_right(thirteen, np.arange(len(songs)), names), atol=0.006):
        return "In that one siblings may still be asked; rule them out, as the cell before did."
    if np.isclose(share, forty, atol=0.006):
        return "That is the answer of all forty; take the first thirteen columns, `spread[:, :13]`."
    return "Not yet: distances between the thirteen columns, siblings out, the nearest clip's label against the own."


def _nearest_right(numbers: np.ndarray, groups: np.ndarray, names: Mapping[str, Any]) -> float:
    """The share of clips whose nearest clip of another group has their label."""
    from sklearn.metrics import pairwise_distances

    apart = pairwise_distances(numbers)
    apart[groups[:, None] == groups] = np.inf
    return float(np.mean(names["labels"][apart.argmin(axis=1)] == names["labels"]))


@CHECKS.of("my_split")
def my_split(value: Any, names: Mapping[str, Any]) -> str:
    clips = names["clip_table"]
    parts = [np.asarray(part) for part in value]
    if any(part.dtype == bool for part in parts):
        return "Those are columns of true and false; `np.flatnonzero` turns each into row positions."
    train, test = (part.astype(int) for part in parts)
    if len(np.union1d(train, test)) < len(clips) or len(np.intersect1d(train, test)):
        return "Some clips are in neither part or in both: together the two must hold each clip once."
    songs = clips["song"].to_numpy()
    shared = len(np.intersect1d(songs[train], songs[test]))
    if shared:
        return f"{shared} songs have clips on both sides; let the song decide, not the clip."
    share = len(test) / len(clips)
    if 0.75 <= share <= 0.85:
        return "No song is on both sides, but the two parts are the other way round: training comes first."
    if not 0.15 <= share <= 0.25:
        return (
            f"No song is on both sides, but the test holds {share:.0%} of the clips; the task asks for about a fifth."
        )
    return f"Right: no song is on both sides, and the test holds {share:.0%} of the clips."


@CHECKS.of("my_axes")
def my_figure(value: Any, names: Mapping[str, Any]) -> str:
    clips = names["clip_table"]
    if hasattr(value, "add_subplot"):
        return "That is the figure; assign the axes in it, which hold the bars and the labels."
    sizes = {"height": [bar.get_height() for bar in value.patches], "width": [bar.get_width() for bar in value.patches]}
    drawn = max(sizes.values(), key=lambda lengths: len(set(np.round(lengths, 6))))
    songs, counts = clips.groupby("genre")["song"].nunique(), clips["genre"].value_counts()
    if sorted(drawn) == sorted(counts) != sorted(songs):
        return "These are clips; a song with three clips counts once."
    if sorted(drawn) != sorted(songs):
        return f"Not yet: draw {len(songs)} bars, one per genre, as long as that genre has songs."
    if not value.get_xlabel() or not value.get_ylabel():
        return "The bars are right; now write on both axes what they show."
    if drawn != sorted(drawn) and drawn != sorted(drawn, reverse=True):
        return "The bars are right; now sort them by length, so that a reader sees the order at a glance."
    return f"Right: songs per genre, sorted, from {max(songs)} down to {min(songs)}, with both axes named."


@CHECKS.of("my_sound")
def my_sound(value: Any, names: Mapping[str, Any]) -> str:
    signal, decibels = (np.asarray(part, dtype=np.float32) for part in value)
    if signal.shape[:1] == (features.N_MELS,) and decibels.ndim == 1:
        return "Those are the two, the other way round: the signal comes first."
    if signal.ndim != 1:
        return "The signal has several channels; `audio.load_audio` gives mono at 22,050 Hz."
    frames = 1 + len(signal) // features.HOP_LENGTH
    if decibels.shape == (frames, features.N_MELS):
        return "The log-mel lies on its side; bands come first, then frames."
    if decibels.shape != (features.N_MELS, frames):
        return f"Not yet: {len(signal):,} samples make {features.N_MELS} bands by {frames} frames."
    if decibels.max() > 0.01 or decibels.min() >= 0:
        return "Some values are above 0; turn power into decibels relative to the loudest cell."
    if not np.allclose(decibels, features.log_mel(signal), atol=0.5):
        return "The shape is right, but the values are not those of this signal; was it another one?"
    return f"Right: {len(signal) / SAMPLE_RATE:.1f} seconds in {frames} frames. {_emptiness(decibels)}"


def _emptiness(decibels: np.ndarray) -> str:
    dark = float(features.sparsity(decibels[None])[0])
    told = f"{dark:.0%} of its cells lie more than 60 dB below the loudest"
    if dark > _MANY_DARK:
        return f"{told}: emptier than four in five clips of real IRMAS, as lone instruments often are."
    return f"{told}: as full as most clips of real IRMAS, where others play along."


EXPECTATIONS = {
    "strangers": Estimate(
        question="For each clip, take the nearest clip of another song and answer its instrument. What share of the "
        "answers is right?",
        variable="my_guess_strangers",
        numbers=lambda names: {"with_siblings": names["by_nearest"], "share": names["by_stranger"]},
        result="With siblings {with_siblings:.0%} are right, without them {share:.0%}.",
        asked="share",
        near=0.07,
        too_low="It is more: some of what makes an instrument does show in these forty numbers.",
        close="You have seen it coming: most of the first score was recognising recordings.",
        too_high="It is less: most of the first score was recognising recordings, and strangers cannot help there.",
    ),
    "genre_alone": Choice(
        question="A program knows a clip's genre, nothing else, and names the instrument that is most frequent in "
        "that genre. How often is it right?",
        variable="my_guess_genre_alone",
        numbers=lambda names: {"genre": names["right"].mean(), "largest": names["share"]},
        result="By genre {genre:.1%} of the clips are named rightly, by always naming the largest class {largest:.1%}.",
        options=(
            Option(
                "no more often than by always naming the largest class",
                "That would be so if every instrument played every genre equally often; see the table below.",
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
        too_low="It is more: for a clip to be without one, all clips of its song would have to be drawn together.",
        close="You have seen it coming: a song's clips are rarely all drawn together.",
        too_high="It is less: some songs have one clip only, and of some all clips were drawn.",
    ),
}

QUIZZES = {
    "contradiction": Quiz(
        "The same sound is in the data set twice, as acoustic and as electric guitar. What is the best thing to do?",
        (
            Answer(
                "Keep both, since more clips are always better",
                "Whatever is answered, at least one of the two counts as wrong: they pull in opposite directions and "
                "add nothing but noise to a score.",
            ),
            Answer(
                "Drop both, and say how many were dropped",
                "Nobody can tell from the files which label is right, so nothing is measured with them. The number "
                "lets a reader judge how much that matters.",
                right=True,
            ),
            Answer(
                "Keep the one that sounds more convincing",
                "Tempting, but then your own ear makes the labels, and a score measures agreement with you.",
            ),
            Answer(
                "Put one into training and the other into the test",
                "That is the worst place for them: the same sound on both sides, and the test calls the answer that "
                "was learned wrong.",
            ),
        ),
    ),
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
