"""Four clips, of which two violins are doubted."""

from __future__ import annotations

import pandas as pd

from exercise_answers import Answer
from irmas_helpers.instruments import CODES

HEARD = pd.DataFrame(0.05, index=range(4), columns=list(CODES)).assign(instrument=["vio", "vio", "vio", "cel"])
HEARD.loc[:1, "vio"] = 0.01

NAMES = {"heard": HEARD}
# 0.9 + 0.1 / 11; 128 * 11 + 11 and 32 * 128 * 11 + 11; 20 log10 19; two of three violins below .02, no cello.
ANSWERS = [
    Answer("smoothed_target", (0.90909, 0.00909), (0.9, 0.01), "eleven classes"),
    Answer("last_layer", (1_419, 45_067), (1_408, 45_056), "bias"),
    Answer("quieter", 25.58, 12.79, "amplitudes"),
    Answer("most_doubted", "vio", "cel", "another class has more"),
]
