"""Exercises on sound and on the clips: a period, a tone, resolution, an honest split, a figure, one's own recording."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..sound import features
from ..sound.audio import SAMPLE_RATE
from ._checks import Checks
from ._expectations import Choice, Estimate, Option
from ._quizzes import Answer, Quiz

CHECKS = Checks()
TONE_HZ = 220
_MANY_DARK = 0.3  # above it lie 19 % of the clips of real IRMAS; see `features.sparsity`


@CHECKS.of("clarinet_pitch")
def note_pitch(value: Any, names: Mapping[str, Any]) -> str:
    pitch = SAMPLE_RATE / _period(np.asarray(names["moment"], dtype=float))
    guess = float(value)
    if np.isclose(guess, pitch, rtol=0.04):
        return f"Right: measured by the computer, it is {pitch:.0f} Hz."
    if np.isclose(guess, pitch * len(names["moment"]) / SAMPLE_RATE, atol=0.8):
        return "That is how many periods the picture shows; how many are there in a whole second?"
    if np.isclose(guess, 1000 / pitch, rtol=0.06) or np.isclose(guess, 1 / pitch, rtol=0.06):
        return "That is the length of one period; the frequency is how many of them fit into a second."
    if any(np.isclose(guess, times * pitch, rtol=0.04) for times in (2, 3, 4)):
        return "Too many: a period ends where the whole shape begins again, not at each of its bumps."
    return "Not yet: measure from one tall peak to another one some periods later, and divide by their number."


def _period(signal: np.ndarray) -> int:
    """Samples after which a signal with a clear pitch is most like itself, some 50 to 1,100 Hz."""
    lags = range(20, min(440, len(signal) // 2))
    return max(lags, key=lambda lag: np.corrcoef(signal[:-lag], signal[lag:])[0, 1])


@CHECKS.of("my_tone")
def my_tone(value: Any, names: Mapping[str, Any]) -> str:
    tone = np.asarray(value, dtype=float)
    if tone.shape != (SAMPLE_RATE,):
        return f"A second at {SAMPLE_RATE:,} Hz is a row of {SAMPLE_RATE:,} numbers; use the seconds of the sine above."
    if np.abs(tone).max() > 1:
        return "Some samples lie beyond 1 and would be cut off by a player; divide by the largest absolute value."
    levels = np.abs(np.fft.rfft(tone))  # one second: number 220 is 220 Hz
    partials = levels[TONE_HZ : 9 * TONE_HZ : TONE_HZ] / max(levels.max(), 1e-9)
    return _judged_partials(partials[::2], partials[1::2])


def _judged_partials(odd: np.ndarray, even: np.ndarray) -> str:
    """What is said to the levels of the partials 1, 3, 5, 7 and 2, 4, 6, 8, relative to the strongest frequency."""
    if odd[0] < 0.01:
        return f"There is nothing at {TONE_HZ} Hz, where the first partial belongs."
    if odd[1:].max() < 0.01:
        return "So far it has one partial, which makes it a sine; add the third, the fifth and the seventh."
    if even.max() > 0.02:
        return f"There is something at an even multiple of {TONE_HZ} Hz; the task asks for 1, 3, 5 and 7 times."
    if odd.min() < 0.01:
        return "One of the partials 1, 3, 5 and 7 is missing."
    if np.any(np.diff(odd) > -0.01):
        return "All four partials are there, but each is to be weaker than the one before."
    return "Right: four odd partials, each weaker than the one before. Does it remind you of a clarinet?"


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
        return f"{told}: emptier than four in five clips of real IRMAS, as a lone instrument is."
    return f"{told}: as full as most clips of real IRMAS, where others play along."


EXPECTATIONS = {
    "rebuilt": Choice(
        question="A sound is rebuilt from its MFCCs, once from 40 of them per frame and once from the first 13. "
        "What will you still hear of the phrase?",
        variable="my_guess_rebuilt",
        numbers=lambda names: {"many": names["repeats"]["40 MFCCs"], "few": names["repeats"]["13 MFCCs"]},
        result="The sound repeats after one period to {many:.1f} with 40 coefficients, to {few:.1f} with 13.",
        options=(
            Option(
                "the melody in both",
                "Thirteen numbers per frame draw the outline of a spectrum too coarsely for single partials, and the "
                "pitch lies in the distances of the partials.",
            ),
            Option(
                "the melody with 40, only rhythm and colour with 13",
                "You have seen what goes first: the distances of the partials, and with them the pitch.",
            ),
            Option(
                "the melody in neither",
                "Forty coefficients are enough for ripples as wide as the distance of this clarinet's low partials, "
                "so that the pitch comes through.",
            ),
        ),
    ),
    "strangers": Estimate(
        question="For each clip, take the nearest clip of another song and answer its instrument. What share of the "
        "answers is right?",
        variable="my_guess_strangers",
        numbers=lambda names: {"with_siblings": names["by_nearest"], "share": names["by_stranger"]},
        result="With siblings {with_siblings:.0%} are right, without them {share:.0%}.",
        asked="share",
        low=0,
        high=1,
        step=0.05,
        form="{:.0%}",
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
    "backwards": Quiz(
        "You play a recording backwards. Which of these stays the same?",
        (
            Answer(
                "Its log-mel spectrogram",
                "It is mirrored: the first column becomes the last. Each single column stays nearly as it was, which "
                "makes this tempting.",
            ),
            Answer(
                "The mean of its MFCCs over time",
                "A mean does not know in which order its frames came. Attack and decay change places, and the forty "
                "numbers stay as they were, but for the edges.",
                right=True,
            ),
            Answer(
                "Its waveform",
                "It is mirrored too. Over one period of a steady note you may hardly see it; over a whole note, which "
                "begins quickly and fades slowly, you do.",
            ),
            Answer(
                "Its MFCCs, frame by frame",
                "Each frame has nearly the numbers that it had, but the frames come in the other order, so the table "
                "is another one.",
            ),
        ),
    ),
    "half_the_rate": Quiz(
        "A recording at 44,100 Hz is brought to 22,050 Hz. What does a good program do?",
        (
            Answer(
                "It keeps every second sample",
                "That is quick, but tones above 11,025 Hz would come back as lower, wrong ones (aliasing): two "
                "samples per period are the least by which a tone can be told.",
            ),
            Answer(
                "It averages left and right",
                "That makes stereo into mono, which librosa does as well; the rate stays as it is.",
            ),
            Answer(
                "It plays the recording at half the speed",
                "The samples would be the same ones, only read out more slowly, and everything would sound an octave "
                "lower.",
            ),
            Answer(
                "It takes out all above 11,025 Hz, then keeps every second sample",
                "First the filter, so that nothing is left that the new rate cannot hold; then half of the samples "
                "can go.",
                right=True,
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
