"""Carry over from notebooks what MyST-NB leaves behind.

Alternative text of figures, readable labels of folded cells, index entries for a chapter's terms; and
the Colab cell stays out of the book.
"""

import hashlib
import json
import re
import zlib
from binascii import a2b_base64
from html import escape
from pathlib import Path

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
TITLE = re.compile(r"# @title (.+)\n+")
FOLDS = {
    "tag_learned": "The check",
    "tag_agreement": "The check",
    "tag_hide-input": "The code of this figure",
}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def alternative_texts(notebook: dict) -> dict[str, str]:
    """Map the SHA-256 of each output picture to its alternative text, empty where there is none."""
    found = {}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            for mime_type, data in output.get("data", {}).items():
                if not mime_type.startswith("image/"):
                    continue
                text = "".join(data)
                content = text.encode() if mime_type == "image/svg+xml" else a2b_base64(text)
                alt = output.get("metadata", {}).get(mime_type, {}).get("alt", "")
                found[hashlib.sha256(content).hexdigest()] = alt
    return found


class Notebook(SphinxTransform):
    """Repair the document of a notebook before Sphinx collects from it."""

    default_priority = 500

    def apply(self, **_kwargs: object) -> None:
        """Change the document in place."""
        source = Path(self.env.doc2path(self.env.docname))
        if source.suffix != ".ipynb":
            return
        notebook = json.loads(source.read_text(encoding="utf8"))
        self.describe_pictures(alternative_texts(notebook))
        self.label_cells()
        self.dress_facts()
        self.index_terms(notebook["metadata"].get("d2lmodels", {}).get("terms", []))

    def describe_pictures(self, texts: dict[str, str]) -> None:
        """Set `alt` on output pictures, and warn of a picture that has none."""
        for image in self.document.findall(nodes.image):
            digest = Path(image["uri"]).stem
            if digest in texts:
                image["alt"] = texts[digest]
                if not texts[digest].strip():
                    LOGGER.warning("an output picture has no alternative text", location=image)

    def label_cells(self) -> None:
        """Drop the Colab cell, and name each folded cell by its `# @title`."""
        for cell in list(self.document.findall(nodes.container)):
            if cell.get("nb_element") != "cell_code":
                continue
            if "tag_colab" in cell["classes"]:
                cell.parent.remove(cell)
                continue
            block = next(cell.findall(nodes.literal_block), None)
            title = block is not None and TITLE.match(block.astext())
            label = next((FOLDS[name] for name in cell["classes"] if name in FOLDS), None)
            if label:
                cell["prompt_show"] = cell["prompt_hide"] = label
            if title:
                cell["prompt_show"] = cell["prompt_hide"] = title[1].strip()
                text = block.astext()[title.end() :]
                block.rawsource = text
                block.children = [nodes.Text(text)]

    def dress_facts(self) -> None:
        """Mark the facts for the style sheet, without their link to Colab, which every chapter's head has."""
        facts = next(self.document.findall(nodes.block_quote), None)
        if facts is None:
            return
        facts["classes"].append("facts")
        for link in list(facts.findall(nodes.reference)):
            if link.get("refuri", "").startswith("https://colab."):
                link.parent.remove(link)

    def index_terms(self, terms: list[str]) -> None:
        """Enter the chapter's terms in the index, pointing at its title."""
        section = next(self.document.findall(nodes.section), None)
        if section is None:
            return
        entries = [("single", term, section["ids"][0], "", None) for term in terms]
        section.insert(1, addnodes.index(entries=entries))


class ChineseTerms(SphinxTransform):
    """Mark the Chinese terms of the glossary as Chinese, for screen readers and fonts."""

    default_priority = 870  # after quotation marks, which Sphinx has none of for Chinese

    def apply(self, **_kwargs: object) -> None:
        """Set the language of each term written in Chinese."""
        for term in self.document.findall(nodes.term):
            if CHINESE.search(term.astext()):
                term["classes"].append("language-zh")


def visit_folded(self: nodes.NodeVisitor, node: HideCodeCellNode) -> None:
    """Open a folded cell, with its visible label as its name."""
    self.body.append(f'<details class="fold"><summary>{escape(node["prompt_show"])}</summary>\n')


def depart_folded(self: nodes.NodeVisitor, _node: HideCodeCellNode) -> None:
    """Close a folded cell."""
    self.body.append("</details>\n")


def setup(app: Sphinx) -> dict[str, bool | int]:
    """Connect the extension; a change of this file makes Sphinx read every page again."""
    app.add_transform(Notebook)
    app.add_transform(ChineseTerms)
    app.add_node(HideCodeCellNode, override=True, html=(visit_folded, depart_folded))
    version = zlib.crc32(Path(__file__).read_bytes())
    return {"parallel_read_safe": True, "parallel_write_safe": True, "env_version": version}
