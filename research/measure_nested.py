"""Choose the L2 factor of a small dense network in two ways, and write down how good each makes its choice look.

    python -m research.measure_nested --features PACK.npz [--repetitions N]

The flattering way takes the factor with the best score over five test folds and reports that score. Nested
cross-validation chooses inside each fold's training part, by three folds of its own, and scores outside. Each
repetition has another split and other first weights; it is done with all songs, and with an eighth of them. Besides,
twenty networks of one recipe, which only differ by chance, are ranked by validation songs and tested on others. The
result is `results/measured/nested.json`; what it holds is not done again.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from irmas_helpers.data import splits
from irmas_helpers.instruments import CODES
from irmas_helpers.learning import batches, results
from irmas_helpers.paths import write_json
from irmas_helpers.scoring.resampling import song_draws
from irmas_helpers.sound import features, packs

OUT = results.FOLDER / "measured" / "nested.json"
FACTORS = (0.0, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
FOLDS, INNER = 5, 3
# The share of the songs, and how often it is done.
SCOPES = {"all songs": (1.0, 8), "an eighth of the songs": (0.125, 24)}
ALIKE, ALIKE_FACTOR = 20, 1e-3
UNITS, EPOCHS, RATE, BATCH = 64, 30, 0.1, 32


def train(inputs: np.ndarray, targets: np.ndarray, factors: tuple[float, ...], seed: int) -> list[np.ndarray]:
    """Fit a network for each factor of L2, all at once: one hidden layer, dropout of one half, plain descent.

    The network of notebook 07, which trains it live.

    Parameters
    ----------
    inputs : numpy.ndarray [shape=(clips, 80)]
        Scaled features.
    targets : numpy.ndarray [shape=(clips, 11)]
        1 for a clip's class, 0 for the others.
    factors : tuple of float
        One a network.
    seed : int
        Of the first weights, the order of the clips and the masks.

    Returns
    -------
    list of numpy.ndarray
        The weights in front of and behind the units: shapes (factors, 80, units) and (factors, units, 11).
    """
    random = np.random.default_rng(seed)
    first, last = (
        random.standard_normal((len(factors), *shape), dtype="float32") / np.float32(np.sqrt(shape[0]))
        for shape in ((inputs.shape[1], UNITS), (UNITS, len(CODES)))
    )
    pull = 2 * np.array(factors, dtype="float32")[:, None, None]
    for _ in range(EPOCHS):
        for rows in np.array_split(random.permutation(len(inputs)), max(1, len(inputs) // BATCH)):
            mask = 2 * (random.random((len(factors), len(rows), UNITS), dtype="float32") > 0.5).astype("float32")
            units = np.maximum(inputs[rows] @ first, 0) * mask
            error = (_softmax(units @ last) - targets[rows]) / len(rows)
            back = error @ last.transpose(0, 2, 1) * mask * (units > 0)
            last -= RATE * (units.transpose(0, 2, 1) @ error + pull * last)
            first -= RATE * (inputs[rows].T @ back + pull * first)
    return [first, last]


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def right(
    data: tuple[np.ndarray, np.ndarray], factors: tuple[float, ...], fit: np.ndarray, ask: np.ndarray, seed: int
) -> np.ndarray:
    """Which of the rows to be asked each factor's network answers rightly [shape=(factors, rows)]."""
    inputs, own = data
    mean, spread = inputs[fit].mean(axis=0), inputs[fit].std(axis=0)
    scaled = ((inputs - mean) / spread).astype("float32")
    first, last = train(scaled[fit], np.eye(len(CODES), dtype="float32")[own[fit]], factors, seed)
    return (np.maximum(scaled[ask] @ first, 0) @ last).argmax(axis=-1) == own[ask]


def both_ways(data: tuple[np.ndarray, np.ndarray], clips: pd.DataFrame, seed: int) -> tuple[dict, np.ndarray]:
    """One repetition: scores and choices, and by how many right answers a song flattered [shape=(songs,)]."""
    outside, inside = np.zeros((len(FACTORS), len(clips)), dtype=bool), []
    folds = splits.song_folds(clips, FOLDS, seed)
    for train_rows, test in folds:
        outside[:, test] = right(data, FACTORS, train_rows, test, seed)
        said = np.zeros((len(FACTORS), len(train_rows)), dtype=bool)
        for fit, ask in splits.song_folds(clips.iloc[train_rows], INNER, seed):
            said[:, ask] = right(data, FACTORS, train_rows[fit], train_rows[ask], seed)
        inside.append(said.mean(axis=1))
    best = int(outside.mean(axis=1).argmax())
    chosen = [int(scores.argmax()) for scores in inside]
    nested = np.zeros(len(clips), dtype=int)
    for factor, (_, test) in zip(chosen, folds, strict=True):
        nested[test] = outside[factor, test]
    gains = pd.Series(outside[best].astype(int) - nested).groupby(clips["song"].to_numpy()).sum()
    scores = {
        "seed": seed, "clips": len(clips), "songs": len(gains),
        "outside": outside.mean(axis=1).round(5).tolist(), "inside": np.round(inside, 5).tolist(),
        "best": FACTORS[best], "chosen": [FACTORS[factor] for factor in chosen],
        "flattering": float(outside[best].mean()), "nested": float(nested.mean()),
    }  # fmt: skip
    return scores, gains.to_numpy()


def flattery(repetitions: list[dict], gains: np.ndarray | None, clips: np.ndarray) -> dict:
    """Mean difference of the two ways with its 95 % interval over repetitions and, where given, songs."""
    each = np.array([row["flattering"] - row["nested"] for row in repetitions])
    variances, freedom = [each.var(ddof=1) / len(each)], [len(each) - 1]
    if gains is not None:
        draws = song_draws(len(gains), 0)
        variances.append(np.var((draws @ gains) / (draws @ clips) / len(each), ddof=1))
        freedom.append(len(gains) - 1)
    total = sum(variances)
    satterthwaite = total**2 / sum(v**2 / df for v, df in zip(variances, freedom, strict=True))
    half = stats.t.ppf(0.975, satterthwaite) * np.sqrt(total)
    return {"flattery": each.mean(), "interval": [each.mean() - half, each.mean() + half], "sd": each.std(ddof=1)}


def alike(data: tuple[np.ndarray, np.ndarray], clips: pd.DataFrame) -> list[dict]:
    """Scores of networks of one recipe on validation and test songs, a row a fold."""
    rows, factors = [], (ALIKE_FACTOR,) * ALIKE
    for fold, (outer, test) in enumerate(splits.song_folds(clips, FOLDS)):
        fit, validation = (outer[part] for part in splits.song_split(clips.iloc[outer]))
        said = right(data, factors, fit, np.concatenate([validation, test]), fold)
        parts = {"validation": said[:, : len(validation)], "test": said[:, len(validation) :]}
        clips_of = {f"{name}_clips": part.shape[1] for name, part in parts.items()}
        rows.append({**clips_of, **{name: part.mean(axis=1).round(5).tolist() for name, part in parts.items()}})
    return rows


def measure(pack: packs.Pack, scope: str, content: dict) -> None:
    """One more repetition of a scope, written into the content."""
    share = SCOPES[scope][0]
    part = content["scopes"].setdefault(scope, {"repetitions": []})
    seed = len(part["repetitions"])
    chosen = pack if share == 1 else pack.select(splits.some_songs(pack.clips, share, seed))
    data = features.FROM_PACK["mfcc_mean_sd"](chosen.values), batches.targets(chosen)
    scores, gains = both_ways(data, chosen.clips, seed)
    part["repetitions"].append(scores)
    whole = share == 1
    if whole:  # the same songs each time: their chance does not average out
        part["gains"] = (np.array(part.get("gains", 0)) + gains).tolist()
    if seed:
        clips = chosen.clips.groupby("song").size().to_numpy()
        part.update(flattery(part["repetitions"], np.array(part["gains"]) if whole else None, clips))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--repetitions", type=int, help="at most so many now; all that are missing without it")
    options = parser.parse_args()
    pack, _ = packs.load_pack(options.features).without_contradictions()
    content = _measured(pack)
    if "alike" not in content:
        data = features.FROM_PACK["mfcc_mean_sd"](pack.values), batches.targets(pack)
        content["alike"] = alike(data, pack.clips)
        write_json(OUT, content)
    done = {scope: len(content["scopes"].get(scope, {"repetitions": []})["repetitions"]) for scope in SCOPES}
    missing = [scope for scope, (_, often) in SCOPES.items() for _ in range(often - done[scope])]
    for scope in missing[: options.repetitions]:
        measure(pack, scope, content)
        write_json(OUT, content)
        print(scope, {**content["scopes"][scope], "repetitions": None, "gains": None}, flush=True)


def _measured(pack: packs.Pack) -> dict:
    """What the result holds so far."""
    if OUT.exists():
        return json.loads(OUT.read_text("utf-8"))
    network = {"units": UNITS, "epochs": EPOCHS, "learning_rate": RATE, "batch": BATCH, "dropout": 0.5}
    data = {"data": "real IRMAS, development part", "split": "song", "folds": FOLDS, "inner_folds": INNER}
    counts = {"clips": len(pack.clips), "songs": pack.clips["song"].nunique(), "factors": FACTORS}
    return {**data, **counts, "network": network, "alike_factor": ALIKE_FACTOR, "scopes": {}}


if __name__ == "__main__":
    main()
