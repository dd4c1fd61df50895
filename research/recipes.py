"""Recipes of what was tried beside the way to the network that ships, and what they need: the ablations, which change
one thing of the pooled network's short schedule, and trials of its full length.

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
        "elsewhere_unmasked": replace(_ELSEWHERE, frequency_masks=0, time_masks=0),
        "elsewhere_closing": replace(_ELSEWHERE, mix=0.0, frequency_masks=1, time_masks=1),
        "elsewhere_lighter": replace(AUGMENTATIONS["elsewhere_all_shares"], mix_decibels=0.4),
    }
)

_SHORT = recipes.RECIPES["cnn_pooled_24_epochs_song"]
_DEEP = ((32,), (64, 64), (128, 128, 128), (160, 208))
_WIDE = ((48,), (96, 96), (192, 192, 192), (384, 384, 384))


def _ablation(name: str, words: str, **changes: Any) -> Recipe:
    """The short schedule with one thing changed."""
    return recipes.variation(_SHORT, f"ablation_{name}", words, **changes)


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

_POOLED, _LONG, _ALL_SHARES, _ATTENTION = (
    recipes.RECIPES[f"cnn_pooled_{name}song"] for name in ("", "120_epochs_", "all_shares_", "attention_")
)


def _fewer_songs(base: Recipe, share: float, epochs: int) -> Recipe:
    """A recipe on a part of the training songs."""
    name = base.name.removesuffix("_song").removesuffix(f"_{base.epochs}_epochs")
    return replace(
        base,
        name=f"{name}_{share:.0%}_of_songs_song".replace("%", "_percent"),
        title=f"{base.title.removesuffix(f', {base.epochs} epochs')}, {share:.0%} of the songs, {epochs} epochs",
        songs=share,
        epochs=epochs,
    )


def _normalised(name: str, words: str, augmentation: str) -> Recipe:
    """The pooled network in 72 epochs on clips that are changed otherwise, or not at all."""
    title = f"CNN, pooled, normalised, {words}"
    return replace(_POOLED, name=f"cnn_pooled_{name}_song", title=title, augmentation=augmentation)


FURTHER: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        # The controls: as many epochs on the clips as they are, and without the masks.
        _normalised("unchanged", "clips unchanged", "none"),
        _normalised("unmasked", "augmented, no masks", "elsewhere_unmasked"),
        # The same without what is done for recordings made elsewhere: what does that cost at home?
        _normalised("plain", "augmented, no filters, noise, rooms and silence", "plain"),
        # Chosen by short trials on validation songs within the first fold's training part.
        recipes.variation(
            _LONG,
            "cnn_pooled_60_db",
            "60 dB, lighter masks, mixed in decibels",
            options={"dynamic_range": 60.0},
            augmentation="elsewhere_lighter",
        ),
        # Its weights wander on at a small, steady rate, and their running mean is kept: as several, but one.
        recipes.variation(
            _ALL_SHARES,
            "cnn_pooled_averaged",
            "40 more averaged",
            epochs=40,
            learning_rate=1e-3,
            warm_up=None,
            weight_averaging=0.9995,
            begins_with=_ALL_SHARES.name,
        ),
        # A third of the attention network's training, to be run with several seeds.
        replace(
            _ATTENTION,
            name="cnn_pooled_attention_24_epochs_song",
            title=_ATTENTION.title.replace("72 epochs", "24 epochs"),
            epochs=24,
        ),
        # Mixtures teach much and are never heard in use: do the last epochs better without them? (They do not.)
        replace(
            _LONG,
            name="cnn_pooled_closed_song",
            title=f"{_LONG.title} and 12 unmixed",
            epochs=12,
            learning_rate=1e-3,
            warm_up=0.0,
            augmentation="elsewhere_closing",
            begins_with=_LONG.name,
        ),
        # As many steps as on all songs, which are so few that the larger the part, the further it is from its end.
        *(_fewer_songs(_SHORT, share, round(_SHORT.epochs / share)) for share in (0.25, 0.5)),
        # Each song as often: half of them end as all do, with 99 % of the fitted clips right.
        *(_fewer_songs(_ATTENTION, share, _ATTENTION.epochs) for share in (0.25, 0.5)),
    )
}
recipes.RECIPES.update(FURTHER | RECIPES)
