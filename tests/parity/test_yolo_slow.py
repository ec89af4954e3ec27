"""YOLO's decoding, detections and loss against slow versions, from the papers' formulas and torchvision."""

import math
from itertools import product

import pytest
import torch
import torchvision.ops as tv

from d2lmodels.vision.darknet import Darknet
from d2lmodels.vision.yolo import YOLO, decode, detect
from d2lmodels.vision.yolo_loss import assign, yolo_loss

# Images, anchors, rows, columns, classes, pixels of a cell, items a scene
CASES = [(2, 1, 1, 1, 1, 8, 1), (1, 3, 2, 5, 2, 16, 3), (3, 2, 4, 3, 10, 8, 0), (4, 5, 3, 3, 4, 32, 6)]


def close(got, wanted):
    torch.testing.assert_close(got, torch.as_tensor(wanted, dtype=torch.float64), rtol=1e-9, atol=1e-12)


def random_guesses(case, seed):
    batch, num_anchors, rows, columns, num_classes, stride, _ = case
    generator = torch.Generator().manual_seed(seed)
    shape = batch, num_anchors, rows, columns, 5 + num_classes
    guesses = torch.randn(shape, dtype=torch.float64, generator=generator)
    guesses[..., 2:4] += 4 * (torch.rand(shape, generator=generator)[..., 2:4] > 0.95)  # some are cut off
    anchors = stride * (1 + 2 * torch.rand(num_anchors, 2, dtype=torch.float64, generator=generator))
    return guesses, anchors


def random_truths(case, seed):
    """Boxes whose centres lie in the image, some at its edges and some in one cell, and rows without."""
    batch, _, rows, columns, num_classes, stride, items = case
    generator = torch.Generator().manual_seed(seed)
    extent = stride * torch.tensor([columns, rows], dtype=torch.float64)
    centres = extent * torch.rand(batch, items, 2, dtype=torch.float64, generator=generator)
    sides = stride * (0.5 + 2.5 * torch.rand(batch, items, 2, dtype=torch.float64, generator=generator))
    if items > 2:
        centres[:, 1] = centres[:, 0] * 0.999  # mostly the same cell
        sides[:, 1] = sides[:, 0] * 1.01  # and the same anchor
        centres[:, 2] = torch.tensor([0.0, 0.999 * extent[1]])  # in a corner
    boxes = torch.cat([centres - sides / 2, centres + sides / 2], -1)
    labels = torch.randint(-1, num_classes, (batch, items), generator=generator)
    if batch > 1:
        labels[0] = -1  # an image without objects
    boxes[labels < 0] = 0
    return boxes, labels


def sigmoid(t):
    return 1 / (1 + math.exp(-t))


def slow_box(guess, anchor, row, column, stride):
    """ "YOLO9000", section 2, with sides cut off at e⁴ anchors."""
    x, y = (column + sigmoid(guess[0])) * stride, (row + sigmoid(guess[1])) * stride
    width, height = anchor[0] * math.exp(min(guess[2], 4)), anchor[1] * math.exp(min(guess[3], 4))
    return [x - width / 2, y - height / 2, x + width / 2, y + height / 2]


def slow_boxes(guesses, anchors, stride):
    boxes = torch.empty(*guesses.shape[:4], 4, dtype=torch.float64)
    for b, a, i, j in product(*map(range, guesses.shape[:4])):
        boxes[b, a, i, j] = torch.tensor(
            slow_box(guesses[b, a, i, j].tolist(), anchors[a].tolist(), i, j, stride), dtype=torch.float64
        )
    return boxes


def slow_place(box, anchors, stride):
    """Anchor, row and column of the guess that answers for a box."""
    x1, y1, x2, y2 = box.tolist()
    overlaps = []
    for width, height in anchors.tolist():
        shared = min(width, x2 - x1) * min(height, y2 - y1)
        overlaps.append(shared / (width * height + (x2 - x1) * (y2 - y1) - shared))
    best = max(range(len(overlaps)), key=lambda a: overlaps[a])
    return best, math.floor((y1 + y2) / 2 / stride), math.floor((x1 + x2) / 2 / stride)


def slow_terms(guesses, boxes, labels, anchors, stride, ignore):
    """The terms of the loss, by loops over images, objects and guesses."""
    terms = dict.fromkeys(("box", "object", "background", "class"), 0.0)
    found = slow_boxes(guesses, anchors, stride)
    for b in range(len(guesses)):
        objects = [(box, label) for box, label in zip(boxes[b], labels[b].tolist()) if label >= 0]
        answering = set()
        for box, label in objects:
            place = slow_place(box, anchors, stride)
            answering.add(place)
            guess = guesses[b][place].tolist()
            terms["box"] += tv.generalized_box_iou_loss(found[b][place], box, eps=0.0).item()
            terms["object"] += -math.log(sigmoid(guess[4]))
            terms["class"] += -math.log(math.exp(guess[5 + label]) / sum(map(math.exp, guess[5:])))
        for place in product(*map(range, guesses.shape[1:4])):
            if place in answering:
                continue
            overlaps = [tv.box_iou(found[b][place][None], box[None]).item() for box, _ in objects]
            if all(overlap < ignore for overlap in overlaps):
                terms["background"] += -math.log(1 - sigmoid(guesses[b][place][4].item()))
    return {name: term / len(guesses) for name, term in terms.items()}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", range(3))
def test_decoding(case, seed):
    guesses, anchors = random_guesses(case, seed)
    close(decode(guesses, anchors, stride=case[5]), slow_boxes(guesses, anchors, case[5]))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", range(3))
def test_places(case, seed):
    (_, anchors), (boxes, labels) = random_guesses(case, seed), random_truths(case, seed)
    places = assign(boxes, labels, anchors, stride=case[5])
    wanted = [(b, *slow_place(boxes[b, k], anchors, case[5])) for b, k in (labels >= 0).nonzero().tolist()]
    assert list(zip(*(place.tolist() for place in places))) == wanted


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("ignore", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("seed", range(6))
def test_the_loss(case, ignore, seed):
    (guesses, anchors), (boxes, labels) = random_guesses(case, seed), random_truths(case, seed + 10)
    weights = {"box_weight": 3.0, "object_weight": 0.7, "background_weight": 0.2, "class_weight": 1.9}
    options = {"anchors": anchors, "stride": case[5], "ignore": ignore}
    wanted = slow_terms(guesses, boxes, labels, anchors, case[5], ignore)
    loss, terms = yolo_loss(guesses, boxes, labels, **options, **weights)
    assert list(terms) == ["box", "object", "background", "class"]
    for name, term in terms.items():
        close(term, wanted[name])
    close(loss, sum(weights[f"{name}_weight"] * term for name, term in wanted.items()))
    close(yolo_loss(guesses, boxes, labels, **options)[0], sum(wanted.values()) + wanted["box"])


def test_the_cases_are_what_they_are_meant_to_be():
    shared = ignored = 0
    for case, seed in product(CASES, range(6)):
        (guesses, anchors), (boxes, labels) = random_guesses(case, seed), random_truths(case, seed + 10)
        places = list(zip(*(p.tolist() for p in assign(boxes, labels, anchors, stride=case[5]))))
        shared += len(places) - len(set(places))
        terms = [slow_terms(guesses, boxes, labels, anchors, case[5], ignore) for ignore in (0.5, 2.0)]
        ignored += terms[0]["background"] < terms[1]["background"]
    assert shared > 5 and ignored > 5


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("min_score, iou_threshold", [(0.05, 0.5), (0.2, 0.2), (0.0, 0.7)])
def test_detections(case, min_score, iou_threshold):
    guesses, anchors = random_guesses(case, 7)
    model = YOLO(Darknet([(1,)]), anchors, num_classes=case[4])
    model.stride, model.forward = case[5], lambda X: guesses
    height, width = (case[5] * side for side in guesses.shape[2:4])
    found = detect(
        model, torch.zeros(case[0], 3, height, width), min_score=min_score, iou_threshold=iou_threshold
    )
    assert len(found) == case[0]
    for b, image in enumerate(found):
        boxes, scores, labels = [], [], []
        for a, i, j, k in product(*map(range, guesses.shape[1:4]), range(case[4])):
            guess = guesses[b, a, i, j].tolist()
            score = sigmoid(guess[4]) * math.exp(guess[5 + k]) / sum(map(math.exp, guess[5:]))
            if score >= min_score:
                boxes.append(slow_box(guess, anchors[a].tolist(), i, j, case[5]))
                scores.append(score)
                labels.append(k)
        boxes = torch.tensor(boxes, dtype=torch.float64).reshape(-1, 4)
        boxes = tv.clip_boxes_to_image(boxes, (height, width))
        scores, labels = torch.tensor(scores, dtype=torch.float64), torch.tensor(labels)
        kept = tv.batched_nms(boxes, scores, labels, iou_threshold)
        close(image["boxes"], boxes[kept])
        close(image["scores"], scores[kept])
        assert image["labels"].tolist() == labels[kept].tolist()
