"""Checkpoints: a tree of tensors and plain values in one safetensors file, replaced in one step.

The tensors are ordinary entries of the file, which every reader of safetensors opens; the structure
around them is JSON in its header. Nothing in it can run code, as a pickle could. Not here: two
processes that write the same path at once, and the detection of bits that flipped on the disk.
"""

import functools
import json
import os
from pathlib import Path

import safetensors
import safetensors.torch
import torch

_KEY = "d2lmodels"  # the entry of the header that holds the structure


def save(path, tree, *, dtype=None) -> None:
    """Write `tree` to `path`, so that a kill at any moment leaves the old file or the new one.

    Arguments: `tree`, nested dicts (keys: strings or whole numbers), lists and tuples of tensors, numbers,
    strings, booleans and None; `dtype`, in which to store floating tensors, such as `torch.float16` for
    half the size. Subclasses come back as their plain kind: an OrderedDict as a dict, a parameter as a
    tensor. A tensor that occurs twice, such as a tied weight, is stored once and comes back as one.

    Raises `TypeError` for a value of another type and `ValueError` for a finite number that `dtype`
    cannot hold; both say where in the tree it is.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "model.safetensors"
    >>> save(path, {"weight": torch.eye(2), "epoch": 3, "betas": (0.9, 0.999), 0: None})
    >>> load(path)["betas"], load(path)["weight"].tolist()
    ((0.9, 0.999), [[1.0, 0.0], [0.0, 1.0]])
    """
    if dtype is not None and not (isinstance(dtype, torch.dtype) and dtype.is_floating_point):
        raise ValueError(f"dtype is {dtype!r}; it must be a floating dtype such as torch.float16, or None")
    path, tensors = Path(path), {}
    structure = _pack(tree, ("tree",), tensors, {}, dtype)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")  # always this name: the next write replaces a leftover
    safetensors.torch.save_file(tensors, temporary, {_KEY: json.dumps(structure)})
    with temporary.open("r+b") as file:
        os.fsync(file.fileno())
    temporary.replace(path)


def load(path):
    """Return the tree that `save` wrote to `path`, every tensor on the CPU and bit for bit as it was.

    Raises `FileNotFoundError` when there is no such file, and `ValueError` when it is truncated or is
    no checkpoint.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no checkpoint {path}")
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            # A copy lets go of the file, which Windows would not replace while it is in use.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
    except safetensors.SafetensorError as error:
        raise ValueError(f"{path} is truncated or no checkpoint: {error}") from None
    if _KEY not in header:
        raise ValueError(
            f"{path} is a safetensors file that checkpoint.save did not write, so it holds no tree; "
            "safetensors.torch.load_file reads it"
        )
    return _unpack(json.loads(header[_KEY]), tensors)


def _pack(value, place, tensors, names, dtype):
    """Return `value` as JSON can hold it, and put its tensors into `tensors`.

    A plain value stands for itself; anything else is a list that starts with its kind. `place` is the way
    from the root; `names` finds a tensor that was met before, by where and how it lies in memory.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, dict):
        for key in value:
            if isinstance(key, bool) or not isinstance(key, str | int):
                raise TypeError(f"{_shown(place)} has the key {key!r}; keys must be strings or whole numbers")
        return ["dict"] + [
            [key, _pack(part, (*place, key), tensors, names, dtype)] for key, part in value.items()
        ]
    if isinstance(value, list | tuple):
        parts = [_pack(part, (*place, index), tensors, names, dtype) for index, part in enumerate(value)]
        return ["list" if isinstance(value, list) else "tuple", *parts]
    if not isinstance(value, torch.Tensor):
        raise TypeError(
            f"{_shown(place)} is a {type(value).__name__}; a checkpoint holds dicts, lists, tuples, tensors, "
            "numbers, strings, booleans and None"
        )
    stored = _stored(value, place, dtype)
    memory = (value.data_ptr(), value.shape, value.stride(), value.dtype, value.device)
    memory += (value.is_conj(), value.is_neg())
    if memory not in names:
        name = ".".join(map(str, place[1:]))
        while name in tensors or name == "__metadata__":  # {"a": {"b": …}, "a.b": …}; a name in use
            name += "_"
        names[memory], tensors[name] = name, stored
    return ["tensor", names[memory]]


def _unpack(value, tensors):
    """Undo `_pack`."""
    if not isinstance(value, list):
        return value
    kind, *parts = value
    if kind == "tensor":
        return tensors[parts[0]]
    if kind == "dict":
        return {key: _unpack(part, tensors) for key, part in parts}
    parts = [_unpack(part, tensors) for part in parts]
    return tuple(parts) if kind == "tuple" else parts


def _stored(tensor, place, dtype):
    """Return a contiguous copy on the CPU, in `dtype` if that is given and the tensor is floating."""
    wanted = dtype if dtype and tensor.is_floating_point() else tensor.dtype
    if tensor.layout is not torch.strided or tensor.is_meta or not _storable(wanted):
        kind = f"{tensor.layout} tensor of {wanted} on {tensor.device}"
        raise TypeError(f"{_shown(place)} is a {kind}, which safetensors cannot store")
    tensor = tensor.detach().resolve_conj().resolve_neg()
    copy = tensor.to("cpu", wanted, copy=True, memory_format=torch.contiguous_format)
    if wanted != tensor.dtype and (copy.isinf() & tensor.isfinite().cpu()).any():
        largest = tensor[tensor.isfinite()].abs().max().item()
        raise ValueError(f"{_shown(place)} holds numbers up to {largest:g}, too large for {wanted}")
    return copy


@functools.cache
def _storable(dtype) -> bool:
    """Return whether this version of safetensors stores `dtype`."""
    try:
        safetensors.torch.save({"": torch.empty(0, dtype=dtype)})
    except (KeyError, RuntimeError, TypeError, ValueError):
        return False
    return True


def _shown(place) -> str:
    return place[0] + "".join(f"[{key!r}]" for key in place[1:])
