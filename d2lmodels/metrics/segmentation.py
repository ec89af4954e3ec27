"""Scores of a segmentation: intersection over union, Dice, and how well boundaries are met.

Not here: scores of instances (`detection.py` has boxes), distances between surfaces.
"""

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, Shaped
from torch import Tensor

from d2lmodels.metrics.classification import as_array, divide


def as_masks(y, y_hat) -> tuple[Shaped[np.ndarray, "..."], Shaped[np.ndarray, "..."]]:
    """Return true and predicted classes of pixels as arrays of whole numbers.

    Raises TypeError for other numbers and ValueError for two shapes, no pixels and negative predictions.
    """
    y, y_hat = as_array(y), as_array(y_hat)
    for name, mask in (("y", y), ("y_hat", y_hat)):
        if mask.dtype.kind not in "biu":
            hint = "; of logits, take the argmax over the classes" if mask.dtype.kind == "f" else ""
            raise TypeError(f"{name} must be class numbers, got dtype {mask.dtype}{hint}")
    if y.shape != y_hat.shape or not y.size:
        raise ValueError(f"y and y_hat must have one shape and hold pixels, got {y.shape} and {y_hat.shape}")
    return y.astype(np.int64), y_hat.astype(np.int64)


def pixel_counts(
    y, y_hat, *, num_classes: int, ignore_index: int | None = None
) -> Int[np.ndarray, "3 classes"]:
    """Return for each class how many pixels are of it and called so, are of it, are called so.

    y, y_hat: true and predicted classes, any shape. ignore_index: a label in `y` whose pixels do not
    count. Raises TypeError or ValueError for masks that do not fit or hold other numbers than 0 to
    num_classes − 1.

    >>> pixel_counts([[0, 1, 1]], [[1, 1, 1]], num_classes=2)
    array([[0, 2],
           [1, 2],
           [0, 3]])
    """
    y, y_hat = as_masks(y, y_hat)
    if ignore_index is not None:
        y, y_hat = y[y != ignore_index], y_hat[y != ignore_index]
    for name, mask in (("y", y), ("y_hat", y_hat)):
        bad = mask[(mask < 0) | (mask >= num_classes)]
        if len(bad.ravel()):
            raise ValueError(f"{name} must lie in 0…{num_classes - 1}, got {bad.ravel()[0]}")
    kinds = (y[y == y_hat], y, y_hat)
    return np.stack([np.bincount(kind.ravel(), minlength=num_classes) for kind in kinds])


def pixel_iou(y, y_hat, *, num_classes: int, ignore_index: int | None = None) -> Float[np.ndarray, "classes"]:
    """Return each class's intersection over union: pixels of it that are called so, of those that are either.

    Arguments and errors as of `pixel_counts`; all images count together. A class that is neither there nor
    called has 0/0, which is nan here: leave it out of a mean with `np.nanmean`. scikit-learn's
    `jaccard_score` makes it 0. Jaccard (1912).

    >>> pixel_iou([[0, 1, 1]], [[1, 1, 1]], num_classes=3).round(3)
    array([0.   , 0.667,   nan])
    """
    both, there, called = pixel_counts(y, y_hat, num_classes=num_classes, ignore_index=ignore_index)
    return np.where(there + called, divide(both, there + called - both), np.nan)


def pixel_dice(
    y, y_hat, *, num_classes: int, ignore_index: int | None = None
) -> Float[np.ndarray, "classes"]:
    """Return each class's Dice coefficient, twice the intersection over the sum of both: its F1 score.

    Arguments and errors as of `pixel_counts`, 0/0 as in `pixel_iou`. It is 2·IoU / (1 + IoU), so it puts
    masks in the same order. Dice (1945).

    >>> pixel_dice([[0, 1, 1]], [[1, 1, 1]], num_classes=2)
    array([0. , 0.8])
    """
    both, there, called = pixel_counts(y, y_hat, num_classes=num_classes, ignore_index=ignore_index)
    return np.where(there + called, divide(2 * both, there + called), np.nan)


def boundary(mask: Tensor) -> Tensor:
    """Return which pixels of a mask have one outside it above, below, left or right; the edge is no outside.

    >>> boundary(torch.ones(1, 3, 4, dtype=torch.bool)).any()
    tensor(False)
    """
    inside = F.pad(mask[:, None].float(), (1, 1, 1, 1), mode="replicate")[:, 0]
    cross = [inside[:, :-2, 1:-1], inside[:, 2:, 1:-1], inside[:, 1:-1, :-2], inside[:, 1:-1, 2:]]
    return mask & (torch.stack(cross).amin(0) == 0)


def boundary_score(y, y_hat, *, tolerance: int = 1) -> float:
    """Return F1 of boundaries: how many boundary pixels of two masks lie near one of the other.

    y, y_hat: true and predicted masks, `(batch, height, width)` or one of them, bool or 0 and 1.
    tolerance: how many pixels away, along rows and columns at once, counts as near. Precision is the
    share of the predicted boundary near a true one in the same image, recall the other way round, over all
    images; two masks without boundary score nan. Raises TypeError or ValueError for anything else.
    Csurka et al., "What is a good evaluation measure for semantic segmentation?" (2013), with squares in
    place of discs.

    >>> square = np.zeros((8, 9), dtype=int)
    >>> square[2:6, 2:6] = 1
    >>> boundary_score(square, np.roll(square, 1)), round(boundary_score(square, np.roll(square, 2)), 2)
    (1.0, 0.67)
    """
    if not isinstance(tolerance, int) or tolerance < 0:
        raise ValueError(f"tolerance must be a whole number from 0 up, got {tolerance!r}")
    pair = as_masks(y, y_hat)
    if pair[0].ndim not in (2, 3):
        raise ValueError(f"y must be (height, width) or (batch, height, width), got {pair[0].shape}")
    for name, mask in zip(("y", "y_hat"), pair):
        if not np.isin(mask, (0, 1)).all():
            raise ValueError(f"{name} must hold 0 and 1 alone, got {mask.max()}; compare it with a class")
    pair = [torch.from_numpy(mask).bool().view(-1, *mask.shape[-2:]) for mask in pair]
    true, called = (boundary(mask) for mask in pair)
    near_true, near_called = (
        F.max_pool2d(edge[:, None].float(), 2 * tolerance + 1, stride=1, padding=tolerance)[:, 0] > 0
        for edge in (true, called)
    )
    if not (true.any() or called.any()):
        return float("nan")
    precision = divide((called & near_true).sum().item(), called.sum().item())
    recall = divide((true & near_called).sum().item(), true.sum().item())
    return float(divide(2 * precision * recall, precision + recall))
