"""Boxes and non-maximum suppression against torchvision's and d2l's functions, in float64 and exactly."""

import math

import d2l.torch as d2l
import pytest
import torch
import torchvision.ops as tv

from d2lmodels.nn.boxes import area, clip, giou, iou, paired_giou, paired_iou, to_cxcywh, to_xyxy
from d2lmodels.vision.nms import batched_nms, nms, nms_loop
from d2lmodels.vision.nms_fast import by_falling_score

THRESHOLDS = (0.0, 0.3, 0.45, 0.5, 0.7, 1.0)


def random_boxes(n, seed, *, dtype=torch.float64, spread=100.0):
    generator = torch.Generator().manual_seed(seed)
    corner = torch.rand(n, 2, dtype=dtype, generator=generator) * spread - spread / 4
    return torch.cat([corner, corner + torch.rand(n, 2, dtype=dtype, generator=generator) * 40], 1)


def assert_close(got, wanted):
    assert got.isfinite().all() and wanted.isfinite().all()
    torch.testing.assert_close(got, wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n, m", [(7, 5), (1, 30), (0, 3), (3, 0)])
def test_pairwise(n, m):
    a, b = random_boxes(n, 0), random_boxes(m, 1)
    assert_close(iou(a, b), tv.box_iou(a, b))
    assert_close(giou(a, b), tv.generalized_box_iou(a, b))
    assert_close(iou(a, b), d2l.box_iou(a, b))
    assert_close(area(a), tv.box_area(a))


def test_empty_boxes_equal_torchvision_where_it_is_not_nan():
    a = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 5], [0, 0, 4, 4], [1, 1, 1, 1], [9, 0, 9, 0]]).double()
    for ours, theirs in [(iou, tv.box_iou), (giou, tv.generalized_box_iou)]:
        got, wanted = ours(a, a), theirs(a, a)
        assert got.isfinite().all() and wanted.isnan().any()
        assert torch.equal(got[~wanted.isnan()], wanted[~wanted.isnan()])


def test_paired_with_gradients():
    a, b = random_boxes(50, 2).requires_grad_(), random_boxes(50, 3)
    loss = (1 - paired_giou(a, b)).sum()
    (got,) = torch.autograd.grad(loss, a)
    wanted_loss = tv.generalized_box_iou_loss(a, b, reduction="sum", eps=0.0)
    (wanted,) = torch.autograd.grad(wanted_loss, a)
    assert_close(loss, wanted_loss)
    assert_close(got, wanted)
    assert_close(paired_iou(a, b), tv.box_iou(a, b).diagonal())


def test_conversions_and_clipping():
    boxes = random_boxes(100, 4)
    centred = to_cxcywh(boxes)
    assert_close(centred, tv.box_convert(boxes, "xyxy", "cxcywh"))
    assert_close(centred, d2l.box_corner_to_center(boxes))
    assert_close(to_xyxy(centred), tv.box_convert(centred, "cxcywh", "xyxy"))
    assert_close(to_xyxy(centred), d2l.box_center_to_corner(centred))
    assert_close(clip(boxes, (40, 60)), tv.clip_boxes_to_image(boxes, (40, 60)))


def whole_boxes(n, generator, size):
    """Boxes on few whole numbers: many are equal, empty, or overlap by just a threshold."""
    corner = torch.randint(0, size, (n, 2), generator=generator).float()
    return torch.cat([corner, corner + torch.randint(0, size, (n, 2), generator=generator)], 1)


def case(k):
    """One of many random cases: boxes, scores and classes."""
    generator = torch.Generator().manual_seed(k)
    n = int(torch.randint(0, (12, 40, 150)[k % 3], (), generator=generator))
    scores = torch.randn(n, generator=generator)
    if k % 2:
        boxes = whole_boxes(n, generator, 3 + k % 9)
        scores = torch.randint(-2, 3, (n,), generator=generator) / 2  # ties, and 0 and −0
        scores = torch.where(torch.rand(n, generator=generator) < 0.5, scores, -scores)
    else:
        corner = torch.rand(n, 2, generator=generator) * (5, 30, 200)[k // 2 % 3] - 20
        sides = torch.rand(n, 2, generator=generator).exp2() ** (k % 7) * 4
        sides[torch.rand(n, 2, generator=generator) < 0.05] = 0
        boxes = torch.cat([corner, corner + sides], 1)
    if k % 5 == 0 and n:  # a few boxes many times over, each a little off
        boxes = boxes[torch.randint(0, n, (n,), generator=generator) % 4 % n]
        boxes = boxes + torch.cat([torch.zeros(n, 2), torch.rand(n, 2, generator=generator)], 1)
    boxes = boxes * 10.0 ** (0, 0, 0, 4, -4)[k // 3 % 5]
    return boxes, scores, torch.randint(-1, 3, (n,), generator=generator)


def by_class(boxes, scores, classes, iou_threshold):
    """What `tv.batched_nms` says that it does, without its shifted coordinates."""
    kept = [torch.empty(0, dtype=torch.int64)]
    for label in classes.unique():
        (place,) = torch.where(classes == label)
        kept.append(place[tv.nms(boxes[place], scores[place], iou_threshold)])
    kept = torch.cat(kept).sort()[0]
    return kept[scores[kept].argsort(descending=True, stable=True)]


def test_ten_thousand_cases():
    empty = equal = 0
    for k in range(10_000):
        boxes, scores, classes = case(k)
        if k % 4 == 3:
            boxes, scores = boxes.double(), scores.double()
        iou_threshold = THRESHOLDS[k % len(THRESHOLDS)]
        assert torch.equal(nms(boxes, scores, iou_threshold), tv.nms(boxes, scores, iou_threshold)), k
        if k % 5 == 0:
            got = batched_nms(boxes, scores, classes, iou_threshold)
            assert torch.equal(got, by_class(boxes, scores, classes, iou_threshold)), k
        if k % 20 == 0:
            got = nms_loop(boxes, scores, iou_threshold)
            assert torch.equal(got, tv.nms(boxes, scores, iou_threshold)), k
        empty += int((area(boxes) == 0).sum() > 0)
        equal += int(len(scores.unique()) < len(scores))
    assert empty > 1000 and equal > 1000  # the cases are what they are meant to be


@pytest.mark.parametrize("n", [1000, 5000])
@pytest.mark.parametrize("around", [10, 100_000], ids=["in a crowd", "everywhere"])
@pytest.mark.parametrize("iou_threshold", [0.0, 0.5, 0.8])
def test_many_boxes(n, around, iou_threshold):
    generator = torch.Generator().manual_seed(n + around)
    things = random_boxes(around, 0, dtype=torch.float32, spread=600.0)
    boxes = things[torch.randint(0, around, (n,), generator=generator)]
    boxes = boxes + torch.cat([torch.zeros(n, 2), torch.rand(n, 2, generator=generator) * 20], 1)
    scores = torch.randint(0, 500, (n,), generator=generator) / 500
    got = nms(boxes, scores, iou_threshold)
    assert torch.equal(got, tv.nms(boxes, scores, iou_threshold))
    classes = torch.randint(0, 5, (n,), generator=generator)
    got = batched_nms(boxes, scores, classes, iou_threshold)
    assert torch.equal(got, by_class(boxes, scores, classes, iou_threshold))


def test_a_threshold_is_not_rounded():
    for tenths in range(1, 10):  # IoU is just 0.1, 0.2, …, as float32 has it
        boxes = torch.tensor([[0, 0, 10, 1], [0, 0, tenths, 1]]).float()
        for threshold in (tenths / 10, math.nextafter(tenths / 10, 0), math.nextafter(tenths / 10, 1)):
            scores = torch.tensor([1.0, 0.5])
            assert torch.equal(nms(boxes, scores, threshold), tv.nms(boxes, scores, threshold))
            assert torch.equal(nms_loop(boxes, scores, threshold), tv.nms(boxes, scores, threshold))


@pytest.mark.parametrize("scale", [1e-22, 1e-20, 1e-15, 1e15, 1e19, 1e30])
@pytest.mark.parametrize("shift", [0, 7])
def test_boxes_so_small_or_large_that_areas_overflow(scale, shift):
    boxes = (random_boxes(300, 5, dtype=torch.float32) + shift) * scale
    scores = torch.rand(300, generator=torch.Generator().manual_seed(0))
    for iou_threshold in THRESHOLDS:
        assert torch.equal(nms(boxes, scores, iou_threshold), tv.nms(boxes, scores, iou_threshold))


def test_one_box_far_away():
    boxes = torch.cat([random_boxes(300, 6, dtype=torch.float32), torch.tensor([[1e9, 1e9, 1e9, 2e9]])])
    scores = torch.rand(301, generator=torch.Generator().manual_seed(0))
    assert torch.equal(nms(boxes, scores, 0.5), tv.nms(boxes, scores, 0.5))


def test_d2l():
    boxes, scores = random_boxes(200, 7), torch.rand(200, generator=torch.Generator().manual_seed(0))
    for iou_threshold in THRESHOLDS:
        assert torch.equal(nms(boxes, scores, iou_threshold), d2l.nms(boxes, scores, iou_threshold))


def test_the_order_of_scores():
    inf = math.inf
    for dtype in (torch.float32, torch.float64):
        scores = torch.tensor([0.0, -0.0, inf, -inf, 1e-45, -1e-45, 2.5, -2.5, 2.5, -2.5, 0.0, inf]).to(dtype)
        wanted = scores.argsort(descending=True, stable=True)
        assert by_falling_score(scores.numpy()).tolist() == wanted.tolist()
