"""How long `predict` takes from cold, beside the import of TensorFlow, in one run.

    python benchmarks/cold_start.py [--rounds 7]

Processes of their own, one after another in turn: what is imported for an answer, an answer about three seconds with
the exported network and with the Keras one, and ``import tensorflow``; that again where Python may not keep what it
compiled (PYTHONDONTWRITEBYTECODE) and pip did not compile it, which `course.py` prevents. A figure is the minimum over
the rounds, which other work on the machine disturbs least, of the time on the clock and of processor time. The table
goes to `benchmarks/cold_start.md`.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
from pathlib import Path

import numpy as np
import soundfile
from predict import in_a_process, song

from irmas_helpers.learning import models

OUT = Path(__file__).with_suffix(".md")
TENSORFLOW = "`import tensorflow`"


def report(taken: dict[str, np.ndarray], rounds: int) -> str:
    """The table as Markdown."""
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    rows = "".join(
        f"| {name} | {seconds[0]:.2f} | {seconds[1]:.2f} | {seconds[0] / taken[TENSORFLOW][0]:.2f} |\n"
        for name, seconds in taken.items()
    )
    return f"""# An answer from cold

Made by `python benchmarks/cold_start.py`: processes in turn, the minimum of {rounds} rounds each. {machine}.

| process | seconds | processor (s) | against TensorFlow |
| --- | ---: | ---: | ---: |
{rows}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.wav"
        soundfile.write(clip, song()[: 3 * 44_100], 44_100)
        predict = ("-m", "irmas_helpers", "predict", clip)
        processes = {
            "`import numpy, soundfile, soxr, onnxruntime`": ("-c", "import numpy, soundfile, soxr, onnxruntime"),
            "`predict clip.wav`": predict,
            "`predict clip.wav --model cnn.keras`": (*predict, "--model", models.DEFAULT_MODEL),
            TENSORFLOW: ("-c", "import tensorflow"),
            f"{TENSORFLOW}, not compiled": ("-B", "-X", f"pycache_prefix={folder}", "-c", "import tensorflow"),
        }
        turns = [[in_a_process(*arguments)[1:] for arguments in processes.values()] for _ in range(rounds)]
    taken = dict(zip(processes, np.min(turns, axis=0), strict=True))
    OUT.write_text(report(taken, rounds), "utf-8")
    print(OUT.read_text("utf-8"))


if __name__ == "__main__":
    main()
