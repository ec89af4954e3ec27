"""A 3×3 convolution, forward and with its gradients: ours against torch's, and against plain loops.

The two sizes are those of ResNet-18's first and third stage. Not here: stride, dilation, groups.
"""

import torch
from harness import Measurement, run, threads
from torch.nn import functional as F

from d2lmodels.nn.conv import conv2d, conv2d_loops

BATCH = 8
SIZES = [(64, 56), (256, 14)]  # channels, pixels
TINY = 16  # pixels of the image that the loops get


def operands(batch, channels, filters, pixels):
    """Images, filters and a bias of random numbers that take gradients, and a gradient of the result."""
    X = torch.randn(batch, channels, pixels, pixels)
    W, bias = torch.randn(filters, channels, 3, 3) / (9 * channels) ** 0.5, torch.randn(filters)
    return [T.requires_grad_() for T in (X, W, bias)], torch.randn(batch, filters, pixels, pixels)


def call_forward(convolve, inputs):
    """One convolution without gradients."""
    with torch.no_grad():
        return [convolve(*inputs, padding=1)]


def call_backward(convolve, inputs, g):
    """One convolution and its three gradients."""
    for T in inputs:
        T.grad = None
    Y = convolve(*inputs, padding=1)
    Y.backward(g)
    return [Y, *(T.grad for T in inputs)]


def compare(what, detail, peer_name, *, call, peer, ours, arguments):
    """One comparison of two convolutions."""

    def assert_equal():
        results = call(ours, *arguments), call(peer, *arguments)
        for a, b in zip(*results, strict=True):
            assert a.dtype == b.dtype == torch.float32
            assert (a - b).norm() < 1e-5 * b.norm()

    return Measurement(
        what=what,
        detail=detail,
        peer_name=peer_name,
        peer=lambda: call(peer, *arguments),
        ours=lambda: call(ours, *arguments),
        assert_equal=assert_equal,
    )


def measurements():
    torch.set_num_threads(threads())
    torch.manual_seed(0)
    for channels, pixels in SIZES:
        inputs, g = operands(BATCH, channels, channels, pixels)
        size = f"{channels} channels, {pixels} × {pixels}"
        detail = f"3 × 3, {channels} filters, padding 1, batch {BATCH}, float32"
        functions = {"peer": F.conv2d, "ours": conv2d}
        yield compare(size, f"forward; {detail}", "torch", call=call_forward, arguments=[inputs], **functions)
        yield compare(
            f"{size}, with gradients",
            f"forward and backward; {detail}",
            "torch",
            call=call_backward,
            arguments=[inputs, g],
            **functions,
        )
    inputs, _ = operands(1, 3, 4, TINY)
    yield compare(
        f"3 channels, {TINY} × {TINY}",
        "forward; 3 × 3, 4 filters, padding 1, one image, float32",
        "loops, number by number",
        call=call_forward,
        peer=conv2d_loops,
        ours=conv2d,
        arguments=[inputs],
    )


if __name__ == "__main__":
    run("convolution", measurements, packages=["torch"])
