"""Wrong answers to the lab `unet`, on mirrored rows and seams. The others: lab_unet.py."""

from lab_cases import Wrong
from lab_unet_sizes import planted

MIRRORED = """
def mirrored(length, before, after):
    if length == 1:
        return [0] * (before + 1 + after)
    last, pixels = length - 1, []
    for k in range(-before, length + after):
        k = k % (2 * last)
        pixels.append(last - abs(last - k))
    return pixels
"""

SEAMLESS = """
def seamless(tile, overlap, depth):
    kept = tile - overlap
    if (tile + 4) % 2**depth != 0:
        return False
    most = tile - 12 * 2**depth + 8
    return 0 < kept <= most and kept % 2**depth == 0
"""

ONCE_AND_NO_FURTHER = """
def mirrored(length, before, after):
    row = list(range(length))  # once, and no further
    return row[1 : before + 1][::-1] + row + row[-after - 1 : -1][::-1]
"""

BEFORE_NOT_REVERSED = """
def mirrored(length, before, after):
    row = np.pad(np.arange(length), (before, after), mode='reflect').tolist()
    return row[:before][::-1] + row[before:]
"""

AN_ARRAY = """
def mirrored(length, before, after):
    return np.pad(np.arange(length), (before, after), mode='reflect')
"""

mirrored, seamless = planted("mirrored", MIRRORED), planted("seamless", SEAMLESS)

MIRRORS = {
    "mirrored: the edge doubled": mirrored(
        {"test-mirrored": 1, "test-tiled-edges": 1, "test-tiled-seams": 1},
        "the pixel at the edge comes once",
        ("k % (2 * last)", "k % (2 * length)"),
        ("last - abs(last - k)", "min(k, 2 * length - 1 - k)"),
    ),
    "mirrored: the edge repeated": mirrored(
        {"test-mirrored": 1, "test-tiled-edges": 1, "test-tiled-seams": 1},
        "mirror the row; here the pixel at the edge is repeated",
        ("        k = k % (2 * last)\n", ""),
        ("last - abs(last - k)", "min(max(k, 0), last)"),
    ),
    "mirrored: the row again": mirrored(
        {"test-mirrored": 1, "test-tiled-edges": 1, "test-tiled-seams": 1},
        "mirror the row; here it begins again",
        ("        k = k % (2 * last)\n", ""),
        ("last - abs(last - k)", "k % length"),
    ),
    "mirrored: once and no further": Wrong(
        {"mirrored": ONCE_AND_NO_FURTHER},
        {"test-mirrored": 1, "test-tiled-places": 1, "test-tiled-edges": 1, "test-tiled-seams": 1},
        "mirrored(3, 5, 0) must have 8 pixels, not 5",
    ),
    "mirrored: a row of one pixel": mirrored(
        {"test-mirrored": 1, "test-tiled-edges": 1, "test-tiled-seams": 1},
        "a row of one pixel goes on with this pixel",
        ("    if length == 1:\n        return [0] * (before + 1 + after)\n", ""),
    ),
    "mirrored: before not reversed": Wrong(
        {"mirrored": BEFORE_NOT_REVERSED},
        {"test-mirrored": 1, "test-tiled-edges": 1, "test-tiled-seams": 1},
        "the pixels before the row come in reverse, from far to near",
    ),
    "mirrored: an array": Wrong(
        {"mirrored": AN_ARRAY}, {"test-mirrored": 1}, "mirrored(4, 2, 3) must be a list, not ndarray"
    ),
    "seamless: the original's windows": seamless(
        {"test-seamless": 1},
        "388 is no multiple of what pools pixels together",
        (" and kept % 2**depth == 0", ""),
    ),
    "seamless: even steps": seamless(
        {"test-seamless": 1},
        "388 is no multiple of what pools pixels together",
        ("kept % 2**depth == 0", "kept % 2 == 0"),
    ),
    "seamless: the tile a multiple": seamless(
        {"test-seamless": 1},
        "384 of the 388 pixels are kept, and windows 384 apart pool the same pixels",
        ("kept % 2**depth == 0", "tile % 2**depth == 0"),
    ),
    "seamless: any step": seamless(
        {"test-seamless": 1},
        "a step of 400 is more than the 388 pixels that come out",
        ("0 < kept <= most", "0 < most"),
    ),
    "seamless: pixels all kept": seamless(
        {"test-seamless": 1},
        "384 of the 388 pixels are kept, and windows 384 apart pool the same pixels",
        ("0 < kept <= most", "kept == most"),
    ),
    "seamless: a tile that does not fit": seamless(
        {"test-seamless": 1},
        "576 does not fit",
        ("    if (tile + 4) % 2**depth != 0:\n        return False\n", ""),
    ),
    "seamless: a multiple of the depth": seamless(
        {"test-seamless": 1},
        "windows 8 apart pool the same pixels together",
        ("kept % 2**depth", "kept % (2 * depth)"),
    ),
    "seamless: a number": seamless(
        {"test-seamless": 1},
        "seamless(572, 184, 4) must be a bool, not int",
        (
            "return 0 < kept <= most and kept % 2**depth == 0",
            "return int(0 < kept <= most and kept % 2**depth == 0)",
        ),
    ),
}
