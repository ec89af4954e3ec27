"""Mistakes with EfficientNet-Lite0 end in errors that say what was wrong, got and wanted."""

import numpy as np
import pytest
import torch

from d2lmodels.vision.efficientnet import EfficientNetLite0, preprocess

MODEL = EfficientNetLite0(num_classes=2).eval()

BAD = [
    (lambda: EfficientNetLite0(0), ValueError, "num_classes must be a whole number from 1 up, got 0"),
    (lambda: EfficientNetLite0(10.0), ValueError, "num_classes must be a whole number from 1 up, got 10.0"),
    (lambda: EfficientNetLite0(in_channels="3"), ValueError, "in_channels must be .* from 1 up, got '3'"),
    (lambda: MODEL(torch.zeros(3, 64, 64)), ValueError, r"X must be \(batch, 3, .*got \(3, 64, 64\)"),
    (lambda: MODEL(torch.zeros(1, 1, 64, 64)), ValueError, r"\(batch, 3, height, .* got \(1, 1, 64, 64\)"),
    (lambda: MODEL(torch.zeros(1, 3, 0, 64)), ValueError, r"width from 1 up, got \(1, 3, 0, 64\)"),
    (
        lambda: MODEL(torch.zeros(1, 3, 8, 8, dtype=torch.uint8)),
        TypeError,
        "X must be a tensor of floating numbers, got torch.uint8",
    ),
    (lambda: preprocess(None), TypeError, "image must be a NumPy array of uint8, got NoneType"),
    (lambda: preprocess(torch.zeros(4, 4, 3)), TypeError, "NumPy array of uint8, got Tensor"),
    (lambda: preprocess(np.zeros((4, 4, 3))), TypeError, "NumPy array of uint8, got dtype float64"),
    (lambda: preprocess(np.zeros((4, 4), np.uint8)), ValueError, r"image must be .* got shape \(4, 4\)"),
    (lambda: preprocess(np.zeros((3, 4, 4), np.uint8)), ValueError, r"got shape \(3, 4, 4\)"),
    (lambda: preprocess(np.zeros((0, 4, 3), np.uint8)), ValueError, r"none of them 0, got shape \(0, 4, 3\)"),
]


@pytest.mark.parametrize(("mistake", "error", "message"), BAD)
def test_a_mistake_is_named(mistake, error, message):
    with pytest.raises(error, match=message):
        mistake()
