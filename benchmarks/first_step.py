"""What the first training step costs, with variables made beforehand and with those that Keras makes in it, in one run.

    python benchmarks/first_step.py [--rounds 5]

`training.compile_model` makes the optimiser's and the metrics' variables at once. Keras alone waits for the first step,
and TensorFlow traces a step that makes variables twice. The two take turns on new networks; the medians go to
`benchmarks/first_step.md`.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from irmas_helpers.learning import models, recipes, training

OUT = Path(__file__).with_suffix(".md")
RECIPES = {"dense_scaled_song": "dense", "cnn_baseline_song": "baseline CNN", recipes.SHIPPED: "the recipe that ships"}
CLIPS = 2


def usual(model, recipe: recipes.Recipe) -> None:
    """Compile without making a variable."""
    make = training.OPTIMIZERS[recipe.optimizer]
    chosen = make(recipe.learning_rate, weight_decay=recipe.weight_decay) if callable(make) else make
    model.compile(chosen, "sparse_categorical_crossentropy", metrics=["accuracy", "sparse_categorical_crossentropy"])


def beforehand(model, recipe: recipes.Recipe) -> None:
    """Compile as the course does."""
    training.compile_model(model, optimizer=recipe.optimizer, weight_decay=recipe.weight_decay)


WAYS = {"in the first step": usual, "beforehand": beforehand}


def time_first_step(recipe: recipes.Recipe, compiled) -> float:
    """Seconds that a new network takes to be compiled and to see its first clips."""
    model = recipe.network()
    x = np.random.default_rng(0).standard_normal((CLIPS, *model.input_shape[1:])).astype("float32")
    started = time.perf_counter()
    compiled(model, recipe)
    model.fit(x, np.zeros(CLIPS, dtype=int), verbose=0)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    keras, rows = models.import_keras(), []
    for name, words in RECIPES.items():
        seconds = {way: [] for way in WAYS}
        for _ in range(options.rounds + 1):  # the first loads what later ones share
            for way, compiled in WAYS.items():
                keras.utils.clear_session()
                seconds[way].append(time_first_step(recipes.recipe(name), compiled))
        lazy, built = (statistics.median(times[1:]) for times in seconds.values())
        rows.append(f"| {words} | {lazy:.1f} | {built:.1f} | {lazy / built:.1f} |")
    lines = [
        "# The first training step",
        "",
        f"Made by `python benchmarks/first_step.py --rounds {options.rounds}` on {platform.system()} "
        f"{platform.machine()}: seconds from compiling to the end of the first step, medians.",
        "",
        "| network | variables made in it | variables made beforehand | faster by |",
        "| --- | ---: | ---: | ---: |",
        *rows,
        "",
    ]
    OUT.write_text("\n".join(lines), "utf-8")
    print(OUT.read_text("utf-8"))


if __name__ == "__main__":
    main()
