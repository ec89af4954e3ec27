"""Wrong answers to the lab `unet`, on Dice. The others: lab_unet.py."""

from lab_cases import Wrong
from lab_unet_sizes import planted

DICE_SCORE = """
def dice_score(y, y_hat, *, num_classes, ignore=-1):
    known = y != ignore
    y, y_hat = y[known], y_hat[known]
    scores = []
    for k in range(num_classes):
        both = ((y == k) & (y_hat == k)).sum().item()
        sizes = (y == k).sum().item() + (y_hat == k).sum().item()
        scores.append(2 * both / sizes if sizes > 0 else math.nan)
    return torch.tensor(scores, dtype=torch.float64)
"""

DICE_LOSS = """
def dice_loss(p, y, *, smooth=1.0, ignore=-1):
    K = p.shape[1]
    known = (y != ignore).reshape(-1)
    q = p.permute(0, 2, 3, 1).reshape(-1, K)[known]
    t = F.one_hot(y.reshape(-1)[known], K).to(p.dtype)
    above = 2 * (q * t).sum(0) + smooth
    below = q.sum(0) + t.sum(0) + smooth
    return 1 - (above / below).mean()
"""

GRADIENT = """
def dice_gradient(p, y, *, smooth=1.0, ignore=-1):
    K, gradient = p.shape[1], np.zeros_like(p)
    known = y != ignore
    for k in range(K):
        q, t = p[:, k], (y == k).astype(float) * known
        above = 2 * (q * t).sum() + smooth
        below = q[known].sum() + t.sum() + smooth
        slope = (2 * t * below - above) / below**2
        gradient[:, k] = -slope * known / K
    return gradient
"""

IMAGES_ONE_BY_ONE = """
def dice_score(y, y_hat, *, num_classes, ignore=-1):
    rows = []
    for a, b in zip(y, y_hat):
        a, b = a[a != ignore], b[a != ignore]
        there, called = F.one_hot(a, num_classes), F.one_hot(b, num_classes)
        rows.append(2 * (there * called).sum(0).double() / (there + called).sum(0))
    return torch.stack(rows).nanmean(0)
"""

IMAGE_BY_IMAGE = """
def dice_loss(p, y, *, smooth=1.0, ignore=-1):
    known = (y != ignore)[:, None]
    t = F.one_hot(torch.where(y == ignore, 0, y), p.shape[1]).movedim(-1, 1) * known
    above = 2 * (p * t).sum((2, 3)) + smooth
    below = (p * known).sum((2, 3)) + t.sum((2, 3)) + smooth
    return 1 - (above / below).mean()
"""

dice_score, dice_loss, gradient = (
    planted("dice-score", DICE_SCORE),
    planted("dice-loss", DICE_LOSS),
    planted("dice-gradient", GRADIENT),
)

DICE = {
    "dice_score: IoU": dice_score(
        {"test-dice-score": 1, "test-dice-absent": 1},
        "this is the IoU",
        ("2 * both / sizes", "both / (sizes - both)"),
    ),
    "dice_score: recall": dice_score(
        {"test-dice-score": 1, "test-dice-absent": 1},
        "divide by both sizes together",
        ("2 * both / sizes if sizes > 0", "both / (y == k).sum().item() if (y == k).any()"),
    ),
    "dice_score: images one by one": Wrong(
        {"dice-score": IMAGES_ONE_BY_ONE},
        {"test-dice-score": 1, "test-dice-absent": 1},
        "add up pixels before you divide",
    ),
    "dice_score: without the 2": dice_score(
        {"test-dice-score": 1, "test-dice-absent": 1},
        "the numerator is twice the intersection",
        ("2 * both", "both"),
    ),
    "dice_score: 0 for an absent class": dice_score(
        {"test-dice-absent": 1}, "0/0 is NaN here, not 0", ("else math.nan", "else 0.0")
    ),
    "dice_score: 1 for an absent class": dice_score(
        {"test-dice-absent": 1}, "0/0 is NaN here, not 1", ("else math.nan", "else 1.0")
    ),
    "dice_score: NaN for a class that is only called": dice_score(
        {"test-dice-absent": 1}, "its score is 0", ("if sizes > 0", "if (y == k).any()")
    ),
    "dice_score: calls at ignored pixels count": dice_score(
        {"test-dice-absent": 1},
        "what a pixel with the label −1 is called does not count",
        ("y, y_hat = y[known], y_hat[known]", "pass"),
    ),
    "dice_score: −1 whatever ignore says": dice_score(
        {"test-dice-absent": 1},
        "the label that does not count is the argument `ignore`",
        ("y != ignore", "y != -1"),
    ),
    "dice_score: a little in the denominator": dice_score(
        {"test-dice-score": 1, "test-dice-absent": 1},
        "the scores of two classes in two images[1] is 0.571428, but should be",
        ("2 * both / sizes if sizes > 0 else math.nan", "2 * both / (sizes + 1e-6)"),
    ),
    "dice_score: float32": dice_score(
        {"test-dice-score": 1, "test-dice-absent": 1},
        "the scores of two classes in two images must be of torch.float64, not",
        ("torch.float64", "torch.float32"),
    ),
    "dice_score: a list": dice_score(
        {"test-dice-score": 1, "test-dice-absent": 1},
        "the scores of two classes in two images must be a tensor, not list",
        ("torch.tensor(scores, dtype=torch.float64)", "scores"),
    ),
    "dice_loss: Dice itself": dice_loss(
        {"test-dice-loss": 1}, "this is Dice; the loss is 1 − Dice", ("1 - (above", "(above")
    ),
    "dice_loss: smoothing below alone missing": dice_loss(
        {"test-dice-loss": 1}, "the smoothing stands below the line, too", ("t.sum(0) + smooth", "t.sum(0)")
    ),
    "dice_loss: smoothing above alone missing": dice_loss(
        {"test-dice-loss": 1},
        "the smoothing stands above the line, too",
        ("(q * t).sum(0) + smooth", "(q * t).sum(0)"),
    ),
    "dice_loss: classes together": dice_loss(
        {"test-dice-loss": 1},
        "take Dice of each class, then the mean over the classes",
        (".sum(0)", ".sum()"),
    ),
    "dice_loss: summed over classes": dice_loss(
        {"test-dice-loss": 1},
        "the mean over the classes, not their sum",
        ("1 - (above / below).mean()", "(1 - above / below).sum()"),
    ),
    "dice_loss: squares": dice_loss(
        {"test-dice-loss": 1}, "below the line stand plain sums, not squares", ("q.sum(0)", "(q**2).sum(0)")
    ),
    "dice_loss: the numerator once": dice_loss(
        {"test-dice-loss": 1}, "the numerator is twice the shared sum", ("2 * (q", "(q")
    ),
    "dice_loss: background left out": dice_loss(
        {"test-dice-loss": 1},
        "the mean is over all classes, background too",
        ("(above / below).mean()", "(above / below)[1:].mean()"),
    ),
    "dice_loss: a smoothing of 1": dice_loss(
        {"test-dice-loss": 1},
        "the loss with smooth=0.25, ignore=255 is 0.723253, but should be 0.767428",
        ("+ smooth", "+ 1"),
    ),
    "dice_loss: ignored p count": dice_loss(
        {"test-dice-loss": 1}, "their p is in the sum below the line", ("q.sum(0)", "p.sum((0, 2, 3))")
    ),
    "dice_loss: ignored pixels as class 0": dice_loss(
        {"test-dice-loss": 1},
        "they count as class 0",
        (
            "known = (y != ignore).reshape(-1)",
            ("y = torch.where(y == ignore, 0, y)\n    known = torch.ones(y.numel(), dtype=torch.bool)"),
        ),
    ),
    "dice_loss: image by image": Wrong(
        {"dice-loss": IMAGE_BY_IMAGE}, {"test-dice-loss": 1}, "the sums go over all images of the batch"
    ),
    "dice_loss: a float": dice_loss(
        {"test-dice-loss": 1},
        "the loss of p = (0.75, 0.25), (0.5, 0.5) for labels 0, 1 must be a tensor,",
        ("return 1 - (above / below).mean()", "return float(1 - (above / below).mean())"),
    ),
    "dice_gradient: the sign": gradient(
        {"test-dice-gradient": 1}, "the sign is turned", ("= -slope", "= slope")
    ),
    "dice_gradient: not the mean over classes": gradient(
        {"test-dice-gradient": 1},
        "the mean over the classes divides by their number",
        (" * known / K", " * known"),
    ),
    "dice_gradient: below taken as fixed": gradient(
        {"test-dice-gradient": 1},
        "p stands below the line, too",
        ("(2 * t * below - above) / below**2", "2 * t / below"),
    ),
    "dice_gradient: the numerator once": gradient(
        {"test-dice-gradient": 1}, "the numerator has twice the shared sum", ("2 * t * below", "t * below")
    ),
    "dice_gradient: no smoothing above": gradient(
        {"test-dice-gradient": 1},
        "the smoothing stands above the line, too",
        ("(q * t).sum() + smooth", "(q * t).sum()"),
    ),
    "dice_gradient: ignored pixels pushed": gradient(
        {"test-dice-gradient": 1}, "a pixel labelled −1 has the gradient 0", ("-slope * known", "-slope")
    ),
    "dice_gradient: ignored pixels below": gradient(
        {"test-dice-gradient": 1},
        "pixels labelled −1 do not count below the line, either",
        ("q[known].sum()", "q.sum()"),
    ),
    "dice_gradient: through the softmax": gradient(
        {"test-dice-gradient": 1},
        "take the probabilities as free numbers, without the softmax",
        ("    return gradient", "    return gradient - gradient.mean(1, keepdims=True)"),
    ),
    "dice_gradient: a smoothing of 1": gradient(
        {"test-dice-gradient": 1},
        "the gradient[0, 2, 0, 0] is -0.0648756, but should be -0.0706005",
        ("+ smooth", "+ 1"),
    ),
}
