"""From a recipe to a trained network: seeds, parts that come first, cut off and resumed, in 16 and 32 bits."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest

from irmas_helpers.learning import batches, models, recipe_training, recipes, training
from irmas_helpers.learning.recipe_training import train_model
from irmas_helpers.learning.recipes import Recipe

SMALL = Recipe("small", "a small one", "mfcc_mean", "song", "dense_scaled", epochs=2)
NARROW = {"blocks": ((2,), (2,), (2,), (2,))}
AUGMENTED = replace(
    SMALL,
    feature="log_mel",
    model="cnn_pooled",
    options=NARROW,
    optimizer="adamw",
    weight_decay=0.01,
    warm_up=0.1,
    label_smoothing=0.05,
    augmentation="elsewhere",
)
PRECISIONS = ("float32", "mixed_bfloat16")


def cut_off(monkeypatch, in_training: int) -> list[int]:
    """Interrupt one training as it begins; the epochs of all that are begun."""
    fit, begun = training.fit, []

    def fit_or_stop(*arguments, **options):
        begun.append(options["epochs"])
        if len(begun) == in_training:
            raise KeyboardInterrupt
        return fit(*arguments, **options)

    monkeypatch.setattr(training, "fit", fit_or_stop)
    return begun


def test_with_patience_a_fifth_of_the_training_songs_is_watched(toy_pack, tiny):
    trained = train_model(replace(SMALL, patience=1), toy_pack, progress=False)
    assert len(trained.history["val_loss"]) == len(trained.history["loss"])
    fitted, every = set(trained.fitted.clips["song"]), set(toy_pack.clips["song"])
    assert len(every - fitted) == pytest.approx(len(every) / 5, abs=5)


def test_the_seed_decides_the_network(toy_pack, tiny):
    same, again, other = (train_model(SMALL, toy_pack, seed, progress=False).history for seed in (3, 3, 4))
    assert same["loss"] == again["loss"] != other["loss"]


def test_what_comes_out_of_a_training_answers_as_well_as_at_its_end(toy_pack):
    trained = train_model(replace(SMALL, epochs=60), toy_pack, progress=False)
    right = models.answers(trained.model, trained.fitted) == trained.fitted.clips["instrument"]
    assert right.mean() > trained.history["accuracy"][-1] - 0.05  # without dropout it is at least about as good


def test_a_recipe_goes_on_from_the_network_of_another_one(toy_pack, tmp_path, tiny, monkeypatch):
    more = replace(SMALL, name="more", begins_with="small", epochs=1, learning_rate=0.0)
    monkeypatch.setitem(recipes.RECIPES, "small", SMALL)
    first = train_model(SMALL, toy_pack, progress=False).model
    for start in (None, first):
        second = train_model(more, toy_pack, progress=False, start=start).model
        for before, after in zip(first.get_weights(), second.get_weights(), strict=True):
            np.testing.assert_allclose(before, after, rtol=1e-6)


def test_a_training_that_is_cut_off_in_its_second_part_does_not_repeat_the_first(toy_pack, tmp_path, tiny, monkeypatch):
    more = replace(SMALL, name="more", begins_with="small", epochs=1, learning_rate=0.0)
    monkeypatch.setitem(recipes.RECIPES, "small", SMALL)
    fitted = cut_off(monkeypatch, in_training=2)
    train = functools.partial(train_model, more, toy_pack, progress=False, beside=tmp_path / "more.keras")
    with pytest.raises(KeyboardInterrupt):
        train()
    train()
    recipe_training.forget(tmp_path / "more.keras")
    assert fitted == [SMALL.epochs, more.epochs, more.epochs]
    assert list(tmp_path.iterdir()) == []


def test_label_cleaning_leaves_the_wrong_labels_out(toy_pack):
    wrong = np.arange(0, 198, 20)  # one clip of each of ten classes, sounding like the class before
    values = toy_pack.values.copy()
    values[wrong] = values[np.roll(wrong, 1)]
    cleaning = replace(SMALL, epochs=30, label_cleaning=len(wrong) / 198)
    fitted = train_model(cleaning, replace(toy_pack, values=values), progress=False).fitted
    assert set(toy_pack.clips["path"]) - set(fitted.clips["path"]) == set(toy_pack.clips["path"].iloc[wrong])


def test_a_cleaned_training_that_is_cut_off_does_not_look_for_doubts_again(toy_pack, tmp_path, tiny, monkeypatch):
    fitted = cut_off(monkeypatch, in_training=3)
    cleaned = replace(SMALL, label_cleaning=0.1)
    train = functools.partial(train_model, cleaned, toy_pack, progress=False, beside=tmp_path / "m.keras")
    with pytest.raises(KeyboardInterrupt):
        train()
    trained = train()
    assert len(trained.fitted.clips) == 178
    recipe_training.forget(tmp_path / "m.keras")
    assert fitted == [4, 4, 2, 2]  # twice on half of the songs, and on all that is left
    assert list(tmp_path.iterdir()) == []


def test_averaged_weights_get_running_means_of_their_own(toy_pack):
    recipe = replace(SMALL, feature="log_mel", model="cnn_pooled", options=NARROW, augmentation="none")
    averaged = replace(recipe, epochs=1, batch_size=33, weight_averaging=0.9)  # 198 clips: batches of one size
    model = train_model(averaged, toy_pack, progress=False).model
    bands = next(layer for layer in model.layers if "normalization" in layer.name)
    levels = toy_pack.values / 255
    levels += 1 - levels.max(axis=(1, 2), keepdims=True)  # batches bring each clip's maximum to 0 dB
    np.testing.assert_allclose(np.ravel(bands.moving_mean), levels.mean(axis=(0, 2)), atol=0.01)


def test_a_training_that_was_cut_off_goes_on_with_the_same_numbers(toy_pack, tmp_path, monkeypatch):
    import keras

    recipe, pack = replace(AUGMENTED, epochs=4), toy_pack.select(np.arange(40))
    whole = train_model(recipe, pack, progress=False)
    fit, stop = training.fit, lambda epoch, logs: (_ for _ in ()).throw(KeyboardInterrupt) if epoch == 1 else None
    cut = keras.callbacks.LambdaCallback(on_epoch_begin=stop)
    monkeypatch.setattr(training, "fit", lambda *a, **k: fit(*a, **{**k, "callbacks": (*k["callbacks"], cut)}))
    with pytest.raises(KeyboardInterrupt):
        train_model(recipe, pack, progress=False, beside=tmp_path / "net.keras")
    (state,) = tmp_path.iterdir()
    assert state.name.startswith("net.") and state.suffix == ".partial"
    monkeypatch.setattr(training, "fit", fit)
    other = train_model(replace(recipe, epochs=1), pack, progress=False, beside=tmp_path / "net.keras")
    assert len(other.history["loss"]) == 1  # another recipe's state is not taken up
    rest = train_model(recipe, pack, progress=False, beside=tmp_path / "net.keras")
    assert rest.history["loss"] == pytest.approx(whole.history["loss"], rel=1e-5)
    np.testing.assert_allclose(*(models.predict_pack(t.model, pack.values) for t in (rest, whole)), atol=1e-5)
    recipe_training.forget(tmp_path / "net.keras")
    assert not list(tmp_path.iterdir())


def test_an_augmented_recipe_watches_clips_that_are_not_changed(toy_pack):
    pack = toy_pack.select(np.arange(0, 198, 2))
    trained = train_model(replace(AUGMENTED, patience=2), pack, progress=False)
    watched = pack.select(~np.isin(pack.clips["song"], trained.fitted.clips["song"]))
    probabilities = models.predict_pack(trained.model, watched.values)
    true = probabilities[np.arange(len(watched.clips)), batches.targets(watched)]
    best = min(trained.history["val_cross_entropy"])
    assert -np.log(true).mean() == pytest.approx(best, rel=1e-3)


def test_the_seed_decides_an_augmented_training(toy_pack):
    pack = toy_pack.select(np.arange(0, 198, 4))
    same, again, other = (train_model(AUGMENTED, pack, seed, progress=False).history["loss"] for seed in (1, 1, 2))
    assert same == again != other


def test_sixteen_bits_change_little_and_the_network_that_comes_out_computes_in_thirty_two(toy_pack):
    recipe = replace(SMALL, feature="log_mel", model="cnn_pooled", options=NARROW, epochs=1)
    pack = toy_pack.select(np.arange(40))
    full, short = (train_model(recipe, pack, progress=False, precision=p) for p in PRECISIONS)
    assert {layer.compute_dtype for layer in short.model.layers} == {"float32"}
    assert short.history["loss"][0] == pytest.approx(full.history["loss"][0], rel=0.05)
    assert short.history["loss"][0] != full.history["loss"][0]
    assert training.models.import_keras().config.dtype_policy().name == "float32"
