"""Windows of an image as the columns of a matrix, and back.

Convolution and pooling (`conv.py`) rest on it. Not here: padding by words ("same").
"""

from collections.abc import Iterator
from itertools import product
from math import prod

from jaxtyping import Float
from torch import Tensor

from d2lmodels.nn.checks import check_floating

Pair = int | tuple[int, int]


def pair(value: Pair, name: str, *, least: int = 1) -> tuple[int, int]:
    """Return (down, across): a pair as it is, one number twice.

    value: a whole number from `least` up, or two of them; anything else raises ValueError. name: what
    it is called in the error.

    >>> pair(3, "kernel_size"), pair((1, 2), "stride")
    ((3, 3), (1, 2))
    """
    numbers = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(numbers) != 2 or not all(isinstance(n, int) and n >= least for n in numbers):
        wanted = f"a whole number from {least} up, or a pair of them"
        raise ValueError(f"{name} must be {wanted}, got {value!r}")
    return numbers


def output_size(
    image_size: Pair,
    kernel_size: Pair,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> tuple[int, int]:
    """Return how many windows fit into an image, down and across.

    All arguments are pixels, one number or (down, across). A window spans dilation · (kernel_size − 1)
    + 1 pixels; the next starts `stride` pixels further. Raises ValueError where not one fits, and for
    anything but whole numbers from 1 up (image_size and padding from 0 up).

    >>> output_size((28, 20), 5, stride=2, padding=1)
    (13, 9)
    """
    image_size = pair(image_size, "image_size", least=0)
    kernel_size, stride = pair(kernel_size, "kernel_size"), pair(stride, "stride")
    padding, dilation = pair(padding, "padding", least=0), pair(dilation, "dilation")
    counts = []
    for n, k, s, p, d in zip(image_size, kernel_size, stride, padding, dilation):
        span = d * (k - 1) + 1
        if span > n + 2 * p:
            got = f"{n} pixels padded by {p} on both sides"
            what = f"kernel_size {k} with dilation {d} spans {span} pixels"
            raise ValueError(f"{what} and must fit into the image, got {got}")
        counts.append((n + 2 * p - span) // s + 1)
    return tuple(counts)


def pad(
    X: Float[Tensor, "batch channels height width"], padding: Pair, *, value: float = 0.0
) -> Float[Tensor, "batch channels padded_height padded_width"]:
    """Put a frame of `value` around each image, `padding` pixels wide.

    Raises ValueError for a padding that is not one or two whole numbers from 0 up.

    >>> import torch
    >>> pad(torch.ones(1, 1, 1, 2), (0, 1))
    tensor([[[[0., 1., 1., 0.]]]])
    """
    down, across = pair(padding, "padding", least=0)
    B, C, height, width = X.shape
    padded = X.new_full((B, C, height + 2 * down, width + 2 * across), value)
    padded[:, :, down : down + height, across : across + width] = X
    return padded


def meetings(
    kernel_size: Pair, counts: tuple[int, int], *, stride: Pair, dilation: Pair
) -> Iterator[tuple[int, int, tuple]]:
    """Yield each place (i, j) of a kernel with the index of the pixels that it meets.

    counts: how many windows there are, down and across; each has one pixel in the index. Window r
    starts at pixel r · stride, and place i lies i · dilation further: together, a slice.

    >>> import torch
    >>> X = torch.arange(6).reshape(2, 3)
    >>> for i, j, pixels in meetings((1, 2), (2, 2), stride=1, dilation=1):
    ...     print(i, j, X[pixels].tolist())
    0 0 [[0, 1], [3, 4]]
    0 1 [[1, 2], [4, 5]]
    """
    down, across = pair(stride, "stride")
    gap_down, gap_across = pair(dilation, "dilation")
    for i, j in product(*map(range, pair(kernel_size, "kernel_size"))):
        top, left = i * gap_down, j * gap_across
        rows = slice(top, top + counts[0] * down, down)
        columns = slice(left, left + counts[1] * across, across)
        yield i, j, (..., rows, columns)


def unfold(
    X: Float[Tensor, "batch channels height width"],
    kernel_size: Pair,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> Float[Tensor, "batch values windows"]:
    """Write each window of an image as a column, channel after channel.

    X: `(batch, channels, height, width)`. kernel_size: of a window; this and the rest as in
    `output_size`. Returns `(batch, channels · kernel height · kernel width, windows)`, the windows in
    reading order, as torch's `unfold`. Raises what `output_size` and `check_floating` raise.

    >>> import torch
    >>> X = torch.arange(6.0).reshape(1, 1, 2, 3)
    >>> unfold(X, 2)[0]
    tensor([[0., 1.],
            [1., 2.],
            [3., 4.],
            [4., 5.]])
    """
    check_floating(X, "X", axes="batch channels height width")
    X, kernel_size = pad(X, padding), pair(kernel_size, "kernel_size")
    counts = output_size(X.shape[2:], kernel_size, stride=stride, dilation=dilation)
    columns = X.new_empty(*X.shape[:2], *kernel_size, *counts)  # (B, C, k, k, out, out)
    for i, j, pixels in meetings(kernel_size, counts, stride=stride, dilation=dilation):
        columns[:, :, i, j] = X[pixels]
    return columns.flatten(4).flatten(1, 3)  # (B, C·k·k, out·out)


def fold(
    columns: Float[Tensor, "batch values windows"],
    image_size: Pair,
    kernel_size: Pair,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> Float[Tensor, "batch channels height width"]:
    """Add each column back to the pixels that `unfold` took it from.

    image_size: height and width of the image, without padding. A pixel in several windows gets the sum
    of their numbers: `(unfold(X) * columns).sum() == (X * fold(columns)).sum()`, so each is the other's
    adjoint. The rest as in `unfold`. Raises ValueError also for columns of another shape than `unfold`
    returns for these sizes.

    >>> import torch
    >>> fold(torch.ones(1, 4, 2), (2, 3), 2)  # how many of the two windows hold each pixel
    tensor([[[[1., 2., 1.],
              [1., 2., 1.]]]])
    """
    check_floating(columns, "columns", axes="batch values windows")
    geometry = {"stride": stride, "dilation": dilation}
    counts = output_size(image_size, kernel_size, padding=padding, **geometry)
    kernel_size = pair(kernel_size, "kernel_size")
    places = prod(kernel_size)
    if columns.shape[1] % places or columns.shape[2] != prod(counts):
        wanted = f"(batch, channels · {places}, {prod(counts)})"
        raise ValueError(f"columns must have shape {wanted}, got {tuple(columns.shape)}")
    B, C = len(columns), columns.shape[1] // places
    columns = columns.reshape(B, C, *kernel_size, *counts)  # (B, C, k, k, out, out)
    down, across = pair(padding, "padding", least=0)
    height, width = pair(image_size, "image_size")
    X = columns.new_zeros(B, C, height + 2 * down, width + 2 * across)
    for i, j, pixels in meetings(kernel_size, counts, **geometry):
        X[pixels] += columns[:, :, i, j]
    return X[:, :, down : down + height, across : across + width]
