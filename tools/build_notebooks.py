"""Execute the notebooks and make the learner's copies from the solutions.

`notebooks/solutions/*.ipynb` are the source. A code cell tagged `solution` holds the answer to an exercise; the
learner's copy in `notebooks/` has that cell emptied. Both are executed on the rendered set and saved without sound,
widget state and machine-dependent metadata:

    python tools/build_notebooks.py              # all notebooks
    python tools/build_notebooks.py 01           # those whose name begins with 01

A picture of `images/` that a cell shows as `attachment:NAME` is put into the notebook: from there it is found by
JupyterLab, Colab, nbviewer and any other reader, whatever folder they serve. Links that climb out of `solutions/` climb
one step less in the learner's copy. The cells that open a notebook in Colab are written by `launch`.
"""

from __future__ import annotations

import base64
import os
import re
import sys
from copy import deepcopy
from pathlib import Path

import launch
import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
SOLUTIONS = NOTEBOOKS / "solutions"
EMPTY = "# Your code here\n"
_CELL_SECONDS = 600
# A widget or a player saved in a file is dead weight: the reader runs the cell to get a live one.
_LIVE_ONLY = ("application/vnd.jupyter.widget-view+json", "text/html")


def learners_copy(solution: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook with the exercises' answers taken out."""
    copy = deepcopy(solution)
    for cell in copy.cells:
        cell.source = one_folder_higher(cell)
        if "solution" in cell.metadata.get("tags", []):
            cell.source = EMPTY
            cell.metadata.tags = [tag for tag in cell.metadata.tags if tag != "solution"]
            cell.metadata.tags.append("exercise")
    return copy


def one_folder_higher(cell: nbformat.NotebookNode) -> str:
    """A cell's source for a notebook in `notebooks/` instead of `solutions/`: its links lead to the same places."""
    if cell.cell_type != "markdown":
        return cell.source
    return cell.source.replace("](../../", "](../").replace("/notebooks/solutions/", "/notebooks/")


def with_pictures(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook with each `attachment:NAME` of its text filled from `images/`."""
    for cell in notebook.cells:
        if names := re.findall(r"\]\(attachment:([^)]+)\)", cell.source):
            pictures = {name: (ROOT / "images" / name).read_bytes() for name in names}
            cell.attachments = {name: {"image/png": base64.b64encode(data).decode()} for name, data in pictures.items()}
    return notebook


def executed(notebook: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    """Run all cells from the top in a new kernel, as the reader will, in the notebook's folder."""
    client = NotebookClient(
        notebook,
        timeout=_CELL_SECONDS,
        startup_timeout=_CELL_SECONDS,  # a busy machine takes minutes
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    return client.execute()


def cleaned(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """What is committed: outputs with pictures and text, without sound, widgets and traces of this machine."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {"tags": cell.metadata.tags} if cell.metadata.get("tags") else {}
        if cell.cell_type == "code":
            cell.outputs = _joined([kept for output in cell.outputs if (kept := _cleaned_output(output)) is not None])
    return notebook


def _cleaned_output(output):
    data = output.get("data", {})
    if output.get("name") == "stderr" or "%|" in data.get("text/plain", ""):
        return None  # warnings and progress bars of this machine's run
    is_live = "application/vnd.jupyter.widget-view+json" in data or "data:audio" in data.get("text/html", "")
    if is_live:
        kept = {mime: value for mime, value in data.items() if mime not in _LIVE_ONLY}
        kept["text/plain"] = "Run this cell to hear it or to move its controls."
        output.data = kept
    return output


def _joined(outputs):
    """Printed lines that follow one another as one output; on a busy machine they come in pieces."""
    joined = []
    for output in outputs:
        if joined and output.output_type == joined[-1].output_type == "stream":
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def build(path: Path) -> None:
    """Execute one solution notebook and its learner's copy, and save both."""
    read = nbformat.read(path, as_version=4)
    solution = with_pictures(launch.with_launch(read, path.relative_to(ROOT).as_posix()))
    for number, cell in enumerate(solution.cells):
        cell.id = f"cell-{number:03d}"
    for notebook, target in ((learners_copy(solution), NOTEBOOKS / path.name), (solution, path)):
        print(f"executing {target.relative_to(NOTEBOOKS)} ...", flush=True)
        nbformat.write(cleaned(executed(notebook, target.parent)), target)


def main() -> None:
    os.environ.pop("IRMAS_DATA", None)  # committed outputs are always those of the rendered set
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    beginnings = tuple(sys.argv[1:]) or ("",)
    for path in sorted(SOLUTIONS.glob("*.ipynb")):
        if path.name.startswith(beginnings):
            build(path)


if __name__ == "__main__":
    main()
