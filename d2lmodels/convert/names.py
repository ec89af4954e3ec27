"""What every converter does with its table of names: rename each tensor once, and lose or invent none.

Not here: the tables, and tensors whose layout differs between two models.
"""

from collections.abc import Mapping

from torch import Tensor


def renamed(state_dict: Mapping[str, Tensor], table: Mapping[str, str], *, model: str) -> dict[str, Tensor]:
    """Return the same tensors under the names that `table` gives, in the order of `state_dict`.

    table: old name → new name, for every entry. model: whose entries they are, in words, for errors. Raises
    TypeError for what is no dictionary, ValueError that lists names missing or unknown.

    >>> import torch
    >>> renamed({"fc.bias": torch.zeros(1)}, {"fc.bias": "head.bias"}, model="a toy")
    {'head.bias': tensor([0.])}
    """
    check_dictionary(state_dict)
    missing = [name for name in table if name not in state_dict]
    unknown = [name for name in state_dict if name not in table]
    if missing or unknown:
        raise ValueError(
            f"state_dict must hold the {len(table)} tensors of {model} and no others, got {len(missing)} "
            f"missing {missing[:8]} and {len(unknown)} unknown {unknown[:8]}"
        )
    return {table[name]: tensor for name, tensor in state_dict.items()}


def check_dictionary(state_dict) -> None:
    """Raise TypeError for what is no dictionary, such as the model itself."""
    if not isinstance(state_dict, Mapping):
        raise TypeError(f"state_dict must be a dictionary of tensors, got {type(state_dict).__name__}")
