"""Mistakes with `d2lmodels.nn.layer_norm` end in errors that say what was got and what is wanted."""

import pytest
import torch

from d2lmodels.nn.layer_norm import LayerNorm, layer_norm

X, THREE, FOUR = torch.ones(2, 3), torch.ones(3), torch.ones(4)
BAD = [
    (lambda: layer_norm(X.int()), TypeError, "X must be a tensor of floating numbers, got torch.int32"),
    (lambda: layer_norm([1.0]), TypeError, "X must be .* got list"),
    (lambda: layer_norm(torch.tensor(1.0)), ValueError, r"a last axis .* got shape \(\)"),
    (lambda: layer_norm(X[:, :0]), ValueError, r"a last axis .* got shape \(2, 0\)"),
    (lambda: layer_norm(X, FOUR), ValueError, r"weight must have shape \(3,\) for this X, got \(4,\)"),
    (lambda: layer_norm(X, THREE, FOUR), ValueError, r"bias must have shape \(3,\) for this X, got \(4,\)"),
    (lambda: LayerNorm(4)(X), ValueError, r"weight must have shape \(3,\)"),
    (lambda: LayerNorm(0), ValueError, "dim must be 1 or more, got 0"),
]


@pytest.mark.parametrize("call, error, message", BAD)
def test_bad_input_says_what_is_wanted(call, error, message):
    with pytest.raises(error, match=message):
        call()
