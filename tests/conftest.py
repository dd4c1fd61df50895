"""What several test files share: recordings made on the spot, a tiny network, a small pack."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from browser import chromium, jupyterlab, lab_page, run_cell, serve  # noqa: F401  (fixtures)
from hypothesis import settings

from irmas_helpers.data import clips
from irmas_helpers.instruments import CODES
from irmas_helpers.learning import networks
from irmas_helpers.rendered import practice_set
from irmas_helpers.sound import features, packs

# No timed tests, and the same examples on every machine.
settings.register_profile("course", deadline=None, derandomize=True)
settings.load_profile("course")


def make_tone(seconds: float = 3.0, hertz: float = 440.0, rate: int = 44_100, channels: int = 1) -> np.ndarray:
    """A tone with some noise, another level in each channel [shape=(samples, channels), dtype=float64]."""
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(0).standard_normal((len(time), channels))
    levels = 0.5 / np.arange(1, channels + 1)
    return levels * np.sin(2 * np.pi * hertz * time)[:, None] + 0.01 * noise


@pytest.fixture(scope="session")
def tone():
    """See `make_tone`."""
    return make_tone


@pytest.fixture
def write_wav(tmp_path):
    """Write a signal (a three-second tone, if none is given) below the test's folder; return its path."""

    def write(name: str = "tone.wav", signal: np.ndarray | None = None, rate: int = 44_100, subtype: str = "PCM_16"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, make_tone(rate=rate) if signal is None else signal, rate, subtype=subtype)
        return path

    return write


@pytest.fixture(scope="session")
def make_network():
    """Make an untrained network of one layer; small weights keep its probabilities away from 0 and 1."""
    import keras

    def make(outputs: int = len(CODES), name: str = "mfcc_mean", activation: str = "softmax"):
        weights = keras.initializers.RandomNormal(stddev=0.001, seed=0)
        layer = keras.layers.Dense(outputs, activation=activation, kernel_initializer=weights)
        return keras.Sequential([keras.Input(features.SHAPES["mfcc_mean"], name=name), layer])

    return make


@pytest.fixture(scope="session")
def network(make_network):
    """An untrained network that takes MFCC means."""
    return make_network()


@pytest.fixture(scope="session")
def network_file(network, tmp_path_factory):
    """`network` as a file."""
    path = tmp_path_factory.mktemp("networks") / "tiny.keras"
    network.save(path)
    return path


@pytest.fixture(scope="session")
def head_and_its_weights():
    """What an untrained head of the pooled network says to some last maps, and the weights of its layers by name."""
    import keras

    def ask(head, maps: np.ndarray):
        taken = keras.Input(maps.shape[1:])
        model = keras.Model(taken, head(taken))
        weights = {layer.name: layer.get_weights() for layer in model.layers if layer.get_weights()}
        return model.predict(maps, verbose=0), weights

    return ask


@pytest.fixture
def toy_pack(make_toy_pack):
    """See `make_toy_pack`."""
    return make_toy_pack()


@pytest.fixture(scope="session")
def make_toy_pack():
    """Make log-mels of 11 classes by 9 songs by 2 clips: noise, louder in bands that belong to the class."""

    def make():
        paths = [
            f"{code}/[{code}][pop_roc]{10 * (1 + index) + song:04d}__{excerpt}.wav"
            for index, code in enumerate(CODES)
            for song in range(9)
            for excerpt in (1, 2)
        ]
        table = clips.table(paths)
        levels = np.random.default_rng(0).integers(0, 150, (len(paths), features.N_MELS, features.CLIP_FRAMES), "uint8")
        for row, code in enumerate(table["instrument"]):
            levels[row, 11 * CODES.index(code) :][:11] += 100
        return packs.Pack(levels, table)

    return make


@pytest.fixture
def tiny(monkeypatch, make_network):
    """Recipes with a scaled dense network get one of a single layer."""
    monkeypatch.setitem(networks.MODELS, "dense_scaled", lambda feature: make_network(name=feature))


@pytest.fixture(scope="session")
def rendered_root():
    """The rendered set's folder, the notebooks' own: made on the first run and kept in the user's cache."""
    return practice_set.ensure(progress=False)
