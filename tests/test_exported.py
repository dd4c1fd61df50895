"""Networks as ONNX files: they answer as the Keras files that they were made of, and a damaged one is refused."""

from __future__ import annotations

import numpy as np
import pytest

from irmas_helpers.__main__ import main
from irmas_helpers.answers.predict import load_predictor
from irmas_helpers.errors import ModelError
from irmas_helpers.instruments import CODES
from irmas_helpers.learning import exported, models
from irmas_helpers.sound import features, packs

SHIPPED = sorted(models.PRETRAINED.glob("*.keras"))


@pytest.fixture(scope="module")
def sounds(rendered_root):
    """Log-mels of rendered clips and of noise, in dB."""
    clips = packs.cached(rendered_root / "IRMAS-TrainingData", progress=False).values[::4]
    noise = np.random.default_rng(0).standard_normal((8, 66_150), dtype=np.float32)
    return np.concatenate([features.dequantise(clips), [features.log_mel(signal) for signal in noise]])


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_shipped_network_answers_without_tensorflow_as_with_it(sounds, file):
    networks = [models.load_model(file.with_suffix(suffix)) for suffix in (".keras", ".onnx")]
    ours, theirs = (models.predict_log_mel(network, sounds) for network in networks)
    np.testing.assert_array_equal(ours.argmax(axis=1), theirs.argmax(axis=1))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4)
    assert len(set(theirs.argmax(axis=1))) > 3
    assert networks[1].classes == CODES
    assert models.feature_of(networks[1]) == models.feature_of(networks[0])


def test_a_recording_gets_the_same_answer_from_both_forms(write_wav):
    path = write_wav()
    first, second = (load_predictor(file).predict(path) for file in (models.DEFAULT_MODEL, models.DEFAULT_EXPORTED))
    assert (first.instrument, first.sure, first.threshold) == (second.instrument, second.sure, second.threshold)
    for code in CODES:
        assert first.probabilities[code] == pytest.approx(second.probabilities[code], abs=1e-4)


def resealed(change):
    """The shipped network's bytes, changed, with a checksum that fits."""
    content = change(models.DEFAULT_EXPORTED.read_bytes()[: -exported.SEAL_BYTES])
    return content + exported.seal(content)


WRONG = {
    "missing": (None, "no such file"),
    "empty": (lambda: b"", "is empty"),
    "text": (lambda: b"no network", "is no network that export wrote, or a damaged one"),
    "cut short": (lambda: models.DEFAULT_EXPORTED.read_bytes()[:-100], "or a damaged one"),
    "damaged": (
        lambda: models.DEFAULT_EXPORTED.read_bytes()[:90_000] + models.DEFAULT_EXPORTED.read_bytes()[90_004:90_000:-1]
        + models.DEFAULT_EXPORTED.read_bytes()[90_004:],
        "its checksum is another",
    ),
    "without classes": (lambda: resealed(lambda content: content.replace(b"classes", b"animals")), "'classes'"),
    "of fewer classes": (
        lambda: resealed(lambda content: content.replace(b'"cel", "cla"', b'"cel    cla"')), "(11,) instead of (10,)"
    ),
    "of another input": (lambda: resealed(lambda content: content.replace(b"log_mel", b"a_cloud")), "called a_cloud"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_file_that_is_no_such_network_gets_one_line(tmp_path, write_wav, capfd, what):
    make, says = WRONG[what]
    path = tmp_path / "net.onnx"
    if make:
        path.write_bytes(make())
    with pytest.raises(ModelError) as refusal:
        models.load_model(path)
    assert str(refusal.value).startswith(f"{path}: ")
    assert says in str(refusal.value)
    assert main(["predict", str(write_wav()), "--model", str(path)]) == 2
    assert capfd.readouterr().err.splitlines() == [f"irmas_helpers: {refusal.value}"]


def test_the_command_writes_a_network_that_answers_alike(tmp_path, toy_pack, capsys):
    pytest.importorskip("tf2onnx", reason="the extra 'export' is installed by .ci/run alone")
    from irmas_helpers.learning import networks

    for name in ("dense_scaled", "cnn_pooled"):
        model = networks.MODELS[name]()
        models.adapt(model, features.FROM_PACK[models.feature_of(model)](toy_pack.values))
        models.save(model, tmp_path / f"{name}.keras")
    assert main(["export", str(tmp_path / "*.keras")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path / name}.onnx: written" for name in ("cnn_pooled", "dense_scaled")
    ]
    for name in ("dense_scaled", "cnn_pooled"):
        both = [models.load_model(tmp_path / f"{name}{suffix}") for suffix in (".keras", ".onnx")]
        before, after = (models.predict_pack(network, toy_pack.values) for network in both)
        np.testing.assert_allclose(before, after, rtol=0, atol=1e-4)


def test_an_exported_network_is_not_exported_again(tmp_path, capsys):
    assert main(["export", str(models.DEFAULT_EXPORTED)]) == 2
    assert "cnn.onnx: is no .keras file" in capsys.readouterr().err
