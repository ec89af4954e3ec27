"""What students get is what the sources give, without solutions and hidden tests."""

import shutil

import classroom
import pytest

from tools.grading import lab


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    course = tmp_path_factory.mktemp("course")
    shutil.copytree(lab.COURSE / "source", course / "source")
    config = (lab.COURSE / "nbgrader_config.py").read_text("utf-8")
    root = "Path(__file__).resolve().parents[1]"
    assert root in config
    (course / "nbgrader_config.py").write_text(config.replace(root, f"Path({str(lab.ROOT)!r})"), "utf-8")
    for name in lab.labs():
        classroom.release(course, name)
    return course


@pytest.mark.parametrize("name", lab.labs())
def test_the_committed_release_is_the_generated_one(fresh, name):
    path = f"release/{name}/{name}.ipynb"
    committed = (lab.COURSE / path).read_text("utf-8")
    assert committed == (fresh / path).read_text("utf-8"), f"run make release LAB={name}, and commit it"


@pytest.mark.parametrize("name", lab.labs())
def test_nothing_is_given_away(name):
    text = (lab.COURSE / "release" / name / f"{name}.ipynb").read_text("utf-8")
    for mark in ("SOLUTION", "HIDDEN", "VARIANT", "MARK SCHEME"):
        assert mark not in text
    source = lab.read(lab.COURSE / "source" / name / f"{name}.ipynb")
    for cell in source.cells:
        if lab.is_answer(cell) and cell.cell_type == "markdown":
            assert cell.source[:80] not in text


@pytest.mark.parametrize("name", lab.labs())
def test_a_folder_holds_the_notebook_and_nothing_else(name):
    for step in ("source", "release"):
        assert [path.name for path in (lab.COURSE / step / name).iterdir()] == [f"{name}.ipynb"]
