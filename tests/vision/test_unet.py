"""U-Net by itself: the paper's sizes and counts, what a pixel sees, the ablation's parts, and tiles."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.autograd import grad, gradcheck

from d2lmodels.nn.norm import fold_batch_norms
from d2lmodels.vision.unet import DoubleConv, UNet, centred, crop, mirrored, predict_tiled

PAPER = [  # figure 1, from left to right: channels and side after each pair of convolutions
    (64, 568),
    (128, 280),
    (256, 136),
    (512, 64),
    (1024, 28),
    (512, 52),
    (256, 100),
    (128, 196),
    (64, 388),
]


def random(*shape, seed=0, dtype=torch.float64):
    return torch.randn(shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


def small(*, seed=0, **options):
    torch.manual_seed(seed)
    options = {"base_channels": 2, "depth": 2} | options
    return UNet(1, 3, **options).double().eval()


def test_the_original_has_the_papers_sizes_at_each_step():
    model = UNet(1, 2, base_channels=1, padded=False)  # a 64th of the channels, for speed
    seen = []
    for block in (*model.down, *model.merge):
        block.register_forward_hook(lambda module, args, Y: seen.append((64 * Y.shape[1], Y.shape[2])))
    assert model(torch.zeros(1, 1, 572, 572)).shape == (1, 2, 388, 388)
    assert seen == PAPER


def test_the_original_has_the_papers_layers():
    with torch.device("meta"):
        model = UNet(1, 2)
    convolutions = [m for m in model.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)]
    assert len(convolutions) == 23  # section 2
    sides = [m.kernel_size[0] for m in convolutions]
    assert (sides.count(3), sides.count(2), sides.count(1)) == (18, 4, 1)
    by_hand = sum(9 * a * b + b for a, b in pairs())
    by_hand += sum(4 * 2 * c * c + c for c in (512, 256, 128, 64)) + 64 * 2 + 2
    assert sum(p.numel() for p in model.parameters()) == by_hand == 31_030_658


def pairs():
    """Channels in and out of each 3×3 convolution of figure 1."""
    down = [(1, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256)]
    down += [(256, 512), (512, 512), (512, 1024), (1024, 1024)]
    up = [(1024, 512), (512, 512), (512, 256), (256, 256), (256, 128), (128, 128), (128, 64), (64, 64)]
    return down + up


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 3), st.booleans())
@example(16, 44, 1, False)  # nothing would be left
def test_a_size_fits_if_and_only_if_the_network_can_compute_it(height, width, depth, padded):
    model = UNet(1, 1, base_channels=1, depth=depth, padded=padded)
    sizes = [model.out_size(length) for length in (height, width)]
    X = torch.zeros(1, 1, height, width)
    if None not in sizes:
        assert model(X).shape[2:] == tuple(sizes)
        return
    with pytest.raises(ValueError, match="would do"):
        model(X)
    taken = 0 if padded else 4
    for length in (height, width):
        steps, fits = length, True
        for _ in range(depth):
            steps -= taken
            fits = fits and steps > 0 and steps % 2 == 0
            steps //= 2
        steps -= taken
        for _ in range(depth):
            fits = fits and steps > 0
            steps = 2 * steps - taken
        assert (model.out_size(length) is not None) == (fits and steps > 0)


def test_slow_version_agrees():
    model = small(padded=False)
    X = random(2, 1, 44, 60)
    first = rectified_pair(X, model.down[0])
    second = rectified_pair(F.max_pool2d(first, 2), model.down[1])
    bottom = rectified_pair(F.max_pool2d(second, 2), model.down[2])
    up = F.conv_transpose2d(bottom, model.up[0].weight, model.up[0].bias, stride=2)
    margin = (second.shape[2] - up.shape[2]) // 2
    handed = second[:, :, margin:-margin, margin:-margin]
    Y = rectified_pair(torch.cat([handed, up], 1), model.merge[0])
    up = F.conv_transpose2d(Y, model.up[1].weight, model.up[1].bias, stride=2)
    margin = (first.shape[2] - up.shape[2]) // 2
    handed = first[:, :, margin:-margin, margin:-margin]
    Y = rectified_pair(torch.cat([handed, up], 1), model.merge[1])
    Y = F.conv2d(Y, model.head.weight, model.head.bias)
    torch.testing.assert_close(model(X), Y)


def rectified_pair(X, block):
    for unit in (block.conv1, block.conv2):
        X = F.conv2d(X, unit.conv.weight, unit.conv.bias).clamp(min=0)
    return X


def test_gradients():
    block = DoubleConv(1, 2, padded=False).double()
    assert gradcheck(block, random(1, 1, 6, 5).requires_grad_())
    model = small(depth=1)
    assert gradcheck(model, random(1, 1, 4, 2).requires_grad_())


def test_every_parameter_has_a_gradient_and_starts_as_the_paper_says():
    torch.manual_seed(0)
    model = UNet(3, 2, base_channels=16, depth=2)
    model(random(2, 3, 16, 16, dtype=torch.float32)).sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())
    weight = model.down[2].conv2.conv.weight  # 9 · 64 inputs
    assert abs(weight.std() / (2 / 576) ** 0.5 - 1) < 0.02
    assert not model.down[2].conv2.conv.bias.any()


@pytest.mark.parametrize("level", range(2))
def test_a_skip_left_out_is_not_seen(level):
    skips = [k != level for k in range(2)]
    model, whole = small(skips=skips), small()
    assert model.merge[1 - level].conv1.conv.in_channels == 2 * 2**level
    assert whole.merge[1 - level].conv1.conv.in_channels == 4 * 2**level
    assert model.merge[level].conv1.conv.in_channels == 4 * 2 ** (1 - level)
    assert model(random(1, 1, 8, 8)).shape == (1, 3, 8, 8)


@pytest.mark.parametrize("skips, differ", [((False, False), False), ((True, False), True)])
def test_what_halving_loses_comes_back_through_the_finest_skip(skips, differ):
    """Within its 4 × 4 pixels a maximum stays where it was for the levels below."""
    model = UNet(1, 1, base_channels=1, depth=2, skips=skips).double()
    for unit in (unit for block in model.down for unit in (block.conv1, block.conv2)):
        unit.conv.weight.data.zero_()[:, :1, 1, 1] = 1  # the encoder hands on what it gets
    X, moved = torch.zeros(2, 1, 1, 8, 8, dtype=torch.float64)
    X[..., 4, 4], moved[..., 6, 7] = 1, 1
    assert torch.equal(model(X), model(moved)) != differ


def test_norm_is_used_and_can_be_folded():
    torch.manual_seed(0)
    model = UNet(3, 2, base_channels=4, depth=2, norm=nn.BatchNorm2d)
    for k in range(3):
        model(random(4, 3, 16, 16, seed=k, dtype=torch.float32))
    model.eval()
    X = random(2, 3, 16, 16, seed=9, dtype=torch.float32)
    folded = fold_batch_norms(model)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    torch.testing.assert_close(folded(X), model(X), rtol=1e-4, atol=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 9), st.integers(0, 20), st.integers(1, 12))
def test_mirrored_is_numpys_reflection(length, margin, step):
    places = mirrored(length, margin, step).tolist()
    total = -(-length // step) * step
    assert len(places) == total + 2 * margin
    wanted = np.pad(
        range(length), (margin, total - length + margin), mode="reflect" if length > 1 else "edge"
    )
    assert places == wanted.tolist()


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.sampled_from([(44, 40), (48, 40), (60, 44)]))
def test_tiles_of_the_unpadded_network_are_seamless(height, width, tiling):
    tile, overlap = tiling
    model, image = small(padded=False), random(1, height, width)
    one = predict_tiled(model, image, tile=overlap + 128, overlap=overlap)  # in one window
    many = predict_tiled(model, image, tile=tile, overlap=overlap)
    assert many.shape == (3, height, width)
    torch.testing.assert_close(many, one, rtol=1e-9, atol=1e-9)


def test_crop_is_the_middle_of_each_side_by_itself():
    X = random(1, 2, 9, 14)
    assert torch.equal(crop(X, (5, 4)), X[:, :, 2:7, 5:9])


@pytest.mark.parametrize("shape", [(3, 5, 7), (2, 3, 5, 7)])
def test_centred_takes_the_mean_of_each_channel_of_each_image(shape):
    images = random(*shape)
    out = centred(images)
    np.testing.assert_allclose(
        out.numpy(), images.numpy() - images.numpy().mean((-2, -1), keepdims=True), rtol=0, atol=1e-15
    )
    light = random(*shape[:-2], 1, 1, seed=1)
    torch.testing.assert_close(centred(images + light), out, rtol=1e-9, atol=1e-12)


def test_windows_that_halve_the_image_elsewhere_leave_a_seam():
    """The paper's own windows do: 388 pixels apart, where four halvings want a multiple of 16."""
    model, image = small(padded=False), random(1, 60, 60)
    one = predict_tiled(model, image, tile=128 + 40, overlap=40)
    many = predict_tiled(model, image, tile=48, overlap=42)  # 6 pixels apart, two halvings
    assert (many - one).abs().max() > 1e-4


def test_tiles_of_the_padded_network_are_seamless_with_enough_overlap():
    model, image = small(), random(1, 50, 70)
    one = predict_tiled(model, image, tile=256, overlap=64)
    many = predict_tiled(model, image, tile=96, overlap=64)
    torch.testing.assert_close(many, one, rtol=1e-9, atol=1e-9)
    few = predict_tiled(model, image, tile=40, overlap=8)
    assert (few - one).abs().max() > 1e-3, "a seam should be seen here, or the test above proves nothing"


def test_half_the_overlap_is_as_far_as_a_pixel_sees():
    """20 pixels at depth 2, as many as the unpadded network takes away, and up to 3 more by the place."""
    model = small(padded=True)
    X = torch.randn(1, 1, 96, 96, dtype=torch.float64, requires_grad=True)
    seen = grad(model(X)[0, :, 48, 48].sum(), X)[0][0, 0].abs().sum(0).nonzero()
    assert seen.min() >= 48 - 22 and seen.max() <= 48 + 22


def test_tiling_asks_for_few_windows_at_once_and_no_gradient():
    sizes = []

    class Twice(nn.Module):
        def forward(self, X):
            sizes.append(len(X))
            return X.repeat(1, 2, 1, 1)

    image = random(1, 33, 50).requires_grad_()
    out = predict_tiled(Twice(), image, tile=8, overlap=0)
    torch.testing.assert_close(out, image.detach().repeat(2, 1, 1))
    assert max(sizes) <= 8 and sum(sizes) == 5 * 7 and not out.requires_grad
