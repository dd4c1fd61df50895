"""Recorded runs: a recipe, trained and tested on every fold, written down as it goes.

Each fold's result is a JSON file of its own under `results/runs/NAME/`, written when the fold is done, so that a run
that was cut off goes on where it stopped. The summary, `results/NAME.json`, is made from those files.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from . import evaluation, models, splits, training
from .errors import RecipeError
from .instruments import CODES
from .packs import Pack
from .paths import written_whole

RESULTS = Path(__file__).parents[1] / "results"
SPLIT_NAMES = {"random": "clip", "song": "song"}


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a run's numbers but the data and the seed.

    Attributes
    ----------
    name : str
        Also the name of the results.
    title : str
        What a table calls it.
    feature : str
        A key of `features.FROM_LOG_MEL`.
    split : str
        ``random`` (by clip, to show the leak) or ``song``.
    model : str
        A key of `models.MODELS`.
    epochs, batch_size : int
        Length of the training; with `patience`, at most so many epochs.
    learning_rate : float
        Adam's.
    patience : int or None
        None trains all epochs and keeps the last. Otherwise a fifth of the training songs is set apart for
        validation; training stops when its loss has not fallen for so many epochs and goes back to the best.
    """

    name: str
    title: str
    feature: str
    split: str
    model: str
    epochs: int = 75
    batch_size: int = 32
    learning_rate: float = 1e-3
    patience: int | None = None


def _both_splits(recipe: Recipe) -> list[Recipe]:
    return [replace(recipe, name=f"{recipe.name}_{split}", split=split) for split in splits.FOLDS]


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for base in (
        Recipe("dense_original", "dense, MFCC means, unscaled (the original)", "mfcc_mean", "", "dense"),
        Recipe("dense_scaled", "dense, MFCC means, scaled", "mfcc_mean", "", "dense_scaled"),
        Recipe("dense_mean_sd", "dense, means and s.d., scaled", "mfcc_mean_sd", "", "dense_scaled"),
        Recipe(
            "dense_stopped",
            "dense, means and s.d., scaled, stopped early",
            "mfcc_mean_sd",
            "",
            "dense_scaled",
            patience=15,
        ),
    )
    for recipe in _both_splits(base)
}


def recipe(name: str) -> Recipe:
    """Look a recipe up.

    Parameters
    ----------
    name : str
        A key of `RECIPES`.

    Returns
    -------
    Recipe

    Raises
    ------
    RecipeError
        If there is none of that name.
    """
    if name not in RECIPES:
        raise RecipeError(f"{name}: no such recipe; there are {', '.join(RECIPES)}")
    return RECIPES[name]


def run(
    recipe: Recipe,
    pack: Pack,
    out: str | os.PathLike,
    *,
    data: str,
    folds: int = 5,
    seeds: int = 1,
    progress: bool = True,
) -> dict:
    """Train and test a recipe on every fold and write the results.

    Parameters
    ----------
    recipe : Recipe
        What to train.
    pack : Pack
        Log-mels. Songs with contradicting labels are dropped, and counted in the results.
    out : path
        The folder of the results.
    data : str
        What the data are, for the reader of the results, such as ``real IRMAS, development part``.
    folds, seeds : int
        Every fold is run with seeds 0, 1, ...
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
    kept, dropped = pack.without_contradictions()
    told = {"data": data, "clips": len(kept.clips), "songs": int(kept.clips["song"].nunique()), "dropped": dropped}
    plan = {"recipe": asdict(recipe), "data": {**told, "sha256": _fingerprint(kept)}, "folds": folds}
    folder = Path(out) / "runs" / recipe.name
    records = []
    for seed in range(seeds):
        for fold, (train, test) in enumerate(splits.FOLDS[recipe.split](kept.clips, folds)):
            file = folder / f"seed{seed}_fold{fold}.json"
            record = _finished(file, plan)
            if record is None:
                outcome = _run_fold(recipe, kept, train, test, seed, progress)
                record = {**plan, "seed": seed, "fold": fold, **outcome, "machine": _machine()}
                write_json(file, record)
            records.append(record)
    summary = summarise(records)
    write_json(Path(out) / f"{recipe.name}.json", summary)
    return summary


def _finished(file: Path, plan: dict) -> dict | None:
    """The record of a fold that an earlier call finished, or None."""
    try:
        record = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        raise RecipeError(f"{file}: is no JSON; delete it and run the recipe again") from None
    if not isinstance(record, dict) or any(record.get(key) != value for key, value in plan.items()):
        raise RecipeError(
            f"{file}: made from another recipe, other data or other folds; "
            "choose another folder with --out, or delete the old folds"
        )
    return record


def _run_fold(recipe: Recipe, pack: Pack, train: np.ndarray, test: np.ndarray, seed: int, progress: bool) -> dict:
    """Train on one fold's training part and look at its test part once."""
    started = time.perf_counter()
    model, history = train_model(recipe, pack.select(train), seed, progress)
    test_part = pack.select(test)
    predicted = answers(model, test_part)
    scores = evaluation.score(test_part.clips["instrument"], predicted, test_part.clips["song"])
    return {
        **scores.as_dict(),
        "siblings": float(splits.has_sibling(pack.clips, train, test).mean()),
        "parameters": int(model.count_params()),
        "epochs_run": len(history["loss"]),
        "history": {name: [round(value, 5) for value in values] for name, values in history.items()},
        "answers": _by_song(test_part.clips, predicted),
        "seconds": round(time.perf_counter() - started, 2),
    }


def train_model(recipe: Recipe, pack: Pack, seed: int = 0, progress: bool = True):
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

    Returns
    -------
    model : keras.Model
    history : dict of str to list of float
        See `training.fit`.
    """
    training.set_seed(seed)
    x, y = training.inputs(pack, recipe.feature), training.targets(pack)
    fitting, validation = np.arange(len(y)), None
    if recipe.patience is not None:
        fitting, watched = splits.song_split(pack.clips, seed=seed)
        validation = (x[watched], y[watched])
    model = models.MODELS[recipe.model](recipe.feature)
    training.compile_model(model, recipe.learning_rate)
    history = training.fit(
        model,
        x[fitting],
        y[fitting],
        validation=validation,
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        patience=recipe.patience,
        progress=progress,
    )
    return model, history


def answers(model, pack: Pack) -> np.ndarray:
    """A network's most probable code for every clip of a pack [shape=(clips,), dtype=str]."""
    return np.array(CODES)[models.predict_log_mel(model, pack.values).argmax(axis=1)]


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
        for name in ("accuracy", "macro_f1", "siblings", "epochs_run", "seconds")
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


def compare(summaries: list[dict]) -> pd.DataFrame:
    """Recorded runs side by side.

    Parameters
    ----------
    summaries : list of dict
        See `summarise`.

    Returns
    -------
    pandas.DataFrame
        One row a run: `label`, `group` (the split in words), `accuracy`, `sd`, `macro_f1` (means and s.d. over folds),
        `low`, `high` (95 % interval over songs of all folds together), `clips`, `songs`. `plots.scores` takes
        ``compare(...).to_dict("records")``.
    """
    rows = [
        {
            "label": summary["recipe"]["title"],
            "group": f"split by {SPLIT_NAMES[summary['recipe']['split']]}",
            "accuracy": summary["accuracy_mean"],
            "sd": summary["accuracy_sd"],
            "macro_f1": summary["macro_f1_mean"],
            "low": summary["pooled"]["interval"][0],
            "high": summary["pooled"]["interval"][1],
            "clips": summary["data"]["clips"],
            "songs": summary["data"]["songs"],
        }
        for summary in summaries
    ]
    return pd.DataFrame(rows)


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
        f"{SPLIT_NAMES[summary['recipe']['split']]}, {summary['folds']} folds: accuracy "
        f"{summary['accuracy_mean']:.1%} (s.d. {summary['accuracy_sd']:.1%}; all folds together {low:.1%} to "
        f"{high:.1%}), macro F1 {summary['macro_f1_mean']:.3f}, n = {summary['data']['clips']} clips of "
        f"{summary['data']['songs']} songs, {summary['data']['dropped']} with contradicting labels left out"
    )


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


def _fingerprint(pack: Pack) -> str:
    return hashlib.sha256("\n".join(pack.clips["path"]).encode() + pack.values.tobytes()).hexdigest()[:16]


def _machine() -> dict:
    """Hardware and versions that a run's numbers and seconds depend on."""
    import keras

    packages = {name: version(name) for name in ("keras", "numpy", "librosa", "scikit-learn")}
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "backend": f"{keras.backend.backend()} {version(keras.backend.backend())}",
        **packages,
    }


def write_json(path: str | os.PathLike, content: dict) -> None:
    """Write JSON, a line a key, under a temporary name, then give it its own; folders are made."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in content.items()]
    with written_whole(path) as temporary:
        temporary.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
