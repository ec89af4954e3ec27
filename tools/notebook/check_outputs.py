"""Rules on outputs: there, clean, light, described, and made by the code as it stands."""

import base64
import re

from tools.notebook.cells import tags
from tools.notebook.fingerprint import KEY, changes, fingerprint
from tools.notebook.message import Chapter, pictures, shown_text

FIGURE, PAGE = 40_000, 200_000  # bytes
ALTERNATIVE = 15  # characters
LINES = 60
PATH = re.compile(
    r"(?<![\w/.:])(/(home|root|tmp|Users|work|usr|opt|mnt|content|var|private)/[^\s'\"]*|[A-Z]:\\\\?\w[^\s]*)"
)
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")
WARNING = re.compile(r"\b\w*Warning:|\bDEPRECAT")
RUN = "run `tools/notebooks.py run`"
TIME = re.compile(r"\d\s?(s|ms|µs|seconds?)\b")


def executed(chapter: Chapter) -> None:
    if not any(cell.get("execution_count") for cell in chapter.code):
        chapter.error("no cell was ever executed", mend=RUN)
        return
    for cell in chapter.code:
        if cell.source.strip() and cell.get("execution_count") is None:
            chapter.error("the code cell was never executed", cell=cell, mend=RUN)


def clean(chapter: Chapter) -> None:
    """No error, warning, path of a machine, address in memory or widget in an output."""
    for cell in chapter.code:
        for output in cell.outputs:
            text = shown_text(output)
            if output.output_type == "error" and "raises-exception" not in tags(cell):
                chapter.error(
                    f"the output is an error: {output.ename}: {output.evalue}",
                    cell=cell,
                    mend=f"correct it and {RUN}",
                )
            if output.get("name") == "stderr":
                chapter.error(
                    f"the cell prints to stderr: {text.strip()[:60]!r}",
                    cell=cell,
                    mend="remove the cause; progress bars and warnings have no place in a page",
                )
            elif found := WARNING.search(text):
                chapter.error(f"the output holds a warning ({found[0]})", cell=cell, mend="remove its cause")
            if found := PATH.search(text):
                chapter.error(
                    f"the output holds a path of one machine: {found[0]}", cell=cell, mend="do not print it"
                )
            if found := ADDRESS.search(text):
                chapter.error(
                    f"the output holds an address in memory ({found[0]})",
                    cell=cell,
                    mend="end the line that shows the object with `;`, or print what matters",
                )
            if any("widget" in kind for kind in output.get("data", {})):
                chapter.error(
                    "the output is a widget, empty on the web", cell=cell, mend="show text or a figure"
                )
            if text.count("\n") > LINES:
                chapter.warn(f"the output has {text.count(chr(10))} lines", cell=cell, mend="print less")


def figures(chapter: Chapter) -> None:
    """Alternative text on each figure; 40 kB each and 200 kB a page at most."""
    total = 0
    for cell in chapter.code:
        for output, kind in pictures(cell):
            content = output.data[kind]
            size = len(content.encode()) if "svg" in kind else len(base64.b64decode(content))
            total += size
            alternative = (output.metadata.get(kind) or {}).get("alt", "")
            if not alternative.strip():
                chapter.error(
                    "the figure has no alternative text",
                    cell=cell,
                    mend='show it by `plot.show(figure, alt="…")`',
                )
            elif len(alternative) < ALTERNATIVE:
                chapter.warn(
                    f"the alternative text {alternative!r} says little",
                    cell=cell,
                    mend="say what the figure shows",
                )
            if size > FIGURE:
                chapter.error(
                    f"the figure weighs {size / 1000:.0f} kB",
                    cell=cell,
                    mend=f"show it by `plot.show`, or draw less; {FIGURE // 1000} kB at most",
                )
    if total > PAGE:
        chapter.error(
            f"the figures weigh {total / 1000:.0f} kB together", mend=f"at most {PAGE // 1000} kB a page"
        )


def compared(chapter: Chapter) -> None:
    """A cell marked for comparison shows text, and text alone."""
    for cell in chapter.code:
        if "nbval-check-output" not in tags(cell) or cell.get("execution_count") is None:
            continue
        unmark = "remove the tag `nbval-check-output`"
        if not any(shown_text(output).strip() for output in cell.outputs):
            chapter.error(
                "the cell is marked for comparison and shows no text",
                cell=cell,
                mend=f"print something, or {unmark}",
            )
        if pictures(cell):
            chapter.error(
                "the cell is marked for comparison and shows a picture",
                cell=cell,
                mend=f"split it, or {unmark}",
            )
        if any(TIME.search(shown_text(output)) for output in cell.outputs):
            chapter.warn("the cell is marked for comparison and seems to show a time", cell=cell, mend=unmark)


def fresh(chapter: Chapter) -> None:
    """The outputs were made by the code and the package as they stand, in the small profile."""
    stored = chapter.notebook.metadata.get(KEY)
    if not stored and any(cell.get("execution_count") for cell in chapter.code):
        chapter.error("the outputs were never made by `run`", mend=RUN)
    if not stored:
        return
    cells, files = changes(stored, fingerprint(chapter.project, chapter.notebook))
    by_id = {cell.get("id"): cell for cell in chapter.cells}
    for name in cells:
        what = "changed" if name in by_id else f"{name} was removed"
        chapter.error(f"the code {what} after the outputs were made", cell=by_id.get(name), mend=RUN)
    for name in files:
        chapter.error(f"{name}, which the chapter imports, changed after the outputs were made", mend=RUN)


RULES = (executed, clean, figures, compared, fresh)
