"""The recipes of recorded runs: everything that decides their numbers but the data, the fold and the seed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..choices import SHIPPED
from ..data import splits
from ..errors import RecipeError
from . import networks

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a run's numbers but the data, the fold and the seed.

    Attributes
    ----------
    name : str
        Also the name of the results.
    title : str
        What a table calls it.
    feature : str
        What the network takes: a key of `features.FROM_PACK`.
    split : str
        ``random`` (by clip, to show the leak) or ``song``.
    model : str
        A key of `networks.MODELS`.
    options : dict
        Arguments of the model's function, such as ``{"dropout": 0.5}``.
    epochs, batch_size : int
        Length of the training; with `patience`, at most so many epochs.
    optimizer : str
        A key of `training.OPTIMIZERS`.
    learning_rate : float
        The optimiser's.
    weight_decay : float
        Decoupled from the loss; only AdamW takes it.
    patience : int or None
        None trains all epochs and keeps the last. Otherwise a fifth of the training songs is set apart for
        validation; training stops when its cross-entropy has not fallen for so many epochs and goes back to the best.
    warm_up : float or None
        None keeps the learning rate; otherwise it rises in this share of the steps and then falls to 0, see
        `training.cosine`.
    label_smoothing : float
        Part of each target that is spread over all classes; takes an `augmentation`, be it one that changes nothing.
    label_cleaning : float
        Share of the training clips that is left out: those to whose label the least is given by a network of the same
        recipe that was fitted to the other half of the songs, in as many steps. 0 keeps all.
    augmentation : str
        A key of `augmentation_plans.AUGMENTATIONS`; empty for the clips as they are.
    weight_averaging : float
        Share of the running mean of the weights that each step keeps; the mean is what training ends with. 0 for none.
    songs : float
        Share of the training songs that is used, for learning curves.
    begins_with : str
        Name of the recipe whose trained weights this one goes on from; empty to begin at random.
    """

    name: str
    title: str
    feature: str
    split: str
    model: str
    options: dict = field(default_factory=dict)
    epochs: int = 75
    batch_size: int = 32
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    patience: int | None = None
    warm_up: float | None = None
    label_smoothing: float = 0.0
    label_cleaning: float = 0.0
    augmentation: str = ""
    weight_averaging: float = 0.0
    songs: float = 1.0
    begins_with: str = ""

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

    def network(self) -> keras.Model:
        """The recipe's network, untrained; it draws its first weights from the seed in force."""
        return networks.MODELS[self.model](self.feature, **self.options)


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

# The original trained its networks on waveforms for ten epochs with RMSprop. The development pack holds no waveforms:
# these run on the rendered set, or on IRMAS itself.
_WAVEFORM = Recipe(
    "cnn_waveform_song",
    "CNN, waveform (the original)",
    "waveform",
    "song",
    "cnn_waveform",
    epochs=10,
    optimizer="rmsprop",
)
_WAVEFORM_REGULARISED = (
    replace(
        _WAVEFORM,
        name="cnn_waveform_dropout_song",
        title="CNN, waveform, dropout .5 (the original)",
        options={"pool": 2, "dropout": 0.5},
    ),
    replace(
        _WAVEFORM,
        name="cnn_waveform_l2_song",
        title="CNN, waveform, L2 .01 (the original)",
        options={"pool": 2, "l2": 0.01},
    ),
)

_PATIENCE = 6
_BASELINE = Recipe("cnn_baseline", "CNN, log-mel", "log_mel", "song", "cnn_log_mel", epochs=60, patience=_PATIENCE)
DROPOUT_RATES = (0.1, 0.25, 0.5, 0.7)
L2_FACTORS = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
WEIGHT_DECAYS = (1e-1, 1.0)
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
    parts = [f"{name}_{value:g}" for name, value in options.items()]
    words = [f"{word} {options[name]:g}" for name, word in (("dropout", "dropout"), ("l2", "L2")) if name in options]
    return replace(
        _BASELINE, name=f"cnn_{'_'.join(parts)}_song", title=f"CNN, log-mel, {', '.join(words)}", options=options
    )


_REGULARISED = (
    *(regularised(dropout=rate) for rate in DROPOUT_RATES),
    *(regularised(l2=factor) for factor in L2_FACTORS),
    *(regularised(rate, factor) for rate in GRID_RATES[1:] for factor in GRID_FACTORS[1:]),
)
_BUDGETS = tuple(
    replace(
        regularised(dropout=rate),
        name=f"{regularised(dropout=rate).name.removesuffix('_song')}_{epochs}_epochs_song",
        title=f"{regularised(dropout=rate).title}, {epochs} epochs",
        epochs=epochs,
        patience=epochs,
    )
    for rate in (0.0, 0.5)
    for epochs in (5, 20)
)
_SPATIAL = replace(
    _BASELINE,
    name="cnn_spatial_dropout_0.25_song",
    title="CNN, log-mel, spatial dropout 0.25",
    options={"spatial_dropout": 0.25},
)
_DECAYED = tuple(
    replace(
        _BASELINE,
        name=f"cnn_weight_decay_{decay:g}_song",
        title=f"CNN, log-mel, weight decay {decay:g}",
        optimizer="adamw",
        weight_decay=decay,
    )
    for decay in WEIGHT_DECAYS
)

# Notebook 06's last step. What it is made of was chosen by validation by song within the first fold's training part.
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
# The controls: as many epochs on the clips as they are, and without the masks.
_UNCHANGED = replace(
    _POOLED, name="cnn_pooled_unchanged_song", title="CNN, pooled, normalised, clips unchanged", augmentation="none"
)
_UNMASKED = replace(
    _POOLED,
    name="cnn_pooled_unmasked_song",
    title="CNN, pooled, normalised, augmented, no masks",
    augmentation="elsewhere_unmasked",
)
# The same without what is done for recordings made elsewhere: what does that cost at home?
_PLAIN = replace(
    _POOLED,
    name="cnn_pooled_plain_song",
    title="CNN, pooled, normalised, augmented, no filters, noise, rooms and silence",
    augmentation="plain",
)
_LONG = replace(
    _POOLED, name="cnn_pooled_120_epochs_song", title="CNN, pooled, normalised, augmented, 120 epochs", epochs=120
)
# Chosen by short trials on validation songs within the first fold's training part.
_LIGHTER = replace(
    _LONG,
    name="cnn_pooled_60_db_song",
    title="CNN, pooled, normalised, augmented, 120 epochs, 60 dB, lighter masks, mixed in decibels",
    options={"dynamic_range": 60.0},
    augmentation="elsewhere_lighter",
)
# Chosen by trials of the full length on the same songs.
_ALL_SHARES = replace(
    _LIGHTER,
    name="cnn_pooled_all_shares_song",
    title="CNN, pooled, normalised, augmented, 120 epochs, 60 dB, mixed in all shares",
    augmentation="elsewhere_all_shares",
)
# Its weights wander on at a small, steady rate, and their running mean is kept: as several networks' mean, but one.
_AVERAGED = replace(
    _ALL_SHARES,
    name="cnn_pooled_averaged_song",
    title=f"{_ALL_SHARES.title}, 40 more averaged",
    epochs=40,
    learning_rate=1e-3,
    warm_up=None,
    weight_averaging=0.9995,
    begins_with=_ALL_SHARES.name,
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
# A third of it, to train with several seeds.
_ATTENTION_SHORT = replace(
    _ATTENTION,
    name="cnn_pooled_attention_24_epochs_song",
    title=_ATTENTION.title.replace("72 epochs", "24 epochs"),
    epochs=24,
)
# Then once more from a large step to small ones, with parts of the clips played slowly and in other clips' colours, for
# the sake of lone notes in ordinary rooms; chosen by trials on the same songs and on notes of a SoundFont.
_SLOW = replace(
    _ATTENTION,
    name=SHIPPED,
    title=f"{_ATTENTION.title}, 24 more with parts played slowly",
    epochs=24,
    learning_rate=2e-3,
    augmentation="elsewhere_slow",
    begins_with=_ATTENTION.name,
)
# Mixtures teach much and are never heard in use: do the last epochs better without them? (They do not.)
_CLOSED = replace(
    _LONG,
    name="cnn_pooled_closed_song",
    title="CNN, pooled, normalised, augmented, 120 epochs and 12 unmixed",
    epochs=12,
    learning_rate=1e-3,
    warm_up=0.0,
    augmentation="elsewhere_closing",
    begins_with=_LONG.name,
)
_SHORT = replace(
    _POOLED, name="cnn_pooled_24_epochs_song", title="CNN, pooled, normalised, augmented, 24 epochs", epochs=24
)

# Notebook 06's first steps, on the way from the baseline to the pooled network.
_BARE = replace(
    _SHORT,
    name="cnn_pooled_bare_song",
    title="CNN, pooled, 24 epochs",
    model="cnn_pooled_bare",
    optimizer="adam",
    learning_rate=1e-3,
    weight_decay=0.0,
    warm_up=None,
    label_smoothing=0.0,
    augmentation="none",
)
_NORMALISED = replace(
    _BARE, name="cnn_pooled_normalised_song", title="CNN, pooled, normalised, 24 epochs", model="cnn_pooled"
)
# Two of the ablations (`research/recipes.py` has the others) are steps of that way.
_UNCHANGED_SHORT = replace(
    _SHORT, name="ablation_unchanged_song", title=f"{_SHORT.title}, clips unchanged", augmentation="none"
)
_PLAIN_SHORT = replace(
    _SHORT,
    name="ablation_plain_song",
    title=f"{_SHORT.title}, no filters, noise, rooms and silence",
    augmentation="plain",
)


def _fewer_songs(base: Recipe, name: str, share: float, epochs: int) -> Recipe:
    """A recipe on a part of the training songs."""
    return replace(
        base,
        name=f"{name}_{share:.0%}_of_songs_song".replace("%", "_percent"),
        title=f"{base.title.removesuffix(f', {base.epochs} epochs')}, {share:.0%} of the songs, {epochs} epochs",
        songs=share,
        epochs=epochs,
    )


SHARES_OF_SONGS = (0.25, 0.5)
_FEWER_SONGS = (
    # As many steps as on all songs, which are so few that the larger the part, the further it is from its end.
    *(_fewer_songs(_SHORT, "cnn_pooled", share, round(_SHORT.epochs / share)) for share in SHARES_OF_SONGS),
    # Each song as often: half of them end as all do, with 99 % of the fitted clips right.
    *(_fewer_songs(_ATTENTION, "cnn_pooled_attention", share, _ATTENTION.epochs) for share in SHARES_OF_SONGS),
)

# Notebook 07: several instruments at once, learnt from clips laid over one another.
_SEVERAL = replace(
    _POOLED,
    name="cnn_several_song",
    title="CNN, pooled, sigmoids, trained on mixtures",
    options={"activation": "sigmoid"},
    label_smoothing=0.0,
    augmentation="together",
)

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        *(recipe for base in _DENSE for recipe in _both_splits(base)),
        _WAVEFORM,
        *_WAVEFORM_REGULARISED,
        *_both_splits(_BASELINE),
        *_REGULARISED,
        *_BUDGETS,
        _SPATIAL,
        *_DECAYED,
        _BARE,
        _NORMALISED,
        _SHORT,
        _POOLED,
        _UNCHANGED,
        _UNMASKED,
        _PLAIN,
        _LONG,
        _LIGHTER,
        _ALL_SHARES,
        _AVERAGED,
        _ATTENTION,
        _ATTENTION_SHORT,
        _SLOW,
        _CLOSED,
        _PLAIN_SHORT,
        _UNCHANGED_SHORT,
        *_FEWER_SONGS,
        _SEVERAL,
    )
}

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
    """Look a recipe up.

    Parameters
    ----------
    name : str
        A key of `RECIPES`.

    Returns
    -------
    Recipe

    Raises
    ------
    RecipeError
        If there is none of that name.

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
