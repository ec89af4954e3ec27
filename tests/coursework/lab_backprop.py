"""Wrong answers to the lab `backprop`, and the points that each must lose: data for the tests of labs.

Here those to tasks 4 and 5; the others are in lab_backprop_rules.py, _graph.py and _check.py.
"""

from lab_backprop_check import CHECKS
from lab_backprop_graph import GRAPH, LEAVES_FILLED
from lab_backprop_rules import RULES
from lab_cases import Wrong

MENDED = """
def mended(weights, X, y):
    W1, b1, W2, b2 = weights
    rows = np.arange(len(X))
    z = X @ W1 + b1
    h = np.maximum(z, 0)
    a = h @ W2 + b2
    shifted = a - a.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -log_p[rows, y].mean()
    a_bar = np.exp(log_p)
    a_bar[rows, y] -= 1
    a_bar /= len(X)
    W2_bar = h.T @ a_bar
    b2_bar = a_bar.sum(axis=0)
    h_bar = a_bar @ W2.T
    z_bar = h_bar * (z > 0)
    W1_bar = X.T @ z_bar
    b1_bar = z_bar.sum(axis=0)
    return float(loss), (W1_bar, b1_bar, W2_bar, b2_bar)
"""

TRAIN = """
def train(loss_and_gradients, weights, X, y, *, lr, num_epochs, batch_size, seed):
    rng, losses = np.random.default_rng(seed), []
    for _ in range(num_epochs):
        order, of_batches = rng.permutation(len(X)), []
        for start in range(0, len(X), batch_size):
            rows = order[start : start + batch_size]
            loss, gradients = loss_and_gradients(weights, X[rows], y[rows])
            weights = tuple(p - lr * gradient for p, gradient in zip(weights, gradients))
            of_batches.append(loss)
        losses.append(float(np.mean(of_batches)))
    return weights, losses
"""


HUNT = {
    "mended: relu's mask still always true": Wrong(
        {"mended": MENDED.replace("(z > 0)", "(h >= 0)"), "wrong-lines": "wrong_lines = {9, 11, 15}\n"},
        {"test-mended": 3, "test-line-2": 1},
        "wrong among the four gradients: W1, b1;",
    ),
    "mended: still divided by the number of classes": Wrong(
        {"mended": MENDED.replace("a_bar /= len(X)", "a_bar /= a.shape[1]")},
        {"test-mended": 3},
        "wrong among the four gradients: W1, b1, W2, b2;",
    ),
    "mended: divided by the batch in the biases once more": Wrong(
        {
            "mended": MENDED.replace("z_bar.sum(axis=0)", "z_bar.mean(axis=0)"),
            "wrong-lines": "wrong_lines = [9, 13, 15]\n",
        },
        {"test-mended": 3, "test-line-1": 1, "test-line-2": 1, "test-line-3": 1},
        "a set of three different numbers",
    ),
    "wrong lines: those of another variant": Wrong(
        {"wrong-lines": "wrong_lines = {9, 10, 14}\n"},
        {"test-line-2": 1, "test-line-3": 1},
        "a wrong line is missing from your set",
    ),
    "mended: by the engine, which is right": Wrong(
        {"mended": "def mended(weights, X, y):\n    return engine(weights, X, y, 'relu')\n"}, {}, ""
    ),
}

TRAINING = {
    "train: up the slope": Wrong(
        {"train": TRAIN.replace("p - lr", "p + lr")},
        {"test-train": 2, "test-digits": 2},
        "subtract lr times the gradient",
    ),
    "train: the smaller last batch left out": Wrong(
        {
            "train": TRAIN.replace(
                "range(0, len(X), batch_size)", "range(0, len(X) - batch_size + 1, batch_size)"
            )
        },
        {"test-train": 2},
        "the smaller last batch is left out",
    ),
    "train: the same order in every epoch": Wrong(
        {"train": TRAIN.replace("rng.permutation", "np.random.default_rng(seed).permutation")},
        {"test-train": 2},
        "both epochs take one order",
    ),
    "train: one generator for each epoch": Wrong(
        {
            "train": TRAIN.replace(
                "        order, of", "        rng = np.random.default_rng(seed)\n        order, of"
            )
        },
        {"test-train": 2},
        "both epochs take one order",
    ),
    "train: rows put in order, and in order again": Wrong(
        {
            "train": TRAIN.replace(
                "        for start",
                "        X, y = X[order], y[order]\n        order = np.arange(len(X))\n        for start",
            )
        },
        {"test-train": 2},
        "and not to the original rows",
    ),
    "train: rows as they stand": Wrong(
        {"train": TRAIN.replace("rng.permutation", "np.arange")}, {"test-train": 2}, "not in the order drawn"
    ),
    "train: batches of nearly one size": Wrong(
        {
            "train": TRAIN.replace(
                "for start in range(0, len(X), batch_size):\n"
                "            rows = order[start : start + batch_size]",
                "for rows in np.array_split(order, -(-len(X) // batch_size)):",
            )
        },
        {"test-train": 2},
        "3, 3 and 1 rows",
    ),
    "train: a call for each array": Wrong(
        {
            "train": TRAIN.replace(
                "            weights = tuple(p - lr * gradient for p, gradient in zip(weights, gradients))\n",
                "            weights = list(weights)\n            for k in range(len(weights)):\n"
                "                g = loss_and_gradients(weights, X[rows], y[rows])[1][k]\n"
                "                weights[k] = weights[k] - lr * g\n",
            )
        },
        {"test-train": 2},
        "call once for a batch, then move all arrays",
    ),
    "train: losses added up": Wrong(
        {"train": TRAIN.replace("np.mean(of_batches)", "np.sum(of_batches)")},
        {"test-train": 2},
        "sums over the batches",
    ),
    "train: the last loss of each epoch": Wrong(
        {"train": TRAIN.replace("np.mean(of_batches)", "of_batches[-1]")},
        {"test-train": 2},
        "the losses of the last batches",
    ),
    "train: losses weighted by the sizes of the batches": Wrong(
        {
            "train": TRAIN.replace("append(loss)", "append(loss * len(rows))").replace(
                "np.mean(of_batches)", "np.sum(of_batches) / len(X)"
            )
        },
        {"test-train": 2},
        "each batch counts once",
    ),
    "digits: hardly trained": Wrong(
        {
            "digits": "trained, losses = train(engine, start, X_train, y_train,\n"
            "                        lr=0.01, num_epochs=2, batch_size=40, seed=0)\n"
        },
        {"test-digits": 2},
        "try a larger lr",
    ),
    "digits: steps too long": Wrong(
        {
            "digits": "trained, losses = train(engine, start, X_train, y_train,\n"
            "                        lr=10.0, num_epochs=20, batch_size=40, seed=0)\n"
        },
        {"test-digits": 2},
        "try a smaller lr",
    ),
}

# Seen in one's own notebook alone, like LEAVES_FILLED.
MOVED_IN_PLACE = {
    "train: the arrays moved in place": Wrong(
        {
            "train": TRAIN.replace(
                "weights = tuple(p - lr * gradient for p, gradient in zip(weights, gradients))",
                "[np.subtract(p, lr * gradient, out=p) for p, gradient in zip(weights, gradients)]",
            )
        },
        {"test-train": 2},
        "train changed the arrays that it was given",
    ),
}

WRONG = RULES | GRAPH | CHECKS | HUNT | TRAINING | LEAVES_FILLED | MOVED_IN_PLACE
