"""Run the tests: python tools/make/suite.py [--fast]

Every step runs, whatever failed before it, and the last line counts all tests. --fast leaves out what
takes long: the coursework, the notebooks, the book and the browser. Tests run in as many processes as
there are processors, four at most, each with one thread.
"""

import os
import sys
from pathlib import Path

from common import program, run_steps

SHAPES_CHECKED = [
    "--jaxtyping-packages=d2lmodels,beartype.beartype",
    "tests",
    "d2lmodels",
    "--ignore=tests/errors",
    "--ignore=tests/browser",
    "--ignore=tests/coursework",
    "--ignore=tests/compiled",
    "--ignore-glob=*_fast.py",
]
# A file's tests stay in one process, in their order: a notebook's cells stand on each other.
BY_FILE = ["--dist=loadfile", "--no-loadscope-reorder"]
COURSEWORK = ["tests/coursework", "tools/grading", "--ignore=tools/grading/forbidden"]


def steps(*, fast):
    """Return the steps as (title, command) pairs."""
    python, ruff = program("python"), program("ruff")
    processes = f"--numprocesses={min(4, os.cpu_count() or 1)}"
    pytest = [program("pytest"), "-q", "-m", "not slow", processes, *BY_FILE]
    quick = [
        ("lint", [ruff, "check", "."]),
        ("format", [ruff, "format", "--check", "."]),
        ("contract of notebooks", [python, "tools/notebooks.py", "check"]),
        ("unit, parity, property", [*pytest, *SHAPES_CHECKED]),
        ("errors", [*pytest, "tests/errors"]),
        ("compiled", [*pytest, "tests/compiled", *map(str, Path().glob("d2lmodels/*/*_fast.py"))]),
    ]
    long = [
        ("coursework", [*pytest, *COURSEWORK]),
        ("notebooks", [*pytest, "--nbval-lax", "--nbval-current-env", "notebooks"]),
        ("book environment", [sys.executable, "tools/make/environment.py", ".venv-book", "book.lock"]),
        ("book", [program("python", ".venv-book"), "tools/site/build.py"]),
        ("browser", [*pytest, "tests/browser"]),
    ]
    return quick if fast else quick + long


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    run_steps(steps(fast="--fast" in sys.argv[1:]), keep_going=True)
