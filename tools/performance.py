"""The table of `docs/performance.md`, from the pages that benchmarks wrote and from recorded runs."""

from __future__ import annotations

import json
import re
from pathlib import Path

from irmas_helpers.learning import recipes, results

ROOT = Path(__file__).parents[1]


def page(name: str) -> str:
    """What a benchmark wrote, in one line."""
    return " ".join((ROOT / "benchmarks" / f"{name}.md").read_text("utf-8").split())


def cells(name: str, *starts: str) -> list[str]:
    """The cells that follow in the row of a benchmark's page whose first cells begin with `starts`."""
    for line in (ROOT / "benchmarks" / f"{name}.md").read_text("utf-8").splitlines():
        row = [cell.strip() for cell in line.strip("|").split("|")]
        if len(row) > len(starts) and all(cell == start for cell, start in zip(row, starts, strict=False)):
            return row[len(starts) :]
    raise ValueError(f"benchmarks/{name}.md has no row {starts}")


def found(name: str, pattern: str) -> tuple[str, ...]:
    """The groups of a pattern in a benchmark's page."""
    match = re.search(pattern, page(name))
    if match is None:
        raise ValueError(f"benchmarks/{name}.md does not say {pattern!r}")
    return match.groups()


def minutes_a_fold(*names: str) -> str:
    """From the quickest to the slowest recorded fold; recipes that go on where another ended are added up."""
    folds = []
    for name in names:
        files = sorted((results.FOLDER / "runs" / name).glob("seed0_fold*.json"))
        folds.append([json.loads(file.read_text("utf-8"))["seconds"] / 60 for file in files])
    minutes = [sum(parts) for parts in zip(*folds, strict=True)]
    return f"{min(minutes):.0f} to {max(minutes):.0f} min"


def table() -> str:
    """A Markdown table: what, how long or how much, and where it was measured."""
    lines = ["| what | time and memory | measured in |", "| --- | --- | --- |"]
    for name, rows in {
        "features": _features(),
        "pictures": _pictures(),
        "second_reader": _second_reader(),
        "predict": _answers(),
        "in_browser": _in_browser(),
        "bulk": _many(),
        "cold_start": _cold_start(),
        "polyphonic": _polyphonic(),
        "training": _epochs(),
        "first_step": _first_step(),
    }.items():
        lines += [f"| {what} | {figure} | [{name}](../benchmarks/{name}.md) |" for what, figure in rows.items()]
    return "\n".join(
        lines + [f"| {what} | {figure} | [runs](../results/README.md) |" for what, figure in _runs().items()]
    )


def _features() -> dict[str, str]:
    ours, a_second, _ = cells("features", "`audio.load_audio` + `features.log_mel`")
    usual = cells("features", "`librosa.load` + `melspectrogram` + `power_to_db`")[2]
    original = cells("features", 'the original\'s way: `librosa.load(res_type="kaiser_fast")` + `mfcc`')[2]
    clips, processes, seconds, megabytes = found(
        "features", r"Extracting ([\d,]+) clips with (\d+) processes takes (\d+) s and at its peak (\d+) MB"
    )
    return {
        "a clip, from a stereo wav to its log-mel": f"{ours} ms; {a_second} clips a second on one core",
        "the same with librosa's own functions": f"{usual} times as long",
        "a clip's MFCCs, as the original made them": f"{original} times as long",
        f"log-mels of {clips} clips, {processes} processes": f"{seconds} s; {megabytes} MB beyond the imports",
    }


def _pictures() -> dict[str, str]:
    _, _, times = cells("pictures", "ratio")
    return {"spectrograms drawn as pictures and read back, as the original did": f"{times} times the memory"}


def _second_reader() -> dict[str, str]:
    own, other, ratio = cells("second_reader", "mp3")
    packed, unpacked, seconds = found("second_reader", r"takes (\d+) MB packed and (\d+) MB on .*? in ([\d.]+) s")
    return {
        "three minutes of mp3, decoded by FFmpeg's libraries": f"{other} s; {ratio} times libsndfile's {own} s",
        "the reader that brings them": f"a wheel of {packed} MB, {unpacked} MB on the disk; {seconds} s to import",
    }


def _answers() -> dict[str, str]:
    wav, mp3 = (cells("predict", kind)[3:] for kind in ("wav", "mp3"))
    hours, more = found("predict", r"Two hours .*? take (\d+) s and (\d+) MB beyond")
    return {
        "an answer about three minutes of wav, network loaded": f"{wav[0]} s, {wav[1]} times real time",
        "the same as mp3": f"{mp3[0]} s, {mp3[1]} times real time",
        "an answer about two hours": f"{hours} s; {more} MB more than for three minutes",
    }


def _in_browser() -> dict[str, str]:
    seconds, _, ratio = cells("in_browser", "mp3")
    (first,) = found("in_browser", r"first answer, an mp3, took ([\d.]+) s")
    return {"the same in the browser": f"{seconds} s, {ratio} times `predict`'s; the first time {first} s"}


def _many() -> dict[str, str]:
    (files,) = found("bulk", r"(\d+) mp3s of 180 s")
    (hours,) = found("bulk", r"songs take (\d+) hours of one processor")
    rows = {}
    for way in ("one process", "two processes", "a Dask cluster of two"):
        rate, used, _ = cells("bulk", way)
        rows[f"three-minute mp3s, {way}"] = f"{rate} files a minute, {used} s of a processor each (n = {files})"
    return rows | {"100,000 of them": f"{hours} hours of one processor, on paper"}


def _cold_start() -> dict[str, str]:
    seconds, _, ratio = cells("cold_start", "`predict clip.wav`")
    return {"`predict` from cold, three seconds of sound": f"{seconds} s, {ratio} times `import tensorflow`"}


def _polyphonic() -> dict[str, str]:
    minutes = cells("polyphonic", "both")[3]
    (excerpts,) = found("polyphonic", r"official set's ([\d,]+) excerpts")
    return {f"IRMAS's testing set, {excerpts} excerpts, from wavs to scores": f"{minutes} min, extrapolated"}


def _epochs() -> dict[str, str]:
    rows = {}
    for network, name in (("the baseline CNN", "baseline"), ("the network that ships", "the recipe that ships")):
        (usual, _, memory), (short, *_) = (cells("training", name, kind) for kind in ("32 bits", "16 and 32 bits"))
        rows[f"an epoch of {network}, two threads"] = f"{usual} s in 32 bits, {short} s in 16; {memory} GB"
    return rows


def _first_step() -> dict[str, str]:
    inside, beforehand, _ = cells("first_step", "the recipe that ships")
    return {"the first step of training": f"{beforehand} s; {inside} s if variables are made in it"}


def _runs() -> dict[str, str]:
    shipped = [recipes.SHIPPED]
    while begun := recipes.recipe(shipped[0]).begins_with:
        shipped.insert(0, begun)
    epochs = sum(recipes.recipe(name).epochs for name in shipped)
    return {
        "a recorded fold of the baseline CNN": minutes_a_fold("cnn_baseline_song"),
        f"a recorded fold of the recipe that ships, {epochs} epochs": minutes_a_fold(*shipped),
    }
