"""Which part of a clip did the network go by? Five kinds of map, each against its controls, on clips of many songs.

    python -m research.measure_explanation [--features PACK.npz]

With a pack of real IRMAS its clips are used, else those of the rendered set. A clip is cut into 104 regions, and each
map orders them. Deletion blanks the regions in that order, insertion uncovers them from nothing, and a map's score is
the area under insertion's curve less that under deletion's (Petsiuk, Das and Saenko, RISE, BMVC 2018). Its controls are
the same map shuffled, shuffled among regions that are equally loud, shifted in time, flipped in frequency, and made
with a network of random weights (Adebayo et al., Sanity checks for saliency maps, NeurIPS 2018); loudness is a map of
its own. Results go into `results/measured/explanation.json`; what is done is kept beside it, so that a run that was cut
off goes on.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import numpy as np
import scipy.integrate
import scipy.ndimage
from tqdm.auto import tqdm

from irmas_helpers.instruments import CODES
from irmas_helpers.learning import models, results, training
from irmas_helpers.paths import write_json
from irmas_helpers.rendered import practice_set
from irmas_helpers.sound import features, packs

OUT = results.FOLDER / "measured" / "explanation.json"
CLIPS_A_CLASS = 4
BANDS, FRAMES = 8, 13  # regions of 16 bands by 10 frames, about as many as the network's last map has places
REGIONS = BANDS * FRAMES
LEVELS = (2, 6, 13, 24, 38, 56, 80)  # regions that are deleted, or uncovered
MASKS, STEPS, SHUFFLES, NETWORKS = 150, 10, 3, 50
SHARES = np.array((0, *LEVELS, REGIONS)) / REGIONS
SILENCE = -features.TOP_DB
Map = np.ndarray  # [shape=(BANDS, FRAMES)]


def spread(values: np.ndarray) -> np.ndarray:
    """Values of regions [shape=(..., 8, 13)] on the cells of a log-mel [shape=(..., 128, 130)]."""
    return values.repeat(features.N_MELS // BANDS, axis=-2).repeat(features.CLIP_FRAMES // FRAMES, axis=-1)


def pooled(cells: np.ndarray) -> Map:
    """The mean of each region's cells."""
    return cells.reshape(BANDS, features.N_MELS // BANDS, FRAMES, -1).mean(axis=(1, 3))


class Network:
    """A network that is asked about one class."""

    def __init__(self, model, code: int = 0, *, often: bool = False):
        import tensorflow as tf

        self.model, self.code = model, code
        self._ask = tf.function(model, reduce_retracing=True) if often else model

    def __call__(self, clips: np.ndarray) -> np.ndarray:
        """The class's probability [shape=(clips,)]."""
        batches = (np.float32(clips[first : first + 64]) for first in range(0, len(clips), 64))
        return np.concatenate([self._ask(batch, training=False).numpy()[:, self.code] for batch in batches])

    def gradients(self, clips: np.ndarray) -> np.ndarray:
        """How the logarithm of the class's probability changes with each cell."""
        import tensorflow as tf

        x = tf.constant(np.float32(clips))
        with tf.GradientTape() as tape:
            tape.watch(x)
            answer = tf.math.log(self.model(x, training=False)[:, self.code])
        return tape.gradient(answer, x).numpy()


def class_activation(network: Network, clip: np.ndarray, rng: np.random.Generator) -> Map:
    """The votes before their mean over the map, by attention's shares, less the mean of all classes."""
    return activation_maps(network.model, clip[None], [network.code])[0]


def activation_maps(model, clips: np.ndarray, codes: Sequence[int]) -> list[Map]:
    """The class activation map of each clip's class."""
    tensors = [model.get_layer("mean_over_bands").input, model.get_layer("shares").output]
    values, shares = models.import_keras().Model(model.input, tensors)(clips, training=False)
    evidence = np.asarray(values) @ model.get_layer("votes").get_weights()[0] * np.asarray(shares)[:, None]
    relative = evidence - evidence.mean(axis=-1, keepdims=True)
    scale = np.divide(clips.shape[1:], relative.shape[1:3])
    return [pooled(scipy.ndimage.zoom(relative[row, ..., code], scale, order=1, grid_mode=True, mode="nearest"))
            for row, code in enumerate(codes)]  # fmt: skip


def gradient_times_input(network: Network, clip: np.ndarray, rng: np.random.Generator) -> Map:
    """The gradient, times how far the cell is above silence."""
    return pooled(network.gradients(clip[None])[0] * (clip - SILENCE))


def integrated_gradients(network: Network, clip: np.ndarray, rng: np.random.Generator) -> Map:
    """The mean gradient on the way from silence to the clip, times that way (Sundararajan et al., ICML 2017)."""
    shares = (np.arange(STEPS) + 0.5) / STEPS
    way = SILENCE + shares[:, None, None] * (clip - SILENCE)
    return pooled(network.gradients(way).mean(axis=0) * (clip - SILENCE))


def occlusion(network: Network, clip: np.ndarray, rng: np.random.Generator) -> Map:
    """How far the answer falls where three by three regions are silenced (Zeiler and Fergus, ECCV 2014)."""
    rows, columns = np.mgrid[:BANDS, :FRAMES]
    near = [(abs(rows - row) <= 1) & (abs(columns - column) <= 1) for row in range(BANDS) for column in range(FRAMES)]
    falls = -np.log(network(np.where(spread(np.array(near)), SILENCE, clip)))
    return np.tensordot(falls, near, 1) / np.sum(near, axis=0)


def random_masks(network: Network, clip: np.ndarray, rng: np.random.Generator) -> Map:
    """The mean answer where a region was heard less that where it was not, under masks that keep half (RISE)."""
    kept = rng.random((MASKS, BANDS, FRAMES)) < 0.5
    answers = np.log(network(np.where(spread(kept), clip, SILENCE)))
    return np.tensordot(answers, kept, 1) / kept.sum(axis=0) - np.tensordot(answers, ~kept, 1) / (~kept).sum(axis=0)


METHODS: dict[str, Callable[[Network, np.ndarray, np.random.Generator], Map]] = {
    function.__name__: function
    for function in (class_activation, gradient_times_input, integrated_gradients, occlusion, random_masks)
}


def shuffled(values: Map, rng: np.random.Generator) -> Map:
    """The map's values, each at a place drawn by chance."""
    return rng.permutation(values.ravel()).reshape(values.shape)


def shuffled_where_equally_loud(values: Map, clip: np.ndarray, rng: np.random.Generator) -> Map:
    """The map's values, exchanged within groups of eight regions that are next to each other in loudness."""
    out, flat = np.empty(REGIONS), values.ravel()
    for group in np.split(np.argsort(loudness(clip), axis=None), REGIONS // 8):
        out[group] = rng.permutation(flat[group])
    return out.reshape(values.shape)


def loudness(clip: np.ndarray) -> Map:
    """The mean decibels of each region."""
    return pooled(clip)


def curves(network: Network, clip: np.ndarray, filling: np.ndarray, values: Map) -> np.ndarray:
    """The answers while regions go, and while they come [shape=(2, levels + 2)], largest values of the map first."""
    rank = np.empty(REGIONS, dtype=int)
    rank[np.argsort(-values, axis=None, kind="stable")] = np.arange(REGIONS)
    inside = spread(rank.reshape(1, BANDS, FRAMES) < np.array(LEVELS)[:, None, None])
    changed = [clip[None], filling[None], np.where(inside, filling, clip), np.where(inside, clip, filling)]
    whole, nothing, *answers = network(np.concatenate(changed))
    going, coming = np.split(np.array(answers), 2)
    return np.array([[whole, *going, nothing], [nothing, *coming, whole]])


def score(deletion: np.ndarray, insertion: np.ndarray) -> float:
    """The area under insertion less that under deletion, over the share of regions."""
    return float(scipy.integrate.trapezoid(insertion - deletion, SHARES))


def asked(network: Network, random: Network, clip: np.ndarray, seed: int) -> dict:
    """One clip: for each map and each control its curves and score, and how alike the two networks' maps are."""
    rng = np.random.default_rng(seed)
    code = network.code = random.code = int(models.predict_log_mel(network.model, clip[None])[0].argmax())
    bands = np.broadcast_to(clip.mean(axis=1, keepdims=True), clip.shape)
    orders = {"loudness": [loudness(clip)], "shuffled": [shuffled(loudness(clip), rng) for _ in range(SHUFFLES)]}
    alike = {}
    for name, method in METHODS.items():
        own, theirs = method(network, clip, rng), method(random, clip, rng)
        alike[name] = float(np.corrcoef(own.ravel(), theirs.ravel())[0, 1])
        orders[name] = [own]
        orders[f"{name}, equally loud"] = [shuffled_where_equally_loud(own, clip, rng)]
        orders[f"{name}, shifted"] = [np.roll(own, FRAMES // 2, axis=1)]
        orders[f"{name}, flipped"] = [own[::-1]]
        orders[f"{name}, random network"] = [theirs]
    silent = {name: np.mean([curves(network, clip, np.full_like(clip, SILENCE), values) for values in maps], axis=0)
              for name, maps in orders.items()}  # fmt: skip
    again = [name for name in orders if "," not in name or name.endswith("loud")]
    filled = {name: np.mean([curves(network, clip, bands, values) for values in orders[name]], axis=0)
              for name in again}  # fmt: skip
    return {
        "answer": CODES[code],
        "probability": float(network(clip[None])[0]),
        "alike": alike,
        "silence": {name: score(*pair) for name, pair in silent.items()},
        "mean of each band": {name: score(*pair) for name, pair in filled.items()},
        "curves": {name: np.round(pair, 4).tolist() for name, pair in silent.items()},
    }


def chosen(pack: packs.Pack) -> np.ndarray:
    """Rows of clips of different songs, as many of each class."""
    order = np.random.default_rng(0).permutation(len(pack.clips))
    one_a_song = pack.clips.iloc[order].drop_duplicates("song")
    names = one_a_song.groupby("instrument").head(CLIPS_A_CLASS).sort_values("instrument").index
    return pack.clips.index.get_indexer(names)


def untrained(model, seed: int):
    """The same layers with random weights."""
    training.set_seed(seed)
    return type(model).from_config(model.get_config())


def many_networks(model, clips: np.ndarray) -> list[list[float]]:
    """For each clip the correlations of its class activation map with those of many random networks."""
    codes = models.predict_log_mel(model, clips).argmax(axis=1)
    own, found = activation_maps(model, clips, codes), []
    for seed in tqdm(range(NETWORKS), desc="random networks"):
        theirs = activation_maps(untrained(model, seed), clips, codes)
        found.append([float(np.corrcoef(a.ravel(), b.ravel())[0, 1]) for a, b in zip(own, theirs, strict=True)])
    return np.round(found, 3).T.tolist()


def summary(rows: list[dict]) -> dict:
    """Scores by map and clip, and mean curves."""
    table = {filling: {name: [round(row[filling][name], 4) for row in rows] for name in rows[0][filling]}
             for filling in ("silence", "mean of each band")}  # fmt: skip
    mean_curves = {name: np.mean([row["curves"][name] for row in rows], axis=0).round(4).tolist()
                   for name in rows[0]["curves"]}  # fmt: skip
    alike = {name: [round(row["alike"][name], 3) for row in rows] for name in METHODS}
    return {"clips": len(rows), "answers": [row["answer"] for row in rows], "scores": table,
            "probability": [round(row["probability"], 4) for row in rows],
            "shares": SHARES.round(4).tolist(),
            "curves": mean_curves, "alike": alike}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=Path, help="a pack of real IRMAS; without it the rendered set is used")
    options = parser.parse_args()
    data = "real IRMAS" if options.features else "rendered"
    source = packs.load_pack(options.features) if options.features else packs.cached(practice_set.training_folder())
    pack, _ = source.without_contradictions()
    pack = pack.select(chosen(pack))
    clips = features.dequantise(pack.values)
    model = models.load_model()
    network = Network(model, often=True)
    state = OUT.with_name(f"explanation_{data.replace(' ', '_')}.partial")
    rows = [json.loads(line) for line in state.read_text().splitlines()] if state.exists() else []
    for number in tqdm(range(len(rows), len(clips)), desc=data):
        rows.append(asked(network, Network(untrained(model, number)), clips[number], number))
        with state.open("a") as file:
            print(json.dumps(rows[-1]), file=file)
    found = {**summary(rows), "labels": list(pack.clips["instrument"]), "songs": int(pack.clips["song"].nunique()),
             "many networks": many_networks(model, clips)}  # fmt: skip
    measured = json.loads(OUT.read_text("utf-8")) if OUT.exists() else {"model": models.DEFAULT_MODEL.name}
    write_json(OUT, {**measured, data: found})
    state.unlink()


if __name__ == "__main__":
    main()
