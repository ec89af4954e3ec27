"""Rules on mirror cells: complete in themselves, and the only copy that the chapter uses."""

from tools.notebook import mirror
from tools.notebook.cells import python, tags
from tools.notebook.check_code import trees
from tools.notebook.message import Chapter
from tools.notebook.names import Names, names, star_import
from tools.notebook.package import NAME, Package


def mirrored_names(chapter: Chapter) -> None:
    """What a mirror cell uses is defined in the notebook, and in time."""
    parsed = trees(chapter)
    if any(star_import(tree) for _, tree in parsed):
        chapter.error("a cell imports `*`", mend="name what is imported")
        return
    found = [(cell, names(python(cell))) for cell, _ in parsed]
    anywhere = set().union(*(each.defined for _, each in found)) if found else set()
    before = set()
    for cell, each in found:
        if "mirror" in tags(cell):
            missing(chapter, cell, each, before=before, anywhere=anywhere)
        before |= each.defined


def missing(chapter: Chapter, cell, each: Names, *, before: set[str], anywhere: set[str]) -> None:
    for name in sorted((each.now | each.later) - anywhere):
        chapter.error(
            f"the mirror cell uses {name}, which the notebook never defines",
            cell=cell,
            mend=f"import {name} in an earlier cell, or mirror it too",
        )
    for name in sorted((each.now & anywhere) - before):
        chapter.error(
            f"the mirror cell needs {name} at once, which is defined only later",
            cell=cell,
            mend=f"move the definition of {name} up",
        )


def mirrored_and_imported(chapter: Chapter) -> None:
    """What a reader edits must take effect: no import may bring a second copy of a mirrored definition."""
    package = Package(chapter.project.root)
    mirrored = {}
    found = trees(chapter)
    for place, (cell, _) in enumerate(found):
        if head := mirror.header(cell.source):
            module = head[0].removesuffix(".py").replace("/", ".")
            mirrored |= {(module, name): place for name in head[1]}
    if not mirrored:
        return
    known = {module for module, _ in mirrored}
    if any(not package.file(module) for module in known):
        return
    for place, (cell, tree) in enumerate(found):
        rests = {}
        for name, target in package.imports(tree).items():
            if target == (NAME, None) or name.startswith("import "):
                continue
            used = package.uses(tree) if target[1] is None else {target}
            needed = set().union(*(package.needs(item) for item in used if item[1] is not None), set())
            if hit := needed & set(mirrored):
                rests[name] = hit
        if rests:
            hit = set().union(*rests.values())
            later = any(mirrored[item] < place for item in hit)
            shown = ", ".join(sorted(name for _, name in hit))
            what = f"{', '.join(rests)} of the package rests on the mirrored {shown}"
            mend = "mirror what is imported too, or define it here, so that a reader's edit takes effect"
            (chapter.error if later else chapter.warn)(what, cell=cell, mend=mend)


RULES = (mirrored_names, mirrored_and_imported)
