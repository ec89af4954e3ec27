"""The judge: a plain Python process that runs a lab's given cells and its test cells, none of the student's.

    python -P tools/grading/judge.py     orders come in and results go out, a line of JSON each (judging.py)

In a test cell, a name that neither Python nor a given or earlier test cell defines is the student's: its
value is asked for before the cell runs. What the student's side sends is a value or stays a proxy (proxy.py).

Not handled here: the student's kernel, and a test that no signal can end: the caller kills this process.
"""

import ast
import builtins
import contextlib
import json
import linecache
import os
import re
import signal
import symtable
import sys
import traceback
import types
from pathlib import Path

try:
    import resource
except ImportError:  # Windows
    resource = None

sys.path.insert(0, str(Path(__file__).parents[2]))

from tools.grading import wire
from tools.grading.agent import Printed
from tools.grading.proxy import Link, readable

MAX_LINE = wire.MAX_TEXT + 1_000
MAX_PRINTED = 20_000  # characters of a test's output
MEMORY = 6 * 2**30  # bytes: what a student's values may make a test allocate
MAGIC = re.compile(r"^[%!]{1,2}[A-Za-z].*$", re.MULTILINE)


class TimeIsUp(BaseException):
    """The time of a test is over. Not an Exception, so that a test does not take it for the student's."""


class Channel:
    """Lines of JSON to and from the caller. Every request is answered, so the two never get out of step."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.waiting = self.expired = False

    def receive(self) -> dict:
        line = self.reader.readline(MAX_LINE)
        if not line.endswith(b"\n"):
            raise SystemExit
        return wire.loads(line.decode("ascii"))

    def send(self, message: dict) -> None:
        self.writer.write(json.dumps(message).encode("ascii") + b"\n")
        self.writer.flush()

    def ask(self, request: dict) -> dict:
        """Ask the student's side; RuntimeError where the caller got no answer."""
        self.waiting = True
        try:
            self.send({"ask": request})
            message = self.receive()
        finally:
            self.waiting = False
        if self.expired:
            raise TimeIsUp
        if "failed" in message:
            raise RuntimeError(message["failed"])
        return message.get("answer")

    def alarm(self, number, frame) -> None:
        """End the test, but let a line that is on its way arrive."""
        self.expired = True
        if not self.waiting:
            raise TimeIsUp


class Court:
    """The judge's namespace and the cells that run in it."""

    def __init__(self, ask):
        self.printed = Printed(MAX_PRINTED)
        self.link = Link(ask, printed=lambda text: self.printed.write(text))
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        self.names = vars(module)
        self.uses: dict[str, set[str]] = {}  # what a statement bound -> what that looks up
        self.count = 0

    def given(self, source: str) -> None:
        """Run a given cell; what it defines may be passed to the student's code by name."""
        before = dict(self.names)
        bound, _ = self.run(source, "given")
        for name in bound | (set(self.names) - set(before)):
            if name in self.names:
                self.link.know(name, self.names[name])

    def definitions(self, source: str) -> None:
        """Run what a test cell defines and imports, and nothing else of it: for a judge that starts anew."""
        with contextlib.suppress(SyntaxError):
            tree = ast.parse(source)
            kinds = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
            kept = [ast.unparse(node) for node in tree.body if isinstance(node, kinds)]
            with contextlib.suppress(Exception):
                self.run("\n".join(kept), "test")

    def test(self, source: str) -> None:
        """Run a test cell with the student's names in place, and take these away again."""
        source = without_magics(source)
        student = {}
        try:
            for name in self.wanted(source):
                with contextlib.suppress(LookupError):
                    student[name] = self.names[name] = self.link.get(name)
            self.run(source, "test")
        finally:
            for name, value in student.items():
                if self.names.get(name) is value:
                    del self.names[name]

    def run(self, source: str, kind: str) -> tuple[set[str], set[str]]:
        """Execute a cell's code; return the names that it binds and those that it looks up."""
        source = without_magics(source)
        self.count += 1
        title = f"<{kind} cell {self.count}>"
        code = compile(source, title, "exec")
        linecache.cache[title] = (len(source), None, source.splitlines(keepends=True), title)
        bound, free = names_of(source)
        for statement in ast.parse(source).body:
            defined, used = names_of(ast.unparse(statement))
            for name in defined:
                self.uses.setdefault(name, set()).update(used)
        exec(code, self.names)
        return bound, free

    def wanted(self, source: str) -> list[str]:
        """The student's names that a cell needs, itself or through what earlier cells defined."""
        bound, free = names_of(source)
        found, pending = set(), free - bound
        while pending:
            name = pending.pop()
            if name in found or name.startswith("__"):
                continue
            if name in self.names:
                found.add(name)
                pending |= self.uses.get(name, set()) - bound
            elif not hasattr(builtins, name):
                found.add(name)
        return sorted(found - set(self.names))


def without_magics(source: str) -> str:
    """A cell's code without IPython's magics; a line of Python may begin with % too, inside a bracket."""
    try:
        compile(source, "<cell>", "exec")
    except SyntaxError:
        return MAGIC.sub("pass", source)
    return source


def names_of(source: str) -> tuple[set[str], set[str]]:
    """The global names that code binds, and those that it looks up.

    >>> bound, free = names_of("import math\\ndef f(x): return [math.sqrt(x + y + i) for i in rows]")
    >>> sorted(bound), sorted(free - bound)
    (['f', 'math'], ['rows', 'y'])
    """
    bound, free = set(), set()
    tables = [symtable.symtable(source, "<cell>", "exec")]
    while tables:
        table = tables.pop()
        tables.extend(table.get_children())
        top, body = table.get_type() == "module", table.get_type() == "class"
        for symbol in table.get_symbols():
            if (symbol.is_assigned() or symbol.is_imported()) and (top or symbol.is_global()):
                bound.add(symbol.get_name())
            if symbol.is_referenced() and (top or body or symbol.is_global()):
                free.add(symbol.get_name())
    return bound, free


def report(error: BaseException, *, seconds: float) -> dict:
    """A failed verdict: the exception, and the lines of its traceback that lie in the lab's cells."""
    if isinstance(error, TimeIsUp):
        error = TimeoutError(f"the tests took longer than {seconds:g} s").with_traceback(error.__traceback__)
    try:
        message = str(error)
    except Exception as problem:
        message = f"(the message cannot be shown: {type(problem).__name__})"
    message = readable(message, limit=4_000)
    told = traceback.TracebackException.from_exception(error, limit=-30)
    pending = [told]
    while pending:
        one = pending.pop()
        one.stack = traceback.StackSummary.from_list(
            [frame for frame in one.stack if re.match(r"<(given|test) cell", frame.filename)]
        )
        pending += [other for other in (one.__cause__, one.__context__) if other is not None]
    lines = [readable(line, limit=500) for part in told.format() for line in part.split("\n") if line][-100:]
    return {"passed": False, "kind": type(error).__name__, "message": message, "traceback": lines}


def perform(court: Court, channel: Channel, order: dict) -> dict:
    """Carry out one order, within its time."""
    seconds = order["seconds"]
    court.printed = Printed(MAX_PRINTED)
    channel.expired = False
    try:
        with contextlib.redirect_stdout(court.printed), contextlib.redirect_stderr(court.printed):
            try:
                alarm_in(seconds)
                getattr(court, order["do"])(order["source"])
                result = {"passed": True, "kind": "", "message": "", "traceback": []}
            finally:
                alarm_in(0)
    except BaseException as error:
        result = report(error, seconds=seconds)
    return result | {"printed": readable(court.printed.text(), limit=MAX_PRINTED + 10)}


def alarm_in(seconds: float) -> None:
    """Set the alarm, again each second should a test catch it; 0 switches it off.

    On Windows there is none, and the caller ends the process when the time is over.
    """
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds, 1.0 if seconds else 0.0)


def main() -> None:
    """Carry out orders until the caller is gone."""
    reader, writer = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)  # what a library writes past sys.stdout must not reach the caller as a result
    if resource:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    channel = Channel(reader, writer)
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, channel.alarm)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller decides
    court = Court(channel.ask)
    while True:
        order = channel.receive()
        channel.send({"done": perform(court, channel, order)})


if __name__ == "__main__":
    main()
