"""Two-dimensional convolution and max pooling, each rule beside its gradient.

Not here: `unfold` and `fold` (`unfold.py`), transposed convolution, `ceil_mode`, single images without a
batch axis, mixed precision.
"""

from itertools import product
from math import inf, prod

import torch
from jaxtyping import Float, Int
from torch import Tensor

from d2lmodels.nn.checks import check_floating
from d2lmodels.nn.unfold import Pair, fold, output_size, pad, pair, unfold


def check_operands(
    X: Float[Tensor, "batch channels height width"],
    W: Float[Tensor, "out_channels depth kernel_height kernel_width"],
    bias: Float[Tensor, "out_channels"] | None,
    *,
    groups: int,
) -> None:
    """Raise TypeError or ValueError where images, filters, bias and groups do not fit."""
    check_floating(X, "X", axes="batch channels height width")
    check_floating(W, "W", axes="out_channels depth kernel_height kernel_width")
    if bias is not None:
        check_floating(bias, "bias", axes="out_channels")
    if W.dtype != X.dtype or (bias is not None and bias.dtype != X.dtype):
        got = f"X {X.dtype}, W {W.dtype}, bias {getattr(bias, 'dtype', None)}"
        raise TypeError(f"X, W and bias must have the same dtype, got {got}")
    depth = W.shape[1]
    if not isinstance(groups, int) or groups < 1 or not len(W) or len(W) % groups:
        raise ValueError(f"groups must divide the {len(W)} filters of W, got {groups!r}")
    if X.shape[1] != depth * groups:
        wanted = f"{depth * groups} channels (W.shape[1] = {depth}, groups = {groups})"
        raise ValueError(f"X must have {wanted}, got shape {tuple(X.shape)}")
    if bias is not None and len(bias) != len(W):
        raise ValueError(f"bias must have {len(W)} numbers, one a filter, got {len(bias)}")


def conv2d_loops(
    X: Float[Tensor, "batch channels height width"],
    W: Float[Tensor, "out_channels depth kernel_height kernel_width"],
    bias: Float[Tensor, "out_channels"] | None = None,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Float[Tensor, "batch out_channels out_height out_width"]:
    """Convolve number by number: each is the sum of a window times a filter.

    Arguments and errors as of `conv2d`.

    >>> conv2d_loops(torch.arange(6.0).reshape(1, 1, 2, 3), torch.ones(1, 1, 2, 2))
    tensor([[[[ 8., 12.]]]])
    """
    check_operands(X, W, bias, groups=groups)
    out_channels, depth, height, width = W.shape
    geometry = {"stride": stride, "padding": padding, "dilation": dilation}
    counts = output_size(X.shape[2:], (height, width), **geometry)
    X, Y = pad(X, padding), X.new_zeros(len(X), out_channels, *counts)
    (down, across), (gap, gap_across) = pair(stride, "stride"), pair(dilation, "dilation")
    for b, o, i, j in product(*map(range, Y.shape)):
        first = o // (out_channels // groups) * depth  # of the channels that filter o sees
        top, left = i * down, j * across
        rows = slice(top, top + height * gap, gap)
        columns = slice(left, left + width * gap_across, gap_across)
        window = X[b, first : first + depth, rows, columns]  # (depth, k, k)
        Y[b, o, i, j] = (window * W[o]).sum()
    return Y if bias is None else Y + bias[:, None, None]


def filter_rows(
    W: Float[Tensor, "out_channels depth kernel_height kernel_width"], groups: int
) -> Float[Tensor, "groups filters values"]:
    """Write each filter as a row, its numbers in the order of `unfold`'s columns."""
    return W.reshape(groups, len(W) // groups, -1)  # (groups, O/groups, depth·k·k)


def convolve(
    X: Float[Tensor, "batch channels height width"],
    W: Float[Tensor, "out_channels depth kernel_height kernel_width"],
    *,
    groups: int = 1,
    **geometry: Pair,
) -> Float[Tensor, "batch out_channels out_height out_width"]:
    """Y = W · columns: for each image and group of channels, one matrix product.

    geometry: stride, padding, dilation.
    """
    kernel_size = W.shape[2:]
    columns = unfold(X, kernel_size, **geometry)  # (B, C·k·k, out·out)
    columns = columns.unflatten(1, (groups, -1))  # (B, groups, depth·k·k, out·out)
    Y = filter_rows(W, groups) @ columns  # (B, groups, O/groups, out·out)
    return Y.reshape(len(X), len(W), *output_size(X.shape[2:], kernel_size, **geometry))


def gradient_of_images(
    g: Float[Tensor, "batch out_channels out_height out_width"],
    W: Float[Tensor, "out_channels depth kernel_height kernel_width"],
    *,
    image_size: Pair,
    groups: int = 1,
    **geometry: Pair,
) -> Float[Tensor, "batch channels height width"]:
    """Pull the output's gradient back to the images: fold(Wᵀ · g).

    g: the gradient of a loss with respect to `convolve`'s result.
    """
    g = g.flatten(2).unflatten(1, (groups, -1))  # (B, groups, O/groups, out·out)
    columns = filter_rows(W, groups).mT @ g  # (B, groups, depth·k·k, out·out)
    return fold(columns.flatten(1, 2), image_size, W.shape[2:], **geometry)


def gradient_of_filters(
    g: Float[Tensor, "batch out_channels out_height out_width"],
    X: Float[Tensor, "batch channels height width"],
    *,
    kernel_size: Pair,
    groups: int = 1,
    **geometry: Pair,
) -> Float[Tensor, "out_channels depth kernel_height kernel_width"]:
    """Pull the output's gradient back to the filters: g · columnsᵀ, summed over the batch.

    g: the gradient of a loss with respect to `convolve`'s result.
    """
    columns = unfold(X, kernel_size, **geometry)  # (B, C·k·k, out·out)
    columns = columns.unflatten(1, (groups, -1))  # (B, groups, depth·k·k, out·out)
    rows = g.flatten(2).unflatten(1, (groups, -1))  # (B, groups, O/groups, out·out)
    dW = (rows @ columns.mT).sum(0)  # (groups, O/groups, depth·k·k)
    return dW.reshape(g.shape[1], X.shape[1] // groups, *pair(kernel_size, "kernel_size"))


class Convolution(torch.autograd.Function):
    """The rule of convolution with its gradients, as torch's autograd calls it."""

    @staticmethod
    def forward(ctx, X, W, bias, options):
        ctx.save_for_backward(X, W)
        ctx.options = options
        Y = convolve(X, W, **options)
        return Y if bias is None else Y + bias[:, None, None]

    @staticmethod
    def backward(ctx, g):
        X, W = ctx.saved_tensors
        dX = dW = dbias = None
        if ctx.needs_input_grad[0]:
            dX = gradient_of_images(g, W, image_size=X.shape[2:], **ctx.options)
        if ctx.needs_input_grad[1]:
            dW = gradient_of_filters(g, X, kernel_size=W.shape[2:], **ctx.options)
        if ctx.needs_input_grad[2]:
            dbias = g.sum((0, 2, 3))
        return dX, dW, dbias, None


def conv2d(
    X: Float[Tensor, "batch channels height width"],
    W: Float[Tensor, "out_channels depth kernel_height kernel_width"],
    bias: Float[Tensor, "out_channels"] | None = None,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Float[Tensor, "batch out_channels out_height out_width"]:
    """Slide each filter over the images and take the dot product at each place.

    X: `(batch, channels, height, width)`; the batch may be empty. W: `(out_channels, channels / groups,
    kernel height, kernel width)`, the filters. bias: `(out_channels,)`. stride, padding, dilation:
    pixels, one number or (down, across). groups: into how many equal parts channels and filters are
    split; each part of the filters sees its part of the channels. As in torch, the filters are not
    flipped, so a mathematician calls it a cross-correlation. Gradients reach X, W and bias.

    Raises ValueError where channels, groups, bias or sizes do not fit; TypeError for anything but
    tensors of one floating dtype. LeCun et al., "Gradient-based learning applied to document
    recognition" (1998), section II.A; as a matrix product, Chellapilla, Puri and Simard, "High
    performance convolutional neural networks for document processing" (2006).

    >>> X, W = torch.arange(6.0).reshape(1, 1, 2, 3), torch.ones(1, 1, 2, 2)
    >>> conv2d(X, W, bias=torch.tensor([0.5]))
    tensor([[[[ 8.5000, 12.5000]]]])
    """
    check_operands(X, W, bias, groups=groups)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return Convolution.apply(X, W, bias, options)


def largest(
    X: Float[Tensor, "batch channels height width"],
    kernel_size: Pair,
    *,
    padding: Pair,
    **geometry: Pair,
) -> tuple[Float[Tensor, "batch channels windows"], Int[Tensor, "batch channels windows"]]:
    """Return each window's largest number and its place there: the first, if several tie.

    geometry: stride and dilation. The frame is −∞, so that no maximum lies in it.
    """
    columns = unfold(pad(X, padding, value=-inf), kernel_size, **geometry)
    places = prod(pair(kernel_size, "kernel_size"))
    return columns.unflatten(1, (-1, places)).max(2)  # over (B, C, k·k, out·out)


def gradient_of_largest(
    g: Float[Tensor, "batch channels out_height out_width"],
    place: Int[Tensor, "batch channels windows"],
    *,
    image_size: Pair,
    kernel_size: Pair,
    **geometry: Pair,
) -> Float[Tensor, "batch channels height width"]:
    """Send the gradient of each maximum back to the pixel that was it; the others get 0.

    g: the gradient of a loss with respect to the maxima. place: of each in its window, from `largest`.
    geometry: stride, padding, dilation.
    """
    B, C, windows = place.shape
    columns = g.new_zeros(B, C, prod(pair(kernel_size, "kernel_size")), windows)
    columns = columns.scatter(2, place[:, :, None], g.flatten(2)[:, :, None])
    return fold(columns.flatten(1, 2), image_size, kernel_size, **geometry)


class MaxPooling(torch.autograd.Function):
    """The rule of max pooling with its gradient, as torch's autograd calls it."""

    @staticmethod
    def forward(ctx, X, kernel_size, geometry):
        Y, place = largest(X, kernel_size, **geometry)
        ctx.save_for_backward(place)
        ctx.options = {"image_size": X.shape[2:], "kernel_size": kernel_size, **geometry}
        return Y.reshape(*X.shape[:2], *output_size(**ctx.options))

    @staticmethod
    def backward(ctx, g):
        (place,) = ctx.saved_tensors
        return gradient_of_largest(g, place, **ctx.options), None, None


def max_pool2d(
    X: Float[Tensor, "batch channels height width"],
    kernel_size: Pair,
    *,
    stride: Pair | None = None,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> Float[Tensor, "batch channels out_height out_width"]:
    """Keep the largest number of each window, channel by channel.

    X: `(batch, channels, height, width)`; the batch may be empty. kernel_size, stride, padding,
    dilation: pixels, one number or (down, across); the stride is the kernel's size unless given. The
    gradient goes to the first of equal maxima, in reading order, as in torch; of a window that reaches
    into the padding and holds −∞ alone, it may be lost there.

    Raises ValueError for padding of more than half the kernel and where no window fits, TypeError for
    anything but a floating tensor. Goodfellow, Bengio and Courville, "Deep learning" (2016), section 9.3.

    >>> max_pool2d(torch.arange(8.0).reshape(1, 1, 2, 4), 2)
    tensor([[[[5., 7.]]]])
    """
    check_floating(X, "X", axes="batch channels height width")
    kernel_size = pair(kernel_size, "kernel_size")
    if any(2 * p > k for p, k in zip(pair(padding, "padding", least=0), kernel_size)):
        wanted = f"at most half of kernel_size {kernel_size}"
        raise ValueError(f"padding must be {wanted}, got {padding!r}")
    stride = kernel_size if stride is None else stride
    geometry = {"stride": stride, "padding": padding, "dilation": dilation}
    return MaxPooling.apply(X, kernel_size, geometry)
