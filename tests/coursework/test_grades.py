"""grades.csv is a table that any program reads, whatever stands in it."""

import csv
import io

from tools.grading.grades import COLUMNS, table


def line(**fields):
    return {**dict.fromkeys(COLUMNS, ""), **fields}


def test_fields_with_commas_and_quotes_come_back():
    notes = 'a, "b" c'
    text = table([line(student_id="s01", notes=notes, score=2.5)])
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["notes"] == notes and row["student_id"] == "s01" and row["score"] == "2.5"
    assert list(row) == COLUMNS


def test_nothing_is_a_formula():
    hostile = ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1", "\r=1", "\x1b\n=1"]
    rows = list(csv.DictReader(io.StringIO(table([line(student_id=name) for name in hostile]))))
    assert len(rows) == len(hostile)
    for row in rows:
        assert row["student_id"].isprintable()
        assert row["student_id"][0] == "'"
    assert table([line(score=-1.0)]).splitlines()[1].split(",")[COLUMNS.index("score")] == "-1.0"
