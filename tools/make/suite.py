"""Run the tests: python tools/make/suite.py [--fast]

Every step runs, whatever failed before it, and the last line counts all tests. --fast leaves out what
takes long: the coursework, the notebooks, the book and the browser.
"""

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
COURSEWORK = ["tests/coursework", "tools/grading", "--ignore=tools/grading/forbidden"]


def steps(*, fast):
    """Return the steps as (title, command) pairs."""
    python, pytest, ruff = program("python"), [program("pytest"), "-q", "-m", "not slow"], program("ruff")
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
    run_steps(steps(fast="--fast" in sys.argv[1:]), keep_going=True)
