"""Mistakes with `d2lmodels.nn.activations` end in errors that say what was got and what is wanted."""

import numpy as np
import pytest
import torch

from d2lmodels.nn.activations import gelu, leaky_relu, relu, sigmoid, silu


@pytest.mark.parametrize("function", [relu, leaky_relu, sigmoid, silu, gelu])
@pytest.mark.parametrize(
    "bad, got", [(torch.ones(2).long(), "torch.int64"), (np.ones(2), "ndarray"), (1.0, "float")]
)
def test_what_is_no_floating_tensor(function, bad, got):
    with pytest.raises(TypeError, match=f"X must be a tensor of floating numbers, got {got}"):
        function(bad)


def test_another_approximation():
    with pytest.raises(ValueError, match="approximate must be 'none' or 'tanh', got 'exact'"):
        gelu(torch.ones(2), approximate="exact")
