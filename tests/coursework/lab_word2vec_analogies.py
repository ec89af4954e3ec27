"""Wrong answers to the lab `word2vec`, on analogies. The others: lab_word2vec.py."""

from lab_cases import Wrong
from lab_unet_sizes import planted

SCORES = """
def analogy_scores(vectors, a, b, c, *, method):
    scores = np.full(len(vectors), -np.inf)

    def cos(x, y):
        size = np.sqrt(x @ x) * np.sqrt(y @ y)
        return x @ y / size if size > 0 else 0.0

    for d in range(len(vectors)):
        if d not in (a, b, c):
            to_a, to_b, to_c = (cos(vectors[d], vectors[word]) for word in (a, b, c))
            if method == "add":
                scores[d] = to_b - to_a + to_c
            else:
                scores[d] = (1 + to_b) / 2 * (1 + to_c) / 2 / ((1 + to_a) / 2 + 0.001)
    return scores
"""

SOLVE = """
def solve(vectors, questions, *, method):
    found = []
    for a, b, c in questions.tolist():
        scores = analogy_scores(vectors, a, b, c, method=method)
        best = np.flatnonzero(scores > scores.max() - 1e-9)
        found.append(best[0])
    return np.array(found, dtype=np.int64)
"""

scores = planted("analogy-scores", SCORES)
solve = planted("solve", SOLVE)

ANALOGIES = {
    "scores: a and b exchanged": scores(
        {"test-add": 1, "test-mul": 1, "test-solve": 1},
        "a and b are exchanged: it is + b − a + c",
        ("for word in (a, b, c))", "for word in (b, a, c))"),
    ),
    "scores: c left out": scores(
        {"test-add": 1, "test-mul": 1, "test-solve": 1},
        "? by add[4] is -0.28, but should be 0.52",
        ("to_b - to_a + to_c", "to_b - to_a"),
        ("(1 + to_b) / 2 * (1 + to_c) / 2", "(1 + to_b) / 2"),
    ),
    "scores: add for both": scores(
        {"test-mul": 1, "test-solve": 1}, "these are the scores by add", ('if method == "add":', "if True:")
    ),
    "scores: mul for both": scores(
        {"test-add": 1, "test-solve": 1},
        "? by add[3] is 0.561798, but should be 0.2",
        ('if method == "add":', "if False:"),
    ),
    "scores: dot products": scores(
        {"test-add": 1, "test-mul": 1, "test-solve": 1},
        "vectors are divided by their lengths",
        ("return x @ y / size if size > 0 else 0.0", "return x @ y"),
    ),
    "scores: a vector of zeros gives NaN": scores(
        {"test-add": 1, "test-mul": 1, "test-solve": 1},
        "what is the cosine of a vector of zeros?",
        ("return x @ y / size if size > 0 else 0.0", "return np.divide(x @ y, size)"),
    ),
    "scores: a vector of zeros gives 1": scores(
        {"test-add": 1, "test-mul": 1, "test-solve": 1},
        "? by add[5] is 1, but should be 0",
        ("else 0.0", "else 1.0"),
    ),
    "scores: divided by the length of the sum": scores(
        {"test-add": 1},
        "give what stands in the formula",
        (
            "    return scores",
            (
                "    if method == 'add':\n"
                "        D = vectors / np.maximum(np.linalg.norm(vectors, axis=1, "
                "keepdims=True), 1e-12)\n"
                "        scores = scores / max(np.linalg.norm(D[b] - D[a] + D[c]), 1e-12)\n"
                "    return scores"
            ),
        ),
    ),
    "scores: c left in": scores(
        {"test-add": 1, "test-mul": 1, "test-solve": 1},
        "word 2 is of the question, so its score is −∞",
        ("(a, b, c):\n", "(a, b):\n"),
    ),
    "scores: 0 for the words of the question": scores(
        {"test-add": 1, "test-mul": 1}, "word 0 is of the question, so its score is −∞", ("-np.inf)", "0.0)")
    ),
    "scores: no ε": scores({"test-mul": 1}, "ε is missing below the line", (" + 0.001)", ")")),
    "scores: another ε": scores(
        {"test-mul": 1}, "? by mul[3] is 0.555556, but should be 0.561798", ("0.001", "0.01")
    ),
    "scores: cosines not moved": scores(
        {"test-mul": 1, "test-solve": 1},
        "cosines are moved to 0 … 1 first: (cos + 1)/2",
        ("(1 + to_b) / 2 * (1 + to_c) / 2 / ((1 + to_a) / 2 + 0.001)", "to_b * to_c / (to_a + 0.001)"),
    ),
    "scores: cosines not halved": scores(
        {"test-mul": 1},
        "cosines are moved to 0 … 1 first: halve cos + 1",
        (
            "(1 + to_b) / 2 * (1 + to_c) / 2 / ((1 + to_a) / 2 + 0.001)",
            "(1 + to_b) * (1 + to_c) / (1 + to_a + 0.001)",
        ),
    ),
    "scores: negative cosines cut off": scores(
        {"test-mul": 1, "test-solve": 1},
        "? by mul[3] is 0, but should be 0.561798",
        (
            "(1 + to_b) / 2 * (1 + to_c) / 2 / ((1 + to_a) / 2 + 0.001)",
            "max(to_b, 0) * max(to_c, 0) / (max(to_a, 0) + 0.001)",
        ),
    ),
    "scores: logarithms": scores(
        {"test-mul": 1},
        "? by mul[3] is -0.576613, but should be 0.561798",
        (
            "scores[d] = (1 + to_b) / 2 * (1 + to_c) / 2 / ((1 + to_a) / 2 + 0.001)",
            ("scores[d] = np.log((1 + to_b) / 2 * (1 + to_c) / 2 / ((1 + to_a) / 2 + 0.001))"),
        ),
    ),
    "scores: float32": scores(
        {"test-add": 1, "test-mul": 1},
        "? by add must be of float64, not float32",
        ("-np.inf)", "-np.inf, dtype=np.float32)"),
    ),
    "solve: argmax, ties to rounding": solve(
        {"test-solve": 1},
        "words 4 to 8 tie up to rounding, so the answer is 4",
        ("best[0]", "scores.argmax()"),
    ),
    "solve: the last of equal ones": solve(
        {"test-solve": 1},
        "the answers to [[0, 1, 2], [2, 1, 3], [4, 3, 0], [6, 3, 1]] by add[2]",
        ("best[0]", "best[-1]"),
    ),
    "solve: add whatever is asked": solve(
        {"test-solve": 1},
        "the answers to [[0, 1, 2], [2, 1, 3], [4, 3, 0], [6, 3, 1]] by mul[2]",
        ("method=method)", 'method="add")'),
    ),
    "solve: a tolerance of a hundredth": solve(
        {"test-solve": 1}, "word 4 leads by more than 0.000001, which is no rounding", ("1e-9", "1e-2")
    ),
    "solve: c and b exchanged": solve(
        {"test-solve": 1},
        "the answers to [[0, 1, 2], [2, 1, 3], [4, 3, 0], [6, 3, 1]] by add[0]",
        ("scores(vectors, a, b, c", "scores(vectors, c, b, a"),
    ),
    "solve: a list": solve(
        {"test-solve": 1},
        "the answers to [[0, 1, 2], [2, 1, 3], [4, 3, 0], [6, 3, 1]] by add",
        ("np.array(found, dtype=np.int64)", "found"),
    ),
    "solve: no questions give floats": solve(
        {"test-solve": 1},
        "the answers must be of int64, not float64",
        ("np.array(found, dtype=np.int64)", "np.array(found)"),
    ),
    "disagreement: both take word 3": Wrong(
        {
            "disagreement": (
                "def disagreement():\n    return np.array([[1.0, 0], [0, 1], [-1, 1], [-1, 2], [1, -1]])\n"
            )
        },
        {"test-disagreement": 1},
        "by mul word 4 leads by -3.327, but should by 0.05 at least",
    ),
    "disagreement: the other way round": Wrong(
        {
            "disagreement": (
                "def disagreement():\n    return np.array([[-1.0, 0], [0, 1], [-2, 1], [3, 0], [1, 2]])\n"
            )
        },
        {"test-disagreement": 1},
        "by add word 3 leads by -1.236, but should by 0.05 at least",
    ),
    "disagreement: whole numbers": Wrong(
        {
            "disagreement": (
                "def disagreement():\n    return np.array([[-1, 0], [0, 1], [-2, 1], [1, 2], [3, 0]])\n"
            )
        },
        {"test-disagreement": 1},
        "the vectors must be of float64, not int64",
    ),
    "disagreement: a row of zeros": Wrong(
        {
            "disagreement": (
                "def disagreement():\n    return np.array([[-1.0, 0], [0, 1], [-2, 1], [0, 0], [3, 0]])\n"
            )
        },
        {"test-disagreement": 1},
        "a row is a vector of zeros, or nearly",
    ),
    "disagreement: six rows": Wrong(
        {
            "disagreement": (
                "def disagreement():\n"
                "    return np.array([[-1.0, 0], [0, 1], [-2, 1], [1, 2], [3, 0], [1, 1]])\n"
            )
        },
        {"test-disagreement": 1},
        "the shape must be (5, dim), dim 2 to 4",
    ),
}
