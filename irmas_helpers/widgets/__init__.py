"""What a reader moves: a player, browsers of clips and of errors, split explorer, the predictor, a contest, and
labs for spectrograms, a neuron, kernels, mixtures, training, thresholds and "what if".

Each function returns one widget, to be the last expression of a cell; its controls are its attributes. Only ipywidgets'
own controls are used; texts, sounds and pictures are HTML whose value is replaced, so that nothing piles up in the
notebook. What goes wrong is said in a sentence where the picture would be.
"""

from __future__ import annotations

from ._common import Explorer, player, wav_bytes
from ._contest import Contest, beat_the_network
from ._errors import ErrorBrowser, error_browser
from ._kernel import KernelLab, kernel_lab
from ._mixing import mixing_lab
from ._neuron import neuron_lab
from ._predictor import AnswerBrowser, which_instrument
from ._sound import ClipBrowser, LabSettings, clip_browser, spectrogram_lab
from ._split import split_explorer
from ._threshold import threshold_lab
from ._training import RegularisationLab, regularisation_lab
from ._what_if import Changes, change, what_if

__all__ = [
    "AnswerBrowser", "Changes", "ClipBrowser", "Contest", "ErrorBrowser", "Explorer", "KernelLab", "LabSettings",
    "RegularisationLab", "beat_the_network", "change", "clip_browser", "error_browser", "kernel_lab", "mixing_lab",
    "neuron_lab", "player", "regularisation_lab", "spectrogram_lab", "split_explorer", "threshold_lab", "wav_bytes",
    "what_if", "which_instrument",
]  # fmt: skip
