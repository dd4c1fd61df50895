"""The committed notebooks keep the rules of CONTRIBUTING.md, and the learner's copies match the solutions."""

import base64
import json
import re
import statistics
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
from build_notebooks import EMPTY, learners_copy  # noqa: E402

from irmas_helpers.learning import models, networks  # noqa: E402

SOLUTIONS = sorted((ROOT / "notebooks" / "solutions").glob("*.ipynb"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LARGEST_FILE = 1_500_000


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def code_lines(cell):
    return [line for line in cell.source.splitlines() if line.strip() and not line.strip().startswith("#")]


@pytest.fixture(params=[*NOTEBOOKS, *SOLUTIONS], ids=lambda path: "/".join(path.parts[-2:]))
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def test_there_are_notebooks_and_each_has_a_solution():
    assert [path.name for path in NOTEBOOKS] == [path.name for path in SOLUTIONS] != []


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_the_learners_copy_is_the_solution_with_its_answers_taken_out(path):
    learner = nbformat.read(ROOT / "notebooks" / path.name, as_version=4)
    wanted = learners_copy(nbformat.read(path, as_version=4))
    assert [(cell.cell_type, cell.source) for cell in learner.cells] == [
        (cell.cell_type, cell.source) for cell in wanted.cells
    ]


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_every_exercise_is_a_task_an_empty_cell_and_a_check(path):
    learner = nbformat.read(ROOT / "notebooks" / path.name, as_version=4).cells
    exercises = [index for index, cell in enumerate(learner) if "exercise" in cell.metadata.get("tags", [])]
    assert len(exercises) >= 3
    for index in exercises:
        assert learner[index - 1].cell_type == "markdown"
        assert learner[index].source == EMPTY
        assert learner[index + 1].source.startswith("exercises.check(")


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_every_answer_in_the_solutions_was_found_right(path):
    checks = [cell for cell in code_cells(nbformat.read(path, as_version=4)) if "exercises.check(" in cell.source]
    assert len(checks) >= 3
    for cell in checks:
        assert cell.outputs[0].text.startswith("Right"), cell.source


def test_every_cell_was_run_in_order(notebook):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))


def test_no_output_is_an_error_or_on_stderr(notebook):
    for cell in code_cells(notebook):
        for output in cell.outputs:
            assert output.get("name") != "stderr", cell.source
            assert output.output_type != "error" or "raises-exception" in cell.metadata.tags, cell.source


def test_code_is_short_and_prose_is_long(notebook):
    lines = [len(code_lines(cell)) for cell in code_cells(notebook) if cell.source != EMPTY]
    words = sum(len(cell.source.split()) for cell in notebook.cells if cell.cell_type == "markdown")
    assert max(lines) <= 25
    assert statistics.median(lines) <= 6
    assert words >= 5 * sum(lines)


def test_no_sound_no_widget_state_and_no_address_is_saved(path):
    text = path.read_text("utf-8")
    assert len(text) < LARGEST_FILE
    assert "data:audio" not in text
    assert "application/vnd.jupyter.widget" not in text
    assert not re.search(r"object at 0x[0-9a-f]+", text)


def test_no_path_of_a_machine_is_saved(notebook):
    for cell in code_cells(notebook):
        outputs = json.dumps([output.get("data", output.get("text", "")) for output in cell.outputs])
        outputs = re.sub(r'"image/png": "[^"]*"', "", outputs)
        assert not re.search(r"/(home|root|Users|tmp|work)/", outputs), cell.source


def test_every_picture_has_a_description(notebook):
    for cell in notebook.cells:
        assert "![](" not in cell.source
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                assert len(output.metadata["image/png"]["alt"]) > 20, cell.source


def test_every_picture_in_the_text_lies_in_the_notebook(notebook):
    for cell in notebook.cells:
        for alt, target in re.findall(r"!\[([^\]]*)\]\(([^)]*)\)", cell.source if cell.cell_type == "markdown" else ""):
            name = target.removeprefix("attachment:")
            picture = (ROOT / "images" / name).read_bytes()
            assert target != name, f"{target} is found by some readers only"
            assert base64.b64decode(cell.attachments[name]["image/png"]) == picture, "build the notebook again"
            assert len(alt) > 20


def test_every_link_to_a_file_leads_somewhere(path, notebook):
    for cell in notebook.cells:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", cell.source if cell.cell_type == "markdown" else ""):
            if not target.startswith(("http", "attachment:")):
                assert (path.parent / target).exists(), target


def test_nothing_that_nbval_trips_over(notebook):
    for cell in code_cells(notebook):
        assert "clear_output" not in cell.source
        assert not re.search(r";\s*$", cell.source, re.MULTILINE), cell.source


# A cell with one of these tags builds, layer by layer, what `networks` makes and recorded runs use.
NETWORKS = {
    "dense": networks.dense,
    "cnn_waveform": networks.cnn_waveform,
    "cnn_log_mel": networks.cnn_log_mel,
    "cnn_waveform_dropout": lambda: networks.cnn_waveform(pool=2, dropout=0.5),
    "cnn_log_mel_dropout": lambda: networks.cnn_log_mel(dropout=0.5),
    "cnn_han": networks.cnn_han,
    "cnn_pooled": networks.cnn_pooled,
    "cnn_waveform_l2": lambda: networks.cnn_waveform(pool=2, l2=0.01),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_that_a_notebook_builds_is_the_named_one(name):
    cells = [cell for path in SOLUTIONS for cell in code_cells(nbformat.read(path, as_version=4))]
    (cell,) = (cell for cell in cells if name in cell.metadata.get("tags", []))
    names = {"keras": models.import_keras()}
    exec(cell.source, names)
    assert layers(names["model"]) == layers(NETWORKS[name]())


def layers(model):
    return [(type(layer).__name__, {**layer.get_config(), "name": ""}, layer.output.shape) for layer in model.layers]
