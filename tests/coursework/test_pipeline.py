"""From what was handed in to grades.csv and feedback, on a tiny lab."""

import shutil

import nbformat
import pytest
import toy
from classroom import answered, autograde, grades, hand_in, release, run, solutions
from kernels import needs_sandbox

from tools.grading import lab

SOURCE = toy.notebook()
ANSWERS = {**solutions(SOURCE), "why": "An empty sum changes nothing."}


def released(course):
    return lab.read(course / "release" / "toy" / "toy.ipynb")


def score(line):
    return float(line["score"])


@pytest.fixture(scope="module")
def broken(released_once, tmp_path_factory):
    """A class in which most handed in something broken, graded."""
    course = shutil.copytree(released_once, tmp_path_factory.mktemp("broken") / "course")
    good = answered(released(course), ANSWERS)
    hand_in(course, "good", "toy", good)
    hand_in(course, "half", "toy", answered(released(course), {"double": ANSWERS["double"]}))
    hand_in(course, "blank", "toy", released(course))
    hand_in(course, "renamed", "toy", good, "homework final (2).ipynb")
    hand_in(course, "empty", "toy", b"")
    hand_in(course, "truncated", "toy", nbformat.writes(good).encode()[:-200])
    hand_in(course, "picture", "toy", b"\x89PNG\r\n", "toy.png")
    hand_in(course, "=1+1", "toy", good)
    large = answered(released(course), ANSWERS)
    large.cells[1].outputs = [nbformat.v4.new_output("stream", text="x" * 50_000_000)]
    hand_in(course, "large", "toy", large)
    slow = answered(released(course), {**ANSWERS, "total": "def total(X):\n    while True:\n        pass"})
    hand_in(course, "slow", "toy", slow)
    syntax = answered(released(course), {**ANSWERS, "total": "def total(X:\n    return 1"})
    hand_in(course, "syntax", "toy", syntax)
    (course / "submitted" / "nothing" / "toy").mkdir(parents=True)
    printed = autograde(course, "toy", "--Execute.cell_seconds=3")
    return course, printed, grades(course)


@pytest.fixture(scope="module")
def released_once(tmp_path_factory):
    course = toy.make_course(tmp_path_factory.mktemp("toy"))
    release(course, "toy")
    return course


@needs_sandbox
@pytest.mark.parametrize(
    ("student", "points", "notes"),
    [
        ("good", 5, ""),
        ("half", 2, ""),
        ("blank", 0, ""),
        ("renamed", 5, "homework final (2).ipynb was taken for toy.ipynb"),
        ("empty", 0, "nothing could be graded: toy.ipynb: the file is empty"),
        ("truncated", 0, "nothing could be graded: toy.ipynb: the file is no notebook"),
        ("picture", 0, "nothing could be graded: there is no notebook toy.ipynb"),
        ("nothing", 0, "nothing could be graded: there is no notebook toy.ipynb"),
        ("large", 5, ""),
        ("slow", 2, ""),
        ("syntax", 2, ""),
    ],
)
def test_each_is_graded_for_what_is_there(broken, student, points, notes):
    line = broken[2][student]
    assert score(line) == points
    assert line["notes"].startswith(notes) and bool(line["notes"]) == bool(notes)
    assert line["flag"] == "" and line["max_score"] == "6.0"


@needs_sandbox
def test_a_folder_that_no_student_has_is_in_the_table_and_no_formula(broken):
    line = broken[2]["?1+1"]
    assert score(line) == 0 and line["flag"] == "not graded"


@needs_sandbox
def test_an_open_question_waits_for_a_person_where_it_was_answered(broken):
    waits = {student for student, line in broken[2].items() if line["needs_manual_grade"] == "yes"}
    assert waits == {"good", "renamed", "large", "slow", "syntax"}


@needs_sandbox
def test_feedback_says_why_and_hides_the_hidden(broken):
    course, _, _ = broken
    run(course, "-m", "nbgrader", "generate_feedback", "toy")
    pages = {path.parts[-3]: path.read_text("utf-8") for path in course.glob("feedback/*/toy/toy.html")}
    assert "the file is empty" in pages["empty"]
    assert "no result" in pages["slow"]
    assert "SyntaxError" in pages["syntax"]
    waits = "1 of the points wait for a person"
    assert waits in pages["good"] and waits not in pages["blank"]
    assert "total(np.ones(3)) must be 3.0" in pages["half"]
    assert all("default_rng" not in page and "the canary" not in page for page in pages.values())


@needs_sandbox
def test_a_canary_that_passes_costs_every_point(tmp_path):
    canary = "### BEGIN HIDDEN TESTS\nassert double(1.0) == 2.0\n### END HIDDEN TESTS"
    course = toy.make_course(tmp_path, toy.notebook(canary))
    release(course, "toy")
    hand_in(course, "s01", "toy", answered(released(course), ANSWERS))
    printed = autograde(course, "toy")
    assert "s01: 0 of 6 points, all taken back: the canary passed" in printed
    line = grades(course)["s01"]
    assert score(line) == 0 and line["flag"] == "tampered: the canary passed"
    run(course, "-m", "nbgrader", "generate_feedback", "toy")
    page = (course / "feedback" / "s01" / "toy" / "toy.html").read_text("utf-8")
    assert "this notebook tampered with its tests" in page


def test_without_a_sandbox_it_says_so_everywhere(released_once, tmp_path):
    course = shutil.copytree(released_once, tmp_path / "course")
    hand_in(course, "s01", "toy", answered(released(course), ANSWERS))
    printed = autograde(course, "toy", "--Execute.mode=off")
    assert "s01: Graded without a sandbox, with timeouts only: switched off." in printed
    line = grades(course)["s01"]
    assert score(line) == 5 and line["flag"] == "graded without a sandbox"
    run(course, "-m", "nbgrader", "generate_feedback", "toy")
    page = (course / "feedback" / "s01" / "toy" / "toy.html").read_text("utf-8")
    assert "Graded without a sandbox, with timeouts only" in page


@needs_sandbox
def test_grading_again_leaves_the_rest_alone(released_once, tmp_path):
    course = shutil.copytree(released_once, tmp_path / "course")
    hand_in(course, "s01", "toy", answered(released(course), {"double": ANSWERS["double"]}))
    hand_in(course, "s02", "toy", released(course))
    assert "s01: 2 of 6 points" in autograde(course, "toy")
    hand_in(course, "s01", "toy", answered(released(course), ANSWERS))
    printed = autograde(course, "toy")
    assert "s01: 5 of 6 points" in printed and "s02" not in printed
    run(course, "-m", "nbgrader", "db", "student", "add", "s03")
    lines = grades(course)
    assert (score(lines["s01"]), score(lines["s02"])) == (5, 0)
    assert lines["s03"]["flag"] == "nothing handed in" and score(lines["s03"]) == 0
