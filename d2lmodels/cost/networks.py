"""Multilayer perceptrons and convolutional networks: the cost of each part, from a plan of their layers.

Not here: Transformers (`transformer.py`), and networks that are not a chain of layers or of residual blocks.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from d2lmodels.cost.layers import Cost, check_counts, convolution, linear, normalization


class Conv(NamedTuple):
    """A convolution of a plan: output channels, side of the window, and how it moves, in pixels."""

    channels: int
    kernel: int
    stride: int = 1
    padding: int = 0
    groups: int = 1


class Pool(NamedTuple):
    """A pooling layer of a plan, which has no parameters; sizes in pixels."""

    kernel: int
    stride: int
    padding: int = 0


def size_after(size: int, layer: Conv | Pool) -> int:
    """Return the side of the image that a convolution or pooling layer makes of one with side `size`.

    Raises ValueError where the window does not fit.

    >>> size_after(224, Conv(64, 11, stride=4, padding=2)), size_after(55, Pool(3, 2))
    (55, 27)
    """
    check_counts(kernel=layer.kernel, stride=layer.stride)
    check_counts(lowest=0, padding=layer.padding)
    after = (size + 2 * layer.padding - layer.kernel) // layer.stride + 1
    if after < 1:
        window = f"a window of {layer.kernel} on {size} pixels"
        raise ValueError(f"plan must fit the image, got {window}")
    return after


def mlp(sizes: Sequence[int], *, bias: bool = True) -> dict[str, Cost]:
    """Return the cost of each layer of a multilayer perceptron, for one example.

    sizes: how many numbers enter, leave each hidden layer, and come out. Raises ValueError for fewer than
    two sizes, or one below 1.

    >>> mlp((2, 3, 1))["linear 1"]
    Cost(parameters=9, multiply_adds=6)
    """
    if len(sizes) < 2:
        raise ValueError(f"sizes must be two whole numbers or more, got {sizes!r}")
    pairs = enumerate(pairwise(sizes), start=1)
    return {f"linear {k}": linear(n, m, bias=bias) for k, (n, m) in pairs}


def cnn(
    plan: Sequence[Conv | Pool],
    *,
    full: Sequence[int] = (),
    image_size: int = 224,
    in_channels: int = 3,
) -> dict[str, Cost]:
    """Return the cost of each layer of a convolutional network, for one square image.

    plan: convolutions and pooling layers in order. full: outputs of the full layers after them, which see
    every channel of every pixel. image_size: side in pixels. Raises ValueError for what does not fit.

    >>> costs = cnn([Conv(6, 5, padding=2), Pool(2, 2)], full=[10], image_size=28, in_channels=1)
    >>> costs["linear 1"].parameters == (6 * 14 * 14 + 1) * 10
    True
    """
    check_counts(image_size=image_size, in_channels=in_channels)
    parts, size, channels = {}, image_size, in_channels
    for layer in plan:
        size = size_after(size, layer)
        if isinstance(layer, Conv):
            name = f"convolution {len(parts) + 1}"
            parts[name] = convolution(
                channels,
                layer.channels,
                kernel=layer.kernel,
                out_size=size,
                groups=layer.groups,
            )
            channels = layer.channels
    return parts | (mlp((size**2 * channels, *full)) if full else {})


def resnet(
    blocks: Sequence[int], *, bottleneck: bool = False, image_size: int = 224, num_classes: int = 1000
) -> dict[str, Cost]:
    """Return the cost of the stem, of each stage and of the head of a residual network, for one image.

    blocks: how many blocks in each stage; the width starts at 64 channels and doubles from stage to stage,
    while the side halves. bottleneck: blocks of three convolutions that end four times as wide, where
    the others have two. Raises ValueError for a count below 1 and an image that is too small.

    He et al., "Deep residual learning for image recognition" (2016), table 1.

    >>> resnet((2, 2, 2, 2))["head"].parameters
    513000
    """
    check_counts(image_size=image_size, num_classes=num_classes)

    def unit(inputs, outputs, kernel, size):  # a convolution and its normalization
        weights = convolution(inputs, outputs, kernel=kernel, out_size=size, bias=False)
        return weights + normalization(outputs)

    size = size_after(image_size, Conv(64, 7, stride=2, padding=3))
    parts, channels = {"stem": unit(3, 64, 7, size)}, 64
    size = size_after(size, Pool(3, 2, padding=1))
    for stage, count in enumerate(blocks):
        check_counts(blocks=count)
        width, cost = 64 * 2**stage, Cost()
        for block in range(count):
            before = size
            if block == 0 and stage > 0:
                size = size_after(size, Conv(width, 3, stride=2, padding=1))
            outputs = 4 * width if bottleneck else width
            if bottleneck:
                cost += unit(channels, width, 1, before)
                cost += unit(width, width, 3, size) + unit(width, outputs, 1, size)
            else:
                cost += unit(channels, width, 3, size) + unit(width, width, 3, size)
            if channels != outputs:  # the shortcut changes shape
                cost += unit(channels, outputs, 1, size)
            channels = outputs
        parts[f"stage {stage + 1}"] = cost
    return parts | {"head": linear(channels, num_classes)}
