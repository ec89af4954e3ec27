"""Mistakes with `d2lmodels.autograd` end in errors that say what was wrong, what was got, what is wanted."""

import math

import numpy as np
import pytest

from d2lmodels.autograd import Tensor, Value, cross_entropy

ROW = Tensor([1.0, 2.0])
LEAF = Tensor([[1.0, 2.0]], requires_grad=True)
LOGITS = Tensor(np.zeros((10, 10)))

BAD = [
    (lambda: Value("2"), TypeError, "data must be one real number, got str"),
    (lambda: Value(None), TypeError, "data must be one real number, got NoneType"),
    (lambda: Value(np.ones(2)), TypeError, "data must be one real number, got ndarray"),
    (lambda: Value(Value(2.0)), TypeError, "data must be one real number, got Value"),
    (lambda: Value(-2.0) ** 0.5, TypeError, "data must be one real number, got complex"),
    (lambda: Value(2.0) + "2", TypeError, "data must be one real number, got str"),
    (lambda: Value(2.0) * [1.0], TypeError, "data must be one real number, got list"),
    (lambda: Value(2.0) + ROW, TypeError, "data must be one real number, got Tensor"),
    (lambda: Tensor(ROW), TypeError, "data must be real numbers, got Tensor of Tensor"),
    (lambda: Tensor([ROW, ROW]), TypeError, "data must be real numbers, got list of Tensor"),
    (lambda: Tensor([Value(1.0)]), TypeError, "data must be real numbers, got list of Value"),
    (lambda: Tensor(None), TypeError, "data must be real numbers, got NoneType"),
    (lambda: Tensor("abc"), TypeError, "data must be real numbers, got str"),
    (lambda: Tensor(["1", "2"]), TypeError, "data must be real numbers, got list of str"),
    (lambda: Tensor([1 + 2j]), TypeError, "data must be real numbers, got list of complex"),
    (lambda: Tensor(np.array([], object)), TypeError, "data must be real numbers, got ndarray"),
    (lambda: Tensor([[1.0], [1.0, 2.0]]), ValueError, "inhomogeneous"),
    (
        lambda: Tensor([1, 2], requires_grad=True),
        TypeError,
        "requires_grad wants floating data, got dtype int64",
    ),
    (
        lambda: Tensor([True], requires_grad=True),
        TypeError,
        "requires_grad wants floating data, got dtype bool",
    ),
    (lambda: LEAF.backward(), ValueError, r"shape \(1, 2\) needs a gradient of that shape"),
    (lambda: (LEAF * 2).backward(), ValueError, r"shape \(1, 2\) needs a gradient of that shape"),
    (lambda: LEAF.backward(np.ones(2)), ValueError, r"gradient must have .* shape \(1, 2\), got \(2,\)"),
    (lambda: LEAF.backward(1.0), ValueError, r"gradient must have .* shape \(1, 2\), got \(\)"),
    (lambda: ROW.sum().backward(), ValueError, "requires_grad=True; this one was not"),
    (lambda: Tensor(np.ones((5, 3))) @ Tensor(np.ones((4, 2))), ValueError, r"\(5, 3\) and \(4, 2\)"),
    (lambda: np.ones((5, 3)) @ Tensor(np.ones((4, 2))), ValueError, "as many columns in a as rows in b"),
    (lambda: Tensor(np.ones((5, 3))) @ np.ones(4), ValueError, r"shapes \(5, 3\) and \(4,\)"),
    (lambda: np.ones(4) @ Tensor(np.ones((3, 2))), ValueError, r"shapes \(4,\) and \(3, 2\)"),
    (lambda: ROW @ [1.0, 2.0, 3.0], ValueError, r"shapes \(2,\) and \(3,\)"),
    (lambda: ROW @ 2.0, ValueError, r"shapes \(2,\) and \(\)"),
    (lambda: Tensor(2.0) @ ROW, ValueError, r"shapes \(\) and \(2,\)"),
    (lambda: Tensor(np.ones((5, 3))) + np.ones(5), ValueError, r"broadcast.*\(5,3\) \(5,\)"),
    (lambda: ROW + "1", TypeError, "add"),
    (lambda: ROW + Value(1.0), TypeError, "data must be real numbers, got ndarray of Value"),
    (lambda: np.exp(ROW), TypeError, "'Tensor' does not support ufuncs"),
    (lambda: ROW.sum(1), ValueError, "axis 1 is out of bounds"),
    (lambda: ROW.softmax(2), ValueError, "axis 2 is out of bounds"),
    (lambda: ROW.reshape(3), ValueError, r"cannot reshape array of size 2 into shape \(3,\)"),
    (lambda: LEAF.transpose(2, 0), ValueError, "axis 2 is out of bounds"),
    (lambda: LEAF.transpose(0), ValueError, "axes don't match"),
    (lambda: ROW[2], IndexError, "index 2 is out of bounds"),
    (lambda: ROW[0.5], IndexError, "integers"),
    (
        lambda: cross_entropy(LOGITS, np.arange(10.0)),
        TypeError,
        "class numbers, got ndarray of dtype float64",
    ),
    (lambda: cross_entropy(LOGITS, np.eye(10)), TypeError, "class numbers, got ndarray of dtype float64"),
    (lambda: cross_entropy(LOGITS, np.eye(10, dtype=int)), ValueError, r"got \(10, 10\) and \(10, 10\)"),
    (lambda: cross_entropy(LOGITS, np.arange(1, 11)), ValueError, r"targets must lie in 0…9, got 1…10"),
    (lambda: cross_entropy(LOGITS, np.arange(-1, 9)), ValueError, r"targets must lie in 0…9, got -1…8"),
    (
        lambda: cross_entropy(LOGITS, np.arange(9)),
        ValueError,
        r"targets \(batch,\).* got \(10, 10\) and \(9,\)",
    ),
    (lambda: cross_entropy(LOGITS, np.zeros((10, 1), int)), ValueError, r"got \(10, 10\) and \(10, 1\)"),
    (lambda: cross_entropy(LOGITS, 3), ValueError, r"got \(10, 10\) and \(\)"),
    (lambda: cross_entropy(LOGITS, [True] * 10), TypeError, "class numbers, got list of dtype bool"),
    (lambda: cross_entropy(LOGITS, ["3"] * 10), TypeError, "class numbers, got list of dtype <U1"),
    (lambda: cross_entropy(LOGITS, Tensor(np.arange(10))), TypeError, "class numbers, got Tensor"),
    (lambda: cross_entropy(ROW, [0, 1]), ValueError, r"logits must be \(batch, classes\).* got \(2,\)"),
    (lambda: cross_entropy(Tensor(np.zeros((0, 3))), np.zeros(0, int)), ValueError, "batch ≥ 1"),
    (lambda: cross_entropy([[0.0, 1.0]], [1]), TypeError, "logits must be a Tensor, got list"),
]


@pytest.mark.parametrize("call, error, message", BAD)
def test_bad_input_says_what_is_wanted(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_the_error_leaves_no_trace():
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    with pytest.raises(ValueError):
        y.backward()
    assert x.grad is None
    y.backward(np.ones(2))
    np.testing.assert_array_equal(x.grad, [2.0, 2.0])


def test_a_value_outside_a_function_s_domain():
    for call, error in [
        (lambda: Value(0.0).log(), ValueError),
        (lambda: Value(-1.0).log(), ValueError),
        (lambda: 1 / Value(0.0), ZeroDivisionError),
        (lambda: Value(1000.0).exp(), OverflowError),
    ]:
        with pytest.raises(error):
            call()


@pytest.mark.filterwarnings("ignore:invalid value")
def test_the_mean_of_nothing_is_nan_as_in_numpy():
    assert math.isnan(Tensor(np.zeros((0, 3))).mean().data)
