"""The plot and the words of the book's page of benchmarks, from rows that the tests make up."""

import importlib
import json
import re
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROW = {
    "topic": "some",
    "what": "a < b",
    "detail": "3 × 3",
    "peer": "other & sons",
    "ratio": 1.2,
    "quartiles": [1.1, 1.4],
    "control": 1.01,
    "peer_seconds": 0.12,
    "ours_seconds": 0.1,
    "rounds": 11,
    "processor": "Fast 1",
    "cores": 2,
    "threads": 1,
    "python": "3.11.7",
    "versions": {"torch": "2.15.0"},
}


@pytest.fixture
def plotting(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "site"))
    return importlib.import_module("benchmark_plot")


def drawn(plotting, *rows):
    """The plot as a tree, and where its dots, whiskers, ones and goals are across, in per cent."""
    tree = ElementTree.fromstring(plotting.plot("some", list(rows)))

    def share(element, name):
        return float(element.get(name).rstrip("%"))

    places = {
        "dots": [share(dot, "cx") for dot in tree.iter("circle")],
        "goals": [share(goal, "x") for goal in tree.iter("svg") if goal.get("x")],
        "whiskers": [],
        "ones": [],
    }
    for line in tree.iter("line"):
        if "stroke-width: 3px" in line.get("style"):
            places["whiskers"].append((share(line, "x1"), share(line, "x2")))
        elif "stroke-width: 1.5px" in line.get("style"):
            places["ones"].append(share(line, "x1"))
    return tree, places


def test_a_missing_file_no_rows_and_a_row_that_lacks_something_are_named(plotting, tmp_path):
    path = tmp_path / "benchmarks.json"
    with pytest.raises(
        ValueError, match=r"there is no d2lmodels/results/benchmarks.json; make bench writes it"
    ):
        plotting.read_rows(path)
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(ValueError, match="has no rows"):
        plotting.read_rows(path)
    path.write_text(json.dumps([ROW, {key: ROW[key] for key in ROW if key != "control"}]), encoding="utf-8")
    with pytest.raises(ValueError, match="a row of some lacks control"):
        plotting.read_rows(path)
    path.write_text(json.dumps([ROW]), encoding="utf-8")
    assert plotting.read_rows(path) == [ROW]


def test_dot_whisker_one_and_goal_stand_where_the_scale_puts_them(plotting):
    slower = ROW | {"ratio": 0.5, "quartiles": [0.4, 0.8], "goal": 2.0}
    _, places = drawn(plotting, ROW, slower)
    one, dots, whiskers = places["ones"][0], places["dots"], places["whiskers"]
    assert places["ones"] == [one, one]
    assert one < whiskers[0][0] < dots[0] < whiskers[0][1]
    assert whiskers[1][0] < dots[1] < whiskers[1][1] < one
    assert places["goals"] == [pytest.approx(one + (one - dots[1]), abs=0.02)]  # 2 is as far from 1 as 0.5
    assert min(whiskers[1]) >= 0
    assert places["goals"][0] <= 100


def test_a_row_without_a_goal_has_no_triangle(plotting):
    assert drawn(plotting, ROW)[1]["goals"] == []


def test_the_plot_says_in_words_what_it_shows(plotting):
    tree, _ = drawn(plotting, ROW, ROW | {"goal": 0.97})
    picture = tree.find("svg")
    names = [tree.find(f".//*[@id='{name}']") for name in picture.get("aria-labelledby").split()]
    assert (picture.get("role"), [name.tag for name in names]) == ("img", ["title", "desc"])
    sentence = "a < b, against other & sons: 1.20 times as fast, quartiles 1.10 and 1.40"
    assert names[1].text == f"{sentence}. {sentence}, goal 0.97."


def test_the_plot_has_the_pages_colours_in_both_themes(plotting):
    used = set(re.findall(r"var\((--[\w-]+)\)", plotting.plot("some", [ROW | {"goal": 2.0}])))
    assert {"--book-ink", "--book-link", "--book-mark"} <= used
    assert "#" not in plotting.plot("some", [ROW])
    style = (ROOT / "book" / "_static" / "book.css").read_text("utf-8")
    for theme in ("light", "dark"):
        block = re.search(rf'html\[data-theme="{theme}"\] {{(.*?)}}', style, flags=re.DOTALL)[1]
        assert used - {"--book-interface"} <= set(re.findall(r"(--[\w-]+):", block))


@pytest.mark.parametrize(("low", "high"), [(0.95, 1.06), (0.9, 2.6), (0.1, 200), (0.5, 4e5), (0.01, 1e12)])
def test_labels_of_the_scale_stand_apart_and_one_is_among_them(plotting, low, high):
    found = plotting.ticks(low, high)
    assert 1.0 in found
    gaps = [b / a for a, b in pairwise(found)]
    assert all(gap >= (high / low) ** 0.12 for gap in gaps)


def test_numbers_have_the_digits_that_mean_something(plotting):
    assert [plotting.ratio_text(ratio) for ratio in (0.1814, 1.0, 9.994, 12.34, 113.6, 292900.0)] == [
        *("0.18", "1.00", "9.99", "12", "114", "293,000")
    ]
    assert [plotting.seconds_text(s).replace("\xa0", " ") for s in (3.243, 1.0, 0.0306, 0.00001068)] == [
        *("3.24 s", "1 s", "30.6 ms", "10.7 µs")
    ]


def test_one_machine_is_one_sentence_and_two_name_their_topics(plotting):
    other = ROW | {"topic": "other", "versions": {"numpy": "2.4.6", "torch": "2.15.0"}}
    machine = "Fast 1, 2 cores, 1 thread for each library; Python 3.11.7"
    assert plotting.circumstances([ROW, other, ROW]) == [f"{machine}, numpy 2.4.6, torch 2.15.0."]
    newer = ROW | {"topic": "newer", "versions": {"torch": "2.16.0"}}
    assert plotting.circumstances([ROW, newer]) == [
        f"some: {machine}, torch 2.15.0.",
        f"newer: {machine}, torch 2.16.0.",
    ]


def test_the_table_has_every_number_of_a_row(plotting):
    cells = [[text.replace("\xa0", " ") for text in cell] for cell in plotting.cells(ROW | {"goal": 2})]
    assert cells == [
        ["a < b", "3 × 3"],
        *([text] for text in ("other & sons", "1.20", "1.10–1.40", "2.00", "120 ms", "100 ms", "1.010")),
    ]
    assert plotting.cells(ROW)[4] == ["–"]
