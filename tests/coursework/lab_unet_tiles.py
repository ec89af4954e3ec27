"""Wrong answers to the lab `unet`, on windows. The others: lab_unet.py."""

from lab_cases import Wrong
from lab_unet_sizes import planted

TILED = """
def predict_tiled(predict, image, *, tile, overlap):
    step, half = tile - overlap, overlap // 2
    H, W = image.shape[1:]
    tops, lefts = list(range(0, H, step)), list(range(0, W, step))
    rows = mirrored(H, half, tops[-1] + step - H + half)
    columns = mirrored(W, half, lefts[-1] + step - W + half)
    wide = image[:, torch.tensor(rows)][:, :, torch.tensor(columns)]
    windows = torch.stack([wide[:, t : t + tile, l : l + tile] for t in tops for l in lefts])
    pieces = predict(windows)
    cut = (pieces.shape[2] - step) // 2
    whole = torch.zeros(pieces.shape[1], tops[-1] + step, lefts[-1] + step, dtype=pieces.dtype)
    n = 0
    for t in tops:
        for l in lefts:
            whole[:, t : t + step, l : l + step] = pieces[n, :, cut : cut + step, cut : cut + step]
            n += 1
    return whole[:, :H, :W]
"""

THE_LAST_WINDOW_MOVED_INWARDS = """
def predict_tiled(predict, image, *, tile, overlap):
    step, half = tile - overlap, overlap // 2
    H, W = image.shape[1:]
    H2, W2 = max(H, step), max(W, step)
    wide = image[:, mirrored(H, half, half + H2 - H)][:, :, mirrored(W, half, half + W2 - W)]
    whole = torch.zeros(image.shape[0], H2, W2, dtype=image.dtype)
    for t in range(0, H2, step):
        for l in range(0, W2, step):
            t, l = min(t, H2 - step), min(l, W2 - step)
            piece = predict(wide[None, :, t : t + tile, l : l + tile])[0]
            cut = (piece.shape[1] - step) // 2
            whole[:, t : t + step, l : l + step] = piece[:, cut : cut + step, cut : cut + step]
    return whole[:, :H, :W]
"""

WINDOWS_WITHOUT_OVERLAP = """
def predict_tiled(predict, image, *, tile, overlap):
    H, W = image.shape[1:]
    wide = image[:, mirrored(H, 0, -H % tile)][:, :, mirrored(W, 0, -W % tile)]
    rows = []
    for t in range(0, H, tile):
        row = []
        for l in range(0, W, tile):
            piece = predict(wide[None, :, t : t + tile, l : l + tile])[0]
            row.append(F.interpolate(piece[None], (tile, tile))[0])
        rows.append(torch.cat(row, 2))
    return torch.cat(rows, 1)[:, :H, :W]
"""

THE_IMAGE_ALL_AT_ONCE = """
def predict_tiled(predict, image, *, tile, overlap):
    half = overlap // 2
    H, W = image.shape[1:]
    given = predict(image[:, mirrored(H, half, half)][:, :, mirrored(W, half, half)][None])[0]
    top, left = (given.shape[1] - H) // 2, (given.shape[2] - W) // 2
    return given[:, top : top + H, left : left + W]
"""

THE_MIRROR_ANEW_AT_EACH_WINDOW = """
def predict_tiled(predict, image, *, tile, overlap):
    step, half = tile - overlap, overlap // 2
    H, W = image.shape[1:]
    rows = mirrored(H, 0, -H % step)
    columns = mirrored(W, 0, -W % step)
    wide = image[:, rows][:, :, columns]
    whole = []
    for t in range(0, H, step):
        band = []
        for l in range(0, W, step):
            part = wide[:, t : t + step, l : l + step]
            part = part[:, mirrored(step, half, half)][:, :, mirrored(step, half, half)]
            piece = predict(part[None])[0]
            cut = (piece.shape[1] - step) // 2
            band.append(piece[:, cut : cut + step, cut : cut + step])
        whole.append(torch.cat(band, 2))
    return torch.cat(whole, 1)[:, :H, :W]
"""

tiled = planted("predict-tiled", TILED)

TILES = {
    "tiled: the corner of the window kept": tiled(
        {"test-tiled-places": 1, "test-tiled-edges": 1, "test-tiled-seams": 1},
        "the result has in row 0 and column 0 the image's pixel of row 1 and column",
        ("cut = (pieces.shape[2] - step) // 2", "cut = 0"),
    ),
    "tiled: one pixel off": tiled(
        {"test-tiled-places": 1, "test-tiled-edges": 1, "test-tiled-seams": 1},
        "the result has in row 0 and column 0 the image's pixel of row 1 and column",
        ("cut = (pieces.shape[2] - step) // 2", "cut = max((pieces.shape[2] - step) // 2 - 1, 0)"),
    ),
    "tiled: cut as if nothing were lost": tiled(
        {"test-tiled-edges": 1, "test-tiled-seams": 1},
        "dimension 2.  Target sizes: [1, 6, 6].  Tensor sizes: [5, 5]",
        ("cut = (pieces.shape[2] - step) // 2", "cut = half"),
    ),
    "tiled: zeros around the image": tiled(
        {"test-tiled-edges": 1, "test-tiled-seams": 1},
        "beyond the edge the image is mirrored; here it is black",
        (
            (
                "rows = mirrored(H, half, tops[-1] + step - H + half)\n"
                "    columns = mirrored(W, half, lefts[-1] + step - W + half)\n"
                "    wide = image[:, torch.tensor(rows)][:, :, torch.tensor(columns)]"
            ),
            ("wide = F.pad(image, (half, lefts[-1] + step - W + half, half, tops[-1] + step - H + half))"),
        ),
    ),
    "tiled: the edge repeated": tiled(
        {"test-tiled-edges": 1, "test-tiled-seams": 1},
        "beyond the edge the image is mirrored, the pixel at the edge once; here it",
        (
            "mirrored(H, half, tops[-1] + step - H + half)",
            "[min(max(k, 0), H - 1) for k in range(-half, tops[-1] + step + half)]",
        ),
        (
            "mirrored(W, half, lefts[-1] + step - W + half)",
            "[min(max(k, 0), W - 1) for k in range(-half, lefts[-1] + step + half)]",
        ),
    ),
    "tiled: the edge doubled": tiled(
        {"test-tiled-edges": 1, "test-tiled-seams": 1},
        "beyond the edge the image is mirrored, the pixel at the edge once; here it",
        (
            "mirrored(H, half, tops[-1] + step - H + half)",
            "np.pad(np.arange(H), (half, tops[-1] + step - H + half), mode='symmetric')",
        ),
        (
            "mirrored(W, half, lefts[-1] + step - W + half)",
            "np.pad(np.arange(W), (half, lefts[-1] + step - W + half), mode='symmetric')",
        ),
    ),
    "tiled: rows left out at the end": tiled(
        {"test-tiled-places": 1, "test-tiled-edges": 1, "test-tiled-seams": 1},
        "the result must have shape (2, 13, 9), not (2, 12, 6)",
        (
            "list(range(0, H, step)), list(range(0, W, step))",
            ("list(range(0, max(H - step, 0) + 1, step)), list(range(0, max(W - step, 0) + 1, step))"),
        ),
    ),
    "tiled: the last window moved inwards": Wrong(
        {"predict-tiled": THE_LAST_WINDOW_MOVED_INWARDS},
        {"test-tiled-seams": 1},
        "it differs from one pass over the whole mirrored image, in the columns",
    ),
    "tiled: windows without overlap": Wrong(
        {"predict-tiled": WINDOWS_WITHOUT_OVERLAP},
        {"test-tiled-edges": 1, "test-tiled-seams": 1},
        "the result[0, 7, 8] is 475608, but should be 84385",
    ),
    "tiled: the whole window kept, the later over the earlier": tiled(
        {"test-tiled-edges": 1, "test-tiled-seams": 1},
        "dimension 2.  Target sizes: [1, 7, 7].  Tensor sizes: [6, 6]",
        (
            ("whole[:, t : t + step, l : l + step] = pieces[n, :, cut : cut + step, cut : cut + step]"),
            (
                "end = whole[:, t : t + tile - half, l : l + tile - half]\n"
                "            end[:] = pieces[n, :, cut : cut + end.shape[1], cut : cut + "
                "end.shape[2]]"
            ),
        ),
    ),
    "tiled: rows for columns": tiled(
        {"test-tiled-places": 1, "test-tiled-edges": 1, "test-tiled-seams": 1},
        "the result has in row 0 and column 8 the image's pixel of row 8 and column",
        ("for t in tops for l in lefts]", "for l in lefts for t in tops]"),
    ),
    "tiled: one side for both": tiled(
        {"test-tiled-places": 1, "test-tiled-edges": 1, "test-tiled-seams": 1},
        "the result must have shape (2, 16, 24), not (2, 16, 16)",
        (
            "lefts = list(range(0, H, step)), list(range(0, W, step))",
            "lefts = list(range(0, H, step)), list(range(0, H, step))",
        ),
    ),
    "tiled: not cut to the image": tiled(
        {"test-tiled-places": 1, "test-tiled-edges": 1, "test-tiled-seams": 1},
        "the result must have shape (2, 13, 9), not (2, 18, 12)",
        ("whole[:, :H, :W]", "whole"),
    ),
    "tiled: an image as large as a window asked for": tiled(
        {"test-tiled-places": 1, "test-tiled-edges": 1, "test-tiled-seams": 1},
        "image smaller than a window",
        (
            "    tops, lefts",
            (
                "    if H < tile or W < tile:\n"
                "        raise ValueError('image smaller than a window')\n"
                "    tops, lefts"
            ),
        ),
    ),
    "tiled: the image all at once": Wrong(
        {"predict-tiled": THE_IMAGE_ALL_AT_ONCE},
        {"test-tiled-places": 1, "test-tiled-edges": 1, "test-tiled-seams": 1},
        "predict got (1, 2, 16, 24), but takes windows (N, C, tile, tile)",
    ),
    "tiled: the mirror anew at each window": Wrong(
        {"predict-tiled": THE_MIRROR_ANEW_AT_EACH_WINDOW},
        {"test-tiled-edges": 1, "test-tiled-seams": 1},
        "the result[0, 5, 5] is 279930, but should be 396914",
    ),
}
