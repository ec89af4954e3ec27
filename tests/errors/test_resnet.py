"""Mistakes with residual networks end in errors that say what was wrong, what was got, what is wanted."""

import numpy as np
import pytest
import torch

from d2lmodels.convert.torchvision import resnet_state_dict, to_resnet_state_dict
from d2lmodels.vision.resnet import BasicBlock, Bottleneck, ResNet


def small(in_channels=3, **arguments):
    return ResNet(BasicBlock, (1, 1), widths=(2, 4), in_channels=in_channels, **arguments)


MODEL = small().eval()
GREY = small(1).eval()
OURS = ResNet(Bottleneck, (1, 1, 1, 1), widths=(2, 2, 2, 2), num_classes=2).state_dict()
THEIRS = to_resnet_state_dict(OURS)

BAD = [
    (lambda: ResNet(BasicBlock, (2, 2, 2)), ValueError, "one entry per stage, got 3 and 4"),
    (lambda: ResNet(BasicBlock, (1,), widths=(8, 16)), ValueError, "one entry per stage, got 1 and 2"),
    (lambda: ResNet(BasicBlock, (), widths=()), ValueError, "one entry per stage, got 0 and 0"),
    (lambda: ResNet(BasicBlock, (1, 0), widths=(8, 16)), ValueError, r"num_blocks must be .* got \(1, 0\)"),
    (lambda: ResNet(BasicBlock, (1, 1), widths=(8, 1.5)), ValueError, "widths must be whole numbers"),
    (lambda: small(num_classes=0), ValueError, "num_classes must be a whole .* from 1 up, got 0"),
    (lambda: small(in_channels=-1), ValueError, "in_channels must be a whole .* got -1"),
    (lambda: small(stem="mnist"), ValueError, "stem must be 'imagenet' or 'cifar', got 'mnist'"),
    (lambda: ResNet("basic", (1,), widths=(8,)), TypeError, "block must be a class .* got 'basic'"),
    (lambda: MODEL(torch.zeros(2, 1, 8, 8)), ValueError, r"\(batch, 3, height, .* got \(2, 1, 8, 8\)"),
    (lambda: GREY(torch.zeros(2, 3, 8, 8)), ValueError, r"\(batch, 1, height, width\).* got \(2, 3, 8, 8\)"),
    (lambda: MODEL(torch.zeros(3, 8, 8)), ValueError, r"X must be \(batch, 3, .* got \(3, 8, 8\)"),
    (lambda: MODEL(torch.zeros(2, 8, 8, 3)), ValueError, r"X must be .* got \(2, 8, 8, 3\)"),
    (lambda: MODEL(torch.zeros(2, 3, 0, 8)), ValueError, r"from 1 up, got \(2, 3, 0, 8\)"),
    (lambda: MODEL(torch.zeros(2, 3, 8, 8, dtype=torch.uint8)), TypeError, "floating .* got torch.uint8"),
    (lambda: MODEL(np.zeros((2, 3, 8, 8))), TypeError, "X must be .* floating numbers, got ndarray"),
    (lambda: small()(torch.zeros(1, 3, 8, 8)), ValueError, "more than 1 value per channel when training"),
    (lambda: resnet_state_dict(MODEL), TypeError, "state_dict must be a dictionary .* got ResNet"),
    (lambda: resnet_state_dict({}), ValueError, r"missing \['conv1.weight'"),
    (lambda: to_resnet_state_dict({}), ValueError, r"missing \['stem.conv.weight'"),
    (lambda: resnet_state_dict(OURS), ValueError, r"unknown \['stem.conv.weight'"),
    (lambda: to_resnet_state_dict(THEIRS), ValueError, r"unknown \['conv1.weight'"),
]


@pytest.mark.parametrize("call, error, message", BAD)
def test_bad_input_says_what_is_wanted(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize(
    "convert, whole", [(resnet_state_dict, THEIRS), (to_resnet_state_dict, OURS)], ids=["from", "to"]
)
def test_every_missing_name_is_named(convert, whole):
    for name in whole:
        rest = {key: tensor for key, tensor in whole.items() if key != name}
        with pytest.raises(
            ValueError, match=r"1 missing \['" + name.replace(".", r"\.") + r"'\] and 0 unknown"
        ):
            convert(rest)


@pytest.mark.parametrize(
    "name",
    [
        "layer1.1.conv1.weight",
        "layer1.9.bn1.bias",
        "layer5.0.conv1.weight",
        "module.conv1.weight",
        "fc",
        "conv1.bias",
    ],
)
def test_an_unknown_name_is_named(name):
    with pytest.raises(ValueError, match=rf"0 missing \[\] and 1 unknown \['{name}'\]"):
        resnet_state_dict(THEIRS | {name: torch.zeros(1)})


def test_a_lost_block_is_noticed_where_blocks_follow():
    whole = to_resnet_state_dict(ResNet(BasicBlock, (1, 3, 1, 1), widths=(2, 2, 2, 2)).state_dict())
    rest = {name: tensor for name, tensor in whole.items() if not name.startswith("layer2.1.")}
    with pytest.raises(ValueError, match=r"12 missing \['layer2.1.conv1.weight'.* and 12 unknown"):
        resnet_state_dict(rest)
