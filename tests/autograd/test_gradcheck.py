"""The check itself: it passes what is right, and names what is wrong."""

import numpy as np
import pytest

from d2lmodels.autograd import Tensor, check_rule, gradcheck, numerical_gradient
from d2lmodels.autograd.tensor import on_tensors

X = np.array([[1.0, -2.0, 0.5], [3.0, 0.1, -1.0]])


def cube(slope):
    """The rule of a³ with a derivative of the caller's choice."""
    return lambda a: (a**3, (lambda g: slope(g, a),))


def test_numerical_gradient_of_a_known_function():
    x = X.copy()
    np.testing.assert_allclose(numerical_gradient(lambda x: np.sin(x).sum(), x), np.cos(X), atol=1e-9)
    np.testing.assert_array_equal(x, X)


def test_the_step_matters():
    assert abs(numerical_gradient(lambda x: x[0] ** 3, np.array([1.0]), step=0.1)[0] - 3.01) < 1e-12


def test_check_rule_passes_the_right_derivative():
    assert check_rule(cube(lambda g, a: g * 3 * a**2), X) < 1e-6


@pytest.mark.parametrize(
    "slope",
    [
        lambda g, a: -g * 3 * a**2,
        lambda g, a: g * 3 * a**2 * (1 + 1e-5),
        lambda g, a: g * 3 * a**2 + 1e-5 * (np.indices(a.shape).sum(axis=0) == 3),  # wrong in one element
        lambda g, a: (g * 3 * a**2).sum(axis=0),
        lambda g, a: np.full_like(a, np.nan),
    ],
    ids=["sign", "factor", "one element", "shape", "nan"],
)
def test_check_rule_finds_the_wrong_derivative(slope):
    with pytest.raises(AssertionError):
        check_rule(cube(slope), X)


def test_check_rule_names_the_element():
    wrong = cube(lambda g, a: g * 3 * a**2 + (np.indices(a.shape).sum(axis=0) == 3))
    with pytest.raises(AssertionError, match=r"element \(1, 2\): gradient .* nudging"):
        check_rule(wrong, X)


def test_check_rule_looks_at_every_input():
    def product(a, b):
        return a * b, (lambda g: g * b, lambda g: -g * a)

    with pytest.raises(AssertionError):
        check_rule(product, X, X + 1)


def test_gradcheck_checks_a_whole_expression_and_leaves_grad_alone():
    W, x = Tensor(X, requires_grad=True), Tensor(X[0] + 1, requires_grad=True)
    W.grad = np.ones_like(X)
    assert gradcheck(lambda W, x: (W @ x).tanh() * x[:2] + W.max(axis=1), W, x) < 1e-6
    np.testing.assert_array_equal(W.grad, np.ones_like(X))
    assert x.grad is None


def test_gradcheck_finds_a_wrong_operation():
    wrong = on_tensors(cube(lambda g, a: g * 2 * a**2))
    with pytest.raises(AssertionError, match="element"):
        gradcheck(lambda x: wrong(x) * 2, Tensor(X, requires_grad=True))


def test_the_weights_of_a_check_are_not_the_numbers_of_its_input():
    """With g equal to the input, a pullback of zeros would pass for a rule that standardizes rows."""

    def standardize(a):
        value = (a - a.mean(axis=1, keepdims=True)) / a.std(axis=1, keepdims=True)
        return value, (lambda g: np.zeros_like(a),)

    for seed in range(3):
        with pytest.raises(AssertionError, match="element"):
            check_rule(standardize, np.random.default_rng(seed).standard_normal((4, 6)), seed=seed)
