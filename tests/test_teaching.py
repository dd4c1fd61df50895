"""The pages for teachers: one for each notebook, minutes that add up, slides with figures that exist, and points."""

from __future__ import annotations

import re
import sys
from datetime import datetime, timedelta
from pathlib import Path

import nbformat
import pytest

from irmas_helpers import exercises

ROOT = Path(__file__).parents[1]
TEACHING = ROOT / "docs" / "teaching"
sys.path.insert(0, str(ROOT / "tools"))
import make_assignment  # noqa: E402
import make_slides  # noqa: E402

NOTEBOOKS = sorted(file.stem for file in (ROOT / "notebooks").glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("name", NOTEBOOKS)
PARTS = ["What is hard", "What to say", "On the board", "Questions", "When time is short", "Timing"]


def notebook(name: str) -> nbformat.NotebookNode:
    return nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)


def minutes(name: str) -> int:
    """What a notebook states."""
    return int(re.search(r"\*\*Time\*\*: about (\d+) minutes", notebook(name).cells[0].source)[1])


@each_notebook
def test_a_notebook_has_notes_of_a_page(name):
    page = (TEACHING / f"{name}.md").read_text("utf-8")
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == PARTS
    prose = re.sub(r"^```.*?^```|^\|.*?$", "", page, flags=re.DOTALL | re.MULTILINE)
    assert 350 <= len(prose.split()) <= 700
    questions = page.split("## Questions")[1].split("##")[0]
    assert len(re.findall(r"^- \*[^*]+[?.]\*\s\S", questions, re.MULTILINE)) >= 4  # each with its answer


@each_notebook
def test_the_minutes_of_the_sections_sum_to_those_of_the_notebook(name):
    page = (TEACHING / f"{name}.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| (.+?) \| (\d+) \|", page.split("## Timing")[1], re.MULTILINE))
    contents = re.search(r"\*\*Contents\*\*:(.+)", notebook(name).cells[0].source, re.DOTALL)[1]
    sections = [" ".join(section.split()) for section in contents.split("·")]
    assert list(rows) == ["Opening", *sections, "Summary and recall"]
    assert sum(map(int, rows.values())) == minutes(name)
    assert f", {minutes(name)} minutes; its slides" in page


def test_the_minutes_are_enough_for_the_words_and_the_exercises():
    reading, left = [], []
    for name in NOTEBOOKS:
        cells = notebook(name).cells
        words = sum(len(cell.source.split()) for cell in cells if cell.cell_type == "markdown")
        exercises = sum("exercises.check(" in cell.source for cell in cells if cell.cell_type == "code")
        reading.append(words / 200)
        left.append((minutes(name) - words / 200) / exercises)
    said = f"take {min(reading):.0f} to {max(reading):.0f}, and the rest leaves {min(left):.0f} to {max(left):.0f} for"
    assert said in " ".join((TEACHING / "README.md").read_text("utf-8").split())


def numbers(text: str) -> list[str]:
    return re.findall(r"(?<![\w.,])(?:\d[\d,]*\.\d+|\.\d+|\d[\d,]*\d|\d)", text)


def value(number: str) -> float:
    return float(number.replace(",", ""))


def numbers_of(name: str) -> set[float]:
    """Those in a notebook's text, code, outputs, and in what its checks say."""
    texts = [(ROOT / "notebooks" / "exercises" / f"{name}.py").read_text("utf-8")]
    for cell in nbformat.read(ROOT / "notebooks" / "solutions" / f"{name}.ipynb", as_version=4).cells:
        data = [output.get("data", {}) for output in cell.get("outputs", [])]
        texts += [cell.source, *(output.get("text", "") for output in cell.get("outputs", []))]
        texts += [shown.get(kind, "") for shown in data for kind in ("text/plain", "text/html")]
    return {value(number) for number in numbers("\n".join(texts))}


# Worked out on the board, or shapes written without a space; what usual wrong answers give; an earlier version's cells.
OWN_NUMBERS = {
    "01_a_note_in_numbers": {"86"},
    "02_a_neuron_learns": {"1,214", "38,850"},
    "03_baseline_cnn": {"1.8", "128,130", "126,128", "63,64", "61,62", "30,31", "99"},
    "06_beating_overfitting": {"156"},
    "07_choosing_honestly": {"105"},
}


@each_notebook
@pytest.mark.parametrize("folder", ["", "slides"])
def test_every_number_in_notes_and_slides_stands_in_the_notebook(name, folder):
    page = (TEACHING / folder / f"{name}.md").read_text("utf-8").split("## Timing")[0]
    page = re.sub(r"\]\([^)]*\)|^Figure: .*", "", page, flags=re.MULTILINE)
    there = numbers_of(name)

    def stands(number: str) -> bool:
        """As it is, or as a share or per cent of it, to the digits that are given."""
        digits = len(number.partition(".")[2])
        either = (round(factor * one, digits) for one in there for factor in (1, 100, 0.01))
        return any(abs(rounded - value(number)) < 1e-9 for rounded in either)

    assert {number for number in numbers(page) if not stands(number)} <= OWN_NUMBERS.get(name, set())


def schedules() -> list[list[tuple[str, str, int]]]:
    """The tables of times, each a list of (from, what, minutes)."""
    page = (TEACHING / "README.md").read_text("utf-8")
    tables = re.findall(r"\| from \| what \| minutes \|\n\|[-| :]+\n((?:\|.*\n)+)", page)
    rows = (re.findall(r"^\| ([\d:]+) \| (.+) \| (\d+) \|$", table, re.MULTILINE) for table in tables)
    return [[(start, what, int(length)) for start, what, length in table] for table in rows]


def test_there_is_a_schedule_for_one_day_two_half_days_and_six_evenings():
    assert len(schedules()) == 1 + 2 + 6
    whole = {name for table in schedules()[3:] for _, what, _ in table for name in re.findall(r"\((\w+)\.md\)", what)}
    at_home = {"10_polyphonic_music", "12_your_own_instruments", "appendix_for_the_curious"}
    assert set(NOTEBOOKS) - whole == at_home


@pytest.mark.parametrize("title", ["One day", "Two half days", "Six evenings"])
def test_every_notebook_has_its_place_in_each_schedule(title):
    page = (TEACHING / "README.md").read_text("utf-8").split(f"### {title}\n")[1]
    together, home = re.split(r"\n##+ ", page)[0].split("| at home |")
    done = set(re.findall(r"\((\w+)\.md\)", re.sub(r".*told from.*", "", together)))
    left = {name: int(length) for name, length in re.findall(r"^\| \[.+\]\((\w+)\.md\) \| .+ \| (\d+) \|$", home, re.M)}
    assert done.isdisjoint(left)
    assert done | set(left) == set(NOTEBOOKS)
    assert left == {name: minutes(name) for name in left}


@pytest.mark.parametrize("table", schedules(), ids=lambda table: table[1][1][:20])
def test_a_schedule_adds_up_and_gives_a_notebook_its_minutes(table):
    assert any(what == "Break" for _, what, _ in table)
    now = datetime.strptime(table[0][0], "%H:%M")
    for start, what, length in table:
        assert start == f"{now:%H:%M}", what
        now += timedelta(minutes=length)
        (name, *more) = re.findall(r"\((\w+)\.md\)", what) or [""]
        if name and not more and "told from" not in what:
            assert length == minutes(name)
    assert f"{now:%H:%M}" in (TEACHING / "README.md").read_text("utf-8")


def test_two_surveys_have_a_dozen_questions_each():
    page = (TEACHING / "README.md").read_text("utf-8").split("## Before and after")[1]
    before, after = page.split("### After")
    for survey in (before, after):
        assert re.findall(r"^(\d+)\. ", survey, re.MULTILINE) == [str(number) for number in range(1, 13)]
        assert "What to do with the answers" in survey


@each_notebook
def test_a_deck_has_10_to_15_slides_with_figures_that_exist(name):
    deck = make_slides.slides((make_slides.TEXTS / f"{name}.md").read_text("utf-8"))
    found = make_slides.figures(notebook(name))
    assert 10 <= len(deck) <= 15
    for slide in deck:
        assert slide.note, slide
        assert re.match(r"##? \S", slide.text), slide
        assert len(re.findall(r"[^\s|#-]+", slide.text)) <= 45, slide
        assert bool(slide.figure) + slide.text.count("```") / 2 <= 1, slide
        if slide.figure:
            assert make_slides.named(slide.figure, found)
    assert sum(bool(slide.figure) for slide in deck) >= 3
    assert sum("?" in slide.text for slide in deck) >= 3


def test_a_page_of_slides_needs_nothing_else():
    page = make_slides.deck("04_dropout")
    assert page.count("<section") == page.count("<aside>") == 12
    assert page.count('class="asks"') >= 3  # a question first, its answer with the next key
    assert "data:image/png;base64," in page
    assert "<title>04 · Dropout</title>" in page
    assert not re.search(r"(?:src|href)=\"(?!data:|#)|https?://|@import", page)
    assert "{title}" not in page and "{home}" not in page
    assert '<a href="../04_dropout.html">Notebook</a>' in make_slides.deck("04_dropout", "../04_dropout.html")


def test_a_figure_that_is_not_there_or_not_the_only_one_is_named():
    for beginning in ("No such figure", "A "):
        with pytest.raises(SystemExit, match=f"'{beginning}': . figures are described so"):
            make_slides.named(beginning, {"A wave": "", "A line": ""})
    with pytest.raises(SystemExit, match="no slides begin with '99'"):
        make_slides.main("99")


def made(name: str) -> nbformat.NotebookNode:
    source = nbformat.read(ROOT / "notebooks" / "solutions" / f"{name}.ipynb", as_version=4)
    return make_assignment.assignment(source, points=2)


def marked(name: str, kind: str) -> list[nbformat.NotebookNode]:
    return [cell for cell in made(name).cells if cell.metadata.get("nbgrader", {}).get(kind)]


@each_notebook
def test_an_assignment_has_an_answer_and_a_test_for_each_exercise(name):
    answers, tests = marked(name, "solution"), marked(name, "grade")
    assert len(answers) >= len(tests) >= 3
    assert all(cell.source.startswith("### BEGIN SOLUTION\n") for cell in answers)
    ids = [cell.metadata.nbgrader["grade_id"] for cell in [*answers, *tests]]
    assert len(set(ids)) == len(ids)
    assert {cell.metadata.nbgrader["points"] for cell in tests} == {2}
    assert all(cell.metadata.nbgrader["locked"] for cell in tests)


def test_the_hidden_test_turns_a_sentence_into_points(capsys):
    (cell,) = [cell for cell in marked("02_a_neuron_learns", "grade") if '"my_answer"' in cell.source]
    seen, hidden = cell.source.split("### BEGIN HIDDEN TESTS\n")
    assert seen == 'exercises.check("my_answer", globals())\n'
    hidden = hidden.removesuffix("\n### END HIDDEN TESTS")
    points = {value: eval(hidden, {"exercises": exercises, "my_answer": value}) for value in (0.8808, 2.0, None, "?")}
    assert points == {0.8808: 2, 2.0: 0, None: 0, "?": 0}


def test_every_check_of_the_course_is_the_test_of_one_assignment():
    tests = [cell.metadata.nbgrader["grade_id"] for name in NOTEBOOKS for cell in marked(name, "grade")]
    assert sorted(tests) == sorted(exercises.CHECKS)


def test_the_command_names_what_it_can_make(tmp_path, capsys):
    make_assignment.main("04_dropout", str(tmp_path / "week4"))
    assert "6 exercises, a point each" in capsys.readouterr().out
    assert "attachment:" in (tmp_path / "week4" / "04_dropout.ipynb").read_text("utf-8")
