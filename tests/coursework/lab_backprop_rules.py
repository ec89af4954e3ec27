"""Wrong answers to the lab `backprop`, task 1: rules of single operations. The others: lab_backprop.py."""

from lab_cases import Wrong

SQUARED = """
def squared_rule(a, b):
    def sum_to(g, shape):
        while g.ndim > len(shape):
            g = g.sum(axis=0)
        for axis, n in enumerate(shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    return (a - b) ** 2, (
        lambda g: sum_to(2 * g * (a - b), a.shape),
        lambda g: sum_to(-2 * g * (a - b), b.shape),
    )
"""


def linear(X_bar="g @ W.T", W_bar="X.T @ g", b_bar="g.sum(axis=0)"):
    """Return an answer to task 1b with these gradients."""
    return (
        "def linear_rule(X, W, b):\n"
        f"    return X @ W + b, (lambda g: {X_bar}, lambda g: {W_bar}, lambda g: {b_bar})\n"
    )


RULES = {
    "squared: factor 2 forgotten": Wrong(
        {"squared": SQUARED.replace("-2 * g", "-g").replace("2 * g", "g")},
        {"test-squared": 1},
        "half of what it should be",
    ),
    "squared: sign forgotten": Wrong(
        {"squared": SQUARED.replace("-2 * g", "2 * g")}, {"test-squared": 1}, "where b grows, a − b falls"
    ),
    "squared: sum over the repeated axes forgotten": Wrong(
        {
            "squared": "def squared_rule(a, b):\n"
            "    return (a - b) ** 2, (lambda g: 2 * g * (a - b), lambda g: -2 * g * (a - b))\n"
        },
        {"test-broadcast": 2},
        "b was repeated for each row: sum over the rows",
    ),
    "squared: axes added or stretched, but not both": Wrong(
        {
            "squared": SQUARED.replace(
                "        for axis",
                "            if g.ndim == len(shape):\n                return g\n        for axis",
            )
        },
        {"test-broadcast": 2},
        "only one of its two axes was undone",
    ),
    "squared: stretched axes dropped": Wrong(
        {"squared": SQUARED.replace("keepdims=True", "keepdims=False")},
        {"test-broadcast": 2},
        "the shape lost an axis",
    ),
    "linear: mean over the rows for the bias": Wrong(
        {"linear": linear(b_bar="g.mean(axis=0)")}, {"test-linear": 2}, "a sum over the rows and not a mean"
    ),
    "linear: rows counted for the bias, and g ignored": Wrong(
        {"linear": linear(b_bar="len(X) * np.ones(len(b))")},
        {"test-linear": 2, "test-digits": 2},
        "g is missing: it counts the rows",
    ),
    "linear: gradient at W transposed, so that nothing trains": Wrong(
        {"linear": linear(W_bar="g.T @ X")},
        {"test-linear": 2, "test-digits": 2},
        "this is the transpose of the gradient at W",
    ),
    "linear: arrays in place of functions, and the digits by mended": Wrong(
        {
            "linear": "def linear_rule(X, W, b):\n    return X @ W + b, (W.T, X.T, np.ones(len(b)))\n",
            "digits": "trained, losses = train(mended, start, X_train, y_train,\n"
            "                        lr=0.2, num_epochs=20, batch_size=40, seed=0)\n",
        },
        {"test-linear": 2},
        "is no function",
    ),
    "swish: the way through the sigmoid forgotten": Wrong(
        {"swish": "def swish_rule(z):\n    s = sigmoid(z)\n    return z * s, (lambda g: g * s,)\n"},
        {"test-swish": 1},
        "the one through the sigmoid is missing",
    ),
    "swish: powers of e that overflow": Wrong(
        {
            "swish": "def swish_rule(z):\n    e = np.exp(-z)\n    slope = e / (1 + e) ** 2\n"
            "    return z / (1 + e), (lambda g: g * (1 / (1 + e) + z * slope),)\n"
        },
        {"test-swish": 1},
        "e to the power 800 overflows",
    ),
    "swish: one pullback without its comma": Wrong(
        {
            "swish": "def swish_rule(z):\n    s = sigmoid(z)\n"
            "    return z * s, (lambda g: g * (s + z * s * (1 - s)))\n",
            "digits": "trained, losses = train(mended, start, X_train, y_train,\n"
            "                        lr=0.2, num_epochs=20, batch_size=40, seed=0)\n",
        },
        {"test-swish": 1},
        "a tuple of one is written (pull,)",
    ),
}
