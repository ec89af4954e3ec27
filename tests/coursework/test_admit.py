"""Whatever is handed in becomes a well-formed notebook, or a reason."""

import copy
import json
import os
import re
import time

import nbformat
import pytest
import toy
from hypothesis import given
from hypothesis import strategies as st

from tools.grading import admit, lab
from tools.grading.rebuild import Unreadable, cells_of, rebuilt


@pytest.fixture
def release(released):
    return lab.read(released / "release" / "toy" / "toy.ipynb")


@pytest.fixture
def answered(release):
    notebook = copy.deepcopy(release)
    by_id(notebook)["double"].source = "def double(x):\n    return 2.0 * x"
    by_id(notebook)["total"].source = "def total(X):\n    return float(np.sum(X))"
    by_id(notebook)["why"].source = "An empty sum changes nothing."
    return notebook


def by_id(notebook):
    return {cell.id: cell for cell in notebook.cells}


def take_in(release, notebook):
    return rebuilt(release, cells_of(nbformat.writes(notebook).encode()))


def admitted(course, student):
    return lab.read(course / "admitted" / student / "toy" / "toy.ipynb")


def test_answers_are_put_into_the_release(release, answered):
    notebook, notes = take_in(release, answered)
    assert notes == []
    assert [cell.id for cell in notebook.cells] == [cell.id for cell in release.cells]
    for name in ("double", "total", "why"):
        assert by_id(notebook)[name].source == by_id(answered)[name].source
        assert by_id(notebook)[name].metadata == by_id(release)[name].metadata


def test_nothing_else_of_a_notebook_is_carried_over(release, answered):
    for cell in answered.cells:
        if lab.is_test(cell):
            cell.source = "pass"
            cell.metadata.nbgrader.update(points=100, locked=False, solution=True)
    by_id(answered)["given"].source = "twice = None"
    answered.metadata["d2lmodels"] = {"forbidden": []}
    notebook, notes = take_in(release, answered)
    for cell in release.cells:
        if not lab.is_answer(cell):
            assert by_id(notebook)[cell.id] == cell
    assert notebook.metadata == release.metadata
    assert [note for note in notes if "given had been changed" in note]


@pytest.mark.parametrize("lost", ["metadata", "id", "both"])
def test_cells_are_recognised_without_their_marks(release, answered, lost):
    for cell in answered.cells:
        if lost != "id":
            cell.metadata = {}
        if lost != "metadata":
            cell.id = f"new-{cell.id}"
    notebook, notes = take_in(release, answered)
    assert (
        by_id(notebook)["double"].source
        == by_id(answered).get("double", by_id(answered).get("new-double")).source
    )
    assert by_id(notebook)["total"].source.startswith("def total")
    expected = ["the answer why is missing"] if lost == "both" else []
    assert notes == expected


def test_a_cell_twice_counts_once_and_the_changed_one(release, answered):
    double = by_id(answered)["double"]
    stub = copy.deepcopy(by_id(release)["double"])
    stub.id = "copy"
    answered.cells.insert(answered.cells.index(double) + 1, stub)
    notebook, notes = take_in(release, answered)
    assert by_id(notebook)["double"].source == double.source
    assert notes == ["the answer double is there 2 times; the last that was changed was graded"]
    helper = copy.deepcopy(double)
    helper.id, helper.source = "helper", "def helper(x):\n    return x"
    answered.cells.insert(answered.cells.index(double), helper)
    notebook, _ = take_in(release, answered)
    own = [cell.source for cell in notebook.cells if cell.id.startswith("own-")]
    assert own == [helper.source], "the earlier copy still runs, before the answer"
    sources = [cell.source for cell in notebook.cells]
    assert sources.index(helper.source) < sources.index(double.source)


def test_missing_cells_come_back_and_are_named(release, answered):
    answered.cells = [cell for cell in answered.cells if cell.id not in ("double", "test-double", "canary")]
    notebook, notes = take_in(release, answered)
    assert by_id(notebook)["double"].source == by_id(release)["double"].source
    assert {"test-double", "canary"} <= by_id(notebook).keys()
    assert notes == ["the answer double is missing"]


def test_own_cells_stay_where_they_were(release, answered):
    answered.cells.insert(2, nbformat.v4.new_code_cell("HELPER = 1"))
    answered.cells.append(nbformat.v4.new_code_cell("print(HELPER)"))
    answered.cells.insert(0, nbformat.v4.new_markdown_cell("My name"))
    notebook, _ = take_in(release, answered)
    sources = [cell.source for cell in notebook.cells]
    assert sources[0] == "My name" and sources[-1] == "print(HELPER)"
    given_cell = by_id(release)["given"].source
    assert sources.index("HELPER = 1") == sources.index(given_cell) + 1
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"print('hello')", "cannot be parsed as JSON"),
        (b"\xff\xfe\x00garbage", "cannot be parsed as JSON"),
        (b"[" * 200_000, "cannot be parsed as JSON"),
        (b"[]", "it has no cells"),
        (b'{"cells": 3}', "it has no cells"),
        (json.dumps({"cells": [{}] * 2000}).encode(), "more than 1000 cells"),
        (json.dumps({"cells": [{"source": "#" * 2_000_000}]}).encode(), "characters of source"),
    ],
)
def test_what_is_no_notebook_gets_a_reason(content, reason):
    with pytest.raises(Unreadable, match=reason):
        cells_of(content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
CELLS = st.lists(
    st.dictionaries(st.sampled_from(["cell_type", "source", "metadata", "id", "input", "outputs"]), JSON)
    | JSON,
    max_size=5,
)


@given(CELLS)
def test_no_content_of_cells_breaks_it(released, cells):
    release = lab.read(released / "release" / "toy" / "toy.ipynb")
    notebook, _ = rebuilt(release, cells_of(json.dumps({"cells": cells}).encode()))
    nbformat.validate(notebook)
    nbformat.writes(notebook).encode()
    assert [cell.id for cell in notebook.cells if not cell.id.startswith("own-")] == [
        c.id for c in release.cells
    ]


def test_source_that_cannot_be_stored_is_mended(release):
    cells = [
        {
            "cell_type": "code",
            "source": ["a = '\ud800'\n", 3, "\0"],
            "metadata": {"nbgrader": {"grade_id": []}},
        }
    ]
    notebook, _ = rebuilt(release, cells_of(json.dumps({"cells": cells}).encode()))
    assert by_id(notebook)["own-0"].source == "a = '?'\n?"


def test_old_notebooks_are_read():
    old = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1"]}]}]}
    assert cells_of(json.dumps(old).encode())[0]["source"] == "x = 1"


def test_a_text_in_a_code_cell_and_links_are_made_harmless(release, answered):
    why = by_id(answered)["why"]
    cell = nbformat.v4.new_code_cell("<script>1</script> [a](javascript:1)", id="why", metadata=why.metadata)
    answered.cells[answered.cells.index(why)] = cell
    notebook, _ = take_in(release, answered)
    assert by_id(notebook)["why"].cell_type == "markdown"
    assert by_id(notebook)["why"].source == "&lt;script>1&lt;/script> [a&#93;(javascript:1)"
    by_id(answered)["double"].source = "def double(x):\n    return 2.0 * x if x<y else [a](b)"
    by_id(answered)["double"].cell_type = "markdown"
    notebook, _ = take_in(release, answered)
    assert by_id(notebook)["double"].source.endswith("if x<y else [a](b)"), "code is taken as it is"


def test_hostile_texts_and_parts_cost_no_time(release):
    began = time.perf_counter()
    for text in ("](" * 300_000, "](" + " " * 500_000, "<" * 900_000, "[a]:" * 200_000):
        cells = cells_of(json.dumps({"cells": [{"cell_type": "markdown", "source": text}]}).encode())
        rebuilt(release, cells)
    with pytest.raises(Unreadable, match="too many parts"):
        cells_of(b'{"cells": [' + b'{"":0},' * 600_000 + b"{}]}")
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    "stamp",
    ["hello world", "+", "9" * 20, "12:00", "1", "2026-99-99 99:99", "", "\x1b[2J", "2026-10-01 12:00 XX"],
)
def test_a_time_that_is_none_is_passed_over(course, answered, stamp):
    path = toy.hand_in(course, "ada", answered)
    (path.parent / "timestamp.txt").write_text(stamp)
    assert admit.admit("toy", course)["ada"] == []
    written = (course / "admitted" / "ada" / "toy" / "timestamp.txt").read_text()
    assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} UTC\n", written)


def test_names_that_are_no_text_are_shown_as_far_as_they_can_be(course, answered, capfd):
    toy.hand_in(course, "good", answered)
    odd = course / "submitted" / "odd" / "toy"
    odd.mkdir(parents=True)
    for name in (b"a\xff.ipynb", b"a\x1b]0;x\x07\n;=1.ipynb"):
        (odd / os.fsdecode(name)).write_bytes(b"{}")
    (course / "submitted" / os.fsdecode(b"m\xff") / "toy").mkdir(parents=True)
    admit.main(["toy", "--course", str(course)])
    printed = capfd.readouterr().out
    assert "\x1b" not in printed and "m?: not graded: a folder's name may hold" in printed
    assert ";=" not in printed and "odd: nothing could be graded: a?" in printed
    assert by_id(admitted(course, "good"))["double"].source == by_id(answered)["double"].source


def test_a_folder_of_everything(course, answered):
    toy.hand_in(course, "good", answered)
    toy.hand_in(course, "renamed", answered, "my solution (1).ipynb")
    toy.hand_in(course, "typed", answered, "toy.ipynb.txt")
    toy.hand_in(course, "empty", b"")
    toy.hand_in(course, "script", b"print(1)", "toy.py")
    toy.hand_in(course, "name with blanks", answered)
    outside = course / "secret.ipynb"
    nbformat.write(answered, outside)
    (course / "submitted" / "linked" / "toy").mkdir(parents=True)
    (course / "submitted" / "linked" / "toy" / "toy.ipynb").symlink_to(outside)
    (course / "submitted" / "folder" / "toy" / "toy.ipynb").mkdir(parents=True)
    (course / "submitted" / "file").mkdir()
    (course / "submitted" / "file" / "toy").write_text("no folder")
    before = sorted(path for path in (course / "submitted").rglob("*"))
    report = admit.admit("toy", course)
    assert report["good"] == []
    assert report["renamed"] == ["my solution (1).ipynb was taken for toy.ipynb"]
    assert report["typed"] == ["toy.ipynb.txt was taken for toy.ipynb"]
    assert report["empty"] == ["nothing could be graded: toy.ipynb: the file is empty"]
    assert report["script"] == ["nothing could be graded: there is no notebook toy.ipynb"]
    assert report["linked"] == ["nothing could be graded: links are not followed"]
    assert report["folder"] == ["nothing could be graded: there is no notebook toy.ipynb"]
    assert report["file"] == ["nothing could be graded: what was handed in is no folder"]
    assert report["name with blanks"][0].startswith("not graded: a folder's name may hold")
    assert not (course / "admitted" / "name with blanks").exists()
    for student in ("good", "renamed", "typed"):
        assert by_id(admitted(course, student))["double"].source == by_id(answered)["double"].source
    assert "nothing could be graded" in admitted(course, "empty").cells[0].source
    assert admitted(course, "linked").metadata["d2lmodels"]["notes"] == report["linked"]
    assert sorted(path for path in (course / "submitted").rglob("*")) == before


def test_of_several_notebooks_the_fullest_is_taken(course, answered):
    few = copy.deepcopy(answered)
    few.cells = few.cells[:3]
    toy.hand_in(course, "many", few, "b.ipynb")
    toy.hand_in(course, "many", answered, "a.ipynb")
    notes = admit.admit("toy", course)["many"]
    assert notes[0] == "a.ipynb was taken for toy.ipynb" and len(notes) == 2


def test_a_huge_file_is_read_or_refused(course, answered, monkeypatch):
    answered.cells[1].outputs = [nbformat.v4.new_output("stream", text="x" * 50_000_000)]
    toy.hand_in(course, "large", answered)
    assert admit.admit("toy", course)["large"] == []
    assert (course / "admitted" / "large" / "toy" / "toy.ipynb").stat().st_size < 50_000
    monkeypatch.setattr(admit, "MOST_BYTES", 1 << 20)
    assert "at most 1 MB are read" in admit.admit("toy", course)["large"][0]


def test_the_time_comes_from_the_stamp_or_the_file(course, answered):
    path = toy.hand_in(course, "ada", answered)
    admit.admit("toy", course)
    stamp = course / "admitted" / "ada" / "toy" / "timestamp.txt"
    assert stamp.read_text().endswith(" UTC\n")
    (path.parent / "timestamp.txt").write_text("2026-10-01 12:00:00.000000 UTC")
    admit.admit("toy", course)
    assert stamp.read_text() == "2026-10-01 12:00:00.000000 UTC\n"


def test_admitting_again_forgets_what_is_gone(course, answered):
    path = toy.hand_in(course, "ada", answered)
    admit.admit("toy", course)
    path.unlink()
    path.parent.rmdir()
    assert admit.admit("toy", course) == {}
    assert not (course / "admitted" / "ada" / "toy").exists()


def test_a_lab_that_was_not_released_is_named(tmp_path, capsys):
    course = toy.make_course(tmp_path / "course")
    with pytest.raises(SystemExit, match=r"first run nbgrader generate_assignment toy"):
        admit.main(["toy", "--course", str(course)])
