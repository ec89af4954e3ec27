"""Marks of variants: what the public lab, and a secret's, become."""

import nbformat
import pytest
import toy

from tools.grading import lab, variant
from tools.grading.variant import resolve


def resolved(source, secret=None, kind="code"):
    make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
    notebook = nbformat.v4.new_notebook(cells=[make(source, id="cell")])
    return resolve(notebook, secret).cells[0].source


def every(source, kind="code", secrets=40):
    return {resolved(source, f"secret {n}", kind) for n in range(secrets)}


def test_the_public_lab_takes_the_first_and_loses_the_marks():
    assert resolved("a = 1  # VARIANT size: a = 2 | a = 3\nb = a") == "a = 1\nb = a"
    assert resolved("x = f(7)  # VARIANT seed") == "x = f(7)"
    block = "### BEGIN VARIANT bug 0\na\n### BEGIN VARIANT bug 1\nb\nc\n### END VARIANT\nd"
    assert resolved(block) == "a\nd"
    assert resolved("Stride 2. <!-- VARIANT size: Stride 3. -->", kind="markdown") == "Stride 2."


def test_a_secret_chooses_among_all():
    assert every("    a = 1  # VARIANT size: a = 2 | a = 3") == {"    a = 1", "    a = 2", "    a = 3"}
    block = "### BEGIN VARIANT bug 0\na\n### BEGIN VARIANT bug 1\nb\nc\n### END VARIANT\nd"
    assert every(block) == {"a\nd", "b\nc\nd"}
    text = "<!-- BEGIN VARIANT bug 0 -->\nOne.\n<!-- BEGIN VARIANT bug 1 -->\nTwo.\n<!-- END VARIANT -->"
    assert every(text, "markdown") == {"One.", "Two."}
    assert every("k = 1  # VARIANT size: k = 1 | k = 5", "code") == {"k = 1", "k = 5"}


def test_a_mark_in_the_middle_of_code_is_left_alone():
    assert resolved('text = "# VARIANT"  # not a mark') == 'text = "# VARIANT"  # not a mark'


def test_marks_of_one_name_choose_alike_in_all_cells():
    cells = [nbformat.v4.new_code_cell(f"{name} = 1  # VARIANT pair: {name} = 2", id=name) for name in "ab"]
    cells.append(nbformat.v4.new_code_cell("c = 1  # VARIANT other: c = 2", id="c"))
    seen = set()
    for n in range(40):
        chosen = resolve(nbformat.v4.new_notebook(cells=cells), f"secret {n}")
        seen.add(tuple(cell.source[-1] for cell in chosen.cells))
    assert seen == {("1", "1", "1"), ("1", "1", "2"), ("2", "2", "1"), ("2", "2", "2")}


def test_a_secret_changes_seeds_and_the_same_secret_does_not():
    sources = [
        resolved("r = rng(7)  # VARIANT seed\ns = rng(7)  # VARIANT seed", "a secret") for _ in range(2)
    ]
    assert sources[0] == sources[1]
    first, second = sources[0].splitlines()
    assert first[7:] != second[7:] and "7)" not in (first[6:], second[6:])
    assert len(every("r = rng(7)  # VARIANT seed")) == 40


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "a = 1  # VARIANT n: a = 2\nb = 1  # VARIANT n: b = 2 | b = 3",
            "as many alternatives everywhere, got 2 and 3",
        ),
        ("### BEGIN VARIANT bug 0\na", "a block of VARIANT does not end"),
        ("### BEGIN VARIANT bug 1\na\n### END VARIANT", r"must be numbered 0, 1, …, got \[1\]"),
        ("f(1, 2)  # VARIANT seed", "must hold exactly one integer"),
        ("f(x1, 2.5)  # VARIANT seed", "must hold exactly one integer"),
    ],
)
def test_a_wrong_mark_is_named(source, message):
    with pytest.raises(ValueError, match=message):
        resolved(source)


def test_a_course_is_written_elsewhere_and_nowhere_else(tmp_path, monkeypatch, capsys):
    public = toy.make_course(tmp_path / "public")
    monkeypatch.setattr(lab, "COURSE", public)
    variant.main(["--secret", "ours", "--to", str(tmp_path / "private"), "toy"])
    private = lab.read(tmp_path / "private" / "source" / "toy" / "toy.ipynb")
    assert "VARIANT" not in nbformat.writes(private)
    assert "default_rng(5)" not in nbformat.writes(private)
    assert "BEGIN HIDDEN TESTS" in nbformat.writes(private)
    config = (tmp_path / "private" / "nbgrader_config.py").read_text()
    assert "parents[1]" not in config
    with pytest.raises(SystemExit):
        variant.main(["--secret", "ours", "--to", str(lab.ROOT / "coursework")])
    assert "--to must lie outside" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        variant.main(["--secret", "ours", "--to", str(tmp_path), "nothing"])
    assert "no lab is called nothing; there are toy" in capsys.readouterr().err
