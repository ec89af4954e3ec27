"""A course with one tiny lab, for tests of the pipeline: two tasks, an open question, a canary."""

from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]

GIVEN = """
import numpy as np


def twice(x):
    return 2 * x
"""
DOUBLE = '''
def double(x):
    """Return 2x as a float."""
    ### BEGIN SOLUTION
    return 2.0 * x
    ### END SOLUTION
'''
TEST_DOUBLE = """
def check_double():
    assert type(double(1.0)) is float, "double must return a float"
    assert double(1.0) == twice(1.0), "double(1.0) must be 2.0"


check_double()
### BEGIN HIDDEN TESTS
for x in (-3.0, 0.5, 1e100):
    assert double(x) == 2 * x, f"double({x}) is wrong"
### END HIDDEN TESTS
"""
TOTAL = '''
def total(X):
    """Return the sum of an array's elements."""
    ### BEGIN SOLUTION
    return float(np.sum(X))
    ### END SOLUTION
'''
TEST_TOTAL = """
def check_total():
    assert total(np.ones(3)) == 3.0, "total(np.ones(3)) must be 3.0"


check_total()
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(5)  # VARIANT seed
X = rng.normal(size=(4, 3))
assert type(total(X)) is float and abs(total(X) - X.sum()) < 1e-9, "a matrix has more than one row"
### END HIDDEN TESTS
"""
CANARY = """
### BEGIN HIDDEN TESTS
assert double(1.0) == 3.0, "the canary"
### END HIDDEN TESTS
"""


def marks(name, **more):
    """Return the metadata of a cell."""
    plain = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    return {"nbgrader": {**plain, "grade_id": name, **more}}


def cell(name, source, kind="code", **more):
    """Return a cell of the lab."""
    make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
    return make(source.strip(), id=name, metadata=marks(name, **more))


def notebook(canary=CANARY):
    """Return the source of the lab."""
    test = {"grade": True, "locked": True}
    cells = [
        nbformat.v4.new_markdown_cell("# A tiny lab", id="title"),
        cell("given", GIVEN, locked=True),
        cell("double", DOUBLE, solution=True),
        cell("test-double", TEST_DOUBLE, points=2, **test),
        cell("total", TOTAL, solution=True),
        cell("test-total", TEST_TOTAL, points=3, **test),
        cell("canary", canary, points=0, **test),
        nbformat.v4.new_markdown_cell("Why is the sum of no numbers 0?", id="question"),
        cell("why", "Because 0 changes no sum.", "markdown", grade=True, solution=True, points=1),
    ]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    about = {"title": "A tiny lab", "minutes": 1, "forbidden": ["tabnanny"]}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "d2lmodels": about})


def make_course(folder, source=None, name="toy"):
    """Write a course folder: settings, and the source of one lab, the tiny one unless told."""
    path = folder / "source" / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(source or notebook(), path)
    settings = (ROOT / "coursework" / "nbgrader_config.py").read_text("utf-8")
    settings = settings.replace("Path(__file__).resolve().parents[1]", f"Path({str(ROOT)!r})")
    (folder / "nbgrader_config.py").write_text(settings, "utf-8")
    return folder


def hand_in(course, student, notebook, name="toy.ipynb"):
    """Put a notebook, or the bytes of whatever was handed in, into submitted/."""
    path = course / "submitted" / student / "toy" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    content = notebook if isinstance(notebook, bytes) else nbformat.writes(notebook).encode()
    path.write_bytes(content)
    return path
