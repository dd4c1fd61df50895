"""Damaged sound files by the thousand: each is decoded, or refused with an error of the package's own.

    python tools/fuzz_audio.py 10000

Files of ten formats are mutated at random (bytes changed, fields set to extremes, parts cut out, repeated or zeroed).
Reported are exceptions of other kinds, the slowest file and the largest memory; one that is over its limit (five
seconds, 300 MB) ends the run with code 1. A crash of the decoders ends it too: `last.bin` in the folder that is named
first holds what was tried last.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

import numpy as np
from tqdm import tqdm

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
from odd_files import CUT, WHOLE  # noqa: E402

from irmas_helpers.errors import IrmasError  # noqa: E402
from irmas_helpers.sound import audio  # noqa: E402

LONGEST_SECONDS, MOST_MEGABYTES = 5.0, 300
_CUT_FORMATS = ("wav", "aiff", "w64", "flac", "ogg", "mp3", "mp4")
_WHOLE_FORMATS = ("aac alone", "opus", "caf")
_EXTREMES = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\1", b"\1\0\0\0")
_HEADER = 200  # bytes in which most of the changes that matter lie


def bases() -> dict[str, bytes]:
    """One sound file of each of ten formats."""
    return {name: CUT[name][0]() for name in _CUT_FORMATS} | {name: WHOLE[name]() for name in _WHOLE_FORMATS}


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """One to four changes of a file, half of them in its header."""
    data = bytearray(content)
    for _ in range(rng.integers(1, 5)):
        size = len(data)
        place = int(rng.integers(min(size, _HEADER) if rng.random() < 0.5 else size))
        length = int(min(rng.geometric(0.02), size - place))
        change = rng.integers(6)
        if change == 0:
            data[place] ^= 1 << int(rng.integers(8))
        elif change == 1:
            data[place : place + 4] = _EXTREMES[rng.integers(len(_EXTREMES))]
        elif change == 2:
            data[place : place + length] = rng.bytes(length)
        elif change == 3:
            del data[place : place + length]
        elif change == 4:
            data[place:place] = data[place : place + length]
        else:
            del data[max(place, 1) :]
        data = data or bytearray(1)
    return bytes(data)


def outcome(path: Path) -> str:
    """What comes of decoding a file as `predict` does: ``heard``, ``heard with a note`` or ``refused``."""
    try:
        with audio.Recording(path) as sound:
            samples = sum(len(block) for block in sound.stream())
        audio.require_sound(path, samples / audio.SAMPLE_RATE, sound.silent)
    except IrmasError as error:
        if "\n" in str(error):
            raise AssertionError(f"more than one line: {error}") from error
        return "refused"
    return "heard with a note" if sound.notes else "heard"


def run(files: int) -> tuple[Counter, list[str], tuple[float, str]]:
    """Try that many mutations; how often what came out, what must not happen, and the slowest with its seconds."""
    rng, made, outcomes, faults, slowest = np.random.default_rng(0), bases(), Counter(), [], (0.0, "")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "last.bin"
        print(f"trying in {folder}", file=sys.stderr)
        for number in tqdm(range(files)):
            name = list(made)[number % len(made)]
            path.write_bytes(mutated(made[name], rng))
            started = time.perf_counter()
            try:
                outcomes[f"{name}: {outcome(path)}"] += 1
            except Exception:
                faults.append(f"number {number}, {name}:\n{traceback.format_exc()}")
            slowest = max(slowest, (time.perf_counter() - started, f"number {number}, {name}"))
    return outcomes, faults, slowest


def main() -> int:
    before = _peak_megabytes()
    outcomes, faults, (seconds, name) = run(int(sys.argv[1]))
    for what, count in sorted(outcomes.items()):
        print(f"{count:6} {what}")
    grown = _peak_megabytes() - before
    print(f"slowest: {seconds:.2f} s ({name})")
    print(f"memory: {grown:.0f} MB beyond what the libraries take")
    if seconds > LONGEST_SECONDS:
        faults.append(f"{name} took {seconds:.1f} s")
    if grown > MOST_MEGABYTES:
        faults.append(f"memory grew by {grown:.0f} MB")
    print(f"{len(faults)} faults", *faults, sep="\n")
    return 1 if faults else 0


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
