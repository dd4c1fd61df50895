"""Make what the pages show: the pictures in `images/` and the tables of recorded results.

    python tools/make_readme.py             # everything
    python tools/make_readme.py --tables    # in a few seconds, without the pictures

Pictures come from the rendered set, the shipped model and `results/`; tables from `results/*.json`, from what the
benchmarks wrote, and from the package's own docstrings. They go between markers in `README.md`, `CONTRIBUTING.md`,
`docs/performance.md` and the model cards, and into `results/README.md`. `tools/make_screenshots.py` makes the two
screenshots.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import performance
import plan

from irmas_helpers import instruments, plots, widgets
from irmas_helpers.answers.predict import load_predictor
from irmas_helpers.data import clips
from irmas_helpers.learning import augmentation, batches, models, networks, own, recipes, results, transfer
from irmas_helpers.rendered import further_set, lone_notes, practice_set
from irmas_helpers.scoring import calibration
from irmas_helpers.sound import audio, features, packs

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
import research.recipes  # noqa: E402, F401  (adds the ablations to the recipes)

# The models in the package, by file name, and the recipes whose folds their cards quote.
MODEL_CARDS = {"dense": "dense_mean_sd_song", "cnn": recipes.SHIPPED}
# What the README shows of the recorded runs, and how it calls them.
README_ROWS = {
    "dense_original_song": "the original: dense, mean MFCCs, not scaled",
    "dense_mean_sd_song": "the best dense network: means and s.d., scaled",
    "cnn_baseline_song": "a plain CNN on log-mels, the baseline",
    "cnn_pooled_song": "a pooled CNN with augmentation",
    recipes.SHIPPED: "the network that ships: attention, Muon and slowed-down clips as well",
}
RESULTS_INTRODUCTION = """# Recorded runs

What every recorded training scored. Each row is one recipe of `irmas_helpers/learning/recipes.py` or
`research/recipes.py`, trained and tested on five folds or, in sweeps, on the first of them. Accuracy and macro F1 are
means over the folds with their standard deviation; the interval is a 95 % bootstrap interval over songs for all
out-of-fold answers together. Clips of songs with contradicting labels are left out and counted in the file.

*By clip* is the usual random split: nearly every test clip then has an excerpt of the same recording in training, and
the score measures memory as well. *By song* keeps all clips of a song on one side. "Real IRMAS, development part" is
every recording of the official training set but the sealed fifth (`--not-sealed`; the rule is in
`irmas_helpers/data/splits.py`), as log-mels in 256 levels. Its absolute level is lost; MFCCs are made at one nominal
level (`features.NOMINAL_PEAK_DB` in `irmas_helpers/sound/features.py`).

Pooled networks train for 72 epochs where a row names no other number. *60 dB*: what lies further below a clip's maximum
is silence. *Mixed in all shares*: clips are mixed in decibels, in shares from Beta(1, 1) and not Beta(0.4, 0.4), and
masks are lighter (`irmas_helpers/learning/augmentation_plans.py`). *Every frame*: the first convolution sees every one,
elsewhere the mean of two.

This page is made by `python tools/make_readme.py` from the JSON files in its folder.

"""


def audio_sample() -> plt.Figure:
    """A clip as a waveform and as a log-mel spectrogram."""
    path = _first_clip("cla")
    signal, rate = audio.load_channels(path)
    figure, (above, below) = plt.subplots(2, 1, figsize=(8, 5), layout="constrained")
    plots.waveform(signal, rate, title="A clarinet as a waveform", ax=above)
    plots.log_mel(features.log_mel(audio.load_audio(path)), title="The same as a log-mel spectrogram", ax=below)
    return figure


def three_sounds() -> plt.Figure:
    """A sine, the clarinet's note of notebook 01, and a mixture, each for 20 ms."""
    rate, first = audio.SAMPLE_RATE, _first_clip("cla")
    note = lone_notes.play(10, 1, {"cla": [71]}, progress=False)[0].sound
    sounds = {
        "a sine": 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate),
        "one note of a clarinet": note[int(0.8 * rate) :],
        "a clarinet among others": audio.load_audio(first)[int(1.5 * rate) :],
    }
    figure, axes = plt.subplots(1, 3, figsize=(8, 2.2), layout="constrained")
    for ax, (name, sound) in zip(axes, sounds.items(), strict=True):
        ax.plot(1000 * np.arange(rate // 50) / rate, sound[: rate // 50], linewidth=1.2)
        ax.set(title=name, xlabel="time (ms)", yticks=[])
    axes[0].set_ylabel("air pressure")
    return figure


def alone_and_among_others() -> plt.Figure:
    """A flute of the rendered set, and the lone flute of notebook 09."""
    played = next(note for note in lone_notes.play(2, 2, {"flu": (73,)}, progress=False) if note.kind == "phrase")
    sounds = {"a flute among others": audio.load_audio(_first_clip("flu")), "a flute alone": played.sound}
    pictures = {title: features.log_mel(audio.fit_length(sound)) for title, sound in sounds.items()}
    return plots.log_mels(pictures, columns=2).flat[0].figure


def instrument_gallery() -> plt.Figure:
    """One log-mel spectrogram an instrument."""
    examples = {code: features.log_mel(audio.load_audio(_first_clip(code))) for code in instruments.CODES}
    return plots.gallery(examples).flat[0].figure


def _first_clip(code: str) -> Path:
    root = practice_set.training_folder()
    table = clips.scan(root).clips
    return root / table.loc[table["instrument"] == code, "path"].iloc[0]


def one_neuron() -> plt.Figure:
    """Flutes and trumpets in a plane, and the neuron that ends the walk of notebook 02."""
    pack, _ = packs.cached(practice_set.training_folder()).without_contradictions()
    codes = pack.clips["instrument"].to_numpy()
    rows = np.isin(codes, ("flu", "tru"))
    points = batches.inputs(pack, "mfcc_mean_sd")[rows][:, [1, 2]]
    points = (points - points.mean(axis=0)) / points.std(axis=0)
    labels = ("MFCC 1, scaled", "MFCC 2, scaled")
    return plots.neuron(points, codes[rows], (2.7, 2.7), axis_labels=labels).figure


def dense_model() -> plt.Figure:
    """The original's dense network, layer by layer."""
    return plots.network(networks.dense()).figure


def dense_accuracy() -> plt.Figure:
    """Recorded accuracy of the dense networks on real IRMAS, by clip and by song."""
    rows = _rows([run["recipe"]["name"] for run in recorded_runs() if run["recipe"]["name"].startswith("dense")])
    return plots.scores(rows, title="Dense networks on real IRMAS, 5 folds").figure


def cnn_curves() -> plt.Figure:
    """How the baseline CNN learns its training clips by heart."""
    folds = results.folds("cnn_baseline_20_epochs_song")
    curves = {f"fold {record['fold'] + 1} of {record['folds']}": [record["history"]] for record in folds}
    return plots.fold_curves(curves, title="Baseline CNN on real IRMAS, split by song").flat[0].figure


def cnn_dropout() -> plt.Figure:
    """The recorded sweep over the rate of dropout."""
    rates = (0.0, *recipes.DROPOUT_RATES)
    rows = _rows([recipes.regularised(dropout=rate).name for rate in rates])
    rows = [{**row, "value": f"{rate:g}"} for row, rate in zip(rows, rates, strict=True)]
    return plots.sweep(rows, setting="dropout rate", title="Baseline CNN with dropout on real IRMAS, by song").figure


def dropout_masks() -> plt.Figure:
    """What three rates of dropout let through, in eight steps: notebook 04."""
    random = np.random.default_rng(4)
    figure, axes = plt.subplots(1, 3, figsize=(8, 2.5), layout="constrained")
    for ax, rate in zip(axes, (0.1, 0.5, 0.7), strict=True):
        plots.masks(random.random((8, 20)) >= rate, title=f"dropout rate {rate:g}", ax=ax)
    for ax in axes[1:]:
        ax.set(ylabel="")
    return figure


def cnn_l2() -> plt.Figure:
    """The recorded sweep over the factor of L2."""
    factors = (0.0, *recipes.L2_FACTORS)
    rows = _rows([recipes.regularised(l2=factor).name for factor in factors])
    rows = [{**row, "value": f"{factor:g}"} for row, factor in zip(rows, factors, strict=True)]
    return plots.sweep(rows, setting="factor of L2", title="Baseline CNN with L2 on real IRMAS, by song").figure


def cnn_models() -> plt.Figure:
    """All models of notebooks 02 to 05 with five folds by song on real IRMAS; `cnn_steps` shows what comes after."""
    runs = [run["recipe"] for run in main_runs(recorded_runs()) if run["recipe"]["split"] == "song"]
    names = [run["name"] for run in runs if not run["name"].startswith(("ablation", "cnn_pooled"))]
    return plots.scores(_rows(names), title="Models on real IRMAS, split by song, 5 folds").figure


def cnn_steps() -> plt.Figure:
    """From the baseline to the final network, step by step."""
    rows = [
        {**row, "label": f"{words} ({row['folds']})"}
        for row, words in zip(_rows(list(recipes.STEPS)), recipes.STEPS.values(), strict=True)
    ]
    return plots.scores(rows, title="Each step on real IRMAS, by song (folds run)").figure


def cnn_versions() -> plt.Figure:
    """A clip and what augmentation makes of it: notebook 06."""
    pack, _ = packs.cached(practice_set.training_folder()).without_contradictions()
    rows = [pack.clips["instrument"].eq(code).to_numpy().argmax() for code in ("cla", "gel")]
    power, other = (augmentation.power_of_levels(pack.values[[row]]) for row in rows)
    rng = np.random.default_rng(5)
    clip = augmentation.decibels(power)
    versions = {
        "a clarinet": clip,
        "rolled": augmentation.decibels(augmentation.shift(power, rng)),
        "masked": augmentation.mask(augmentation.mask(clip, 1, 20, rng), 2, 26, rng),
        "30 % guitar": augmentation.decibels(0.7**2 * power + 0.3**2 * other),
        "silence": augmentation.decibels(augmentation.silence(power, 1.0, rng)),
        "noise": augmentation.decibels(augmentation.add_noise(power, 1.0, rng)),
    }
    return plots.log_mels({title: version[0] for title, version in versions.items()}, columns=3)[0].figure


def restless_walk() -> plt.Figure:
    """The walk of the appendix, with noisy steps down a bowl, and the running mean of where it has been."""
    random, place, walk = np.random.default_rng(4), np.array([3.0, 2.0]), []
    for _ in range(600):
        place = place - 0.1 * (place * [1.0, 3.0] + random.normal(0, 2.0, 2))
        walk.append(place)
    means = walk[300:301]
    for place in walk[301:]:
        means.append(0.98 * means[-1] + 0.02 * place)
    figure, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
    ax.plot(*np.transpose(walk[300:]), ".-", linewidth=0.6, markersize=4, color="#AAAAAA", label="300 places of a walk")
    ax.plot(*np.transpose(means), linewidth=2.8, color="#DD5500", label="their running mean")
    ax.plot(0, 0, "X", markersize=11, color="#0055AA", markeredgecolor="white", label="the bottom")
    ax.set(xlabel="first weight", ylabel="second weight", title="Steps that never come to rest", aspect="equal")
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1), frameon=False)
    return figure


def choosing() -> plt.Figure:
    """Which songs of IRMAS are fitted to, which choose, which score, and which stay sealed."""
    parts = {
        "to fit": ("#9FBBD6", "black"),
        "validation: they choose": ("#117733", "white"),
        "test: they score": ("#EE7733", "black"),
        "sealed: they score once, at the end": ("#555555", "white"),
    }
    fit, choose, score, seal = parts
    figure, ax = plt.subplots(figsize=(8, 3), layout="constrained")
    for fold in range(5):
        blocks = [(fit, 0, 80), (score, 16 * fold, 16)] + ([(choose, 67.2, 12.8)] if fold == 0 else [])
        for kind, left, width in blocks:
            ax.barh(fold, width, left=left, height=0.8, color=parts[kind][0], edgecolor="white")
            if kind != fit:
                ax.text(left + width / 2, fold, kind.split(":")[0], color=parts[kind][1], ha="center", va="center")
    ax.barh(2, 20, left=80, height=4.8, color=parts[seal][0], edgecolor="white")
    ax.text(90, 2, "sealed", color=parts[seal][1], ha="center", va="center")
    ax.set(yticks=range(5), yticklabels=[f"fold {fold + 1}" for fold in range(5)], xlim=(0, 100), ylim=(4.5, -0.5),
           xlabel="songs of IRMAS (%)", title="Which songs may choose, and which may score?")  # fmt: skip
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    handles = [plt.Rectangle((0, 0), 1, 1, color=colour) for colour, _ in parts.values()]
    figure.legend(handles, parts, loc="outside lower center", ncols=4, handlelength=1, columnspacing=1.2)
    return figure


def cnn_calibration() -> plt.Figure:
    """What the final recipe's probabilities promise and keep, each fold at the temperature of the others."""
    heard = results.probabilities(recipes.SHIPPED)
    raw, true = heard[list(instruments.CODES)].to_numpy(), np.array(instruments.label_indices(heard["instrument"]))
    tempered, _ = calibration.unseen(raw, true, heard["fold"].to_numpy())
    tables = {"Songs of real IRMAS that it had not heard": calibration.reliability(tempered, true)}
    return plots.reliability(tables)[0].figure


def _rows(names: list[str]) -> list[dict]:
    return results.compare([results.summary(name) for name in names]).to_dict("records")


def example() -> plt.Figure:
    """What the shipped model answers for one rendered piece."""
    piece = sorted(practice_set.testing_folder().rglob("*.wav"))[0]
    answer = load_predictor().predict(piece)
    return plots.probabilities(answer.probabilities, title="The shipped model on a rendered piece").figure


def answer_over_time() -> plt.Figure:
    """What the shipped model answers while four rendered clips follow one another."""
    codes = ("pia", "cla", "org", "tru")
    signal = np.concatenate([audio.load_audio(_first_clip(code)) for code in codes])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "four.wav"
        path.write_bytes(widgets.wav_bytes(signal, audio.SAMPLE_RATE))
        answer = load_predictor().predict(path)
        starts, peaks = audio.peaks(path, step_seconds=0.02)
    top, _ = plots.answer_over_time(answer, starts, peaks)
    top.set_title(f"Played: {', '.join(instruments.NAMES[code] for code in codes)}. Heard:")
    return top.figure


def eight_strangers() -> plt.Figure:
    """Instruments that the network was never taught, in the two directions in which its features differ most."""
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    pack = own.read(further_set.folder()).pack
    heard = StandardScaler().fit_transform(transfer.hear(transfer.ear(), pack.values))
    return plots.scatter_map(PCA(2, random_state=0).fit_transform(heard), pack.recordings)[0].figure


# A picture's name, how it is drawn, and what it shows for those who do not see it.
PICTURES: dict[str, tuple[Callable[[], plt.Figure], str]] = {
    "eight_strangers": (
        eight_strangers,
        "Clips of eight instruments that the network was never taught, as it hears them: most keep to a region.",
    ),
    "audio_sample": (
        audio_sample,
        "Three seconds of clarinet: the waveform of both channels, and the log-mel spectrogram.",
    ),
    "three_sounds": (
        three_sounds,
        "Twenty milliseconds of three sounds: a smooth sine, a jagged clarinet note that repeats, and a mixture that "
        "does not.",
    ),
    "alone_and_among_others": (
        alone_and_among_others,
        "Log-mel spectrograms of two flutes: among others few cells are dark; alone, most are.",
    ),
    "instruments": (
        instrument_gallery,
        "Log-mel spectrograms of eleven instruments, one clip of the rendered set each.",
    ),
    "one_neuron": (
        one_neuron,
        "Flutes and trumpets as points in a plane, coloured by what one neuron answers there, with the straight line "
        "on which it answers one half.",
    ),
    "dense_model": (
        dense_model,
        "The dense network from 40 inputs to 11 outputs, with 186,635 parameters in four layers.",
    ),
    "dense_accuracy": (
        dense_accuracy,
        "Accuracy with intervals of four dense networks on real IRMAS: those with scaled inputs score 7 to 17 points "
        "lower by song.",
    ),
    "CNN_curves": (
        cnn_curves,
        "Training accuracy of the baseline CNN climbs to nearly 100 per cent while validation accuracy stays at 40.",
    ),
    "CNN_dropout": (
        cnn_dropout,
        "Accuracy of the CNN on fitted clips and on test songs, for dropout rates from 0 to 0.7.",
    ),
    "dropout_masks": (
        dropout_masks,
        "What dropout lets through, step by step, with rates of 0.1, 0.5 and 0.7: three blocks of cells, with more "
        "light cells in each than in the one before.",
    ),
    "CNN_l2": (
        cnn_l2,
        "Accuracy of the CNN on fitted clips and on test songs, for factors of L2 from 0 to 0.1.",
    ),
    "CNN_models": (
        cnn_models,
        "Accuracy with intervals of the dense networks and the CNNs on real IRMAS, by song.",
    ),
    "CNN_versions": (
        cnn_versions,
        "One clarinet clip as it is, rolled along time, with blank stretches, mixed with a guitar, with silence around "
        "one part, and under noise.",
    ),
    "restless_walk": (
        restless_walk,
        "A walk of 300 places zigzags about the bottom of a bowl; the running mean of the places drifts from "
        "its edge to near the bottom.",
    ),
    "CNN_steps": (
        cnn_steps,
        "Accuracy with intervals on real IRMAS, by song, from the baseline CNN to the pooled network, step by step.",
    ),
    "choosing": (
        choosing,
        "Bars for five folds: the test songs lie elsewhere in each, some training songs of the first are for "
        "validation, and a fifth of all songs is sealed.",
    ),
    "CNN_calibration": (
        cnn_calibration,
        "A reliability diagram of the network that ships, on songs that it had not heard, after one number was fitted: "
        "nearly all points lie close to the diagonal.",
    ),
    "example": (
        example,
        "Bars of the probability that the shipped model gives each of the eleven instruments.",
    ),
    "answer_over_time": (
        answer_over_time,
        "Four rendered clips, of piano, clarinet, organ and trumpet, one after another: the waveform in the colours of "
        "the answers, above the probability of each instrument in each second.",
    ),
}


def recorded_runs() -> list[dict]:
    """All summaries in `results/`, in the order of the recipes."""
    return [results.summary(name) for name in recipes.RECIPES if (results.FOLDER / f"{name}.json").exists()]


def is_real(run: dict) -> bool:
    """Whether a run was made on real IRMAS."""
    return run["data"]["data"].startswith("real IRMAS")


def main_runs(runs: list[dict]) -> list[dict]:
    """Those on real IRMAS with all folds: the ones that may be quoted."""
    return [run for run in runs if is_real(run) and len(run["per_fold"]) >= run["folds"]]


def results_table(runs: list[dict]) -> str:
    """A Markdown table of recorded runs."""
    lines = [
        "| model | data | split | clips (songs) | accuracy, mean ± s.d. of folds | 95 % interval | macro F1 |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for run in runs:
        low, high = run["pooled"]["interval"]
        recipe = run["recipe"]
        lines.append(
            f"| {recipe['title']} | {run['data']['data']} | by {results.SPLIT_NAMES[recipe['split']]}, "
            f"{results.folds_run(run)} | {run['pooled']['n']:,} ({run['pooled']['songs']:,}) | "
            f"{run['accuracy_mean']:.1%}{_spread(run, 'accuracy', '.1%')} | {low:.1%} to {high:.1%} | "
            f"{run['macro_f1_mean']:.3f}{_spread(run, 'macro_f1', '.3f')} |"
        )
    return "\n".join(lines)


def readme_table() -> str:
    """The few rows that the README shows, as a Markdown table."""
    lines = [
        "| network | data | split | clips (songs) | accuracy, mean of the folds | 95 % interval |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, words in README_ROWS.items():
        run = results.summary(name)
        low, high = run["pooled"]["interval"]
        lines.append(
            f"| {words} | {run['data']['data']} | by {results.SPLIT_NAMES[run['recipe']['split']]}, "
            f"{results.folds_run(run)} | {run['pooled']['n']:,} ({run['pooled']['songs']:,}) | "
            f"{run['accuracy_mean']:.1%} | {low:.1%} to {high:.1%} |"
        )
    return "\n".join(lines)


def _yardsticks() -> str:
    names = results.measured("outside")["names"]
    return (
        f"To compare with, on {names['data']}: always answering the most common class scores "
        f"{names['most_common_class']:.1%}, and always answering the most common class of the clip's genre, counted on "
        f"the same clips, {names['genre_tag']:.1%}."
    )


def _several() -> str:
    """What was measured of several instruments at once, in words."""
    seven = results.measured("polyphonic_seven")
    one, mixtures = seven["one choice"], seven["trained on mixtures"]
    return (
        f"## Several instruments at once\n\nOn {seven['data']}, all that were at hand, with a threshold of "
        f"{one['thresholds'][0]:g}, the network with one choice reaches a micro F1 of {interval(one, 'micro_f1')} and "
        f"the one trained on mixtures {interval(mixtures, 'micro_f1')}; always answering voice, piano and electric "
        f"guitar would reach {one['floor']['micro_f1']:.2f} (notebook 10, [numbers](measured/polyphonic_seven.json))."
    )


def interval(scores: dict, measure: str) -> str:
    """A score with its interval, in words."""
    low, high = scores[f"{measure}_interval"]
    return f"{scores[measure]:.2f} (95 % interval {low:.2f} to {high:.2f})"


def _shown(*names: str) -> str:
    return "\n\n".join(f"![{PICTURES[name][1]}](../images/{name}.png)" for name in names)


def _spread(run: dict, measure: str, form: str) -> str:
    """The s.d. over the folds; one fold has none."""
    return f" ± {run[f'{measure}_sd']:{form}}" if len(run["per_fold"]) > 1 else ""


def results_page(runs: list[dict]) -> str:
    """The text of `results/README.md`."""
    main = main_runs(runs)
    sweeps = [run for run in runs if is_real(run) and run not in main]
    practice = [run for run in runs if not is_real(run)]
    commands = "\n".join(_command(run) for run in runs)
    return (
        f"{RESULTS_INTRODUCTION}{_yardsticks()}\n\n## Real IRMAS, all folds\n\n{results_table(main)}\n\n"
        f"{_shown('dense_accuracy', 'CNN_models', 'CNN_steps', 'CNN_curves')}\n\n"
        f"## Real IRMAS, sweeps on fewer folds\n\nFor the shape of a curve, not to be quoted.\n\n"
        f"{results_table(sweeps)}\n\n{_shown('CNN_dropout', 'CNN_l2')}\n\n{_several()}\n\n"
        f"## Rendered set\n\nScores on it say nothing about real music.\n\n{results_table(practice)}\n\n"
        "## To make them again\n\nFrom a pack of log-mels (`python -m irmas_helpers extract DIR PACK.npz`) or, on "
        f"the rendered set, from its folder (`python -m irmas_helpers render`):\n\n```\n{commands}\n```\n"
    )


def _command(run: dict) -> str:
    folds = sorted({row["fold"] for row in run["per_fold"]})
    options = [
        f"--folds {run['folds']}",
        *([f"--first {len(folds)}"] if len(folds) < run["folds"] else []),
        *(
            [f"--precision {run['machine']['precision']}"]
            if run["machine"].get("precision", "float32") != "float32"
            else []
        ),
        f"--label '{run['data']['data']}'",
    ]
    source = "--features PACK.npz --not-sealed" if is_real(run) else "--data DIR"
    return f"python -m irmas_helpers experiment {run['recipe']['name']} {source} {' '.join(options)}"


def fold_table(run: dict) -> str:
    """A Markdown table of a recorded run's folds."""
    lines = ["| fold | accuracy | macro F1 | clips |", "| --- | --- | --- | --- |"]
    for row in run["per_fold"]:
        lines.append(f"| {row['fold'] + 1} | {row['accuracy']:.1%} | {row['macro_f1']:.3f} | {row['n']:,} |")
    return "\n".join(lines)


def class_table(run: dict) -> str:
    """A Markdown table of a recorded run's classes."""
    lines = ["| instrument | precision | recall | F1 | clips |", "| --- | --- | --- | --- | --- |"]
    for code, row in run["pooled"]["per_class"].items():
        numbers = " | ".join(f"{row[name]:.2f}" for name in ("precision", "recall", "f1"))
        lines.append(f"| {instruments.NAMES[code]} | {numbers} | {row['clips']} |")
    return "\n".join(lines)


def with_section(page: str, name: str, content: str) -> str:
    """A page with what stands between the markers of a section replaced."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    before, rest = page.split(begin)
    return f"{before}{begin}\n{content}\n{end}{rest.split(end)[1]}"


def draw_pictures() -> None:
    """Draw all pictures."""
    plots.style()
    for name, (draw, alt) in PICTURES.items():
        figure = draw()
        figure.savefig(
            ROOT / "images" / f"{name}.png", facecolor="white", metadata={"Software": None, "Description": alt}
        )
        plt.close(figure)
        print(f"images/{name}.png: {alt}")


def fill_in_tables() -> None:
    """Write the tables into all pages."""
    runs = recorded_runs()
    (ROOT / "results" / "README.md").write_text(results_page(runs), "utf-8")
    fill_in(ROOT / "README.md", {"results": readme_table()})
    fill_in(ROOT / "CONTRIBUTING.md", {"wings": plan.wings(), "rooms": plan.rooms()})
    fill_in(ROOT / "docs" / "performance.md", {"performance": performance.table()})
    for name, recipe in MODEL_CARDS.items():
        run = results.summary(recipe)
        sections = {"score": results_table([run]), "folds": fold_table(run), "classes": class_table(run)}
        fill_in(models.PRETRAINED / f"{name}.md", sections)


def fill_in(path: Path, sections: dict[str, str]) -> None:
    """Write the sections of a page that are made from results."""
    page = path.read_text("utf-8")
    for name, content in sections.items():
        page = with_section(page, name, content)
    path.write_text(page, "utf-8")


if __name__ == "__main__":
    if "--tables" not in sys.argv:
        draw_pictures()
    fill_in_tables()
