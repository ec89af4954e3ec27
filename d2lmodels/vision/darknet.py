"""Darknet, the backbone of YOLO: groups of convolutions, with a maximum over 2×2 pixels between them.

Not here: the head that finds boxes (`yolo.py`), a classifier, Darknet-53 with its shortcuts.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from d2lmodels.nn.norm import ConvNorm
from d2lmodels.vision.checks import check_counts, check_images

DARKNET19 = (  # the channels of its 18 convolutions; the 19th is the classifier
    (32,),
    (64,),
    (128, 64, 128),
    (256, 128, 256),
    (512, 256, 512, 256, 512),
    (1024, 512, 1024, 512, 1024),
)


class Darknet(nn.Module):
    """Groups of convolutions; between groups the height and the width are halved.

    groups: the channels of each convolution, group by group. In a group the first convolution, the third
    and so on are 3×3, those between them 1×1. Each is normalized and followed by a relu that lets a tenth
    of a negative number through. in_channels: of the images. `stride` is how many of their pixels, across
    and down, become one pixel of the result, and `channels` how many numbers it has.

    Takes images `(batch, in_channels, height, width)` with height and width from `stride` up. Raises
    ValueError for counts below 1 and images of the wrong shape, TypeError for images that are not floating.

    Redmon and Farhadi, "YOLO9000: better, faster, stronger" (2017), table 6: Darknet-19, the default.

    >>> import torch
    >>> backbone = Darknet([(8,), (16,), (32, 16, 32)])
    >>> backbone.stride, backbone(torch.zeros(1, 3, 64, 64)).shape
    (4, torch.Size([1, 32, 16, 16]))
    """

    def __init__(self, groups=DARKNET19, *, in_channels=3):
        super().__init__()
        several = [groups, *groups] if isinstance(groups, list | tuple) else [groups]
        if not all(isinstance(one, list | tuple) and one for one in several):
            raise ValueError(f"groups must be lists of one or more channels, got {groups!r}")
        check_counts(in_channels=in_channels, **{f"groups[{k}]": group for k, group in enumerate(groups)})
        self.groups = nn.Sequential()
        channels = in_channels
        for group in groups:
            convolutions = nn.Sequential()
            for k, width in enumerate(group):
                convolutions.append(ConvNorm(channels, width, 3 if k % 2 == 0 else 1))
                convolutions.append(nn.LeakyReLU(0.1, inplace=True))
                channels = width
            self.groups.append(convolutions)
        self.in_channels, self.channels = in_channels, channels
        self.stride = 2 ** (len(groups) - 1)

    def forward(
        self, X: Float[Tensor, "batch in_channels in_height in_width"]
    ) -> Float[Tensor, "batch channels height width"]:
        check_images(X, self.in_channels)
        if min(X.shape[2:]) < self.stride:
            got = " × ".join(map(str, X.shape[2:]))
            raise ValueError(f"X must have height and width from {self.stride} up, got {got}")
        first, *others = self.groups
        Y = first(X.contiguous(memory_format=torch.channels_last))  # a pixel's channels side by side: faster
        for group in others:
            Y = group(F.max_pool2d(Y, 2))  # half the height and the width
        return Y


def small_darknet(width=8, *, in_channels=3):
    """Return a Darknet of four groups, with `width` channels to begin with, and a stride of 8.

    >>> backbone = small_darknet()
    >>> backbone.channels, sum(parameter.numel() for parameter in backbone.parameters())
    (64, 65864)
    """
    groups = [(width,), (2 * width,), (4 * width,), (8 * width,) * 3]
    return Darknet(groups, in_channels=in_channels)
