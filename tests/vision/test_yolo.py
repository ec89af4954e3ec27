"""YOLO by itself: the head, decoding by hand and back, and what `detect` returns."""

import copy
import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck

from d2lmodels.nn.boxes import check_boxes, iou, paired_iou
from d2lmodels.vision.darknet import Darknet
from d2lmodels.vision.yolo import YOLO, decode, detect

ANCHORS = torch.tensor([[6.0, 9.0], [20.0, 12.0], [30.0, 50.0]], dtype=torch.float64)
A, K = len(ANCHORS), 4


def random(*shape, seed=0, spread=1.0):
    return spread * torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def small(groups=((4,), (6, 3, 6), (5,)), **arguments):
    """A model in float64 that has seen a batch and says something: its head is no longer near 0."""
    torch.manual_seed(0)
    model = YOLO(Darknet(groups), ANCHORS, num_classes=K, **arguments).double()
    for k in range(3):
        model(random(4, 3, 16, 16, seed=k))
    model.head.weight.data = random(*model.head.weight.shape)
    model.head.bias.data = random(*model.head.bias.shape, seed=1)
    return model.eval()


def saying(guesses, *, stride=4, anchors=ANCHORS):
    """A model that makes these guesses, whatever the images."""
    model = YOLO(Darknet([(1,)]), anchors, num_classes=guesses.shape[-1] - 5)
    model.stride, model.forward = stride, lambda X: guesses
    return model, torch.zeros(len(guesses), 3, *(stride * side for side in guesses.shape[2:4]))


def logit(p):
    return math.log(p / (1 - p))


def assert_close(got, wanted):
    torch.testing.assert_close(got, wanted, rtol=1e-9, atol=1e-12)


def test_the_head_number_by_number():
    """Guess k of anchor a in a cell is output a (5 + K) + k of a product with that cell's features."""
    model, X = small(), random(2, 3, 12, 20)
    guesses, features = model(X), model.backbone(X)
    assert guesses.shape == (2, A, 3, 5, 5 + K)
    W, bias = model.head.weight[:, :, 0, 0], model.head.bias
    for a, row, column, k in [(0, 0, 0, 0), (1, 2, 4, 3), (2, 1, 3, 4), (2, 0, 4, 8), (0, 2, 1, 5)]:
        wanted = features[:, :, row, column] @ W[a * (5 + K) + k] + bias[a * (5 + K) + k]
        assert_close(guesses[:, a, row, column, k], wanted)


def test_at_the_start_each_guess_is_an_object_with_probability_one_in_a_hundred():
    torch.manual_seed(0)
    model = YOLO(Darknet([(8,), (64,)]), ANCHORS.float(), num_classes=K)
    biases = model.head.bias.detach().reshape(A, 5 + K)
    torch.testing.assert_close(biases[:, 4].sigmoid(), torch.full((A,), 0.01))
    assert not biases[:, [0, 1, 2, 3, 5, 6, 7, 8]].any()
    assert abs(model.head.weight.std().item() / 0.01 - 1) < 0.1 and model.head.weight.mean().abs() < 0.002
    guesses = model(torch.rand(4, 3, 32, 32))
    assert (guesses[..., 4].sigmoid() / 0.01).log().abs().max() < 0.5
    boxes = decode(guesses, model.anchors, stride=2)
    cells = decode(torch.zeros_like(guesses), model.anchors, stride=2)
    assert paired_iou(boxes, cells).min() > 0.7  # the anchors themselves, in the middle of their cells
    assert guesses[..., 5:].softmax(-1).sub(1 / K).abs().max() < 0.1


def test_anchors_are_the_model_s_own():
    anchors = ANCHORS.clone()
    model = YOLO(Darknet([(4,)]), anchors, num_classes=K)
    anchors *= 2
    assert torch.equal(model.anchors, ANCHORS) and torch.equal(model.state_dict()["anchors"], ANCHORS)
    assert "anchors" not in dict(model.named_parameters()) and (model.stride, model.num_classes) == (1, K)
    assert model.float().anchors.dtype == torch.float32


def test_an_image_moved_by_a_cell_moves_its_guesses_by_a_cell():
    model, X = small(), random(1, 3, 64, 80)
    guesses, moved = model(X), model(X.roll((2 * 4, 4), (2, 3)))  # two cells down, one to the right
    inside = (slice(5, -5), slice(5, -5))  # out of reach of the edge
    wanted = guesses.roll((2, 1), (2, 3))
    assert wanted[:, :, *inside].std() > 0.1
    assert_close(moved[:, :, *inside], wanted[:, :, *inside])
    boxes = [decode(g, ANCHORS, stride=4) for g in (moved, guesses)]
    shift = torch.tensor([4.0, 8.0, 4.0, 8.0], dtype=torch.float64)
    assert_close(boxes[0][:, :, *inside], (boxes[1].roll((2, 1), (2, 3)) + shift)[:, :, *inside])


def test_images_do_not_see_each_other():
    model, X = small(), random(5, 3, 20, 12)
    guesses = model(X)
    assert_close(model(X[2:3]), guesses[2:3])
    found, alone = detect(model, X), [detect(model, image[None])[0] for image in X]
    assert len(found) == 5 and all(len(image["boxes"]) for image in found)
    for together, one in zip(found, alone):
        for name in ("boxes", "scores", "labels"):
            assert_close(together[name], one[name])


def test_no_images():
    model = small()
    assert model(torch.zeros(0, 3, 8, 12).double()).shape == (0, A, 2, 3, 5 + K)
    assert detect(model, torch.zeros(0, 3, 8, 12).double()) == []


def test_decoding_by_hand():
    guesses = torch.zeros(1, 1, 2, 3, 6)
    guesses[0, 0, 1, 2, :4] = torch.tensor([logit(0.25), logit(0.75), math.log(2), -math.log(4)])
    boxes = decode(guesses, torch.tensor([[10.0, 40.0]]), stride=8)
    centre, sides = (8 * 2.25, 8 * 1.75), (20.0, 10.0)
    wanted = [centre[0] - 10, centre[1] - 5, centre[0] + sides[0] / 2, centre[1] + sides[1] / 2]
    torch.testing.assert_close(boxes[0, 0, 1, 2], torch.tensor(wanted))
    torch.testing.assert_close(boxes[0, 0, 1, 0], torch.tensor([4.0 - 5, 12.0 - 20, 4.0 + 5, 12.0 + 20]))


@given(st.integers(0, 10**6), st.sampled_from([1, 8, 32]), st.integers(1, 4), st.integers(1, 5))
def test_guesses_for_wanted_boxes(seed, stride, rows, columns):
    """Numbers can be chosen so that each guess is a given box with its centre in the cell."""
    share = torch.rand(
        2, A, rows, columns, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)
    )
    corners = torch.tensor([[[j, i] for j in range(columns)] for i in range(rows)])
    centres, sides = stride * (corners + 0.02 + 0.96 * share[..., :2]), 1 + 300 * share[..., 2:]
    wanted = torch.cat([centres - sides / 2, centres + sides / 2], -1)
    offsets = (centres / stride - corners).logit()
    guesses = torch.cat(
        [offsets, (sides / ANCHORS[:, None, None]).log(), torch.zeros(2, A, rows, columns, 3)], -1
    )
    assert_close(decode(guesses, ANCHORS, stride=stride), wanted)


@given(st.integers(0, 10**6), st.floats(0.1, 1000))
def test_every_guess_is_a_box_with_its_centre_in_its_cell(seed, spread):
    guesses = random(2, A, 3, 4, 6, seed=seed, spread=spread)
    boxes = decode(guesses, ANCHORS, stride=16)
    check_boxes(boxes)
    centres = (boxes[..., :2] + boxes[..., 2:]) / 2 / 16
    corners = torch.tensor([[[j, i] for j in range(4)] for i in range(3)]).double()
    assert (centres >= corners - 1e-9).all() and (centres <= corners + 1 + 1e-9).all()
    sides = (boxes[..., 2:] - boxes[..., :2]) / ANCHORS[:, None, None]
    assert (sides <= math.exp(4) + 1e-9).all() and (sides >= 0).all()


def test_sizes_are_cut_off_at_55_anchors_and_their_gradients_end_there():
    guesses = torch.zeros(1, 1, 1, 4, 6)
    guesses[0, 0, 0, :, 2:4] = torch.tensor([-torch.inf, 3.9, 4.1, torch.inf])[:, None]
    boxes = decode(guesses.requires_grad_(), torch.tensor([[1.0, 2.0]]), stride=8)
    widths = boxes[0, 0, 0, :, 2] - boxes[0, 0, 0, :, 0]
    torch.testing.assert_close(widths, torch.tensor([-torch.inf, 3.9, 4.0, 4.0]).exp())
    (gradient,) = torch.autograd.grad(widths.sum(), guesses)
    torch.testing.assert_close(gradient[0, 0, 0, :, 2], torch.tensor([0.0, math.exp(3.9), 0.0, 0.0]))


def test_gradients_of_every_number():
    guesses = random(2, A, 2, 3, 6, spread=3.0).requires_grad_()
    assert (guesses[..., 2:4] > 4).any() and ((guesses[..., 2:4] - 4).abs() > 1e-3).all()
    anchors = ANCHORS.clone().requires_grad_()
    call = lambda guesses, anchors: decode(guesses, anchors, stride=3)  # noqa: E731
    assert gradcheck(call, (guesses, anchors), eps=1e-6, atol=1e-6, rtol=1e-6)


def test_detecting_by_hand():
    guesses = torch.full((1, 1, 1, 3, 7), -20.0)
    guesses[..., :4] = 0
    guesses[0, 0, 0, :, 4] = torch.tensor([logit(0.8), logit(0.9), logit(0.5)])
    guesses[0, 0, 0, :, 5:] = torch.tensor([[0.75, 0.25], [0.75, 0.25], [0.2, 0.8]]).log()
    model, X = saying(guesses, stride=4, anchors=torch.tensor([[12.0, 4.0]]))
    (found,) = detect(model, X, min_score=0.15, iou_threshold=0.49)
    # Boxes of neighbours share 8 × 4 of 16 × 4, so of class 0 the second suppresses the first, of class 1 the
    # third the second, which itself suppresses none; where they stick out they are cut off, afterwards alike.
    boxes = torch.tensor([[0.0, 0.0, 12.0, 4.0], [4.0, 0.0, 12.0, 4.0]])
    torch.testing.assert_close(found["scores"], torch.tensor([0.675, 0.4, 0.2]))
    assert found["labels"].tolist() == [0, 1, 1]
    torch.testing.assert_close(found["boxes"][:2], boxes)
    (found,) = detect(model, X, min_score=0.45)
    torch.testing.assert_close(found["scores"], torch.tensor([0.675]))


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.floats(0, 0.6), st.floats(0, 1), st.integers(1, 3))
def test_what_detections_are(seed, min_score, iou_threshold, batch):
    model, X = saying(random(batch, A, 3, 4, 5 + K, seed=seed, spread=2.0))
    kept = detect(model, X, min_score=min_score, iou_threshold=iou_threshold)
    assert len(kept) == batch
    for found in kept:
        boxes, scores, labels = found["boxes"], found["scores"], found["labels"]
        assert set(found) == {"boxes", "scores", "labels"}
        assert boxes.shape == (len(scores), 4) and labels.shape == scores.shape
        assert labels.dtype == torch.int64 and (scores.diff() <= 0).all()
        assert (scores >= min_score).all() and (scores <= 1).all()
        assert (labels >= 0).all() and (labels < K).all()
        check_boxes(boxes)
        assert (boxes >= 0).all() and (boxes <= torch.tensor([16, 12, 16, 12])).all()
        overlap = iou(boxes, boxes).fill_diagonal_(0) * (labels[:, None] == labels)
        assert not (overlap > iou_threshold).any()


def test_the_model_stays_as_it_is():
    model, X = small(), random(2, 3, 16, 16)
    before = copy.deepcopy(model.state_dict())
    found = detect(model, X)
    assert not model.training and all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    assert not any(tensor.requires_grad for image in found for tensor in image.values())
    in_training = detect(model.train(), X)
    assert model.training and not any(p.grad is not None for p in model.parameters())
    assert len(in_training[0]["scores"]) != len(found[0]["scores"])  # the batch's own statistics


def test_nothing_found():
    model, X = saying(torch.zeros(2, A, 3, 4, 5 + K))
    for found in detect(model, X, min_score=0.9):
        assert found["boxes"].shape == (0, 4) and len(found["scores"]) == len(found["labels"]) == 0


def test_guesses_below_a_twentieth_are_dropped():
    guesses = torch.zeros(1, 1, 1, 3, 6)  # one class: the score is the objectness
    guesses[..., 4] = torch.tensor([0.049, 0.051, 0.3]).logit()
    (found,) = detect(*saying(guesses, anchors=torch.tensor([[4.0, 4.0]])))
    torch.testing.assert_close(found["scores"], torch.tensor([0.3, 0.051]))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_mixed_precision(dtype):
    model, X = small().float(), random(2, 3, 16, 16).float()
    with torch.autocast("cpu", dtype):
        guesses, found = model(X), detect(model, X)
    assert guesses.dtype == dtype
    full, boxes = model(X), decode(guesses, model.anchors, stride=4)
    torch.testing.assert_close(guesses.float(), full, rtol=0.05, atol=0.05)
    wanted = decode(full, model.anchors, stride=4)
    assert F.l1_loss(boxes, wanted) < 0.05 * wanted.abs().mean()
    for image in found:
        check_boxes(image["boxes"])
        assert len(image["scores"]) and image["scores"].isfinite().all()
