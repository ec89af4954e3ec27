"""U-Net (Ronneberger et al., 2015): down to what is in an image, up again to where it is.

Not here: losses and the weight map (`unet_loss.py`), dropout at the bottom, elastic deformation of images.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from d2lmodels.nn.checks import check_floating
from d2lmodels.nn.norm import ConvNorm
from d2lmodels.vision.checks import check_counts, check_images

AT_ONCE = 8  # windows of an image that go through the network together


class DoubleConv(nn.Module):
    """Two 3×3 convolutions, each normalized and rectified. Unpadded ones take 4 pixels of each side's length.

    >>> DoubleConv(3, 8, padded=False)(torch.zeros(1, 3, 12, 20)).shape
    torch.Size([1, 8, 8, 16])
    """

    def __init__(self, in_channels, channels, *, padded=True, norm=nn.Identity):
        super().__init__()
        self.conv1 = ConvNorm(in_channels, channels, 3, padding=int(padded), norm=norm)
        self.conv2 = ConvNorm(channels, channels, 3, padding=int(padded), norm=norm)

    def forward(
        self, X: Float[Tensor, "batch in_channels in_height in_width"]
    ) -> Float[Tensor, "batch channels height width"]:
        Y = F.relu(self.conv1(X), inplace=True)
        return F.relu(self.conv2(Y), inplace=True)


class UNet(nn.Module):
    """A class for every pixel: an encoder, a decoder, and what the encoder saw handed across at each level.

    in_channels: of the images. num_classes: logits of a pixel. base_channels: of the finest level; each of
    the `depth` levels below has half the height and width and twice the channels. padded: zeros around every
    3×3 convolution, so that a pixel goes in for each that comes out; False is the original, which gives only
    pixels whose whole neighbourhood it saw, and fewer of them. skips: whether each level, the finest
    first, is handed across; all, unless given. norm: makes a normalization from a number of channels;
    the original has none.

    Takes images `(batch, in_channels, height, width)` and gives logits `(batch, num_classes, H, W)`, where
    H and W are `out_size` of height and width. Raises ValueError for counts below 1, images of the wrong
    shape and a height or width that does not fit, naming the next that do; TypeError for images that are
    not floating.

    Ronneberger, Fischer and Brox, "U-Net: convolutional networks for biomedical image segmentation" (2015).

    >>> original = UNet(1, 2, padded=False)
    >>> sum(parameter.numel() for parameter in original.parameters()), original.out_size(572)
    (31030658, 388)
    """

    def __init__(
        self,
        in_channels,
        num_classes,
        *,
        base_channels=64,
        depth=4,
        padded=True,
        skips=None,
        norm=nn.Identity,
    ):
        super().__init__()
        counts = {"in_channels": in_channels, "num_classes": num_classes, "base_channels": base_channels}
        check_counts(**counts, depth=depth)
        self.in_channels, self.depth, self.padded = in_channels, depth, padded
        self.skips = [True] * depth if skips is None else list(skips)
        if len(self.skips) != depth:
            raise ValueError(f"skips must say yes or no to each of {depth} levels, got {skips!r}")
        widths = [base_channels * 2**level for level in range(depth + 1)]
        options = {"padded": padded, "norm": norm}
        self.down = nn.ModuleList()
        for before, width in zip([in_channels, *widths], widths):
            self.down.append(DoubleConv(before, width, **options))
        self.up, self.merge = nn.ModuleList(), nn.ModuleList()
        for width, skip in zip(reversed(widths[:-1]), reversed(self.skips)):
            self.up.append(nn.ConvTranspose2d(2 * width, width, 2, stride=2))
            self.merge.append(DoubleConv(2 * width if skip else width, width, **options))
        self.head = nn.Conv2d(base_channels, num_classes, 1)
        self.apply(initialize)

    def forward(
        self, X: Float[Tensor, "batch in_channels in_height in_width"]
    ) -> Float[Tensor, "batch num_classes height width"]:
        check_images(X, self.in_channels)
        check_size(X.shape[2:], depth=self.depth, padded=self.padded)
        X = X.contiguous(memory_format=torch.channels_last)  # a pixel's channels side by side: faster
        handed = []
        for level, encode in enumerate(self.down):
            X = encode(F.max_pool2d(X, 2) if level else X)  # (B, C·2^level, H/2^level, W/2^level)
            handed.append(X)
        handed.pop()  # the lowest level is where the decoder starts
        for up, merge, skip in zip(self.up, self.merge, reversed(self.skips)):
            X = up(X)  # half the channels, twice the height and width
            seen = handed.pop()
            X = merge(torch.cat([crop(seen, X.shape[2:]), X], dim=1) if skip else X)
        return self.head(X)

    def out_size(self, size: int) -> int | None:
        """Return `out_size` of a height or a width for this network."""
        return out_size(size, depth=self.depth, padded=self.padded)


def out_size(size: int, *, depth: int = 4, padded: bool = True) -> int | None:
    """Return the height (or width) of a U-Net's logits for images of this one, or None where it does not fit.

    >>> out_size(572, padded=False), out_size(570, padded=False)
    (388, None)
    """
    taken = 0 if padded else 4  # pixels, by two convolutions
    for _ in range(depth):
        size -= taken
        if size < 2 or size % 2:
            return None
        size //= 2
    for level in range(depth + 1):
        size = (2 * size if level else size) - taken
        if size < 1:
            return None
    return size


def check_size(size, *, depth: int, padded: bool) -> None:
    """Raise ValueError for a height or a width that does not fit, naming the next ones that do."""
    for name, length in zip(("height", "width"), size):
        if out_size(length, depth=depth, padded=padded) is None:
            around = range(1, length + 2 ** (depth + 4))
            fitting = [n for n in around if out_size(n, depth=depth, padded=padded)]
            below, above = [n for n in fitting if n < length][-1:], [n for n in fitting if n > length][:1]
            raise ValueError(
                f"X must have a {name} that can be halved {depth} times, got {length}; "
                f"{' and '.join(map(str, below + above))} would do"
            )


def initialize(module):
    """Draw a convolution's weights from N(0, 2 / fan-in), as in section 3 of the paper; biases are 0."""
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def crop(
    X: Float[Tensor, "batch channels in_height in_width"], size
) -> Float[Tensor, "batch channels height width"]:
    """Return the middle of X, with the height and width `size`."""
    top, left = ((have - want) // 2 for have, want in zip(X.shape[2:], size))
    return X[:, :, top : top + size[0], left : left + size[1]]


def centred(
    images: Float[Tensor, "*batch channels height width"],
) -> Float[Tensor, "*batch channels height width"]:
    """Return each image less its mean colour: light that is added to all its pixels leaves no trace.

    Of an image that is to be cut into tiles the whole is centred, before.

    >>> image = torch.rand(3, 8, 8)
    >>> torch.allclose(centred(image + 0.2), centred(image), atol=1e-6)
    True
    """
    check_floating(images, "images")
    if images.ndim < 3 or 0 in images.shape:
        raise ValueError(f"images must be (…, channels, height, width), got {tuple(images.shape)}")
    return images - images.mean(dim=(-2, -1), keepdim=True)


@torch.no_grad()
def predict_tiled(
    model: nn.Module,
    image: Float[Tensor, "channels height width"],
    *,
    tile: int,
    overlap: int,
) -> Float[Tensor, "num_classes height width"]:
    """Return the logits of an image of any size, put together from square windows.

    model: gives logits `(batch, num_classes, h, h)` for windows of `tile` pixels a side, perhaps fewer pixels
    than it takes; in eval mode. overlap: how many pixels neighbouring windows share; even. Of each window's
    logits the middle `tile − overlap` pixels a side are kept, and the windows over the edge see the image
    mirrored there. There is no seam, and the windows' size makes no difference, where all windows halve the
    image at the same places and each logit that is kept depends on its window alone: `tile − overlap` must
    be a multiple of 2^depth, and half the overlap as far as a pixel sees, which the network itself demands
    where it is unpadded.

    Raises ValueError for an image of the wrong shape, nan in it, and an overlap that is odd, too large or,
    for this model, too small; TypeError for an image that is not floating; and what the model raises. The
    overlap-tile strategy of Ronneberger et al. (2015), figure 2.

    >>> model = UNet(3, 2, base_channels=4, depth=2, padded=False).eval()
    >>> predict_tiled(model, torch.zeros(3, 70, 100), tile=60, overlap=40).shape
    torch.Size([2, 70, 100])
    """
    check_floating(image, "image")
    if image.ndim != 3 or 0 in image.shape:
        raise ValueError(f"image must be (channels, height, width), got {tuple(image.shape)}")
    if image.isnan().any():
        place = tuple(image.isnan().nonzero()[0].tolist())
        raise ValueError(f"image must hold numbers, got nan at {place}")
    check_counts(tile=tile)
    if not (isinstance(overlap, int) and 0 <= overlap < tile) or overlap % 2:
        raise ValueError(f"overlap must be an even number from 0 up to the tile's {tile}, got {overlap!r}")
    step = tile - overlap
    height, width = image.shape[1:]
    rows, columns = (mirrored(length, overlap // 2, step, image.device) for length in (height, width))
    wide = image[:, rows][:, :, columns]  # (C, step·tops + overlap, step·lefts + overlap)
    windows = wide.unfold(1, tile, step).unfold(2, tile, step)  # (C, tops, lefts, tile, tile)
    tops, lefts = windows.shape[1:3]
    windows = windows.permute(1, 2, 0, 3, 4).flatten(0, 1)  # (N, C, tile, tile)
    kept = []
    for some in windows.split(AT_ONCE):
        logits = model(some)
        if min(logits.shape[2:]) < step:
            got = f"{tile} − {overlap} = {step} pixels wanted of the {logits.shape[2]} that the model gives"
            raise ValueError(f"overlap must be at least {tile - logits.shape[2]} here, got {overlap}: {got}")
        kept.append(crop(logits, (step, step)))
    pieces = torch.cat(kept).unflatten(0, (tops, lefts))  # (tops, lefts, num_classes, step, step)
    whole = pieces.permute(2, 0, 3, 1, 4).flatten(3, 4).flatten(1, 2)
    return whole[:, :height, :width]


def mirrored(length: int, margin: int, step: int, device=None) -> Int[Tensor, "places"]:
    """Return which pixels stand along a row of `length` pixels with a margin before it and one after it.

    The row is first made as long as a whole number of steps. Past an edge the pixels come in reverse, the
    one at the edge not twice.

    >>> mirrored(4, 2, 4)
    tensor([2, 1, 0, 1, 2, 3, 2, 1])
    """
    end = -(-length // step) * step + margin
    period = max(1, 2 * (length - 1))
    there = torch.arange(-margin, end, device=device) % period
    return torch.minimum(there, period - there) if length > 1 else there
