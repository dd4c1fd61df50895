"""What was recorded, read again: summaries and folds of runs, probabilities, measurements; and how runs compare.

`experiments` writes the runs, the scripts in `research/` the measurements, all of them into the repository's folder
`results/`. Every function reads from there, or from the `folder` it is given; what was never recorded there is a
`RecipeError`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..data.clips import table as clip_table
from ..errors import RecipeError
from ..instruments import CODES
from ..scoring import evaluation
from ..scoring.resampling import song_draws

if TYPE_CHECKING:
    import pandas as pd

FOLDER = Path(__file__).parents[2] / "results"
SPLIT_NAMES = {"random": "clip", "song": "song"}


def _existing(folder: str | os.PathLike) -> Path:
    """A folder of results; that it is the repository's is said where there is no repository."""
    if Path(folder) == FOLDER and not FOLDER.is_dir():
        raise RecipeError(
            f"{FOLDER}: recorded results come with the course's repository; clone it and run pip install -e . in it"
        )
    return Path(folder)


def names(beginning: str = "", folder: str | os.PathLike = FOLDER) -> list[str]:
    """The names of the recorded runs, those that begin so, in alphabetical order.

    Examples
    --------
    >>> names("dense_scaled")
    ['dense_scaled_random', 'dense_scaled_song']
    """
    return sorted(file.stem for file in _existing(folder).glob(f"{beginning}*.json"))


def measured(name: str, folder: str | os.PathLike = FOLDER) -> dict:
    """What a script in `research/` measured and wrote under a name to ``results/measured``; it says what is in it.

    Examples
    --------
    >>> measured("short")["clips"]
    5370
    """
    file = _existing(folder) / "measured" / f"{name}.json"
    return _read(file, "no such measurement; research/README.md says which script makes which")


def summary(name: str, folder: str | os.PathLike = FOLDER) -> dict:
    """The summary of a recorded run, see `summarise`, by the recipe's name.

    Examples
    --------
    >>> round(summary("cnn_baseline_song")["accuracy_mean"], 3)
    0.389
    """
    cure = f"no such recorded run; make it with: python -m irmas_helpers experiment {name}"
    return _read(_existing(folder) / f"{name}.json", cure)


def _read(file: Path, cure: str) -> dict:
    if not file.exists():
        raise RecipeError(f"{file}: {cure}")
    return load(file)


def load(file: Path) -> dict:
    """A record as `experiments` or a script wrote it; a `RecipeError` if it is damaged."""
    try:
        record = json.loads(file.read_text("utf-8"))
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise RecipeError(f"{file}: is no record, or a damaged one; delete it, then make or copy it again")
    return record


def folds(name: str, folder: str | os.PathLike = FOLDER) -> list[dict]:
    """Every fold of a recipe's recorded run as `experiments.run_fold` wrote it, those of the first seed first.

    Examples
    --------
    >>> [fold["n"] for fold in folds("cnn_baseline_song")]
    [1074, 1074, 1074, 1073, 1075]
    """
    files = sorted((_existing(folder) / "runs" / name).glob("seed*_fold*.json"))
    if not files:
        raise RecipeError(f"{name}: no folds below {folder}; make them with: python -m irmas_helpers experiment {name}")
    return [load(file) for file in files]


def probabilities(name: str, folder: str | os.PathLike = FOLDER) -> pd.DataFrame:
    """What each fold's network said to every clip of its test part; none of them had heard the clip's song.

    Returns
    -------
    pandas.DataFrame
        One row a clip: the columns of `clips.table`, then a probability a code, `answer`, the most probable code, and
        `fold`. They were kept where the recipe was run with ``--keep``; a fold that is not finished has none yet.

    Examples
    --------
    >>> len(probabilities("cnn_pooled_slow_song"))
    5370
    """
    import pandas as pd

    files = sorted((_existing(folder) / "runs" / name).glob("seed0_fold*.csv"))
    # The record is written last: without one, the table is of a fold that was cut off or is being made.
    kept = [_kept(file) for file in files if file.with_suffix(".json").exists()]
    if not kept:
        raise RecipeError(f"{name}: no probabilities below {folder}; record them with experiment {name} --keep")
    return pd.concat(kept, ignore_index=True)


def _kept(file: Path) -> pd.DataFrame:
    """One fold's part of `probabilities`."""
    import pandas as pd

    said = pd.read_csv(file, index_col="path")[list(CODES)]
    table = pd.concat([clip_table(said.index), said.reset_index(drop=True)], axis=1)
    return table.assign(answer=said.idxmax(axis=1).to_numpy(), fold=load(file.with_suffix(".json"))["fold"])


def summarise(records: list[dict]) -> dict:
    """One summary of all folds and seeds, each what `experiments.run_fold` returns.

    Mean and s.d. over the folds (n - 1 in the denominator), and the scores of all out-of-fold answers of the first seed
    taken together, with their interval over songs.
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


def trainings(name: str, folder: str | os.PathLike = FOLDER) -> pd.DataFrame:
    """Every recorded training of a recipe, with other seeds too: `fold`, `seed`, `n` (test clips), `accuracy` a row.

    Examples
    --------
    >>> trainings("cnn_baseline_20_epochs_song").round(3).to_dict("list")["seed"]
    [0]
    """
    import pandas as pd

    return pd.DataFrame(_all_seeds(name, folder))[["fold", "seed", "n", "accuracy"]]


def spread(names: Sequence[str], folder: str | os.PathLike = FOLDER) -> pd.DataFrame:
    """By how much a recipe's accuracy would differ with other trainings, and by how much with other songs.

    Parameters
    ----------
    names : sequence of str
        Recipes of which some folds were trained with several seeds; only those folds count here.
    folder : path
        Where the results lie.

    Returns
    -------
    pandas.DataFrame
        One row a recipe: `recipe`, `folds`, `trainings` (of each fold), `accuracy` (on these folds together, mean of
        the trainings), and the s.d. of such an accuracy: `sd_trainings` (with one training a fold, see
        `evaluation.training_variance`), `sd_songs` (of the trainings' mean, with songs drawn again).

    Raises
    ------
    RecipeError
        If no fold of a recipe was trained with several seeds.

    Examples
    --------
    >>> spread(["cnn_pooled_24_epochs_song"])[["folds", "trainings"]].to_dict("records")
    [{'folds': 2, 'trainings': 3}]
    """
    import pandas as pd

    return pd.DataFrame([_spread(name, folder) for name in names])


def _spread(name: str, folder: str | os.PathLike) -> dict[str, object]:
    right = _right_by_song(name, folder)
    often = right.drop(columns="clips").notna().groupby("fold").any().sum(axis=1)
    right = right[right.index.get_level_values("fold").isin(often.index[often > 1])]
    if right.empty:
        raise RecipeError(f"{name}: trained once a fold; record more with: experiment {name} --seed 1")
    clips, mean = right.pop("clips"), right.mean(axis=1)
    folds = right.index.get_level_values("fold")
    of_one, *_ = evaluation.training_variance(right.to_numpy().T, clips.to_numpy(), folds)
    draws = song_draws(len(clips), 0)
    return {
        "recipe": name,
        "folds": folds.nunique(),
        "trainings": often[often > 1].min(),
        "accuracy": mean.sum() / clips.sum(),
        "sd_trainings": np.sqrt(of_one),
        "sd_songs": ((draws @ mean) / (draws @ clips)).std(),
    }


def paired(first: str, second: str, folder: str | os.PathLike = FOLDER) -> evaluation.Difference:
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
        Of the second against the first: over songs and trainings where both were recorded with several seeds
        (`evaluation.paired_trainings`), otherwise over songs, of the first seed (`evaluation.paired`).

    Raises
    ------
    RecipeError
        If one was never recorded, not with seed 0 where that is compared, or not tested on the same songs.

    Examples
    --------
    >>> print(paired("cnn_baseline_song", "cnn_dropout_0.5_song"))
    -0.4 points (95 % interval over songs -2.0 to +1.2), p = 0.609
    """
    runs = [_right_by_song(name, folder) for name in (first, second)]
    shared = runs[0].index.intersection(runs[1].index, sort=True)
    folds = shared.get_level_values("fold")
    before, after = (run[run.index.get_level_values("fold").isin(folds)].sort_index() for run in runs)
    if not len(before) or not before["clips"].equals(after["clips"]):
        raise RecipeError(f"{first} and {second} were not tested on the same songs; compare runs of one split and pack")
    clips = before.pop("clips")
    after = after.drop(columns="clips")
    repeated = all((run.notna().sum(axis=1) > 1).any() for run in (before, after))
    if repeated and before.index.get_level_values("song").is_unique:
        return evaluation.paired_trainings(before.to_numpy().T, after.to_numpy().T, clips, folds)
    for name, run in ((first, before), (second, after)):
        if 0 not in run or run[0].isna().any():
            raise RecipeError(f"{name}: not trained with seed 0 on every fold; make it so with: experiment {name}")
    by_song = (rows[0].groupby("song").sum() for rows in (before, after, clips.to_frame(0)))
    return evaluation.paired(*by_song)


def _right_by_song(name: str, folder: str | os.PathLike) -> pd.DataFrame:
    """Clips a song of each fold, and right answers in a column a seed; NaN where it was not tested."""
    import pandas as pd

    rows = [
        (record["fold"], song, record["seed"], given.split().count(label), len(given.split()))
        for record in _all_seeds(name, folder)
        for song, (label, given) in record["answers"].items()
    ]
    table = pd.DataFrame(rows, columns=["fold", "song", "seed", "right", "clips"])
    by_song = table.groupby(["fold", "song", "seed"]).sum().unstack("seed")
    return by_song["right"].dropna(axis=1, how="all").assign(clips=by_song["clips"].max(axis=1).astype(int))


def _all_seeds(name: str, folder: str | os.PathLike) -> list[dict]:
    """Every fold of a recorded run, and those trained once more with other seeds."""
    more = sorted((Path(folder) / "seeds" / "runs" / name).glob("seed*_fold*.json"))
    return folds(name, folder) + [load(file) for file in more]


def compare(summaries: list[dict]) -> pd.DataFrame:
    """Recorded runs, see `summarise`, side by side.

    Returns
    -------
    pandas.DataFrame
        One row a run: `label`, `group` (the split in words), `accuracy`, `sd`, `macro_f1` (means and s.d. over folds;
        one fold has no s.d.), `low`, `high` (95 % interval over songs of all folds together), `folds` (how many were
        run), `clips`, `songs` (of those folds). Where it was recorded also `fitted_accuracy`, on the clips that were
        fitted, and the generalisation gap `gap`, what of it is lost on the test, with its interval `gap_low`,
        `gap_high` (the test's; the fitted clips are not a sample). `plots.scores` takes it as
        ``compare(...).to_dict("records")``.

    Examples
    --------
    >>> compare([summary("cnn_baseline_song")])[["accuracy", "folds", "clips"]].round(3).to_dict("records")
    [{'accuracy': 0.389, 'folds': 5, 'clips': 5370}]
    """
    import pandas as pd

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
    """A summary, see `summarise`, in one line: what, on which data and split, how many folds, how good.

    Examples
    --------
    >>> sentence(summary("cnn_baseline_song"))[:89]
    'cnn_baseline_song on real IRMAS, development part, split by song, 5 folds: accuracy 38.9%'
    """
    low, high = summary["pooled"]["interval"]
    several = len(summary["per_fold"]) > 1  # one fold has no s.d.
    spread = f"s.d. {summary['accuracy_sd']:.1%}; all folds together" if several else "95 % interval over songs"
    return (
        f"{summary['recipe']['name']} on {summary['data']['data']}, split by "
        f"{SPLIT_NAMES[summary['recipe']['split']]}, {folds_run(summary)}: accuracy "
        f"{summary['accuracy_mean']:.1%} ({spread} {low:.1%} to {high:.1%}), "
        f"macro F1 {summary['macro_f1_mean']:.3f}, n = {summary['pooled']['n']} clips of "
        f"{summary['pooled']['songs']} songs, {summary['data']['dropped']} with contradicting labels left out"
    )


def folds_run(summary: dict) -> str:
    """How many folds a summary rests on, such as ``5 folds`` or ``the first 2 of 5 folds``.

    Examples
    --------
    >>> folds_run(summary("cnn_dropout_0.1_song"))
    'the first 2 of 5 folds'
    """
    run = len({row["fold"] for row in summary["per_fold"]})
    if run == summary["folds"]:
        return f"{run} folds"
    return f"the first {f'{run} ' if run > 1 else ''}of {summary['folds']} folds"


def _sample_sd(values: list[float]) -> float:
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
