"""One idea a file: at most 250 lines of code, docstrings, comments and blank lines not counted."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 250
FOLDERS = ("d2lmodels", "tools", "tests", "recipes", "benchmarks")


def lines_of_code(source):
    """Return how many lines of a module are neither blank, nor comment, nor docstring."""
    kept = {n for n, line in enumerate(source.splitlines(), start=1) if line.split("#")[0].strip()}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str):
                kept -= set(range(first.lineno, first.end_lineno + 1))
    return len(kept)


def test_no_file_is_longer_than_one_idea():
    paths = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    lengths = {path.relative_to(ROOT).as_posix(): lines_of_code(path.read_text("utf-8")) for path in paths}
    assert lengths
    assert {path: length for path, length in lengths.items() if length > MOST_LINES} == {}


def test_docstrings_comments_and_blank_lines_do_not_count():
    source = '"""Module.\n\nMore.\n"""\n\n# comment\ndef f():\n    """Doc."""\n    return "#"  # said\n'
    assert lines_of_code(source) == 2
    assert lines_of_code("x = 1\n" * 251) == 251
