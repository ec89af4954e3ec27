"""Wrong answers to the lab `bert`, on hidden tokens. The others: lab_bert.py."""

from lab_cases import Wrong
from lab_unet_sizes import planted

MASKING_RIGHT = """
def mask_tokens(ids, u, *, vocab_size, mask_id, special_ids, probability, ways):
    masked, labels = ids.copy(), np.full(ids.shape, -100)
    chosen = u[0] < probability
    for special in special_ids:
        chosen &= ids != special
    labels[chosen] = ids[chosen]
    hide = chosen & (u[1] < ways[0])
    change = chosen & ~hide & (u[1] < ways[0] + ways[1])
    masked[hide] = mask_id
    masked[change] = (u[2][change] * vocab_size).astype(int)
    return masked, labels
"""

mask = planted("mask-tokens", MASKING_RIGHT)
EVERY = {"test-chosen": 1, "test-special": 1, "test-ways": 1, "test-drawn": 1}
MOST = {"test-chosen": 1, "test-special": 1, "test-ways": 1}

MASKING = {
    "mask: chosen turned": mask(
        EVERY,
        "eight tokens, u[0] of four below 0.15: labels: chosen are the tokens w",
        ("u[0] < probability", "u[0] >= probability"),
    ),
    "mask: 0 for −100": mask(
        {"test-chosen": 1, "test-special": 1},
        "eight tokens, u[0] of four below 0.15: labels: what is not chosen has ",
        ("np.full(ids.shape, -100)", "np.zeros(ids.shape, dtype=int)"),
    ),
    "mask: labels everywhere": mask(
        {"test-chosen": 1, "test-special": 1},
        "eight tokens, u[0] of four below 0.15: labels: what is not chosen has ",
        ("labels[chosen] = ids[chosen]", "labels[:] = ids"),
    ),
    "mask: labels after the exchange": mask(
        MOST,
        "eight tokens, u[0] of four below 0.15: labels: the label is the token ",
        ("    labels[chosen] = ids[chosen]\n", ""),
        ("    return", "    labels[chosen] = masked[chosen]\n    return"),
    ),
    "mask: labels of hidden tokens alone": mask(
        MOST,
        "eight tokens, u[0] of four below 0.15, where chosen tokens are exchang",
        ("    labels[chosen] = ids[chosen]\n", ""),
        ("    return", "    labels[hide] = ids[hide]\n    return"),
    ),
    "mask: no labels for those that stay": mask(
        {"test-chosen": 1, "test-special": 1},
        "eight tokens, u[0] of four below 0.15, where chosen tokens stay: label",
        ("    return", "    labels[chosen & ~hide & ~change] = -100\n    return"),
    ),
    "mask: 0.15 whatever is asked": mask(
        MOST, "with probability=0.5: labels[0, 2] is -100, but should be 12", ("< probability", "< 0.15")
    ),
    "mask: a number of them fixed": mask(
        MOST,
        "eight tokens, u[0] of four below 0.15: labels[0, 3] is -100, but shoul",
        ("u[0] < probability", "u[0] <= np.quantile(u[0], probability) if u[0].size else u[0] < 0"),
    ),
    "mask: special tokens too": mask(
        {"test-special": 1, "test-ways": 1},
        "[CLS] 10 [SEP] 11 [SEP] [PAD] [PAD] with probability=1: labels: specia",
        ("chosen &= ids != special", "pass"),
    ),
    "mask: the first special token alone": mask(
        {"test-special": 1, "test-ways": 1},
        "[CLS] 10 [SEP] 11 [SEP] [PAD] [PAD] with probability=1: labels[0] is 1",
        ("for special in special_ids:", "for special in special_ids[:1]:"),
    ),
    "mask: special tokens have labels": mask(
        {"test-special": 1},
        "[CLS] 10 [SEP] 11 [SEP] [PAD] [PAD] with probability=1: labels: specia",
        ("    labels[chosen] = ids[chosen]\n", "    labels[u[0] < probability] = ids[u[0] < probability]\n"),
    ),
    "mask: 0, 1 and 2 are special whatever is asked": mask(
        {"test-special": 1, "test-ways": 1},
        "[CLS] 10 [SEP] 11 [SEP] [PAD] [PAD] with probability=1 and special_ids",
        ("in special_ids:", "in (0, 1, 2):"),
    ),
    "mask: [MASK] for all": mask(
        {"test-ways": 1, "test-drawn": 1},
        "eight chosen tokens, u[1] of three below 0.8 and of two from 0.8 to be",
        ("hide = chosen & (u[1] < ways[0])", "hide = chosen"),
    ),
    "mask: one number for both": mask(
        {"test-ways": 1, "test-drawn": 1},
        "eight chosen tokens, u[1] of three below 0.8 and of two from 0.8 to be",
        ("u[1] < ways[0])", "u[0] < ways[0])"),
    ),
    "mask: none stays": mask(
        {"test-ways": 1},
        "eight chosen tokens, u[1] of three below 0.8 and of two from 0.8 to be",
        (" & (u[1] < ways[0] + ways[1])", ""),
    ),
    "mask: none drawn": mask(
        {"test-ways": 1, "test-drawn": 1},
        "eight chosen tokens, u[1] of three below 0.8 and of two from 0.8 to be",
        ("masked[change] = (u[2][change] * vocab_size).astype(int)", "pass"),
    ),
    "mask: shares not added up": mask(
        {"test-ways": 1, "test-drawn": 1},
        "eight chosen tokens, u[1] of three below 0.8 and of two from 0.8 to be",
        ("u[1] < ways[0] + ways[1]", "(u[1] < 1 - ways[0]) | (u[1] > 1 - ways[1])"),
    ),
    "mask: 0.8 whatever is asked": mask(
        {"test-ways": 1},
        "with ways=(0, 0.96, 0.04): masked[0] is 9, but should be 35",
        ("ways[0])", "0.8)"),
        ("ways[0] + ways[1])", "0.9)"),
    ),
    "mask: 3 is [MASK] whatever is asked": mask(
        {"test-ways": 1},
        "with ways=(1, 0, 0) and mask_id=9: masked[0] is 3, but should be 9",
        ("= mask_id", "= 3"),
    ),
    "mask: drawn and stays in turn": mask(
        {"test-ways": 1, "test-drawn": 1},
        "eight chosen tokens, u[1] of three below 0.8 and of two from 0.8 to be",
        ("(u[1] < ways[0] + ways[1])", "(u[1] >= 1 - ways[1])"),
    ),
    "mask: rounded": mask(
        {"test-ways": 1, "test-drawn": 1},
        "tokens of shape (200,) with ways=(0.8, 0.1, 0.1): masked[90] is 22, bu",
        ("(u[2][change] * vocab_size).astype(int)", "np.rint(u[2][change] * vocab_size)"),
    ),
    "mask: the last token never drawn": mask(
        {"test-ways": 1, "test-drawn": 1},
        "eight chosen tokens, u[1] of three below 0.8 and of two from 0.8 to be",
        ("* vocab_size)", "* (vocab_size - 1))"),
    ),
    "mask: no special token drawn": mask(
        {"test-ways": 1, "test-drawn": 1},
        "eight chosen tokens, u[1] of three below 0.8 and of two from 0.8 to be",
        ("(u[2][change] * vocab_size).astype(int)", "4 + (u[2][change] * (vocab_size - 4)).astype(int)"),
    ),
    "mask: one token drawn for all": mask(
        {"test-ways": 1, "test-drawn": 1},
        "tokens of shape (200,) with ways=(0.8, 0.1, 0.1): masked[43] is 36, bu",
        ("(u[2][change] * vocab_size)", "(u[2].ravel()[:1] * vocab_size)"),
    ),
    "mask: a generator of its own": mask(
        {"test-ways": 1, "test-drawn": 1},
        "eight chosen tokens, u[1] of three below 0.8 and of two from 0.8 to be",
        (
            "(u[2][change] * vocab_size).astype(int)",
            "np.random.default_rng(0).integers(0, vocab_size, change.sum())",
        ),
    ),
    "mask: drawn by the second number": mask(
        {"test-ways": 1, "test-drawn": 1},
        "eight chosen tokens, u[1] of three below 0.8 and of two from 0.8 to be",
        ("u[2][change]", "u[1][change]"),
    ),
    "mask: a vocabulary of 50 whatever is asked": mask(
        {"test-drawn": 1},
        "six drawn tokens of a vocabulary of 2001, u[2] = 0.5[0] is 25, but sho",
        ("* vocab_size)", "* 50)"),
    ),
    "mask: labels first": mask(
        EVERY,
        "eight tokens, u[0] of four below 0.15: labels[0, 0] is 3, but should b",
        ("return masked, labels", "return labels, masked"),
    ),
    "mask: labels of float": mask(
        EVERY,
        "eight tokens, u[0] of four below 0.15: labels must be of int64, got fl",
        ("np.full(ids.shape, -100)", "np.full(ids.shape, -100.0)"),
    ),
    "shares: a drawn token is always another": Wrong(
        {"shares": "def shares():\n    return 270.0, 30 / 1730\n"},
        {"test-shares": 1},
        "the first number: a drawn token may be the one that was there",
    ),
    "shares: a drawn token is always another, in the second": Wrong(
        {"shares": "def shares():\n    return 269.7, 30 / (2000 - 269.7)\n"},
        {"test-shares": 1},
        "the second number: a drawn token may be the one that was there, and is",
    ),
    "shares: of all places": Wrong(
        {"shares": "def shares():\n    return 269.7, 30.3 / 2000\n"},
        {"test-shares": 1},
        "the second number: divide by the places that show their own token, not",
    ),
    "shares: of the chosen": Wrong(
        {"shares": "def shares():\n    return 269.7, 30.3 / 300\n"},
        {"test-shares": 1},
        "the second number: divide by the places that show their own token, not",
    ),
    "shares: [MASK] alone": Wrong(
        {"shares": "def shares():\n    return 240.0, 30.3 / 1730.3\n"},
        {"test-shares": 1},
        "the first number: drawn tokens are others, too, most of them",
    ),
    "shares: three digits": Wrong(
        {"shares": "def shares():\n    return 269.7, 0.018\n"},
        {"test-shares": 1},
        "the second number is 0.018, but should be 0.017511414",
    ),
}
