"""Losses against torch in float64: values and gradients, to 1e-9, logits of ±10,000 among them."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from d2lmodels.nn.losses import (
    binary_cross_entropy,
    cross_entropy,
    discriminator_loss,
    generator_loss,
    log_softmax,
    mse_loss,
)

EXTREMES = [0.0, -0.0, 1e-12, 1.0, -1.0, 30.0, -40.0, 700.0, -800.0, 1e4, -1e4]
LOGIT = st.sampled_from(EXTREMES) | st.floats(-1e4, 1e4)


def assert_same(ours, theirs, logits, y):
    leaves = [logits.clone().requires_grad_() for _ in range(2)]
    losses = ours(leaves[0], y), theirs(leaves[1], y)
    for loss in losses:
        loss.backward()
    for got, wanted in (losses, [leaf.grad for leaf in leaves]):
        assert got.isfinite().all() and got.dtype == wanted.dtype and got.shape == wanted.shape
        torch.testing.assert_close(got, wanted, rtol=1e-9, atol=1e-15)


@given(
    st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(LOGIT, min_size=n, max_size=n), min_size=1)),
    st.data(),
)
def test_cross_entropy(rows, data):
    logits = torch.tensor(rows, dtype=torch.float64)
    y = torch.tensor([data.draw(st.integers(0, len(row) - 1)) for row in rows])
    assert_same(cross_entropy, F.cross_entropy, logits, y)
    torch.testing.assert_close(log_softmax(logits), F.log_softmax(logits, 1), rtol=1e-9, atol=1e-15)


@given(st.lists(st.tuples(LOGIT, st.sampled_from([0.0, 1.0]) | st.floats(0, 1)), min_size=1))
def test_binary_cross_entropy(pairs):
    logits, y = torch.tensor(pairs, dtype=torch.float64).T
    assert_same(binary_cross_entropy, F.binary_cross_entropy_with_logits, logits, y)


@given(st.lists(st.tuples(LOGIT, LOGIT), min_size=1))
def test_mse_loss(pairs):
    y_hat, y = torch.tensor(pairs, dtype=torch.float64).T
    assert_same(mse_loss, F.mse_loss, y_hat, y)


@given(st.lists(LOGIT, min_size=1), st.lists(LOGIT, min_size=1))
def test_adversarial_losses(real, fake):
    """torch has no such loss: the formulas of the paper, by its log-sigmoid."""
    real, fake = (torch.tensor(logits, dtype=torch.float64) for logits in (real, fake))
    wanted = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()  # log(1 − D) = log σ(−logit)
    torch.testing.assert_close(discriminator_loss(real, fake), wanted, rtol=1e-9, atol=1e-15)
    assert_same(lambda z, _: generator_loss(z), lambda z, _: -F.logsigmoid(z).mean(), fake, None)
    assert_same(
        lambda z, _: generator_loss(z, minimax=True), lambda z, _: F.logsigmoid(-z).mean(), fake, None
    )
    for ours, theirs in (
        (lambda z, other: discriminator_loss(z, other), lambda z, _: -F.logsigmoid(z).mean()),
        (lambda z, other: discriminator_loss(other, z), lambda z, _: -F.logsigmoid(-z).mean()),
    ):
        z = real.clone().requires_grad_(), real.clone().requires_grad_()
        ours(z[0], fake).backward()
        theirs(z[1], fake).backward()
        torch.testing.assert_close(z[0].grad, z[1].grad, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_extremes_in_both_precisions(dtype):
    logits = torch.tensor(EXTREMES, dtype=dtype)
    for y in (torch.zeros_like(logits), torch.ones_like(logits)):
        ours, theirs = logits.clone().requires_grad_(), logits.clone().requires_grad_()
        (loss := binary_cross_entropy(ours, y)).backward()
        (torch_loss := F.binary_cross_entropy_with_logits(theirs, y)).backward()
        torch.testing.assert_close(loss, torch_loss)
        torch.testing.assert_close(ours.grad, theirs.grad)
        assert ours.grad.isfinite().all() and loss.dtype == dtype
        assert_same(mse_loss, F.mse_loss, logits, y)
    for loss in (discriminator_loss(logits, logits), generator_loss(logits)):
        assert loss.isfinite() and loss.dtype == dtype
    for y in range(len(EXTREMES)):
        ours = logits[None].clone().requires_grad_()
        (loss := cross_entropy(ours, torch.tensor([y]))).backward()
        torch.testing.assert_close(loss, F.cross_entropy(logits[None], torch.tensor([y])))
        assert ours.grad.isfinite().all() and loss.dtype == dtype


def test_a_class_ruled_out_by_minus_infinity():
    logits = torch.tensor([[0.0, 1.0, -float("inf")]], dtype=torch.float64)
    assert_same(cross_entropy, F.cross_entropy, logits, torch.tensor([0]))


def test_random_batches():
    generator = torch.Generator().manual_seed(0)
    for scale in (0.1, 1, 100):
        logits = scale * torch.randn(64, 10, dtype=torch.float64, generator=generator)
        assert_same(cross_entropy, F.cross_entropy, logits, torch.randint(10, (64,), generator=generator))
        y = torch.rand(64, 10, dtype=torch.float64, generator=generator)
        assert_same(binary_cross_entropy, F.binary_cross_entropy_with_logits, logits, y)
