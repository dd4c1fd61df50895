"""How fast `predict` answers, and what two hours of music take, in one run.

    python benchmarks/predict.py [--model M.keras] [--threads 2] [--rounds 5]

A three-minute song, stereo at 44.1 kHz, is put together from the rendered testing part, as wav and as mp3. With the
network loaded, each is answered several times; a figure is the median over the rounds. What the heads that notice
unknown instruments cost is measured in turns, with them and without. Then a process of its own answers two hours, that
song forty times over, while its memory is read; `cold_start.py` starts the command line.
The tables go to `benchmarks/predict.md`.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from irmas_helpers.learning import models
from irmas_helpers.rendered import practice_set
from irmas_helpers.sound import audio

OUT = Path(__file__).with_suffix(".md")
RATE = 44_100
SONG_SECONDS = 180
TIMES = 40  # two hours
PARTS = ("decoding", "features", "network")


def song() -> np.ndarray:
    """Three minutes of rendered pieces [shape=(samples, 2), dtype=float32]."""
    pieces, length = [], 0
    for file in sorted(practice_set.testing_folder().rglob("*.wav")):
        pieces.append(audio.load_channels(file)[0])
        length += len(pieces[-1])
        if length >= SONG_SECONDS * RATE:
            break
    return np.resize(np.concatenate(pieces), (SONG_SECONDS * RATE, 2))


def measure_song(model_file: Path, file: Path, rounds: int) -> dict[str, float]:
    """Seconds of each part and of the whole, the median over the rounds, after one that does not count."""
    from irmas_helpers.answers.predict import load_predictor

    predictor, taken = load_predictor(model_file), []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        timings = predictor.predict(file).timings
        taken.append([*(timings[part] for part in PARTS), time.perf_counter() - started])
    return dict(zip((*PARTS, "all"), np.median(taken[1:], axis=0), strict=True))


def measure_heads(model_file: Path, file: Path, rounds: int) -> tuple[float, float, float]:
    """Seconds with the heads and without, and their ratio: medians over rounds that ask both in turn."""
    from irmas_helpers.answers.predict import load_predictor

    predictor = load_predictor(model_file)
    ways = predictor, replace(predictor, head=None, lone_head=None)
    taken = []
    for _ in range(rounds + 1):
        started = [time.perf_counter()]
        for way in ways:
            way.predict(file)
            started.append(time.perf_counter())
        taken.append(np.diff(started))
    seconds = np.array(taken[1:])
    return *np.median(seconds, axis=0), np.median(seconds[:, 0] / seconds[:, 1])


def measure_memory(model_file: Path, warm_up: Path, file: Path) -> None:
    """Print peak memory in MB before and after a long file, and the seconds that it took."""
    from irmas_helpers.answers.predict import load_predictor

    predictor = load_predictor(model_file)
    predictor.predict(warm_up)
    before, started = peak_megabytes(), time.perf_counter()
    predictor.predict(file)
    print(before, peak_megabytes(), time.perf_counter() - started)


def peak_megabytes() -> float:
    """The most that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def in_a_process(*arguments) -> tuple[str, float, float]:
    """What a Python process prints, how many seconds it lives, and how many of processor time it takes."""
    started, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, text=True, check=True, cwd=OUT.parents[1]
    )
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = now.ru_utime - used.ru_utime + now.ru_stime - used.ru_stime
    return done.stdout, time.perf_counter() - started, processor


def report(options, songs: dict[str, dict], heads: tuple[float, ...], memory: list[float]) -> str:
    """The tables as Markdown."""
    cells = {
        name: [f"{seconds[part]:.2f}" for part in (*PARTS, "all")] + [f"{SONG_SECONDS / seconds['all']:.0f}"]
        for name, seconds in songs.items()
    }
    rows = "".join(f"| {name} | {' | '.join(row)} |\n" for name, row in cells.items())
    before, after, seconds = memory
    with_heads, without, ratio = heads
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"""# An answer: time and memory

Made by `python benchmarks/predict.py` with `{options.model.name}` on {options.threads} threads: a rendered song of
{SONG_SECONDS} s, stereo, 44.1 kHz, the network loaded, medians of {options.rounds} rounds. {machine}.

| file | decoding (s) | features (s) | network (s) | all (s) | times real time |
| --- | ---: | ---: | ---: | ---: | ---: |
{rows}
In turns, the wav takes {with_heads:.3f} s with the heads that notice unknown instruments and {without:.3f} s without
them, {ratio:.3f} times as long (the median of the rounds' ratios).

Two hours (the song {TIMES} times, as flac) take {seconds:.0f} s and {after - before:.0f} MB beyond the {before:.0f} MB
that the process held at most until it had answered the song.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=models.DEFAULT_EXPORTED, help="default: the one that ships")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory", type=Path, nargs=2, help=argparse.SUPPRESS)  # of the process that measures it
    options = parser.parse_args()
    if options.memory:
        measure_memory(options.model, *options.memory)
        return
    hold_to(options.threads)
    signal = song()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {name: folder / f"song.{name}" for name in ("wav", "mp3")}
        for file in files.values():
            soundfile.write(file, signal, RATE)
        write_long(folder / "long.flac", signal)
        songs = {name: measure_song(options.model, file, options.rounds) for name, file in files.items()}
        heads = measure_heads(options.model, files["wav"], options.rounds)
        same = ("--model", options.model.resolve())
        told, *_ = in_a_process(__file__, *same, "--memory", files["wav"], folder / "long.flac")
    OUT.write_text(report(options, songs, heads, [float(number) for number in told.split()]), "utf-8")
    print(OUT.read_text("utf-8"))


def hold_to(threads: int) -> None:
    """So many processors for this process and those that it starts, where the system can; TensorFlow has not loaded."""
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(threads)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def write_long(file: Path, signal: np.ndarray) -> None:
    """The song again and again, piece by piece."""
    with soundfile.SoundFile(file, "w", RATE, 2) as out:
        for _ in range(TIMES):
            out.write(signal)


if __name__ == "__main__":
    main()
