"""Names of EfficientNet-Lite0's weights, from those of the published file to ours and back. Lite0 only."""

from functools import cache

import torch
from torch import Tensor

from d2lmodels.convert.names import renamed
from d2lmodels.vision.efficientnet import EfficientNetLite0

_LAYERS = {  # ours → theirs; each is followed by .weight, .bias, .running_mean …
    "stem.1.conv": "_conv_stem",
    "stem.1.norm": "_bn0",
    "widen.1.conv": "_conv_head",
    "widen.1.norm": "_bn1",
    "head": "_fc",
}
_LAYERS_OF_A_BLOCK = {  # blocks.3.expand.1.conv → _blocks.3._expand_conv; the first block has no expand
    "expand.1.conv": "_expand_conv",
    "expand.1.norm": "_bn0",
    "depthwise.1.conv": "_depthwise_conv",
    "depthwise.1.norm": "_bn1",
    "project.conv": "_project_conv",
    "project.norm": "_bn2",
}


def efficientnet_state_dict(state_dict: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rename the entries of the published state dict for `EfficientNetLite0.load_state_dict`.

    The tensors are the same objects, not copies. Raises ValueError that names entries missing or unknown.
    """
    table = {theirs: ours for ours, theirs in _renamings().items()}
    return renamed(state_dict, table, model="EfficientNet-Lite0")


def to_efficientnet_state_dict(state_dict: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rename the entries of `EfficientNetLite0().state_dict()` as in the published file.

    The tensors are the same objects, not copies. Raises ValueError that names entries missing or unknown.

    >>> theirs = to_efficientnet_state_dict(EfficientNetLite0(num_classes=10).state_dict())
    >>> list(theirs)[:2], theirs["_fc.weight"].shape
    (['_conv_stem.weight', '_bn0.weight'], torch.Size([10, 1280]))
    """
    return renamed(state_dict, _renamings(), model="EfficientNet-Lite0")


@cache
def _renamings() -> dict[str, str]:
    """Return our name → theirs for every entry."""
    with torch.device("meta"):  # names without numbers
        names = EfficientNetLite0().state_dict()
    return {name: _theirs(name) for name in names}


def _theirs(name: str) -> str:
    """Return the published file's name for one of ours."""
    layer, _, kind = name.rpartition(".")  # kind: weight, bias, running_mean …
    if layer.startswith("blocks."):
        _, number, layer = layer.split(".", maxsplit=2)
        return f"_blocks.{number}.{_LAYERS_OF_A_BLOCK[layer]}.{kind}"
    return f"{_LAYERS[layer]}.{kind}"
