"""Hand in, grade and read grades as a teacher does: shared by the tests and by class_of_sixty.py."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
from cheats import Cheat

from tools.grading import lab
from tools.grading.in_process import answered, solutions

ROOT = Path(__file__).resolve().parents[2]


def run(course, *command, seconds=1800):
    """Run a Python command in a course folder; return what it printed, or fail with it."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    result = subprocess.run(
        [sys.executable, *command],
        cwd=course,
        capture_output=True,
        text=True,
        env=environment,
        timeout=seconds,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


def release(course, name):
    """Make what students get."""
    return run(course, "-m", "nbgrader", "generate_assignment", name, "--force")


def autograde(course, name, *options):
    """Take in and grade everything that was handed in."""
    run(course, str(ROOT / "tools" / "grading" / "admit.py"), name)
    return run(course, "-m", "nbgrader", "autograde", name, *options)


def grades(course) -> dict[str, dict]:
    """Export the grades and return the line of each student."""
    run(course, "-m", "nbgrader", "export")
    with (course / "grades.csv").open(newline="", encoding="utf-8") as file:
        return {line["student_id"]: line for line in csv.DictReader(file)}


def cheating(released, source, cheat: Cheat, *, honest: str, course, victim: str):
    """Return a notebook that answers one task honestly, leaves the others empty, and cheats."""
    answers = dict.fromkeys(solutions(source), "")
    names = [
        name
        for answer, text in solutions(source).items()
        if answer != honest
        for name in re.findall(r"^(?:def|class) (\w+)|^(\w+) = ", text, flags=re.MULTILINE)
    ]
    notebook = answered(released, {**answers, honest: solutions(source)[honest]})
    substitutes = {
        "@COURSE@": str(course),
        "@VICTIM@": victim,
        "@FORBIDDEN@": repr(sorted(lab.forbidden(source))),
        "@ANSWERS@": " = ".join("".join(pair) for pair in names) or "nothing",
    }
    place = next(n for n, cell in enumerate(notebook.cells) if lab.grade_id(cell) == honest)
    for text, index in ((cheat.after, place + 1), (cheat.before, 0)):
        for mark, value in substitutes.items():
            text = text.replace(mark, value)
        if text:
            notebook.cells.insert(index, nbformat.v4.new_code_cell(text))
    cheat.edit(notebook)
    return notebook


def hand_in(course, student, name, notebook, file_name=None):
    """Put a notebook, or the bytes of whatever was handed in, into submitted/."""
    path = Path(course) / "submitted" / student / name / (file_name or f"{name}.ipynb")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(notebook if isinstance(notebook, bytes) else nbformat.writes(notebook).encode())
    return path
