"""Class activation maps are the network's own sums before the mean, and a sound can be filtered by them."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special

from irmas_helpers.answers import explanation
from irmas_helpers.errors import ModelError
from irmas_helpers.instruments import CODES
from irmas_helpers.learning import models, networks, training
from irmas_helpers.sound import features


@pytest.fixture(scope="module", params=["mean", "attention"])
def pooled(request):
    """An untrained pooled network with few filters."""
    training.set_seed(0)
    return networks.cnn_pooled(blocks=((4,), (4,), (6, 6), (8, 8)), head=request.param)


@pytest.fixture(scope="module")
def decibels():
    time = np.arange(66_150) / 22_050
    return features.log_mel((np.sin(2 * np.pi * 440 * time) * (time < 1.5)).astype(np.float32))


def test_means_of_the_maps_and_the_biases_make_the_networks_answer(pooled, decibels):
    means = [explanation.class_activation(pooled, decibels, code).mean() for code in CODES]
    # Stretching to 128 x 130 keeps the mean nearly: 65 pairs of frames became 8 columns.
    expected = models.predict_log_mel(pooled, decibels[None])[0]
    found = scipy.special.softmax(np.array(means) + pooled.get_layer("votes").get_weights()[1])
    np.testing.assert_allclose(found, expected, rtol=0.02)


def test_a_map_has_the_spectrograms_shape_and_all_maps_together_cancel(pooled, decibels):
    maps = np.stack([explanation.class_activation(pooled, decibels, code) for code in CODES])
    assert maps.shape == (11, 128, 130)
    np.testing.assert_allclose(maps.sum(axis=0), 0, atol=1e-5)


def test_other_weights_give_another_map(pooled, decibels):
    training.set_seed(1)
    other = explanation.untrained(pooled)
    assert other.count_params() == pooled.count_params()
    first, second = (explanation.class_activation(net, decibels, "cel") for net in (pooled, other))
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.9


def test_a_network_without_a_map_is_refused(network, decibels):
    with pytest.raises(ModelError, match="takes no mean over a map of a log-mel; explain a pooled network instead"):
        explanation.class_activation(network, decibels, "cel")


def test_the_sound_keeps_what_the_map_points_at():
    time = np.arange(66_150) / 22_050
    low, high = (np.sin(2 * np.pi * hertz * time).astype(np.float32) for hertz in (300, 4000))
    activation = np.where(np.arange(128)[:, None] < 40, 1.0, -1.0) * np.ones(130)  # bands up to 1,100 Hz
    kept = explanation.audible(low + high, activation)
    assert kept.shape == low.shape
    inner = slice(4096, -4096)
    np.testing.assert_allclose(kept[inner], low[inner], atol=0.01)


def test_where_nothing_speaks_for_the_class_nothing_is_heard():
    assert not explanation.audible(np.ones(66_150, dtype=np.float32), np.full((128, 130), -1.0)).any()
