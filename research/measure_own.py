"""What the shipped network's ear, and one from elsewhere, are worth for instruments that they were not taught.

    python -m research.measure_own foreign NOTES ELSEWHERE --musicnn WHEEL
    python -m research.measure_own rendered
    python -m research.measure_own rates
    python -m research.measure_own banks NAME=BANK.sf2 [NAME=BANK.sf2 ...]
    python -m research.measure_own times
    python -m research.measure_own strangers NOTES ELSEWHERE KNOWN

`foreign` teaches probes the eight instruments in NOTES (one player each) and asks about recordings of the one class of
them that ELSEWHERE has, by other people. musicnn (J. Pons and X. Serra, musicnn: pre-trained convolutional neural
networks for music audio tagging, ISMIR 2019 late-breaking; ISC licence) is read from its wheel, which is not installed:
`pip download --no-deps musicnn`. Its ear is its penultimate layer; windows and probe are ours.

`rendered` compares, on the eight further instruments of the rendered set, a probe, fine-tuning, and the same layers
trained from scratch, on so many clips of each class, one draw; what the fine-tuned convolutions still know of the
eleven is asked of the practice set; `rates` asks that again after larger steps. `banks` has the same songs played by
other General MIDI banks (Debian's `fluid-soundfont-gm` and `csound-soundfont`), and says what a probe that was taught
with one of them, or with turns of several, is worth for another; also for which instruments a bank has the course's
own recordings, for then it is no other player. `strangers` measures how well is noticed what was not
taught; KNOWN has recordings of some of the eleven. `times` says how long rendering and learning take. The results are
parts of `results/measured/own.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.metrics import roc_auc_score

from irmas_helpers.data import class_folders, splits
from irmas_helpers.instruments import Instrument
from irmas_helpers.learning import models, own, results, strangers, transfer
from irmas_helpers.paths import write_json
from irmas_helpers.rendered import further_set, practice_set
from irmas_helpers.rendered.orchestra import FURTHER
from irmas_helpers.rendered.soundfont_player import SoundFont, general_midi, soundfont
from irmas_helpers.scoring import evaluation, resampling
from irmas_helpers.sound import audio, packs, window_packs
from irmas_helpers.sound.windows import LEAST_WEIGHT, level_weights, rms_level, windows_of

if TYPE_CHECKING:
    import keras
    from tensorflow.core.framework import graph_pb2

    from irmas_helpers.scoring.openset import OpenSet

OUT = results.FOLDER / "measured" / "own.json"
SIZES = (5, 20, 50)
RATES, RATES_SIZE = (3e-4, 1e-3, 3e-3), 20
FINE_TUNING_EPOCHS, SCRATCH_EPOCHS = 4, 12
RENDERED = {"horn": "french_horn"}  # what the rendered set calls otherwise
DRAWS = 500
MUSICNN_RATE, MUSICNN_FRAMES = 16_000, 187
COURSE = "TimGM6mb"
SAME = slice(100, 400)  # frames of a sample by which it is known; silence before them says nothing


def write(part: str, content: dict) -> None:
    """Put a part of the results beside those that are there."""
    found = json.loads(OUT.read_text("utf-8")) if OUT.exists() else {}
    write_json(OUT, found | {part: content})


def signals(path: Path) -> list[np.ndarray]:
    """The windows of a short recording that `window_packs` keeps, as sound."""
    heard = [signal for _, signal in windows_of(path)]
    weights = level_weights(np.array([rms_level(signal) for signal in heard]))
    return [signal for signal, weight in zip(heard, weights, strict=True) if weight > LEAST_WEIGHT]


def musicnn_patch(signal: np.ndarray) -> np.ndarray:
    """What musicnn takes of three seconds, as its own extractor computes it [shape=(187, 96)]."""
    import librosa

    sound = librosa.resample(signal, orig_sr=audio.SAMPLE_RATE, target_sr=MUSICNN_RATE)
    mel = librosa.feature.melspectrogram(y=sound, sr=MUSICNN_RATE, n_fft=512, hop_length=256, n_mels=96).T
    return np.log10(10000 * mel[:MUSICNN_FRAMES] + 1)


def musicnn(wheel: Path, kind: str) -> Callable[[np.ndarray], np.ndarray]:
    """From patches to the penultimate layer, by the graph and weights in the wheel.

    A tag's scores come from a dense layer; what that layer multiplies is the penultimate one.
    """
    import tensorflow as tf

    v1, graph = tf.compat.v1, tf.Graph()
    with TemporaryDirectory() as folder, graph.as_default():
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder, [name for name in archive.namelist() if name.startswith(f"musicnn/{kind}/")])
        files = f"{folder}/musicnn/{kind}/"
        definition, penultimate = needed(Path(f"{files}.meta"))
        tf.import_graph_def(definition, name="")
        reader = v1.train.NewCheckpointReader(files)
        names = [op.name for op in graph.get_operations() if op.type == "VariableV2"]
        weights = {f"{name}/read:0": reader.get_tensor(name) for name in names}
    session = v1.Session(graph=graph)
    taken = [op.outputs[0] for op in graph.get_operations() if op.type == "Placeholder"]
    (spectrum,) = (each for each in taken if each.dtype == tf.float32)
    weights |= {each: False for each in taken if each.dtype == tf.bool}

    def hear(patches: np.ndarray) -> np.ndarray:
        starts = range(0, len(patches), 32)
        return np.concatenate(
            [session.run(penultimate, weights | {spectrum: patches[start : start + 32]}) for start in starts]
        )

    return hear


def needed(file: Path) -> tuple[graph_pb2.GraphDef, str]:
    """The part of a graph of TensorFlow 1 that leads to its penultimate layer, and that layer's name.

    The rest was for training, and TensorFlow 2 refuses it.
    """
    from tensorflow.core.protobuf import meta_graph_pb2

    meta = meta_graph_pb2.MetaGraphDef()
    meta.ParseFromString(file.read_bytes())
    nodes = {node.name: node for node in meta.graph_def.node}
    *_, last = (node for name, node in nodes.items() if node.op == "MatMul" and name.startswith("model/"))
    left, kept = [last.input[0]], set()
    while left:
        name = left.pop().strip("^").split(":")[0]
        if name not in kept:
            kept.add(name)
            left += nodes[name].input
    for name in set(nodes) - kept:
        meta.graph_def.node.remove(nodes[name])
    for node in meta.graph_def.node:
        node.attr.pop("_output_shapes", None)
        node.attr.pop("_class", None)
    return meta.graph_def, f"{last.input[0]}:0"


def foreign(options: argparse.Namespace) -> None:
    taught = own.read(options.notes, progress=False)
    found = class_folders.scan(options.elsewhere, "(.*)").recordings
    found = found[found["instrument"].isin(taught.classes)].reset_index(drop=True)
    asked = window_packs.cached(options.elsewhere, found, progress=False)
    an_ear = transfer.ear()
    heard = {"ours": [transfer.hear(an_ear, pack.values) for pack in (taught.pack, asked)]}
    roots = ((options.notes, taught.pack), (options.elsewhere, asked))
    patches = [
        np.stack([musicnn_patch(s) for path in pack.recordings["path"] for s in signals(root / path)])
        for root, pack in roots
    ]
    for kind in ("MSD_musicnn", "MTT_musicnn"):
        hear = musicnn(options.musicnn, kind)
        heard[kind] = [hear(each) for each in patches]
    y, recording = taught.y, taught.pack.recording
    content = {"taught": str(taught), "asked": {"class": sorted(set(found["instrument"])), "n": len(asked.recordings)}}
    for name, (of_taught, of_asked) in heard.items():
        probe = transfer.probe(of_taught, y, weights=taught.weights())
        said = np.array(taught.classes)[asked.means(probe.probabilities(of_asked)).argmax(axis=1)]
        siblings = np.empty((len(y), len(taught.classes)))
        for train, test in splits.group_folds(y, recording, 5):
            part = transfer.probe(of_taught[train], y[train], weights=taught.weights()[train])
            siblings[test] = part.probabilities(of_taught[test])
        content[name] = {
            "features": of_taught.shape[1],
            "right": int((said == asked.recordings["instrument"].to_numpy()).sum()),
            "each": (said == asked.recordings["instrument"].to_numpy()).astype(int).tolist(),
            "answers": dict(Counter(said.tolist()).most_common()),
            "same player": own.score(taught.pack, siblings, taught.classes).accuracy,
        }
        if name == "ours":
            content[name]["rendered players"] = of_rendered_players(taught, an_ear, probe)
        print(name, content[name], flush=True)
    write("foreign", content)


def of_rendered_players(taught: own.Sounds, an_ear: keras.Model, probe: transfer.Probe) -> dict:
    """Scores on the classes that the rendered set has too, played alone: other players, though no people."""
    sounds = own.read(further_set.folder(progress=False), progress=False)
    alone = {path.rpartition("/")[0] for take in further_set.takes() if take.alone for path in take.excerpts[0].paths}
    folders = sounds.pack.recordings["path"].str.rpartition("/")[0]
    known = sounds.pack.recordings["instrument"].replace(RENDERED)
    pack = sounds.pack.select(
        (known.isin(taught.classes) & folders.isin({f.partition("/")[2] for f in alone})).to_numpy()
    )
    pack.recordings["instrument"] = pack.recordings["instrument"].replace(RENDERED)
    scores = own.score(pack, probe.probabilities(transfer.hear(an_ear, pack.values)), taught.classes)
    recall = {name: row["recall"] for name, row in scores.per_class().to_dict("index").items() if row["clips"]}
    return {"n": scores.n, "songs": scores.songs, "accuracy": scores.accuracy, "interval": scores.interval} | {
        "recall": recall
    }


def as_strangers(options: argparse.Namespace) -> None:
    """How well `strangers` tells what was not taught, as a window's mean over each recording.

    Rendered: each of the eight left out in turn. Real: each class of NOTES likewise, split by recording, so within the
    same players; then heads for all of NOTES, and of the eight, asked about other people's recordings.
    """
    rendered_eight = own.read(further_set.folder(progress=False), progress=False)
    notes = own.read(options.notes, "(.*)", progress=False)
    others, known = (window_packs.cached(root, class_folders.scan(root, "(.*)").recordings, progress=False)
                     for root in (options.elsewhere, options.known))  # fmt: skip
    an_ear = transfer.ear()
    content, heads, maps = {}, {}, {}
    for name, sounds in {"rendered": rendered_eight, "real notes": notes}.items():
        maps[name] = models.hear(an_ear, sounds.pack.values)[1]
        folds, names = sounds.folds(), sounds.pack.recordings["instrument"].to_numpy()
        strange = {each: own.as_stranger(sounds, maps[name], folds, k) for k, each in enumerate(sounds.classes)}
        areas = {each: area(row, names == each, sounds.pack.recordings["song"]) for each, row in strange.items()}
        content[f"{name}: a class left out"] = {"mean": mean_area(strange, names, sounds), "by class": areas}
        heads[name] = strangers.fit(maps[name], sounds.y)
    train, test = rendered_eight.folds()[0]
    strange = strangers.fit(maps["rendered"][train], rendered_eight.y[train]).score(maps["rendered"])
    unheard = rendered_eight.pack.means(strange[:, None])[np.unique(rendered_eight.pack.recording[test]), 0]

    def asked(head: OpenSet, pack: window_packs.WindowPack) -> np.ndarray:
        return pack.means(head.score(models.hear(an_ear, pack.values)[1])[:, None])[:, 0]

    content["rendered songs; amateurs' notes of the eleven"] = against(unheard, asked(heads["rendered"], known))
    elsewhere, bass = asked(heads["real notes"], others), (others.recordings["instrument"] == "double_bass").to_numpy()
    content["other people's double basses; drums"] = against(elsewhere[bass], elsewhere[~bass])
    content["other people's double basses; amateurs' notes"] = against(
        elsewhere[bass], asked(heads["real notes"], known)
    )
    for name, found in content.items():
        print(name, found, flush=True)
    write("strangers", content)


def against(known: np.ndarray, foreign: np.ndarray) -> dict:
    """AUROC of foreign recordings against known ones, each a source of its own."""
    marks = np.repeat([False, True], [len(known), len(foreign)])
    return area(np.concatenate([known, foreign]), marks, np.arange(len(marks)))


def area(strange: np.ndarray, foreign: np.ndarray, source: ArrayLike) -> dict:
    """AUROC with its interval over sources, and the share of the foreign above 95 % of the known."""
    where = pd.factorize(np.asarray(source))[0]
    draws = resampling.song_draws(where.max() + 1, 0)[:DRAWS]
    areas = [weighted(strange, foreign, draw[where]) for draw in draws]
    noticed = float(np.mean(strange[foreign] > np.quantile(strange[~foreign], 0.95)))
    counts = {"known": int((~foreign).sum()), "foreign": int(foreign.sum())}
    return {"auroc": weighted(strange, foreign), "interval": resampling.interval(areas), "noticed": noticed} | counts


def mean_area(strange: dict[str, np.ndarray], names: np.ndarray, sounds: own.Sounds) -> dict:
    """The mean of the classes' areas, with its interval over sources, which are drawn for all classes alike."""
    where = pd.factorize(sounds.pack.recordings["song"])[0]
    draws = resampling.song_draws(where.max() + 1, 0)[:DRAWS]
    means = [np.mean([weighted(row, names == name, draw[where]) for name, row in strange.items()]) for draw in draws]
    area = float(np.mean([weighted(row, names == name) for name, row in strange.items()]))
    return {"auroc": area, "interval": resampling.interval(means), "recordings": len(names)}


def weighted(strange: np.ndarray, foreign: np.ndarray, weights: np.ndarray | None = None) -> float:
    return float(roc_auc_score(foreign, strange, sample_weight=weights))


def drawn(y: np.ndarray, pool: np.ndarray, size: int, seed: int) -> np.ndarray:
    """So many clips of each class from a pool, by chance."""
    random = np.random.default_rng(seed)
    classes = range(y.max() + 1)
    return np.concatenate([random.choice(pool[y[pool] == each], size, replace=False) for each in classes])


def rendered(options: argparse.Namespace) -> None:
    sounds = own.read(further_set.folder(progress=False), progress=False)
    values, y, recordings = sounds.pack.values, sounds.y, sounds.pack.recordings
    pool, test = splits.song_split(recordings, parts=4)  # a clip is one window
    asked = recordings.iloc[test]
    eleven, _ = packs.cached(practice_set.training_folder(progress=False), progress=False).without_contradictions()
    heard = transfer.hear(transfer.ear(), values)
    content = {
        "test": {"clips": len(test), "songs": int(asked["song"].nunique()), "practice set": len(eleven.clips)},
        "epochs": {"fine-tuned": FINE_TUNING_EPOCHS, "from scratch": SCRATCH_EPOCHS},
        "before": {"eleven": score_of_eleven(models.load_keras(models.DEFAULT_MODEL), eleven)},
    }
    for size in options.sizes:
        rows = drawn(y, pool, size, seed=0)
        network = models.load_keras(models.DEFAULT_MODEL)
        probe = transfer.probe(heard[rows], y[rows])
        said = {"probe": probe.probabilities(heard[test])}
        tuned = transfer.joined(transfer.ear(network), probe, sounds.classes)
        transfer.fine_tune(tuned, values[rows], y[rows], epochs=FINE_TUNING_EPOCHS, progress=False)
        said["fine-tuned"] = models.predict_pack(tuned, values[test])
        how = {"epochs": SCRATCH_EPOCHS, "progress": False}
        said["from scratch"] = models.predict_pack(
            transfer.from_scratch(sounds.classes, values[rows], y[rows], **how), values[test]
        )
        scores = {
            name: evaluation.score(
                asked["instrument"].tolist(),
                np.array(sounds.classes)[each.argmax(axis=1)].tolist(),
                asked["song"].tolist(),
                classes=sounds.classes,
            )
            for name, each in said.items()
        }
        content[str(size)] = {
            name: {"accuracy": each.accuracy, "interval": list(each.interval)} for name, each in scores.items()
        } | {"eleven": score_of_eleven(network, eleven)}
        print(size, content[str(size)], flush=True)
        write("rendered", content)


def rates(options: argparse.Namespace) -> None:
    """What fine-tuning on 20 clips of each costs the eleven, by the learning rate; one draw, one training each."""
    sounds = own.read(further_set.folder(progress=False), progress=False)
    values, y, recordings = sounds.pack.values, sounds.y, sounds.pack.recordings
    pool, test = splits.song_split(recordings, parts=4)
    rows = drawn(y, pool, RATES_SIZE, seed=0)
    eleven, _ = packs.cached(practice_set.training_folder(progress=False), progress=False).without_contradictions()
    clips = eleven.clips.groupby("song").size()

    def known(network: keras.Model) -> pd.Series:
        return (models.answers(network, eleven) == eleven.clips["instrument"]).groupby(eleven.clips["song"]).sum()

    before = known(models.load_keras(models.DEFAULT_MODEL))
    content = {}
    for rate in RATES:
        network = models.load_keras(models.DEFAULT_MODEL)
        an_ear = transfer.ear(network)
        probe = transfer.probe(transfer.hear(an_ear, values[rows]), y[rows])
        tuned = transfer.joined(an_ear, probe, sounds.classes)
        how = {"epochs": FINE_TUNING_EPOCHS, "learning_rate": rate, "progress": False}
        transfer.fine_tune(tuned, values[rows], y[rows], **how)
        eight = float(np.mean(models.predict_pack(tuned, values[test]).argmax(axis=1) == y[test]))
        after = known(network)
        paired = evaluation.paired(before, after, clips)
        content[str(rate)] = {"eight": eight, "eleven": float(after.sum() / clips.sum()), **asdict(paired)}
        print(rate, content[str(rate)], flush=True)
    write("rates", {"size": RATES_SIZE, "epochs": FINE_TUNING_EPOCHS, "by rate": content})


def banks(options: argparse.Namespace) -> None:
    """A probe for each bank and for turns of all but one, asked about the same songs by every bank."""
    files = {COURSE: ""} | dict(each.split("=", 1) for each in options.banks)
    an_ear = transfer.ear()
    with TemporaryDirectory(dir=further_set.folder(progress=False).parents[1]) as folder:
        played = {name: heard_by(an_ear, Path(folder, name), file) for name, file in files.items()}
    recordings = next(iter(played.values()))[1]  # the same songs in the same order for every bank
    heard = {name: values for name, (values, _) in played.items()}
    classes, y = np.unique(recordings["instrument"], return_inverse=True)
    train, test = splits.song_split(recordings, parts=4)
    said = {}
    taught = {name: values[train] for name, values in heard.items()}
    for by, values in lessons(taught, recordings["song"].iloc[train]).items():
        probe = transfer.probe(values, y[train])
        said |= {(by, name): classes[probe.probabilities(each[test]).argmax(axis=1)] for name, each in heard.items()}
    asked = recordings.iloc[test]
    write("banks", {"clips": len(test), "songs": asked["song"].nunique()} | compared(said, asked) | {
        "instruments with the course's recordings": {name: shared(file) for name, file in files.items() if file}
    })  # fmt: skip


def lessons(heard: dict[str, np.ndarray], songs: pd.Series) -> dict[tuple[str, ...], np.ndarray]:
    """What each bank plays, and turns of all but one, song by song, by the banks' names."""
    taught = {(name,): values for name, values in heard.items()}
    turn = pd.factorize(songs)[0]  # of songs drawn at random: by number, every second one would be alone
    for left in heard if len(heard) > 2 else ():
        others = tuple(name for name in heard if name != left)
        taught[others] = np.stack([heard[name] for name in others])[turn % len(others), np.arange(len(turn))]
    return taught


def compared(said: dict[tuple[tuple[str, ...], str], np.ndarray], asked: pd.DataFrame) -> dict:
    """Scores of all probes for all banks, and what one bank's probe loses with each other bank."""
    instruments, songs = asked["instrument"].tolist(), asked["song"].tolist()
    content, right = [], {}
    for (by, name), names in said.items():
        scores = evaluation.score(instruments, names.tolist(), songs, classes=sorted(set(instruments)))
        row = {"taught": list(by), "asked": name, "accuracy": scores.accuracy, "interval": list(scores.interval)}
        content.append(row)
        right[by, name] = pd.Series(names == instruments).groupby(songs).sum()
        print(row, flush=True)
    clips = asked.groupby("song").size()
    lost = [
        {"taught": list(by), "asked": name, **asdict(evaluation.paired(right[by, by[0]], each, clips))}
        for (by, name), each in right.items()
        if len(by) == 1 and name != by[0]
    ]
    return {"scores": content, "against the bank taught": lost}


def shared(bank: str) -> list[str]:
    """The instruments for which a bank plays, on most keys, the very recordings that the course's bank plays."""
    both = general_midi(), soundfont(bank)

    def recordings(of: SoundFont, instrument: Instrument, key: int) -> set[bytes]:
        return {of.samples[zone.start :][SAME].tobytes() for zone in of.zones(instrument.programs[0], key, 80)}

    def share(instrument: Instrument) -> float:
        own, other = ([recordings(of, instrument, key) for key in range(*instrument.pitch_range)] for of in both)
        return np.mean([not one.isdisjoint(another) for one, another in zip(own, other, strict=True)])

    return [instrument.code for instrument in FURTHER if share(instrument) > 0.5]


def heard_by(an_ear: keras.Model, folder: Path, bank: str) -> tuple[np.ndarray, pd.DataFrame]:
    """The ear's features of the further set played by one bank, and its recordings."""
    takes = [replace(take, bank=bank) for take in further_set.takes()]
    made = practice_set.made(folder / "set", lambda: takes, lambda _: {})
    pack = own.read(made / further_set.NAME, progress=False).pack
    return transfer.hear(an_ear, pack.values), pack.recordings


def score_of_eleven(network: keras.Model, eleven: packs.Pack) -> dict:
    """What a network still knows of the practice set, for all and by class."""
    clips = eleven.clips
    scores = evaluation.score(clips["instrument"], models.answers(network, eleven), clips["song"])
    recall = {code: row["recall"] for code, row in scores.per_class().to_dict("index").items()}
    return {"accuracy": scores.accuracy, "interval": list(scores.interval), "recall": recall}


def times(options: argparse.Namespace) -> None:
    """Seconds, by this process's own clock and by the wall's, for rendering the eight and learning 300 clips."""
    folder = further_set.folder(progress=False)
    content = {}
    for workers in (1, 2):
        with TemporaryDirectory(dir=folder.parents[1]) as elsewhere:
            render = partial(further_set.folder, elsewhere, progress=False, workers=workers)
            content[f"rendering, processes: {workers}"] = timed(render)
    sounds = own.read(folder, progress=False)
    chosen = np.arange(len(sounds.pack.recordings)) % 48 < 25  # 300 of 576, of all songs alike
    fewer = own.Sounds(sounds.folder, sounds.pack.select(chosen), sounds.classes, sounds.grouped, ())
    transfer.ear()  # TensorFlow's start counts for itself
    content[f"learning {len(fewer.pack.recordings)} clips"] = timed(lambda: own.learn(fewer, progress=False))
    print(content)
    write("times", content | {"processors": os.cpu_count()})


def timed(work: Callable[[], object]) -> dict:
    load, cpu, wall = os.getloadavg()[0], time.process_time(), time.perf_counter()
    work()
    seconds = {"cpu": round(time.process_time() - cpu, 1), "wall": round(time.perf_counter() - wall, 1)}
    return seconds | {"load before": round(load, 1), "load after": round(os.getloadavg()[0], 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(required=True)
    one = parts.add_parser("foreign")
    one.add_argument("notes", type=Path)
    one.add_argument("elsewhere", type=Path)
    one.add_argument("--musicnn", type=Path, required=True, metavar="WHEEL")
    one.set_defaults(run=foreign)
    two = parts.add_parser("rendered")
    two.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    two.set_defaults(run=rendered)
    parts.add_parser("rates").set_defaults(run=rates)
    five = parts.add_parser("banks")
    five.add_argument("banks", nargs="+", metavar="NAME=BANK.sf2")
    five.set_defaults(run=banks)
    parts.add_parser("times").set_defaults(run=times)
    four = parts.add_parser("strangers")
    four.add_argument("notes", type=Path)
    four.add_argument("elsewhere", type=Path)
    four.add_argument("known", type=Path)
    four.set_defaults(run=as_strangers)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
