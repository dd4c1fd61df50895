"""Two outputs times two kinds of training clips, so that what each of them gains comes apart.

    python -m research.measure_polyphonic_cells --at-most 2

Outputs: a softmax or eleven sigmoids. Clips: single ones, or mixtures of up to three. The network, the schedule and the
number of clips are the same in all four cells. What a softmax is taught about a mixture: equal shares of all that is in
it, which sum to 1. Each cell is trained with three seeds on the rendered set; each training's threshold is chosen on
160 further excerpts, and 160 fresh excerpts of other songs are scored, on which nothing was chosen.

The result is `results/measured/polyphonic_cells.json`. It is written after each training; what it holds is not done
again. Two trainings run beside each other, each on one core, which makes their numbers the same on every run. Four
pairs of cells differ in one thing only; they are compared by three measures, which makes a family of twelve.
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
from scipy import stats
from sklearn.metrics import label_ranking_average_precision_score
from tqdm import tqdm

from irmas_helpers import dataset
from irmas_helpers.answers import polyphonic
from irmas_helpers.data import testing_set
from irmas_helpers.learning import batches, models, networks, results, training
from irmas_helpers.learning.augmentation_plans import Augmentation
from irmas_helpers.paths import write_json
from irmas_helpers.rendered import practice_set
from irmas_helpers.rendered.songbook import TESTING
from irmas_helpers.scoring import evaluation
from irmas_helpers.sound import packs, testing_packs

from .measure_polyphonic_rendered import FRESH, VALIDATION

OUT = results.FOLDER / "measured" / "polyphonic_cells.json"
OUTPUTS = {"softmax": "shares", "sigmoid": "labels"}  # and the targets that each is trained with
MATERIALS = {"single clips": Augmentation(), "mixtures": Augmentation(overlay=2)}
SEEDS = (0, 1, 2)
EPOCHS, BATCH_SIZE, LEARNING_RATE, WEIGHT_DECAY = 120, 16, 3e-3, 0.05
BLOCKS, CELL = ((12,), (24,), (48, 48), (64, 64)), (2, 4)
WORKERS = 2
PAIRS = {
    "mixtures, with a softmax": (("softmax", "single clips"), ("softmax", "mixtures")),
    "mixtures, with sigmoids": (("sigmoid", "single clips"), ("sigmoid", "mixtures")),
    "sigmoids, on single clips": (("softmax", "single clips"), ("sigmoid", "single clips")),
    "sigmoids, on mixtures": (("softmax", "mixtures"), ("sigmoid", "mixtures")),
}


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


def scores(labels: np.ndarray, values: np.ndarray, threshold: float) -> dict[str, float]:
    """Micro F1, macro F1 over all eleven instruments (0 for one that is neither labelled nor named), and LRAP."""
    answers = polyphonic.decide(values, threshold)
    right, both = (labels & answers).sum(axis=0), labels.sum(axis=0) + answers.sum(axis=0)
    return {
        "micro_f1": 2 * right.sum() / both.sum(),
        "macro_f1_of_eleven": np.mean(2 * right / np.maximum(both, 1)),
        "lrap": label_ranking_average_precision_score(labels, values),
    }


def comparisons(content: dict) -> list[dict]:
    """Each pair of cells by each measure: songs and trainings are both drawn by chance.

    The variance over songs is the jackknife's, of the trainings' means; the variance over trainings is added. Intervals
    and p-values are Student's, with Satterthwaite's degrees of freedom, as in `evaluation.paired_trainings`.
    """
    labels, songs = testing_set.label_matrix(content["fresh"]["labels"]), np.array(content["fresh"]["songs"])
    parts = [slice(None), *(songs != song for song in np.unique(songs))]  # all, then all but one song
    cells: dict[tuple, list] = {}
    for row in content["runs"]:
        values = np.array(row["values"])
        cells.setdefault((row["output"], row["material"]), []).append(
            [scores(labels[part], values[part], row["threshold"]) for part in parts]
        )
    rows = []
    for (words, pair), measure in itertools.product(PAIRS.items(), ("micro_f1", "macro_f1_of_eleven", "lrap")):
        before, after = (np.array([[at[measure] for at in run] for run in cells[cell]]) for cell in pair)
        rows.append({"gain_of": words, "measure": measure, **_difference(before, after)})
    for row, corrected in zip(rows, evaluation.holm([row["p_value"] for row in rows]), strict=True):
        row["holm"] = float(corrected)
    return rows


def _difference(before: np.ndarray, after: np.ndarray) -> dict:
    """Two cells' scores [shape=(trainings, 1 + songs)] against each other; the first column is of all songs."""
    whole, *without = after.mean(axis=0) - before.mean(axis=0)
    songs = len(without)
    parts = [((songs - 1) * np.var(without), songs - 1)]
    parts += [(np.var(cell[:, 0], ddof=1) / len(cell), len(cell) - 1) for cell in (before, after)]
    variance = sum(part for part, _ in parts)
    freedom = variance**2 / sum(part**2 / of for part, of in parts)
    half = stats.t.ppf(0.975, freedom) * np.sqrt(variance)
    p_value = 2 * stats.t.sf(abs(whole) / np.sqrt(variance), freedom)
    return {
        "difference": float(whole),
        "interval": [float(whole - half), float(whole + half)],
        "p_value": float(p_value),
    }


def _data() -> tuple[packs.Pack, testing_packs.TestingPack, testing_packs.TestingPack]:
    pack, _ = packs.cached(dataset.training_set().root).without_contradictions()
    parts = (
        testing_packs.cached(testing_set.scan(practice_set.ensure(plan=plan) / TESTING), progress=False)
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
    parser.add_argument("--at-most", type=int, default=6, help="trainings a core in this call")
    limit = parser.parse_args().at_most
    content = json.loads(OUT.read_text("utf-8")) if OUT.exists() else empty()
    done = {(run["output"], run["material"], run["seed"]) for run in content["runs"]}
    cases = [(output, material, seed) for seed, output, material in itertools.product(SEEDS, OUTPUTS, MATERIALS)]
    left = [case for case in cases if case not in done][: limit * WORKERS]
    processes = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, mp_context=processes, initializer=_one_thread) as pool:
        for future in tqdm(as_completed([pool.submit(run, *case) for case in left]), total=len(left), unit="training"):
            content["runs"].append(future.result())
            content["runs"].sort(key=lambda row: cases.index((row["output"], row["material"], row["seed"])))
            write_json(OUT, content)
    if len(content["runs"]) == len(cases):
        content["comparisons"] = comparisons(content)
        write_json(OUT, content)


if __name__ == "__main__":
    main()
