"""Residual networks (He et al., 2016): the ImageNet family, the CIFAR family, and the plain counterpart.

Not here: pretrained weights (`convert`), training, and the later variants (pre-activation, ResNeXt, wide).
Rectifying and adding work in place, on arrays that a block made itself: hooks belong on blocks and stages,
not on the convolutions inside.
"""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from d2lmodels.nn.norm import ConvNorm
from d2lmodels.vision.checks import check_counts, check_images


class BasicBlock(nn.Module):
    """Two 3×3 convolutions whose result is added to the input.

    in_channels: of the input. channels: of the output, `expansion` (1) times. stride: of the first
    convolution; 2 halves the height and the width. norm: makes a normalization from a number of channels.

    He et al. (2016), figure 5, left. Where the shape changes, the shortcut is option B of section 4.1.

    >>> import torch
    >>> BasicBlock(64, 128, stride=2)(torch.zeros(2, 64, 56, 56)).shape
    torch.Size([2, 128, 28, 28])
    """

    expansion = 1

    def __init__(self, in_channels, channels, *, stride=1, norm=nn.BatchNorm2d):
        super().__init__()
        self.conv1 = ConvNorm(in_channels, channels, 3, stride=stride, norm=norm)
        self.conv2 = ConvNorm(channels, channels, 3, norm=norm)
        self.shortcut = shortcut(in_channels, channels, stride=stride, norm=norm)

    def forward(
        self, X: Float[Tensor, "batch in_channels in_height in_width"]
    ) -> Float[Tensor, "batch channels height width"]:
        Y = F.relu(self.conv1(X), inplace=True)  # (B, C, H, W)
        Y = self.conv2(Y)  # (B, C, H, W)
        Y += self.shortcut(X)  # (B, C, H, W)
        return F.relu(Y, inplace=True)


class PlainBlock(nn.Module):
    """The two convolutions of `BasicBlock` without the shortcut, for comparison.

    The arguments are those of `BasicBlock`. He et al. (2016), section 3.3, "plain network".

    >>> import torch
    >>> PlainBlock(64, 128, stride=2)(torch.zeros(2, 64, 56, 56)).shape
    torch.Size([2, 128, 28, 28])
    """

    expansion = 1

    def __init__(self, in_channels, channels, *, stride=1, norm=nn.BatchNorm2d):
        super().__init__()
        self.conv1 = ConvNorm(in_channels, channels, 3, stride=stride, norm=norm)
        self.conv2 = ConvNorm(channels, channels, 3, norm=norm)

    def forward(
        self, X: Float[Tensor, "batch in_channels in_height in_width"]
    ) -> Float[Tensor, "batch channels height width"]:
        Y = F.relu(self.conv1(X), inplace=True)  # (B, C, H, W)
        return F.relu(self.conv2(Y), inplace=True)  # (B, C, H, W)


class Bottleneck(nn.Module):
    """A 1×1 convolution to few channels, a 3×3, a 1×1 back to many; the input is added.

    in_channels: of the input. channels: of the 3×3 convolution; the output has `expansion` (4) times as many.
    stride: of the 3×3 convolution. The authors' networks have it in the first 1×1, which skips three
    pixels of four; torchvision has it here, and so have its weights. norm: as in `BasicBlock`.

    He et al. (2016), figure 5, right.

    >>> import torch
    >>> Bottleneck(256, 128, stride=2)(torch.zeros(2, 256, 56, 56)).shape
    torch.Size([2, 512, 28, 28])
    """

    expansion = 4

    def __init__(self, in_channels, channels, *, stride=1, norm=nn.BatchNorm2d):
        super().__init__()
        out_channels = channels * self.expansion
        self.conv1 = ConvNorm(in_channels, channels, 1, norm=norm)
        self.conv2 = ConvNorm(channels, channels, 3, stride=stride, norm=norm)
        self.conv3 = ConvNorm(channels, out_channels, 1, norm=norm)
        self.shortcut = shortcut(in_channels, out_channels, stride=stride, norm=norm)

    def forward(
        self, X: Float[Tensor, "batch in_channels in_height in_width"]
    ) -> Float[Tensor, "batch channels height width"]:
        Y = F.relu(self.conv1(X), inplace=True)  # (B, C, in_height, in_width)
        Y = F.relu(self.conv2(Y), inplace=True)  # (B, C, H, W)
        Y = self.conv3(Y)  # (B, 4C, H, W)
        Y += self.shortcut(X)  # (B, 4C, H, W)
        return F.relu(Y, inplace=True)


def shortcut(in_channels, out_channels, *, stride, norm):
    """Return the identity, or a 1×1 convolution where the block changes the shape."""
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    return ConvNorm(in_channels, out_channels, 1, stride=stride, norm=norm)


def stage(block, in_channels, channels, num_blocks, *, stride, norm):
    """Chain blocks of one width; the first one changes the shape."""
    first = block(in_channels, channels, stride=stride, norm=norm)
    out_channels = channels * block.expansion
    others = (block(out_channels, channels, norm=norm) for _ in range(num_blocks - 1))
    return nn.Sequential(first, *others)


class ResNet(nn.Module):
    """A residual network: a stem, stages of blocks, an average over the image, a linear layer.

    block: BasicBlock, Bottleneck, PlainBlock or a class with their constructor. num_blocks: how many in each
    stage. widths: the `channels` of each stage's blocks; any number of stages. stem: "imagenet", a 7×7
    convolution of stride 2 and a 3×3 maximum of stride 2, or "cifar", a 3×3 convolution of stride 1 (section
    4.2). norm: makes a normalization from a number of channels; `nn.Identity` gives a network without, whose
    convolutions then have a bias. Weights start as in torchvision, biases at 0.

    Takes `(batch, in_channels, height, width)`, any height and width from 1 up, and gives logits
    `(batch, num_classes)`. Raises ValueError for sizes that are not positive whole numbers, stages that
    differ in number, an unknown stem, images of the wrong shape and, from nn.BatchNorm2d, training on so
    few and small images that a channel has one value; TypeError for images that are not floating.

    He et al. (2016), "Deep residual learning for image recognition", table 1, doi 10.1109/CVPR.2016.90.

    >>> import torch
    >>> resnet20 = ResNet(BasicBlock, (3, 3, 3), num_classes=10, widths=(16, 32, 64), stem="cifar")
    >>> resnet20(torch.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        block,
        num_blocks,
        *,
        num_classes=1000,
        in_channels=3,
        widths=(64, 128, 256, 512),
        stem="imagenet",
        norm=nn.BatchNorm2d,
    ):
        super().__init__()
        check_counts(num_classes=num_classes, in_channels=in_channels)
        check_stages(block, num_blocks, widths, stem)
        self.in_channels = in_channels
        if stem == "imagenet":
            self.stem = ConvNorm(in_channels, widths[0], 7, stride=2, norm=norm)
            self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        else:
            self.stem = ConvNorm(in_channels, widths[0], 3, norm=norm)
            self.pool = nn.Identity()
        self.stages = nn.Sequential()
        channels = widths[0]
        for i, (width, count) in enumerate(zip(widths, num_blocks)):
            stride = 1 if i == 0 else 2  # each stage but the first halves the image
            blocks = stage(block, channels, width, count, stride=stride, norm=norm)
            self.stages.append(blocks)
            channels = width * block.expansion
        self.head = nn.Linear(channels, num_classes)
        self.apply(initialize)

    def forward(
        self, X: Float[Tensor, "batch in_channels height width"]
    ) -> Float[Tensor, "batch num_classes"]:
        check_images(X, self.in_channels)
        Y = F.relu(self.stem(X), inplace=True)  # (B, 64, H/2, W/2); cifar: (B, 16, H, W)
        Y = self.stages(self.pool(Y))  # (B, 512, H/32, W/32); cifar: (B, 64, H/4, W/4)
        Y = Y.mean(dim=(2, 3))  # (B, C): global average pooling
        return self.head(Y)  # (B, num_classes)


def initialize(module):
    """Draw a convolution's weights from N(0, 2 / fan-out): He et al. (2015), section 2.2."""
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def check_stages(block, num_blocks, widths, stem):
    """Raise TypeError or ValueError where these stages cannot be built."""
    check_counts(num_blocks=num_blocks, widths=widths)
    if not hasattr(block, "expansion"):
        raise TypeError(f"block must be a class with an expansion, such as BasicBlock, got {block!r}")
    if len(num_blocks) != len(widths) or not len(widths):
        got = f"{len(num_blocks)} and {len(widths)}"
        raise ValueError(f"num_blocks and widths must have one entry per stage, got {got}")
    if stem not in ("imagenet", "cifar"):
        raise ValueError(f"stem must be 'imagenet' or 'cifar', got {stem!r}")


def resnet18(num_classes=1000, in_channels=3):
    """Return ResNet-18 of He et al. (2016), table 1. It has 11.7 million parameters."""
    num_blocks = (2, 2, 2, 2)
    return ResNet(BasicBlock, num_blocks, num_classes=num_classes, in_channels=in_channels)


def resnet34(num_classes=1000, in_channels=3):
    """Return ResNet-34 of He et al. (2016), table 1. It has 21.8 million parameters."""
    num_blocks = (3, 4, 6, 3)
    return ResNet(BasicBlock, num_blocks, num_classes=num_classes, in_channels=in_channels)


def resnet50(num_classes=1000, in_channels=3):
    """Return ResNet-50 of He et al. (2016), table 1. It has 25.6 million parameters."""
    num_blocks = (3, 4, 6, 3)
    return ResNet(Bottleneck, num_blocks, num_classes=num_classes, in_channels=in_channels)


def resnet101(num_classes=1000, in_channels=3):
    """Return ResNet-101 of He et al. (2016), table 1. It has 44.5 million parameters."""
    num_blocks = (3, 4, 23, 3)
    return ResNet(Bottleneck, num_blocks, num_classes=num_classes, in_channels=in_channels)


def resnet152(num_classes=1000, in_channels=3):
    """Return ResNet-152 of He et al. (2016), table 1. It has 60.2 million parameters."""
    num_blocks = (3, 8, 36, 3)
    return ResNet(Bottleneck, num_blocks, num_classes=num_classes, in_channels=in_channels)
