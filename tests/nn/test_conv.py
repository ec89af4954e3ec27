"""Convolution and pooling by themselves: worked examples, gradients by differences, invariants."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck, gradgradcheck

import d2lmodels.nn.conv as rules
from d2lmodels.nn.conv import conv2d, conv2d_loops, max_pool2d
from d2lmodels.nn.unfold import fold, output_size, pad, unfold

GEOMETRIES = [
    {},
    {"stride": 2, "padding": 1},
    {"stride": (1, 3), "padding": (2, 0), "dilation": (2, 1)},
    {"stride": 3, "dilation": 2, "padding": 1},
]


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def leaf(*shape, seed=0):
    return normal(*shape, seed=seed).requires_grad_()


def test_a_convolution_by_hand():
    X = torch.tensor([[[[1.0, 2.0, 0.0], [0.0, 1.0, 3.0], [2.0, 0.0, 1.0]]]])
    W = torch.tensor([[[[1.0, -1.0], [2.0, 0.0]]]])
    by_hand = torch.tensor([[[[1 - 2 + 0, 2 - 0 + 2], [0 - 1 + 4, 1 - 3 + 0]]]]).float()
    assert torch.equal(conv2d(X, W), by_hand)
    assert torch.equal(conv2d_loops(X, W), by_hand)
    assert torch.equal(conv2d(X, W, torch.tensor([10.0])), by_hand + 10)
    at_corners = torch.tensor([[[[0.0, 0.0], [-2.0, 1.0]]]])
    assert torch.equal(conv2d(X, W, stride=3, padding=1), at_corners)


def test_gradients_by_hand():
    X = torch.tensor([[[[1.0, 2.0, 3.0]]]], requires_grad=True)
    W = torch.tensor([[[[10.0, 20.0]]]], requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    (conv2d(X, W, bias) * torch.tensor([1.0, 2.0])).sum().backward()
    assert X.grad.tolist() == [[[[10.0, 20.0 + 2 * 10.0, 2 * 20.0]]]]
    assert W.grad.tolist() == [[[[1.0 + 2 * 2.0, 2.0 + 2 * 3.0]]]]
    assert bias.grad.tolist() == [3.0]


def test_filters_are_not_flipped():
    X = torch.tensor([[[[0.0, 0.0, 1.0, 0.0, 0.0]]]])
    assert conv2d(X, torch.tensor([[[[1.0, 2.0, 3.0]]]])).flatten().tolist() == [3.0, 2.0, 1.0]


def test_a_group_sees_its_own_channels_alone():
    X, W = normal(1, 6, 5, 5), normal(9, 2, 3, 3)
    before = conv2d(X, W, groups=3)
    X[:, 2:4] = 0.0  # what the second third of the filters sees
    after = conv2d(X, W, groups=3)
    assert (after[:, 3:6] == 0).all()
    assert torch.equal(after[:, :3], before[:, :3]) and torch.equal(after[:, 6:], before[:, 6:])


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_every_element_of_the_gradients_of_conv2d(geometry, groups):
    leaves = leaf(2, 2, 4, 5), leaf(2, 2 // groups, 3, 2, seed=1), leaf(2, seed=2)

    def call(X, W, bias):
        return conv2d(X, W, bias, groups=groups, **geometry)

    assert gradcheck(call, leaves, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize(
    "geometry", [{}, {"stride": 1, "padding": 1}, {"stride": (2, 1), "dilation": (1, 2)}]
)
def test_every_element_of_the_gradient_of_max_pool2d(geometry):
    X = torch.randperm(60, generator=torch.Generator().manual_seed(0)).double().reshape(1, 3, 5, 4)
    assert gradcheck(lambda X: max_pool2d(X, (3, 2), **geometry), X.requires_grad_(), atol=1e-6, rtol=1e-6)


def test_gradients_of_gradients():
    X, W, bias = leaf(1, 2, 4, 4), leaf(2, 1, 2, 3, seed=1), leaf(2, seed=2)
    assert gradgradcheck(lambda *leaves: conv2d(*leaves, groups=2, padding=1), (X, W, bias))
    distinct = (
        torch.randperm(32, generator=torch.Generator().manual_seed(0))
        .double()
        .reshape(1, 2, 4, 4)
        .requires_grad_()
    )
    assert gradgradcheck(lambda X: max_pool2d(X, 2) ** 2, distinct)


@pytest.mark.parametrize("wanted", [(0,), (1,), (2,), (0, 2), ()])
def test_only_the_gradients_that_are_wanted_are_computed(wanted, monkeypatch):
    called = []
    for name in ("gradient_of_images", "gradient_of_filters"):
        rule = getattr(rules, name)
        monkeypatch.setattr(
            rules, name, lambda *a, name=name, rule=rule, **k: called.append(name) or rule(*a, **k)
        )
    tensors = [normal(1, 2, 4, 4), normal(3, 2, 2, 2), normal(3)]
    for index in wanted:
        tensors[index].requires_grad_()
    Y = conv2d(*tensors)
    assert Y.requires_grad == bool(wanted)
    if wanted:
        Y.sum().backward()
    assert called == [
        name for k, name in enumerate(["gradient_of_images", "gradient_of_filters"]) if k in wanted
    ]
    assert [tensor.grad is not None for tensor in tensors] == [k in wanted for k in range(3)]


def test_the_first_of_equal_maxima_gets_the_gradient():
    X = torch.zeros(1, 1, 2, 4, requires_grad=True)
    max_pool2d(X, 2).sum().backward()
    assert X.grad.tolist() == [[[[1.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0]]]]


def test_a_maximum_of_several_windows_gets_all_their_gradients():
    X = torch.tensor([[[[1.0, 5.0, 2.0]]]], requires_grad=True)
    max_pool2d(X, (1, 2), stride=1).sum().backward()
    assert X.grad.tolist() == [[[[0.0, 2.0, 0.0]]]]


def test_padding_is_no_maximum_among_negative_numbers():
    X = torch.full((1, 1, 3, 3), -2.0)
    assert (max_pool2d(X, 3, stride=1, padding=1) == -2).all()


def test_sizes():
    assert output_size(28, 5, padding=2) == (28, 28)
    assert output_size(5, 5) == (1, 1)
    assert output_size((7, 8), (3, 2), stride=(2, 3), dilation=(3, 4)) == (1, 2)
    assert pad(torch.ones(2, 1, 3, 4), (1, 2), value=7.0).sum() == 24 + 7 * 2 * (5 * 8 - 12)


def test_an_empty_batch_and_a_kernel_as_large_as_the_image():
    X, W, bias = leaf(0, 2, 3, 4), leaf(5, 2, 3, 4), leaf(5)
    Y = conv2d(X, W, bias)
    assert Y.shape == (0, 5, 1, 1)
    Y.sum().backward()
    assert X.grad.shape == X.shape and (W.grad == 0).all() and (bias.grad == 0).all()
    assert max_pool2d(X, (3, 4)).shape == (0, 2, 1, 1)
    full = normal(3, 2, 3, 4)
    torch.testing.assert_close(conv2d(full, W)[:, :, 0, 0], full.flatten(1) @ W.flatten(1).T)


small = st.integers(1, 3)


@given(small, small, small, st.integers(0, 2), small, st.integers(0, 1000))
def test_fold_is_the_adjoint_of_unfold(kernel, extra, stride, padding, dilation, seed):
    size = (dilation * (kernel - 1) + extra, dilation * (kernel - 1) + extra + 1)
    geometry = {"stride": stride, "padding": padding, "dilation": dilation}
    X = normal(2, 2, *size, seed=seed)
    unfolded = unfold(X, kernel, **geometry)
    columns = normal(*unfolded.shape, seed=seed + 1)
    folded = fold(columns, size, kernel, **geometry)
    torch.testing.assert_close((unfolded * columns).sum(), (X * folded).sum(), rtol=1e-9, atol=1e-9)


@given(st.integers(0, 3), st.integers(0, 3), st.integers(0, 1000))
def test_shifting_the_image_shifts_the_result(down, across, seed):
    X, W = torch.zeros(1, 2, 12, 12, dtype=torch.float64), normal(3, 2, 3, 3, seed=seed + 1)
    X[:, :, 3:6, 3:6] = normal(1, 2, 3, 3, seed=seed)
    shifted = X.roll((down, across), (2, 3))
    torch.testing.assert_close(conv2d(shifted, W), conv2d(X, W).roll((down, across), (2, 3)))
    assert torch.equal(
        max_pool2d(shifted, 3, stride=1), max_pool2d(X, 3, stride=1).roll((down, across), (2, 3))
    )


@settings(max_examples=30)
@given(st.integers(0, 1000), st.floats(-3, 3))
def test_convolution_is_linear(seed, factor):
    X, other, W = (
        normal(1, 2, 5, 5, seed=seed),
        normal(1, 2, 5, 5, seed=seed + 1),
        normal(2, 2, 3, 3, seed=seed + 2),
    )
    torch.testing.assert_close(
        conv2d(X + factor * other, W, padding=1),
        conv2d(X, W, padding=1) + factor * conv2d(other, W, padding=1),
    )


def test_arguments_are_left_as_they_were():
    X, W, bias = normal(2, 2, 5, 5), normal(2, 2, 3, 3), normal(2)
    copies = X.clone(), W.clone(), bias.clone()
    conv2d(X, W, bias)
    conv2d_loops(X, W, bias)
    max_pool2d(X, 2)
    assert all(map(torch.equal, (X, W, bias), copies))


def test_filters_learn_an_edge():
    X = normal(16, 1, 8, 8)
    target = X[:, :, :, 1:] - X[:, :, :, :-1]
    W = torch.zeros(1, 1, 1, 2, dtype=torch.float64, requires_grad=True)
    for _ in range(100):
        loss = (conv2d(X, W) - target).square().mean()
        (gradient,) = torch.autograd.grad(loss, W)
        W.data -= 0.2 * gradient
    torch.testing.assert_close(W.detach().flatten(), torch.tensor([-1.0, 1.0]).double(), rtol=0, atol=1e-6)
