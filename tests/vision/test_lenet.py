"""LeNet: its sizes and parameters, invariants, and that it learns."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import cross_entropy

from d2lmodels.nn.conv import conv2d, max_pool2d
from d2lmodels.vision.lenet import LeNet


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


def normal(*shape):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def test_parameters_by_a_worked_sum():
    full = (16 * 5 * 5 + 1) * 120 + (120 + 1) * 84
    assert count(LeNet()) == (5 * 5 + 1) * 6 + (6 * 5 * 5 + 1) * 16 + full + (84 + 1) * 10 == 61_706
    assert count(LeNet(2, 3, image_size=32)) == (3 * 25 + 1) * 6 + (150 + 1) * 16 + full + (84 + 1) * 2
    assert count(LeNet(10, 3, image_size=32)) == 62_006


@pytest.mark.parametrize(("in_channels", "image_size"), [(1, 28), (1, 32), (3, 28), (3, 32)])
def test_the_sizes_on_the_way(in_channels, image_size):
    model, X = (
        LeNet(7, in_channels, image_size=image_size),
        torch.zeros(2, in_channels, image_size, image_size),
    )
    shapes = []
    for layer in model.features:
        X = layer(X)
        shapes.append(tuple(X.shape[1:]))
    c1, s2, c3, s4 = (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5)
    assert shapes == [c1, c1, s2, c3, c3, s4]
    assert model.classifier(X).shape == (2, 7)
    assert LeNet(7, in_channels, image_size=image_size)(torch.zeros(0, *model.image_shape)).shape == (0, 7)


@pytest.mark.parametrize("image_size", [28, 32])
def test_it_is_what_our_own_convolution_and_pooling_compute(image_size):
    model, X = LeNet(image_size=image_size).double(), normal(3, 1, image_size, image_size)
    first, _, _, second, _, _ = model.features
    hidden = conv2d(X, first.weight, first.bias, padding=2 if image_size == 28 else 0)
    hidden = max_pool2d(hidden.clamp(min=0), 2)
    hidden = max_pool2d(conv2d(hidden, second.weight, second.bias).clamp(min=0), 2).flatten(1)
    weights = [layer for layer in model.classifier if isinstance(layer, nn.Linear)]
    for layer in weights[:-1]:
        hidden = (hidden @ layer.weight.T + layer.bias).clamp(min=0)
    logits = hidden @ weights[-1].weight.T + weights[-1].bias
    torch.testing.assert_close(model(X), logits, rtol=1e-9, atol=1e-12)


@settings(max_examples=10)
@given(st.permutations(range(4)))
def test_an_image_does_not_see_the_others_of_its_batch(order):
    model, X = LeNet().double(), normal(4, 1, 28, 28)
    torch.testing.assert_close(model(X)[order], model(X[order]))
    torch.testing.assert_close(model(X)[:1], model(X[:1]))


def test_the_same_seed_gives_the_same_network():
    states = []
    for _ in range(2):
        torch.manual_seed(3)
        states.append(LeNet().state_dict())
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


@pytest.mark.parametrize(("in_channels", "image_size"), [(1, 28), (3, 32)])
def test_it_overfits_one_batch(in_channels, image_size):
    torch.manual_seed(0)
    model = LeNet(10, in_channels, image_size=image_size)
    X, y = torch.rand(20, in_channels, image_size, image_size), torch.arange(20) % 10
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(60):
        loss = cross_entropy(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.01
    assert (model(X).argmax(1) == y).all()
    assert all(parameter.grad.isfinite().all() for parameter in model.parameters())
