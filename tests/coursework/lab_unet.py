"""Wrong answers to the lab `unet`, and the points that each must lose: data for the tests of labs.

Here those to task 6; the others are in lab_unet_sizes.py, lab_unet_spread.py, lab_unet_network.py,
lab_unet_dice.py, lab_unet_mirror.py and lab_unet_tiles.py.
"""

from lab_cases import Wrong
from lab_unet_dice import DICE
from lab_unet_mirror import MIRRORS
from lab_unet_network import NETWORK
from lab_unet_sizes import SIZES, planted
from lab_unet_spread import SPREADS
from lab_unet_tiles import TILES

MENDED = """
def mended_labels(y, size):
    rows, columns = (y.shape[1] - size[0]) // 2, (y.shape[2] - size[1]) // 2
    return y[:, rows : rows + size[0], columns : columns + size[1]]


def mended_loss(logits, y):
    y, K = mended_labels(y, logits.shape[2:]), logits.shape[1]
    counts = y != -1
    cross_entropy = F.cross_entropy(logits, y, ignore_index=-1)
    p = logits.softmax(1) * counts[:, None]
    t = F.one_hot(y.clamp(min=0), K).movedim(-1, 1) * counts[:, None]
    both = (p * t).sum((0, 2, 3))
    sums = p.sum((0, 2, 3)) + t.sum((0, 2, 3))
    return cross_entropy + 1 - ((2 * both + 1) / (sums + 1)).mean()


def mended_score(logits, y):
    y, scores = mended_labels(y, logits.shape[2:]), []
    counts, called = y != -1, logits.argmax(1)
    for k in range(logits.shape[1]):
        both = ((called == k) & (y == k)).sum()
        either = (((called == k) | (y == k)) & counts).sum()
        if either > 0:
            scores.append(both / either)
    return torch.stack(scores).mean()
"""

WITNESSES = """
def witnesses():
    def case(shape, rows, y):
        logits = torch.tensor(rows, dtype=torch.float64).T.reshape(1, *shape)
        return {"logits": logits, "y": torch.tensor(y)}

    corner = case((2, 1, 2), [[3, 0], [0, 3]], [[[1, 0, 1, 1]]])
    open_p = case((2, 1, 3), [[4, 0], [0, 4], [0, 4]], [[[0, 1, -1]]])
    absent = case((3, 1, 2), [[4, 0, 0], [0, 4, 0]], [[[0, 1]]])
    return {1: corner, 6: open_p, 18: absent}
"""

THE_SUSPECT_ITSELF = """
def mended_labels(y, size):
    return suspect_labels(y, size)


def mended_loss(logits, y):
    return suspect_loss(logits, y)


def mended_score(logits, y):
    return suspect_score(logits, y)
"""

mended, witnesses = planted("mended", MENDED), planted("witnesses", WITNESSES)

HUNT = {
    "mended: the suspect itself": Wrong(
        {"mended": THE_SUSPECT_ITSELF},
        {"test-mended": 1},
        "mended_loss of one image, logits of 2 × 3 pixels, labels of 6 × 7 is",
    ),
    "mended: labels of the corner": mended(
        {"test-mended": 1},
        "mended_loss of one image, logits of 2 × 3 pixels, labels of 6 × 7 is",
        ("(y.shape[1] - size[0]) // 2, (y.shape[2] - size[1]) // 2", "0, 0"),
    ),
    "mended: labels of the last rows": mended(
        {"test-mended": 1},
        "mended_loss of one image, logits of 2 × 3 pixels, labels of 6 × 7 is",
        (" // 2, (y.shape[2] - size[1]) // 2", ", y.shape[2] - size[1]"),
    ),
    "mended: p of ignored pixels": mended(
        {"test-mended": 1},
        "mended_loss of one image in which each third pixel is labelled −1 is",
        ("logits.softmax(1) * counts[:, None]", "logits.softmax(1)"),
    ),
    "mended: labels of ignored pixels": mended(
        {"test-mended": 1},
        "mended_loss of one image in which each third pixel is labelled −1 is",
        (".movedim(-1, 1) * counts[:, None]", ".movedim(-1, 1)"),
    ),
    "mended: ignored pixels in the cross-entropy": mended(
        {"test-mended": 1},
        "mended_loss of one image in which each third pixel is labelled −1 is",
        (
            "F.cross_entropy(logits, y, ignore_index=-1)",
            "F.cross_entropy(logits, y, ignore_index=-1, reduction='sum') / y.numel()",
        ),
    ),
    "mended: sigmoid": mended(
        {"test-mended": 1},
        "mended_loss of one image, logits as large as the labels is 1.63441, but",
        ("logits.softmax(1)", "logits.sigmoid()"),
    ),
    "mended: absent classes as 0": mended(
        {"test-mended": 1},
        "mended_score of one image in which the last of four classes is neither",
        (
            "        if either > 0:\n            scores",
            "        if True:\n            either = either.clamp(min=1)\n            scores",
        ),
    ),
    "mended: ignored calls": mended(
        {"test-mended": 1},
        "mended_score of one image in which each third pixel is labelled −1 is",
        ("(((called == k) | (y == k)) & counts).sum()", "((called == k) | (y == k)).sum()"),
    ),
    "mended: a logit above 0": mended(
        {"test-mended": 1},
        "mended_score of one image, logits as large as the labels is 0.125, but",
        ("logits.argmax(1)", "(logits > 0).int().argmax(1)"),
    ),
    "mended: Dice for IoU": mended(
        {"test-mended": 1},
        "mended_score of one image, logits as large as the labels is 0.377778, but",
        ("scores.append(both / either)", "scores.append(2 * both / (either + both))"),
    ),
    "mended: no smoothing": mended(
        {"test-mended": 1},
        "mended_loss of one image, logits as large as the labels is 1.73441, but",
        ("(2 * both + 1) / (sums + 1)", "2 * both / sums"),
    ),
    "mended: a float": mended(
        {"test-mended": 1},
        "mended_score of one image, logits as large as the labels must be a tensor,",
        ("return torch.stack(scores).mean()", "return float(torch.stack(scores).mean())"),
    ),
    "witnesses: two lines show": witnesses(
        {"test-witness-1": 2},
        "another wrong line shows in its case too",
        ("[[[1, 0, 1, 1]]]", "[[[0, 0, 1, -1, 1]]]"),
        ("(2, 1, 2), [[3, 0], [0, 3]]", "(2, 1, 3), [[3, 0], [0, 3], [3, 0]]"),
    ),
    "witnesses: absent shows in the first": witnesses(
        {"test-witness-1": 2},
        "another wrong line shows in its case too",
        ("(2, 1, 2), [[3, 0], [0, 3]]", "(3, 1, 2), [[3, 0, 0], [0, 3, 0]]"),
    ),
    "witnesses: it does not show": witnesses(
        {"test-witness-1": 2}, "your case does not show it", ("[[[1, 0, 1, 1]]]", "[[[0, 1]]]")
    ),
    "witnesses: no pixel is ignored": witnesses(
        {"test-witness-2": 2}, "your case does not show it", ("[[[0, 1, -1]]]", "[[[0, 1, 1]]]")
    ),
    "witnesses: every class is there": witnesses(
        {"test-witness-3": 2},
        "your case does not show it",
        ("(3, 1, 2), [[4, 0, 0], [0, 4, 0]]", "(2, 1, 2), [[4, 0], [0, 4]]"),
    ),
    "witnesses: a line misnamed": witnesses(
        {"test-witness-3": 2},
        "a wrong line is missing from witnesses() (3 of 3)",
        ("18: absent", "17: absent"),
    ),
    "witnesses: lines of another variant": witnesses(
        {"test-witness-1": 2, "test-witness-2": 2, "test-witness-3": 2},
        "a wrong line is missing from witnesses() (1 of 3)",
        ("{1: corner, 6: open_p, 18: absent}", "{5: corner, 13: open_p, 14: absent}"),
    ),
    "witnesses: one line twice": witnesses(
        {"test-witness-1": 2, "test-witness-2": 2, "test-witness-3": 2},
        "witnesses must return a dict of exactly three cases",
        ("6: open_p, 18", "1: open_p, 18"),
    ),
    "witnesses: float32": witnesses(
        {"test-witness-1": 2, "test-witness-2": 2, "test-witness-3": 2},
        "logits must be a tensor of torch.float64",
        ("dtype=torch.float64", "dtype=torch.float32"),
    ),
    "witnesses: all ignored": witnesses(
        {"test-witness-1": 2, "test-witness-2": 2, "test-witness-3": 2},
        "the suspect's loss is nan; is every pixel labelled −1?",
        ("[[[0, 1, -1]]]", "[[[-1, -1, -1]]]"),
    ),
    "witnesses: labels too small": witnesses(
        {"test-witness-1": 2, "test-witness-2": 2, "test-witness-3": 2},
        "y must be as large as the logits or larger, up to 8 × 8",
        ("[[[0, 1, -1]]]", "[[[0, 1]]]"),
    ),
    "witnesses: a list": witnesses(
        {"test-witness-1": 2, "test-witness-2": 2, "test-witness-3": 2},
        "witnesses must return a dict of exactly three cases",
        ("{1: corner, 6: open_p, 18: absent}", "[corner, open_p, absent]"),
    ),
    "witnesses: a label that is no class": witnesses(
        {"test-witness-1": 2, "test-witness-2": 2, "test-witness-3": 2},
        "y must hold numbers from −1 to 1",
        ("[[[1, 0, 1, 1]]]", "[[[1, 0, 1, 2]]]"),
    ),
}

WRONG = SIZES | SPREADS | NETWORK | DICE | MIRRORS | TILES | HUNT
