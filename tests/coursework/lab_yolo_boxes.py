"""Wrong answers to the lab `yolo`, on overlaps and suppression. The others: lab_yolo.py."""

from lab_cases import Wrong

IOU = """
def iou(a, b):
    low, high = torch.maximum(a[:, None, :2], b[:, :2]), torch.minimum(a[:, None, 2:], b[:, 2:])
    shared = (high - low).clamp(min=0).prod(2)
    union = (a[:, 2:] - a[:, :2]).prod(1)[:, None] + (b[:, 2:] - b[:, :2]).prod(1) - shared
    return torch.where(union > 0, shared / union, torch.zeros_like(union))
"""

GIOU = """
def giou(a, b):
    low, high = torch.maximum(a[:, None, :2], b[:, :2]), torch.minimum(a[:, None, 2:], b[:, 2:])
    shared = (high - low).clamp(min=0).prod(2)
    union = (a[:, 2:] - a[:, :2]).prod(1)[:, None] + (b[:, 2:] - b[:, :2]).prod(1) - shared
    low, high = torch.minimum(a[:, None, :2], b[:, :2]), torch.maximum(a[:, None, 2:], b[:, 2:])
    hull = (high - low).prod(2)
    first = torch.where(union > 0, shared / union, torch.zeros_like(union))
    return first - torch.where(hull > 0, (hull - union) / hull, torch.zeros_like(union))
"""

SUPPRESS = """
def suppress(overlaps, scores, labels, threshold):
    order, kept = torch.sort(scores, descending=True, stable=True)[1], []
    for k in order.tolist():
        dropped = False
        for j in kept:
            if labels[j] == labels[k] and overlaps[j, k] > threshold:
                dropped = True
        if not dropped:
            kept.append(k)
    return torch.tensor(kept, dtype=torch.int64)
"""


def changed(source: str, right: str, wrong: str) -> str:
    """Return a right answer with one mistake; raise ValueError where what it replaces is not there."""
    if right not in source:
        raise ValueError(f"{right!r} must stand in the answer")
    return source.replace(right, wrong)


def planted(cell: str, source: str):
    """Return a function that makes a wrong answer of a right one: (right, wrong, points lost, message)."""

    def wrong(right: str, mistake: str, loses: dict[str, float], says: str) -> Wrong:
        return Wrong(replace={cell: changed(source, right, mistake)}, loses=loses, says=says)

    return wrong


iou, giou, suppress = planted("iou", IOU), planted("giou", GIOU), planted("suppress", SUPPRESS)
OVERLAP = {"test-iou": 1}
EMPTY = {"test-iou-empty": 1}
RULE = {"test-suppress": 1}
CLASSES = {"test-suppress-classes": 1}
TIES = {"test-suppress-ties": 1}
DETECTED = {"test-detect": 1, "test-detect-suppressed": 1}


def shifts(first, second) -> dict[str, str]:
    """Return an answer to task 1b."""
    return {"pencil": f"def pencil():\n    return {first}, {second}\n"}


BOXES = {
    "iou: lengths not cut at 0": iou(
        ".clamp(min=0)",
        "",
        OVERLAP | EMPTY,
        "two negative lengths have a positive product",
    ),
    "iou: cut after the product": iou(
        ".clamp(min=0).prod(2)",
        ".prod(2).clamp(min=0)",
        OVERLAP | EMPTY,
        "two negative lengths have a positive product",
    ),
    "iou: + 1": iou(
        "(high - low)",
        "(high - low + 1)",
        OVERLAP | EMPTY | {"test-detect-suppressed": 1},
        "of a box with one shifted by half",
    ),
    "iou: shared counted twice": iou(
        ".prod(1) - shared",
        ".prod(1)",
        OVERLAP | EMPTY | {"test-detect-suppressed": 1},
        "what both boxes share counts once in the union",
    ),
    "iou: over the first area": iou(
        " + (b[:, 2:] - b[:, :2]).prod(1) - shared",
        " + 0 * shared",
        OVERLAP | EMPTY | {"test-detect-suppressed": 1},
        "divide by the area of the union",
    ),
    "iou: pairs in order": iou(
        "[:, None",
        "[:",
        OVERLAP | EMPTY | DETECTED,
        "each box of a is held against each box of b",
    ),
    "iou: 0/0": iou(
        "torch.where(union > 0, shared / union, torch.zeros_like(union))", "shared / union", EMPTY, "NaN"
    ),
    "iou: a little in the denominator": iou(
        "torch.where(union > 0, shared / union, torch.zeros_like(union))",
        "shared / (union + 1e-9)",
        EMPTY,
        "a small number is added to the union: two equal boxes have the IoU 1",
    ),
    "iou: very little in the denominator": iou(
        "torch.where(union > 0, shared / union, torch.zeros_like(union))",
        "shared / (union + torch.finfo(union.dtype).eps)",
        EMPTY,
        "a small number is added to the union",
    ),
    "iou: the union clamped": iou(
        "torch.where(union > 0, shared / union, torch.zeros_like(union))",
        "shared / union.clamp(min=1e-12)",
        EMPTY,
        "the union is not let below a small number: two equal boxes have the IoU 1",
    ),
    "iou: small areas as none": iou(
        "torch.where(union > 0,", "torch.where(union > 1e-9,", EMPTY, "however small they are"
    ),
    "iou: float64 whatever comes": iou(
        "low, high = torch.maximum",
        "a, b = a.double(), b.double()\n    low, high = torch.maximum",
        OVERLAP | EMPTY,
        "must be of torch.float32, not torch.float64",
    ),
    "iou: boxes changed in place": Wrong(
        {"iou": changed(IOU, "    shared =", "    b[:, 2:] -= 0.5\n    shared =")},
        OVERLAP | EMPTY | DETECTED,
        "iou changed the b that it was given",
    ),
    "pencil: both shifts alike": Wrong(shifts(10.0, 10.0), {"test-pencil": 1}, "costs more than one along x"),
    "pencil: half of the side": Wrong(shifts(15.0, 5.505), {"test-pencil": 1}, "along x alone does not"),
    "pencil: half of the first": Wrong(shifts(10.0, 5.0), {"test-pencil": 1}, "along both axes does not"),
    "pencil: an int": Wrong(shifts(10, 5.505), {"test-pencil": 1}, "must be a float, not int"),
    "giou: pairs in order": giou(
        "[:, None",
        "[:",
        {"test-giou": 1},
        "giou of 2 with 5 boxes ends in an error",
    ),
    "giou: over the union": giou(
        "(hull - union) / hull", "(hull - union) / union", {"test-giou": 1}, "divide by the hull"
    ),
    "giou: added": giou("first - torch", "first + torch", {"test-giou": 1}, "subtract the second term"),
    "giou: iou": giou("first - torch", "first - 0 * torch", {"test-giou": 1}, "this is the IoU"),
    "giou: the share of the union": giou(
        "(hull - union) / hull", "union / hull", {"test-giou": 1}, "neither box fills"
    ),
    "giou: hull of area 0": giou(
        "torch.where(hull > 0, (hull - union) / hull, torch.zeros_like(union))",
        "(hull - union) / hull",
        {"test-giou": 1},
        "a point with itself holds NaN",
    ),
    "suppress: at the threshold": suppress(
        "> threshold", ">= threshold", TIES, "exactly 0.5, which is not above"
    ),
    "suppress: dropped boxes drop": suppress(
        "for j in kept:",
        "for j in order.tolist()[: order.tolist().index(k)]:",
        RULE | TIES | {"test-detect-suppressed": 1},
        "a dropped box drops no other",
    ),
    "suppress: classes together": suppress(
        "labels[j] == labels[k] and ",
        "",
        CLASSES | DETECTED,
        "each class stands by itself",
    ),
    "suppress: ties the other way": suppress(
        "torch.sort(scores, descending=True, stable=True)[1]",
        "torch.sort(scores, stable=True)[1].flip(0)",
        TIES | {"test-detect": 1},
        "the box that stands first is taken first",
    ),
    "suppress: a sort that is not stable": suppress(
        "torch.sort(scores, descending=True, stable=True)[1]",
        "(torch.sort(scores, descending=True, stable=True)[1] if len(scores) <= 16 else"
        " torch.sort(scores, stable=True)[1].flip(0))",
        TIES,
        "197, 196, 195], but should be [0, 1, 2, 3, 4]: it does not take the box that stands first",
    ),
    "suppress: class by class": suppress(
        "    return",
        "    kept.sort(key=lambda k: int(labels[k]))\n    return",
        CLASSES | DETECTED,
        "over all classes",
    ),
    "suppress: in the order of the boxes": suppress(
        "    return",
        "    kept.sort()\n    return",
        RULE | CLASSES | TIES | DETECTED,
        "the best score comes first",
    ),
    "suppress: a list": suppress(
        "torch.tensor(kept, dtype=torch.int64)",
        "kept",
        RULE | CLASSES | TIES,
        "must be a tensor, not list",
    ),
    "suppress: no boxes, no dtype": suppress(
        ", dtype=torch.int64", "", RULE | {"test-detect": 1}, "must be of torch.int64"
    ),
}
