"""Wrong answers to the lab `unet`, on sizes. The others: lab_unet.py."""

from lab_cases import Wrong
from lab_yolo_boxes import changed

OUT_SIZE = """
def out_size(size, depth, *, padded):
    for level in range(depth):
        size = size if padded else size - 4
        if size < 2 or size % 2 == 1:
            return None
        size = size // 2
    size = size if padded else size - 4
    for level in range(depth):
        size = 2 * size if padded else 2 * size - 4
    return size if size > 0 else None
"""

NEXT_SIZE = """
def next_size(size, depth, *, padded):
    first = 2**depth if padded else 12 * 2**depth - 8 + min(4, 2**depth)
    if size <= first:
        return first
    return first + -(-(size - first) // 2**depth) * 2**depth
"""


def planted(cell: str, source: str):
    """Return a function that makes a wrong answer of a right one: (points lost, message, mistakes)."""

    def wrong(loses: dict[str, float], says: str, *mistakes: tuple[str, str]) -> Wrong:
        answer = source
        for right, mistake in mistakes:
            answer = changed(answer, right, mistake)
        return Wrong(replace={cell: answer}, loses=loses, says=says)

    return wrong


out_size, next_size = planted("out-size", OUT_SIZE), planted("next-size", NEXT_SIZE)

SIZES = {
    "out_size: 570 halved by rounding down": out_size(
        {"test-size-padded": 1, "test-size-unpadded": 1, "test-next-size": 1, "test-seamless": 1},
        "the size must be even before each of the poolings",
        (" or size % 2 == 1", ""),
    ),
    "out_size: one convolution a level": out_size(
        {"test-size-unpadded": 1, "test-next-size": 1, "test-seamless": 1},
        "what must be even is the size after the two convolutions, before each",
        ("size - 4\n        if", "size - 2\n        if"),
        ("size = size if padded else size - 4\n    for", "size = size if padded else size - 2\n    for"),
        ("2 * size - 4", "2 * size - 2"),
    ),
    "out_size: none at the lowest level": out_size(
        {"test-size-unpadded": 1, "test-next-size": 1, "test-seamless": 1},
        "5 down, 4 up; the two at the lowest level take pixels, too",
        ("    size = size if padded else size - 4\n    for", "    for"),
    ),
    "out_size: none on the way up": out_size(
        {"test-size-unpadded": 1, "test-next-size": 1, "test-seamless": 1},
        "5 down, 4 up; those on the way up take pixels, too",
        ("2 * size - 4", "2 * size"),
    ),
    "out_size: a multiple of 2^depth asked of the image": out_size(
        {"test-size-unpadded": 1, "test-next-size": 1, "test-seamless": 1},
        "what must be even is the size after the two convolutions, before each",
        (
            "    for level in range(depth):\n        size = size if",
            (
                "    if size % 2**depth:\n        return None\n"
                "    for level in range(depth):\n        size = size if"
            ),
        ),
    ),
    "out_size: nothing comes out": out_size(
        {"test-size-unpadded": 1, "test-next-size": 1},
        "at least one must come out",
        ("return size if size > 0 else None", "return size"),
    ),
    "out_size: zero comes out": out_size(
        {"test-size-unpadded": 1, "test-next-size": 1},
        "at least one must come out",
        ("size > 0", "size >= 0"),
    ),
    "out_size: a float": out_size(
        {"test-size-padded": 1, "test-size-unpadded": 1},
        "out_size(64, 3, padded=True) must be an int, not float (divide with // and",
        ("size // 2", "size / 2"),
    ),
    "out_size: only the first pooling looked at": out_size(
        {"test-size-padded": 1, "test-size-unpadded": 1, "test-next-size": 1, "test-seamless": 1},
        "the size must be even before each of the poolings",
        ("size % 2 == 1", "level == 0 and size % 2 == 1"),
    ),
    "out_size: padded as unpadded": out_size(
        {"test-size-padded": 1, "test-next-size": 1},
        "a padded convolution keeps the size",
        ("size if padded else size - 4\n        if", "size - 4\n        if"),
    ),
    "next_size: the next after it": next_size(
        {"test-next-size": 1},
        "64 fits itself",
        ("if size <= first:", "if size < first:"),
        ("-(-(size - first) // 2**depth) * 2**depth", "((size - first) // 2**depth + 1) * 2**depth"),
    ),
    "next_size: the one before": next_size(
        {"test-next-size": 1},
        "56 is smaller than 57",
        ("-(-(size - first) // 2**depth) * 2**depth", "(size - first) // 2**depth * 2**depth"),
    ),
    "next_size: multiples alone": next_size(
        {"test-next-size": 1},
        "next_size(560, 4, padded=False) is 560, but should be 572",
        ("12 * 2**depth - 8 + min(4, 2**depth)", "2**depth"),
    ),
    "next_size: no pixel comes out": next_size(
        {"test-next-size": 1},
        "12 can be halved, but no pixel comes out",
        ("12 * 2**depth - 8 + min(4, 2**depth)", "2**depth - 4"),
    ),
    "next_size: a float": next_size(
        {"test-next-size": 1},
        "next_size(57, 3, padded=True) must be an int, not float (divide with //",
        ("-(-(size - first) // 2**depth) * 2**depth", "math.ceil((size - first) / 2**depth) * 2.0**depth"),
    ),
    "pencil: a multiple of 2^depth": Wrong(
        {"pencil": "def pencil():\n    return 1024, 184\n"},
        {"test-pencil": 1},
        "it does not fit, gives too few pixels, or is not the least",
    ),
    "pencil: one step too many": Wrong(
        {"pencil": "def pencil():\n    return 1052, 184\n"},
        {"test-pencil": 1},
        "it does not fit, gives too few pixels, or is not the least",
    ),
    "pencil: the last two convolutions counted": Wrong(
        {"pencil": "def pencil():\n    return 1020, 186\n"},
        {"test-pencil": 1},
        "the second number is not what the finest skip loses on each side",
    ),
    "pencil: both sides together": Wrong(
        {"pencil": "def pencil():\n    return 1020, 368\n"},
        {"test-pencil": 1},
        "the second number is not what the finest skip loses on each side",
    ),
    "pencil: floats": Wrong(
        {"pencil": "def pencil():\n    return 1020.0, 184.0\n"},
        {"test-pencil": 1},
        "the first number must be an int, not float",
    ),
}
