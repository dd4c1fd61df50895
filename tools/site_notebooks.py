"""A notebook as a page to be read: from an executed solution to the notebook that the site is built from.

Everything that would have to run is told in words, pictures and sounds: quizzes and expectations with their answers
folded, widgets as photographs, players with the clip behind them. Solutions are folded together with what their check
says. Outputs become HTML here, so that descriptions of figures, wide tables and long lines are as the site needs them.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from build_notebooks import one_folder_higher
from nbconvert.filters import markdown2html
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from irmas_helpers import exercises
from irmas_helpers.exercises import Choice, Expectation, Quiz
from irmas_helpers.exercises._controls import marked_up

ROOT = Path(__file__).parents[1]
LIVE = "Run this cell to hear it or to move its controls."
# What a photograph in `images/widgets` shows, for those who do not see it.
WIDGETS = {
    "beat_the_network": "A player, eleven buttons with names of instruments, and the scores of listener and network.",
    "clip_browser": "Lists for instrument, song and excerpt, a player, and the clip's waveform and log-mel.",
    "error_browser": "A confusion matrix with one cell chosen; below it a clip of that cell with its answer as bars.",
    "kernel_lab": "Nine fields for a kernel's weights, and a clip's log-mel beside the map that it makes of it.",
    "mixing_lab": "A slider for the share of one clip, a player, and log-mels of the sums of sounds and of powers.",
    "neuron_lab": "Sliders for two weights and a bias above a plane with points for flutes and trumpets.",
    "regularisation_lab": "Sliders for dropout and L2, a button that trains, and curves of loss and accuracy.",
    "spectrogram_lab": "Sliders for window, hop and mel bands above the spectrogram that they change.",
    "split_explorer": "Two kinds of split, a slider, a seed, and squares for the excerpts of thirty songs by side.",
    "threshold_lab": "A slider for the threshold, and curves of precision, recall and F1 over all thresholds.",
    "what_if": "Sliders that change the sound of a clip, a player, and what the network answers to it.",
    "which_instrument": "Buttons to record or upload, a player, the answer with three bars, and the answer over time.",
}


@dataclass(frozen=True)
class Surroundings:
    """What a notebook's page needs beside the notebook."""

    bar: str  # HTML below the title: place in the course, downloads, ways to open it
    sounds: dict[str, list[tuple[str, str]]]  # from a beginning of a cell's line to labels and addresses of clips
    pictures: Path  # where figures are written to
    address: str  # of that folder, as the page sees it
    answers: str  # where the page is that answers about a recording; empty if there is none


def site_notebook(solution: nbformat.NotebookNode, around: Surroundings) -> nbformat.NotebookNode:
    """The notebook that the site shows."""
    cells, solved = [], None
    for cell in without_colab(solution.cells):
        if "solution" in cell.metadata.get("tags", []):
            solved = cell
        elif solved is not None:
            cells.append(folded_solution(solved, cell, around))
            solved = None
        else:
            cells.append(site_cell(cell, around))
    first = cells[0]
    title, rest = first.source.split("\n", 1)
    first.source = f"{title}\n\n{around.bar}\n{rest}"
    return nbformat.v4.new_notebook(cells=cells, metadata=solution.metadata)


def without_colab(cells: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """The cells but the one that fetches the course in Colab, and what is said about it."""
    fetching = next(place for place, cell in enumerate(cells) if '"google.colab"' in cell.source)
    return cells[: fetching - 1] + cells[fetching + 1 :]


def site_cell(cell: nbformat.NotebookNode, around: Surroundings) -> nbformat.NotebookNode:
    """A cell of the site for one of the notebook."""
    if cell.cell_type == "markdown":
        return new_markdown_cell(re.sub(r"\]\(attachment:([^)]+)\)", r"](../images/\1)", one_folder_higher(cell)))
    asked = re.match(r'exercises\.(quiz|expect)\("(\w+)"\)$', cell.source)
    if asked and asked[1] == "quiz":
        return new_markdown_cell(quiz(exercises.QUIZZES[asked[2]]))
    if asked:
        return new_markdown_cell(expectation(exercises.EXPECTATIONS[asked[2]]))
    shown = code(cell.source, shown_outputs(cell, around))
    if "\nimport " in f"\n{cell.source}" and "irmas_helpers" in cell.source:
        shown.metadata = folding("hide-input", "The imports of this notebook")
    return shown


def code(source: str, outputs: list[str]) -> nbformat.NotebookNode:
    """A code cell whose outputs are HTML."""
    data = {"text/html": f'<div class="out">{"".join(outputs)}</div>'}
    return new_code_cell(source, outputs=[new_output("display_data", data)] if outputs else [])


def folding(tag: str, show: str) -> dict:
    """The metadata of a cell that is folded, wholly or in part, until somebody wants it."""
    return {"tags": [tag], "mystnb": {"code_prompt_show": show, "code_prompt_hide": show}}


def folded_solution(
    solved: nbformat.NotebookNode, check: nbformat.NotebookNode, around: Surroundings
) -> nbformat.NotebookNode:
    """The answer to an exercise, and what its check says, behind a click."""
    outputs = shown_outputs(solved, around) + shown_outputs(check, around)
    cell = code(f"{solved.source}\n\n{check.source}", outputs)
    cell.metadata = folding("hide-cell", "A solution, and what the check says to it")
    return cell


def quiz(asked: Quiz) -> str:
    """A quiz as HTML: each answer can be opened, and says whether and why it is right."""
    answers = "".join(
        f"<li><details><summary>{marked_up(answer.text)}</summary>"
        f"<p><strong>{'Right.' if answer.right else 'Not this one.'}</strong> {marked_up(answer.explanation)}</p>"
        "</details></li>"
        for answer in asked.answers
    )
    question = f'<p class="asked"><strong>Quiz.</strong> {marked_up(asked.question)}</p>'
    how = '<p class="how">Click on an answer to see what it is worth.</p>'
    return f'<div class="quiz">{question}{how}<ul>{answers}</ul></div>'


def expectation(asked: Expectation) -> str:
    """A question before a result as HTML; the result follows in the notebook."""
    question = f'<p class="asked"><strong>What do you expect?</strong> {marked_up(asked.question)}</p>'
    options = ""
    if isinstance(asked, Choice):
        options = "<ul>" + "".join(f"<li>{marked_up(option.text)}</li>" for option in asked.options) + "</ul>"
    return f'<div class="quiz">{question}{options}<p class="how">Decide before you read on.</p></div>'


def shown_outputs(cell: nbformat.NotebookNode, around: Surroundings) -> list[str]:
    """The outputs of a cell, each as HTML."""
    outputs = [output for output in cell.outputs if "Picture: " not in output.get("data", {}).get("text/html", "")]
    if re.search(r"exercises\.(check|compare)\(", cell.source):
        outputs = [nbformat.NotebookNode(one, text=unfilled(one.text)) if "text" in one else one for one in outputs]
    live = [output for output in outputs if output.get("data", {}).get("text/plain") == LIVE]
    shown = [shown_output(output, around) for output in outputs if output not in live]
    return shown + (live_parts(cell.source, around) if live else [])


def live_parts(source: str, around: Surroundings) -> list[str]:
    """A cell's widget as a picture, or its players with their clips; a `LookupError` where these were forgotten."""
    widget = re.search(r"widgets\.(\w+)\(", source)
    name = widget[1] if widget else "player"  # called by a function of the notebook's own
    if name in WIDGETS:
        how = "A picture of the widget: run the notebook to move its controls."
        if name == "which_instrument" and around.answers:
            page = f'<a href="{around.answers}">This page</a> answers in your browser.'
            how = f"A picture of the widget, with the network that ships. {page}"
        size = f'alt="{html.escape(WIDGETS[name])}" src="../_widgets/{name}.png"'
        return [f'<figure class="widget"><img {size} loading="lazy"><figcaption>{how}</figcaption></figure>']
    for beginning, clips in around.sounds.items():
        if beginning in source:
            return [sound(label, address) for label, address in clips]
    raise LookupError(f"site_sounds.SOUNDS has no clip for this cell:\n{source}")


def sound(label: str, address: str) -> str:
    """A clip that can be played."""
    name = html.escape(label)
    return (
        f'<figure class="sound"><figcaption>{name}</figcaption>'
        f'<audio controls preload="none" aria-label="{name}" src="{address}"></audio></figure>'
    )


def shown_output(output: nbformat.NotebookNode, around: Surroundings) -> str:
    """An output as HTML: a figure with its description, a table, or printed lines."""
    data = output.get("data", {})
    if "image/png" in data:
        return figure(data["image/png"], output.metadata["image/png"]["alt"], around)
    if "<table" in data.get("text/html", ""):
        return table(data["text/html"])
    if "text/markdown" in data:
        return markdown(data["text/markdown"])
    if output.output_type == "error":
        return printed(f"{output.ename}: {output.evalue}", "error")
    return printed(output.get("text") or data["text/plain"], "printed")


def markdown(source: str) -> str:
    """A text that a cell shows, without headings, for the page has its own, and without links to other files."""
    bold = re.sub(r"^#+ (.+)$", r"**\1**", source, flags=re.MULTILINE)
    alone = re.sub(r"\[([^]]+)\]\((?!http)[^)]+\)", r"\1", bold)
    return f'<div class="shown">{markdown2html(alone)}</div>'


def figure(png: str, alt: str, around: Surroundings) -> str:
    """A figure, written to a file of its own."""
    data = base64.b64decode(png)
    name = hashlib.sha256(data).hexdigest()[:16] + ".png"
    (around.pictures / name).write_bytes(data)
    width, height = (int.from_bytes(data[place : place + 4], "big") for place in (16, 20))  # PNG's first chunk
    size = f'width="{width}" height="{height}" loading="lazy"'
    return f'<img class="figure" alt="{html.escape(alt)}" {size} src="{around.address}/{name}">'


def table(source: str) -> str:
    """A table of pandas without its own look, in a frame that scrolls by itself."""
    bare = re.sub(r"<style.*?</style>|<div>|</div>", "", source, flags=re.DOTALL)
    bare = re.sub(r"<table[^>]*>", "<table>", bare).replace(' style="text-align: right;"', "")
    bare = bare.replace("<th></th>", "<td></td>")  # above the rows' names stands nothing
    return f'<div class="wide" tabindex="0" role="region" aria-label="Table">{bare}</div>'


def printed(lines: str, kind: str) -> str:
    """Printed lines, less what is said to those who have not guessed; rows of a printed table are not wrapped."""
    lines = re.sub(r"\x1b\[[0-9;]*m", "", lines).replace(f"{exercises.UNGUESSED}\n", "").rstrip()
    longest, *more = sorted(map(len, lines.splitlines()), reverse=True)
    look = f"{kind} wrapped" if longest > 90 or not more else kind
    return f'<pre class="{look}" tabindex="0">{html.escape(lines)}</pre>'


def unfilled(lines: str) -> str:
    """The lines before `exercises` broke them where JupyterLab ends a line; a page breaks them where it ends."""
    whole, last = [], ""
    for line in lines.split("\n"):
        first = line.split(" ")[0]
        if first and len(last) <= exercises.COLUMNS < len(f"{last} {first}"):
            whole[-1] += f" {line}"
        else:
            whole.append(line)
        last = line
    return "\n".join(whole)
