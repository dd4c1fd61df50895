"""What a reader moves: a player, the clip browser, the spectrogram lab, the split explorer, the regularisation lab.

Each function returns one widget, to be the last expression of a cell. Only ipywidgets' own controls are used; texts,
sounds and pictures are HTML whose value is replaced, so that nothing piles up in the notebook. What goes wrong is said
in a sentence where the picture would be.
"""

from __future__ import annotations

from ._common import player, wav_bytes
from ._sound import LabSettings, clip_browser, lab_log_mel, spectrogram_lab
from ._split import split_explorer, split_sentence
from ._training import regularisation_lab

__all__ = [
    "LabSettings",
    "clip_browser",
    "lab_log_mel",
    "player",
    "regularisation_lab",
    "spectrogram_lab",
    "split_explorer",
    "split_sentence",
    "wav_bytes",
]
