"""`Value`: each operation against finite differences, and what `backward` adds to which numbers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2lmodels.autograd import Value, numerical_gradient

OPERATIONS = {
    "a + b": lambda a, b: a + b,
    "a * b": lambda a, b: a * b,
    "a - b": lambda a, b: a - b,
    "a / b": lambda a, b: a / b,
    "-a": lambda a, b: -a,
    "a + 2, a * 2": lambda a, b: (a + 2) * (a * 2),
    "a - 2, a / 2": lambda a, b: (a - 2) * (a / 2),
    "2 + a, 2 * a": lambda a, b: (2 + a) * (2 * a),
    "2 - a, 2 / a": lambda a, b: (2 - a) * (2 / a),
    "a ** 3": lambda a, b: a**3,
    "a ** 0": lambda a, b: a**0,
    "a ** -1.5": lambda a, b: (a * a) ** -1.5,
    "exp": lambda a, b: a.exp(),
    "log": lambda a, b: (a * a).log(),
    "tanh": lambda a, b: a.tanh(),
    "relu": lambda a, b: a.relu() + (-a).relu() * 3,
    "a reused": lambda a, b: (a * b + a).tanh() * a,
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
@given(*[st.floats(0.5, 2) | st.floats(-2, -0.5)] * 2)
def test_operations_equal_finite_differences(operation, x, y):
    a, b = Value(x), Value(y)
    operation(a, b).backward()
    numerical = numerical_gradient(lambda pair: operation(*map(Value, pair)).data, np.array([x, y]))
    np.testing.assert_allclose([a.grad, b.grad], numerical, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("operation", [f for f in OPERATIONS if not f.isalpha() and f != "a reused"])
def test_arithmetic_is_that_of_numbers(operation):
    evaluate = OPERATIONS[operation]
    assert evaluate(Value(3.0), Value(-2.0)).data == pytest.approx(evaluate(3.0, -2.0), rel=1e-12)


def test_relu_passes_nothing_below_zero_and_takes_its_slope_at_zero_as_zero():
    for number, value, slope in [(-3.0, 0.0, 0.0), (0.0, 0.0, 0.0), (3.0, 3.0, 1.0)]:
        x = Value(number)
        y = x.relu()
        y.backward()
        assert (y.data, x.grad) == (value, slope)


def test_a_power_of_zero_has_a_slope():
    for exponent, slope in [(0, 0.0), (1, 1.0), (2, 0.0)]:
        x = Value(0.0)
        (x**exponent).backward()
        assert x.grad == slope


def test_every_node_gets_its_gradient():
    a, b = Value(2.0), Value(-3.0)
    c = a * b
    d = c + 10.0
    (d * c).backward()
    assert (d.grad, c.grad, a.grad, b.grad) == (-6.0, -2.0, 6.0, -4.0)


def test_backward_again_adds_the_same_again():
    x = Value(1.5)
    y = x * x
    z = y * y + y
    z.backward()
    once = [node.grad for node in (x, y, z)]
    z.backward()
    assert [node.grad for node in (x, y, z)] == [2 * grad for grad in once]


def test_two_results_add_up_in_a_shared_input():
    x = Value(3.0)
    (x * 2.0).backward()
    (x * x).backward()
    assert x.grad == 2.0 + 6.0


def test_nan_passes_through():
    x = Value(math.nan)
    assert all(math.isnan(y.data) for y in (x + 1, x * 0, x**2, x.exp(), x.log(), x.tanh(), x.relu()))


def test_numpy_numbers_on_the_left():
    x = Value(3.0)
    assert [(np.float64(2) + x).data, (np.float64(2) - x).data, (np.float64(6) / x).data] == [5, -1, 2]


def test_the_label_says_data_and_gradient():
    assert repr(Value(2.0, name="x")) == "Value(data=2, grad=0)"
