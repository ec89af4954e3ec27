"""`EfficientNetLite0` against timm's `tf_efficientnet_lite0`, and `preprocess` against timm's transform."""

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from torch import nn

from d2lmodels.convert import load_pretrained
from d2lmodels.data import load_photograph
from d2lmodels.vision.efficientnet import EfficientNetLite0, preprocess

PHOTOGRAPHS = ("chelsea", "coffee", "rocket", "astronaut")


def timm_with(state_dict, name="tf_efficientnet_lite0", **options):
    """Return timm's network with the same tensors; both list them in the order of the layers."""
    theirs = timm.create_model(name, pretrained=False, **options)
    theirs.to(next(iter(state_dict.values())).dtype)
    names = list(theirs.state_dict())
    assert len(names) == len(state_dict) == 296
    theirs.load_state_dict(dict(zip(names, state_dict.values())))
    return theirs


def ours_and_theirs(num_classes=11, **options):
    """Return both networks with the same random numbers, in float64."""
    torch.manual_seed(0)
    ours = EfficientNetLite0(num_classes, **options).double()
    for module in ours.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.3)
            nn.init.normal_(module.running_mean, std=0.3)
    options = {"num_classes": num_classes, "in_chans": options.get("in_channels", 3)}
    return ours, timm_with(ours.state_dict(), **options)


def assert_equal(ours, theirs):
    """Hold two tensors equal to a relative 1e-9 of their largest number."""
    assert ours.isfinite().all()
    assert ours.abs().max() > 1e-6
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9 * theirs.abs().max().item())


@pytest.mark.parametrize("size", [(224, 224), (97, 65), (64, 33), (32, 31), (7, 10), (1, 1)])
@torch.no_grad()
def test_eval(size):
    ours, theirs = ours_and_theirs()
    X = torch.randn(2, 3, *size, dtype=torch.float64)
    assert_equal(ours.eval()(X), theirs.eval()(X))


@pytest.mark.parametrize(("size", "in_channels"), [((64, 64), 3), ((45, 70), 1)])
def test_train_gradients_and_running_statistics(size, in_channels):
    ours, theirs = ours_and_theirs(in_channels=in_channels)
    X = torch.randn(3, in_channels, *size, dtype=torch.float64, requires_grad=True)
    Z = X.detach().clone().requires_grad_()
    y_hat, reference = ours.train()(X), theirs.train()(Z)
    assert_equal(y_hat, reference)
    gradient = torch.randn_like(y_hat)
    y_hat.backward(gradient)
    reference.backward(gradient)
    assert_equal(X.grad, Z.grad)
    largest = max(parameter.grad.abs().max().item() for parameter in theirs.parameters())
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert mine.grad.isfinite().all()  # some are 0: what a later normalization takes out again
        torch.testing.assert_close(mine.grad, other.grad, rtol=1e-9, atol=1e-11 * largest)
    for mine, other in zip(ours.buffers(), theirs.buffers(), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-9, atol=1e-12)


@pytest.fixture(scope="module")
def trained():
    return load_pretrained("efficientnet_lite0")


def test_as_many_parameters_as_timm_s(trained):
    theirs = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    assert sum(p.numel() for p in trained.parameters()) == sum(p.numel() for p in theirs.parameters())


@pytest.mark.parametrize("size", [(224, 224), (161, 200)])
@torch.no_grad()
def test_the_trained_weights_in_float32(trained, size):
    theirs = timm_with(trained.state_dict()).eval()
    X = torch.cat([preprocess(load_photograph(name)) for name in PHOTOGRAPHS])[..., : size[0], : size[1]]
    logits = trained(X)
    assert logits.abs().max() > 5
    torch.testing.assert_close(logits, theirs(X), rtol=0, atol=1e-4)


@torch.no_grad()
def test_symmetric_padding_or_another_epsilon_is_far_off_while_the_best_class_looks_right(trained):
    X = torch.cat([preprocess(load_photograph(name)) for name in PHOTOGRAPHS[:3]])
    logits = trained(X)
    for name, options in [
        ("efficientnet_lite0", {}),
        ("efficientnet_lite0", {"bn_eps": 1e-3}),
        ("tf_efficientnet_lite0", {"bn_eps": 1e-5}),
    ]:
        other = timm_with(trained.state_dict(), name, **options).eval()(X)
        off = (logits - other).norm(dim=1) / logits.norm(dim=1)
        assert (off > 0.15).all(), (name, options, off)
        if options != {"bn_eps": 1e-5}:
            assert other.argmax(dim=1).tolist() == logits.argmax(dim=1).tolist()


def test_preprocess_is_timm_s_up_to_one_grey_level():
    options = {"interpolation": "bicubic", "mean": (0.5,) * 3, "std": (0.5,) * 3, "crop_pct": 0.875}
    transform = timm.data.create_transform((3, 224, 224), **options)
    rng = np.random.default_rng(0)
    sizes = [(100, 301), (333, 257), (900, 700), (256, 256), (1, 5)]
    images = [load_photograph(name) for name in PHOTOGRAPHS]
    images += [rng.integers(0, 256, (*size, 3), dtype=np.uint8) for size in sizes]
    for image in images:
        levels = 127.5 * (preprocess(image) - transform(Image.fromarray(image))[None]).abs()
        assert levels.max() < 1.01
        assert levels.mean() < 0.02
