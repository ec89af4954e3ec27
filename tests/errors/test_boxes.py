"""Mistakes with boxes end in errors that say what was wrong, what was got and what is wanted."""

import pytest
import torch

from d2lmodels.nn.boxes import area, clip, giou, iou, paired_giou, paired_iou, to_cxcywh, to_xyxy

GOOD = torch.tensor([[0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 2.0, 2.0]])


def spoiled(place, number):
    """Good boxes but for one number of the second."""
    boxes = GOOD.clone()
    boxes[1, place] = number
    return boxes


BAD = [
    (
        spoiled(0, 3),
        ValueError,
        r"{}must be finite, with x1 <= x2 and y1 <= y2, got {}\[1\] = \[3.0, 1.0, 2.0",
    ),
    (spoiled(3, 0), ValueError, r"got {}\[1\] = \[1.0, 1.0, 2.0, 0.0\]"),
    (spoiled(2, float("nan")), ValueError, r"got {}\[1\] = \[1.0, 1.0, nan, 2.0\]"),
    (spoiled(2, float("inf")), ValueError, r"got {}\[1\] = \[1.0, 1.0, inf, 2.0\]"),
    (GOOD[:, :3], ValueError, r"{}must have the shape .*4\), got \(2, 3\)"),
    (torch.tensor(1.0), ValueError, r"{}must have the shape .*4\), got \(\)"),
    (torch.zeros(0), ValueError, r"{}must have the shape .*4\), got \(0,\)"),
    (GOOD.long(), TypeError, "{}must be a tensor of floating numbers, got torch.int64"),
    (GOOD.tolist(), TypeError, "{}must be a tensor of floating numbers, got list"),
]


def said(message, name):
    """The message with the argument's name put in."""
    return message.replace("{}must", f"{name} must").replace("{}", name)


@pytest.mark.parametrize("boxes, error, message", BAD)
def test_boxes(boxes, error, message):
    for function in (to_cxcywh, area, lambda b: clip(b, 5)):
        with pytest.raises(error, match=said(message, "boxes")):
            function(boxes)
    for function in (iou, giou, paired_iou, paired_giou):
        with pytest.raises(error, match=said(message, "a")):
            function(boxes, GOOD)
        with pytest.raises(error, match=said(message, "b")):
            function(GOOD, boxes)


def test_one_box_among_many_axes():
    with pytest.raises(ValueError, match=r"got boxes\[0, 2, 1\] = "):
        area(torch.stack([GOOD, GOOD, spoiled(0, 3)])[None])
    with pytest.raises(ValueError, match=r"got boxes = \[3.0"):
        area(spoiled(0, 3)[1])


@pytest.mark.parametrize("number", [-1.0, float("nan"), float("inf")])
def test_sides(number):
    with pytest.raises(
        ValueError, match=r"boxes_cxcywh must be finite, with a width .* got boxes_cxcywh\[1\]"
    ):
        to_xyxy(spoiled(2, number))
    with pytest.raises(TypeError, match="boxes_cxcywh must be a tensor of floating numbers, got list"):
        to_xyxy([1, 2, 3, 4])


def test_shapes_of_two():
    for function in (iou, giou):
        with pytest.raises(ValueError, match=r"a must have the shape \(n, 4\), got \(1, 2, 4\)"):
            function(GOOD[None], GOOD)
        with pytest.raises(ValueError, match=r"b must have the shape \(n, 4\), got \(4,\)"):
            function(GOOD, GOOD[0])
    for function in (paired_iou, paired_giou):
        with pytest.raises(
            ValueError, match=r"one shape, got \(2, 4\) and \(1, 4\); for all pairs, take iou"
        ):
            function(GOOD, GOOD[:1])
        with pytest.raises(ValueError, match=r"one shape, got \(2, 4\) and \(4,\)$"):
            function(GOOD, GOOD[0])


@pytest.mark.parametrize("image_size", [0, (4, -1), (1, 2, 3), 2.5, "large"])
def test_image_size(image_size):
    with pytest.raises(ValueError, match="image_size must be a whole number from 1 up, or a pair of them"):
        clip(GOOD, image_size)
