"""Layer normalization by hand, by its invariants, and its gradient by differences and by formula."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from d2lmodels.nn.layer_norm import LayerNorm, layer_norm


def random(*shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_two_rows_by_hand():
    X = torch.tensor([[0.0, 4.0], [5.0, 5.0]], dtype=torch.float64)
    weight, bias = torch.tensor([10.0, 1.0]).double(), torch.tensor([0.0, 7.0]).double()
    Y = layer_norm(X, weight, bias, eps=5.0)  # mean 2 and variance 4: ±2 / √9; mean 5 and variance 0
    expected = torch.tensor([[-20 / 3, 7 + 2 / 3], [0.0, 7.0]], dtype=torch.float64)
    torch.testing.assert_close(Y, expected)


@given(st.integers(2, 6), st.floats(0.1, 100), st.floats(-100, 100), st.integers(0, 99))
def test_mean_0_and_variance_1_whatever_the_scale(dim, scale, shift, seed):
    X = random(3, 2, dim, seed=seed)
    Y = layer_norm(X, eps=0.0)
    torch.testing.assert_close(Y.mean(-1), torch.zeros(3, 2).double(), rtol=0, atol=1e-9)
    torch.testing.assert_close(Y.var(-1, correction=0), torch.ones(3, 2).double())
    torch.testing.assert_close(layer_norm(scale * X + shift, eps=0.0), Y, rtol=1e-6, atol=1e-6)


@given(st.integers(1, 5), st.integers(0, 99))
def test_an_example_does_not_depend_on_the_others(batch, seed):
    X = random(batch, 4, seed=seed)
    alone = torch.cat([layer_norm(x[None]) for x in X])
    torch.testing.assert_close(layer_norm(X), alone, rtol=1e-12, atol=1e-12)


def test_every_element_of_the_gradients():
    leaves = [v.requires_grad_() for v in (random(3, 2, 4), random(4, seed=1), random(4, seed=2))]
    assert torch.autograd.gradcheck(layer_norm, leaves, eps=1e-6, atol=1e-6, rtol=1e-6)


def test_the_gradient_by_formula():
    X, g = random(5, 7).requires_grad_(), random(5, 7, seed=1)
    X_hat = layer_norm(X, eps=0.0)
    X_hat.backward(g)
    centred = g - g.mean(-1, keepdim=True) - X_hat * (g * X_hat).mean(-1, keepdim=True)
    expected = centred / X.std(-1, correction=0, keepdim=True)
    torch.testing.assert_close(X.grad, expected.detach(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_layer_in_any_mode_and_type(dtype):
    layer = LayerNorm(6).to(dtype)
    X = random(4, 6).to(dtype)
    assert torch.equal(layer(X), layer.eval()(X)) and layer(X).dtype == dtype
    assert sorted(layer.state_dict()) == ["bias", "weight"]
    layer.load_state_dict(torch.nn.LayerNorm(6).state_dict())
