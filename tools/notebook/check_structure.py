"""Rules on a chapter's parts: metadata, ids, tags, the cells it must have, exercises, generated cells."""

import ast
import re
from collections import Counter

from tools.notebook.cells import FIELDS, Mend, numbered, python, tagged, tags, title
from tools.notebook.message import Chapter, is_solution
from tools.notebook.sync import synced

OURS = "colab facts references setup mirror agreement learned predict quiz slide"
JUPYTER = (
    "hide-cell hide-input hide-output remove-cell remove-input remove-output "
    "raises-exception nbval-check-output"
)
TAG = re.compile(r"(exercise|solution)-[1-9]\d*|audit-[A-Z]\d+|" + "|".join(f"{OURS} {JUPYTER}".split()))
EXERCISES = 5


def metadata(chapter: Chapter) -> None:
    """Every field is there, of its kind, and names what exists."""
    settings = chapter.settings
    for name in FIELDS:
        wanted = dict if name == "minutes" else list
        if not isinstance(settings.get(name), wanted):
            chapter.error(
                f"the metadata field `{name}` is missing or not a {wanted.__name__}",
                mend=f"give `{name}` under `d2lmodels` in the head of the draft",
            )
    minutes = settings.get("minutes")
    if isinstance(minutes, dict) and not all(
        isinstance(minutes.get(key), int | float) for key in ("read", "run")
    ):
        chapter.error("`minutes` lacks `read` or `run`", mend="give both, as numbers")
    elif isinstance(minutes, dict) and minutes["run"] > 1:
        chapter.warn(
            f"the chapter runs {minutes['run']} minutes", mend="bring the small profile to a minute or less"
        )
    for name in ("objectives", "terms"):
        if settings.get(name) == []:
            chapter.error(f"`{name}` is empty", mend=f"fill `{name}` in the head of the draft")
    for name in settings.get("files") or []:
        if not (chapter.project.root / name).is_file():
            chapter.error(f"`files` names {name}, which does not exist", mend="correct the path")


def ids(chapter: Chapter) -> None:
    """Every cell has an id, and no two have the same."""
    if chapter.notebook.get("nbformat_minor", 0) < 5:
        chapter.error("the format is older than 4.5", mend="run `tools/notebooks.py sync`")
    count = Counter(cell.get("id") for cell in chapter.cells)
    for cell in chapter.cells:
        if not cell.get("id"):
            chapter.error(
                "the cell has no id", cell=cell, mend="run `tools/notebooks.py sync`, which gives it one"
            )
        elif count[cell.id] > 1:
            chapter.error(f"the id {cell.id} is used twice", cell=cell, mend="give the later cell another id")
        if not cell.source.strip():
            chapter.warn("the cell is empty", cell=cell, mend="delete it")


def unknown_tags(chapter: Chapter) -> None:
    for cell in chapter.cells:
        for tag in tags(cell):
            if not TAG.fullmatch(tag):
                chapter.error(
                    f"the tag {tag!r} is unknown",
                    cell=cell,
                    mend=f"use one of: {OURS} exercise-k solution-k audit-ID",
                )
        labels = {"hide-input", "learned", "agreement"} | {t for t in tags(cell) if t.startswith("solution-")}
        if "hide-cell" in tags(cell) and not labels & set(tags(cell)):
            chapter.error(
                "the folded cell has no label",
                cell=cell,
                mend="tag it `learned` or `agreement` as well, or show it",
            )


def parts(chapter: Chapter) -> None:
    """Title first; then setup, agreement and learned cells that do what their names say."""
    if not chapter.cells or not chapter.cells[0].source.startswith("# "):
        chapter.error(
            "the first cell has no title", mend="start the chapter with `# Title` and one paragraph"
        )
    elif not title(chapter.notebook):
        chapter.error("the title is empty", mend="write it after `# `")
    for tag, meaning in (
        ("facts", "the facts of the chapter"),
        ("colab", "the package in Colab"),
        ("setup", "imports and the seed"),
        ("agreement", "the same numbers from the reference implementation"),
        ("learned", "the assertion that training beat a baseline"),
    ):
        if not tagged(chapter.notebook, tag):
            mend = (
                "run `tools/notebooks.py sync`"
                if tag in ("facts", "colab")
                else f"write a cell tagged `{tag}`"
            )
            chapter.error(f"no cell is tagged `{tag}` ({meaning})", mend=mend)
    for tag in ("agreement", "learned"):
        cells = [cell for cell in tagged(chapter.notebook, tag) if cell.cell_type == "code"]
        if cells and not any(asserts(cell) for cell in cells):
            chapter.error(
                f"the cell tagged `{tag}` asserts nothing", cell=cells[0], mend="end it in an `assert`"
            )
    for cell in tagged(chapter.notebook, "setup")[:1]:
        if "seed(" not in cell.source:
            chapter.warn("the setup sets no seed", cell=cell, mend="call `seed()` of d2lmodels.device")


def asserts(cell) -> bool:
    """Whether the cell holds a check that can fail."""
    try:
        tree = ast.parse(python(cell))
    except SyntaxError:
        return False
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    named = (getattr(func, "attr", getattr(func, "id", "")) for func in calls)
    return any(isinstance(node, ast.Assert) for node in ast.walk(tree)) or any(
        name.startswith("assert") or name == "gradcheck" for name in named
    )


def exercises(chapter: Chapter) -> None:
    """At least five, numbered in order, each with a folded, executed solution that ends in a check."""
    asked = [
        (numbered(cell, "exercise"), cell) for cell in chapter.cells if numbered(cell, "exercise") is not None
    ]
    solved = [
        (numbered(cell, "solution"), cell) for cell in chapter.cells if numbered(cell, "solution") is not None
    ]
    order = list(dict.fromkeys(k for k, _ in asked))
    if len(order) < EXERCISES:
        chapter.error(
            f"there are {len(order)} exercises", mend=f"write at least {EXERCISES}, tagged `exercise-1` …"
        )
    if order != list(range(1, len(order) + 1)):
        chapter.error(f"the exercises are numbered {order}", mend="number them 1, 2, 3 … in their order")
    places = {id(cell): place for place, cell in enumerate(chapter.cells)}
    for k, cell in asked:
        answers = [answer for number, answer in solved if number == k]
        if not answers:
            chapter.error(
                f"exercise {k} has no solution", cell=cell, mend=f"add a code cell tagged `solution-{k}`"
            )
        elif places[id(answers[0])] < places[id(cell)]:
            chapter.error(f"solution {k} stands before its exercise", cell=answers[0], mend="move it below")
    for k, cell in solved:
        if k not in order:
            chapter.error(
                f"solution {k} has no exercise",
                cell=cell,
                mend=f"add a cell tagged `exercise-{k}`, or retag it",
            )
        if cell.cell_type != "code":
            chapter.error(
                f"solution {k} is no code cell", cell=cell, mend="write it as code, comments included"
            )
            continue
        folded = (
            cell.metadata.get("jupyter", {}).get("source_hidden") and cell.metadata.get("cellView") == "form"
        )
        if not (folded and "hide-cell" in tags(cell) and cell.source.startswith(f"# @title Solution {k}")):
            chapter.error(
                f"solution {k} is not folded for every reader",
                cell=cell,
                mend="run `tools/notebooks.py sync`",
            )
    for k in order:
        answers = [cell for number, cell in solved if number == k and cell.cell_type == "code"]
        if answers and not any(asserts(cell) for cell in answers):
            chapter.error(
                f"solution {k} checks nothing",
                cell=answers[-1],
                mend="end it in an `assert` that a wrong answer fails",
            )


def generated(chapter: Chapter) -> None:
    """Mirror cells, facts, references and the Colab cell are what `sync` would write now."""
    try:
        wanted = synced(chapter.project, chapter.path, chapter.notebook)
    except Mend as problem:
        for line in str(problem).splitlines():
            match = re.match(r"cell (\d+) \(.*?\): (.*)", line)
            cell = chapter.cells[int(match[1]) - 1] if match and int(match[1]) <= len(chapter.cells) else None
            what, _, mend = (match[2] if cell else line).partition("; ")
            mend = f"{mend or 'correct it'}, then run `tools/notebooks.py sync`"
            chapter.error(what, cell=cell, mend=mend)
        return
    now = {cell.get("id"): cell for cell in wanted.cells}
    for cell in chapter.cells:
        other = now.get(cell.get("id"))
        if not is_solution(cell) and (other is None or other.source != cell.source):
            kind = next(
                (tag for tag in ("mirror", "facts", "colab", "references") if tag in tags(cell)), None
            )
            what = {
                "mirror": "the mirror cell differs from the package",
                None: "the cell is not as `sync` writes it",
            }.get(kind, f"the `{kind}` cell is out of date")
            chapter.error(
                what, cell=cell, mend="change the package or the metadata, and run `tools/notebooks.py sync`"
            )
    if chapter.settings.get("papers") and not tagged(chapter.notebook, "references"):
        chapter.error("the list of papers is missing", mend="run `tools/notebooks.py sync`")


def papers(chapter: Chapter) -> None:
    """Each paper of the metadata is linked where the text uses it."""
    from tools.notebook import references

    try:
        known = references.entries(chapter.project.root, chapter.settings.get("papers") or [])
    except Mend:
        return
    text = "\n".join(cell.source for cell in chapter.prose)
    for key, entry in known.items():
        link = references.address(entry)
        if link and link not in text:
            chapter.warn(
                f"the paper {key} is listed, but its link {link} is nowhere in the text",
                mend="link it where it is used",
            )


RULES = (metadata, ids, unknown_tags, parts, exercises, generated, papers)
