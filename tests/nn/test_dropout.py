"""Dropout by what it keeps: the mean, the rest in evaluation, the same mask backward."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from d2lmodels.nn.dropout import Dropout, dropout


@given(st.floats(0.05, 0.95), st.integers(0, 99))
def test_a_number_is_0_or_enlarged_and_the_mean_stays(p, seed):
    torch.manual_seed(seed)
    n = 20_000
    Y = dropout(torch.full((n,), 3.0, dtype=torch.float64), p, training=True)
    kept = Y[Y != 0]
    torch.testing.assert_close(kept, torch.full_like(kept, 3 / (1 - p)))
    error = math.sqrt(p * (1 - p) / n)  # of the share kept
    assert abs(len(kept) / n - (1 - p)) < 5 * error
    assert abs(Y.mean() - 3) < 5 * error * 3 / (1 - p)


def test_evaluation_and_p_0_change_nothing_and_p_1_leaves_nothing():
    X = torch.randn(4, 5)
    assert torch.equal(dropout(X, 0.9, training=False), X)
    assert torch.equal(dropout(X, 0.0, training=True), X)
    assert torch.equal(dropout(X, 1.0, training=True), torch.zeros(4, 5))


def test_the_gradient_goes_where_the_signal_went():
    X = torch.ones(1000, dtype=torch.float64, requires_grad=True)
    Y = dropout(X, 0.3, training=True)
    Y.sum().backward()
    assert torch.equal(X.grad, Y.detach())


def test_every_element_of_the_gradient_for_a_fixed_mask():
    X = torch.randn(3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))

    def function(X):
        torch.manual_seed(1)
        return dropout(X, 0.4, training=True)

    assert torch.autograd.gradcheck(function, X.requires_grad_(), eps=1e-6, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_layer_follows_its_mode(dtype):
    layer, X = Dropout(0.5), torch.ones(100, dtype=dtype)
    assert set(layer(X).tolist()) == {0.0, 2.0} and layer(X).dtype == dtype
    assert torch.equal(layer.eval()(X), X)
    assert not torch.equal(layer.train()(X), layer(X))  # a new mask each time
    assert not layer.state_dict()
