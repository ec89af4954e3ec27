"""The caller's side of the judge: starts the process, hands it cells, and passes its requests on.

Not handled here: the student's kernel. `answer(request)` reaches it and returns what `agent.reply` wrote.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.grading import wire

GRACE = 3.0  # seconds after a test's time until its process is killed
GIVEN = 120.0  # seconds for a given cell


class JudgeError(Exception):
    """A given cell failed in the judge: the lab itself is broken."""


class _Gone(Exception):
    """The judge's process has ended."""


@dataclass(frozen=True)
class Verdict:
    """What became of a test cell: `kind` and `message` are those of the exception."""

    passed: bool
    kind: str
    message: str
    traceback: list[str]
    printed: str


class Judge:
    """A judge's process and its cells; use it as a context manager.

    `answer(request)` sends a request to the student's kernel and returns the answer, as the line of JSON that
    was published there or as the dict in it. What it raises is raised in the test, as RuntimeError.
    `request["seconds"]` is the time that the test has left. `folder` is where the judge's cells run; nothing
    is imported from there. Without one it is an empty folder.
    """

    def __init__(self, answer: Callable[[dict], dict | str], *, folder: str | Path | None = None):
        self.answer, self.folder = answer, folder
        self.cells: list[tuple[str, str]] = []  # what a judge that starts anew runs first
        self.process = self.empty = self.errors = None
        self.late = False
        self.ends = 0.0

    def __enter__(self):
        self.empty = tempfile.TemporaryDirectory(prefix="judge-")
        return self

    def __exit__(self, *_):
        self.stop()
        self.empty.cleanup()

    def given(self, source: str) -> None:
        """Run a given cell in the judge; JudgeError, with the traceback, where it fails."""
        self.ready()
        self.run_given(source)
        self.cells.append(("given", source))

    def test(self, source: str, *, seconds: float) -> Verdict:
        """Run a test cell against the student's names. Whatever happens in it, there is a verdict."""
        self.ready()
        try:
            verdict = Verdict(**self.order("test", source, seconds=seconds))
        except _Gone as problem:
            kind = "TimeoutError" if self.late else "RuntimeError"
            verdict = Verdict(False, kind, str(problem), [f"{kind}: {problem}"], "")
        self.cells.append(("definitions", source))
        return verdict

    def run_given(self, source: str) -> None:
        try:
            result = self.order("given", source, seconds=GIVEN)
        except _Gone as problem:
            raise JudgeError(f"a given cell ended the judge: {problem}") from None
        if not result["passed"]:
            raise JudgeError("a given cell fails in the judge:\n" + "\n".join(result["traceback"]))

    def ready(self) -> None:
        """See that there is a process which ran the cells so far."""
        if self.process is not None and self.process.poll() is None:
            return
        self.stop()
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).with_name("judge.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            cwd=self.folder or self.empty.name,
            env=os.environ | {"MPLBACKEND": "Agg"},
        )
        for kind, source in self.cells:
            if kind == "given":
                self.run_given(source)
            else:
                try:
                    self.order(kind, source, seconds=GIVEN)
                except _Gone as problem:
                    raise JudgeError(f"the definitions of a test cell ended the judge: {problem}") from None

    def order(self, kind: str, source: str, *, seconds: float) -> dict:
        """Give an order and answer the judge's requests until it is done."""
        self.late = False
        self.ends = time.monotonic() + seconds
        timer = threading.Timer(seconds + GRACE, self.kill_late, [self.process])
        timer.daemon = True
        timer.start()
        try:
            self.send({"do": kind, "source": source, "seconds": seconds})
            while True:
                line = self.process.stdout.readline()
                if not line.endswith(b"\n"):
                    raise OSError
                message = json.loads(line)
                if "done" in message:
                    return message["done"]
                self.pass_on(message["ask"])
        except (OSError, ValueError):
            self.process.kill()
            code = self.process.wait()
            if self.late:
                raise _Gone(f"the tests took longer than {seconds:g} s and were ended") from None
            raise _Gone(f"the judge's process ended (exit status {code}){self.last_words()}") from None
        finally:
            timer.cancel()

    def pass_on(self, request: dict) -> None:
        """Send one request to the student's kernel and its answer, or why there is none, to the judge."""
        request["seconds"] = max(0.0, self.ends - time.monotonic())
        try:
            found = self.answer(request)
            line = found if isinstance(found, str) else wire.dumps(found)
            if len(line) > wire.MAX_TEXT:
                raise wire.WireError(f"the answer is too large: {len(line):,} characters")
            found = wire.loads(line)
        except Exception as problem:
            self.send({"failed": str(problem)[:2_000] or type(problem).__name__})
        else:
            self.send({"answer": found})

    def send(self, message: dict) -> None:
        self.process.stdin.write(json.dumps(message).encode("ascii") + b"\n")
        self.process.stdin.flush()

    def kill_late(self, process) -> None:
        self.late = True
        process.kill()

    def last_words(self) -> str:
        """The last line that the process wrote to its standard error."""
        self.errors.seek(0, os.SEEK_END)
        self.errors.seek(max(0, self.errors.tell() - 500))
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        return f": {lines[-1]}" if lines else ""

    def stop(self) -> None:
        """End the process; `ready` starts another."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            with contextlib.suppress(OSError):  # it may not have read everything
                self.process.stdin.close()
            self.process.stdout.close()
            self.errors.close()
            self.process = None
