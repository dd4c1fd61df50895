"""A network of one's own: learned from a folder, scored by source, asked, evaluated, exported, and refused kindly."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from irmas_helpers.__main__ import main
from irmas_helpers.answers.predict import load_predictor
from irmas_helpers.errors import DatasetError, ModelError
from irmas_helpers.instruments import CODES
from irmas_helpers.learning import models, own, strangers, transfer
from irmas_helpers.scoring import openset
from irmas_helpers.scoring.calibration import load_calibration
from irmas_helpers.sound import window_packs, windows

# Eight classes, some with names that are no identifiers, or those of a table's columns.
CLASSES = ("<b>bold", "notes", "path", "pure", "rough tone", "square", "with octave", "ünder")
RATE = 22_050


def tone(kind: int, source: int, take: int) -> np.ndarray:
    """Three seconds: a class has its own partials, a source its own pitch and noise."""
    time = np.arange(3 * RATE) / RATE
    hertz = 220 * 2 ** ((2 * source + take) / 12)
    partials = (kind % 4 + 1, 2 * kind + 3)
    sound = sum(np.sin(2 * np.pi * hertz * n * time) / (place + 1) for place, n in enumerate(partials))
    noise = np.random.default_rng((kind, source, take)).standard_normal(len(time))
    return 0.2 * sound + 0.002 * (source + 1) * noise


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Eight classes of three sources with two takes each, as wav and flac, and a text file among them."""
    root = tmp_path_factory.mktemp("own") / "tones"
    for kind, name in enumerate(CLASSES):
        for source in range(3):
            for take in range(2):
                file = root / name / f"room {source}" / f"take{take}.{('wav', 'flac')[take]}"
                file.parent.mkdir(parents=True, exist_ok=True)
                soundfile.write(file, tone(kind, source, take), RATE)
    (root / "pure" / "read me.txt").write_text("not a sound")
    return root


@pytest.fixture(scope="module")
def names(folder):
    """The classes in the order of the model's outputs."""
    return CLASSES


@pytest.fixture(scope="module")
def model_file(folder, tmp_path_factory):
    """The file that the command writes, with its output."""
    out = tmp_path_factory.mktemp("model") / "own.keras"
    assert main(["learn", str(folder), "--out", str(out)]) == 0
    return out


def test_the_command_prints_an_honest_score_and_writes_network_calibration_and_card(folder, tmp_path, capsys):
    out = tmp_path / "own.keras"
    main(["learn", str(folder), "--out", str(out)])
    printed, complaints = capsys.readouterr()
    assert "48 clips of 24 sources" in printed
    assert re.search(r"accuracy \d+\.\d% \(95 % interval", printed)
    assert "pure: files left out: without a sound's ending, 1" in complaints
    assert re.search(
        r"none of the classes: of unheard sources' recordings 95% pass .* AUROC 0\.\d\d on average", printed
    )
    assert load_calibration(out).n == 48
    assert openset.load(out).outputs.shape[1] == len(CLASSES) + 1
    card = out.with_suffix(".md").read_text("utf-8")
    assert all(name in card for name in CLASSES)
    assert all(part in card for part in ("**Data.**", "**Split.**", "**Score.**", "**Limits.**", "left out: pure"))
    assert "**What is none of them.** Of unheard sources' recordings 95% pass" in card


def test_the_network_knows_its_classes_without_keras_being_asked(model_file, names):
    assert models.classes_in(model_file) == names == models.classes_of(models.load_keras(model_file))


def test_predict_names_its_classes_in_words_json_and_table(model_file, folder, names, tmp_path, capsys):
    asked = folder / "square" / "room 0" / "take0.wav"
    assert main(["predict", str(asked), "--model", str(model_file)]) == 0
    said = capsys.readouterr().out
    assert sum(f"{name} " in said for name in names) >= 3
    main(["predict", str(asked), "--model", str(model_file), "--json", "--segments"])
    told = json.loads(capsys.readouterr().out)
    assert tuple(told["probabilities"]) == names
    assert told["instrument"] in names
    assert {each["instrument"] for each in told["segments"]} <= set(names)
    table = tmp_path / "answers.csv"
    how = ["--model", str(model_file), "--table", str(table), "--jobs", "1"]
    assert main(["predict", str(folder / "square"), *how]) == 0
    rows = pd.read_csv(table, keep_default_na=False)
    assert len(rows) == 6
    assert set(rows.columns) >= {"square", "ünder", '"path"', '"notes"', "path", "notes"}
    chances = rows[[f'"{name}"' if name in ("path", "notes") else name for name in names]].astype(float)
    np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-4)


def test_most_tones_of_its_own_are_named_rightly(model_file, folder, capsys):
    capsys.readouterr()
    main(["evaluate", str(model_file), "--data", str(folder), "--json"])
    scores = json.loads(capsys.readouterr().out)
    assert scores["n"] == 48
    assert scores["songs"] == 24
    assert scores["accuracy"] > 0.8
    assert set(scores["per_class"]) == set(CLASSES)


def test_evaluate_says_what_it_needs_and_what_it_does_not_know(model_file, tmp_path, capsys):
    assert main(["evaluate", str(model_file), "--features", "pack.npz"]) == 2
    assert "names classes of its own; give --data DIR" in capsys.readouterr().err
    for name in ("drum", "bell"):
        for take in range(5):
            (tmp_path / name).mkdir(exist_ok=True)
            soundfile.write(tmp_path / name / f"{take}.wav", tone(ord(name[0]), 0, take), RATE)
    assert main(["evaluate", str(model_file), "--data", str(tmp_path)]) == 2
    assert "has bell, drum; the network names" in capsys.readouterr().err


def test_the_widget_shows_its_classes_and_no_markup_of_theirs(model_file, folder):
    from irmas_helpers import widgets

    browser = widgets.which_instrument(predictor=load_predictor(model_file))
    browser.show(folder / "<b>bold" / "room 0" / "take0.wav")
    assert browser.answer.instrument in browser.text.value.replace("&lt;", "<").replace("&gt;", ">")
    assert "<b>bold" not in browser.text.value
    assert "<b>bold" not in browser.picture.value


def test_the_what_if_widget_takes_any_classes(model_file):
    from irmas_helpers import widgets

    explorer = widgets.what_if(tone(3, 0, 0).astype(np.float32), models.load_model(model_file))
    assert any(name in explorer.text.value.replace("&lt;", "<").replace("&gt;", ">") for name in CLASSES)


def test_excerpts_labelled_with_the_eleven_are_no_question_for_it(model_file):
    from irmas_helpers.answers import polyphonic

    with pytest.raises(ModelError, match="the labels are the eleven of IRMAS"):
        polyphonic.judge(models.load_model(model_file), None)


def test_beats_of_noise_are_none_of_its_classes_in_words_json_and_table(model_file, tmp_path, capsys):
    file, table = tmp_path / "beats.wav", tmp_path / "answers.csv"
    beats = np.exp(-12 * (np.arange(3 * RATE) / RATE % 0.5))
    soundfile.write(file, 0.3 * beats * np.random.default_rng(0).standard_normal(3 * RATE), RATE)
    capsys.readouterr()
    main(["predict", str(file), "--model", str(model_file)])
    assert "none of the eight, as far as I can tell" in capsys.readouterr().out
    main(["predict", str(file), "--model", str(model_file), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["known"] is False
    assert told["foreign"] > told["foreign_threshold"]
    main(["predict", str(file), "--model", str(model_file), "--table", str(table), "--jobs", "1"])
    assert pd.read_csv(table)["answer"].tolist() == ["none of the eight"]


def test_most_of_its_own_recordings_pass(model_file, folder):
    predictor = load_predictor(model_file)
    known = [predictor.predict(file).known for file in sorted(folder.glob("*/room 0/*.*"))]
    assert np.mean(known) > 0.8


def test_a_head_hears_how_far_a_sound_is_from_every_class():
    rng = np.random.default_rng(0)
    corners = np.eye(12, dtype=np.float32)[[0, 4, 8]] * 6
    y = np.arange(600) % 3
    head = strangers.fit(corners[y] + rng.standard_normal((600, 12), np.float32), y)
    known = head.score(corners)
    between, elsewhere = head.score((corners[:1] + corners[1:2]) / 2), head.score(-3 * corners)
    assert min(between.min(), elsewhere.min()) > known.max() + 1


def test_the_score_of_a_class_left_out_is_that_of_a_network_without_it(folder):
    sounds = own.read(folder, progress=False)
    features = np.random.default_rng(0).standard_normal((len(sounds.y), 30)).astype(np.float32)
    areas = [area for _, area, _ in own._left_out(sounds, features, sounds.folds())]
    assert 0.3 < np.mean(areas) < 0.7  # there is nothing to hear
    features[np.arange(len(features)), sounds.y] += 30  # each class has a feature of its own
    assert own._left_out(sounds, features, sounds.folds())[5][1] > 0.9


def test_an_exported_network_keeps_the_classes(model_file, folder, names, tmp_path, capsys):
    pytest.importorskip("tf2onnx", reason="the extra 'export' is installed by .ci/run alone")
    for end in (".keras", ".json", "_openset.npz"):
        shutil.copy(model_file.with_name(f"own{end}"), tmp_path)
    assert main(["export", str(tmp_path / "own.keras")]) == 0
    exported = tmp_path / "own.onnx"
    assert models.classes_in(exported) == names
    asked = str(folder / "square" / "room 0" / "take0.wav")
    capsys.readouterr()
    told = []
    for file in (exported, tmp_path / "own.keras"):
        main(["predict", asked, "--model", str(file), "--json"])
        told.append(json.loads(capsys.readouterr().out))
    np.testing.assert_allclose(*(list(each["probabilities"].values()) for each in told), atol=1e-4)
    np.testing.assert_allclose(*(each["foreign"] for each in told), atol=1e-2)


def test_one_source_a_class_gives_no_score_no_calibration_and_a_line_that_says_why(
    model_file, folder, tmp_path, capsys
):
    out = tmp_path / "own.keras"
    for end in (".json", "_openset.npz"):  # of an earlier one
        shutil.copy(model_file.with_name(f"own{end}"), tmp_path)
    assert main(["learn", str(folder), "--out", str(out), "--groups", "(room)"]) == 0
    assert "no honest score and no calibration: <b>bold" in capsys.readouterr().out
    assert not out.with_suffix(".json").exists()
    card = out.with_suffix(".md").read_text("utf-8")
    assert "no honest score" in card and "had not heard the source" not in card and "the score is for" not in card
    assert "No threshold: it needs unheard sources" in out.with_suffix(".md").read_text("utf-8")
    assert openset.load(out) is None
    assert "(not calibrated)" in str(load_predictor(out).predict(folder / "square" / "room 0" / "take0.wav"))


def test_fine_tuning_trains_the_convolutions_and_is_scored_likewise(folder, monkeypatch):
    monkeypatch.setattr(own, "_FOLDS", 2)
    sounds = own.read(folder, progress=False)
    two = sounds.pack.recordings["instrument"].isin(["square", "pure"]).to_numpy()
    fewer = own.Sounds("two", sounds.pack.select(two), ("pure", "square"), sounds.grouped, ())
    monkeypatch.setitem(transfer.fine_tune.__kwdefaults__, "epochs", 1)
    learned = own.learn(fewer, fine_tune=True, progress=False)
    assert learned.scores.n == 12
    before = models.load_keras(models.DEFAULT_MODEL).get_layer(transfer.LAST_MAP)
    assert before.output.shape == learned.model.get_layer(transfer.LAST_MAP).output.shape
    kernels = [
        next(layer for layer in model.layers if "conv2d" in layer.name).get_weights()[0]
        for model in (models.load_keras(models.DEFAULT_MODEL), learned.model)
    ]
    assert not np.array_equal(*kernels)


def test_a_class_with_too_few_windows_is_left_out_with_a_line(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "some")
    for source in (1, 2):
        shutil.rmtree(tmp_path / "some" / "square" / f"room {source}")
    sounds = own.read(tmp_path / "some", progress=False)
    assert "square" not in sounds.classes
    assert "square: 2 windows of three seconds, fewer than 5; left out: add recordings" in sounds.notes


def test_a_file_that_is_no_sound_is_named_and_the_rest_learned(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "some")
    (tmp_path / "some" / "square" / "room 0" / "take0.wav").write_text("no sound")
    sounds = own.read(tmp_path / "some", progress=False)
    assert [note.partition(":")[0] for note in sounds.notes if "take0.wav" in note] == ["square/room 0/take0.wav"]
    assert len(sounds.pack.recordings) == 47


def test_too_little_of_every_class_gets_one_line(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        soundfile.write(tmp_path / name / "1.wav", tone(len(name), 0, ord(name)), RATE)
    with pytest.raises(DatasetError, match="fewer than two classes are left; a: 1 window of three"):
        own.read(tmp_path, progress=False)


@pytest.mark.parametrize("name", ["own.onnx", "nowhere/own.keras"])
def test_a_place_where_nothing_can_be_saved_is_refused_before_anything_is_read(tmp_path, name):
    with pytest.raises(ModelError, match="in a folder that exists"):
        own.check_place(tmp_path / name)


@pytest.mark.parametrize("name", ["own.md", "own.json", "own_openset.npz"])
def test_files_of_others_are_not_written_over(tmp_path, name):
    (tmp_path / name).write_text("my own notes", "utf-8")
    with pytest.raises(ModelError, match=f"{name}: is of no network and would be lost"):
        own.check_place(tmp_path / "own.keras")
    assert (tmp_path / name).read_text("utf-8") == "my own notes"


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_read():
    with pytest.raises(ModelError, match=r"own\.keras: cannot be written \(.+\); choose another place"):
        own.check_place("/proc/own.keras" if Path("/proc").is_dir() else "/own.keras")


def test_a_network_for_lone_notes_of_another_is_in_the_way(tmp_path):
    (tmp_path / "own_lone.keras").touch()
    with pytest.raises(ModelError, match="belongs to another network"):
        own.check_place(tmp_path / "own.keras")


def test_a_damaged_list_of_classes_gets_one_line(model_file, tmp_path):
    import zipfile

    broken = tmp_path / "own.keras"
    with zipfile.ZipFile(model_file) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"[1, 2]" if name == "classes.json" else old.read(name))
    with pytest.raises(ModelError, match="its list of classes is damaged"):
        models.load_model(broken)


def test_a_new_last_layer_has_a_name_of_its_own_however_many_there_were():
    an_ear = transfer.ear()
    probe = transfer.Probe(np.zeros((240, 2), np.float32), np.zeros(2, np.float32), 1.0)
    for _ in range(20):
        network = transfer.joined(an_ear, probe, ("a", "b"))
    assert network.output_shape == (None, 2)


@pytest.mark.parametrize("sources", [("xy", "yz", "xz"), ("xy", "xy"), ("xy", "abcdefghijkl")])
def test_folds_leave_every_class_something_to_learn_from(sources):
    y = np.repeat(np.arange(len(sources)), [3 * len(each) for each in sources])
    source = np.array([name for each in sources for name in each for _ in range(3)])
    folds = own._folds(y, source, 2)
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(len(y)))
    for train, test in folds:
        assert set(y[train]) == set(y)
        assert not set(source[train]) & set(source[test])


@pytest.mark.parametrize("windows", range(3, 8))
def test_two_sources_of_each_class_are_held_out_one_by_one(windows):
    y = np.repeat(np.arange(8), 2 * windows)
    source = np.array([f"{kind} {number}" for kind in range(8) for number in range(2) for _ in range(windows)])
    folds = own._folds(y, source, 2)
    assert [len(test) for _, test in folds] == [8 * windows] * 2


def test_a_folder_of_the_elevens_codes_is_evaluated_too(folder, tmp_path, capsys):
    for kind, code in enumerate(CODES):
        shutil.copytree(folder / CLASSES[kind % 8], tmp_path / "some" / code)
        for number, file in enumerate(sorted((tmp_path / "some" / code).rglob("*.*"))):
            if file.suffix in (".wav", ".flac"):
                soundfile.write(file, tone(kind, number // 2, number % 2), RATE)
    sounds = own.read(tmp_path / "some", progress=False)
    assert " is shown as " not in str(sounds)  # a network of the eleven: nothing else can be meant
    fewer = own.Sounds("some", sounds.pack, ("horn", "pia"), sounds.grouped, ())
    assert str(fewer).endswith("; pia is shown as piano, as IRMAS has it")
    assert main(["evaluate", str(models.DEFAULT_MODEL), "--data", str(tmp_path / "some")]) == 0
    assert "66 clips of 33 sources; sources: subfolders" in capsys.readouterr().out


def test_a_probe_of_two_classes_answers_as_the_regression_does():
    from sklearn.linear_model import LogisticRegression

    random = np.random.default_rng(0)
    heard, y = random.standard_normal((40, 5)), np.arange(40) % 2
    heard[:, 0] += y
    said = transfer.probe(heard, y).probabilities(heard)
    scaled = (heard - heard.mean(axis=0)) / heard.std(axis=0)
    regression = LogisticRegression(C=transfer.CAUTIOUS).fit(scaled, y)
    np.testing.assert_allclose(said, regression.predict_proba(scaled), atol=2e-3)


def test_the_windows_of_a_long_recording_are_spread_over_it_and_quiet_ones_left_out(tmp_path):
    long = np.concatenate([tone(0, 0, take) for take in range(40)] + [1e-3 * tone(0, 0, 0)] * 5)
    soundfile.write(tmp_path / "long.wav", long, RATE)
    pack = window_packs.cached(tmp_path, pd.DataFrame({"path": ["long.wav"]}), progress=False)
    assert len(pack.values) == window_packs.MOST_WINDOWS
    assert isinstance(pack.values, np.memmap)  # on the disk, not in memory
    assert pack.weights.min() > windows.LEAST_WEIGHT


def test_a_broken_cache_of_windows_is_made_again(tmp_path, monkeypatch):
    monkeypatch.setenv("IRMAS_CACHE", str(tmp_path / "cache"))
    soundfile.write(tmp_path / "one.wav", tone(0, 0, 0), RATE)
    recordings = pd.DataFrame({"path": ["one.wav"]})
    whole = np.array(window_packs.cached(tmp_path, recordings, progress=False).values)
    (file,) = (tmp_path / "cache" / "features").glob("*.npz")
    with np.load(file) as arrays:
        np.savez(tmp_path / "broken.npz", **{**arrays, "counts": arrays["counts"] + 1})
    shutil.move(tmp_path / "broken.npz", file)
    np.testing.assert_array_equal(window_packs.cached(tmp_path, recordings, progress=False).values, whole)


def test_of_too_many_windows_some_of_each_recording_are_kept():
    counts = (5, 1, 3, 4)
    recording = np.repeat(np.arange(4), counts)
    pack = window_packs.WindowPack(np.arange(13), np.ones(13), recording, pd.DataFrame({"path": ["a", "b", "c", "d"]}))
    assert pack.select(np.ones(4, bool)) is pack
    fewer = pack.select(np.array([True, True, False, True]), most=7)
    assert fewer.values.tolist() == [0, 2, 4, 5, 9, 11, 12]
    assert fewer.recording.tolist() == [0, 0, 0, 1, 2, 2, 2]
    assert fewer.recordings["path"].tolist() == ["a", "b", "d"]
    assert len(pack.select(np.ones(4, bool), most=2).values) == 4  # one of each at least


def test_means_of_windows_are_weighed():
    pack = window_packs.WindowPack(
        np.zeros(3), np.array([1.0, 3.0, 1.0]), np.array([0, 0, 1]), pd.DataFrame({"path": ["a", "b"]})
    )
    assert pack.means(np.array([[0.0], [1.0], [0.5]])).tolist() == [[0.75], [0.5]]


def test_no_code_of_answers_or_scores_of_one_choice_counts_to_eleven():
    package = Path(models.__file__).parents[1]
    for file in ("answers/predict.py", "answers/stretches.py", "answers/bulk.py", "scoring/calibration.py"):
        assert "CODES" not in (package / file).read_text("utf-8")
