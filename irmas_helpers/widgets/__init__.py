"""What a reader moves: a player, browsers of clips and of errors, split explorer, the predictor, a contest, and
labs for spectrograms, a neuron, kernels, mixtures, training, thresholds and "what if".

Each function returns one widget, to be the last expression of a cell. Only ipywidgets' own controls are used; texts,
sounds and pictures are HTML whose value is replaced, so that nothing piles up in the notebook. What goes wrong is said
in a sentence where the picture would be.
"""

from __future__ import annotations

from ._common import Explorer, player, wav_bytes
from ._contest import Contest, beat_the_network, contest_sentence
from ._errors import ErrorBrowser, error_browser
from ._kernel import KernelLab, kernel_lab, kernel_map, kernel_sentence
from ._mixing import mixed_powers, mixing_lab
from ._neuron import neuron_lab, neuron_sentence
from ._predictor import AnswerBrowser, which_instrument
from ._sound import ClipBrowser, LabSettings, clip_browser, clip_facts, lab_log_mel, spectrogram_lab
from ._split import split_explorer, split_sentence
from ._threshold import threshold_lab, threshold_sentence
from ._training import RegularisationLab, regularisation_lab
from ._what_if import Changes, change, what_if

__all__ = [
    "AnswerBrowser",
    "Changes",
    "ClipBrowser",
    "Contest",
    "ErrorBrowser",
    "Explorer",
    "KernelLab",
    "LabSettings",
    "RegularisationLab",
    "beat_the_network",
    "change",
    "clip_browser",
    "clip_facts",
    "contest_sentence",
    "error_browser",
    "kernel_lab",
    "kernel_map",
    "kernel_sentence",
    "lab_log_mel",
    "mixed_powers",
    "mixing_lab",
    "neuron_lab",
    "neuron_sentence",
    "player",
    "regularisation_lab",
    "spectrogram_lab",
    "split_explorer",
    "split_sentence",
    "threshold_lab",
    "threshold_sentence",
    "wav_bytes",
    "what_if",
    "which_instrument",
]
