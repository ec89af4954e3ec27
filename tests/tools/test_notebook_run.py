"""Execution: steady outputs, no traces of a machine, readable failures."""

import base64
import io

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_output
from PIL import Image

from tools.notebook import cells, execute, outputs
from tools.notebook.cells import Mend
from tools.notebook.fingerprint import KEY, changes, digest, fingerprint
from tools.notebooks import main


def picture(*, shade=0, mark=None):
    """A white picture with one black row; `mark` blackens as many pixels of the last row."""
    pixels = np.full((50, 100, 3), 255 - shade, dtype=np.uint8)
    pixels[10] = 0
    pixels[-1, :mark] = pixels[-1, :mark] if mark is None else 0
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="png")
    data = base64.b64encode(file.getvalue()).decode()
    return [new_output("display_data", data={"image/png": data}, metadata={"image/png": {"alt": str(mark)}})]


def stream(text):
    return [new_output("stream", name="stdout", text=text)]


def test_run_is_stable_and_clean(scratch, executed, executed_text):
    assert main(["run"], root=scratch.root) == 0
    assert scratch.path.read_text(encoding="utf-8") == executed_text
    counts = [cell.execution_count for cell in executed.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    assert all("execution" not in cell.metadata for cell in executed.cells)
    assert executed.metadata.language_info == {"name": "python"}
    nbformat.validate(executed)


def test_failure_names_the_cell_and_keeps_the_file(scratch, executed, executed_text, capsys):
    scratch.cell(executed, "first").source = "1 / 0"
    cells.write(scratch.path, executed)
    before = scratch.path.read_bytes()
    assert main(["run"], root=scratch.root) == 1
    said = capsys.readouterr().err
    assert "03_sums.ipynb: cell 5 (first) failed: ZeroDivisionError" in said and "----> 1 1 / 0" in said
    assert "\x1b" not in said and scratch.path.read_bytes() == before


def test_paths_and_pieces_of_streams(scratch):
    notebook = scratch.chapter()
    text = "import os, sys\nprint(os.getcwd())\nsys.stdout.flush()\nprint(os.environ['D2LMODELS_PROFILE'])"
    scratch.cell(notebook, "first").source = text
    executed, _ = execute.run(scratch.project, notebook, without=[])
    assert scratch.cell(executed, "first").outputs[0].text == ".\nsmall\n"
    assert len(scratch.cell(executed, "first").outputs) == 1


def test_special_runs_are_not_stored(scratch, executed, executed_text, monkeypatch, capsys):
    monkeypatch.setenv("D2LMODELS_SEED", "3")
    scratch.cell(executed, "first").source = "import os\nassert os.environ['D2LMODELS_SEED'] == '3'"
    scratch.cell(executed, "learned-check").source = "assert False"
    cells.write(scratch.path, executed)
    before = scratch.path.read_bytes()
    assert main(["run", "--without", "learned"], root=scratch.root) == 0
    assert "not stored: D2LMODELS_SEED is set" in capsys.readouterr().out
    assert scratch.path.read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("loss 0.500", "loss 0.510", True),
        ("loss 0.500", "loss 0.600", False),
        ("loss 0.500", "cost 0.500", False),
        ("error 1.2e-16", "error 3.3e-16", True),
        ("took 1.2 s", "took 2.9 s", True),
        ("took 1.2 s", "took 12 s", False),
        ("takes 924 times as long", "takes 1,038 times as long", True),
        ("1,000 words", "1,001 words", False),
        ("shape (32, 784)", "shape (32, 785)", False),
        ("12 of 20 steps", "12 of 20 steps", True),
    ],
)
def test_numbers_within_tolerance_are_kept(old, new, kept):
    before, after = stream(old), stream(new)
    assert (outputs.keep(before, after, numbers=True, pictures=True) is before) == kept
    assert (outputs.keep(before, after, numbers=False, pictures=True) is before) == (old == new)


@pytest.mark.parametrize(("mark", "kept"), [(20, True), (100, True), (101, True)])
def test_nearly_equal_pictures_are_kept_with_new_metadata(mark, kept):
    before, after = picture(), picture(mark=mark)
    assert outputs.keep(before, after, numbers=True, pictures=True) is before
    assert before[0].metadata["image/png"]["alt"] == str(mark)
    assert outputs.keep(picture(), after, numbers=True, pictures=False) is after


def test_another_picture_is_stored():
    after = picture(shade=60)
    assert outputs.keep(picture(), after, numbers=True, pictures=True) is after
    assert outputs.keep(picture(), stream("x"), numbers=True, pictures=True) != picture()


def test_marked_cell_takes_the_new_output(scratch, executed):
    for name in ("first", "learned-check"):
        cell = scratch.cell(executed, name)
        cell.source = "print(0.5)"
        cell.outputs = stream("0.51\n")
    executed.metadata[KEY] = fingerprint(scratch.project, executed)
    notebook, _ = execute.run(scratch.project, executed, without=[])
    assert scratch.cell(notebook, "first").outputs[0].text == "0.5\n"
    assert scratch.cell(notebook, "learned-check").outputs[0].text == "0.51\n"


def test_digest_sees_code_alone():
    code = 'def f(x):\n    """One."""\n    return x + 1\n'
    assert digest(code) == digest('def f(x):\n    """Two."""\n\n    return (x + 1)  # comment\n')
    assert digest(code) != digest(code.replace("1", "2"))
    assert digest("x = None") != digest("x = 0") and digest("f(None)") != digest("f()")


def test_fingerprint_follows_imports(scratch, executed):
    stored = executed.metadata[KEY]
    assert set(stored["files"]) == {"d2lmodels/area/order.py"}
    scratch.edit_package('"""Sort."""', '"""Order."""', file="order.py")
    assert changes(stored, fingerprint(scratch.project, executed)) == ([], [])
    scratch.edit_package("sorted(numbers)", "list(numbers)", file="order.py")
    assert changes(stored, fingerprint(scratch.project, executed)) == ([], ["d2lmodels/area/order.py"])


@pytest.mark.parametrize(
    "code",
    ["from d2lmodels import Number", "import d2lmodels as d\nd.Number(1)", "from d2lmodels.area import user"],
)
def test_fingerprint_finds_lazy_and_indirect_imports(scratch, code):
    notebook = scratch.chapter()
    scratch.cell(notebook, "first").source = code
    assert "d2lmodels/area/value.py" in fingerprint(scratch.project, notebook)["files"]


def test_fingerprint_leaves_out_what_only_hands_names_on(scratch):
    notebook, area = scratch.chapter(), scratch.root / "d2lmodels" / "area" / "__init__.py"
    scratch.cell(notebook, "first").source = "from d2lmodels.area import ordered, here\nordered([here()])"
    area.write_text("from d2lmodels.area.order import ordered\ndef here():\n    return 1\n")
    stored = fingerprint(scratch.project, notebook)
    assert set(stored["files"]) == {"d2lmodels/area/__init__.py", "d2lmodels/area/order.py"}
    area.write_text(area.read_text().replace("1", "2"))
    assert changes(stored, fingerprint(scratch.project, notebook)) == ([], ["d2lmodels/area/__init__.py"])

    scratch.cell(notebook, "first").source = "from d2lmodels.area import ordered\nordered([1])"
    stored = fingerprint(scratch.project, notebook)
    area.write_text(area.read_text() + "from d2lmodels.area.user import mean\n")
    assert changes(stored, fingerprint(scratch.project, notebook)) == ([], [])
    area.write_text("from d2lmodels.area.value import total as ordered\n")
    assert changes(stored, fingerprint(scratch.project, notebook)) == ([], ["d2lmodels/area/value.py"])


def test_fingerprint_follows_stored_results(scratch):
    notebook = scratch.chapter()
    rows = scratch.root / "d2lmodels" / "results" / "depth.json"
    rows.parent.mkdir()
    rows.write_text("[]")
    (rows.parent / "other.json").write_text("[]")
    scratch.cell(notebook, "first").source = 'from d2lmodels import results\nresults.read("depth")'
    stored = fingerprint(scratch.project, notebook)
    assert [name for name in stored["files"] if name.endswith(".json")] == ["d2lmodels/results/depth.json"]
    rows.write_text("[1]")
    now = fingerprint(scratch.project, notebook)
    assert changes(stored, now) == ([], ["d2lmodels/results/depth.json"])


def test_dead_kernel_is_reported(scratch):
    notebook = scratch.chapter()
    scratch.cell(notebook, "first").source = "import os\nos._exit(3)"
    with pytest.raises(Mend, match=r"cell 5 \(first\)"):
        execute.run(scratch.project, notebook, without=[])
