"""Mistakes with convolution and pooling end in errors that say what was wrong, what was got and wanted."""

import numpy as np
import pytest
import torch

from d2lmodels.nn.conv import conv2d, conv2d_loops, max_pool2d
from d2lmodels.nn.unfold import fold, output_size, unfold

X, W, BIAS = torch.zeros(2, 4, 6, 6), torch.zeros(8, 4, 3, 3), torch.zeros(8)
WHOLE = torch.zeros(2, 4, 6, 6, dtype=torch.int64)

BAD_CONVOLUTIONS = [
    (
        (X[:, :3], W),
        {},
        ValueError,
        r"X must have 4 channels \(W.shape\[1\] = 4, groups = 1\), got .*\(2, 3, 6, 6\)",
    ),
    ((X, W), {"groups": 2}, ValueError, r"X must have 8 channels \(W.shape\[1\] = 4, groups = 2\)"),
    ((X, W), {"groups": 3}, ValueError, "groups must divide the 8 filters of W, got 3"),
    ((X, W), {"groups": 0}, ValueError, "groups must divide the 8 filters of W, got 0"),
    ((X, W), {"groups": -1}, ValueError, "groups must divide the 8 filters of W, got -1"),
    ((X, W), {"groups": 1.0}, ValueError, "groups must divide the 8 filters of W, got 1.0"),
    ((X, W[:0]), {}, ValueError, "groups must divide the 0 filters of W, got 1"),
    ((X, W, BIAS[:7]), {}, ValueError, "bias must have 8 numbers, one a filter, got 7"),
    ((X, W, BIAS[:, None]), {}, ValueError, r"bias must have the axes \(out_channels\), got shape \(8, 1\)"),
    (
        (X[0], W),
        {},
        ValueError,
        r"X must have the axes \(batch, channels, height, width\), got shape \(4, 6, 6\)",
    ),
    ((X, W[0]), {}, ValueError, r"W must have the axes \(out_channels, depth, .*got shape \(4, 3, 3\)"),
    ((X, torch.zeros(8, 4, 7, 3)), {}, ValueError, "kernel_size 7 .* spans 7 pixels .* got 6 pixels"),
    ((X, W), {"dilation": 3}, ValueError, "kernel_size 3 with dilation 3 spans 7 pixels .* got 6 pixels"),
    ((X[:, :, :0], W), {}, ValueError, "spans 3 pixels .* got 0 pixels"),
    ((X, W[:, :, :0]), {}, ValueError, "kernel_size must be a whole number from 1 up"),
    ((X, W), {"stride": 0}, ValueError, "stride must be a whole number from 1 up, or a pair of them, got 0"),
    ((X, W), {"stride": (1, -1)}, ValueError, r"stride must be .* got \(1, -1\)"),
    ((X, W), {"stride": 1.5}, ValueError, "stride must be .* got 1.5"),
    ((X, W), {"stride": (1, 1, 1)}, ValueError, r"stride must be .* got \(1, 1, 1\)"),
    ((X, W), {"padding": -1}, ValueError, "padding must be a whole number from 0 up, .* got -1"),
    ((X, W), {"padding": "same"}, ValueError, "padding must be .* got 'same'"),
    ((X, W), {"dilation": 0}, ValueError, "dilation must be a whole number from 1 up, .* got 0"),
    ((WHOLE, W), {}, TypeError, "X must be a tensor of floating numbers, got torch.int64"),
    ((X, WHOLE), {}, TypeError, "W must be a tensor of floating numbers, got torch.int64"),
    ((X, W, WHOLE[0, 0, 0]), {}, TypeError, "bias must be a tensor of floating numbers, got torch.int64"),
    ((np.zeros((2, 4, 6, 6)), W), {}, TypeError, "X must be a tensor of floating numbers, got ndarray"),
    ((None, W), {}, TypeError, "X must be a tensor of floating numbers, got NoneType"),
    ((X, W, 0.0), {}, TypeError, "bias must be a tensor of floating numbers, got float"),
    (
        (X, W.double()),
        {},
        TypeError,
        "must have the same dtype, got X torch.float32, W torch.float64, bias None",
    ),
    ((X, W, BIAS.double()), {}, TypeError, "must have the same dtype, .* bias torch.float64"),
]


@pytest.mark.parametrize("function", [conv2d, conv2d_loops])
@pytest.mark.parametrize("arguments, options, error, message", BAD_CONVOLUTIONS)
def test_convolution(function, arguments, options, error, message):
    with pytest.raises(error, match=message):
        function(*arguments, **options)


BAD = [
    (lambda: max_pool2d(X, 7), ValueError, "kernel_size 7 .* got 6 pixels"),
    (lambda: max_pool2d(X, 0), ValueError, "kernel_size must be a whole number from 1 up"),
    (
        lambda: max_pool2d(X, 3, padding=2),
        ValueError,
        r"padding must be at most half of kernel_size \(3, 3\), got 2",
    ),
    (lambda: max_pool2d(X, (4, 3), padding=2), ValueError, r"at most half of kernel_size \(4, 3\), got 2"),
    (lambda: max_pool2d(X, 3, padding=2, dilation=2), ValueError, "padding must be at most half"),
    (lambda: max_pool2d(X, 2, padding=-1), ValueError, "padding must be a whole number from 0 up"),
    (lambda: max_pool2d(X, 2, stride=0), ValueError, "stride must be .* got 0"),
    (lambda: max_pool2d(X, 2, dilation=0), ValueError, "dilation must be .* got 0"),
    (lambda: max_pool2d(X[0], 2), ValueError, r"X must have the axes .* got shape \(4, 6, 6\)"),
    (lambda: max_pool2d(WHOLE, 2), TypeError, "X must be a tensor of floating numbers, got torch.int64"),
    (lambda: unfold(X[0], 2), ValueError, r"X must have the axes .* got shape \(4, 6, 6\)"),
    (lambda: unfold([[1.0]], 2), TypeError, "X must be a tensor of floating numbers, got list"),
    (lambda: unfold(X, 7), ValueError, "kernel_size 7"),
    (lambda: unfold(X, (2, 2, 2)), ValueError, "kernel_size must be"),
    (lambda: fold(X, 6, 2), ValueError, r"columns must have the axes \(batch, values, windows\)"),
    (
        lambda: fold(X[0], 3, 2),
        ValueError,
        r"columns must have shape \(batch, channels · 4, 4\), got \(4, 6, 6\)",
    ),
    (lambda: fold(X[0, :, :4], (3, 4), (2, 3)), ValueError, r"\(batch, channels · 6, 4\), got \(4, 4, 6\)"),
    (
        lambda: fold(WHOLE[0], 3, 2),
        TypeError,
        "columns must be a tensor of floating numbers, got torch.int64",
    ),
    (lambda: output_size(4, 5), ValueError, "spans 5 pixels .* got 4 pixels padded by 0"),
    (lambda: output_size(-1, 5), ValueError, "image_size must be a whole number from 0 up"),
]


@pytest.mark.parametrize("call, error, message", BAD)
def test_pooling_and_unfolding(call, error, message):
    with pytest.raises(error, match=message):
        call()


PADDINGS = [(k, p, d) for k in range(1, 5) for p in range(4) for d in (1, 2)]


@pytest.mark.parametrize("kernel_size, padding, dilation", PADDINGS)
def test_pooling_takes_the_padding_that_torch_takes(kernel_size, padding, dilation):
    def fails(function, error):
        try:
            function(torch.zeros(1, 1, 9, 9), kernel_size, padding=padding, dilation=dilation)
        except error:
            return True
        return False

    assert fails(max_pool2d, ValueError) == fails(torch.nn.functional.max_pool2d, RuntimeError)
