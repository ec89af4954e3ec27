"""Keep notebooks, package and book in step.

    tools/notebooks.py new 2_networks/01_perceptron    a skeleton with every section
    tools/notebooks.py edit NAME                       write _drafts/NAME.py, a text to edit
    tools/notebooks.py apply NAME                      bring the draft back; ids and outputs stay
    tools/notebooks.py sync [NAME ...]                 fill mirror cells, facts, references, Colab cell
    tools/notebooks.py run [NAME ...]                  execute from a clean kernel, store the outputs
    tools/notebooks.py check [NAME ...]                the contract of a chapter

NAME is `03_backprop`, `1_foundations/03_backprop` or a path; without one, every notebook is meant.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tools.notebook.cells import ROOT, Mend, Project, read, write


def new(project: Project, options: argparse.Namespace) -> int:
    from tools.notebook import skeleton

    path = skeleton.create(project, options.names[0])
    print(f"{project.relative(path)}: written; `edit {path.stem}` gives its text")
    return 0


def edit(project: Project, options: argparse.Namespace) -> int:
    from tools.notebook import draft

    for name in options.names:
        print(project.relative(draft.edit(project, name, force=options.force)))
    return 0


def apply(project: Project, options: argparse.Namespace) -> int:
    from tools.notebook import draft

    for name in options.names:
        path, notebook = draft.apply(project, name)
        print(f"{project.relative(path)}: {'written' if write(path, notebook) else 'unchanged'}")
        draft.draft_path(project, name).write_text(draft.to_text(notebook), encoding="utf-8")
    return 0


def sync(project: Project, options: argparse.Namespace) -> int:
    from tools.notebook.sync import synced

    for path in project.select(options.names):
        try:
            changed = write(path, synced(project, path, read(path)))
        except Mend as problem:
            raise Mend(
                "\n".join(f"{project.relative(path)}: {line}" for line in str(problem).splitlines())
            ) from None
        print(f"{project.relative(path)}: {'filled' if changed else 'unchanged'}")
    return 0


def run(project: Project, options: argparse.Namespace) -> int:
    from tools.notebook import execute

    failed = 0
    for path in project.select(options.names):
        try:
            notebook, report = execute.run(project, read(path), without=options.without)
        except Mend as problem:
            failed += 1
            print(f"{project.relative(path)}: {problem}", file=sys.stderr, flush=True)
            continue
        reason = execute.not_for_keeping(options.without)
        if not reason:
            write(path, notebook)
        print(f"{path.stem}: {report}" + (f"; not stored: {reason}" if reason else ""), flush=True)
    return 1 if failed else 0


def check(project: Project, options: argparse.Namespace) -> int:
    from tools.notebook.check import report

    return report(project, project.select(options.names))


COMMANDS = {"new": new, "edit": edit, "apply": apply, "sync": sync, "run": run, "check": check}


def main(arguments: list[str] | None = None, *, root: Path = ROOT) -> int:
    """Run one command; 0 where all is well, 1 where something is to be mended."""
    parser = argparse.ArgumentParser(
        prog="tools/notebooks.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--force", action="store_true", help="edit: drop the changes that a draft holds")
    parser.add_argument(
        "--without", action="append", default=[], metavar="TAG", help="run: leave out cells with this tag"
    )
    options = parser.parse_args(arguments)
    if options.command in ("new", "edit", "apply") and not options.names:
        parser.error(f"{options.command} needs a NAME")
    try:
        return COMMANDS[options.command](Project(root), options)
    except Mend as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
