"""How well the network notices what is none of the eleven, in three ways, and what that costs on what it knows.

    python -m research.measure_openset --features PACK.npz --outliers OUTLIERS.npz ... --cache DIR --left-out DIR
        [--elsewhere DIR --speech DIR --looks N]

At home: heads fitted without a fold's songs are asked about them, beside the recorded answers of that fold's network.
The features are of the network that ships, which has heard all of them. Left out: networks that never heard some of the
classes (`train_left_out`), each with a head of its own, are asked about clips of these, and about known classes in
songs that neither network nor head has heard. Half of those songs give the threshold at which 95 % of their clips pass,
the rule of `irmas learn`, too; the mean over the networks is what `fit_openset` takes. Elsewhere, below DIR: the
folders `foreign` and `freesound` and the wavs of IRMAS; and drums, noise and speech. Each look is counted. What is not
asked for stays as it was recorded, in `results/measured/openset.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections import Counter
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import soundfile
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from irmas_helpers.answers import predict
from irmas_helpers.data import splits
from irmas_helpers.instruments import CODES
from irmas_helpers.learning import batches, models, results
from irmas_helpers.learning.own import KEPT
from irmas_helpers.paths import write_json
from irmas_helpers.rendered.soundfont_player import RATE
from irmas_helpers.scoring import resampling
from irmas_helpers.scoring.calibration import fit_temperature, load_calibration, sure_above, temper
from irmas_helpers.sound import packs

from . import fit_openset, measure_unlike, train_left_out

OUT = results.FOLDER / "measured" / "openset.json"
THRESHOLDS = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)


def separation(foreign: np.ndarray, known: np.ndarray, of_foreign: np.ndarray, of_known: np.ndarray) -> dict:
    """Area under the ROC curve (AUROC) with its interval over sources, drawn again on either side.

    Parameters
    ----------
    foreign, known : numpy.ndarray [shape=(sounds,)]
        Scores, larger for the foreign.
    of_foreign, of_known : numpy.ndarray [shape=(sounds,)]
        Whose each sound is: a player, a song, a recording.
    """
    scores, truth = np.concatenate([foreign, known]), np.repeat([1, 0], [len(foreign), len(known)])
    weights = [_weights(of_foreign, 0), _weights(of_known, 1)]
    drawn = [
        roc_auc_score(truth, scores, sample_weight=np.concatenate(each))
        for each in zip(*weights, strict=True)
        if all(part.any() for part in each)
    ]
    return {
        "auroc": float(roc_auc_score(truth, scores)),
        "interval": resampling.interval(np.array(drawn)),
        "foreign": [len(foreign), len(np.unique(of_foreign))],
        "known": [len(known), len(np.unique(of_known))],
        "noticed_at_95": float((foreign > np.quantile(known, KEPT)).mean()),
    }


def _weights(sources: np.ndarray, seed: int) -> np.ndarray:
    """How often each sound counts in each resample of its sources [shape=(resamples, sounds)]."""
    names, place = np.unique(sources, return_inverse=True)
    return resampling.song_draws(len(names), seed)[:500, place]


def outliers(files: list[Path], cache: Path) -> tuple[list[dict], list[np.ndarray]]:
    """Features of what the SoundFonts play, as it is and as if recorded elsewhere, and the classes."""
    heard, own = [], []
    for file in files:
        with np.load(file) as played:
            levels, known = played["levels"], played["known"]
        for suffix in ("", "_elsewhere"):
            heard.append(fit_openset.summaries(levels, cache / f"{file.stem}{suffix}.npz", bool(suffix)))
            own.append(fit_openset.classes(known))
    return heard, own


def at_home(pack: packs.Pack, played: tuple, cache: Path) -> dict:
    """What heads that have not heard a song's fold make of its clips, beside what its fold's network answered."""
    usual, moved = (
        fit_openset.summaries(pack.values, cache / f"irmas{end}.npz", bool(end)) for end in ("", "_elsewhere")
    )
    own, heard = batches.targets(pack), {name: np.empty(len(pack.clips)) for name in fit_openset.FILES}
    for train, test in splits.FOLDS["song"](pack.clips, 5):
        for name, scores in heard.items():
            known = np.concatenate([usual[name][train], moved[name][train], *(each[name] for each in played[0])])
            head = fit_openset.fit(known, np.concatenate([own[train], own[train], *played[1]]))
            scores[test] = head.score(usual[name][test])
    alone = usual["sparsity"] > predict.LONE_SPARSITY
    share = np.where(alone, predict.LONE_SHARE, 0.0)
    foreign = share * heard["cnn_lone"] + (1 - share) * heard["cnn"]
    calibration = load_calibration(models.DEFAULT_EXPORTED)
    told = results.probabilities(calibration.recipe).set_index("path").loc[pack.clips["path"], list(CODES)].to_numpy()
    answers = temper(told, calibration.temperature)
    right, sure = answers.argmax(axis=1) == own, answers.max(axis=1) >= calibration.threshold

    def told_at(threshold: float) -> dict:
        given = sure & (foreign <= threshold)
        return {
            "answered": float(given.mean()),
            "wrong": float((~right[given]).mean()),
            "called_foreign": float((foreign > threshold).mean()),
            "of_sparse": float((foreign > threshold)[alone].mean()),
        }

    return {
        "clips": len(own),
        "songs": int(pack.clips["song"].nunique()),
        "without": told_at(np.inf),
        "thresholds": {str(threshold): told_at(threshold) for threshold in THRESHOLDS},
    }


def left_out(pack: packs.Pack, files: list[Path], folder: Path, cache: Path) -> dict:
    """What networks without a group of classes, each with a head of its own, make of songs that neither has heard."""
    train, test = train_left_out.parts(pack)
    networks = {" ".join(group): train_left_out.file_of(group, folder) for group in train_left_out.GROUPS}
    sounds = [("train", train.values, train.clips["instrument"].to_numpy())]
    for file in files:
        with np.load(file) as played:
            sounds.append((file.stem, played["levels"], played["known"]))
    heard = [
        (fit_openset.summaries(levels, cache / f"left_out_{name}{end}.npz", bool(end), networks), codes)
        for name, levels, codes in sounds
        for end in ("", "_elsewhere")
    ]
    asked = fit_openset.summaries(test.values, cache / "left_out_test.npz", files=networks)
    found = {}
    for group in train_left_out.GROUPS:
        name = " ".join(group)
        place = {code: number for number, code in enumerate([code for code in CODES if code not in group] + [""])}
        taken = [(each[name][np.isin(codes, [*place])], codes[np.isin(codes, [*place])]) for each, codes in heard]
        known = np.concatenate([codes for _, codes in taken])
        head = fit_openset.fit(np.concatenate([each for each, _ in taken]), np.array([place[code] for code in known]))
        answers = asked[f"{name} answers"][:, [CODES.index(code) for code in place if code]]
        songs = _Songs(test.clips, place, answers, head.score(asked[name]))
        heard_before = float((head.score(taken[0][0]) > 0).mean())
        found[name] = songs.separations() | {"songs of training called foreign at 0": heard_before} | songs.validated()
        print(name, found[name], flush=True)
    return found | {"threshold": chosen_threshold(found)}


def chosen_threshold(found: dict[str, dict]) -> dict[str, float]:
    """The mean of the networks' thresholds, and to the next half what ships; the three lie further apart than that."""
    mean = {
        key: float(np.mean([each["validation"][key] for each in found.values()])) for key in ("known", "right and sure")
    }
    return {"mean": mean["known"], "chosen": round(2 * mean["known"]) / 2, "by right and sure": mean["right and sure"]}


class _Songs:
    """The test fold of one network without a group, clip by clip: some of its classes, and those of the group."""

    def __init__(self, clips: pd.DataFrame, place: dict[str, int], answers: np.ndarray, score: np.ndarray) -> None:
        self.song, self.score = clips["song"].to_numpy(), score
        self.true = clips["instrument"].map(place).fillna(-1).to_numpy(int)
        self.known, self.answers = self.true >= 0, answers / answers.sum(axis=1, keepdims=True)
        self.validating = np.zeros(len(clips), bool)
        self.validating[splits.song_split(clips, 2)[1]] = True

    def separations(self) -> dict[str, dict]:
        foreign, doubt = ~self.known, -self.answers.max(axis=1)
        ways = {"head": self.score, "top probability": doubt, "both": _ranks(self.score) + _ranks(doubt)}
        return {
            name: separation(values[foreign], values[~foreign], self.song[foreign], self.song[~foreign])
            for name, values in ways.items()
        }

    def validated(self) -> dict[str, dict]:
        """Thresholds from half of the songs, and what is answered about the known ones of the other half."""
        here = self.validating & self.known
        temperature = fit_temperature(self.answers[here], self.true[here])
        told = temper(self.answers, temperature)
        right = told.argmax(axis=1) == self.true
        sure = told.max(axis=1) >= sure_above(told[here], self.true[here])
        there = self.known & ~self.validating

        def told_at(threshold: float) -> dict:
            given = there & sure & (self.score <= threshold)
            return {
                "answered": float(given.sum() / there.sum()),
                "wrong": float((~right[given]).mean()),
                "right and sure kept": float((given & right).sum() / (there & sure & right).sum()),
                "called_foreign": float((self.score[there] > threshold).mean()),
            }

        return {
            "validation": {
                "clips": int(here.sum()),
                "known": float(np.quantile(self.score[here], KEPT)),
                "right and sure": float(np.quantile(self.score[here & sure & right], KEPT)),
            },
            "other songs": {
                "clips": int(there.sum()),
                "without": told_at(np.inf),
                "thresholds": {str(each): told_at(each) for each in THRESHOLDS},
            },
        }


def _ranks(values: np.ndarray) -> np.ndarray:
    return values.argsort().argsort() / len(values)


def elsewhere(root: Path, predictor: predict.Predictor) -> dict:
    """What is answered about the recordings below a folder."""
    kinds = {"foreign": "foreign/*/*/*", "freesound": "freesound/*/*.flac", "wavs": "irmas/IRMAS-TrainingData/*/*.wav"}
    rows = []
    for kind, pattern in kinds.items():
        for path in tqdm(sorted(path for path in root.glob(pattern) if path.suffix != ".md"), desc=kind):
            answer = predictor.predict(path)
            player = path.parent.name if path.parts[-3] == "notes" else path.stem
            rows.append((kind, path.parts[-3], path.parent.name, player, answer.instrument, answer.foreign,
                         max(answer.probabilities.values())))  # fmt: skip
    table = pd.DataFrame(rows, columns=["kind", "folder", "label", "player", "answer", "foreign", "top"])
    foreign, known, wavs = (table[table["kind"] == kind] for kind in kinds)
    threshold = predictor.calibration.threshold
    return {
        **{
            f"{name} against freesound": {
                way: separation(sign * some[column], sign * known[column], some["player"], known["player"])
                for way, column, sign in (("head", "foreign", 1), ("top probability", "top", -1))
            }
            for name, some in (
                ("foreign", foreign),
                ("foreign/notes", foreign[foreign["folder"] == "notes"]),
                ("foreign/freesound", foreign[foreign["folder"] != "notes"]),
            )
        },
        "sure": _sure(foreign, known, wavs, threshold, np.inf),
        "thresholds": {str(each): _sure(foreign, known, wavs, threshold, each) for each in THRESHOLDS},
        "chosen": _sure(foreign, known, wavs, threshold, predictor.head.threshold),
        "by_label": {
            f"{folder}/{label}": [
                len(some),
                int((some["top"] >= threshold).sum()),
                int(((some["top"] >= threshold) & (some["foreign"] <= predictor.head.threshold)).sum()),
                int((some["foreign"] > predictor.head.threshold).sum()),
            ]
            for (folder, label), some in table[table["kind"] != "wavs"].groupby(["folder", "label"])
        },
    }


def _sure(foreign: pd.DataFrame, known: pd.DataFrame, wavs: pd.DataFrame, least: float, most: float) -> dict[str, int]:
    """How many foreign ones get a sure name, and how many known ones a right and sure one, at a threshold."""
    sure = {name: (part["top"] >= least) & (part["foreign"] <= most) for name, part in
            (("foreign", foreign), ("freesound", known), ("wavs", wavs))}  # fmt: skip
    right = {"freesound": known["answer"] == known["label"], "wavs": wavs["answer"] == wavs["label"]}
    return {
        "foreign sure": int(sure["foreign"].sum()),
        "foreign called foreign": int((foreign["foreign"] > most).sum()),
        **{f"{name} right and sure": int((sure[name] & right[name]).sum()) for name in right},
        "freesound wrong and sure": int((sure["freesound"] & ~right["freesound"]).sum()),
        "freesound called foreign": int((known["foreign"] > most).sum()),
        "wavs called foreign": int((wavs["foreign"] > most).sum()),
    }


def no_instruments(speech: Path, predictor: predict.Predictor) -> dict[str, dict]:
    """Of drum loops, noises and speech: how many there are, and how often which of the three answers is given."""
    counts: dict[str, Counter] = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sound.wav"
        for kind, sound in measure_unlike.sounds():
            soundfile.write(file, sound, RATE)
            counts.setdefault(kind, Counter()).update(["asked", _in_a_word(predictor.predict(file))])
        for path in sorted(speech.glob("*.wav")):
            counts.setdefault("speech", Counter()).update(["asked", _in_a_word(predictor.predict(path))])
    return {kind: dict(counter) for kind, counter in counts.items()}


def _in_a_word(answer: predict.Prediction) -> str:
    return "sure" if answer.sure else "not sure" if answer.known else "none"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=Path)
    parser.add_argument("--outliers", type=Path, nargs="+", default=[])
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--left-out", type=Path)
    parser.add_argument("--elsewhere", type=Path)
    parser.add_argument("--speech", type=Path)
    parser.add_argument("--looks", type=int, help="the number of this look at what lies elsewhere")
    options = parser.parse_args()
    if (options.elsewhere is None) != (options.looks is None):
        parser.error("--elsewhere DIR and --looks N go together: each look is counted")
    measured = {}
    if options.features:
        pack, _ = packs.load_pack(options.features).without_contradictions()
        if options.left_out:
            measured["left out"] = left_out(pack, options.outliers, options.left_out, options.cache)
        else:
            measured["at home"] = at_home(pack, outliers(options.outliers, options.cache), options.cache)
    if options.elsewhere:
        measured["elsewhere"] = {"looks": options.looks, **elsewhere(options.elsewhere, predict.load_predictor())}
    if options.speech:
        measured["no instruments"] = no_instruments(options.speech, predict.load_predictor())
    before = json.loads(OUT.read_text("utf-8")) if OUT.exists() else {}
    write_json(OUT, before | measured)
    print(json.dumps(measured, indent=1))


if __name__ == "__main__":
    main()
