"""The recipes of the ablations: the pooled network's short schedule with one thing changed, and what they need.

To import this module registers recipes, networks and plans with the course's own; `python -m irmas_helpers experiment`
does so for a name that the course does not know.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from irmas_helpers.learning import recipes
from irmas_helpers.learning.augmentation_plans import AUGMENTATIONS
from irmas_helpers.learning.recipes import Recipe

from . import networks  # noqa: F401  (registers the variants)

_ELSEWHERE = AUGMENTATIONS["elsewhere"]
AUGMENTATIONS.update(
    {
        "elsewhere_unmixed": replace(_ELSEWHERE, mix=0.0),
        "elsewhere_mixed_decibels": replace(_ELSEWHERE, mix=0.0, mix_decibels=_ELSEWHERE.mix),
        "elsewhere_unshifted": replace(_ELSEWHERE, shift=0),
        "elsewhere_untilted": replace(_ELSEWHERE, tilt=0.0),
    }
)

_SHORT = recipes.RECIPES["cnn_pooled_24_epochs_song"]
_DEEP = ((32,), (64, 64), (128, 128, 128), (160, 208))
_WIDE = ((48,), (96, 96), (192, 192, 192), (384, 384, 384))


def _ablation(name: str, words: str, **changes: Any) -> Recipe:
    """The short schedule with one thing changed."""
    return replace(_SHORT, name=f"ablation_{name}_song", title=f"{_SHORT.title}, {words}", **changes)


def _variant(name: str, words: str, **options: Any) -> Recipe:
    """The short schedule for a variant of the network."""
    return _ablation(name, words, model="cnn_pooled_variant", options=options)


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        _ablation("unmixed", "clips unmixed", augmentation="elsewhere_unmixed"),
        _ablation("mixed_decibels", "mixed in decibels", augmentation="elsewhere_mixed_decibels"),
        _ablation("unmasked", "no masks", augmentation="elsewhere_unmasked"),
        _ablation("unshifted", "not rolled along time", augmentation="elsewhere_unshifted"),
        _ablation("untilted", "no band tilt", augmentation="elsewhere_untilted"),
        _ablation("unsmoothed", "no label smoothing", label_smoothing=0.0),
        _ablation("undecayed", "no weight decay", optimizer="adam", weight_decay=0.0),
        _ablation("constant", "constant learning rate", warm_up=None),
        _variant("unscaled_bands", "no scaling per band", band_scaling=False),
        _variant("unnormalised", "no batch normalisation", convolution="plain"),
        _variant("flat", "flatten instead of mean", head="flat"),
        _variant("frequency", "frequency kept, and maximum over time", head="frequency"),
        _ablation("averaged", "weights averaged", weight_averaging=0.998),
        _ablation("narrow", "half the filters", options={"blocks": ((16,), (32,), (64, 64), (112, 120))}),
        _ablation("deep", "two convolutions more", options={"blocks": _DEEP}),
        _variant("residual", "two convolutions more, residual", blocks=_DEEP, convolution="residual"),
        _variant("separable", "three convolutions more, separable", blocks=_WIDE, convolution="separable"),
        _ablation("cleaned", "5 % of the labels left out", label_cleaning=0.05),
        _ablation("half_bands", "half as many bands", options={"cell": (2, 2)}),
        _ablation("every_frame", "every frame", options={"cell": (1, 1)}),
    )
}
recipes.RECIPES.update(RECIPES)
