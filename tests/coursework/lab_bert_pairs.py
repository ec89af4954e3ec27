"""Wrong answers to the lab `bert`, on pairs and padding, and with a pencil. The others: lab_bert.py."""

from lab_cases import Wrong
from lab_unet_sizes import planted

PAIR = """
def join_pair(first, second, *, max_length, cls_id, sep_id):
    first, second = list(first), list(second)
    while len(first) + len(second) + 3 > max_length:
        if len(first) > len(second):
            first.pop()
        else:
            second.pop()
    ids = [cls_id, *first, sep_id, *second, sep_id]
    segments = [0] * (len(first) + 2) + [1] * (len(second) + 1)
    return np.array(ids), np.array(segments)
"""

PAD = """
def pad_batch(rows, *, pad_id):
    longest = max(len(row) for row in rows)
    ids = np.full((len(rows), longest), pad_id)
    keep = np.zeros((len(rows), longest), dtype=bool)
    for k, row in enumerate(rows):
        ids[k, : len(row)] = row
        keep[k, : len(row)] = True
    return ids, keep
"""

pair = planted("join-pair", PAIR)
pad = planted("pad-batch", PAD)

PAIRS = {
    "pair: no [SEP] at the end": pair(
        {"test-pair": 1, "test-pair-cut": 1},
        "ids of 7, 8, 9 and 5, 6: a [SEP] ends the second text, too",
        ("*second, sep_id]", "*second]"),
        ("(len(second) + 1)", "len(second)"),
    ),
    "pair: a second [CLS]": pair(
        {"test-pair": 1, "test-pair-cut": 1},
        "ids of 7, 8, 9 and 5, 6: there is one [CLS], at the start",
        ("sep_id, *second", "sep_id, cls_id, *second"),
        ("[1] * (len(second) + 1)", "[1] * (len(second) + 2)"),
    ),
    "pair: turned round": pair(
        {"test-pair": 1, "test-pair-cut": 1},
        "ids of 7, 8, 9 and 5, 6: the texts have changed places",
        ("    ids =", "    first, second = second, first\n    ids ="),
    ),
    "pair: the first [SEP] in segment 1": pair(
        {"test-pair": 1, "test-pair-cut": 1},
        "segments of 7, 8, 9 and 5, 6: the [SEP] after the first text belongs t",
        ("(len(first) + 2)", "(len(first) + 1)"),
        ("(len(second) + 1)", "(len(second) + 2)"),
    ),
    "pair: special tokens in segment 0": pair(
        {"test-pair": 1, "test-pair-cut": 1},
        "segments of 7, 8, 9 and 5, 6: the [SEP] after the second text belongs ",
        ("[1] * (len(second) + 1)", "[1] * len(second) + [0]"),
    ),
    "pair: segments from 1": pair(
        {"test-pair": 1, "test-pair-cut": 1},
        "segments of 7, 8, 9 and 5, 6: segments count from 0",
        ("[0] * ", "[1] * "),
        ("[1] * (len(second)", "[2] * (len(second)"),
    ),
    "pair: never cut": pair(
        {"test-pair-cut": 1},
        "texts of 9 and 2 tokens with max_length=9: 14 tokens are too many; thr",
        ("while len(first) + len(second) + 3 > max_length:", "while False:"),
    ),
    "pair: special tokens not counted": pair(
        {"test-pair-cut": 1},
        "texts of 9 and 2 tokens with max_length=9: 12 tokens are too many; thr",
        ("+ 3 > max_length", "> max_length"),
    ),
    "pair: one too few": pair(
        {"test-pair": 1, "test-pair-cut": 1},
        "ids of 7, 8, 9 and 5, 6 must have shape (8,), got (7,)",
        ("+ 3 > max_length", "+ 3 >= max_length"),
    ),
    "pair: the first loses where both are of one length": pair(
        {"test-pair-cut": 1},
        "texts of one length: the second loses its last token",
        ("len(first) > len(second)", "len(first) >= len(second)"),
    ),
    "pair: only the second loses": pair(
        {"test-pair-cut": 1},
        "texts of 9 and 2 tokens with max_length=9: 6 and 0 tokens stay, but sh",
        ("len(first) > len(second)", "not second"),
    ),
    "pair: the shorter loses": pair(
        {"test-pair-cut": 1},
        "texts of 9 and 2 tokens with max_length=9: 5 and 1 tokens stay, but sh",
        ("len(first) > len(second)", "1 < len(first) < len(second) or len(second) == 1"),
    ),
    "pair: from the start": pair(
        {"test-pair-cut": 1},
        "texts of 9 and 2 tokens with max_length=9: a text loses its last token",
        ("first.pop()", "first.pop(0)"),
        ("second.pop()", "second.pop(0)"),
    ),
    "pair: in turn": pair(
        {"test-pair-cut": 1},
        "texts of 9 and 2 tokens with max_length=9: 5 and 1 tokens stay, but sh",
        (
            "len(first) > len(second)",
            "len(second) == 1 or (len(first) > 1 and (len(first) + len(second)) % 2 == 0)",
        ),
    ),
    "pair: cut at the end of the whole": pair(
        {"test-pair-cut": 1},
        "texts of 9 and 2 tokens with max_length=9: a text loses its last token",
        ("while len(first) + len(second) + 3 > max_length:", "while False:"),
        (
            "return np.array(ids), np.array(segments)",
            "return np.array(ids[:max_length]), np.array(segments[:max_length])",
        ),
    ),
    "pair: lists": pair(
        {"test-pair": 1, "test-pair-cut": 1},
        "ids of 7, 8, 9 and 5, 6 must be a NumPy array, got list",
        ("return np.array(ids), np.array(segments)", "return ids, segments"),
    ),
    "pad: keep turned": pad(
        {"test-pad": 1},
        "keep of three rows with pad_id=0: True means keep",
        ("dtype=bool)", "dtype=bool) | True"),
        ("= True", "= False"),
    ),
    "pad: keep from pad_id": pad(
        {"test-pad": 1},
        "keep of three rows with pad_id=0: the third row holds a 0 that was the",
        ("return ids, keep", "return ids, ids != pad_id"),
    ),
    "pad: at the start": pad(
        {"test-pad": 1},
        "ids of three rows with pad_id=0[1, 0] is 0, but should be 8",
        ("ids[k, : len(row)]", "ids[k, longest - len(row) :]"),
        ("keep[k, : len(row)]", "keep[k, longest - len(row) :]"),
    ),
    "pad: always 0": pad(
        {"test-pad": 1},
        "ids of 4 rows with pad_id=3[0, 4] is 0, but should be 3",
        ("longest), pad_id)", "longest), 0)"),
    ),
    "pad: cut to the shortest": pad(
        {"test-pad": 1},
        "ids of three rows with pad_id=0 must have shape (3, 3), got (3, 1)",
        ("longest = max(len(row) for row in rows)", "longest = min(len(row) for row in rows)"),
        ("] = row", "] = row[:longest]"),
    ),
    "pad: keep of whole numbers": pad(
        {"test-pad": 1},
        "keep of three rows with pad_id=0 must be of bool, got int64",
        ("return ids, keep", "return ids, keep.astype(np.int64)"),
    ),
    "pencil: a row longer than all": Wrong(
        {"pencil": "def pencil():\n    return 10404, 10404, 3694\n"},
        {"test-pencil": 1},
        "packed: the square of the length of the row",
    ),
    "pencil: as many as are kept": Wrong(
        {"pencil": "def pencil():\n    return 10404, 3694, 3694\n"},
        {"test-pencil": 1},
        "a mask keeps fewer scores than there are",
    ),
    "pencil: a square of all places": Wrong(
        {"pencil": "def pencil():\n    return 41616, 10000, 3694\n"},
        {"test-pencil": 1},
        "padded: each text has the square of the longest length",
    ),
    "pencil: tokens, not scores": Wrong(
        {"pencil": "def pencil():\n    return 204, 100, 51\n"},
        {"test-pencil": 1},
        "padded: each text has the square of the longest length",
    ),
    "pencil: each pair once": Wrong(
        {"pencil": "def pencil():\n    return 10404, 10000, 1897\n"},
        {"test-pencil": 1},
        "kept: each text has the square of its own length",
    ),
    "pencil: floats": Wrong(
        {"pencil": "def pencil():\n    return 10404.0, 10000.0, 3694.0\n"},
        {"test-pencil": 1},
        "the number of padded scores must be an int, got float",
    ),
}
