"""What is wrong with a request for scenes is named, with what it got and what it wants."""

import gzip
import hashlib
import re

import numpy as np
import pytest

from d2lmodels.data import clothing, scenes
from d2lmodels.data.scenes import SceneLoader, make_scenes

WRONG = {
    "num_scenes": ([0, -1, 2.5, True, "8", None], "a whole number from 1 up"),
    "split": (["validation", "", None], "'train' or 'test'"),
    "seed": ([-1, 0.5, None, "0"], "a whole number from 0 up"),
    "items": (["letters", "", None], "'digits' or 'clothing'"),
    "image_size": ([31, 301, 96.0, (96, 96), None], "a whole number from 32 to 300"),
    "num_items": (
        [(2, 1), (-1, 3), (0, 21), (1, 2.5), 3, (1, 2, 3), ("1", "2"), None],
        "the fewest and the most, whole numbers from 0 to 20",
    ),
    "item_size": (
        [(13, 20), (20, 97), (30, 20), 20, (20, float("nan")), None],
        "two numbers of pixels, from 14 to the image's 96, the smaller first",
    ),
    "contrast": ([(0.5, 0.2), (-0.1, 1), (0, 1.1), 0.5, None], "two numbers from 0 to 1, the smaller first"),
    "max_rotation": ([-1, 181, float("nan"), "30", None], "an angle from 0 to 180 degrees"),
    "max_hidden": ([-0.1, 0.91, float("nan"), "0.3", None], "a fraction from 0 to 0.9"),
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in WRONG for value in WRONG[name][0]])
def test_a_wrong_argument_is_named(name, value):
    message = re.escape(f"{name} is {value!r}; it must be {WRONG[name][1]}")
    with pytest.raises(ValueError, match=message):
        make_scenes(**{"num_scenes": 1, name: value})


def test_the_default_items_may_be_too_large_for_a_small_image():
    with pytest.raises(
        ValueError, match=re.escape("item_size is (16, 40); it must be two numbers of pixels")
    ):
        make_scenes(1, image_size=32)


@pytest.mark.parametrize("right", [{"num_scenes": np.int64(2)}, {"seed": 2**64}, {"contrast": [0, 0]}])
def test_what_is_unusual_but_right_is_drawn(right):
    assert make_scenes(**{"num_scenes": 2, **right}).images.isfinite().all()


@pytest.mark.parametrize("number", [0, 1.5, None])
def test_a_loader_without_batches_or_scenes_is_named(number):
    with pytest.raises(ValueError, match=f"num_batches is {number!r}; it must be a whole number from 1 up"):
        SceneLoader(number, 4)
    with pytest.raises(ValueError, match=f"batch_size is {number!r}; it must be a whole number from 1 up"):
        SceneLoader(4, number)


def test_a_loader_says_so_at_its_first_batch():
    with pytest.raises(ValueError, match="split is 'dev'"):
        next(iter(SceneLoader(1, 4, split="dev")))


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine that has no clothing yet; return the folder where torchvision would put it."""
    monkeypatch.setenv("D2LMODELS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(clothing, "DEBIAN", tmp_path / "debian")
    scenes._glyphs.cache_clear()
    yield tmp_path / "cache" / "FashionMNIST" / "raw"
    scenes._glyphs.cache_clear()


def put(folder, monkeypatch):
    """Put small files in a folder, in the layout of Fashion-MNIST."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    for name, (_, header) in clothing.FILES.items():
        numbers = random.integers(0, 256, (20, 784)) if "images" in name else np.arange(20) % 10
        content = bytes(header) + numbers.astype(np.uint8).tobytes()
        (folder / name).write_bytes(gzip.compress(content))
        monkeypatch.setitem(clothing.FILES, name, (hashlib.sha256(content).hexdigest(), header))


def test_clothing_that_is_not_there_says_how_to_get_it(machine, tmp_path):
    with pytest.raises(RuntimeError) as caught:
        make_scenes(1, items="clothing")
    message = str(caught.value)
    assert "Fashion-MNIST is not on this machine" in message
    assert f"looked for in {machine} and {tmp_path / 'debian'}" in message
    assert "apt install dataset-fashion-mnist" in message
    assert f"torchvision.datasets.FashionMNIST({str(tmp_path / 'cache')!r}, download=True)" in message


@pytest.mark.parametrize("place", ["cache/FashionMNIST/raw", "debian"])
def test_clothing_that_is_there_is_used(machine, tmp_path, monkeypatch, place):
    put(tmp_path / place, monkeypatch)
    X_train, y_train, X_test, y_test = clothing.load_clothing()
    assert X_train.shape == X_test.shape == (20, 784)
    assert X_train.dtype == np.float32 and X_train.min() >= 0 and X_train.max() == 1
    assert y_train.tolist() == y_test.tolist() == [k % 10 for k in range(20)]
    batch = make_scenes(20, items="clothing")
    assert (batch.labels >= 0).any(1).all() and (batch.instances > 0).flatten(1).any(1).all()


def test_a_damaged_file_of_clothing_is_named(machine, monkeypatch):
    put(machine, monkeypatch)
    name = "t10k-images-idx3-ubyte.gz"
    (machine / name).write_bytes(gzip.compress(b"another"))
    with pytest.raises(RuntimeError, match=f"is damaged: .*{name} has not the SHA-256"):
        make_scenes(1, items="clothing")
    (machine / name).write_bytes(b"another")
    with pytest.raises(RuntimeError, match=f"cannot be read: .*{name}"):
        make_scenes(1, items="clothing")
