"""Train networks on the rendered set, let them name the instruments of its testing part, and write down the scores.

    python -m research.measure_polyphonic_rendered

Ways of training: one choice among all classes (softmax) on single clips, and a yes or no for each class (sigmoids) on
mixtures of clips. The network, the schedule and the number of clips are the same. Everything is chosen on 160 further
excerpts, rendered with another seed: the number of epochs, by the mean over two seeds of the best micro F1; and each
network's threshold. Then three other seeds are scored on the testing part, with that threshold and with the fixed one.
The testing part has 16 songs, too few to tell two networks apart, so that they are also scored on 160 fresh excerpts of
a third seed, on which nothing is chosen.

The result is `results/measured/polyphonic_rendered.json`. It is written after each training; what it holds is not done
again.
"""

from __future__ import annotations

import json
import math
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd

from irmas_helpers import dataset
from irmas_helpers.answers import polyphonic
from irmas_helpers.data import testing_set
from irmas_helpers.learning import batches, models, networks, results, training
from irmas_helpers.learning.augmentation_plans import Augmentation
from irmas_helpers.paths import write_json
from irmas_helpers.rendered import practice_set
from irmas_helpers.rendered.songbook import TESTING, SetPlan
from irmas_helpers.scoring import multilabel
from irmas_helpers.sound import packs, testing_packs

OUT = results.FOLDER / "measured" / "polyphonic_rendered.json"
VALIDATION, FRESH = (SetPlan(seed=seed, clips=22, testing=160) for seed in (2013, 2014))
VALIDATION_SEEDS, SEEDS = (10, 11), (0, 1, 2)
LENGTHS = (40, 80, 160)
BATCH_SIZE, LEARNING_RATE = 8, 3e-3
BLOCKS = ((16,), (32,), (64, 64), (112, 120))
WAYS = {
    "softmax, single clips": ("softmax", Augmentation()),
    "sigmoids, mixtures": ("sigmoid", Augmentation(overlay=2)),
}


def trained(pack: packs.Pack, activation: str, plan: Augmentation, epochs: int, seed: int):
    """The small network after all epochs; nothing is chosen on the way."""
    training.set_seed(seed)
    model = networks.cnn_pooled(blocks=BLOCKS, activation=activation)
    steps = epochs * math.ceil(len(pack.clips) / BATCH_SIZE)
    targets = "labels" if activation == "sigmoid" else "shares"
    rate = training.cosine(LEARNING_RATE, steps, steps // 20)
    training.compile_model(model, rate, optimizer="adamw", weight_decay=0.05, targets=targets)
    training.fit(model, batches.augmented(pack, plan, BATCH_SIZE, seed), epochs=epochs, progress=False)
    return model


def scored(judged: polyphonic.Judged, threshold: float) -> multilabel.MultilabelScores:
    return polyphonic.result(judged, threshold, "").scores


def validated(pack, excerpts: testing_packs.TestingPack, way: str, epochs: int, seed: int) -> dict:
    """The best threshold on the further excerpts, and the scores with it."""
    judged = polyphonic.judge(trained(pack, *WAYS[way], epochs, seed), excerpts)
    threshold = polyphonic.best_threshold(judged.values, judged.labels)
    scores = scored(judged, threshold).as_dict()
    kept = {name: scores[name] for name in ("micro_f1", "macro_f1", "lrap", "mean_average_precision")}
    return {"way": way, "epochs": epochs, "seed": seed, "threshold": threshold, **kept}


def tested(pack, parts: dict[str, testing_packs.TestingPack], way: str, epochs: int, seed: int) -> dict:
    """Scores with the threshold that is best on the further excerpts; on the testing part also with the fixed one."""
    model = trained(pack, *WAYS[way], epochs, seed)
    further, testing, fresh = (polyphonic.judge(model, parts[name]) for name in ("further", "testing", "fresh"))
    threshold = polyphonic.best_threshold(further.values, further.labels)
    heard = models.predict_pack(model, pack.values).argmax(axis=1) == batches.targets(pack)
    return {
        "seed": seed,
        "epochs": epochs,
        "fitted_accuracy": float(heard.mean()),
        "threshold": threshold,
        "validated": scored(testing, threshold).as_dict(),
        "fixed": scored(testing, polyphonic.FIXED_THRESHOLD).as_dict(),
        "fresh": scored(fresh, threshold).as_dict(),
        "values": np.round(testing.values, 4).tolist(),
    }


def chosen(validation: list[dict]) -> dict[str, int]:
    """The number of epochs with the highest mean micro F1, for each way."""
    means = pd.DataFrame(validation).groupby(["way", "epochs"])["micro_f1"].mean()
    return {way: int(means[way].idxmax()) for way in WAYS}


def main() -> None:
    pack, _ = packs.cached(dataset.training_set().root).without_contradictions()
    roots = {
        "testing": practice_set.testing_folder(),
        "further": practice_set.ensure(plan=VALIDATION) / TESTING,
        "fresh": practice_set.ensure(plan=FRESH) / TESTING,
    }
    parts = {name: testing_packs.cached(testing_set.scan(root)) for name, root in roots.items()}
    content = json.loads(OUT.read_text("utf-8")) if OUT.exists() else _empty(pack, parts)
    validation, tests = content["validation"]["runs"], content["ways"]

    done = {(run["way"], run["epochs"], run["seed"]) for run in validation}
    cases = [(way, epochs, seed) for way in WAYS for epochs in LENGTHS for seed in VALIDATION_SEEDS]
    for case in [case for case in cases if case not in done]:
        validation.append(validated(pack, parts["further"], *case))
        print(validation[-1], flush=True)
        write_json(OUT, content)
    for way, epochs in chosen(validation).items():
        finished = {run["seed"] for run in tests.setdefault(way, []) if run["epochs"] == epochs}
        for seed in [seed for seed in SEEDS if seed not in finished]:
            tests[way].append(tested(pack, parts, way, epochs, seed))
            for part in ("validated", "fresh"):
                scores = tests[way][-1][part]
                print(way, seed, part, {key: round(scores[key], 3) for key in ("micro_f1", "macro_f1")}, flush=True)
            write_json(OUT, content)


def _empty(pack: packs.Pack, parts: dict[str, testing_packs.TestingPack]) -> dict:
    return {
        "data": "rendered set",
        "protocol": "chosen on further rendered excerpts, scored on the testing part and on fresh excerpts",
        "trained_on_clips": len(pack.clips),
        "network": {"model": "cnn_pooled", "blocks": BLOCKS, "batch_size": BATCH_SIZE},
        "validation": {**_size(parts["further"]), "runs": []},
        "fresh": _size(parts["fresh"]),
        "ways": {},
    }


def _size(part: testing_packs.TestingPack) -> dict[str, int]:
    return {"excerpts": len(part.excerpts), "songs": int(part.excerpts["song"].nunique())}


if __name__ == "__main__":
    main()
