"""The step of nbgrader's autograde that runs a notebook: cells in the sandbox, verdicts from the judge.

It takes the place of nbgrader's own Execute, which runs the student's code and the tests in one process,
where the code can change the verdict. Points are given by nbgrader afterwards, from the outputs.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from nbformat.v4 import new_markdown_cell, new_output
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Enum, Float

from tools.grading import lab, sandbox
from tools.grading.judging import Judge
from tools.grading.student import Student

OUTPUT_CHARACTERS = 4 << 20  # of all outputs of a notebook together


class Execute(NbGraderPreprocessor):
    """Run the student's cells in one process and the test cells in another."""

    mode = Enum(
        ["auto", "required", "off"],
        default_value="auto",
        help="auto: the sandbox where it works, else timeouts only, which the feedback says; required: fail "
        "without the sandbox; off: never use it",
    ).tag(config=True)
    cell_seconds = Float(20.0, help="What one cell, of the student's or of tests, may take").tag(config=True)
    notebook_seconds = Float(120.0, help="What all cells of one student may take together").tag(config=True)

    def preprocess(self, nb, resources):
        """Return the notebook with the outputs of this run, and how it was run in its metadata."""
        missing = "switched off" if self.mode == "off" else sandbox.unavailable()
        if missing and self.mode == "required":
            raise RuntimeError(f"the sandbox does not work here: {missing}")
        with ExitStack() as stack:
            run = _Run(self, nb, sandboxed=not missing, stack=stack)
            run.all([cell for cell in nb.cells if cell.cell_type == "code"])
        about = nb.metadata.setdefault("d2lmodels", {})
        about["sandbox"] = missing or "bubblewrap"
        if missing:
            line = f"Graded without a sandbox, with timeouts only: {missing}."
            print(f"{resources['nbgrader']['student']}: {line}", flush=True)
            nb.cells.insert(0, new_markdown_cell(line, id="sandbox"))
        return nb, resources


class _Run:
    """One notebook being graded: a judge, and a student's process for each set of forbidden packages.

    Never two of a student's processes at once: one that may import a package could answer for the other.
    """

    def __init__(self, settings, notebook, *, sandboxed, stack):
        self._settings, self._stack, self._sandboxed = settings, stack, sandboxed
        self._forbidden = lab.forbidden(notebook)
        self._student, self._left = None, OUTPUT_CHARACTERS
        self._judge = stack.enter_context(Judge(lambda request: self._student.answer(request)))
        # given cells import large libraries: the judge runs them while the student's process does the same
        self._beside = stack.enter_context(ThreadPoolExecutor(1))
        self._given = []

    def all(self, cells):
        """Run every cell, and set its outputs: first what the lab allows, then what single tests forbid."""
        later = {}
        with self._process(self._forbidden) as self._student:
            for cell in cells:
                forbidden = self._forbidden | lab.forbidden(cell)
                if lab.is_test(cell) and forbidden != self._forbidden:
                    later.setdefault(forbidden, []).append(cell)
                    continue
                if lab.is_given(cell) and not lab.for_students_alone(cell):
                    self._given.append(self._beside.submit(self._judge.given, cell.source))
                self._keep(cell, self._test(cell) if lab.is_test(cell) else self._student.run(cell.source))
        for forbidden, tests in later.items():
            with self._process(forbidden) as self._student:
                for cell in cells[: 1 + cells.index(tests[-1])]:
                    if cell in tests:
                        self._keep(cell, self._test(cell))
                    elif not lab.is_test(cell) and not lab.for_students_alone(cell):
                        self._student.run(cell.source)

    def _process(self, forbidden):
        """Return a process of the student's, not yet started, without these packages."""
        seconds, in_all = self._settings.cell_seconds, self._settings.notebook_seconds
        kernel = {"sandboxed": self._sandboxed, "forbidden": sorted(forbidden)}
        return Student(kernel=kernel, seconds=seconds, in_all=in_all)

    def _test(self, cell):
        """Return the judge's verdict on a test cell as outputs: an error where it failed."""
        while self._given:
            self._given.pop(0).result()
        verdict = self._judge.test(cell.source, seconds=self._settings.cell_seconds)
        outputs = [new_output("stream", name="stdout", text=verdict.printed)] if verdict.printed else []
        if not verdict.passed:
            said = f"{verdict.kind}: {verdict.message}" if verdict.message else verdict.kind
            lines = [said, *_own_lines(verdict.traceback)]
            outputs.append(new_output("error", ename=verdict.kind, evalue=verdict.message, traceback=lines))
        return outputs

    def _keep(self, cell, outputs):
        """Set a cell's outputs, as far as there is room; an error always stays, cut short."""
        cell.outputs, cell.execution_count = [], None
        for output in outputs:
            if output.output_type == "error":
                output.evalue = output.evalue[:4000]
                output.traceback = [line[:1000] for line in output.traceback[:50]]
            self._left -= len(str(output))
            if self._left >= 0:
                cell.outputs.append(output)
            elif output.output_type == "error":
                said = output.evalue[:200]
                cell.outputs.append(
                    new_output("error", ename=output.ename[:100], evalue=said, traceback=[said])
                )


def _own_lines(traceback):
    """Return what a traceback says of the student's cells; the lines of hidden tests stay with the judge."""
    header = "In the student's cells:"
    place = traceback.index(header) if header in traceback else len(traceback)
    return ["In your cells:", *traceback[place + 1 :]] if traceback[place + 1 :] else []


class Canary(NbGraderPreprocessor):
    """After the points were saved: where the cell that must fail has passed, take all of them back."""

    def preprocess(self, nb, resources):
        """Return the notebook with the canary's fate in its metadata."""
        canaries = [cell for cell in nb.cells if lab.grade_id(cell) == lab.CANARY]
        failed = [cell for cell in canaries if any(output.output_type == "error" for output in cell.outputs)]
        tampered = len(canaries) != 1 or len(failed) != 1
        nb.metadata.setdefault("d2lmodels", {})["tampered"] = tampered
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            graded = gradebook.find_submission_notebook(
                about["notebook"], about["assignment"], about["student"]
            )
            if tampered:
                for grade in graded.grades:
                    grade.auto_score, grade.manual_score, grade.extra_credit = 0, 0, 0
                    grade.needs_manual_grade = False
                graded.flagged = True
                gradebook.db.commit()
            waiting = sum(grade.max_score for grade in graded.grades if grade.needs_manual_grade)
            told = f"{about['student']}: {graded.score:g} of {graded.max_score:g} points"
            told += f", {waiting:g} wait for a person" if waiting else ""
        if tampered:
            told += ", all taken back: the canary passed"
            text = (
                "A cell that must fail has passed: this notebook tampered with its tests. It earns no points."
            )
            nb.cells.insert(0, new_markdown_cell(text, id="tampered"))
        for note in nb.metadata["d2lmodels"].get("notes", []):
            told += f"; {note}"
        print(told, flush=True)
        return nb, resources
