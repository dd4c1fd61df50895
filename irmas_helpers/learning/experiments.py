"""Recorded runs: a recipe, trained and tested on every fold, written down as it goes.

Each fold's result is a JSON file of its own under `results/runs/NAME/`, written when the fold is done, so that a run
that was cut off goes on where it stopped. The summary, `results/NAME.json`, is made from those files.
"""

from __future__ import annotations

import json
import os
import platform
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..data import splits
from ..data.clips import table as clip_table
from ..errors import RecipeError
from ..instruments import CODES
from ..paths import write_json, written_whole
from ..scoring import evaluation
from ..sound.packs import Pack
from . import models, recipe_training, recipes
from .recipes import Recipe

RESULTS = Path(__file__).parents[2] / "results"
SPLIT_NAMES = {"random": "clip", "song": "song"}


def run(
    recipe: Recipe,
    pack: Pack,
    out: str | os.PathLike,
    *,
    data: str,
    folds: int = 5,
    first: int | None = None,
    seeds: int = 1,
    precision: str = "float32",
    keep: bool = False,
    progress: bool = True,
) -> dict:
    """Train and test a recipe on every fold and write the results.

    Parameters
    ----------
    recipe : Recipe
        What to train.
    pack : Pack
        Log-mels or, for a recipe with waveforms, waveforms. Songs with contradicting labels are dropped, and counted
        in the results.
    out : path
        The folder of the results.
    data : str
        What the data are, for the reader of the results, such as ``real IRMAS, development part``.
    folds : int
        Number of parts that the songs or clips are split into.
    first : int or None
        Stop after so many folds, for sweeps that would take too long; the results say so. None runs all.
    seeds : int
        Every fold is run with seeds 0, 1, ...
    precision : str
        ``float32``, or ``mixed_bfloat16``: weights in 32 bits, arithmetic in 16, twice as fast on GPUs and on
        processors with AMX, and slow on others. The results say which.
    keep : bool
        Whether to keep, beside each fold's record, its network (``.keras``) and the network's probabilities for every
        test clip (``.csv``, see `recorded_probabilities`).
    progress : bool
        Whether to show bars.

    Returns
    -------
    dict
        The summary, as written to ``out/NAME.json``.

    Raises
    ------
    RecipeError
        If the folder holds folds of the same name made from another recipe or other data.
    """
    shared = {"data": data, "folds": folds, "precision": precision, "keep": keep, "progress": progress}
    records = [
        run_fold(recipe, pack, out, fold, seed=seed, **shared) for seed in range(seeds) for fold in range(folds)[:first]
    ]
    summary = summarise(records)
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
    recipe, pack, out, data, folds, precision, keep, progress
        See `run`, which makes the summary when all folds are there.
    fold : int
        Which one, from 0.
    seed : int
        Of weights, dropout, order and augmentation.

    Returns
    -------
    dict
        The record, as written to ``out/runs/NAME/seedS_foldF.json``; that of an earlier call, if there is one.

    Raises
    ------
    RecipeError
        If there is no such fold, or its record was made from another recipe or other data.
    """
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
        outcome, model, table = _run_fold(recipe, kept, *parts[fold], seed, how)
        if keep:
            _keep(file, model, table)
        record = {**plan, "seed": seed, "fold": fold, **outcome, "machine": _machine(precision)}
        write_json(file, record)
    return record


def _kept_beginning(recipe: Recipe, file: Path, plan: dict):
    """The network that a recipe begins with, if the fold was run and kept; None if it has to be trained first."""
    if not recipe.begins_with:
        return None
    base = recipes.recipe(recipe.begins_with)
    record = file.parent.parent / base.name / file.name
    kept = record.with_suffix(".keras").exists() and _finished(record, {**plan, "recipe": asdict(base)})
    return models.load_model(record.with_suffix(".keras")) if kept else None


def _finished(file: Path, plan: dict) -> dict | None:
    """The record of a fold that an earlier call finished, or None."""
    try:
        record = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        raise RecipeError(f"{file}: is no JSON; delete it and run the recipe again") from None
    if not isinstance(record, dict) or not _made_from(plan, record):
        raise RecipeError(
            f"{file}: made from another recipe, other data or other folds; "
            "choose another folder with --out, or delete the old folds"
        )
    return record


def _made_from(plan: dict, record: dict) -> bool:
    """Whether a record is of this plan; what its recipe does not mention had today's default when it was made."""
    try:
        recipe = asdict(Recipe(**record["recipe"]))
    except (KeyError, TypeError):
        return False
    made, asked = (json.loads(json.dumps(part)) for part in ({**record, "recipe": recipe}, plan))  # tuples are lists
    return all(made.get(key) == value for key, value in asked.items())


def _run_fold(
    recipe: Recipe, pack: Pack, train: np.ndarray, test: np.ndarray, seed: int, how: dict[str, Any]
) -> tuple[dict, Any, pd.DataFrame]:
    """Train on one fold's training part and look at its test part once: the outcome, the network, its probabilities."""
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
        "fitted_accuracy": float(np.mean(answers(model, fitted) == fitted.clips["instrument"])),
        "siblings": float(splits.has_sibling(pack.clips, train, test).mean()),
        "parameters": int(model.count_params()),
        "epochs_run": len(history["loss"]),
        "history": {name: [round(value, 5) for value in values] for name, values in history.items()},
        "answers": _by_song(test_part.clips, predicted),
        "seconds": round(time.perf_counter() - started, 2),
    }
    return outcome, model, pd.DataFrame(probabilities, columns=CODES, index=test_part.clips["path"].to_numpy())


def _keep(record: Path, model, table: pd.DataFrame) -> None:
    record.parent.mkdir(parents=True, exist_ok=True)
    models.save(model, record.with_suffix(".keras"))
    with written_whole(record.with_suffix(".csv")) as temporary:
        table.to_csv(temporary, index_label="path", float_format="%.4f")


def answers(model, pack: Pack) -> np.ndarray:
    """A network's most probable code for every clip of a pack [shape=(clips,), dtype=str]."""
    return np.array(CODES)[models.predict_pack(model, pack.values).argmax(axis=1)]


def _by_song(clips: pd.DataFrame, predicted: np.ndarray) -> dict[str, list[str]]:
    """A song's label followed by the answers to its clips: enough to score, resample and compare runs later."""
    grouped = clips.assign(answer=predicted).groupby("song", sort=True)
    return {song: [rows["instrument"].iloc[0], " ".join(rows["answer"])] for song, rows in grouped}


def summarise(records: list[dict]) -> dict:
    """One summary of all folds and seeds.

    Parameters
    ----------
    records : list of dict
        What `run` wrote for each fold.

    Returns
    -------
    dict
        Mean and s.d. over the folds (n - 1 in the denominator), and the scores of all out-of-fold answers taken
        together (of the first seed) with their interval over songs.
    """
    first_seed = [record for record in records if record["seed"] == 0]
    pooled = _pooled_scores(first_seed)
    statistics = {
        f"{name}_{statistic}": float(function([record[name] for record in records]))
        for name in ("accuracy", "fitted_accuracy", "macro_f1", "siblings", "epochs_run", "seconds")
        if name in records[0]
        for statistic, function in (("mean", np.mean), ("sd", _sample_sd))
    }
    shared = {key: records[0][key] for key in ("recipe", "data", "folds", "parameters", "machine")}
    per_fold = [{key: record[key] for key in ("seed", "fold", "n", "accuracy", "macro_f1")} for record in records]
    return {**shared, **statistics, "per_fold": per_fold, "pooled": pooled.as_dict()}


def recorded(name: str, folder: str | os.PathLike = RESULTS) -> dict:
    """The summary of a recorded run.

    Parameters
    ----------
    name : str
        The recipe's name.
    folder : path
        Where the results lie; the repository's own by default.

    Returns
    -------
    dict
        See `summarise`.

    Raises
    ------
    RecipeError
        If that run was never recorded there.
    """
    file = Path(folder) / f"{name}.json"
    if not file.exists():
        raise RecipeError(f"{file}: no such recorded run; make it with: python -m irmas_helpers experiment {name}")
    return json.loads(file.read_text("utf-8"))


def recorded_folds(name: str, folder: str | os.PathLike = RESULTS) -> list[dict]:
    """Every fold of a recorded run, with its history and its answers.

    Parameters
    ----------
    name : str
        The recipe's name.
    folder : path
        Where the results lie; the repository's own by default.

    Returns
    -------
    list of dict
        What `run` wrote for each fold, those of the first seed first.

    Raises
    ------
    RecipeError
        If that run was never recorded there.
    """
    files = sorted((Path(folder) / "runs" / name).glob("seed*_fold*.json"))
    if not files:
        raise RecipeError(f"{name}: no folds below {folder}; make them with: python -m irmas_helpers experiment {name}")
    return [json.loads(file.read_text("utf-8")) for file in files]


def recorded_probabilities(name: str, folder: str | os.PathLike = RESULTS) -> pd.DataFrame:
    """What each fold's network said to every clip of its test part; none of them had heard the clip's song.

    Parameters
    ----------
    name : str
        The name of a recipe that was run with `keep`.
    folder : path
        Where the results lie; the repository's own by default.

    Returns
    -------
    pandas.DataFrame
        One row a clip: the columns of `clips.table`, then a probability a code, then `answer`, the most probable code.

    Raises
    ------
    RecipeError
        If no probabilities were kept.
    """
    files = sorted((Path(folder) / "runs" / name).glob("seed0_fold*.csv"))
    if not files:
        raise RecipeError(f"{name}: no probabilities below {folder}; record them with experiment {name} --keep")
    kept = pd.concat([pd.read_csv(file, index_col="path") for file in files])
    probabilities = kept[list(CODES)].reset_index(drop=True)
    return pd.concat([clip_table(kept.index), probabilities], axis=1).assign(answer=probabilities.idxmax(axis=1))


def paired(first: str, second: str, folder: str | os.PathLike = RESULTS) -> evaluation.Difference:
    """Compare two recorded runs on the test clips of the folds that both have.

    Parameters
    ----------
    first, second : str
        Names of recipes with the same split.
    folder : path
        Where the results lie.

    Returns
    -------
    evaluation.Difference
        Of the second against the first.

    Raises
    ------
    RecipeError
        If one was never recorded, or the two were not tested on the same songs.
    """
    runs = [{row["fold"]: row["answers"] for row in recorded_folds(name, folder) if row["seed"] == 0}
            for name in (first, second)]  # fmt: skip
    shared = sorted(runs[0].keys() & runs[1].keys())
    before, after = (_right_by_song([run[fold] for fold in shared]) for run in runs)
    if not len(before) or not before["clips"].equals(after["clips"]):
        raise RecipeError(f"{first} and {second} were not tested on the same songs; compare runs of one split and pack")
    return evaluation.paired(before["right"], after["right"], before["clips"])


def _right_by_song(answers: list[dict]) -> pd.DataFrame:
    """Numbers of right answers and of clips a song, over some folds."""
    rows = [
        (song, given.split().count(label), len(given.split()))
        for fold in answers
        for song, (label, given) in fold.items()
    ]
    return pd.DataFrame(rows, columns=["song", "right", "clips"]).groupby("song").sum()


def compare(summaries: list[dict]) -> pd.DataFrame:
    """Recorded runs side by side.

    Parameters
    ----------
    summaries : list of dict
        See `summarise`.

    Returns
    -------
    pandas.DataFrame
        One row a run: `label`, `group` (the split in words), `accuracy`, `sd`, `macro_f1` (means and s.d. over folds;
        one fold has no s.d.),
        `low`, `high` (95 % interval over songs of all folds together), `folds` (how many were run), `clips`, `songs`
        (of those folds). Where it was recorded also `fitted_accuracy`, on the clips that were fitted, and the
        generalisation gap `gap`, what of it is lost on the test, with its interval `gap_low`, `gap_high` (the test's;
        the fitted clips are not a sample). `plots.scores` takes ``compare(...).to_dict("records")``.
    """
    rows = [
        {
            "label": summary["recipe"]["title"],
            "group": f"split by {SPLIT_NAMES[summary['recipe']['split']]}",
            "accuracy": summary["accuracy_mean"],
            "sd": summary["accuracy_sd"] if len(summary["per_fold"]) > 1 else np.nan,
            "macro_f1": summary["macro_f1_mean"],
            "low": summary["pooled"]["interval"][0],
            "high": summary["pooled"]["interval"][1],
            "folds": len({row["fold"] for row in summary["per_fold"]}),
            "clips": summary["pooled"]["n"],
            "songs": summary["pooled"]["songs"],
            **_gap(summary),
        }
        for summary in summaries
    ]
    return pd.DataFrame(rows)


def _gap(summary: dict) -> dict[str, float]:
    if "fitted_accuracy_mean" not in summary:
        return {}
    fitted, (low, high) = summary["fitted_accuracy_mean"], summary["pooled"]["interval"]
    gaps = {"gap": fitted - summary["accuracy_mean"], "gap_low": fitted - high, "gap_high": fitted - low}
    return {"fitted_accuracy": fitted, **gaps}


def sentence(summary: dict) -> str:
    """A summary in one line: what, on which data and split, how many folds, how good.

    Parameters
    ----------
    summary : dict
        What `run` returns.

    Returns
    -------
    str
    """
    low, high = summary["pooled"]["interval"]
    return (
        f"{summary['recipe']['name']} on {summary['data']['data']}, split by "
        f"{SPLIT_NAMES[summary['recipe']['split']]}, {folds_run(summary)}: accuracy "
        f"{summary['accuracy_mean']:.1%} (s.d. {summary['accuracy_sd']:.1%}; all folds together {low:.1%} to "
        f"{high:.1%}), macro F1 {summary['macro_f1_mean']:.3f}, n = {summary['pooled']['n']} clips of "
        f"{summary['pooled']['songs']} songs, {summary['data']['dropped']} with contradicting labels left out"
    )


def folds_run(summary: dict) -> str:
    """How many folds a summary rests on, such as ``5 folds`` or ``the first 2 of 5 folds``."""
    run = len({row["fold"] for row in summary["per_fold"]})
    return f"{run} folds" if run == summary["folds"] else f"the first {run} of {summary['folds']} folds"


def _sample_sd(values) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


def _pooled_scores(records: list[dict]) -> evaluation.Scores:
    # A random split has parts of a song in several folds: they are still one song to the bootstrap.
    rows = [
        (label, answer, song)
        for record in records
        for song, (label, given) in record["answers"].items()
        for answer in given.split()
    ]
    return evaluation.score(*zip(*rows, strict=True))


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
