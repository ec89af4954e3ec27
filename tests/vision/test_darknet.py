"""Darknet by itself: sizes, the layers and the counts of the paper, and a slow version of the pass."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.autograd import gradcheck

from d2lmodels.cost.networks import Conv, Pool, cnn
from d2lmodels.nn.norm import fold_batch_norms
from d2lmodels.vision.darknet import DARKNET19, Darknet

TABLE_6 = [  # "YOLO9000", table 6: channels and side of each filter, a line between two maxima
    [(32, 3)],
    [(64, 3)],
    [(128, 3), (64, 1), (128, 3)],
    [(256, 3), (128, 1), (256, 3)],
    [(512, 3), (256, 1), (512, 3), (256, 1), (512, 3)],
    [(1024, 3), (512, 1), (1024, 3), (512, 1), (1024, 3)],
]
LAYERS = [layer for group in TABLE_6 for layer in group]
SMALL = [(4,), (6, 3, 5), (7, 2, 6)]


def random(*shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def convolutions(model):
    return [module for module in model.modules() if isinstance(module, nn.Conv2d)]


@pytest.fixture(scope="module")
def classifier():
    """Darknet-19 as the paper trains it on ImageNet."""
    return nn.Sequential(Darknet(), nn.Conv2d(1024, 1000, 1)).eval()


def settled(groups=SMALL, **arguments):
    """A model in float64 and eval mode in which no statistic, scale or shift is 0 or 1."""
    torch.manual_seed(0)
    model = Darknet(groups, **arguments).double()
    for k in range(3):
        model(random(4, model.in_channels, 20, 24, seed=k) + 0.3)
    for k, p in enumerate(model.parameters()):
        if p.ndim == 1:
            p.data = p.data + 0.3 * random(*p.shape, seed=k)
    return model.eval()


def test_the_layers_of_table_6(classifier):
    found = convolutions(classifier[0])
    assert [(conv.out_channels, *conv.kernel_size) for conv in found] == [(c, k, k) for c, k in LAYERS]
    assert all(conv.stride == (1, 1) and conv.bias is None for conv in found)
    assert [len(group) for group in DARKNET19] == [len(group) for group in TABLE_6]


def test_the_parameters_by_hand(classifier):
    inputs = [3] + [channels for channels, _ in LAYERS]
    weights = sum(i * o * k**2 for i, (o, k) in zip(inputs, LAYERS))
    norms = sum(2 * o for o, _ in LAYERS)  # a scale and a shift
    by_hand = weights + norms + 1024 * 1000 + 1000
    assert sum(p.numel() for p in classifier.parameters()) == by_hand == 20_842_376


@torch.no_grad()
def test_the_sizes_and_the_operations_of_the_paper(classifier):
    counts, sizes = [], []
    hooks = [
        group.register_forward_hook(lambda _, X, Y: sizes.append(Y.shape)) for group in classifier[0].groups
    ]
    for conv in convolutions(classifier):  # a product for each number of the result and each weight behind it
        count = lambda conv, X, Y: counts.append(Y.numel() * conv.weight[0].numel())  # noqa: E731
        hooks.append(conv.register_forward_hook(count))
    classifier(torch.zeros(1, 3, 224, 224))
    for hook in hooks:
        hook.remove()
    assert sizes == [(1, g[-1][0], side, side) for g, side in zip(TABLE_6, (224, 112, 56, 28, 14, 7))]
    model = classifier[0]
    assert (model.channels, model.stride, model.in_channels) == (1024, 32, 3)
    assert len(counts) == 19 and round(2 * sum(counts) / 1e9, 2) == 5.58  # section 3: "5.58 billion"

    plan = []
    for group in TABLE_6:
        plan += [Pool(2, 2), *(Conv(c, k, padding=k // 2) for c, k in group)]
    costs = cnn([*plan[1:], Conv(1000, 1)], image_size=224)
    assert [cost.multiply_adds for cost in costs.values()] == counts
    shifts = sum(o for o, _ in LAYERS)  # a convolution's bias stands for one of a norm's two numbers
    assert sum(cost.parameters for cost in costs.values()) + shifts == 20_842_376


@pytest.mark.parametrize("training", [True, False])
def test_a_slow_version(training):
    model, X = settled().train(training), random(2, 3, 12, 20)
    given_X, Y, first = X.clone(), X, True
    units = list(zip(convolutions(model), [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]))
    for group in SMALL:
        if not first:
            Y = Y.unflatten(3, (-1, 2)).unflatten(2, (-1, 2)).amax((3, 5))
        for _ in group:
            conv, norm = units.pop(0)
            Y = F.conv2d(Y, conv.weight, padding=conv.kernel_size[0] // 2)
            mean, var = norm.running_mean, norm.running_var
            if training:
                mean, var = Y.mean((0, 2, 3)), Y.var((0, 2, 3), correction=0)
            Y = (Y - mean[:, None, None]) / (var[:, None, None] + 1e-5).sqrt()
            Y = Y * norm.weight[:, None, None] + norm.bias[:, None, None]
            Y = torch.where(Y > 0, Y, Y / 10)
        first = False
    torch.testing.assert_close(model(X), Y, rtol=1e-9, atol=1e-12)
    assert not units and torch.equal(X, given_X)  # the work in place is on the model's own arrays


@settings(max_examples=25)
@given(st.integers(4, 37), st.integers(4, 37), st.integers(1, 3))
def test_halving_rounds_down(height, width, batch):
    model = settled()
    X = random(batch, 3, height, width)
    Y = model(X)
    assert Y.shape == (batch, model.channels, height // 2 // 2, width // 2 // 2) and model.stride == 4


def test_groups_and_channels():
    model = Darknet([(8, 2), (6,)], in_channels=1)
    assert [(c.in_channels, c.out_channels, c.kernel_size[0]) for c in convolutions(model)] == [
        (1, 8, 3),
        (8, 2, 1),
        (2, 6, 3),
    ]
    assert (model.channels, model.stride, model.in_channels) == (6, 2, 1)
    assert Darknet([(5,)]).stride == 1 and Darknet([(5,)])(torch.zeros(2, 3, 3, 2)).shape == (2, 5, 3, 2)


def test_gradients_of_every_number():
    model = settled([(2,), (3, 2)], in_channels=1)
    X = random(2, 1, 4, 6).requires_grad_()
    assert gradcheck(model, X, eps=1e-6, atol=1e-6, rtol=1e-6)


def test_images_do_not_see_each_other_and_folding_changes_nothing():
    model, X = settled(), random(5, 3, 13, 18)
    Y = model(X)
    torch.testing.assert_close(model(X[3:4]), Y[3:4], rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(fold_batch_norms(model)(X), Y, rtol=1e-9, atol=1e-12)
    columns_first = X.transpose(2, 3).contiguous().transpose(2, 3)  # another order in memory
    torch.testing.assert_close(model(columns_first), Y, rtol=1e-9, atol=1e-12)
    assert model(X[:0]).shape == (0, 6, 3, 4)
