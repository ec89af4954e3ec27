"""Wrong answers to the lab `unet`, on transposed convolutions. The others: lab_unet.py."""

from lab_cases import Wrong
from lab_unet_sizes import planted

SPREAD = """
def spread(X, W, *, stride):
    rows, columns = X.shape
    Y = np.zeros(((rows - 1) * stride + W.shape[0], (columns - 1) * stride + W.shape[1]), X.dtype)
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            Y[top : top + W.shape[0], left : left + W.shape[1]] += X[i, j] * W
    return Y
"""

WRITES = """
def writes(length, kernel, *, stride):
    counts = np.zeros((length - 1) * stride + kernel, dtype=int)
    for start in range(0, length * stride, stride):
        counts[start : start + kernel] += 1
    return counts.tolist()
"""

BY_TORCH = """
def spread(X, W, *, stride):
    X, W = torch.from_numpy(X)[None, None], torch.from_numpy(W)[None, None]
    return F.conv_transpose2d(X, W, stride=stride).numpy()
"""

spread, writes = planted("spread", SPREAD), planted("writes", WRITES)

SPREADS = {
    "spread: the kernel turned round": spread(
        {"test-spread-two": 1, "test-spread": 1},
        "the kernel is stamped as it is, not turned round",
        ("X[i, j] * W", "X[i, j] * W[::-1, ::-1]"),
    ),
    "spread: stamps overwrite": spread(
        {"test-spread": 1},
        "overlapping stamps are added; here the later one overwrites",
        ("+= X[i, j]", "= X[i, j]"),
    ),
    "spread: rows and columns of the kernel": spread(
        {"test-spread-two": 1, "test-spread": 1},
        "rows and columns of the kernel are exchanged",
        ("X[i, j] * W", "X[i, j] * W.T"),
    ),
    "spread: pixels repeated": spread(
        {"test-spread-two": 1, "test-spread": 1},
        "the stamp is the kernel times the pixel, not the pixel four times",
        ("X[i, j] * W", "X[i, j]"),
    ),
    "spread: a size of stride times pixels": spread(
        {"test-spread": 1},
        "operands could not be broadcast together with shapes (1,2) (1,3) (1,2)",
        (
            "(rows - 1) * stride + W.shape[0], (columns - 1) * stride + W.shape[1]",
            "rows * stride, columns * stride",
        ),
    ),
    "spread: stamps without the stride": spread(
        {"test-spread": 1},
        "operands could not be broadcast together with shapes (1,2) (1,3) (1,2)",
        ("top, left = i * stride, j * stride", "top, left = i * W.shape[0], j * W.shape[1]"),
    ),
    "spread: float64 whatever comes": spread(
        {"test-spread": 1},
        "the result in float32, stride 3 must be of float32, not float64",
        (", X.dtype)", ")"),
    ),
    "spread: by torch": Wrong(
        {"spread": BY_TORCH},
        {"test-spread-two": 1, "test-spread": 1},
        "the result must have shape (4, 4), not (1, 1, 4, 4)",
    ),
    "writes: once each": writes(
        {"test-writes": 1},
        "writes(3, 3, stride=2) is [1, 1, 1, 1, 1, 1, 1], but should be [1, 1, 2,",
        ("+= 1", "= 1"),
    ),
    "writes: stamps side by side": writes(
        {"test-writes": 1},
        "writes(3, 3, stride=2) is [1, 1, 1, 1, 1, 1, 1], but should be [1, 1, 2,",
        ("range(0, length * stride, stride)", "range(0, length * kernel, kernel)"),
    ),
    "writes: the last stamp missing": writes(
        {"test-writes": 1},
        "writes(3, 3, stride=2) is [1, 1, 2, 1, 1, 0, 0], but should be [1, 1, 2,",
        ("range(0, length * stride, stride)", "range(0, (length - 1) * stride, stride)"),
    ),
    "writes: an array": writes(
        {"test-writes": 1},
        "writes(3, 3, stride=2) must be a list, not ndarray",
        ("counts.tolist()", "counts"),
    ),
    "writes: floats": writes(
        {"test-writes": 1},
        "writes(3, 3, stride=2) must be a list of ints, not of float",
        (", dtype=int)", ")"),
    ),
}
