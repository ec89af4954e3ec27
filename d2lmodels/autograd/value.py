"""Reverse-mode automatic differentiation on single numbers.

Each operation returns its result together with the values it came from and one local derivative for each
of them. Not here: arrays (`tensor.py`) and derivatives of derivatives (`grad` is a plain number).
"""

import math
from numbers import Real

from d2lmodels.autograd.graph import topological_order


class Value:
    """A number that remembers how it was computed.

    data: the number.
    parents: the values it was computed from.
    local_derivatives: the derivative of this value with respect to each parent, in the same order.
    operation: what computed it, for drawings; empty for a leaf.
    name: a label, for drawings.

    `grad` starts at 0.0, and `backward()` of this or a later value adds to it. Operands may be plain numbers.
    Raises TypeError for data that is not one real number. After the engine of micrograd (Karpathy, 2020),
    with numbers in place of its closures.

    >>> x = Value(3.0)
    >>> y = x * x + 2 * x
    >>> y.backward()
    >>> y.data, x.grad
    (15.0, 8.0)
    """

    def __init__(self, data, parents=(), local_derivatives=(), operation="", *, name=""):
        if not isinstance(data, Real):
            raise TypeError(f"data must be one real number, got {type(data).__name__}")
        self.data = data
        self.grad = 0.0
        self.parents, self.local_derivatives = parents, local_derivatives
        self.operation, self.name = operation, name

    def __add__(self, other):
        other = as_value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0), "+")

    def __mul__(self, other):
        other = as_value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data), "×")

    def __pow__(self, exponent):
        slope = exponent * self.data ** (exponent - 1) if exponent else 0.0
        return Value(self.data**exponent, (self,), (slope,), f"^{exponent}")

    def exp(self):
        result = math.exp(self.data)
        return Value(result, (self,), (result,), "exp")

    def log(self):
        return Value(math.log(self.data), (self,), (1 / self.data,), "log")

    def tanh(self):
        result = math.tanh(self.data)
        return Value(result, (self,), (1 - result**2,), "tanh")

    def relu(self):
        return Value(max(self.data, 0.0), (self,), (float(self.data > 0),), "relu")

    def backward(self):
        """Add to `grad` of every value before this one the derivative of this one."""
        backpropagate(self)

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + other * -1.0

    def __rsub__(self, other):
        return other + self * -1.0

    def __truediv__(self, other):
        return self * other**-1.0

    def __rtruediv__(self, other):
        return other * self**-1.0

    __radd__, __rmul__ = __add__, __mul__

    def __repr__(self):
        return f"Value(data={self.data:.6g}, grad={self.grad:.6g})"


def as_value(number):
    """Wrap a plain number in a leaf; return a `Value` as it is."""
    return number if isinstance(number, Value) else Value(number)


def backpropagate(output):
    """Add d output / d node to `node.grad`, for `output` and every node before it.

    The derivatives flow through a table of this call's own, so a second call adds the same amounts again
    and nothing of the first call's flows twice.
    """
    order = topological_order(output)
    derivative = dict.fromkeys(order, 0.0)
    derivative[output] = 1.0
    for node in reversed(order):
        for parent, local in zip(node.parents, node.local_derivatives):
            derivative[parent] += derivative[node] * local
        node.grad += derivative[node]
