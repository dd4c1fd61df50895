"""One fit: what goes in, what comes out, and the same numbers from the same seed."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from irmas_helpers.instruments import CODES
from irmas_helpers.learning import augmentation, augmentation_plans, batches, models, networks, training
from irmas_helpers.sound import features


def fit(pack, seed=0, **options):
    """History and probabilities of a network of one layer behind a normalisation and a dropout."""
    import keras

    training.set_seed(seed)
    layers = [keras.layers.Normalization(), keras.layers.Dropout(0.1), keras.layers.Dense(11, activation="softmax")]
    model = keras.Sequential([keras.Input((40,), name="mfcc_mean"), *layers])
    training.compile_model(model, learning_rate=0.03)
    x, y = batches.inputs(pack, "mfcc_mean"), batches.targets(pack)
    history = training.fit(model, x, y, progress=False, **{"epochs": 2, **options})
    return history, models.predict_log_mel(model, pack.values)


def test_the_same_seed_gives_the_same_numbers_and_another_one_others(toy_pack):
    (first, p1), (again, p2), (other, p3) = (fit(toy_pack, seed) for seed in (1, 1, 2))
    assert first["loss"] == again["loss"] != other["loss"]
    np.testing.assert_array_equal(p1, p2)
    assert not np.array_equal(p1, p3)


def test_inputs_are_the_feature_of_every_clip_whatever_the_number_at_once(toy_pack, monkeypatch):
    monkeypatch.setattr(batches, "_CLIPS_AT_ONCE", 50)
    x = batches.inputs(toy_pack, "mfcc_mean")
    decibels = -80 + toy_pack.values[-1] / 255 * 80
    assert x.shape == (198, 40)
    np.testing.assert_allclose(x[-1], librosa.feature.mfcc(S=decibels + 19.3, n_mfcc=40).mean(axis=1), atol=1e-3)


def test_targets_are_positions_in_the_order_of_the_codes(toy_pack):
    assert [CODES[target] for target in batches.targets(toy_pack)] == list(toy_pack.clips["instrument"])


@pytest.fixture(scope="module")
def plain(make_network):
    """Inputs that carry nothing, and a network of one layer."""
    rng = np.random.default_rng(0)
    model = make_network()
    training.compile_model(model, learning_rate=0.1)
    return model, rng.standard_normal((64, 40)).astype("float32"), rng.integers(0, 11, 64)


@pytest.mark.parametrize("options", [{}, {"targets": "shares"}, {"targets": "labels", "weight_averaging": 0.9}])
def test_the_first_step_makes_no_variable_for_then_it_is_traced_once(make_network, options):
    model, traced = make_network(), []
    training.compile_model(model, **options)
    step = model.train_step
    model.train_step = lambda data: traced.append(data) or step(data)
    y = np.zeros(4, dtype=int) if not options else np.eye(len(CODES))[:4]
    training.fit(model, np.zeros((4, 40)), y, epochs=1, progress=False)
    assert len(traced) == 1


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
    assert np.mean(probabilities.argmax(axis=1) == batches.targets(toy_pack)) > 0.9
    lengths = {name: len(values) for name, values in history.items()}
    assert lengths == {"loss": 25, "cross_entropy": 25, "accuracy": 25, "seconds": 1}
    assert history["loss"][-1] < history["loss"][0]


def test_features_of_a_network_are_known_to_training(toy_pack):
    for feature, shape in features.SHAPES.items():
        assert batches.inputs(toy_pack.select(np.arange(3)), feature).shape == (3, *shape)


def test_a_normalisation_is_adapted_to_arrays_and_asked_for_with_batches(toy_pack):
    model = networks.MODELS["dense_scaled"]("mfcc_mean")
    training.compile_model(model)
    examples = batches.from_pack(toy_pack, "mfcc_mean")
    with pytest.raises(ValueError, match=r"normalization.* has learned no mean and variance; call models\.adapt"):
        training.fit(model, examples, epochs=1, progress=False)
    models.adapt(model, batches.inputs(toy_pack, "mfcc_mean"))
    assert training.fit(model, examples, epochs=1, progress=False)["loss"][0] < 10


def test_batches_hold_every_clip_once_an_epoch_in_another_order_each_time(toy_pack):
    shuffled = batches.from_pack(toy_pack, "log_mel", batch_size=50, seed=0)
    in_order = batches.inputs(toy_pack, "log_mel"), batches.targets(toy_pack)
    first, second = (_epoch(shuffled) for _ in range(2))
    for x, y in (first, second):
        assert sorted(y) == sorted(in_order[1])
        assert x.sum(dtype=float) == pytest.approx(in_order[0].sum(dtype=float))
    assert list(first[1]) != list(second[1])
    unshuffled = _epoch(batches.from_pack(toy_pack, "log_mel", batch_size=50))
    np.testing.assert_array_equal(unshuffled[0], in_order[0])
    np.testing.assert_array_equal(unshuffled[1], in_order[1])


def _epoch(made):
    parts = [made[index] for index in range(len(made))]
    made.on_epoch_end()
    assert [len(y) for _, y in parts] == [50, 50, 50, 48]
    return tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))


def test_the_penalty_of_l2_is_in_the_loss_and_not_in_the_cross_entropy(toy_pack):
    pack = toy_pack.select(np.arange(20))
    model = networks.cnn_log_mel(l2=0.01)
    training.compile_model(model)
    history = training.fit(model, batches.from_pack(pack, "log_mel", 20), epochs=1, progress=False)
    assert history["loss"][0] > history["cross_entropy"][0] + 0.5


def test_augmented_batches_hold_every_clip_once_an_epoch_changed_anew_each_time(toy_pack):
    plan = augmentation_plans.Augmentation(shift=1)  # keeps a clip's bands: they tell which it is
    changed = batches.augmented(toy_pack, plan, batch_size=50, seed=0)
    first, second = (_epoch(changed) for _ in range(2))
    still = augmentation.decibels(augmentation.power_of_levels(toy_pack.values)).mean(axis=2)
    for x, y in (first, second):
        np.testing.assert_allclose(np.sort(x.mean(axis=2), axis=0), np.sort(still, axis=0), atol=1e-3)
        np.testing.assert_array_equal(y.sum(axis=0), np.bincount(batches.targets(toy_pack)))
    assert not np.array_equal(first[0], second[0])


def test_an_augmented_batch_is_the_same_whenever_it_is_asked_for(toy_pack):
    plan = augmentation_plans.AUGMENTATIONS["elsewhere"]
    some, others = (batches.augmented(toy_pack, plan, batch_size=50, seed=0) for _ in range(2))
    some[0]
    for a, b in zip(some[2], others[2], strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(batches.augmented(toy_pack, plan, batch_size=50, seed=1)[2][0], others[2][0])


def test_shares_are_the_targets_one_a_clip(toy_pack):
    shares = batches.shares(toy_pack)
    assert shares.shape == (198, 11)
    np.testing.assert_array_equal(shares.argmax(axis=1), batches.targets(toy_pack))
    np.testing.assert_array_equal(shares.sum(axis=1), 1)


def test_the_learning_rate_rises_in_a_line_and_falls_along_a_cosine():
    rate = training.cosine(0.01, 110, 10)
    assert [float(rate(step)) for step in (0, 5, 10, 60, 110)] == pytest.approx([0, 0.005, 0.01, 0.005, 0], abs=1e-6)
    assert [float(training.cosine(0.01, 100, 0)(step)) for step in (0, 50, 100)] == pytest.approx([0.01, 0.005, 0])


def test_the_cross_entropy_of_soft_targets_is_without_their_smoothing(make_network):
    x = np.random.default_rng(0).standard_normal((64, 40)).astype("float32")
    shares = np.eye(11, dtype=np.float32)[np.arange(64) % 11]
    logs = {}
    for smoothing in (0.0, 0.5):
        model = make_network()
        training.compile_model(model, targets="shares", label_smoothing=smoothing)
        probabilities = np.asarray(model(x))
        logs[smoothing] = model.evaluate(x, shares, verbose=0, return_dict=True)
        smoothed = (1 - smoothing) * shares + smoothing / 11
        assert logs[smoothing]["loss"] == pytest.approx(-np.mean(np.sum(smoothed * np.log(probabilities), 1)), rel=1e-4)
    assert logs[0.5]["cross_entropy"] == pytest.approx(logs[0.0]["loss"], rel=1e-4)


def test_with_sigmoids_every_instrument_is_a_question_of_its_own(make_network):
    x = np.random.default_rng(0).standard_normal((64, 40)).astype("float32")
    labels = (np.random.default_rng(1).random((64, 11)) < 0.3).astype(np.float32)
    model = make_network(activation="sigmoid")
    training.compile_model(model, targets="labels")
    chances = np.asarray(model(x), dtype=float)
    expected = -np.mean(labels * np.log(chances) + (1 - labels) * np.log(1 - chances))
    logs = model.evaluate(x, labels, verbose=0, return_dict=True)
    assert logs["loss"] == pytest.approx(expected, rel=1e-4)
    assert logs["cross_entropy"] == pytest.approx(expected, rel=1e-4)


def test_averaged_weights_are_the_running_mean_over_the_steps(make_network):
    import keras

    x, y = np.random.default_rng(0).standard_normal((64, 40)).astype("float32"), np.arange(64) % 11
    model, seen = make_network(), []
    training.compile_model(model, weight_averaging=0.9)
    watch = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(model.get_weights()))
    training.fit(model, x, y, epochs=3, progress=False, callbacks=(watch,))
    mean = seen[0]  # the mean begins with what the first step made
    for weights in seen[1:]:
        mean = [0.9 * old + 0.1 * new for old, new in zip(mean, weights, strict=True)]
    for averaged, expected in zip(model.get_weights(), mean, strict=True):
        np.testing.assert_allclose(averaged, expected, atol=1e-5)
