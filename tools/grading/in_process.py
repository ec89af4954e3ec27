"""Grade a lab in one process, fast and without any protection: for the lab's own tests and for its author.

Not for students' files: their code would run here with the rights of whoever calls it.
"""

import contextlib
import copy
import io
import os
import re
import traceback
from dataclasses import dataclass, field

import nbformat

from tools.grading import lab

SOLUTION = re.compile(
    r"^([ \t]*)### BEGIN SOLUTION.*?### END SOLUTION[^\n]*$", flags=re.MULTILINE | re.DOTALL
)
MARKS = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION[^\n]*\n?", flags=re.MULTILINE)


@dataclass
class Marks:
    """What a notebook earned: points by test cell, and the message of each failure."""

    earned: dict[str, float] = field(default_factory=dict)
    worth: dict[str, float] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    canary: str = "missing"

    @property
    def lost(self) -> dict[str, float]:
        """Return the points that are missing, by test cell."""
        return {
            name: self.worth[name] - self.earned[name]
            for name in self.worth
            if self.earned[name] < self.worth[name]
        }


def solutions(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """Return the answer that each answer cell of a lab's source holds."""
    return {lab.grade_id(cell): MARKS.sub("", cell.source) for cell in notebook.cells if lab.is_answer(cell)}


def answered(notebook: nbformat.NotebookNode, answers: dict[str, str]) -> nbformat.NotebookNode:
    """Return a copy of a notebook in which the cells with these grade_ids hold these sources."""
    notebook = copy.deepcopy(notebook)
    left = dict(answers)
    for cell in notebook.cells:
        if lab.grade_id(cell) in left:
            cell.source = left.pop(lab.grade_id(cell))
    if left:
        raise ValueError(f"answers must name cells of the lab, got {sorted(left)}")
    return notebook


def blank(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return a copy as a student gets it: a stub for each solution."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if lab.is_answer(cell) and cell.cell_type == "code":
            cell.source = SOLUTION.sub(r"\1# YOUR CODE HERE\n\1raise NotImplementedError()", cell.source)
        elif lab.is_answer(cell):
            cell.source = "YOUR ANSWER HERE"
    return notebook


def grade(notebook: nbformat.NotebookNode, *, demonstrations: bool = True) -> Marks:
    """Execute every code cell in one namespace and return what the test cells gave.

    A cell that fails is passed over, as nbgrader does. Lines that start with % or ! are left out.
    demonstrations: execute the cells too that are for students alone; no test rests on them.
    """
    os.environ.setdefault("MPLBACKEND", "Agg")
    marks, namespace = Marks(), {"__name__": "__main__"}
    for cell in notebook.cells:
        if cell.cell_type != "code" or (lab.for_students_alone(cell) and not demonstrations):
            continue
        name, problem = lab.grade_id(cell) or cell.get("id", "cell"), None
        source = re.sub(r"^([ \t]*)[%!].*$", r"\1pass", cell.source, flags=re.MULTILINE)
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                exec(compile(source, f"<{name}>", "exec"), namespace)
        except Exception as error:
            problem = "".join(traceback.format_exception_only(error)).strip()
        if name == lab.CANARY:
            marks.canary = "passed" if problem is None else "failed"
        elif lab.is_test(cell):
            marks.worth[name] = lab.points(cell)
            marks.earned[name] = 0.0 if problem else lab.points(cell)
        if problem:
            marks.messages[name] = problem
    return marks
