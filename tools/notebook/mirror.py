"""Mirror cells: the definitions of the package, shown in a chapter as ordinary code."""

import ast
import re
import textwrap
from itertools import pairwise
from pathlib import Path

from tools.notebook.cells import Mend

HEADER = re.compile(r"# (?P<file>[\w/]+\.py):\s*(?P<names>[\w.]+(?:\s*,\s*[\w.]+)*)\s*$")
ABBREVIATION = re.compile(r"\b(e\.g|i\.e|cf|vs|al|eq|eqs|sec|fig|no|approx|resp)\.$", re.IGNORECASE)
DEFINITION = re.compile(r"^(@|async def |def |class )", re.MULTILINE)
WIDTH = 100


def header(source: str) -> tuple[str, list[str]] | None:
    """The file and the names in the first line of a mirror cell, or None where it is none."""
    match = HEADER.match(source.partition("\n")[0])
    return (match["file"], re.split(r"\s*,\s*", match["names"])) if match else None


def fill(source: str, root: Path) -> str:
    """The mirror cell `source` with its body taken from the package."""
    found = header(source)
    if not found:
        raise Mend("the first line of a mirror cell reads `# d2lmodels/area/file.py:Name, other_name`")
    file, names = found
    if not (root / file).is_file():
        raise Mend(f"the mirrored file {file} does not exist; correct the first line of the cell")
    text = (root / file).read_text(encoding="utf-8")
    parts = definitions(text)
    for name in names:
        if name not in parts:
            raise Mend(f"{file} defines no {name} at its top level; it has: {', '.join(parts)}")
    body = parts[names[0]]
    for before, after in pairwise(parts[name] for name in names):
        body += ("\n\n\n" if DEFINITION.search(before + "\n" + after) else "\n") + after
    return source.partition("\n")[0].rstrip() + "\n" + body


def definitions(text: str) -> dict[str, str]:
    """Each top-level definition and constant of a module, with its comments above, by name."""
    lines = text.splitlines()
    found = {}
    for node in ast.parse(text).body:
        names = bound(node)
        if not names:
            continue
        first = min([node.lineno, *(mark.lineno for mark in getattr(node, "decorator_list", []))]) - 1
        while first and lines[first - 1].startswith("#"):
            first -= 1
        source = "\n".join(shorten(lines, first=first, node=node))
        found.update(dict.fromkeys(names, source))
    return found


def bound(node: ast.stmt) -> list[str]:
    """The names that a statement defines, where it can be mirrored."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return [part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]
    return []


def shorten(lines: list[str], *, first: int, node: ast.stmt) -> list[str]:
    """The lines of `node` with every docstring cut to its first sentence."""
    result, position = [], first
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    owners = [part for part in ast.walk(node) if isinstance(part, kinds) and ast.get_docstring(part)]
    for owner in sorted(owners, key=lambda owner: owner.lineno):
        docstring = owner.body[0]
        result += lines[position : docstring.lineno - 1]
        result += one_sentence(lines[docstring.lineno - 1], sentence(ast.get_docstring(owner)))
        position = docstring.end_lineno
    return result + lines[position : node.end_lineno]


def sentence(docstring: str) -> str:
    """The first sentence of a docstring, on one line."""
    paragraph = " ".join(docstring.strip().split("\n\n")[0].split())
    for end in re.finditer(r"[.!?](?=\s+[A-Z`(\d])", paragraph):
        if not ABBREVIATION.search(paragraph[: end.end()]):
            return paragraph[: end.end()]
    return paragraph


def one_sentence(line: str, text: str) -> list[str]:
    """The docstring that starts on `line`, holding `text` alone."""
    indentation, prefix, quotes = re.match(r"(\s*)(\w*)(\"\"\"|'''|\"|')", line).groups()
    if not prefix and "\\" in text:
        text = text.replace("\\", "\\\\")
    whole = f"{indentation}{prefix}{quotes}{text}{quotes}"
    return textwrap.wrap(
        whole, WIDTH, subsequent_indent=indentation, break_long_words=False, break_on_hyphens=False
    )
