"""The student's objects as the judge sees them: each use is a request, each answer a value or another proxy.

Only values are compared in the judge, by the judge. So a proxy has no truth value, cannot be iterated, is an
instance of nothing, equals only itself, and is ordered only against another of the student's objects: else
`abs(result - 2.0) < 1e-9` would ask the student's own code whether it is right.

Not handled here: the transport (`Link.send`), and what the names of a test cell mean (see `judge.py`).
"""

import builtins
import re
import types
import weakref

from tools.grading.agent import BINARY, ORDER, UNARY
from tools.grading.wire import WireError, decode, encode

MAX_MESSAGE = 2_000
SHOWN = {
    "__name__",
    "__qualname__",
}  # other names of Python's own are never asked for: see StudentObject.__getattr__
UNSEEN = re.compile(
    r"[^\S\n\t ]|[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def readable(text, *, limit: int = MAX_MESSAGE) -> str:
    """Text from the student's side without what a terminal or a page would act on, and not too long."""
    if type(text) is not str:
        raise WireError("a text was expected")
    return UNSEEN.sub("?", text[:limit])


class Link:
    """The judge's side of the link: asks `send(request) -> answer`, decodes, holds the proxies by number."""

    def __init__(self, send, *, printed=lambda text: None):
        self.send, self.printed = send, printed
        self.given: dict[int, tuple[str, object]] = {}  # id -> name and function or class of a given cell
        self.proxies = weakref.WeakValueDictionary()
        self.released: set[int] = set()

    def get(self, name: str):
        """The student's value of a name; LookupError where there is none."""
        answer = self.exchange({"do": "get", "name": name})
        if answer.get("missing") is True:
            raise LookupError(name)
        return self.value(answer)

    def ask(self, action: str, *args):
        """What an action of the agent on these arguments returns or raises."""
        encoded = encode(list(args), keep=self.keep)
        return self.value(self.exchange({"do": action, "args": encoded}))

    def exchange(self, request: dict) -> dict:
        released, self.released = sorted(self.released), set()
        answer = self.send(request | ({"release": released} if released else {}))
        if type(answer) is not dict:
            raise WireError("the student's kernel gave no answer")
        if answer.get("printed"):
            if type(answer["printed"]) is not str:
                raise WireError("a text was expected")
            self.printed(answer["printed"][:10_000])
        return answer

    def value(self, answer: dict):
        if "error" in answer:
            raise self.error(answer["error"])
        if "value" not in answer:
            raise WireError("the student's kernel gave no answer")
        return decode(answer["value"], resolve=self.resolve)

    def error(self, data) -> Exception:
        """The exception that an answer tells of: of the builtin type nearest to the student's."""
        if type(data) is not dict:
            raise WireError("no exception")
        name, message = readable(data.get("type"), limit=100), readable(data.get("message"))
        base = data.get("base")
        kind = getattr(builtins, base, None) if type(base) is str else None
        if not (isinstance(kind, type) and issubclass(kind, Exception)) or (
            kind is Exception and name != base
        ):
            kind = RuntimeError
        if issubclass(kind, StopIteration | StopAsyncIteration):  # would end a test's loop without a word
            kind = RuntimeError
        if name == kind.__name__:
            error = made(kind, data.get("args"), message)
        else:
            error = made(kind, [f"{name}: {message}"], f"{name}: {message}")
        lines = readable(data.get("lines"), limit=3_000)
        if lines:
            error.add_note("In the student's cells:\n" + lines)
        return error

    def keep(self, value) -> dict:
        """What stands for an object in a request: a proxy's number, or the name of given code."""
        if type(value) is StudentObject:
            return {"object": handle_of(value), "type": name_of(value)}
        name, known = self.given.get(id(value), ("", None))
        if known is value and name:
            return {"given": name}
        raise TypeError(
            f"a {type(value).__name__} cannot be passed to the student's code: pass values, the student's own"
            " objects, or functions and classes that a given cell defines"
        )

    def resolve(self, reference: dict):
        if "given" in reference:
            raise WireError("a name where an object was expected")
        handle = reference["object"]
        proxy = self.proxies.get(handle)
        if proxy is None:
            self.released.discard(handle)
            name = re.sub(r"[^\w.<>]", "?", reference["type"])[:60]
            proxy = self.proxies[handle] = StudentObject(self, handle, name)
        return proxy

    def know(self, name: str, value) -> None:
        """Let a function or class of a given cell be passed by its name."""
        is_code = isinstance(value, (types.FunctionType, types.BuiltinFunctionType, type))
        if is_code or type(value).__name__ == "ufunc":
            self.given[id(value)] = (name, value)


def made(kind: type, args, message: str) -> Exception:
    """An exception of a builtin type, or of its nearest base that can be made from what arrived."""
    try:
        return kind(*decode(args, resolve=None))
    except Exception:
        pass
    for base in kind.__mro__:
        try:
            return base(message)
        except Exception:
            continue
    return RuntimeError(message)


def handle_of(proxy) -> int:
    """The number of a student's object."""
    return object.__getattribute__(proxy, "_StudentObject__handle")


def name_of(proxy) -> str:
    """The name that the student's side gives for the object's type."""
    return object.__getattribute__(proxy, "_StudentObject__name")


def ask(proxy, action: str, *args):
    """Ask the link of `proxy`."""
    return object.__getattribute__(proxy, "_StudentObject__link").ask(action, *args)


def forward(action: str, *, swapped: bool = False):
    """A method that sends an operator to the student's side."""

    def method(self, *others):
        return ask(self, action, *reversed((self, *others))) if swapped else ask(self, action, self, *others)

    return method


def ordered(action: str):
    """A comparison; only between two of the student's objects."""

    def method(self, other):
        if type(other) is not StudentObject:
            raise TypeError(
                f"{self!r} was compared with a {type(other).__name__}: a plain value is needed here"
            )
        return truth(ask(self, action, self, other))

    return method


def truth(answer) -> bool:
    """A bool that is one."""
    if type(answer) is not bool:
        raise TypeError(f"True or False was expected from the student's code, not {type(answer).__name__}")
    return answer


class StudentObject:
    """Stands for an object in the student's kernel."""

    __slots__ = ("__handle", "__link", "__name", "__weakref__")
    __array_ufunc__ = None  # array * proxy is for the student's side to compute
    __array_priority__ = 1e6

    def __init__(self, link: Link, handle: int, name: str):
        for key, value in (("link", link), ("handle", handle), ("name", name)):
            object.__setattr__(self, f"_StudentObject__{key}", value)

    def __del__(self):
        object.__getattribute__(self, "_StudentObject__link").released.add(handle_of(self))

    def __repr__(self):
        return f"<student's {name_of(self)} object>"

    def __getattr__(self, name):
        # NumPy and others look for names such as __array_interface__, and would read memory where it points.
        if name.startswith("__") and name.endswith("__") and name not in SHOWN:
            raise AttributeError(f"{self!r}: {name} is not asked for")
        return ask(self, "getattr", self, name)

    def __setattr__(self, name, value):
        ask(self, "setattr", self, name, value)

    def __call__(self, *args, **kwargs):
        return ask(self, "call", self, args, kwargs)

    def __len__(self):
        length = ask(self, "len", self)
        if type(length) is not int:
            raise TypeError("len() of the student's object is no int")
        return length

    def __contains__(self, item):
        return truth(ask(self, "contains", self, item))

    def __eq__(self, other):
        return self is other  # the link holds one proxy a number

    def __hash__(self):
        return hash(handle_of(self))

    def __bool__(self):
        raise TypeError(
            f"{self!r} has no truth value in a test: compare plain values, such as its attributes"
        )

    def __iter__(self):
        raise TypeError(f"{self!r} cannot be iterated in a test: use indices, or let the task return a list")

    def __array__(self, *args, **kwargs):
        raise TypeError(f"{self!r} is no array: check the type of a result before its values")

    def __instancecheck__(self, instance):
        raise TypeError(
            "isinstance() with a student's class: a test can use what an object does, not what it is"
        )

    __subclasscheck__ = __instancecheck__

    def __reduce_ex__(self, protocol):
        raise TypeError(f"{self!r} cannot be copied")


for _name in BINARY:
    setattr(StudentObject, f"__{_name}__", forward(_name))
    setattr(StudentObject, f"__r{_name}__", forward(_name, swapped=True))
for _name in (*UNARY, "getitem", "setitem"):
    setattr(StudentObject, f"__{_name}__", forward(_name))
for _name in ORDER:
    setattr(StudentObject, f"__{_name}__", ordered(_name))
