"""Non-maximum suppression by itself: worked examples, the loop and the grid, invariants."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from d2lmodels.nn.boxes import iou
from d2lmodels.vision import nms_fast
from d2lmodels.vision.nms import batched_nms, nms, nms_loop
from d2lmodels.vision.nms_fast import Grid, reach, rounded_down, settle

EITHER = pytest.mark.parametrize("suppress", [nms, nms_loop])
BOXES = torch.tensor([[0, 0, 10, 4], [4, 0, 14, 4], [8, 0, 18, 4], [0, 0, 10, 4], [30, 30, 30, 30]]).float()
SCORES = torch.tensor([0.9, 0.8, 0.7, 0.9, 0.1])  # each overlaps the next by 6 of 14; the fourth is the first


@st.composite
def candidates(draw):
    """Boxes on few whole numbers with few scores, so that many tie, and some classes."""
    sides, n = st.integers(0, 6), draw(st.integers(1, 30))
    rows = draw(st.lists(st.tuples(sides, sides, sides, sides), min_size=n, max_size=n))
    scores = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    classes = draw(st.lists(st.integers(-1, 1), min_size=n, max_size=n))
    boxes = torch.tensor([[x, y, x + w, y + h] for x, y, w, h in rows], dtype=torch.float32)
    return boxes, torch.tensor(scores) / 4, torch.tensor(classes)


@EITHER
def test_a_worked_example(suppress):
    assert suppress(BOXES, SCORES, 0.5).tolist() == [0, 1, 2, 4]  # of the two equal ones the first
    assert suppress(BOXES, SCORES, 0.4).tolist() == [0, 2, 4]  # the second, suppressed, suppresses no more
    assert suppress(BOXES, SCORES, 1.0).tolist() == [0, 3, 1, 2, 4]
    assert suppress(BOXES, SCORES.flip(0), 0.4).tolist() == [1, 4]


@EITHER
def test_nothing_and_one(suppress):
    assert suppress(torch.zeros(0, 4), torch.zeros(0), 0.5).tolist() == []
    assert suppress(torch.zeros(1, 4), torch.zeros(1), 0.5).tolist() == [0]
    assert suppress(torch.zeros(0, 4), torch.zeros(0), 0.5).dtype == torch.int64


@EITHER
def test_half_precision_and_gradients(suppress):
    assert suppress(BOXES.half(), SCORES.bfloat16(), 0.4).tolist() == [0, 2, 4]
    assert suppress(BOXES.double(), SCORES, 0.4).tolist() == [0, 2, 4]
    close = SCORES.double() + torch.arange(5) * 1e-12  # no ties any more, though in float32 they are
    assert suppress(BOXES, close, 0.5).tolist() == [3, 1, 2, 4]
    assert suppress(BOXES.requires_grad_(), SCORES.clone().requires_grad_(), 0.4).tolist() == [0, 2, 4]
    BOXES.requires_grad_(False)


def test_classes_do_not_meet():
    classes = torch.tensor([7, 7, 7, -2, 7])
    assert batched_nms(BOXES, SCORES, classes, 0.4).tolist() == [0, 3, 2, 4]
    assert batched_nms(BOXES, SCORES, classes.to(torch.uint8), 0.4).tolist() == [0, 3, 2, 4]
    assert (
        batched_nms(torch.zeros(0, 4), torch.zeros(0), torch.zeros(0, dtype=torch.int64), 0.4).tolist() == []
    )
    assert batched_nms(BOXES, SCORES, torch.arange(5), 0.0).tolist() == [0, 3, 1, 2, 4]


@given(candidates(), st.sampled_from([0.0, 0.005, 0.25, 1 / 3, 0.5, 0.9, 1.0]))
def test_invariants(case, iou_threshold):
    boxes, scores, classes = case
    kept = nms(boxes, scores, iou_threshold)
    assert kept.tolist() == nms_loop(boxes, scores, iou_threshold).tolist()
    assert (scores[kept].diff() <= 0).all()
    overlap = iou(boxes, boxes[kept]).double() > iou_threshold  # (n, kept)
    assert not overlap[kept].fill_diagonal_(False).any()  # no two of them meet
    dropped = torch.tensor([k for k in range(len(boxes)) if k not in kept], dtype=torch.int64)
    assert overlap[dropped].any(1).all()  # each of the others meets one of them
    assert nms(boxes[kept], scores[kept], iou_threshold).tolist() == list(range(len(kept)))
    grouped = batched_nms(boxes, scores, classes, iou_threshold).tolist()
    for label in classes.unique():
        (place,) = torch.where(classes == label)
        wanted = place[nms_loop(boxes[place], scores[place], iou_threshold)].tolist()
        assert [k for k in grouped if classes[k] == label] == wanted


@pytest.mark.parametrize("few, most_pairs", [(1, 1), (2, 10), (500, 10**9)])
def test_turns_of_any_size(monkeypatch, few, most_pairs):
    monkeypatch.setattr(nms_fast, "FEW", few)
    monkeypatch.setattr(nms_fast, "MOST_PAIRS", most_pairs)
    generator = torch.Generator().manual_seed(0)
    corner = torch.rand(200, 2, generator=generator) * 30
    boxes = torch.cat([corner, corner + torch.rand(200, 2, generator=generator) * 15], 1)
    scores = torch.rand(200, generator=generator)
    for iou_threshold in (0.0, 0.3, 0.6):
        wanted = nms_loop(boxes, scores, iou_threshold)
        assert torch.equal(nms(boxes, scores, iou_threshold), wanted)


@pytest.mark.parametrize("iou_threshold", [0.005, 0.05, 0.3, 0.5, 0.7, 0.95, 1.0])
def test_the_grid_skips_no_box_that_counts_and_most_others(iou_threshold):
    generator = np.random.default_rng(0)
    centres, sides = generator.random((2, 600)) * 640, 10 ** generator.uniform(0.5, 2, (2, 600))
    boxes = np.concatenate([centres - sides / 2, centres + sides / 2])
    boxes[:, 300:] = boxes[:, :300] + generator.normal(0, 3, 300)  # moved a little: many meet
    grid = Grid(boxes, None, iou_threshold=iou_threshold)
    asked = seen = 0
    overlap = iou(*[torch.from_numpy(boxes.T.copy())] * 2).numpy()
    while asked < 600:
        counts, j = grid.neighbours(np.arange(asked, 600))
        for i, found in zip(range(asked, 600), np.split(j, counts.cumsum()[:-1])):
            assert set(np.flatnonzero(overlap[i] > iou_threshold)) <= set(found.tolist())
        asked, seen = asked + len(counts), seen + len(j)
    assert (overlap > iou_threshold).sum() > 600 or iou_threshold > 0.9
    if iou_threshold >= 0.5:
        assert seen < 0.05 * 600**2


def test_reach_is_never_too_short():
    """Two boxes of widths w and v that lie as far apart as an IoU of t allows, at any ratio of widths."""
    for t in (0.02, 0.1, 0.3, 0.5, 0.8, 0.99):
        v = np.linspace(t, 1 / t, 1001)  # of the other; the first has width 1
        apart = (1 + v) / 2 - t * np.maximum(1, v)  # if they share just t of the wider one
        limit = reach(np.stack([np.append(1.0, v), np.append(1.0, v)]), t)[0, 0]
        assert limit >= apart.max() and (limit <= 1.05 * apart.max() + 0.01)


def test_settle_in_a_long_chain():
    gone = np.zeros(50, dtype=bool)
    settle(np.arange(49), np.arange(1, 50), gone)
    assert gone.tolist() == [k % 2 == 1 for k in range(50)]


def test_rounded_down():
    for number in (0.0, 0.1, 0.3, 0.5, 0.7, 1.0):
        limit = rounded_down(number, np.dtype(np.float32))
        assert float(limit) <= number < float(np.nextafter(limit, np.float32(2)))
        assert rounded_down(number, np.dtype(np.float64)) == number
