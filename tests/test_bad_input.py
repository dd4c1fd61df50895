"""Odd and bad files: one line that names the file and the cure and exit code 2, or the right answer and a note."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tracemalloc
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from irmas_helpers.__main__ import main
from irmas_helpers.answers.predict import Predictor
from irmas_helpers.errors import AudioError
from irmas_helpers.instruments import CODES
from irmas_helpers.learning import models
from irmas_helpers.sound import audio, features

TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(44_100) / 44_100)


def with_samples(*values):
    """A writer of a float wav with these samples in the middle of a tone."""
    signal = TONE.astype(np.float32)
    signal[2_000 : 2_000 + len(values)] = values
    return lambda path: soundfile.write(path, signal, 44_100, subtype="FLOAT")


BAD = {  # what is wrong: how to make it, what the line says, the cure in it
    "missing": (lambda path: None, "no such file", "check the name"),
    "a folder": (lambda path: path.mkdir(), "is a folder", "name a file in it"),
    "empty": (lambda path: path.write_bytes(b""), "is empty", "copy or download it again"),
    "text": (lambda path: path.write_text("la la la\n" * 99), "no audio that can be decoded", "get the sound itself"),
    "header only": (lambda path: path.write_bytes(b"RIFF\x24\0\0\0WAVE"), "no audio that can be", "convert it to wav"),
    "zero samples": (lambda path: soundfile.write(path, TONE[:0], 44_100), "holds no samples", "record it again"),
    "all silence": (lambda path: soundfile.write(path, 0 * TONE, 44_100), "nothing but silence", "right file or"),
    "nearly silence": (lambda path: soundfile.write(path, 1e-4 * TONE, 44_100), "nothing but silence", "right file"),
    "NaN": (with_samples(np.nan), "1 samples are NaN, infinite or huge", "export it again"),
    "inf": (with_samples(np.inf, np.inf), "2 samples are NaN, infinite", "export it again"),
    "inf and -inf": (with_samples(np.inf, -np.inf), "2 samples are NaN, infinite", "export it again"),
    "absurdly large": (with_samples(1e30), "1 samples are NaN, infinite or huge", "export it again"),
}  # fmt: skip

bad_file = pytest.mark.parametrize("what", BAD)


@pytest.fixture
def make_bad(tmp_path):
    def make(what, name="song.wav"):
        BAD[what][0](tmp_path / name)
        return tmp_path / name

    return make


@pytest.fixture
def run(capsys, network_file):
    """Run ``predict FILE... --json`` in this process: exit code, answers, lines on stderr."""

    def run(*files, model=network_file):
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)  # a warning would be another line on stderr
            code = main(["predict", "--json", "--model", str(model), *map(str, files)])
        shown = capsys.readouterr()
        return code, [json.loads(line) for line in shown.out.splitlines()], shown.err.splitlines()

    return run


@bad_file
@pytest.mark.parametrize(
    "function", [audio.load_audio, lambda path: Predictor(no_network).predict(path)], ids=["load", "predict"]
)
def test_a_function_refuses_a_bad_file_in_one_line_with_its_name_and_the_cure(make_bad, what, function):
    path, (_, says, cure) = make_bad(what), BAD[what]
    with pytest.raises(AudioError) as refusal, warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        function(path)
    message = str(refusal.value)
    assert message.startswith(f"{path}: ")
    assert says in message
    assert cure in message
    assert "\n" not in message


def no_network(*_, **__):
    raise AssertionError("a bad file has reached the network")


no_network.inputs = [SimpleNamespace(name="mfcc_mean")]


@bad_file
def test_the_command_refuses_a_bad_file_in_one_line_with_exit_code_2(make_bad, run, what):
    path, (_, says, cure) = make_bad(what), BAD[what]
    code, answers, (line,) = run(path)
    assert (code, answers) == (2, [])
    assert line.startswith(f"irmas_helpers: {path}: ")
    assert says in line
    assert cure in line


def test_among_many_files_the_good_ones_are_answered_and_the_bad_ones_listed_at_the_end(make_bad, run, write_wav):
    good = [write_wav("first.wav"), write_wav("second.wav")]
    bad = [make_bad(what, f"bad{number}.wav") for number, what in enumerate(BAD)]
    code, answers, lines = run(good[0], *bad, good[1])
    assert code == 2
    assert [answer["file"] for answer in answers] == [str(path) for path in good]
    assert [line.split(": ")[1] for line in lines] == [str(path) for path in bad]


def test_an_error_nobody_thought_of_is_one_line_and_the_other_files_are_answered(run, write_wav, monkeypatch, capsys):
    real = Predictor.predict
    monkeypatch.setattr(Predictor, "predict", lambda self, file: 1 / 0 if "odd" in file else real(self, file))
    good, odd = write_wav("good.wav"), write_wav("odd.wav")
    code, (answer,), (line,) = run(odd, good)
    assert (code, answer["file"]) == (2, str(good))
    assert line.startswith(f"irmas_helpers: {odd}: stopped with ZeroDivisionError (division by zero)")
    with pytest.raises(ZeroDivisionError):
        run("--debug", odd, good)


def test_as_a_program_there_is_no_traceback_and_no_other_line_either(make_bad, write_wav, network_file):
    files = [write_wav("good.wav"), make_bad("text", "text.wav"), make_bad("inf and -inf", "inf.wav")]
    command = [sys.executable, "-m", "irmas_helpers", "predict", "--json", "--model", network_file, *files]
    # Without what conftest.py sets: the program itself has to keep TensorFlow quiet.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, cwd=Path(__file__).parents[1]
    )
    assert done.returncode == 2
    assert [json.loads(line)["file"] for line in done.stdout.splitlines()] == [str(files[0])]
    assert [line.split(": ")[:2] for line in done.stderr.splitlines()] == [["irmas_helpers", str(f)] for f in files[1:]]


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "mp3", "m4a", "raw", "txt", ""])
def test_text_by_any_name_is_no_audio(tmp_path, ending):
    path = (tmp_path / "song").with_suffix(f".{ending}" if ending else "")
    path.write_text("la la la\n" * 99)
    with pytest.raises(AudioError, match=r"can be decoded here \(it is text.*\); get the sound itself, as wav"):
        audio.load_audio(path)


def test_of_a_damaged_flac_what_is_there_is_used_and_that_is_said(tmp_path, run):
    soundfile.write(tmp_path / "song.flac", np.tile(TONE, 9), 44_100)
    (tmp_path / "song.flac").write_bytes((tmp_path / "song.flac").read_bytes()[:20_000])
    code, (answer,), (note, *_) = run(tmp_path / "song.flac")
    assert code == 0
    assert 0 < answer["seconds"] < 9
    assert f"song.flac: cut short or damaged, {answer['seconds']:.2f} s of the " in note


def test_of_a_wav_that_was_cut_short_what_is_there_is_used_and_that_is_said(write_wav, tone, run):
    path = write_wav(signal=tone(8))
    path.write_bytes(path.read_bytes()[: 44 + 4 * 44_100 * 2])
    code, (answer,), (note,) = run(path)
    assert code == 0
    assert answer["seconds"] == pytest.approx(4)
    assert f"{path}: cut short or damaged, 4.00 s of the 8.00 s that its header announces are there" in note


def test_a_wav_that_was_cut_in_the_middle_of_a_sample_is_used_too(write_wav, tone, run):
    path = write_wav(signal=tone(8, channels=2), subtype="PCM_24")
    path.write_bytes(path.read_bytes()[:-400_001])
    code, (answer,), (note,) = run(path)
    assert code == 0
    assert answer["seconds"] == pytest.approx(8 - 400_001 / 44_100 / 6, abs=1e-3)
    assert "cut short" in note


def test_a_wav_that_was_cut_before_its_first_sample_holds_none(write_wav, run):
    path = write_wav()
    path.write_bytes(path.read_bytes()[:44])
    code, _, (line,) = run(path)
    assert code == 2
    assert "holds no samples" in line


def test_infinities_that_would_cancel_in_the_mix_are_found_too(tmp_path, run):
    signal = np.stack([TONE, TONE], axis=1)
    signal[1000] = np.inf, -np.inf
    soundfile.write(tmp_path / "song.wav", signal, 44_100, subtype="FLOAT")
    code, _, (line,) = run(tmp_path / "song.wav")
    assert code == 2
    assert "1 samples are NaN" in line


def test_a_float_file_beyond_full_scale_is_taken_as_it_is(write_wav, run):
    loud = run(write_wav("loud.wav", 2**31 * TONE, subtype="FLOAT"))[1][0]
    usual = run(write_wav("usual.wav", TONE, subtype="FLOAT"))[1][0]
    assert loud["probabilities"] == pytest.approx(usual["probabilities"], abs=0.01)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("channels", [1, 6])
def test_every_depth_and_six_channels_give_the_same_answer(write_wav, tone, run, subtype, channels):
    path = write_wav(signal=tone(4, channels=channels), subtype=subtype)
    code, (answer,), lines = run(path)
    assert (code, lines) == (0, [])
    reference = run(write_wav("reference.wav", tone(4, channels=channels), subtype="DOUBLE"))[1][0]
    near = {code: pytest.approx(p, abs=0.05) for code, p in reference["probabilities"].items()}
    assert answer["probabilities"] == near


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000])
def test_every_rate_is_answered(write_wav, tone, run, rate):
    code, (answer,), lines = run(write_wav(signal=tone(4, rate=rate), rate=rate))
    assert (code, lines) == (0, [])
    assert answer["seconds"] == pytest.approx(4, abs=1e-3)


@pytest.mark.parametrize(("samples", "shown"), [(4_410, "0.10"), (44_100, "1.00"), (132_200, "2.99")])
def test_less_than_a_window_is_padded_and_that_is_said(write_wav, tone, run, samples, shown):
    path = write_wav(signal=tone()[1 : 1 + samples])
    code, (answer,), (note,) = run(path)
    assert code == 0
    whole = {name: answer[name] for name in ("probabilities", "foreign")}
    assert answer["windows"] == [{"start": 0, "end": answer["seconds"], "weight": 1, **whole}]
    assert f"{path}: {shown} s is less than one window of 3 s; padded" in note


def test_exactly_a_window_needs_no_note(write_wav, run):
    code, (answer,), lines = run(write_wav())
    assert (code, lines) == (0, [])
    assert [(window["start"], window["end"]) for window in answer["windows"]] == [(0, 3)]


@pytest.fixture
def two_hours(tmp_path):
    """A file of two hours, noise at 8 kHz in 8 bits, 58 MB."""
    minute = np.random.default_rng(0).integers(-(2**14), 2**14, 60 * 8_000, "int16")
    with soundfile.SoundFile(tmp_path / "long.wav", "w", 8_000, 1, "PCM_U8") as file:
        for _ in range(120):
            file.write(minute)
    return tmp_path / "long.wav"


def test_two_hours_are_read_as_a_stream_in_bounded_memory(two_hours):
    def network(batch, training):
        return np.full((len(batch), len(CODES)), 1 / len(CODES), dtype=np.float32)

    network.inputs = [SimpleNamespace(name="mfcc_mean")]
    features.mel_filter_bank()
    tracemalloc.start()
    try:
        answer = Predictor(network).predict(two_hours, hop_seconds=6)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.seconds == pytest.approx(7200)
    assert answer.windows[-1].end == pytest.approx(7200)
    assert len(answer.windows) == 1201
    # The whole signal alone would take 635 MB.
    assert peak < 100e6


@pytest.fixture
def nobody():
    """A folder that everybody may enter, and a switch to a user without rights: root reads whatever it likes."""
    if os.name == "nt":
        pytest.skip("Windows keeps rights in access lists, which chmod does not touch")
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        become = os.seteuid if os.geteuid() == 0 else lambda user: None
        mine = os.geteuid()
        yield Path(name), lambda: become(65534)
        become(mine)


@pytest.mark.parametrize("which", ["recording", "network"])
def test_a_file_without_permission_is_named(nobody, run, write_wav, network_file, which):
    folder, become_nobody = nobody
    files = {"recording": folder / "song.wav", "network": folder / "net.keras"}
    files["recording"].write_bytes(write_wav().read_bytes())
    files["network"].write_bytes(network_file.read_bytes())
    for file in files.values():
        file.chmod(0o644)
    assert run(files["recording"], model=files["network"])[0] == 0
    files[which].chmod(0)
    become_nobody()
    code, _, (line,) = run(files["recording"], model=files["network"])
    assert code == 2
    assert line == f"irmas_helpers: {files[which]}: no permission to read it; change its rights or copy it elsewhere"


NAMES = ["Ärger über Öl.wav", "ソナタ 第1番.wav", "скрипка.wav", "song 🎻.wav", "a b 'c' [d] %s {e}.wav", "-song.wav"]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_read_and_written_as_it_is(write_wav, run, name):
    path = write_wav(name)
    code, (answer,), lines = run(path)
    assert (code, lines) == (0, [])
    assert answer["file"] == str(path)


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_named_when_it_is_missing(tmp_path, run, name):
    code, _, (line,) = run(tmp_path / name)
    assert code == 2
    assert line == f"irmas_helpers: {tmp_path / name}: no such file; check the name and the folder"


def test_a_name_in_no_encoding_is_read_all_the_same(write_wav, run, tmp_path):
    if os.name == "nt":
        pytest.skip("names on Windows are Unicode")
    name = os.fsdecode(b"caf\xe9.wav")
    try:
        write_wav().rename(tmp_path / name)
    except OSError:
        pytest.skip("this file system takes no such names")
    code, (answer,), lines = run(tmp_path / name)
    assert (code, lines) == (0, [])
    assert answer["file"] == str(tmp_path / name)


@pytest.mark.parametrize("name", ["a\nb.wav", "a\rb.wav"])
def test_a_name_of_two_lines_is_told_in_one(tmp_path, run, name):
    code, _, (line,) = run(tmp_path / name)
    assert code == 2
    assert "no such file" in line


@pytest.mark.skipif(os.name == "nt", reason="names without line breaks")
def test_an_answer_about_a_name_of_two_lines_is_one_line(write_wav, capsys):
    assert main(["predict", str(write_wav("new\nline.wav"))]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert "new\\nline.wav: " in line


def test_the_longest_name_that_a_file_can_have_is_read(write_wav, run, tmp_path):
    longest = 255 if os.name != "nt" else 258 - len(str(tmp_path))  # Windows counts the folders too
    path = write_wav("x" * (longest - 4) + ".wav")
    code, (answer,), _ = run(path)
    assert code == 0
    assert answer["file"] == str(path)


@pytest.mark.parametrize("name", ["x" * 300 + ".wav", "x" * 9000, "folder/" * 2000, "a\0b.wav"])
def test_a_name_that_no_file_can_have_is_one_line_too(tmp_path, run, name):
    code, _, (line,) = run(f"{tmp_path}/{name}")
    assert code == 2
    assert line.startswith(f"irmas_helpers: {tmp_path}/{name}")
    assert "simpler name" in line or "is a folder" in line


@pytest.mark.parametrize("content", [b"", b"no network", b"PK\x03\x04 but no more"], ids=["empty", "text", "cut short"])
def test_a_network_file_that_is_none_is_one_line_with_the_cure(tmp_path, run, write_wav, content):
    (tmp_path / "net.keras").write_bytes(content)
    code, answers, (line,) = run(write_wav(), model=tmp_path / "net.keras")
    assert (code, answers) == (2, [])
    assert line.startswith(f"irmas_helpers: {tmp_path / 'net.keras'}: is ")
    assert "again" in line or "save the network with" in line


def test_the_default_network_is_told_by_name_where_it_is_missing(tmp_path, monkeypatch, write_wav, capsys):
    monkeypatch.setattr(models, "DEFAULT_EXPORTED", tmp_path / "gone.onnx")
    assert main(["predict", str(write_wav())]) == 2
    assert "gone.onnx: no such file" in capsys.readouterr().err


@pytest.fixture
def testing_part(tmp_path, write_wav, tone):
    """Two excerpts of two songs, each of two windows."""
    for number, codes in enumerate(("voi", "pia\ngel")):
        write_wav(f"testing/Part1/song {number}-1.wav", tone(4, 200 + 200 * number))
        (tmp_path / f"testing/Part1/song {number}-1.txt").write_text(codes)
    return tmp_path / "testing"


@pytest.fixture
def score(capsys, monkeypatch, tmp_path, network_file):
    """Run ``evaluate-polyphonic MODEL SOURCE PATH --json``: exit code, answer, the package's lines on stderr."""
    monkeypatch.setenv("IRMAS_CACHE", str(tmp_path / "cache"))

    def score(path, source="--data", model=network_file):
        code = main(["evaluate-polyphonic", str(model), source, str(path), "--json"])
        shown = capsys.readouterr()
        lines = [line for line in shown.err.splitlines() if line.startswith("irmas_helpers: ")]
        return code, json.loads(shown.out) if shown.out else None, lines

    return score


def test_a_testing_excerpt_without_labels_is_left_out_named_and_counted(testing_part, score):
    (testing_part / "Part1/song 0-1.txt").unlink()
    code, answer, (line, count) = score(testing_part)
    wav = testing_part / "Part1/song 0-1.wav"
    assert (code, answer["results"][0]["n"]) == (0, 1)
    assert line == f"irmas_helpers: {wav}: has no .txt with its labels beside it; left out"
    assert "1 sounds without labels were left out" in count


@pytest.mark.parametrize(
    ("text", "says"), [("kazoo", "kazoo is no instrument; known are"), ("", "names no instrument")]
)
def test_a_label_file_that_cannot_be_used_is_refused(testing_part, score, tmp_path, text, says):
    (testing_part / "Part1/song 0-1.txt").write_text(text)
    code, answer, (line,) = score(testing_part)
    assert (code, answer) == (2, None)
    assert line.startswith(f"irmas_helpers: {testing_part / 'Part1/song 0-1.txt'}: {says}")
    assert main(["extract-polyphonic", str(testing_part), str(tmp_path / "pack.npz")]) == 2
    assert not (tmp_path / "pack.npz").exists()


def test_a_folder_without_testing_excerpts_is_refused(tmp_path, score):
    code, _, (line,) = score(tmp_path)
    assert code == 2
    assert line.endswith("holds no testing excerpt; expected NAME.wav with its labels in NAME.txt beside it")


@pytest.mark.parametrize("what", [what for what in BAD if what not in {"missing", "a folder"}])
def test_testing_excerpts_that_are_no_audio_are_left_out_and_named(testing_part, score, what):
    make, says, cure = BAD[what]
    path = testing_part / "Part1/song 0-1.wav"
    path.unlink()
    make(path)
    code, answer, (line,) = score(testing_part)
    assert (code, answer["results"][0]["n"]) == (0, 1)
    assert line.startswith(f"irmas_helpers: {path}: ")
    assert says in line
    assert cure in line


def test_a_pack_of_training_clips_is_no_pack_of_testing_excerpts(tmp_path, toy_pack, score):
    np.savez(tmp_path / "pack.npz", logmel_u8=toy_pack.values, path=toy_pack.clips["path"].to_numpy(dtype=str))
    code, _, (line,) = score(tmp_path / "pack.npz", "--features")
    assert code == 2
    assert "pack.npz: holds no windows of testing excerpts; make it with: python -m irmas_helpers extract-poly" in line


def test_a_song_in_two_parts_is_refused(testing_part, score):
    (testing_part / "Part2").mkdir()
    for ending in ("wav", "txt"):
        (testing_part / f"Part2/song 1-2.{ending}").write_bytes(
            (testing_part / f"Part1/song 1-1.{ending}").read_bytes()
        )
    code, _, (line,) = score(testing_part)
    assert code == 2
    assert "song 1: this song lies in Part 1 and in Part 2, where official parts share none; unpack each part" in line


def test_a_network_that_answers_with_nan_scores_nothing(testing_part, score, make_network, tmp_path):
    broken = make_network()
    broken.set_weights([weights * np.nan for weights in broken.get_weights()])
    broken.save(tmp_path / "broken.keras")
    code, _, (line,) = score(testing_part, model=tmp_path / "broken.keras")
    assert code == 2
    assert "the network answers 4 of 4 windows with NaN or infinity; train it again" in line
