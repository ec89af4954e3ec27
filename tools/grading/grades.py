"""grades.csv: one line for every student and lab, whatever was handed in.

nbgrader's own export leaves out who handed in nothing that it could read, and does not quote its fields.
"""

import contextlib
import csv
import io
import re
from pathlib import Path

import nbformat
from nbgrader.api import MissingEntry
from nbgrader.plugins import ExportPlugin

from tools.grading import lab
from tools.grading.admit import shown

COLUMNS = [
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
    "needs_manual_grade",
    "flag",
    "notes",
]


class Grades(ExportPlugin):
    """What `nbgrader export` writes: nbgrader's columns, and what needs a person's eye."""

    def export(self, gradebook):
        """Write the table to `--to`, default grades.csv in the course folder."""
        root = Path(self.parent.coursedir.root)
        lines = rows(gradebook, root, assignments=self.assignment, students=self.student)
        path = Path(self.to) if self.to else root / "grades.csv"
        path.write_text(table(lines), encoding="utf-8", newline="")
        self.log.info("%s: %d lines", path, len(lines))


def rows(gradebook, course: Path, *, assignments=(), students=()) -> list[dict]:
    """Return a dictionary by COLUMNS for every pair of an assignment and a student."""
    lines = []
    for assignment in gradebook.assignments:
        if assignments and assignment.name not in assignments:
            continue
        known = {student.id: student for student in gradebook.students}
        folders = {shown(path.parent.name) for path in (course / "submitted").glob(f"*/{assignment.name}")}
        for name in sorted(known.keys() | folders):
            if not students or name in map(str, students):
                row = _row(gradebook, course, assignment, name, known.get(name))
                if row["flag"] == "not graded" and name not in folders:
                    row["flag"] = "nothing handed in"
                lines.append(row)
    return lines


def _row(gradebook, course, assignment, name, student):
    """Return the line of one student."""
    about, autograded = _about(course, assignment.name, name)
    try:
        submission = gradebook.find_submission(assignment.name, name)
    except MissingEntry:
        submission = None
    graded = submission is not None and autograded
    raw = float(submission.score) if graded and not about.get("tampered") else 0.0
    penalty = float(submission.late_submission_penalty or 0) if graded else 0.0
    flags = ["tampered: the canary passed"] if about.get("tampered") else []
    if graded and about.get("sandbox") != "bubblewrap":
        flags.append("graded without a sandbox")
    if not graded:
        flags.append("not graded")
    return {
        "assignment": assignment.name,
        "duedate": assignment.duedate or "",
        "timestamp": submission.timestamp or "" if submission else "",
        "student_id": name,
        "last_name": student.last_name or "" if student else "",
        "first_name": student.first_name or "" if student else "",
        "email": student.email or "" if student else "",
        "raw_score": raw,
        "late_submission_penalty": penalty,
        "score": max(0.0, raw - penalty),
        "max_score": assignment.max_score,
        "needs_manual_grade": "yes" if graded and submission.needs_manual_grade else "no",
        "flag": "; ".join(flags),
        "notes": "; ".join(about.get("notes", [])),
    }


def _about(course, assignment, name):
    """Return what taking in and grading noted in the metadata, and whether the notebook was graded."""
    for step, graded in (("autograded", True), ("admitted", False)):
        path = course / step / name / assignment / f"{assignment}.ipynb"
        with contextlib.suppress(OSError, ValueError, AttributeError, nbformat.reader.NotJSONError):
            return lab.read(path).metadata.get("d2lmodels", {}), graded
    return {}, False


def table(lines: list[dict]) -> str:
    """Return the table as text; see `plain` for what becomes of hostile fields."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for line in lines:
        writer.writerow(
            {key: plain(value) if isinstance(value, str) else value for key, value in line.items()}
        )
    return text.getvalue()


def plain(field: str) -> str:
    """Return a field on one line, with an apostrophe where a spreadsheet would take it for a formula.

    >>> plain("=1+1"), plain("a\\nb")
    ("'=1+1", 'a b')
    """
    return re.sub(r"^(?=\s*[=+@-])", "'", re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", field))
