"""What the README, the results page and the model card show is what the results say."""

import json
import re
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from irmas_helpers.answers import predict
from irmas_helpers.learning import experiments, models, recipes

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import make_readme  # noqa: E402

README = (ROOT / "README.md").read_text("utf-8")


def section(page: str, name: str) -> str:
    return page.split(f"<!-- begin {name} -->\n")[1].split(f"\n<!-- end {name} -->", maxsplit=1)[0]


def test_the_readmes_table_holds_the_runs_on_real_music_with_all_folds():
    runs = make_readme.main_runs(make_readme.recorded_runs())
    assert section(README, "results") == make_readme.results_table(runs)
    assert {run["data"]["data"] for run in runs} == {"real IRMAS, development part"}
    assert {experiments.folds_run(run) for run in runs} == {"5 folds"}


def test_the_results_page_is_made_from_the_files():
    page = (ROOT / "results" / "README.md").read_text("utf-8")
    assert page == make_readme.results_page(make_readme.recorded_runs())


@pytest.mark.parametrize("name", make_readme.MODEL_CARDS)
def test_a_model_card_quotes_the_recorded_run(name):
    card = (models.PRETRAINED / f"{name}.md").read_text("utf-8")
    run = experiments.recorded(make_readme.MODEL_CARDS[name])
    assert section(card, "score") == make_readme.results_table([run])
    assert section(card, "folds") == make_readme.fold_table(run)
    assert section(card, "classes") == make_readme.class_table(run)


def test_every_model_has_a_card():
    names = {path.stem for path in models.PRETRAINED.glob("*.keras")}
    assert names == {path.stem for path in models.PRETRAINED.glob("*.md")}


@pytest.mark.parametrize("name", make_readme.PICTURES)
def test_every_picture_is_there_and_shown_with_its_description(name):
    assert (ROOT / "images" / f"{name}.png").stat().st_size > 1000
    description = make_readme.PICTURES[name][1]
    notebooks = [file.read_text("utf-8") for file in (ROOT / "notebooks").glob("*.ipynb")]
    in_a_notebook = any(f"![{description}](attachment:{name}.png)" in page for page in notebooks)
    assert f"![{description}](images/{name}.png)" in README or in_a_notebook


def test_every_link_of_the_readme_to_a_file_leads_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert "://" in target or (ROOT / target).exists(), target


@pytest.mark.parametrize("name", sorted(file.stem for file in experiments.RESULTS.glob("*.json")))
def test_a_recorded_summary_is_made_from_its_folds(name):
    summary = experiments.recorded(name)
    made, now = (asdict(recipe) for recipe in (recipes.Recipe(**summary["recipe"]), recipes.recipe(name)))
    assert made == json.loads(json.dumps(now))  # where a tuple is a list
    files = sorted((experiments.RESULTS / "runs" / name).glob("*.json"))
    records = [json.loads(file.read_text("utf-8")) for file in files]
    again = experiments.summarise(records)
    assert summary["pooled"]["confusion"] == again["pooled"]["confusion"]
    for key in ("accuracy_mean", "accuracy_sd", "macro_f1_mean", "macro_f1_sd"):
        assert summary[key] == pytest.approx(again[key])
    assert summary["pooled"]["interval"] == pytest.approx(again["pooled"]["interval"])


def test_what_was_measured_elsewhere_was_measured_on_the_shipped_model():
    measured = json.loads((experiments.RESULTS / "measured" / "elsewhere.json").read_text("utf-8"))
    assert measured["model"] == models.DEFAULT_MODEL.name
    card = (models.PRETRAINED / "cnn.md").read_text("utf-8")
    for freesound in (measured["freesound"], measured["one network"]):
        right, clips = (sum(row[key] for row in freesound["per_class"].values()) for key in ("right", "clips"))
        assert freesound["accuracy"] == pytest.approx(right / clips)
        assert f"{freesound['accuracy']:.0%} of 90" in card.replace("\n", " ").replace(" %", "%")
    for way in measured["wavs"].values():
        assert f"{way['same_answer']} of {way['clips']}" in card


def test_the_share_of_the_network_for_lone_notes_is_the_largest_that_cost_nothing():
    tried = json.loads((experiments.RESULTS / "measured" / "lone.json").read_text("utf-8"))["choice"]["shares"]
    costless = [share for share, scores in tried.items() if scores["unknown songs"] >= tried["0.0"]["unknown songs"]]
    assert max(map(float, costless)) == predict.LONE_SHARE


def test_the_shipped_model_loads_and_is_small():
    for file in (models.DEFAULT_MODEL, models.PRETRAINED / "cnn_lone.keras"):
        assert file.stat().st_size < 5_000_000
    model = models.load_model()
    assert models.feature_of(model) == "log_mel"
    assert model.count_params() == recipes.recipe(recipes.SHIPPED).network().count_params() < 1_000_000
