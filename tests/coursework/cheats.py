"""Notebooks that cheat or do harm: cells in hostile/*.txt (nothing may import them), and edits.

Each is bounded, so that a hole in the sandbox fails a test and not the machine. A hostile notebook answers
one task honestly and cheats for the rest: it must earn that task and no more. In the cells @COURSE@ is the
true path of the course folder, @VICTIM@ another student, @FORBIDDEN@ what the lab forbids, @ANSWERS@ the
names that the lab's other tasks ask for.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat

FOLDER = Path(__file__).parent / "hostile"
MARKUP = """<script>window.stolen = 1</script><img src=x onerror='window.stolen = 1'> <svg onload='stolen()'>

[link](javascript:window.stolen=1) [a]( JavaScript&colon;window.stolen=1) <javascript:window.stolen=1> [b][1]

[1]: javascript:window.stolen=1
"""
# These break their own process, so that even the honest answer cannot be asked for.
LOSES_ALL = {"input-transformer", "lying-agent", "patch-shell"}
HEADER = re.compile(r"# (before|after) the honest answer: (.+)\n")


@dataclass(frozen=True)
class Cheat:
    """One way to cheat: a cell before the lab's own or after the honest answer, or an edit."""

    says: str  # what it tries
    before: str = ""
    after: str = ""
    edit: Callable = lambda notebook: None


def change_metadata(notebook):
    """Give every test cell more points, unlock it and call it an answer."""
    notebook.metadata["kernelspec"] = {"name": "bash", "display_name": "Bash", "language": "bash"}
    notebook.metadata["d2lmodels"] = {"forbidden": []}
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata["nbgrader"].update(points=1000, locked=False, solution=True, checksum="0")


def empty_tests(notebook):
    """Replace every test by a cell that passes."""
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            cell.source = "print('passed')"


def drop_tests(notebook):
    """Take every test cell out."""
    notebook.cells = [
        cell
        for cell in notebook.cells
        if cell.cell_type != "code" or not cell.metadata.get("nbgrader", {}).get("grade")
    ]


def fake_outputs(notebook):
    """Store outputs of tests that passed, and markup that would run in a teacher's browser."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = 1
            html = {"text/html": "<script>window.stolen = 1</script>", "text/plain": "1000"}
            cell.outputs = [nbformat.v4.new_output("execute_result", html, execution_count=1)]
        elif cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source = MARKUP


def answer_in_another_kind_of_cell(notebook):
    """Give a text as a code cell, which a writer of pages would not look through for markup."""
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("grade"):
            notebook.cells[index] = nbformat.v4.new_code_cell(MARKUP, id=cell.id, metadata=cell.metadata)


def long_texts(notebook):
    """Add texts that take long to search, and cells with long errors."""
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell("](" * 100_000))
    cells = [nbformat.v4.new_code_cell('raise ValueError("x" * 400_000)') for _ in range(60)]
    notebook.cells.extend(cells)


EDITS = {
    "another-kind-of-cell": Cheat(
        "hides markup in a cell of another kind", edit=answer_in_another_kind_of_cell
    ),
    "long-texts": Cheat("holds texts and errors that are too long", edit=long_texts),
    "metadata": Cheat("changes the metadata of cells", edit=change_metadata),
    "empty-tests": Cheat("changes the test cells", edit=empty_tests),
    "drop-tests": Cheat("takes the test cells out, the canary too", edit=drop_tests),
    "fake-outputs": Cheat("stores outputs of tests that passed, with scripts", edit=fake_outputs),
}


def cheats() -> dict[str, Cheat]:
    """Return every cheat by name."""
    found = dict(EDITS)
    for path in sorted(FOLDER.glob("*.txt")):
        text = path.read_text("utf-8")
        match = HEADER.match(text)
        found[path.stem] = Cheat(match[2], **{match[1]: text[match.end() :].rstrip()})
    return found
