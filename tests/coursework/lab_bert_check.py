"""Wrong answers to the lab `bert`, on a check of sealed programs. The others: lab_bert.py."""

from lab_unet_sizes import planted

CHECK = """
TEXTS = [[1, 4, 7, 2], [1, 4, 9, 8, 2], [3], [1, 6, 7, 2], [5], [2, 2, 8, 8, 1, 0, 7, 9]]
ORDERS = [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3, 0], [0], [1], [2], [3], [4], [5]]


def cases():
    made = []
    for order in ORDERS:
        row = [TEXTS[k] for k in order]
        made.append({"ids": np.array(sum(row, [])), "lengths": [len(text) for text in row]})
    return made


def is_sealed(answers):
    seen = {}
    for order, answer in zip(ORDERS, answers):
        start = 0
        for k in order:
            end = start + len(TEXTS[k])
            seen.setdefault(k, []).append(answer[start:end])
            start = end
    for found in seen.values():
        for other in found[1:]:
            if not np.abs(other - found[0]).max() < 1e-7:
                return False
    return True
"""

check = planted("check", CHECK)
EVERY = {"test-known": 1, "test-planted-looks": 1, "test-planted-sums": 1, "test-planted-rare": 1}

CHECKS = {
    "check: everything is sealed": check(
        EVERY,
        "the suspect is called sealed",
        ("def is_sealed(answers):\n", "def is_sealed(answers):\n    return True\n\n\ndef unused(answers):\n"),
    ),
    "check: everything leaks": check(
        EVERY,
        "is_sealed says that a sealed program leaks, one that knows each text's",
        (
            "def is_sealed(answers):\n",
            "def is_sealed(answers):\n    return False\n\n\ndef unused(answers):\n",
        ),
    ),
    "check: against mended": check(
        EVERY,
        "is_sealed says that a sealed program leaks, one that knows each text's",
        (
            "    seen = {}\n",
            "    seen = {}\n    rights = [mended(**case, tables=make_tables(0)) for case in cases()]\n",
        ),
        (
            "    return True\n",
            "    return all(np.array_equal(a.round(6), b.round(6)) for a, b in zip(answers, rights))\n",
        ),
    ),
    "check: finite numbers are enough": check(
        EVERY,
        "the suspect is called sealed",
        ("not np.abs(other - found[0]).max() < 1e-7", "not np.isfinite(other).all()"),
    ),
    "check: equal to the last bit": check(
        EVERY,
        "a sealed program is said to leak: does is_sealed know weights, or ask ",
        ("not np.abs(other - found[0]).max() < 1e-7", "not np.array_equal(other, found[0])"),
    ),
    "check: a tolerance of a tenth": check(
        {"test-planted-sums": 1},
        "2 of 12 leaking programs are called sealed: no case brings them out, o",
        ("1e-7", "0.1"),
    ),
    "check: a tolerance of a hundredth": check(
        {"test-planted-sums": 1},
        "1 of 12 leaking programs are called sealed: no case brings them out, o",
        ("1e-7", "0.01"),
    ),
    "check: the mean difference": check(
        {"test-planted-sums": 1},
        "1 of 12 leaking programs are called sealed: no case brings them out, o",
        ("not np.abs(other - found[0]).max() < 1e-7", "not abs((other - found[0]).mean()) < 1e-3"),
    ),
    "check: the first token alone": check(
        {"test-planted-rare": 1},
        "1 of 12 leaking programs are called sealed: no case brings them out, o",
        ("(other - found[0])", "(other - found[0])[:1]"),
    ),
    "check: the last token alone": check(
        {"test-planted-rare": 1},
        "1 of 12 leaking programs are called sealed: no case brings them out, o",
        ("(other - found[0])", "(other - found[0])[-1:]"),
    ),
    "check: the first column alone": check(
        {"test-planted-looks": 1, "test-planted-rare": 1},
        "a program in which each token knows the mean of the whole row is calle",
        ("(other - found[0])", "(other - found[0])[:, :1]"),
    ),
    "check: two texts, each alone and behind the other": check(
        {"test-planted-looks": 1, "test-planted-rare": 1},
        "1 of 11 leaking programs are called sealed: no case brings them out, o",
        (
            "ORDERS = [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3, 0], [0], [1], [2], [3], [4], [5]]",
            "ORDERS = [[0, 1], [0], [1]]",
        ),
    ),
    "check: other tokens in the neighbours, of one length": check(
        {"test-planted-sums": 1, "test-planted-rare": 1},
        "a program whose numbers grow with the length of the row is called seal",
        (
            "TEXTS = [[1, 4, 7, 2], [1, 4, 9, 8, 2], [3], [1, 6, 7, 2], [5], [2, 2, 8, 8, 1, 0, 7, 9]]",
            "TEXTS = [[1, 4, 7, 2], [1, 4, 9, 2], [1, 3, 3, 2], [1, 6, 7, 2]]",
        ),
        (
            "ORDERS = [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3, 0], [0], [1], [2], [3], [4], [5]]",
            "ORDERS = [[0, 1, 2], [0, 3, 2], [3, 1, 2], [3, 1, 0]]",
        ),
    ),
    "check: the order turned, none alone": check(
        EVERY,
        "2 of 3 leaking programs are called sealed: no case brings them out, or",
        ("[5, 4, 3, 2, 1, 0], [3, 0], [0], [1], [2], [3], [4], [5]]", "[5, 4, 3, 2, 1, 0]]"),
    ),
    "check: no text of one token": check(
        {"test-planted-rare": 1},
        "a program that leaks into texts of one token is called sealed",
        ("[3], [1, 6", "[3, 9], [1, 6"),
        ("[5], [2, 2", "[5, 5], [2, 2"),
    ),
    "check: all texts of different lengths": check(
        {"test-planted-rare": 1},
        "2 of 12 leaking programs are called sealed: no case brings them out, o",
        ("[1, 6, 7, 2]", "[1, 6, 7, 2, 8, 2, 2]"),
        ("[5], [2, 2", "[5, 5], [2, 2"),
    ),
    "check: no token in two texts": check(
        {"test-planted-rare": 1},
        "3 of 12 leaking programs are called sealed: no case brings them out, o",
        (
            "[[1, 4, 7, 2], [1, 4, 9, 8, 2], [3], [1, 6, 7, 2], [5], [2, 2, 8, 8, 1, 0, 7, 9]]",
            "[[1, 4, 7, 2], [10, 11, 9, 8, 12], [3], [13, 6, 17, 22], [5], [20, 24, 28, 28, 21, 0, 27, 29]]",
        ),
    ),
    "check: the first text alone is compared": check(
        {"test-planted-rare": 1},
        "a program that leaks into texts of one token is called sealed",
        ("for found in seen.values():", "for found in [seen[0]]:"),
    ),
    "check: one case, nothing to compare": check(
        EVERY,
        "the suspect is called sealed",
        (
            "[[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3, 0], [0], [1], [2], [3], [4], [5]]",
            "[[0, 1, 2, 3, 4, 5]]",
        ),
    ),
    "check: two copies of one text": check(
        EVERY,
        "2 of 3 leaking programs are called sealed: no case brings them out, or",
        (
            "[[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3, 0], [0], [1], [2], [3], [4], [5]]",
            "[[0, 0], [1, 1], [5, 5]]",
        ),
    ),
    "check: other tokens each time": check(
        EVERY,
        "cases must give the same each time: fix the seed",
        ("    made = []\n", "    made, rng = [], np.random.default_rng()\n"),
        ("np.array(sum(row, []))", "np.array(sum(row, [])) + rng.integers(0, 9)"),
    ),
    "check: a bool of NumPy": check(
        EVERY,
        "is_sealed must return a bool of Python, got <class 'numpy.bool'>: bool",
        ("    return True\n", "    return np.isfinite(answers[0]).all()\n"),
    ),
    "check: lengths an array": check(
        EVERY,
        "case 0: lengths must be a list of ints, got array([4, 5, 1, 4, 1, 8])",
        ("[len(text) for text in row]}", "np.array([len(text) for text in row])}"),
    ),
    "check: ids of int32": check(
        EVERY,
        "case 0: ids must be a NumPy array of int64 with one axis, got int32 (2",
        ("np.array(sum(row, []))", "np.array(sum(row, []), dtype=np.int32)"),
    ),
    "check: too many cases": check(
        EVERY,
        "cases must return a list of one to twelve cases, got 13 of them",
        ("[3, 0], ", "[3, 0], [0, 1], [1, 2], [2, 3], [3, 4], "),
    ),
    "check: a token of 30": check(
        EVERY, "case 0: ids must lie between 0 and 29, got 0 to 30", ("7, 9]]", "7, 30]]")
    ),
    "check: a text of nine tokens": check(
        EVERY,
        "case 0: lengths must be one to six, each from 1 to 8, got [4, 5, 1, 4,",
        ("7, 9]]", "7, 9, 9]]"),
    ),
}
