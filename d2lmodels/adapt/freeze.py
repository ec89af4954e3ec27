"""What stays of a trained model: layers that are frozen, rates that differ by depth, features of a layer.

Layers are named as `model.named_modules()` names them, and their order is that in which the model made them,
which is the order of computation in this package. Not here: layers that are added (`lora.py` is to come).
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn


def freeze(model: nn.Module, *, upto: str | None = None) -> list[str]:
    """Freeze the layers from the input up to and including `upto`, all unless given; return their names.

    A frozen layer's parameters get no gradient, and it computes as in eval mode whatever `model.train()`
    says: otherwise batch normalization would go on moving its statistics, and dropout would draw. What was
    frozen before and lies behind `upto` is free again. Of layers within layers the outermost are named.

    Raises ValueError, with the layers that exist, for a name that is none.

    >>> model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 2))
    >>> freeze(model, upto="1")
    ['0', '1']
    >>> [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    ['2.weight', '2.bias']
    """
    inside = None if upto is None else set(_layer(model, upto).modules())
    unfreeze(model)
    leaves = [layer for layer in model.modules() if not any(layer.children())]
    last = len(leaves) - 1 if upto is None else max(k for k, leaf in enumerate(leaves) if leaf in inside)
    free = set(leaves[last + 1 :])
    names = []
    for name, layer in model.named_modules():
        if free.isdisjoint(layer.modules()):
            layer.requires_grad_(False)
            layer.frozen_by = layer.register_forward_pre_hook(_stay_in_eval)
            if name and not any(name.startswith(f"{outer}.") for outer in names):
                names.append(name)
    return names


def unfreeze(model: nn.Module) -> None:
    """Free every layer of the model: all parameters get gradients, and `model.train()` holds everywhere.

    >>> model = nn.Linear(2, 3)
    >>> _ = freeze(model)
    >>> unfreeze(model)
    >>> model.weight.requires_grad
    True
    """
    model.requires_grad_(True)
    for layer in model.modules():
        if hasattr(layer, "frozen_by"):
            layer.frozen_by.remove()
            del layer.frozen_by


def parameter_groups(model: nn.Module, lr: float, decay_by_depth: float = 1.0) -> list[dict]:
    """Return groups for an optimizer: `lr` for the last layer, and times `decay_by_depth` for each before it.

    A layer is here a child of the model, or of a list or sequence of layers among its children. Parameters
    that are frozen are left out, and so are layers without any; but they count in the depth. Each group has
    its `name`.

    Raises ValueError for rates and decays that are no positive finite numbers, and where all is frozen.
    Howard and Ruder, "Universal language model fine-tuning for text classification" (2018), section 3.2.

    >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2))
    >>> [(group["name"], group["lr"]) for group in parameter_groups(model, 0.1, 0.5)]
    [('0', 0.05), ('2', 0.1)]
    """
    for name, number in (("lr", lr), ("decay_by_depth", decay_by_depth)):
        if not isinstance(number, int | float) or not 0 < number < math.inf:
            raise ValueError(f"{name} must be a finite number above 0, got {number!r}")
    blocks = [(name, block) for name, block in _blocks(model) if any(True for _ in block.parameters())]
    loose = list(model.parameters(recurse=False))  # of no layer, such as a lone table of positions
    groups, seen = [], set()
    for depth, (name, block) in enumerate([("", loose), *blocks] if loose else blocks):
        own = block if block is loose else block.parameters()
        free = [p for p in own if p.requires_grad and p not in seen]
        seen.update(free)
        rate = lr * decay_by_depth ** (len(blocks) - 1 + bool(loose) - depth)
        if free:
            groups.append({"name": name, "params": free, "lr": rate})
    if not groups:
        raise ValueError("model must have a parameter that is not frozen, and has none")
    return groups


@torch.no_grad()
def extract(model: nn.Module, inputs: Tensor | Sequence, layers: Sequence[str]) -> dict[str, Tensor]:
    """Return what the named layers of the model give for the inputs, in eval mode, without gradients.

    inputs: what the model takes, a tensor, or a tuple or list of several arguments. layers: names; where a
    layer gives a tuple, its first part is returned. The model's mode is afterwards what it was.

    Raises ValueError, with the layers that exist, for a name that is none, and for a layer that was not used.

    >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 5))
    >>> {name: X.shape for name, X in extract(model, torch.zeros(4, 2), ["1", "2"]).items()}
    {'1': torch.Size([4, 3]), '2': torch.Size([4, 5])}
    """
    if isinstance(layers, str):
        raise TypeError(f"layers must be a list of names, got the string {layers!r}")
    found = {}

    def keeper(name):
        def keep(layer, arguments, output):
            found[name] = output[0] if isinstance(output, tuple) else output

        return keep

    hooks = [_layer(model, name).register_forward_hook(keeper(name)) for name in layers]
    modes = {layer: layer.training for layer in model.modules()}
    try:
        model.eval()
        model(*inputs) if isinstance(inputs, tuple | list) else model(inputs)
    finally:
        for hook in hooks:
            hook.remove()
        for layer, training in modes.items():
            layer.training = training
    unused = [name for name in layers if name not in found]
    if unused:
        raise ValueError(f"layers must be used by the model, and these are not: {', '.join(unused)}")
    return {name: found[name] for name in layers}


def _stay_in_eval(layer, arguments):
    layer.eval()


def _layer(model, name):
    """Return a layer by its name."""
    known = [each for each, _ in model.named_modules() if each]
    if name not in known:
        shown = ", ".join(each for each in known if each.count(".") < 2)
        raise ValueError(f"the model has no layer {name!r}; it has {shown}")
    return model.get_submodule(name)


def _blocks(model):
    """Yield names and layers of the first kind that is no mere list or sequence of layers."""
    for name, child in model.named_children():
        if isinstance(child, nn.Sequential | nn.ModuleList):
            yield from ((f"{name}.{inner}", block) for inner, block in child.named_children())
        else:
            yield name, child
