"""Wrong answers to the lab `yolo`, and the points that each must lose: data for the tests of labs.

Here those to task 6; the others are in lab_yolo_boxes.py, lab_yolo_grid.py and
lab_yolo_scores.py.
"""

from lab_cases import Wrong
from lab_yolo_boxes import BOXES, changed, planted
from lab_yolo_grid import GRID
from lab_yolo_scores import SCORES

MENDED = """
def mended_loss(guesses, found, places, boxes, labels, *, ignore=0.5, background_weight=1.0):
    def both(a, b):
        low, high = torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:])
        shared = (high - low).clamp(min=0).prod(-1)
        union = area(a) + area(b) - shared
        low, high = torch.minimum(a[..., :2], b[..., :2]), torch.maximum(a[..., 2:], b[..., 2:])
        hull = (high - low).prod(-1)
        return shared / union, shared / union - (hull - union) / hull

    image, anchor, row, column = places.unbind(1)
    answers = guesses[image, anchor, row, column]
    guessed = found[image, anchor, row, column]
    background = torch.ones(guesses.shape[:-1], dtype=torch.bool)
    for k in range(len(boxes)):
        far = both(found[image[k]], boxes[k])[0] < ignore
        background[image[k]] &= far
    background[image, anchor, row, column] = False
    total = 2 * (1 - both(guessed, boxes)[1]).sum() + F.softplus(-answers[:, 4]).sum()
    total = total + background_weight * F.softplus(guesses[..., 4][background]).sum()
    total = total + F.cross_entropy(answers[:, 5:], labels, reduction="sum")
    return total / len(guesses)
"""

WITNESSES = """
def witnesses():
    def case(shape, boxes, objects):
        return {
            "guesses": torch.zeros(*shape, 7, dtype=torch.float64),
            "found": torch.tensor(boxes, dtype=torch.float64).reshape(*shape, 4),
            "places": torch.zeros(1, 4, dtype=torch.int64),
            "boxes": torch.tensor(objects, dtype=torch.float64),
            "labels": torch.tensor([0]),
        }

    apart = case((1, 1, 1, 1), [[0, 0, 4, 4]], [[8, 8, 12, 12]])
    images = case((2, 1, 1, 1), [[0, 0, 4, 4], [20, 0, 24, 4]], [[0, 0, 4, 4]])
    sharp = case((1, 1, 1, 1), [[0, 0, 4, 4]], [[0, 0, 4, 4]])
    sharp["guesses"][..., 5] = -10.0
    return {1: apart, 10: images, 13: sharp}
"""

mended, witnesses = planted("mended", MENDED), planted("witnesses", WITNESSES)
MEND = {"test-mended": 1}
ALL = {"test-witness-1": 2, "test-witness-2": 2, "test-witness-3": 2}

HUNT = {
    "mended: the suspect itself": Wrong(
        {"mended": "def mended_loss(*args, **options):\n    return suspect_loss(*args, **options)\n"},
        MEND,
        "a case of box term 2 × 1 and class term 60",
    ),
    "mended: still cut after the product": mended(
        ".clamp(min=0).prod(-1)",
        ".prod(-1).clamp(min=0)",
        MEND,
        "an object apart from every guess along x and along y",
    ),
    "mended: other images still lose their background": mended(
        "background[image[k]] &= far", "background &= far", MEND, "two images with one anchor and one object"
    ),
    "mended: still softmax twice": mended(
        "F.cross_entropy(answers[:, 5:]",
        "F.cross_entropy(answers[:, 5:].softmax(1)",
        MEND,
        "box term 2 × 1 and class term 60 (the object's class has the logit −30, the other 30) is 3.31",
    ),
    "mended: a mean over objects": mended(
        "total / len(guesses)",
        "total / max(len(boxes), 1)",
        MEND,
        "one image with one anchor and two objects",
    ),
    "mended: the last object wins": mended(
        "background[image[k]] &= far",
        "background[image[k]] = far",
        MEND,
        "one image with one anchor and two objects",
    ),
    "mended: all anchors of a cell": mended(
        "background[image, anchor, row, column] = False",
        "background[image, :, row, column] = False",
        MEND,
        "one image with three anchors and one object",
    ),
    "mended: the weight forgotten": mended(
        "background_weight * ", "", MEND, "a case with background_weight=0"
    ),
    "mended: ignore forgotten": mended("< ignore", "< 0.5", MEND, "a case with ignore=0.2"),
    "mended: a float": mended(
        "return total / len(guesses)", "return float(total / len(guesses))", MEND, "must be a tensor"
    ),
    "witnesses: two lines show": witnesses(
        '    sharp["guesses"]',
        '    apart["guesses"][..., 5] = -10.0\n    sharp["guesses"]',
        {"test-witness-1": 2},
        "another wrong line shows in its case too",
    ),
    "witnesses: it does not show": witnesses(
        "[[8, 8, 12, 12]]", "[[5, 0, 9, 4]]", {"test-witness-1": 2}, "your case does not show it"
    ),
    "witnesses: it hardly shows": witnesses(
        "[[8, 8, 12, 12]]", "[[5, 5, 9, 9]]", {"test-witness-1": 2}, "your case does not show it"
    ),
    "witnesses: one image alone": witnesses(
        "(2, 1, 1, 1)", "(1, 1, 1, 2)", {"test-witness-2": 2}, "your case does not show it"
    ),
    "witnesses: all probabilities alike": witnesses(
        '    sharp["guesses"][..., 5] = -10.0\n', "", {"test-witness-3": 2}, "your case does not show it"
    ),
    "witnesses: a line misnamed": witnesses("13: sharp", "12: sharp", {"test-witness-3": 2}, "is missing"),
    "witnesses: lines of another variant": witnesses(
        "{1: apart, 10: images, 13: sharp}", "{2: apart, 11: images, 14: sharp}", ALL, "is missing"
    ),
    "witnesses: one line twice": witnesses(
        "10: images, 13: sharp", "1: images, 13: sharp", ALL, "exactly three cases"
    ),
    "witnesses: float32": witnesses(
        "dtype=torch.float64).reshape", ").reshape", ALL, "found must be a tensor of torch.float64"
    ),
    "witnesses: no number": witnesses("= -10.0", "= float('nan')", ALL, "must hold numbers from −100 to 100"),
    "witnesses: a list of cases": Wrong(
        {"witnesses": changed(WITNESSES, "{1: apart, 10: images, 13: sharp}", "[apart, images, sharp]")},
        ALL,
        "must return a dict of exactly three cases",
    ),
}

WRONG = BOXES | GRID | SCORES | HUNT
