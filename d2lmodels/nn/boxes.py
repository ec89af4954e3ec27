"""Boxes: two ways to write them, clipping, areas, and how far two of them overlap.

A box is (x1, y1, x2, y2) in pixels, from its top left to its bottom right corner, unless a name ends in
`_cxcywh`: then it is its centre, width and height. Not here: turned boxes, masks, matching.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from d2lmodels.nn.checks import check_floating
from d2lmodels.nn.unfold import Pair, pair


def check_fours(boxes: Float[Tensor, "*batch 4"], name: str, *, ndim: int | None = None) -> None:
    """Raise TypeError or ValueError for anything but floating numbers, four along the last axis.

    ndim: how many axes there must be, where it is given.
    """
    check_floating(boxes, name)
    if boxes.shape[-1:] != (4,) or ndim not in (None, boxes.ndim):
        wanted = "(n, 4)" if ndim == 2 else "(..., 4)"
        raise ValueError(f"{name} must have the shape {wanted}, got {tuple(boxes.shape)}")


def refuse_first(
    bad: Bool[Tensor, "*batch"],
    boxes: Float[Tensor, "*batch 4"],
    name: str,
    wanted: str,
) -> None:
    """Raise ValueError that names the first bad box, if there is one."""
    if bad.any():
        place = tuple(bad.nonzero()[0].tolist())
        which = f"{name}[{', '.join(map(str, place))}]" if place else name
        raise ValueError(f"{name} must be {wanted}, got {which} = {boxes[place].tolist()}")


def check_boxes(
    boxes: Float[Tensor, "*batch 4"],
    name: str = "boxes",
    *,
    ndim: int | None = None,
) -> None:
    """Raise TypeError or ValueError for what is no box, and say which one it is.

    boxes: `(..., 4)`; a box may be empty, with x2 = x1 or y2 = y1. name: what they are called in errors.
    ndim: how many axes there must be, where it is given.

    >>> check_boxes(torch.tensor([[0.0, 0.0, 2.0, 2.0], [5.0, 0.0, 4.0, 2.0]]))
    Traceback (most recent call last):
    ValueError: boxes must be finite, with x1 <= x2 and y1 <= y2, got boxes[1] = [5.0, 0.0, 4.0, 2.0]
    """
    check_fours(boxes, name, ndim=ndim)
    boxes = boxes.detach()
    sides = boxes[..., 2:] - boxes[..., :2]
    good = ((sides >= 0) & (sides < torch.inf)).all(-1)  # NaN is neither
    refuse_first(~good, boxes, name, "finite, with x1 <= x2 and y1 <= y2")


def to_cxcywh(boxes: Float[Tensor, "*batch 4"]) -> Float[Tensor, "*batch 4"]:
    """Write boxes as centre, width and height.

    boxes: `(..., 4)`, as (x1, y1, x2, y2). Raises ValueError or TypeError for what is no box.

    >>> to_cxcywh(torch.tensor([0.0, 0.0, 4.0, 2.0]))
    tensor([2., 1., 4., 2.])
    """
    check_boxes(boxes)
    corner, opposite = boxes[..., :2], boxes[..., 2:]  # (..., 2) each
    return torch.cat([(corner + opposite) / 2, opposite - corner], -1)


def to_xyxy(boxes_cxcywh: Float[Tensor, "*batch 4"]) -> Float[Tensor, "*batch 4"]:
    """Write boxes as two corners.

    boxes_cxcywh: `(..., 4)`, as centre, width and height. Raises ValueError or TypeError for what is no
    box, such as one with a negative width.

    >>> to_xyxy(torch.tensor([2.0, 1.0, 4.0, 2.0]))
    tensor([0., 0., 4., 2.])
    """
    check_fours(boxes_cxcywh, "boxes_cxcywh")
    centre, sides = boxes_cxcywh[..., :2], boxes_cxcywh[..., 2:]  # (..., 2) each
    bad = ~boxes_cxcywh.isfinite().all(-1) | (sides < 0).any(-1)
    wanted = "finite, with a width and a height from 0 up"
    refuse_first(bad, boxes_cxcywh, "boxes_cxcywh", wanted)
    return torch.cat([centre - sides / 2, centre + sides / 2], -1)


def clip(boxes: Float[Tensor, "*batch 4"], image_size: Pair) -> Float[Tensor, "*batch 4"]:
    """Cut off what lies outside the image.

    boxes: `(..., 4)`. image_size: pixels, (height, width), or one number for a square. A box that lies
    outside altogether becomes an empty one on the image's edge. Raises ValueError or TypeError for what
    is no box and for sizes below 1.

    >>> clip(torch.tensor([[-1.0, 2.0, 5.0, 9.0]]), (6, 4))
    tensor([[0., 2., 4., 6.]])
    """
    check_boxes(boxes)
    height, width = pair(image_size, "image_size")
    most = boxes.new_tensor([width, height, width, height])
    return boxes.clamp(min=0).minimum(most)


def widen(X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Return numbers in float32 at least: in float16 the area of 256 × 256 pixels would be ∞."""
    return X.to(torch.promote_types(X.dtype, torch.float32))


def box_area(boxes: Float[Tensor, "*batch 4"]) -> Float[Tensor, "*batch"]:
    """Return width times height, unchecked."""
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])


def area(boxes: Float[Tensor, "*batch 4"]) -> Float[Tensor, "*batch"]:
    """Return the area of each box, in square pixels.

    boxes: `(..., 4)`. float16 and bfloat16 become float32. Raises ValueError or TypeError for what is no
    box.

    >>> area(torch.tensor([[0.0, 0.0, 4.0, 2.0], [1.0, 1.0, 1.0, 5.0]]))
    tensor([8., 0.])
    """
    check_boxes(boxes)
    return box_area(widen(boxes))


def overlap(
    a: Float[Tensor, "*#batch 4"],
    b: Float[Tensor, "*#batch 4"],
) -> tuple[Float[Tensor, "..."], Float[Tensor, "..."]]:
    """Return the areas of intersection and union; a and b are broadcast."""
    corner = torch.maximum(a[..., :2], b[..., :2])  # (..., 2)
    opposite = torch.minimum(a[..., 2:], b[..., 2:])
    sides = (opposite - corner).clamp(min=0)  # 0 where the boxes are apart
    shared = sides[..., 0] * sides[..., 1]
    return shared, box_area(a) + box_area(b) - shared


def divide(part: Float[Tensor, "..."], whole: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Divide number by number, with 0/0 = 0 and gradients of 0 there."""
    empty = whole == 0
    return torch.where(empty, 0, part) / torch.where(empty, 1, whole)


def ratio(
    a: Float[Tensor, "*#batch 4"],
    b: Float[Tensor, "*#batch 4"],
) -> Float[Tensor, "..."]:
    """Return intersection over union; a and b are broadcast."""
    shared, union = overlap(widen(a), widen(b))
    return divide(shared, union)


def generalized_ratio(
    a: Float[Tensor, "*#batch 4"],
    b: Float[Tensor, "*#batch 4"],
) -> Float[Tensor, "..."]:
    """Return IoU less the share of the hull that neither box fills; a and b are broadcast."""
    a, b = widen(a), widen(b)
    shared, union = overlap(a, b)
    corner = torch.minimum(a[..., :2], b[..., :2])  # of the hull, the smallest box around both
    opposite = torch.maximum(a[..., 2:], b[..., 2:])
    hull = box_area(torch.cat([corner, opposite], -1))
    return divide(shared, union) - divide(hull - union, hull)


def check_pairwise(a: Float[Tensor, "n 4"], b: Float[Tensor, "m 4"]) -> None:
    """Raise TypeError or ValueError for anything but two lists of boxes."""
    check_boxes(a, "a", ndim=2)
    check_boxes(b, "b", ndim=2)


def check_paired(a: Float[Tensor, "*batch 4"], b: Float[Tensor, "*batch 4"]) -> None:
    """Raise TypeError or ValueError for anything but as many boxes in b as in a."""
    check_boxes(a, "a")
    check_boxes(b, "b")
    if a.shape != b.shape:
        hint = "; for all pairs, take iou or giou" if a.ndim == b.ndim == 2 else ""
        got = f"{tuple(a.shape)} and {tuple(b.shape)}"
        raise ValueError(f"a and b must have one shape, got {got}{hint}")


def iou(a: Float[Tensor, "n 4"], b: Float[Tensor, "m 4"]) -> Float[Tensor, "n m"]:
    """Return intersection over union of each box of a with each of b: from 0, apart, to 1, equal.

    a: `(n, 4)`; b: `(m, 4)`; either may be empty. Two boxes without area have 0/0, which counts as 0.
    Gradients reach a and b, and are finite; of boxes that are apart they are 0. float16 and bfloat16
    become float32. Raises ValueError or TypeError for what is no box. Everingham et al., "The PASCAL
    visual object classes challenge" (2010), section 4.2, equation 3.

    >>> b = torch.tensor([[1.0, 0.0, 3.0, 2.0], [5.0, 5.0, 6.0, 6.0]])
    >>> iou(torch.tensor([[0.0, 0.0, 2.0, 2.0]]), b)
    tensor([[0.3333, 0.0000]])
    """
    check_pairwise(a, b)
    return ratio(a[:, None], b)  # (n, 1, 4) against (m, 4)


def giou(a: Float[Tensor, "n 4"], b: Float[Tensor, "m 4"]) -> Float[Tensor, "n m"]:
    """Return the generalized IoU of each box of a with each of b: from −1, far apart, to 1, equal.

    It is IoU less (hull − union) / hull, with the hull the smallest box around both: boxes that are
    apart have gradients too, which draw them together. Arguments and errors as of `iou`; of a hull
    without area the second term counts as 0. Rezatofighi et al., "Generalized intersection over union"
    (2019), algorithm 1.

    >>> b = torch.tensor([[2.0, 0.0, 4.0, 2.0], [6.0, 0.0, 8.0, 2.0]])
    >>> giou(torch.tensor([[0.0, 0.0, 2.0, 2.0]]), b)
    tensor([[ 0.0000, -0.5000]])
    """
    check_pairwise(a, b)
    return generalized_ratio(a[:, None], b)  # (n, 1, 4) against (m, 4)


def paired_iou(
    a: Float[Tensor, "*batch 4"],
    b: Float[Tensor, "*batch 4"],
) -> Float[Tensor, "*batch"]:
    """Return the IoU of each box of a with the box of b at the same place.

    a, b: `(..., 4)`, one shape. The rest as of `iou`.

    >>> paired_iou(torch.tensor([[0.0, 0.0, 2.0, 2.0]]), torch.tensor([[1.0, 0.0, 2.0, 2.0]]))
    tensor([0.5000])
    """
    check_paired(a, b)
    return ratio(a, b)


def paired_giou(
    a: Float[Tensor, "*batch 4"],
    b: Float[Tensor, "*batch 4"],
) -> Float[Tensor, "*batch"]:
    """Return the generalized IoU of each box of a with the box of b at the same place.

    a, b: `(..., 4)`, one shape. The rest as of `giou`; 1 − paired_giou(a, b) is a loss.

    >>> paired_giou(torch.tensor([[0.0, 0.0, 2.0, 2.0]]), torch.tensor([[3.0, 0.0, 5.0, 2.0]]))
    tensor([-0.2000])
    """
    check_paired(a, b)
    return generalized_ratio(a, b)
