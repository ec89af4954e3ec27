"""The Makefile, CONTRIBUTING.md and the workflows name the same commands; a bad machine gets one line."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = re.findall(r"^([a-z][a-z-]*):", MAKEFILE, flags=re.MULTILINE)
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FOR_READERS = "book serve test setup lab"
FOR_TEACHERS = "release autograde feedback grades lab-check class-test"
FOR_WRITERS = "test-fast bench chapter seeds full-check colab-check wheel lock release-check clean"

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="no make here")


def make(*arguments, path=None):
    """Run make and return (status, what it printed)."""
    environment = {**os.environ, **({"PATH": str(path)} if path else {})}
    for name in ("MAKELEVEL", "MAKEFLAGS", "MFLAGS"):  # set where these tests run under make
        environment.pop(name, None)
    command = [shutil.which("make"), *arguments]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    return result.returncode, result.stdout + result.stderr


def test_every_promised_target_exists():
    assert {*FOR_READERS.split(), *FOR_TEACHERS.split(), *FOR_WRITERS.split()} <= set(TARGETS)


def test_every_target_is_phony_and_in_contributing():
    phony = " ".join(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, flags=re.MULTILINE)).split()
    assert sorted(phony) == sorted(TARGETS)
    contributing = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert [target for target in TARGETS if f"`make {target}" not in contributing] == []


def test_every_script_that_is_named_exists():
    for file in (
        "Makefile",
        "CONTRIBUTING.md",
        ".github/workflows/book.yml",
        *recipes_of_scripts(),
    ):
        for script in re.findall(r"tools[/\\][\w/\\]+\.py", (ROOT / file).read_text("utf-8")):
            assert (ROOT / script.replace("\\", "/")).is_file(), f"{file} names {script}"


def recipes_of_scripts():
    """Return the scripts of make targets, which name other scripts."""
    return [path.relative_to(ROOT).as_posix() for path in (ROOT / "tools" / "make").glob("*.py")]


@needs_make
@pytest.mark.parametrize("target", TARGETS)
def test_make_can_plan_each_target(target):
    status, output = make("--dry-run", target, "C=03_backprop", f"PYTHON={sys.executable}")
    assert status == 0, output


@needs_make
def test_a_missing_python_ends_in_one_line():
    status, output = make("book", "PYTHON=no-such-python")
    assert status == 2
    assert len(output.splitlines()) == 1
    assert "'no-such-python' does not run: install Python 3.11 or later" in output


@needs_make
def test_an_old_python_ends_in_one_line(tmp_path):
    old = tmp_path / "python3.9"
    pretend = "import sys; sys.version_info = (3, 9); exec(open('tools/make/preflight.py').read())"
    old.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{pretend}"\n')
    old.chmod(0o755)
    status, output = make("test", f"PYTHON={old}")
    assert status == 2
    assert len(output.splitlines()) == 1
    assert "Python 3.9 is too old: install 3.11 or later" in output


@needs_make
def test_a_missing_git_ends_in_one_line(tmp_path):
    (tmp_path / "sh").symlink_to(shutil.which("sh"))
    status, output = make("book", f"PYTHON={sys.executable}", path=tmp_path)
    assert status == 2
    assert len(output.splitlines()) == 1
    assert "git is missing: install it" in output


@needs_make
def test_a_wrong_chapter_ends_in_one_line():
    command = [sys.executable, "tools/make/chapter.py", "99_nothing"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 1
    assert re.fullmatch(r"error: C='99_nothing' is no notebook; name one of: .+\n", result.stderr)


def test_ci_runs_make_test_and_nothing_else():
    script = ROOT / ".ci" / "run"
    commands = [line for line in script.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    assert commands == ['cd "$(dirname "$0")/.." && exec make test']
    assert os.access(script, os.X_OK)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_asks_for_little_and_calls_what_exists(path):
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        assert "timeout-minutes" in job, f"{name}: no timeout"
        granted = {key for key, value in job.get("permissions", {}).items() if value == "write"}
        assert granted <= ({"contents", "id-token"} if name == "publish" else set()), f"{name}: {granted}"
        for step in job["steps"]:
            if "uses" in step:
                assert re.fullmatch(r"[\w-]+/[\w-]+@(v\d+|release/v\d+)", step["uses"]), step["uses"]
            for target in re.findall(r"\bmake ([a-z-]+)", step.get("run", "")):
                assert target in TARGETS, f"{name}: make {target}"
            assert "${{" not in step.get("run", ""), f"{name}: an expression in a shell script"


def test_the_workflows_are_those_that_were_promised():
    assert [path.stem for path in WORKFLOWS] == ["book", "test", "weekly", "wheel"]
    text = (ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8")
    assert yaml.safe_load(text)["jobs"]["test"]["strategy"]["matrix"]["python"] == [
        "3.11",
        "3.14",
    ]
