"""What the README, the results page, the model cards and the pages of `docs/` show is what the results say."""

import json
import re
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from PIL import Image

import research.recipes  # noqa: F401  (adds the ablations to the recipes)
from irmas_helpers.answers import predict
from irmas_helpers.data import clips
from irmas_helpers.learning import augmentation_plans, models, recipes, results
from research import outliers

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import make_readme  # noqa: E402

README = (ROOT / "README.md").read_text("utf-8")
RESULTS = (ROOT / "results" / "README.md").read_text("utf-8")
NOTEBOOKS = {file.name: file.read_text("utf-8") for file in sorted((ROOT / "notebooks").glob("*.ipynb"))}


def section(page: str, name: str) -> str:
    return page.split(f"<!-- begin {name} -->\n")[1].split(f"\n<!-- end {name} -->", maxsplit=1)[0]


def test_the_results_page_holds_the_runs_on_real_music_with_all_folds():
    runs = make_readme.main_runs(make_readme.recorded_runs())
    assert make_readme.results_table(runs) in RESULTS
    assert {run["data"]["data"] for run in runs} == {"real IRMAS, development part"}
    assert {results.folds_run(run) for run in runs} == {"5 folds"}


def test_the_readmes_table_holds_some_of_them():
    assert section(README, "results") == make_readme.readme_table()
    quotable = {run["recipe"]["name"] for run in make_readme.main_runs(make_readme.recorded_runs())}
    assert set(make_readme.README_ROWS) <= quotable


def test_the_results_page_is_made_from_the_files():
    assert make_readme.results_page(make_readme.recorded_runs()) == RESULTS


def test_the_results_page_says_what_the_titles_of_its_rows_leave_out():
    page, plans = " ".join(RESULTS.split()), augmentation_plans.AUGMENTATIONS
    pooled = [recipe for recipe in recipes.RECIPES.values() if recipe.title.startswith("CNN, pooled")]
    (unsaid,) = {recipe.epochs for recipe in pooled if "epochs" not in recipe.title}
    assert f"Pooled networks train for {unsaid} epochs where a row names no other number" in page
    often, seldom = plans["elsewhere_all_shares"].mix_decibels, plans["elsewhere"].mix
    assert f"in shares from Beta({often:g}, {often:g}) and not Beta({seldom:g}, {seldom:g})" in page


def test_the_page_on_performance_quotes_the_benchmarks_and_the_recorded_runs():
    page = (ROOT / "docs" / "performance.md").read_text("utf-8")
    assert section(page, "performance") == make_readme.performance.table()


def test_what_is_called_the_development_part_is_made_without_the_sealed_songs():
    commands = [line for line in RESULTS.splitlines() if "'real IRMAS, development part'" in line]
    assert len(commands) == sum(make_readme.is_real(run) for run in make_readme.recorded_runs())
    for card in ("cnn", "cnn_several", "dense"):
        text = " ".join((models.PRETRAINED / f"{card}.md").read_text("utf-8").split())
        commands += re.findall(r"`(python -m irmas_helpers train .*?)`", text)
    assert all("--not-sealed" in command for command in commands)


@pytest.mark.parametrize("name", make_readme.MODEL_CARDS)
def test_a_model_card_quotes_the_recorded_run(name):
    card = (models.PRETRAINED / f"{name}.md").read_text("utf-8")
    run = results.summary(make_readme.MODEL_CARDS[name])
    assert section(card, "score") == make_readme.results_table([run])
    assert section(card, "folds") == make_readme.fold_table(run)
    assert section(card, "classes") == make_readme.class_table(run)


def test_the_card_quotes_what_the_heads_notice_and_refuse():
    card = (models.PRETRAINED / "cnn.md").read_text("utf-8")
    there = results.measured("openset")["elsewhere"]
    for row, key in {
        "347 recordings of other instruments and of drums: sure": "foreign sure",
        "Freesound's 90, known instruments: right and sure": "freesound right and sure",
        "81 wavs of IRMAS: right and sure": "wavs right and sure",
    }.items():
        assert f"| {row} | {there['sure'][key]} | {there['chosen'][key]} |" in card
    for kind in ("foreign", "freesound"):
        assert f"| the same, called none of the eleven | | {there['chosen'][f'{kind} called foreign']} |" in card
    looks = ("once", "twice", "three times", "four times")[there["looks"] - 1]
    before = {11: "eleven times"}[results.measured("elsewhere")["freesound"]["looks"]]
    card = " ".join(card.split())
    assert f"looked at {looks} for this" in card
    assert f"looked at {before} before there were heads (and {looks} more for those, see below)" in card


@pytest.mark.parametrize(
    "page", ["irmas_helpers/pretrained/cnn.md", "docs/how_it_works.md", "notebooks/solutions/09_other_rooms.ipynb"]
)
def test_how_many_other_programs_the_heads_have_heard_is_counted(page):
    programs = {program for played, _ in outliers.STRANGERS.values() for program in played}
    assert f"{len(programs)} other programs" in (ROOT / page).read_text("utf-8")


def test_the_card_quotes_what_was_measured_outside():
    card = " ".join((models.PRETRAINED / "cnn.md").read_text("utf-8").split())
    outside = results.measured("outside")
    sealed, shipped = outside["sealed"], outside["sealed"]["as shipped"]
    low, high = sealed["interval"]
    assert f"{100 * sealed['accuracy']:.1f} % of {sealed['n']:,} clips of {sealed['songs']} songs" in card
    assert f"interval over songs {100 * low:.1f} to {100 * high:.1f}), macro F1 {sealed['macro_f1']:.3f}" in card
    assert ", ".join(f"{code} {f1:.2f}" for code, f1 in sealed["f1"].items()) in card
    assert (
        f"{100 * shipped['sure']:.0f} % were answered as sure, {100 * shipped['wrong_of_sure']:.1f} % of those" in card
    )
    for name in ("medley_solos", "freesound", "sample_notes"):
        assert f"{outside[name]['right']} of {outside[name]['n']} " in card
    low, high = outside["medley_solos"]["listening_models"]["accuracy"]
    assert f"report {100 * low:.0f} to {100 * high:.0f} % on all of Medley-solos-DB" in card


def test_the_card_says_of_how_many_clips_a_share_is():
    card = " ".join((models.PRETRAINED / "cnn.md").read_text("utf-8").split())
    heard = results.probabilities(recipes.SHIPPED)
    heard["right"] = heard["answer"] == heard["instrument"]

    violins = heard[heard["instrument"] == "vio"]

    def share(of, genre, words):
        right = of.loc[of["genre"] == genre, "right"]
        return f"{words} {100 * right.mean():.0f} % ({len(right):,}"

    shares = [share(heard, code, name) for code, name in clips.GENRES.items() if code != "lat_sou"]  # nine songs
    assert f"Out of fold: {shares[0]} clips), {'), '.join(shares[1:])}); violins in " in card
    classical, pop = share(violins, "cla", "in classical music"), share(violins, "pop_roc", "in pop and rock")
    assert f"violins {classical}), {pop})." in card


def test_every_model_has_a_card():
    names = {path.stem for path in models.PRETRAINED.glob("*.keras")}
    assert names == {path.stem for path in models.PRETRAINED.glob("*.md")}


@pytest.mark.parametrize("name", make_readme.PICTURES)
def test_every_picture_is_there_and_shown_with_its_description(name):
    assert (ROOT / "images" / f"{name}.png").stat().st_size > 1000
    description = make_readme.PICTURES[name][1]
    pages = [RESULTS, *(file.read_text("utf-8") for file in (ROOT / "docs").glob("*.md"))]
    in_a_notebook = any(f"![{description}](attachment:{name}.png)" in page for page in NOTEBOOKS.values())
    assert any(f"![{description}](../images/{name}.png)" in page for page in pages) or in_a_notebook


@pytest.mark.parametrize("name", ["page", "notebook"])
def test_the_readme_shows_a_screenshot_that_can_be_read_and_is_described(name):
    file = ROOT / "images" / f"{name}.png"
    with Image.open(file) as picture:
        assert picture.width >= 1200
    assert file.stat().st_size < 300_000
    (description,) = re.findall(rf"!\[(.*)\]\(images/{name}.png\)", README)
    assert len(description) > 50


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_has_one_title_wherever_it_is_listed(name):
    title, page = json.loads(NOTEBOOKS[name])["cells"][0]["source"][0].strip("# \n"), Path(name).stem
    teaching = ROOT / "docs" / "teaching"
    assert f"| [{title}](notebooks/{name}) |" in README
    assert f"| [{title}]({page}.md) |" in (teaching / "README.md").read_text("utf-8")
    assert (teaching / f"{page}.md").read_text("utf-8").startswith(f"# Teaching {title}\n")
    assert (teaching / "slides" / f"{page}.md").read_text("utf-8").startswith(f"# {title}\n")


def test_the_readme_lists_every_notebook_with_the_minutes_that_it_states():
    rows = re.findall(r"^\| \[.*\]\(notebooks/(.*\.ipynb)\) \| .* \| (\d+) \|$", README, re.MULTILINE)
    stated = {name: re.search(r"\*\*Time\*\*: about (\d+) minutes", page)[1] for name, page in NOTEBOOKS.items()}
    assert dict(rows) == stated


@pytest.mark.parametrize("name", sorted(file.stem for file in results.FOLDER.glob("*.json")))
def test_a_recorded_summary_is_made_from_its_folds(name):
    summary = results.summary(name)
    made, now = (asdict(recipe) for recipe in (recipes.Recipe(**summary["recipe"]), recipes.recipe(name)))
    assert made == json.loads(json.dumps(now))  # where a tuple is a list
    files = sorted((results.FOLDER / "runs" / name).glob("*.json"))
    records = [json.loads(file.read_text("utf-8")) for file in files]
    again = results.summarise(records)
    assert summary["pooled"]["confusion"] == again["pooled"]["confusion"]
    for key in ("accuracy_mean", "accuracy_sd", "macro_f1_mean", "macro_f1_sd"):
        assert summary[key] == pytest.approx(again[key])
    assert summary["pooled"]["interval"] == pytest.approx(again["pooled"]["interval"])


def test_what_was_measured_elsewhere_was_measured_on_the_shipped_model():
    measured = results.measured("elsewhere")
    assert measured["model"] == models.DEFAULT_MODEL.name
    card = (models.PRETRAINED / "cnn.md").read_text("utf-8")
    for freesound in (measured["freesound"], measured["one network"]):
        right, clips = (sum(row[key] for row in freesound["per_class"].values()) for key in ("right", "clips"))
        assert freesound["accuracy"] == pytest.approx(right / clips)
        assert f"{freesound['accuracy']:.0%} of 90" in card.replace("\n", " ").replace(" %", "%")
    for way in measured["wavs"].values():
        assert f"{way['same_answer']} of {way['clips']}" in card


def test_the_share_of_the_network_for_lone_notes_is_the_largest_that_cost_nothing():
    tried = results.measured("lone")["choice"]["shares"]
    costless = [share for share, scores in tried.items() if scores["unknown songs"] >= tried["0.0"]["unknown songs"]]
    assert max(map(float, costless)) == predict.LONE_SHARE


def test_the_shipped_model_loads_and_is_small():
    for file in (models.DEFAULT_MODEL, models.PRETRAINED / "cnn_lone.keras"):
        assert file.stat().st_size < 5_000_000
    model = models.load_model()
    assert models.feature_of(model) == "log_mel"
    assert model.count_params() == recipes.recipe(recipes.SHIPPED).network().count_params() < 1_000_000
