"""Make an assignment for nbgrader from one of the course's notebooks.

    python tools/make_assignment.py 01_data_exploration source/week1

The answers are put between nbgrader's marks, so that `nbgrader generate_assignment` takes them out; each check becomes
a test that is worth a point. A check prints a sentence and raises nothing, so the test looks whether the sentence
begins with "Right" and ends in a number, which nbgrader takes for the points. docs/teaching/nbgrader.md says the rest.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat
from build_notebooks import one_folder_higher

SOLUTIONS = Path(__file__).parents[1] / "notebooks" / "solutions"
SOLUTION = "### BEGIN SOLUTION\n{}\n### END SOLUTION"
# Hidden from learners: they see the sentence, and the number alone would be one more thing to wonder about.
TEST = """{}
### BEGIN HIDDEN TESTS
{} * exercises.CHECKS["{}"].sentence(globals()).startswith("Right")
### END HIDDEN TESTS"""


def assignment(notebook: nbformat.NotebookNode, points: int = 1) -> nbformat.NotebookNode:
    """The notebook with nbgrader's marks and metadata; each exercise is worth so many points."""
    for cell in notebook.cells:
        cell.source = one_folder_higher(cell)  # learners put it into notebooks/
        check = re.match(r'exercises\.check\("(\w+)", globals\(\)\)', cell.source)
        if "solution" in cell.metadata.get("tags", []):
            cell.metadata.nbgrader = _marks(f"answer-{cell.id}", solution=True)
            cell.source = SOLUTION.format(cell.source)
        elif check:
            cell.metadata.nbgrader = _marks(check[1], grade=True, points=points)
            cell.source = TEST.format(cell.source, points, check[1])
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def _marks(name: str, *, solution: bool = False, grade: bool = False, **more: int) -> dict:
    """What nbgrader (schema 3) wants to know of a cell: learners write into a solution, and a test is locked."""
    marks = {"schema_version": 3, "grade_id": name, "solution": solution, "grade": grade, "locked": grade}
    return marks | {"task": False, **more}


def main(name: str, folder: str) -> None:
    """Write the assignment of a notebook into nbgrader's source folder."""
    target = Path(folder) / f"{name}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    made = assignment(nbformat.read(SOLUTIONS / target.name, as_version=4))
    nbformat.write(made, target)
    exercises = sum(cell.metadata.get("nbgrader", {}).get("grade", False) for cell in made.cells)
    print(f"{target}: {exercises} exercises, a point each")


if __name__ == "__main__":
    if len(sys.argv) != 3 or not (SOLUTIONS / f"{sys.argv[1]}.ipynb").exists():
        names = ", ".join(sorted(file.stem for file in SOLUTIONS.glob("*.ipynb")))
        sys.exit(f"python tools/make_assignment.py NOTEBOOK FOLDER, where NOTEBOOK is one of {names}")
    main(*sys.argv[1:])
