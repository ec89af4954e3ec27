"""Names of residual networks, ours and torchvision's: every tensor, both ways, bit for bit."""

import pytest
import torch
import torchvision

from d2lmodels.convert.torchvision import resnet_state_dict, to_resnet_state_dict
from d2lmodels.vision import resnet
from d2lmodels.vision.resnet import Bottleneck, ResNet

FAMILY = ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"]


def test_some_names_by_hand():
    names = {
        "conv1.weight": "stem.conv.weight",
        "bn1.num_batches_tracked": "stem.norm.num_batches_tracked",
        "layer1.0.conv1.weight": "stages.0.0.conv1.conv.weight",
        "layer2.0.downsample.0.weight": "stages.1.0.shortcut.conv.weight",
        "layer2.0.downsample.1.running_var": "stages.1.0.shortcut.norm.running_var",
        "layer3.5.bn3.bias": "stages.2.5.conv3.norm.bias",
        "layer4.2.bn2.num_batches_tracked": "stages.3.2.conv2.norm.num_batches_tracked",
        "fc.weight": "head.weight",
        "fc.bias": "head.bias",
    }
    with torch.device("meta"):
        theirs = torchvision.models.resnet50().state_dict()
    ours = resnet_state_dict(theirs)
    for torchvision_name, name in names.items():
        assert ours[name] is theirs[torchvision_name]


@pytest.mark.parametrize("name", FAMILY)
def test_every_name_there_and_back(name):
    with torch.device("meta"):
        theirs, model = getattr(torchvision.models, name)().state_dict(), getattr(resnet, name)()
    ours = resnet_state_dict(theirs)
    assert list(ours) == list(model.state_dict())
    assert all(ours[key].shape == tensor.shape for key, tensor in model.state_dict().items())
    back = to_resnet_state_dict(ours)
    assert list(back) == list(theirs) and all(back[key] is tensor for key, tensor in theirs.items())


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_loading_is_strict_and_bit_equal_both_ways(name):
    torch.manual_seed(0)
    theirs = getattr(torchvision.models, name)(num_classes=3)
    theirs(torch.randn(2, 3, 40, 40))  # so that the statistics and the count of batches have moved
    ours = getattr(resnet, name)(num_classes=3)
    ours.load_state_dict(resnet_state_dict(theirs.state_dict()))
    again = getattr(torchvision.models, name)(num_classes=3)
    again.load_state_dict(to_resnet_state_dict(ours.state_dict()))
    assert again.bn1.num_batches_tracked == 1
    for key, tensor in theirs.state_dict().items():
        assert torch.equal(again.state_dict()[key], tensor), key


def test_a_network_of_another_depth_and_width():
    theirs = torchvision.models.ResNet(torchvision.models.resnet.Bottleneck, [1, 2, 1, 1]).state_dict()
    model = ResNet(Bottleneck, (1, 2, 1, 1))
    model.load_state_dict(resnet_state_dict(theirs))
    narrow = ResNet(Bottleneck, (1, 2, 1, 1), widths=(2, 4, 4, 8), stem="cifar")
    state = narrow.state_dict()
    assert list(resnet_state_dict(to_resnet_state_dict(state))) == list(state)


def test_the_order_of_the_names_does_not_matter():
    with torch.device("meta"):
        theirs = torchvision.models.resnet34().state_dict()
    backwards = dict(reversed(theirs.items()))
    assert resnet_state_dict(backwards).items() == resnet_state_dict(theirs).items()
