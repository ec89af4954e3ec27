"""Device, profile, seed and steps follow the environment, and import torch only for a device."""

import random
import subprocess
import sys

import numpy as np
import pytest
import torch

from d2lmodels.device import device, profile, seed, steps


def test_the_device_exists():
    assert torch.ones(2, device=device()).sum().item() == 2


def test_a_gpu_is_taken_where_there_is_one(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device() == torch.device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device() == torch.device("cpu")


def test_torch_is_not_imported_to_seed():
    code = "import sys; from d2lmodels.device import *; seed(); steps(5); print('torch' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"


def test_the_profile_is_small_unless_full_is_asked_for(monkeypatch):
    monkeypatch.delenv("D2LMODELS_PROFILE", raising=False)
    assert profile() == "small"
    for word in ("small", "full"):
        monkeypatch.setenv("D2LMODELS_PROFILE", word)
        assert profile() == word


def draws():
    return random.random(), np.random.rand(), torch.rand(1).item()  # noqa: NPY002


def test_one_number_seeds_python_numpy_and_torch(monkeypatch):
    monkeypatch.delenv("D2LMODELS_SEED", raising=False)
    assert seed() == 0
    first = draws()
    assert seed(0) == 0
    assert draws() == first
    assert seed(1) == 1
    assert not set(draws()) & set(first)
    monkeypatch.setenv("D2LMODELS_SEED", "0")
    assert seed(1) == 0
    assert draws() == first


@pytest.mark.parametrize(("cap", "taken"), [(None, 500), ("3", 3), ("1000", 500)])
def test_steps_are_capped(monkeypatch, cap, taken):
    monkeypatch.delenv("D2LMODELS_STEPS", raising=False)
    if cap:
        monkeypatch.setenv("D2LMODELS_STEPS", cap)
    assert steps(500) == taken
