"""Killed at any of its writes, whatever makes files goes on, when it is called again, to the same ones."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
import soundfile
import tensorflow as tf
from killed import after_each_kill, looked_for

from irmas_helpers import paths
from irmas_helpers.data import download
from irmas_helpers.learning import experiments, networks, recipes, results
from irmas_helpers.learning.recipes import Recipe
from irmas_helpers.rendered import practice_set
from irmas_helpers.rendered.songbook import SetPlan
from irmas_helpers.sound import extraction, features, packs

BASE = Recipe(
    "base",
    "a small one",
    "log_mel",
    "song",
    "dense_scaled",
    optimizer="adamw",
    weight_decay=0.01,
    warm_up=0.1,
    augmentation="none",
    epochs=1,
)
MORE = replace(BASE, name="more", begins_with="base", weight_averaging=0.5, epochs=2)


@pytest.fixture
def at_once(monkeypatch):
    """A small network with dropout, computed step by step, which spares its translation."""
    tf.config.run_functions_eagerly(True)
    save = keras.Model.save_weights

    def network(feature):
        layers = [keras.layers.GlobalAveragePooling1D(), keras.layers.Dropout(0.5), keras.layers.Dense(11, "softmax")]
        return keras.Sequential([keras.Input(features.SHAPES[feature], name=feature), *layers])

    def told(model, file, **options):
        Path(file).open("w").close()  # HDF5 itself tells no audit hook
        return save(model, file, **options)

    monkeypatch.setitem(networks.MODELS, "dense_scaled", network)
    monkeypatch.setattr(keras.Model, "save_weights", told)
    monkeypatch.setattr(keras.utils, "clear_session", lambda: None)  # a second, and nothing there
    yield
    tf.config.run_functions_eagerly(False)


def test_a_recorded_run_goes_on_to_the_same_numbers(make_toy_pack, tmp_path, at_once, monkeypatch):
    monkeypatch.setitem(recipes.RECIPES, "base", BASE)
    pack = make_toy_pack().select(np.arange(0, 198, 6))

    def work(folder):
        experiments.run(MORE, pack, folder, data="toy", folds=2, first=1, keep=True, progress=False)
        (record,) = results.folds("more", folder)
        return record, results.probabilities("more", folder), results.names("", folder), set(looked_for(folder))

    (whole, said, names, files), others = after_each_kill(tmp_path, work, least=20)
    assert names == ["more"] and not [file for file in files if "partial" in file]
    for record, again, found, left in others:
        for name in ("loss", "cross_entropy", "accuracy"):
            assert record["history"][name] == pytest.approx(whole["history"][name], rel=1e-5)
        assert record["answers"] == whole["answers"]
        pd.testing.assert_frame_equal(again, said, atol=1e-4)
        assert (found, left) == (names, files)


def test_extraction_goes_on_to_the_same_pack(tmp_path, monkeypatch):
    monkeypatch.setattr(extraction, "_FILES_A_PIECE", 2)
    names = [f"cel/[cel][cla]000{number}__1.wav" for number in range(5)]
    (tmp_path / "set" / "cel").mkdir(parents=True)
    for number, name in enumerate(names):
        soundfile.write(tmp_path / "set" / name, np.random.default_rng(number).normal(size=66_150) / 9, 22_050)

    def work(folder):
        packs.extract(tmp_path / "set", names, folder / "pack.npz", jobs=1, progress=False)
        return packs.load_pack(folder / "pack.npz"), set(looked_for(folder))

    (whole, files), others = after_each_kill(tmp_path, work, least=8)
    assert files == {"pack.npz"}
    for pack, left in others:
        np.testing.assert_array_equal(pack.values, whole.values)
        assert pack.clips.equals(whole.clips) and left == files


def quick_songs(monkeypatch):
    """Excerpts without music: what is tested is how they come to the disk."""
    noise = np.random.default_rng(0).normal(size=(441, 2)) / 9
    monkeypatch.setattr(practice_set, "_composed", lambda take: (sum(take.seed), range(1, 1 + len(take.excerpts))))
    monkeypatch.setattr(
        practice_set, "render", lambda seed, start, seconds, bank: np.roll(noise, seed % 441, axis=0) / start
    )


@pytest.mark.parametrize("broken", [0, 3])
def test_the_practice_set_is_whole_in_the_end(tmp_path, monkeypatch, broken):
    quick_songs(monkeypatch)
    plan = SetPlan(clips=22, testing=1)

    def work(folder):
        made = practice_set.ensure(folder, progress=False, plan=plan, workers=1)
        if broken and not (folder / "broken").exists():
            (folder / "broken").touch()
            for path in sorted(made.rglob("*.wav"))[:broken]:
                path.unlink()
            practice_set.ensure(folder, progress=False, plan=plan, workers=1)
        assert practice_set._broken(made) == []
        files = looked_for(made)
        del files["manifest.json"]  # holds when they were written
        return files

    whole, others = after_each_kill(tmp_path, work, least=30)
    assert all(files == whole for files in others)


def test_a_zip_is_unpacked_whole(tmp_path):
    with zipfile.ZipFile(tmp_path / "made.zip", "w") as archive:
        for number in range(3):
            archive.writestr(f"made/{number}.wav", b"sound" * 99)

    def work(folder):
        if not (folder / "made").exists():
            download.unpack(tmp_path / "made.zip", folder / "made", progress=False)
        return looked_for(folder / "made")

    whole, others = after_each_kill(tmp_path, work, least=5)
    assert len(whole) == 3 and all(files == whole for files in others)


def test_what_is_written_whole_may_have_a_name_as_long_as_there_are(tmp_path):
    path = tmp_path / ("\u97f3" * 85)  # three bytes each
    with paths.written_whole(path) as temporary:
        temporary.write_text("whole")
    assert path.read_text() == "whole"


def test_what_is_written_whole_is_old_or_new_and_half_of_it_is_not_found(tmp_path):
    def work(folder):
        assert {path.read_bytes() for path in folder.rglob("*.json") if ".tmp" not in str(path.parent)} <= {
            b'{\n"a": 1\n}\n',
            b'{\n"a": 2\n}\n',
        }
        found = [path.name for path in folder.glob("*.json")]
        for number in (1, 2):
            paths.write_json(folder / "a.json", {"a": number})
        return found

    _, others = after_each_kill(tmp_path, work, least=3)
    assert [] in others and all(found in ([], ["a.json"]) for found in others)
