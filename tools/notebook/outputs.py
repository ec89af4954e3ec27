"""Outputs that do not change from run to run unless they mean something else."""

import base64
import io
import math
import re
from pathlib import Path

import numpy as np
from nbformat import NotebookNode
from PIL import Image

NUMBER = re.compile(
    r"(?<![A-Za-z_\d.])[-+]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
)
UNIT_OF_TIME = re.compile(
    r"\s?(?:s|ms|µs|us|ns|seconds?|milliseconds?|min|minutes?|h|hours?|×|x|times)\b|\s?×"
)
RELATIVE, ABSOLUTE, TIMES, PIXELS, SHADE = 0.05, 1e-9, 4.0, 0.04, 24


def clean(notebook: NotebookNode, root: Path, folder: Path) -> None:
    """Take out times, versions and paths of this machine, and number the cells 1, 2, 3, …"""
    notebook.metadata["language_info"] = NotebookNode(name="python")
    count = 0
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        if cell.execution_count is not None:
            count += 1
            cell.execution_count = count
        cell.outputs = joined(cell.outputs)
        for output in cell.outputs:
            output.pop("transient", None)
            if "execution_count" in output:
                output.execution_count = cell.execution_count
            hide_paths(output, root, folder)


def joined(outputs: list) -> list:
    """Pieces of one stream that follow each other as one output."""
    result = []
    for output in outputs:
        last = result[-1] if result else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            result.append(output)
    return result


def hide_paths(output: NotebookNode, root: Path, folder: Path) -> None:
    """Replace the checkout's, the run's and the home folder's paths in texts."""

    def hide(text: str) -> str:
        for path, name in ((folder, "."), (root, "."), (Path.home(), "~")):
            text = text.replace(str(path), name)
        return text

    if "text" in output:
        output.text = hide(output.text)
    for kind, content in output.get("data", {}).items():
        if kind.startswith("text/"):
            output.data[kind] = hide(content)
    if "traceback" in output:
        output.traceback = [hide(line) for line in output.traceback]


def keep(old: list, new: list, *, numbers: bool, pictures: bool) -> list:
    """The old outputs (with new metadata) where they say the same as the new ones, else the new.

    Args:
        old, new: outputs of one cell before and after the run.
        numbers: whether decimals may differ within tolerance; texts must be equal otherwise.
        pictures: whether up to 4 % of the pixels may differ; every pixel must be alike otherwise.
    """
    if len(old) != len(new) or not all(
        same(before, after, numbers=numbers, pictures=pictures)
        for before, after in zip(old, new, strict=True)
    ):
        return new
    for before, after in zip(old, new, strict=True):
        if "metadata" in after:
            before.metadata = after.metadata
        if "execution_count" in after:
            before.execution_count = after.execution_count
    return old


def same(old: NotebookNode, new: NotebookNode, *, numbers: bool, pictures: bool) -> bool:
    """Whether two outputs say the same."""
    if old.output_type != new.output_type or old.get("name") != new.get("name"):
        return False
    if old.output_type == "error":
        return (old.ename, old.evalue) == (new.ename, new.evalue)
    before, after = (output.get("data", {"text/plain": output.get("text", "")}) for output in (old, new))
    if set(before) != set(after):
        return False
    return all(
        same_content(kind, before[kind], after[kind], numbers=numbers, pictures=pictures) for kind in after
    )


def same_content(kind: str, old, new, *, numbers: bool, pictures: bool) -> bool:
    if old == new:
        return True
    if kind in ("image/png", "image/jpeg"):
        return same_picture(old, new, share=PIXELS if pictures else 0.0)
    return numbers and kind.startswith("text/") and same_text(old, new)


def same_text(old: str, new: str) -> bool:
    """Whether two texts differ in decimals only, each by 5 % or less, or in times up to fourfold."""
    if NUMBER.sub("#", old) != NUMBER.sub("#", new):
        return False
    pairs = zip(NUMBER.finditer(old), NUMBER.finditer(new), strict=True)
    return all(same_number(before, after) for before, after in pairs)


def same_number(old: re.Match, new: re.Match) -> bool:
    a, b = (float(match[0].replace(",", "")) for match in (old, new))
    if a == b:
        return True
    if UNIT_OF_TIME.match(new.string, new.end()):
        return a * b > 0 and 1 / TIMES <= a / b <= TIMES
    whole = not re.search(r"[.eE]", old[0] + new[0])
    return not whole and math.isclose(a, b, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def same_picture(old: str, new: str, *, share: float) -> bool:
    """Whether at most this share of the pixels differs visibly."""
    before, after = (
        np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA"), dtype=np.int16)
        for data in (old, new)
    )
    if before.shape != after.shape:
        return False
    return bool((np.abs(before - after).max(axis=-1) > SHADE).mean() <= share)
