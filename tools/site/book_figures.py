"""Show a figure of a chapter on another page: taken from the notebook, so that the two cannot differ."""

import json
import zlib
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class ChapterFigure(SphinxDirective):
    """`{chapter-figure} notebooks/1_foundations/03_backprop.ipynb cell-id`: that cell's picture."""

    required_arguments = 2

    def run(self) -> list[nodes.Node]:
        """Return the picture with its alternative text and width, as a link-free image."""
        notebook, wanted = self.arguments
        self.env.note_dependency(notebook)
        cells = json.loads((Path(self.env.srcdir) / notebook).read_text(encoding="utf8"))["cells"]
        outputs = [out for cell in cells if cell["id"] == wanted for out in cell["outputs"]]
        pictures = [out for out in outputs if "image/png" in out.get("data", {})]
        if len(pictures) != 1:
            raise self.error(f"{notebook} has no cell {wanted} with one picture")
        facts = pictures[0]["metadata"]["image/png"]
        data = "".join(pictures[0]["data"]["image/png"]).replace("\n", "")
        return [
            nodes.image(
                uri=f"data:image/png;base64,{data}",
                alt=facts["alt"],
                width=f"{facts['width']}px",
            )
        ]


def setup(app: Sphinx) -> dict[str, bool | int]:
    """Connect the directive."""
    app.add_directive("chapter-figure", ChapterFigure)
    version = zlib.crc32(Path(__file__).read_bytes())
    return {
        "parallel_read_safe": True,
        "parallel_write_safe": True,
        "env_version": version,
    }
