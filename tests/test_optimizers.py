"""Muon: steps of a convolution's kernel are orthogonal; all else is AdamW's."""

from __future__ import annotations

import numpy as np
import pytest

from irmas_helpers.learning import batches, models, networks, optimizers, training


@pytest.mark.parametrize("shape", [(288, 64), (64, 288), (50, 50)])
def test_an_orthogonalised_matrix_keeps_its_directions_and_loses_their_lengths(shape):
    matrix = np.random.default_rng(0).standard_normal(shape).astype("float32")
    left, _, right = np.linalg.svd(matrix, full_matrices=False)
    found = np.asarray(optimizers.orthogonalised(models.import_keras().ops.array(matrix)))
    lengths = np.diag(left.T @ found @ right.T)  # in the matrix's own directions
    np.testing.assert_allclose(left @ np.diag(lengths) @ right, found, atol=1e-3)
    # The published coefficients bring singular values above a hundredth of the largest to between 0.68 and 1.2.
    assert 0.6 < lengths[:-1].min() <= lengths.max() < 1.25


def steps(optimizer, gradients: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """How variables that are 1 everywhere change in one step."""
    keras = models.import_keras()
    variables = {name: keras.Variable(np.ones_like(gradient), name=name) for name, gradient in gradients.items()}
    optimizer.build(list(variables.values()))
    optimizer.apply([keras.ops.array(gradient) for gradient in gradients.values()])
    return {name: np.asarray(variable) - 1 for name, variable in variables.items()}


def test_kernels_take_orthogonal_steps_and_all_else_those_of_adamw():
    keras = models.import_keras()
    rng = np.random.default_rng(0)
    shapes = {"kernel": (3, 3, 8, 16), "first": (7, 3, 1, 16), "dense": (16, 11), "bias": (16,)}
    gradients = {name: rng.standard_normal(shape).astype("float32") for name, shape in shapes.items()}
    ours = steps(optimizers.muon(0.01, weight_decay=0.0), gradients)
    adamw = steps(keras.optimizers.AdamW(0.01, weight_decay=0.0), gradients)
    for name in ("first", "dense", "bias"):
        np.testing.assert_allclose(ours[name], adamw[name], rtol=1e-5)
    step = ours["kernel"].reshape(72, 16)
    values = np.linalg.svd(step, compute_uv=False)
    assert values.max() / values.min() < 2
    assert (gradients["kernel"].reshape(72, 16) * step).sum() < 0  # downhill
    # Entries of an orthogonal matrix of 72 x 16 have a root mean square of 1/sqrt(72), which the step's length undoes.
    assert np.sqrt((step**2).mean()) == pytest.approx(0.01 * 0.2, rel=0.15)


def test_weights_decay_as_with_adamw():
    still = {"kernel": np.zeros((3, 3, 8, 16), dtype="float32"), "bias": np.zeros(16, dtype="float32")}
    for change in steps(optimizers.muon(0.01, weight_decay=0.5), still).values():
        np.testing.assert_allclose(change, -0.01 * 0.5, rtol=1e-4)


def test_a_network_learns_with_muon(toy_pack, monkeypatch):
    monkeypatch.setattr(networks, "DROPOUT", 0.0)
    training.set_seed(0)
    model = networks.cnn_pooled(blocks=((4,), (8,), (8,)))
    training.compile_model(model, 0.01, optimizer="muon", weight_decay=0.01)
    history = training.fit(model, batches.from_pack(toy_pack, "log_mel", seed=0), epochs=8, progress=False)
    assert history["accuracy"][-1] > 2 * history["accuracy"][0]
