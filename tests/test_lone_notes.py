"""Lone notes: who plays, what for, how empty it is, and how networks answer about it."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from irmas_helpers.data import clips
from irmas_helpers.instruments import BY_CODE, CODES
from irmas_helpers.rendered import lone_notes, practice_set
from irmas_helpers.sound import audio, features, packs
from irmas_helpers.sound.windows import LEAST_WEIGHT


@pytest.fixture(scope="module")
def played():
    """One recording of each kind by two instruments."""
    return lone_notes.play(3, 1, {code: lone_notes.PROGRAMS[code] for code in ("flu", "gac")}, progress=False)


def test_every_instrument_plays_every_kind_as_often_as_asked(played):
    assert [(recording.instrument, recording.kind) for recording in played] == [
        (code, kind) for code in ("flu", "gac") for kind in lone_notes.KINDS
    ]
    assert all(recording.sound.dtype == np.float32 and np.abs(recording.sound).max() <= 1 for recording in played)


def test_the_same_seed_plays_the_same_and_another_one_something_else(played):
    again, other = (lone_notes.play(seed, 1, {"flu": (73,)}, progress=False)[0].sound for seed in (3, 4))
    np.testing.assert_array_equal(again, played[0].sound)
    assert len(other) != len(again) or not np.array_equal(other, again)


def test_a_note_is_one_pitch_that_the_instrument_has(played):
    note = next(recording for recording in played if (recording.instrument, recording.kind) == ("flu", "note"))
    pitch, voiced, _ = librosa.pyin(note.sound, fmin=200, fmax=2200, sr=audio.SAMPLE_RATE, hop_length=1024)
    midi = librosa.hz_to_midi(pitch[voiced])
    low, high = BY_CODE["flu"].pitch_range
    assert low <= np.median(midi) <= high
    assert np.percentile(midi, 75) - np.percentile(midi, 25) < 1  # vibrato stays within


def test_lone_notes_are_sparser_than_what_is_played_together(played, rendered_root):
    root = rendered_root / practice_set.TRAINING
    songs = clips.scan(root).clips["path"][::20]
    together = np.stack([features.log_mel(audio.load_audio(root / path)) for path in songs])
    alone, _ = lone_notes.windows([recording.sound for recording in played])
    # Nine of ten windows with lone notes are sparser than nine of ten rendered clips.
    assert np.quantile(features.sparsity(alone), 0.1) > np.quantile(features.sparsity(together), 0.9)


def test_windows_are_those_of_predict_and_weigh_what_sounds(played):
    sound = played[0].sound
    quiet = np.random.default_rng(0).normal(0, 1e-4, 8 * audio.SAMPLE_RATE).astype(np.float32)
    log_mels, (alone, with_gap) = lone_notes.windows([sound, np.concatenate([sound, quiet, sound])])
    assert log_mels.shape == (len(alone) + len(with_gap), *features.SHAPES["log_mel"])
    assert len(with_gap) > 2 * len(alone)
    assert with_gap.min() < LEAST_WEIGHT < with_gap.max()


def test_the_answer_is_the_mean_of_the_windows_by_their_weights():
    probabilities = np.full((3, len(CODES)), 0.01)
    probabilities[[0, 1, 2], [CODES.index("cel"), CODES.index("flu"), CODES.index("org")]] = 0.9
    weights = [np.array([0.2, 0.8]), np.array([1.0])]
    assert lone_notes.named(probabilities, weights).tolist() == ["flu", "org"]


def test_a_pack_of_lone_notes_holds_what_sounds_under_its_instrument(played):
    pack = lone_notes.pack(played)
    log_mels, weights = lone_notes.windows([recording.sound for recording in played])
    sounding = np.concatenate(weights) > LEAST_WEIGHT
    assert isinstance(pack, packs.Pack)
    np.testing.assert_allclose(features.dequantise(pack.values), log_mels[sounding], atol=80 / 255)
    assert pack.clips["instrument"].value_counts().to_dict() == {
        code: sum((row > LEAST_WEIGHT).sum() for row, recording in zip(weights, played, strict=True)
                  if recording.instrument == code) for code in ("flu", "gac")
    }  # fmt: skip
    assert pack.clips["song"].is_unique
