"""Boxes by themselves: worked examples, gradients of every number, invariants."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from d2lmodels.nn.boxes import area, check_boxes, clip, giou, iou, paired_giou, paired_iou, to_cxcywh, to_xyxy


def box(*numbers):
    return torch.tensor([numbers], dtype=torch.float64)


@st.composite
def boxes(draw, n=4):
    """Boxes with corners on few whole numbers, so that some are empty, equal, apart or one in another."""
    sides = st.integers(0, 4)
    rows = draw(st.lists(st.tuples(sides, sides, sides, sides), min_size=n, max_size=n))
    return torch.tensor([[x, y, x + w, y + h] for x, y, w, h in rows], dtype=torch.float64)


def test_a_worked_example():
    a, b = box(0, 0, 4, 2), torch.cat([box(2, 1, 6, 3), box(0, 0, 4, 2), box(4, 2, 8, 4), box(1, 0, 3, 2)])
    assert iou(a, b).tolist() == [[2 / 14, 1.0, 0.0, 0.5]]
    torch.testing.assert_close(giou(a, b), torch.tensor([[2 / 14 - 4 / 18, 1.0, -0.5, 0.5]]).double())
    assert area(b).tolist() == [8, 8, 8, 4]


def test_conversions():
    assert to_cxcywh(box(1, 2, 4, 8)).tolist() == [[2.5, 5, 3, 6]]
    assert to_xyxy(box(2.5, 5, 3, 6)).tolist() == [[1, 2, 4, 8]]
    assert to_cxcywh(torch.zeros(2, 0, 3, 4)).shape == to_xyxy(torch.zeros(2, 0, 3, 4)).shape == (2, 0, 3, 4)


def test_clipping():
    given = torch.cat([box(-3, -2, 9, 9), box(1, 1, 2, 2), box(-5, -5, -1, -1), box(20, 1, 30, 3)])
    wanted = [[0, 0, 8, 6], [1, 1, 2, 2], [0, 0, 0, 0], [8, 1, 8, 3]]
    assert clip(given, (6, 8)).tolist() == wanted
    check_boxes(clip(given, 3))


def test_half_precision_does_not_overflow():
    large = torch.tensor([[0.0, 0.0, 500.0, 500.0]], dtype=torch.float16)
    assert iou(large, large).item() == giou(large, large).item() == 1.0
    assert area(large).item() == 250_000 and area(large).dtype == torch.float32


@pytest.mark.parametrize("pairwise", [iou, giou])
@pytest.mark.parametrize("paired", [paired_iou, paired_giou])
def test_gradients_of_every_number(pairwise, paired):
    generator = torch.Generator().manual_seed(0)
    corners = torch.rand(2, 6, 2, dtype=torch.float64, generator=generator) * 4
    sides = 0.5 + torch.rand(2, 6, 2, dtype=torch.float64, generator=generator) * 4
    a, b = torch.cat([corners, corners + sides], -1)
    assert (iou(a, b) > 0).any() and (iou(a, b) == 0).any()
    inputs = a.requires_grad_(), b.requires_grad_()
    for function in (pairwise, paired):
        assert torch.autograd.gradcheck(function, inputs, eps=1e-6, atol=1e-6, rtol=0)
    convert = lambda x: clip(to_xyxy(to_cxcywh(x)), 5)  # noqa: E731
    assert torch.autograd.gradcheck(convert, inputs[:1], eps=1e-6, atol=1e-6, rtol=0)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@given(boxes(), boxes())
def test_values_and_gradients_are_finite(dtype, a, b):
    a, b = a.to(dtype).requires_grad_(), b.to(dtype).requires_grad_()
    for function in (iou, giou, paired_iou, paired_giou):
        result = function(a, b)
        gradients = torch.autograd.grad(result.sum(), (a, b))
        assert all(x.isfinite().all() for x in (result, *gradients))


def test_boxes_that_are_apart_are_drawn_together_by_giou_alone():
    a, b = box(0, 0, 2, 2).requires_grad_(), box(5, 0, 7, 2)
    (still,) = torch.autograd.grad(paired_iou(a, b).sum(), a)
    (pull,) = torch.autograd.grad(paired_giou(a, b).sum(), a)
    assert not still.any() and pull[0, 2] > 0  # a wider a would be better
    for _ in range(400):
        (pull,) = torch.autograd.grad(paired_giou(a, b).sum(), a)
        a = (a + 0.3 * pull).detach().requires_grad_()
    assert paired_iou(a, b).item() > 0.5


@given(boxes(), boxes())
def test_invariants(a, b):
    overlap, generalized = iou(a, b), giou(a, b)
    assert ((overlap >= 0) & (overlap <= 1)).all() and ((generalized >= -1) & (generalized <= overlap)).all()
    assert torch.equal(overlap, iou(b, a).T) and torch.equal(generalized, giou(b, a).T)
    assert torch.equal(overlap.diagonal(), paired_iou(a, b))
    assert torch.equal(generalized.diagonal(), paired_giou(a, b))
    assert torch.equal(iou(a, a).diagonal(), (area(a) > 0).double())
    torch.testing.assert_close(iou(a * 8 + 3, b * 8 + 3), overlap)  # of no scale and no place
    assert torch.equal(to_xyxy(to_cxcywh(a)), a)
    assert torch.equal(clip(a, 100), a)
