"""What the second reader of sound files, PyAV with FFmpeg's libraries, costs beside libsndfile, in one run.

    python benchmarks/second_reader.py [--rounds 7]

The same three minutes of stereo are decoded by both from formats that both know, in turns; times are processor seconds
of the one thread, medians over the rounds. Imports are timed in new processes in which NumPy is loaded. The table goes
to `benchmarks/second_reader.md`.
"""

from __future__ import annotations

import argparse
import io
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from importlib.metadata import distribution, version
from pathlib import Path

import av  # noqa: F401  (loaded before anything is timed)
import numpy as np
import soundfile

from irmas_helpers.sound import decoding, ffmpeg

OUT = Path(__file__).with_suffix(".md")
MINUTES, RATE = 3, 44_100
FORMATS = ("mp3", "ogg", "flac", "wav")
READERS = {"libsndfile": decoding._Sndfile, "PyAV": ffmpeg._Recording}


def noise() -> np.ndarray:
    """Stereo whose spectrum falls as music's does."""
    white = np.random.default_rng(0).standard_normal((MINUTES * 60 * RATE, 2))
    spectrum = np.fft.rfft(white, axis=0)
    pink = np.fft.irfft(spectrum / np.sqrt(1 + np.arange(len(spectrum)))[:, None], axis=0)
    return 0.3 * pink / np.abs(pink).max()


def encoded(signal: np.ndarray, name: str) -> bytes:
    """The signal as a file of that format; piece by piece, for libsndfile crashes on minutes of ogg at once."""
    content = io.BytesIO()
    with soundfile.SoundFile(content, "w", RATE, 2, format=name) as file:
        for start in range(0, len(signal), RATE):
            file.write(signal[start : start + RATE])
    return content.getvalue()


def decode(reader: type, content: bytes) -> float:
    """Processor seconds to decode a file in memory, block by block."""
    started = time.process_time()
    decoder = reader(io.BytesIO(content))
    frames = 0
    while block := len(decoder.read(20 * RATE)):
        frames += block
    decoder.close()
    if frames < 0.99 * MINUTES * 60 * RATE:
        raise ValueError(f"{reader.__name__} decoded {frames / RATE:.1f} s")
    return time.process_time() - started


def import_seconds(module: str, rounds: int) -> float:
    """Seconds to import a module in a process of its own."""
    code = f"import numpy, time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    run = [sys.executable, "-c", code]
    return statistics.median(float(subprocess.check_output(run)) for _ in range(rounds))


def megabytes(package: str) -> tuple[float, float]:
    """What an installed package takes: packed as a wheel packs it, and on the disk."""
    files = [path for file in distribution(package).files if (path := Path(file.locate())).is_file()]
    with tempfile.TemporaryFile() as packed:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                archive.write(file)
        return packed.tell() / 1e6, sum(file.stat().st_size for file in files) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    signal, rows = noise(), []
    for name in FORMATS:
        content = encoded(signal, name)
        times = {reader: [] for reader in READERS}
        for _ in range(rounds):
            for reader, kind in READERS.items():
                times[reader].append(decode(kind, content))
        own, other = (statistics.median(each) for each in times.values())
        rows.append(f"| {name} | {own:.2f} | {other:.2f} | {other / own:.2f} |")
    packed, unpacked = megabytes("av")
    own, other = (import_seconds(module, rounds) for module in ("soundfile", "av"))
    lines = [
        "# What the second reader costs",
        "",
        f"Made by `python benchmarks/second_reader.py --rounds {rounds}` on {platform.system()} {platform.machine()}: "
        f"PyAV {version('av')} beside libsndfile {soundfile.__libsndfile_version__}.",
        "",
        f"PyAV takes {packed:.0f} MB packed and {unpacked:.0f} MB on the disk. It is imported in {other:.2f} s, where "
        f"soundfile takes {own:.2f} s, and only where a file needs it.",
        "",
        f"Processor seconds for {MINUTES} minutes of stereo, one thread:",
        "",
        "| format | libsndfile | PyAV | ratio |",
        "| --- | ---: | ---: | ---: |",
        *rows,
        "",
    ]
    OUT.write_text("\n".join(lines), "utf-8")
    print(OUT.read_text("utf-8"))


if __name__ == "__main__":
    main()
