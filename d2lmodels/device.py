"""The device, the size of a run and the seed: what a chapter's setup cell asks before anything else.

Three environment variables decide: `D2LMODELS_PROFILE` (small or full), `D2LMODELS_SEED` and
`D2LMODELS_STEPS` (a cap on training steps, for a quick look at a full run). It does not choose among
several GPUs, and leaves Apple's GPU aside, which has no float64.
"""

import os
import random
import sys
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch


def device() -> "torch.device":
    """Return the GPU if CUDA finds one, else the CPU; only this function imports torch.

    >>> device().type in {"cuda", "cpu"}
    True
    """
    import torch

    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def profile() -> str:
    """Return which set of hyperparameters to run, `"small"` or `"full"`, from `D2LMODELS_PROFILE`.

    Small is the default, on a GPU too. Raises `ValueError` on any other word.
    """
    word = os.environ.get("D2LMODELS_PROFILE") or "small"
    if word not in {"small", "full"}:
        raise ValueError(f"D2LMODELS_PROFILE is {word!r}; it must be 'small' or 'full'")
    return word


def seed(default: int = 0) -> int:
    """Seed Python, NumPy and, if it is imported already, torch; return the number.

    Arguments: `default`, from 0 to 2³² − 1, is used unless `D2LMODELS_SEED` is set.
    Raises `ValueError` when the number is not in that range.

    >>> first = (seed(7), random.random())
    >>> first == (seed(7), random.random())
    True
    """
    number = _from_environment("D2LMODELS_SEED", default, lowest=0)
    random.seed(number)
    np.random.seed(number)  # noqa: NPY002 (the global generator, which other libraries draw from)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(number)
    return number


def steps(wanted: int) -> int:
    """Return the number of training steps to take: `wanted`, or `D2LMODELS_STEPS` where that is smaller.

    Raises `ValueError` when either is not a whole number from 1 up.
    """
    if wanted < 1:
        raise ValueError(f"wanted is {wanted!r}; it must be a whole number from 1 up")
    return min(wanted, _from_environment("D2LMODELS_STEPS", wanted, lowest=1))


def _from_environment(variable: str, default: int, *, lowest: int) -> int:
    """Return the variable, or `default` where it is unset, as a whole number from `lowest` to 2³² − 1."""
    text = os.environ.get(variable) or str(default)
    if not text.isascii() or not text.isdigit() or not lowest <= int(text) < 2**32:
        source = variable if os.environ.get(variable) else "default"
        raise ValueError(f"{source} is {text!r}; it must be a whole number from {lowest} to 2**32 - 1")
    return int(text)
