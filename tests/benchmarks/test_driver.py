"""`make bench`: other topics' rows stay, a failure loses nothing, each topic has its place in the book."""

import importlib.util
import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def row(topic, ratio):
    return {"topic": topic, "ratio": ratio}


@pytest.fixture
def driver(monkeypatch):
    """The module that `python benchmarks` runs."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    spec = importlib.util.spec_from_file_location("driver", ROOT / "benchmarks" / "__main__.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def bench(driver, monkeypatch, tmp_path):
    """A function that runs the command line on made-up topics; returns its status and the stored rows."""
    scripts = {
        "one": 'import sys; print("round 1 of 11\\nsome line", file=sys.stderr); print([])',
        "two": 'print(\'[{"topic": "two", "ratio": 2}, {"topic": "two", "ratio": 3}]\')',
        "bad": "raise AssertionError",
    }
    for name, code in scripts.items():
        (tmp_path / f"{name}.py").write_text(code, encoding="utf-8")
    monkeypatch.setattr(driver, "HERE", tmp_path)
    monkeypatch.setattr(driver, "TOPICS", sorted(scripts))
    path = tmp_path / "rows.json"

    def call(*arguments, old=()):
        path.write_text(json.dumps(list(old)), encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["benchmarks", *arguments, "--output", str(path)])
        try:
            driver.main()
            status = 0
        except SystemExit as end:
            status = end.code
        return status, json.loads(path.read_text("utf-8"))

    return call


def test_merging_replaces_a_topic_and_keeps_the_others(driver):
    old = [row("a", 1), row("b", 1), row("b", 2), row("gone", 1)]
    new = [row("b", 3)]
    assert driver.merged(old, new, ["a", "b", "c"]) == [row("a", 1), row("b", 3)]
    assert driver.merged([], [row("c", 2), row("c", 1), row("a", 9)], ["a", "c"]) == [
        row("a", 9),
        row("c", 2),
        row("c", 1),
    ]


def test_rows_are_stored_where_there_were_none(driver, tmp_path):
    driver.store(tmp_path / "new.json", [row("a", 1)], ["a"])
    assert json.loads((tmp_path / "new.json").read_text("utf-8")) == [row("a", 1)]
    assert [path.name for path in tmp_path.iterdir()] == ["new.json"]


def test_some_topics_alone_leave_the_others_rows(bench):
    status, rows = bench("two", old=[row("one", 1), row("two", 9)])
    assert (status, rows) == (0, [row("one", 1), row("two", 2), row("two", 3)])


def test_a_failed_topic_keeps_its_older_rows_and_the_others_run(bench):
    status, rows = bench("bad", "two", old=[row("bad", 1), row("two", 9)])
    assert status == "error: failed: bad; their older rows stay. Try: make bench T='bad'"
    assert rows == [row("bad", 1), row("two", 2), row("two", 3)]


def test_progress_names_topic_line_and_minutes(bench, capsys):
    bench("two", "one")
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["[0.0 min, topic 2 of 2, one] some line"]  # a round shows on a terminal only


def test_an_unknown_topic_and_too_few_rounds_are_refused(driver, bench, monkeypatch, tmp_path, capsys):
    assert bench("tow")[0] == 2
    assert "no topic tow; there are bad, one, two" in capsys.readouterr().err
    monkeypatch.setattr(driver, "RESULTS", tmp_path / "rows.json")  # where `bench` writes
    assert bench("two", "--rounds", "3", old=[row("two", 9)]) == (2, [row("two", 9)])
    assert "takes no row of fewer than 11 rounds" in capsys.readouterr().err


def test_every_topic_has_its_place_in_the_book(driver):
    page = (ROOT / "book" / "benchmarks.md").read_text("utf-8")
    assert sorted(re.findall(r"^```\{benchmarks\} (\w+)$", page, flags=re.MULTILINE)) == driver.TOPICS


def test_the_stored_rows_are_claims(driver):
    rows = json.loads(driver.RESULTS.read_text("utf-8"))
    assert sorted({row["topic"] for row in rows}) == driver.TOPICS
    for row in rows:
        name = f"{row['topic']}: {row['what']}"
        assert row["rounds"] >= 11, name
        assert 0.95 <= row["control"] <= 1.05, name
        assert row["quartiles"][0] <= row["ratio"] <= row["quartiles"][1], name
        assert max(len(row["what"]), len(row["peer"])) <= 40, f"{name}: too long for a telephone"
