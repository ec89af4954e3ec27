"""What `check` has to say: what is wrong, in which cell, and the mend."""

from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from tools.notebook.cells import GENERATED, Project, numbered, tags


@dataclass(frozen=True)
class Message:
    kind: str
    where: str
    what: str
    mend: str
    number: int = 0

    def __str__(self) -> str:
        return f"{self.where}: {self.kind}: {self.what}. Mend: {self.mend}."


@dataclass
class Chapter:
    """A notebook under examination, and the messages so far."""

    project: Project
    path: Path
    notebook: NotebookNode
    messages: list[Message] = field(default_factory=list)

    @property
    def cells(self) -> list[NotebookNode]:
        return self.notebook.cells

    @property
    def code(self) -> list[NotebookNode]:
        return [cell for cell in self.cells if cell.cell_type == "code"]

    @property
    def prose(self) -> list[NotebookNode]:
        """The Markdown cells that a person wrote."""
        return [cell for cell in self.cells if cell.cell_type == "markdown" and not is_generated(cell)]

    @property
    def settings(self) -> dict:
        return self.notebook.metadata.get("d2lmodels", {})

    def error(self, what: str, *, mend: str, cell: NotebookNode | None = None) -> None:
        self.messages.append(Message("error", self.where(cell), what, mend, self.number(cell)))

    def warn(self, what: str, *, mend: str, cell: NotebookNode | None = None) -> None:
        self.messages.append(Message("warning", self.where(cell), what, mend, self.number(cell)))

    def number(self, cell: NotebookNode | None) -> int:
        """The place of a cell, from 1; 0 for the notebook as a whole."""
        return next((number for number, other in enumerate(self.cells, 1) if other is cell), 0)

    def where(self, cell: NotebookNode | None) -> str:
        name = self.project.relative(self.path)
        if cell is None:
            return name
        return f"{name}: cell {self.number(cell)} ({cell.get('id', 'no id')})"


def is_generated(cell: NotebookNode) -> bool:
    return bool(set(GENERATED) & set(tags(cell)))


def is_solution(cell: NotebookNode) -> bool:
    return numbered(cell, "solution") is not None


def pictures(cell: NotebookNode) -> list[tuple[NotebookNode, str]]:
    """The pictures among a cell's outputs, as (output, its kind)."""
    return [
        (output, kind)
        for output in cell.get("outputs", [])
        for kind in output.get("data", {})
        if kind.startswith("image/")
    ]


def shown_text(output: NotebookNode) -> str:
    """The text that an output shows; a picture's own text is not shown."""
    data = output.get("data", {})
    if any(kind.startswith("image/") for kind in data):
        return ""
    return output.get("text", "") or data.get("text/html", "") or data.get("text/plain", "")
