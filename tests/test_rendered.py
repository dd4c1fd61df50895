"""The rendered set: IRMAS in small, honest about itself, made once and kept whole."""

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import librosa
import numpy as np
import pandas as pd
import pytest
import soundfile

from irmas_helpers.data import clips
from irmas_helpers.errors import DatasetError
from irmas_helpers.instruments import CODES
from irmas_helpers.paths import cache_folder
from irmas_helpers.rendered import practice_set, songbook, synthesis
from irmas_helpers.rendered.composing import compose
from irmas_helpers.rendered.excerpts import excerpt_starts
from irmas_helpers.rendered.score import DRUM_KIT
from irmas_helpers.rendered.songbook import SetPlan
from irmas_helpers.rendered.soundfont_player import RATE

SMALL = SetPlan(clips=22, testing=2)
HOP = 2048  # samples between pYIN's frames
SCORE_CHECKSUM = "a0e205bc96dce45f19b1810c2da95c49220ce3438f6cfc070edd406243a9ed90"


def ensure_small(root, **options):
    return practice_set.ensure(root, progress=False, plan=SMALL, **{"workers": 1, **options})


def score_checksum(plan):
    """Over all that is decided before any sound is made: names, notes, recordings, places of the excerpts."""
    digest = hashlib.sha256()
    for take in songbook.takes(plan):
        song = compose(take.seed, take.instruments, take.genre, take.drums)
        starts = excerpt_starts(song, [excerpt.seconds for excerpt in take.excerpts], take.seed)
        digest.update(repr((take, song, starts)).encode())
    return digest.hexdigest()


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small set, made by one process; tests that break it make their own."""
    return ensure_small(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def scan(rendered_root):
    return clips.scan(rendered_root / practice_set.TRAINING)


@pytest.fixture(scope="module")
def sounds(rendered_root):
    """Every training clip as int16 of shape (frames, 2), by file name."""
    training = rendered_root / practice_set.TRAINING
    return {path.name: soundfile.read(path, dtype="int16")[0] for path in sorted(training.rglob("*.wav"))}


@pytest.fixture(scope="module")
def songs():
    """Take, song and excerpts' starts of every fifth song of the course's set."""
    found = []
    for take in songbook.takes(SetPlan())[::5]:
        song = compose(take.seed, take.instruments, take.genre, take.drums)
        starts = excerpt_starts(song, [excerpt.seconds for excerpt in take.excerpts], take.seed)
        found.append((take, song, starts))
    return found


# --- the set as a whole ----------------------------------------------------------------------------------------------


def test_it_has_irmas_folders_and_about_660_clips_of_about_225_songs(scan):
    assert scan.unparsed == ()
    assert scan.ignored == ("README.txt",)
    assert 640 <= len(scan.clips) <= 680
    assert 215 <= scan.clips["song"].nunique() <= 235
    assert set(scan.clips["instrument"]) == set(CODES)


def test_classes_have_irmas_proportions(scan):
    official = pd.Series(clips.OFFICIAL_CLIPS) / sum(clips.OFFICIAL_CLIPS.values())
    shares = scan.clips["instrument"].value_counts(normalize=True)
    assert (shares - official).abs().max() < 0.002


def test_most_songs_have_three_excerpts(scan):
    assert (scan.clips.groupby("song").size() == 3).mean() > 0.7


def test_genres_go_with_instruments_as_in_irmas(scan):
    genres = pd.crosstab(scan.clips["instrument"], scan.clips["genre"], normalize="index")
    assert set(genres.columns) == set(clips.GENRES)
    assert genres.loc["cel", "cla"] > 0.4
    assert genres.loc["voi", "cla"] == 0
    assert genres.loc["gel", "pop_roc"] > 0.4


def test_recording_numbers_belong_to_one_class(scan):
    assert scan.clips.groupby("recording")["instrument"].nunique().max() == 1


def test_names_have_irmas_quirks(scan):
    names = [clips.parse_name(path.rsplit("/", 1)[-1]) for path in scan.clips["path"]]
    assert all(bool(name.prefix) == bool(name.drums) for name in names)
    tags = Counter(name.drums for name in names)
    assert tags[""] > tags["nod"] > tags["---"] >= 4
    assert tags["dru"] > 50
    twice = {name.recording for name in names if name.prefix} & {name.recording for name in names if not name.prefix}
    assert len(twice) == 2


def test_some_recordings_go_by_two_numbers_and_hold_the_same_audio(scan, sounds):
    pairs = scan.clips.groupby("song")["recording"].unique()
    pairs = [set(numbers) for numbers in pairs if len(numbers) > 1]
    assert {"0670", "0774"} in pairs
    assert {"2222", "2279"} in pairs
    names = {(row.recording, row.excerpt): row.path.rsplit("/", 1)[-1] for row in scan.clips.itertuples()}
    for first, second in map(sorted, pairs):
        for excerpt in (1, 2, 3):
            np.testing.assert_array_equal(sounds[names[first, excerpt]], sounds[names[second, excerpt]])


def test_one_pair_contradicts_itself(scan):
    _, dropped = clips.drop_contradictions(scan.clips)
    assert set(dropped["recording"]) == {"0672", "0757"}
    assert set(dropped["instrument"]) == {"gac", "gel"}


def test_no_other_clips_are_the_same_audio(scan, sounds):
    copies = Counter(sound.tobytes() for sound in sounds.values())
    twins = sum(count - 1 for count in copies.values())
    assert twins == 5 * 3 + 2 * 3  # five pairs of numbers, two recordings with two sets of names


def test_the_readme_says_what_the_set_is_worth(rendered_root):
    assert practice_set.WARNING in (rendered_root / practice_set.TRAINING / "README.txt").read_text(encoding="utf-8")
    assert "nothing about real music" in practice_set.WARNING


def test_it_takes_less_than_400_mb(rendered_root):
    assert sum(path.stat().st_size for path in rendered_root.rglob("*") if path.is_file()) < 400e6


def test_the_score_is_the_same_on_every_machine():
    assert score_checksum(practice_set.COURSE_SET) == SCORE_CHECKSUM


# --- the testing part ------------------------------------------------------------------------------------------------


def test_the_testing_part_has_40_excerpts_of_5_to_20_seconds_with_labels(rendered_root):
    part = rendered_root / practice_set.TESTING / "Part1"
    wavs = sorted(part.glob("*.wav"))
    assert len(wavs) == 40
    for wav in wavs:
        assert 5 <= soundfile.info(wav).duration <= 20
        labels = wav.with_suffix(".txt").read_text(encoding="utf-8").split()
        assert 1 <= len(labels) <= 3
        assert len(set(labels)) == len(labels)
        assert set(labels) <= set(CODES)


def test_labels_have_irmas_trailing_tabs_here_and_there(rendered_root):
    texts = [path.read_text(encoding="utf-8") for path in (rendered_root / practice_set.TESTING).rglob("*.txt")]
    tabs = ["\t\n" in text for text in texts]
    assert any(tabs)
    assert not all(tabs)


def test_the_number_of_leads_varies_as_in_irmas(rendered_root):
    counts = Counter(
        len(path.read_text(encoding="utf-8").split()) for path in (rendered_root / practice_set.TESTING).rglob("*.txt")
    )
    assert set(counts) == {1, 2, 3}
    assert counts[3] < counts[1]
    assert counts[3] < counts[2]


def test_testing_songs_are_their_own():
    seeds = [take.seed for take in songbook.takes(SetPlan())]
    assert len(set(seeds)) == len(seeds)


# --- what one hears --------------------------------------------------------------------------------------------------


def test_every_clip_is_three_seconds_of_16_bit_stereo_at_44100_hz(rendered_root):
    for path in (rendered_root / practice_set.TRAINING).rglob("*.wav"):
        info = soundfile.info(path)
        assert (info.frames, info.samplerate, info.channels, info.subtype) == (132_300, 44_100, 2, "PCM_16")


def test_no_clip_clips_or_is_faint(sounds):
    for name, sound in sounds.items():
        peak = int(np.abs(sound.astype(int)).max())
        assert 0.2 * 32767 < peak < 0.95 * 32767, name


def test_no_clip_is_mostly_silent(sounds):
    shares = []
    for name, sound in sounds.items():
        frames = np.sqrt(np.mean((sound[:131_200].astype(float) ** 2).reshape(-1, 1600 * 2), axis=1))
        shares.append(np.mean(frames < 0.01 * frames.max()))
        assert shares[-1] < 0.4, name
    assert np.mean(shares) < 0.02


def test_onset_rates_are_those_of_music(sounds):
    rates = []
    for sound in list(sounds.values())[::20]:
        mono = librosa.resample(sound.mean(axis=1) / 32768, orig_sr=RATE, target_sr=22_050)
        rates.append(len(librosa.onset.onset_detect(y=mono, sr=22_050)) / 3)
    assert 1.5 < np.median(rates) < 8
    assert np.mean(np.array(rates) > 0.6) > 0.9


def test_some_recordings_are_mono_and_some_are_wide(sounds):
    def width(sound):
        left, right = sound[:, 0].astype(float), sound[:, 1].astype(float)
        return np.std(left - right) / np.std(left + right)

    widths = np.array([width(sound) for sound in sounds.values()])
    assert np.mean(widths < 1e-3) > 0.05
    assert np.mean(widths > 0.15) > 0.3


def test_the_backing_lies_3_to_15_db_below_the_lead(songs):
    for take, song, starts in songs[::2]:
        lead, backing = synthesis.stems(song, starts[0], take.excerpts[0].seconds)
        level = 20 * np.log10(synthesis.excerpt_rms(lead) / synthesis.excerpt_rms(backing))
        assert 3 <= level <= 15
        assert level == pytest.approx(song.backing_ddb / 10, abs=0.1)


def test_the_lead_sings_the_notes_of_its_score(songs):
    """pYIN hears, in the middle of every long note of a single-line lead, the note that is written."""
    right = heard = 0
    for take, song, starts in songs:
        if take.instruments not in (("cla",), ("flu",), ("sax",), ("tru",)):
            continue
        lead, _ = synthesis.stems(song, starts[0], 3)
        mono = lead.mean(axis=1)[round(synthesis.LEAD_IN * RATE) :]
        pitch, voiced, _ = librosa.pyin(mono[::2], fmin=65, fmax=1600, sr=RATE // 2, hop_length=HOP)
        seconds_a_tick = 60 / (song.bpm * 480)
        for note in song.leads[0].notes:
            middle = (note.start + note.length / 2 - starts[0]) * seconds_a_tick
            frame = round(middle * RATE / 2 / HOP)
            if note.length * seconds_a_tick > 0.3 and 0 < frame < len(pitch) - 1 and voiced[frame]:
                heard += 1
                right += abs(librosa.hz_to_midi(pitch[frame]) - note.pitch) < 0.6
    assert heard > 20
    assert right / heard > 0.9


def test_drums_play_where_the_tag_says_so():
    for take in songbook.takes(SetPlan()):
        paths = [path for excerpt in take.excerpts for path in excerpt.paths]
        song = compose(take.seed, take.instruments, take.genre, take.drums)
        drums = any(part.program == DRUM_KIT for part in song.backing)
        if "[dru]" in paths[0]:
            assert drums
        if "[nod]" in paths[0]:
            assert not drums


def test_excerpts_of_a_song_are_alike_but_not_the_same(songs):
    """Siblings share programs and recording, and come from places at least an excerpt apart."""
    for take, song, starts in songs:
        if len(starts) == 3 and take.excerpts[0].seconds == 3:
            assert np.diff(starts).min() >= 3 * song.bpm * 480 / 60 - 1


# --- making, keeping, mending ----------------------------------------------------------------------------------------


def test_a_small_set_has_every_class(small):
    scan = clips.scan(small / practice_set.TRAINING)
    assert set(scan.clips["instrument"]) == set(CODES)
    assert len(list((small / practice_set.TESTING / "Part1").glob("*.wav"))) == 2


def test_bytes_do_not_depend_on_the_number_of_workers(small, tmp_path):
    assert contents(ensure_small(tmp_path, workers=2)) == contents(small)


def test_another_seed_gives_other_music(small):
    other = SetPlan(seed=SMALL.seed + 1, clips=22, testing=2)
    assert score_checksum(other) != score_checksum(SMALL)


def test_a_whole_set_is_not_touched_again(small):
    before = {path: path.stat().st_mtime_ns for path in small.rglob("*")}
    assert ensure_small(small.parent) == small
    assert {path: path.stat().st_mtime_ns for path in small.rglob("*")} == before


@pytest.fixture
def own_small(small, tmp_path):
    """A copy of the small set that a test may break."""
    import shutil

    return Path(shutil.copytree(small, tmp_path / small.name))


def cut(path):
    path.write_bytes(path.read_bytes()[:1000])


def overwrite(path):
    """Another content of the same size, later."""
    path.write_bytes(bytes(path.stat().st_size))
    os.utime(path, (time.time() + 10, time.time() + 10))


@pytest.mark.parametrize("damage", [Path.unlink, cut, overwrite])
@pytest.mark.parametrize("kind", ["*.wav", "README.txt", "Part1/*.txt"])
def test_a_damaged_file_is_noticed_and_made_again(own_small, small, damage, kind):
    damage(sorted(own_small.rglob(kind))[0])
    assert ensure_small(own_small.parent) == own_small
    assert contents(own_small) == contents(small)


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"files": {"a": 1}}'])
def test_a_set_without_a_readable_manifest_is_made_again(own_small, small, text):
    manifest = own_small / "manifest.json"
    manifest.unlink() if text is None else manifest.write_text(text)
    (own_small / practice_set.TRAINING / "cel" / "stray.wav").write_bytes(b"left over")
    ensure_small(own_small.parent)
    assert contents(own_small) == contents(small)


def test_a_copied_set_is_accepted(own_small):
    """Copying changes the times of change but not the content."""
    for path in own_small.rglob("*.wav"):
        os.utime(path)
    before = {path: path.stat().st_mtime_ns for path in own_small.rglob("*.wav")}
    ensure_small(own_small.parent)
    assert {path: path.stat().st_mtime_ns for path in own_small.rglob("*.wav")} == before


def script(root, before=""):
    code = f"""
from irmas_helpers.rendered import practice_set
from irmas_helpers.rendered.songbook import SetPlan
{before}
plan = SetPlan(clips={SMALL.clips}, testing={SMALL.testing})
practice_set.ensure({str(root)!r}, progress=False, workers=1, plan=plan)
"""
    return subprocess.Popen([sys.executable, "-c", code])


def test_two_processes_that_start_at_once_make_it_once(tmp_path, small):
    count = f"""
original = practice_set._render_all
def counted(*arguments):
    with open({str(tmp_path / "made.txt")!r}, "a") as out:
        out.write("made ")
    return original(*arguments)
practice_set._render_all = counted
"""
    processes = [script(tmp_path, count) for _ in range(2)]
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    assert (tmp_path / "made.txt").read_text() == "made "
    assert contents(tmp_path / small.name) == contents(small)


class EndsItsProcess:
    """A song at which the process ends that gets it."""

    def __reduce__(self):
        return os._exit, (1,)


def test_a_process_that_ends_while_it_renders_is_told_in_one_line(tmp_path):
    with pytest.raises(DatasetError, match=r"a process that rendered songs ended; make memory free, or call ensure"):
        practice_set._render_all(tmp_path, [EndsItsProcess()] * 2, progress=False, workers=2)


def test_a_process_killed_midway_leaves_nothing_that_is_taken_for_a_set(tmp_path, small):
    process = script(tmp_path)
    partial = tmp_path / f"{small.name}.partial"
    deadline = time.monotonic() + 100
    while not list(partial.rglob("*.wav")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert partial.exists()
    assert not (tmp_path / small.name).exists()
    assert contents(ensure_small(tmp_path)) == contents(small)
    assert not partial.exists()


def test_a_full_disk_is_told_before_the_work_starts(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 10_000_000})())
    with pytest.raises(DatasetError, match=r"0\.01 GB free, the rendered set needs 0\.\d+ GB; .*IRMAS_CACHE"):
        ensure_small(tmp_path)


def test_a_folder_that_cannot_be_written_is_named_with_the_cure(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DatasetError, match=r"cannot write the rendered set there .*IRMAS_CACHE"):
        ensure_small(tmp_path / "file")


def test_a_missing_soundfont_is_told(tmp_path, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "pretty_midi" else find(name))
    with pytest.raises(DatasetError, match="pip install pretty_midi"):
        ensure_small(tmp_path)


def test_the_cache_folder_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("IRMAS_CACHE", str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine"
    monkeypatch.delenv("IRMAS_CACHE")
    assert "irmas_helpers" in str(cache_folder())


def test_the_manifest_lists_every_file(small):
    listed = json.loads((small / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert set(listed) == set(contents(small))


def test_importing_it_loads_neither_tensorflow_nor_librosa():
    code = (
        "import sys, irmas_helpers.rendered.practice_set\n"
        "print(sorted({'tensorflow', 'librosa', 'pretty_midi'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"
