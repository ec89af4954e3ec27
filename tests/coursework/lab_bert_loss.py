"""Wrong answers to the lab `bert`, on the loss. The others: lab_bert.py."""

from lab_unet_sizes import planted

LOSS = """
def pretraining_loss(token_logits, labels, next_logits, is_next):
    def one(logits, right):
        largest = logits.max(axis=-1, keepdims=True)
        p = np.exp(logits - largest)
        total = p.sum(axis=-1, keepdims=True)
        picked = np.take_along_axis(logits, right[..., None], axis=-1)
        loss = (np.log(total) + largest - picked)[..., 0]
        slope = p / total
        at = np.take_along_axis(slope, right[..., None], axis=-1)
        np.put_along_axis(slope, right[..., None], at - 1, axis=-1)
        return loss, slope

    chosen = labels != -100
    number = max(1, chosen.sum())
    losses, slopes = one(np.where(chosen[..., None], token_logits, 0.0), np.where(chosen, labels, 0))
    of_tokens = (losses * chosen).sum() / number
    d_tokens = slopes * chosen[..., None] / number
    losses, slopes = one(next_logits, 1 - is_next.astype(int))
    of_next = losses.mean()
    d_next = slopes / len(is_next)
    return float(of_tokens), float(of_next), d_tokens, d_next
"""

PIECES = """
def in_pieces(pieces):
    tokens = pairs = asked = number = 0
    for piece in pieces:
        of_tokens, of_next, _, _ = pretraining_loss(*piece)
        count = int((piece[1] != -100).sum())
        asked += count
        number += len(piece[3])
        tokens += of_tokens * count
        pairs += of_next * len(piece[3])
    return float(tokens / max(asked, 1)), float(pairs / number)
"""

loss = planted("pretraining-loss", LOSS)
pieces = planted("in-pieces", PIECES)
EVERY = {
    "test-loss": 1,
    "test-loss-gradients": 1,
    "test-loss-places": 1,
    "test-loss-edges": 1,
    "test-pieces": 1,
}
MOST = {"test-loss": 1, "test-loss-gradients": 1, "test-loss-edges": 1, "test-pieces": 1}
SOME = {"test-loss-gradients": 1, "test-loss-places": 1, "test-loss-edges": 1}

LOSSES = {
    "loss: the mean over all places": loss(
        EVERY,
        "of_tokens of two pairs of three tokens: the mean over the places with ",
        ("max(1, chosen.sum())", "chosen.size"),
    ),
    "loss: the sum": loss(
        EVERY,
        "of_tokens of two pairs of three tokens: the mean over the places with ",
        ("max(1, chosen.sum())", "1"),
    ),
    "loss: the mean of the rows' means": loss(
        MOST,
        "of_tokens of two pairs of three tokens: the mean over all places, not ",
        ("max(1, chosen.sum())", "np.maximum(1, chosen.sum(1, keepdims=True)) * max(1, chosen.any(1).sum())"),
        ("(losses * chosen).sum() / number", "(losses * chosen / number).sum()"),
        ("chosen[..., None] / number", "(chosen / number)[..., None]"),
    ),
    "loss: gradients not divided": loss(
        SOME,
        "d_tokens of two pairs of three tokens: central differences of your own",
        ("slopes * chosen[..., None] / number", "slopes * chosen[..., None]"),
    ),
    "loss: gradients of pairs not divided": loss(
        {"test-loss-gradients": 1},
        "d_next of two pairs of three tokens: central differences of your own l",
        ("slopes / len(is_next)", "slopes"),
    ),
    "loss: gradients divided by all places": loss(
        SOME,
        "d_tokens of two pairs of three tokens: central differences of your own",
        ("chosen[..., None] / number", "chosen[..., None] / chosen.size"),
    ),
    "loss: the signs of gradients turned": loss(
        SOME,
        "d_tokens of two pairs of three tokens: central differences of your own",
        (
            "return float(of_tokens), float(of_next), d_tokens, d_next",
            "return float(of_tokens), float(of_next), -d_tokens, -d_next",
        ),
    ),
    "loss: class 1 follows": loss(
        MOST,
        "of_next of two pairs: class 0 says that the second text follows",
        ("1 - is_next.astype(int)", "is_next.astype(int)"),
    ),
    "loss: the sum over pairs": loss(
        MOST,
        "of_next of two pairs: the mean over the pairs, not their sum",
        ("losses.mean()", "losses.sum()"),
        ("slopes / len(is_next)", "slopes"),
    ),
    "loss: −100 is a token": loss(
        EVERY,
        "of_tokens of two pairs of three tokens is 0.7890412, but should be 0.4",
        ("chosen = labels != -100", "chosen = labels > -1000"),
        ("np.where(chosen, labels, 0)", "np.maximum(labels, 0)"),
    ),
    "loss: token 0 is not to be guessed": loss(
        EVERY,
        "of_tokens of a batch of 1 × 4 tokens, 5 in the vocabulary is 2.6978614",
        ("chosen = labels != -100", "chosen = labels > 0"),
    ),
    "loss: places without a label count as token 0": loss(
        SOME,
        "d_tokens of two pairs of three tokens[0, 1, 0] is -0.25, but should be",
        ("    d_tokens = slopes * chosen[..., None] / number", "    d_tokens = slopes / number"),
    ),
    "loss: NaN times 0": loss(
        {"test-loss-places": 1},
        "of_tokens of a batch of 2 × 5 tokens, logits of nan where there is no ",
        ("np.where(chosen[..., None], token_logits, 0.0)", "token_logits"),
    ),
    "loss: 0 / 0": loss(
        {"test-loss-edges": 1, "test-pieces": 1},
        "of_tokens without a place with a label is nan, but should be 0",
        ("max(1, chosen.sum())", "chosen.sum()"),
    ),
    "loss: nothing at all where no token is to be guessed": loss(
        {"test-loss-edges": 1, "test-pieces": 1},
        "d_next must not be 0 where no token is to be guessed",
        ("of_next = losses.mean()", "of_next = losses.mean() * chosen.any()"),
        ("slopes / len(is_next)", "slopes / len(is_next) * chosen.any()"),
    ),
    "loss: the exponential overflows": loss(
        {"test-loss-edges": 1},
        "logits 1000, −1000, 0 and the label 0: of_tokens is inf: the exponenti",
        ("largest = logits.max(axis=-1, keepdims=True)", "largest = 0.0"),
    ),
    "loss: a little in the logarithm": loss(
        EVERY,
        "of_tokens of two pairs of three tokens is 0.49721812, but should be 0.",
        ("(np.log(total) + largest - picked)", "-np.log(np.exp(picked - largest) / total + 1e-7)"),
    ),
    "loss: logits cut at 50": loss(
        {"test-loss-edges": 1},
        "logits 1000, −1000, 0 and the label 0: of_next is 100, but should be 2",
        (
            "    def one(logits, right):\n",
            "    def one(logits, right):\n        logits = np.clip(logits, -50, 50)\n",
        ),
    ),
    "loss: logarithm to the base 2": loss(
        EVERY,
        "of_tokens of two pairs of three tokens is 0.71733436, but should be 0.",
        ("return loss, slope", "return loss / np.log(2), slope"),
    ),
    "loss: no gradient for pairs": loss(
        {"test-loss-gradients": 1, "test-loss-edges": 1},
        "d_next of two pairs of three tokens[0, 0] is -0, but should be -0.1234",
        ("    d_next = slopes / len(is_next)", "    d_next = 0 * slopes"),
    ),
    "loss: the softmax for the gradient": loss(
        SOME, "d_tokens of two pairs of three tokens[0, 0, 3] is 0.00585928, but shou", ("at - 1", "at")
    ),
    "loss: floats of NumPy": loss(
        EVERY,
        "of_tokens of two pairs of three tokens must be a float, got float64: f",
        ("float(of_tokens), float(of_next)", "of_tokens, of_next"),
    ),
    "loss: the losses added": loss(
        EVERY,
        "what pretraining_loss gives for two pairs of three tokens must be a tu",
        ("float(of_tokens), float(of_next), d", "float(of_tokens + of_next), d"),
    ),
    "loss: the squared error of the pairs": loss(
        MOST,
        "of_next of two pairs is 0.0625, but should be 0.28768207",
        ("of_next = losses.mean()", "of_next = ((np.exp(-losses) - 1) ** 2).mean()"),
    ),
    "pieces: the mean of the means": pieces(
        {"test-pieces": 1},
        "six pairs in pieces of 1, 5: of_tokens: this is the mean of the pieces",
        ("count = int((piece[1] != -100).sum())", "count = 1"),
        ("number += len(piece[3])", "number += 1"),
        ("of_next * len(piece[3])", "of_next"),
    ),
    "pieces: the mean of those with labels": pieces(
        {"test-pieces": 1},
        "six pairs in pieces of 1, 5: of_tokens: this is the mean of the pieces",
        ("count = int((piece[1] != -100).sum())", "count = int((piece[1] != -100).any())"),
    ),
    "pieces: weighted by places": pieces(
        {"test-pieces": 1},
        "six pairs in pieces of 1, 5: of_tokens is 3.8208432, but should be 3.5",
        ("int((piece[1] != -100).sum())", "piece[1].size"),
    ),
    "pieces: weighted by pairs": pieces(
        {"test-pieces": 1},
        "six pairs in pieces of 1, 5: of_tokens is 3.8208432, but should be 3.5",
        ("int((piece[1] != -100).sum())", "len(piece[3])"),
    ),
    "pieces: pairs weighted by labels": pieces(
        {"test-pieces": 1},
        "six pairs in pieces of 1, 5: of_next is 0.95965431, but should be 1.33",
        ("number += len(piece[3])", "number += count"),
        ("of_next * len(piece[3])", "of_next * count"),
    ),
    "pieces: the sum": pieces(
        {"test-pieces": 1},
        "six pairs in pieces of 6: of_tokens is 17.8747, but should be 3.574940",
        ("tokens / max(asked, 1)", "tokens"),
    ),
    "pieces: the first alone": pieces(
        {"test-pieces": 1},
        "six pairs in pieces of 1, 5: of_tokens is 3.3479526, but should be 3.5",
        ("for piece in pieces:", "for piece in pieces[:1]:"),
    ),
    "pieces: 0 / 0": pieces({"test-pieces": 1}, "float division by zero", ("max(asked, 1)", "asked")),
}
