"""Fashion-MNIST, where the machine has it: 70,000 pictures of clothing, 28 × 28 grey pixels. No download."""

import gzip
import hashlib
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int64

from d2lmodels.data.wheel import cache_folder

DEBIAN = Path("/usr/share/datasets/fashion-mnist")
# The files, the SHA-256 of what each holds unpacked, and the bytes before its numbers.
FILES = {
    "train-images-idx3-ubyte.gz": ("c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888", 16),
    "train-labels-idx1-ubyte.gz": ("bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9", 8),
    "t10k-images-idx3-ubyte.gz": ("5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b", 16),
    "t10k-labels-idx1-ubyte.gz": ("0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34", 8),
}


def load_clothing() -> tuple[
    Float32[np.ndarray, "train 784"],
    Int64[np.ndarray, " train"],
    Float32[np.ndarray, "test 784"],
    Int64[np.ndarray, " test"],
]:
    """Return `X_train, y_train, X_test, y_test`: rows of pixels from 0 to 1, and kinds of clothing 0–9.

    The kinds: T-shirt, trousers, pullover, dress, coat, sandal, shirt, trainer, bag, ankle boot. A kind has
    6,000 training and 1,000 test pictures; the arrays take 220 MB.

    Raises `RuntimeError` where the files are not on this machine or are damaged, and says how to get them.

    Source: Xiao, Rasul and Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine
    learning algorithms" (2017).
    """
    X_train, y_train, X_test, y_test = (_numbers(name) for name in FILES)
    return _rows(X_train), y_train.astype(np.int64), _rows(X_test), y_test.astype(np.int64)


def _rows(X):
    return X.reshape(-1, 784).astype(np.float32) / 255


def _numbers(name):
    """Return the numbers in one of the files."""
    sha256, header = FILES[name]
    folders = cache_folder() / "FashionMNIST" / "raw", DEBIAN
    fault = "is not on this machine"
    for folder in folders:
        try:
            content = gzip.decompress((folder / name).read_bytes())
        except FileNotFoundError:
            continue
        except (OSError, EOFError) as error:
            fault = f"cannot be read: {folder / name}: {error}"
            continue
        if hashlib.sha256(content).hexdigest() == sha256:
            return np.frombuffer(content, np.uint8, offset=header)
        fault = f"is damaged: {folder / name} has not the SHA-256 {sha256} when unpacked"
    raise RuntimeError(
        f"Fashion-MNIST {fault}.\n"
        f"Its files, {', '.join(FILES)}, are looked for in {' and '.join(map(str, folders))}.\n"
        "On Debian and Ubuntu `apt install dataset-fashion-mnist` brings them; elsewhere, with a network, "
        f"`torchvision.datasets.FashionMNIST({str(cache_folder())!r}, download=True)` does."
    )
