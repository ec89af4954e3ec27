"""Wrong answers to the lab `resnet`, on the residual block. The others: lab_resnet.py."""

from lab_cases import Wrong
from lab_resnet_layers import changed

BLOCK = """
class Block(nn.Module):
    def __init__(self, in_channels, channels, *, stride=1, dilation=1):
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels, channels, 3, stride=stride, padding=dilation, dilation=dilation, bias=False
        )
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.norm2.weight.data.zero_()
        if stride == 1 and in_channels == channels:
            self.shortcut = nn.Identity()
        else:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, channels, 1, stride=stride, bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, X):
        Y = self.norm1(self.conv1(X)).relu()
        Y = self.norm2(self.conv2(Y))
        return (Y + self.shortcut(X)).relu()
"""


def wrong(right: str, mistake: str, loses: str, says: str) -> Wrong:
    """Return a block with one mistake, and the test that it loses."""
    return Wrong(replace={"block": changed(BLOCK, right, mistake)}, loses={loses: 1}, says=says)


BLOCKS = {
    "scale starts at 1": wrong(
        "        self.norm2.weight.data.zero_()\n",
        "",
        "test-block-start",
        "a new block in training mode must give back unchanged",
    ),
    "every scale starts at 0": wrong(
        "        if stride",
        "        self.norm1.weight.data.zero_()\n        if stride",
        "test-block-start",
        "norm1.weight must not start at 0",
    ),
    "scale of the shortcut starts at 0": wrong(
        "    def forward",
        "        if stride != 1 or in_channels != channels:\n"
        "            self.shortcut[1].weight.data.zero_()\n\n    def forward",
        "test-block-start",
        "the scale of the shortcut's normalization must not start at 0",
    ),
    "relu before the addition": wrong(
        "(Y + self.shortcut(X)).relu()",
        "Y.relu() + self.shortcut(X)",
        "test-block-values",
        "the relu comes after the addition, not before it",
    ),
    "no relu after the addition": wrong(
        "(Y + self.shortcut(X)).relu()",
        "Y + self.shortcut(X)",
        "test-block-values",
        "a relu must follow the addition",
    ),
    "relu before everything": wrong(
        "self.conv1(X)", "self.conv1(X.relu())", "test-block-values", "conv1 reads the input as it is"
    ),
    "biases in the convolutions": wrong(
        "dilation=dilation, bias=False", "dilation=dilation", "test-block-shape", "conv1 must have no bias"
    ),
    "bias in the shortcut": wrong(
        "1, stride=stride, bias=False",
        "1, stride=stride",
        "test-block-shape",
        "the shortcut's convolution must have no bias",
    ),
    "dilation forgotten first": wrong(
        "stride=stride, padding=dilation, dilation=dilation",
        "stride=stride, padding=1",
        "test-block-shape",
        "conv1 must have a kernel of 3 × 3 and the dilation 3",
    ),
    "dilation forgotten second": wrong(
        "channels, 3, padding=dilation, dilation=dilation",
        "channels, 3, padding=1",
        "test-block-shape",
        "conv2 must have a kernel of 3 × 3 and the dilation 3",
    ),
    "padding of 1 for every dilation": wrong(
        "padding=dilation",
        "padding=1",
        "test-block-shape",
        "conv1 makes (2, 3, 1, 3) of images (2, 3, 5, 7), but should make (2, 3, 5, 7)",
    ),
    "padding named same": wrong(
        "padding=dilation",
        'padding="same"',
        "test-block-shape",
        "Block(3, 3, stride=2) cannot be made: padding='same' is not supported for strided convolutions",
    ),
    "stride twice": wrong(
        "channels, 3, padding",
        "channels, 3, stride=stride, padding",
        "test-block-shape",
        "conv2 makes (2, 3, 2, 2)",
    ),
    "stride not in the shortcut": wrong(
        "1, stride=stride, bias", "1, bias", "test-block-shape", "stride=2): shortcut makes (2, 3, 5, 7)"
    ),
    "shortcut with a frame": wrong(
        "1, stride=stride, bias",
        "1, stride=stride, padding=1, bias",
        "test-block-shape",
        "Block(3, 4): shortcut makes (2, 4, 7, 9)",
    ),
    "shortcut without normalization": wrong(
        ", nn.BatchNorm2d(channels)\n            )",
        "\n            )",
        "test-block-shape",
        "an nn.Sequential of a convolution and a normalization",
    ),
    "shortcut that is a function": wrong(
        "nn.Identity()", "lambda X: X", "test-block-shape", "so its shortcut must be nn.Identity(), a layer"
    ),
    "shortcut that is None": Wrong(
        replace={
            "block": changed(BLOCK, "nn.Identity()", "None").replace(
                "(Y + self.shortcut(X))", "(Y + (self.shortcut(X) if self.shortcut else X))"
            )
        },
        loses={"test-block-shape": 1},
        says="so its shortcut must be nn.Identity(), a layer",
    ),
    "another momentum": wrong(
        "BatchNorm2d(channels)",
        "BatchNorm2d(channels, momentum=0.9)",
        "test-block-modes",
        "must move by a tenth",
    ),
}
