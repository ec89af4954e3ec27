"""Wrong answers to the lab `unet`, on skips and the network. The others: lab_unet.py."""

from lab_unet_sizes import planted

JOIN = """
def join(seen, X):
    height, width = X.shape[2:]
    top = (seen.size(2) - height) // 2
    left = (seen.size(3) - width) // 2
    middle = seen[..., top : top + height, left : left + width]
    return torch.cat((middle, X), dim=1)
"""

UNET = """
def unet(X, layers, *, padded):
    depth = len(layers["up"])
    seen = {}
    for level in range(depth):
        seen[level] = double_conv(X, layers["down"][level], padded=padded)
        X = F.max_pool2d(seen[level], 2)
    X = double_conv(X, layers["down"][depth], padded=padded)
    for step in range(depth):
        W, b = layers["up"][step]
        X = F.conv_transpose2d(X, W, b, stride=2)
        X = join(seen[depth - 1 - step], X)
        X = double_conv(X, layers["merge"][step], padded=padded)
    W, b = layers["head"]
    return F.conv2d(X, W, b)
"""

join, unet = planted("join", JOIN), planted("unet", UNET)

NETWORK = {
    "join: the decoder first": join(
        {"test-join": 1, "test-unet-padded": 1, "test-unet-unpadded": 1},
        "what the encoder saw comes first, before the decoder's channels",
        ("(middle, X)", "(X, middle)"),
    ),
    "join: the corner": join(
        {"test-join": 1, "test-unet-unpadded": 1},
        "crop the middle; this is the corner",
        ("(seen.size(2) - height) // 2", "0"),
        ("(seen.size(3) - width) // 2", "0"),
    ),
    "join: shrunk": join(
        {"test-join": 1, "test-unet-unpadded": 1},
        "pixels must stay where they are",
        (
            "seen[..., top : top + height, left : left + width]",
            "F.interpolate(seen, (height, width), mode='bilinear')",
        ),
    ),
    "join: odd differences rounded up": join(
        {"test-join": 1},
        "of an odd difference one pixel less goes off above and on the left",
        ("height) // 2", "height + 1) // 2"),
        ("width) // 2", "width + 1) // 2"),
    ),
    "join: added": join(
        {"test-join": 1, "test-unet-padded": 1, "test-unet-unpadded": 1},
        "join of 6 × 8 with 2 × 4 pixels must have shape (1, 3, 2, 4), not (1, 2,",
        ("torch.cat((middle, X), dim=1)", "middle.mean(1, keepdim=True) + X"),
    ),
    "join: along the rows": join(
        {"test-join": 1, "test-unet-padded": 1, "test-unet-unpadded": 1},
        "Sizes of tensors must match except in dimension 2. Expected size 1 but got",
        ("dim=1", "dim=2"),
    ),
    "join: height for width": join(
        {"test-join": 1, "test-unet-padded": 1, "test-unet-unpadded": 1},
        "join of 6 × 8 with 2 × 4 pixels[0, 0, 0, 0] is 19, but should be 18",
        ("seen.size(3) - width", "seen.size(3) - height"),
    ),
    "unet: pooled skips": unet(
        {"test-unet-padded": 1, "test-unet-unpadded": 1},
        "the skip hands over what was seen before it was pooled",
        (
            "        X = F.max_pool2d(seen[level], 2)\n",
            (
                "        X = F.max_pool2d(seen[level], 2)\n"
                "        seen[level] = X.repeat_interleave(2, 2).repeat_interleave(2, 3)\n"
                ""
            ),
        ),
    ),
    "unet: skips in the order of the encoder": unet(
        {"test-unet-padded": 1, "test-unet-unpadded": 1},
        "Sizes of tensors must match except in dimension 1. Expected size 1 but got",
        ("seen[depth - 1 - step]", "seen[step]"),
    ),
    "unet: a rectified head": unet(
        {"test-unet-padded": 1, "test-unet-unpadded": 1},
        "logits may be negative",
        ("return F.conv2d(X, W, b)", "return F.relu(F.conv2d(X, W, b))"),
    ),
    "unet: no bias in the head": unet(
        {"test-unet-padded": 1, "test-unet-unpadded": 1},
        "the head has a bias",
        ("return F.conv2d(X, W, b)", "return F.conv2d(X, W)"),
    ),
    "unet: no bias on the way up": unet(
        {"test-unet-padded": 1, "test-unet-unpadded": 1},
        "the logits[1, 1, 1, 5] is 3.8141, but should be 5.82655",
        ("F.conv_transpose2d(X, W, b, stride=2)", "F.conv_transpose2d(X, W, stride=2)"),
    ),
    "unet: rectified on the way up": unet(
        {"test-unet-padded": 1, "test-unet-unpadded": 1},
        "the logits[0, 1, 1, 8] is 0.538223, but should be 3.79184",
        ("F.conv_transpose2d(X, W, b, stride=2)", "F.relu(F.conv_transpose2d(X, W, b, stride=2))"),
    ),
    "unet: always padded": unet(
        {"test-unet-unpadded": 1}, "is `padded` handed on?", ("padded=padded", "padded=True")
    ),
    "unet: the decoder always padded": unet(
        {"test-unet-unpadded": 1},
        "the logits must have shape (1, 1, 4, 4), not (1, 1, 8, 8)",
        ('layers["merge"][step], padded=padded', 'layers["merge"][step], padded=True'),
    ),
    "unet: averages pooled": unet(
        {"test-unet-padded": 1, "test-unet-unpadded": 1},
        "the pooling takes the largest of four pixels, not their mean",
        ("F.max_pool2d", "F.avg_pool2d"),
    ),
    "unet: the lowest level left out": unet(
        {"test-unet-padded": 1, "test-unet-unpadded": 1},
        "Given transposed=1, weight of size [5, 3, 2, 2], expected input[2, 3, 2,",
        ('    X = double_conv(X, layers["down"][depth], padded=padded)\n', ""),
    ),
    "unet: probabilities": unet(
        {"test-unet-padded": 1, "test-unet-unpadded": 1},
        "the logits[0, 0, 0, 0] is 1, but should be -439",
        ("return F.conv2d(X, W, b)", "return F.conv2d(X, W, b).softmax(1)"),
    ),
    "unet: the layers of the way up reversed": unet(
        {"test-unet-padded": 1, "test-unet-unpadded": 1},
        "Given transposed=1, weight of size [3, 2, 2, 2], expected input[2, 5, 2,",
        ('layers["up"][step]', 'layers["up"][depth - 1 - step]'),
    ),
}
