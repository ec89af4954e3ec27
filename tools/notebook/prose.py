"""Prose as data: paragraphs, items and headings with their words; code, mathematics and tables apart."""

import re
from dataclasses import dataclass, field
from functools import cache

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ0-9][\w'’.,%-]*")


@dataclass
class Block:
    """A heading, a paragraph or an item of a list."""

    kind: str
    text: str = ""
    lines: int = 1
    bold: int = 0
    starts_bold: bool = False
    links: list[str] = field(default_factory=list)
    pictures: list[tuple[str, str]] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    formulas: list[str] = field(default_factory=list)

    @property
    def words(self) -> int:
        return len(WORD.findall(self.text))


@cache
def parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, double_inline=True)


def blocks(source: str) -> list[Block]:
    """The blocks of a Markdown cell; `code`, `math` and `html` blocks have no words."""
    found, depth, table, heading = [], 0, 0, False
    for token in parser().parse(source):
        depth += (token.type == "list_item_open") - (token.type == "list_item_close")
        table += (token.type == "table_open") - (token.type == "table_close")
        if token.type in ("heading_open", "heading_close"):
            heading = token.type == "heading_open"
        elif token.type in ("fence", "code_block"):
            found.append(Block("code", formulas=[token.content]))
        elif token.type == "math_block":
            found.append(Block("math", formulas=[token.content]))
        elif token.type == "html_block":
            found.append(Block("html", html=[token.content]))
        elif token.type == "inline" and table:
            found.append(inline(token, "table"))
            found[-1].formulas.append(found[-1].text)
            found[-1].text = ""
        elif token.type == "inline":
            found.append(inline(token, "heading" if heading else "item" if depth else "paragraph"))
    return found


def inline(token, kind: str) -> Block:
    """One block from the parsed pieces of its text."""
    block = Block(kind, lines=token.content.count("\n") + 1)
    pieces = []
    for child in token.children:
        if child.type == "text":
            pieces.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            pieces.append("\n")
        elif child.type in ("math_inline", "math_inline_double"):
            block.formulas.append(child.content)
        elif child.type == "strong_open":
            block.bold += 1
            block.starts_bold |= not "".join(pieces).strip()
        elif child.type == "link_open":
            block.links.append(child.attrGet("href"))
        elif child.type == "image":
            block.pictures.append((child.attrGet("src"), child.content))
        elif child.type == "html_inline":
            block.html.append(child.content)
        if child.type in ("code_inline", "math_inline", "math_inline_double"):
            pieces.append(" ")
    block.text = "".join(pieces)
    return block


def words(source: str) -> int:
    """How many words of prose a Markdown cell has."""
    return sum(block.words for block in blocks(source))
