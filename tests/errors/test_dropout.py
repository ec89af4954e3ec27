"""Mistakes with `d2lmodels.nn.dropout` end in errors that say what was got and what is wanted."""

import math

import pytest
import torch

from d2lmodels.nn.dropout import Dropout, dropout

X = torch.ones(2)
BAD = [
    (lambda: dropout(X, 1.5, training=True), ValueError, "p must be a number from 0 to 1, got 1.5"),
    (lambda: dropout(X, -0.1, training=False), ValueError, "p must be a number from 0 to 1, got -0.1"),
    (lambda: dropout(X, math.nan, training=True), ValueError, "got nan"),
    (lambda: dropout(X, "0.5", training=True), TypeError, "p must be a number .* got str"),
    (lambda: dropout(X, True, training=True), TypeError, "p must be a number .* got bool"),
    (lambda: dropout(X.long(), 0.5, training=True), TypeError, "X must be .* got torch.int64"),
    (lambda: dropout([1.0], 0.5, training=True), TypeError, "X must be .* got list"),
    (lambda: Dropout(2), ValueError, "p must be a number from 0 to 1, got 2"),
]


@pytest.mark.parametrize("call, error, message", BAD)
def test_bad_input_says_what_is_wanted(call, error, message):
    with pytest.raises(error, match=message):
        call()
