"""Activation functions by worked examples, their gradients by differences, and what holds for any number."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd import gradcheck

from d2lmodels.nn.activations import gelu, leaky_relu, relu, sigmoid, silu

ALL = (relu, leaky_relu, sigmoid, silu, gelu, lambda X: gelu(X, approximate="tanh"))
NUMBERS = st.floats(-50, 50)


def tensor(*values):
    return torch.tensor(values, dtype=torch.float64)


def test_worked_examples():
    assert relu(tensor(-2, 0, 3)).tolist() == [0, 0, 3]
    assert leaky_relu(tensor(-2, 0, 3)).tolist() == [-0.02, 0, 3]
    assert leaky_relu(tensor(-2, 3), 0.25).tolist() == [-0.5, 3]
    third = math.log(1 / 2)  # odds of 1 to 2
    torch.testing.assert_close(sigmoid(tensor(third, -third)), tensor(1 / 3, 2 / 3))
    torch.testing.assert_close(silu(tensor(third)), tensor(third / 3))
    torch.testing.assert_close(gelu(tensor(1.959963984540054)), tensor(1.959963984540054 * 0.975))


def test_the_gradient_at_0_and_far_out_is_finite():
    for function, slopes in zip(ALL, ([0, 0, 1], [0.01, 0.01, 1], [0, 0.25, 0], [0, 0.5, 1], [0, 0.5, 1])):
        X = torch.tensor([-1000.0, 0.0, 1000.0], requires_grad=True)
        function(X).sum().backward()
        torch.testing.assert_close(X.grad, torch.tensor(slopes, dtype=torch.float32))


@pytest.mark.parametrize("function", ALL)
def test_every_element_of_the_gradients(function):
    X = torch.randn(3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    X += 0.01 * X.sign()  # away from the corner at 0
    assert gradcheck(function, X.requires_grad_(), eps=1e-6, atol=1e-6, rtol=1e-6)


@given(NUMBERS)
def test_what_the_functions_take_from_a_number_and_its_negative(x):
    a, b = tensor(x), tensor(-x)
    torch.testing.assert_close(relu(a) - relu(b), a)
    torch.testing.assert_close(leaky_relu(a) - leaky_relu(b), a * 1.01)
    torch.testing.assert_close(sigmoid(a) + sigmoid(b), tensor(1.0))
    torch.testing.assert_close(silu(a) - silu(b), a)
    torch.testing.assert_close(gelu(a) - gelu(b), a)
    assert (gelu(a) - gelu(a, approximate="tanh")).abs() < 5e-4


@given(st.lists(NUMBERS, min_size=1, max_size=5), st.integers(0, 5))
def test_each_number_is_taken_by_itself(values, function):
    X = tensor(*values)
    torch.testing.assert_close(ALL[function](X), torch.stack([ALL[function](x) for x in X]))


@pytest.mark.parametrize("function", ALL)
def test_any_shape_and_floating_type_and_nan_stays_nan(function):
    for shape in ((), (0,), (2, 3, 1)):
        for dtype in (torch.float64, torch.float32, torch.bfloat16):
            Y = function(torch.zeros(shape, dtype=dtype))
            assert Y.shape == shape and Y.dtype == dtype
    assert function(tensor(math.nan)).isnan()
