"""Items drawn, placed and painted on images, many at once: the steps that make a scene.

Not here: where the items, the images and the random numbers come from (`scenes.py`), and glyphs shrunk to
less than half, of which bilinear sampling would step over pixels.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float32, Int64, Shaped, UInt8
from torch import Tensor

GLYPH = 28  # pixels a side of an item's picture


def stamp(
    glyphs: Float32[Tensor, "items 28 28"],
    scale: Float32[Tensor, " items"],
    angle: Float32[Tensor, " items"],
    side: int,
) -> Float32[Tensor, "items side side"]:
    """Draw each glyph, scaled and turned clockwise, in the middle of a square.

    scale: pixels for one of the glyph's. angle: radians. Returns how much of each pixel is covered: a
    pixel looks up where it lies on the glyph, between four of whose pixels it interpolates; edges are
    then sharpened to be about one pixel wide.
    """
    step = torch.arange(side) - (side - 1) / 2  # pixels from the middle of the square
    x, y = step, step[:, None]
    reach = (scale * GLYPH / 2)[:, None, None]  # grid_sample's unit is half a glyph
    cos, sin = angle.cos()[:, None, None] / reach, angle.sin()[:, None, None] / reach
    grid = torch.stack([cos * x + sin * y, cos * y - sin * x], dim=-1)  # (N, side, side, 2)
    smooth = F.grid_sample(glyphs[:, None], grid, align_corners=False)
    smooth = smooth[:, 0]  # (N, side, side)
    return (0.5 + (smooth - 0.5) * scale.clamp(min=1)[:, None, None]).clamp(0, 1)


def windows(
    canvas: Shaped[Tensor, "*batch height width"], side: int
) -> Shaped[Tensor, "*batch tops lefts side side"]:
    """View every square of a canvas, by its top and left, without a copy."""
    return canvas.unfold(-2, side, 1).unfold(-2, side, 1)


def place(
    instances: UInt8[Tensor, "batch height width"],
    shapes: Bool[Tensor, "items side side"],
    scene: Int64[Tensor, " items"],
    row: Int64[Tensor, " items"],
    corners: Int64[Tensor, "items tries 2"],
    max_hidden: float,
) -> tuple[Int64[Tensor, "items 2"], Bool[Tensor, " items"]]:
    """Write each item into `instances` at the first of its places where enough is seen.

    The first item of every scene is placed, then the second, behind it, and so on. `instances` is 0 where
    a pixel is free. Returns top and left of each item's square, and whether it found a place.
    """
    squares = windows(instances, shapes.shape[-1])
    enough = shapes.sum((1, 2)) * (1 - max_hidden)
    corner, placed = corners[:, 0].clone(), torch.zeros(len(shapes), dtype=torch.bool)
    has_room = torch.ones(len(instances), dtype=torch.bool)
    for k in range(row.max() + 1 if len(row) else 0):
        left = ((row == k) & has_room[scene]).nonzero()[:, 0]  # items still to place
        for attempt in corners.unbind(1):
            at = (scene[left], *attempt[left].unbind(1))
            under = squares[at]  # (n, side, side)
            seen = shapes[left] & (under == 0)
            fits = seen.sum((1, 2)) >= enough[left]
            there = tuple(part[fits] for part in at)
            squares[there] = under[fits].masked_fill(seen[fits], k + 1)
            corner[left[fits]], placed[left[fits]] = attempt[left[fits]], True
            left = left[~fits]
            if not len(left):
                break
        has_room[scene[left]] = False
    return corner, placed


def tint(
    nearby: Float32[Tensor, "items 3"],
    candidates: Float32[Tensor, "items candidates 3"],
    contrast: Float32[Tensor, "items 1"],
) -> Float32[Tensor, "items 3"]:
    """Mix the colour nearby with the candidate that is farthest from it, for each item."""
    away = candidates - nearby[:, None]  # (N, candidates, 3)
    farthest = away.square().sum(-1).argmax(1)
    return nearby + contrast * away[torch.arange(len(away)), farthest]


def paint(
    canvas: Float32[Tensor, "batch 3 height width"],
    alphas: Float32[Tensor, "items side side"],
    colours: Float32[Tensor, "items 3"],
    scene: Int64[Tensor, " items"],
    corner: Int64[Tensor, "items 2"],
) -> None:
    """Mix colours into squares of a canvas; no scene may occur twice."""
    squares = windows(canvas, alphas.shape[-1])
    at = (scene, slice(None), *corner.unbind(1))
    squares[at] = squares[at].lerp_(colours[..., None, None], alphas[:, None])


def bounds(shapes: Bool[Tensor, "items height width"]) -> Int64[Tensor, "items 4"]:
    """Return the smallest box (x1, y1, x2, y2) around the pixels of each shape, which has at least one.

    >>> bounds(torch.tensor([[[False, True, False], [False, True, True]]]))
    tensor([[1, 0, 3, 2]])
    """
    columns, rows = shapes.any(1).byte(), shapes.any(2).byte()  # (N, width), (N, height)
    first = columns.argmax(1), rows.argmax(1)
    last = columns.shape[1] - columns.flip(1).argmax(1), rows.shape[1] - rows.flip(1).argmax(1)
    return torch.stack([*first, *last], dim=1)
