"""Mistakes with `d2lmodels.nn.norm` end in errors that say what was wrong, what was got, what is wanted."""

import numpy as np
import pytest
import torch
from torch import nn

from d2lmodels.nn.norm import BatchNorm, ConvNorm, batch_norm, fold_batch_norm, fold_batch_norms

X = torch.zeros(2, 3, 4, 4)
THREE, FOUR = torch.ones(3), torch.ones(4)
CONV = nn.Conv2d(3, 4, 1)

BAD = [
    (lambda: batch_norm(THREE, training=True), ValueError, r"X must be \(batch, .* got shape \(3,\)"),
    (lambda: batch_norm(X[:1, :, 0, 0], training=True), ValueError, r"more than one .* got shape \(1, 3\)"),
    (lambda: BatchNorm(3)(X[:, :2]), ValueError, r"weight must have shape \(2,\) for this X, got \(3,\)"),
    (lambda: BatchNorm(0), ValueError, "channels must be 1 or more, got 0"),
    (lambda: batch_norm(X.int(), training=True), TypeError, "floating numbers, got torch.int32"),
    (lambda: batch_norm(np.zeros((2, 3, 4, 4)), training=True), TypeError, "X must be .* got ndarray"),
    (lambda: batch_norm(X, FOUR, training=True), ValueError, r"weight must have shape \(3,\).* got \(4,\)"),
    (lambda: batch_norm(X, THREE, FOUR, training=True), ValueError, r"bias must have shape \(3,\)"),
    (
        lambda: batch_norm(X, running_mean=torch.ones(1), running_var=THREE, training=True),
        ValueError,
        r"running_mean must have shape \(3,\) for this X, got \(1,\)",
    ),
    (
        lambda: batch_norm(X, running_mean=THREE, running_var=FOUR, training=False),
        ValueError,
        r"running_var must have shape \(3,\)",
    ),
    (lambda: batch_norm(X, running_mean=THREE, training=True), ValueError, "both or neither, got one"),
    (lambda: batch_norm(X, training=False), ValueError, "must be given when training is False, got None"),
    (
        lambda: batch_norm(X[:1, :, :1, :1], training=True),
        ValueError,
        r"more than one value per channel when training, got shape \(1, 3, 1, 1\)",
    ),
    (lambda: batch_norm(X[:0], training=True), ValueError, "more than one value per channel"),
    (
        lambda: batch_norm(X, running_mean=THREE, running_var=THREE, training=True, momentum=None),
        TypeError,
        "momentum must be a number, got None",
    ),
    (lambda: fold_batch_norm(nn.Linear(3, 4), nn.BatchNorm2d(4)), TypeError, "conv must be .* got Linear"),
    (lambda: fold_batch_norm(CONV, nn.GroupNorm(2, 4)), TypeError, "norm must be .* got GroupNorm"),
    (lambda: fold_batch_norm(CONV, nn.BatchNorm2d(4)), ValueError, "norm must be in eval mode"),
    (
        lambda: fold_batch_norm(CONV, nn.BatchNorm2d(4, track_running_stats=False).eval()),
        ValueError,
        "norm must have running statistics",
    ),
    (
        lambda: fold_batch_norm(CONV, nn.BatchNorm2d(3).eval()),
        ValueError,
        "as many channels as conv gives, got 3 for 4",
    ),
    (lambda: fold_batch_norms(nn.Sequential(ConvNorm(3, 4, 1))), ValueError, "eval mode"),
    (
        lambda: fold_batch_norms(ConvNorm(3, 4, 1, norm=lambda channels: nn.GroupNorm(2, channels)).eval()),
        TypeError,
        "norm must be an nn.BatchNorm2d, got GroupNorm",
    ),
]


@pytest.mark.parametrize("call, error, message", BAD)
def test_bad_input_says_what_is_wanted(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_refused_batch_leaves_the_running_statistics():
    mean, var = torch.zeros(3), torch.ones(3)
    with pytest.raises(ValueError):
        batch_norm(X[:1, :, :1, :1], running_mean=mean, running_var=var, training=True)
    assert mean.tolist() == [0.0] * 3 and var.tolist() == [1.0] * 3


def test_a_refused_batch_is_not_counted():
    norm = BatchNorm(3)
    with pytest.raises(ValueError):
        norm(X[:1, :, 0, 0])
    assert norm.num_batches_tracked == 0
