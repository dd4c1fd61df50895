"""A network for the learner's own instruments: from a folder of class folders to a model file with an honest score.

Honest means: by sources that took no part in learning. Where a class has a single source there is no such score, no
calibration either, and both the card and the command say so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..data import class_folders, splits
from ..errors import DatasetError, ModelError
from ..instruments import CODES, name_of
from ..paths import written_whole
from ..scoring import calibration, evaluation, openset
from ..scoring.calibration import Calibration
from ..scoring.openset import OpenSet
from ..sound import window_packs
from ..sound.window_packs import WindowPack
from . import models, strangers, transfer
from .transfer import Fold

if TYPE_CHECKING:
    import keras

LEAST_WINDOWS = 5  # of a class: about eight seconds of sound in one recording, or five short ones
MOST_WINDOWS = 10_000  # in all, a sixth of a gigabyte; of more recordings than that there is one window each
_FOLDS, _INNER_FOLDS = 5, 3
KEPT = 0.95  # of recordings, by the threshold for what is foreign
_TRIES = 10
_SHOWN = 20  # files that cannot be read, by name
_CARD = b"# Model card"


@dataclass(frozen=True)
class Sounds:
    """Recordings of classes to be learned, ready for an ear."""

    folder: str  # its name
    pack: WindowPack
    classes: tuple[str, ...]
    grouped: str  # how sources are known, in words
    notes: tuple[str, ...]  # one line for each thing that was left out

    @property
    def y(self) -> np.ndarray:
        """The class index of each window."""
        return np.searchsorted(self.classes, self.pack.of_windows("instrument"))

    def fewest_sources(self) -> tuple[str, int]:
        """The class with the fewest sources, and how many these are."""
        counts = self.pack.recordings.groupby("instrument")["song"].nunique()
        return counts.idxmin(), int(counts.min())

    @property
    def unscored(self) -> str:
        """Why there can be no honest score, in a line; empty where there can be one."""
        name, sources = self.fewest_sources()
        if self.folds():
            return ""
        if sources > 1:
            return "no honest score and no calibration: sources cannot be held out without a class's last one; add some"
        return (
            f"no honest score and no calibration: {name} has one source, and how well others are known cannot be said; "
            "put each player's or record's files into a subfolder of the class, or name sources with --groups"
        )

    def folds(self) -> list[Fold]:
        """Positions of windows, split by source, every class in each training part; none with a single source."""
        return _folds(self.y, self.pack.of_windows("song"), min(_FOLDS, self.fewest_sources()[1]))

    def weights(self) -> np.ndarray:
        """How much each window counts in learning: recordings alike, however long they are."""
        return self.pack.weights / np.bincount(self.pack.recording, self.pack.weights)[self.pack.recording]

    def __str__(self) -> str:
        counts = self.pack.recordings.groupby("instrument")
        listed = ", ".join(f"{name} {len(rows)} ({rows['song'].nunique()})" for name, rows in counts)
        codes = "".join(
            f"; {name} is shown as {name_of(name)}, as IRMAS has it"
            for name in self.classes
            if name in CODES and self.classes != CODES
        )
        return f"recordings (sources) of each class: {listed}; {len(self.pack.values)} windows of three seconds{codes}"


@dataclass(frozen=True)
class Foreign:
    """What tells the classes from all else, and how well."""

    head: OpenSet
    left_out: tuple[tuple[str, float, float], ...]  # of each class as if it had not been taught: AUROC, share noticed

    def __str__(self) -> str:
        said = f"of unheard sources' recordings {KEPT:.0%} pass as one of the classes"
        if not self.left_out:
            return f"{said}; what is noticed of others was not measured"
        _, areas, noticed = zip(*self.left_out, strict=True)
        worst = min(self.left_out, key=lambda each: each[1])
        return (
            f"{said}; of a class left out {np.mean(noticed):.0%} are noticed, AUROC {np.mean(areas):.2f} on average "
            f"({worst[1]:.2f} for {worst[0]})"
        )


@dataclass(frozen=True)
class Learned:
    """A network that was taught, and what is known about it."""

    model: keras.Model
    sounds: Sounds
    fine_tuned: bool
    scores: evaluation.Scores | None  # by source; None where a class has but one
    calibration: Calibration | None  # of windows of unheard sources; None likewise
    foreign: Foreign | None  # what says "none of them"; None likewise

    @property
    def verdict(self) -> str:
        """The honest score in a line, or why there is none."""
        if not self.scores:
            return self.sounds.unscored
        classes = len(self.sounds.classes)
        return f"unheard sources: {self.scores}; guessing among {classes} classes: {1 / classes:.1%}"


def read(root: str | os.PathLike, groups: str | None = None, *, progress: bool = True) -> Sounds:
    """The recordings of a folder of class folders, as windows.

    Parameters
    ----------
    root, groups
        See `class_folders.scan`.
    progress : bool
        Whether to show a bar while features are extracted, which is done once.

    Raises
    ------
    DatasetError
        If fewer than two classes have `LEAST_WINDOWS` windows.
    """
    found = class_folders.scan(root, groups)
    pack = window_packs.cached(root, found.recordings, progress=progress)
    windows = dict(zip(*np.unique(pack.of_windows("instrument"), return_counts=True), strict=True))
    few = {name: windows.get(name, 0) for name in found.classes if windows.get(name, 0) < LEAST_WINDOWS}
    bad = [line.removeprefix(f"{root}{os.sep}") for line in pack.bad]
    notes = [*found.notes, *_first_of(bad), *(_too_few(*each) for each in few.items())]
    classes = tuple(name for name in found.classes if name not in few)
    if len(classes) < 2:
        raise DatasetError(f"{root}: fewer than two classes are left; {'; '.join(notes)}")
    pack = pack.select(~pack.recordings["instrument"].isin(few).to_numpy(), most=MOST_WINDOWS)
    return Sounds(Path(root).resolve().name, pack, classes, found.grouped, tuple(notes))


def _too_few(name: str, count: int) -> str:
    what = "window" if count == 1 else "windows"
    return f"{name}: {count} {what} of three seconds, fewer than {LEAST_WINDOWS}; left out: add recordings"


def _first_of(lines: Sequence[str]) -> list[str]:
    """Some lines, and how many more there are."""
    more = len(lines) - _SHOWN
    return [*lines[:_SHOWN], *([f"{more} more files cannot be read"] if more > 0 else [])]


def learn(sounds: Sounds, *, fine_tune: bool = False, seed: int = 0, progress: bool = True) -> Learned:
    """Teach the network that ships new classes.

    Its convolutions stay as they are and a linear probe learns to name what they hear; with `fine_tune` all of it then
    trains a little further. The score is that of networks which were taught without the sources that they are asked
    about, by the same steps.

    Parameters
    ----------
    sounds : Sounds
        From `read`.
    fine_tune : bool
        Whether to train the convolutions too, which takes minutes.
    seed : int
        Of the fine-tuning.
    progress : bool
        Whether to show a bar while it trains.
    """
    heard = models.hear(transfer.ear(), sounds.pack.values)

    def taught(rows: np.ndarray) -> tuple[transfer.Probe, keras.Model | None]:
        return _taught(sounds, heard[0], rows, fine_tune, seed, progress)

    def asked(probe: transfer.Probe, model: keras.Model | None, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if model:
            return models.hear(model, sounds.pack.values[rows])
        return probe.probabilities(heard[0][rows]), heard[1][rows]

    y, every = sounds.y, np.arange(len(sounds.y))
    scores = own_calibration = foreign = None
    if folds := sounds.folds():
        said, fold = np.zeros((len(y), len(sounds.classes))), np.full(len(y), -1)
        strange = np.zeros(len(y))
        for number, (train, test) in enumerate(folds):
            network = taught(train)
            said[test], features = asked(*network, test)
            strange[test] = strangers.fit(asked(*network, train)[1], y[train]).score(features)
            fold[test] = number
        scores, own_calibration = _judged(sounds, said, fold)
    probe, model = taught(every)
    if folds:
        left_out = () if fine_tune else _left_out(sounds, heard[1], folds)
        threshold = _threshold(sounds.pack, strange, fold >= 0)
        foreign = Foreign(strangers.fit(asked(probe, model, every)[1], y, threshold), left_out)
    model = model or transfer.joined(transfer.ear(), probe, sounds.classes)
    return Learned(model, sounds, fine_tune, scores, own_calibration, foreign)


def _recordings(pack: WindowPack, asked: np.ndarray) -> np.ndarray:
    """Which recordings have windows among these [shape=(recordings,), dtype=bool]."""
    return np.isin(np.arange(len(pack.recordings)), pack.recording[asked])


def _threshold(pack: WindowPack, strange: np.ndarray, asked: np.ndarray) -> float:
    """The score below which `KEPT` of the recordings of unheard sources lie."""
    return float(np.quantile(pack.means(strange[:, None])[_recordings(pack, asked), 0], KEPT))


def as_stranger(sounds: Sounds, features: np.ndarray, folds: Sequence[Fold], place: int) -> np.ndarray:
    """How foreign each recording is to heads that were taught neither its source nor one class, which is then foreign.

    Parameters
    ----------
    sounds : Sounds
        From `read`, three classes or more.
    features : numpy.ndarray [shape=(windows, features)]
        See `strangers.fit`.
    folds : sequence of (train, test)
        From `Sounds.folds`.
    place : int
        Index of the class that is left out.
    """
    others, strange = sounds.y - (sounds.y > place), np.zeros((len(sounds.y), 1))
    for train, test in folds:
        rows = train[sounds.y[train] != place]
        strange[test, 0] = strangers.fit(features[rows], others[rows]).score(features[test])
    return sounds.pack.means(strange)[:, 0]


def _left_out(sounds: Sounds, features: np.ndarray, folds: Sequence[Fold]) -> tuple[tuple[str, float, float], ...]:
    """Each class as if it had not been taught: AUROC against the others' unheard sources, and the share noticed."""
    from sklearn.metrics import roc_auc_score

    found = []
    asked = _recordings(sounds.pack, np.concatenate([test for _, test in folds]))
    for place, name in enumerate(sounds.classes if len(sounds.classes) > 2 else ()):
        strange = as_stranger(sounds, features, folds, place)[asked]
        foreign = (sounds.pack.recordings["instrument"] == name).to_numpy()[asked]
        noticed = np.mean(strange[foreign] > np.quantile(strange[~foreign], KEPT))
        found.append((name, float(roc_auc_score(foreign, strange)), float(noticed)))
    return tuple(found)


def _folds(y: np.ndarray, source: np.ndarray, folds: int) -> list[Fold]:
    """Folds by source; what would leave a class without training is no fold.

    Where classes share sources such folds can be rare: other ways of dealing out are tried, then each source by itself.
    """
    from sklearn.model_selection import LeaveOneGroupOut

    if folds < 2:
        return []
    ways = [partial(splits.group_folds, y, source, folds, seed) for seed in range(_TRIES)]
    if len(np.unique(source)) <= _TRIES:
        ways.append(partial(LeaveOneGroupOut().split, y, y, source))
    best: list[Fold] = []
    for way in ways:
        found = list(way())
        good = [fold for fold in found if len(np.unique(y[fold[0]])) == len(np.unique(y))]
        best = max(best, good, key=len)
        if len(good) == len(found):
            break
    return best


def _taught(
    sounds: Sounds, heard: np.ndarray, rows: np.ndarray, fine_tune: bool, seed: int, progress: bool
) -> tuple[transfer.Probe, keras.Model | None]:
    """A probe that was taught some windows, and the network that was trained further from it, if any.

    What holds the probe back is chosen on sources among these windows.
    """
    y, source = sounds.y[rows], sounds.pack.of_windows("song")[rows]
    fewest = min(len(np.unique(source[y == each])) for each in np.unique(y))
    probe = transfer.probe(heard[rows], y, _folds(y, source, min(_INNER_FOLDS, fewest)), sounds.weights()[rows])
    if not fine_tune:
        return probe, None
    model = transfer.joined(transfer.ear(), probe, sounds.classes)
    transfer.fine_tune(model, sounds.pack.values[rows], y, seed=seed, progress=progress)
    return probe, model


def _judged(sounds: Sounds, said: np.ndarray, fold: np.ndarray) -> tuple[evaluation.Scores, Calibration | None]:
    """Scores of recordings, by source, and a calibration of windows."""
    asked = fold >= 0
    several = len(np.unique(fold[asked])) > 1
    tempered = said.copy()
    own_calibration = None
    if several:
        y, songs = sounds.y[asked], len(set(sounds.pack.of_windows("song")[asked]))
        says = {"songs": songs, "data": sounds.folder, "recipe": "learn"}
        own_calibration = calibration.fit(said[asked], y, fold[asked], **says)
        tempered[asked], _ = calibration.unseen(said[asked], y, fold[asked])
    return score(sounds.pack, tempered, sounds.classes, asked), own_calibration


def score(
    pack: WindowPack, said: np.ndarray, classes: Sequence[str], asked: np.ndarray | None = None
) -> evaluation.Scores:
    """Scores of recordings, whose answers are means over their windows, with intervals over sources.

    Parameters
    ----------
    pack : WindowPack
        The recordings.
    said : numpy.ndarray [shape=(windows, classes)]
        Probabilities.
    classes : sequence of str
        In the order of the columns.
    asked : numpy.ndarray [shape=(windows,), dtype=bool]
        The windows that count; a recording's all do or none. All if None.
    """
    which = _recordings(pack, np.ones(len(said), bool) if asked is None else asked)
    answers = np.array(classes)[pack.means(said).argmax(axis=1)][which]
    true, sources = (pack.recordings.loc[which, column].tolist() for column in ("instrument", "song"))
    return evaluation.score(true, answers.tolist(), sources, classes=classes, unit="sources")


def check_place(out: str | os.PathLike) -> None:
    """As `models.check_place`, and a `ModelError` where what is saved beside the network would be in the way."""
    out = Path(out)
    models.check_place(out)
    if (lone := models.lone_file(out)).exists():
        raise ModelError(f"{out}: {lone.name} beside it belongs to another network; choose another name")
    try:
        others = next(_of_no_network(out), None)
    except OSError as error:
        raise ModelError(f"{out}: cannot be written ({error.strerror}); choose another place") from None
    if others:
        raise ModelError(f"{others}: is of no network and would be lost; choose another name")


def _of_no_network(out: Path) -> Iterator[Path]:
    """Files at the places of what is written beside a network that are something else."""
    places = {out.with_suffix(".json"): calibration.load_calibration, openset.head_file(out): openset.load}
    for file, load in places.items():
        try:
            load(out)
        except ModelError:
            yield file
    text = out.with_suffix(".md")
    if text.exists() and not text.read_bytes().startswith(_CARD):
        yield text


def evaluate(model: models.Network, sounds: Sounds) -> evaluation.Scores:
    """Score a network on recordings of its classes; others are no question for it.

    Raises
    ------
    DatasetError
        If it knows none of the classes.
    """
    classes = models.classes_of(model)
    known = sounds.pack.recordings["instrument"].isin(classes).to_numpy()
    if not known.any():
        raise DatasetError(f"{sounds.folder}: has {', '.join(sounds.classes)}; the network names {', '.join(classes)}")
    pack = sounds.pack.select(known)
    return score(pack, models.predict_pack(model, pack.values), classes)


def save(learned: Learned, out: str | os.PathLike) -> None:
    """Write the network, and beside it what belongs to it.

    That is its calibration (``NAME.json``), its head for what is none of its classes (``NAME_openset.npz``) and its
    card (``NAME.md``). Those of an earlier network of that name go where this one has none. A `ModelError` as in
    `check_place`.
    """
    check_place(out)
    out = Path(out)
    models.save(learned.model, out)
    out.with_suffix(".json").unlink(missing_ok=True)
    openset.head_file(out).unlink(missing_ok=True)
    if learned.calibration:
        calibration.save_calibration(learned.calibration, out.with_suffix(".json"))
    if learned.foreign:
        learned.foreign.head.save(openset.head_file(out))
    with written_whole(out.with_suffix(".md")) as temporary:
        temporary.write_text(card(learned, out.name), "utf-8")


def card(learned: Learned, name: str) -> str:
    """The model card, in Markdown: what it is, data, split, score, limits."""
    sounds = learned.sounds
    left_out = "".join(f"\n- left out: {note}" for note in sounds.notes)
    how = "then all of it was trained a little further" if learned.fine_tuned else "its convolutions are as they were"
    table = f"\n\n{_class_lines(learned.scores)}" if learned.scores else ""
    none_of_them = str(learned.foreign or "no threshold: it needs unheard sources of every class")
    scored = learned.scores is not None
    bounds = ", and nobody\nknows how it does elsewhere"
    if scored:
        bounds = (
            ";\nthe score is for other sources of the same kind, and for nothing else. "
            "The number of classes is part of it: fewer\nare easier"
        )
    limit = (
        "What it was not taught may pass as one of its classes" if learned.foreign else "It names one of its classes"
    )
    return f"""{_CARD.decode()}: `{name}`

**What it is.** The network that ships with the course, taught other classes by `irmas learn`:
{", ".join(sounds.classes)}.
A new last layer (logistic regression on the mean of the last map) was fitted; {how}.

**Data.** The folder {sounds.folder}: {sounds}.{left_out}

**Split.** Sources: {sounds.grouped}.{" What is scored was said by networks that had not heard the source." * scored}

**Score.** {learned.verdict}.{table}

**Calibration.** {learned.calibration or "None, so that no answer is ever marked as not sure."}

**What is none of them.** {none_of_them[:1].upper()}{none_of_them[1:]}.

**Limits.** {limit}, whatever it hears. It knows the players, rooms and microphones of this folder{bounds}.
"""


def _class_lines(scores: evaluation.Scores) -> str:
    lines = [
        f"| {name} | {row.precision:.2f} | {row.recall:.2f} | {row.f1:.2f} | {row.clips:.0f} |"
        for name, row in scores.per_class().iterrows()
    ]
    return "\n".join(["| class | precision | recall | F1 | recordings |", "| --- | --- | --- | --- | --- |", *lines])
