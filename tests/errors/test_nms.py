"""Mistakes with non-maximum suppression end in errors that say what was wrong, got and wanted."""

import pytest
import torch

from d2lmodels.vision.nms import batched_nms, nms, nms_loop

BOXES, SCORES = torch.tensor([[0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 2.0, 2.0]]), torch.tensor([0.5, 0.6])
CLASSES, NAN = torch.tensor([0, 1]), float("nan")
TURNED = torch.tensor([[0.0, 0.0, 1.0, 1.0], [3.0, 1.0, 2.0, 2.0]])

BAD = [
    (TURNED, SCORES, 0.5, ValueError, r"boxes must be finite, with x1 <= x2 .* got boxes\[1\] = \[3.0, 1.0"),
    (TURNED * NAN, SCORES, 0.5, ValueError, r"got boxes\[0\] = \[nan"),
    (BOXES[0], SCORES, 0.5, ValueError, r"boxes must have the shape \(n, 4\), got \(4,\)"),
    (BOXES.long(), SCORES, 0.5, TypeError, "boxes must be a tensor of floating numbers, got torch.int64"),
    (BOXES.tolist(), SCORES, 0.5, TypeError, "boxes must be a tensor of floating numbers, got list"),
    (BOXES, torch.tensor([0.5, NAN]), 0.5, ValueError, r"scores must be numbers, got scores\[1\] = nan"),
    (BOXES, SCORES[:1], 0.5, ValueError, r"scores must be one number a box, shape \(2,\), got \(1,\)"),
    (BOXES, SCORES[:, None], 0.5, ValueError, r"shape \(2,\), got \(2, 1\)"),
    (BOXES, SCORES.long(), 0.5, TypeError, "scores must be a tensor of floating numbers, got torch.int64"),
    (BOXES, [0.5, 0.6], 0.5, TypeError, "scores must be a tensor of floating numbers, got list"),
    (BOXES, SCORES, 50, ValueError, "iou_threshold must lie in 0…1, got 50"),
    (BOXES, SCORES, NAN, ValueError, "iou_threshold must lie in 0…1, got nan"),
    (BOXES, SCORES, -0.1, ValueError, "iou_threshold must lie in 0…1, got -0.1"),
    (BOXES, SCORES, "half", ValueError, "iou_threshold must lie in 0…1, got 'half'"),
]


@pytest.mark.parametrize("boxes, scores, iou_threshold, error, message", BAD)
def test_bad_input_says_what_is_wanted(boxes, scores, iou_threshold, error, message):
    for suppress in (nms, nms_loop):
        with pytest.raises(error, match=message):
            suppress(boxes, scores, iou_threshold)
    with pytest.raises(error, match=message):
        batched_nms(boxes, scores, CLASSES, iou_threshold)


@pytest.mark.parametrize(
    "classes, error, message",
    [
        ([0, 1], TypeError, "classes must be a tensor of whole numbers, got list"),
        (torch.tensor([0.0, 1.0]), TypeError, "classes must be a tensor of whole numbers, got torch.float32"),
        (torch.tensor([True, False]), TypeError, "classes must be a tensor of whole numbers, got torch.bool"),
        (torch.tensor([0]), ValueError, r"classes must be one number a box, shape \(2,\), got \(1,\)"),
    ],
)
def test_bad_classes(classes, error, message):
    with pytest.raises(error, match=message):
        batched_nms(BOXES, SCORES, classes, 0.5)
