"""The named networks, and files that are none or do not fit."""

from __future__ import annotations

import re
import zipfile

import numpy as np
import odd_zips
import pytest
import scipy.special

from irmas_helpers.errors import ModelError
from irmas_helpers.instruments import CODES
from irmas_helpers.learning import models, networks, training
from irmas_helpers.sound import features


@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        ({"samples": 44_099, "outputs": 12}, 5_712_812),  # the original's, slips included
        ({}, 5_712_555),
        ({"pool": 2, "dropout": 0.5}, 45_197_995),
        ({"pool": 2, "l2": 0.01}, 45_197_995),
    ],
)
def test_the_waveform_networks_are_the_originals(options, parameters):
    assert networks.cnn_waveform(**options).count_params() == parameters


def test_the_log_mel_network_is_the_originals_behind_its_flatten_layer():
    model = networks.cnn_log_mel()
    assert model.count_params() == 3_847_627
    assert max(layer.count_params() for layer in model.layers) == 59_520 * 64 + 64


def test_regularisation_goes_where_it_is_said_to_go():
    kinds = lambda **options: [type(layer).__name__ for layer in networks.cnn_log_mel(**options).layers]  # noqa: E731
    assert kinds(dropout=0.5)[-3:] == ["Dense", "Dropout", "Dense"]
    assert kinds(spatial_dropout=0.2).count("SpatialDropout2D") == 2
    penalised = [
        layer.kernel_regularizer is not None for layer in networks.cnn_log_mel(l2=0.01).layers if layer.weights
    ]
    assert penalised == [True, True, True, False]


def test_the_dense_network_is_the_originals():
    model = networks.dense()
    assert model.count_params() == 186_635
    assert [layer.units for layer in model.layers if hasattr(layer, "units")] == [512, 256, 128, 11]
    assert [layer.rate for layer in model.layers if hasattr(layer, "rate")] == [0.5, 0.5, 0.5]


def test_hans_network_has_the_parameters_of_the_paper():
    model = networks.cnn_han()
    assert model.count_params() == 1_446_123
    assert [layer.filters for layer in model.layers if hasattr(layer, "filters")] == [
        32,
        32,
        64,
        64,
        128,
        128,
        256,
        256,
    ]


@pytest.mark.parametrize("head", networks.HEADS)
def test_the_pooled_network_stays_below_a_million_parameters(head):
    model = networks.cnn_pooled(head=head)
    assert model.count_params() < 1e6
    assert [layer.filters for layer in model.layers if hasattr(layer, "filters")] == [32, 64, 128, 128, 224, 240]


def test_the_bare_network_is_the_pooled_one_without_its_normalisations():
    kinds = lambda make: [type(layer).__name__ for layer in make().layers]  # noqa: E731
    assert kinds(networks.cnn_pooled).count("BatchNormalization") == 7
    rest = [kind for kind in kinds(networks.cnn_pooled) if kind != "BatchNormalization"]
    assert kinds(networks.cnn_pooled_bare) == rest


@pytest.mark.parametrize(("cell", "last_map"), [((1, 1), (8, 16)), ((1, 2), (8, 8)), ((2, 2), (4, 8))])
def test_bands_and_frames_of_the_pooled_network_can_be_averaged(cell, last_map):
    (mean,) = [layer for layer in networks.cnn_pooled(cell=cell).layers if "global_average" in layer.name]
    assert mean.input.shape == (None, *last_map, 240)


def test_a_pooled_network_of_60_dB_hears_nothing_below_them():
    rng = np.random.default_rng(0)
    clips = rng.uniform(-80, 0, (4, 128, 130)).astype("float32")
    raised = np.maximum(clips, -60)
    training.set_seed(0)
    deaf, keen = networks.cnn_pooled(dynamic_range=60.0), networks.cnn_pooled()
    np.testing.assert_allclose(models.predict_log_mel(deaf, clips), models.predict_log_mel(deaf, raised), rtol=1e-5)
    assert not np.allclose(models.predict_log_mel(keen, clips), models.predict_log_mel(keen, raised), rtol=1e-3)


def test_frames_vote_and_count_by_a_softmax_over_time(head_and_its_weights):
    maps = np.random.default_rng(0).random((2, 8, 6, 5)).astype("float32")
    values, weights = head_and_its_weights(networks.attention_head, maps)
    frames = maps.mean(axis=1)
    shares = scipy.special.softmax(frames @ weights["importance"][0], axis=1)
    np.testing.assert_allclose(values, (frames @ weights["votes"][0] * shares).sum(axis=1), rtol=1e-4, atol=1e-6)


LOG_MEL_NETWORKS = [
    ("dense", "mfcc_mean"),
    ("dense", "mfcc_mean_sd"),
    ("dense_scaled", "mfcc_mean"),
    ("dense_scaled", "mfcc_mean_sd"),
    ("cnn_log_mel", "log_mel"),
    ("cnn_pooled", "log_mel"),
    ("cnn_pooled_bare", "log_mel"),
    ("cnn_han", "log_mel"),
]


@pytest.mark.parametrize(("name", "feature"), LOG_MEL_NETWORKS)
def test_a_network_saved_and_loaded_gives_the_same_probabilities(tmp_path, toy_pack, name, feature):
    model = networks.MODELS[name](feature)
    models.adapt(model, features.FROM_LOG_MEL[feature](features.dequantise(toy_pack.values)))
    model.save(tmp_path / "net.keras")
    loaded = models.load_model(tmp_path / "net.keras")
    assert models.feature_of(loaded) == feature
    before, after = (models.predict_log_mel(net, toy_pack.values) for net in (model, loaded))
    np.testing.assert_array_equal(before, after)
    assert before.shape == (len(toy_pack.clips), 11)
    if name != "cnn_han":  # its outputs are eleven questions, not one
        np.testing.assert_allclose(before.sum(axis=1), 1, atol=1e-5)


def test_a_saved_network_names_nothing_that_keras_3_12_refuses_and_is_the_same(tmp_path, toy_pack):
    shipped, file = models.load_model(), tmp_path / "net.keras"
    models.save(shipped, file)
    with zipfile.ZipFile(file) as archive:
        config = archive.read("config.json").decode()
    assert not re.search('"(renorm|input_axes|output_axes|quantization_config)', config)
    values = toy_pack.values[:5]
    before, after = (models.predict_log_mel(network, values) for network in (shipped, models.load_model(file)))
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("file", sorted(models.PRETRAINED.glob("*.keras")), ids=lambda file: file.stem)
def test_every_shipped_network_loads_on_the_oldest_keras_that_is_permitted(file):
    assert models.load_model(file).output_shape == (None, 11)


def test_the_network_for_lone_notes_lies_beside_its_network_or_there_is_none(tmp_path, network):
    assert models.load_lone(tmp_path / "net.keras") is None
    network.save(tmp_path / "net_lone.keras")
    assert models.load_lone(tmp_path / "net.keras").input_shape == network.input_shape
    (tmp_path / "net_lone.keras").write_bytes(b"damaged")
    with pytest.raises(ModelError, match=r"net_lone\.keras: is no \.keras file"):
        models.load_lone(tmp_path / "net.keras")


def test_a_network_on_waveforms_is_no_network_for_files(tmp_path):
    networks.cnn_waveform(samples=2_000).save(tmp_path / "net.keras")
    with pytest.raises(ModelError, match="its input is called waveform"):
        models.load_model(tmp_path / "net.keras")


def test_levels_and_decibels_and_any_batch_size_give_the_same_probabilities(network, toy_pack):
    levels = models.predict_log_mel(network, toy_pack.values, batch_size=7)
    decibels = models.predict_log_mel(network, features.dequantise(toy_pack.values))
    np.testing.assert_allclose(levels, decibels, atol=1e-6)


def test_batch_normalisation_settles_on_the_mean_of_all_batches(toy_pack):
    keras = models.import_keras()
    model = keras.Sequential([keras.Input((4,)), keras.layers.BatchNormalization()])
    values = np.random.default_rng(0).normal(3.0, 2.0, (48, 4)).astype(np.float32)
    layer, parts = model.layers[0], values.reshape(3, 16, 4)
    models.settle_normalisation(model, [(part, np.zeros(16, dtype=int)) for part in parts])
    np.testing.assert_allclose(layer.moving_mean, parts.mean(axis=(0, 1)), rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance, parts.var(axis=1).mean(axis=0), rtol=1e-4)
    assert layer.momentum == pytest.approx(0.99)


def test_normalisation_learns_mean_and_deviation_of_what_it_is_given():
    x = np.random.default_rng(0).normal(50, 9, (500, 80)).astype(np.float32)
    model = networks.dense_scaled()
    models.adapt(model, x)
    scaled = np.asarray(model.layers[0](x))
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=1e-3)


def save_lambda(path, make_network):
    import keras

    double = keras.layers.Lambda(lambda x: 2 * x)
    layers = [keras.Input((40,), name="mfcc_mean"), double, keras.layers.Dense(11, activation="softmax")]
    keras.Sequential(layers).save(path)


def save_unbuilt(path, make_network):
    import keras

    keras.Sequential([keras.layers.Dense(11)]).save(path)


def save_two_inputs(path, make_network):
    import keras

    inputs = [keras.Input((40,), name=name) for name in ("mfcc_mean", "other")]
    joined = keras.layers.Concatenate()(inputs)
    keras.Model(inputs, keras.layers.Dense(11)(joined)).save(path)


def save_two_outputs(path, make_network):
    import keras

    mean = keras.Input((40,), name="mfcc_mean")
    keras.Model(mean, [keras.layers.Dense(11)(mean), keras.layers.Dense(11)(mean)]).save(path)


def save_other_zip(path, make_network):
    np.savez(path.with_suffix(".npz"), a=1)
    path.with_suffix(".npz").rename(path)


def save_cut_short(path, make_network):
    make_network().save(path)
    path.write_bytes(path.read_bytes()[:-100])


def save_damaged(path, make_network):
    make_network().save(path)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = b"\xff" * 400
    path.write_bytes(content)


WRONG = {
    "text": (
        lambda path, _: path.write_text("no network"),
        "is no .keras file, or a damaged one; save the network with",
    ),
    "empty": (lambda path, _: path.write_bytes(b""), "is empty"),
    "a folder": (lambda path, _: path.mkdir(), "is a folder; name a file"),
    "missing": (lambda path, _: None, "no such file; check"),
    "another zip": (save_other_zip, "Keras cannot load it"),
    "cut short": (save_cut_short, "is no .keras file, or a damaged one; save the network with"),
    "damaged": (save_damaged, "is no .keras file, or a damaged one"),
    "twelve outputs": (
        lambda path, make: make(outputs=12).save(path),
        "(12,) instead of (11,); train it on the eleven",
    ),
    "another input": (lambda path, make: make(name="mel").save(path), "input is called mel and has shape (40,); this"),
    "another shape": (lambda path, make: make(name="mfcc_mean_sd").save(path), "this course knows"),
    "two inputs": (save_two_inputs, "this course knows"),
    "two outputs": (save_two_outputs, "instead of (11,)"),
    "no input": (save_unbuilt, "has no input; let the network begin with keras.Input"),
    "code": (save_lambda, "Keras cannot load it"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_file_that_is_no_fitting_network_gets_one_line_with_name_and_cure(tmp_path, make_network, what):
    save, says = WRONG[what]
    path = tmp_path / "net.keras"
    save(path, make_network)
    with pytest.raises(ModelError) as refusal:
        models.load_model(path)
    message = str(refusal.value)
    assert message.startswith(f"{path}: ")
    assert says in message
    assert "\n" not in message


@pytest.mark.parametrize("way", odd_zips.ALL)
def test_a_network_that_no_longer_is_a_whole_zip_gets_one_line(tmp_path, make_network, way):
    path = tmp_path / "net.keras"
    make_network().save(path)
    path.write_bytes(odd_zips.spoil(path.read_bytes(), way))
    assert models.classes_in(path) == CODES  # who loads it says what is wrong
    with pytest.raises(ModelError, match=r"net\.keras: is no \.keras file, or a damaged one; save the network with"):
        models.load_model(path)


def test_a_network_file_by_another_name_is_refused_with_the_cure(tmp_path, make_network):
    make_network().save(tmp_path / "net.keras")
    (tmp_path / "net.keras").rename(tmp_path / "net.zip")
    with pytest.raises(ModelError, match=r"net\.zip: .*\.keras"):
        models.load_model(tmp_path / "net.zip")
