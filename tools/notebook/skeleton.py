"""A new chapter: every section of the design, every field of the metadata, every cell that it needs."""

import re
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.notebook.cells import KERNEL, Mend, Project, new_id, write
from tools.notebook.sync import synced

SECTIONS = (
    ("## What goes wrong without it", None),
    ("## The idea", None),
    ("## By hand", None),
    ("## The implementation", None),
    ("## Agreement", "agreement"),
    ("## On real data", "learned"),
    ("## Looking inside", None),
    ("## A common mistake", None),
    ("## Pitfalls", None),
    ("## Summary", None),
    ("## Where to go next", None),
)
SETUP = """\
import numpy as np

from d2lmodels import plot
from d2lmodels.device import profile, seed

seed()
plot.use_style()
small = profile() == "small"
"""


def create(project: Project, name: str) -> Path:
    """Write the skeleton of `PART/NAME`, such as `2_networks/01_perceptron`."""
    name = name.removeprefix("notebooks/").removesuffix(".ipynb")
    if not re.fullmatch(r"\d+_\w+/\d\d_\w+", name):
        raise Mend(
            f"{name!r} is no name for a chapter; wanted is PART/NAME, such as 2_networks/01_perceptron"
        )
    path = project.root / "notebooks" / f"{name}.ipynb"
    if path.exists():
        raise Mend(f"{project.relative(path)} exists; `edit {path.stem}` gives its text")
    words = path.stem.partition("_")[2].replace("_", " ").capitalize()
    cells = [text(f"# {words}\n\nThe question, a failure or a number; why it matters.")]
    cells += [code(SETUP.rstrip(), "setup")]
    for heading, tag in SECTIONS:
        cells += [text(heading)] + ([code(f'assert False, "write the {tag} check"', tag)] if tag else [])
    cells += [text("## Exercises")]
    for k in range(1, 6):
        cells += [text(f"### Exercise {k}", f"exercise-{k}"), code("assert False", f"solution-{k}")]
    settings = {
        "objectives": ["…"],
        "prerequisites": ["Python", "calculus", "linear algebra"],
        "minutes": {"read": 30, "run": 1},
        "papers": [],
        "terms": ["…"],
        "files": [],
        "colab_extra": [],
    }
    notebook = new_notebook(cells=cells, metadata={"kernelspec": KERNEL, "d2lmodels": settings})
    taken = set()
    for cell in notebook.cells:
        cell.id = new_id(cell, taken)
        taken.add(cell.id)
    write(path, synced(project, path, notebook))
    return path


def text(source: str, *names: str) -> NotebookNode:
    return new_markdown_cell(source, metadata={"tags": list(names)} if names else {})


def code(source: str, *names: str) -> NotebookNode:
    return new_code_cell(source, metadata={"tags": list(names)} if names else {})
