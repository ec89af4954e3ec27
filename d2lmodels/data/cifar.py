"""CIFAR-10: 60,000 colour images of 32 × 32, ten classes. No augmentation; too large for a default run."""

from collections.abc import Sequence
from http.client import HTTPException

import numpy as np
from jaxtyping import Float32, Int64

from d2lmodels.data.wheel import cache_folder

_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def load_cifar10(
    *, classes: Sequence[str] | None = None
) -> tuple[
    Float32[np.ndarray, "train 3 32 32"],
    Int64[np.ndarray, " train"],
    Float32[np.ndarray, "test 3 32 32"],
    Int64[np.ndarray, " test"],
]:
    """Return `X_train, y_train, X_test, y_test`: red, green and blue from 0 to 1, and class numbers.

    Arguments: `classes`, the names of those to keep, which become 0, 1, … in the order given; all ten in
    CIFAR-10's own order by default. A class has 5,000 training and 1,000 test images, and their order is
    the archive's. The archive (170 MB) comes through torchvision, which checks the hash that the authors
    published, and stays in the cache; the arrays of all ten classes take 740 MB.

    Raises `ValueError` for a class that is not CIFAR-10's or is named twice, `RuntimeError` when the
    archive is not in the cache and cannot be downloaded.

    Source: Krizhevsky, "Learning multiple layers of features from tiny images" (2009), section 3.1.
    """
    names = _CLASSES if classes is None else tuple(classes)
    if not names or len(set(names)) < len(names) or not set(names) <= set(_CLASSES):
        raise ValueError(f"classes is {classes!r}; it must name, once each, some of {', '.join(_CLASSES)}")
    numbers = np.full(len(_CLASSES), -1)  # CIFAR-10's number → ours, −1 for what is left out
    numbers[[_CLASSES.index(name) for name in names]] = np.arange(len(names))
    arrays = []
    for train in (True, False):
        images, labels = _read(train=train)
        y = numbers[labels]
        X = images[y >= 0].transpose(0, 3, 1, 2)  # (N, 32, 32, 3) → (N, 3, 32, 32)
        arrays += [np.divide(X, 255, dtype=np.float32, order="C"), y[y >= 0].astype(np.int64)]
    return tuple(arrays)


def _read(*, train: bool) -> tuple[np.ndarray, list[int]]:
    """Return images (N, 32, 32, 3) from 0 to 255 and labels, after a download where that is needed."""
    from torchvision.datasets import CIFAR10  # here, because it imports torch

    root = cache_folder() / "cifar10"
    try:
        dataset = CIFAR10(root, train=train, download=True)
    except (OSError, RuntimeError, HTTPException) as error:
        raise RuntimeError(
            f"CIFAR-10 ({CIFAR10.filename}, 170 MB) could not be fetched.\n"
            f"It is not in the cache, {root}, and its address did not give it:\n"
            f"  {CIFAR10.url}: {error}\n"
            f"Where there is a network, put the file of that address into {root} (its MD5 is "
            f"{CIFAR10.tgz_md5}); D2LMODELS_CACHE names the folder above it."
        ) from error
    return dataset.data, dataset.targets
