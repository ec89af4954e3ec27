"""The scripts behind the make targets: notebooks in memory, steps and their counts, packages."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def script(monkeypatch):
    """Return a function that imports a script of tools/make by its name."""
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "make"))
    return importlib.import_module


def notebook(folder, *sources):
    """Write a notebook of code cells and return its path."""
    nbformat.write(
        new_notebook(cells=[new_code_cell(source) for source in sources]),
        folder / "some.ipynb",
    )
    return folder / "some.ipynb"


@pytest.mark.skipif(os.name == "nt", reason="the chosen Python is a shell script")
def test_a_notebook_runs_in_an_empty_folder_with_the_chosen_python_and_stays_as_it_is(script, tmp_path):
    chosen = tmp_path / "python"
    chosen.write_text(f'#!/bin/sh\nCHOSEN=yes exec "{sys.executable}" "$@"\n')
    chosen.chmod(0o755)
    check = "import os; assert os.listdir() == [] and os.environ['CHOSEN'] == 'yes'"
    path = notebook(tmp_path, check, "open('left behind', 'w')")
    before = path.read_bytes()
    assert script("colab").execute(path, python=str(chosen)) == ""
    assert path.read_bytes() == before
    assert {file.name for file in tmp_path.iterdir()} == {"some.ipynb", "python"}
    assert not [child for child in psutil.Process().children() if "ipykernel" in " ".join(child.cmdline())]


def test_a_failing_cell_is_shown(script, tmp_path):
    path = notebook(tmp_path, "first = 1", "assert first == 2, 'accuracy fell'")
    problem = script("colab").execute(path, python=sys.executable)
    assert "assert first == 2" in problem
    assert "AssertionError" in problem
    assert "accuracy fell" in problem


def run_steps(*steps, keep_going):
    """Run steps in a process of their own and return (status, lines)."""
    code = f"import common; common.run_steps({steps!r}, keep_going={keep_going})"
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, cwd=ROOT / "tools" / "make", capture_output=True, text=True)
    return result.returncode, result.stdout.splitlines()


def says(text, *, status=0):
    """Return a command that prints a line and ends with a status."""
    return [sys.executable, "-c", f"print({text!r}); raise SystemExit({status})"]


def test_the_last_line_counts_the_tests_of_all_steps():
    status, lines = run_steps(
        ("one", says("== 3 passed, 1 skipped, 2 warnings in 1.50s ==")),
        ("two", says("4 passed in 0.50s")),
        keep_going=True,
    )
    assert status == 0
    assert lines[-1].startswith("===== 7 passed, 1 skipped, 2 warning in ")
    assert lines[-1].endswith("s =====")


def test_a_failed_step_shows_in_the_status_and_the_last_line():
    status, lines = run_steps(
        ("lint", says("no counts here", status=1)),
        ("tests", says("1 failed, 2 passed in 0.50s", status=1)),
        ("after", says("5 passed in 0.10s")),
        keep_going=True,
    )
    assert status == 1
    assert lines[-1].startswith("===== 1 failed, 1 error, 7 passed in ")


def test_a_chapter_stops_at_the_first_failed_step():
    status, lines = run_steps(("one", says("", status=3)), ("two", says("never")), keep_going=False)
    assert status == 1
    assert "never" not in "\n".join(lines).replace("print('never')", "")


def test_a_package_that_installing_changed_is_named(script):
    before = {"numpy": "2.1.3", "torch": "2.11.0", "tqdm": "4.67.3"}
    after = {"numpy": "2.4.6", "torch": "2.11.0", "d2lmodels": "0.1.0"}
    changed = script("colab").changed
    assert changed(before, after) == [
        "numpy: Colab's 2.1.3 became 2.4.6",
        "tqdm: Colab's 4.67.3 became absent",
    ]
    assert changed(before, {**before, "d2lmodels": "0.1.0"}) == []


def test_an_up_to_date_environment_is_left_alone(script, tmp_path, monkeypatch):
    module = script("environment")
    calls = []
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(
        module,
        "create",
        lambda name, lock: (calls.append(name), (tmp_path / name).mkdir(exist_ok=True)),
    )
    monkeypatch.setattr(sys, "argv", ["environment.py", ".venv-book", "book.lock"])
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "book.lock").write_text("numpy==2.4.6")
    for _ in range(2):
        module.main()
    assert calls == [".venv-book"]
    (tmp_path / "book.lock").write_text("numpy==2.4.7")
    module.main()
    assert len(calls) == 2
