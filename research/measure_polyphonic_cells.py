"""Two outputs times two kinds of training clips, so that what each of them gains comes apart.

    python -m research.measure_polyphonic_cells --at-most 4

Outputs: a softmax or eleven sigmoids. Clips: single ones, or mixtures of up to three. The network, the schedule and the
number of clips are the same in all four cells. What a softmax is taught about a mixture: equal shares of all that is in
it, which sum to 1. Each cell is trained with three seeds on the rendered set; each training's threshold is chosen on
160 further excerpts, and 160 fresh excerpts of other songs are scored, on which nothing was chosen.

The result is `results/measured/polyphonic_cells.json`. It is written after each training; what it holds is not done
again. Two trainings run beside each other, each on one core, which makes their numbers the same on every run.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import numpy as np
from tqdm import tqdm

from irmas_helpers import dataset
from irmas_helpers.answers import polyphonic
from irmas_helpers.data import testing_set
from irmas_helpers.learning import batches, models, networks, results, training
from irmas_helpers.learning.augmentation_plans import Augmentation
from irmas_helpers.paths import write_json
from irmas_helpers.rendered import rendering
from irmas_helpers.rendered.songbook import TESTING
from irmas_helpers.sound import packs, testing_packs

from .measure_polyphonic_rendered import FRESH, VALIDATION

OUT = results.FOLDER / "measured" / "polyphonic_cells.json"
OUTPUTS = {"softmax": "shares", "sigmoid": "labels"}  # and the targets that each is trained with
MATERIALS = {"single clips": Augmentation(), "mixtures": Augmentation(overlay=2)}
SEEDS = (0, 1, 2)
EPOCHS, BATCH_SIZE, LEARNING_RATE, WEIGHT_DECAY = 120, 8, 3e-3, 0.05
BLOCKS, CELL = ((12,), (24,), (48, 48), (64, 64)), (2, 4)
WORKERS = 2


def trained(pack: packs.Pack, output: str, material: str, seed: int):
    """The small network after all epochs; nothing is chosen on the way."""
    training.set_seed(seed)
    model = networks.cnn_pooled(blocks=BLOCKS, cell=CELL, activation=output)
    steps = EPOCHS * math.ceil(len(pack.clips) / BATCH_SIZE)
    rate = training.cosine(LEARNING_RATE, steps, steps // 20)
    training.compile_model(model, rate, optimizer="adamw", weight_decay=WEIGHT_DECAY, targets=OUTPUTS[output])
    examples = batches.augmented(pack, MATERIALS[material], BATCH_SIZE, seed)
    training.fit(model, _shared_out(examples) if output == "softmax" else examples, epochs=EPOCHS, progress=False)
    return model


def _shared_out(examples):
    """The same batches with each clip's labels divided by their number: shares that sum to 1."""
    import keras

    class SharedOut(keras.utils.PyDataset):
        def __len__(self) -> int:
            return len(examples)

        def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
            decibels, labels = examples[index]
            return decibels, labels / labels.sum(axis=1, keepdims=True)

        def on_epoch_end(self) -> None:
            examples.on_epoch_end()

    return SharedOut()


def run(output: str, material: str, seed: int) -> dict:
    """Train one network; choose its threshold on the further excerpts; keep what it makes of the fresh ones."""
    pack, further, fresh = _data()
    started = time.perf_counter()
    model = trained(pack, output, material, seed)
    judged = {name: polyphonic.judge(model, part) for name, part in (("further", further), ("fresh", fresh))}
    threshold = polyphonic.best_threshold(judged["further"].values, judged["further"].labels)
    heard = models.predict_pack(model, pack.values).argmax(axis=1) == batches.targets(pack)
    scores = polyphonic.result(judged["fresh"], threshold, "").scores
    return {
        "output": output,
        "material": material,
        "seed": seed,
        "seconds": round(time.perf_counter() - started),
        "fitted_accuracy": float(heard.mean()),
        "threshold": threshold,
        "fresh": {name: measure.value for name, measure in scores.measures().items()},
        "values": np.round(judged["fresh"].values, 4).tolist(),
    }


def _data() -> tuple[packs.Pack, testing_packs.TestingPack, testing_packs.TestingPack]:
    pack, _ = packs.cached(dataset.training_set().root).without_contradictions()
    parts = (
        testing_packs.cached(testing_set.scan(rendering.ensure(plan=plan) / TESTING), progress=False)
        for plan in (VALIDATION, FRESH)
    )
    return (pack, *parts)


def _one_thread() -> None:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def empty() -> dict:
    """What the file holds before the first training."""
    pack, further, fresh = _data()
    return {
        "data": "rendered set",
        "protocol": "each training's threshold is chosen on further rendered excerpts; scored are fresh ones",
        "trained_on_clips": len(pack.clips),
        "epochs": EPOCHS,
        "network": {"model": "cnn_pooled", "blocks": BLOCKS, "cell": CELL, "batch_size": BATCH_SIZE},
        "further": {"excerpts": len(further.excerpts), "songs": int(further.excerpts["song"].nunique())},
        "fresh": {
            "songs": fresh.excerpts["song"].tolist(),
            "labels": fresh.excerpts["labels"].tolist(),
        },
        "runs": [],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--at-most", type=int, default=12, help="trainings in this call")
    limit = parser.parse_args().at_most
    content = json.loads(OUT.read_text("utf-8")) if OUT.exists() else empty()
    done = {(run["output"], run["material"], run["seed"]) for run in content["runs"]}
    cases = [(output, material, seed) for seed, output, material in itertools.product(SEEDS, OUTPUTS, MATERIALS)]
    left = [case for case in cases if case not in done][:limit]
    processes = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, mp_context=processes, initializer=_one_thread) as pool:
        for future in tqdm(as_completed([pool.submit(run, *case) for case in left]), total=len(left), unit="training"):
            content["runs"].append(future.result())
            content["runs"].sort(key=lambda row: cases.index((row["output"], row["material"], row["seed"])))
            write_json(OUT, content)


if __name__ == "__main__":
    main()
