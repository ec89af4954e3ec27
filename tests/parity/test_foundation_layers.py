"""Activations, random weights, dropout, layer and batch normalization against torch, to a relative 1e-9."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from d2lmodels.nn import init
from d2lmodels.nn.activations import gelu, leaky_relu, relu, sigmoid, silu
from d2lmodels.nn.dropout import Dropout, dropout
from d2lmodels.nn.layer_norm import LayerNorm, layer_norm
from d2lmodels.nn.norm import BatchNorm, batch_norm

PAIRS = [
    (relu, F.relu, {}),
    (leaky_relu, F.leaky_relu, {}),
    (leaky_relu, F.leaky_relu, {"negative_slope": 0.3}),
    (sigmoid, torch.sigmoid, {}),
    (silu, F.silu, {}),
    (gelu, F.gelu, {}),
    (gelu, F.gelu, {"approximate": "tanh"}),
]
DRAWS = [
    ("xavier_uniform_", {}),
    ("xavier_uniform_", {"gain": 5 / 3}),
    ("xavier_normal_", {"gain": 0.5}),
    ("kaiming_uniform_", {}),
    ("kaiming_uniform_", {"mode": "fan_out", "nonlinearity": "relu"}),
    ("kaiming_uniform_", {"a": 0.3, "nonlinearity": "leaky_relu"}),
    ("kaiming_normal_", {"mode": "fan_out"}),
    ("kaiming_normal_", {"nonlinearity": "tanh"}),
    ("kaiming_normal_", {"nonlinearity": "linear"}),
    ("kaiming_normal_", {"nonlinearity": "sigmoid"}),
]


def random(*shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def assert_equal(ours, theirs):
    assert ours.shape == theirs.shape and ours.isfinite().all() and theirs.isfinite().all()
    scale = max(1.0, theirs.abs().max().item())
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12 * scale)


@pytest.mark.parametrize("ours, theirs, options", PAIRS)
@given(seed=st.integers(0, 99), scale=st.sampled_from([1e-3, 1.0, 30.0, 1e4]))
def test_activations_in_value_and_gradient(ours, theirs, options, seed, scale):
    values = torch.cat([random(20, seed=seed) * scale, torch.zeros(2).double()]).reshape(2, 11)
    results = []
    for function in (ours, theirs):
        X = values.clone().requires_grad_()
        Y = function(X, **options)
        Y.backward(random(2, 11, seed=seed + 1))
        results.append((Y.detach(), X.grad))
    for mine, torchs in zip(*results):
        assert_equal(mine, torchs)


@pytest.mark.parametrize("name, options", DRAWS)
@pytest.mark.parametrize("shape", [(7, 3), (6, 4, 3, 5)])
def test_the_same_generator_draws_the_same_weights(name, options, shape):
    drawn = []
    for module in (init, nn.init):
        generator = torch.Generator().manual_seed(3)
        drawn.append(getattr(module, name)(torch.empty(shape).double(), generator=generator, **options))
    assert torch.equal(*drawn)


@pytest.mark.parametrize("name, a", [("tanh", 0.0), ("relu", 0.0), ("leaky_relu", 0.2), ("linear", 0.0)])
def test_gains(name, a):
    assert init.calculate_gain(name, a=a) == nn.init.calculate_gain(name, a)


@pytest.mark.parametrize("p", [0.0, 0.3, 0.5, 0.99, 1.0])
@pytest.mark.parametrize("training", [True, False])
def test_the_same_seed_drops_the_same_numbers(p, training):
    results = []
    for function in (dropout, F.dropout, lambda X, p, training: Dropout(p).train(training)(X)):
        torch.manual_seed(5)
        X = random(30, 40).requires_grad_()
        Y = function(X, p, training=training)
        Y.backward(random(30, 40, seed=1))
        results.append((Y.detach(), X.grad))
    for theirs in results[1:]:
        assert_equal(results[0][0], theirs[0])
        assert_equal(results[0][1], theirs[1])


@given(
    shape=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    affine=st.booleans(),
    eps=st.sampled_from([1e-12, 1e-5, 0.1]),
    seed=st.integers(0, 99),
)
def test_layer_normalization(shape, affine, eps, seed):
    X, g = random(*shape, seed=seed) * 3 + 2, random(*shape, seed=seed + 1)
    dim, results = shape[-1], []
    scale = [random(dim, seed=seed + k) if affine else None for k in (2, 3)]

    def torchs(X, weight, bias, *, eps):
        return F.layer_norm(X, (dim,), weight, bias, eps)

    for function in (layer_norm, torchs):
        leaves = [None if v is None else v.clone().requires_grad_() for v in (X, *scale)]
        Y = function(*leaves, eps=eps)
        Y.backward(g)
        results.append([Y.detach(), *(leaf.grad for leaf in leaves if leaf is not None)])
    for ours, theirs in zip(*results):
        # a single number has variance 0: its gradient is 0 but for rounding, divided by √eps
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12 / eps**0.5 if dim == 1 else 1e-9)


@given(
    shape=st.lists(st.integers(1, 4), max_size=3),
    training=st.booleans(),
    momentum=st.sampled_from([0.1, 0.9]),
    seed=st.integers(0, 99),
)
def test_batch_normalization_of_any_number_of_axes(shape, training, momentum, seed):
    shape = (3, 4, *shape)
    results = []
    for function in (batch_norm, F.batch_norm):
        X = (random(*shape, seed=seed) * 3 + 2).requires_grad_()
        weight, bias = random(4, seed=seed + 1).requires_grad_(), random(4, seed=seed + 2).requires_grad_()
        running = {"running_mean": random(4), "running_var": random(4).abs() + 0.1}
        Y = function(X, weight=weight, bias=bias, **running, training=training, momentum=momentum)
        Y.backward(random(*shape, seed=seed + 3))
        results.append([Y.detach(), X.grad, weight.grad, bias.grad, *running.values()])
    for ours, theirs in zip(*results):
        assert_equal(ours, theirs)


@pytest.mark.parametrize("kind, shape", [(nn.BatchNorm1d, (6, 3)), (nn.BatchNorm2d, (6, 3, 4, 5))])
def test_layers_follow_torch_s_for_20_steps_of_training(kind, shape):
    ours, theirs = BatchNorm(3).double(), kind(3).double()
    assert ours.state_dict().keys() == theirs.state_dict().keys()
    ours.load_state_dict(theirs.state_dict())
    optimizers = [torch.optim.SGD(layer.parameters(), 0.1) for layer in (ours, theirs)]
    for step in range(20):
        X, target = random(*shape, seed=step) * (step + 1) + step, random(*shape, seed=step + 100)
        for layer, optimizer in zip((ours, theirs), optimizers):
            optimizer.zero_grad()
            ((layer(X) - target) ** 2).mean().backward()
            optimizer.step()
    for name, tensor in ours.state_dict().items():
        assert_equal(tensor.double(), theirs.state_dict()[name].double())
    X = random(1, *shape[1:], seed=999)  # one example will do in evaluation
    assert_equal(ours.eval()(X), theirs.eval()(X))


def test_a_layer_takes_torch_s_state():
    theirs = nn.LayerNorm(5).double()
    theirs.weight.data, theirs.bias.data = random(5), random(5, seed=1)
    ours = LayerNorm(5).double()
    ours.load_state_dict(theirs.state_dict())
    X = random(2, 3, 5, seed=2)
    assert_equal(ours(X), theirs(X))
