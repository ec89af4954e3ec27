"""Each lab: full marks for its solution, none for the blank, and what wrong answers lose."""

import importlib
import re
import sys

import nbformat
import pytest

from tools.grading import in_process, lab
from tools.grading.variant import resolve

LABS = lab.labs()
SOURCES = {name: lab.read(lab.COURSE / "source" / name / f"{name}.ipynb") for name in LABS}
PUBLIC = {name: resolve(source) for name, source in SOURCES.items()}
WRONG = {name: importlib.import_module(f"lab_{name}").WRONG for name in LABS}
CASES = [(name, case) for name in LABS for case in WRONG[name]]
FREE = {"numpy", "matplotlib", "torch", *sys.stdlib_module_names}  # what a lab may import; Colab has all


def names(notebook):
    return {name for cell in notebook.cells for name in re.findall(r"VARIANT (\w+)", cell.source)} - {"seed"}


def secret_for(source):
    """Return a secret whose variant takes another alternative than the public lab wherever there is one."""
    public = resolve(source)
    for number in range(1000):
        variant = resolve(source, f"secret {number}")
        chosen = [(a.source, b.source) for a, b in zip(public.cells, variant.cells)]
        marked = [bool(re.search(r"VARIANT (?!seed)", cell.source)) for cell in source.cells]
        if all(a != b for (a, b), mark in zip(chosen, marked) if mark):
            return f"secret {number}"
    raise AssertionError("no secret changes everything")


def test_there_are_labs_with_cases():
    assert {"backprop", "bert", "distillation", "optimizers", "resnet", "unet", "word2vec", "yolo"} <= set(
        LABS
    )
    assert {name: len(cases) >= 3 for name, cases in WRONG.items()} == dict.fromkeys(LABS, True)


@pytest.mark.parametrize("name", LABS)
def test_the_solution_earns_every_point(name):
    marks = in_process.grade(PUBLIC[name])
    assert marks.messages.keys() == {lab.CANARY}, marks.messages
    assert marks.lost == {} and sum(marks.worth.values()) > 0
    assert marks.canary == "failed"


@pytest.mark.parametrize("name", LABS)
def test_the_blank_earns_nothing(name):
    marks = in_process.grade(in_process.blank(PUBLIC[name]), demonstrations=False)
    assert sum(marks.earned.values()) == 0, marks.earned
    assert marks.canary == "failed"


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}-{case}" for name, case in CASES])
def test_a_wrong_answer_loses_what_it_should(name, case):
    wrong = WRONG[name][case]
    marks = in_process.grade(in_process.answered(PUBLIC[name], wrong.replace), demonstrations=False)
    assert marks.lost == wrong.loses, marks.messages
    said = "\n".join(message for test, message in marks.messages.items() if test in wrong.loses)
    assert wrong.says in said


@pytest.mark.parametrize("name", LABS)
def test_every_task_has_a_wrong_answer(name):
    """Each test cell is lost by some wrong answer, so that none passes whatever it is given."""
    tests = {lab.grade_id(cell) for cell in PUBLIC[name].cells if lab.is_test(cell)} - {lab.CANARY}
    assert tests == {test for wrong in WRONG[name].values() for test in wrong.loses}


@pytest.mark.parametrize("name", LABS)
def test_a_variant_is_another_lab_with_its_own_solution(name):
    source = SOURCES[name]
    assert len(names(source)) >= 2 and any("VARIANT seed" in cell.source for cell in source.cells)
    secret = secret_for(source)
    variant = resolve(source, secret)
    assert "VARIANT" not in nbformat.writes(variant)
    marks = in_process.grade(variant)
    assert marks.lost == {} and marks.messages.keys() == {lab.CANARY}
    blank = in_process.grade(in_process.blank(variant), demonstrations=False)
    assert sum(blank.earned.values()) == 0
    ours, theirs = in_process.solutions(PUBLIC[name]), in_process.solutions(variant)
    changed = {answer for answer in ours if ours[answer] != theirs[answer]}
    lost = in_process.grade(in_process.answered(variant, ours), demonstrations=False).lost
    assert lost, "the public solution must not earn everything in a private variant"
    assert {answer_before(variant, test) for test in lost} <= changed
    other = resolve(source, secret + " and more")
    assert nbformat.writes(other) != nbformat.writes(variant)


def answer_before(notebook, test):
    """Return the answer that a test cell tests: the last code answer before it."""
    found = None
    for cell in notebook.cells:
        if lab.is_answer(cell) and cell.cell_type == "code":
            found = lab.grade_id(cell)
        if lab.grade_id(cell) == test:
            return found
    raise AssertionError(test)


@pytest.mark.parametrize("name", LABS)
def test_the_notebook_is_well_formed(name):
    notebook = SOURCES[name]
    nbformat.validate(notebook)
    about = notebook.metadata["d2lmodels"]
    assert about["title"] and about["chapter"] and 30 <= about["minutes"] <= 150
    assert "d2lmodels" in about["forbidden"]
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.id for cell in cells] == [lab.grade_id(cell) for cell in cells]
    assert all(not cell.outputs and cell.execution_count is None for cell in cells)
    canaries = [cell for cell in cells if lab.grade_id(cell) == lab.CANARY]
    assert len(canaries) == 1 and lab.points(canaries[0]) == 0
    source = canaries[0].source.strip()
    assert source.startswith("### BEGIN HIDDEN TESTS") and source.endswith("### END HIDDEN TESTS")
    assert all(lab.is_answer(cell) or lab.is_test(cell) or lab.is_given(cell) for cell in cells)
    assert lab.for_students_alone(cells[-1]) and cells[-1].id == "every-check"
    manual = [cell for cell in notebook.cells if lab.is_answer(cell) and cell.metadata["nbgrader"]["grade"]]
    assert manual and all(lab.points(cell) > 0 for cell in manual)
    for cell in cells:
        if lab.is_test(cell) and cell not in canaries:
            assert re.search(r"^def check_\w+\(\)", cell.source, flags=re.MULTILINE), cell.id
    total = sum(lab.points(cell) for cell in notebook.cells)
    text = "".join(cell.source for cell in notebook.cells[:3])
    assert f"{total:g} points" in text and f"{about['minutes']} minutes" in text


@pytest.mark.parametrize("name", LABS)
def test_it_imports_what_its_chapter_and_colab_have(name):
    text = "\n".join(cell.source for cell in SOURCES[name].cells if cell.cell_type == "code")
    imported = set(re.findall(r"^\s*(?:from|import) (\w+)", text, flags=re.MULTILINE))
    assert imported <= FREE - lab.forbidden(SOURCES[name])
