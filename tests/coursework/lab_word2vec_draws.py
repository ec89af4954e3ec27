"""Wrong answers to the lab `word2vec`, on negatives. The others: lab_word2vec.py."""

from lab_unet_sizes import planted

NOISE = """
def noise(counts, *, power):
    raised = np.zeros(len(counts))
    raised[counts > 0] = counts[counts > 0] ** float(power)
    return raised / raised.sum()
"""

DRAW = """
def draw_negatives(p, right, u):
    result = np.zeros(u.shape, dtype=np.int64)
    for i, answer in enumerate(right):
        others = np.array([w for w in range(len(p)) if w != answer and p[w] > 0])
        ends = np.cumsum(p[others])
        places = np.searchsorted(ends / ends[-1], u[i], side="right")
        result[i] = others[places]
    return result
"""

ALIAS = """
def alias_table(p):
    number, share, other = len(p), p * len(p), np.arange(len(p))
    small, large = [k for k in range(number) if share[k] < 1], [k for k in range(number) if share[k] >= 1]
    while small and large:
        k, m = small.pop(), large[-1]
        other[k] = m
        share[m] -= 1 - share[k]
        if share[m] < 1:
            small.append(large.pop())
    for k in small:
        share[k], other[k] = (1, k) if p[k] > 0 else (0, p.argmax())
    return share, other


def draw_negatives(p, right, u):
    result = np.zeros(u.shape, dtype=np.int64)
    for i, answer in enumerate(right):
        q = np.where(np.arange(len(p)) == answer, 0, p)
        share, other = alias_table(q / q.sum())
        column = (u[i] * len(p)).astype(np.int64)
        result[i] = np.where(u[i] * len(p) - column < share[column], column, other[column])
    return result
"""

noise = planted("noise", NOISE)
draw = planted("draw-negatives", DRAW)
alias = planted("draw-negatives", ALIAS)

DRAWS = {
    "noise: the counts": noise(
        {"test-noise": 1},
        "these are the shares of the counts: the power is missing",
        (" ** float(power)", ""),
    ),
    "noise: not divided": noise(
        {"test-noise": 1},
        "noise of the counts 16, 1, 0, 81 to 3/4: probabilities sum to 1",
        ("raised / raised.sum()", "raised"),
    ),
    "noise: divided by the counts": noise(
        {"test-noise": 1},
        "divide by the sum of the powers, so that probabilities sum to 1",
        ("raised / raised.sum()", "raised / counts.sum()"),
    ),
    "noise: shares to the power": noise(
        {"test-noise": 1},
        "take the power first and divide by the sum afterwards",
        ("counts[counts > 0] ** float(power)", "(counts[counts > 0] / counts.sum()) ** float(power)"),
        ("raised / raised.sum()", "raised"),
    ),
    "noise: 0 to the power 0": noise(
        {"test-noise": 1},
        "0 to the power 0 is 1 in NumPy",
        ("raised[counts > 0] = counts[counts > 0] ** float(power)", "raised = counts ** float(power)"),
    ),
    "noise: 3/4 whatever is asked": noise(
        {"test-noise": 1},
        "noise of the counts 16, 1, 0, 81 to 1[0] is 0.222222, but should be",
        ("float(power)", "0.75"),
    ),
    "noise: one added to each count": noise(
        {"test-noise": 1},
        "noise of the counts 16, 1, 0, 81 to 3/4[0] is 0.224433, but should be",
        ("counts[counts > 0] **", "(counts[counts > 0] + 1) **"),
    ),
    "draw: the right answer may come": draw(
        {"test-draw": 1, "test-draw-rows": 1, "test-draw-edges": 1},
        "the right answer, 0, is drawn with a share of 0.500",
        (" if w != answer and p[w] > 0", " if p[w] > 0"),
    ),
    "draw: the next word for the right answer": draw(
        {"test-draw": 1, "test-draw-rows": 1, "test-draw-edges": 1},
        "what the right answer leaves goes to all others, in proportion",
        (" if w != answer and p[w] > 0", " if p[w] > 0"),
        ("others[places]", "np.where(others[places] == answer, (answer + 1) % len(p), others[places])"),
    ),
    "draw: the most likely word for the right answer": draw(
        {"test-draw": 1, "test-draw-rows": 1, "test-draw-edges": 1},
        "the right answer, 0, is drawn with a share of 0.500",
        (" if w != answer and p[w] > 0", " if p[w] > 0"),
        (
            "others[places]",
            ("np.where(others[places] == answer, p.argmax() if p.argmax() != answer else 0, others[places])"),
        ),
    ),
    "draw: uniform": draw(
        {"test-draw": 1, "test-draw-rows": 1},
        "word 1 is drawn with a share of 0.3335, but should be with 0.5000",
        ("np.cumsum(p[others])", "np.cumsum(np.ones(len(others)))"),
    ),
    "draw: of the sum of all": draw(
        {"test-draw": 1, "test-draw-rows": 1},
        "what the right answer leaves goes to all others, in proportion",
        ("ends / ends[-1], u[i]", "ends, u[i] * p.sum()"),
        ("others[places]", "others[np.minimum(places, len(others) - 1)]"),
    ),
    "draw: one right answer for all rows": draw(
        {"test-draw-rows": 1},
        "row 1 holds its own right answer, 0; is each row given its own?",
        ("enumerate(right)", "enumerate(np.repeat(right[:1], len(right)))"),
    ),
    "draw: a generator of its own": draw(
        {"test-draw": 1, "test-draw-rows": 1},
        "word 2 is drawn with a share of 0.2405, but should be with 0.2500",
        ("u[i], side", "np.random.default_rng(i).random(u.shape[1]), side"),
    ),
    "draw: the numbers sorted": draw(
        {"test-draw-rows": 1}, "does each number decide?", ("u[i], side", "np.sort(u[i]), side")
    ),
    "draw: places in the shortened list": draw(
        {"test-draw": 1, "test-draw-rows": 1, "test-draw-edges": 1},
        "the right answer, 0, is drawn with a share of 0.500",
        ("others[places]", "places"),
    ),
    "draw: words of probability 0 kept, from the left": draw(
        {"test-draw-edges": 1},
        "the word 0 has the probability 0",
        (" and p[w] > 0", ""),
        ('side="right"', 'side="left"'),
    ),
    "draw: the sum taken for 1": draw(
        {"test-draw-edges": 1},
        "index 9 is out of bounds for axis 0 with size 9",
        ("ends / ends[-1], u[i]", "ends, u[i] * (1 - p[answer])"),
    ),
    "draw: a clipped end that may have the probability 0": draw(
        {"test-draw-edges": 1},
        "the word 5 has the probability 0",
        (" and p[w] > 0", ""),
        ("ends / ends[-1], u[i]", "np.append(ends[:-1], 2), u[i] * ends[-1]"),
        ("p[others])", "p[others] + 1e-12)"),
    ),
    "draw: int32": draw(
        {"test-draw": 1, "test-draw-rows": 1, "test-draw-edges": 1},
        "p = (0.5, 0.25, 0.125, 0.125), right answer 0, 2000 numbers must be",
        ("dtype=np.int64", "dtype=np.int32"),
    ),
    "draw: each word once a row": draw(
        {"test-draw": 1, "test-draw-rows": 1},
        "word 1 is drawn with a share of 0.3750, but should be with 0.5000",
        (
            "        result[i] = others[places]",
            (
                "        result[i] = others[places]\n"
                "        for k in range(1, len(u[i])):\n"
                "            if result[i, k] == result[i, k - 1]:\n"
                "                result[i, k] = others[(places[k] + 1) % len(others)]"
            ),
        ),
    ),
    "draw: an alias table that is turned round": alias(
        {"test-draw": 1, "test-draw-rows": 1, "test-draw-edges": 1},
        "the right answer, 0, is drawn with a share of 0.250",
        ("< share[column], column, other[column]", "< share[column], other[column], column"),
    ),
    "draw: an alias table with the right answer in it": alias(
        {"test-draw": 1, "test-draw-rows": 1, "test-draw-edges": 1},
        "the right answer, 0, is drawn with a share of 0.500",
        ("np.where(np.arange(len(p)) == answer, 0, p)", "p"),
    ),
    "draw: an alias table without what was given away": alias(
        {"test-draw": 1, "test-draw-rows": 1},
        "word 1 is drawn with a share of 0.2500, but should be with 0.5000",
        ("        share[m] -= 1 - share[k]\n", "        share[m] -= 0\n"),
        ("        if share[m] < 1:", "        if True:"),
    ),
}
