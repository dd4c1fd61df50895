"""The checks behind the notebooks' exercises: each looks at what the learner made and answers in one sentence.

A check never gives the solution away, says "not tried yet" where nothing was made, and raises nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import IrmasError
from .instruments import CODES
from .sound.audio import SAMPLE_RATE


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes
    ----------
    variable : str
        The name that the learner assigns.
    judge : callable
        From the learner's value and the notebook's names to a sentence.
    """

    variable: str
    judge: Callable[[Any, Mapping[str, Any]], str]


_EXERCISES: dict[str, Exercise] = {}


def _exercise(variable: str):
    def register(judge):
        _EXERCISES[judge.__name__.lstrip("_")] = Exercise(variable, judge)
        return judge

    return register


def check(name: str, names: Mapping[str, Any]) -> None:
    """Print what a learner's answer is worth.

    Parameters
    ----------
    name : str
        The exercise.
    names : mapping
        The notebook's variables, ``globals()``.
    """
    exercise = _EXERCISES[name]
    value = names.get(exercise.variable)
    if value is None:
        print(f"Not tried yet: assign your answer to {exercise.variable} in the cell above.")
        return
    try:
        print(exercise.judge(value, names))
    except IrmasError as error:  # recorded results that are not there
        print(error)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError):
        print(
            f"{exercise.variable} is a {type(value).__name__} that the check cannot read; look at the task's last line."
        )


# Notebook 01


@_exercise("jazz_saxophones")
def _jazz_saxophones(value, names) -> str:
    clips = names["clip_table"]
    jazz, saxophones = clips["genre"] == "jaz_blu", clips["instrument"] == "sax"
    if int(value) == (jazz & saxophones).sum():
        return f"Right: {int(value)} of the {saxophones.sum()} saxophone clips are tagged as jazz and blues."
    if int(value) == saxophones.sum():
        return "That is every saxophone clip; the genre has to be jaz_blu as well."
    return "Not yet: combine two conditions with & and count the rows where both are true."


@_exercise("resolution")
def _resolution(value, names) -> str:
    milliseconds, hertz = (float(number) for number in value)
    n_fft = 1024
    if np.isclose(milliseconds, 1000 * n_fft / SAMPLE_RATE, atol=0.1) and np.isclose(
        hertz, SAMPLE_RATE / n_fft, atol=0.1
    ):
        return "Right: half the window, half the time, and twice the distance between bins."
    if np.isclose(milliseconds, n_fft / SAMPLE_RATE, atol=1e-3):
        return "The first number is in seconds; the task asks for milliseconds."
    return "Not yet: a window lasts n_fft / sample rate, and bins lie sample rate / n_fft apart."


@_exercise("my_split")
def _my_split(value, names) -> str:
    clips = names["clip_table"]
    train, test = (np.asarray(part, dtype=int) for part in value)
    if len(np.union1d(train, test)) < len(clips) or len(np.intersect1d(train, test)):
        return "Some clips are in neither part or in both: together the two must hold each clip once."
    songs = clips["song"].to_numpy()
    shared = len(np.intersect1d(songs[train], songs[test]))
    if shared:
        return f"{shared} songs have clips on both sides; let the song decide, not the clip."
    share = len(test) / len(clips)
    if not 0.15 <= share <= 0.25:
        return (
            f"No song is on both sides, but the test holds {share:.0%} of the clips; the task asks for about a fifth."
        )
    return f"Right: no song is on both sides, and the test holds {share:.0%} of the clips."


# Notebook 02


@_exercise("parameters")
def _parameters(value, names) -> str:
    sizes = (80, 512, 256, 128, len(CODES))
    weights = sum(inputs * units for inputs, units in itertools.pairwise(sizes))
    if int(value) == weights + sum(sizes[1:]):
        return f"Right: {int(value):,} numbers to learn."
    if int(value) == weights:
        return "Those are the weights; each unit also has a bias."
    return "Not yet: a dense layer has inputs x units weights and one bias a unit; add up the four layers."


@_exercise("largest_class_accuracy")
def _largest_class_accuracy(value, names) -> str:
    train, test = names["train"], names["test"]
    labels = names["pack"].clips["instrument"].to_numpy()
    largest = names["pack"].clips["instrument"].iloc[train].mode()[0]
    if np.isclose(float(value), np.mean(labels[test] == largest), atol=5e-4):
        return f"Right: always answering {largest} scores {float(value):.1%}; a network has to beat that."
    if float(value) > 1:
        return "Give it as a share between 0 and 1."
    return "Not yet: find the largest class in the training part, then see what share of the test clips it is."


@_exercise("worst_pair")
def _worst_pair(value, names) -> str:
    true, answer = value
    confusion = np.array(names["scores"].confusion)
    np.fill_diagonal(confusion, 0)
    count = confusion[CODES.index(true), CODES.index(answer)]
    if count == confusion.max():
        return f"Right: {count} clips of {true} are called {answer}, more than of any other pair."
    return f"{count} clips of {true} are called {answer}; some cell off the diagonal holds more."


# Notebook 03


@_exercise("convolution_parameters")
def _convolution_parameters(value, names) -> str:
    weights, biases = 5 * 5 * 64 * 32, 32
    if int(value) == weights + biases:
        return f"Right: {int(value):,}, wherever the kernels look."
    if int(value) == weights:
        return "Those are the weights; each kernel also has a bias."
    if int(value) in (5 * 5 * 32, 5 * 5 * 32 + biases):
        return "Each kernel is 5 x 5 for every one of the 64 channels of its input."
    return "Not yet: a kernel has height x width x input channels weights and one bias; how many kernels are there?"


@_exercise("flattened")
def _flattened(value, names) -> str:
    # Pooled twice the maps are 30 x 31; a 3 x 3 kernel takes one from each side, and pooling halves and rounds down.
    height, width = (30 - 2) // 2, (31 - 2) // 2
    if int(value) == height * width * 64:
        return f"Right: {height} x {width} places of 64 maps, {int(value):,} numbers, less than a sixth of 59,520."
    if int(value) == (30 // 2) * (31 // 2) * 64:
        return "Nearly: a kernel of 3 x 3 without padding makes each map smaller by two before it is pooled."
    return "Not yet: follow height and width through the convolution and the pooling, then multiply by the maps."


@_exercise("turning_point")
def _turning_point(value, names) -> str:
    epoch, points = value
    curve, accuracies = names["history"]["val_cross_entropy"], names["history"]["val_accuracy"]
    best = int(np.argmin(curve))
    gained = 100 * (accuracies[-1] - accuracies[best])
    if int(epoch) == best:
        return "You counted epochs from 0; the task counts from 1."
    if int(epoch) != best + 1:
        return f"Epoch {int(epoch)} does not have the smallest validation cross-entropy; np.argmin finds it."
    if np.isclose(float(points), gained / 100, atol=1e-3) and not np.isclose(gained, 0, atol=0.2):
        return "The epoch is right; give the gain in points, a hundred times the share."
    if not np.isclose(float(points), gained, atol=0.1):
        return "The epoch is right; the gain is the last validation accuracy minus the one in that epoch."
    return f"Right: from epoch {best + 1} to {len(curve)} the validation accuracy changes by {gained:+.1f} points."


# Notebook 04


@_exercise("my_dropout")
def _my_dropout(value, names) -> str:
    rate, ones = 0.2, np.ones((200, 100))
    result = np.asarray(value(ones, rate, np.random.default_rng(0)), dtype=float)
    if result.shape != ones.shape:
        return f"The result has shape {result.shape}; it should have that of the values, {ones.shape}."
    dropped = np.mean(result == 0)
    if np.isclose(dropped, 1 - rate, atol=0.02):
        return f"With rate {rate:g} it drops {dropped:.0%}: it keeps what it should drop."
    if not np.isclose(dropped, rate, atol=0.02):
        return f"With rate {rate:g} it drops {dropped:.0%} of the values."
    if np.array_equal(result, np.asarray(value(ones, rate, np.random.default_rng(1)), dtype=float)):
        return "Another random generator gives the same mask; let `random` draw it."
    if not np.isclose(result.mean(), 1, atol=0.02):
        return f"The right share is dropped, but the mean of ones becomes {result.mean():.2f}; make the rest larger."
    return f"Right: {dropped:.0%} are dropped and the mean stays {result.mean():.2f}."


@_exercise("power_of_two")
def _power_of_two(value, names) -> str:
    units = (512, 256, 128)
    if int(value) == sum(units):
        return f"Right: 2 to the power of {sum(units)}, a number of {len(str(2 ** sum(units)))} digits."
    if int(value) == np.prod(units):
        return "Every unit of one layer goes with every choice in the others, but a choice is made once a unit: add."
    return "Not yet: each unit is either there or not; how many units stand before a dropout layer?"


@_exercise("lowest_rate")
def _lowest_rate(value, names) -> str:
    from .learning import recipes, results

    ends = {}
    for rate in names["rates"]:
        curves = results.folds(recipes.regularised(dropout=rate).name)[0]["history"]
        ends[float(rate)] = curves["cross_entropy"][-1]
    best = min(ends, key=ends.get)
    if np.isclose(float(value), best):
        return f"Right: with rate {best:g} it ends at {ends[best]:.2f}."
    if float(value) not in ends:
        return f"Assign one of the rates: {', '.join(f'{rate:g}' for rate in ends)}."
    return f"With rate {float(value):g} it ends at {ends[float(value)]:.2f}; another rate ends lower."


# Notebook 05


@_exercise("small_penalty")
def _small_penalty(value, names) -> str:
    squares = sum(weight**2 for weight in (3, -4, 0, 1))
    if np.isclose(float(value), 0.01 * squares):
        return f"Right: {0.01 * squares:g}; the weight of -4 alone pays {0.01 * 16:g}."
    if np.isclose(float(value), squares):
        return "That is the sum of the squares; the factor is missing."
    if np.isclose(float(value), 0.01 * squares / 2):
        return "Keras does not halve the penalty, as some books do."
    return "Not yet: square each weight, add up, multiply by the factor."


@_exercise("half_life")
def _half_life(value, names) -> str:
    steps_an_epoch, share = 108, 0.001 * 0.1
    steps = np.log(0.5) / np.log(1 - share)
    if np.isclose(float(value), steps / steps_an_epoch, rtol=0.02):
        return f"Right: {steps:,.0f} steps, {steps / steps_an_epoch:.0f} epochs; in ten epochs it does very little."
    if np.isclose(float(value), steps, rtol=0.02):
        return "Those are steps; the task asks for epochs."
    if np.isclose(float(value), 0.5 / share / steps_an_epoch, rtol=0.02):
        return "Nearly: the share is taken of what is left, not of the first value, so that it takes longer."
    return "Not yet: solve (1 - share) ** steps = 0.5, then divide by the steps of an epoch."


@_exercise("stopping")
def _stopping(value, names) -> str:
    from .learning import results

    right = results.paired("dense_mean_sd_song", "dense_stopped_song")
    if np.isclose(value.difference, right.difference):
        clear = "leaves 0 out" if max(value.interval) < 0 or min(value.interval) > 0 else "holds 0"
        return f"Right: {value}. The interval {clear}."
    if np.isclose(value.difference, -right.difference):
        return "The other way round: the network that stops comes second."
    return "Those are two other networks; compare dense_mean_sd_song with dense_stopped_song."


# Notebook 06


@_exercise("smoothed_target")
def _smoothed_target(value, names) -> str:
    right, others = (float(number) for number in value)
    share = 0.1 / len(CODES)
    if np.allclose((right, others), (0.9 + share, share), atol=1e-4):
        return f"Right: {0.9 + share:.4f}, and {share:.4f} for each of the ten others; together they sum to 1."
    if np.allclose((right, others), (0.9, 0.1 / 10), atol=1e-4):
        return "Nearly: Keras spreads the smoothing over all eleven classes, the right one among them."
    return "Not yet: take a tenth away from the target, and give an eleventh of it to each class."


@_exercise("last_layer")
def _last_layer(value, names) -> str:
    maps, classes = 128, len(CODES)
    right = (maps * classes + classes, 4 * 8 * maps * classes + classes)
    behind_mean, behind_flatten = (int(number) for number in value)
    if (behind_mean, behind_flatten) == right:
        return f"Right: {right[0]:,} against {right[1]:,}, and the second one asks for each place of the map anew."
    if (behind_mean, behind_flatten) == (right[0] - classes, right[1] - classes):
        return "Each class has a bias as well."
    if (behind_mean, behind_flatten) == right[::-1]:
        return "The other way round: the mean comes first."
    return "Not yet: the mean leaves one number a map; flatten leaves 4 x 8 of them."


@_exercise("quieter")
def _quieter(value, names) -> str:
    if np.isclose(float(value), 20 * np.log10(0.95 / 0.05), atol=0.1):
        return "Right: 25.6 dB; a label of 5 % stands for a sound that is hard to hear."
    if np.isclose(float(value), 10 * np.log10(0.95 / 0.05), atol=0.1):
        return "Shares are amplitudes here, not powers."
    return "Not yet: 20 times the logarithm to base ten of the ratio of the amplitudes."


@_exercise("most_doubted")
def _most_doubted(value, names) -> str:
    table = names["heard"]
    chances = table[list(CODES)].to_numpy()
    own = chances[np.arange(len(table)), [CODES.index(code) for code in table["instrument"]]]
    doubted = table.assign(doubted=own < 0.02).groupby("instrument")["doubted"].mean()
    worst = doubted.idxmax()
    if value == worst:
        return f"Right: {doubted[worst]:.1%} of its clips."
    if value in doubted.index:
        return f"Of {value}, {doubted[value]:.1%} are doubted so strongly; another class has more."
    return "Assign one of the eleven codes, such as 'cel'."


# Notebook 07


@_exercise("always_voice")
def _always_voice(value, names) -> str:
    from .data.testing_set import OFFICIAL_EXCERPTS, OFFICIAL_LABELS
    from .scoring.multilabel import constant

    right = constant(["voi"], OFFICIAL_LABELS, OFFICIAL_EXCERPTS)
    if np.isclose(float(value), right.micro_f1, atol=5e-4):
        return f"Right: {right.micro_f1:.3f}, for a network that listens to nothing."
    if np.isclose(float(value), right.micro_precision, atol=5e-4):
        return "That is the precision: the share of the answers that is right."
    if np.isclose(float(value), right.micro_recall, atol=5e-4):
        return "That is the recall: the share of the labels that is found."
    return "Not yet: twice the right answers, divided by answers plus labels; there is one answer an excerpt."


@_exercise("join")
def _join(value, names) -> str:
    first, second = np.zeros(len(CODES)), np.zeros(len(CODES))
    first[[4, 10]], second[[6, 10]] = 1, 1
    joined = np.asarray(value(first.copy(), second.copy()), dtype=float)
    if joined.shape == first.shape and np.allclose(joined, np.maximum(first, second)):
        return "Right: what is in either clip is in the mixture, once."
    if np.allclose(joined, first + second):
        return "Nearly: an instrument that is in both clips must have a 1, too."
    if np.allclose(joined, (first + second) / 2):
        return "Those are shares, as for a softmax; here each instrument has a yes or no of its own."
    return "Not yet: the result has 11 numbers, 1 for what is in the first clip or in the second."


@_exercise("own_threshold")
def _own_threshold(value, names) -> str:
    from .answers.polyphonic import best_threshold, decide

    judged, number = names["judged"]["mixtures"], float(value)
    part = judged.select(np.isin(judged.songs, np.unique(judged.songs)[:8]))
    answers = decide(part.values, best_threshold(part.values, part.labels))
    if not 0 <= number <= 1:
        return "Assign one number between 0 and 1."
    if np.array_equal(decide(part.values, number), answers):
        return f"Right: {number:.3f}. Another network, or eight other songs, would give another one."
    if np.isclose(number, best_threshold(judged.values, judged.labels)):
        return "That was chosen on all songs; take the first eight alone, and the others stay unseen."
    return "Not yet: select the excerpts of the first eight songs, then ask polyphonic.best_threshold."


# Notebook 08


@_exercise("window_weight")
def _window_weight(value, names) -> str:
    if np.isclose(float(value), 0.6):
        return "Right: 0.6, for 12 dB are two fifths of the way to 0."
    if np.isclose(float(value), 0.4):
        return "That is what it loses; how much is left?"
    return "Not yet: the weight falls along a straight line, from 1 at 0 dB to 0 at 30 dB below the loudest."


@_exercise("my_ece")
def _my_ece(value, names) -> str:
    if np.isclose(float(value), 0.06):
        return "Right: 0.06; 40 of 100 clips are 0.15 off, the others keep their word."
    if np.isclose(float(value), 0.075):
        return "Nearly: a bin counts by its clips, and the two do not hold equally many."
    return "Not yet: a bin's distance is that of its share of right answers from its mean probability."


@_exercise("strict")
def _strict(value, names) -> str:
    from .scoring import calibration

    right = calibration.sure_above(names["tempered"], names["true"], 0.05)
    answered = np.mean(names["tempered"].max(axis=1) >= right)
    if np.isclose(float(value), right, atol=0.005):
        return f"Right: {right:.2f}; {answered:.0%} of the clips are still answered."
    if np.isclose(float(value), calibration.sure_above(names["tempered"], names["true"], 0.1), atol=0.005):
        return "That is the threshold for one wrong answer in ten; the task asks for one in twenty."
    return "Not yet: calibration.sure_above takes the probabilities, the true classes and the share of wrong answers."
