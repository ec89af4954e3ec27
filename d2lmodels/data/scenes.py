"""Scenes for detection and segmentation: digits or clothing pasted on photographs, with exact truth.

A scene is drawn when it is asked for, from real pixels and a row of random numbers; `paste.py` has the
steps. Not here: shadows, perspective, a camera's noise, images that are not square.
"""

import functools
from math import ceil, inf, prod
from numbers import Real
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Float32, Float64, Int64, UInt8
from torch import Tensor

from d2lmodels.data.clothing import load_clothing
from d2lmodels.data.digits import load_digits
from d2lmodels.data.paste import GLYPH, bounds, paint, place, stamp, tint, windows
from d2lmodels.data.photographs import load_photograph

PHOTOGRAPHS_OF = {
    "train": ("astronaut", "chelsea", "brick", "grass", "gravel", "hubble_deep_field", "ihc"),
    "test": ("coffee", "rocket"),
}
SHRINKS = (1.0, 0.7, 0.5)  # a photograph is cut at these sizes: its texture is coarse or fine
SMALLEST_IMAGE, LARGEST_IMAGE = 32, 300  # pixels; the smallest photograph is 300 high
ITEMS = {"digits": (load_digits, 20), "clothing": (load_clothing, 28)}  # and the pixels their ink spans
SMALLEST_ITEM = 14  # pixels: no glyph is shrunk to less than half
MOST_ITEMS = 20
PATCH = 8  # pixels a side of the background that an item's colour is chosen against
LIGHT, OPACITY = (0, 0.5), (0.8, 1)  # how much of a photograph's colour the light replaces; an item's cover
TRIES = 8  # places tried for an item before its scene counts as full
CHUNK = 32  # scenes drawn at once: few enough for a processor's cache
# Random numbers, for a scene: how many items, piece of background, its top, its left, strength and colour
# of the light; for an item: glyph, size, angle, contrast, opacity, three colours, places.
PER_SCENE, PER_ITEM = (1, 1, 1, 1, 1, 3), (1, 1, 1, 1, 1, 9, 2 * TRIES)

Number = int | float


class Scenes(NamedTuple):
    """A batch of scenes, which a loader hands to a loss as it is.

    images: red, green and blue from 0 to 1; 1,000 scenes of 96 × 96 take 110 MB. boxes: (x1, y1, x2, y2)
    in pixels, the tight bounds of the whole item, parts that others hide included, cut off at the image's
    edge. labels: classes from 0, or −1 in a row that holds no item, whose box is zeros; such rows come
    last. instances: what is seen at each pixel: 0 the background, k + 1 the item of row k, one that covers
    at least half of it. Row 0 is in front, each next one behind it.
    """

    images: Float[Tensor, "batch 3 height width"]
    boxes: Float[Tensor, "batch items 4"]
    labels: Int64[Tensor, "batch items"]
    instances: UInt8[Tensor, "batch height width"]

    def masks(self) -> Bool[Tensor, "batch items height width"]:
        """Return where each item is seen."""
        rows = torch.arange(self.labels.shape[1], device=self.labels.device)
        return self.instances[:, None] == rows[:, None, None] + 1

    def classes(self) -> Int64[Tensor, "batch height width"]:
        """Return the class of the item seen at each pixel, plus 1; the background is 0."""
        values = F.pad(self.labels + 1, (1, 0))  # (B, 1 + items): what each number in instances means
        return values.gather(1, self.instances.flatten(1).long()).view_as(self.instances)


class SceneLoader:
    """Batches of new scenes for `train.fit`: no epoch repeats one.

    Arguments: `num_batches` in an epoch, `batch_size` scenes in each; `seed`, of all; the rest as of
    `make_scenes`. Raises `ValueError` for numbers below 1 and, at the first batch, as `make_scenes` does.

    >>> loader = SceneLoader(2, 8, seed=1, num_items=(1, 3))
    >>> [tuple(scenes.boxes.shape) for scenes in loader]
    [(8, 3, 4), (8, 3, 4)]
    """

    def __init__(self, num_batches: int, batch_size: int, *, seed: int = 0, **options):
        for name, number in (("num_batches", num_batches), ("batch_size", batch_size)):
            if not _is_whole(number, 1):
                raise ValueError(f"{name} is {number!r}; it must be a whole number from 1 up")
        self.num_batches, self.batch_size, self.options = num_batches, batch_size, options
        self.generator = torch.Generator().manual_seed(seed)  # which train.fit seeds and saves

    def __len__(self):
        return self.num_batches

    def __iter__(self):
        for _ in range(self.num_batches):
            seed = torch.randint(2**63 - 1, (), generator=self.generator).item()
            yield make_scenes(self.batch_size, seed=seed, **self.options)


def make_scenes(
    num_scenes: int,
    *,
    split: str = "train",
    seed: int = 0,
    items: str = "digits",
    image_size: int = 96,
    num_items: tuple[int, int] = (1, 4),
    item_size: tuple[Number, Number] = (16, 40),
    contrast: tuple[Number, Number] = (0.3, 1.0),
    max_rotation: Number = 30,
    max_hidden: Number = 0.3,
) -> Scenes:
    """Draw scenes: items scaled, turned, coloured, and pasted over each other on crops of photographs.

    split: "train", or "test", whose digits and photographs are in no training scene.
    seed: of all random numbers. Scene i is the same however many are drawn, everywhere and always but for
        rounding: its numbers are PCG64's raw output, which NumPy promises never to change.
    items: "digits" or, on a machine that has Fashion-MNIST, "clothing".
    image_size: height and width in pixels.
    num_items: the fewest and the most in a scene; (0, 0) draws backgrounds. A scene in which an item finds
        no place in 8 tries stays with those that it has.
    item_size: the least and the greatest height or width of an upright item, whichever is larger.
    contrast: how far an item's colour is from the background around it, at least and at most: 0 is none,
        1 the whole way to the farthest of three random colours.
    max_rotation: the greatest angle to either side, in degrees. Past 90, a 6 can be a 9.
    max_hidden: how much of an item may lie behind others or off the image, as a fraction of its pixels.

    Raises `ValueError` for an argument out of its range, `RuntimeError` where the data cannot be had.

    >>> scenes = make_scenes(5, seed=1)
    >>> scenes.images.shape, scenes.boxes.shape
    (torch.Size([5, 3, 96, 96]), torch.Size([5, 4, 4]))
    >>> scenes.labels[0]
    tensor([ 8,  6,  5, -1])
    """
    _check_request(num_scenes, split, seed, items, image_size)
    _check_items(image_size, num_items, item_size, contrast, max_rotation, max_hidden)
    fewest, most = num_items
    random = _uniform(seed, (num_scenes, sum(PER_SCENE) + most * sum(PER_ITEM)))
    of_scene, of_items = random.split([sum(PER_SCENE), most * sum(PER_ITEM)], dim=1)
    of_items = of_items.unflatten(1, (most, sum(PER_ITEM)))
    scenes = Scenes(
        torch.empty(num_scenes, 3, image_size, image_size),
        torch.zeros(num_scenes, most, 4),
        torch.full((num_scenes, most), -1),
        torch.empty(num_scenes, image_size, image_size, dtype=torch.uint8),
    )
    sources = _glyphs(items, split), _backgrounds(split, image_size)
    look = {"item_size": item_size, "contrast": contrast, "max_rotation": max_rotation}
    for start in range(0, num_scenes, CHUNK):
        part = slice(start, start + CHUNK)
        counts = fewest + _whole(of_scene[part, 0], most + 1 - fewest)
        chunk = Scenes(*(field[part] for field in scenes))
        _draw(chunk, counts, of_scene[part, 1:], of_items[part], sources, max_hidden=max_hidden, **look)
    return scenes


def _draw(scenes, counts, of_scene, of_items, sources, *, item_size, contrast, max_rotation, max_hidden):
    """Fill a chunk of scenes with `counts` items each."""
    (glyphs, classes, ink), pieces = sources
    num_scenes, most, image_size = *scenes.labels.shape, scenes.images.shape[-1]
    side = 2 * ceil(0.7 * item_size[1])  # of the square that an item is drawn in; ink spans 5/7 of it
    height = image_size + side  # of canvases over whose edge no square juts
    inside = slice(side // 2, side // 2 + image_size)  # of them, the image

    scene, row = (torch.arange(most) < counts[:, None]).nonzero(as_tuple=True)  # of each item, (N,)
    which, size, turn, strength, cover, tints, places = of_items[scene, row].split(PER_ITEM, dim=1)
    glyph = _whole(which[:, 0], len(glyphs))
    scale = _between(size[:, 0], item_size) / ink
    angle = _between(turn[:, 0], (-max_rotation, max_rotation)).deg2rad()
    stamps = stamp(glyphs[glyph], scale, angle, side)
    shapes = stamps > 0.5

    instances = torch.full((num_scenes, height, height), 255, dtype=torch.uint8)
    instances[:, inside, inside] = 0
    corners = _whole(places, image_size).unflatten(1, (TRIES, 2))  # so that its middle is in the image
    corner, placed = place(instances, shapes, scene, row, corners, float(max_hidden))
    scenes.instances[:] = instances[:, inside, inside]

    background = crop(of_scene, pieces, image_size)
    middle = corner.clamp(max=image_size - PATCH)
    nearby = windows(background, PATCH)[scene, :, *middle.unbind(1)].mean((2, 3))  # (N, 3)
    colours = tint(nearby, tints.unflatten(1, (3, 3)).float(), _between(strength, contrast))
    alphas = stamps * _between(cover, OPACITY)[..., None]
    canvas = torch.empty(num_scenes, 3, height, height)
    canvas[:, :, inside, inside] = background
    for k in reversed(range(most)):  # the hindmost first
        these = ((row == k) & placed).nonzero()[:, 0]
        paint(canvas, alphas[these], colours[these], scene[these], corner[these])
    scenes.images[:] = canvas[:, :, inside, inside]

    scene, row, corner = scene[placed], row[placed], corner[placed]
    top_left = (corner - side // 2).flip(1).repeat(1, 2)  # (x, y, x, y) of a square in the image
    scenes.boxes[scene, row] = (bounds(shapes[placed]) + top_left).clamp(0, image_size).float()
    scenes.labels[scene, row] = classes[glyph[placed]]


def crop(
    random: Float64[Tensor, "batch 7"],
    pieces: list[UInt8[Tensor, "3 _ _"]],
    image_size: int,
) -> Float32[Tensor, "batch 3 size size"]:
    """Cut a square out of a photograph for each scene, and light it with a colour."""
    piece, top, left, strength, colour = random.split(PER_SCENE[1:], dim=1)
    piece = _whole(piece[:, 0], len(pieces))
    room = torch.tensor([photograph.shape[1:] for photograph in pieces])[piece] + 1 - image_size  # (B, 2)
    corners = zip(
        piece.tolist(), _whole(top[:, 0], room[:, 0]).tolist(), _whole(left[:, 0], room[:, 1]).tolist()
    )
    grounds = [pieces[k][:, i : i + image_size, j : j + image_size] for k, i, j in corners]
    strength = _between(strength, LIGHT)[..., None, None]
    return torch.stack(grounds) * ((1 - strength) / 255) + strength * colour.float()[..., None, None]


def _uniform(seed, shape) -> Float64[Tensor, "rows columns"]:
    """Return random numbers from 0 up to, but not, 1."""
    bits = np.random.PCG64(seed).random_raw(prod(shape)) >> np.uint64(11)  # 53 bits, as a double holds
    return torch.from_numpy(bits * 2.0**-53).view(shape)


def _whole(random, n):
    """Return whole numbers from 0 to n − 1."""
    return (random * n).long()


def _between(random, bounds):
    """Return numbers between two bounds."""
    return (bounds[0] + random * (bounds[1] - bounds[0])).float()


@functools.cache
def _glyphs(items, split):
    """Return the glyphs of a split, their classes, and the pixels that the longer side of their ink spans."""
    load, ink = ITEMS[items]
    X_train, y_train, X_test, y_test = load()
    X, y = (X_train, y_train) if split == "train" else (X_test, y_test)
    if items == "clothing":  # dark cloth is there too: half opaque, or more
        X = np.where(X > 0, (X + 1) / 2, 0).astype(np.float32)
    return torch.from_numpy(X).view(-1, GLYPH, GLYPH), torch.from_numpy(y), ink


@functools.cache
def _backgrounds(split, image_size):
    """Return a split's photographs at several sizes, each also mirrored."""
    pieces = []
    for name in PHOTOGRAPHS_OF[split]:
        photograph = torch.from_numpy(load_photograph(name)).permute(2, 0, 1)  # (3, height, width)
        for shrink in SHRINKS:
            size = [round(length * shrink) for length in photograph.shape[1:]]
            if min(size) >= image_size:
                piece = F.interpolate(photograph[None].float(), size, mode="bilinear", antialias=True)
                piece = piece[0].round().byte()
                pieces += [piece, piece.flip(2)]
    return pieces


def _check_request(num_scenes, split, seed, items, image_size):
    if not _is_whole(num_scenes, 1):
        raise ValueError(f"num_scenes is {num_scenes!r}; it must be a whole number from 1 up")
    if split not in PHOTOGRAPHS_OF:
        raise ValueError(f"split is {split!r}; it must be 'train' or 'test'")
    if not _is_whole(seed, 0):
        raise ValueError(f"seed is {seed!r}; it must be a whole number from 0 up")
    if items not in ITEMS:
        raise ValueError(f"items is {items!r}; it must be 'digits' or 'clothing'")
    if not _is_whole(image_size, SMALLEST_IMAGE, LARGEST_IMAGE):
        wanted = f"a whole number from {SMALLEST_IMAGE} to {LARGEST_IMAGE}"
        raise ValueError(f"image_size is {image_size!r}; it must be {wanted}")


def _check_items(image_size, num_items, item_size, contrast, max_rotation, max_hidden):
    if not (_is_range(num_items, 0, MOST_ITEMS) and all(_is_whole(n, 0) for n in num_items)):
        wanted = f"the fewest and the most, whole numbers from 0 to {MOST_ITEMS}"
        raise ValueError(f"num_items is {num_items!r}; it must be {wanted}")
    if not _is_range(item_size, SMALLEST_ITEM, image_size):
        wanted = f"two numbers of pixels, from {SMALLEST_ITEM} to the image's {image_size}, the smaller first"
        raise ValueError(f"item_size is {item_size!r}; it must be {wanted}")
    if not _is_range(contrast, 0, 1):
        raise ValueError(f"contrast is {contrast!r}; it must be two numbers from 0 to 1, the smaller first")
    if not _is_range((0, max_rotation), 0, 180):
        raise ValueError(f"max_rotation is {max_rotation!r}; it must be an angle from 0 to 180 degrees")
    if not _is_range((0, max_hidden), 0, 0.9):
        raise ValueError(f"max_hidden is {max_hidden!r}; it must be a fraction from 0 to 0.9")


def _is_whole(number, least, most=inf) -> bool:
    whole = isinstance(number, int | np.integer) and not isinstance(number, bool)
    return whole and least <= number <= most


def _is_range(pair, least, most) -> bool:
    """Return whether `pair` is two numbers, in order, from `least` to `most`."""
    numbers = isinstance(pair, tuple | list) and all(isinstance(number, Real) for number in pair)
    return numbers and len(pair) == 2 and least <= pair[0] <= pair[1] <= most
