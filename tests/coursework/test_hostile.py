"""Hostile notebooks through the whole pipeline: each earns what it solved, and harms nothing."""

import re

import classroom
import pytest
import toy
from cheats import LOSES_ALL, cheats
from kernels import needs_sandbox

from tools.grading import in_process, lab
from tools.grading.variant import resolve

NAME = "backprop"
CHEATS = cheats()


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of honest and hostile students, graded: the folder, its files before, the grades."""
    course = tmp_path_factory.mktemp("hostile")
    source = resolve(lab.read(lab.COURSE / "source" / NAME / f"{NAME}.ipynb"))
    toy.make_course(course, lab.read(lab.COURSE / "source" / NAME / f"{NAME}.ipynb"), NAME)
    classroom.release(course, NAME)
    released = lab.read(course / "release" / NAME / f"{NAME}.ipynb")
    answers = in_process.solutions(source)
    for student in ("a-honest", "z-honest"):
        classroom.hand_in(course, student, NAME, classroom.answered(released, answers))
    honest = next(lab.grade_id(c) for c in source.cells if lab.is_answer(c) and c.cell_type == "code")
    for student, cheat in CHEATS.items():
        notebook = classroom.cheating(
            released, source, cheat, honest=honest, course=course, victim="z-honest"
        )
        classroom.hand_in(course, student, NAME, notebook)
    before = files(course)
    printed = classroom.autograde(course, NAME, "--Execute.cell_seconds=4")
    answers = {**dict.fromkeys(answers, ""), honest: answers[honest]}
    marks = in_process.grade(in_process.answered(source, answers))
    classroom.run(course, "-m", "nbgrader", "generate_feedback", NAME)
    return {
        "course": course,
        "before": before,
        "grades": classroom.grades(course),
        "printed": printed,
        "solved": sum(marks.earned.values()),
        "automatic": sum(lab.points(cell) for cell in source.cells if lab.is_test(cell)),
    }


def files(course):
    """Return the content of every file that a hostile notebook might want to change."""
    steps = ("source", "release", "submitted", "nbgrader_config.py")
    paths = [path for step in steps for path in (course / step, *(course / step).rglob("*"))]
    return {path: path.read_bytes() for path in paths if path.is_file()}


@needs_sandbox
@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_earns_what_it_solved_and_no_more(graded, name):
    line = graded["grades"][name]
    assert 0 < graded["solved"] < graded["automatic"]
    assert float(line["score"]) == (0 if name in LOSES_ALL else graded["solved"]), line


@needs_sandbox
def test_honest_students_among_them_get_their_points(graded):
    for student in ("a-honest", "z-honest"):
        line = graded["grades"][student]
        assert float(line["score"]) == graded["automatic"], line
        assert line["needs_manual_grade"] == "yes"
        assert line["flag"] == line["notes"] == ""


@needs_sandbox
def test_no_file_of_the_course_was_changed(graded):
    assert files(graded["course"]) == graded["before"]


@needs_sandbox
@pytest.mark.parametrize("name", CHEATS)
def test_feedback_runs_nothing_and_shows_no_hidden_test(graded, name):
    page = (graded["course"] / "feedback" / name / NAME / f"{NAME}.html").read_text("utf-8")
    for markup in ("<script>window.stolen", "<img src=x", "<svg onload", 'href="javascript', 'src="x"'):
        assert markup not in page
    assert "HIDDEN TESTS" not in page


def test_the_page_for_teachers_lists_every_cheat_and_what_became_of_it():
    page = (lab.ROOT / "book" / "teaching" / "sandbox.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| (.+?) \| .+ \| (its own|none) \|$", page, flags=re.MULTILINE))
    for name, cheat in CHEATS.items():
        assert rows[cheat.says] == ("none" if name in LOSES_ALL else "its own"), name
