"""Batch normalization by hand and by its invariants; what folding keeps."""

import copy
from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from d2lmodels.nn.norm import BatchNorm, ConvNorm, batch_norm, fold_batch_norm, fold_batch_norms


def random(*shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def assert_equal(actual, expected):
    """Equal to a relative 1e-9, and finite."""
    assert actual.isfinite().all()
    scale = max(1.0, expected.abs().max().item())
    torch.testing.assert_close(actual, expected, rtol=1e-9, atol=1e-12 * scale)


def randomize(model, seed=0):
    """Give a model weights and running statistics as if it had been trained, in float64 and eval mode."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in model.double().state_dict().items():
        if tensor.is_floating_point():
            tensor.copy_(torch.randn(tensor.shape, dtype=tensor.dtype, generator=generator) / 2)
        if name.endswith("running_var"):
            tensor.abs_().add_(0.1)
    return model.eval()


def test_two_channels_by_hand():
    X = torch.tensor([[[[0.0, 2.0]], [[1.0, 1.0]]], [[[4.0, 6.0]], [[1.0, 5.0]]]], dtype=torch.float64)
    mean, var = torch.zeros(2).double(), torch.ones(2).double()
    weight, bias = torch.tensor([10.0, 1.0]).double(), torch.tensor([0.0, 7.0]).double()
    Y = batch_norm(X, weight, bias, running_mean=mean, running_var=var, training=True, eps=0.0)
    # channel 0 is 0 2 4 6: mean 3, variance (9 + 1 + 1 + 9) / 4 = 5; channel 1 is 1 1 1 5: mean 2, variance 3
    assert_equal(Y[:, 0].flatten(), torch.tensor([-30.0, -10.0, 10.0, 30.0]).double() / 5**0.5)
    assert_equal(Y[:, 1].flatten(), torch.tensor([-1.0, -1.0, -1.0, 3.0]).double() / 3**0.5 + 7)
    assert_equal(mean, torch.tensor([0.3, 0.2], dtype=torch.float64))
    assert_equal(var, 0.9 + 0.1 * torch.tensor([20.0, 12.0]).double() / 3)  # n − 1 = 3


def test_evaluation_uses_the_running_statistics_and_leaves_them():
    mean, var = torch.tensor([3.0]).double(), torch.tensor([4.0]).double()
    X = torch.tensor([3.0, 5.0, -1.0]).double().reshape(3, 1, 1, 1)
    Y = batch_norm(X, running_mean=mean, running_var=var, training=False, eps=0.0)
    assert Y.flatten().tolist() == [0.0, 1.0, -2.0]
    assert (mean.item(), var.item()) == (3.0, 4.0)


@given(
    st.tuples(st.integers(2, 4), st.integers(1, 3), st.integers(1, 4), st.integers(1, 4)).flatmap(
        lambda shape: st.sampled_from([shape, shape[:2], shape[:3]])
    ),
    st.floats(0.1, 100),
    st.floats(-100, 100),
)
def test_a_training_batch_gets_mean_0_and_variance_1_whatever_its_scale(shape, scale, shift):
    X = random(*shape)
    Y = batch_norm(X, training=True, eps=0.0)
    flat = Y.movedim(1, 0).flatten(1)  # (channels, all the rest)
    torch.testing.assert_close(flat.mean(1), torch.zeros(shape[1]).double(), rtol=0, atol=1e-9)
    torch.testing.assert_close(flat.var(1, correction=0), torch.ones(shape[1]).double())
    torch.testing.assert_close(batch_norm(scale * X + shift, training=True, eps=0.0), Y, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(3, 2), (3, 2, 2, 3)])
def test_every_element_of_the_gradients(shape, training):
    X, weight, bias = random(*shape), random(2, seed=1), random(2, seed=2)
    mean, var = random(2, seed=3), random(2, seed=4).abs() + 0.1

    def function(X, weight, bias):
        running = {"running_mean": mean.clone(), "running_var": var.clone()}
        return batch_norm(X, weight, bias, training=training, **running)

    leaves = [v.requires_grad_() for v in (X, weight, bias)]
    assert torch.autograd.gradcheck(function, leaves, eps=1e-6, atol=1e-6, rtol=1e-6)


def test_the_running_statistics_carry_no_gradient():
    X = random(4, 2, 3, 3).requires_grad_()
    mean, var = torch.zeros(2).double(), torch.ones(2).double()
    batch_norm(X, running_mean=mean, running_var=var, training=True).sum().backward()
    assert not mean.requires_grad and not var.requires_grad


@given(st.integers(2, 6), st.integers(0, 99))
def test_features_are_channels_of_one_pixel(batch, seed):
    X = random(batch, 3, seed=seed)
    Y = batch_norm(X[:, :, None, None], training=True)
    assert torch.equal(batch_norm(X, training=True), Y[:, :, 0, 0])


def test_the_layer_normalizes_with_its_own_past_in_evaluation():
    norm = BatchNorm(2, momentum=0.5, eps=0.0).double()
    norm(torch.tensor([[1.0, 0.0], [3.0, 4.0]], dtype=torch.float64))  # means 2, 2; unbiased variances 2, 8
    assert norm.running_mean.tolist() == [1.0, 1.0] and norm.running_var.tolist() == [1.5, 4.5]
    before = copy.deepcopy(norm.state_dict())
    one = torch.tensor([[1.0, 4.0]], dtype=torch.float64)
    torch.testing.assert_close(norm.eval()(one), torch.tensor([[0.0, 2.0**0.5]], dtype=torch.float64))
    assert all(torch.equal(v, before[k]) for k, v in norm.state_dict().items())
    assert before["num_batches_tracked"] == 1


def test_a_unit_of_convolution_and_normalization():
    unit = ConvNorm(4, 6, 3, stride=2, groups=2)
    assert unit.conv.bias is None and unit.conv.groups == 2 and isinstance(unit.norm, nn.BatchNorm2d)
    X = torch.randn(2, 4, 7, 8)
    assert torch.equal(unit.eval()(X), unit.norm(unit.conv(X)))
    assert ConvNorm(4, 6, 3, padding=0)(X).shape == (2, 6, 5, 6)
    assert [ConvNorm(4, 6, k)(X).shape[2:] for k in (1, 3, 5, 7)] == [(7, 8)] * 4
    assert ConvNorm(4, 6, 1, norm=nn.Identity).conv.bias is not None  # nothing else would shift


@given(
    groups=st.sampled_from([1, 2, 4]),
    bias=st.booleans(),
    affine=st.booleans(),
    kernel=st.sampled_from([1, 3, 5]),
    stride=st.integers(1, 2),
    eps=st.sampled_from([1e-5, 1e-3, 0.5]),
    size=st.tuples(st.integers(1, 2), st.just(4), st.integers(5, 9), st.integers(5, 9)),
    seed=st.integers(0, 99),
)
def test_a_folded_convolution_equals_the_two(groups, bias, affine, kernel, stride, eps, size, seed):
    options = {"stride": stride, "groups": groups, "bias": bias, "dilation": 1 + (kernel == 3)}
    pair = nn.Sequential(nn.Conv2d(4, 8, kernel, **options), nn.BatchNorm2d(8, eps=eps, affine=affine))
    before = copy.deepcopy(randomize(pair, seed).state_dict())
    folded = fold_batch_norm(*pair)
    X = random(*size, seed=seed)
    assert_equal(folded(X), pair(X))
    assert all(torch.equal(v, before[k]) for k, v in pair.state_dict().items())
    assert not folded.training and folded.weight.dtype == torch.float64


class Shared(nn.Module):
    """A model that uses one unit twice, under two names."""

    def __init__(self):
        super().__init__()
        self.first = self.second = ConvNorm(3, 3, 3)
        self.pair = nn.ModuleList([self.first, nn.Sequential(ConvNorm(3, 3, 1), nn.ReLU())])

    def forward(self, X):
        return self.pair[1](self.pair[0](self.second(self.first(X))))


@pytest.mark.parametrize(
    "model",
    [
        ConvNorm(3, 4, 3),
        Shared(),
        nn.Sequential(ConvNorm(3, 4, 3, norm=partial(nn.BatchNorm2d, eps=1e-3)), nn.BatchNorm2d(4)),
        nn.Sequential(ConvNorm(3, 4, 3, norm=nn.Identity), nn.Dropout()),
    ],
    ids=["the model itself", "shared", "a norm of its own", "no norm"],
)
def test_a_folded_model_equals_the_model_which_stays(model):
    randomize(model)
    before, X = copy.deepcopy(model.state_dict()), random(2, 3, 6, 5)
    folded = fold_batch_norms(model)
    assert_equal(folded(X), model(X))
    assert not any(isinstance(module, ConvNorm) for module in folded.modules())
    assert not any(module.training for module in folded.modules())
    for tensor in folded.state_dict().values():
        tensor.zero_()
    assert before.keys() == model.state_dict().keys()
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())


def test_a_folded_convolution_can_be_trained_on():
    folded = fold_batch_norm(nn.Conv2d(2, 3, 1), nn.BatchNorm2d(3).eval())
    folded(torch.ones(1, 2, 1, 1)).sum().backward()
    assert folded.weight.grad.shape == (3, 2, 1, 1) and folded.bias.grad.shape == (3,)
