"""What the cells of a lab are: given code, answers, tests, the canary; and the course folder around them.

Not here: running cells (execute.py, in_process.py) and what becomes of a student's file (admit.py).
"""

from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]
COURSE = ROOT / "coursework"
CANARY = "canary"


def read(path) -> nbformat.NotebookNode:
    """Return a notebook of ours; for files of students see admit.py."""
    return nbformat.read(path, as_version=4)


def labs(course=None) -> list[str]:
    """Return the names of the labs that a course has; without one, of this project's."""
    notebooks = Path(course or COURSE).glob("source/*/*.ipynb")
    return sorted(path.stem for path in notebooks if path.stem == path.parent.name)


def grade_id(cell) -> str | None:
    """Return the name by which nbgrader knows a cell."""
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def is_test(cell) -> bool:
    """Return whether a cell earns points by running without an error."""
    marks = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and bool(marks.get("grade")) and not marks.get("solution")


def is_answer(cell) -> bool:
    """Return whether a cell holds what a student writes, code or text."""
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def is_given(cell) -> bool:
    """Return whether a code cell comes with the lab and is not graded."""
    marks = cell.metadata.get("nbgrader", {})
    return (
        cell.cell_type == "code"
        and bool(marks.get("locked"))
        and not marks.get("grade")
        and not is_answer(cell)
    )


def for_students_alone(cell) -> bool:
    """Return whether a given cell is of no use to the judge."""
    return bool(cell.metadata.get("d2lmodels", {}).get("student_only"))


def points(cell) -> float:
    """Return what a cell is worth."""
    return float(cell.metadata.get("nbgrader", {}).get("points", 0))


def forbidden(node) -> frozenset[str]:
    """Return the packages that a notebook, or one of its test cells, forbids."""
    return frozenset(node.metadata.get("d2lmodels", {}).get("forbidden", ()))
