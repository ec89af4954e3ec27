"""What a chapter's outputs stand on: its code cells and the package's files, as short hashes."""

import ast
import hashlib
from contextlib import suppress
from pathlib import Path

from nbformat import NotebookNode

from tools.notebook.cells import Project, python, tags
from tools.notebook.package import NAME, Package

KEY = "d2lmodels_outputs"
DATA = (".json", ".safetensors")


def structure(node) -> object:
    """A syntax tree as nested tuples: no positions, no docstrings, the same in every version of Python."""
    if isinstance(node, ast.Constant):
        return ("Constant", repr(node.value))
    if isinstance(node, ast.AST):
        fields = ((name, structure(value)) for name, value in ast.iter_fields(node))
        return (type(node).__name__, *(pair for pair in fields if pair[1] not in (None, ())))
    if isinstance(node, list):
        return tuple(structure(part) for part in node if not is_text(part))
    return node


def is_text(node) -> bool:
    """Whether a statement is a docstring or another bare string."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def digest(source: str) -> str:
    """A hash of what the code does: comments, docstrings and layout do not count."""
    with suppress(SyntaxError):
        source = repr(structure(ast.parse(source)))
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells whose code makes outputs; the Colab cell changes with each release and makes none."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and "colab" not in tags(cell)]


def code_tree(notebook: NotebookNode) -> ast.Module:
    """All code of a notebook as one syntax tree; cells that do not parse are left out."""
    body = []
    for cell in code_cells(notebook):
        try:
            body += ast.parse(python(cell)).body
        except SyntaxError:
            continue
    return ast.Module(body=body, type_ignores=[])


def fingerprint(project: Project, notebook: NotebookNode) -> dict:
    """The hashes to store: of each code cell, in order, and of each file of the package."""
    tree = code_tree(notebook)
    files = Package(project.root).files(tree)
    stored = {file.relative_to(project.root).as_posix(): file for file in package_data(project, tree)}
    return {
        "cells": [f"{cell.get('id')} {digest(cell_code(cell))}" for cell in code_cells(notebook)],
        "files": {name: digest(file.read_text(encoding="utf-8")) for name, file in files.items()}
        | {name: hashlib.sha256(file.read_bytes()).hexdigest()[:16] for name, file in stored.items()},
    }


def package_data(project: Project, tree: ast.AST) -> list[Path]:
    """The results and checkpoints of the package that some call in `tree` names by a literal string."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    words = {word.value for call in calls for word in call.args if isinstance(word, ast.Constant)}
    folders = (project.root / NAME / "results", project.root / NAME / "checkpoints")
    found = (file for folder in folders for file in folder.glob("*.*") if file.suffix in DATA)
    return sorted(file for file in found if file.stem in words)


def cell_code(cell: NotebookNode) -> str:
    """The code as hashed: a magic counts by its text."""
    try:
        ast.parse(cell.source)
    except SyntaxError:
        return cell.source
    return python(cell)


def changes(stored: dict, now: dict) -> tuple[list[str], list[str]]:
    """The ids of the cells and the files that changed since the outputs were made."""
    before, after = stored.get("cells", []), now["cells"]
    changed = [line.split()[0] for line in after if line not in before]
    if not changed and before != after:
        gone = {line.split()[0] for line in before} - {line.split()[0] for line in after}
        changed = sorted(gone) or [
            new.split()[0] for old, new in zip(before, after, strict=True) if old != new
        ]
    files = stored.get("files", {})
    return changed, sorted(
        name for name in {*files, *now["files"]} if files.get(name) != now["files"].get(name)
    )
