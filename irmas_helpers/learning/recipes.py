"""The recipes of recorded runs: everything that decides their numbers but the data, the fold and the seed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..choices import SHIPPED
from ..data import splits
from ..errors import RecipeError
from ..sound import features
from . import networks

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a run's numbers but the data, the fold and the seed.

    With `patience` a fifth of the training songs is set apart for validation; training stops when its cross-entropy has
    not fallen for so many epochs and goes back to the best. With `warm_up` the learning rate rises in that share of the
    steps and then falls to 0, see `training.cosine`. `label_cleaning` leaves out a share of the training clips: those
    to whose label the least is given by a network of the same recipe that was fitted to the other half of the songs, in
    as many steps.
    """

    name: str  # also the name of the results
    title: str  # what a table calls it
    feature: str  # what the network takes: a key of `features.FROM_PACK`
    split: str  # random (by clip, to show the leak) or song
    model: str  # a key of `networks.MODELS`
    options: dict = field(default_factory=dict)  # arguments of the model's function, such as {"dropout": 0.5}
    epochs: int = 75  # with `patience`, at most so many
    batch_size: int = 32
    optimizer: str = "adam"  # a key of `training.OPTIMIZERS`
    learning_rate: float = 1e-3
    weight_decay: float = 0.0  # decoupled from the loss; only AdamW takes it
    patience: int | None = None  # None trains all epochs and keeps the last
    warm_up: float | None = None  # None keeps the learning rate
    label_smoothing: float = 0.0  # part of each target that is spread over all classes; takes an `augmentation`
    label_cleaning: float = 0.0
    augmentation: str = ""  # a key of `augmentation_plans.AUGMENTATIONS`; empty for the clips as they are
    weight_averaging: float = 0.0  # share of the weights' running mean, with which training ends, that each step keeps
    songs: float = 1.0  # share of the training songs that is used, for learning curves
    begins_with: str = ""  # the recipe whose trained weights this one goes on from; empty to begin at random

    @property
    def targets(self) -> str:
        """What the network is told of each clip: a key of `training.TARGETS`."""
        if self.options.get("activation") == "sigmoid":
            return "labels"
        return "shares" if self.augmentation else "index"

    @property
    def pack_kind(self) -> str:
        """The kind of pack that holds what it needs: a key of `packs.KINDS`."""
        return "waveform" if self.feature == "waveform" else "logmel"

    def check_keeping(self) -> None:
        """A `RecipeError` where the network could not be loaded again: one of waveforms is for scores alone."""
        if self.feature not in features.SHAPES:
            raise RecipeError(
                f"{self.name}: no command could load its network, which takes the feature {self.feature}; "
                "score it with experiment, without --keep"
            )

    def network(self) -> keras.Model:
        """The recipe's network, untrained; it draws its first weights from the seed in force."""
        return networks.MODELS[self.model](self.feature, **self.options)


def variation(base: Recipe, name: str, words: str, **changes: Any) -> Recipe:
    """A recipe by song with something changed, and words for that at the end of its title.

    Examples
    --------
    >>> longer = variation(recipe("cnn_pooled_song"), "longer", "99 epochs", epochs=99)
    >>> longer.name, longer.title, longer.epochs
    ('longer_song', 'CNN, pooled, normalised, augmented, 99 epochs', 99)
    """
    return replace(base, name=f"{name}_song", title=f"{base.title}, {words}", **changes)


def _both_splits(recipe: Recipe) -> list[Recipe]:
    return [replace(recipe, name=f"{recipe.name}_{split}", split=split) for split in splits.FOLDS]


_DENSE = (
    Recipe("dense_original", "dense, MFCC means, unscaled (the original)", "mfcc_mean", "", "dense"),
    Recipe("dense_scaled", "dense, MFCC means, scaled", "mfcc_mean", "", "dense_scaled"),
    Recipe("dense_mean_sd", "dense, means and s.d., scaled", "mfcc_mean_sd", "", "dense_scaled"),
    Recipe(
        "dense_stopped", "dense, means and s.d., scaled, stopped early", "mfcc_mean_sd", "", "dense_scaled", patience=15
    ),
)


def _waveform(name: str, words: str, **options: Any) -> Recipe:
    """The original's networks on waveforms, ten epochs with RMSprop.

    The development pack holds no waveforms: these run on the rendered set, or on IRMAS itself.
    """
    title, model = f"CNN, waveform{words} (the original)", "cnn_waveform"
    return Recipe(f"{model}{name}_song", title, "waveform", "song", model, options, epochs=10, optimizer="rmsprop")


_WAVEFORMS = (
    _waveform("", ""),
    _waveform("_dropout", ", dropout .5", pool=2, dropout=0.5),
    _waveform("_l2", ", L2 .01", pool=2, l2=0.01),
)
_BASELINE = Recipe("cnn_baseline", "CNN, log-mel", "log_mel", "song", "cnn_log_mel", epochs=60, patience=6)
DROPOUT_RATES = (0.1, 0.25, 0.5, 0.7)
L2_FACTORS = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
# The regularisation lab's sliders.
GRID_RATES = (0.0, 0.25, 0.5)
GRID_FACTORS = (0.0, 1e-4, 1e-3)


def regularised(dropout: float = 0.0, l2: float = 0.0) -> Recipe:
    """The baseline CNN by song with a rate of dropout and a factor of L2: a cell of the regularisation lab's grid.

    Parameters
    ----------
    dropout : float
        Rate behind the dense layer, in [0, 1).
    l2 : float
        Factor of the squared weights of every kernel but the last.

    Returns
    -------
    Recipe
        With neither, the baseline itself.

    Examples
    --------
    >>> regularised(dropout=0.5).name
    'cnn_dropout_0.5_song'
    """
    options = {name: value for name, value in (("dropout", dropout), ("l2", l2)) if value}
    if not options:
        return replace(_BASELINE, name="cnn_baseline_song")
    name = "_".join(f"{name}_{value:g}" for name, value in options.items())
    words = ", ".join(f"{name.replace('l2', 'L2')} {value:g}" for name, value in options.items())
    return variation(_BASELINE, f"cnn_{name}", words, options=options)


_REGULARISED = (
    *(regularised(dropout=rate) for rate in DROPOUT_RATES),
    *(regularised(l2=factor) for factor in L2_FACTORS),
    *(regularised(rate, factor) for rate in GRID_RATES[1:] for factor in GRID_FACTORS[1:]),
)
_BUDGETS = tuple(
    variation(base, f"{base.name.removesuffix('_song')}_{n}_epochs", f"{n} epochs", epochs=n, patience=n)
    for base in (regularised(), regularised(dropout=0.5))
    for n in (5, 20)
)
_SPATIAL = variation(_BASELINE, "cnn_spatial_dropout_0.25", "spatial dropout 0.25", options={"spatial_dropout": 0.25})
_DECAYED = tuple(
    variation(_BASELINE, f"cnn_weight_decay_{n:g}", f"weight decay {n:g}", optimizer="adamw", weight_decay=n)
    for n in (1e-1, 1.0)
)

# The way to the network that ships; `research/recipes.py` has what was tried beside it. What the pooled network is made
# of was chosen by validation by song within the first fold's training part.
_POOLED = Recipe(
    "cnn_pooled_song",
    "CNN, pooled, normalised, augmented",
    "log_mel",
    "song",
    "cnn_pooled",
    epochs=72,
    optimizer="adamw",
    learning_rate=3e-3,
    weight_decay=0.05,
    warm_up=0.05,
    label_smoothing=0.05,
    augmentation="elsewhere",
)
_SHORT = variation(_POOLED, "cnn_pooled_24_epochs", "24 epochs", epochs=24)
_PLAIN = variation(_SHORT, "ablation_plain", "no filters, noise, rooms and silence", augmentation="plain")
_UNCHANGED = variation(_SHORT, "ablation_unchanged", "clips unchanged", augmentation="none")
_NORMALISED = replace(
    _SHORT,
    name="cnn_pooled_normalised_song",
    title="CNN, pooled, normalised, 24 epochs",
    optimizer="adam",
    learning_rate=1e-3,
    weight_decay=0.0,
    warm_up=None,
    label_smoothing=0.0,
    augmentation="none",
)
_BARE = replace(_NORMALISED, name="cnn_pooled_bare_song", title="CNN, pooled, 24 epochs", model="cnn_pooled_bare")
_LONG = variation(_POOLED, "cnn_pooled_120_epochs", "120 epochs", epochs=120)
# Chosen by trials, short ones and then some of the full length, on the same validation songs.
_ALL_SHARES = variation(
    _LONG,
    "cnn_pooled_all_shares",
    "60 dB, mixed in all shares",
    options={"dynamic_range": 60.0},
    augmentation="elsewhere_all_shares",
)
# What was still missing: all frames, attention over them, and Muon instead of AdamW, which needs fewer epochs.
_ATTENTION = replace(
    _ALL_SHARES,
    name="cnn_pooled_attention_song",
    title="CNN, pooled, normalised, augmented, 60 dB, mixed in all shares, every frame, attention, Muon, 72 epochs",
    options={"dynamic_range": 60.0, "cell": (1, 1), "head": "attention"},
    optimizer="muon",
    epochs=72,
)
# Then once more from a large step to small ones, with parts of the clips played slowly and in other clips' colours, for
# the sake of lone notes in ordinary rooms; chosen by trials on the same songs and on notes of a SoundFont.
_SLOW = variation(
    _ATTENTION,
    SHIPPED.removesuffix("_song"),
    "24 more with parts played slowly",
    epochs=24,
    learning_rate=2e-3,
    augmentation="elsewhere_slow",
    begins_with=_ATTENTION.name,
)
# Several instruments at once, learnt from clips laid over one another.
_SEVERAL = replace(
    _POOLED,
    name="cnn_several_song",
    title="CNN, pooled, sigmoids, trained on mixtures",
    options={"activation": "sigmoid"},
    label_smoothing=0.0,
    augmentation="together",
)

_POOLED_NETWORKS = _BARE, _NORMALISED, _SHORT, _POOLED, _LONG, _ALL_SHARES, _ATTENTION, _SLOW, _PLAIN, _UNCHANGED
_BOTH_SPLITS = [recipe for base in _DENSE for recipe in _both_splits(base)]
_BASELINES = (*_both_splits(_BASELINE), *_REGULARISED, *_BUDGETS, _SPATIAL, *_DECAYED)
_ALL = (*_BOTH_SPLITS, *_WAVEFORMS, *_BASELINES, *_POOLED_NETWORKS, _SEVERAL)
RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in _ALL}

# Notebook 06's way, and what its figure calls each step.
STEPS = {
    "cnn_baseline_song": "baseline",
    "cnn_pooled_bare_song": "six convolutions, mean",
    "ablation_unchanged_song": "+ normalisation, schedule",
    "ablation_plain_song": "+ roll, masks, mixing",
    "cnn_pooled_24_epochs_song": "+ filters, rooms, noise",
    "cnn_pooled_song": "72 epochs",
    "cnn_pooled_120_epochs_song": "120 epochs",
    "cnn_pooled_all_shares_song": "60 dB, half the masks",
    "cnn_pooled_attention_song": "frames, attention, Muon",
    "cnn_pooled_slow_song": "parts played slowly",
}


def recipe(name: str) -> Recipe:
    """The recipe of that name among `RECIPES`; a `RecipeError` if there is none.

    Examples
    --------
    >>> recipe("dense_original_song").epochs
    75
    """
    if name not in RECIPES:
        known = ", ".join(RECIPES)
        raise RecipeError(
            f"{name}: no such recipe; there are {known}, and in the repository those of research/recipes.py"
        )
    return RECIPES[name]
