"""Take one chapter through everything its writer waits for: python tools/make/chapter.py 03_backprop

Sync, run, check, compare with the stored outputs, build the page, photograph it. Stops at the first
step that fails.
"""

import sys

from common import ROOT, notebook, program, run_steps

if __name__ == "__main__":
    path = notebook(sys.argv[1] if len(sys.argv) > 1 else "")
    relative = path.relative_to(ROOT)
    page, relative = relative.with_suffix(".html").as_posix(), relative.as_posix()
    python, tool = program("python"), [program("python"), "tools/notebooks.py"]
    run_steps(
        [
            ("sync", [*tool, "sync", relative]),
            ("run", [*tool, "run", relative]),
            ("check", [*tool, "check", relative]),
            ("compare", [program("pytest"), "-q", "--nbval-lax", "--nbval-current-env", relative]),
            ("book environment", [sys.executable, "tools/make/environment.py", ".venv-book", "book.lock"]),
            ("book", [program("python", ".venv-book"), "tools/site/build.py"]),
            ("screenshots", [python, "tools/site/screenshots.py", page]),
        ]
    )
