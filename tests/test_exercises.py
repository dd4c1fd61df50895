"""The exercises' checks praise what is right, hint at what is wrong, and never raise."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from irmas_helpers import exercises
from irmas_helpers.answers import polyphonic
from irmas_helpers.data import clips
from irmas_helpers.instruments import CODES
from irmas_helpers.learning import results

SONGS = [("sax", "jaz_blu"), ("sax", "cla"), ("voi", "pop_roc"), ("cel", "cla"), ("voi", "cou_fol")]
CLIPS = clips.table(
    f"{code}/[{code}][{genre}]{number:04d}__{excerpt}.wav"
    for number, (code, genre) in enumerate(SONGS)
    for excerpt in (1, 2)
)
CONFUSION = np.zeros((11, 11), dtype=int)
CONFUSION[8, 7], CONFUSION[0, 9], CONFUSION[0, 0] = 5, 2, 9
HEARD = pd.DataFrame(0.05, index=range(4), columns=list(CODES)).assign(instrument=["vio", "vio", "vio", "cel"])
HEARD.loc[:1, "vio"] = 0.01
# Nine songs: piano leads in each, the first eight values part it from a wrong voice, in the ninth they are lower.
LEADS = np.zeros((9, 11), dtype=bool)
LEADS[:, 6] = True
VALUES = np.zeros((9, 11))
VALUES[:, 6], VALUES[:, 10] = 0.7, 0.5
VALUES[8, [6, 10]] = 0.1, 0.0
JUDGED = polyphonic.Judged(VALUES, LEADS, np.array(list("abcdefghi")), np.ones(9, int), np.zeros(9, bool))
NAMES = {
    "judged": {"mixtures": JUDGED},
    "heard": HEARD,
    "clip_table": CLIPS,
    "pack": SimpleNamespace(clips=CLIPS),
    "train": np.arange(2, 10),
    "test": np.array([4, 0]),
    "scores": SimpleNamespace(confusion=CONFUSION),
    "rates": (0.25, 0.5),
    "history": {"val_cross_entropy": [2.0, 1.5, 1.9], "val_accuracy": [0.2, 0.25, 0.5]},
}
STOPPING = results.paired("dense_mean_sd_song", "dense_stopped_song")
BY_SONG, BY_CLIP = (np.arange(2, 10), np.array([0, 1])), (np.arange(1, 9), np.array([0, 9]))
# Hand-worked: 80*512+512 + 512*256+256 + 256*128+128 + 128*11+11 parameters; voi leads in train, half of test is voi.
# fmt: off
ANSWERS = [
    ("jazz_saxophones", "jazz_saxophones", 2, 4, "genre"),
    ("resolution", "resolution", (46.44, 21.53), (0.0464, 21.53), "milliseconds"),
    ("my_split", "my_split", BY_SONG, BY_CLIP, "songs have clips on both sides"),
    ("parameters", "parameters", 207_115, 206_208, "bias"),
    ("largest_class_accuracy", "largest_class_accuracy", 0.5, 50, "between 0 and 1"),
    ("worst_pair", "worst_pair", ("tru", "sax"), ("cel", "vio"), "holds more"),
    # 5*5*64*32 weights and 32 biases; (30 - 2) / 2 = 14 rows, (31 - 2) / 2 = 14.5 columns of which 14, times 64 maps.
    ("convolution_parameters", "convolution_parameters", 51_232, 51_200, "bias"),
    ("flattened", "flattened", 12_544, 14_400, "smaller by two"),
    ("turning_point", "turning_point", (2, 25.0), (1, 25.0), "counts from 1"),
    ("my_dropout", "my_dropout", lambda v, rate, r: v * (r.random(v.shape) >= rate) / (1 - rate),
     lambda v, rate, r: v * (r.random(v.shape) >= rate), "make the rest larger"),
    ("power_of_two", "power_of_two", 896, 512 * 256 * 128, "add"),
    ("lowest_rate", "lowest_rate", 0.25, 0.5, "another rate ends lower"),
    # 0.01 * (9 + 16 + 1); log 0.5 / log 0.9999 = 6,931 steps, 64.2 epochs of 108.
    ("small_penalty", "small_penalty", 0.26, 26, "factor is missing"),
    ("half_life", "half_life", 64.2, 6931, "epochs"),
    ("stopping", "stopping", STOPPING, replace(STOPPING, difference=-STOPPING.difference), "other way round"),
    # 0.9 + 0.1 / 11; 128 * 11 + 11 and 32 * 128 * 11 + 11; 20 log10 19; two of three violins below .02, no cello.
    ("smoothed_target", "smoothed_target", (0.90909, 0.00909), (0.9, 0.01), "eleven classes"),
    ("last_layer", "last_layer", (1_419, 45_067), (1_408, 45_056), "bias"),
    ("quieter", "quieter", 25.58, 12.79, "amplitudes"),
    ("most_doubted", "most_doubted", "vio", "cel", "another class has more"),
    # 2 * 1,044 / (2,874 + 4,917) and 1,044 / 2,874; a label in both clips stays 1; 0.6 parts right from wrong.
    ("always_voice", "always_voice", 0.2680, 0.3633, "precision"),
    ("join", "join", np.maximum, np.add, "both clips"),
    ("own_threshold", "own_threshold", 0.6, 0.2, "first eight songs"),
]
# fmt: on


@pytest.fixture
def answer(capsys, monkeypatch):
    ends = {"cnn_dropout_0.25_song": 0.3, "cnn_dropout_0.5_song": 0.4}
    histories = {name: [{"history": {"cross_entropy": [2.0, end]}}] for name, end in ends.items()}
    real = results.folds
    monkeypatch.setattr(results, "folds", lambda name, *folder: histories.get(name) or real(name, *folder))

    def ask(name, **values):
        exercises.check(name, {**NAMES, **values})
        return capsys.readouterr().out

    return ask


@pytest.mark.parametrize(("name", "variable", "right", "wrong", "hint"), ANSWERS)
def test_a_check_tells_right_from_wrong_and_hints(answer, name, variable, right, wrong, hint):
    assert answer(name, **{variable: right}).startswith("Right")
    told = answer(name, **{variable: wrong})
    assert hint in told and not told.startswith("Right")


@pytest.mark.parametrize("name", [row[0] for row in ANSWERS])
def test_an_untouched_cell_is_not_tried_yet(answer, name):
    assert answer(name).startswith("Not tried yet")


@pytest.mark.parametrize(("name", "variable"), [row[:2] for row in ANSWERS])
@pytest.mark.parametrize("nonsense", ["text", object(), [], {"a": 1}, ("x", "y"), float("nan")])
def test_nonsense_gets_a_sentence_and_no_traceback(answer, name, variable, nonsense):
    told = answer(name, **{variable: nonsense})
    assert told.strip() and not told.startswith("Right")
