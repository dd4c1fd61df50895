"""The exercises' checks praise what is right, hint at what is wrong, and never raise."""

from types import SimpleNamespace

import numpy as np
import pytest

from irmas_helpers import clips, exercises

SONGS = [("sax", "jaz_blu"), ("sax", "cla"), ("voi", "pop_roc"), ("cel", "cla"), ("voi", "cou_fol")]
CLIPS = clips.table(
    f"{code}/[{code}][{genre}]{number:04d}__{excerpt}.wav"
    for number, (code, genre) in enumerate(SONGS)
    for excerpt in (1, 2)
)
CONFUSION = np.zeros((11, 11), dtype=int)
CONFUSION[8, 7], CONFUSION[0, 9], CONFUSION[0, 0] = 5, 2, 9
NAMES = {
    "clip_table": CLIPS,
    "pack": SimpleNamespace(clips=CLIPS),
    "train": np.arange(2, 10),
    "test": np.array([4, 0]),
    "scores": SimpleNamespace(confusion=CONFUSION),
    "history": {"val_cross_entropy": [2.0, 1.5, 1.9], "val_accuracy": [0.2, 0.25, 0.5]},
}
BY_SONG, BY_CLIP = (np.arange(2, 10), np.array([0, 1])), (np.arange(1, 9), np.array([0, 9]))
# Hand-worked: 80*512+512 + 512*256+256 + 256*128+128 + 128*11+11 parameters; voi leads in train, half of test is voi.
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
]


@pytest.fixture
def answer(capsys):
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
