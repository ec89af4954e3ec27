"""Mistakes with YOLO end in errors that say what was wrong, what was got and what is wanted."""

import numpy as np
import pytest
import torch

from d2lmodels.data.scenes import SceneLoader, make_scenes
from d2lmodels.train import fit
from d2lmodels.vision.anchors import fit_anchors
from d2lmodels.vision.darknet import Darknet
from d2lmodels.vision.yolo import YOLO, detect
from d2lmodels.vision.yolo_loss import yolo_loss

NAN, INF = float("nan"), float("inf")
ANCHORS = torch.tensor([[8.0, 8.0], [16.0, 8.0]])
SIZES = torch.tensor([[4.0, 2.0], [3.0, 3.0], [9.0, 9.0]])
BACKBONE = Darknet([(2,), (3,)])
MODEL = YOLO(BACKBONE, ANCHORS, num_classes=3).eval()
GUESSES = torch.zeros(1, 2, 2, 3, 8)  # for images 16 pixels high and 24 wide
BOXES = torch.tensor([[[0.0, 0.0, 8.0, 8.0], [8.0, 8.0, 16.0, 16.0], [0.0, 0.0, 0.0, 0.0]]])
LABELS = torch.tensor([[2, 0, -1]])


def changed(tensor, place, number):
    tensor = tensor.clone()
    tensor[place] = number
    return tensor


def loss(guesses=GUESSES, boxes=BOXES, labels=LABELS, anchors=ANCHORS, stride=8):
    return yolo_loss(guesses, boxes, labels, anchors=anchors, stride=stride)


def with_box(*numbers):
    return loss(boxes=changed(BOXES, (0, 1), torch.tensor(numbers)))


def finding(place, number, **options):
    """Detect with a model one of whose guesses holds this number."""
    model = YOLO(Darknet([(1,)]), ANCHORS, num_classes=3)
    model.stride, model.forward = 8, lambda X: changed(GUESSES, place, number)
    return detect(model, torch.zeros(1, 3, 16, 24), **options)


SHAPES = [
    (lambda: Darknet([(8,), (16, 0)]), ValueError, r"groups\[1\] must be whole numbers .* got \(16, 0\)"),
    (lambda: Darknet([(8,), (1.5,)]), ValueError, r"groups\[1\] must be whole numbers .* got \(1.5,\)"),
    (lambda: Darknet(in_channels=0), ValueError, "in_channels must be a whole number from 1 up, got 0"),
    (lambda: BACKBONE(torch.zeros(2, 1, 8, 8)), ValueError, r"X must be \(batch, 3, .* got \(2, 1, 8, 8\)"),
    (lambda: BACKBONE(torch.zeros(3, 8, 8)), ValueError, r"X must be \(batch, 3, .* got \(3, 8, 8\)"),
    (lambda: BACKBONE(torch.zeros(2, 3, 8, 0)), ValueError, r"width from 1 up, got \(2, 3, 8, 0\)"),
    (lambda: YOLO(BACKBONE, ANCHORS, num_classes=0), ValueError, "num_classes must be .* got 0"),
    (lambda: YOLO(BACKBONE, ANCHORS[0], num_classes=3), ValueError, r"anchors must .* \(n, 2\).* got \(2,\)"),
    (lambda: YOLO(BACKBONE, ANCHORS[:0], num_classes=3), ValueError, r"n from 1 up, got \(0, 2\)"),
    (lambda: YOLO(BACKBONE, ANCHORS.long(), num_classes=3), TypeError, "anchors must be .* got torch.int64"),
    (
        lambda: YOLO(BACKBONE, ANCHORS.tolist(), num_classes=3),
        TypeError,
        r"anchors must be a tensor .* got list",
    ),
    (lambda: MODEL(torch.zeros(1, 3, 8, 9)), ValueError, "X must .* multiples of 2, got 8 × 9"),
    (lambda: MODEL(torch.zeros(1, 3, 1, 8)), ValueError, "X must .* multiples of 2, got 1 × 8"),
    (lambda: BACKBONE(torch.zeros(1, 3, 1, 8)), ValueError, "X must .* from 2 up, got 1 × 8"),
    (lambda: MODEL(torch.zeros(1, 1, 8, 8)), ValueError, r"X must be \(batch, 3, .* got \(1, 1, 8, 8\)"),
    (lambda: MODEL(torch.zeros(1, 3, 0, 8)), ValueError, r"X must be .* got \(1, 3, 0, 8\)"),
    (lambda: MODEL(torch.zeros(3, 8, 8)), ValueError, r"X must be .* got \(3, 8, 8\)"),
    (lambda: MODEL(torch.zeros(1, 3, 8, 8, dtype=torch.uint8)), TypeError, "X must be .* got torch.uint8"),
    (lambda: MODEL(np.zeros((1, 3, 8, 8))), TypeError, "X must be .* got ndarray"),
    (lambda: detect(MODEL, torch.zeros(1, 3, 8, 9)), ValueError, "multiples of 2, got 8 × 9"),
    (lambda: detect(MODEL, torch.zeros(1, 3, 8, 8) * NAN), ValueError, "guesses must be numbers, got nan"),
    (lambda: detect(MODEL, torch.zeros(1, 3, 8, 8), iou_threshold=2), ValueError, "iou_threshold .* got 2"),
]
SIZES_OF_BOXES = [
    (lambda: fit_anchors(SIZES, 4), ValueError, r"num_anchors must lie in 1…3, the number of boxes, got 4"),
    (lambda: fit_anchors(SIZES, 0), ValueError, "num_anchors must lie in 1…3, .* got 0"),
    (lambda: fit_anchors(SIZES, 1.5), ValueError, "num_anchors must lie in 1…3, .* got 1.5"),
    (lambda: fit_anchors(SIZES[:0], 1), ValueError, r"sizes must .* n from 1 up, got \(0, 2\)"),
    (lambda: fit_anchors(BOXES[0], 1), ValueError, r"sizes must have the shape \(n, 2\).* got \(3, 4\)"),
    (lambda: fit_anchors(SIZES.long(), 1), TypeError, "sizes must be .* got torch.int64"),
    (lambda: fit_anchors(SIZES.tolist(), 1), TypeError, "sizes must be .* got list"),
]
TRUTHS = [
    (
        lambda: with_box(9.0, 8.0, 8.0, 16.0),
        ValueError,
        r"x1 <= x2 .* got boxes\[0, 1\] = \[9.0, 8.0, 8.0, 16",
    ),
    (lambda: with_box(8.0, 17.0, 16.0, 16.0), ValueError, r"y1 <= y2, got boxes\[0, 1\] = \[8.0, 17.0"),
    (
        lambda: with_box(8.0, NAN, 16.0, 16.0),
        ValueError,
        r"boxes must be finite, .* got boxes\[0, 1\] = .*nan",
    ),
    (
        lambda: with_box(8.0, 8.0, INF, 16.0),
        ValueError,
        r"boxes must be finite, .* got boxes\[0, 1\] = .*inf",
    ),
    (
        lambda: with_box(20.0, 0.0, 28.0, 8.0),
        ValueError,
        r"\[20.0, 0.0, 28.0, 8.0\], .* row 0, column 3 of 2 × 3",
    ),
    (
        lambda: with_box(0.0, 12.0, 8.0, 20.0),
        ValueError,
        "centres in the image, got .* row 2, column 0 of 2 × 3",
    ),
    (lambda: with_box(-6.0, 0.0, 4.0, 8.0), ValueError, r"boxes must have .* row 0, column -1 of"),
    (lambda: with_box(0.0, -9.0, 4.0, 8.0), ValueError, r"boxes must have .* row -1, column 0 of"),
    (lambda: loss(boxes=BOXES[0]), ValueError, r"boxes must have the shape .* got \(3, 4\)"),
    (lambda: loss(boxes=BOXES.long()), TypeError, "boxes must be .* got torch.int64"),
    (
        lambda: loss(boxes=BOXES[:, :2]),
        ValueError,
        r"must be \(B, n, 4\), \(B, n\) .* got \(1, 2, 4\), \(1, 3\)",
    ),
    (lambda: loss(boxes=BOXES[..., :3]), ValueError, r"boxes must have the shape .* got \(1, 3, 3\)"),
    (lambda: loss(labels=changed(LABELS, (0, 1), 3)), ValueError, "labels must lie in −1…2, got 3"),
    (lambda: loss(labels=changed(LABELS, (0, 1), -2)), ValueError, "labels must lie in −1…2, got -2"),
    (
        lambda: loss(labels=LABELS.float()),
        TypeError,
        "labels must be .* whole numbers, got torch.float32",
    ),
    (lambda: loss(labels=LABELS >= 0), TypeError, "labels must be a tensor of whole numbers, got torch.bool"),
    (lambda: loss(labels=LABELS[0]), ValueError, r"boxes, labels and guesses must be .* got .* \(3,\)"),
    (lambda: loss(labels=LABELS[..., None]), ValueError, r"boxes, labels and guesses must .* \(1, 3, 1\)"),
    (lambda: loss(GUESSES.repeat(2, 1, 1, 1, 1)), ValueError, r"guesses must be .* \(2, 2, 2, 3, 8\)"),
    (lambda: loss(GUESSES[0]), ValueError, r"guesses must be \(batch, 2, rows, columns.* got \(2, 2, 3, 8\)"),
    (lambda: loss(GUESSES[:, :1]), ValueError, r"guesses must be \(batch, 2, .* got \(1, 1, 2, 3, 8\)"),
    (lambda: loss(GUESSES[..., :5]), ValueError, r"5 \+ classes\), got \(1, 2, 2, 3, 5\)"),
    (
        lambda: loss(GUESSES[:0], BOXES[:0], LABELS[:0]),
        ValueError,
        r"guesses must be .* got \(0, 2, 2, 3, 8\)",
    ),
    (lambda: loss(anchors=ANCHORS.tolist()), TypeError, "anchors must be a tensor .* got list"),
    (lambda: loss(anchors=ANCHORS[:1]), ValueError, r"guesses must be \(batch, 1, .* got \(1, 2, 2, 3, 8\)"),
]


@pytest.mark.parametrize("call, error, message", SHAPES + SIZES_OF_BOXES + TRUTHS)
def test_bad_input_says_what_is_wanted(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("number", [0.0, -1.0, NAN, INF])
def test_sizes_that_are_none(number):
    wrong = changed(ANCHORS, (1, 0), number)
    for name, call in [
        ("anchors", lambda: YOLO(BACKBONE, wrong, num_classes=3)),
        ("anchors", lambda: loss(anchors=wrong)),
        ("sizes", lambda: fit_anchors(wrong, 1)),
    ]:
        with pytest.raises(ValueError, match=rf"{name} must be above 0 and finite, got {name}\[1\] = \["):
            call()


@pytest.mark.parametrize("k", range(8))
def test_a_nan_among_the_guesses_is_no_silent_miss(k):
    with pytest.raises(
        ValueError, match="the model's guesses must be numbers, got nan; did training diverge"
    ):
        finding((0, 1, 1, 2, k), NAN)


def test_what_is_not_wrong():
    """Empty boxes, objects beyond the edge but for their centres, no rows at all, huge sizes."""
    for numbers in [(8.0, 8.0, 8.0, 16.0), (8.0, 8.0, 8.0, 8.0), (-90.0, 8.0, 100.0, 16.0)]:
        assert with_box(*numbers)[0].isfinite()
    assert loss(boxes=BOXES[:, :0], labels=LABELS[:, :0])[0].isfinite()
    (found,) = finding((0, 0, 0, 0, slice(2, 4)), INF, min_score=0.1)
    assert found["boxes"][0].tolist() == [0, 0, 24, 16]
    assert finding((0, 0, 0, 0, 4), -INF, min_score=0.9)[0]["boxes"].shape == (0, 4)


def train(loader, **options):
    torch.manual_seed(0)
    model = YOLO(Darknet([(4,), (8,), (8,)]), ANCHORS, num_classes=10)

    def loss_fn(model, scenes):
        images, boxes, labels, *_ = scenes
        return yolo_loss(model(images), boxes, labels, anchors=model.anchors, stride=model.stride)

    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    return fit(
        model, loss_fn, loader, optimizer=optimizer, num_epochs=1, device="cpu", progress=False, **options
    )


def test_images_without_objects_train_on():
    """Batches with objects, with none in some images, and with no rows at all, in turn."""
    few = [make_scenes(4, seed=k, num_items=n, image_size=48) for k, n in enumerate([(1, 2), (0, 1), (0, 0)])]
    history = train(few * 8)
    losses = history.steps["loss"]
    assert len(losses) == 24 and np.isfinite(losses).all()
    assert all(late < early for early, late in zip(losses[:3], losses[-3:]))
    assert history.steps["box"][2::3] == [0] * 8 and min(history.steps["box"][::3]) > 0


@pytest.mark.parametrize(
    "spoil, error, message",
    [
        (lambda s: s.images.fill_(NAN), FloatingPointError, "the loss is nan at step 2, in epoch 1"),
        (
            lambda s: s.boxes[1, 0].fill_(NAN),
            ValueError,
            r"boxes must be finite, .* got boxes\[1, 0\] = \[nan",
        ),
        (lambda s: s.boxes[1, 0].copy_(s.boxes[1, 0].flip(0)), ValueError, r"x1 <= x2 .* boxes\[1, 0\]"),
        (lambda s: s.boxes.add_(48), ValueError, "boxes must have their centres in the image"),
        (lambda s: s.labels[1, 0].fill_(10), ValueError, "labels must lie in −1…9, got 10"),
    ],
    ids=["images", "boxes", "corners", "centres", "labels"],
)
def test_training_meets_a_bad_batch(spoil, error, message):
    scenes = list(SceneLoader(2, 4, seed=0, image_size=48))
    spoil(scenes[1])
    with pytest.raises(error, match=message):
        train(scenes)


def test_images_of_another_size():
    with pytest.raises(ValueError, match="X must have height and width in multiples of 4, got 50 × 50"):
        train(SceneLoader(1, 2, image_size=50))
    assert len(train(SceneLoader(1, 2, image_size=52)).steps["loss"]) == 1
