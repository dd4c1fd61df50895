"""Names that a user chooses from, and the command line has to know before anything heavy loads; it imports nothing.

What a name means stands in the module that takes it from here: `sound.packs`, `answers.polyphonic`,
`learning.recipes`.
"""

from __future__ import annotations

PACK_KINDS = LOGMEL, MFCC, WAVEFORM = ("logmel", "mfcc", "waveform")
AGGREGATES = MEAN, SUM_OVER_MAX, WINDOWED_MAX = ("mean", "sum-over-max", "windowed-max")
SHIPPED = "cnn_pooled_slow_song"  # the recipe of the model that `predict` asks
