"""One rule per operation on arrays: its value, and how a gradient is pulled back through it.

A rule takes arrays and returns `(value, pullbacks)`. The k-th pullback takes `g`, the gradient of some scalar
L with respect to the value, and returns the gradient of L with respect to the k-th input: a vector–Jacobian
product. Only the pullbacks that are called cost anything. Python numbers may stand for inputs that need no
gradient. Not here: the graph (`tensor.py`).
"""

from collections.abc import Callable
from numbers import Real

import numpy as np
from jaxtyping import Float, Int, Num, Shaped

Array = Shaped[np.ndarray, "..."] | Real
Rule = tuple[Array, tuple[Callable, ...]]


def unbroadcast(g: Array, shape: tuple[int, ...]) -> Array:
    """Sum `g` over the axes along which an array of this shape was repeated by broadcasting."""
    if np.shape(g) == shape:
        return g
    added = g.ndim - len(shape)
    repeated = [added + k for k, n in enumerate(shape) if n == 1 and g.shape[added + k] != 1]
    return g.sum(axis=(*range(added), *repeated)).reshape(shape)


def add_rule(a: Array, b: Array) -> Rule:
    """a + b."""
    return a + b, (
        lambda g: unbroadcast(g, a.shape),
        lambda g: unbroadcast(g, b.shape),
    )


def subtract_rule(a: Array, b: Array) -> Rule:
    """a − b."""
    return a - b, (
        lambda g: unbroadcast(g, a.shape),
        lambda g: unbroadcast(-g, b.shape),
    )


def multiply_rule(a: Array, b: Array) -> Rule:
    """a · b, element by element."""
    return a * b, (
        lambda g: unbroadcast(g * b, a.shape),
        lambda g: unbroadcast(g * a, b.shape),
    )


def divide_rule(a: Array, b: Array) -> Rule:
    """a / b, element by element."""
    return a / b, (
        lambda g: unbroadcast(g / b, a.shape),
        lambda g: unbroadcast(-g * a / b**2, b.shape),
    )


def power_rule(a: Array, b: Array) -> Rule:
    """a to the power b; the gradient towards b takes log 0 as 0."""
    value = a**b
    less = b - (b != 0)  # a**0 is constant: its slope 0 must not be computed as 0 * a**-1

    def pull_b(g):
        log = np.log(a + (a == 0), dtype=value.dtype)
        return unbroadcast(g * value * log, b.shape)

    return value, (lambda g: unbroadcast(g * b * a**less, a.shape), pull_b)


def matmul_rule(a: Num[np.ndarray, "*p n k"], b: Num[np.ndarray, "*q k m"]) -> Rule:
    """a @ b for matrices, or stacks of matrices that broadcast."""
    return a @ b, (
        lambda g: unbroadcast(g @ b.swapaxes(-1, -2), a.shape),
        lambda g: unbroadcast(a.swapaxes(-1, -2) @ g, b.shape),
    )


def sum_rule(a: Array, axis=None, keepdims=False) -> Rule:
    """The sum over an axis, several, or all: the gradient is repeated along what was summed."""
    value = a.sum(axis=axis, keepdims=True)
    return value if keepdims else value.squeeze(axis), (
        lambda g: np.broadcast_to(np.reshape(g, value.shape), a.shape),
    )


def max_rule(a: Array, axis=None, keepdims=False) -> Rule:
    """The maximum over an axis, several, or all: the gradient goes to the maximum, shared equally by ties."""
    value = a.max(axis=axis, keepdims=True)

    def pull(g):
        is_max = a == value
        return np.reshape(g, value.shape) * is_max / is_max.sum(axis=axis, keepdims=True, dtype=a.dtype)

    return value if keepdims else value.squeeze(axis), (pull,)


def reshape_rule(a: Array, *shape) -> Rule:
    """The same numbers in another shape."""
    return a.reshape(*shape), (lambda g: g.reshape(a.shape),)


def transpose_rule(a: Array, *axes) -> Rule:
    """The axes in another order, as NumPy gives it; reversed where no order is given."""
    value = a.transpose(*axes)
    inverse = np.argsort(np.ravel(axes) % a.ndim) if axes else None
    return value, (lambda g: g.transpose(inverse),)


def index_rule(a: Array, index) -> Rule:
    """a[index], with slices or integer arrays: the gradient returns to where the numbers came from."""

    def pull(g):
        full = np.zeros_like(a)
        np.add.at(full, index, g)  # full[index] += g would add a repeated index once
        return full

    return a[index], (pull,)


def exp_rule(a: Array) -> Rule:
    """e to the power a."""
    value = np.exp(a)
    return value, (lambda g: g * value,)


def log_rule(a: Array) -> Rule:
    """The natural logarithm."""
    return np.log(a), (lambda g: g / a,)


def tanh_rule(a: Array) -> Rule:
    """The hyperbolic tangent."""
    value = np.tanh(a)
    return value, (lambda g: g * (1 - value**2),)


def sigmoid_rule(a: Array) -> Rule:
    """1 / (1 + e to the power −a), in a form that overflows on neither side."""
    value = np.exp(-np.logaddexp(0, -a))
    return value, (lambda g: g * value * (1 - value),)


def relu_rule(a: Array) -> Rule:
    """The positive part; the slope at 0 is taken as 0."""
    return np.maximum(a, 0), (lambda g: g * (a > 0),)


def softmax_rule(a: Array, axis=-1) -> Rule:
    """Exponentials divided by their sum along the axis."""
    value = np.exp(a - a.max(axis=axis, keepdims=True))
    value /= value.sum(axis=axis, keepdims=True)
    return value, (lambda g: value * (g - (g * value).sum(axis=axis, keepdims=True)),)


def log_softmax_rule(a: Array, axis=-1) -> Rule:
    """The logarithm of the softmax, finite also where the softmax is rounded to 0."""
    shifted = a - a.max(axis=axis, keepdims=True)
    value = shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
    return value, (lambda g: g - np.exp(value) * g.sum(axis=axis, keepdims=True),)


def cross_entropy_rule(
    logits: Float[np.ndarray, "batch classes"],
    targets: Int[np.ndarray, "batch"],
) -> Rule:
    """The mean of −log softmax(logits) at the targets: its gradient is (softmax − one-hot) / batch."""
    log_probabilities, _ = log_softmax_rule(logits)
    rows = np.arange(len(targets))

    def pull(g):
        gradient = np.exp(log_probabilities)
        gradient[rows, targets] -= 1
        return gradient * (g / len(targets))

    return -log_probabilities[rows, targets].mean(), (pull,)
