"""Bulk extraction: resumable, parallel, cached, and bad files named while the rest is done."""

from __future__ import annotations

import os
from dataclasses import replace

import librosa
import numpy as np
import odd_zips
import pytest
import soundfile
from filelock import FileLock

from irmas_helpers.data import clips
from irmas_helpers.errors import DatasetError, WorkerError
from irmas_helpers.sound import audio, extraction, features, packs

RATE = 8_000


@pytest.fixture
def folder(tmp_path, tone):
    """A set of 20 short clips of five songs."""
    for number in range(20):
        path = tmp_path / "set" / "cel" / f"[cel][cla]{number // 4 + 1:04d}__{number % 4 + 1}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, tone(0.2, 100 + 50 * number, RATE, channels=2), RATE)
    return tmp_path / "set"


@pytest.fixture
def paths(folder):
    return list(clips.scan(folder).clips["path"])


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("IRMAS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "features"


@pytest.fixture
def computed(monkeypatch):
    """The names of the files whose log-mels are computed, in order; `stop_at` makes one of them raise."""

    class Computed(list):
        stop_at = None

    seen, original = Computed(), packs.KINDS["logmel"]

    def compute(path):
        if path.name == seen.stop_at:
            raise KeyboardInterrupt("cut off")
        seen.append(path.name)
        return original.compute(path)

    monkeypatch.setitem(packs.KINDS, "logmel", replace(original, compute=compute))
    monkeypatch.setattr(extraction, "_FILES_A_PIECE", 16)
    return seen


def extract(folder, paths, out, **options):
    return packs.extract(folder, paths, out, **{"jobs": 1, "progress": False, **options})


def test_a_pack_holds_librosas_log_mels_in_256_levels_in_the_order_given(folder, paths, tmp_path):
    paths = paths[::-1]
    assert extract(folder, paths, tmp_path / "pack.npz") == []
    pack = packs.load_pack(tmp_path / "pack.npz")
    assert list(pack.clips["path"]) == paths
    assert pack.values.shape == (20, 128, 130)
    for levels, path in zip(pack.values, paths, strict=True):
        signal, rate = librosa.load(folder / path)
        mel = librosa.feature.melspectrogram(y=np.resize(signal, 3 * 22_050), sr=rate)
        np.testing.assert_allclose(-80 + levels / 255 * 80, librosa.power_to_db(mel, ref=np.max), rtol=0, atol=0.16)


def test_mfcc_packs_hold_librosas_means(folder, paths, tmp_path):
    extract(folder, paths, tmp_path / "pack.npz", kind="mfcc")
    values = packs.load_pack(tmp_path / "pack.npz", "mfcc").values
    signal, rate = librosa.load(folder / paths[3])
    np.testing.assert_allclose(values[3], librosa.feature.mfcc(y=signal, sr=rate, n_mfcc=40).mean(axis=1), atol=1e-2)


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_waveform_packs_hold_the_third_second_as_it_is(write_wav, tmp_path, tone, channels):
    wav = write_wav("set/cel/[cel][cla]0001__1.wav", tone(channels=channels))
    extract(tmp_path / "set", ["cel/[cel][cla]0001__1.wav"], tmp_path / "pack.npz", kind="waveform")
    (row,) = packs.load_pack(tmp_path / "pack.npz", "waveform").values
    samples, _ = soundfile.read(wav, dtype="int16", always_2d=True)
    np.testing.assert_array_equal(row, samples[88_200:, [0, min(1, channels - 1)]])


def test_waveforms_at_another_rate_are_bad_files_with_a_cure(write_wav, tmp_path, tone):
    write_wav("set/cel/[cel][cla]0001__1.wav", tone())
    write_wav("set/cel/[cel][cla]0001__2.wav", tone(rate=RATE), rate=RATE)
    paths = clips.scan(tmp_path / "set").clips["path"]
    (line,) = extract(tmp_path / "set", paths, tmp_path / "pack.npz", kind="waveform")
    assert "[cel][cla]0001__2.wav: 8000 Hz where waveforms need 44100; resample it" in line


def test_a_damaged_flac_that_is_called_wav_does_not_end_the_extraction_of_waveforms(write_wav, tmp_path, tone):
    write_wav("set/cel/[cel][cla]0001__1.wav", tone())
    soundfile.write(tmp_path / "tone.flac", tone(), 44_100)
    damaged = tmp_path / "set" / "cel" / "[cel][cla]0001__2.wav"
    damaged.write_bytes((tmp_path / "tone.flac").read_bytes()[:20_000])
    paths = clips.scan(tmp_path / "set").clips["path"]
    (line,) = extract(tmp_path / "set", paths, tmp_path / "pack.npz", kind="waveform")
    assert line.startswith(f"{damaged}: has no samples between")
    assert len(packs.load_pack(tmp_path / "pack.npz", "waveform").clips) == 1


def test_two_processes_give_the_numbers_of_one(folder, paths, tmp_path):
    for jobs in (1, 2):
        extract(folder, paths, tmp_path / f"{jobs}.npz", jobs=jobs)
    one, two = packs.load_pack(tmp_path / "1.npz"), packs.load_pack(tmp_path / "2.npz")
    np.testing.assert_array_equal(one.values, two.values)
    assert one.clips.equals(two.clips)


def test_work_that_was_cut_off_goes_on_where_it_stopped(folder, paths, tmp_path, computed):
    out, whole = tmp_path / "pack.npz", tmp_path / "whole.npz"
    computed.stop_at = paths[-1].rpartition("/")[2]  # in the second piece, after sixteen rows were written
    with pytest.raises(KeyboardInterrupt, match="cut off"):
        extract(folder, paths, out)
    assert not out.exists()
    done, computed.stop_at = set(computed[:16]), None
    computed.clear()
    assert extract(folder, paths, out) == []
    assert not done & set(computed)
    extract(folder, paths, whole)
    np.testing.assert_array_equal(packs.load_pack(out).values, packs.load_pack(whole).values)


def test_of_two_that_write_one_pack_the_second_is_refused(folder, paths, tmp_path):
    with FileLock(tmp_path / "pack.npz.partial.lock"):
        with pytest.raises(DatasetError, match=r"pack\.npz\.partial: is being written by another run; wait for it"):
            extract(folder, paths, tmp_path / "pack.npz")
        assert not (tmp_path / "pack.npz.partial").exists()
    assert extract(folder, paths, tmp_path / "pack.npz") == []


def test_nothing_is_left_beside_a_finished_pack(folder, paths, tmp_path):
    extract(folder, paths, tmp_path / "out" / "pack.npz")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["pack.npz"]


@pytest.mark.parametrize("what", ["paths", "folder"])
def test_half_done_work_on_other_files_is_not_taken_up(folder, paths, tmp_path, computed, what):
    computed.stop_at = paths[-1].rpartition("/")[2]
    with pytest.raises(KeyboardInterrupt):
        extract(folder, paths, tmp_path / "pack.npz")
    computed.stop_at = None
    computed.clear()
    if what == "paths":
        paths = paths[1:]
    else:
        folder = folder.rename(tmp_path / "another set of the same names")
    extract(folder, paths, tmp_path / "pack.npz")
    assert len(computed) == len(paths)


@pytest.mark.parametrize("name", ["000000.npz", "plan.json"])
@pytest.mark.parametrize("damage", ["missing", "cut short"])
def test_half_done_work_that_is_damaged_is_begun_anew(folder, paths, tmp_path, computed, name, damage):
    computed.stop_at = paths[-1].rpartition("/")[2]
    with pytest.raises(KeyboardInterrupt):
        extract(folder, paths, tmp_path / "pack.npz")
    computed.stop_at = None
    file = tmp_path / "pack.npz.partial" / name
    file.unlink() if damage == "missing" else file.write_bytes(file.read_bytes()[:100])
    assert extract(folder, paths, tmp_path / "pack.npz") == []
    rows = packs.load_pack(tmp_path / "pack.npz").values
    assert rows.max(axis=(1, 2)).min() == 255  # every row holds a maximum at 0 dB


def test_bad_files_are_named_and_the_rest_is_done(folder, paths, tmp_path):
    (folder / paths[0]).write_text("no audio at all")
    (folder / paths[7]).write_bytes(b"")
    (folder / paths[9]).unlink()
    lines = extract(folder, paths, tmp_path / "pack.npz")
    assert [line.split(": ")[0] for line in lines] == [str(folder / paths[index]) for index in (0, 7, 9)]
    pack = packs.load_pack(tmp_path / "pack.npz")
    assert list(pack.clips["path"]) == [path for index, path in enumerate(paths) if index not in {0, 7, 9}]
    assert list(pack.bad) == lines


def test_an_error_nobody_thought_of_costs_its_own_file_alone(folder, paths, tmp_path, monkeypatch):
    def strange(path):
        return 1 / 0 if path.name in paths[7] else np.zeros(66_150, np.float32)

    monkeypatch.setattr(packs.audio, "load_audio", strange)
    (line,) = extract(folder, paths, tmp_path / "pack.npz")
    reason = "stopped with ZeroDivisionError (division by zero); please report it, with the file"
    assert line == f"{folder / paths[7]}: {reason}"
    assert len(packs.load_pack(tmp_path / "pack.npz").clips) == len(paths) - 1


def ends_its_process(path):
    os._exit(1)


def test_a_file_that_ends_its_process_is_one_line(tmp_path):
    kind = extraction.Kind({"rows": ("uint8", (1,))}, ends_its_process, "test")
    with pytest.raises(WorkerError, match=r"a process that read some of its files ended; .* find the file"):
        extraction.extract(tmp_path, ["a.wav"], kind, tmp_path / "pack.npz", lambda counts: {}, jobs=2, progress=False)


def test_a_file_that_was_mended_is_taken_in_when_the_work_goes_on(folder, paths, tmp_path, computed):
    good = (folder / paths[0]).read_bytes()
    (folder / paths[0]).write_bytes(b"")
    computed.stop_at = paths[-1].rpartition("/")[2]
    with pytest.raises(KeyboardInterrupt):
        extract(folder, paths, tmp_path / "pack.npz")
    (folder / paths[0]).write_bytes(good)
    computed.stop_at = None
    assert extract(folder, paths, tmp_path / "pack.npz") == []


def test_a_file_that_was_changed_is_read_again_when_the_work_goes_on(folder, paths, tmp_path, computed, tone):
    out, whole = tmp_path / "pack.npz", tmp_path / "whole.npz"
    computed.stop_at = paths[-1].rpartition("/")[2]
    with pytest.raises(KeyboardInterrupt):
        extract(folder, paths, out)
    soundfile.write(folder / paths[0], tone(0.3, 900, RATE, channels=2), RATE)
    computed.stop_at = None
    extract(folder, paths, out)
    extract(folder, paths, whole)
    np.testing.assert_array_equal(packs.load_pack(out).values, packs.load_pack(whole).values)


def test_nothing_but_bad_files_is_an_error(folder, paths, tmp_path):
    for path in paths:
        (folder / path).write_bytes(b"")
    with pytest.raises(DatasetError, match=r"none of the 20 files can be read; the first: .*is empty"):
        extract(folder, paths, tmp_path / "pack.npz")


def test_a_cached_set_is_computed_once(folder, paths, cache, computed):
    first = packs.cached(folder, progress=False)
    again = packs.cached(folder, progress=False)
    assert len(computed) == len(paths)
    np.testing.assert_array_equal(first.values, again.values)
    assert first.clips.equals(again.clips)


@pytest.mark.parametrize("change", ["file", "settings"])
def test_a_cache_is_not_used_for_other_files_or_parameters(folder, paths, cache, computed, monkeypatch, change):
    packs.cached(folder, progress=False)
    if change == "file":
        (folder / paths[0]).write_bytes((folder / paths[1]).read_bytes() + b"\0")
    else:
        monkeypatch.setitem(packs.KINDS, "logmel", replace(packs.KINDS["logmel"], settings="other-settings"))
    packs.cached(folder, progress=False)
    assert len(computed) == 2 * len(paths)
    assert len({path.name for path in cache.glob("*.npz")}) == 2


def test_the_caches_name_holds_the_parameters_and_the_sets_identity(folder, cache):
    packs.cached(folder, progress=False)
    (name,) = (path.name for path in cache.glob("*.npz"))
    for parameter in (
        "logmel",
        f"sr{audio.SAMPLE_RATE}",
        f"fft{features.N_FFT}",
        f"hop{features.HOP_LENGTH}",
        "mel128",
    ):
        assert parameter in name
    assert clips.identity(folder, clips.scan(folder).clips["path"]) in name


@pytest.mark.parametrize("content", [b"", b"no pack", None], ids=["empty", "text", "cut short"])
def test_a_broken_cache_is_made_again(folder, paths, cache, computed, content):
    whole = packs.cached(folder, progress=False)
    (file,) = cache.glob("*.npz")
    file.write_bytes(file.read_bytes()[:-200] if content is None else content)
    again = packs.cached(folder, progress=False)
    assert len(computed) == 2 * len(paths)
    np.testing.assert_array_equal(again.values, whole.values)


@pytest.mark.parametrize("way", odd_zips.UNREAD)
def test_a_cache_that_no_longer_is_a_whole_zip_is_made_again(folder, paths, cache, computed, way):
    packs.cached(folder, progress=False)
    (file,) = cache.glob("*.npz")
    file.write_bytes(odd_zips.spoil(file.read_bytes(), way))
    packs.cached(folder, progress=False)
    assert len(computed) == 2 * len(paths)


def test_a_broken_cache_is_removed_when_its_error_is_over(cache):
    (cache / "pack.npz").mkdir(parents=True)  # which cannot be removed as a file, so that this can be looked at
    with pytest.raises(OSError, match=r"pack\.npz") as refusal:
        extraction.cached("pack.npz", packs.load_pack, packs.load_pack)
    assert refusal.value.__context__ is None  # else that error was still there, with what it held of the file


def test_bad_files_are_still_told_when_the_cache_answers(folder, paths, cache):
    (folder / paths[0]).write_bytes(b"")
    first, again = (packs.cached(folder, progress=False).bad for _ in range(2))
    assert len(first) == 1
    assert first == again


ROW = np.zeros((1, 128, 130), dtype="uint8")
PATH = np.array(["cel/[cel][cla]0001__1.wav"])


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"path": PATH}, "holds no arrays logmel_u8 and path"),
        ({"logmel_u8": ROW}, "holds no arrays logmel_u8 and path"),
        ({"logmel_u8": ROW.astype("float32"), "path": PATH}, "is float32 .* expected uint8"),
        ({"logmel_u8": ROW[:, :64], "path": PATH}, r"shape \(1, 64, 130\), expected uint8 of shape \(1, 128, 130\)"),
        ({"logmel_u8": ROW, "path": np.repeat(PATH, 2)}, r"expected uint8 of shape \(2, 128, 130\)"),
        ({"logmel_u8": ROW, "path": PATH[0]}, "cannot be read as a feature pack"),
        ({"logmel_u8": ROW, "path": np.array([None])}, "cannot be read as a feature pack"),
        ({"logmel_u8": ROW, "path": np.array(["song.wav"])}, "song.wav: no IRMAS clip name"),
    ],
    ids=["no values", "no paths", "float", "other bands", "other number", "one path", "objects", "other names"],
)
def test_an_npz_that_is_no_pack_is_refused_with_a_reason(tmp_path, arrays, says):
    np.savez(tmp_path / "pack.npz", **arrays)
    with pytest.raises(DatasetError, match=says) as refusal:
        packs.load_pack(tmp_path / "pack.npz")
    assert "\n" not in str(refusal.value)
    assert str(tmp_path / "pack.npz") in str(refusal.value)


def make_folder(path):
    path.mkdir()


def make_npy(path):
    np.save(path.with_suffix(".npy"), ROW)
    path.with_suffix(".npy").rename(path)


def make_damaged(path):
    np.savez_compressed(path, logmel_u8=np.random.default_rng(0).integers(0, 255, ROW.shape, "uint8"), path=PATH)
    content = bytearray(path.read_bytes())
    content[1000:1100] = bytes(100)
    path.write_bytes(content)


MAKERS = {
    "a folder": make_folder,
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("no pack"),
    "an npy": make_npy,
    "damaged": make_damaged,
}


def refused(pack):
    with pytest.raises(DatasetError, match=r"pack\.npz: cannot be read as a feature pack \(\.npz\); make or copy it"):
        packs.load_pack(pack)


@pytest.mark.parametrize("what", MAKERS)
def test_a_file_that_is_no_npz_is_refused_with_a_cure(tmp_path, what):
    MAKERS[what](tmp_path / "pack.npz")
    refused(tmp_path / "pack.npz")


@pytest.mark.parametrize("way", odd_zips.UNREAD)
def test_a_pack_that_no_longer_is_a_whole_zip_is_refused_with_a_cure(tmp_path, way):
    np.savez(tmp_path / "pack.npz", logmel_u8=ROW, path=PATH)
    (tmp_path / "pack.npz").write_bytes(odd_zips.spoil((tmp_path / "pack.npz").read_bytes(), way))
    refused(tmp_path / "pack.npz")


def test_a_pack_that_is_not_there_is_refused_with_the_command_that_makes_it(tmp_path):
    with pytest.raises(DatasetError, match="no such file; make it with: python -m irmas_helpers extract"):
        packs.load_pack(tmp_path / "pack.npz")


def test_a_mask_and_positions_select_the_same_clips(toy_pack):
    mask = np.arange(len(toy_pack.clips)) % 3 == 0
    one, other = toy_pack.select(mask), toy_pack.select(np.flatnonzero(mask))
    assert one.clips.equals(other.clips)
    np.testing.assert_array_equal(one.values, toy_pack.values[::3])
    assert list(one.clips["path"]) == list(toy_pack.clips["path"][::3])


def test_a_pack_without_contradictions_says_how_many_clips_were_dropped(toy_pack):
    names = ["gac/[gac][pop_roc]0672__1.wav", "gel/[gel][pop_roc]0757__1.wav", "pia/[pia][cla]0001__1.wav"]
    kept, dropped = packs.Pack(toy_pack.values[:3], clips.table(names)).without_contradictions()
    assert dropped == 2
    assert list(kept.clips["path"]) == names[2:]
    np.testing.assert_array_equal(kept.values, toy_pack.values[2:3])


def test_a_pack_without_any_is_returned_whole(toy_pack):
    kept, dropped = toy_pack.without_contradictions()
    assert dropped == 0
    assert kept.clips.equals(toy_pack.clips)
