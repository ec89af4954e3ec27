"""Wrong answers to the lab `bert`, on weights under a mask. The others: lab_bert.py."""

from lab_unet_sizes import planted

SOFTMAX = """
def masked_softmax(scores, mask=None):
    if mask is None:
        mask = np.ones(scores.shape, dtype=bool)
    if mask.dtype != bool:
        raise TypeError(f"mask must be of bool, got {mask.dtype}")
    kept = np.where(mask, scores, -np.inf)
    top = kept.max(axis=-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(kept - top)
    total = weights.sum(axis=-1, keepdims=True)
    total[total == 0] = 1
    return weights / total
"""

softmax = planted("masked-softmax", SOFTMAX)
EVERY = {
    "test-softmax": 1,
    "test-softmax-nowhere": 1,
    "test-softmax-edges": 1,
    "test-attention": 1,
    "test-attention-invariants": 1,
    "test-heads": 1,
}
MOST = {
    "test-softmax-nowhere": 1,
    "test-softmax-edges": 1,
    "test-attention": 1,
    "test-attention-invariants": 1,
    "test-heads": 1,
}

WEIGHTS = {
    "softmax: the sums of columns": softmax(
        EVERY,
        "the weights of two rows without a mask[0, 0] is 0.285714, but should b",
        ("weights.sum(axis=-1, keepdims=True)", "weights.sum(axis=0, keepdims=True)"),
    ),
    "softmax: not divided": softmax(
        EVERY,
        "the weights of two rows without a mask[0, 0] is 0.2, but should be 0.1",
        ("return weights / total", "return weights"),
    ),
    "softmax: the mask turned": softmax(
        EVERY,
        "the weights of two rows without a mask[0, 0] is 0, but should be 0.125",
        ("np.where(mask, scores, -np.inf)", "np.where(mask, -np.inf, scores)"),
    ),
    "softmax: the mask left out": softmax(
        EVERY,
        "the weights of two rows with a mask: the mask is left out",
        ("np.where(mask, scores, -np.inf)", "scores.copy()"),
    ),
    "softmax: masked after the sum": softmax(
        EVERY,
        "the weights of two rows with a mask: mask before you sum up: the kept ",
        ("np.where(mask, scores, -np.inf)", "scores.copy()"),
        ("return weights / total", "return weights / total * mask"),
    ),
    "softmax: scores of 0 where masked": softmax(
        EVERY,
        "the weights of two rows with a mask: a score of 0 is not a weight of 0",
        ("np.where(mask, scores, -np.inf)", "np.where(mask, scores, 0.0)"),
    ),
    "softmax: scores times the mask": softmax(
        EVERY,
        "the weights of two rows with a mask: a score of 0 is not a weight of 0",
        ("np.where(mask, scores, -np.inf)", "scores * mask"),
    ),
    "softmax: −10⁹ where masked": softmax(
        MOST, "the weights of three rows, the second of which keeps nothing: a row th", ("-np.inf)", "-1e9)")
    ),
    "softmax: −10⁹ added": softmax(
        MOST,
        "the weights of three rows, the second of which keeps nothing[1, 0] is ",
        ("np.where(mask, scores, -np.inf)", "scores - 1e9 * ~mask"),
    ),
    "softmax: −10⁹ added, rows that keep nothing set to 0": softmax(
        {"test-softmax-edges": 1},
        "the weights for kept scores of −10¹²[0] is 0, but should be 0.5",
        ("np.where(mask, scores, -np.inf)", "scores - 1e9 * ~mask"),
        ("return weights / total", "return np.where(mask.any(axis=-1, keepdims=True), weights / total, 0.0)"),
    ),
    "softmax: −∞ added": softmax(
        {"test-softmax-edges": 1},
        "the weights for infinity where nothing is kept[0] is nan, but should b",
        ("np.where(mask, scores, -np.inf)", "scores + np.where(mask, 0.0, -np.inf)"),
    ),
    "softmax: 0 / 0": softmax(
        MOST,
        "the weights of three rows, the second of which keeps nothing: some are",
        ("    total[total == 0] = 1\n", ""),
    ),
    "softmax: −∞ less −∞": softmax(
        MOST,
        "the weights of three rows, the second of which keeps nothing: some are",
        ("    top[top == -np.inf] = 0\n", ""),
    ),
    "softmax: NaN set to 0 at the end": softmax(
        {"test-softmax-edges": 1},
        "the weights for infinity where nothing is kept[0] is 0, but should be ",
        ("    top[top == -np.inf] = 0\n", ""),
        ("np.where(mask, scores, -np.inf)", "scores + np.where(mask, 0.0, -np.inf)"),
        ("return weights / total", "return np.nan_to_num(weights / total)"),
    ),
    "softmax: the largest not taken off": softmax(
        {"test-softmax-edges": 1},
        "the weights for kept scores of 10000[0] is nan, but should be 0.5",
        ("np.exp(kept - top)", "np.exp(kept)"),
    ),
    "softmax: the largest of all scores taken off": softmax(
        {"test-softmax-edges": 1},
        "the weights for a score of 10000 that is not kept[0] is 0, but should ",
        ("top = kept.max(", "top = scores.max("),
    ),
    "softmax: a little added to the sum": softmax(
        EVERY,
        "the weights of two rows without a mask[0, 0] is 0.124999921875049, but",
        ("    total[total == 0] = 1\n", "    total += 1e-6\n"),
    ),
    "softmax: a mask of whole numbers": softmax(
        {"test-softmax-edges": 1},
        "a mask of int64 must end in a TypeError, got weights",
        ("mask.dtype != bool", "mask.dtype.kind not in 'biuf'"),
    ),
    "softmax: a ValueError for a mask of whole numbers": softmax(
        {"test-softmax-edges": 1},
        "a mask of int64 must end in a TypeError, got ValueError('mask must be ",
        ("raise TypeError", "raise ValueError"),
    ),
    "softmax: an error without a reason": softmax(
        {"test-softmax-edges": 1},
        "the message of the TypeError must hold the word 'bool', got 'wrong mas",
        ('f"mask must be of bool, got {mask.dtype}"', '"wrong mask"'),
    ),
    "softmax: any row that masks something is 0": softmax(
        EVERY,
        "the weights of two rows with a mask[0, 0] is 0, but should be 0.166667",
        ("return weights / total", "return weights / total * mask.all(axis=-1, keepdims=True)"),
    ),
    "softmax: float32": softmax(
        EVERY,
        "the weights of two rows without a mask must be of float64, got float32",
        ("return weights / total", "return (weights / total).astype(np.float32)"),
    ),
}
