"""Wrong answers to the lab `word2vec`, on pairs and weights. The others: lab_word2vec.py."""

from lab_cases import Wrong
from lab_unet_sizes import planted

CONTEXT_PAIRS = """
def context_pairs(text, *, window):
    columns = [[], [], []]
    for i in range(len(text)):
        first = last = i
        while text[i] != -1 and first > 0 and i - first < window and text[first - 1] != -1:
            first -= 1
        while text[i] != -1 and last < len(text) - 1 and last - i < window and text[last + 1] != -1:
            last += 1
        for j in range(first, last + 1):
            if i != j:
                for column, value in zip(columns, (text[i], text[j], j - i)):
                    column.append(value)
    return tuple(np.array(column, dtype=np.int64) for column in columns)
"""

WEIGHTED = """
def weighted_counts(text, num_words, *, window):
    table = np.zeros((num_words, num_words))
    for w, c, d in zip(*context_pairs(text, window=window)):
        table[w, c] += 1 / abs(d)
    return table
"""

pairs = planted("context-pairs", CONTEXT_PAIRS)
weights = planted("weighted-counts", WEIGHTED)

PAIRS = {
    "pairs: a word with itself": pairs(
        {"test-pairs": 1, "test-borders": 1, "test-weights": 1},
        "a word is no company of itself, at the distance 0",
        ("if i != j:", "if True:"),
    ),
    "pairs: a word with the same word left out": pairs(
        {"test-pairs": 1, "test-borders": 1, "test-weights": 1},
        "the pair of 1 and 1 at the distance 2 is missing",
        ("if i != j:", "if text[i] != text[j]:"),
    ),
    "pairs: across the end of a sentence": pairs(
        {"test-borders": 1, "test-weights": 1},
        "the pair of 4 and 1 at the distance 2 should not be there",
        (" and text[first - 1] != -1", ""),
        (" and text[last + 1] != -1", ""),
        ("if i != j:", "if i != j and text[j] != -1:"),
    ),
    "pairs: sentences joined before the windows are laid": pairs(
        {"test-borders": 1, "test-weights": 1},
        "the pair of 1 and 1 at the distance 2 should not be there",
        ("    columns", "    text = text[text != -1]\n    columns"),
    ),
    "pairs: the marks as words": pairs(
        {"test-borders": 1, "test-weights": 1},
        "the pair of 1 and -1 at the distance 2 should not be there",
        ("text[i] != -1 and ", ""),
        (" and text[first - 1] != -1", ""),
        (" and text[last + 1] != -1", ""),
    ),
    "pairs: unsigned distances": pairs(
        {"test-pairs": 1, "test-borders": 1},
        "the distance is negative for words before the centre",
        ("j - i)", "abs(j - i))"),
    ),
    "pairs: distances turned round": pairs(
        {"test-pairs": 1, "test-borders": 1},
        "the distance is the context's place less the centre's",
        ("j - i)", "i - j)"),
    ),
    "pairs: a window one too small": pairs(
        {"test-pairs": 1, "test-borders": 1, "test-weights": 1},
        "the pair of 3 and 4 at the distance 2 is missing",
        ("i - first < window", "i - first < window - 1"),
        ("last - i < window", "last - i < window - 1"),
    ),
    "pairs: words after the centre alone": pairs(
        {"test-pairs": 1, "test-borders": 1, "test-weights": 1},
        "the pair of 1 and 3 at the distance -1 is missing",
        ("for j in range(first,", "for j in range(i,"),
    ),
    "pairs: by context, not by centre": pairs(
        {"test-pairs": 1, "test-borders": 1},
        "the pairs are right, but not in order of the centre's place, then of",
        ("(text[i], text[j], j - i)", "(text[j], text[i], i - j)"),
    ),
    "pairs: nearest first": pairs(
        {"test-pairs": 1, "test-borders": 1},
        "the pairs are right, but not in order of the centre's place, then of",
        (
            "for j in range(first, last + 1):",
            "for j in sorted(range(first, last + 1), key=lambda j: abs(j - i)):",
        ),
    ),
    "pairs: a list of triples": pairs(
        {"test-pairs": 1, "test-borders": 1, "test-weights": 1},
        "centre, context, distance",
        (
            "return tuple(np.array(column, dtype=np.int64) for column in columns)",
            "return list(zip(*columns))",
        ),
    ),
    "pairs: an empty text gives floats": pairs(
        {"test-pairs": 1, "test-borders": 1, "test-weights": 1},
        "centre must be of int64, not float64",
        ("np.array(column, dtype=np.int64)", "np.array(column)"),
    ),
    "pairs: nothing before the first mark": pairs(
        {"test-pairs": 1, "test-borders": 1, "test-weights": 1},
        "the pair of 1 and 3 at the distance -1 is missing",
        ("text[i] != -1 and first", "(text[:i] == -1).any() and text[i] != -1 and first"),
    ),
    "pairs: the window for both sides together": pairs(
        {"test-pairs": 1, "test-borders": 1, "test-weights": 1},
        "the pair of 1 and 1 at the distance 2 is missing",
        ("last - i < window", "last - first < window"),
    ),
    "weights: a pair that comes up again overwrites": weights(
        {"test-weights": 1}, "0 and 1 meet twice: both count", ("+= 1", "= 1")
    ),
    "weights: of the chapter": weights(
        {"test-weights": 1},
        "these are the weights of the chapter",
        ("1 / abs(d)", "1 - (abs(d) - 1) / window"),
    ),
    "weights: of another variant": weights(
        {"test-weights": 1},
        "the table of 0, 1, 2, 3, −1, 0, 1 with a window of 3[0, 3] is 0.25,",
        ("1 / abs(d)", "2.0 ** (1 - abs(d))"),
    ),
    "weights: all alike": weights({"test-weights": 1}, "pairs further apart weigh less", ("1 / abs(d)", "1")),
    "weights: with their sign": weights(
        {"test-weights": 1}, "a word before counts as much as one after", ("1 / abs(d)", "1 / d")
    ),
    "weights: words after alone": weights(
        {"test-weights": 1},
        "the table of 0, 1, 2, 3, −1, 0, 1 with a window of 3: words before",
        ("1 / abs(d)", "max(0, 1 / d)"),
    ),
    "weights: halved": weights(
        {"test-weights": 1},
        "each pair is found from both sides, in two cells: do not halve it",
        ("1 / abs(d)", "0.5 / abs(d)"),
    ),
    "weights: 1 / (1 + d)": weights(
        {"test-weights": 1},
        "the table of 0, 1, 2, 3, −1, 0, 1 with a window of 3[0, 1] is 1, but",
        ("1 / abs(d)", "1 / (1 + abs(d))"),
    ),
    "weights: whole numbers": weights(
        {"test-weights": 1},
        "the table of 0, 1, 2, 3, −1, 0, 1 with a window of 3 must be of",
        ("np.zeros((num_words, num_words))", "np.zeros((num_words, num_words), dtype=int)"),
        ("1 / abs(d)", "int(1 / abs(d))"),
    ),
    "pencil: no ends": Wrong(
        {"pencil": "def pencil():\n    return 300, 180\n"},
        {"test-pencil": 1},
        "the words at the ends have fewer neighbours",
    ),
    "pencil: one end": Wrong(
        {"pencil": "def pencil():\n    return 285, 173\n"},
        {"test-pencil": 1},
        "count what is missing at both ends",
    ),
    "pencil: each pair once": Wrong(
        {"pencil": "def pencil():\n    return 135, 83\n"},
        {"test-pencil": 1},
        "count what is missing at both ends",
    ),
    "pencil: the mean reach for the window": Wrong(
        {"pencil": "def pencil():\n    return 270, 168\n"},
        {"test-pencil": 1},
        "the second number is not the mean over all reaches",
    ),
    "pencil: floats": Wrong(
        {"pencil": "def pencil():\n    return 270.0, 166.0\n"},
        {"test-pencil": 1},
        "the first number must be an int, not float",
    ),
}
