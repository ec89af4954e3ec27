"""Rules on prose: the measures of a good chapter, and how machine-made teaching text gives itself away."""

import re
import statistics

from tools.notebook.cells import code_lines, numbered, tags
from tools.notebook.check_structure import asserts
from tools.notebook.decimals import unsupported
from tools.notebook.message import Chapter, is_generated, is_solution, pictures, shown_text
from tools.notebook.prose import Block, blocks, words

FIRST_RESULT, FIRST_LINES, FIRST_PLOT = 200, 20, 600
AFTER_PLOT = 15
ENOUGH = 300  # words, below which shares say nothing
REASON = re.compile(r"\b(because|so|but|hence|since|therefore)\b", re.IGNORECASE)
FAILS = re.compile(
    r"\?|\d|\b(one|two|three|four|five|six|ten|twice|half|hundred|thousand|million|billion)\b|"
    r"\b(fail\w*|wrong|mistake|breaks?|error|cannot|too (slow|large|small|coarse|deep)|lost|loses|slow\w*)\b",
    re.IGNORECASE,
)
CLICHE = re.compile(r"\bin recent years\b|\brevolutioni[sz]\w*|\bever-\w+ world\b", re.IGNORECASE)
SIGNPOST = re.compile(
    r"\bin this (section|chapter|notebook|part),? (we|you|i)( will|'ll|’ll)?\b", re.IGNORECASE
)
SOFT_SIGNPOST = re.compile(
    r"\b(we will now|let us now|let's (now|dive)|let’s (now|dive)|now we will|this (section|chapter) (will )?"
    r"(introduces?|covers?|discuss(es)?|explores?)|as mentioned (above|earlier))\b",
    re.IGNORECASE,
)


def text_blocks(chapter: Chapter) -> list[Block]:
    return [block for cell in chapter.prose for block in blocks(cell.source)]


def first_results(chapter: Chapter) -> None:
    """The first result within 200 words and 20 lines; the first plot within 600 words."""
    count, lines, result = 0, 0, False
    for cell in chapter.cells:
        if is_generated(cell):
            continue
        if cell.cell_type == "markdown":
            count += words(cell.source)
            continue
        lines += code_lines(cell)
        if not result and (pictures(cell) or any(shown_text(output).strip() for output in cell.outputs)):
            result = True
            if count > FIRST_RESULT or lines > FIRST_LINES:
                chapter.warn(
                    f"the first result comes after {count} words and {lines} lines of code",
                    cell=cell,
                    mend=f"show a number within {FIRST_RESULT} words and {FIRST_LINES} lines",
                )
        if pictures(cell):
            if count > FIRST_PLOT:
                chapter.warn(
                    f"the first plot comes after {count} words",
                    cell=cell,
                    mend=f"show one within {FIRST_PLOT}",
                )
            return
    if count > FIRST_PLOT:
        chapter.warn("there is no plot", mend=f"show one within {FIRST_PLOT} words")


def after_plots(chapter: Chapter) -> None:
    """At least 15 words follow each plot before the next one; a check may stand between."""
    for place, cell in enumerate(chapter.cells):
        if not pictures(cell) or is_solution(cell):
            continue
        count = 0
        for other in chapter.cells[place + 1 :]:
            if other.cell_type == "code" and (pictures(other) or is_solution(other) or count):
                break
            if numbered(other, "exercise") is not None:
                break
            count += words(other.source) if other.cell_type == "markdown" else 0
        if count < AFTER_PLOT:
            chapter.error(
                f"{count} words follow the plot", cell=cell, mend="read one value off it and give the reason"
            )


def lists_and_bold(chapter: Chapter) -> None:
    found = text_blocks(chapter)
    total = sum(block.words for block in found)
    items = [block for block in found if block.kind == "item"]
    written = [block for block in found if block.kind in ("item", "paragraph")]
    if total < ENOUGH:
        return
    share = sum(block.lines for block in items) / max(1, sum(block.lines for block in written))
    reasoned = REASON.search(" ".join(block.text for block in items))
    if share > 0.3:
        tell = chapter.warn if reasoned else chapter.error
        tell(
            f"{share:.0%} of the lines are items of lists"
            + ("" if reasoned else ", without a because, so or but"),
            mend="write the reasoning as sentences",
        )
    for what, number, most in (
        ("items start in bold", sum(block.starts_bold for block in items), 3),
        ("passages are bold", sum(block.bold for block in found), 10),
        ("headings", sum(block.kind == "heading" for block in found), 15),
    ):
        if number * 1000 / total > most:
            chapter.warn(f"{number} {what} in {total} words", mend=f"at most {most} per 1,000 words")
    full = sum(block.words for block in found if block.kind == "paragraph" and block.words >= 40)
    if full < total / 2:
        chapter.warn(
            f"{full / total:.0%} of the words stand in paragraphs of 40 words or more",
            mend="join what belongs to one thought; half or more",
        )


def opening(chapter: Chapter) -> None:
    """The first paragraph holds a number, a question or a failure."""
    for cell in chapter.prose:
        for block in blocks(cell.source):
            if block.kind != "paragraph":
                continue
            if found := CLICHE.search(block.text):
                chapter.error(
                    f"the first paragraph says {found[0]!r}",
                    cell=cell,
                    mend="start from a failure or a number",
                )
            elif not FAILS.search(block.text) and not block.formulas:
                chapter.warn(
                    "the first paragraph has no number, question or failure",
                    cell=cell,
                    mend="start from what goes wrong, and by how much",
                )
            return


def signposts(chapter: Chapter) -> None:
    for cell in chapter.prose:
        text = " ".join(block.text.replace("\n", " ") for block in blocks(cell.source))
        if found := SIGNPOST.search(text):
            chapter.error(
                f"{found[0]!r} is a signpost", cell=cell, mend="delete it, and say the thing itself"
            )
        elif found := SOFT_SIGNPOST.search(text):
            chapter.warn(
                f"{found[0]!r} is a signpost", cell=cell, mend="delete it, and see whether anything is lost"
            )


def decimals(chapter: Chapter) -> None:
    """Each decimal in the prose is shown by an output, the code, a derivation or a cited source."""
    for cell, found in unsupported(chapter):
        chapter.warn(
            f"no output, code, formula or citation shows {', '.join(found)}",
            cell=cell,
            mend="show where it comes from, or correct it",
        )


def terms(chapter: Chapter) -> None:
    """Every term promised in the facts is used in the text."""
    text = " ".join(cell.source.lower().replace("\n", " ") for cell in chapter.prose)
    for term in chapter.settings.get("terms") or []:
        if str(term).lower() not in text:
            chapter.warn(
                f"the term {term!r} is promised and never used", mend="explain it, or take it out of `terms`"
            )


def measures(chapter: Chapter) -> str:
    """One line of numbers to hold against the ranges in CONTRIBUTING.md."""
    total = sum(block.words for block in text_blocks(chapter))
    code = [cell for cell in chapter.code if not is_generated(cell)]
    counts = [code_lines(cell) for cell in code] or [0]
    results = sum(bool(shown_text(output).strip()) for cell in code for output in cell.outputs)
    plots = sum(len(pictures(cell)) for cell in code)
    numbers = {
        "words": f"{total:,}",
        "code cells": len(code),
        "lines in the median cell": f"{statistics.median(counts):g}",
        "lines in the longest": max(counts),
        "results per 1,000 words": f"{1000 * (results + plots) / max(total, 1):.1f}",
        "plots": plots,
        "cells that assert": sum(asserts(cell) for cell in code),
        "exercises": sum(numbered(cell, "exercise") is not None for cell in chapter.cells),
        "mirrors": sum("mirror" in tags(cell) for cell in code),
    }
    return ", ".join(f"{value} {name}" for name, value in numbers.items())


RULES = (first_results, after_plots, lists_and_bold, opening, signposts, decimals, terms)
