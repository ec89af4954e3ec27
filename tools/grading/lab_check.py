"""Run the visible tests of a lab on one's own answers: python tools/grading/lab_check.py LAB [NOTEBOOK]

Without a notebook it is coursework/mine/LAB.ipynb, which is made from the release the first time. The
code runs like in JupyterLab, with the rights of whoever calls this: for one's own notebook, not for
those of others.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import nbclient
from jupyter_client.kernelspec import NoSuchKernel

from tools.grading import lab
from tools.grading.rebuild import Unreadable, cells_of, rebuilt

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def work_copy(name: str) -> Path:
    """Return the path of a student's copy of a lab; make it where there is none."""
    path = lab.COURSE / "mine" / f"{name}.ipynb"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes((lab.COURSE / "release" / name / f"{name}.ipynb").read_bytes())
        place = path.relative_to(lab.ROOT)
        print(f"{place}: made from the release; open it with .venv/bin/jupyter lab {place}")
    return path


def check(name: str, path: Path) -> list[tuple[str, float, str]]:
    """Execute a notebook and return (test, points, problem) for each test cell; "" where it passed.

    Raises Unreadable for what is no notebook.
    """
    released = lab.read(lab.COURSE / "release" / name / f"{name}.ipynb")
    notebook, notes = rebuilt(released, cells_of(path.read_bytes()))
    for note in notes:
        print(f"note: {note}")
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    client = nbclient.NotebookClient(notebook, timeout=120, allow_errors=True, interrupt_on_timeout=True)
    client.execute(cwd=str(path.parent), stderr=subprocess.DEVNULL)  # the kernel's own remarks
    tests = [cell for cell in notebook.cells if lab.is_test(cell) and lab.grade_id(cell) != lab.CANARY]
    return [(lab.grade_id(cell).removeprefix("test-"), lab.points(cell), problem(cell)) for cell in tests]


def problem(cell) -> str:
    """Return what went wrong in an executed cell, or ""."""
    errors = [output for output in cell.outputs if output.output_type == "error"]
    return COLOURS.sub("", f"{errors[0].ename}: {errors[0].evalue}".rstrip(": ")) if errors else ""


def main():
    """Print a line for each test and end with status 1 where one failed."""
    parser = argparse.ArgumentParser(description="Run the visible tests of a lab on one's own answers.")
    parser.add_argument("lab", help="its name")
    parser.add_argument("notebook", nargs="?", type=Path, help="default: coursework/mine/LAB.ipynb")
    options = parser.parse_args()
    if options.lab not in lab.labs():
        parser.error(f"LAB={options.lab!r} is no lab; name one of: {', '.join(lab.labs())}")
    path = options.notebook or work_copy(options.lab)
    if not path.is_file():
        parser.error(f"{path} is no file")
    try:
        results = check(options.lab, path)
    except Unreadable as reason:
        sys.exit(f"error: {path}: {reason}")
    except NoSuchKernel:
        sys.exit("error: no Python kernel is installed beside this Python; run make setup")
    width = max(len(name) for name, _, _ in results)
    for name, points, trouble in results:
        print(f"{name:<{width}}  {points:4g} points  {trouble or 'passed'}")
    passed = sum(not trouble for _, _, trouble in results)
    print(f"{passed} of {len(results)} visible tests passed; a teacher's hidden tests check more")
    sys.exit(passed < len(results))


if __name__ == "__main__":
    main()
