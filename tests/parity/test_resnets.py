"""Residual networks against torchvision's and d2l's in float64: outputs, statistics, gradients, to 1e-9."""

import pytest
import torch
import torchvision
from torch import nn

from d2lmodels.convert.torchvision import resnet_state_dict
from d2lmodels.nn.norm import fold_batch_norms
from d2lmodels.vision import resnet
from d2lmodels.vision.resnet import BasicBlock, ResNet

SIZES = {
    "resnet18": (65, 97),
    "resnet34": (51, 70),
    "resnet50": (65, 33),
    "resnet101": (33, 33),
    "resnet152": (33, 33),
}


def random(*shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def assert_equal(ours, theirs):
    assert ours.shape == theirs.shape and ours.isfinite().all() and theirs.isfinite().all()
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12 * theirs.abs().max().item())


def filled(model):
    """A model without numbers, given random ones in float64: all but the convolutions near 0 or 1."""
    model = model.double().to_empty(device="cpu")
    for seed, (name, tensor) in enumerate(model.state_dict().items()):
        if tensor.ndim == 4:
            generator = torch.Generator().manual_seed(seed)
            tensor.normal_(0, (2 / (tensor.shape[0] * tensor[0, 0].numel())) ** 0.5, generator=generator)
        elif tensor.is_floating_point():
            tensor.copy_(
                random(*tensor.shape, seed=seed) / 10
                + (name.endswith(("weight", "var")) and tensor.ndim == 1)
            )
        else:
            tensor.fill_(7)
    return model


def pair(name, **arguments):
    """torchvision's network with random numbers, and ours with a copy of the same."""
    with torch.device("meta"):
        theirs, ours = getattr(torchvision.models, name)(**arguments), getattr(resnet, name)(**arguments)
    theirs = filled(theirs)
    state = {key: tensor.clone() for key, tensor in theirs.state_dict().items()}
    ours.load_state_dict(resnet_state_dict(state), assign=True)
    return ours, theirs


def assert_same_state(ours, theirs):
    """Every parameter and every running statistic is the same."""
    state, expected = ours.state_dict(), resnet_state_dict(theirs.state_dict())
    assert state.keys() == expected.keys()
    for name in state:
        if name.endswith("num_batches_tracked"):
            assert state[name] == expected[name]
        else:
            assert_equal(state[name], expected[name])


@pytest.mark.parametrize("name", SIZES)
def test_the_family_equals_torchvision_s(name):
    ours, theirs = pair(name)
    assert sum(p.numel() for p in ours.parameters()) == sum(p.numel() for p in theirs.parameters())
    X = random(2, 3, *SIZES[name])
    with torch.no_grad():
        before = theirs.bn1.running_mean.clone()
        assert_equal(ours.train()(X), theirs.train()(X))
        assert not torch.equal(theirs.bn1.running_mean, before)
        assert theirs.bn1.num_batches_tracked == 8
        assert_same_state(ours, theirs)
        logits = theirs.eval()(X)
        assert_equal(ours.eval()(X), logits)
        assert_same_state(ours, theirs)
        assert_equal(fold_batch_norms(ours)(X), logits)


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_gradients_equal_torchvision_s(name):
    ours, theirs = pair(name, num_classes=7)
    X, y = random(3, 3, 33, 47), torch.tensor([0, 6, 3])
    gradients = []
    for model in (ours.train(), theirs.train()):
        image = X.clone().requires_grad_()
        nn.functional.cross_entropy(model(image), y).backward()
        gradients.append([image.grad, *(p.grad for p in model.parameters())])
    assert len(gradients[0]) == len(gradients[1]) == 1 + len(list(theirs.parameters()))
    for mine, other in zip(*gradients):
        assert other.abs().max() > 0
        assert_equal(mine, other)


def test_five_steps_of_training_stay_together():
    ours, theirs = pair("resnet18", num_classes=3)
    optimizers = [torch.optim.SGD(model.train().parameters(), lr=0.01) for model in (ours, theirs)]
    for step in range(5):
        X, y = random(4, 3, 33, 40, seed=step), torch.tensor([0, 1, 2, 0])
        losses = []
        for model, optimizer in zip((ours, theirs), optimizers):
            loss = nn.functional.cross_entropy(model(X), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        assert_equal(*losses)
    assert_same_state(ours, theirs)


@pytest.fixture(scope="module")
def d2l():
    return pytest.importorskip("d2l.torch")


def copy_conv_norm(unit, conv, norm):
    """Copy a convolution of d2l's, which has a bias, and its normalization: the mean takes up the bias."""
    unit.conv.weight.copy_(conv.weight)
    unit.norm.load_state_dict(norm.state_dict())
    unit.norm.running_mean -= conv.bias


def copy_residual(block, residual):
    """Copy a `d2l.Residual`; its 1×1 convolution has a bias and no normalization, so ours must only shift."""
    copy_conv_norm(block.conv1, residual.conv1, residual.bn1)
    copy_conv_norm(block.conv2, residual.conv2, residual.bn2)
    if residual.conv3 is not None:
        block.shortcut.conv.weight.copy_(residual.conv3.weight)
        block.shortcut.norm.running_mean.copy_(-residual.conv3.bias)
        block.shortcut.norm.running_var.fill_(1 - block.shortcut.norm.eps)


def filled_lazily(model, X):
    """Give d2l's lazy layers their shapes, then random numbers."""
    with torch.no_grad():
        model.double()(X)
    return filled(model)


@pytest.mark.parametrize("projected, stride", [(False, 1), (True, 1), (True, 2)])
@torch.no_grad()
def test_a_block_equals_d2l_s(d2l, projected, stride):
    X = random(2, 6, 9, 11)
    out_channels = 8 if projected else 6
    residual = filled_lazily(d2l.Residual(out_channels, use_1x1conv=projected, strides=stride), X).eval()
    block = BasicBlock(6, out_channels, stride=stride).double().eval()
    copy_residual(block, residual)
    assert_equal(block(X), residual(X))
    if not projected:  # in training the bias before a normalization has no effect at all
        assert_equal(block.train()(X), residual.train()(X))
        assert_equal(block.conv2.norm.running_var, residual.bn2.running_var)


@torch.no_grad()
def test_a_whole_network_equals_d2l_s(d2l):
    X = random(2, 1, 17, 30)
    theirs = filled_lazily(d2l.resnet18(10), X).eval()
    ours = ResNet(BasicBlock, (2, 2, 2, 2), num_classes=10, in_channels=1, stem="cifar").double().eval()
    copy_conv_norm(ours.stem, theirs[0], theirs[1])
    residuals = [m for m in theirs.modules() if isinstance(m, d2l.Residual)]
    blocks = [block for stage in ours.stages for block in stage]
    assert len(residuals) == len(blocks) == 8
    for block, residual in zip(blocks, residuals):
        copy_residual(block, residual)
    ours.head.load_state_dict(theirs.fc[1].state_dict())
    assert_equal(ours(X), theirs(X))
