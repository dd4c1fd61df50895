"""Try changes of the pooled network and its recipe on validation songs, and write down the scores.

    python -m research.choose_recipe --features PACK.npz [CHANGE ...]

Fitted to four fifths of the songs in the first fold's training part and scored on the other fifth; no test fold is
touched. Changes of what is heard (`CHANGES`) were tried for 48 epochs, the last ones at the length of the training;
then came the averaging of weights (`AVERAGED`), then other networks, optimisers and clips (`NETWORKS`), and last what
might help with lone notes (`SLOW`), for which those of `measure_notes.py` are asked as well. The result is
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

from irmas_helpers.data import splits
from irmas_helpers.learning import batches, models, recipe_training, recipes, results
from irmas_helpers.learning.augmentation_plans import AUGMENTATIONS
from irmas_helpers.paths import write_json
from irmas_helpers.rendered import lone_notes
from irmas_helpers.sound import packs

from . import measure_notes
from .recipes import RECIPES as ABLATIONS

OUT = results.FOLDER / "measured" / "validation.json"
FOLDS, FOLD, SEED = 5, 0, 0
SHORT, LONG = 48, 120
PRECISION = "mixed_bfloat16"
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


# Other networks and another optimiser, with the augmentation that was chosen before: fields of the recipe.
_BASE = recipes.recipe("cnn_pooled_all_shares_song")
_EVERY_FRAME, _ATTENTION, _MUON = {"cell": (1, 1)}, {"head": "attention"}, {"optimizer": "muon"}
_DEEPER, _VARIANT = {"blocks": ((32,), (64, 64), (128, 128), (160, 160, 160))}, {"model": "cnn_pooled_variant"}
NETWORKS: dict[str, dict] = {
    "the network so far": {},
    "half as many bands": {"options": {"cell": (2, 2)}},
    "every frame": {"options": _EVERY_FRAME},
    "attention over frames": {"options": _ATTENTION},
    "two convolutions more": {"options": _DEEPER},
    "two convolutions more, residual": {**_VARIANT, "options": {**_DEEPER, "convolution": "residual"}},
    "three convolutions more, separable": {**_VARIANT, "options": ABLATIONS["ablation_separable_song"].options},
    "Muon": _MUON,
    "every frame, Muon": {"options": _EVERY_FRAME, **_MUON},
    "every frame, attention, Muon": {"options": {**_EVERY_FRAME, **_ATTENTION}, **_MUON},
    "every frame, attention, Muon, 72 epochs": {"options": {**_EVERY_FRAME, **_ATTENTION}, **_MUON, "epochs": 72},
    "without the 5 % of the clips whose label is doubted most": {"label_cleaning": 0.05},
}
# Going on from the network that was chosen: what the augmentation does besides, and the rate.
CHOSEN = "every frame, attention, Muon"
BEFORE = "48 epochs, before"
SLOW: dict[str, tuple[dict, float]] = {
    "24 epochs more": ({}, 2e-3),
    "24 epochs more, 30 % slow, rate 0.001": ({"stretch": 0.3}, 1e-3),
    "24 epochs more, half slow": ({"stretch": 0.5}, 2e-3),
    "24 epochs more, half slow, half in other colours": ({"stretch": 0.5, "style": 0.5}, 2e-3),
}
GROUPS = {"runs": (*CHANGES, *AVERAGED), "networks": NETWORKS, "slow": (BEFORE, *SLOW)}
EVERYTHING = tuple(change for group in GROUPS.values() for change in group)


def recipe_of(change: str) -> recipes.Recipe:
    """What is trained for a change."""
    if change in AVERAGED:
        return replace(recipes.recipe("cnn_pooled_averaged_song"), learning_rate=AVERAGED[change])
    if change in NETWORKS:
        fields = {"epochs": SHORT, **NETWORKS[change]}
        return replace(_BASE, **{**fields, "options": {**_BASE.options, **fields.get("options", {})}})
    if change == BEFORE:
        return recipe_of(CHOSEN)
    if change in SLOW:
        changes, rate = SLOW[change]
        recipes.RECIPES[CHOSEN] = recipe_of(CHOSEN)
        AUGMENTATIONS[change] = replace(AUGMENTATIONS[_BASE.augmentation], **changes)
        last = recipes.recipe("cnn_pooled_slow_song")
        return replace(last, augmentation=change, learning_rate=rate, begins_with=CHOSEN)
    epochs, changes, options = CHANGES[change]
    AUGMENTATIONS[change] = replace(AUGMENTATIONS["elsewhere"], **changes)
    return replace(recipes.recipe("cnn_pooled_song"), **_VARIANT, epochs=epochs, options=options, augmentation=change)


def epochs_of(recipe: recipes.Recipe) -> int:
    """All epochs of a recipe, with those of the one that it begins with."""
    return recipe.epochs + (epochs_of(recipes.recipe(recipe.begins_with)) if recipe.begins_with else 0)


def tried(change: str, outer: packs.Pack) -> dict:
    """Scores on the validation songs after one training."""
    recipe = recipe_of(change)
    fitted, validation = (outer.select(rows) for rows in splits.song_split(outer.clips))
    trained = recipe_training.train_model(recipe, fitted, SEED, precision=PRECISION)
    model, fitted = trained.model, trained.fitted
    heard, own = models.predict_pack(model, validation.values), batches.targets(validation)
    return {
        **(_on_notes(model) if change in GROUPS["slow"] else {}),
        "epochs": epochs_of(recipe),
        "accuracy": float((heard.argmax(axis=1) == own).mean()),
        "cross_entropy": float(-np.log(heard[np.arange(len(own)), own] + 1e-7).mean()),
        "fitted_accuracy": float((models.answers(model, fitted) == fitted.clips["instrument"]).mean()),
        "clips": len(own),
    }


def _on_notes(model) -> dict:
    """Share of the lone notes that are named rightly."""
    codes, _, sounds = zip(*measure_notes.played(), strict=True)
    answers = measure_notes.answers(model, *lone_notes.windows(sounds))
    return {"lone_notes": float((answers == np.array(codes)).mean())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("changes", nargs="*", metavar="CHANGE", help="; ".join(EVERYTHING))
    parser.add_argument("--features", type=Path, required=True)
    options = parser.parse_args()
    pack, _ = packs.load_pack(options.features).without_contradictions()
    outer = pack.select(splits.FOLDS["song"](pack.clips, FOLDS)[FOLD][0])
    for change in options.changes or EVERYTHING:
        group = next(name for name, changes in GROUPS.items() if change in changes)
        if change not in _measured()[group]:
            scores = tried(change, outer)
            print(change, scores, flush=True)
            content = _measured()  # as it is now: another process may have written meanwhile
            content[group][change] = scores
            write_json(OUT, content)


def _measured() -> dict:
    """What the result holds so far."""
    if OUT.exists():
        return json.loads(OUT.read_text("utf-8"))
    data = "real IRMAS, development part: first fold's training part, validation by song"
    return {"data": data, "recipe": "cnn_pooled_song", "seed": SEED, **{name: {} for name in GROUPS}}


if __name__ == "__main__":
    main()
