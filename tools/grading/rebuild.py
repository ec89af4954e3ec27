"""A released lab with a student's answers in it.

A submission is data here: cells with a type and a source. Cells are recognised by the grade_id in their
metadata, by their id, by their text, or by the functions that they define, because editors drop some of
these. Whatever else a notebook claims (points, locks, test cells, outputs) is not carried over.
"""

import ast
import copy
import json
import re

import nbformat

from tools.grading import lab

MOST_CELLS = 1000
MOST_PARTS = 500_000  # objects and lists of JSON
MOST_CHARACTERS = 1 << 20  # of source, in all cells together
STUBS = ("raise NotImplementedError()", "YOUR ANSWER HERE")


class Unreadable(Exception):
    """What was handed in cannot be graded; the message says why, to the student."""


def cells_of(content: bytes) -> list[dict]:
    """Return the cells of a notebook file as dictionaries of cell_type, source, grade_id and id.

    Raises Unreadable for whatever is no notebook.
    """
    if not content.strip():
        raise Unreadable("the file is empty")
    if content.count(b"{") + content.count(b"[") > MOST_PARTS:
        raise Unreadable("the file has too many parts for a notebook")
    try:
        notebook = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Unreadable("the file is no notebook: it cannot be parsed as JSON") from None
    if isinstance(notebook, dict) and isinstance(notebook.get("worksheets"), list):  # nbformat 3
        sheets = [sheet for sheet in notebook["worksheets"] if isinstance(sheet, dict)]
        notebook = {"cells": [cell for sheet in sheets for cell in sheet.get("cells") or []]}
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise Unreadable("the file is no notebook: it has no cells")
    if len(notebook["cells"]) > MOST_CELLS:
        raise Unreadable(f"the notebook has more than {MOST_CELLS} cells")
    cells = [cell for cell in notebook["cells"] if isinstance(cell, dict)]
    if sum(len(_source(cell)) for cell in cells) > MOST_CHARACTERS:
        raise Unreadable(f"the cells hold more than {MOST_CHARACTERS:,} characters of source")
    return [_cell(cell) for cell in cells]


def _source(cell):
    """Return the source of a cell; lone surrogates and null characters can be neither stored nor executed."""
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    return source.encode(errors="replace").decode().replace("\0", "?") if isinstance(source, str) else ""


def _cell(cell):
    """Return what counts of a cell, whatever its fields hold."""
    metadata = cell.get("metadata") if isinstance(cell.get("metadata"), dict) else {}
    marks = metadata.get("nbgrader") if isinstance(metadata.get("nbgrader"), dict) else {}
    name, identity = marks.get("grade_id"), cell.get("id", metadata.get("id"))
    kind = "code" if cell.get("cell_type") == "code" else "markdown"
    return {
        "cell_type": kind,
        "source": _source(cell),
        "grade_id": name if isinstance(name, str) else None,
        "id": identity if isinstance(identity, str) else None,
    }


def harmless(markdown: str) -> str:
    """Return a student's text so that nothing of it can run in the browser of a teacher who reads it.

    Markup and links become text, because there are too many ways to write a link that runs something.

    >>> harmless("a < b, **so** [see](https://example.org) <script>")
    'a < b, **so** [see&#93;(https://example.org) &lt;script>'
    """
    return re.sub(r"\](?=[(:\[])", "&#93;", re.sub(r"<(?=[A-Za-z/!?])", "&lt;", markdown))


def rebuilt(release: nbformat.NotebookNode, cells: list[dict]) -> tuple[nbformat.NotebookNode, list[str]]:
    """Return a copy of the release with the answers of `cells` and their extra cells, and notes on it."""
    notebook = copy.deepcopy(release)
    places = _places(notebook, cells)
    claims, extra, notes, anchor = {}, {}, [], -1
    for number, (cell, place) in enumerate(zip(cells, places)):
        if place is None:
            extra.setdefault(anchor, []).append(cell)
            continue
        ours = notebook.cells[place]
        if lab.is_answer(ours):
            claims.setdefault(place, []).append(number)
        elif ours.cell_type == "code" and ours.source.strip() != cell["source"].strip():
            notes.append(f"the given cell {ours.id} had been changed; the original was used")
        anchor = place
    for place, ours in enumerate(notebook.cells):
        if not lab.is_answer(ours):
            continue
        numbers = claims.get(place, [])
        if not numbers:
            notes.extend([f"the answer {ours.id} is missing"] if cells else [])
            continue
        kept = next(
            (n for n in reversed(numbers) if not _is_stub(cells[n]["source"], ours.source)), numbers[-1]
        )
        if len(numbers) > 1:
            notes.append(
                f"the answer {ours.id} is there {len(numbers)} times; the last that was changed was graded"
            )
            earlier = [cells[n] for n in numbers if n != kept and cells[n]["cell_type"] == "code"]
            extra.setdefault(place - 1, []).extend(
                cell for cell in earlier if not _is_stub(cell["source"], ours.source)
            )
        text = cells[kept]["source"]
        ours.source = text if ours.cell_type == "code" else harmless(text)
    notebook.cells = _interleaved(notebook.cells, extra)
    return notebook, notes


def _is_stub(source, released):
    """Return whether an answer is as it was released, or empty."""
    return source.strip() in ("", released.strip(), *STUBS)


def _places(notebook, cells):
    """Return for each cell the index of the cell of the release that it is, or None."""
    by_grade_id = {
        lab.grade_id(cell): place for place, cell in enumerate(notebook.cells) if lab.grade_id(cell)
    }
    by_id = {cell.id: place for place, cell in enumerate(notebook.cells)}
    by_source = {cell.source.strip(): place for place, cell in enumerate(notebook.cells)}
    places = []
    for cell in cells:
        place = by_grade_id.get(
            cell["grade_id"], by_id.get(cell["id"], by_source.get(cell["source"].strip()))
        )
        if place is not None and notebook.cells[place].cell_type != cell["cell_type"]:
            place = place if lab.is_answer(notebook.cells[place]) else None
        places.append(place)
    for place, ours in enumerate(notebook.cells):  # answers whose marks an editor lost
        names = _defined(ours.source) if lab.is_answer(ours) and ours.cell_type == "code" else set()
        if names and place not in places:
            for number, cell in enumerate(cells):
                if (
                    places[number] is None
                    and cell["cell_type"] == "code"
                    and names <= _defined(cell["source"])
                ):
                    places[number] = place
    return places


def _defined(source):
    """Return the functions and classes that a cell defines."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def _interleaved(released, extra):
    """Return the cells of the release with the student's own between them."""
    cells, count = [], 0
    for place in range(-1, len(released)):
        cells += [released[place]] if place >= 0 else []
        for cell in extra.get(place, []):
            new = nbformat.v4.new_code_cell if cell["cell_type"] == "code" else nbformat.v4.new_markdown_cell
            text = cell["source"] if cell["cell_type"] == "code" else harmless(cell["source"])
            cells.append(new(text, id=f"own-{count}"))
            count += 1
    return cells
