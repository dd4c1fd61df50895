"""Play single notes, scales and short phrases alone, let networks name the instrument, and write down the scores.

    python tools/measure_notes.py NAME=MODEL.keras ... --features PACK.npz [--folds NAME=RUNS ...]

A stand-in for recordings made elsewhere that may be looked at as often as one likes: `synthesis` plays six instruments
without accompaniment in rooms of their own, with noise and silence around. The timbres are a SoundFont's; what is real
is the emptiness around a single sound. Each network hears the recordings as they are and with everything quieter than
a floor raised to it. The networks of recorded folds, which `experiment --keep` left in a folder RUNS, say what the
floors cost at home, and how much the scores on the notes depend on the training. The result is
`results/measured/notes.json`, with the share of cells at each level in the pack's clips and in the notes; it is written
after each network, and what it holds under a NAME is not done again.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import librosa
import numpy as np
from tqdm import tqdm

from irmas_helpers import audio, evaluation, experiments, features, models, packs, predict, splits, synthesis, training
from irmas_helpers.composing import BEAT, VIBRATO, Dice, Note, Part, Recording, Song
from irmas_helpers.instruments import BY_CODE, CODES
from irmas_helpers.soundfont import RATE, SoundFont

OUT = experiments.RESULTS / "measured" / "notes.json"
SEED = 5
INSTRUMENTS = ("cel", "cla", "flu", "gac", "sax", "vio")  # Freesound's
PROGRAMS = {code: BY_CODE[code].programs for code in INSTRUMENTS}
ALL_PROGRAMS = {code: BY_CODE[code].programs for code in CODES}
KINDS = ("note", "scale", "phrase")
EACH = 10  # recordings of an instrument and kind
SCALE = (0, 2, 4, 5, 7, 9, 11, 12)
FLOORS = (-80, -70, -60, -50, -40)
LEVELS = np.arange(-80, 1, 5)
_BPM = 60  # a beat is a second
_LEAD_IN = BEAT // 2


def recordings(
    seed: int = SEED,
    each: int = EACH,
    bank: SoundFont | None = None,
    programs: dict[str, tuple[int, ...]] = PROGRAMS,
) -> list[tuple[str, str, np.ndarray]]:
    """Instrument, kind and sound [shape=(samples,), 22,050 Hz] of every recording; the same on every machine."""
    cases = [(code, kind, number) for code in programs for kind in KINDS for number in range(each)]
    played = []
    for code, kind, number in tqdm(cases, desc="Playing"):
        dice = Dice(seed, CODES.index(code), KINDS.index(kind), number)
        played.append((code, kind, _played(code, kind, programs[code], dice, bank)))
    return played


def _played(code: str, kind: str, programs: tuple[int, ...], dice: Dice, bank: SoundFont | None) -> np.ndarray:
    notes = _notes(dice, code, kind)
    end = notes[-1].start + notes[-1].length + dice.between(BEAT // 10, 2 * BEAT)
    lead = Part(
        program=dice.pick(programs),
        notes=notes,
        vibrato_cents=dice.between(0, VIBRATO.get(code, (0, 0))[1]),
        instrument=code,
    )
    nobody = Part(program=0, notes=())
    song = Song(_BPM, end, (lead,), (nobody,), backing_ddb=0, recording=_room(dice))
    sound = synthesis.render(song, _LEAD_IN, (end - _LEAD_IN) / BEAT, bank)
    mono = sound.astype(np.float32).mean(axis=1) / 32768
    return librosa.resample(mono, orig_sr=RATE, target_sr=audio.SAMPLE_RATE)


def _notes(dice: Dice, code: str, kind: str) -> tuple[Note, ...]:
    low, high = BY_CODE[code].pitch_range
    bottom, start = dice.between(low + 2, min(low + 20, high - 13)), dice.between(6 * BEAT // 10, 9 * BEAT // 10)
    if kind == "note":
        return (Note(start, dice.between(4 * BEAT // 10, 4 * BEAT), bottom + dice.below(12), dice.between(50, 115)),)
    steps = SCALE if kind == "scale" else [dice.pick(SCALE) for _ in range(dice.between(3, 8))]
    played, beat = [], dice.between(15, 80) * BEAT // 100
    for step in steps:
        length = beat if kind == "scale" else beat * dice.pick((1, 2, 4)) // 2
        played.append(Note(start, length, bottom + step, dice.between(60, 110)))
        start += length
    return tuple(played)


def _room(dice: Dice) -> Recording:
    """An ordinary room and an ordinary microphone."""
    return Recording(
        tilt_ddb=dice.between(-60, 60),
        bumps=tuple((dice.pick((160, 300, 500, 800, 1200, 1900, 3000)), dice.between(-30, 30)) for _ in range(3)),
        low_cut_hz=dice.between(30, 150),
        high_cut_hz=dice.between(5000, 18_000),
        reverb_ms=dice.between(250, 700),
        wet_ddb=dice.between(-250, -60),
        noise_ddb=dice.between(-650, -350),
        drive_percent=0,
        width_percent=0,
        loudness_ddb=dice.between(-300, -150),
        tuning_cents=dice.between(-25, 25),
        seed=dice.below(1 << 32),
    )


def windows(sounds: list[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Log-mels of all windows, one recording behind the other, and the windows' weights, recording by recording."""
    spectrograms, weights = [], []
    for sound in sounds:
        reader = predict.WindowReader(iter([sound]), round(predict.HOP_SECONDS * audio.SAMPLE_RATE))
        heard = [signal for _, signal in reader.windows()]
        spectrograms += [features.log_mel(signal) for signal in heard]
        weights.append(predict.weights(np.array([10 * np.log10(np.mean(signal**2)) for signal in heard])))
    return np.stack(spectrograms), weights


def answers(model, spectrograms: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
    """A network's code for each recording."""
    return named(models.predict_log_mel(model, spectrograms), weights)


def named(probabilities: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
    """A code for each recording, from the probabilities of all their windows, one recording behind the other."""
    pieces = np.split(probabilities, np.cumsum([len(each) for each in weights])[:-1])
    means = [np.average(piece, axis=0, weights=each) for piece, each in zip(pieces, weights, strict=True)]
    return np.array(CODES)[np.argmax(means, axis=1)]


def tried(model, heard: np.ndarray, weights: list[np.ndarray], codes: np.ndarray, kinds: np.ndarray) -> dict:
    """A network's accuracy for each floor, and as the recordings are by kind and by instrument."""
    given = {floor: answers(model, np.maximum(heard, np.float32(floor)), weights) for floor in FLOORS}
    unchanged = given[min(FLOORS)]  # no cell is quieter
    right = unchanged == codes
    return {
        "accuracy_by_floor": {str(floor): float((answer == codes).mean()) for floor, answer in given.items()},
        "interval": evaluation.score(codes, unchanged, range(len(codes))).interval,
        "by_kind": {kind: float(right[kinds == kind].mean()) for kind in KINDS},
        "by_instrument": {code: float(right[codes == code].mean()) for code in INSTRUMENTS},
    }


def recorded_networks(folder: Path) -> list:
    """The networks that `experiment --keep` left, fold by fold."""
    return [models.load(file) for file in sorted(folder.glob("seed0_fold*.keras"))]


def at_home(networks: list, pack: packs.Pack) -> dict[str, list[float]]:
    """Accuracy of each fold's network on its test clips, for each floor."""
    accuracies = {str(floor): [] for floor in FLOORS}
    for model, (_, test) in zip(networks, splits.FOLDS["song"](pack.clips, len(networks)), strict=True):
        clips = pack.select(test)
        decibels, own = features.dequantise(clips.values), training.targets(clips)
        for floor in FLOORS:
            heard = models.predict_log_mel(model, np.maximum(decibels, np.float32(floor)))
            accuracies[str(floor)].append(float((heard.argmax(axis=1) == own).mean()))
    return accuracies


def on_notes(networks: list, heard: np.ndarray, weights: list[np.ndarray], codes: np.ndarray) -> dict[str, list[float]]:
    """Accuracy of each fold's network on the same recordings, for each floor."""
    return {
        str(floor): [
            float((answers(model, np.maximum(heard, np.float32(floor)), weights) == codes).mean()) for model in networks
        ]
        for floor in FLOORS
    }


def shares(decibels: np.ndarray) -> list[float]:
    """Share of the cells below each of `LEVELS`."""
    return [round(float((decibels < level).mean()), 4) for level in LEVELS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="NAME=MODEL.keras")
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--folds", nargs="*", default=[], metavar="NAME=RUNS")
    options = parser.parse_args()
    codes, kinds, sounds = zip(*recordings(), strict=True)
    codes, kinds = np.array(codes), np.array(kinds)
    heard, weights = windows(list(sounds))
    pack = packs.load(options.features)
    kept, _ = pack.without_contradictions()
    measured = json.loads(OUT.read_text("utf-8")) if OUT.exists() else _nothing_yet(pack, heard)
    for name, file in (model.split("=", 1) for model in options.models):
        if name not in measured["networks"]:
            measured["networks"][name] = tried(models.load(file), heard, weights, codes, kinds)
            print(name, measured["networks"][name], flush=True)
            experiments.write_json(OUT, measured)
    for name, folder in (runs.split("=", 1) for runs in options.folds):
        if name not in measured["folds on notes"]:
            networks = recorded_networks(Path(folder))
            measured["folds at home"][name] = at_home(networks, kept)
            measured["folds on notes"][name] = on_notes(networks, heard, weights, codes)
            experiments.write_json(OUT, measured)


def _nothing_yet(pack: packs.Pack, heard: np.ndarray) -> dict:
    """The result before any network is asked: how dark the pack's clips and the notes are."""
    clips = pack.values[np.isin(pack.clips["instrument"], INSTRUMENTS)]
    return {
        "data": "single notes, scales and phrases played by a SoundFont, without accompaniment",
        "recordings": len(INSTRUMENTS) * len(KINDS) * EACH,
        "levels": LEVELS.tolist(),
        "share_below": {"real IRMAS": shares(features.dequantise(clips[::4])), "notes": shares(heard)},
        "networks": {},
        "folds at home": {},
        "folds on notes": {},
    }


if __name__ == "__main__":
    main()
