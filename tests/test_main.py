"""The command line: what it prints, what it returns, what it teaches."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from irmas_helpers import choices
from irmas_helpers.__main__ import main
from irmas_helpers.answers import polyphonic
from irmas_helpers.instruments import CODES
from irmas_helpers.learning import networks, recipes
from irmas_helpers.paths import write_json
from irmas_helpers.rendered import practice_set
from irmas_helpers.scoring import calibration
from irmas_helpers.scoring.calibration import Calibration
from irmas_helpers.sound import features, packs

COMMANDS = ["predict", "calibrate", "download", "render", "scan", "extract", "experiment", "train", "evaluate"]
COMMANDS += ["export", "extract-polyphonic", "evaluate-polyphonic"]


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run a command in this process: exit code, stdout, stderr."""
    monkeypatch.setenv("IRMAS_CACHE", str(tmp_path / "cache"))

    def run(*arguments):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stop:  # argparse
            code = stop.code
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def pack_file(toy_pack, tmp_path):
    """`toy_pack` as a file."""
    path = tmp_path / "toy.npz"
    np.savez(path, logmel_u8=toy_pack.values, path=toy_pack.clips["path"].to_numpy(dtype=str))
    return path


@pytest.fixture
def folder(write_wav, tone, tmp_path):
    """A set of four clips of two songs, and a listing beside the class folders."""
    for number, code in enumerate(("cel", "cla")):
        for excerpt in (1, 2):
            signal = tone(0.3, 200 * excerpt + 70 * number, 8_000)
            write_wav(f"set/{code}/[{code}][cla]000{number + 1}__{excerpt}.wav", signal, 8_000)
    (tmp_path / "set" / "README.txt").touch()
    return tmp_path / "set"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run, command):
    code, out, err = run(command, "--help")
    assert (code, err) == (0, "")
    assert f"python -m irmas_helpers {command}" in out
    assert not re.search(r"'[^'\s]*[*?\[(][^'\s]*'", out), "Windows' cmd knows double quotes only"


@pytest.mark.parametrize("command", [[], *([command] for command in COMMANDS)], ids=" ".join)
def test_help_waits_for_no_heavy_library(command):
    code = (
        "import sys\n"
        "from irmas_helpers.__main__ import main\n"
        "try:\n"
        f"    main({[*command, '--help']})\n"
        "finally:\n"
        "    print(*{'numpy', 'pandas', 'scipy', 'sklearn', 'requests', 'keras', 'librosa'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == ""


def test_the_help_spells_itself_as_it_was_called(run, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/some/where/irmas"])
    _, out, _ = run("predict", "--help")
    assert out.startswith("usage: irmas predict ")
    assert "  irmas predict song.mp3" in out


def test_the_names_to_choose_from_are_those_that_the_modules_know():
    assert tuple(packs.KINDS) == choices.PACK_KINDS
    assert tuple(polyphonic.AGGREGATES) == choices.AGGREGATES
    assert choices.SHIPPED in recipes.RECIPES


def test_the_help_lists_all_commands_and_where_to_start(run):
    code, out, _ = run("--help")
    assert code == 0
    assert all(f"\n    {command}" in out for command in COMMANDS)
    assert "predict SONG.wav" in out


def test_the_version_is_the_packages(run):
    from irmas_helpers import __version__

    assert run("--version") == (0, f"irmas_helpers {__version__}\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["sing"],
        ["predict"],
        ["scan"],
        ["extract", "DIR"],
        ["extract", "DIR", "OUT", "--kind", "smell"],
        ["experiment", "dense_original_song"],
        ["evaluate", "M", "--features", "P", "--data", "D"],
        ["evaluate", "M", "--features", "P", "--sealed", "--not-sealed"],
        ["evaluate-polyphonic", "M"],
        ["evaluate-polyphonic", "M", "--features", "P", "--data", "D"],
        ["evaluate-polyphonic", "M", "--data", "D", "--aggregate", "luck"],
        ["experiment", "dense_original_song", "--features", "P", "--folds", "0"],
        ["experiment", "dense_original_song", "--features", "P", "--seeds", "0"],
        ["experiment", "dense_original_song", "--features", "P", "--seeds", "many"],
    ],
    ids=" ".join,
)
def test_arguments_that_make_no_sense_are_refused_with_the_usage(run, arguments):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("usage: python -m irmas_helpers")


def test_predict_prints_a_sentence_a_file(run, write_wav, network_file):
    files = [write_wav("one.wav"), write_wav("two.wav")]
    code, out, err = run("predict", *files, "--model", network_file)
    assert (code, err) == (0, "")
    assert [line.split(": ")[0] for line in out.splitlines()] == [str(file) for file in files]


def test_predict_prints_one_json_object_a_line_of_exactly_these_keys(run, write_wav, tone, network_file):
    files = [write_wav("one.wav"), write_wav("two.wav", tone(5))]
    code, out, err = run("predict", *files, "--json", "--model", network_file)
    assert (code, err) == (0, "")
    assert len(out.splitlines()) == 2
    for file, line in zip(files, out.splitlines(), strict=True):
        answer = json.loads(line)
        assert list(answer) == [
            "file",
            "seconds",
            "instrument",
            "sure",
            "threshold",
            "known",
            "foreign",
            "foreign_threshold",
            "probabilities",
            "notes",
            "windows",
            "model",
        ]
        assert (answer["sure"], answer["threshold"], answer["model"]) == (True, None, str(network_file))
        assert (answer["known"], answer["foreign"], answer["foreign_threshold"]) == (True, None, 0.0)  # without a head
        assert answer["notes"] == []
        assert answer["file"] == str(file)
        assert answer["instrument"] == max(answer["probabilities"], key=answer["probabilities"].get)
        for part in (answer, *answer["windows"]):
            assert list(part["probabilities"]) == list(CODES)
            assert sum(part["probabilities"].values()) == pytest.approx(1, abs=1e-4)
        assert all(
            list(window) == ["start", "end", "weight", "foreign", "probabilities"] for window in answer["windows"]
        )
        assert answer["windows"][-1]["end"] == answer["seconds"]


@pytest.fixture
def calibrated_file(network_file, tmp_path):
    """A network and, beside it, a calibration by which no answer is sure."""
    file = shutil.copy(network_file, tmp_path / "net.keras")
    never_sure = Calibration(1.5, 1.0, 0.1, 0.1, 0.7, 0.12, 0.02, 100, 40, "toys", "toy_song")
    calibration.save_calibration(never_sure, tmp_path / "net.json")
    return file


def test_predict_takes_the_calibration_beside_the_model(run, write_wav, calibrated_file):
    code, out, err = run("predict", write_wav(), "--model", calibrated_file)
    assert (code, err) == (0, "")
    assert ": not sure (" in out


def test_predict_json_says_on_stderr_that_it_is_not_sure(run, write_wav, calibrated_file):
    path = write_wav()
    code, out, err = run("predict", path, "--json", "--model", calibrated_file)
    assert code == 0
    answer = json.loads(out)
    assert (answer["file"], answer["sure"], answer["threshold"]) == (str(path), False, 1.0)
    assert err.startswith(f"irmas_helpers: {path}: not sure (")


def test_predict_refuses_a_file_that_is_no_calibration(run, write_wav, calibrated_file):
    calibrated_file.with_suffix(".json").write_text("warm")
    code, out, err = run("predict", write_wav(), "--model", calibrated_file)
    assert (code, out) == (2, "")
    assert "net.json: is no calibration; make it with: python -m irmas_helpers calibrate, or delete it" in err


def test_predict_verbose_says_on_stderr_where_the_time_went(run, write_wav, network_file, calibrated_file):
    path = write_wav()
    code, out, err = run("predict", path, "--verbose", "--model", network_file)
    loaded, calibrated, told = err.splitlines()
    assert code == 0
    assert len(out.splitlines()) == 1
    assert re.search(r"tiny.keras: loaded, with the libraries, in \d+\.\d\d s$", loaded)
    assert calibrated.endswith("tiny.keras: has no calibration")
    assert re.search(r": 3.0 s of sound; decoding \S+ s, features \S+ s, network \S+ s$", told)
    assert "temperature 1.50" in run("predict", path, "--verbose", "--model", calibrated_file)[2]


def test_calibrate_writes_what_predict_reads(run, tmp_path):
    for fold in (0, 1):
        paths = [f"{code}/[{code}][pop_roc]{10 * (i + 1) + fold:04d}__1.wav" for i, code in enumerate(CODES)]
        answers = {f"{10 * (i + 1) + fold:04d}": [code, code] for i, code in enumerate(CODES)}
        file = tmp_path / "results" / "runs" / "toy_song" / f"seed0_fold{fold}.json"
        record = {"seed": 0, "fold": fold, "answers": answers, "data": {"data": "toys"}}
        write_json(file, record)
        rows = 0.2 / 11 + 0.8 * np.eye(len(CODES))
        pd.DataFrame(rows, columns=CODES, index=paths).to_csv(file.with_suffix(".csv"), index_label="path")
    options = ["--results", tmp_path / "results", "--out", tmp_path / "net.json", "--error-rate", "0.05"]
    code, out, err = run("calibrate", "toy_song", *options)
    assert (code, err) == (0, "")
    assert "100% of the clips are answered, 0% of those wrongly; n = 22 clips of 22 songs, toys" in out
    made = calibration.load_calibration(tmp_path / "net.keras")
    assert (made.recipe, made.error_rate) == ("toy_song", 0.05)


def test_scan_counts_compares_and_names_what_is_no_clip(run, folder, tmp_path):
    (folder / "cel" / "notes.txt").touch()
    code, out, err = run("scan", folder, "--csv", tmp_path / "clips.csv")
    assert (code, err) == (0, "")
    assert "4 clips, 2 recordings, 2 songs; 0 clips of songs with contradicting labels" in out
    assert "ignored, no clip: README.txt" in out
    assert "name not understood: cel/notes.txt" in out
    assert "388" in out
    table = pd.read_csv(tmp_path / "clips.csv", dtype={"recording": str, "song": str}, keep_default_na=False)
    assert list(table.columns) == ["path", "instrument", "genre", "drums", "recording", "excerpt", "song"]
    assert list(table["song"]) == ["0001", "0001", "0002", "0002"]


def test_extract_writes_a_pack(run, folder, tmp_path):
    code, out, _ = run("extract", folder, tmp_path / "out.npz")
    assert code == 0
    assert "4 of 4 clips" in out
    assert len(packs.load_pack(tmp_path / "out.npz").clips) == 4


def test_extract_lists_bad_files_at_the_end_and_does_the_rest(run, folder, tmp_path):
    bad = folder / "cel" / "[cel][cla]0001__1.wav"
    bad.write_text("no audio")
    code, out, err = run("extract", folder, tmp_path / "out.npz")
    assert code == 2
    assert "3 of 4 clips" in out
    assert err.splitlines()[-1].startswith(f"irmas_helpers: {bad}: no audio that can be decoded")
    assert len(packs.load_pack(tmp_path / "out.npz").clips) == 3


@pytest.fixture
def quick(monkeypatch, make_network):
    """A recipe that takes a second: one epoch of a network of one layer."""
    name = "dense_original_song"
    monkeypatch.setitem(recipes.RECIPES, name, replace(recipes.RECIPES[name], epochs=1))
    monkeypatch.setitem(networks.MODELS, "dense", lambda feature: make_network(name=feature))
    return name


def test_experiment_trains_writes_and_says_the_result(run, pack_file, tmp_path, quick):
    options = ["--features", pack_file, "--out", tmp_path / "results", "--folds", "2", "--label", "toys"]
    code, out, _ = run("experiment", quick, *options)
    assert code == 0
    assert "dense_original_song on toys, split by song, 2 folds: accuracy " in out
    summary = json.loads((tmp_path / "results" / "dense_original_song.json").read_text())
    assert summary["data"]["data"] == "toys"


def test_experiment_runs_one_fold_and_writes_no_summary(run, pack_file, tmp_path, quick):
    options = ["--features", pack_file, "--out", tmp_path / "results", "--folds", "2", "--fold", "1"]
    code, out, _ = run("experiment", quick, *options)
    assert code == 0
    assert "dense_original_song, fold 1: accuracy " in out
    written = [path.name for path in (tmp_path / "results").rglob("*.json")]
    assert written == ["seed0_fold1.json"]


def test_experiment_runs_one_fold_with_a_seed_of_its_own(run, pack_file, tmp_path, quick):
    options = ["--features", pack_file, "--out", tmp_path / "results", "--folds", "2"]
    code, out, _ = run("experiment", quick, *options, "--fold", "1", "--seed", "3")
    assert code == 0
    assert "dense_original_song, fold 1, seed 3: accuracy " in out
    assert [path.name for path in (tmp_path / "results").rglob("*.json")] == ["seed3_fold1.json"]
    code, _, err = run("experiment", quick, *options, "--seed", "3")
    assert (code, err) == (
        2,
        "irmas_helpers: --seed is of one fold: add --fold K, or run seeds 0, 1, ... of all folds with --seeds N\n",
    )


def test_train_saves_a_network_that_predict_takes(run, pack_file, tmp_path, write_wav, quick):
    code, out, _ = run("train", "--features", pack_file, "--out", tmp_path / "net.keras", "--recipe", quick)
    assert code == 0
    assert "451 parameters, 1 epochs on 198 clips" in out
    code, out, err = run("predict", write_wav(), "--model", tmp_path / "net.keras")
    assert (code, err) == (0, "")


@pytest.mark.parametrize("name", ["net.h5", "nowhere/net.keras", "set.keras"])
def test_train_looks_where_the_network_goes_before_it_reads_or_trains_anything(run, tmp_path, quick, name):
    (tmp_path / "set.keras").mkdir()
    code, _, err = run("train", "--features", "not there.npz", "--out", tmp_path / name, "--recipe", quick)
    cure = "a network is saved as NAME.keras in a folder that exists; choose such a name"
    assert (code, err) == (2, f"irmas_helpers: {tmp_path / name}: {cure}\n")


@pytest.mark.parametrize("command", [["train"], ["experiment", "--keep"]], ids=" ".join)
def test_a_network_that_no_command_could_load_is_not_trained_to_be_kept(run, tmp_path, command):
    np.savez(
        tmp_path / "waves.npz",
        waveform_i16=np.zeros((1, *features.WAVEFORM_SHAPE), "int16"),
        path=["cel/[cel][cla]0001__1.wav"],
    )
    name = ["--recipe", "cnn_waveform_song"] if command == ["train"] else ["cnn_waveform_song"]
    options = [*command, *name, "--features", tmp_path / "waves.npz", "--out", tmp_path / "net.keras"]
    code, _, err = run(*options)
    says = "no command could load its network, which takes the feature waveform; score it with experiment"
    assert (code, err) == (2, f"irmas_helpers: cnn_waveform_song: {says}, without --keep\n")


def test_render_prints_the_folder_and_that_it_is_no_real_music(run, monkeypatch, tmp_path):
    monkeypatch.setattr(practice_set, "ensure", lambda root: tmp_path / root)
    code, out, err = run("render", "--to", "there")
    assert (code, out) == (0, f"{tmp_path / 'there'}\n")
    assert err == f"{practice_set.WARNING}\n"


def test_evaluate_says_accuracy_interval_macro_f1_and_n(run, pack_file, network_file):
    code, out, err = run("evaluate", network_file, "--features", pack_file)
    assert (code, err) == (0, "")
    for part in (
        "toy: accuracy ",
        "95 % interval",
        "macro F1",
        "n = 198 clips of 99 songs",
        "0 clips with contradicting",
    ):
        assert part in out


def test_evaluate_prints_json_for_all_sealed_and_other_clips(run, pack_file, network_file):
    answers = [
        json.loads(run("evaluate", network_file, "--features", pack_file, "--json", *part)[1])
        for part in ([], ["--sealed"], ["--not-sealed"])
    ]
    for answer in answers:
        assert {"n", "accuracy", "interval", "macro_f1", "per_class", "confusion"} <= set(answer)
        assert answer["interval"][0] <= answer["accuracy"] <= answer["interval"][1]
    everything, sealed, others = (answer["n"] for answer in answers)
    assert everything == 198
    assert sealed + others == everything
    assert 0 < sealed < others


def test_the_sealed_songs_can_be_left_out_of_packs_experiments_and_networks_and_that_is_said(
    run, pack_file, tmp_path, quick
):
    def part(*sealed):
        return json.loads(run("evaluate", tmp_path / "net.keras", "--features", pack_file, "--json", *sealed)[1])

    from_pack = ["--features", pack_file, "--not-sealed"]
    _, out, _ = run("train", *from_pack, "--out", tmp_path / "net.keras", "--recipe", quick)
    everything, sealed, others = (part(*options) for options in ([], ["--sealed"], ["--not-sealed"]))
    assert f" epochs on {others['n']} clips" in out
    assert (sealed["data"], others["data"]) == ("toy, the sealed songs", "toy, without the sealed songs")
    assert sealed["n"] + others["n"] == everything["n"]
    assert run("experiment", quick, *from_pack, "--out", tmp_path / "results", "--folds", "2")[0] == 0
    data = json.loads((tmp_path / "results" / f"{quick}.json").read_text())["data"]
    assert (data["clips"], data["data"]) == (others["n"], others["data"])


def test_a_pack_is_written_without_the_sealed_songs(run, folder, tmp_path):
    for code in ("cel", "cla"):  # song 0019 is sealed, 0001 and 0002 are not
        (folder / code / f"[{code}][cla]0019__1.wav").write_bytes(next((folder / code).glob("*__1.wav")).read_bytes())
    code, out, _ = run("extract", folder, tmp_path / "out.npz", "--not-sealed")
    assert (code, out) == (0, f"4 of 4 clips in {tmp_path / 'out.npz'}\n")
    assert set(packs.load_pack(tmp_path / "out.npz").clips["song"]) == {"0001", "0002"}


def test_where_every_song_is_sealed_or_none_that_is_said(run, folder, network_file):
    code, _, err = run("evaluate", network_file, "--data", folder, "--sealed")
    assert code == 2
    assert err.splitlines()[-1] == "irmas_helpers: set: no clip is left; drop --sealed, or take other clips"


def test_evaluate_drops_contradicting_labels_and_counts_them(run, toy_pack, network_file, tmp_path):
    paths = toy_pack.clips["path"].to_numpy(dtype="U64")
    paths[:2] = "gac/[gac][pop_roc]0672__1.wav", "gel/[gel][pop_roc]0757__1.wav"
    np.savez(tmp_path / "pack.npz", logmel_u8=toy_pack.values, path=paths)
    answer = json.loads(run("evaluate", network_file, "--features", tmp_path / "pack.npz", "--json")[1])
    assert (answer["n"], answer["dropped"]) == (196, 2)


def test_evaluate_takes_a_folder_too(run, folder, network_file):
    code, out, _ = run("evaluate", network_file, "--data", folder)
    assert code == 0
    assert "set: accuracy " in out
    assert "n = 4 clips of 2 songs" in out


def test_of_a_rendered_set_it_is_said_that_it_is_no_real_music(run, folder, network_file):
    (folder.parent / "manifest.json").write_text('{"files": {}}')
    code, out, err = run("evaluate", network_file, "--data", folder)
    assert code == 0
    assert "rendered set: accuracy " in out
    assert practice_set.WARNING in err


@pytest.fixture
def testing_folder(write_wav, tone, tmp_path):
    """Eight excerpts of four songs, half of them in Part 1, half in Part 3."""
    for number, codes in enumerate(["voi", "gac\t\nvoi", "pia", "sax", "voi", "pia\ngel", "voi", "cel"]):
        name = f"testing/Part{1 if number < 4 else 3}/song {number // 2}-{number % 2 + 1}"
        write_wav(f"{name}.wav", tone(3.2, 150 + 80 * number, 8_000), 8_000)
        (tmp_path / f"{name}.txt").write_text(codes)
    return tmp_path / "testing"


def test_evaluate_polyphonic_tunes_on_part_1_and_says_protocol_data_numbers_and_intervals(
    run, testing_folder, network_file
):
    code, out, _ = run("evaluate-polyphonic", network_file, "--data", testing_folder)
    head, *lines = out.splitlines()
    assert code == 0
    assert head == (
        "testing: 8 excerpts of 4 songs (the official set has 2874), 0 that sound like another with other labels; "
        "windows to values by sum-over-max; 95 % intervals"
    )
    assert len(lines) == 6
    assert lines[0].startswith("- one threshold, chosen on Part 1, scored on Part 3 (")
    assert "n = 4 excerpts of 2 songs" in lines[0]
    assert "n = 8 excerpts of 4 songs" in lines[3]
    assert all("micro F1 0." in line and " to " in line for line in lines)


def test_evaluate_polyphonic_fixes_the_threshold_where_one_part_is_all_there_is(run, testing_folder, network_file):
    code, out, _ = run("evaluate-polyphonic", network_file, "--data", testing_folder / "Part1", "--aggregate", "mean")
    head, line = out.splitlines()
    assert code == 0
    assert head.startswith("Part1: 4 excerpts of 2 songs")
    assert "by mean;" in head
    assert line.startswith("- fixed threshold (0.50): micro F1 ")


def test_evaluate_polyphonic_gives_the_same_json_from_a_pack(run, testing_folder, network_file, tmp_path):
    code, out, _ = run("extract-polyphonic", testing_folder, tmp_path / "pack.npz")
    assert (code, out) == (0, f"8 of 8 excerpts in {tmp_path / 'pack.npz'}\n")
    sources = ["--features", tmp_path / "pack.npz"], ["--data", testing_folder]
    from_pack, from_folder = (
        json.loads(run("evaluate-polyphonic", network_file, *source, "--json")[1]) for source in sources
    )
    assert (from_pack.pop("data"), from_folder.pop("data")) == ("pack", "testing")
    assert from_pack == from_folder
    assert {"protocol", "thresholds", "n", "songs", "micro_f1", "micro_f1_interval"} <= set(from_pack["results"][0])


def test_evaluate_polyphonic_leaves_out_what_has_no_labels_or_cannot_be_read_and_says_so(
    run, testing_folder, network_file
):
    (testing_folder / "Part1" / "song 0-1.txt").unlink()
    bad = testing_folder / "Part3" / "song 3-2.wav"
    bad.write_text("no audio")
    code, out, err = run("evaluate-polyphonic", network_file, "--data", testing_folder)
    lines = [line for line in err.splitlines() if line.startswith("irmas_helpers: ")]
    assert code == 0
    assert "6 excerpts of 4 songs" in out
    assert f"{testing_folder / 'Part1' / 'song 0-1.wav'}: has no .txt with its labels beside it; left out" in lines[0]
    assert "1 sounds without labels were left out" in lines[1]
    assert f"{bad}: no audio that can be decoded" in lines[2]


def test_of_a_folder_full_of_unlabelled_sounds_ten_are_named(run, testing_folder, network_file):
    for number in range(30):
        (testing_folder / f"clip {number}.wav").touch()
    _, _, err = run("extract-polyphonic", testing_folder, testing_folder / "pack.npz")
    lines = [line for line in err.splitlines() if line.startswith("irmas_helpers: ")]
    assert len(lines) == 11
    assert lines[-1].endswith("30 sounds without labels were left out; copy their .txt there")


def test_extract_polyphonic_lists_bad_files_and_ends_with_code_2(run, testing_folder, tmp_path):
    (testing_folder / "Part1" / "song 0-1.wav").write_bytes(b"")
    code, out, err = run("extract-polyphonic", testing_folder, tmp_path / "pack.npz")
    assert code == 2
    assert "7 of 8 excerpts" in out
    assert err.splitlines()[-1].endswith("song 0-1.wav: is empty (0 bytes); copy or download it again")


def test_of_a_rendered_testing_part_it_is_said_that_it_is_no_real_music(run, testing_folder, network_file):
    (testing_folder.parent / "manifest.json").write_text('{"files": {}}')
    code, out, err = run("evaluate-polyphonic", network_file, "--data", testing_folder)
    assert code == 0
    assert out.startswith("rendered set: 8 excerpts")
    assert practice_set.WARNING in err


NOTHING_HERE = {
    "scan": (["scan", "{0}/none"], "no such folder"),
    "scan --csv": (["scan", "{0}/set", "--csv", "{0}/none/clips.csv"], "cannot be written"),
    "extract": (["extract", "{0}/none", "{0}/out.npz"], "no such folder"),
    "extract to a file's inside": (["extract", "{0}/set", "{0}/file/out.npz"], "check name, rights and free space"),
    "evaluate": (["evaluate", "{0}/none.keras", "--features", "{0}/none.npz"], "none.keras: no such file"),
    "evaluate --data": (["evaluate", "{1}", "--data", "{0}/none"], "none: no such folder"),
    "evaluate --features": (["evaluate", "{1}", "--features", "{0}/none.npz"], "none.npz: no such file"),
    "evaluate-polyphonic": (["evaluate-polyphonic", "{1}", "--features", "{0}/none.npz"], "extract-polyphonic DIR"),
    "evaluate-polyphonic --data": (["evaluate-polyphonic", "{1}", "--data", "{0}/set"], "holds no testing excerpt"),
    "extract-polyphonic": (["extract-polyphonic", "{0}/none", "{0}/out.npz"], "no such folder"),
    "extract-polyphonic of clips": (["extract-polyphonic", "{0}/set", "{0}/out.npz"], "holds no testing excerpt"),
    "experiment": (["experiment", "dense_original_song", "--features", "{0}/none.npz"], "none.npz: no such file"),
    "calibrate": (["calibrate", "toy_song", "--results", "{0}", "--out", "{0}/net.json"], "experiment toy_song --keep"),
    "recipe": (["experiment", "best_of_all", "--features", "{0}/none.npz"], "best_of_all: no such recipe"),
    "download": (["download", "everything"], "everything"),
}  # fmt: skip


@pytest.mark.parametrize("what", NOTHING_HERE)
def test_what_cannot_be_done_is_one_line_and_exit_code_2(run, folder, network_file, tmp_path, what):
    (tmp_path / "file").write_text("a file")
    arguments, says = NOTHING_HERE[what]
    code, _, err = run(*(argument.format(tmp_path, network_file) for argument in arguments))
    assert code == 2
    (line,) = err.splitlines()
    assert line.startswith("irmas_helpers: ")
    assert says in line


def test_an_interrupted_command_says_how_to_go_on(run, monkeypatch):
    def interrupt(name):
        raise KeyboardInterrupt

    monkeypatch.setattr(recipes, "recipe", interrupt)
    code, _, err = run("experiment", "dense_original_song", "--features", "pack.npz")
    assert code == 130
    assert err == "irmas_helpers: stopped; call the same command again to go on\n"
