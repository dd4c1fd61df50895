"""Recorded runs: a recipe, trained and tested on every fold, written down as it goes.

Each fold's result is a JSON file of its own under `results/runs/NAME/`, written when the fold is done, so that a run
that was cut off goes on where it stopped. The summary, `results/NAME.json`, is made from those files; `results` reads
them all. A calibration is made of the runs that kept their probabilities.
"""

from __future__ import annotations

import json
import os
import platform
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data import splits
from ..errors import RecipeError
from ..instruments import CODES, label_indices
from ..paths import write_json, written_whole
from ..scoring import calibration, evaluation
from ..scoring.calibration import ERROR_RATE, Calibration
from ..sound.packs import Pack
from . import models, recipe_training, recipes, results
from .recipe_training import Trained
from .recipes import Recipe

if TYPE_CHECKING:
    import keras
    import pandas as pd


def run(
    recipe: Recipe,
    pack: Pack,
    out: str | os.PathLike,
    *,
    folds: int = 5,
    first: int | None = None,
    seeds: int = 1,
    **how: Any,
) -> dict:
    """Train and test a recipe on every fold and write the results.

    Parameters
    ----------
    recipe, pack, out, folds, **how
        See `run_fold`.
    first : int or None
        Stop after so many folds, for sweeps that would take too long; the results say so. None runs all.
    seeds : int
        Every fold is run with seeds 0, 1, ...

    Returns
    -------
    dict
        The summary, as written to ``out/NAME.json``.
    """
    records = [
        run_fold(recipe, pack, out, fold, folds=folds, seed=seed, **how)
        for seed in range(seeds)
        for fold in range(folds)[:first]
    ]
    summary = results.summarise(records)
    write_json(Path(out) / f"{recipe.name}.json", summary)
    return summary


def run_fold(
    recipe: Recipe,
    pack: Pack,
    out: str | os.PathLike,
    fold: int,
    *,
    data: str,
    folds: int = 5,
    seed: int = 0,
    precision: str = "float32",
    keep: bool = False,
    progress: bool = True,
) -> dict:
    """Train and test a recipe on one fold and write its record, so that several processes can share a run.

    Parameters
    ----------
    recipe : Recipe
        What to train.
    pack : Pack
        Log-mels or, for a recipe with waveforms, waveforms. Songs with contradicting labels are dropped, and counted
        in the results.
    out : path
        The folder of the results.
    fold : int
        Which one, from 0.
    data : str
        What the data are, for the reader of the results, such as ``real IRMAS, development part``.
    folds : int
        Number of parts that the songs or clips are split into.
    seed : int
        Of weights, dropout, order and augmentation.
    precision : str
        ``float32``, or ``mixed_bfloat16``: weights in 32 bits, arithmetic in 16, twice as fast on GPUs and on
        processors with AMX, and slow on others. The results say which.
    keep : bool
        Whether to keep, beside the record, the network (``.keras``) and its probabilities for every test clip
        (``.csv``, see `results.probabilities`).
    progress : bool
        Whether to show bars.

    Returns
    -------
    dict
        The record, as written to ``out/runs/NAME/seedS_foldF.json``; that of an earlier call, if there is one.

    Raises
    ------
    RecipeError
        If there is no such fold, its record was made from another recipe or other data, or the network is to be kept
        and could not be loaded again.
    """
    if keep:
        recipe.check_keeping()
    kept, dropped = pack.without_contradictions()
    parts = splits.FOLDS[recipe.split](kept.clips, folds)
    if fold not in range(folds):
        raise RecipeError(f"fold {fold}: there are {folds}, numbered from 0")
    told = {"data": data, "clips": len(kept.clips), "songs": int(kept.clips["song"].nunique()), "dropped": dropped}
    plan = {"recipe": asdict(recipe), "data": {**told, "sha256": kept.fingerprint()}, "folds": folds}
    file = Path(out) / "runs" / recipe.name / f"seed{seed}_fold{fold}.json"
    record = _finished(file, plan)
    if record is None:
        start = _kept_beginning(recipe, file, plan)
        how = {"precision": precision, "beside": file, "start": start, "progress": progress}
        outcome, trained, table = _run_fold(recipe, kept, *parts[fold], seed, how)
        if keep:
            _keep(file, trained.model, table)
        record = {**plan, "seed": seed, "fold": fold, **outcome, "machine": _machine(precision)}
        write_json(file, record)
    recipe_training.forget(file)
    return record


def _kept_beginning(recipe: Recipe, file: Path, plan: dict) -> keras.Model | None:
    """The network that a recipe begins with, if the fold was run and kept; None if it has to be trained first."""
    if not recipe.begins_with:
        return None
    base = recipes.recipe(recipe.begins_with)
    record = file.parent.parent / base.name / file.name
    kept = record.with_suffix(".keras").exists() and _finished(record, {**plan, "recipe": asdict(base)})
    return models.load_model(record.with_suffix(".keras")) if kept else None


def _finished(file: Path, plan: dict) -> dict | None:
    """The record of a fold that an earlier call finished, or None."""
    if not file.exists():
        return None
    record = results.load(file)
    if not _made_from(plan, record):
        raise RecipeError(
            f"{file}: made from another recipe, other data or other folds; "
            "choose another folder with --out, or delete the old folds"
        )
    return record


def _made_from(plan: dict, record: dict) -> bool:
    """Whether a record is of this plan; what its recipe does not mention had today's default when it was made."""
    try:
        made = {**record, "recipe": asdict(Recipe(**record["recipe"]))}
    except (KeyError, TypeError):
        return False
    return all(made.get(key) == value for key, value in json.loads(json.dumps(plan)).items())  # where tuples are lists


def _run_fold(
    recipe: Recipe, pack: Pack, train: np.ndarray, test: np.ndarray, seed: int, how: dict[str, Any]
) -> tuple[dict, Trained, pd.DataFrame]:
    """Train on one fold's training part and look at its test part once: the outcome, the network, its probabilities."""
    import pandas as pd

    models.import_keras().utils.clear_session()  # or Keras keeps every fold's graphs and batches until the end
    started = time.perf_counter()
    trained = recipe_training.train_model(recipe, pack.select(train), seed, **how)
    model, history, fitted = trained.model, trained.history, trained.fitted
    test_part = pack.select(test)
    probabilities = models.predict_pack(model, test_part.values)
    predicted = np.array(CODES)[probabilities.argmax(axis=1)]
    scores = evaluation.score(test_part.clips["instrument"], predicted, test_part.clips["song"])
    outcome = {
        **scores.as_dict(),
        "fitted_accuracy": float(np.mean(models.answers(model, fitted) == fitted.clips["instrument"])),
        "siblings": float(splits.has_sibling(pack.clips, train, test).mean()),
        "parameters": int(model.count_params()),
        "epochs_run": len(history["loss"]),
        "history": {name: [round(value, 5) for value in values] for name, values in history.items()},
        "answers": _by_song(test_part.clips, predicted),
        "seconds": round(time.perf_counter() - started, 2),
    }
    return outcome, trained, pd.DataFrame(probabilities, columns=CODES, index=test_part.clips["path"].to_numpy())


def _keep(record: Path, model: keras.Model, table: pd.DataFrame) -> None:
    record.parent.mkdir(parents=True, exist_ok=True)
    models.save(model, record.with_suffix(".keras"))
    with written_whole(record.with_suffix(".csv")) as temporary:
        table.to_csv(temporary, index_label="path", float_format="%.4f")


def _by_song(clips: pd.DataFrame, predicted: np.ndarray) -> dict[str, list[str]]:
    """A song's label followed by the answers to its clips: enough to score, resample and compare runs later."""
    grouped = clips.assign(answer=predicted).groupby("song", sort=True)
    return {song: [rows["instrument"].iloc[0], " ".join(rows["answer"])] for song, rows in grouped}


def _machine(precision: str) -> dict:
    """Hardware and versions that a run's numbers and seconds depend on."""
    import keras

    packages = {name: version(name) for name in ("keras", "numpy", "librosa", "scikit-learn")}
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "devices": keras.distribution.list_devices(),
        "precision": precision,
        "backend": f"{keras.backend.backend()} {version(keras.backend.backend())}",
        **packages,
    }


def calibrate(recipe: str, folder: str | os.PathLike, error_rate: float = ERROR_RATE) -> Calibration:
    """Fit temperature and threshold to what a recipe's networks said of the songs that they had not heard.

    The scores are those of temperatures and thresholds fitted without the fold that is scored; the temperature and
    the threshold that are returned rest on all folds.

    Parameters
    ----------
    recipe : str
        Name of a recipe that was run with ``--keep`` on at least two folds.
    folder : path
        Where the results lie.
    error_rate : float
        See `scoring.calibration.sure_above`.

    Raises
    ------
    RecipeError
        If no probabilities were kept, or those of one fold only.
    """
    table = results.probabilities(recipe, folder)
    raw, true = table[list(CODES)].to_numpy(), np.array(label_indices(table["instrument"]))
    fold = table["fold"].to_numpy()
    if len(np.unique(fold)) < 2:
        raise RecipeError(
            f"{recipe}: one fold below {folder} is not enough; run another with experiment {recipe} --keep"
        )
    data = results.folds(recipe, folder)[0]["data"]["data"]
    says = {"data": data, "recipe": recipe, "songs": int(table["song"].nunique())}
    return calibration.fit(raw, true, fold, error_rate, **says)
