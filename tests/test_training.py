"""One fit: what goes in, what comes out, and the same numbers from the same seed."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from irmas_helpers import features, models, training
from irmas_helpers.instruments import CODES


def fit(pack, seed=0, **options):
    """History and probabilities of a network of one layer behind a normalisation and a dropout."""
    import keras

    training.set_seed(seed)
    layers = [keras.layers.Normalization(), keras.layers.Dropout(0.1), keras.layers.Dense(11, activation="softmax")]
    model = keras.Sequential([keras.Input((40,), name="mfcc_mean"), *layers])
    training.compile_model(model, learning_rate=0.03)
    x, y = training.inputs(pack, "mfcc_mean"), training.targets(pack)
    history = training.fit(model, x, y, progress=False, **{"epochs": 2, **options})
    return history, models.predict_log_mel(model, pack.values)


def test_the_same_seed_gives_the_same_numbers_and_another_one_others(toy_pack):
    (first, p1), (again, p2), (other, p3) = (fit(toy_pack, seed) for seed in (1, 1, 2))
    assert first["loss"] == again["loss"] != other["loss"]
    np.testing.assert_array_equal(p1, p2)
    assert not np.array_equal(p1, p3)


def test_inputs_are_the_feature_of_every_clip_whatever_the_number_at_once(toy_pack, monkeypatch):
    monkeypatch.setattr(training, "_CLIPS_AT_ONCE", 50)
    x = training.inputs(toy_pack, "mfcc_mean")
    decibels = -80 + toy_pack.values[-1] / 255 * 80
    assert x.shape == (198, 40)
    np.testing.assert_allclose(x[-1], librosa.feature.mfcc(S=decibels + 19.3, n_mfcc=40).mean(axis=1), atol=1e-3)


def test_targets_are_positions_in_the_order_of_the_codes(toy_pack):
    assert [CODES[target] for target in training.targets(toy_pack)] == list(toy_pack.clips["instrument"])


@pytest.fixture(scope="module")
def plain(make_network):
    """Inputs that carry nothing, and a network of one layer."""
    rng = np.random.default_rng(0)
    model = make_network()
    training.compile_model(model, learning_rate=0.1)
    return model, rng.standard_normal((64, 40)).astype("float32"), rng.integers(0, 11, 64)


def test_with_patience_training_stops_and_goes_back_to_the_best_epoch(plain):
    model, x, y = plain
    other = np.roll(y, 1)  # wrong labels to watch: the loss soon rises
    history = training.fit(model, x, y, validation=(x, other), epochs=50, patience=2, progress=False)
    losses = history["val_cross_entropy"]
    assert len(losses) < 50
    assert int(np.argmin(losses)) == len(losses) - 1 - 2
    assert model.evaluate(x, other, verbose=0)[0] == pytest.approx(min(losses), rel=1e-4)


def test_progress_is_one_bar_on_stderr_and_nothing_on_stdout(plain, capsys):
    model, x, y = plain
    training.fit(model, x, y, epochs=2, progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "2/2" in shown.err


def test_a_network_learns_what_can_be_learnt_and_says_what_happened_in_each_epoch(toy_pack):
    history, probabilities = fit(toy_pack, epochs=25)
    assert np.mean(probabilities.argmax(axis=1) == training.targets(toy_pack)) > 0.9
    lengths = {name: len(values) for name, values in history.items()}
    assert lengths == {"loss": 25, "cross_entropy": 25, "accuracy": 25, "seconds": 1}
    assert history["loss"][-1] < history["loss"][0]


def test_features_of_a_network_are_known_to_training(toy_pack):
    for feature, shape in features.SHAPES.items():
        assert training.inputs(toy_pack.select(np.arange(3)), feature).shape == (3, *shape)


def test_batches_hold_every_clip_once_an_epoch_in_another_order_each_time(toy_pack):
    batches = training.batches(toy_pack, "log_mel", batch_size=50, seed=0)
    in_order = training.inputs(toy_pack, "log_mel"), training.targets(toy_pack)
    first, second = (_epoch(batches) for _ in range(2))
    for x, y in (first, second):
        assert sorted(y) == sorted(in_order[1])
        assert x.sum(dtype=float) == pytest.approx(in_order[0].sum(dtype=float))
    assert list(first[1]) != list(second[1])
    unshuffled = _epoch(training.batches(toy_pack, "log_mel", batch_size=50))
    np.testing.assert_array_equal(unshuffled[0], in_order[0])
    np.testing.assert_array_equal(unshuffled[1], in_order[1])


def _epoch(batches):
    parts = [batches[index] for index in range(len(batches))]
    batches.on_epoch_end()
    assert [len(y) for _, y in parts] == [50, 50, 50, 48]
    return tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))


def test_the_penalty_of_l2_is_in_the_loss_and_not_in_the_cross_entropy(toy_pack):
    pack = toy_pack.select(np.arange(20))
    model = models.cnn_log_mel(l2=0.01)
    training.compile_model(model)
    history = training.fit(model, training.batches(pack, "log_mel", 20), epochs=1, progress=False)
    assert history["loss"][0] > history["cross_entropy"][0] + 0.5
