"""Fill what a chapter's metadata, the package and the bibliography determine."""

import copy
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from tools.notebook import facts, mirror, references
from tools.notebook.cells import KERNEL, Mend, Project, add_tags, new_id, numbered, tagged, tags


def synced(project: Project, path: Path, notebook: NotebookNode) -> NotebookNode:
    """A copy of the notebook with every generated part as it should be.

    Raises:
        Mend: with one line for each part that cannot be made.
    """
    notebook = copy.deepcopy(notebook)
    settings = notebook.metadata.setdefault("d2lmodels", NotebookNode())
    notebook.metadata["kernelspec"] = NotebookNode(KERNEL)
    notebook.metadata["language_info"] = NotebookNode(name="python")
    problems = []
    head = generated(notebook, "facts", make=new_markdown_cell, position=1)
    head.source = facts.facts(project, path, settings)
    install = generated(
        notebook, "colab", make=new_code_cell, position=notebook.cells.index(head) + 1, also="remove-cell"
    )
    install.source = facts.colab(project, settings)
    try:
        papers(project, notebook, settings)
    except Mend as problem:
        problems.append(str(problem))
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type != "code":
            continue
        if mirror.header(cell.source) or "mirror" in tags(cell):
            add_tags(cell, "mirror")
            try:
                cell.source = mirror.fill(cell.source, project.root)
            except (Mend, SyntaxError) as problem:
                problems.append(f"cell {number} ({cell.get('id')}): {problem}")
        if (k := numbered(cell, "solution")) is not None:
            fold(cell, k)
    if problems:
        raise Mend("\n".join(problems))
    return notebook


def generated(
    notebook: NotebookNode, tag: str, *, make, position: int, also: str | None = None
) -> NotebookNode:
    """The cell tagged `tag`, made at `position` where there is none."""
    found = tagged(notebook, tag)
    if not found:
        cell = make("", metadata={"tags": [tag]})
        cell.id = new_id(cell, {other.get("id") for other in notebook.cells})
        notebook.cells.insert(position, cell)
        found = [cell]
    if also:
        add_tags(found[0], also)
    return found[0]


def papers(project: Project, notebook: NotebookNode, settings: dict) -> None:
    """Write the list of papers: where its cell stands, or before the exercises, or at the end."""
    keys = settings.get("papers") or []
    if not keys:
        notebook.cells = [cell for cell in notebook.cells if "references" not in tags(cell)]
        return
    text = references.cell_text(project.root, keys)
    exercises = [place for place, cell in enumerate(notebook.cells) if numbered(cell, "exercise") is not None]
    position = exercises[0] if exercises else len(notebook.cells)
    if exercises and notebook.cells[position - 1].source.startswith("## Exercises"):
        position -= 1
    generated(notebook, "references", make=new_markdown_cell, position=position).source = text


def fold(cell: NotebookNode, k: int) -> None:
    """Fold a solution in the book, in JupyterLab and in Colab."""
    add_tags(cell, "hide-cell")
    cell.metadata.setdefault("jupyter", NotebookNode())["source_hidden"] = True
    cell.metadata["cellView"] = "form"
    first, _, rest = cell.source.partition("\n")
    body = rest if first.startswith("# @title") else cell.source
    cell.source = f"# @title Solution {k}\n{body}".rstrip()
