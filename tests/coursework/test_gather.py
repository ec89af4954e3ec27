"""Files as platforms and browsers name them, sorted into submitted/; and links in nbgrader's own exchange."""

import os

import pytest
import toy
from nbgrader.coursedir import CourseDirectory

from tools.grading.fetch import Collect
from tools.grading.gather import gather


@pytest.fixture
def archive(course):
    folder = course / "downloaded" / "toy" / "archive"
    folder.mkdir(parents=True)
    return folder


def test_each_file_goes_to_its_student(course, archive):
    for name in (
        "s01_toy.ipynb",
        "s02_toy (1).ipynb",
        "a@b.c_toy-late.ipynb",
        "s03_toy.py",
        "s04_toy.tar.gz",
    ):
        (archive / name).write_text(name)
    assert gather("toy", course) == ["toy: 5 submissions sorted into submitted/"]
    found = {path.parts[-3]: path.name for path in (course / "submitted").rglob("toy.*")}
    assert found == {"s01": "toy.ipynb", "s02": "toy.ipynb", "a@b.c": "toy.ipynb"} | {
        "s03": "toy.py",
        "s04": "toy.tar.gz",
    }


def test_the_newest_of_several_counts_and_replaces_what_was_there(course, archive):
    toy.hand_in(course, "s01", b"before", "other.ipynb")
    for number, name in enumerate(["s01_toy (1).ipynb", "s01_toy.ipynb", "s01_toy (2).ipynb"]):
        (archive / name).write_text(name)
        os.utime(archive / name, (1000 - number, 1000 - number))
    said = gather("toy", course)
    assert said == ["s01: several files; the newest counts"] * 2 + [
        "toy: 1 submissions sorted into submitted/"
    ]
    folder = course / "submitted" / "s01" / "toy"
    assert sorted(path.name for path in folder.iterdir()) == ["timestamp.txt", "toy.ipynb"]
    assert (folder / "toy.ipynb").read_text() == "s01_toy (1).ipynb"


def test_what_fits_no_student_is_left_out_and_named(course, archive):
    for name in ("readme.md", "s01_other.ipynb", "s 01_toy.ipynb", "s01_toys.ipynb", "x\x1b_toy.ipynb"):
        (archive / name).write_text("")
    (archive / "s02_toy.ipynb").symlink_to(course / "source" / "toy" / "toy.ipynb")
    (archive / "s03_toy.ipynb").mkdir()
    said = gather("toy", course)
    assert said[-1].startswith("toy: 0 submissions") and len(said) == 8
    assert "x?_toy.ipynb: left out; a file is called STUDENT_toy.ipynb" in said
    assert not (course / "submitted").exists()


def test_the_exchange_follows_no_link(course, tmp_path):
    collect = Collect(coursedir=CourseDirectory(root=str(course)))
    secret = course / "source" / "toy" / "toy.ipynb"
    inbound = tmp_path / "inbound"
    inbound.mkdir()
    (inbound / "toy.ipynb").symlink_to(secret)
    (inbound / "honest.ipynb").write_text("{}")
    collect.do_copy(str(inbound), str(tmp_path / "submitted"))
    assert [path.name for path in (tmp_path / "submitted").iterdir()] == ["honest.ipynb"]
    (tmp_path / "link").symlink_to(secret.parent)
    collect.do_copy(str(tmp_path / "link"), str(tmp_path / "other"))
    assert not (tmp_path / "other").exists()
