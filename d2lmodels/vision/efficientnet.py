"""EfficientNet-Lite0, a small network for images, and the preprocessing that its trained weights expect.

Not here: the larger Lite1–Lite4, squeeze and excitation, swish, and the dropout of training from nothing.
"""

from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from d2lmodels.nn.norm import ConvNorm
from d2lmodels.vision.checks import check_counts, check_images

STAGES = (  # kernel size, stride of the first block, expansion, channels out, blocks
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)


def same_padding(size: int, kernel_size: int, *, stride: int) -> tuple[int, int]:
    """Return how many zeros TensorFlow's SAME padding puts before and after a row.

    size: pixels in the row. With the zeros, a kernel of `kernel_size` that moves by `stride` fits exactly
    ⌈size / stride⌉ times. Where their number is odd, the one left over goes after the row.

    >>> same_padding(224, 3, stride=2), same_padding(225, 3, stride=2)
    ((0, 1), (1, 1))
    """
    places = -(-size // stride)  # ⌈size / stride⌉
    zeros = max((places - 1) * stride + kernel_size - size, 0)
    return zeros // 2, zeros - zeros // 2


class SamePad2d(nn.Module):
    """Put zeros around images, as many as `same_padding` says for each side."""

    def __init__(self, kernel_size, *, stride):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, stride

    def forward(
        self, X: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch channels padded_height padded_width"]:
        top, bottom = same_padding(X.shape[2], self.kernel_size, stride=self.stride)
        left, right = same_padding(X.shape[3], self.kernel_size, stride=self.stride)
        return F.pad(X, (left, right, top, bottom))


def conv_norm(in_channels, out_channels, kernel_size, **options) -> ConvNorm:
    """Return a convolution and its batch normalization, with the ε of the original."""
    norm = partial(nn.BatchNorm2d, eps=1e-3)
    return ConvNorm(in_channels, out_channels, kernel_size, norm=norm, **options)


def conv_norm_relu6(in_channels, out_channels, kernel_size, *, stride=1, groups=1):
    """Chain padding, convolution, normalization and ReLU6, min(max(x, 0), 6)."""
    options = {"stride": stride, "groups": groups}
    if stride == 1:  # as many zeros on both sides: the convolution adds them itself
        pad, options["padding"] = nn.Identity(), kernel_size // 2
    else:
        pad, options["padding"] = SamePad2d(kernel_size, stride=stride), 0
    conv = conv_norm(in_channels, out_channels, kernel_size, **options)
    return nn.Sequential(pad, conv, nn.ReLU6())


class InvertedBottleneck(nn.Module):
    """The block MBConv: widen, filter each channel alone, narrow, add the input.

    in_channels, out_channels: at the narrow ends; between them are `expansion * in_channels`. kernel_size,
    stride: of the filter in the middle. The input is added where it has the shape of the output, and no
    nonlinearity follows the narrowing, which would lose what few channels can hold.

    Sandler et al. (2018), "MobileNetV2: Inverted residuals and linear bottlenecks", section 3.
    """

    def __init__(self, in_channels, out_channels, *, kernel_size, stride, expansion):
        super().__init__()
        width = expansion * in_channels
        widens = expansion > 1
        options = {"stride": stride, "groups": width}
        self.expand = conv_norm_relu6(in_channels, width, 1) if widens else nn.Identity()
        self.depthwise = conv_norm_relu6(width, width, kernel_size, **options)
        self.project = conv_norm(width, out_channels, 1)
        self.adds_input = stride == 1 and in_channels == out_channels

    def forward(
        self, X: Float[Tensor, "batch in_channels height width"]
    ) -> Float[Tensor, "batch out_channels out_height out_width"]:
        Y = self.expand(X)  # (B, expansion·C, H, W)
        Y = self.depthwise(Y)  # (B, expansion·C, ⌈H/stride⌉, ⌈W/stride⌉)
        Y = self.project(Y)  # (B, C_out, ⌈H/stride⌉, ⌈W/stride⌉)
        return X + Y if self.adds_input else Y


class EfficientNetLite0(nn.Module):
    """A stem, 16 inverted bottlenecks, a widening to 1,280 channels, and a linear head.

    The layers are EfficientNet-B0's without squeeze and excitation and with ReLU6 for swish, padded as in
    TensorFlow, where the trained weights come from. `forward` takes `(batch, in_channels, height, width)`
    from −1 to 1, as `preprocess` makes it, of any size (trained at 224 × 224), and returns `(batch,
    num_classes)`. Raises ValueError for other shapes and for numbers of classes or channels that are not
    whole and positive, TypeError for images that are not floating.

    Tan and Le (2019), table 1; the Lite family has no paper.

    >>> EfficientNetLite0(num_classes=10).eval()(torch.zeros(2, 3, 64, 64)).shape
    torch.Size([2, 10])
    """

    def __init__(self, num_classes=1000, in_channels=3):
        check_counts(num_classes=num_classes, in_channels=in_channels)
        super().__init__()
        self.in_channels = in_channels
        self.stem = conv_norm_relu6(in_channels, 32, 3, stride=2)
        blocks, channels = [], 32
        for kernel_size, first_stride, expansion, out_channels, num_blocks in STAGES:
            for stride in [first_stride] + [1] * (num_blocks - 1):
                options = {"kernel_size": kernel_size, "expansion": expansion}
                block = InvertedBottleneck(channels, out_channels, stride=stride, **options)
                blocks.append(block)
                channels = out_channels
        self.blocks = nn.Sequential(*blocks)
        self.widen = conv_norm_relu6(channels, 1280, 1)
        self.head = nn.Linear(1280, num_classes)

    def forward(
        self, X: Float[Tensor, "batch in_channels height width"]
    ) -> Float[Tensor, "batch num_classes"]:
        check_images(X, self.in_channels)
        Y = self.stem(X)  # (B, 32, ⌈H/2⌉, ⌈W/2⌉)
        Y = self.blocks(Y)  # (B, 320, ⌈H/32⌉, ⌈W/32⌉)
        Y = self.widen(Y)  # (B, 1280, ⌈H/32⌉, ⌈W/32⌉)
        Y = Y.mean(dim=(2, 3))  # (B, 1280): global average pooling
        return self.head(Y)  # (B, num_classes)


def preprocess(image: UInt8[np.ndarray, "height width 3"]) -> Float[Tensor, "1 3 224 224"]:
    """Turn a photograph into the batch of one that the trained network takes.

    image: rows of red, green and blue from 0 to 255. The shorter side is resized to 256 pixels (bicubic, with
    the kernel widened where the image shrinks), the middle 224 × 224 are kept, and 0…255 becomes −1…1. As in
    Pillow, the resized pixels are rounded to whole numbers. Raises TypeError for what is no array of uint8,
    ValueError for one of another shape.

    >>> preprocess(np.full((300, 451, 3), 255, np.uint8))[0, :, 0, 0]
    tensor([1., 1., 1.])
    """
    check_photograph(image)
    X = torch.tensor(image).permute(2, 0, 1)[None]  # (H, W, 3) → (1, 3, H, W)
    shorter = min(image.shape[:2])
    size = [256 * side // shorter for side in image.shape[:2]]
    X = F.interpolate(X, size, mode="bicubic", antialias=True)
    top, left = (round((side - 224) / 2) for side in size)
    X = X[:, :, top : top + 224, left : left + 224]  # (1, 3, 224, 224)
    return 2 * (X / 255) - 1


def check_photograph(image):
    """Raise TypeError or ValueError for what is no array of red, green and blue."""
    got = f"dtype {image.dtype}" if isinstance(image, np.ndarray) else type(image).__name__
    if got != "dtype uint8":
        raise TypeError(f"image must be a NumPy array of uint8, got {got}")
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        wanted = "(height, width, 3), none of them 0"
        raise ValueError(f"image must be {wanted}, got shape {image.shape}")
