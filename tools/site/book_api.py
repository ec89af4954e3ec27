"""Show the package's docstrings, as they are written, on the API pages.

A paragraph of `name: what it is` lines becomes a list; attributes without a docstring are left out.
"""

import re
import zlib
from pathlib import Path

from sphinx.application import Sphinx

PAGES = "book/api/"
NAME = r"(?:[a-z_]\w*|[A-Z])"
NAMES = rf"{NAME}(?:, {NAME})*"
ARGUMENT = re.compile(rf"({NAMES}): (.*)")


def list_arguments(
    _app: Sphinx, _what: str, _name: str, _thing: object, _options: object, lines: list
) -> None:
    """Turn each paragraph that starts with `name: what it is` into a list, in place; "Raises" ends it."""
    paragraphs = "\n".join(lines).split("\n\n")
    for index, paragraph in enumerate(paragraphs):
        if ARGUMENT.match(paragraph):
            text, raises, errors = re.sub(r"\s+", " ", paragraph).partition(" Raises ")
            items = map(ARGUMENT.match, re.split(rf"(?:(?<=[.)])|;) (?={NAMES}: )", text))
            listed = "\n".join(f"- ``{item[1]}``: {item[2]}" for item in items)
            paragraphs[index] = f"{listed}\n\n{raises.strip()} {errors}".rstrip()
    lines[:] = "\n\n".join(paragraphs).split("\n")


def skip_member(_app: Sphinx, _what: str, _name: str, thing: object, skip: bool, _options: object) -> bool:
    """Skip what comes from another module, and attributes without a docstring."""
    bare = thing.type in {"attribute", "data"} and not thing.docstring
    return skip or thing.imported or bare


def outdated_pages(app: Sphinx, env: object, *_changes: object) -> list[str]:
    """Read the API pages again when a file of the package is newer than the page."""
    package = Path(app.srcdir) / "d2lmodels"
    newest = max((path.stat().st_mtime_ns for path in package.rglob("*.py")), default=0) // 1000
    pages = [name for name in env.found_docs if name.startswith(PAGES)]
    return [name for name in pages if env.all_docs.get(name, 0) < newest]


def setup(app: Sphinx) -> dict[str, bool | int]:
    """Connect the extension; a change of this file makes Sphinx read every page again."""
    app.setup_extension("autoapi.extension")
    app.connect("autodoc-process-docstring", list_arguments)
    app.connect("autodoc-skip-member", skip_member)
    app.connect("env-get-outdated", outdated_pages)
    version = zlib.crc32(Path(__file__).read_bytes())
    return {"parallel_read_safe": True, "parallel_write_safe": True, "env_version": version}
