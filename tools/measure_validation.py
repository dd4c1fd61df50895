"""Try changes of the pooled network's recipe on validation songs, and write down the scores.

    python tools/measure_validation.py --features PACK.npz [CHANGE ...]

Fitted to four fifths of the songs in the first fold's training part and scored on the other fifth; no test fold is
touched. Most changes were tried for 48 epochs, the last ones at the length of the final training. The result is
`results/measured/validation.json`, written after each training; what it holds is not done again.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from irmas_helpers import augmentation, experiments, models, packs, recipes, splits, training

OUT = experiments.RESULTS / "measured" / "validation.json"
FOLDS, FOLD, SEED = 5, 0, 0
SHORT, LONG = 48, 120
_NO_MASKS = {"frequency_masks": 0, "time_masks": 0}
_FEWER_MASKS = {"frequency_masks": 1, "time_masks": 1}
_DECIBELS = {"mix": 0.0, "mix_decibels": 0.4}
_FLOORS = {"raised_floor": 0.5, "highest_floor": -35.0}
_QUIET, _60_DB, _50_DB = {**_DECIBELS, **_FLOORS}, {"dynamic_range": 60.0}, {"dynamic_range": 50.0}
# For each change the epochs, what else the augmentation does, and the network's options.
CHANGES: dict[str, tuple[int, dict, dict]] = {
    "as it was": (SHORT, {}, {}),
    "half the masks": (SHORT, _FEWER_MASKS, {}),
    "no masks": (SHORT, _NO_MASKS, {}),
    "no masks, frequency kept": (SHORT, _NO_MASKS, {"head": "frequency"}),
    "no masks, shares from Beta(1, 1)": (SHORT, {**_NO_MASKS, "mix": 1.0}, {}),
    "no masks, mixed in decibels": (SHORT, {**_NO_MASKS, **_DECIBELS}, {}),
    "half the masks, mixed in decibels, 60 dB": (SHORT, {**_FEWER_MASKS, **_QUIET}, _60_DB),
    "all masks, mixed in decibels, 60 dB": (LONG, _QUIET, _60_DB),
    "half the masks, mixed in decibels from Beta(1, 1), 60 dB": (
        LONG,
        {**_FEWER_MASKS, **_QUIET, "mix_decibels": 1.0},
        _60_DB,
    ),
    "all masks, mixed in decibels, expander, 60 dB": (LONG, {**_QUIET, "expansion": 0.25}, _60_DB),
    "all masks, mixed in decibels, expander, 50 dB": (LONG, {**_QUIET, "expansion": 0.25}, _50_DB),
}
# Trainings of the shipped recipe's two parts: the rate at which the second one, whose weights are averaged, goes on.
AVERAGED: dict[str, float] = {"then 40 epochs averaged, rate 0.0005": 5e-4, "then 40 epochs averaged, rate 0.001": 1e-3}


def recipe_of(change: str) -> recipes.Recipe:
    """What is trained for a change."""
    if change in AVERAGED:
        return replace(recipes.recipe("cnn_pooled_averaged_song"), learning_rate=AVERAGED[change])
    epochs, changes, options = CHANGES[change]
    augmentation.AUGMENTATIONS[change] = replace(augmentation.AUGMENTATIONS["elsewhere"], **changes)
    return replace(recipes.recipe("cnn_pooled_song"), epochs=epochs, options=options, augmentation=change)


def epochs_of(recipe: recipes.Recipe) -> int:
    """All epochs of a recipe, with those of the one that it begins with."""
    return recipe.epochs + (epochs_of(recipes.recipe(recipe.begins_with)) if recipe.begins_with else 0)


def tried(change: str, outer: packs.Pack) -> dict:
    """Scores on the validation songs after one training."""
    recipe = recipe_of(change)
    fitted, validation = (outer.select(rows) for rows in splits.song_split(outer.clips))
    model = experiments.train_model(recipe, fitted, SEED, precision="mixed_bfloat16").model
    heard, own = models.predict_pack(model, validation.values), training.targets(validation)
    return {
        "epochs": epochs_of(recipe),
        "accuracy": float((heard.argmax(axis=1) == own).mean()),
        "cross_entropy": float(-np.log(heard[np.arange(len(own)), own] + 1e-7).mean()),
        "fitted_accuracy": float((experiments.answers(model, fitted) == fitted.clips["instrument"]).mean()),
        "clips": len(own),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("changes", nargs="*", metavar="CHANGE", help="; ".join([*CHANGES, *AVERAGED]))
    parser.add_argument("--features", type=Path, required=True)
    options = parser.parse_args()
    pack, _ = packs.load(options.features).without_contradictions()
    outer = pack.select(splits.FOLDS["song"](pack.clips, FOLDS)[FOLD][0])
    content = json.loads(OUT.read_text("utf-8")) if OUT.exists() else _empty()
    for change in options.changes or [*CHANGES, *AVERAGED]:
        if change not in content["runs"]:
            content["runs"][change] = tried(change, outer)
            print(change, content["runs"][change], flush=True)
            experiments.write_json(OUT, content)


def _empty() -> dict:
    data = "real IRMAS, development part: first fold's training part, validation by song"
    return {"data": data, "recipe": "cnn_pooled_song", "seed": SEED, "runs": {}}


if __name__ == "__main__":
    main()
