"""A small project with a package, a bibliography and one faultless chapter, for planting faults in."""

import json
from pathlib import Path

import pytest

from tools.notebook import cells, check
from tools.notebook.draft import from_text
from tools.notebook.execute import run
from tools.notebook.sync import synced

PYPROJECT = """\
[project]
name = "d2lmodels"
version = "1.2.3"
[project.urls]
Repository = "https://github.com/someone/d2lmodels"
"""
VALUE = '''\
"""Numbers."""

from dataclasses import dataclass

from d2lmodels.area.order import ordered

# The start of every sum.
ZERO = 0.0
ONE: float = 1.0


def unused(x):
    return x


@dataclass(frozen=True)
class Number:
    """A number, e.g. 3, that can be added. It says no more.

    And this is left out.
    """

    data: float

    def plus(self, other: "Number") -> "Number":
        r"""The sum $\\alpha$ of both. Not shown."""
        return Number(total([self.data, other.data]))


def total(numbers):
    """Add `numbers`.

    >>> total([1, 2])
    3.0
    """
    result = ZERO
    for number in ordered(numbers):
        result += number  # one at a time
    return result
'''
ORDER = '''\
def ordered(numbers):
    """Sort."""
    return sorted(numbers)
'''
USER = '''\
"""Rests on value.py."""

from d2lmodels.area.value import Number, total


def mean(numbers) -> Number:
    return total(numbers) / len(numbers)


def size(numbers: Number) -> int:
    return len(numbers)
'''
BIBLIOGRAPHY = """\
@article{gauss1809, author = {Gau{\\ss}, Carl Friedrich and Doe, Jane}, title = {{Theoria} motus},
  journal = {Acta}, year = {1809}, doi = {10.1000/1}}
"""
EXERCISE = '''
# %% [markdown] id="exercise-{k}" tags=["exercise-{k}"]
"""
**{k}.** Add {k} and 1.
"""

# %% id="solution-{k}" tags=["solution-{k}"]
assert total([{k}, 1]) == {k} + 1
'''
DRAFT = '''\
# ---
# jupyter:
#   d2lmodels:
#     objectives: [add numbers, "say: why"]
#     prerequisites: [Python, 02_other, 09_not_written]
#     minutes: {read: 5, run: 0.5}
#     papers: [gauss1809]
#     terms: [sum]
#     files: [d2lmodels/area/value.py]
#     colab_extra: [gensim]
# ---

# %% [markdown] id="title"
"""
# Sums

Adding 2 numbers fails at the first overflow. A sum is what [Gauss](https://doi.org/10.1000/1) wrote.
"""

# %% id="setup" tags=["setup"]
from dataclasses import dataclass

from d2lmodels.area.order import ordered


def seed():
    return 0


seed()

# %% id="first" tags=["nbval-check-output"]
print(f"{1 / 3:.4f}")

# %% [markdown] id="first-read"
"""
The third is 0.333, and $\\alpha_x$ stays as it is.
"""

# %% id="mirror-number"
# d2lmodels/area/value.py:ZERO, ONE, Number, total

# %% id="figure"
import base64
from IPython.display import display

picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
metadata = {"image/png": {"alt": "A red point in the middle of nothing."}}
display({"image/png": picture}, raw=True, metadata=metadata)

# %% [markdown] id="figure-read"
"""
The point lies at the left, because nothing pulls it to the right, and it will stay there for good.
"""

# %% id="agreement-check" tags=["agreement"]
assert Number(1).plus(Number(2)).data == 3

# %% id="learned-check" tags=["learned"]
assert total([1, 2]) == 3

# %% [markdown] id="exercises"
"""
## Exercises
"""
''' + "".join(EXERCISE.format(k=k) for k in range(1, 6))


class Scratch:
    """The project in a temporary folder, its chapter, and what is said about it."""

    def __init__(self, root: Path):
        self.root = root
        for name, text in {
            "pyproject.toml": PYPROJECT,
            "d2lmodels/__init__.py": '_HOME = {"Number": "d2lmodels.area.value"}\n',
            "d2lmodels/area/__init__.py": "",
            "d2lmodels/area/value.py": VALUE,
            "d2lmodels/area/order.py": ORDER,
            "d2lmodels/area/user.py": USER,
            "book/references.bib": BIBLIOGRAPHY,
        }.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        self.project = cells.Project(root)
        self.path = root / "notebooks" / "1_part" / "03_sums.ipynb"

    def chapter(self, text: str = DRAFT):
        """The chapter of a draft, filled and not executed."""
        notebook = synced(self.project, self.path, from_text(text, None))
        cells.write(self.path, notebook)
        return notebook

    @staticmethod
    def cell(notebook, name: str):
        """The cell with this id."""
        return next(cell for cell in notebook.cells if cell.id == name)

    def messages(self, notebook) -> list:
        self.path.write_text(json.dumps(notebook), encoding="utf-8")  # as it is: faults in ids too
        return check.examine(self.project, self.path).messages

    def edit_package(self, old: str, new: str, *, file: str = "value.py") -> None:
        path = self.root / "d2lmodels" / "area" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def scratch(tmp_path):
    return Scratch(tmp_path)


@pytest.fixture(scope="session")
def executed_text(tmp_path_factory):
    """The faultless chapter after one real run, as the text of its file."""
    scratch = Scratch(tmp_path_factory.mktemp("project"))
    notebook, _ = run(scratch.project, scratch.chapter(), without=[])
    cells.write(scratch.path, notebook)
    return scratch.path.read_text(encoding="utf-8")


@pytest.fixture
def executed(scratch, executed_text):
    """The faultless chapter, executed."""
    scratch.path.parent.mkdir(parents=True, exist_ok=True)
    scratch.path.write_text(executed_text, encoding="utf-8")
    return cells.read(scratch.path)
