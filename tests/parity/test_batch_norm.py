"""`batch_norm` against torch in float64: values, gradients and running statistics, to a relative 1e-9."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from d2lmodels.nn.norm import ConvNorm, batch_norm, fold_batch_norms


def random(*shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def assert_equal(ours, theirs):
    assert ours.shape == theirs.shape and ours.isfinite().all() and theirs.isfinite().all()
    scale = max(1.0, theirs.abs().max().item())
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12 * scale)


@given(
    shape=st.tuples(st.integers(2, 4), st.integers(1, 5), st.integers(1, 5), st.integers(1, 5)),
    training=st.booleans(),
    affine=st.booleans(),
    tracked=st.booleans(),
    momentum=st.sampled_from([0.0, 0.1, 0.9, 1.0]),
    eps=st.sampled_from([1e-5, 1e-3, 0.1]),
    seed=st.integers(0, 999),
)
def test_values_gradients_and_statistics(shape, training, affine, tracked, momentum, eps, seed):
    X = random(*shape, seed=seed) * 3 + 2
    weight, bias = (random(shape[1], seed=seed + k) if affine else None for k in (1, 2))
    mean, var = random(shape[1], seed=seed + 3), random(shape[1], seed=seed + 4).abs() + 0.1
    keep = tracked or not training
    results = []
    for function in (batch_norm, F.batch_norm):
        leaves = [v.clone().requires_grad_() for v in (X, weight, bias) if v is not None]
        running = {"running_mean": mean.clone(), "running_var": var.clone()} if keep else {}
        if function is F.batch_norm and not keep:
            running = {"running_mean": None, "running_var": None}
        scale = dict(zip(("weight", "bias"), leaves[1:]))
        Y = function(leaves[0], **scale, **running, training=training, momentum=momentum, eps=eps)
        Y.backward(random(*shape, seed=seed + 5))
        results.append(
            [Y.detach(), *(leaf.grad for leaf in leaves), *filter(lambda v: v is not None, running.values())]
        )
    assert len(results[0]) == len(results[1]) == 2 + 2 * affine + 2 * keep
    for ours, theirs in zip(*results):
        assert_equal(ours, theirs)


def test_running_statistics_follow_torch_s_layer_for_20_batches():
    layer = nn.BatchNorm2d(3).double()
    mean, var = torch.zeros(3).double(), torch.ones(3).double()
    for step in range(20):
        X = random(4, 3, 5, 2, seed=step) * (step + 1) + step
        Y = batch_norm(X, layer.weight, layer.bias, running_mean=mean, running_var=var, training=True)
        assert_equal(Y, layer(X))
    assert_equal(mean, layer.running_mean)
    assert_equal(var, layer.running_var)
    X = random(4, 3, 5, 2)
    Y = batch_norm(X, layer.weight, layer.bias, running_mean=mean, running_var=var, training=False)
    assert_equal(Y, layer.eval()(X))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_result_keeps_the_dtype(dtype):
    X = random(4, 3, 5, 2).to(dtype)
    Y = batch_norm(X, training=True)
    assert Y.dtype == dtype
    torch.testing.assert_close(Y.double(), batch_norm(X.double(), training=True), rtol=0, atol=0.05)


def test_folding_agrees_with_torch_s_own():
    unit = ConvNorm(4, 6, 3, groups=2).double()
    for step in range(3):
        unit(random(4, 4, 5, 5, seed=step))
    theirs = nn.utils.fuse_conv_bn_eval(unit.eval().conv, unit.norm)
    ours = fold_batch_norms(unit)
    assert_equal(ours.weight, theirs.weight)
    assert_equal(ours.bias, theirs.bias)
