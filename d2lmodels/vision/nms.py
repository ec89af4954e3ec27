"""Non-maximum suppression: of boxes that overlap too much only the best is kept.

`nms_loop` is the rule as one would write it down; `nms` and `batched_nms` return the same by way of
`nms_fast.py`. Not here: soft suppression, scores that fall instead, turned boxes.
"""

import torch
from jaxtyping import Float, Int, Integer
from torch import Tensor

from d2lmodels.nn.boxes import check_boxes, iou
from d2lmodels.nn.checks import check_floating
from d2lmodels.vision.nms_fast import nms_grid


def check_candidates(
    boxes: Float[Tensor, "n 4"],
    scores: Float[Tensor, "n"],
    iou_threshold: float,
) -> None:
    """Raise TypeError or ValueError where boxes, scores or threshold cannot be used."""
    check_boxes(boxes, ndim=2)
    check_floating(scores, "scores")
    if scores.shape != boxes.shape[:1]:
        wanted = f"one number a box, shape ({len(boxes)},)"
        raise ValueError(f"scores must be {wanted}, got {tuple(scores.shape)}")
    if scores.isnan().any():
        place = scores.isnan().nonzero()[0].item()
        raise ValueError(f"scores must be numbers, got scores[{place}] = nan")
    if not isinstance(iou_threshold, int | float) or not 0 <= iou_threshold <= 1:
        raise ValueError(f"iou_threshold must lie in 0…1, got {iou_threshold!r}")


def nms_loop(
    boxes: Float[Tensor, "n 4"],
    scores: Float[Tensor, "n"],
    iou_threshold: float,
) -> Int[Tensor, "kept"]:
    """Keep the best box, drop those that overlap it too much, and so on with what is left.

    Arguments, result and errors as of `nms`.

    >>> boxes = torch.tensor([[0.0, 0.0, 4.0, 4.0], [1.0, 0.0, 5.0, 4.0], [9.0, 9.0, 12.0, 12.0]])
    >>> nms_loop(boxes, torch.tensor([0.6, 0.9, 0.3]), 0.5)
    tensor([1, 2])
    """
    check_candidates(boxes, scores, iou_threshold)
    waiting = scores.argsort(descending=True, stable=True)  # ties in order
    kept = []
    while len(waiting):
        best, waiting = waiting[:1], waiting[1:]
        kept.append(best)
        overlap = iou(boxes[best], boxes[waiting])[0]  # (number waiting,)
        too_close = overlap.double() > iou_threshold  # a float32 is never 0.3
        waiting = waiting[~too_close]
    return torch.cat(kept) if kept else waiting


def suppressed(
    boxes: Float[Tensor, "n 4"],
    scores: Float[Tensor, "n"],
    iou_threshold: float,
    *,
    classes: Integer[Tensor, "n"] | None = None,
) -> Int[Tensor, "kept"]:
    """Return what `nms_grid` keeps, for tensors on any device; the work is done on the CPU."""
    if not len(boxes):
        return torch.empty(0, dtype=torch.int64, device=boxes.device)
    arrays = []
    for x in (boxes, scores):
        dtype = torch.promote_types(x.dtype, torch.float32)  # NumPy knows no bfloat16
        arrays.append(x.detach().to("cpu", dtype).numpy())
    groups = None if classes is None else classes.to("cpu", torch.int64).numpy()
    kept = nms_grid(*arrays, iou_threshold=iou_threshold, classes=groups)
    return torch.from_numpy(kept).to(boxes.device)


def nms(
    boxes: Float[Tensor, "n 4"],
    scores: Float[Tensor, "n"],
    iou_threshold: float,
) -> Int[Tensor, "kept"]:
    """Return the indices of the boxes that no better box suppresses, by falling score.

    boxes: `(n, 4)`, in pixels; they may be empty, and none at all is fine. scores: `(n,)`; higher is
    better, and of equal scores the first box is. iou_threshold: from 0 to 1; a box is suppressed by a
    better one that is kept itself if their IoU is above it. The indices are those of `nms_loop` and, on
    a CPU, of `torchvision.ops.nms`; how fast they are found depends on the boxes
    (`benchmarks/nms.py`). float16 and bfloat16 become float32.

    Raises ValueError for what is no box, NaN among the scores, other shapes and a threshold out of
    range, TypeError for anything but floating tensors. Girshick et al., "Rich feature hierarchies for
    accurate object detection and semantic segmentation" (2014), section 2.2.

    >>> boxes = torch.tensor([[0.0, 0.0, 4.0, 4.0], [1.0, 0.0, 5.0, 4.0], [9.0, 9.0, 12.0, 12.0]])
    >>> nms(boxes, torch.tensor([0.6, 0.9, 0.3]), 0.5)
    tensor([1, 2])
    """
    check_candidates(boxes, scores, iou_threshold)
    return suppressed(boxes, scores, iou_threshold)


def batched_nms(
    boxes: Float[Tensor, "n 4"],
    scores: Float[Tensor, "n"],
    classes: Integer[Tensor, "n"],
    iou_threshold: float,
) -> Int[Tensor, "kept"]:
    """Return the indices that `nms` keeps in each class by itself, by falling score over all.

    classes: `(n,)`, whole numbers: the class, or the image, that each box belongs to. The rest as of
    `nms`.

    >>> boxes = torch.tensor([[0.0, 0.0, 4.0, 4.0], [1.0, 0.0, 5.0, 4.0], [0.0, 0.0, 4.0, 4.0]])
    >>> batched_nms(boxes, torch.tensor([0.6, 0.9, 0.3]), torch.tensor([0, 0, 1]), 0.5)
    tensor([1, 2])
    """
    check_candidates(boxes, scores, iou_threshold)
    is_whole = isinstance(classes, Tensor) and not (classes.is_floating_point() or classes.is_complex())
    if not is_whole or classes.dtype == torch.bool:
        got = getattr(classes, "dtype", type(classes).__name__)
        raise TypeError(f"classes must be a tensor of whole numbers, got {got}")
    if classes.shape != scores.shape:
        wanted = f"one number a box, shape ({len(boxes)},)"
        raise ValueError(f"classes must be {wanted}, got {tuple(classes.shape)}")
    return suppressed(boxes, scores, iou_threshold, classes=classes)
