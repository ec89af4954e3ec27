"""Make well-formed notebooks of what students handed in: python tools/grading/admit.py [LAB ...]

`submitted/STUDENT/LAB/` holds whatever arrived and is never changed. `admitted/STUDENT/LAB/LAB.ipynb` is the
released lab with the student's answers put in, and the student's own cells between them; nbgrader grades
that. What had to be mended, or could not be read, is said in the notebook, in its metadata and on screen.

Nothing of a submission is executed here, and no file of it but one notebook is read.
"""

import argparse
import contextlib
import re
import shutil
import stat
import sys
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import nbformat
from nbgrader.utils import parse_utc

from tools.grading import lab
from tools.grading.rebuild import Unreadable, cells_of, rebuilt

MOST_BYTES = 64 << 20
MOST_FILES = 20  # that are looked at in one folder
NAME = re.compile(r"[\w@][\w.@-]{0,99}")  # what a student's folder may be called
TIME = "%Y-%m-%d %H:%M:%S.%f UTC"
ENDINGS = (".ipynb", ".ipynb.txt", ".ipynb.json", ".json", ".txt")


def shown(name: str) -> str:
    """Return a file's name as it may be printed and stored: one line of at most 100 plain characters.

    >>> shown("a\\x1b[2J\\n;=1.ipynb")
    'a?[2J???1.ipynb'
    """
    kept = (
        c if c.isprintable() and unicodedata.category(c) != "Cs" and c not in ";=<>" else "?" for c in name
    )
    return "".join(kept)[:100]


def students(course: Path, name: str) -> list[Path]:
    """Return the folders in submitted/ that hold something for a lab."""
    return sorted(path.parent for path in (course / "submitted").glob(f"*/{name}"))


def refused(student: Path) -> str | None:
    """Return why a folder cannot be a student's, or None."""
    if student.is_symlink():
        return "the folder is a link"
    if not NAME.fullmatch(student.name):
        return "a folder's name may hold letters, digits and . _ @ - alone, and at most 100 of them"
    return None


def submission(folder: Path, name: str) -> tuple[list[dict], list[str], Path | None]:
    """Return the cells of the notebook in a folder, notes on it, and its path.

    The notebook with the right name is taken, else the one that has most of the lab's cells. Raises
    Unreadable with the reason where there is none.
    """
    if folder.is_symlink() or not folder.is_dir():
        raise Unreadable("what was handed in is no folder")
    files = sorted(path for path in folder.iterdir() if stat.S_ISREG(path.lstat().st_mode))[:MOST_FILES]
    named = [path for path in files if path.name == f"{name}.ipynb"]
    others = [path for path in files if path.name.lower().endswith(ENDINGS) and path.name != "timestamp.txt"]
    found, reasons = [], []
    for path in named or others:
        try:
            cells = cells_of(read(path))
        except Unreadable as problem:
            reasons.append(f"{shown(path.name)}: {problem}")
        else:
            known = {cell["grade_id"] for cell in cells} - {None}
            found.append((len(known), path.lstat().st_mtime, path, cells))
    if not found:
        links = any(path.is_symlink() for path in folder.iterdir())
        nothing = "links are not followed" if links else f"there is no notebook {name}.ipynb"
        raise Unreadable("; ".join(reasons) or nothing)
    path, cells = max(found)[2:]
    notes = [] if path in named else [f"{shown(path.name)} was taken for {name}.ipynb"]
    if not named and len(found) > 1:
        notes.append("of several notebooks, the one with most of the lab's cells was graded")
    return cells, notes, path


def read(path: Path) -> bytes:
    """Return a file's content, or raise Unreadable where there is too much of it."""
    size = path.lstat().st_size
    if size > MOST_BYTES:
        raise Unreadable(f"the file has {size / 2**20:.0f} MB; at most {MOST_BYTES >> 20} MB are read")
    return path.read_bytes()


def handed_in(folder: Path, path: Path | None) -> str:
    """Return the time of a submission as nbgrader writes it: from timestamp.txt, or the file's own."""
    told = folder / "timestamp.txt"
    if told.is_file() and not told.is_symlink() and told.lstat().st_size < 100:
        text = told.read_text(errors="replace").strip()
        if re.match(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d", text):
            with contextlib.suppress(Exception):  # whatever dateutil makes of it
                return parse_utc(text).strftime(TIME)
    with contextlib.suppress(OverflowError, ValueError, OSError):
        return datetime.fromtimestamp((path or folder).lstat().st_mtime, UTC).strftime(TIME)
    return datetime.now(UTC).strftime(TIME)


def admit(name: str, course=lab.COURSE) -> dict[str, list[str]]:
    """Write the admitted notebook of every student for one lab; return the notes by student.

    Raises FileNotFoundError where the lab was not released.
    """
    course = Path(course)
    release = lab.read(course / "release" / name / f"{name}.ipynb")
    for old in (course / "admitted").glob(f"*/{name}"):
        shutil.rmtree(old)
    report = {}
    for student in students(course, name):
        if reason := refused(student):
            report[shown(student.name)] = [f"not graded: {reason}"]
            continue
        folder, path = student / name, None
        try:
            cells, notes, path = submission(folder, name)
            notebook, more = rebuilt(release, cells)
            notes += more
        except (Unreadable, OSError) as problem:
            notebook, _ = rebuilt(release, [])
            reason = problem if isinstance(problem, Unreadable) else f"it cannot be read ({problem.strerror})"
            notes = [f"nothing could be graded: {reason}"]
        annotate(notebook, notes)
        target = course / "admitted" / student.name / name
        target.mkdir(parents=True)
        nbformat.write(notebook, target / f"{name}.ipynb")
        (target / "timestamp.txt").write_text(handed_in(folder, path) + "\n")
        report[student.name] = notes
    return report


def annotate(notebook, notes: list[str]):
    """Put what is to be said about a submission into its metadata and its first cell."""
    notebook.metadata.setdefault("d2lmodels", {})["notes"] = notes
    if notes:
        text = "\n".join("    " + re.sub(r"[^\w .,;:'()/+-]", "?", note)[:300] for note in notes)
        cell = nbformat.v4.new_markdown_cell(f"What was noticed when this notebook was taken in:\n\n{text}")
        cell.id = "notes"
        notebook.cells.insert(0, cell)


def main(arguments=None):
    """Admit the labs that are named, or all that something was handed in for."""
    parser = argparse.ArgumentParser(description="Make well-formed notebooks of what students handed in.")
    parser.add_argument("labs", nargs="*", metavar="LAB")
    parser.add_argument(
        "--course", type=Path, default=Path.cwd(), help="the course folder; default: this one"
    )
    options = parser.parse_args(arguments)
    for name in options.labs or lab.labs(options.course):
        try:
            report = admit(name, options.course)
        except FileNotFoundError as problem:
            sys.exit(f"error: {problem.filename} is missing: first run nbgrader generate_assignment {name}")
        print(f"{name}: {len(report)} submissions taken in for grading")
        for student, notes in report.items():
            for note in notes:
                print(f"  {student}: {note}")


if __name__ == "__main__":
    main()
