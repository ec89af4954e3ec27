"""Wrong answers to the lab `word2vec`, on a check of GloVe. The others: lab_word2vec.py."""

from lab_unet_sizes import planted

CHECK = """
def cases():
    rng = np.random.default_rng(3)

    def case(N, N_max, power):
        N = np.array(N)
        V, U = rng.uniform(-2, 2, (N.shape[0], 3)), rng.uniform(-2, 2, (N.shape[1], 3))
        b, a = rng.uniform(-2, 2, N.shape[0]), rng.uniform(-2, 2, N.shape[1])
        return {"V": V, "U": U, "b": b, "a": a, "N": N, "N_max": N_max, "power": power}

    first = case([[0.0, 3.0, 50.0], [0.25, 9.0, 1.0]], 10.0, 0.5)
    second = case([[4.0, 0.0], [6.0, 0.5], [1.0, 80.0]], 5.0, 0.0)
    return [first, second]


def is_right(answers):
    for case, answer in zip(cases(), answers):
        for found, right in zip(answer, mended(**case)):
            if np.shape(found) != np.shape(right) or not np.allclose(found, right):
                return False
    return True
"""

check = planted("check", CHECK)

CHECKS = {
    "check: everything is right": check(
        {"test-known": 1, "test-planted-weights": 1, "test-planted-sums": 1, "test-planted-gradients": 1},
        "is_right calls the suspect right",
        ("def is_right(answers):\n", "def is_right(answers):\n    return True\n\n\ndef unused(answers):\n"),
    ),
    "check: everything is wrong": check(
        {"test-known": 1, "test-planted-weights": 1, "test-planted-sums": 1, "test-planted-gradients": 1},
        "is_right calls your own mended wrong, or mended ends in an error",
        ("def is_right(answers):\n", "def is_right(answers):\n    return False\n\n\ndef unused(answers):\n"),
    ),
    "check: the loss alone": check(
        {"test-known": 1, "test-planted-gradients": 1},
        "1 of 2 wrong programs are called right; no case brings them out",
        ("zip(answer, mended(**case))", "zip(answer[:1], mended(**case)[:1])"),
    ),
    "check: the gradients alone": check(
        {"test-planted-sums": 1},
        "3 of 12 wrong programs are called right; no case brings them out",
        ("zip(answer, mended(**case))", "zip(answer[1:], mended(**case)[1:])"),
    ),
    "check: the first case alone": check(
        {"test-planted-weights": 1},
        "1 of 11 wrong programs are called right; no case brings them out",
        ("zip(cases(), answers)", "zip(cases()[:1], answers)"),
    ),
    "check: no biases' gradients": check(
        {"test-known": 1, "test-planted-gradients": 1},
        "1 of 2 wrong programs are called right; no case brings them out",
        ("zip(answer, mended(**case))", "zip(answer[:3], mended(**case))"),
    ),
    "check: equal to the last bit": check(
        {"test-known": 1, "test-planted-weights": 1, "test-planted-sums": 1, "test-planted-gradients": 1},
        "does is_right ask for more than 9 digits, or is mended wrong?",
        ("not np.allclose(found, right)", "not np.array_equal(found, right)"),
    ),
    "check: a tolerance of a tenth": check(
        {"test-planted-gradients": 1},
        "2 of 16 wrong programs are called right; no case brings them out",
        ("np.allclose(found, right)", "np.allclose(found, right, rtol=0.1)"),
    ),
    "check: against the suspect": check(
        {"test-known": 1, "test-planted-weights": 1, "test-planted-sums": 1, "test-planted-gradients": 1},
        "is_right calls your own mended wrong, or mended ends in an error",
        ("mended(**case)", "suspect(**case)"),
    ),
    "check: falling losses are enough": check(
        {"test-known": 1, "test-planted-weights": 1, "test-planted-sums": 1, "test-planted-gradients": 1},
        "is_right calls the suspect right",
        (
            ("            if np.shape(found) != np.shape(right) or not np.allclose(found, right):\n"),
            "            if not np.isfinite(found).all() or answer[0] < 0:\n",
        ),
    ),
    "check: no pair above N_max": check(
        {"test-planted-weights": 1},
        "2 of 11 wrong programs are called right; no case brings them out",
        ("[[0.0, 3.0, 50.0], [0.25, 9.0, 1.0]], 10.0", "[[0.0, 3.0, 8.0], [0.25, 9.0, 1.0]], 10.0"),
        ("[1.0, 80.0]], 5.0", "[1.0, 4.0]], 5.0"),
        ("[6.0, 0.5]", "[3.0, 0.5]"),
    ),
    "check: every pair has met": check(
        {"test-planted-weights": 1, "test-planted-gradients": 1},
        "2 of 11 wrong programs are called right; no case brings them out",
        ("[[0.0, 3.0", "[[2.0, 3.0"),
        ("[[4.0, 0.0]", "[[4.0, 7.0]"),
    ),
    "check: no count below 1": check(
        {"test-planted-weights": 1, "test-planted-sums": 1},
        "1 of 11 wrong programs are called right; no case brings them out",
        ("0.25", "2.5"),
        ("0.5], [1.0", "1.5], [1.0"),
    ),
    "check: never the power 0": check(
        {"test-planted-weights": 1},
        "1 of 11 wrong programs are called right; no case brings them out",
        ("5.0, 0.0)", "5.0, 1.5)"),
    ),
    "check: N_max is 100 each time": check(
        {"test-planted-weights": 1},
        "4 of 11 wrong programs are called right; no case brings them out",
        ("10.0, 0.5)", "100.0, 0.5)"),
        ("5.0, 0.0)", "100.0, 0.0)"),
    ),
    "check: the power is 3/4 each time": check(
        {"test-planted-weights": 1},
        "2 of 11 wrong programs are called right; no case brings them out",
        ("10.0, 0.5)", "10.0, 0.75)"),
        ("5.0, 0.0)", "5.0, 0.75)"),
    ),
    "check: biases of 0": check(
        {"test-planted-sums": 1},
        "a program without biases is called right",
        (
            "b, a = rng.uniform(-2, 2, N.shape[0]), rng.uniform(-2, 2, N.shape[1])",
            "b, a = np.zeros(N.shape[0]), np.zeros(N.shape[1])",
        ),
    ),
    "check: new cases each time": check(
        {"test-known": 1, "test-planted-weights": 1, "test-planted-sums": 1, "test-planted-gradients": 1},
        "cases must give the same each time: fix the seed",
        ("default_rng(3)", "default_rng()"),
    ),
    "check: a bool of NumPy": check(
        {"test-known": 1, "test-planted-weights": 1, "test-planted-sums": 1, "test-planted-gradients": 1},
        "is_right must return a bool of Python, not one of NumPy: bool(…)",
        ("    return True\n", "    return np.isfinite(answers[0][0])\n"),
    ),
    "check: N of ints": check(
        {"test-known": 1, "test-planted-weights": 1, "test-planted-sums": 1, "test-planted-gradients": 1},
        "N must be a NumPy array of float64",
        ("N = np.array(N)", "N = np.array(N).astype(int)"),
    ),
    "check: N_max an int": check(
        {"test-known": 1, "test-planted-weights": 1, "test-planted-sums": 1, "test-planted-gradients": 1},
        "N_max must be a float from 1 to 1000",
        ("10.0, 0.5)", "10, 0.5)"),
    ),
    "check: too many words": check(
        {"test-known": 1, "test-planted-weights": 1, "test-planted-sums": 1, "test-planted-gradients": 1},
        "there may be up to 5 words and 5 contexts",
        ("[1.0, 80.0]]", "[1.0, 80.0], [1.0, 2.0], [3.0, 2.0], [2.0, 2.0]]"),
    ),
    "check: a tuple of cases": check(
        {"test-known": 1, "test-planted-weights": 1, "test-planted-sums": 1, "test-planted-gradients": 1},
        "cases must return a list of one to six cases",
        ("return [first, second]", "return first, second"),
    ),
}
