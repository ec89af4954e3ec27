"""Every fault, planted in a faultless chapter, is named with its file, its cell and the mend."""

import pytest
from plants import (
    FIGURE,
    LONG,
    TRAINING,
    WORDS,
    added,
    changed,
    drop,
    heavy,
    heavy_page,
    import_after,
    import_too_late,
    in_mirror,
    many_bullets,
    never_executed,
    picture_metadata,
    printed,
    repeat_id,
    retag,
    setting,
    source,
)

from tools.notebook import cells
from tools.notebook.fingerprint import KEY
from tools.notebooks import main

ERRORS = [
    ("", setting("objectives", None), "`objectives` is missing", "head of the draft"),
    ("", setting("minutes", {"read": 3}), "`minutes` lacks", "give both"),
    ("", setting("terms", []), "`terms` is empty", "fill"),
    ("", setting("files", ["d2lmodels/no.py"]), "names d2lmodels/no.py", "correct the path"),
    ("", setting("papers", ["nobody2000"]), "nobody2000", "add the entry"),
    ("first-read", repeat_id, "used twice", "another id"),
    (
        "first-read",
        changed(lambda notebook, cell: cell.pop("id")),
        "has no id",
        "run `tools/notebooks.py sync`",
    ),
    ("first-read", retag("lerned"), "'lerned' is unknown", "use one of"),
    ("first-read", retag("hide-cell"), "folded cell has no label", "or show it"),
    ("agreement-check", drop, "no cell is tagged `agreement`", "write a cell"),
    ("learned-check", source("x = 3"), "`learned` asserts nothing", "assert"),
    ("setup", retag(), "no cell is tagged `setup`", "write a cell"),
    ("title", source("Sums of 2 numbers."), "no title", "# Title"),
    ("exercise-5", drop, "there are 4 exercises", "at least 5"),
    ("exercise-3", drop, "numbered [1, 2, 4, 5]", "number them"),
    ("solution-3", drop, "exercise 3 has no solution", "solution-3"),
    ("solution-3", source("# @title Solution 3\nx = 1"), "solution 3 checks nothing", "assert"),
    (
        "solution-3",
        changed(lambda _, cell: cell.metadata.pop("cellView")),
        "solution 3 is not folded",
        "sync",
    ),
    ("solution-3", changed(lambda _, cell: cell.update(cell_type="markdown")), "no code cell", "as code"),
    ("mirror-number", in_mirror, "differs from the package", "sync"),
    ("facts", added("\n> More."), "`facts` cell is out of date", "sync"),
    ("colab", added("\nx = 1"), "`colab` cell is out of date", "sync"),
    ("references", added("\n- More."), "`references` cell is out of date", "sync"),
    ("references", drop, "list of papers is missing", "sync"),
    ("first", source("x ="), "does not parse", "syntax"),
    ("first", source("!ls"), "calls the shell", "Python"),
    ("first", source("open('x.csv')"), "opens a file by its path", "d2lmodels"),
    ("first", source("import numpy\nnumpy.load('x.npy')"), "opens a file by its path", "d2lmodels"),
    ("first", source("print('Adam is better')"), "verdict 'better'", "assert"),
    ("first", source(TRAINING), "defines, trains and plots", "split"),
    ("setup", import_too_late, "needs dataclass at once", "move the definition"),
    (
        "setup",
        source("from dataclasses import dataclass\nseed = int\nseed()"),
        "uses ordered",
        "import ordered",
    ),
    (
        "learned-check",
        import_after("from d2lmodels.area.user import mean", place=8),
        "mean of the package rests on the mirrored ZERO, total",
        "mirror what",
    ),
    (
        "learned-check",
        import_after("from d2lmodels import Number", place=8),
        "mirrored Number",
        "mirror what",
    ),
    (
        "learned-check",
        import_after("from d2lmodels.area import user\nuser.mean([])", place=8),
        "mirrored",
        "mirror",
    ),
    ("first", never_executed, "never executed", "run"),
    ("first", printed("  7", "stderr"), "prints to stderr", "progress bars"),
    ("first", printed("x.py:3: UserWarning: no"), "holds a warning", "remove"),
    ("first", printed("see /home/me/x.py"), "path of one machine: /home/me/x.py", "do not print"),
    ("first", printed("<Line2D at 0x7f00aa00>"), "address in memory", "`;`"),
    ("first", printed(" "), "marked for comparison and shows no text", "remove the tag"),
    (FIGURE, retag("nbval-check-output"), "shows a picture", "split"),
    (FIGURE, picture_metadata(" "), "no alternative text", "plot.show"),
    (FIGURE, heavy, "weighs 42 kB", "40 kB"),
    (FIGURE, heavy_page, "weigh 216 kB together", "200 kB"),
    ("first", source("print(1 / 3 + 1)"), "the code changed after the outputs", "run"),
    ("", changed(lambda notebook, _: notebook.metadata.pop(KEY)), "never made by `run`", "run"),
    ("first-read", added("\n\n```{note}\nx\n```"), "a directive of MyST", "CommonMark"),
    ("first-read", added("\n\n:::{note}\nx\n:::"), "a directive of MyST", "CommonMark"),
    ("first-read", added(" See {cite}`x`."), "a role of MyST", "CommonMark"),
    ("first-read", added("\n\n(label)=\n## Here"), "a label of MyST", "CommonMark"),
    ("first-read", added(" Note.[^1]"), "a footnote", "CommonMark"),
    ("first-read", added(r" So \(x\) is."), "mathematics in", "CommonMark"),
    ("first-read", added("\n\n<div>x</div>"), "holds HTML", "CommonMark"),
    ("first-read", added(" ![](https://x.org/x.png)"), "no alternative text", "what it shows"),
    ("first-read", added(" [here](../nowhere.md)"), "leads nowhere", "correct"),
    ("first-read", added("\n\n# Again"), "second title", "##"),
    ("first-read", added("\n\n#### Deep"), "leaves out a level", "##"),
    ("figure-read", source("Look at it."), "3 words follow the plot", "read one value"),
    ("title", source("# Sums\n\nIn recent years a sum of 2."), "'In recent years'", "start from"),
    ("first-read", added(" In this section we will add."), "signpost", "delete it"),
    ("first-read", many_bullets, "of the lines are items of lists, without", "sentences"),
]
SEEN = {  # where a fault of another cell shows
    "words follow the plot": "figure",
    "weigh 216 kB together": "",
    "no cell is tagged": "",
    "no title": "",
    "there are 4 exercises": "",
    "the exercises": "",
    "numbered [": "",
    "list of papers": "",
    "is listed": "",
    "exercise 3 has": "exercise-3",
    "first result": "setup",
    "first plot": "figure",
    "items of lists": "",
    "passages are bold": "",
    "headings in": "",
    "paragraphs of 40": "",
    "start in bold": "",
    "mirrored": "later",
    "at once": "mirror-number",
    "uses ordered": "mirror-number",
    "has no id": "no id",
}
WARNINGS = [
    (
        "setup",
        source("from dataclasses import dataclass\nfrom d2lmodels.area.order import ordered"),
        "no seed",
        "seed()",
    ),
    ("", setting("minutes", {"read": 3, "run": 4}), "runs 4 minutes", "a minute"),
    ("", setting("terms", ["gradient"]), "'gradient' is promised", "explain"),
    ("title", source("# Sums\n\nA sum of 2."), "gauss1809 is listed", "link it"),
    ("title", source("# Sums\n\nA sum is good."), "no number, question or failure", "start from"),
    ("first", source("print(f'Adam is better: {1}')"), "verdict 'better'", "assert"),
    ("first", source(LONG), "40 lines of code", "split"),
    ("first", printed("took 3.2 s"), "seems to show a time", "remove the tag"),
    ("first", printed("x\n" * 70), "the output has 70 lines", "print less"),
    ("first-read", added(" Then 0.777 and 41 %."), "shows 0.777, 41 %", "where it comes from"),
    ("first-read", added(" We will now add."), "signpost", "delete it"),
    ("title", added(f"\n\n{WORDS * 20}"), "first result comes after", "200 words"),
    ("title", added(f"\n\n{WORDS * 50}"), "first plot comes after", "600"),
    ("figure-read", added("\n\n" + f"**So** it is. {WORDS}\n\n" * 25), "passages are bold", "per 1,000"),
    ("figure-read", added("\n\n" + f"## On\n\n{WORDS}\n\n" * 25), "headings in", "per 1,000"),
    ("figure-read", added("\n\n" + f"{WORDS}\n\n" * 25), "paragraphs of 40 words", "join"),
    (
        "figure-read",
        added("\n\n" + f"{WORDS * 4}\n\n" * 5 + f"- **So:** {WORDS}\n" * 8),
        "start in bold",
        "1,000",
    ),
]


def test_faultless_chapter_passes(scratch, executed, capsys):
    assert scratch.messages(executed) == []
    assert main(["check", "03_sums"], root=scratch.root) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "0 errors, 0 warnings"


@pytest.mark.parametrize(
    ("kind", "name", "plant", "what", "mend"),
    [("error", *row) for row in ERRORS] + [("warning", *row) for row in WARNINGS],
    ids=[f"{kind}: {row[2]}" for kind, rows in (("error", ERRORS), ("warning", WARNINGS)) for row in rows],
)
def test_planted_fault_is_found(scratch, executed, kind, name, plant, what, mend):
    plant(executed, scratch.cell(executed, name) if name else None)
    found = [message for message in scratch.messages(executed) if what in message.what]
    assert found, "the fault went unnoticed"
    message = found[0]
    assert message.kind == kind
    assert "notebooks/1_part/03_sums.ipynb" in message.where
    assert (mend or "") in message.mend
    seen = next((place for words, place in SEEN.items() if words in what), name)
    assert message.number == 0 if not seen else f"({seen})" in message.where


def test_package_file_changed_after_the_run(scratch, executed):
    scratch.edit_package("sorted(numbers)", "list(numbers)", file="order.py")
    found = [message for message in scratch.messages(executed) if "changed after" in message.what]
    assert [message.what.split(",")[0] for message in found] == ["d2lmodels/area/order.py"]


def test_mirror_drift_after_a_change_of_the_package(scratch, executed):
    scratch.edit_package("result = ZERO", "result = ONE")
    found = [message for message in scratch.messages(executed) if "differs from the package" in message.what]
    assert [message.where.split(": ")[1] for message in found] == ["cell 7 (mirror-number)"]


def test_no_notebook_says_so(scratch, capsys):
    assert main(["check"], root=scratch.root) == 0
    assert capsys.readouterr().out.splitlines() == ["There is no notebook yet.", "0 errors, 0 warnings"]


def test_errors_exit_1_and_are_counted(scratch, executed, capsys):
    scratch.cell(executed, "solution-3").source = "x = 3"
    scratch.cell(executed, "first-read").source += " Then 0.777."
    cells.write(scratch.path, executed)
    assert main(["check"], root=scratch.root) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "3 errors, 1 warning"
    assert lines[0].startswith("notebooks/1_part/03_sums.ipynb: cell ")
    assert ": error: " in lines[0] and " Mend: " in lines[0]


def test_broken_file_is_reported(scratch, capsys):
    scratch.path.parent.mkdir(parents=True)
    scratch.path.write_text("{", encoding="utf-8")
    assert main(["check"], root=scratch.root) == 1
    assert "03_sums.ipynb is no notebook" in capsys.readouterr().err
