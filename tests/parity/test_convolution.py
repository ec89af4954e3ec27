"""`unfold`, `fold`, `conv2d` and `max_pool2d` against torch in float64: values and gradients, to 1e-9."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from d2lmodels.nn.conv import conv2d, conv2d_loops, max_pool2d
from d2lmodels.nn.unfold import fold, output_size, unfold

PAIRS = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def geometries(draw, *, pooling=False):
    """Return sizes that fit: image_size, kernel_size, and the keywords stride, padding and dilation."""
    kernel_size, stride, dilation = draw(PAIRS), draw(PAIRS), draw(PAIRS)
    padding = tuple(draw(st.integers(0, k // 2 if pooling else 2)) for k in kernel_size)
    spans = [d * (k - 1) + 1 for k, d in zip(kernel_size, dilation)]
    least = [max(span - 2 * p, 1) for span, p in zip(spans, padding)]  # then the kernel just fits
    image_size = tuple(n + draw(st.integers(0, 3)) for n in least)
    return image_size, kernel_size, {"stride": stride, "padding": padding, "dilation": dilation}


def assert_equal(ours, theirs):
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
    assert ours.isfinite().all()
    atol = 1e-12 * max(1, theirs.detach().abs().max().item()) if theirs.numel() else 0
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=atol)


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def assert_same_results(ours, theirs, *tensors):
    """Compare two functions: the result, and what a random gradient becomes at each argument."""
    leaves = [tensor.clone().requires_grad_() for tensor in tensors]
    torch_leaves = [tensor.clone().requires_grad_() for tensor in tensors]
    result, torch_result = ours(*leaves), theirs(*torch_leaves)
    assert_equal(result, torch_result)
    g = normal(*result.shape, seed=1)
    result.backward(g)
    torch_result.backward(g)
    for leaf, torch_leaf in zip(leaves, torch_leaves):
        assert_equal(leaf.grad, torch_leaf.grad)


@given(geometries(), st.integers(0, 2), st.integers(1, 3))
def test_unfold_and_fold(sizes, batch, channels):
    image_size, kernel_size, geometry = sizes
    X = normal(batch, channels, *image_size)
    columns = unfold(X, kernel_size, **geometry)
    assert_equal(columns, F.unfold(X, kernel_size, **geometry))
    columns = normal(*columns.shape, seed=1)
    assert_equal(
        fold(columns, image_size, kernel_size, **geometry),
        F.fold(columns, image_size, kernel_size, **geometry),
    )
    assert_same_results(
        lambda X: unfold(X, kernel_size, **geometry), lambda X: F.unfold(X, kernel_size, **geometry), X
    )


@given(geometries(), st.integers(0, 2), st.integers(1, 3), st.tuples(*[st.integers(1, 2)] * 2), st.booleans())
def test_conv2d(sizes, batch, groups, per_group, with_bias):
    image_size, kernel_size, geometry = sizes
    depth, filters = per_group
    X, W = normal(batch, groups * depth, *image_size), normal(groups * filters, depth, *kernel_size, seed=2)
    bias = [normal(groups * filters, seed=3)] if with_bias else []
    assert_same_results(
        lambda *leaves: conv2d(*leaves, groups=groups, **geometry),
        lambda *leaves: F.conv2d(*leaves, groups=groups, **geometry),
        X,
        W,
        *bias,
    )


@settings(max_examples=40)
@given(geometries(), st.integers(0, 2), st.integers(1, 2))
def test_the_loops(sizes, batch, groups):
    image_size, kernel_size, geometry = sizes
    X, W = normal(batch, groups * 2, *image_size), normal(groups * 2, 2, *kernel_size, seed=2)
    bias = normal(groups * 2, seed=3)
    assert_equal(
        conv2d_loops(X, W, bias, groups=groups, **geometry), F.conv2d(X, W, bias, groups=groups, **geometry)
    )


@given(geometries(pooling=True), st.integers(0, 2), st.integers(1, 2), st.booleans())
def test_max_pool2d(sizes, batch, channels, ties):
    image_size, kernel_size, geometry = sizes
    X = normal(batch, channels, *image_size)
    spans = output_size(image_size, kernel_size, **geometry)
    if ties:
        X = X.round()
    ours = max_pool2d(X, kernel_size, **geometry)
    assert ours.shape[2:] == spans
    theirs = F.max_pool2d(X, kernel_size, **geometry)
    if not theirs.isfinite().all():  # a dilated window may lie in the padding altogether
        assert torch.equal(ours, theirs)
        return
    assert_same_results(
        lambda X: max_pool2d(X, kernel_size, **geometry),
        lambda X: F.max_pool2d(X, kernel_size, **geometry),
        X,
    )


def test_the_stride_of_pooling_is_the_kernel_size_unless_given():
    X = normal(2, 3, 7, 9)
    assert_same_results(lambda X: max_pool2d(X, (2, 3)), lambda X: F.max_pool2d(X, (2, 3)), X)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("number", [1, 2])
def test_one_number_serves_both_directions(dtype, number):
    X, W = normal(2, 4, 7, 9).to(dtype), normal(6, 4, 3, 3).to(dtype)
    for options in ({"stride": number}, {"padding": number}, {"dilation": number}):
        ours, theirs = conv2d(X, W, **options), F.conv2d(X, W, **options)
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
        assert ours.dtype == dtype


def test_images_and_gradients_laid_out_otherwise_in_memory():
    X, W = normal(2, 7, 9, 4).permute(0, 3, 1, 2), normal(3, 3, 6, 4).permute(2, 3, 0, 1)
    assert not X.is_contiguous() and not W.is_contiguous()
    assert_same_results(
        lambda X, W: conv2d(X, W).transpose(2, 3), lambda X, W: F.conv2d(X, W).transpose(2, 3), X, W
    )
    assert_same_results(
        lambda X: max_pool2d(X, 2).transpose(2, 3), lambda X: F.max_pool2d(X, 2).transpose(2, 3), X
    )


def test_infinities_and_nan_pass_through_pooling_as_in_torch():
    X = normal(1, 1, 6, 6)
    X[0, 0, 0, 0], X[0, 0, 2, 2], X[0, 0, 4, 4] = float("nan"), float("inf"), -float("inf")
    torch.testing.assert_close(max_pool2d(X, 2), F.max_pool2d(X, 2), equal_nan=True)


def test_a_network_of_them_follows_torch_for_20_steps():
    X, y = normal(8, 2, 9, 9), torch.arange(8) % 3
    start = [normal(4, 2, 3, 3, seed=1) / 4, normal(4, seed=2) / 4, normal(3, 4, 2, 2, seed=3) / 4]

    def run(conv2d, max_pool2d):
        W1, b1, W2 = leaves = [tensor.clone().requires_grad_() for tensor in start]
        for _ in range(20):
            hidden = max_pool2d(conv2d(X, W1, b1, padding=1).relu(), 3, stride=2, padding=1)
            loss = F.cross_entropy(conv2d(hidden, W2, dilation=2).amax((2, 3)), y)
            for leaf, gradient in zip(leaves, torch.autograd.grad(loss, leaves)):
                leaf.data -= 0.5 * gradient
        return leaves

    for ours, theirs, before in zip(run(conv2d, max_pool2d), run(F.conv2d, F.max_pool2d), start):
        assert_equal(ours, theirs)
        assert (ours - before).abs().max() > 0.01
