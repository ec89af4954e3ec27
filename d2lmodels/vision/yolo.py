"""YOLO: boxes and classes of all objects in one pass, a guess from each cell of a grid for each anchor.

Not here: the loss (`yolo_loss.py`), backbones (`darknet.py`), and of YOLOv2 the features that skip over
the last halving, and training on images of several sizes.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from d2lmodels.nn.boxes import clip, widen
from d2lmodels.vision.anchors import check_sizes
from d2lmodels.vision.checks import check_counts, check_images
from d2lmodels.vision.nms import batched_nms

PRIOR = 0.01  # how likely each guess is an object, before training
MOST = 4.0  # the greatest exponent of a width or a height: e⁴ = 55 anchors


class YOLO(nn.Module):
    """A detector with a grid of cells, in each of which every anchor makes one guess.

    backbone: a network that gives `(B, channels, H / stride, W / stride)`, with `in_channels`, `channels`
    and `stride` as attributes, such as Darknet. anchors: `(A, 2)`, widths and heights in pixels.
    num_classes: K.

    Takes images `(B, 3, H, W)`, height and width multiples of `stride`, and gives
    `(B, A, H / stride, W / stride, 5 + K)`, one guess in the last axis: four numbers for the box
    (`decode`), the logit that there is an object, and a logit for each class. Raises ValueError and
    TypeError for arguments and images that are none of that.

    Redmon et al., "You only look once" (2016); Redmon and Farhadi, "YOLO9000" (2017), section 2.

    >>> from d2lmodels.vision.darknet import Darknet
    >>> backbone = Darknet([(8,), (16,), (32,), (64,)])
    >>> model = YOLO(backbone, torch.tensor([[16.0, 16.0], [20.0, 30.0]]), num_classes=10)
    >>> model(torch.zeros(1, 3, 96, 96)).shape
    torch.Size([1, 2, 12, 12, 15])
    """

    def __init__(self, backbone, anchors, *, num_classes):
        super().__init__()
        check_counts(num_classes=num_classes)
        check_sizes(anchors, "anchors")
        lacks = [name for name in ("in_channels", "channels", "stride") if not hasattr(backbone, name)]
        if lacks:
            raise TypeError(f"backbone must have {', '.join(lacks)}, got {type(backbone).__name__}")
        self.backbone, self.stride, self.num_classes = backbone, backbone.stride, num_classes
        self.register_buffer("anchors", anchors.clone())  # (A, 2)
        self.head = nn.Conv2d(backbone.channels, len(anchors) * (5 + num_classes), 1)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)
        nn.init.constant_(self.head.bias[4 :: 5 + num_classes], math.log(PRIOR / (1 - PRIOR)))

    def forward(
        self, X: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch anchors rows columns guess"]:
        check_images(X, self.backbone.in_channels)
        if any(side % self.stride for side in X.shape[2:]):
            got = " × ".join(map(str, X.shape[2:]))
            raise ValueError(f"X must have height and width in multiples of {self.stride}, got {got}")
        Y = self.head(self.backbone(X))  # (B, A (5 + K), rows, columns)
        return Y.unflatten(1, (len(self.anchors), -1)).movedim(2, -1)  # (B, A, rows, columns, 5 + K)


def decode(
    guesses: Float[Tensor, "batch anchors rows columns guess"],
    anchors: Float[Tensor, "anchors 2"],
    *,
    stride: int,
) -> Float[Tensor, "batch anchors rows columns 4"]:
    """Turn the first four numbers of each guess into a box (x1, y1, x2, y2) in pixels.

    guesses: as `YOLO` gives them; anchors: `(A, 2)` in pixels; stride: pixels of a cell's side. The
    centre lies in the cell, at the sigmoid of the first two numbers; width and height are those of the
    anchor times the exponentials of the next two, which are cut off at 4, lest a box become infinite.
    "YOLO9000" (2017), section 2, "direct location prediction".

    >>> decode(torch.zeros(1, 1, 1, 2, 15), torch.tensor([[16.0, 8.0]]), stride=8)[0, 0]
    tensor([[[-4.,  0., 12.,  8.],
             [ 4.,  0., 20.,  8.]]])
    """
    guesses = widen(guesses)  # bfloat16 would round a centre at 90 pixels to halves
    rows, columns = guesses.shape[2:4]
    x, y = (torch.arange(n, device=guesses.device) for n in (columns, rows))
    cells = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)  # (rows, columns, 2), each cell's x and y
    centres = stride * (cells + guesses[..., :2].sigmoid())  # (B, A, rows, columns, 2)
    sides = anchors[:, None, None] * guesses[..., 2:4].clamp(max=MOST).exp()
    return torch.cat([centres - sides / 2, centres + sides / 2], -1)


@torch.no_grad()
def detect(
    model: YOLO,
    X: Float[Tensor, "batch channels height width"],
    *,
    min_score: float = 0.05,
    iou_threshold: float = 0.5,
) -> list[dict[str, Tensor]]:
    """Return what a model finds in each image: `boxes` (n, 4), `scores` (n,) and `labels` (n,).

    model: in eval mode, unless its batch norms should see these images alone. X: images. A score is the
    probability of an object times that of its class; guesses below `min_score` are dropped, and of the
    rest those that `batched_nms` suppresses at `iou_threshold`. The best score comes first, and boxes end
    at the image's edge. Raises what the model raises, and ValueError for scores that are NaN and a
    `min_score` outside 0…1.

    >>> from d2lmodels.vision.darknet import Darknet
    >>> model = YOLO(Darknet([(8,), (16,)]), torch.tensor([[4.0, 4.0]]), num_classes=3).eval()
    >>> detect(model, torch.zeros(1, 3, 8, 8))[0]["boxes"].shape
    torch.Size([0, 4])
    """
    if not 0 <= min_score <= 1:
        raise ValueError(f"min_score must lie in 0…1, got {min_score!r}")
    guesses = model(X)
    scores = guesses[..., 4:5].sigmoid() * guesses[..., 5:].softmax(-1)  # objectness × class
    if guesses.isnan().any() or scores.isnan().any():
        raise ValueError("the model's guesses must be numbers, got nan; did training diverge?")
    boxes = clip(decode(guesses, model.anchors, stride=model.stride), X.shape[2:])
    found = []
    for box, score in zip(boxes.flatten(1, 3), scores.flatten(1, 3)):  # (N, 4) and (N, K)
        index, label = (score >= min_score).nonzero(as_tuple=True)
        box, score = box[index], score[index, label]
        kept = batched_nms(box, score, label, iou_threshold)
        found.append({"boxes": box[kept], "scores": score[kept], "labels": label[kept]})
    return found
