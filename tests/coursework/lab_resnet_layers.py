"""Wrong answers to the lab `resnet`, on sizes and costs. The others: lab_resnet.py."""

from lab_cases import Wrong

OUTPUT_SIZE = """
def output_size(n, kernel, *, stride=1, padding=0, dilation=1):
    span = dilation * (kernel - 1) + 1
    if span > n + 2 * padding:
        raise ValueError("no window fits")
    return (n + 2 * padding - span) // stride + 1
"""

LAYER_COST = """
def layer_cost(in_channels, out_channels, kernel, side, *, groups=1, bias=False):
    weights = out_channels * (in_channels // groups) * kernel**2
    return weights + bias * out_channels, weights * side**2
"""

STAGE_COST = """
def stage_cost(in_channels, channels, num_blocks, side, *, stride=1):
    convs = 2 * num_blocks
    weights = 9 * channels * (in_channels + (convs - 1) * channels)
    if stride != 1 or in_channels != channels:
        convs, weights = convs + 1, weights + in_channels * channels
    return weights + 2 * convs * channels, weights * side**2
"""

RECEPTIVE_FIELD = """
def receptive_field(layers):
    side, jump = 1, 1
    for kernel, stride, dilation in layers:
        side = side + dilation * (kernel - 1) * jump
        jump = jump * stride
    return side
"""


def changed(source: str, right: str, wrong: str) -> str:
    """Return a right answer with one mistake; raise ValueError where what it replaces is not there."""
    if right not in source:
        raise ValueError(f"{right!r} must stand in the answer")
    return source.replace(right, wrong)


def number(size):
    """Return the answer to task 1b with another largest image."""
    return f"def pencil():\n    return 59, {size}\n"


LAYERS = {
    "rounded up": Wrong(
        replace={
            "output-size": changed(
                OUTPUT_SIZE, "(n + 2 * padding - span) // stride", "-((span - n - 2 * padding) // stride)"
            )
        },
        loses={"test-size": 1},
        says="must be rounded down",
    ),
    "padding on one side": Wrong(
        replace={"output-size": changed(OUTPUT_SIZE, "return (n + 2 * padding", "return (n + padding")},
        loses={"test-size": 1},
        says="the padding is on both sides",
    ),
    "a float": Wrong(
        replace={"output-size": changed(OUTPUT_SIZE, "// stride", "/ stride")},
        loses={"test-size": 1, "test-size-dilation": 1},
        says="divide with // and not with /",
    ),
    "span of d times k": Wrong(
        replace={"output-size": changed(OUTPUT_SIZE, "dilation * (kernel - 1) + 1", "dilation * kernel")},
        loses={"test-size-dilation": 1},
        says="three weights have two gaps between them",
    ),
    "an image too large": Wrong(
        replace={"pencil": number(63)},
        loses={"test-pencil": 1},
        says="the layer makes 16 of them, not 15",
    ),
    "not the largest image": Wrong(
        replace={"pencil": number(59)},
        loses={"test-pencil": 1},
        says="an image of a pixel more gives the same side",
    ),
    "a window as large as the image refused": Wrong(
        replace={"output-size": changed(OUTPUT_SIZE, "span > n", "span >= n")},
        loses={"test-size-dilation": 1},
        says="a window as large as the image fits once",
    ),
    "an image too small without its padding": Wrong(
        replace={"output-size": changed(OUTPUT_SIZE, "span > n + 2 * padding", "span > n")},
        loses={"test-size-dilation": 1},
        says="the window must fit into the padded image",
    ),
    "no bias counted": Wrong(
        replace={"layer-cost": changed(LAYER_COST, "weights + bias * out_channels", "weights")},
        loses={"test-parameters": 1},
        says="each of the three filters has a bias too",
    ),
    "one multiplication a weight": Wrong(
        replace={"layer-cost": changed(LAYER_COST, "weights * side**2", "weights")},
        loses={"test-multiplications": 1},
        says="each weight is used at 5 × 5 places",
    ),
    "side of the image": Wrong(
        replace={
            "layer-cost": changed(LAYER_COST, "weights * side**2", "weights * (side - kernel + 1) ** 2")
        },
        loses={"test-multiplications": 1},
        says="side is already that of the result",
    ),
    "groups forgotten": Wrong(
        replace={"layer-cost": changed(LAYER_COST, "(in_channels // groups)", "in_channels")},
        loses={"test-parameters": 1, "test-multiplications": 1},
        says="each filter sees half of the channels",
    ),
    "normalizations forgotten": Wrong(
        replace={"stage-cost": changed(STAGE_COST, "weights + 2 * convs * channels", "weights")},
        loses={"test-stage": 1},
        says="a scale and a shift for every channel",
    ),
    "normalizations of what comes in": Wrong(
        replace={
            "stage-cost": changed(
                STAGE_COST, "2 * convs * channels", "2 * (convs * channels + 2 * (in_channels - channels))"
            )
        },
        loses={"test-stage": 1},
        says="as many channels as the convolution before it gives",
    ),
    "every block reads in_channels": Wrong(
        replace={
            "stage-cost": changed(
                STAGE_COST, "(in_channels + (convs - 1) * channels)", "(in_channels + channels) * num_blocks"
            )
        },
        loses={"test-stage": 1},
        says="only the first convolution of the first block",
    ),
    "side halved again": Wrong(
        replace={
            "stage-cost": changed(STAGE_COST, "weights * side**2", "weights * (-(-side // stride)) ** 2")
        },
        loses={"test-stage": 1},
        says="side is already that of the result",
    ),
    "jump before side": Wrong(
        replace={
            "receptive-field": changed(
                RECEPTIVE_FIELD, "side = side + dilation", "jump = jump * stride; side = side + dilation"
            ).replace("        jump = jump * stride\n    return", "    return")
        },
        loses={"test-receptive": 1},
        says="change side first, then jump",
    ),
    "jump added": Wrong(
        replace={"receptive-field": changed(RECEPTIVE_FIELD, "jump * stride", "jump + stride")},
        loses={"test-receptive": 1},
        says="the jump is multiplied by the stride",
    ),
    "jump spread by the dilation": Wrong(
        replace={"receptive-field": changed(RECEPTIVE_FIELD, "jump * stride", "jump * stride * dilation")},
        loses={"test-receptive": 1},
        says="leaves the jump as it is",
    ),
}
