"""Losses by themselves: worked examples, gradients by differences, invariants."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd import gradcheck

from d2lmodels.nn.losses import (
    binary_cross_entropy,
    cross_entropy,
    discriminator_loss,
    generator_loss,
    log_softmax,
    mse_loss,
)


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_worked_examples():
    logits = torch.tensor([[math.log(1), math.log(3)], [math.log(4), math.log(1)]], dtype=torch.float64)
    wanted = (-math.log(3 / 4) - math.log(4 / 5)) / 2
    assert math.isclose(cross_entropy(logits, torch.tensor([1, 0])).item(), wanted)
    odds = torch.tensor([math.log(3), math.log(1 / 4)], dtype=torch.float64)  # probabilities 3/4 and 1/5
    assert math.isclose(binary_cross_entropy(odds, torch.tensor([1.0, 0.0])).item(), wanted)
    assert mse_loss(torch.tensor([[1.0], [5.0]]), torch.tensor([[-1.0], [4.0]])) == (4 + 1) / 2
    real, fake = torch.tensor([0.8, 0.5]).logit().double(), torch.tensor([0.25]).logit().double()  # of D
    wanted = -(math.log(0.8) + math.log(0.5)) / 2 - math.log(1 - 0.25)
    assert math.isclose(discriminator_loss(real, fake).item(), wanted, rel_tol=1e-6)
    assert math.isclose(generator_loss(fake).item(), -math.log(0.25), rel_tol=1e-6)
    assert math.isclose(generator_loss(fake, minimax=True).item(), math.log(1 - 0.25), rel_tol=1e-6)


def test_the_gradients_that_the_docstrings_state():
    logits, y = normal(5, 3).requires_grad_(), torch.tensor([0, 1, 2, 2, 0])
    cross_entropy(logits, y).backward()
    torch.testing.assert_close(logits.grad, (logits.softmax(1) - torch.eye(3)[y]).detach() / 5)
    logits, y = (
        torch.tensor([[0.0, 2.0], [-1.0, 0.0]], requires_grad=True),
        torch.tensor([[1.0, 0.3], [0.0, 0.5]]),
    )
    binary_cross_entropy(logits, y).backward()
    torch.testing.assert_close(logits.grad, (logits.sigmoid() - y).detach() / 4)
    y_hat = normal(2, 3).requires_grad_()
    mse_loss(y_hat, torch.ones(2, 3)).backward()
    torch.testing.assert_close(y_hat.grad, 2 * (y_hat.detach() - 1) / 6)


@pytest.mark.parametrize("minimax", [False, True])
def test_the_generators_gradient(minimax):
    """Both pull every logit up; only the minimax loss lets go of those that the discriminator is sure of."""
    logits = torch.tensor([-1000.0, -20.0, 0.0, 20.0, 1000.0], requires_grad=True)
    generator_loss(logits, minimax=minimax).backward()
    p = logits.detach().sigmoid()
    torch.testing.assert_close(logits.grad, -(p if minimax else 1 - p) / 5)


def test_every_element_of_the_gradients():
    y = torch.tensor([0, 2, 1, 1])
    assert gradcheck(lambda z: cross_entropy(z, y), normal(4, 3).requires_grad_(), atol=1e-6, rtol=1e-6)
    soft = normal(4, 3, seed=1).sigmoid()
    logits = normal(4, 3).requires_grad_()
    assert gradcheck(lambda z: binary_cross_entropy(z, soft), logits, atol=1e-6, rtol=1e-6)
    assert gradcheck(lambda z: mse_loss(z, soft), logits, atol=1e-6, rtol=1e-6)
    both = logits, normal(2, seed=2).requires_grad_()
    assert gradcheck(discriminator_loss, both, atol=1e-6, rtol=1e-6)
    for minimax in (False, True):
        assert gradcheck(lambda z, m=minimax: generator_loss(z, minimax=m), logits, atol=1e-6, rtol=1e-6)


@given(st.floats(-1e4, 1e4), st.integers(0, 1000))
def test_adding_a_number_to_a_row_changes_nothing(number, seed):
    logits = normal(3, 4, seed=seed)
    torch.testing.assert_close(log_softmax(logits + number), log_softmax(logits), rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(log_softmax(logits).exp().sum(1), torch.ones(3).double())


@given(st.floats(-1e4, 1e4), st.floats(0, 1))
def test_two_classes_are_one_logit(z, y):
    """Softmax over (0, z) gives class 1 the probability σ(z)."""
    logits = torch.tensor([[0.0, z]], dtype=torch.float64)
    halves = [cross_entropy(logits, torch.tensor([k])) for k in (0, 1)]
    one = binary_cross_entropy(logits[0, 1:], torch.tensor([y], dtype=torch.float64))
    torch.testing.assert_close(one, (1 - y) * halves[0] + y * halves[1], rtol=1e-9, atol=1e-12)


@given(st.lists(st.floats(-20, 20), min_size=1, max_size=9), st.floats(-20, 20))
def test_the_mean_has_the_least_squared_error(numbers, other):
    """For a constant: L(c) = L(mean) + (c − mean)²."""
    y = torch.tensor(numbers, dtype=torch.float64)
    best, worse = (mse_loss(torch.full_like(y, c), y) for c in (y.mean().item(), other))
    torch.testing.assert_close(worse, best + (other - y.mean()) ** 2, rtol=1e-9, atol=1e-9)


@given(st.floats(0.01, 1), st.floats(0.01, 1), st.floats(0.01, 0.99))
def test_the_best_discriminator_is_p_by_p_plus_q(p, q, other):
    """At a point that data hit p times while the generator hits it q times, no D does better."""

    def loss(D):
        logits = torch.tensor([D], dtype=torch.float64).logit()
        return p * binary_cross_entropy(logits, torch.ones(1)) + q * binary_cross_entropy(
            logits, torch.zeros(1)
        )

    assert loss(p / (p + q)) <= loss(other) + 1e-12


@given(st.integers(0, 1000), st.integers(1, 4), st.integers(1, 4))
def test_adversaries(seed, num_real, num_fake):
    """In the minimax game the generator's loss is minus the discriminator's second term."""
    real, fake = normal(num_real, seed=seed), normal(num_fake, seed=seed + 1)
    turned = discriminator_loss(-fake, -real)  # whoever calls data fake and fakes data has turned all signs
    torch.testing.assert_close(discriminator_loss(real, fake), turned)
    torch.testing.assert_close(
        discriminator_loss(real, fake), generator_loss(real) - generator_loss(fake, minimax=True)
    )
    assert discriminator_loss(real + 1, fake - 1) < discriminator_loss(real, fake)
    for minimax in (False, True):
        assert generator_loss(fake + 1, minimax=minimax) < generator_loss(fake, minimax=minimax)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.int32, torch.int64])
def test_whole_numbers_of_any_width(dtype):
    logits, y = normal(4, 3), torch.tensor([0, 2, 1, 1])
    assert cross_entropy(logits, y.to(dtype)) == cross_entropy(logits, y)
    assert binary_cross_entropy(logits, torch.ones(4, 3, dtype=dtype)) == binary_cross_entropy(
        logits, torch.ones(4, 3, dtype=torch.bool)
    )
    ones = [mse_loss(logits, torch.ones(4, 3, dtype=kind)) for kind in (dtype, torch.bool, torch.float32)]
    assert ones[0] == ones[1] == ones[2] and ones[0].dtype == torch.float64


def test_they_do_not_depend_on_the_order_of_the_batch_and_are_never_negative():
    logits, y, order = normal(8, 3), torch.arange(8) % 3, torch.arange(7, -1, -1)
    torch.testing.assert_close(cross_entropy(logits, y), cross_entropy(logits[order], y[order]))
    assert cross_entropy(logits * 1e4, y) >= 0
    assert cross_entropy(logits[:, :1], y * 0) == 0  # one class only: nothing to learn
