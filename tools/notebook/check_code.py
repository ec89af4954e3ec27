"""Rules on code: syntax, length of cells, files opened by path, verdicts without a test."""

import ast
import re
import statistics
from collections.abc import Iterator

from tools.notebook.cells import code_lines, python, tags
from tools.notebook.check_structure import asserts
from tools.notebook.message import Chapter, is_generated, is_solution

LONG, LONG_MIRROR, MEDIAN = 30, 60, 9
BY_PATH = re.compile(
    r"read_(csv|table|text|bytes)|write_(text|bytes)|imread|imsave|loadtxt|genfromtxt|load|fromfile|open|savefig"
)
COMPARISON = re.compile(
    r"\b(better|worse|faster|slower|superior|outperform\w*|beats?|wins?|improve[sd]?|works|as expected)\b",
    re.IGNORECASE,
)
VERDICT = re.compile(
    COMPARISON.pattern + r"|\b(best|worst|higher|lower|stronger|weaker|correct(ly)?|success(ful|fully)?|"
    r"converge[sd]|agrees?|match(es)?|passed)\b",
    re.IGNORECASE,
)
MEASURED = re.compile(
    r"[#\d]\s*(×|x|times|%|percent|points?|ms|s|seconds?)?\s*(faster|slower|higher|lower|better|worse)"
)
PLOTS = {"plot", "scatter", "imshow", "bar", "hist", "semilogx", "semilogy", "loglog", "contourf"}


def trees(chapter: Chapter) -> list[tuple]:
    """Each code cell that parses, with its syntax tree."""
    found = []
    for cell in chapter.code:
        try:
            found.append((cell, ast.parse(python(cell))))
        except SyntaxError:
            continue
    return found


def syntax(chapter: Chapter) -> None:
    parsed = {id(cell) for cell, _ in trees(chapter)}
    for cell in chapter.code:
        if id(cell) not in parsed:
            chapter.error("the code does not parse", cell=cell, mend="correct the syntax")
        if re.search(r"^\s*(!|%pip|%conda|%%(bash|sh)\b)", cell.source, re.MULTILINE):
            chapter.error(
                "the cell calls the shell", cell=cell, mend="do it in Python, or leave it to the Colab cell"
            )


def lengths(chapter: Chapter) -> None:
    for cell, tree in trees(chapter):
        lines = code_lines(cell)
        mirrored = "mirror" in tags(cell)
        if mirrored and lines > LONG_MIRROR:
            chapter.error(
                f"the mirror cell has {lines} lines",
                cell=cell,
                mend=f"compose it of pieces of at most {LONG_MIRROR}",
            )
        if mirrored or lines <= LONG or is_generated(cell):
            continue
        if defines(tree) and trains(tree) and calls(tree) & PLOTS:
            chapter.error(
                f"the cell defines, trains and plots in {lines} lines",
                cell=cell,
                mend="split it into three cells",
            )
        else:
            chapter.warn(
                f"the cell has {lines} lines of code",
                cell=cell,
                mend=f"split it; {LONG} is the most to aim at",
            )
    own = [
        cell
        for cell in chapter.code
        if not (is_generated(cell) or is_solution(cell) or "mirror" in tags(cell))
    ]
    counts = [code_lines(cell) for cell in own if code_lines(cell)]
    if len(counts) >= 10 and statistics.median(counts) > MEDIAN:
        chapter.warn(
            f"the median cell has {statistics.median(counts):g} lines", mend="aim at 5 to 8 lines a cell"
        )


def defines(tree: ast.AST) -> bool:
    return any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in ast.walk(tree))


def trains(tree: ast.AST) -> bool:
    loops = any(isinstance(node, ast.For | ast.While) for node in ast.walk(tree))
    return "fit" in calls(tree) or (loops and bool({"backward", "step"} & calls(tree)))


def calls(tree: ast.AST) -> set[str]:
    """The names of all functions and methods called."""
    found = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {getattr(func, "attr", getattr(func, "id", "")) for func in found}


def paths(chapter: Chapter) -> None:
    """No file is opened by path: a chapter runs from any folder."""
    for cell, tree in trees(chapter):
        if is_generated(cell):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and opens(node):
                chapter.error(
                    f"line {node.lineno} opens a file by its path: {ast.unparse(node)[:60]}",
                    cell=cell,
                    mend="get data, checkpoints and results through d2lmodels",
                )


def opens(node: ast.Call) -> bool:
    func = node.func
    if isinstance(func, ast.Name) and func.id in ("open", "Path"):
        return True
    first = node.args[0] if node.args else None
    text = isinstance(first, ast.JoinedStr) or (
        isinstance(first, ast.Constant) and isinstance(first.value, str)
    )
    return isinstance(func, ast.Attribute) and text and bool(BY_PATH.fullmatch(func.attr))


def verdicts(chapter: Chapter) -> None:
    """A verdict printed whatever the numbers say; an `assert`, an `if` or an `except` earns it."""
    for cell, tree in trees(chapter):
        if asserts(cell):
            continue
        for statement in tree.body:
            if not isinstance(statement, ast.If | ast.Try | ast.FunctionDef | ast.ClassDef):
                for node in ast.walk(statement):
                    judge(chapter, cell, node)


def judge(chapter: Chapter, cell, node: ast.AST) -> None:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"):
        return
    constant = all(isinstance(argument, ast.Constant) for argument in node.args)
    words = VERDICT if constant else COMPARISON
    text = "".join(part.value if isinstance(part, ast.Constant) else "#" for part in pieces(node))
    word = words.search(MEASURED.sub("", text))
    if word and not any(isinstance(part, ast.IfExp | ast.Compare) for part in ast.walk(node)):
        what = f"line {node.lineno} prints the verdict {word[0]!r} whatever the numbers say"
        mend = "print the numbers, or let it follow from an `assert` or an `if`"
        (chapter.error if constant else chapter.warn)(what, cell=cell, mend=mend)


def pieces(call: ast.Call) -> Iterator[ast.AST]:
    """The texts and the values of a call to print, in their order."""
    for argument in call.args:
        for part in argument.values if isinstance(argument, ast.JoinedStr) else [argument]:
            if not isinstance(part, ast.Constant) or isinstance(part.value, str):
                yield part


RULES = (syntax, lengths, paths, verdicts)
