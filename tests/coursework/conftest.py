"""Fixtures: a released tiny course, made once, and a copy of it for each test; a judge with a student."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import judged
import pytest
import toy

sys.path.insert(0, str(toy.ROOT))

from tools.grading import agent, wire
from tools.grading.judging import Judge

SETTINGS = {"PYTHONPATH": "", "OMP_NUM_THREADS": "1"}


def nbgrader(course, *arguments):
    """Run one of nbgrader's commands in a course folder and return what it printed."""
    command = [sys.executable, "-m", "nbgrader", *arguments]
    environment = {**os.environ, **SETTINGS}
    result = subprocess.run(command, cwd=course, capture_output=True, text=True, env=environment, timeout=600)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


@pytest.fixture(scope="session")
def released(tmp_path_factory):
    """Return a course folder whose lab was released; do not change it."""
    course = toy.make_course(tmp_path_factory.mktemp("released"))
    nbgrader(course, "generate_assignment", "toy")
    return course


@pytest.fixture
def course(released, tmp_path) -> Path:
    """Return a copy of the released course."""
    return Path(shutil.copytree(released, tmp_path / "course"))


@pytest.fixture(scope="module")
def side():
    """Return a judge and the student's namespace that it asks; a test may put another `answer` in place."""
    side = SimpleNamespace(names={"__name__": "__main__"}, requests=[])
    exec(compile(judged.STUDENT, "<student>", "exec"), side.names)

    def answer(request):
        side.requests.append(request)
        return side.answer(request)

    with Judge(answer) as side.judge:
        side.judge.given(judged.GIVEN)
        yield side


@pytest.fixture
def judge(side):
    """Return the judge, asking the student's namespace."""
    side.answer = lambda request: agent.reply(wire.dumps(request), side.names)
    side.requests.clear()
    return side.judge
