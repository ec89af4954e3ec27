"""What a segmentation learns from: cross-entropy of pixels, Dice, and weights for the border between items.

Not here: the network (`unet.py`), losses that aim at boundaries or at IoU itself.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Integer
from torch import Tensor

from d2lmodels.nn.checks import check_floating


def pixel_loss(
    logits: Float[Tensor, "batch num_classes height width"],
    y: Integer[Tensor, "batch height width"],
    *,
    class_weights: Float[Tensor, "num_classes"] | None = None,
    pixel_weights: Float[Tensor, "batch height width"] | None = None,
    ignore_index: int = -100,
) -> Float[Tensor, ""]:
    """Return the cross-entropy of a pixel, on average.

    y: the class of each pixel, from 0; pixels labelled `ignore_index` do not count. A pixel counts as often
    as the weight of its class times its own say, each 1 unless given, and the average is over these
    counts. Raises ValueError for shapes that do not fit and labels out of range, TypeError for logits that
    are not floating and labels that are not whole numbers. Ronneberger et al. (2015), equation 1.

    >>> logits, y = torch.zeros(1, 2, 1, 2), torch.tensor([[[0, 1]]])
    >>> pixel_loss(logits, y).item()  # log 2
    0.6931471824645996
    """
    check_mask(logits, y, ignore_index=ignore_index)
    losses = F.cross_entropy(logits, y.long(), ignore_index=ignore_index, reduction="none")  # (B, H, W)
    counts = (y != ignore_index).to(losses.dtype)
    if class_weights is not None:
        if class_weights.shape != logits.shape[1:2]:
            wanted, got = f"({logits.shape[1]},)", tuple(class_weights.shape)
            raise ValueError(f"class_weights must be one number for each class, {wanted}, got {got}")
        counts = counts * class_weights[torch.where(y == ignore_index, 0, y).long()]
    if pixel_weights is not None:
        if pixel_weights.shape != y.shape:
            got = tuple(pixel_weights.shape)
            raise ValueError(f"pixel_weights must have the shape of y, {tuple(y.shape)}, got {got}")
        counts = counts * pixel_weights
    return (losses * counts).sum() / counts.sum()


def dice_loss(
    logits: Float[Tensor, "batch num_classes height width"],
    y: Integer[Tensor, "batch height width"],
    *,
    smooth: float = 1.0,
    ignore_index: int = -100,
) -> Float[Tensor, ""]:
    """Return 1 − Dice of probabilities and labels, on average over the classes.

    y: the class of each pixel, from 0; pixels labelled `ignore_index` do not count. For a class with
    probabilities p and labels t (1 where a pixel is of it), summed over all pixels of the batch, Dice is
    (2 Σ p t + smooth) / (Σ p + Σ t + smooth): `smooth` makes it 1 for a class that nobody names. Each class
    counts as much as any other, however few pixels it has.

    Raises ValueError for shapes that do not fit and labels out of range, TypeError for logits that are not
    floating and labels that are not whole numbers. After Milletari, Navab and Ahmadi, "V-Net" (2016),
    section 3, with plain sums below the line where they have squares.

    >>> dice_loss(torch.tensor([[[[-50.0, 50.0]], [[50.0, -50.0]]]]), torch.tensor([[[1, 0]]])).item()
    0.0
    """
    check_mask(logits, y, ignore_index=ignore_index)
    y = y.long()
    counts = y != ignore_index
    p = logits.softmax(1) * counts[:, None]  # (B, K, H, W)
    t = F.one_hot(torch.where(counts, y, 0), logits.shape[1]).movedim(-1, 1) * counts[:, None]
    both = (p * t).sum((0, 2, 3))  # (K,)
    dice = (2 * both + smooth) / (p.sum((0, 2, 3)) + t.sum((0, 2, 3)) + smooth)
    return 1 - dice.mean()


def check_mask(logits, y, *, ignore_index=-100) -> None:
    """Raise TypeError or ValueError where y does not label the pixels of these logits.

    >>> check_mask(torch.zeros(1, 2, 4, 4), torch.full((1, 4, 4), 2))
    Traceback (most recent call last):
    ValueError: y must lie in 0…1, got 2
    """
    check_floating(logits, "logits")
    if not isinstance(y, Tensor) or y.is_floating_point() or y.is_complex() or y.dtype == torch.bool:
        got = getattr(y, "dtype", type(y).__name__)
        raise TypeError(f"y must be a tensor of class numbers, whole numbers, got {got}")
    if logits.ndim != 4 or y.shape != (len(logits), *logits.shape[2:]) or not y.numel():
        wanted = "(batch, num_classes, height, width) and y (batch, height, width)"
        raise ValueError(f"logits must be {wanted}, got {tuple(logits.shape)} and {tuple(y.shape)}")
    y = y.long()
    bad = (y != ignore_index) & ((y < 0) | (y >= logits.shape[1]))
    if bad.any():
        raise ValueError(f"y must lie in 0…{logits.shape[1] - 1}, got {y[bad][0].item()}")


def separated(instances: Integer[Tensor, "batch height width"]) -> Integer[Tensor, "batch height width"]:
    """Return instances with background between those that touch.

    instances: 0 where the background is, another number for each item. A pixel of an item next to
    another item, also across a corner, becomes background. Ronneberger et al. (2015), section 3, figure 3.

    >>> separated(torch.tensor([[[0, 1, 1, 2, 2]]]))
    tensor([[[0, 1, 0, 0, 2]]])
    """
    around = F.pad(instances.float()[:, None], (1, 1, 1, 1))
    largest = F.max_pool2d(around, 3, stride=1)[:, 0]
    hidden = around.masked_fill(around == 0, torch.inf)
    smallest = -F.max_pool2d(-hidden, 3, stride=1)[:, 0]  # of the items; infinite where there is none
    return instances.masked_fill(smallest < largest, 0)


def border_weights(
    instances: Integer[Tensor, "batch height width"],
    *,
    weight: float = 10.0,
    sigma: float = 5.0,
) -> Float[Tensor, "batch height width"]:
    """Return for each background pixel how much more it counts for lying between two items; 0 elsewhere.

    instances: 0 where the background is, k + 1 on item k. A pixel at a distance of d1 pixels from the
    nearest item and d2 from the second nearest has weight · exp(−(d1 + d2)² / 2σ²), taken as 0 where an
    item is more than 4σ away. Ronneberger et al. (2015), equation 2, without the weights of classes.

    >>> border_weights(torch.tensor([[[1, 0, 2, 0]]])).round(decimals=1)
    tensor([[[0.0000, 9.2000, 0.0000, 7.3000]]])
    """
    items = torch.arange(1, int(instances.max()) + 1, device=instances.device)
    if len(items) < 2:
        return torch.zeros(instances.shape, device=instances.device)
    masks = instances[:, None] == items[:, None, None]  # (B, items, H, W)
    nearest = distances(masks, reach=round(4 * sigma)).topk(2, dim=1, largest=False).values.sum(1)
    weights = weight * (-nearest.square() / (2 * sigma**2)).exp()
    return weights.masked_fill(instances > 0, 0)


def distances(masks: Bool[Tensor, "*batch height width"], reach: int) -> Float[Tensor, "*batch height width"]:
    """Return how far each pixel is from the nearest one in its mask, in pixels; infinite beyond `reach`.

    First along columns, then along rows: the least of the squares across, plus that of the shift.

    >>> distances(torch.tensor([[True, False, False, False]]), 2)
    tensor([[0., 1., 2., inf]])
    """
    height, width = masks.shape[-2:]
    places = torch.arange(height, device=masks.device)[:, None]
    above = torch.where(masks, places, -height - reach).cummax(-2).values
    below = torch.where(masks.flip(-2), places, -height - reach).cummax(-2).values.flip(-2)
    down = torch.minimum(places - above, places.flip(0) - below).float()  # to the nearest in the column
    squares = F.pad(down.masked_fill(down > reach, torch.inf).square(), (reach, reach), value=torch.inf)
    nearest = torch.full(masks.shape, torch.inf, device=masks.device)
    for shift in range(2 * reach + 1):
        torch.minimum(nearest, squares[..., shift : shift + width] + (shift - reach) ** 2, out=nearest)
    return nearest.masked_fill(nearest > reach**2, torch.inf).sqrt()
