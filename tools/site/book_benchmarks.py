"""Show what `make bench` measured: the machine, and for each topic a plot and a table.

Everything comes from d2lmodels/results/benchmarks.json; the page types no number. How it is read and drawn is
in benchmark_plot.py.
"""

import zlib
from pathlib import Path

import benchmark_plot
from benchmark_plot import RESULTS, cells, circumstances, plot, read_rows
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


def table(rows: list[dict]) -> nodes.table:
    """Build the table with all that was measured."""
    heads = ["what", "against", "ratio", "quartiles", "goal", "their time", "our time", "control"]

    def line(entries: list[list[str]]) -> nodes.row:
        return nodes.row(
            "",
            *(nodes.entry("", *(nodes.paragraph(text, text) for text in texts)) for texts in entries),
        )

    columns = [nodes.colspec(colwidth=1) for _ in heads]
    head = nodes.thead("", line([[head] for head in heads]))
    body = nodes.tbody("", *(line(cells(row)) for row in rows))
    return nodes.table(
        "", nodes.tgroup("", *columns, head, body, cols=len(heads)), classes=["colwidths-auto", "benchmark"]
    )


class Benchmarks(SphinxDirective):
    """`{benchmarks} resnet`: the plot and the table of a topic; alone, the machine and the versions."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the nodes; an error where nothing was measured."""
        self.env.note_dependency(RESULTS)
        try:
            rows = read_rows(Path(self.env.srcdir) / RESULTS)
        except ValueError as problem:
            raise self.error(str(problem)) from None
        if not self.arguments:
            return [nodes.paragraph(text, text) for text in circumstances(rows)]
        (topic,) = self.arguments
        rows = [row for row in rows if row["topic"] == topic]
        if not rows:
            raise self.error(f"{RESULTS} has no row of {topic}; make bench T={topic} writes them")
        return [nodes.raw("", plot(topic, rows), format="html"), table(rows)]


def setup(app: Sphinx) -> dict[str, bool | int]:
    """Connect the directive; a change of these files makes Sphinx read every page again."""
    app.add_directive("benchmarks", Benchmarks)
    version = zlib.crc32(b"".join(Path(file).read_bytes() for file in (__file__, benchmark_plot.__file__)))
    return {"parallel_read_safe": True, "parallel_write_safe": True, "env_version": version}
