"""LeNet-5, which read the digits on cheques: two convolutions, three full layers.

Not here: training (`train.py`), and the parts of the paper that have gone out of use.
"""

from jaxtyping import Float
from torch import Tensor, nn

from d2lmodels.vision.checks import check_counts


class LeNet(nn.Module):
    """LeNet-5 in the form in which it is run today.

    num_classes: how many logits. in_channels: 1 for grey images, 3 for colour. image_size: height and
    width in pixels, 28 or 32; images of 28 × 28 are padded to 32 × 32, as the paper pads its digits.
    Call it with `(batch, in_channels, image_size, image_size)`; it returns logits `(batch, num_classes)`.

    LeCun et al., "Gradient-based learning applied to document recognition" (1998), section II.B, sizes
    as in its figure 2. What differs: ReLU in place of a scaled tanh; pooling takes the maximum, where
    the paper's S2 and S4 average and have weights of their own; the second convolution sees all six
    maps, where the paper's table I gives each filter three to six; the last layer is linear, trained
    with cross-entropy, where the paper measures distances to drawn characters. The paper counts 60,000
    trainable parameters, this network 61,706 with the defaults.

    Raises ValueError for numbers below 1, another image_size, and images of another shape.

    >>> import torch
    >>> LeNet()(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    >>> convolutions = 6 * (1 * 25 + 1) + 16 * (6 * 25 + 1)
    >>> full = 120 * (400 + 1) + 84 * (120 + 1) + 10 * (84 + 1)
    >>> convolutions + full, sum(parameter.numel() for parameter in LeNet().parameters())
    (61706, 61706)
    """

    def __init__(self, num_classes=10, in_channels=1, *, image_size=28):
        super().__init__()
        check_counts(num_classes=num_classes, in_channels=in_channels)
        if image_size not in (28, 32):
            raise ValueError(f"image_size must be 28 or 32 pixels, got {image_size!r}")
        self.image_shape = (in_channels, image_size, image_size)
        self.features = nn.Sequential(  # (B, in_channels, 28 or 32, 28 or 32)
            nn.Conv2d(in_channels, 6, 5, padding=(32 - image_size) // 2),  # (B, 6, 28, 28)
            nn.ReLU(),
            nn.MaxPool2d(2),  # (B, 6, 14, 14)
            nn.Conv2d(6, 16, 5),  # (B, 16, 10, 10)
            nn.ReLU(),
            nn.MaxPool2d(2),  # (B, 16, 5, 5)
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),  # (B, 400)
            nn.Linear(16 * 5 * 5, 120),
            nn.ReLU(),
            nn.Linear(120, 84),
            nn.ReLU(),
            nn.Linear(84, num_classes),
        )

    def forward(
        self, X: Float[Tensor, "batch in_channels height width"]
    ) -> Float[Tensor, "batch num_classes"]:
        if X.shape[1:] != self.image_shape:
            wanted = "(batch, {}, {}, {})".format(*self.image_shape)
            raise ValueError(f"X must have shape {wanted}, got {tuple(X.shape)}")
        return self.classifier(self.features(X))
