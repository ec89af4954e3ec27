"""Reverse-mode automatic differentiation on arrays.

A `Tensor` is an array with a place in a computation graph. What an operation computes, and how a gradient
passes back through it, stands in `rules.py`; here the rules become operators, and `backward` walks the graph.
Not here: devices, in-place operations, derivatives of derivatives.
"""

from functools import wraps

import numpy as np
from jaxtyping import Float, Int

from d2lmodels.autograd.graph import topological_order
from d2lmodels.autograd.rules import (
    add_rule,
    cross_entropy_rule,
    divide_rule,
    exp_rule,
    index_rule,
    log_rule,
    log_softmax_rule,
    matmul_rule,
    max_rule,
    multiply_rule,
    power_rule,
    relu_rule,
    reshape_rule,
    sigmoid_rule,
    softmax_rule,
    subtract_rule,
    sum_rule,
    tanh_rule,
    transpose_rule,
)


def on_tensors(rule):
    """Turn a rule on arrays into an operation on tensors that records itself in the graph."""

    @wraps(rule)
    def operation(*inputs, **options):
        arrays = [x.data if isinstance(x, Tensor) else x for x in inputs]
        value, pullbacks = rule(*arrays, **options)
        result = Tensor(value)
        needed = [getattr(x, "requires_grad", False) for x in inputs]
        tracked = [(x, pull) for x, pull, need in zip(inputs, pullbacks, needed) if need]
        if tracked:
            result.requires_grad = True
            result.parents, result.pullbacks = zip(*tracked)
        return result

    return operation


def matrix_product(a, b):
    """a @ b as in NumPy: a vector is a matrix of one row on the left, of one column on the right."""
    a, b = (x if isinstance(x, Tensor) else np.asarray(x) for x in (a, b))
    if a.ndim == 0 or b.ndim == 0 or a.shape[-1] != b.shape[-2:][0]:
        shapes = f"shapes {a.shape} and {b.shape}"
        raise ValueError(f"a @ b needs as many columns in a as rows in b, got {shapes}")
    if b.ndim == 1:
        return matrix_product(a, b.reshape(-1, 1))[..., 0]
    if a.ndim == 1:
        return matrix_product(a.reshape(1, -1), b)[..., 0, :]
    return on_tensors(matmul_rule)(a, b)


def starting_gradient(output, gradient):
    """Return what `backward` starts from: 1 for a single number, else the gradient it was given."""
    if not output.requires_grad:
        raise ValueError(
            "backward() needs a tensor computed from one with requires_grad=True; this one was not"
        )
    if gradient is None and output.data.size != 1:
        raise ValueError(
            f"backward() starts from one number; shape {output.shape} needs a gradient of that shape"
        )
    start = np.ones_like(output.data) if gradient is None else np.asarray(gradient, output.dtype)
    if start.shape != output.shape:
        raise ValueError(f"gradient must have the tensor's shape {output.shape}, got {start.shape}")
    return start


class Tensor:
    """An array that remembers how it was computed.

    data: an array, or what NumPy makes one of; an array is kept as it is, dtype included, without a copy.
    requires_grad: whether `backward()` of a later tensor should fill `grad`. Wants a floating dtype.

    `grad` is None or an array of the shape of `data`; only leaves (tensors that were not computed) get one.
    `backward()` of a single number adds its gradient to `grad` of every leaf below it, and again when called
    again; `backward(gradient)` does so for `(gradient * self).sum()`. Operators broadcast as in NumPy, and a
    Python number keeps the other operand's dtype. `a @ b` takes `(…, n, k)` and `(…, k, m)`, or vectors;
    `sum`, `mean` and `max` take `axis=None, keepdims=False`, `softmax` and `log_softmax` take `axis=-1`,
    `transpose` NumPy's permutation of all axes. Raises TypeError for data that are no numbers or, where a
    gradient is wanted, whole numbers; ValueError for shapes that do not fit and where `backward` cannot
    start.

    >>> W = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    >>> (W @ np.array([1.0, -1.0])).sum().backward()
    >>> W.grad
    array([[ 1., -1.],
           [ 1., -1.]])
    """

    __array_ufunc__ = None  # so that array + tensor is left to Tensor.__radd__

    def __init__(self, data, requires_grad=False):
        self.data = np.asarray(data)
        if self.data.dtype.kind not in "biuf":  # bool, int, unsigned, float
            element = type(next(self.data.flat, None)).__name__
            raise TypeError(f"data must be real numbers, got {type(data).__name__} of {element}")
        if requires_grad and not np.issubdtype(self.data.dtype, np.floating):
            raise TypeError(f"requires_grad wants floating data, got dtype {self.data.dtype}")
        self.requires_grad, self.grad = requires_grad, None
        self.parents, self.pullbacks = (), ()

    def backward(self, gradient=None):
        """Add to `grad` of every leaf the gradient of this number, or of `(gradient * self).sum()`."""
        flow = {self: starting_gradient(self, gradient)}
        for node in reversed(topological_order(self)):
            g = flow.pop(node)
            if not node.parents:
                total = g if node.grad is None else node.grad + g
                node.grad = np.array(total, node.dtype)  # a copy, so that nobody else holds it
            for parent, pull in zip(node.parents, node.pullbacks):
                flow[parent] = flow[parent] + pull(g) if parent in flow else pull(g)

    __add__ = __radd__ = on_tensors(add_rule)
    __sub__, __truediv__ = on_tensors(subtract_rule), on_tensors(divide_rule)
    __pow__ = on_tensors(power_rule)
    __mul__ = __rmul__ = on_tensors(multiply_rule)
    __matmul__, __getitem__ = matrix_product, on_tensors(index_rule)
    reshape, transpose = on_tensors(reshape_rule), on_tensors(transpose_rule)
    sum, max = on_tensors(sum_rule), on_tensors(max_rule)
    exp, log, tanh = on_tensors(exp_rule), on_tensors(log_rule), on_tensors(tanh_rule)
    sigmoid, relu = on_tensors(sigmoid_rule), on_tensors(relu_rule)
    softmax, log_softmax = on_tensors(softmax_rule), on_tensors(log_softmax_rule)

    def mean(self, axis=None, keepdims=False):
        total = self.sum(axis, keepdims)
        return total / (self.data.size / total.data.size)

    def __neg__(self):
        return self * -1

    def __rsub__(self, other):
        return Tensor.__sub__(other, self)

    def __rtruediv__(self, other):
        return Tensor.__truediv__(other, self)

    def __rpow__(self, other):
        return Tensor.__pow__(other, self)

    def __rmatmul__(self, other):
        return Tensor.__matmul__(other, self)

    shape = property(lambda self: self.data.shape)
    ndim, dtype = property(lambda self: self.data.ndim), property(lambda self: self.data.dtype)

    def __repr__(self):
        return f"Tensor({self.data}, requires_grad={self.requires_grad})"


def cross_entropy(
    logits: Float[Tensor, "batch classes"], targets: Int[np.ndarray, "batch"]
) -> Float[Tensor, ""]:
    """The mean over a batch of −log softmax(logits) at each row's target.

    logits: `(batch, classes)`, any real numbers. targets: `(batch,)`, whole numbers from 0 to classes − 1.
    Raises ValueError for other shapes, an empty batch or a target out of range, TypeError for targets that
    are not whole numbers.

    >>> cross_entropy(Tensor([[0.0, 0.0]]), np.array([1])).data.round(4)
    np.float64(0.6931)
    """
    if not isinstance(logits, Tensor):
        raise TypeError(f"logits must be a Tensor, got {type(logits).__name__}")
    given, targets = type(targets).__name__, np.asarray(targets)
    if targets.dtype.kind not in "iu":
        raise TypeError(f"targets must be an array of class numbers, got {given} of dtype {targets.dtype}")
    if logits.ndim != 2 or targets.shape != logits.shape[:1] or targets.size == 0:
        raise ValueError(
            f"logits must be (batch, classes) and targets (batch,), batch ≥ 1, "
            f"got {logits.shape} and {targets.shape}"
        )
    if targets.min() < 0 or targets.max() >= logits.shape[1]:
        raise ValueError(f"targets must lie in 0…{logits.shape[1] - 1}, got {targets.min()}…{targets.max()}")
    return on_tensors(cross_entropy_rule)(logits, targets)
