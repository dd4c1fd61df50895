"""The ablations' networks and recipes, and how the command line finds them in the repository and only there."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import research.recipes
from irmas_helpers.__main__ import main
from irmas_helpers.commands import learning as commands
from irmas_helpers.errors import RecipeError
from irmas_helpers.learning import models
from irmas_helpers.learning import recipes as course
from irmas_helpers.learning.networks import cnn_pooled
from research import networks, train_left_out
from research.networks import cnn_pooled_variant

ROOT = Path(__file__).parents[1]


def kinds(make=cnn_pooled_variant, **options) -> list[str]:
    return [type(layer).__name__ for layer in make(**options).layers]


def test_a_network_without_a_group_is_trained_and_leaves_nothing_else(toy_pack, tmp_path, monkeypatch):
    quick = replace(course.recipe("dense_original_song"), epochs=1)
    monkeypatch.setitem(course.RECIPES, train_left_out.RECIPE, quick)
    file = train_left_out.file_of(("cel", "tru"), tmp_path)
    train_left_out.train(("cel", "tru"), toy_pack, file, "float32")
    assert list(tmp_path.iterdir()) == [file]
    assert models.load_model(file).output_shape == (None, 11)


@pytest.mark.parametrize("head", networks.HEADS)
def test_the_variants_stay_below_a_million_parameters_but_behind_a_flatten_layer(head):
    model = cnn_pooled_variant(head=head)
    assert (model.count_params() < 1e6) == (head != "flat")
    assert [layer.filters for layer in model.layers if hasattr(layer, "filters")] == [32, 64, 128, 128, 224, 240]


def test_the_variant_without_options_is_the_pooled_network():
    models.import_keras().utils.clear_session()
    variant = cnn_pooled_variant().get_config()
    models.import_keras().utils.clear_session()
    assert variant == cnn_pooled().get_config()


def test_parts_of_the_pooled_network_can_be_left_out():
    assert kinds().count("BatchNormalization") == 7
    assert kinds(band_scaling=False).count("BatchNormalization") == 6
    assert kinds(convolution="plain").count("BatchNormalization") == 1
    assert kinds(band_scaling=False, convolution="plain").count("BatchNormalization") == 0


def test_residual_connections_add_what_keeps_its_shape():
    sizes = ((8,), (16, 16), (16, 16, 16))
    assert (kinds(blocks=sizes).count("Add"), kinds(blocks=sizes, convolution="residual").count("Add")) == (0, 4)


def test_separable_convolutions_have_a_kernel_a_map_and_one_for_all():
    kernels = [
        layer.get_weights() for layer in cnn_pooled_variant(convolution="separable").layers if "conv" in layer.name
    ]
    assert [weights.shape for weights in kernels[1]] == [(3, 3, 32, 1), (1, 1, 32, 64)]


def test_heads_weigh_means_and_maxima_of_the_last_map(head_and_its_weights):
    maps = np.random.default_rng(0).random((2, 8, 8, 5)).astype("float32")
    quarters = maps.reshape(2, 4, 2, 8, 5).mean(axis=(2, 3)).reshape(2, -1)
    summaries = {
        "mean": maps.mean(axis=(1, 2)),
        "flat": maps.reshape(2, -1),
        "frequency": np.concatenate([quarters, maps.mean(axis=1).max(axis=1)], axis=1),
    }
    for name, summary in summaries.items():
        values, weights = head_and_its_weights(networks.HEADS[name], maps)
        np.testing.assert_allclose(values, summary @ weights["votes"][0], rtol=1e-4, atol=1e-6, err_msg=name)


def test_every_ablation_changes_one_thing_of_the_short_schedule():
    short = course.recipe("cnn_pooled_24_epochs_song")
    for name, recipe in research.recipes.RECIPES.items():
        assert recipe.name == name
        assert recipe.title.startswith(f"{short.title}, ")
        others = {field for field in vars(short) if getattr(recipe, field) != getattr(short, field)}
        # AdamW without decay is Adam; a variant is named by model and options.
        assert others - {"name", "title"} in (
            *({field} for field in ("augmentation", "label_smoothing", "warm_up", "weight_averaging", "options")),
            {"label_cleaning"},
            {"optimizer", "weight_decay"},
            {"model", "options"},
        )


@pytest.fixture
def unloaded(monkeypatch):
    """As if nothing of the trials had been imported."""
    for name in research.recipes.RECIPES | research.recipes.FURTHER:
        monkeypatch.delitem(course.RECIPES, name)
    monkeypatch.delitem(sys.modules, "research.recipes")
    monkeypatch.setattr(sys, "path", list(sys.path))


def test_the_command_line_finds_an_ablation_in_the_repository(unloaded):
    assert commands._find_recipe("ablation_residual_song") == research.recipes.RECIPES["ablation_residual_song"]


def test_elsewhere_an_ablation_is_an_unknown_recipe_and_one_line_says_where_it_is(unloaded, monkeypatch, capsys):
    monkeypatch.setattr(commands, "__file__", "/nowhere/irmas_helpers/commands/learning.py")
    assert main(["experiment", "ablation_residual_song", "--features", "none.npz"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("irmas_helpers: ablation_residual_song: no such recipe; there are dense_original_random, ")
    assert line.endswith("in the repository those of research/recipes.py")
    assert "research.recipes" not in sys.modules


def test_no_recipe_of_that_name_is_anywhere(unloaded):
    with pytest.raises(RecipeError, match=r"ablation_nothing_song: no such recipe; there are .*ablation_residual_song"):
        commands._find_recipe("ablation_nothing_song")


def test_the_readme_names_every_script_ablation_and_measurement():
    readme = (ROOT / "research" / "README.md").read_text("utf-8")
    for script in (ROOT / "research").glob("*_*.py"):
        assert script.stem == "__init__" or f"| `{script.stem}` |" in readme
    for measurement in (ROOT / "results" / "measured").glob("*.json"):
        assert f"`{measurement.name}`" in readme
    for name in research.recipes.RECIPES:
        assert f"`{name.removesuffix('_song').replace('ablation_', '_')}`" in readme.replace("`ablation_", "`_")
