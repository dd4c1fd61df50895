"""Files a minute: a folder of three-minute mp3s answered by one process, two, and a Dask cluster of two.

    python benchmarks/bulk.py [--files 200] [--model M.keras]

The mp3s are put together from the rendered testing part, stereo at 44.1 kHz: four different ones and copies of them.
Each way runs `predict FOLDER --table OUT.csv` in a process of its own; its rate counts from the first row of the table
to the last, so that starting and loading, told apart, do not count. Processor time is that of all processes, starting
among it, and tells what the work costs also on a machine that has other things to do. The cluster is a scheduler and
two workers with one thread each on this machine. The page is `benchmarks/bulk.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import predict
import soundfile

from irmas_helpers.answers.bulk import chosen
from irmas_helpers.answers.predict import load_predictor

OUT = Path(__file__).with_suffix(".md")
DIFFERENT = 4
SONGS = 100_000


def make_songs(folder: Path, files: int) -> None:
    """Write the mp3s."""
    signal = predict.song()
    folder.mkdir()
    for number in range(files):
        file, first = folder / f"{number:04d}.mp3", folder / f"{number % DIFFERENT:04d}.mp3"
        if number < DIFFERENT:
            soundfile.write(file, np.roll(signal, number * len(signal) // DIFFERENT, axis=0), predict.RATE)
        else:
            shutil.copy(first, file)


def measure(folder: Path, table: Path, *how: object) -> tuple[float, float]:
    """Files a minute between the first and the last row, and seconds until the first."""
    command = [sys.executable, "-m", "irmas_helpers", "predict", folder, "--table", table, *how]
    started, seen = time.perf_counter(), []
    with subprocess.Popen([*map(str, command)], cwd=OUT.parents[1], stderr=subprocess.DEVNULL) as running:
        while running.poll() is None:
            rows = table.read_bytes().count(b"\n") - 1 if table.exists() else 0
            if rows > 0 and (not seen or rows > seen[-1][1]):
                seen.append((time.perf_counter(), rows))
            time.sleep(0.05)
    if running.returncode:
        raise SystemExit(f"predict {how} ended with code {running.returncode}")
    (first, before), (last, rows) = seen[0], seen[-1]
    return 60 * (rows - before) / (last - first), first - started


def processor_seconds() -> float:
    """What all processes that have ended took of the processors."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """The address of a scheduler with two workers of one thread."""
    told, running = folder / "scheduler.json", []
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(OUT.parents[1]), *filter(None, sys.path)])}

    def start(program: str, *arguments: object) -> None:
        command = [sys.executable, "-m", f"distributed.cli.dask_{program}", *map(str, arguments), "--no-dashboard"]
        running.append(subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL))

    try:
        start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", told)
        while not told.exists() or not told.read_text():
            time.sleep(0.1)
        address = json.loads(told.read_text())["address"]
        for _ in range(2):
            start("worker", address, "--no-nanny", "--nthreads", "1")
        yield address
    finally:
        for process in running:
            process.kill()
            process.wait()


def shares(model_file: str | None, files: list[Path]) -> dict[str, float]:
    """Which share of the time decoding, features and the network take, in this process."""
    predictor, total = load_predictor(chosen(model_file)), dict.fromkeys(predict.PARTS, 0.0)
    predictor.predict(files[0])  # what is made once
    for file in files:
        for part, seconds in predictor.predict(file).timings.items():
            total[part] += seconds
    return {part: seconds / sum(total.values()) for part, seconds in total.items()}


def report(options: argparse.Namespace, found: dict[str, list[float]], parts: dict, row_bytes: float) -> str:
    """The page as Markdown."""
    form = "| {} | {:.0f} | {:.2f} | {:.1f} |\n"
    rows = "".join(form.format(way, rate, used, before) for way, (rate, before, used) in found.items())
    hours = SONGS * found["two processes"][2] / 3600
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    told = ", ".join(f"{part} {share:.0%}" for part, share in parts.items())
    return f"""# Many recordings: files a minute

Made by `python benchmarks/bulk.py --files {options.files}` with `{Path(chosen(options.model)).name}`: {options.files}
mp3s of {predict.SONG_SECONDS} s, stereo, 44.1 kHz. {machine}; {options.load:.1f} processes were waiting for them at the
start.

| way | files a minute | processor seconds a file | seconds until the first row |
| --- | ---: | ---: | ---: |
{rows}
Shares of the time in one process: {told}.

On paper: {SONGS:,} songs take {hours:.0f} hours of one processor, {hours / 2:.0f} hours of a machine with two that has
nothing else to do; a table of them as CSV has {SONGS * row_bytes / 1e6:.0f} MB.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--model", help="default: the one that ships")
    options = parser.parse_args()
    options.load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    same = ("--model", Path(options.model).resolve()) if options.model else ()
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_songs(folder / "music", options.files)
        for way, jobs in (("one process", 1), ("two processes", 2), ("a Dask cluster of two", None)):
            used, table = processor_seconds(), folder / f"{jobs}.csv"
            if jobs:
                found[way] = [*measure(folder / "music", table, "--jobs", jobs, *same)]
            else:
                with cluster(folder) as address:
                    found[way] = [*measure(folder / "music", table, "--scheduler", address, *same)]
            found[way].append((processor_seconds() - used) / options.files)
        parts = shares(options.model, sorted((folder / "music").iterdir())[:DIFFERENT])
        row_bytes = (folder / "2.csv").stat().st_size / options.files
    OUT.write_text(report(options, found, parts, row_bytes), "utf-8")
    print(OUT.read_text("utf-8"))


if __name__ == "__main__":
    main()
