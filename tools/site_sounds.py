"""The sounds of the site's pages: short clips, made from the rendered set as the notebooks make what they play.

All of it is played by a program from scores that a program composed, so the clips may be passed on. They are kept in
the user's cache, since lone notes take some seconds to play.
"""

from __future__ import annotations

import functools
import hashlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import librosa
import numpy as np
import pandas as pd
import soundfile

from irmas_helpers.data import clips, splits, testing_set
from irmas_helpers.instruments import CODES
from irmas_helpers.learning import models
from irmas_helpers.paths import cache_folder
from irmas_helpers.rendered import further_set, lone_notes, practice_set
from irmas_helpers.sound import audio, features

sys.path.insert(0, str(Path(__file__).parents[1]))
from research.measure_explanation import occlusion, spread

Sound = tuple[np.ndarray, int]  # samples, or samples by channels, and their rate in Hz
Written = dict[str, dict[str, list[tuple[str, str]]]]  # for each notebook and line, labels and files' names
_BLOCK = 22_050  # samples that are written at once: libsndfile's stack is too small for long sounds


def written(folder: Path) -> Written:
    """Write what is not there yet; for each notebook and line that shows players, their labels and files' names."""
    made_by = Path(__file__).read_bytes() + f"{practice_set.VERSION} {further_set.VERSION}".encode()
    kept = cache_folder() / f"site-sounds-{hashlib.sha256(made_by).hexdigest()[:12]}"
    for parent in (kept, folder):
        parent.mkdir(parents=True, exist_ok=True)
    named: Written = {}
    for notebook, line, label, make in SOUNDS:
        lines = named.setdefault(notebook, {})
        name = f"{notebook}_{sum(map(len, lines.values())) + 1}.ogg"
        if not (kept / name).exists():
            write_ogg(kept / name, *make())
        (folder / name).write_bytes((kept / name).read_bytes())
        lines.setdefault(line, []).append((label, name))
    return named


def write_ogg(path: Path, signal: np.ndarray, rate: int) -> None:
    """Write a sound as Vorbis, under a temporary name until it is whole."""
    begun = path.with_suffix(".part")
    channels = 1 if signal.ndim == 1 else signal.shape[1]
    with soundfile.SoundFile(begun, "w", rate, channels, format="OGG", subtype="VORBIS") as file:
        for start in range(0, len(signal), _BLOCK):
            file.write(np.clip(signal[start : start + _BLOCK], -1, 1))
    begun.replace(path)


@functools.cache
def _table(contradictions: bool = False) -> pd.DataFrame:
    """The rendered clips, with or without those whose song has two labels, as the notebooks number them."""
    every = clips.scan(practice_set.training_folder()).clips
    return every if contradictions else clips.drop_contradictions(every)[0]


def _load(path: str) -> Sound:
    return audio.load_audio(practice_set.training_folder() / path), audio.SAMPLE_RATE


def _sine() -> Sound:
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(22_050) / 22_050), 22_050


def _stereo() -> Sound:
    return audio.load_channels(min((practice_set.training_folder() / "cla").glob("*.wav")))


def _clip(place: int, *codes: str, part: int | None = None) -> Callable[[], Sound]:
    """A clip of these instruments, counted as in the notebooks' packs, or in what trains (part 0) or tests (part 1)."""

    def make() -> Sound:
        table = _table() if part is None else _table().iloc[splits.song_split(_table())[part]]
        return _load(table["path"][table["instrument"].isin(codes)].iloc[place])

    return make


def _balanced(place: int) -> Callable[[], Sound]:
    """A clip of the test of 03, which has as many clips of each instrument."""

    def make() -> Sound:
        table = _table().iloc[splits.balanced(_table())].reset_index(drop=True)
        return _load(table["path"].iloc[splits.song_split(table, parts=4)[1][place]])

    return make


@functools.cache
def _ten() -> list[str]:
    """The paths of the ten clips of 08."""
    random, table = np.random.default_rng(8), _table()
    return [random.choice(table["path"][table["instrument"] == code]) for code in random.permutation(CODES)[:10]]


def _mixture() -> Sound:
    """The flute, acoustic guitar and cello of 10, the first of each, one louder than the others."""
    signals = [audio.fit_length(_clip(0, code)()[0]) for code in ("flu", "gac", "cel")]
    gains = [gain / np.abs(signal).max() for gain, signal in zip((1, 0.5, 0.5), signals, strict=True)]
    return sum(gain * signal for gain, signal in zip(gains, signals, strict=True)) / 3, audio.SAMPLE_RATE


def _drawn(place: int) -> Callable[[], Sound]:
    return lambda: _load(_table(contradictions=True).sample(3, random_state=5)["path"].iloc[place])


def _excerpt(row: int) -> Callable[[], Sound]:
    def make() -> Sound:
        root = practice_set.testing_folder()
        return audio.load_audio(root / testing_set.scan(root).excerpts["path"][row]), audio.SAMPLE_RATE

    return make


def _piece(name: str, seconds: int) -> Callable[[], Sound]:
    def make() -> Sound:
        (path,) = practice_set.testing_folder().rglob(f"*{name}.wav")
        return audio.load_audio(path)[: seconds * audio.SAMPLE_RATE], audio.SAMPLE_RATE

    return make


@functools.cache
def _halves() -> tuple[np.ndarray, np.ndarray]:
    """The half of the regions of 11's clip that counts most for the network's answer, and the other half, as sound."""
    clip = audio.fit_length(_piece("Lantern Street-2", 3)()[0])
    decibels, model = features.log_mel(clip), models.load_model(models.DEFAULT_EXPORTED)
    answer = models.predict_log_mel(model, decibels[None])[0].argmax()
    falls = occlusion(lambda clips: models.predict_log_mel(model, clips)[:, answer], decibels, np.random.default_rng())
    extract = features.audible(clip, spread(falls >= np.median(falls)).astype(float))
    return extract, clip - extract


def _stranger(name: str, song: int, excerpt: int = 1) -> Callable[[], Sound]:
    """A clip of 12's further set, of which only this song is played here."""

    def make() -> Sound:
        path = f"{further_set.NAME}/{name}/song {song:02d}/excerpt {excerpt}.flac"
        played = [take for take in further_set.takes() if (path,) in [each.paths for each in take.excerpts]]
        with tempfile.TemporaryDirectory() as made:
            place = practice_set.made(Path(made, "one"), lambda: played, lambda _: {}, progress=False, workers=1)
            return audio.load_audio(place / path), audio.SAMPLE_RATE

    return make


def _lone(seed: int, kind: str, code: str, *programs: int) -> Callable[[], Sound]:
    """The first lone recording of a kind; it does not depend on how many others the notebook plays."""

    def make() -> Sound:
        played = lone_notes.play(seed, 1, {code: programs or lone_notes.PROGRAMS[code]}, progress=False)
        return next(one.sound for one in played if one.kind == kind), audio.SAMPLE_RATE

    return make


def _odd_partials() -> Sound:
    """The tone of the solution in 01: partials 1, 3, 5 and 7 of 220 Hz."""
    tone = sum(np.sin(2 * np.pi * 220 * n * np.arange(22_050) / 22_050) / n for n in (1, 3, 5, 7))
    return tone / np.abs(tone).max(), 22_050


@functools.cache
def _mel_power() -> np.ndarray:
    """The phrase of 01 in mel bands."""
    phrase, _ = _lone(10, "phrase", "cla", 71)()
    return features.mel_filter_bank() @ np.abs(librosa.stft(phrase, n_fft=2048, hop_length=512)) ** 2


def _rebuilt(mel_power: np.ndarray) -> Sound:
    """Sound that would give these mel bands, guessed as 01 does."""
    magnitudes = librosa.feature.inverse.mel_to_stft(mel_power, sr=audio.SAMPLE_RATE)
    return librosa.griffinlim(magnitudes, n_iter=16, random_state=0), audio.SAMPLE_RATE


def _from_mfccs(count: int, mean: bool = False) -> Callable[[], Sound]:
    """The phrase of 01 rebuilt from so many MFCCs, or from their means over time."""

    def make() -> Sound:
        mfccs = librosa.feature.mfcc(S=librosa.power_to_db(_mel_power()), n_mfcc=count)
        kept = np.repeat(mfccs.mean(axis=1)[:, None], 100, axis=1) if mean else mfccs
        sound, rate = _rebuilt(librosa.feature.inverse.mfcc_to_mel(kept))
        return sound / (2 * np.abs(sound).max()) if mean else sound, rate

    return make


# A notebook, what its cell that shows the players contains, what the clip is called, and how it is made.
SOUNDS: tuple[tuple[str, str, str, Callable[[], Sound]], ...] = (
    ("01_a_note_in_numbers", "player(sine,", "a sine of 440 Hz", _sine),
    ("01_a_note_in_numbers", "player(note,", "one note of a clarinet", _lone(10, "note", "cla", 71)),
    ("01_a_note_in_numbers", "player(phrase,", "a phrase of a clarinet", _lone(10, "phrase", "cla", 71)),
    ("01_a_note_in_numbers", "player(my_tone,", "four odd partials of 220 Hz", _odd_partials),
    ("01_a_note_in_numbers", "player(from_mel,", "the phrase rebuilt from mel bands", lambda: _rebuilt(_mel_power())),
    ("01_a_note_in_numbers", "player(from_40,", "the phrase rebuilt from 40 MFCCs", _from_mfccs(40)),
    ("01_a_note_in_numbers", "player(from_40,", "the phrase rebuilt from 13 MFCCs", _from_mfccs(13)),
    ("01_a_note_in_numbers", "player(from_mean,", "a sound with the phrase's mean MFCCs", _from_mfccs(40, mean=True)),
    ("01_a_note_in_numbers", "player(stereo,", "three seconds in which a clarinet leads", _stereo),
    ("01_data_exploration", "for sound in sounds", "Who leads here? The first clip", _drawn(0)),
    ("01_data_exploration", "for sound in sounds", "Who leads here? The second clip", _drawn(1)),
    ("01_data_exploration", "for sound in sounds", "Who leads here? The third clip", _drawn(2)),
    ("02_a_neuron_learns", "player(signal,", "A flute or a trumpet", _clip(7, "flu", "tru")),
    ("02_a_neuron_learns", "my_recording = shoes", "Two Left Shoes", _piece("Two Left Shoes-1", 3)),
    ("02_dense_model", "player(sound,", "The Tin Roof Waltz", _piece("The Tin Roof Waltz-2", 20)),
    ("03_baseline_cnn", "player(sound,", "three seconds of a clarinet", _clip(16, "cla")),
    ("03_baseline_cnn", "heard = test[[18, 62, 97]]", "clip A", _balanced(18)),
    ("03_baseline_cnn", "heard = test[[18, 62, 97]]", "clip B", _balanced(62)),
    ("03_baseline_cnn", "heard = test[[18, 62, 97]]", "clip C", _balanced(97)),
    ("04_dropout", "player(audio", "Which instrument leads?", _clip(1, "tru")),
    ("05_l2_regularization", "player(sound,", "Which instrument leads?", _clip(3, "cla", part=1)),
    # Trained as 07 trains them, ten of twenty networks are right about this clip.
    ("07_choosing_honestly", "player(sound,", "Which instrument leads?", _clip(52, "sax")),
    *(
        ("08_reading_errors", "Clip {number}", f"Clip {place + 1}", lambda place=place: _load(_ten()[place]))
        for place in range(10)
    ),
    ("08_reading_errors", "Sound {number}", "Sound 1", _clip(2, "org")),
    ("08_reading_errors", "Sound {number}", "Sound 2", _clip(2, "cla")),
    ("08_reading_errors", "Sound {number}", "Sound 3", _clip(2, "flu")),
    ("09_other_rooms", "player(in_a_band,", "a flute among others", _clip(0, "flu")),
    ("09_other_rooms", "player(phrase.sound,", "a flute alone", _lone(2, "phrase", "flu")),
    ("09_other_rooms", "player(bowed", "a violin, bowed", _lone(7, "scale", "vio", 40)),
    ("09_other_rooms", "player(plucked", "the same notes, plucked", _lone(7, "scale", "vio", 45)),
    ("09_other_rooms", "player(strangers", "Which instrument is this?", _lone(7, "phrase", "cla", 68)),
    ("10_polyphonic_music", "Excerpt 1", "Excerpt 1", _excerpt(25)),
    ("10_polyphonic_music", "Excerpt 2", "Excerpt 2", _excerpt(0)),
    ("10_polyphonic_music", "Excerpt 3", "Excerpt 3", _excerpt(10)),
    ("10_polyphonic_music", "player(mixture", "A mixture", _mixture),
    ("11_which_instrument", "player(clip,", "Which instrument leads?", _piece("Lantern Street-2", 3)),
    ("11_which_instrument", "player(extract,", "the half that counts most", lambda: (_halves()[0], audio.SAMPLE_RATE)),
    ("11_which_instrument", "player(clip - extract,", "the other half", lambda: (_halves()[1], audio.SAMPLE_RATE)),
    ("12_your_own_instruments", 'play("banjo")', "a stranger", _stranger("banjo", 2)),
    ("12_your_own_instruments", 'play("sitar")', "another stranger", _stranger("sitar", 2)),
    ("appendix_for_the_curious", "player(guitar,", "An electric guitar, rendered", _clip(0, "gel", part=0)),
)
