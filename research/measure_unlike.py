"""Ask the shipped model about what is no music of the eleven, and write down what it said.

    python -m research.measure_unlike --features PACK.npz

Drums alone are the rendered set's drum parts without their songs; noises are synthetic. For each kind the result,
`results/measured/unlike.json`, counts the notes that `predict` gives and the answers that are sure. Of the pack's clips
it counts those that would get a note, which are false alarms.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import soundfile
from tqdm import tqdm

from irmas_helpers.answers import predict
from irmas_helpers.learning import models, results
from irmas_helpers.paths import write_json
from irmas_helpers.rendered import composing, score, synthesis
from irmas_helpers.rendered.soundfont_player import RATE
from irmas_helpers.sound import features, packs

OUT = results.FOLDER / "measured" / "unlike.json"
LOOPS, NOISES, LOOP_SECONDS, NOISE_SECONDS = 200, 20, 3.0, 4
SEED = 888
GENRES = ("pop_roc", "jaz_blu", "lat_sou", "cou_fol")
NOTES = {"noise": "noise or clicks", "drums": "drums alone"}


def drums(number: int) -> np.ndarray:
    """A loop [shape=(samples, 2)]; the genres take turns."""
    song = composing.compose((SEED, number), ("pia",), GENRES[number % len(GENRES)], True)
    kit = tuple(part for part in song.backing if part.program == score.DRUM_KIT)
    return synthesis.render(replace(song, leads=kit, backing=kit), song.ticks // 3, LOOP_SECONDS)


def coloured(slope: float) -> Callable[[np.random.Generator], np.ndarray]:
    """Noise whose power falls with frequency to the power of the slope: 0 is white, 1 pink, 2 brown, -1 blue."""
    samples = NOISE_SECONDS * RATE

    def noise(rng: np.random.Generator) -> np.ndarray:
        hertz = np.maximum(np.fft.rfftfreq(samples, 1 / RATE), 20)
        sound = np.fft.irfft(np.fft.rfft(rng.standard_normal(samples)) * hertz ** (-slope / 2))
        return 0.5 * sound / np.abs(sound).max()

    return noise


def clicks(rng: np.random.Generator) -> np.ndarray:
    return np.where(np.arange(NOISE_SECONDS * RATE) % rng.integers(5000, 40_000) == 0, 0.9, 0.0)


def hum(rng: np.random.Generator) -> np.ndarray:
    seconds = np.arange(NOISE_SECONDS * RATE) / RATE
    return sum(0.15 / n * np.sin(2 * np.pi * (50 * n * seconds + rng.random())) for n in range(1, 6))


NOISE_KINDS = {
    "white noise": coloured(0), "pink noise": coloured(1), "blue noise": coloured(-1), "brown noise": coloured(2),
    "clicks": clicks, "mains hum": hum,
}  # fmt: skip


def sounds() -> Iterator[tuple[str, np.ndarray]]:
    """All that is asked about, by kind."""
    for number in range(LOOPS):
        yield f"drums, {GENRES[number % len(GENRES)]}", drums(number)
    for kind, make in NOISE_KINDS.items():
        for number in range(NOISES):
            yield kind, make(np.random.default_rng((SEED, number)))


def asked() -> dict[str, dict]:
    """For each kind: how many there are, how many get which note, how many a sure answer, with a note or without."""
    counts: dict[str, Counter] = {}
    predictor = predict.load_predictor()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sound.wav"
        for kind, sound in tqdm(sounds(), total=LOOPS + NOISES * len(NOISE_KINDS), desc="Asking"):
            soundfile.write(file, sound, RATE)
            answer = predictor.predict(file)
            given = [name for name, words in NOTES.items() if any(words in note for note in answer.notes)]
            sure = ["sure", *([] if given else ["sure without a note"])] if answer.sure else []
            counts.setdefault(kind, Counter()).update(["asked", *given, *sure])
    return {kind: dict(counter) for kind, counter in counts.items()}


def false_alarms(pack: packs.Pack) -> dict[str, int]:
    """Clips of a pack that would get a note."""
    noise = drums = 0
    for values in tqdm(pack.values, desc="Clips"):
        decibels = features.dequantise(values)
        if features.spectral_flatness(decibels) > predict.NOISE_FLATNESS_DB:
            noise += 1
        elif features.anisotropy(decibels) > predict.DRUMS_ANISOTROPY:
            drums += 1
    return {"clips": len(pack.clips), "noise": noise, "drums": drums}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=Path, required=True)
    options = parser.parse_args()
    measured = {
        "model": models.DEFAULT_MODEL.name,
        "kinds": asked(),
        "real IRMAS": false_alarms(packs.load_pack(options.features)),
    }
    write_json(OUT, measured)
    print(measured)


if __name__ == "__main__":
    main()
