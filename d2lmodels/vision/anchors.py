"""Anchors: the few shapes from which a detector starts to guess, found among the boxes of its data.

Not here: which anchor answers for which object (`yolo_loss.py`).
"""

import torch
from jaxtyping import Float
from torch import Tensor

from d2lmodels.nn.boxes import widen
from d2lmodels.nn.checks import check_floating


def shape_iou(a: Float[Tensor, "n 2"], b: Float[Tensor, "m 2"]) -> Float[Tensor, "n m"]:
    """Return the IoU of boxes laid on one centre, of which only the shape counts.

    a, b: widths and heights in pixels, above 0.

    >>> shape_iou(torch.tensor([[4.0, 2.0]]), torch.tensor([[2.0, 2.0], [4.0, 4.0]]))
    tensor([[0.5000, 0.5000]])
    """
    shared = torch.minimum(a[:, None], b).prod(-1)  # (n, m)
    return shared / (a.prod(-1)[:, None] + b.prod(-1) - shared)


def fit_anchors(
    sizes: Float[Tensor, "n 2"], num_anchors: int, *, seed: int = 0, num_rounds: int = 100
) -> Float[Tensor, "anchors 2"]:
    """Find the shapes to which the boxes of a dataset are closest, by k-means.

    sizes: width and height of each box, in pixels. num_anchors: how many shapes, at most as many as there
    are boxes. seed: of the boxes to start from. num_rounds: at most so many; it ends when no box changes
    its anchor. In a round each box goes to the anchor with which it has the highest `shape_iou`, and each
    anchor becomes the mean of its boxes; one that has none moves to the box that is worst off. Returns the
    anchors from the smallest area to the largest.

    Raises ValueError for sizes that are not above 0 and finite, and fewer boxes than anchors. Redmon and
    Farhadi, "YOLO9000" (2017), section 2, "dimension clusters".

    >>> fit_anchors(torch.tensor([[10.0, 10.0], [12.0, 12.0], [30.0, 10.0], [34.0, 10.0]]), 2)
    tensor([[11., 11.],
            [32., 10.]])
    """
    check_sizes(sizes, "sizes")
    sizes = widen(sizes)
    if not isinstance(num_anchors, int) or not 1 <= num_anchors <= len(sizes):
        raise ValueError(f"num_anchors must lie in 1…{len(sizes)}, the number of boxes, got {num_anchors!r}")
    generator = torch.Generator().manual_seed(seed)
    anchors = sizes[torch.randperm(len(sizes), generator=generator)[:num_anchors]]
    nearest = None
    for _ in range(num_rounds):
        last = nearest
        similarity, nearest = shape_iou(sizes, anchors).max(1)  # (n,) each
        if last is not None and nearest.equal(last):
            break
        for k in range(num_anchors):
            is_its = nearest == k
            anchors[k] = sizes[is_its].mean(0) if is_its.any() else sizes[similarity.argmin()]
    return anchors[anchors.prod(-1).argsort()]


def check_sizes(sizes: Float[Tensor, "n 2"], name: str) -> None:
    """Raise TypeError or ValueError for anything but widths and heights above 0."""
    check_floating(sizes, name)
    if sizes.ndim != 2 or sizes.shape[1] != 2 or not len(sizes):
        raise ValueError(f"{name} must have the shape (n, 2), with n from 1 up, got {tuple(sizes.shape)}")
    bad = ~((sizes > 0) & sizes.isfinite()).all(1)
    if bad.any():
        k = bad.nonzero()[0].item()
        raise ValueError(f"{name} must be above 0 and finite, got {name}[{k}] = {sizes[k].tolist()}")
