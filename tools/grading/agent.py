"""The part of the judge's link that lives in the student's kernel: it answers one request at a time.

The kernel has no access to the repository, so `source()` is the text that installs it, with `wire.py`, under
its own name, and `call_source(request)` the text that answers a request and publishes the answer as
display data. Neither adds a name to the student's namespace or shows anything.

Nothing here is trusted: a student's code can replace all of it. It makes honest answers right; whether an
answer is well-formed is for `wire.decode` on the judge's side to find out.
"""

import builtins
import contextlib
import io
import linecache
import operator
import os
import traceback
from pathlib import Path

from tools.grading import wire

MIME = "application/x-d2lmodels"
MAX_PRINTED = 8_000  # characters
MAX_MESSAGE = 2_000
MAX_LINES = 12

BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")
UNARY = ("neg", "pos", "abs", "invert")
ORDER = ("lt", "le", "gt", "ge")
ITEMS = ("getitem", "setitem", "contains")
OPERATORS = {name: getattr(operator, name) for name in BINARY + UNARY + ORDER + ITEMS} | {"len": len}

PACKAGES = ("tools", "tools.grading")
MODULES = ("message", "encoder", "decoder", "wire", "agent")
INSTALL = """
import sys, types
for name in packages:
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = []
for name, text in texts.items():
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(text, f"<{name}>", "exec"), vars(module))
    setattr(sys.modules["tools.grading"], name.rpartition(".")[2], module)
"""


def source() -> str:
    """The code that installs the agent in a kernel, under the names that its modules have here."""
    folder = Path(__file__).parent
    texts = {f"tools.grading.{name}": (folder / f"{name}.py").read_text(encoding="utf-8") for name in MODULES}
    return f"exec({INSTALL!r}, {{'packages': {PACKAGES!r}, 'texts': {texts!r}}})"


def call_source(request: dict) -> str:
    """The code, one expression, that answers a request in a kernel where `source()` was run."""
    return f"__import__('sys').modules['tools.grading.agent'].answer({wire.dumps(request)!r})"


def answer(text: str) -> None:
    """Answer a request from IPython's namespace and publish the answer, a line of JSON, under `MIME`."""
    from IPython import get_ipython
    from IPython.display import display

    display({MIME: reply(text, get_ipython().user_ns)}, raw=True)


def reply(text: str, namespace: dict) -> str:
    """Answer a request: the names in it are looked up in `namespace`."""
    printed = Printed()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            found = perform(wire.loads(text), namespace)
            line = wire.dumps(found | {"printed": printed.text()})
    except BaseException as error:  # SystemExit too: the next request wants an answer as well
        line = wire.dumps({"error": describe(error, namespace), "printed": printed.text()})
    return line


def perform(request: dict, namespace: dict) -> dict:
    """Do what a request says and return the encoded result."""

    def resolve(reference):
        if "given" in reference:
            if reference["given"] not in namespace:
                raise NameError(f"name {reference['given']!r} is not defined")
            return namespace[reference["given"]]
        if reference["object"] not in KEPT.objects:
            raise RuntimeError("this object is gone: the notebook was started anew")
        return KEPT.objects[reference["object"]]

    for handle in request.get("release", ()):
        KEPT.release(handle)
    action = request["do"]
    if action == "get":
        if request["name"] not in namespace:
            return {"missing": True}
        value = namespace[request["name"]]
    else:
        args = wire.decode(request["args"], resolve=resolve)
        if action == "call":
            value = args[0](*args[1], **args[2])
        elif action == "getattr":
            value = getattr(*args)
        elif action == "setattr":
            value = setattr(*args)
        else:
            value = OPERATORS[action](*args)
    return {"value": wire.encode(value, keep=KEPT.keep)}


def describe(error: BaseException, namespace: dict) -> dict:
    """Put an exception into words: its type, the nearest builtin type, its message, the student's lines."""
    kind = type(error)
    base = next(one for one in kind.__mro__ if getattr(builtins, one.__name__, None) is one)
    try:
        args = wire.encode(list(error.args), keep=None)
        if len(wire.dumps(args)) > MAX_MESSAGE:
            args = None
    except Exception:  # not only values in it: the message must do
        args = None
    try:
        message = str(error)[:MAX_MESSAGE]
    except BaseException:
        message = "(the message cannot be shown)"
    lines = student_lines(error, namespace)
    return {
        "type": kind.__name__[:100],
        "base": base.__name__,
        "args": args,
        "message": message,
        "lines": lines,
    }


def student_lines(error: BaseException, namespace: dict) -> str:
    """Where in the student's cells an exception arose: the last lines of its traceback that lie there."""
    lines = []
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_globals is namespace:
            code = linecache.getline(frame.f_code.co_filename, number).strip()
            lines.append(f"line {number}, in {frame.f_code.co_name}: {code}"[:200])
    return "\n".join(lines[-MAX_LINES:])


class _Kept:
    """The objects that the judge has a number of. Numbers begin anywhere: those of two kernels differ."""

    def __init__(self):
        self.objects, self.handles = {}, {}
        self.next = int.from_bytes(os.urandom(6), "big")

    def keep(self, value) -> dict:
        handle = self.handles.get(id(value))
        if handle is None:
            handle = self.handles[id(value)] = self.next
            self.objects[handle] = value
            self.next += 1
        return {"object": handle, "type": type(value).__name__[:100]}

    def release(self, handle: int) -> None:
        if handle in self.objects:
            del self.handles[id(self.objects.pop(handle))]


class Printed(io.TextIOBase):
    """Collects what is printed, up to a number of characters."""

    def __init__(self, limit: int = MAX_PRINTED):
        self.parts, self.length, self.limit = [], 0, limit

    def write(self, text: str) -> int:
        if self.length < self.limit:
            self.parts.append(text[: self.limit - self.length])
        self.length += len(text)
        return len(text)

    def text(self) -> str:
        """Return what was kept, with a mark where there was more."""
        return "".join(self.parts) + (" […]" if self.length > self.limit else "")


KEPT = _Kept()
