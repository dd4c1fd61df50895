"""Muon, an optimiser whose steps change all directions of a convolution's kernel alike.

Keras has had a Muon of its own since 3.13; it takes 2-D variables only, the weights of dense layers, and leaves the
kernels of convolutions, which are 4-D and nearly all of the course's weights, to AdamW.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

_MOMENTUM = 0.95
_ITERATIONS = 5
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_STEP = 0.2  # root mean square of a step's entries at a learning rate of 1, about that of AdamW


def muon(
    learning_rate: float | keras.optimizers.schedules.LearningRateSchedule, **options: Any
) -> keras.optimizers.Optimizer:
    """Muon for the kernels of convolutions, AdamW for all other weights.

    AdamW gives each weight a step of its own, so that few directions, those in which most gradients point, get nearly
    all of the change. Muon takes a kernel as a matrix, a column for each map that it makes, and replaces the running
    mean of the gradients by the nearest matrix whose columns (or rows, if there are fewer) are orthogonal and equally
    long. Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024 (coefficients, momentum); the
    length of the steps, for which AdamW's learning rate and weight decay fit: Liu et al., "Muon is scalable for LLM
    training", arXiv 2502.16982, 2025.

    Parameters
    ----------
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule
        As for AdamW.
    **options
        What AdamW takes: `weight_decay`, `use_ema`, `ema_momentum` and others.
    """
    return _muon_class()(learning_rate, **options)


def orthogonalised(matrix: Any) -> Any:
    """About the nearest matrix with orthogonal rows or columns: five steps of Newton and Schulz's iteration.

    Its singular values end between 0.7 and 1.2, which is near enough for a step of training and needs nothing but
    products of matrices.

    Examples
    --------
    >>> import numpy as np
    >>> np.linalg.svd(orthogonalised(np.diag([3.0, 40.0])), compute_uv=False).round(1)
    array([1.])
    """
    from keras import ops

    a, b, c = _COEFFICIENTS
    tall = matrix.shape[0] > matrix.shape[1]
    x = ops.transpose(matrix) if tall else matrix
    x = x / (ops.norm(x) + 1e-7)
    for _ in range(_ITERATIONS):
        gram = x @ ops.transpose(x)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return ops.transpose(x) if tall else x


@functools.cache
def _muon_class() -> type[keras.optimizers.Optimizer]:
    """The class behind the function; it inherits from Keras, which is not loaded before it is needed."""
    import keras
    from keras import ops

    class Muon(keras.optimizers.AdamW):
        def update_step(self, gradient: Any, variable: keras.Variable, learning_rate: Any) -> None:
            """One step of one variable; Keras calls this."""
            if not _joins_maps(variable):
                super().update_step(gradient, variable, learning_rate)
                return
            momentum = self._momentums[self._get_variable_index(variable)]
            self.assign(momentum, _MOMENTUM * momentum + gradient)
            ahead = ops.reshape(gradient + _MOMENTUM * momentum, (-1, variable.shape[-1]))
            length = _STEP * max(ahead.shape) ** 0.5
            self.assign_sub(variable, learning_rate * length * ops.reshape(orthogonalised(ahead), variable.shape))

    return Muon


def _joins_maps(variable: keras.Variable) -> bool:
    """Whether a variable is a convolution's kernel over several maps [shape=(height, width, maps, new maps)]."""
    return len(variable.shape) == 4 and variable.shape[2] > 1
