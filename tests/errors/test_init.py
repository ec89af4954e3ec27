"""Mistakes with `d2lmodels.nn.init` end in errors that say what was got and what is wanted."""

import pytest
import torch

from d2lmodels.nn.init import calculate_gain, fans, kaiming_normal_, kaiming_uniform_, xavier_uniform_

W = torch.ones(3, 2)
BAD = [
    (lambda: xavier_uniform_(torch.ones(3)), ValueError, r"outputs, inputs .* got shape \(3,\)"),
    (lambda: xavier_uniform_(torch.ones(0, 3)), ValueError, r"got shape \(0, 3\)"),
    (lambda: kaiming_normal_(W.int()), TypeError, "weight must be .* got torch.int32"),
    (lambda: fans([[1.0]]), TypeError, "weight must be .* got list"),
    (lambda: kaiming_uniform_(W, mode="in"), ValueError, "mode must be 'fan_in' or 'fan_out', got 'in'"),
    (lambda: kaiming_normal_(W, nonlinearity="gelu"), ValueError, "one of linear, .*leaky_relu, got 'gelu'"),
    (lambda: calculate_gain("Relu"), ValueError, "nonlinearity must be one of .* got 'Relu'"),
]


@pytest.mark.parametrize("call, error, message", BAD)
def test_bad_input_says_what_is_wanted_and_changes_nothing(call, error, message):
    with pytest.raises(error, match=message):
        call()
    assert torch.equal(W, torch.ones(3, 2))
