"""What the tests of the judge share: a student's notebook, the cells given to it, and how a test must end."""

STUDENT = """
import numpy as np

def double(x):
    return "not the given one"

class Value:
    def __init__(self, data, parents=(), back=lambda: None):
        self.data, self.grad, self.parents, self.back = data, 0.0, parents, back

    def __add__(self, other):
        out = Value(self.data + other.data, (self, other))
        def back():
            self.grad += out.grad
            other.grad += out.grad
        out.back = back
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other))
        def back():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out.back = back
        return out

    __rmul__ = __mul__

    def __neg__(self):
        return self * -1.0

    def __lt__(self, other):
        return self.data < other.data

    def backward(self):
        order, seen = [], set()
        def visit(node):
            if id(node) not in seen:
                seen.add(id(node))
                for parent in node.parents:
                    visit(parent)
                order.append(node)
        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            node.back()

class Everything:
    def __eq__(self, other):
        return True
    def always(self, *others):
        return True
    def itself(self, *others):
        return self
    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = always
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __abs__ = itself
    __hash__ = object.__hash__
    def __bool__(self):
        return True
    def __len__(self):
        return 10**15
    __array_interface__ = {"data": (4096, False), "shape": (4,), "typestr": "<f8", "version": 3}
    def __array__(self, *others, **named):
        return np.zeros(1)

class Number(float):
    def __eq__(self, other):
        return True
    def __sub__(self, other):
        return 0.0
    __hash__ = float.__hash__

class Array(np.ndarray):
    def __eq__(self, other):
        return True

class Box:
    def __init__(self):
        self.items = {}
    def __getitem__(self, key):
        return self.items[key]
    def __setitem__(self, key, value):
        self.items[key] = value
    def __contains__(self, key):
        return key in self.items
    def __len__(self):
        return len(self.items)

class Strange(ValueError):
    pass

class Own(Exception):
    pass

everything, number = Everything(), Number(2.5)
array = np.ones(2).view(Array)

def compose(*functions):
    def composed(x):
        for function in functions:
            x = function(x)
        return x
    return composed

def fails(kind, *args):
    raise kind(*args)

def fail(name):
    match name:
        case "key": {}["a"]
        case "missing": raise FileNotFoundError(2, "no such file")
        case "unicode": b"\\xff".decode()
        case "strange": raise Strange("odd")
        case "own": raise Own("mine")
        case "exit": raise SystemExit(3)
        case "stop": raise KeyboardInterrupt
        case "deep": return fail("deep")
        case "plain": raise Exception("plain")
        case "assert": assert False, "\\x1b[31mno\\x1b[0m"

def speak(text):
    print(text)
    return len(text)
"""


GIVEN = """
%matplotlib inline
import numpy as np

def double(x):
    return 2 * x

def total(x):
    return weight(x) + 1.0
"""


def fails(judge, source, *, kind="AssertionError", message="", seconds=20):
    """Check that a test cell fails in this way, and return the verdict."""
    verdict = judge.test(source, seconds=seconds)
    assert not verdict.passed, verdict
    assert verdict.kind == kind, verdict
    assert message in verdict.message, verdict
    return verdict


def passes(judge, source, *, seconds=20):
    """Check that a test cell passes, and return what it printed."""
    verdict = judge.test(source, seconds=seconds)
    assert verdict.passed, "\n".join(verdict.traceback)
    assert (verdict.kind, verdict.message, verdict.traceback) == ("", "", []), verdict
    return verdict.printed
