"""Random weights: fans and gains by hand, variances, and what a relu leaves of a signal."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from d2lmodels.nn.init import (
    calculate_gain,
    fans,
    kaiming_normal_,
    kaiming_uniform_,
    xavier_normal_,
    xavier_uniform_,
)

SHAPES = ((400, 100), (100, 400), (64, 16, 5, 5))
DRAWS = [
    (xavier_uniform_, {"gain": 2.0}, lambda n, m: 4 * 2 / (n + m)),
    (xavier_normal_, {}, lambda n, m: 2 / (n + m)),
    (kaiming_uniform_, {"a": 1.0}, lambda n, m: 1 / n),
    (kaiming_normal_, {"mode": "fan_out", "nonlinearity": "relu"}, lambda n, m: 2 / m),
]


def generator(seed):
    return torch.Generator().manual_seed(seed)


def test_fans_by_hand():
    assert fans(torch.empty(10, 784)) == (784, 10)
    assert fans(torch.empty(16, 6, 5, 5)) == (150, 400)


def test_gains():
    names = ("linear", "sigmoid", "tanh", "relu", "leaky_relu")
    assert [calculate_gain(name) ** 2 for name in names] == pytest.approx([1, 1, 25 / 9, 2, 2])
    assert calculate_gain("leaky_relu", a=3.0) ** 2 == pytest.approx(0.2)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("draw, options, variance", DRAWS)
def test_mean_and_variance_lie_within_five_standard_errors(draw, options, variance, shape):
    weight = torch.empty(shape, dtype=torch.float64)
    assert draw(weight, generator=generator(1), **options) is weight
    expected, n = variance(*fans(weight)), weight.numel()
    assert abs(weight.mean()) < 5 * math.sqrt(expected / n)
    fourth = 9 / 5 if "uniform" in draw.__name__ else 3  # the mean fourth power over variance²
    assert abs((weight**2).mean() / expected - 1) < 5 * math.sqrt((fourth - 1) / n)
    assert ((weight**4).mean() / expected**2 - fourth).abs() < 0.2


@given(st.integers(1, 9), st.integers(1, 9), st.floats(0, 3))
def test_transposing_a_weight_exchanges_the_fans(outputs, inputs, a):
    weight = torch.empty(outputs, inputs, dtype=torch.float64)
    one = kaiming_uniform_(weight, a=a, mode="fan_in", generator=generator(0)).abs().max()
    bound = math.sqrt(3 * 2 / (1 + a**2) / inputs)
    assert one <= bound
    other = torch.empty(inputs, outputs, dtype=torch.float64)
    kaiming_uniform_(other, a=a, mode="fan_out", generator=generator(0))
    assert torch.equal(other.flatten(), weight.flatten())  # one bound, one stream of numbers
    xavier_normal_(other, generator=generator(0))
    assert torch.equal(xavier_normal_(weight, generator=generator(0)).flatten(), other.flatten())


def test_a_relu_layer_keeps_the_mean_square():
    X = torch.randn(200, 500, generator=generator(2))
    for _ in range(10):
        X = (X @ kaiming_normal_(torch.empty(500, 500), nonlinearity="relu", generator=generator(3)).T).relu()
    assert 0.3 < (X**2).mean() < 0.9  # a half at the first relu, and as much after ten


def test_a_parameter_is_filled_without_a_gradient():
    weight = torch.nn.Parameter(torch.zeros(3, 3))
    xavier_uniform_(weight)
    assert weight.requires_grad and weight.is_leaf and weight.grad is None and weight.any()
