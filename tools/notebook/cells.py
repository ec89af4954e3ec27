"""Notebooks as files and cells as data: finding, reading, writing, tags, names and sources.

Nothing here knows what a chapter is; `sync`, `execute` and `check` build on it.
"""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
FIELDS = ("objectives", "prerequisites", "minutes", "papers", "terms", "files", "colab_extra")
GENERATED = ("colab", "facts", "references")
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


class Mend(Exception):
    """Something that its author has to put right; the text says what and how."""


@dataclass(frozen=True)
class Project:
    """What the tools need to know of the repository: where it is, its address and its version."""

    root: Path = ROOT
    settings: dict = field(init=False, compare=False, repr=False)

    def __post_init__(self):
        file = self.root / "pyproject.toml"
        object.__setattr__(self, "settings", tomllib.loads(file.read_text(encoding="utf-8"))["project"])

    @property
    def url(self) -> str:
        return self.settings["urls"]["Repository"].removesuffix("/")

    @property
    def tag(self) -> str:
        return f"v{self.settings['version']}"

    def notebooks(self) -> list[Path]:
        found = (self.root / "notebooks").glob("**/*.ipynb")
        return sorted(file for file in found if ".ipynb_checkpoints" not in file.parts)

    def find(self, name: str) -> Path:
        """The notebook called `name`: `03_backprop`, `1_foundations/03_backprop` or a path."""
        path = Path(name)
        if path.suffix == ".ipynb" and path.is_file():
            return path.resolve()
        wanted = path.with_suffix("").name if path.suffix == ".ipynb" else path.name
        found = [file for file in self.notebooks() if file.stem == wanted]
        if len(found) != 1:
            known = ", ".join(file.stem for file in self.notebooks()) or "none yet"
            raise Mend(f"{len(found)} notebooks are called {wanted!r}; there are: {known}")
        return found[0]

    def select(self, names: list[str]) -> list[Path]:
        return [self.find(name) for name in names] if names else self.notebooks()

    def relative(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)


def read(path: Path) -> nbformat.NotebookNode:
    """The notebook as it stands: no repair, so that `check` sees missing and repeated ids."""
    try:
        notebook = nbformat.reader.reads(path.read_text(encoding="utf-8"))
    except (ValueError, nbformat.reader.NotJSONError) as problem:
        raise Mend(f"{path.name} is no notebook: {str(problem)[:200]}") from None
    if notebook.get("nbformat") != 4:
        raise Mend(f"{path.name} has format {notebook.get('nbformat')}; save it as nbformat 4.5")
    return notebook


def write(path: Path, notebook: nbformat.NotebookNode) -> bool:
    """Write the notebook where it differs from the file; True if it did."""
    notebook.nbformat_minor = 5
    taken = set()
    for cell in notebook.cells:
        if not cell.get("id") or cell.id in taken:
            cell.id = new_id(cell, taken | {other.get("id") for other in notebook.cells})
        taken.add(cell.id)
    text = nbformat.writes(notebook, version=4).rstrip("\n") + "\n"
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True


def tags(cell) -> list[str]:
    return list(cell.metadata.get("tags", []))


def add_tags(cell, *names: str) -> None:
    missing = [name for name in names if name not in tags(cell)]
    if missing:
        cell.metadata["tags"] = tags(cell) + missing


def numbered(cell, kind: str) -> int | None:
    """k where the cell is tagged `exercise-k` or `solution-k`."""
    for tag in tags(cell):
        if match := re.fullmatch(rf"{kind}-(\d+)", tag):
            return int(match[1])
    return None


def tagged(notebook, tag: str) -> list:
    return [cell for cell in notebook.cells if tag in tags(cell)]


def python(cell) -> str:
    """The cell's code with IPython's magics replaced by `pass`, line for line."""
    if re.match(r"%%(?!time|capture)", cell.source):
        return ""
    return re.sub(r"^(\s*)[%!].*$", r"\1pass", cell.source, flags=re.MULTILINE)


def code_lines(cell) -> int:
    """How many lines of the cell hold code: no blank lines, no comments."""
    return sum(1 for line in cell.source.splitlines() if line.strip() and not line.strip().startswith("#"))


def title(notebook) -> str | None:
    """The text of the first heading of level 1."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (match := re.search(r"^# +(.+)$", cell.source, re.MULTILINE)):
            return match[1].strip()
    return None


def new_id(cell, taken) -> str:
    """A short readable id for a new cell, from its tags or its first words."""
    special = [tag for tag in tags(cell) if re.fullmatch(r"(exercise|solution)-\d+|audit-\w+", tag)]
    named = [tag for tag in (*GENERATED, "setup") if tag in tags(cell)]
    if special or named:
        name = (special or named)[0]
    elif proof := [tag for tag in ("agreement", "learned") if tag in tags(cell)]:
        name = f"{proof[0]}-check"
    elif cell.source.startswith("# d2lmodels/"):
        name = "mirror-" + cell.source.splitlines()[0].rpartition(":")[2]
    else:
        name = "-".join(re.findall(r"[A-Za-z0-9]+", cell.source)[:5])
    name = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-") or cell.cell_type
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name}-{number}"
    return unique
