"""Every figure of the course: data and options in, axes out.

What all functions share is said here and not again with each. They draw into the axes they are given as `ax` and
return them, or into the `figure` where a picture has several panels, and return an array of its axes; where neither is
given, they make a figure of a size that fits a notebook page. `title` stands above it, in place of the default where
there is one. `style` sets fonts and sizes once a notebook; `show` displays a picture with its description for those
who do not see it.

Examples
--------
In a notebook, where ``clip_table`` is a table of clips::

    plots.style()
    plots.show(plots.class_counts(clip_table), "Bars of the number of clips and of songs a class.")

Two pictures side by side::

    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
    plots.waveform(signal, sample_rate, ax=left)
    plots.log_mel(decibels, ax=right)
    plots.show(figure, "Three seconds of clarinet: the waveform, and its log-mel spectrogram.")
"""

from __future__ import annotations

from ._attention import attention
from ._augmentation import budgets, changes
from ._choosing import chosen, refused
from ._common import MARKERS, png, show, style
from ._convolution import feature_map, feature_maps, kernels, one_place, waveform_kernels
from ._data import class_counts, genre_by_instrument, levels_below, mean_log_mels, scatter_map, split
from ._explanation import deletion_insertion, map_scores, region_maps
from ._learning import differences, fold_curves, learning_rates, masks, parameters, sweep, weights
from ._network import network
from ._neuron import cross_entropy, descent, neuron, pull
from ._polyphonic import excerpt_timeline, threshold_curves
from ._prediction import answer_over_time, probabilities, timeline
from ._scores import confusion, history, per_class, reliability, scores
from ._sound import gallery, log_mel, log_mels, mel_filter_bank, mfcc, spectrogram, spectrum, waveform
from ._transfer import clips_needed, transfer

__all__ = [
    "MARKERS", "answer_over_time", "attention", "budgets", "changes", "chosen", "class_counts", "clips_needed",
    "confusion", "cross_entropy", "deletion_insertion", "descent", "differences", "excerpt_timeline",
    "feature_map", "feature_maps", "fold_curves", "gallery", "genre_by_instrument", "history",
    "kernels", "learning_rates", "levels_below", "log_mel", "log_mels", "map_scores", "masks", "mean_log_mels",
    "mel_filter_bank", "mfcc", "network", "neuron", "one_place", "parameters", "per_class", "png", "probabilities",
    "pull", "refused", "region_maps", "reliability", "scatter_map", "scores", "show", "spectrogram", "spectrum",
    "split", "style", "sweep", "threshold_curves", "timeline", "transfer", "waveform", "waveform_kernels", "weights",
]  # fmt: skip
