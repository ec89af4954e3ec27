"""A wrong setting is named, with what it may be."""

import pytest

from d2lmodels.device import profile, seed, steps


def test_profile(monkeypatch):
    monkeypatch.setenv("D2LMODELS_PROFILE", "big")
    with pytest.raises(ValueError, match="D2LMODELS_PROFILE is 'big'; it must be 'small' or 'full'"):
        profile()


@pytest.mark.parametrize("number", ["-1", "1.5", "one", str(2**32), "²"])
def test_seed(monkeypatch, number):
    monkeypatch.setenv("D2LMODELS_SEED", number)
    with pytest.raises(ValueError, match=f"D2LMODELS_SEED is '{number}'; it must be a whole number from 0"):
        seed()


@pytest.mark.parametrize("number", [-1, 1.5, 2**32, None])
def test_the_default_of_seed(monkeypatch, number):
    monkeypatch.delenv("D2LMODELS_SEED", raising=False)
    with pytest.raises(ValueError, match=f"default is '{number}'; it must be a whole number from 0"):
        seed(number)


def test_steps(monkeypatch):
    with pytest.raises(ValueError, match="wanted is 0; it must be a whole number from 1 up"):
        steps(0)
    monkeypatch.setenv("D2LMODELS_STEPS", "0")
    with pytest.raises(ValueError, match="D2LMODELS_STEPS is '0'; it must be a whole number from 1"):
        steps(5)
