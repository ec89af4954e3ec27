"""What `sync` writes: mirrors, facts, the Colab cell, references and folded solutions."""

import ast

import pytest

from tools.notebook import cells, mirror
from tools.notebook.sync import synced
from tools.notebooks import main

MIRRORED = '''\
# d2lmodels/area/value.py:ZERO, ONE, Number, total
# The start of every sum.
ZERO = 0.0
ONE: float = 1.0


@dataclass(frozen=True)
class Number:
    """A number, e.g. 3, that can be added."""

    data: float

    def plus(self, other: "Number") -> "Number":
        r"""The sum $\\alpha$ of both."""
        return Number(total([self.data, other.data]))


def total(numbers):
    """Add `numbers`."""
    result = ZERO
    for number in ordered(numbers):
        result += number  # one at a time
    return result'''


def test_mirror_is_the_definition_with_short_docstrings(scratch):
    assert scratch.cell(scratch.chapter(), "mirror-number").source == MIRRORED


def test_mirror_takes_the_order_given(scratch):
    filled = mirror.fill("# d2lmodels/area/value.py:total,ZERO\nanything", scratch.root)
    assert filled.index("def total") < filled.index("ZERO = 0.0")
    assert "anything" not in filled
    ast.parse(filled)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("# d2lmodels/area/none.py:f", "does not exist"),
        ("# d2lmodels/area/value.py:absent", "defines no absent"),
        ("# d2lmodels/area/value.py", "first line"),
    ],
)
def test_wrong_mirror_says_what_is_wrong(scratch, source, words):
    with pytest.raises(cells.Mend, match=words):
        mirror.fill(source, scratch.root)


@pytest.mark.parametrize(
    ("docstring", "wanted"),
    [
        ("One. Two.", "One."),
        ("One, e.g. Two, and 1.5 more. Three.", "One, e.g. Two, and 1.5 more."),
        ("Over\n    two lines. More.", "Over two lines."),
        ("No stop\n\nMore.", "No stop"),
        ("See Eq. (3). More.", "See Eq. (3)."),
    ],
)
def test_first_sentence(docstring, wanted):
    assert mirror.sentence(docstring) == wanted


def test_long_sentence_is_wrapped(scratch):
    scratch.edit_package("Add `numbers`.", "Add " + "many " * 20 + "numbers.")
    filled = mirror.fill("# d2lmodels/area/value.py:total", scratch.root)
    assert max(map(len, filled.splitlines())) <= mirror.WIDTH
    ast.parse(filled)


def test_facts_link_what_exists_and_name_what_is_planned(scratch):
    scratch.chapter()
    other = scratch.path.with_name("02_other.ipynb")
    other.write_text(
        scratch.path.read_text(encoding="utf-8").replace("# Sums", "# The other"), encoding="utf-8"
    )
    text = scratch.cell(scratch.chapter(), "facts").source
    assert "[The other](02_other.ipynb)" in text
    assert "Not written" in text and "09_not" not in text
    assert "5 minutes to read, 30 seconds to run" in text
    assert "- add numbers" in text and "say: why" in text
    assert "someone/d2lmodels/blob/v1.2.3/d2lmodels/area/value.py" in text
    assert (
        "colab.research.google.com/github/someone/d2lmodels/blob/v1.2.3/notebooks/1_part/03_sums.ipynb"
        in text
    )


def test_colab_cell_installs_the_release_in_colab_only(scratch, monkeypatch):
    source = scratch.cell(scratch.chapter(), "colab").source
    assert "archive/refs/tags/v1.2.3.zip" in source and "main" not in source
    assert source.index('"--no-deps", "gensim"') > source.index("v1.2.3")
    called = []
    monkeypatch.setattr("subprocess.run", lambda command, **_: called.append(command))
    exec(source, {})
    assert called == []
    monkeypatch.setitem(__import__("sys").modules, "google.colab", object())
    exec(source, {})
    assert [command[-1] for command in called] == [
        "https://github.com/someone/d2lmodels/archive/refs/tags/v1.2.3.zip",
        "gensim",
    ]


def test_references_are_readable(scratch):
    notebook = scratch.chapter()
    text = scratch.cell(notebook, "references").source
    assert "- C. F. Gauß and J. Doe, [*Theoria motus*](https://doi.org/10.1000/1), Acta, 1809." in text
    order = [cell.id for cell in notebook.cells]
    assert order.index("references") == order.index("exercises") - 1


def test_missing_paper_is_an_error(scratch, capsys):
    notebook = scratch.chapter()
    notebook.metadata.d2lmodels.papers = ["euler1748"]
    cells.write(scratch.path, notebook)
    assert main(["sync"], root=scratch.root) == 1
    said = capsys.readouterr().err
    assert "03_sums.ipynb" in said and "euler1748" in said and "add the entry" in said


def test_solutions_are_folded_for_three_readers(scratch):
    solution = scratch.cell(scratch.chapter(), "solution-2")
    assert solution.source.startswith("# @title Solution 2\nassert")
    assert "hide-cell" in solution.metadata.tags
    assert solution.metadata.jupyter.source_hidden is True
    assert solution.metadata.cellView == "form"


def test_sync_twice_changes_nothing(scratch, capsys):
    scratch.chapter()
    before = scratch.path.read_bytes()
    assert main(["sync", "03_sums"], root=scratch.root) == 0
    assert scratch.path.read_bytes() == before
    assert "unchanged" in capsys.readouterr().out


def test_sync_follows_the_package(scratch):
    notebook = scratch.chapter()
    scratch.edit_package("result = ZERO", "result = ONE")
    assert (
        "result = ONE"
        in scratch.cell(synced(scratch.project, scratch.path, notebook), "mirror-number").source
    )
