"""Recorded runs: written fold by fold, resumed, never mixed with other data."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import research.recipes  # noqa: F401  (adds its recipes to the course's)
from irmas_helpers.data import splits
from irmas_helpers.errors import RecipeError
from irmas_helpers.instruments import CODES
from irmas_helpers.learning import (
    augmentation_plans,
    experiments,
    models,
    networks,
    recipe_training,
    recipes,
    results,
    training,
)
from irmas_helpers.learning.recipes import Recipe
from irmas_helpers.scoring import evaluation
from irmas_helpers.sound import features

SMALL = Recipe("small", "a small one", "mfcc_mean", "song", "dense_scaled", epochs=2)


def run(pack, out, recipe=SMALL, **options):
    return experiments.run(recipe, pack, out, progress=False, **{"data": "toy", "folds": 3, **options})


@pytest.fixture
def quick(monkeypatch):
    """Folds answered by luck instead of a network; the list of folds that were run. `stop_after` cuts a run off."""

    class Folds(list):
        stop_after = None

    done = Folds()

    def train_model(recipe, pack, seed, progress, *, precision, beside, start):
        if len(done) == done.stop_after:
            raise KeyboardInterrupt
        done.append(seed)
        history = {"loss": [1.0, 0.5], "accuracy": [0.1, 0.2], "seconds": [0.1]}
        return recipe_training.Trained(Lucky(len(done)), history, pack)

    class Lucky:
        def __init__(self, seed):
            self.rng = np.random.default_rng(seed)

        def count_params(self):
            return 1

    monkeypatch.setattr(recipe_training, "train_model", train_model)
    monkeypatch.setattr(models.import_keras().utils, "clear_session", lambda: None)  # half a second, and nothing there
    monkeypatch.setattr(
        models, "predict_pack", lambda model, values: model.rng.dirichlet(np.ones(11), len(values)).astype(np.float32)
    )
    return done


@pytest.fixture
def fold_files(tmp_path):
    return lambda: sorted(path.name for path in (tmp_path / "runs" / "small").glob("*.json"))


def test_a_run_trains_tests_and_writes_every_fold(toy_pack, tmp_path, tiny, fold_files):
    summary = run(toy_pack, tmp_path, folds=2)
    assert fold_files() == ["seed0_fold0.json", "seed0_fold1.json"]
    assert json.loads((tmp_path / "small.json").read_text()) == summary
    assert summary["siblings_mean"] == 0
    assert summary["parameters"] == 41 * 11
    assert summary["pooled"]["n"] == summary["data"]["clips"] == 198
    record = json.loads((tmp_path / "runs" / "small" / "seed0_fold0.json").read_text())
    assert len(record["history"]["loss"]) == record["epochs_run"] == 2


def test_networks_and_probabilities_are_kept_where_that_is_asked_for(toy_pack, tmp_path, tiny):
    run(toy_pack, tmp_path, keep=True)
    folder = tmp_path / "runs" / "small"
    kept = pd.read_csv(folder / "seed0_fold1.csv", index_col="path")
    test = toy_pack.select(splits.song_folds(toy_pack.clips, 3)[1][1])
    assert list(kept.index) == list(test.clips["path"])
    again = models.predict_pack(models.load_model(folder / "seed0_fold1.keras"), test.values)
    np.testing.assert_allclose(kept, again, atol=6e-5)
    table = results.probabilities("small", tmp_path)
    assert sorted(table["path"]) == sorted(toy_pack.clips["path"])
    np.testing.assert_array_equal(
        table[list(CODES)].to_numpy().argmax(axis=1), [CODES.index(a) for a in table["answer"]]
    )
    assert (table["answer"] == table["instrument"]).mean() == pytest.approx(
        results.summary("small", tmp_path)["pooled"]["accuracy"]
    )


def test_probabilities_that_were_not_kept_are_asked_for(tmp_path):
    with pytest.raises(RecipeError, match="record them with experiment small --keep"):
        results.probabilities("small", tmp_path)


def test_a_fold_begins_with_the_kept_network_of_the_same_fold(toy_pack, tmp_path, tiny, monkeypatch):
    more = replace(SMALL, name="more", begins_with="small", epochs=1, learning_rate=0.0)
    monkeypatch.setitem(recipes.RECIPES, "small", SMALL)
    base = run(toy_pack, tmp_path, keep=True)
    fit, fitted = training.fit, []
    monkeypatch.setattr(training, "fit", lambda *a, **k: fitted.append(k["epochs"]) or fit(*a, **k))
    assert run(toy_pack, tmp_path, more)["pooled"]["confusion"] == base["pooled"]["confusion"]
    assert fitted == [1, 1, 1]  # the two epochs before are not trained again
    with pytest.raises(RecipeError, match="made from another recipe"):
        run(toy_pack.select(np.arange(180)), tmp_path, more)


def test_a_recipe_with_tuples_in_its_options_is_known_again(toy_pack, tmp_path, quick):
    for _ in range(2):
        run(toy_pack, tmp_path, replace(SMALL, options={"blocks": ((32,), (64,))}))
    assert len(quick) == 3


def test_a_run_that_was_cut_off_goes_on_where_it_stopped(toy_pack, tmp_path, quick, fold_files):
    quick.stop_after = 2
    with pytest.raises(KeyboardInterrupt):
        run(toy_pack, tmp_path)
    assert fold_files() == ["seed0_fold0.json", "seed0_fold1.json"]
    assert not (tmp_path / "small.json").exists()
    quick.stop_after = None
    run(toy_pack, tmp_path)
    assert len(quick) == 3
    assert fold_files() == ["seed0_fold0.json", "seed0_fold1.json", "seed0_fold2.json"]


def test_a_finished_run_is_only_summed_up_again(toy_pack, tmp_path, quick):
    assert run(toy_pack, tmp_path) == run(toy_pack, tmp_path)
    assert len(quick) == 3


def test_more_seeds_add_runs_to_those_there_are(toy_pack, tmp_path, quick):
    run(toy_pack, tmp_path)
    summary = run(toy_pack, tmp_path, seeds=2)
    assert quick == [0, 0, 0, 1, 1, 1]
    assert len(summary["per_fold"]) == 6
    assert summary["pooled"]["n"] == 198


def other_values(pack):
    return replace(pack, values=pack.values[::-1])


FOREIGN = {
    "recipe": lambda pack: (pack, {"recipe": replace(SMALL, epochs=9)}),
    "name of the data": lambda pack: (pack, {"data": "other"}),
    "features": lambda pack: (other_values(pack), {}),
    "clips": lambda pack: (pack.select(np.arange(len(pack.clips)) % 12 != 0), {}),
    "number of folds": lambda pack: (pack, {"folds": 4}),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_folds_made_from_anything_else_are_refused_with_the_cure(toy_pack, tmp_path, quick, what):
    run(toy_pack, tmp_path)
    pack, options = FOREIGN[what](toy_pack)
    with pytest.raises(RecipeError, match=r"seed0_fold0\.json: made from another .*choose another folder with --out"):
        run(pack, tmp_path, **options)


@pytest.mark.parametrize("content", ["no JSON", "[1, 2]", "", '{"a": '])
def test_a_fold_that_cannot_be_read_is_refused_with_the_cure(toy_pack, tmp_path, quick, content):
    run(toy_pack, tmp_path)
    (tmp_path / "runs" / "small" / "seed0_fold0.json").write_text(content)
    with pytest.raises(RecipeError, match=r"seed0_fold0\.json: .*delete"):
        run(toy_pack, tmp_path)


def test_the_summary_is_numpys_mean_and_sample_deviation_over_the_folds(toy_pack, tmp_path, quick):
    summary = run(toy_pack, tmp_path)
    records = [json.loads(path.read_text()) for path in sorted((tmp_path / "runs" / "small").iterdir())]
    for name in ("accuracy", "macro_f1", "siblings", "seconds"):
        values = [record[name] for record in records]
        assert summary[f"{name}_mean"] == pytest.approx(np.mean(values))
        assert summary[f"{name}_sd"] == pytest.approx(np.std(values, ddof=1))
    right = sum(record["accuracy"] * record["n"] for record in records)
    assert summary["pooled"]["accuracy"] == pytest.approx(right / 198)


def test_random_folds_say_how_many_test_clips_have_a_sibling(toy_pack, tmp_path, quick):
    summary = run(toy_pack, tmp_path, replace(SMALL, split="random"))
    assert 0.3 < summary["siblings_mean"] < 0.9
    assert summary["pooled"]["songs"] == 99


def test_the_sentence_says_data_split_folds_interval_and_n(toy_pack, tmp_path, quick):
    text = results.sentence(run(toy_pack, tmp_path))
    for part in ("small on toy", "split by song, 3 folds", "s.d.", "macro F1", "n = 198 clips of 99 songs"):
        assert part in text


def test_only_the_first_folds_are_run_where_that_is_asked_for_and_the_sentence_says_so(toy_pack, tmp_path, quick):
    summary = run(toy_pack, tmp_path, first=2)
    assert len(quick) == len(summary["per_fold"]) == 2
    assert "the first 2 of 3 folds" in results.sentence(summary)
    assert summary["pooled"]["n"] < 198
    assert len(run(toy_pack, tmp_path)["per_fold"]) == 3  # the rest is added to what there is
    assert len(quick) == 3


def test_of_one_fold_no_deviation_is_said(toy_pack, tmp_path, quick):
    text = results.sentence(run(toy_pack, tmp_path, first=1))
    assert "s.d." not in text
    assert "the first of 3 folds: accuracy " in text
    assert " (95 % interval over songs " in text


def test_folds_that_were_run_one_by_one_make_the_same_run(toy_pack, tmp_path, quick, fold_files):
    records = [
        experiments.run_fold(SMALL, toy_pack, tmp_path, fold, data="toy", folds=3, progress=False) for fold in (2, 0, 1)
    ]
    assert not (tmp_path / "small.json").exists()
    assert len(fold_files()) == len(quick) == 3
    assert [row["n"] for row in run(toy_pack, tmp_path)["per_fold"]] == [records[i]["n"] for i in (1, 2, 0)]
    assert len(quick) == 3


@pytest.mark.parametrize("fold", [-1, 3])
def test_a_fold_that_does_not_exist_is_refused(toy_pack, tmp_path, quick, fold):
    with pytest.raises(RecipeError, match="there are 3, numbered from 0"):
        experiments.run_fold(SMALL, toy_pack, tmp_path, fold, data="toy", folds=3)


def test_a_fold_recorded_before_a_field_was_added_counts_as_having_its_default(toy_pack, tmp_path, quick):
    run(toy_pack, tmp_path)
    for file in (tmp_path / "runs" / "small").iterdir():
        record = json.loads(file.read_text())
        del record["recipe"]["weight_decay"]
        file.write_text(json.dumps(record))
    run(toy_pack, tmp_path)
    assert len(quick) == 3


def test_two_recorded_runs_are_compared_on_the_songs_that_both_were_tested_on(toy_pack, tmp_path, quick):
    run(toy_pack, tmp_path)
    run(toy_pack, tmp_path, replace(SMALL, name="other"), first=2)
    difference = results.paired("small", "other", tmp_path)
    shared = [json.loads(file.read_text()) for file in sorted((tmp_path / "runs" / "small").iterdir())[:2]]
    other = results.folds("other", tmp_path)
    right = [sum(record["accuracy"] * record["n"] for record in records) for records in (shared, other)]
    assert difference.clips == sum(record["n"] for record in shared)
    assert difference.difference == pytest.approx((right[1] - right[0]) / difference.clips)


def test_where_both_were_trained_with_several_seeds_their_luck_is_in_the_comparison(toy_pack, tmp_path, quick):
    recipes = (SMALL, replace(SMALL, name="other"))
    for recipe in recipes:
        run(toy_pack, tmp_path, recipe)
    assert results.paired("small", "other", tmp_path).over == "songs"
    for recipe in recipes:
        for seed, fold in ((1, 0), (2, 0), (1, 1)):
            out = tmp_path / "seeds"
            experiments.run_fold(recipe, toy_pack, out, fold, data="toy", seed=seed, folds=3, progress=False)
    assert results.trainings("small", tmp_path)["seed"].tolist() == [0, 0, 0, 1, 1, 2]
    assert results.paired("small", "other", tmp_path).over == "songs and 1 to 3 trainings each"
    table = results.spread(["small"], tmp_path)
    fold = results.trainings("small", tmp_path).groupby("fold")
    squares, clips = fold["accuracy"].var()[0] * 2 + fold["accuracy"].var()[1], fold["n"].first()[:2]
    both_folds = squares / 3 * (clips**2).sum() / clips.sum() ** 2
    assert table.loc[0, "sd_trainings"] == pytest.approx(both_folds**0.5)
    assert table.loc[0, ["folds", "trainings"]].tolist() == [2, 2]
    with pytest.raises(RecipeError, match="trained once a fold"):
        results.spread(["cnn_baseline_song"])


def test_songs_vary_in_a_spread_as_in_the_interval_of_the_same_folds():
    spread = results.spread(["ablation_unchanged_song"]).iloc[0]
    assert (spread["folds"], spread["trainings"]) == (2, 3)
    answers = [
        (label, said, song)
        for fold in results.folds("cnn_pooled_unchanged_song")[:2]  # about as good, on these two folds
        for song, (label, given) in fold["answers"].items()
        for said in given.split()
    ]
    low, high = evaluation.score(*zip(*answers, strict=True)).interval
    assert spread["sd_songs"] == pytest.approx((high - low) / 2 / 1.96, rel=0.1)


def test_over_songs_a_training_that_is_missing_is_said_and_not_counted_as_wrong(toy_pack, tmp_path, quick):
    run(toy_pack, tmp_path)
    other = replace(SMALL, name="other")
    for seed, fold in ((1, 0), (0, 1)):
        experiments.run_fold(other, toy_pack, tmp_path, fold, data="toy", seed=seed, folds=3, progress=False)
        with pytest.raises(RecipeError, match=r"other: not trained with seed 0 on every fold; .*experiment other"):
            results.paired("small", "other", tmp_path)
    run(toy_pack, tmp_path, other)
    assert results.paired("small", "other", tmp_path).over == "songs"


def test_runs_that_were_tested_on_other_songs_cannot_be_compared(toy_pack, tmp_path, quick):
    run(toy_pack, tmp_path, first=1)
    run(toy_pack, tmp_path, replace(SMALL, name="random", split="random"), first=1)
    with pytest.raises(RecipeError, match="small and random were not tested on the same songs"):
        results.paired("small", "random", tmp_path)
    with pytest.raises(RecipeError, match=r"never: no folds below .*experiment never"):
        results.paired("small", "never", tmp_path)


def test_the_gap_is_what_the_test_lacks_to_the_fitted_clips(toy_pack, tmp_path, quick):
    summary = run(toy_pack, tmp_path)
    row = results.compare([summary]).iloc[0]
    assert row["gap"] == pytest.approx(summary["fitted_accuracy_mean"] - summary["accuracy_mean"])
    assert row["gap_high"] - row["gap_low"] == pytest.approx(row["high"] - row["low"])
    assert (row["folds"], row["clips"]) == (3, 198)


def test_an_unknown_recipe_is_refused_with_the_known_ones():
    with pytest.raises(RecipeError, match=r"dense_best: no such recipe; there are .*dense_original_song"):
        recipes.recipe("dense_best")


@pytest.mark.parametrize("name", recipes.RECIPES)  # the research has added its own
def test_every_recipe_is_found_by_its_name_and_names_what_there_is(name):
    recipe = recipes.recipe(name)
    assert recipe.name == name
    assert recipe.feature in features.FROM_PACK
    assert recipe.model in networks.MODELS
    assert recipe.split in splits.FOLDS
    assert recipe.optimizer in training.OPTIMIZERS
    assert recipe.augmentation in ("", *augmentation_plans.AUGMENTATIONS)


def test_the_original_is_trained_as_the_original_was():
    original = recipes.recipe("dense_original_random")
    assert (original.feature, original.model) == ("mfcc_mean", "dense")
    assert (original.epochs, original.batch_size, original.patience) == (75, 32, None)
    waveform = recipes.recipe("cnn_waveform_song")
    assert (waveform.epochs, waveform.batch_size, waveform.optimizer) == (10, 32, "rmsprop")
