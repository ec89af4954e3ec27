"""What a YOLO learns from: which guess answers for which object, and a loss of four terms.

Not here: boxes from guesses (`yolo.py`), and the rules by which later detectors let several guesses
answer for one object.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from d2lmodels.nn.boxes import check_boxes, generalized_ratio, ratio, to_cxcywh
from d2lmodels.nn.checks import check_floating
from d2lmodels.vision.anchors import check_sizes, shape_iou
from d2lmodels.vision.checks import check_counts
from d2lmodels.vision.yolo import decode


class Places(NamedTuple):
    """Which guess answers for each object: its image, anchor, row and column."""

    image: Int[Tensor, "objects"]
    anchor: Int[Tensor, "objects"]
    row: Int[Tensor, "objects"]
    column: Int[Tensor, "objects"]


def assign(
    boxes: Float[Tensor, "batch items 4"],
    labels: Int[Tensor, "batch items"],
    anchors: Float[Tensor, "anchors 2"],
    *,
    stride: int,
) -> Places:
    """Give each object to the cell that holds its centre, and there to the anchor closest in shape.

    boxes: in pixels. labels: classes from 0; −1 in a row without an object. anchors: widths and heights.
    stride: pixels of a cell's side. Objects come in the order of `labels >= 0`; two may share a guess.
    Redmon et al., "You only look once" (2016), section 2; "YOLO9000" (2017), section 2.

    >>> boxes = torch.tensor([[[2.0, 0.0, 14.0, 8.0]]])
    >>> assign(boxes, torch.tensor([[7]]), torch.tensor([[8.0, 8.0], [16.0, 8.0]]), stride=8)
    Places(image=tensor([0]), anchor=tensor([1]), row=tensor([0]), column=tensor([1]))
    """
    image, item = (labels >= 0).nonzero(as_tuple=True)
    centres, sizes = to_cxcywh(boxes[image, item]).split(2, dim=-1)  # (N, 2) each
    column, row = (centres / stride).floor().long().unbind(-1)
    return Places(image, shape_iou(sizes, anchors).argmax(1), row, column)


def yolo_loss(
    guesses: Float[Tensor, "batch anchors rows columns guess"],
    boxes: Float[Tensor, "batch items 4"],
    labels: Int[Tensor, "batch items"],
    *,
    anchors: Float[Tensor, "anchors 2"],
    stride: int,
    ignore: float = 0.5,
    box_weight: float = 2.0,
    object_weight: float = 1.0,
    background_weight: float = 1.0,
    class_weight: float = 1.0,
) -> tuple[Float[Tensor, ""], dict[str, Float[Tensor, ""]]]:
    """Return the loss of an image, on average over the batch, and its terms without their weights.

    guesses: as `YOLO` gives them. boxes, labels: the truth, as `assign` takes it; an image may hold
    nothing. anchors, stride: of the model. The loss is the sum of the terms, each times its weight; the
    terms are sums over the guesses of an image:

    - box: 1 − GIoU of the boxes guessed for objects and the true ones;
    - object: −log of the probability of an object, where there is one;
    - background: −log of the probability of none, for guesses that answer for no object; those whose
      box overlaps one by an IoU of `ignore` or more are left out;
    - class: cross-entropy of the classes of objects.

    Raises ValueError for shapes that do not fit, what is no box, labels out of range and objects whose
    centre lies outside the image; TypeError for labels that are not whole numbers. After Redmon et al.,
    "You only look once" (2016), equation 3, with the box term of Rezatofighi et al. (2019), and softmax
    and `ignore` from "YOLO9000" (2017) and "YOLOv3" (2018), section 2.1.

    >>> guesses, anchors = torch.zeros(1, 1, 1, 2, 7), torch.tensor([[8.0, 8.0]])
    >>> boxes, labels = torch.tensor([[[0.0, 0.0, 8.0, 8.0]]]), torch.tensor([[1]])
    >>> loss, terms = yolo_loss(guesses, boxes, labels, anchors=anchors, stride=8)
    >>> {name: round(term.item(), 3) for name, term in terms.items()}
    {'box': 0.0, 'object': 0.693, 'background': 0.693, 'class': 0.693}
    """
    check_truth(guesses, boxes, labels, anchors)
    check_counts(stride=stride)
    labels = labels.long()
    is_object = labels >= 0
    places = assign(boxes, labels, anchors, stride=stride)
    check_places(places, boxes[is_object], guesses.shape[2:4])
    found = decode(guesses, anchors, stride=stride)  # (B, A, rows, columns, 4)
    objectness, classes = guesses[..., 4], guesses[..., 5:]
    overlap = ratio(found.detach().flatten(1, 3)[:, :, None], boxes[:, None])  # (B, A·rows·columns, items)
    sees_one = ((overlap >= ignore) & is_object[:, None]).any(-1).view_as(objectness)
    is_background = ~sees_one
    is_background[places] = False
    terms = {
        "box": (1 - generalized_ratio(found[places], boxes[is_object])).sum(),
        "object": F.softplus(-objectness[places]).sum(),  # −log sigmoid
        "background": F.softplus(objectness[is_background]).sum(),  # −log (1 − sigmoid)
        "class": F.cross_entropy(classes[places], labels[is_object], reduction="sum"),
    }
    terms = {name: term / len(guesses) for name, term in terms.items()}
    weights = (box_weight, object_weight, background_weight, class_weight)
    loss = sum(weight * term for weight, term in zip(weights, terms.values()))
    return loss, {name: term.detach() for name, term in terms.items()}


def check_truth(guesses, boxes, labels, anchors) -> None:
    """Raise TypeError or ValueError where guesses, boxes, labels and anchors do not fit together."""
    check_sizes(anchors, "anchors")
    check_floating(guesses, "guesses")
    check_boxes(boxes, ndim=3)
    if guesses.ndim != 5 or guesses.shape[1] != len(anchors) or guesses.shape[-1] < 6 or not len(guesses):
        wanted = f"(batch, {len(anchors)}, rows, columns, 5 + classes)"
        raise ValueError(f"guesses must be {wanted}, got {tuple(guesses.shape)}")
    if not isinstance(labels, Tensor) or labels.is_floating_point() or labels.dtype == torch.bool:
        got = getattr(labels, "dtype", type(labels).__name__)
        raise TypeError(f"labels must be a tensor of whole numbers, got {got}")
    if labels.shape != boxes.shape[:2] or len(labels) != len(guesses):
        got = f"{tuple(boxes.shape)}, {tuple(labels.shape)} and {tuple(guesses.shape)}"
        raise ValueError(f"boxes, labels and guesses must be (B, n, 4), (B, n) and (B, …), got {got}")
    num_classes = guesses.shape[-1] - 5
    bad = (labels.long() < -1) | (labels.long() >= num_classes)
    if bad.any():
        raise ValueError(f"labels must lie in −1…{num_classes - 1}, got {labels[bad][0].item()}")


def check_places(places, boxes, grid) -> None:
    """Raise ValueError for an object whose centre lies outside the grid of rows and columns."""
    (rows, columns), (_, _, row, column) = grid, places
    bad = (row < 0) | (row >= rows) | (column < 0) | (column >= columns)
    if bad.any():
        k = bad.nonzero()[0].item()
        place = f"row {row[k].item()}, column {column[k].item()} of {rows} × {columns} cells"
        raise ValueError(
            f"boxes must have their centres in the image, got {boxes[k].tolist()}, whose centre is in {place}"
        )
