"""Mistakes with LeNet end in errors that say what was wrong, what was got and what is wanted."""

import pytest
import torch

from d2lmodels.vision.lenet import LeNet

BAD = [
    (lambda: LeNet(0), "num_classes must be a whole number from 1 up, got 0"),
    (lambda: LeNet("10"), "num_classes must be a whole number from 1 up, got '10'"),
    (lambda: LeNet(10, 0), "in_channels must be a whole number from 1 up, got 0"),
    (lambda: LeNet(10, 1.0), "in_channels must be a whole number from 1 up, got 1.0"),
    (lambda: LeNet(image_size=224), "image_size must be 28 or 32 pixels, got 224"),
    (lambda: LeNet(image_size=(28, 28)), r"image_size must be 28 or 32 pixels, got \(28, 28\)"),
    (
        lambda: LeNet()(torch.zeros(2, 1, 32, 32)),
        r"X must have shape \(batch, 1, 28, 28\), got \(2, 1, 32, 32\)",
    ),
    (
        lambda: LeNet()(torch.zeros(2, 3, 28, 28)),
        r"X must have shape \(batch, 1, 28, 28\), got \(2, 3, 28, 28\)",
    ),
    (lambda: LeNet()(torch.zeros(1, 28, 28)), r"X must have shape .* got \(1, 28, 28\)"),
    (lambda: LeNet()(torch.zeros(2, 784)), r"X must have shape .* got \(2, 784\)"),
]


@pytest.mark.parametrize("call, message", BAD)
def test_bad_input_says_what_is_wanted(call, message):
    with pytest.raises(ValueError, match=message):
        call()
