"""Makes a calibration: temperature and threshold from what recorded runs said of songs that they had not heard."""

from __future__ import annotations

import os

import numpy as np

from ..errors import RecipeError
from ..instruments import CODES, label_indices
from ..scoring import calibration
from ..scoring.calibration import ERROR_RATE, Calibration
from . import results


def calibrate(recipe: str, folder: str | os.PathLike, error_rate: float = ERROR_RATE) -> Calibration:
    """Fit temperature and threshold to what a recipe's networks said of the songs that they had not heard.

    The scores are those of temperatures and thresholds fitted without the fold that is scored; the temperature and
    the threshold that are returned rest on all folds.

    Parameters
    ----------
    recipe : str
        Name of a recipe that was run with ``--keep`` on at least two folds.
    folder : path
        Where the results lie.
    error_rate : float
        See `scoring.calibration.sure_above`.

    Raises
    ------
    RecipeError
        If no probabilities were kept, or those of one fold only.
    """
    table = results.probabilities(recipe, folder)
    raw, true = table[list(CODES)].to_numpy(), np.array(label_indices(table["instrument"]))
    records = [record for record in results.folds(recipe, folder) if record["seed"] == 0]
    fold_of = {song: record["fold"] for record in records for song in record["answers"]}
    fold = table["song"].map(fold_of).to_numpy()
    if len(np.unique(fold)) < 2:
        raise RecipeError(
            f"{recipe}: one fold below {folder} is not enough; run another with experiment {recipe} --keep"
        )
    tempered, given = calibration.unseen(raw, true, fold, error_rate)
    temperature = calibration.fit_temperature(raw, true)
    return Calibration(
        temperature=round(temperature, 4),
        threshold=round(calibration.sure_above(calibration.temper(raw, temperature), true, error_rate), 4),
        error_rate=error_rate,
        wrong=round(float(np.mean(tempered[given].argmax(axis=1) != true[given])), 4) if given.any() else 0.0,
        answered=round(float(given.mean()), 4),
        ece_before=round(calibration.ece(raw, true), 4),
        ece_after=round(calibration.ece(tempered, true), 4),
        n=len(table),
        songs=int(table["song"].nunique()),
        data=records[0]["data"]["data"],
        recipe=recipe,
    )
