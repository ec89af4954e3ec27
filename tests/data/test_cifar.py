"""CIFAR-10 as promised, from a small archive in the layout of the real one. No network is used."""

import hashlib
import io
import pickle
import tarfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from torchvision.datasets import CIFAR10

from d2lmodels.data import cifar, load_cifar10

NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
BATCHES = [f"data_batch_{i}" for i in range(1, 6)]
rng = np.random.default_rng(0)
FILES = {
    name: {"data": rng.integers(0, 256, (20, 3072), np.uint8), "labels": rng.permutation(20).tolist()}
    for name in [*BATCHES, "test_batch"]
}
for batch in FILES.values():
    batch["labels"] = [label % 10 for label in batch["labels"]]  # two of each class
    batch["data"][0] = np.arange(3072) // 12  # red rises from 0 to 85 over the rows, then green, then blue


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


def md5(data):
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


@pytest.fixture(autouse=True)
def archive(tmp_path, monkeypatch):
    """Serve the archive on this machine, and make it what torchvision expects and where it looks."""
    monkeypatch.setenv("D2LMODELS_CACHE", str(tmp_path / "cache"))
    contents = {name: pickle.dumps(batch) for name, batch in FILES.items()}
    contents["batches.meta"] = pickle.dumps({"label_names": NAMES})
    path = tmp_path / "server" / CIFAR10.filename
    path.parent.mkdir()
    with tarfile.open(path, "w:gz") as tar:
        for name, content in contents.items():
            info = tarfile.TarInfo(f"{CIFAR10.base_folder}/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=path.parent)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(CIFAR10, "url", f"http://127.0.0.1:{server.server_port}/{path.name}")
        expect(contents, archive=path.read_bytes(), monkeypatch=monkeypatch)
        yield path
        server.shutdown()


def expect(contents, *, archive, monkeypatch):
    """Make torchvision expect these files."""
    hashes = {name: md5(content) for name, content in contents.items()}
    monkeypatch.setattr(CIFAR10, "tgz_md5", md5(archive))
    monkeypatch.setattr(CIFAR10, "train_list", [[name, hashes[name]] for name in BATCHES])
    monkeypatch.setattr(CIFAR10, "test_list", [["test_batch", hashes["test_batch"]]])
    monkeypatch.setattr(CIFAR10, "meta", {**CIFAR10.meta, "md5": hashes["batches.meta"]})


def test_all_ten_classes(tmp_path, archive):
    X_train, y_train, X_test, y_test = load_cifar10()
    assert (X_train.shape, X_test.shape) == ((100, 3, 32, 32), (20, 3, 32, 32))
    assert X_train.dtype == X_test.dtype == np.float32
    assert y_train.dtype == y_test.dtype == np.int64
    assert y_test.tolist() == FILES["test_batch"]["labels"]
    assert y_train.tolist() == [label for name in BATCHES for label in FILES[name]["labels"]]
    pixels = FILES["test_batch"]["data"].reshape(20, 3, 32, 32)
    np.testing.assert_array_equal(np.rint(X_test * 255), pixels)
    np.testing.assert_allclose(X_test[0, 0, [0, -1], [0, -1]], [0, 85 / 255], rtol=1e-6)
    assert X_train.min() >= 0 and X_train.max() <= 1
    assert X_train.flags.c_contiguous
    archive.unlink()  # the second time it comes out of the cache
    np.testing.assert_array_equal(load_cifar10()[0], X_train)


@pytest.mark.parametrize("classes", [("cat", "dog"), ["dog", "cat"], ("truck",)])
def test_chosen_classes_are_numbered_in_the_order_given(classes):
    X_train, y_train, X_test, y_test = load_cifar10(classes=classes)
    everything, labels, _, _ = load_cifar10()
    assert np.bincount(y_train).tolist() == [10] * len(classes)
    assert np.bincount(y_test).tolist() == [2] * len(classes)
    assert len(X_test) == len(y_test)
    for number, name in enumerate(classes):
        wanted = everything[labels == NAMES.index(name)]
        np.testing.assert_array_equal(X_train[y_train == number], wanted)


def test_the_class_names_are_the_archive_s(archive):
    load_cifar10()
    assert tuple(CIFAR10(archive.parents[1] / "cache" / "cifar10").classes) == cifar._CLASSES


def test_an_archive_put_there_by_hand_is_enough(tmp_path, archive, monkeypatch):
    root = tmp_path / "cache" / "cifar10"
    root.mkdir(parents=True)
    archive.rename(root / archive.name)
    monkeypatch.setattr(CIFAR10, "url", "http://127.0.0.1:9/cifar")
    assert len(load_cifar10()[0]) == 100


def test_a_damaged_batch_is_replaced(tmp_path):
    first = load_cifar10()[0]
    (tmp_path / "cache" / "cifar10" / CIFAR10.base_folder / "data_batch_3").write_bytes(b"damaged")
    np.testing.assert_array_equal(load_cifar10()[0], first)
