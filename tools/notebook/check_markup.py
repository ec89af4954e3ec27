"""Rules on markup: what Colab, JupyterLab, the repository and the book all show alike."""

import re
from pathlib import Path
from urllib.parse import unquote

from tools.notebook.message import Chapter
from tools.notebook.prose import blocks

FENCES = re.compile(r"^([`~]{3,}).*?^\1[`~]*\s*$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
MATHS = re.compile(r"\$\$.*?\$\$|(?<![\\$])\$(?!\s)[^$\n]+?(?<![\\\s])\$", re.DOTALL)
DIRECTIVE = re.compile(r"^\s*[`~:]{3,}\s*\{", re.MULTILINE)
FOREIGN = (
    (re.compile(r"^\s*:::", re.MULTILINE), "a `:::` block of MyST"),
    (re.compile(r"^\([\w:-]+\)=\s*$", re.MULTILINE), "a label of MyST"),
    (re.compile(r"\{[a-z][a-z:-]*\}`"), "a role of MyST"),
    (re.compile(r"\[\^\w+\]"), "a footnote"),
    (re.compile(r"\\\\?\(.+?\\\\?\)|\\\\?\[.+?\\\\?\]"), r"mathematics in \(…\) or \[…\]"),
    (re.compile(r"\\begin\{"), "a bare environment of LaTeX"),
)
ALLOWED = re.compile(r"</?(br|sub|sup|kbd)\s*/?>|<!--.*?-->", re.DOTALL)
PLAIN = "write it in CommonMark and `$…$` or `$$…$$`"


def foreign(chapter: Chapter) -> None:
    for cell in chapter.prose:
        text = MATHS.sub("", CODE.sub("``", FENCES.sub("", cell.source)))
        found = ["a directive of MyST"] if DIRECTIVE.search(cell.source) else []
        found += [name for pattern, name in FOREIGN if pattern.search(text)]
        for name in found:
            chapter.error(f"the text holds {name}", cell=cell, mend=PLAIN)
        for tag in (tag for block in blocks(cell.source) for tag in block.html):
            if rest := ALLOWED.sub("", tag).strip():
                chapter.error(f"the text holds HTML: {rest[:40]!r}", cell=cell, mend=PLAIN)


def links(chapter: Chapter) -> None:
    """Links inside the repository lead somewhere; pictures say what they show."""
    for cell in chapter.prose:
        for block in blocks(cell.source):
            for source, alternative in block.pictures:
                if not alternative.strip():
                    chapter.error(
                        f"the picture {source[:40]} has no alternative text",
                        cell=cell,
                        mend="write ![what it shows](…)",
                    )
            for link in [*block.links, *(source for source, _ in block.pictures)]:
                target = unquote(link.partition("#")[0])
                local = target and not re.match(r"[a-z]+:", target)
                if local and not Path(chapter.path.parent, target).exists():
                    chapter.error(
                        f"the link {link} leads nowhere",
                        cell=cell,
                        mend="correct the path, or take the link out",
                    )


def headings(chapter: Chapter) -> None:
    """One title, and no level left out below it."""
    level = 0
    for cell in chapter.cells:
        if cell.cell_type != "markdown":
            continue
        for line in FENCES.sub("", cell.source).splitlines():
            if not (match := re.match(r"(#{1,6}) \S", line)):
                continue
            now = len(match[1])
            if now == 1 and level:
                chapter.error(f"there is a second title: {line}", cell=cell, mend="use `##`")
            if now > level + 1:
                chapter.error(
                    f"the heading {line!r} leaves out a level", cell=cell, mend=f"use {'#' * (level + 1)}"
                )
            level = now


RULES = (foreign, links, headings)
