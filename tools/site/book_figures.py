"""Show a figure of a chapter on another page: taken from the notebook, so that the two cannot differ."""

import base64
import html
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
        """Return the picture with its alternative text and size, a file that loads when it is come upon."""
        notebook, wanted = self.arguments
        self.env.note_dependency(notebook)
        cells = json.loads((Path(self.env.srcdir) / notebook).read_text(encoding="utf8"))["cells"]
        outputs = [out for cell in cells if cell["id"] == wanted for out in cell["outputs"]]
        pictures = [out for out in outputs if "image/png" in out.get("data", {})]
        if len(pictures) != 1:
            raise self.error(f"{notebook} has no cell {wanted} with one picture")
        facts = pictures[0]["metadata"]["image/png"]
        name = f"{Path(notebook).stem}-{wanted}.png"
        folder = Path(self.env.app.outdir) / "_images"
        folder.mkdir(parents=True, exist_ok=True)
        content = base64.b64decode("".join(pictures[0]["data"]["image/png"]))
        (folder / name).write_bytes(content)
        across, down = (int.from_bytes(content[k : k + 4], "big") for k in (16, 20))  # of PNG's header
        up = "../" * self.env.docname.count("/")
        size = f'width="{facts["width"]}" height="{facts["width"] * down // across}"'
        alt = html.escape(facts["alt"], quote=True)
        picture = f'<p><img src="{up}_images/{name}" alt="{alt}" {size} loading="lazy"></p>'
        return [nodes.raw("", picture, format="html")]


def setup(app: Sphinx) -> dict[str, bool | int]:
    """Connect the directive."""
    app.add_directive("chapter-figure", ChapterFigure)
    version = zlib.crc32(Path(__file__).read_bytes())
    return {
        "parallel_read_safe": True,
        "parallel_write_safe": True,
        "env_version": version,
    }
