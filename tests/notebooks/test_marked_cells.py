"""nbval with the checkout's `conftest.py`: marked cells are compared, and silence or noise is no pass."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

ROOT = Path(__file__).parents[2]
CASES = {  # the source, the stored streams, whether it was executed, what pytest says
    "equal": ("print(3)", {"stdout": "3\n"}, True, None),
    "different": ("print(3)", {"stdout": "4\n"}, True, "Cell outputs differ"),
    "silent": ("x = 3", {}, True, "has no stored text"),
    "never executed": ("print(3)", {}, False, "has no stored text"),
    "noisy": (
        "import sys; print(3); print(5, file=sys.stderr)",
        {"stdout": "3\n", "stderr": "5\n"},
        True,
        "prints to stderr",
    ),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory) -> str:
    """What pytest prints about a notebook of these marked cells."""
    folder, cells = tmp_path_factory.mktemp("notebooks"), []
    for source, streams, executed, _ in CASES.values():
        outputs = [new_output("stream", name=name, text=text) for name, text in streams.items()]
        cells.append(new_code_cell(source, outputs=outputs, execution_count=1 if executed else None))
        cells[-1].metadata["tags"] = ["nbval-check-output"]
    nbformat.write(new_notebook(cells=cells), folder / "03_cells.ipynb")
    shutil.copy(ROOT / "conftest.py", folder)
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval-lax",
        "--nbval-current-env",
        "-v",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        [*command, "03_cells.ipynb"], cwd=folder, capture_output=True, text=True, check=False
    )
    return re.sub(r"\x1b\[\d*m", "", done.stdout)


@pytest.mark.parametrize("case", CASES)
def test_marked_cell(said, case):
    number, words = list(CASES).index(case), CASES[case][-1]
    assert f"Cell {number} {'FAILED' if words else 'PASSED'}" in said
    part = re.search(rf"_ .*[Cc]ell {number} _.*?(?=\n___|\n===)", said, re.DOTALL)
    assert (words in part[0]) if words else (part is None)
