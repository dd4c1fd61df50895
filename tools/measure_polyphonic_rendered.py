"""Train networks on the rendered set, let them name the instruments of its testing part, and write down the scores.

    python tools/measure_polyphonic_rendered.py [WAY ...]

Ways of training, three seeds each: one choice among all classes (softmax), a yes or no for each class (sigmoids), and
sigmoids on mixtures of clips. The network, the schedule and the number of clips are the same. Twenty epochs were tried
first; forty were added when the network on mixtures turned out not to have learnt its training clips in twenty. The
testing part has no second part to choose a threshold on: each song is scored with the one that is best on all other
songs, and once more with the fixed one. The result is `results/measured/polyphonic_rendered.json`.
"""

from __future__ import annotations

import argparse
import json
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
BATCH_SIZE, LEARNING_RATE = 8, 3e-3
BLOCKS = ((16,), (32,), (64, 64), (112, 120))
_SINGLE, _MIXED = Augmentation(), Augmentation(overlay=2)
WAYS = {
    "softmax, single clips": ("softmax", _SINGLE, 20),
    "sigmoids, single clips": ("sigmoid", _SINGLE, 20),
    "sigmoids, mixtures": ("sigmoid", _MIXED, 20),
    "softmax, single clips, 40 epochs": ("softmax", _SINGLE, 40),
    "sigmoids, mixtures, 40 epochs": ("sigmoid", _MIXED, 40),
}


def trained(pack: packs.Pack, activation: str, plan: Augmentation, epochs: int, seed: int):
    """The small network after all epochs; nothing is chosen on the way."""
    training.set_seed(seed)
    model = models.cnn_pooled(blocks=BLOCKS, activation=activation)
    steps = epochs * math.ceil(len(pack.clips) / BATCH_SIZE)
    several = activation == "sigmoid"
    rate = training.cosine(LEARNING_RATE, steps, steps // 20)
    training.compile_model(model, rate, optimizer="adamw", weight_decay=0.05, soft_targets=not several, several=several)
    training.fit(model, training.augmented_batches(pack, plan, BATCH_SIZE, seed), epochs=epochs, progress=False)
    return model


def crossed(judged: polyphonic.Judged) -> tuple[multilabel.Scores, list[float]]:
    """Scores of all excerpts, each song with the threshold that is best on all other songs."""
    answers, thresholds = np.zeros_like(judged.labels), []
    for song in np.unique(judged.songs):
        here, others = judged.songs == song, judged.select(judged.songs != song)
        thresholds.append(polyphonic.best_threshold(others.values, others.labels))
        answers[here] = polyphonic.decide(judged.values[here], thresholds[-1])
    return multilabel.score(judged.labels, answers, judged.values, judged.songs), thresholds


def measured(pack: packs.Pack, excerpts: testing_packs.TestingPack, way: str) -> list[dict]:
    """One record a seed: scores with thresholds from the other songs, and with the fixed one, and the values."""
    records = []
    for seed in SEEDS:
        model = trained(pack, *WAYS[way], seed)
        judged = polyphonic.judge(model, excerpts)
        scores, thresholds = crossed(judged)
        fixed = polyphonic.result(judged, polyphonic.FIXED_THRESHOLD, "").scores
        print(f"{way}, seed {seed}: {scores} | fixed: {fixed}", flush=True)
        heard = models.predict_pack(model, pack.values).argmax(axis=1) == training.targets(pack)
        records.append(
            {
                "seed": seed,
                "fitted_accuracy": float(heard.mean()),
                "thresholds": thresholds,
                "crossed": scores.as_dict(),
                "fixed": fixed.as_dict(),
                "values": np.round(judged.values, 4).tolist(),
            }
        )
    return records


def write(way: str, records: list[dict], clips: int) -> None:
    """Put one way's records into the file, beside those of the others."""
    ways = json.loads(OUT.read_text("utf-8"))["ways"] if OUT.exists() else {}
    ways[way] = records
    content = {
        "data": "rendered set",
        "protocol": "one threshold, for each song the best of all other songs; beside it the fixed one",
        "trained_on_clips": clips,
        "network": {"model": "cnn_pooled", "blocks": BLOCKS, "batch_size": BATCH_SIZE},
        "ways": {name: ways[name] for name in WAYS if name in ways},
    }
    experiments.write_json(OUT, content)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ways", nargs="*", choices=[*WAYS, []], metavar="WAY", help="; ".join(WAYS))
    pack, _ = packs.cached(dataset.training_set().root).without_contradictions()
    excerpts = testing_packs.cached(testing_set.scan(rendered.testing_folder()))
    for way in parser.parse_args().ways or WAYS:
        write(way, measured(pack, excerpts, way), len(pack.clips))


if __name__ == "__main__":
    main()
