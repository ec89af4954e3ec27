"""Published weights: names both ways, sensible predictions on photographs, torchvision's from its cache."""

import subprocess
import sys

import pytest
import torch
import torchvision
from torch import nn

from d2lmodels.convert import imagenet_classes, load_pretrained
from d2lmodels.convert.efficientnet import efficientnet_state_dict, to_efficientnet_state_dict
from d2lmodels.data import SOURCES, load_photograph
from d2lmodels.data.wheel import fetch
from d2lmodels.vision.efficientnet import EfficientNetLite0, preprocess


@pytest.fixture(scope="module")
def model():
    return load_pretrained("efficientnet_lite0")


@torch.no_grad()
def best(model, name, *, count=5):
    """Return the likeliest classes of a photograph with their probabilities, the likeliest first."""
    probabilities = model(preprocess(load_photograph(name))).softmax(dim=1)[0]
    names = imagenet_classes()
    values, numbers = probabilities.topk(count)
    return {names[number]: value for value, number in zip(values.tolist(), numbers.tolist())}


def test_the_classes_are_a_thousand_different_names():
    names = imagenet_classes()
    assert len(set(names)) == len(names) == 1000
    assert (names[0], names[285], names[999]) == ("tench", "Egyptian cat", "toilet tissue")


def test_it_comes_in_eval_mode_and_in_float32(model):
    assert not any(module.training for module in model.modules())
    assert all(parameter.dtype == torch.float32 for parameter in model.parameters())
    assert all(parameter.requires_grad for parameter in model.parameters())


@pytest.mark.parametrize(
    ("name", "cover", "least"),
    [
        ("chelsea", {"tiger cat", "Egyptian cat", "tabby"}, 0.85),
        ("coffee", {"espresso"}, 0.85),
        ("rocket", {"missile", "projectile", "space shuttle"}, 0.4),
    ],
)
def test_photographs_are_recognized(model, name, cover, least):
    likeliest = best(model, name)
    assert set(list(likeliest)[: min(len(cover), 2)]) <= cover
    assert cover <= set(likeliest)
    assert sum(likeliest[thing] for thing in cover) > least


def test_an_astronaut_is_no_class_of_imagenet(model):
    assert not [name for name in imagenet_classes() if "astronaut" in name.lower()]
    assert max(best(model, "astronaut").values()) < 0.25


def test_renaming_there_and_back_changes_nothing():
    theirs = torch.load(fetch(SOURCES["efficientnet_lite0"]), weights_only=True)
    ours = efficientnet_state_dict(theirs)
    assert EfficientNetLite0().load_state_dict(ours).missing_keys == []
    back = to_efficientnet_state_dict(ours)
    assert list(back) == list(theirs)
    assert all(back[name] is theirs[name] for name in theirs)
    assert sum(name.endswith("num_batches_tracked") for name in back) == 49


def test_the_tensors_lie_where_their_names_say(model):
    theirs = torch.load(fetch(SOURCES["efficientnet_lite0"]), weights_only=True)
    for ours, name in [
        (model.stem[1].conv.weight, "_conv_stem.weight"),
        (model.stem[1].norm.running_var, "_bn0.running_var"),
        (model.blocks[0].depthwise[1].norm.bias, "_blocks.0._bn1.bias"),
        (model.blocks[13].expand[1].norm.running_mean, "_blocks.13._bn0.running_mean"),
        (model.blocks[13].project.conv.weight, "_blocks.13._project_conv.weight"),
        (model.widen[1].norm.weight, "_bn1.weight"),
        (model.head.bias, "_fc.bias"),
    ]:
        assert torch.equal(ours, theirs[name]), name


def test_a_resnet_takes_torchvision_s_weights(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    theirs = torchvision.models.resnet18().eval()
    for module in theirs.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    url = torchvision.models.ResNet18_Weights.IMAGENET1K_V1.url
    path = tmp_path / "hub" / "checkpoints" / url.rpartition("/")[2]
    path.parent.mkdir(parents=True)
    torch.save(theirs.state_dict(), path)
    ours = load_pretrained("resnet18")
    assert not ours.training
    X = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(ours(X), theirs(X), rtol=0, atol=1e-4)


def test_the_import_is_light():
    code = "import sys, d2lmodels.convert; print('torch' in sys.modules, 'torchvision' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).split() == ["False", "False"]
