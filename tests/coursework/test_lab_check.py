"""A student's own check, from the command line and by the last cell of the notebook."""

import contextlib
import io
import re
import subprocess
import sys

import nbformat
import pytest

from tools.grading import in_process, lab, lab_check
from tools.grading.variant import resolve

NAME = "backprop"
SOURCE = resolve(lab.read(lab.COURSE / "source" / NAME / f"{NAME}.ipynb"))


def released():
    return lab.read(lab.COURSE / "release" / NAME / f"{NAME}.ipynb")


def run(*arguments):
    command = [sys.executable, str(lab.ROOT / "tools" / "grading" / "lab_check.py"), *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=200)
    return result.returncode, result.stdout, result.stderr


def test_right_answers_pass_and_a_wrong_one_is_explained(tmp_path):
    answers = in_process.solutions(SOURCE)
    path = tmp_path / "mine.ipynb"
    nbformat.write(in_process.answered(released(), answers), path)
    status, printed, _ = run(NAME, path)
    tests = [cell for cell in SOURCE.cells if lab.is_test(cell) and lab.grade_id(cell) != lab.CANARY]
    assert status == 0 and f"{len(tests)} of {len(tests)} visible tests passed" in printed
    wrong = answers["squared"].replace("2 * g * difference, a.shape", "g * difference, a.shape")
    assert wrong != answers["squared"]
    nbformat.write(in_process.answered(released(), {"squared": wrong}), path)
    status, printed, _ = run(NAME, path)
    assert status == 1
    lines = {line.split()[0]: line for line in printed.splitlines()}
    assert "half of what it should be: the derivative of u² is 2u" in lines["squared"]
    assert "NotImplementedError" in lines["order"]


def test_what_is_no_lab_and_no_notebook_ends_in_one_line(tmp_path):
    status, _, problem = run("nothing")
    labs = "backprop, bert, distillation, optimizers, resnet, unet, word2vec, yolo"
    assert status == 2 and f"LAB='nothing' is no lab; name one of: {labs}" in problem
    status, _, problem = run(NAME, tmp_path / "missing.ipynb")
    assert status == 2 and "is no file" in problem
    (tmp_path / "empty.ipynb").write_text("")
    status, _, problem = run(NAME, tmp_path / "empty.ipynb")
    assert status == 1 and problem.splitlines() == [f"error: {tmp_path / 'empty.ipynb'}: the file is empty"]


def test_the_first_call_makes_a_copy_of_the_release_and_later_ones_keep_it(tmp_path, monkeypatch, capsys):
    course = tmp_path / "coursework"
    path = course / "release" / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text("released")
    monkeypatch.setattr(lab, "ROOT", tmp_path)
    monkeypatch.setattr(lab, "COURSE", course)
    copy = lab_check.work_copy(NAME)
    assert copy.read_text() == "released" and "made from the release; open it with" in capsys.readouterr().out
    copy.write_text("changed")
    assert lab_check.work_copy(NAME).read_text() == "changed" and capsys.readouterr().out == ""


@pytest.mark.parametrize("name", lab.labs())
def test_the_last_cell_says_where_a_student_is(name):
    notebook = lab.read(lab.COURSE / "release" / name / f"{name}.ipynb")
    source = resolve(lab.read(lab.COURSE / "source" / name / f"{name}.ipynb"))
    for answers, words in (({}, "not (answered|written) yet"), (in_process.solutions(source), "passed")):
        namespace, printed = {"__name__": "__main__"}, ""
        for cell in in_process.answered(notebook, answers).cells:
            if cell.cell_type == "code" and (cell.id == "every-check" or not lab.for_students_alone(cell)):
                output = io.StringIO()
                with contextlib.suppress(Exception), contextlib.redirect_stdout(output):
                    exec(compile(cell.source, f"<{cell.id}>", "exec"), namespace)
                printed = output.getvalue() if cell.id == "every-check" else printed
        lines = printed.strip().splitlines()
        assert len(lines) >= 10 and all(re.search(words, line) for line in lines), printed
