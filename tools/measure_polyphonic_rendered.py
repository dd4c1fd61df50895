"""Train networks on the rendered set, let them name the instruments of its testing part, and write down the scores.

    python tools/measure_polyphonic_rendered.py

Three ways of training, three seeds each: one choice among all classes (softmax), a yes or no for each class (sigmoids),
and sigmoids on mixtures of clips. The network, the schedule and the number of clips are the same. The testing part has
no second part to choose a threshold on: each song is scored with the one that is best on all other songs, and once more
with the fixed one. The result is `results/measured/polyphonic_rendered.json`.
"""

from __future__ import annotations

import math
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from irmas_helpers import (
    dataset,
    experiments,
    models,
    multilabel,
    packs,
    polyphonic,
    rendered,
    testing_packs,
    testing_set,
    training,
)
from irmas_helpers.augmentation import Augmentation

OUT = experiments.RESULTS / "measured" / "polyphonic_rendered.json"
SEEDS = (0, 1, 2)
EPOCHS, BATCH_SIZE, LEARNING_RATE = 20, 8, 3e-3
BLOCKS = ((16,), (32,), (64, 64), (112, 120))
WAYS = {
    "softmax, single clips": ("softmax", Augmentation()),
    "sigmoids, single clips": ("sigmoid", Augmentation()),
    "sigmoids, mixtures": ("sigmoid", Augmentation(overlay=2)),
}


def trained(pack: packs.Pack, activation: str, plan: Augmentation, seed: int):
    """The small network after all epochs; nothing is chosen on the way."""
    training.set_seed(seed)
    model = models.cnn_pooled(blocks=BLOCKS, activation=activation)
    steps = EPOCHS * math.ceil(len(pack.clips) / BATCH_SIZE)
    several = activation == "sigmoid"
    rate = training.cosine(LEARNING_RATE, steps, steps // 20)
    training.compile_model(model, rate, optimizer="adamw", weight_decay=0.05, soft_targets=not several, several=several)
    training.fit(model, training.augmented_batches(pack, plan, BATCH_SIZE, seed), epochs=EPOCHS, progress=False)
    return model


def crossed(judged: polyphonic.Judged) -> tuple[multilabel.Scores, list[float]]:
    """Scores of all excerpts, each song with the threshold that is best on all other songs."""
    answers, thresholds = np.zeros_like(judged.labels), []
    for song in np.unique(judged.songs):
        here, others = judged.songs == song, judged.select(judged.songs != song)
        thresholds.append(polyphonic.best_threshold(others.values, others.labels))
        answers[here] = polyphonic.decide(judged.values[here], thresholds[-1])
    return multilabel.score(judged.labels, answers, judged.values, judged.songs), thresholds


def measured(pack: packs.Pack, excerpts: testing_packs.TestingPack, activation: str, plan: Augmentation) -> list[dict]:
    """One record a seed: scores with thresholds from the other songs, and with the fixed one, and the values."""
    records = []
    for seed in SEEDS:
        judged = polyphonic.judge(trained(pack, activation, plan, seed), excerpts)
        scores, thresholds = crossed(judged)
        fixed = polyphonic.result(judged, polyphonic.FIXED_THRESHOLD, "").scores
        print(activation, plan.overlay, seed, scores, "| fixed:", fixed, flush=True)
        records.append(
            {
                "seed": seed,
                "thresholds": thresholds,
                "crossed": scores.as_dict(),
                "fixed": fixed.as_dict(),
                "values": np.round(judged.values, 4).tolist(),
            }
        )
    return records


def main() -> None:
    pack, _ = packs.cached(dataset.training_set().root).without_contradictions()
    excerpts = testing_packs.cached(testing_set.scan(rendered.testing_folder()))
    content = {
        "data": "rendered set",
        "protocol": "one threshold, for each song the best of all other songs; beside it the fixed one",
        "trained_on_clips": len(pack.clips),
        "network": {"model": "cnn_pooled", "blocks": BLOCKS, "epochs": EPOCHS, "batch_size": BATCH_SIZE},
        "ways": {name: measured(pack, excerpts, *way) for name, way in WAYS.items()},
    }
    experiments.write_json(OUT, content)


if __name__ == "__main__":
    main()
