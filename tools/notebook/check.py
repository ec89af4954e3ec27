"""The contract of a chapter: every rule, over every notebook asked for."""

from collections import Counter
from pathlib import Path

from tools.notebook import check_code, check_markup, check_mirror, check_outputs, check_prose, check_structure
from tools.notebook.cells import Project, read
from tools.notebook.message import Chapter

RULES = (
    *check_structure.RULES,
    *check_code.RULES,
    *check_mirror.RULES,
    *check_outputs.RULES,
    *check_markup.RULES,
    *check_prose.RULES,
)


def examine(project: Project, path: Path) -> Chapter:
    """One chapter with all its messages."""
    chapter = Chapter(project, path, read(path))
    for rule in RULES:
        rule(chapter)
    return chapter


def report(project: Project, paths: list[Path]) -> int:
    """Print the messages of these chapters and their count; 1 where there is an error."""
    if not paths:
        print("There is no notebook yet.")
    count = Counter()
    for path in paths:
        chapter = examine(project, path)
        for message in sorted(chapter.messages, key=lambda message: (message.kind, message.number)):
            print(message)
            count[message.kind] += 1
        print(f"{project.relative(path)}: {check_prose.measures(chapter)}")
    print(f"{plural(count['error'], 'error')}, {plural(count['warning'], 'warning')}")
    return 1 if count["error"] else 0


def plural(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
