"""Residual networks: sizes, what a block does, invariants, and that every kind learns a batch by heart."""

import copy
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from d2lmodels.nn.norm import ConvNorm, fold_batch_norms
from d2lmodels.vision import resnet
from d2lmodels.vision.resnet import BasicBlock, Bottleneck, PlainBlock, ResNet

FAMILY = {"resnet18": 11.7, "resnet34": 21.8, "resnet50": 25.6, "resnet101": 44.5, "resnet152": 60.2}
BLOCKS = [BasicBlock, Bottleneck, PlainBlock]


def built(name, **arguments):
    """One of the family, without numbers."""
    with torch.device("meta"):
        return getattr(resnet, name)(**arguments)


def small(block=BasicBlock, **arguments):
    arguments = {"num_classes": 5, "widths": (4, 8), "stem": "cifar"} | arguments
    return ResNet(block, (2, 1), **arguments)


def random(*shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def num_parameters(model):
    return sum(p.numel() for p in model.parameters())


def settled(model):
    """A model in float64 and eval mode that has seen a few batches, so that no statistic is 0 or 1."""
    for k in range(3):
        model.double()(random(4, 3, 19, 22, seed=k) + 0.3)
    for name, p in model.named_parameters():
        if p.ndim == 1:
            p.data = p.data + 0.3 * random(*p.shape, seed=len(name))
    return model.eval()


@pytest.mark.parametrize("name, millions", FAMILY.items())
def test_the_depth_and_the_parameters_of_the_family(name, millions):
    model = built(name)
    layers = [
        n for n, m in model.named_modules() if isinstance(m, nn.Conv2d | nn.Linear) and "shortcut" not in n
    ]
    assert f"resnet{len(layers)}" == name
    assert round(num_parameters(model) / 1e6, 1) == millions


def test_two_parameter_counts_by_hand():
    pairs = [(3, 64, 49), *[(64, 64, 9)] * 4]  # the stem and the first stage: input, output, kernel
    for width in (128, 256, 512):
        pairs += [(width // 2, width, 9), *[(width, width, 9)] * 3, (width // 2, width, 1)]
    by_hand = sum(i * o * k + 2 * o for i, o, k in pairs) + 512 * 1000 + 1000
    assert num_parameters(built("resnet18")) == by_hand == 11_689_512
    model = built("resnet50", num_classes=10, in_channels=1)
    assert num_parameters(model) == 25_557_032 - 2 * 64 * 49 - 990 * 2049


@pytest.mark.parametrize("n, millions", [(3, 0.27), (5, 0.46), (7, 0.66), (9, 0.85)])
def test_the_cifar_family_has_the_paper_s_parameters(n, millions):
    model = ResNet(BasicBlock, (n, n, n), num_classes=10, widths=(16, 32, 64), stem="cifar")
    shortcuts = sum(p.numel() for name, p in model.named_parameters() if "shortcut" in name)
    assert round((num_parameters(model) - shortcuts) / 1e6, 2) == millions  # table 6; its shortcuts have none
    plain = ResNet(PlainBlock, (n, n, n), num_classes=10, widths=(16, 32, 64), stem="cifar")
    assert num_parameters(plain) == num_parameters(model) - shortcuts


@pytest.mark.parametrize(
    "name, channels", [("resnet18", (64, 128, 256, 512)), ("resnet50", (256, 512, 1024, 2048))]
)
def test_the_sizes_of_table_1(name, channels):
    model, sizes = built(name), []
    for stage in model.stages:
        stage.register_forward_hook(lambda module, X, Y: sizes.append(tuple(Y.shape[1:])))
    assert model(torch.zeros(2, 3, 224, 224, device="meta")).shape == (2, 1000)
    assert sizes == [(c, size, size) for c, size in zip(channels, (56, 28, 14, 7))]


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (32, 32), (33, 47)])
@pytest.mark.parametrize("stem", ["imagenet", "cifar"])
def test_any_image_of_a_pixel_or_more(block, size, stem):
    model = ResNet(block, (1, 1, 1), num_classes=4, in_channels=2, widths=(4, 4, 8), stem=stem).eval()
    logits = model(torch.randn(3, 2, *size))
    assert logits.shape == (3, 4) and logits.isfinite().all()


@pytest.mark.parametrize("block", BLOCKS)
def test_the_weights_start_as_the_paper_says(block):
    torch.manual_seed(0)
    model = ResNet(block, (1, 2), widths=(64, 128))
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            fan_out = module.out_channels * module.kernel_size[0] ** 2
            tolerance = 5 / (2 * module.weight.numel()) ** 0.5  # five standard errors
            assert abs(module.weight.std().item() / (2 / fan_out) ** 0.5 - 1) < tolerance
        elif isinstance(module, nn.BatchNorm2d):
            assert module.weight.unique().item() == 1 and module.bias.unique().item() == 0


@pytest.mark.parametrize("block", [BasicBlock, Bottleneck])
@settings(max_examples=20)
@given(st.integers(0, 999), st.integers(1, 3), st.integers(2, 6), st.booleans())
def test_a_block_whose_last_scale_is_0_is_the_identity(block, seed, batch, size, training):
    layer = block(4 * block.expansion, 4).double().train(training)
    nn.init.zeros_((layer.conv3 if block is Bottleneck else layer.conv2).norm.weight)
    X = random(batch, 4 * block.expansion, size, size, seed=seed)
    given_X = X.clone()
    assert torch.equal(layer(X), X.relu())
    assert torch.equal(layer(X.relu()), X.relu())  # what a block before it gives
    assert torch.equal(X, given_X)  # the work in place is on the block's own arrays


def test_a_plain_block_is_a_basic_block_less_its_input():
    plain, basic = PlainBlock(4, 4).double(), BasicBlock(4, 4).double()
    basic.load_state_dict(plain.state_dict())
    X = random(3, 4, 5, 6)
    Y = basic.conv2(basic.conv1(X).relu())
    torch.testing.assert_close(plain(X), Y.relu())
    torch.testing.assert_close(basic(X), (Y + X).relu())


@pytest.mark.parametrize("block", BLOCKS)
def test_without_normalization(block):
    model = small(block, norm=nn.Identity)
    names = [name for name, _ in model.named_parameters()]
    assert not any("norm" in name for name in names) and not list(model.buffers())
    convolutions = [m for m in model.modules() if isinstance(m, nn.Conv2d)]
    assert all(m.bias is not None and not m.bias.any() for m in convolutions)
    assert model(torch.randn(1, 3, 1, 1)).isfinite().all()  # no statistics: one value per channel will do


def test_another_normalization():
    model = small(norm=partial(nn.GroupNorm, 2))
    assert sum(isinstance(m, nn.GroupNorm) for m in model.modules()) == 8
    assert model(torch.randn(1, 3, 8, 8)).shape == (1, 5)


@pytest.mark.parametrize("block", BLOCKS)
@settings(max_examples=15)
@given(st.permutations(range(5)), st.integers(0, 99))
def test_in_eval_mode_images_do_not_see_each_other(block, order, seed):
    torch.manual_seed(0)
    model = settled(small(block))
    X = random(5, 3, 9, 11, seed=seed)
    logits = model(X)
    torch.testing.assert_close(model(X[order]), logits[order], rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(model(X[:1]), logits[:1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("stem", ["imagenet", "cifar"])
@settings(max_examples=5)
@given(st.integers(0, 99), st.sampled_from([nn.BatchNorm2d, partial(nn.BatchNorm2d, eps=0.1), nn.Identity]))
def test_folding_changes_nothing(block, stem, seed, norm):
    torch.manual_seed(seed)
    model = settled(small(block, stem=stem, norm=norm))
    before = copy.deepcopy(model.state_dict())
    folded, X = fold_batch_norms(model), random(2, 3, 33, 21, seed=seed)
    torch.testing.assert_close(folded(X), model(X), rtol=1e-9, atol=1e-12)
    assert not any(isinstance(m, ConvNorm | nn.BatchNorm2d) for m in folded.modules())
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())


@pytest.mark.parametrize(
    "block, norm",
    [
        (BasicBlock, nn.BatchNorm2d),
        (Bottleneck, nn.BatchNorm2d),
        (PlainBlock, nn.BatchNorm2d),
        (BasicBlock, nn.Identity),
    ],
)
def test_a_batch_is_learnt_by_heart(block, norm):
    torch.manual_seed(0)
    model = small(block, widths=(8, 16), norm=norm)
    X, y = torch.randn(16, 3, 8, 8), torch.arange(16) % 5
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(60):
        loss = F.cross_entropy(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.05 and (model(X).argmax(1) == y).all()


@pytest.mark.parametrize("block", BLOCKS)
def test_blocks_stages_and_their_gradients_can_be_watched(block):
    model, seen = small(block), []
    for module in [*model.stages, *(b for stage in model.stages for b in stage)]:
        module.register_full_backward_hook(lambda module, inputs, outputs: seen.append(outputs[0].norm()))
    model(torch.randn(4, 3, 8, 8)).sum().backward()
    assert len(seen) == 5 and all(norm.isfinite() and norm > 0 for norm in seen)
