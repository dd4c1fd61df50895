"""From a recipe to a trained network, resumable: what it needs first, the clips it is fitted to, the fit."""

from __future__ import annotations

import glob
import hashlib
import json
import math
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data import splits
from ..sound.packs import Pack
from . import batches, models, recipes, resuming, training
from .augmentation_plans import AUGMENTATIONS
from .recipes import Recipe

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Trained:
    """A trained network and how it came about."""

    model: keras.Model  # computes in 32 bits
    history: dict[str, list[float]]  # see `training.fit`
    fitted: Pack  # what the weights were fitted to: all but clips watched for validation or left out by their labels


def train_model(
    recipe: Recipe,
    pack: Pack,
    seed: int = 0,
    progress: bool = True,
    *,
    precision: str = "float32",
    beside: str | os.PathLike | None = None,
    start: keras.Model | None = None,
) -> Trained:
    """Train a recipe's network on a whole pack.

    Parameters
    ----------
    recipe : Recipe
        What to train.
    pack : Pack
        The training clips; with `patience` a fifth of their songs is set apart for validation.
    seed : int
        Of weights, dropout and order.
    progress : bool
        Whether to show a bar.
    precision : str
        See `experiments.run`.
    beside : path
        The file that the network or its score will be written to. A training of fixed length on batches keeps its
        state beside it, in a folder that ends in ``.partial``, and goes on there when it was cut off; the trained
        networks that it needs first, to begin with or to clean the labels, lie there, too. All that stays until
        `forget` is called.
    start : keras.Model
        The trained network of the recipe that this one begins with; None trains it first.
    """
    how = {"precision": precision, "beside": beside, "progress": progress}
    if recipe.begins_with and start is None:
        start = _trained_before(recipes.recipe(recipe.begins_with), pack, seed, how)
    if recipe.songs < 1:
        pack = pack.select(splits.some_songs(pack.clips, recipe.songs, seed))
    if recipe.label_cleaning:
        pack = _undoubted(recipe, pack, seed, how)
    fitting, watched = pack, None
    if recipe.patience is not None:
        fitting, watched = (pack.select(rows) for rows in splits.song_split(pack.clips, seed=seed))
    training.set_seed(seed)
    model = _compiled(recipe, len(fitting.clips), precision)
    if start is not None:
        models.copy_weights(start, model)
    examples = _examples(recipe, fitting, seed)
    if beside is not None and watched is None and not isinstance(examples, tuple):
        state = _partial(Path(beside), recipe, fitting, seed, precision)
        history = resuming.fit(model, examples, state, epochs=recipe.epochs, progress=progress)
    else:
        history = _fit_at_once(recipe, model, examples, watched, progress)
    usual = _in_float32(recipe, model)
    if recipe.weight_averaging:
        models.settle_normalisation(usual, examples)
    return Trained(usual, history, fitting)


def forget(beside: str | os.PathLike) -> None:
    """Remove what trainings kept beside a file; to be called when it is written, or was by one that was killed then."""
    beside = Path(beside)
    for path in beside.parent.glob(f"{glob.escape(beside.stem)}.????????.partial*"):
        resuming.forget(path) if path.is_dir() else path.unlink()


def _fit_at_once(
    recipe: Recipe, model: keras.Model, examples: Any, watched: Pack | None, progress: bool
) -> dict[str, list[float]]:
    """A training that begins anew when it is cut off: on arrays, or with patience."""
    return training.fit(
        model,
        *(examples if isinstance(examples, tuple) else (examples,)),
        validation=watched and _examples(recipe, watched),
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        patience=recipe.patience,
        progress=progress,
    )


def _trained_before(recipe: Recipe, pack: Pack, seed: int, how: dict[str, Any]) -> keras.Model:
    """A network that another training needs first."""
    beside = how["beside"]
    if not beside:
        return train_model(recipe, pack, seed, **how).model
    state = _partial(Path(beside), recipe, pack, seed, how["precision"])
    file = state.with_name(f"{state.name}.keras")
    if not file.exists():
        models.save(train_model(recipe, pack, seed, **how).model, file)
    return models.load_model(file)


def _undoubted(recipe: Recipe, pack: Pack, seed: int, how: dict[str, Any]) -> Pack:
    """A pack without the clips whose labels are doubted most by a network fitted to the other half of the songs."""
    fewer = replace(recipe, label_cleaning=0.0, epochs=2 * recipe.epochs)  # half of the clips in as many steps
    own = np.empty(len(pack.clips))
    for fitted, other in splits.FOLDS[recipe.split](pack.clips, 2):
        model = _trained_before(fewer, pack.select(fitted), seed, how)
        rest = pack.select(other)
        own[other] = models.predict_pack(model, rest.values)[np.arange(len(other)), batches.targets(rest)]
    return pack.select(np.flatnonzero(own > np.quantile(own, recipe.label_cleaning)))


def _partial(file: Path, recipe: Recipe, pack: Pack, seed: int, precision: str) -> Path:
    """Where the state of a training lies: what comes from anything else has another name and is not taken up."""
    plan = json.dumps([asdict(recipe), pack.fingerprint(), seed, precision])
    return file.with_name(f"{file.stem}.{hashlib.sha256(plan.encode()).hexdigest()[:8]}.partial")


def _compiled(recipe: Recipe, clips: int, precision: str) -> keras.Model:
    """The recipe's network, ready for training on so many clips."""
    import keras

    usual = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        model = recipe.network()
    finally:
        keras.config.set_dtype_policy(usual)
    rate = recipe.learning_rate
    if recipe.warm_up is not None:
        steps = recipe.epochs * math.ceil(clips / recipe.batch_size)
        rate = training.cosine(rate, steps, round(recipe.warm_up * steps))
    training.compile_model(
        model,
        rate,
        optimizer=recipe.optimizer,
        weight_decay=recipe.weight_decay,
        weight_averaging=recipe.weight_averaging,
        targets=recipe.targets,
        label_smoothing=recipe.label_smoothing,
    )
    return model


def _examples(
    recipe: Recipe, pack: Pack, seed: int | None = None
) -> keras.utils.PyDataset | tuple[np.ndarray, np.ndarray]:
    """MFCC statistics as arrays, for they are small and not made anew in each epoch; the rest in batches.

    Clips to watch, which have no seed, are never changed.
    """
    if recipe.augmentation:
        plan = AUGMENTATIONS[recipe.augmentation if seed is not None else "none"]
        return batches.augmented(pack, plan, recipe.batch_size, seed or 0)
    if recipe.feature in ("log_mel", "waveform"):
        return batches.from_pack(pack, recipe.feature, recipe.batch_size, seed)
    return batches.inputs(pack, recipe.feature), batches.targets(pack)


def _in_float32(recipe: Recipe, model: keras.Model) -> keras.Model:
    """The network as others use it: its weights were kept in 32 bits all along, whatever it computed with."""
    usual = recipe.network()
    models.copy_weights(model, usual)
    return usual
