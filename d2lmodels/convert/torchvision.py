"""The names of a residual network's tensors, ours and torchvision's, both ways.

Not here: the tensors' shapes (`load_state_dict` checks them), downloads, and other families of networks.
"""

import re
from collections import Counter
from collections.abc import Mapping

import torch
from torch import Tensor

from d2lmodels.convert.names import check_dictionary, renamed
from d2lmodels.vision.resnet import BasicBlock, Bottleneck, ResNet

RENAMINGS = [  # each part of our names, as a regular expression, and what torchvision calls it
    (r"^stem\.conv\.", "conv1."),
    (r"^stem\.norm\.", "bn1."),
    (r"^stages\.(\d)\.", lambda match: f"layer{int(match[1]) + 1}."),
    (r"\.conv(\d)\.conv\.", r".conv\1."),
    (r"\.conv(\d)\.norm\.", r".bn\1."),
    (r"\.shortcut\.conv\.", ".downsample.0."),
    (r"\.shortcut\.norm\.", ".downsample.1."),
    (r"^head\.", "fc."),
]


def resnet_state_dict(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors of a torchvision ResNet under our names, ready for `load_state_dict`.

    state_dict: of a ResNet of four stages, of basic blocks or of bottlenecks, of any depth; buffers included.
    The tensors are the same objects, not copies. Raises ValueError for a missing or an unknown name,
    TypeError for what is no dictionary. Only whole blocks missing at the end of a stage go unseen here,
    because the rest is a shallower network; `load_state_dict` names them.

    >>> from d2lmodels.vision.resnet import resnet18
    >>> ours = resnet18(num_classes=2)
    >>> theirs = to_resnet_state_dict(ours.state_dict())
    >>> list(theirs)[:2]
    ['conv1.weight', 'bn1.weight']
    >>> ours.load_state_dict(resnet_state_dict(theirs))
    <All keys matched successfully>
    """
    names = names_like(state_dict, [f"layer{k}." for k in (1, 2, 3, 4)], ours_first=False)
    return renamed(state_dict, names, model="a ResNet")


def to_resnet_state_dict(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors of our ResNet under torchvision's names: the inverse of `resnet_state_dict`.

    state_dict, and what is raised: as there.
    """
    names = names_like(state_dict, [f"stages.{k}." for k in (0, 1, 2, 3)], ours_first=True)
    return renamed(state_dict, names, model="a ResNet")


def names_like(state_dict, stages, *, ours_first):
    """Return a table of names for as many blocks as `state_dict` has, of the kind that fits it best."""
    check_dictionary(state_dict)
    num_blocks = []
    for stage in stages:  # a block counts where at least half of a basic block's 12 names are there
        names = Counter(key.removeprefix(stage).split(".")[0] for key in state_dict if key.startswith(stage))
        num_blocks.append(max(1, sum(count >= 6 for count in names.values())))
    tables = [names_of(block, num_blocks) for block in (BasicBlock, Bottleneck)]
    if not ours_first:
        tables = [{theirs: ours for ours, theirs in table.items()} for table in tables]
    return min(tables, key=lambda table: len(table.keys() ^ state_dict.keys()))


def names_of(block, num_blocks):
    """Return the names of a network's tensors: ours → torchvision's."""
    with torch.device("meta"):  # names and shapes without numbers
        ours = ResNet(block, num_blocks).state_dict()
    return {name: torchvision_name(name) for name in ours}


def torchvision_name(name):
    """Return what torchvision calls a tensor of ours."""
    for pattern, replacement in RENAMINGS:
        name = re.sub(pattern, replacement, name)
    return name
