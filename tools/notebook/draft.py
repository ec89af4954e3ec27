"""A notebook as a text file to edit: `_drafts/NAME.py`, and back without losing outputs or ids.

The text is jupytext's percent format: prose between triple quotes, code as it is, and each cell's id
and tags in its first line. What `sync` writes is left out, so that it cannot be edited by mistake.
"""

import copy
import json
from pathlib import Path

import jupytext
import yaml
from nbformat import NotebookNode
from nbformat.v4 import new_notebook

from tools.notebook import mirror
from tools.notebook.cells import GENERATED, KERNEL, Mend, Project, new_id, numbered, read, tags
from tools.notebook.sync import synced

PLACE = "Written by `sync` from the notebook's metadata."
FOLDED = ("jupyter", "cellView")
OURS = ("cell_marker", "lines_to_next_cell", "lines_to_end_of_cell_marker", "id")


def draft_path(project: Project, name: str) -> Path:
    return project.root / "_drafts" / f"{Path(name).with_suffix('').name}.py"


def to_text(notebook: NotebookNode) -> str:
    """The draft of a notebook."""
    settings = {"d2lmodels": notebook.metadata.get("d2lmodels", {})}
    header = yaml.safe_dump({"jupyter": json.loads(json.dumps(settings))}, allow_unicode=True, width=100)
    draft = new_notebook()
    draft.metadata["jupytext"] = {
        "cell_markers": '"""',
        "notebook_metadata_filter": "-all",
        "cell_metadata_filter": "all",
    }
    for cell in copy.deepcopy(notebook.cells):
        kept, implied = dict(cell.metadata), set()
        if set(GENERATED) & set(tags(cell)):
            implied = {"remove-cell"}
            cell.source = f"# {PLACE}" if cell.cell_type == "code" else PLACE
        elif cell.cell_type == "code" and mirror.header(cell.source):
            implied = {"mirror"}
            cell.source = cell.source.partition("\n")[0]
        elif cell.cell_type == "code" and (k := numbered(cell, "solution")) is not None:
            implied = {"hide-cell"}
            kept = {key: value for key, value in kept.items() if key not in FOLDED}
            cell.source = cell.source.removeprefix(f"# @title Solution {k}\n")
        shown = [tag for tag in kept.pop("tags", []) if tag not in implied]
        cell.metadata = NotebookNode(id=cell.get("id"), **({"tags": shown} if shown else {}), **kept)
        draft.cells.append(cell)
    lines = ["---", *header.splitlines(), "---"]
    return "".join(f"# {line}\n" for line in lines) + "\n" + jupytext.writes(draft, "py:percent")


def from_text(text: str, old: NotebookNode | None) -> NotebookNode:
    """The notebook that a draft describes, with the outputs of `old` where the cells are the same.

    A cell keeps its id through the draft's first line for it. A cell without one takes the id of an old
    cell of the same text, or a new one made from its tags or first words.
    """
    notebook = jupytext.reads(text, "py:percent")
    before = {cell.get("id"): cell for cell in old.cells} if old else {}
    settings = notebook.metadata.get("d2lmodels") or (old.metadata.get("d2lmodels") if old else None) or {}
    notebook.metadata = NotebookNode(old.metadata) if old else NotebookNode()
    notebook.metadata["d2lmodels"] = settings
    notebook.metadata.setdefault("kernelspec", NotebookNode(KERNEL))
    given = [cell.metadata["id"] for cell in notebook.cells if "id" in cell.metadata]
    twice = sorted({name for name in given if given.count(name) > 1})
    if twice:
        raise Mend(f"the draft uses the id {twice[0]!r} for two cells; delete it from the copied cell")
    taken = set(given)
    for cell in notebook.cells:
        wanted = cell.metadata.get("id")
        if not wanted:
            same = (name for name, other in before.items() if name not in taken and alike(cell, other))
            wanted = next(same, None) or new_id(cell, taken)
            taken.add(wanted)
        cell.metadata = NotebookNode({key: value for key, value in cell.metadata.items() if key not in OURS})
        cell.id = wanted
        other = before.get(wanted)
        if other is not None and other.cell_type == cell.cell_type == "code":
            cell.outputs, cell.execution_count = other.outputs, other.execution_count
        if other is not None and set(GENERATED) & set(tags(cell)):
            cell.source = other.source
    return notebook


def alike(cell: NotebookNode, other: NotebookNode) -> bool:
    """Whether a draft's cell is this cell of the notebook, seen as the draft would show it."""
    shown = other.source.partition("\n")[0] if mirror.header(other.source) else other.source
    return cell.cell_type == other.cell_type and cell.source.strip() == shown.strip()


def edit(project: Project, name: str, *, force: bool = False) -> Path:
    """Write the draft of a notebook, but never over one that holds changes."""
    path = project.find(name)
    file, text = draft_path(project, name), to_text(read(path))
    held = file.read_text(encoding="utf-8") if file.is_file() else text
    if held != text and not force and file.stat().st_mtime > path.stat().st_mtime:
        raise Mend(f"{project.relative(file)} holds changes: `apply` them first, or drop them with --force")
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def apply(project: Project, name: str) -> tuple[Path, NotebookNode]:
    """The notebook that the draft describes and where it goes; a new one needs `PART/NAME`."""
    file = draft_path(project, name)
    if not file.is_file():
        raise Mend(f"there is no {project.relative(file)}; `edit {name}` writes it")
    try:
        path = project.find(name)
    except Mend:
        if "/" not in name:
            raise Mend(f"{name} is new: give its part too, as in `apply 1_foundations/{name}`") from None
        path = project.root / "notebooks" / f"{name.removeprefix('notebooks/').removesuffix('.ipynb')}.ipynb"
    old = read(path) if path.is_file() else None
    return path, synced(project, path, from_text(file.read_text(encoding="utf-8"), old))
