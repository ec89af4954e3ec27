"""The commands of book/teaching/coursework.md, as written, from a fresh clone to exported grades."""

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from kernels import needs_sandbox

from tools.grading import lab

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "book" / "teaching" / "coursework.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
TYPED = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]
MADE = [line for kind, text in BLOCKS if kind == "bash" for line in text.splitlines()]
SHOWN = next(text for kind, text in BLOCKS if kind == "text" and "points" in text)


def clone(target):
    """Copy what git knows, or would know, of this checkout; the environment is a link to the one here."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    (target / ".venv").symlink_to(sys.prefix, target_is_directory=True)


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """The folder and the output of somebody who typed every command of the page."""
    folder = tmp_path_factory.mktemp("clone")
    clone(folder)
    script = "\n".join(["set -ex", *TYPED])
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    result = subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, env=environment, timeout=300
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return folder / "coursework", result.stdout + result.stderr


@needs_sandbox
def test_the_three_submissions_get_what_the_page_says(followed):
    course, printed = followed
    for line in SHOWN.strip().splitlines():
        assert line in printed.splitlines()
    shown = dict(re.findall(r"^([\w-]+): ([\d.]+) of", SHOWN, flags=re.MULTILINE))
    with (course / "grades.csv").open(newline="", encoding="utf-8") as file:
        grades = {line["student_id"]: line for line in csv.DictReader(file)}
    assert {name: float(line["score"]) for name, line in grades.items()} == {
        name: float(points) for name, points in shown.items()
    }
    assert len(shown) == 3 and [grades[name]["flag"] for name in sorted(grades)] == ["", "", ""]


@needs_sandbox
def test_each_gets_feedback_and_nothing_was_deleted(followed):
    course, _ = followed
    for name in ("practice-right", "practice-unfinished", "practice-hostile"):
        assert (course / "feedback" / name / "backprop" / "backprop.html").stat().st_size > 10_000
        assert (course / "submitted" / name / "backprop" / "backprop.ipynb").exists()
    assert (course / "source" / "backprop" / "backprop.ipynb").exists()


def test_make_does_what_is_written_out():
    """Each `make` line of the page runs the commands beside it."""
    planned = []
    for line in MADE:
        if line.startswith("make ") and "setup" not in line and "sandbox" not in line:
            command = ["make", "--dry-run", f"PYTHON={sys.executable}", *line.split()[1:]]
            environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
            result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
            assert result.returncode == 0, result.stderr
            planned.append(result.stdout.replace("$lab", "backprop"))
    for line in TYPED:
        if line != "cd coursework":
            assert any(line in output for output in planned), line


def test_the_table_of_labs_is_right():
    for name in lab.labs():
        notebook = lab.read(lab.COURSE / "source" / name / f"{name}.ipynb")
        total = sum(lab.points(cell) for cell in notebook.cells)
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}`"))
        assert row.endswith(f"| {notebook.metadata['d2lmodels']['minutes']} minutes | {total:g} |")
