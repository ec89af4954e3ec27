"""Losses by themselves: worked examples, gradients by differences, invariants."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd import gradcheck

from d2lmodels.nn.losses import binary_cross_entropy, cross_entropy, log_softmax


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_worked_examples():
    logits = torch.tensor([[math.log(1), math.log(3)], [math.log(4), math.log(1)]], dtype=torch.float64)
    wanted = (-math.log(3 / 4) - math.log(4 / 5)) / 2
    assert math.isclose(cross_entropy(logits, torch.tensor([1, 0])).item(), wanted)
    odds = torch.tensor([math.log(3), math.log(1 / 4)], dtype=torch.float64)  # probabilities 3/4 and 1/5
    assert math.isclose(binary_cross_entropy(odds, torch.tensor([1.0, 0.0])).item(), wanted)


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


def test_every_element_of_the_gradients():
    y = torch.tensor([0, 2, 1, 1])
    assert gradcheck(lambda z: cross_entropy(z, y), normal(4, 3).requires_grad_(), atol=1e-6, rtol=1e-6)
    soft = normal(4, 3, seed=1).sigmoid()
    logits = normal(4, 3).requires_grad_()
    assert gradcheck(lambda z: binary_cross_entropy(z, soft), logits, atol=1e-6, rtol=1e-6)


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


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.int32, torch.int64])
def test_whole_numbers_of_any_width(dtype):
    logits, y = normal(4, 3), torch.tensor([0, 2, 1, 1])
    assert cross_entropy(logits, y.to(dtype)) == cross_entropy(logits, y)
    assert binary_cross_entropy(logits, torch.ones(4, 3, dtype=dtype)) == binary_cross_entropy(
        logits, torch.ones(4, 3, dtype=torch.bool)
    )


def test_they_do_not_depend_on_the_order_of_the_batch_and_are_never_negative():
    logits, y, order = normal(8, 3), torch.arange(8) % 3, torch.arange(7, -1, -1)
    torch.testing.assert_close(cross_entropy(logits, y), cross_entropy(logits[order], y[order]))
    assert cross_entropy(logits * 1e4, y) >= 0
    assert cross_entropy(logits[:, :1], y * 0) == 0  # one class only: nothing to learn
