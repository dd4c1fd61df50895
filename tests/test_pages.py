"""The pages for readers: what they name exists, their links lead somewhere, and their numbers come from somewhere."""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path

import pytest

from irmas_helpers.answers import predict
from irmas_helpers.learning import models, own, recipes, results
from irmas_helpers.scoring import openset
from irmas_helpers.sound import audio, features, windows
from research import outliers

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "irmas_helpers"
sys.path.insert(0, str(ROOT / "tools"))
import make_readme  # noqa: E402

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "results/README.md")),
    *sorted(ROOT.glob("docs/**/*.md")),
    *sorted(ROOT.glob("research/*.md")),
    *sorted(ROOT.glob("irmas_helpers/pretrained/*.md")),
]
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
SINGLE_QUOTED = r"""(?<!\w)'[^'\s]*[*?\[(][^'\s]*'"""
FOLDERS = r"(?:irmas_helpers|docs|images|notebooks|research|results|tests|tools|benchmarks|\.ci)"


def read(page: Path) -> str:
    return page.read_text("utf-8")


def anchors(page: Path) -> set[str]:
    """What a Markdown viewer calls the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", read(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path, text: str) -> list[str]:
    """Targets of links and pictures that are neither on the web nor there."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        if "://" not in target and not (file.exists() and (not anchor or anchor in anchors(file))):
            broken.append(target)
    return broken


def missing_paths(page: Path, text: str) -> list[str]:
    """Files and folders of the repository, or patterns of them, that a text names and nobody finds."""
    below = {name.rstrip(".") for name in re.findall(rf"(?<![\w/.-]){FOLDERS}/[\w./*-]*", text)}
    beside = set(re.findall(r"`([\w-]+\.(?:py|md|toml|txt|cff))`", text)) - {
        file.name for file in page.parent.iterdir()
    }
    return sorted(name for name in below | beside if not [*ROOT.glob(name.rstrip("/"))])


def defined(file: Path) -> set[str]:
    """What a module has at its top: definitions, assignments, imports, and the modules of a wing."""
    names = {module.stem for module in file.parent.glob("*") if file.name == "__init__.py"}
    for node in ast.parse(read(file)).body:
        names |= {getattr(node, "name", "")}
        names |= {alias.asname or alias.name for alias in getattr(node, "names", [])}
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names |= {name.id for target in targets if target for name in ast.walk(target) if isinstance(name, ast.Name)}
    return names


def exists(file: Path, names: list[str]) -> bool:
    """Whether a module has a name, and the module of that name the next one."""
    if not names:
        return True
    inner = [file.parent / f"{names[0]}.py", file.parent / names[0] / "__init__.py"]
    inner = [module for module in inner if file.name == "__init__.py" and module.exists()]
    return names[0] in defined(file) and (not inner or exists(inner[0], names[1:]))


def missing_names(text: str) -> list[str]:
    """Names in dots, such as `irmas_helpers.errors` or `features.N_MELS`, that the package does not have."""
    missing = []
    for quoted in re.findall(r"`([^`\n]+)`", text):
        first, *names = re.match(r"[\w.]*", quoted)[0].rstrip(".").split(".")
        meant = [
            file
            for file in PACKAGE.rglob("*.py")
            if first == (file.parent.name if file.stem == "__init__" else file.stem)
        ]
        is_data = quoted.endswith((".json", ".csv", ".parquet"))  # files may have the names of modules
        if meant and not is_data and not any(exists(file, names) for file in meant):
            missing.append(quoted)
    return missing


@every_page
def test_every_link_leads_somewhere(page):
    assert broken_links(page, read(page)) == []


@every_page
def test_every_file_and_folder_that_is_named_exists(page):
    assert missing_paths(page, read(page)) == []


@every_page
def test_every_module_and_every_name_in_one_exists(page):
    assert missing_names(read(page)) == []


def test_what_is_not_there_would_be_found():
    page = ROOT / "README.md"
    text = "[a](docs/none.md) [b](docs/bad_input.md#none) ![c](images/none.png) [d](docs/bad_input.md) [e](#start)"
    assert broken_links(page, text) == ["docs/none.md", "docs/bad_input.md#none", "images/none.png"]
    text = "`irmas_helpers/recipes.py`, tools/none_*.py, `none.toml`, results/measured/, `course.py`."
    assert missing_paths(page, text) == ["irmas_helpers/recipes.py", "none.toml", "tools/none_*.py"]
    text = "`irmas_helpers.features`, `audio.load`, `irmas_helpers.sound.features`, `features.N_MELS`, `numpy.none`"
    assert missing_names(text) == ["irmas_helpers.features", "audio.load"]


def test_the_readme_is_short():
    assert len(read(ROOT / "README.md").splitlines()) <= 150


def test_the_plan_of_the_house_is_what_the_docstrings_say():
    page = read(ROOT / "CONTRIBUTING.md")
    for name, table in {"wings": make_readme.plan.wings(), "rooms": make_readme.plan.rooms()}.items():
        assert f"<!-- begin {name} -->\n{table}\n<!-- end {name} -->" in page, "python tools/make_readme.py --tables"


def test_every_command_is_explained(capsys):
    from irmas_helpers.__main__ import main

    with pytest.raises(SystemExit):
        main(["--help"])
    commands = re.findall(r"^    ([a-z][a-z-]+)\b", capsys.readouterr().out, re.MULTILINE)
    assert len(commands) > 5
    assert re.findall(r"^\| `([a-z-]+)` \|", read(ROOT / "docs" / "command_line.md"), re.MULTILINE) == commands


def test_what_json_says_of_foreign_sounds_is_explained():
    said = predict.Prediction("a.wav", 3.0, "cel", {"cel": 1.0}, ()).as_dict()
    page = read(ROOT / "docs" / "command_line.md")
    assert [key for key in said if (key == "known" or "foreign" in key) and f"`{key}`" not in page] == []


@every_page
def test_what_is_typed_is_quoted_as_every_shell_understands_it(page):
    """In Windows' cmd single quotes are letters like any other."""
    assert re.findall(SINGLE_QUOTED, read(page)) == []


def percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f} %"


def readme_quotes() -> list[str]:
    """What the README says of measurements, put together from their files."""
    outside, elsewhere = results.measured("outside"), results.measured("elsewhere")["freesound"]
    sealed = outside["sealed"]
    low, high = (percent(bound, 1) for bound in sealed["interval"])
    freesound = [percent(bound) for bound in elsewhere["interval"]]
    return [
        "27 November 2026" if sealed["date"] == "2026-11-27" else sealed["date"],
        f"{percent(sealed['accuracy'], 1)} of {sealed['n']:,} sealed clips of {sealed['songs']} songs correctly (95 % "
        f"interval over songs {low} to {high}, macro F1 {sealed['macro_f1']:.3f})",
        f"| {outside['medley_solos']['right']} of {outside['medley_solos']['n']} |",
        f"| {outside['freesound']['right']} of {outside['freesound']['n']} |",
        f"| {outside['sample_notes']['right']} of {outside['sample_notes']['n']} |",
        f"| {percent(elsewhere['accuracy'])} of {elsewhere['n']} (95 % interval {freesound[0]} to {freesound[1]}) |",
        "about {foreign} recordings of other instruments and of drums, it gave a sure answer to {sure without} of "
        "them".format(**open_set()),
        "and {sure} of them still get a sure name. The price: of the {known} amateur recordings above, all of "
        "instruments that it knows, {known called foreign} are called that, too, and {right and sure} are named "
        "correctly and surely".format(**open_set()),
    ]


def open_set() -> dict[str, float]:
    """What "none of the eleven" did to recordings from elsewhere, at the threshold that ships."""
    found = results.measured("openset")["elsewhere"]
    threshold = openset.load(models.DEFAULT_EXPORTED).threshold
    at, auroc = found["thresholds"][f"{threshold:.1f}"], found["foreign against freesound"]["head"]
    return {
        "threshold": threshold,
        "foreign": auroc["foreign"][0],
        "known": auroc["known"][0],
        "sure without": found["sure"]["foreign sure"],
        "sure": at["foreign sure"],
        "known called foreign": at["freesound called foreign"],
        "right and sure": at["freesound right and sure"],
    }


@pytest.mark.parametrize(("card", "measured"), [("cnn", ("sealed",)), ("dense", ("sealed", "dense"))])
def test_the_cards_say_what_the_sealed_fifth_gave(card, measured):
    sealed = scores = results.measured("outside")["sealed"]
    for key in measured[1:]:
        scores = sealed[key]
    low, high = (f"{100 * bound:.1f}" for bound in scores["interval"])
    text = " ".join(read(PACKAGE / "pretrained" / f"{card}.md").split())
    assert f"{percent(scores['accuracy'], 1)} of {sealed['n']:,} clips of {sealed['songs']} songs" in text
    assert f"interval over songs {low} to {high})" in text


def how_it_works_quotes() -> list[str]:
    """The constants that the page on how it works names, from the code and from the files beside the model."""
    shipped, original = (results.summary(name) for name in (recipes.SHIPPED, "dense_original_song"))
    calibration = json.loads(read(PACKAGE / "pretrained" / "cnn.json"))
    return [
        f"at {audio.SAMPLE_RATE:,} Hz",
        f"one every {windows.HOP_SECONDS:g} seconds",
        f"the eleven and {sum(len(programs) for programs, _ in outliers.STRANGERS.values())} other programs",
        f"{features.N_MELS} bands by {features.CLIP_FRAMES} frames",
        f"the means of {features.N_MFCC} MFCCs",
        f"with {original['parameters']:,} parameters in four layers",
        f"{shipped['parameters']:,} parameters",
        f"{windows.WEIGHT_RANGE_DB:g} dB below the loudest",
        f"Its part in the answer is {predict.LONE_SHARE:g}",
        f"at present {calibration['threshold']:.2f},",
        f"on {results.measured('explanation')['real IRMAS']['clips']} clips of real IRMAS",
        "above {threshold:g} the answer is".format(**open_set()),
        "On {foreign} real recordings of other instruments and drums {sure} answers are sure, where {sure without} "
        "were; it calls {known called foreign} of {known} recordings".format(**open_set()),
        f"The threshold lets about {100 * own.KEPT:.0f} % of the clips",
    ]


def performance_quotes() -> list[str]:
    """What the page on performance says beside its table."""
    cluster, processes = (
        make_readme.performance.cells("bulk", way)[0] for way in ("a Dask cluster of two", "two processes")
    )
    return ["to less than 0.001 dB", f"slower than processes ({cluster} files a minute against {processes})"]


# What each page quotes from files, and which other numbers it may have: versions, sizes, years, licences, conventions.
QUOTES = {
    "README.md": (readme_quotes, {"3.10", "3.13", "5", "320", "6,705", "55", "2012", "3.0", "4.0"}),
    "docs/how_it_works.md": (how_it_works_quotes, {"32", "06", "11", "80"}),
    "docs/performance.md": (performance_quotes, {"16", "32"}),
    "docs/command_line.md": (
        lambda: [
            "above {threshold:g} none of the eleven".format(**open_set()),
            f"of all recordings {own.MOST_WINDOWS:,} windows at most",
            f"lets {100 * own.KEPT:.0f} % of the recordings of unheard sources pass",
        ],
        {"100", "10", "320"},
    ),
}


@pytest.mark.parametrize("name", QUOTES)
def test_every_number_on_a_page_comes_from_a_file(name):
    text = re.sub(r"<!-- begin (\w+) -->.*<!-- end \1 -->", "", read(ROOT / name), flags=re.DOTALL)
    text = " ".join(re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE).split())
    quotes, others = QUOTES[name]
    for quote in quotes():
        assert quote in text
        text = text.replace(quote, "")
    # The rows of notebooks are compared elsewhere, and links, code and descriptions of pictures are no claims.
    text = re.sub(r"\| \[(?:\d\d|Appendix)\b[^|]*\| [^|]* \| \d+ \|", "", text)
    text = re.sub(r"!\[[^\]]*\]|\]\([^)]*\)|`[^`]*`", " ", text)
    assert set(re.findall(r"(?<![\w.])\d[\d,.]*\d|(?<![\w.])\d", text)) <= others
