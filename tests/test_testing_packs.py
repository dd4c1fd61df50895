"""Windows of testing excerpts: predict's own, in a pack; resumable, cached, bad sounds named while the rest is done."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import soundfile

from irmas_helpers.answers.predict import Predictor
from irmas_helpers.data import testing_set
from irmas_helpers.errors import DatasetError
from irmas_helpers.learning import models
from irmas_helpers.sound import audio, extraction, features, testing_packs

RATE = 8_000
LENGTHS = (3.0, 5.2, 1.0, 7.5, 4.5, 3.1)  # seconds
WINDOWS = (1, 3, 1, 4, 2, 2)


@pytest.fixture
def folder(tmp_path, tone):
    """Six excerpts of three songs in two parts."""
    for number, seconds in enumerate(LENGTHS):
        path = tmp_path / "set" / f"Part{1 + number // 4}" / f"song {number // 2}-{number % 2 + 1}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, tone(seconds, 100 + 90 * number, RATE, channels=2), RATE)
        path.with_suffix(".txt").write_text("cel\t\nvoi\t\n" if number % 2 else "gac\n")
    return tmp_path / "set"


@pytest.fixture
def found(folder, monkeypatch):
    monkeypatch.setattr(extraction, "_FILES_A_PIECE", 2)
    return testing_set.scan(folder)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("IRMAS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "features"


@pytest.fixture
def computed(monkeypatch):
    """The names of the sounds whose windows are computed, in order; `stop_at` makes one of them raise."""

    class Computed(list):
        stop_at = None

    seen, original = Computed(), testing_packs.KIND

    def compute(path):
        if path.name == seen.stop_at:
            raise KeyboardInterrupt("cut off")
        seen.append(path.name)
        return original.compute(path)

    monkeypatch.setattr(testing_packs, "KIND", replace(original, compute=compute))
    return seen


def extract(found, out, jobs=1):
    return testing_packs.extract(found, out, jobs=jobs, progress=False)


def assert_same(one: testing_packs.TestingPack, other: testing_packs.TestingPack):
    for name in ("values", "starts", "offsets"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert one.excerpts.equals(other.excerpts)


def test_a_pack_holds_the_windows_of_every_excerpt_and_its_labels(found, tmp_path):
    assert extract(found, tmp_path / "pack.npz") == []
    pack = testing_packs.load_testing_pack(tmp_path / "pack.npz")
    assert pack.excerpts.equals(found.excerpts)
    assert tuple(np.diff(pack.offsets)) == WINDOWS
    assert pack.values.shape == (sum(WINDOWS), 128, 130)
    assert pack.values.max(axis=(1, 2)).min() == 255  # each window is relative to its own maximum


def test_windows_are_those_of_predict(found, tmp_path):
    extract(found, tmp_path / "pack.npz")
    pack = testing_packs.load_testing_pack(tmp_path / "pack.npz")
    network = models.load_model()
    for index, path in enumerate(found.excerpts["path"]):
        rows = slice(*pack.offsets[index : index + 2])
        answer = Predictor(network).predict(found.root / path)
        assert pack.starts[rows].tolist() == [window.start for window in answer.windows]
        signal = audio.load_audio(found.root / path)
        for levels, start in zip(pack.values[rows], pack.starts[rows], strict=True):
            window = signal[round(start * 22_050) :][: audio.CLIP_SAMPLES]
            expected = features.log_mel(audio.surround(window) if len(window) < audio.CLIP_SAMPLES else window)
            np.testing.assert_allclose(features.dequantise(levels), expected, rtol=0, atol=0.17)
        np.testing.assert_allclose(
            models.predict_log_mel(network, pack.values[rows]),
            [list(window.probabilities.values()) for window in answer.windows],
            atol=5e-3,  # what 256 levels do to this network's answer
        )


def test_silent_windows_are_left_out_as_predict_does(write_wav, tone, tmp_path):
    write_wav("set/a-1.wav", np.concatenate([tone(2.5), np.zeros((5 * 44_100, 1))]))
    (tmp_path / "set" / "a-1.txt").write_text("cel")
    found = testing_set.scan(tmp_path / "set")
    extract(found, tmp_path / "pack.npz")
    assert testing_packs.load_testing_pack(tmp_path / "pack.npz").starts.tolist() == [0, 1.5]


def test_two_processes_give_the_numbers_of_one(found, tmp_path):
    for jobs in (1, 2):
        extract(found, tmp_path / f"{jobs}.npz", jobs)
    assert_same(
        testing_packs.load_testing_pack(tmp_path / "1.npz"), testing_packs.load_testing_pack(tmp_path / "2.npz")
    )


def test_work_that_was_cut_off_goes_on_where_it_stopped(found, tmp_path, computed):
    out = tmp_path / "pack.npz"
    computed.stop_at = "song 2-1.wav"
    with pytest.raises(KeyboardInterrupt, match="cut off"):
        extract(found, out)
    assert not out.exists()
    assert len(computed) == 4
    computed.stop_at = None
    assert extract(found, out) == []
    assert sorted(computed) == sorted(path.rsplit("/")[-1] for path in found.excerpts["path"])  # each of them once
    extract(found, tmp_path / "whole.npz")
    assert_same(testing_packs.load_testing_pack(out), testing_packs.load_testing_pack(tmp_path / "whole.npz"))


def test_nothing_is_left_beside_a_finished_pack(found, tmp_path):
    (tmp_path / "out").mkdir()
    extract(found, tmp_path / "out" / "pack.npz")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["pack.npz"]


@pytest.mark.parametrize("name", ["000002.npz", "plan.json"])
@pytest.mark.parametrize("damage", ["missing", "cut short"])
def test_half_done_work_that_is_damaged_is_done_again(found, tmp_path, computed, name, damage):
    computed.stop_at = "song 2-1.wav"
    with pytest.raises(KeyboardInterrupt):
        extract(found, tmp_path / "pack.npz")
    computed.stop_at = None
    file = tmp_path / "pack.npz.partial" / name
    file.unlink() if damage == "missing" else file.write_bytes(file.read_bytes()[:100])
    assert extract(found, tmp_path / "pack.npz") == []
    assert tuple(np.diff(testing_packs.load_testing_pack(tmp_path / "pack.npz").offsets)) == WINDOWS


def test_half_done_work_on_another_folder_is_not_taken_up(found, tmp_path, computed):
    computed.stop_at = "song 2-1.wav"
    with pytest.raises(KeyboardInterrupt):
        extract(found, tmp_path / "pack.npz")
    computed.stop_at = None
    computed.clear()
    extract(testing_set.scan(found.root.rename(tmp_path / "another set")), tmp_path / "pack.npz")
    assert len(computed) == len(LENGTHS)


BAD = {
    "text": (b"no audio at all", "no audio that can be decoded"),
    "empty": (b"", "is empty"),
    "missing": (None, "no such file"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_sounds_are_named_and_the_rest_is_done(found, tmp_path, what):
    content, says = BAD[what]
    bad = found.root / found.excerpts["path"][1]
    bad.unlink() if content is None else bad.write_bytes(content)
    (line,) = extract(found, tmp_path / "pack.npz")
    assert line.startswith(f"{bad}: ")
    assert says in line
    pack = testing_packs.load_testing_pack(tmp_path / "pack.npz")
    assert pack.bad == (line,)
    assert pack.excerpts["path"].tolist() == found.excerpts["path"].drop(index=1).tolist()
    assert tuple(np.diff(pack.offsets)) == (1, 1, 4, 2, 2)


def test_silent_sounds_are_bad_ones(found, tmp_path):
    soundfile.write(found.root / found.excerpts["path"][0], np.zeros(5 * RATE), RATE)
    (line,) = extract(found, tmp_path / "pack.npz")
    assert "holds nothing but silence" in line


def test_a_sound_that_was_mended_is_taken_in_when_the_work_goes_on(found, tmp_path, computed):
    path = found.root / found.excerpts["path"][0]
    good = path.read_bytes()
    path.write_bytes(b"")
    computed.stop_at = "song 2-1.wav"
    with pytest.raises(KeyboardInterrupt):
        extract(found, tmp_path / "pack.npz")
    path.write_bytes(good)
    computed.stop_at = None
    assert extract(found, tmp_path / "pack.npz") == []


def test_nothing_but_bad_sounds_is_an_error(found, tmp_path):
    for path in found.excerpts["path"]:
        (found.root / path).write_bytes(b"")
    with pytest.raises(DatasetError, match=r"none of the 6 files can be read; the first: .*is empty"):
        extract(found, tmp_path / "pack.npz")


def test_a_cached_set_is_computed_once_and_again_when_a_label_changes(found, cache, computed):
    first, again = (testing_packs.cached(found, progress=False) for _ in range(2))
    assert len(computed) == len(LENGTHS)
    assert_same(first, again)
    (found.root / "Part1" / "song 0-1.txt").write_text("pia")
    changed = testing_packs.cached(testing_set.scan(found.root), progress=False)
    assert changed.excerpts["labels"][0] == "pia"
    assert len(list(cache.glob("*.npz"))) == 2


def test_a_broken_cache_is_made_again(found, cache, computed):
    whole = testing_packs.cached(found, progress=False)
    (file,) = cache.glob("*.npz")
    file.write_bytes(file.read_bytes()[:-200])
    assert_same(testing_packs.cached(found, progress=False), whole)
    assert len(computed) == 2 * len(LENGTHS)


def pack_of(values, songs, labels, offsets):
    paths = [f"{song}-{number}.wav" for number, song in enumerate(songs)]
    excerpts = pd.DataFrame({"path": paths, "part": 1, "song": songs, "labels": labels})
    return testing_packs.TestingPack(values, np.zeros(len(values)), np.array(offsets), excerpts)


def test_excerpts_of_a_song_that_sound_the_same_and_have_other_labels_contradict_each_other():
    noise = np.random.default_rng(0).integers(1, 255, (4, 128, 130), "uint8")
    sound, another = noise[:2], noise[2:]
    values = np.concatenate([sound, another, sound + 1, sound, sound[:1], another])
    songs, labels = list("aaaaab"), ["cel", "cel", "voi", "cel", "voi", "voi"]
    pack = pack_of(values, songs, labels, [0, 2, 4, 6, 8, 9, 11])
    # Not the second, which sounds different; not the fifth, which is shorter; not the last, which is another song.
    assert pack.contradicting().tolist() == [True, False, True, True, False, False]


def test_a_copy_with_the_dither_of_another_export_is_the_same_sound(found, tmp_path):
    path = found.root / found.excerpts["path"][0]
    signal, rate = soundfile.read(path)
    noise = np.random.default_rng(0).uniform(-1, 1, signal.shape) / 2**15
    soundfile.write(path.with_name("song 0-2.wav"), signal + noise, rate)  # the other excerpt of the song
    extract(found, tmp_path / "pack.npz")
    assert testing_packs.load_testing_pack(tmp_path / "pack.npz").contradicting().tolist() == [True, True] + [False] * 4


@pytest.fixture
def arrays(found, tmp_path):
    """The arrays of a good pack."""
    extract(found, tmp_path / "good.npz")
    with np.load(tmp_path / "good.npz") as archive:
        return dict(archive)


CHANGES = {
    "no windows": ("windows_u8", None, "holds no windows of testing excerpts"),
    "no labels": ("labels", None, "holds no windows of testing excerpts"),
    "other bands": ("windows_u8", lambda a: a[:, :64], "do not belong together"),
    "floats": ("windows_u8", lambda a: a.astype("float32"), "do not belong together"),
    "fewer windows": ("windows_u8", lambda a: a[:-1], "do not belong together"),
    "fewer offsets": ("offsets", lambda a: a[:-1], "do not belong together"),
    "an empty excerpt": ("offsets", lambda a: np.concatenate([a[:1], a[:1], a[2:]]), "do not belong together"),
    "other labels": ("labels", lambda a: np.full(len(a), "kazoo"), "do not belong together"),
    "fewer labels": ("labels", lambda a: a[:-1], "cannot be read"),
    "objects": ("labels", lambda a: a.astype(object), "cannot be read"),
    "parts in words": ("part", lambda a: np.full(len(a), "one"), "cannot be read"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_an_npz_that_is_no_testing_pack_is_refused_with_the_cure(arrays, tmp_path, what):
    name, change, says = CHANGES[what]
    changed = {key: array for key, array in arrays.items() if key != name}
    np.savez(tmp_path / "pack.npz", **changed, **({name: change(arrays[name])} if change else {}))
    with pytest.raises(DatasetError, match=says) as refusal:
        testing_packs.load_testing_pack(tmp_path / "pack.npz")
    message = str(refusal.value)
    assert message.startswith(f"{tmp_path / 'pack.npz'}: ")
    assert "make it with: python -m irmas_helpers extract-polyphonic" in message
    assert "\n" not in message


@pytest.mark.parametrize("content", [None, b"", b"no pack", b"PK\x03\x04 but no more"])
def test_a_file_that_is_no_npz_is_refused_with_the_cure(tmp_path, content):
    if content is not None:
        (tmp_path / "pack.npz").write_bytes(content)
    with pytest.raises(DatasetError, match="make it with: python -m irmas_helpers extract-polyphonic"):
        testing_packs.load_testing_pack(tmp_path / "pack.npz")
