"""Wrong answers to the lab `resnet`, and the points that each must lose: data for the tests of labs.

Those on tasks 1 to 3 are in lab_resnet_layers.py, lab_resnet_convolve.py and lab_resnet_block.py.
"""

from lab_cases import Wrong
from lab_resnet_block import BLOCKS
from lab_resnet_convolve import CONVOLUTIONS
from lab_resnet_layers import LAYERS, changed

MENDED = """
class MendedBlock(nn.Module):
    def __init__(self, in_channels, channels, *, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride=stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        nn.init.zeros_(self.norm2.weight)
        self.shortcut = nn.Identity()
        if stride != 1 or in_channels != channels:
            project = nn.Conv2d(in_channels, channels, 1, stride=stride, bias=False)
            self.shortcut = nn.Sequential(project, nn.BatchNorm2d(channels))

    def forward(self, X):
        Y = F.relu(self.norm1(self.conv1(X)))
        Y = self.norm2(self.conv2(Y))
        return F.relu(Y + self.shortcut(X))


class MendedNet(nn.Module):
    def __init__(self, widths=(8, 16), num_blocks=3):
        super().__init__()
        self.stem = nn.Conv2d(1, widths[0], 3, padding=1, bias=False)
        self.stem_norm = nn.BatchNorm2d(widths[0])
        blocks, channels = [], widths[0]
        for width in widths:
            stride = 1 if not blocks else 2
            blocks.append(MendedBlock(channels, width, stride=stride))
            blocks += [MendedBlock(width, width) for _ in range(num_blocks - 1)]
            channels = width
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(channels, 10)

    def forward(self, X):
        Y = F.relu(self.stem_norm(self.stem(X)))
        for block in self.blocks:
            Y = block(Y)
        return self.head(Y.mean(dim=(2, 3)))
"""

FOLD = """
def fold(W, b, norm):
    if norm["training"] or norm["mean"] is None:
        raise ValueError("nothing to fold")
    s = norm["gamma"] / torch.sqrt(norm["var"] + norm["eps"])
    b = torch.zeros_like(norm["mean"]) if b is None else b
    return W * s[:, None, None, None], s * (b - norm["mean"]) + norm["beta"]
"""

OTHERS = {
    "blocks in a list": Wrong(
        replace={"mended": changed(MENDED, "nn.Sequential(*blocks)", "blocks")},
        loses={"test-mended-blocks": 2},
        says="has another number of weights, scales and biases",
    ),
    "momentum for ε": Wrong(
        replace={"mended": changed(MENDED, "nn.BatchNorm2d(channels)", "nn.BatchNorm2d(channels, 0.1)")},
        loses={"test-mended-norms": 2},
        says="it does something else with a number than a normalization should",
    ),
    "one normalization twice": Wrong(
        replace={"mended": changed(MENDED, "self.norm2(self.conv2(Y))", "self.norm1(self.conv2(Y))")},
        loses={"test-mended-flow": 2},
        says="it does not compute relu(F(X) + X)",
    ),
    "nothing mended": Wrong(
        replace={
            "mended": changed(MENDED, "nn.Sequential(*blocks)", "blocks")
            .replace("nn.BatchNorm2d(channels)", "nn.BatchNorm2d(channels, 0.1)")
            .replace("self.norm2(self.conv2(Y))", "self.norm1(self.conv2(Y))")
        },
        loses={"test-mended-blocks": 2, "test-mended-norms": 2, "test-mended-flow": 2},
        says="it does not compute relu(F(X) + X)",
    ),
    "no relu behind the stem": Wrong(
        replace={
            "mended": changed(MENDED, "F.relu(self.stem_norm(self.stem(X)))", "self.stem_norm(self.stem(X))")
        },
        loses={"test-mended-flow": 2},
        says="does not compute stem, stem_norm, relu, blocks, average, head",
    ),
    "a start that adds something": Wrong(
        replace={"mended": changed(MENDED, "        nn.init.zeros_(self.norm2.weight)\n", "")},
        loses={"test-mended-flow": 2},
        says="a new MendedBlock(2, 2) must add nothing to its input",
    ),
    "one bug misnamed": Wrong(
        replace={"bugs": "def bugs():\n    return [3, 7, 9]\n"},
        loses={"test-bugs-three": 1},
        says="2 of the three numbers are right",
    ),
    "bugs of another variant": Wrong(
        replace={"bugs": "def bugs():\n    return [5, 6, 9]\n"},
        loses={"test-bugs-two": 1, "test-bugs-three": 1},
        says="0 of the three numbers are right",
    ),
    "one bug named twice": Wrong(
        replace={"bugs": "def bugs():\n    return [2, 2, 7]\n"},
        loses={"test-bugs-two": 1, "test-bugs-three": 1},
        says="the three numbers in bugs() must be different",
    ),
    "all statements named": Wrong(
        replace={"bugs": "def bugs():\n    return list(range(1, 13))\n"},
        loses={"test-bugs-two": 1, "test-bugs-three": 1},
        says="exactly three statements are true",
    ),
    "root before ε": Wrong(
        replace={
            "fold": changed(
                FOLD, 'torch.sqrt(norm["var"] + norm["eps"])', '(norm["var"] ** 0.5 + norm["eps"])'
            )
        },
        loses={"test-fold-eps": 1},
        says="ε is added to the variance, and then the root is taken",
    ),
    "an ε of its own": Wrong(
        replace={"fold": changed(FOLD, 'norm["eps"]', "1e-5")},
        loses={"test-fold-eps": 1},
        says="ε is that of the normalization",
    ),
    "ε forgotten": Wrong(
        replace={"fold": changed(FOLD, ' + norm["eps"]', "")},
        loses={"test-fold-eps": 1},
        says="ε is missing",
    ),
    # seen in a student's own notebook alone: the judge passes copies
    "folded in place": Wrong(
        replace={"fold": changed(FOLD, "W * s[:, None, None, None]", "W.mul_(s[:, None, None, None])")},
        loses={"test-fold": 1},
        says="fold has changed the W that it was given",
    ),
    "missing averages folded": Wrong(
        replace={"fold": changed(FOLD, ' or norm["mean"] is None', "")},
        loses={"test-fold-refuses": 1},
        says="it must raise ValueError, not TypeError",
    ),
    "slopes along the wrong axis": Wrong(
        replace={"fold": changed(FOLD, "s[:, None, None, None]", "s[None, :, None, None]")},
        loses={"test-fold": 1, "test-fold-bias-groups": 1},
        says="s goes along the first axis of W",
    ),
    "bias not scaled": Wrong(
        replace={"fold": changed(FOLD, 's * (b - norm["mean"])', 'b - s * norm["mean"]')},
        loses={"test-fold-bias-groups": 1},
        says="multiply b by s too",
    ),
    "folded while training": Wrong(
        replace={"fold": changed(FOLD, 'norm["training"] or ', "")},
        loses={"test-fold-refuses": 1},
        says="a normalization in training mode was folded",
    ),
}

WRONG = LAYERS | CONVOLUTIONS | BLOCKS | OTHERS
