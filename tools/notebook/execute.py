"""Run a chapter from a clean kernel in an empty folder, and keep its outputs small and steady."""

import os
import re
import tempfile
import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from tools.notebook import outputs
from tools.notebook.cells import KERNEL, Mend, Project, tags
from tools.notebook.fingerprint import KEY, changes, fingerprint

CELL_LIMIT = 1200  # seconds
SCARCE = "D2LMODELS_SEED", "D2LMODELS_STEPS"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def environment(project: Project) -> dict[str, str]:
    """The variables of the kernel: the small profile unless told otherwise, and no noise."""
    paths = [str(project.root), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        "D2LMODELS_PROFILE": os.environ.get("D2LMODELS_PROFILE", "small"),
        "PYTHONPATH": os.pathsep.join(paths),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "TQDM_DISABLE": "1",
    }


def not_for_keeping(without: list[str]) -> str | None:
    """Why outputs of this run must not be stored, or None where they may be."""
    if os.environ.get("D2LMODELS_PROFILE", "small") != "small":
        return f"D2LMODELS_PROFILE is {os.environ['D2LMODELS_PROFILE']}"
    given = [name for name in SCARCE if os.environ.get(name)]
    if given:
        return f"{given[0]} is set"
    return f"cells tagged {without[0]} were left out" if without else None


def execute(project: Project, notebook: NotebookNode, *, without: list[str]) -> dict[str, float]:
    """Run the notebook in place; the seconds of each cell by its id.

    Raises:
        Mend: naming the cell that failed, with its traceback.
    """
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    whole = list(notebook.cells)
    notebook.cells = [cell for cell in whole if not set(without) & set(tags(cell))]
    notebook.metadata["kernelspec"] = NotebookNode(KERNEL)
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, environment(project)):
        client = NotebookClient(
            notebook,
            timeout=CELL_LIMIT,
            resources={"metadata": {"path": folder}},
            record_timing=True,
            extra_arguments=["--IPKernelApp.log_level=40"],  # no notes on how it talks to us
        )
        try:
            client.execute()
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as problem:
            raise Mend(describe(whole, problem)) from None
        finally:
            notebook.cells = whole
        seconds = {cell.get("id"): span(cell) for cell in whole if cell.cell_type == "code"}
        outputs.clean(notebook, project.root, Path(folder))
    return seconds


def span(cell: NotebookNode) -> float:
    """How many seconds the cell took, from the times that nbclient recorded."""
    times = cell.metadata.get("execution", {})
    try:
        start, end = (
            datetime.fromisoformat(times[key].replace("Z", "+00:00"))
            for key in ("iopub.execute_input", "shell.execute_reply")
        )
    except KeyError:
        return 0.0
    return (end - start).total_seconds()


def describe(cells: list, problem: Exception) -> str:
    """The failed cell, its source and the end of its traceback, without colours."""
    for number, cell in enumerate(cells, 1):
        failed = any(output.output_type == "error" for output in cell.get("outputs", []))
        if failed and "raises-exception" not in tags(cell):
            error = next(output for output in cell.outputs if output.output_type == "error")
            trace = COLOURS.sub("", "\n".join(error.traceback)).splitlines()
            trace = trace if len(trace) <= 40 else [*trace[:10], "    …", *trace[-29:]]
            return f"cell {number} ({cell.get('id')}) failed: {error.ename}: {error.evalue}\n" + "\n".join(
                trace
            )
    for number, cell in enumerate(cells, 1):
        if "shell.execute_reply" not in cell.metadata.get("execution", {"shell.execute_reply": None}):
            return f"cell {number} ({cell.get('id')}) did not end: {str(problem).splitlines()[0]}"
    return str(problem)


def run(project: Project, notebook: NotebookNode, *, without: list[str]) -> tuple[NotebookNode, str]:
    """The executed notebook with old outputs kept where nothing of substance changed, and a report."""
    stored = notebook.metadata.get(KEY, {})
    before = {cell.get("id"): list(cell.outputs) for cell in notebook.cells if cell.cell_type == "code"}
    start = time.perf_counter()
    seconds = execute(project, notebook, without=without)
    total = time.perf_counter() - start
    now = fingerprint(project, notebook)
    same_code = bool(stored) and changes(stored, now) == ([], [])
    count = Counter()
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        exact = "nbval-check-output" in tags(cell)
        new = cell.outputs
        cell.outputs = outputs.keep(
            before.get(cell.get("id"), []), new, numbers=same_code and not exact, pictures=same_code
        )
        if new:
            count["new" if cell.outputs is new else "kept"] += 1
    profile = environment(project)["D2LMODELS_PROFILE"]
    notebook.metadata[KEY] = NotebookNode(now)
    slowest = sorted(seconds.items(), key=lambda item: -item[1])[:3]
    slow = ", ".join(f"{name} {value:.1f} s" for name, value in slowest if value >= 0.05)
    report = f"{total:.1f} s ({profile} profile)" + (f"; slowest: {slow}" if slow else "")
    return notebook, f"{report}; outputs: {count['new']} new, {count['kept']} kept"
