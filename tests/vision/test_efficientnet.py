"""EfficientNet-Lite0's parts: padding as in TensorFlow, the sizes of table 1, folding, and preprocessing."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import conv2d, cross_entropy

from d2lmodels.nn.norm import fold_batch_norms
from d2lmodels.vision.efficientnet import (
    EfficientNetLite0,
    InvertedBottleneck,
    SamePad2d,
    preprocess,
    same_padding,
)


def with_random_statistics(model, *, seed=0):
    """Draw the normalizations' numbers at random, so that none of them is 0 or 1."""
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.weight, module.running_var):
                nn.init.uniform_(tensor, 0.5, 1.5, generator=generator)
            for tensor in (module.bias, module.running_mean):
                nn.init.normal_(tensor, std=0.3, generator=generator)
    return model


def test_padding_by_hand():
    row = torch.tensor([[[[1.0, 2, 3, 4]]]])
    assert same_padding(4, 3, stride=2) == (0, 1)
    assert same_padding(1, 3, stride=2) == (1, 1)
    padded = SamePad2d(3, stride=2)(row)
    assert padded.tolist() == [[[[0] * 5, [1, 2, 3, 4, 0], [0] * 5]]]
    assert conv2d(padded, torch.ones(1, 1, 3, 3), stride=2).tolist() == [[[[6, 7]]]]  # 1+2+3 and 3+4+0


@given(size=st.integers(1, 300), kernel_size=st.sampled_from([1, 3, 5, 7]), stride=st.integers(1, 4))
def test_a_padded_kernel_fits_as_often_as_promised(size, kernel_size, stride):
    before, after = same_padding(size, kernel_size, stride=stride)
    assert 0 <= before <= after <= before + 1
    places = (size + before + after - kernel_size) // stride + 1
    assert places == -(-size // stride)
    if stride == 1:
        assert before == after == kernel_size // 2


def test_the_parameters_are_counted_by_table_1():
    stem, head = 3 * 32 * 9 + 2 * 32, 320 * 1280 + 2 * 1280
    blocks, channels = 0, 32
    table = [(3, 1, 16, 1), (3, 6, 24, 2), (5, 6, 40, 2), (3, 6, 80, 3), (5, 6, 112, 3), (5, 6, 192, 4)]
    for kernel_size, expansion, out, count in [*table, (3, 6, 320, 1)]:
        for _ in range(count):
            width = expansion * channels
            blocks += (channels * width + 2 * width) * (expansion > 1)
            blocks += width * kernel_size**2 + 2 * width + width * out + 2 * out
            channels = out
    total = sum(parameter.numel() for parameter in EfficientNetLite0().parameters())
    assert total == stem + blocks + head + 1280 * 1000 + 1000 == 4_652_008


@pytest.mark.parametrize(("height", "width"), [(224, 224), (97, 65), (1, 33)])
def test_every_stage_has_the_size_of_table_1(height, width):
    model = EfficientNetLite0(num_classes=7, in_channels=1).eval()
    sizes = {}
    for name in ("stem", "blocks.0", "blocks.2", "blocks.4", "blocks.10", "blocks.14", "blocks.15", "widen"):
        module = model.get_submodule(name)
        module.register_forward_hook(lambda module, X, Y, name=name: sizes.update({name: Y.shape[1:]}))
    with torch.no_grad():
        assert model(torch.randn(1, 1, height, width)).shape == (1, 7)
    expected = {"stem": (32, 2), "blocks.0": (16, 2), "blocks.2": (24, 4), "blocks.4": (40, 8)}
    expected |= {"blocks.10": (112, 16), "blocks.14": (192, 32), "blocks.15": (320, 32), "widen": (1280, 32)}
    for name, (channels, step) in expected.items():
        assert sizes[name] == (channels, -(-height // step), -(-width // step)), name


@pytest.mark.parametrize(("stride", "out_channels"), [(1, 2), (2, 2), (1, 3)])
def test_the_input_is_added_where_shapes_agree(stride, out_channels):
    block = InvertedBottleneck(2, out_channels, kernel_size=3, stride=stride, expansion=2)
    nn.init.zeros_(block.project.norm.weight)
    X = torch.randn(2, 2, 4, 4)
    Y = block(X)  # what passes through the block is 0
    torch.testing.assert_close(Y, X if (stride, out_channels) == (1, 2) else torch.zeros_like(Y))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(("stride", "expansion"), [(1, 2), (2, 2), (2, 1)])
def test_gradients_of_a_block(stride, expansion, training):
    torch.manual_seed(0)
    block = InvertedBottleneck(2, 2, kernel_size=3, stride=stride, expansion=expansion).double()
    with_random_statistics(block).train(training)
    X = torch.randn(2, 2, 4, 5, dtype=torch.float64, requires_grad=True)
    parameters = [parameter.requires_grad_() for parameter in block.parameters()]
    assert torch.autograd.gradcheck(lambda X, *_: block(X), (X, *parameters), atol=1e-6, rtol=1e-6)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return with_random_statistics(EfficientNetLite0(num_classes=10)).double().eval()


@settings(max_examples=5)
@given(size=st.integers(1, 50), batch=st.integers(2, 4))
@torch.no_grad()
def test_an_image_s_logits_do_not_depend_on_its_batch(model, size, batch):
    X = torch.randn(batch, 3, size, 40, dtype=torch.float64)
    alone = torch.cat([model(x[None]) for x in X])
    torch.testing.assert_close(model(X), alone, rtol=1e-9, atol=1e-12)


@torch.no_grad()
def test_folding_changes_no_output(model):
    folded = fold_batch_norms(model)
    assert not [module for module in folded.modules() if isinstance(module, nn.BatchNorm2d)]
    for size in [(64, 64), (45, 70)]:
        X = torch.randn(2, 3, *size, dtype=torch.float64)
        torch.testing.assert_close(folded(X), model(X), rtol=1e-9, atol=1e-12)
        assert model(X).std() > 1e-3


def test_it_overfits_one_batch():
    torch.manual_seed(0)
    model, X, y = EfficientNetLite0(num_classes=4), torch.randn(8, 3, 32, 32), torch.arange(8) % 4
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(20):
        loss = cross_entropy(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.1
    assert model(X).argmax(dim=1).tolist() == y.tolist()


def test_preprocess_keeps_the_middle_and_the_scale():
    image = np.zeros((256, 512, 3), np.uint8)
    image[:, 144:368, 1] = 255  # the middle 224 columns are green
    X = preprocess(image)
    assert X.dtype == torch.float32
    assert X.shape == (1, 3, 224, 224)
    assert (X[0, 1] == 1).all()
    assert (X[0, [0, 2]] == -1).all()


@settings(max_examples=20)
@given(height=st.integers(1, 400), width=st.integers(1, 400), grey=st.integers(0, 255))
def test_any_size_becomes_224_and_a_grey_image_stays_grey(height, width, grey):
    X = preprocess(np.full((height, width, 3), grey, np.uint8))
    assert X.shape == (1, 3, 224, 224)
    torch.testing.assert_close(X, torch.full_like(X, 2 * grey / 255 - 1))
