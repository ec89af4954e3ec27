"""A private variant of a lab, from a secret: other numbers, other seeds, another bug.

    python tools/grading/variant.py --secret "only we know" --to ../our-course [LAB ...]

writes a course folder with its own source/, ready for nbgrader. In a lab's source these marks stand:

    stride = 2  # VARIANT sizes: stride = 3 | stride = 4      alternatives for a line
    rng = np.random.default_rng(7)  # VARIANT seed            another integer
    ### BEGIN VARIANT bug 0 … ### BEGIN VARIANT bug 1 … ### END VARIANT      alternatives for a block

In Markdown they stand in comments, as <!-- VARIANT sizes: 3 | 4 -->. All marks of one name choose alike.
Without a secret the first alternative and the seeds as written are taken: that is the public lab.
"""

import argparse
import copy
import hashlib
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import nbformat
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from tools.grading import lab

LINE = re.compile(
    r"^(?P<indent>\s*)(?P<first>.*?)\s*(?:# |<!-- )VARIANT (?P<name>\w+): (?P<others>.*?)\s*(?:-->)?$"
)
SEED = re.compile(r"^(?P<line>.*?)\s*# VARIANT seed$")
BEGIN = re.compile(r"^\s*(?:###|<!--) BEGIN VARIANT (?P<name>\w+) (?P<number>\d+)\s*(?:-->)?$")
END = re.compile(r"^\s*(?:###|<!--) END VARIANT\s*(?:-->)?$")
INTEGER = re.compile(r"(?<![\w.])\d+(?![\w.])")


def resolve(notebook: nbformat.NotebookNode, secret: str | None = None) -> nbformat.NotebookNode:
    """Return a copy of a lab without marks: the public one, or the one that belongs to a secret.

    Raises ValueError where marks of one name offer different numbers of alternatives, where a block does
    not end, or where a line with a seed does not hold exactly one integer.
    """
    notebook = copy.deepcopy(notebook)
    counts = _alternatives(notebook)
    chosen = {name: _number(secret, name) % count if secret else 0 for name, count in counts.items()}
    for cell in notebook.cells:
        cell.source = _resolved(cell.source, chosen, secret, cell.get("id", "a cell"))
    return notebook


def _number(secret, name):
    """Return a number that belongs to a secret and a name."""
    return int.from_bytes(hashlib.sha256(f"{secret}\0{name}".encode()).digest()[:6], "big")


def _alternatives(notebook):
    """Return how many alternatives each name has."""
    counts = {}
    for cell in notebook.cells:
        here = {}
        for line in cell.source.splitlines():
            if match := LINE.match(line):
                _agree(counts, match["name"], 1 + len(match["others"].split(" | ")))
            elif match := BEGIN.match(line):
                here.setdefault(match["name"], []).append(int(match["number"]))
        for name, numbers in here.items():
            if sorted(set(numbers)) != list(range(len(set(numbers)))):
                raise ValueError(f"the blocks of VARIANT {name} must be numbered 0, 1, …, got {numbers}")
            _agree(counts, name, len(set(numbers)))
    return counts


def _agree(counts, name, count):
    """Note how many alternatives a mark has; all marks of a name must have as many."""
    if counts.setdefault(name, count) != count:
        raise ValueError(
            f"VARIANT {name} must offer as many alternatives everywhere, got {counts[name]} and {count}"
        )


def _resolved(source, chosen, secret, where):
    """Return the text of one cell with every mark carried out."""
    lines, block = [], None  # block: whether the lines of the open block are kept
    for number, line in enumerate(source.split("\n")):
        if match := BEGIN.match(line):
            block = chosen[match["name"]] == int(match["number"])
        elif END.match(line):
            block = None
        elif block is False:
            continue
        elif match := LINE.match(line):
            texts = [match["first"], *match["others"].split(" | ")]
            lines.append(match["indent"] + texts[chosen[match["name"]]].strip())
        elif match := SEED.match(line):
            if len(INTEGER.findall(match["line"])) != 1:
                raise ValueError(
                    f"{where}: a line with a seed must hold exactly one integer, got {match['line']!r}"
                )
            seed = str(_number(secret, f"{where} {number}") % 100_000)
            lines.append(INTEGER.sub(seed, match["line"]) if secret else match["line"])
        else:
            lines.append(line)
    if block is not None:
        raise ValueError(f"{where}: a block of VARIANT does not end")
    return "\n".join(lines)


class PickVariant(NbGraderPreprocessor):
    """The first step of nbgrader's release: take the marks of variants out of the source."""

    secret = Unicode("", help="What the variant is made from; empty: the public lab").tag(config=True)

    def preprocess(self, nb, resources):
        """Return the notebook resolved."""
        return resolve(nb, self.secret or None), resources


def main(arguments=None):
    """Write a course folder that holds the variant of each lab."""
    parser = argparse.ArgumentParser(description="Write a private variant of the labs.")
    parser.add_argument("labs", nargs="*", metavar="LAB", help="which labs; all, where none is named")
    parser.add_argument("--secret", required=True, help="a sentence that students do not know")
    parser.add_argument("--to", required=True, type=Path, help="the course folder to write, outside this one")
    options = parser.parse_args(arguments)
    unknown = set(options.labs) - set(lab.labs())
    if unknown:
        parser.error(f"no lab is called {', '.join(sorted(unknown))}; there are {', '.join(lab.labs())}")
    if options.to.resolve().is_relative_to(lab.ROOT):
        parser.error(f"--to must lie outside {lab.ROOT.name}/, or the variant would be published with it")
    for name in options.labs or lab.labs():
        notebook = resolve(lab.read(lab.COURSE / "source" / name / f"{name}.ipynb"), options.secret)
        path = options.to / "source" / name / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
        print(f"{path}: written")
    config = options.to / "nbgrader_config.py"
    if not config.exists():
        text = (lab.COURSE / "nbgrader_config.py").read_text("utf-8")
        config.write_text(
            text.replace("Path(__file__).resolve().parents[1]", f"Path({str(lab.ROOT)!r})"), "utf-8"
        )
        print(f"{config}: written")


if __name__ == "__main__":
    main()
