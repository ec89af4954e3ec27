"""Wrong answers to the lab `bert`, and the points that each must lose: data for the tests of labs.

Here those to task 5a; the others are in lab_bert_softmax.py, lab_bert_attention.py, lab_bert_pairs.py,
lab_bert_masking.py, lab_bert_loss.py and lab_bert_check.py.
"""

from lab_bert_attention import ATTENTIONS
from lab_bert_check import CHECKS
from lab_bert_loss import LOSSES
from lab_bert_masking import MASKING
from lab_bert_pairs import PAIRS
from lab_bert_softmax import WEIGHTS
from lab_cases import Wrong
from lab_unet_sizes import planted

MENDED = """
def mended(ids, lengths, tables):
    tokens, places, W_q, W_k, W_v = tables
    text = np.repeat(np.arange(len(lengths)), lengths)
    position = np.concatenate([np.arange(length) for length in lengths])
    X = tokens[ids] + places[position]
    X = X / np.sqrt((X**2).mean(axis=1, keepdims=True))
    keep = text[:, None] == text
    scores = (X @ W_q) @ (X @ W_k).T / math.sqrt(X.shape[1])
    powers = np.exp(scores - scores.max(axis=1, keepdims=True)) * keep
    weights = powers / powers.sum(axis=1, keepdims=True)
    return X + weights @ (X @ W_v)
"""

mended = planted("mended", MENDED)

HUNT = {
    "mended: the suspect itself": Wrong(
        {"mended": "def mended(ids, lengths, tables):\n    return suspect(ids, lengths, tables)\n"},
        {"test-mended-packed": 1},
        "text 0 of texts of the lengths [4, 2] comes out otherwise than alone, ",
    ),
    "mended: the border alone": mended(
        {"test-mended-packed": 1},
        "text 0 of texts of the lengths [4, 2] comes out otherwise than alone, ",
        (
            " * keep\n    weights = powers / powers.sum(axis=1, keepdims=True)",
            "\n    weights = powers / powers.sum(axis=1, keepdims=True) * keep",
        ),
    ),
    "mended: the softmax alone": mended(
        {"test-mended-packed": 1},
        "text 0 of texts of the lengths [4, 2] comes out otherwise than alone, ",
        (
            "text = np.repeat(np.arange(len(lengths)), lengths)",
            'text = np.searchsorted(np.cumsum(lengths), np.arange(len(ids)), side="left")',
        ),
    ),
    "mended: positions run on": mended(
        {"test-mended-packed": 1},
        "text 1 of texts of the lengths [4, 2] comes out otherwise than alone, ",
        ("np.concatenate([np.arange(length) for length in lengths])", "np.arange(len(ids))"),
    ),
    "mended: looks back, too": mended(
        {"test-mended-packed": 1},
        "text 1 of texts of the lengths [4, 2] comes out otherwise than alone, ",
        ("text[:, None] == text", "text[:, None] >= text"),
    ),
    "mended: looks back alone": mended(
        {"test-mended": 1, "test-mended-packed": 1},
        "mended of one text of two tokens[0, 0] is -1.69206, but should be -1.1",
        ("keep = text[:, None] == text", "keep = np.tril(text[:, None] == text)"),
    ),
    "mended: segments 0 and 1": mended(
        {"test-mended-packed": 1},
        "text 0 of texts of the lengths [4, 2, 1] comes out otherwise than alon",
        ("text[:, None] == text", "(text[:, None] - text) % 2 == 0"),
    ),
    "mended: norm of the row": mended(
        {"test-mended": 1, "test-mended-packed": 1},
        "mended of one text of two tokens[0, 0] is -1.92835, but should be -1.1",
        ("(X**2).mean(axis=1, keepdims=True)", "(X**2).mean()"),
    ),
    "mended: no norm": mended(
        {"test-mended": 1, "test-mended-packed": 1},
        "mended of one text of one token, which attends to itself[0, 0] is -2.8",
        ("    X = X / np.sqrt((X**2).mean(axis=1, keepdims=True))\n", ""),
    ),
    "mended: no positions": mended(
        {"test-mended": 1, "test-mended-packed": 1},
        "mended of one text of one token, which attends to itself[0, 0] is -2.3",
        (" + places[position]", ""),
    ),
    "mended: no root": mended(
        {"test-mended": 1, "test-mended-packed": 1},
        "mended of one text of two tokens[0, 0] is -1.25895, but should be -1.1",
        (" / math.sqrt(X.shape[1])", ""),
    ),
    "mended: what is found alone": mended(
        {"test-mended": 1, "test-mended-packed": 1},
        "mended of one text of one token, which attends to itself[0, 0] is -0.3",
        ("return X + weights", "return weights"),
    ),
    "mended: the row turned round": mended(
        {"test-mended": 1, "test-mended-packed": 1},
        "mended of one text of two tokens[0, 0] is -1.43703, but should be -1.1",
        ("    return X + weights @ (X @ W_v)", "    return (X + weights @ (X @ W_v))[::-1]"),
    ),
    "mended: a soft mask": mended(
        {"test-mended-packed": 1},
        "text 0 of texts of the lengths [4, 2] comes out otherwise than alone, ",
        (" * keep\n", " * np.where(keep, 1, 1e-3)\n"),
    ),
}

WRONG = WEIGHTS | ATTENTIONS | PAIRS | MASKING | LOSSES | CHECKS | HUNT
