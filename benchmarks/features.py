"""How fast and how lean the features are made, against librosa, in one run on the rendered clips.

    python benchmarks/features.py [--data DIR] [--clips 200] [--rounds 7]

Three ways from file to feature take turns, on one core: this package's, librosa's, and the original project's
(``librosa.load(res_type="kaiser_fast")``), which needs ``pip install resampy`` and is left out without it. Times are
processor seconds of the one thread, so that whatever else the machine does counts little; a figure is the median over
the rounds. Then 6,705 names of the same clips are extracted with `packs.extract` while the memory of all processes is
watched. The tables go to `benchmarks/features.md`.
"""

from __future__ import annotations

import os

# One core, said before NumPy loads.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"
os.environ["NUMBA_NUM_THREADS"] = "1"

import argparse
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import joblib
import librosa
import numpy as np
import psutil
import soundfile
import soxr

from irmas_helpers.data import clips
from irmas_helpers.rendered import practice_set
from irmas_helpers.sound import audio, features, packs

OUT = Path(__file__).with_suffix(".md")
OFFICIAL_CLIPS = 6_705
JOBS = 2


def ours(path: Path) -> np.ndarray:
    """What bulk extraction does with a clip."""
    return features.log_mel(audio.load_audio(path))


def librosas(path: Path) -> np.ndarray:
    """The same by librosa."""
    signal, rate = librosa.load(path)
    return librosa.power_to_db(librosa.feature.melspectrogram(y=signal, sr=rate), ref=np.max)


def originals(path: Path) -> np.ndarray:
    """What the original project did with a clip."""
    signal, rate = librosa.load(path, res_type="kaiser_fast")
    return librosa.feature.mfcc(y=signal, sr=rate, n_mfcc=40).mean(axis=1)


WAYS = {
    "`audio.load_audio` + `features.log_mel`": ours,
    "`librosa.load` + `melspectrogram` + `power_to_db`": librosas,
    'the original\'s way: `librosa.load(res_type="kaiser_fast")` + `mfcc`': originals,
}


def ways_at_hand() -> dict[str, Callable[[Path], np.ndarray]]:
    """`WAYS`, without the original's where resampy is missing, and a line on stderr that says so."""
    if find_spec("resampy"):
        return WAYS
    print("left out: the original's way, which needs: pip install resampy", file=sys.stderr)
    return {name: way for name, way in WAYS.items() if way is not originals}


def steps(path: Path) -> dict[str, float]:
    """Processor seconds of each step of `ours` on one clip."""
    seconds: dict[str, float] = {}

    def timed(name: str, function: Callable, *arguments):
        started = time.process_time()
        result = function(*arguments)
        seconds[name] = time.process_time() - started
        return result

    interleaved, rate = timed("decode", lambda: soundfile.read(path, dtype="int16", always_2d=True))
    mono = timed("mix down", audio.mix_down, interleaved)
    signal = timed("resample", lambda: soxr.resample(mono, rate, audio.SAMPLE_RATE, quality="HQ"))
    power = timed("STFT and mel bands", features.mel_power, signal)
    timed("decibels", lambda: (decibels := features._decibels(power)) - decibels.max())
    return seconds


def measure_ways(ways: dict[str, Callable[[Path], np.ndarray]], paths: list[Path], rounds: int) -> dict[str, float]:
    """Milliseconds a clip of each way, the median of rounds in which they take turns."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            started = time.process_time()
            for path in paths:
                way(path)
            taken[name].append(time.process_time() - started)
    return {name: 1000 * float(np.median(seconds)) / len(paths) for name, seconds in taken.items()}


def measure_steps(paths: list[Path], rounds: int) -> dict[str, float]:
    """Milliseconds a clip of each step of `ours`, the median over the rounds."""
    taken = [[steps(path) for path in paths] for _ in range(rounds)]
    return {
        name: 1000 * float(np.median([np.mean([clip[name] for clip in one_round]) for one_round in taken]))
        for name in taken[0][0]
    }


def used_megabytes() -> float:
    """Resident memory of this process and its children."""
    total = 0
    for process in (me := psutil.Process(), *me.children(recursive=True)):
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total / 1e6


@contextmanager
def watched_memory():
    """A list whose only element is the peak of `used_megabytes` within the block."""
    peak, stop = [used_megabytes()], threading.Event()

    def watch() -> None:
        while not stop.wait(0.02):
            peak[0] = max(peak[0], used_megabytes())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def measure_bulk(root: Path, paths: list[str]) -> dict[str, float]:
    """Memory and time of extracting as many clips as IRMAS has, under names linked to the clips at hand."""
    with tempfile.TemporaryDirectory(dir=root.parent if os.access(root.parent, os.W_OK) else None) as folder:
        names = link_names(root, paths, Path(folder) / "set")
        # The workers that extraction will use load what they need before the count begins.
        joblib.Parallel(JOBS)(joblib.delayed(ours)(Path(folder) / "set" / name) for name in names[:20])
        imports, started = used_megabytes(), time.perf_counter()
        with watched_memory() as peak:
            packs.extract(Path(folder) / "set", names, Path(folder) / "pack.npz", jobs=JOBS, progress=False)
        seconds = time.perf_counter() - started
        pack_megabytes = (Path(folder) / "pack.npz").stat().st_size / 1e6
    return {"imports": imports, "peak": peak[0], "seconds": seconds, "pack": pack_megabytes}


def link_names(root: Path, paths: list[str], target: Path) -> list[str]:
    """Give the clips as many names as IRMAS has; hard links where they can be, else symbolic ones."""
    names = []
    for number in range(OFFICIAL_CLIPS):
        source = root / paths[number % len(paths)]
        name = f"{source.parent.name}/[{source.parent.name}][pop_roc]{number:04d}__1.wav"
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target / name)
        except OSError:
            (target / name).symlink_to(source.resolve())
        names.append(name)
    return names


def report(clip_count: int, rounds: int, data: str, ways: dict, parts: dict, bulk: dict) -> str:
    """The tables as Markdown."""
    mine = next(iter(ways.values()))
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "librosa", "soxr", "soundfile"))
    way_rows = [f"| {name} | {ms:.2f} | {1000 / ms:.0f} | {ms / mine:.1f} |\n" for name, ms in ways.items()]
    step_rows = [f"| {name} | {ms:.2f} | {ms / sum(parts.values()):.0%} |\n" for name, ms in parts.items()]
    beyond, machine = (
        bulk["peak"] - bulk["imports"],
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
    )
    return f"""# From files to features: time and memory

Written by `python benchmarks/features.py`: {clip_count} clips of {data}, the median of {rounds} rounds in which the
ways take turns, in processor time of one thread. Python {platform.python_version()}, {packages}; {machine}.

| way | ms a clip | clips a second and core | times ours |
| --- | ---: | ---: | ---: |
{"".join(way_rows)}
| step of ours | ms a clip | share |
| --- | ---: | ---: |
{"".join(step_rows)}
Extracting {OFFICIAL_CLIPS:,} clips with {JOBS} processes takes {bulk["seconds"]:.0f} s and at its peak {beyond:.0f} MB
beyond the {bulk["imports"]:.0f} MB that the processes hold after their imports; the pack has {bulk["pack"]:.0f} MB.
"""


def main() -> None:
    """Measure and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, metavar="DIR", help="a folder of clips (default: the rendered set)")
    parser.add_argument("--clips", type=int, default=200, help="how many clips to time (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=7, help="how often (default: %(default)s)")
    options = parser.parse_args()
    root = options.data or practice_set.training_folder()
    names = list(clips.scan(root).clips["path"])
    chosen = [root / names[i] for i in np.linspace(0, len(names) - 1, min(options.clips, len(names))).astype(int)]
    at_hand = ways_at_hand()
    for way in at_hand.values():  # whatever is made once is made now
        way(chosen[0])
    ways, parts = measure_ways(at_hand, chosen, options.rounds), measure_steps(chosen, options.rounds)
    bulk = measure_bulk(root, names)
    data = f"`{root.name}`" if options.data else "the rendered set"
    text = report(len(chosen), options.rounds, data, ways, parts, bulk)
    OUT.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
