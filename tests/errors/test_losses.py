"""Mistakes with losses end in errors that say what was wrong, what was got and what is wanted."""

import pytest
import torch

from d2lmodels.nn.losses import (
    binary_cross_entropy,
    cross_entropy,
    discriminator_loss,
    generator_loss,
    mse_loss,
)

LOGITS, Y = torch.zeros(4, 3), torch.tensor([0, 1, 2, 0])

BAD = [
    (lambda: cross_entropy(LOGITS, Y + 1), ValueError, r"y must lie in 0…2, got 1…3"),
    (lambda: cross_entropy(LOGITS, Y - 1), ValueError, r"y must lie in 0…2, got -1…1"),
    (lambda: cross_entropy(LOGITS, torch.tensor([0, 1, 2, -100])), ValueError, r"got -100…2"),
    (lambda: cross_entropy(LOGITS, Y[:3]), ValueError, r"y \(batch,\), got \(4, 3\) and \(3,\)"),
    (lambda: cross_entropy(LOGITS, Y[:, None]), ValueError, r"got \(4, 3\) and \(4, 1\)"),
    (lambda: cross_entropy(LOGITS[0], Y), ValueError, r"logits must be \(batch, num_classes\) .* got \(3,\)"),
    (lambda: cross_entropy(LOGITS[None], Y), ValueError, r"got \(1, 4, 3\) and \(4,\)"),
    (lambda: cross_entropy(LOGITS[:0], Y[:0]), ValueError, r"at least one number, got shape \(0, 3\)"),
    (lambda: cross_entropy(LOGITS[:, :0], Y), ValueError, r"at least one number, got shape \(4, 0\)"),
    (
        lambda: cross_entropy(LOGITS, Y.float()),
        TypeError,
        "y must be a tensor of class numbers, .* torch.float32",
    ),
    (lambda: cross_entropy(LOGITS, torch.eye(4)[:, :3]), TypeError, "y must be .* got torch.float32"),
    (lambda: cross_entropy(LOGITS, Y.bool()), TypeError, "y must be .* got torch.bool"),
    (lambda: cross_entropy(LOGITS, [0, 1, 2, 0]), TypeError, "y must be .* got list"),
    (lambda: cross_entropy(LOGITS, Y.to(torch.complex64)), TypeError, "y must be .* got torch.complex64"),
    (lambda: cross_entropy(LOGITS.long(), Y), TypeError, "logits must be .* got torch.int64"),
    (lambda: cross_entropy([[0.0, 1.0]], Y), TypeError, "logits must be .* got list"),
    (lambda: cross_entropy(Y, LOGITS), TypeError, "logits must be .* got torch.int64"),
    (lambda: binary_cross_entropy(LOGITS, Y), ValueError, r"the shape of logits, got \(4,\) and \(4, 3\)"),
    (lambda: binary_cross_entropy(LOGITS[:, 0], LOGITS[:, :1]), ValueError, r"got \(4, 1\) and \(4,\)"),
    (lambda: binary_cross_entropy(LOGITS, LOGITS - 1), ValueError, "y must lie in 0…1, got -1…-1"),
    (lambda: binary_cross_entropy(LOGITS[:, 0], Y), ValueError, "y must lie in 0…1, got 0…2"),
    (lambda: binary_cross_entropy(LOGITS, LOGITS / 0), ValueError, "y must lie in 0…1, got nan…nan"),
    (lambda: binary_cross_entropy(LOGITS[:0], LOGITS[:0]), ValueError, "at least one number"),
    (lambda: binary_cross_entropy(LOGITS, 1.0), TypeError, "y must be a tensor .* got float"),
    (
        lambda: binary_cross_entropy(LOGITS, LOGITS + 0j),
        TypeError,
        "y must be a tensor .* got torch.complex64",
    ),
    (lambda: binary_cross_entropy(LOGITS.long(), LOGITS), TypeError, "logits must be .* got torch.int64"),
    (lambda: binary_cross_entropy(0.5, LOGITS), TypeError, "logits must be .* got float"),
    (lambda: mse_loss(LOGITS[:, :1], LOGITS[:, 0]), ValueError, r"shape of y_hat, got \(4,\) and \(4, 1\)"),
    (lambda: mse_loss(LOGITS[:0], LOGITS[:0]), ValueError, "y_hat must hold at least one number"),
    (lambda: mse_loss(Y, Y), TypeError, "y_hat must be .* floating numbers, got torch.int64"),
    (lambda: mse_loss(LOGITS, 0.0), TypeError, "y must be a tensor of real numbers, got float"),
    (lambda: mse_loss(LOGITS, LOGITS + 0j), TypeError, "y must be .* got torch.complex64"),
    (lambda: discriminator_loss(Y, LOGITS), TypeError, "real_logits must be .* got torch.int64"),
    (lambda: discriminator_loss(LOGITS, [0.0]), TypeError, "fake_logits must be .* got list"),
    (lambda: discriminator_loss(LOGITS, LOGITS[:0]), ValueError, "fake_logits must hold at least one"),
    (lambda: discriminator_loss(LOGITS[:0], LOGITS), ValueError, "real_logits must hold at least one"),
    (lambda: generator_loss(Y), TypeError, "fake_logits must be .* got torch.int64"),
    (lambda: generator_loss(LOGITS[:0], minimax=True), ValueError, "fake_logits must hold at least one"),
]


@pytest.mark.parametrize("call, error, message", BAD)
def test_bad_input_says_what_is_wanted(call, error, message):
    with pytest.raises(error, match=message):
        call()
