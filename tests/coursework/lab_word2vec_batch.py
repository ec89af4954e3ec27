"""Wrong answers to the lab `word2vec`, on a batch and its gradients. The others: lab_word2vec.py."""

from lab_unet_sizes import planted

SGNS = """
def sigma(x):
    return 1 / (1 + np.exp(-np.clip(x, -700, 700)))


def sgns(V, U, centre, context, negatives):
    B, loss = len(centre), 0.0
    dV, dU = np.zeros_like(V), np.zeros_like(U)
    for i in range(B):
        h, u = V[centre[i]], U[context[i]]
        loss += np.logaddexp(0, -(u @ h))
        g = sigma(u @ h) - 1
        dV[centre[i]] += g * u
        dU[context[i]] += g * h
        for n in negatives[i]:
            loss += np.logaddexp(0, U[n] @ h)
            g = sigma(U[n] @ h)
            dV[centre[i]] += g * U[n]
            dU[n] += g * h
    return float(loss / B), dV / B, dU / B
"""

AT_ONCE = """
def sgns(V, U, centre, context, negatives):
    B = len(centre)
    H, C, N = V[centre], U[context], U[negatives]
    x, y = (H * C).sum(1), (N * H[:, None]).sum(2)
    loss = (np.logaddexp(0, -x).sum() + np.logaddexp(0, y).sum()) / B
    g, k = (np.tanh(x / 2) - 1) / 2 / B, (np.tanh(y / 2) + 1) / 2 / B
    dV, dU = np.zeros_like(V), np.zeros_like(U)
    np.add.at(dV, centre, g[:, None] * C + (k[:, :, None] * N).sum(1))
    np.add.at(dU, context, g[:, None] * H)
    np.add.at(dU, negatives, k[:, :, None] * H[:, None])
    return float(loss), dV, dU
"""

TRAIN = """
def train(V, U, batches, *, lr):
    tables = V.copy(), U.copy()
    for k, (centre, context, negatives) in enumerate(batches):
        rate = lr * (len(batches) - k) / len(batches)
        _, dV, dU = sgns(*tables, centre, context, negatives)
        tables = tables[0] - rate * dV, tables[1] - rate * dU
    return tables
"""

sgns = planted("sgns", SGNS)
at_once = planted("sgns", AT_ONCE)
train = planted("train", TRAIN)

BATCHES = {
    "sgns: the sum over the pairs": sgns(
        {"test-loss": 1, "test-gradients": 2, "test-repeated": 1, "test-train": 1},
        "the mean over the pairs, not their sum",
        ("float(loss / B), dV / B, dU / B", "float(loss), dV, dU"),
    ),
    "sgns: the gradients of the sum": sgns(
        {"test-gradients": 2, "test-repeated": 1, "test-train": 1},
        "the loss is a mean over 3 pairs, and so is the gradient",
        ("dV / B, dU / B", "dV, dU"),
    ),
    "sgns: divided by the negatives": sgns(
        {"test-loss": 1, "test-gradients": 2, "test-repeated": 1, "test-train": 1},
        "the mean over the pairs; the terms of one pair are added",
        (
            "float(loss / B), dV / B, dU / B",
            (
                "float(loss / B / (1 + negatives.shape[1])), dV / B / (1 + "
                "negatives.shape[1]), dU / B / (1 + negatives.shape[1])"
            ),
        ),
    ),
    "sgns: no minus for the negatives": sgns(
        {"test-loss": 1, "test-gradients": 2, "test-repeated": 1, "test-train": 1},
        "a negative has a minus in its σ",
        ("np.logaddexp(0, U[n] @ h)", "np.logaddexp(0, -U[n] @ h)"),
        ("g = sigma(U[n] @ h)", "g = sigma(U[n] @ h) - 1"),
    ),
    "sgns: a negative that is the context left out": sgns(
        {"test-loss": 1, "test-repeated": 1, "test-train": 1},
        "L of 1 pairs with 1 negatives is 0.63948999, but should be 1.3893375",
        ("        for n in negatives[i]:", "        for n in negatives[i][negatives[i] != context[i]]:"),
    ),
    "sgns: a negative drawn twice counts once": sgns(
        {"test-loss": 1, "test-repeated": 1, "test-train": 1},
        "L of two pairs is 1.4245742, but should be 2.1177214",
        ("        for n in negatives[i]:", "        for n in set(negatives[i].tolist()):"),
    ),
    "sgns: ln of a σ that is 0": sgns(
        {"test-loss": 1},
        "ln σ(−800) is −800; e to the power 800 overflows, and σ(−800) is 0 in",
        ("np.logaddexp(0, -(u @ h))", "-np.log(sigma(u @ h))"),
        ("np.clip(x, -700, 700)", "x"),
    ),
    "sgns: dot products clipped at 30": sgns(
        {"test-loss": 1},
        "L for the dot products −800 and 900 is 930, but should be 1700",
        ("np.logaddexp(0, -(u @ h))", "np.logaddexp(0, -np.clip(u @ h, -30, 30))"),
    ),
    "sgns: ascent": sgns(
        {"test-loss": 1, "test-gradients": 2, "test-repeated": 1, "test-train": 1},
        "dV for the dot products −800 and 900[0, 0] is -17, but should be 17",
        ("dV / B, dU / B", "-dV / B, -dU / B"),
    ),
    "sgns: the context sees": sgns(
        {"test-loss": 1, "test-gradients": 2, "test-repeated": 1, "test-train": 1},
        "L of two pairs is 3.9503088, but should be 2.1177214",
        ("h, u = V[centre[i]], U[context[i]]", "h, u = V[context[i]], U[centre[i]]"),
        ("dV[centre[i]] += g * u", "dV[context[i]] += g * u"),
        ("dU[context[i]] += g * h", "dU[centre[i]] += g * h"),
        ("dV[centre[i]] += g * U[n]", "dV[context[i]] += g * U[n]"),
    ),
    "sgns: the slope of σ for that of ln σ": sgns(
        {"test-loss": 1, "test-gradients": 2, "test-repeated": 1, "test-train": 1},
        "dV for the dot products −800 and 900[0, 0] is 9, but should be 17",
        ("g = sigma(u @ h) - 1", "g = -sigma(u @ h) * (1 - sigma(u @ h))"),
    ),
    "sgns: the centre learns from the context alone": sgns(
        {"test-loss": 1, "test-gradients": 2, "test-repeated": 1, "test-train": 1},
        "dV for the dot products −800 and 900[0, 0] is 8, but should be 17",
        ("            dV[centre[i]] += g * U[n]\n", ""),
    ),
    "sgns: negatives stay": sgns(
        {"test-loss": 1, "test-gradients": 2, "test-repeated": 1, "test-train": 1},
        "dU for the dot products −800 and 900[1, 0] is 0, but should be 100",
        ("            dU[n] += g * h\n", ""),
    ),
    "sgns: negatives by the context's slope": sgns(
        {"test-loss": 1, "test-gradients": 2, "test-repeated": 1, "test-train": 1},
        "dV for the dot products −800 and 900[0, 0] is -1, but should be 17",
        ("            g = sigma(U[n] @ h)\n", ""),
    ),
    "sgns: V and U exchanged": sgns(
        {"test-loss": 1, "test-gradients": 2, "test-repeated": 1, "test-train": 1},
        "dV for the dot products −800 and 900[0, 0] is -100, but should be 17",
        ("dV / B, dU / B", "dU / B, dV / B"),
    ),
    "sgns: a NumPy float": sgns(
        {"test-loss": 1, "test-gradients": 2},
        "L of two pairs must be a float, not float64: float(…) makes one",
        ("float(loss / B)", "loss / B"),
    ),
    "sgns: the loss alone": sgns(
        {"test-loss": 1, "test-gradients": 2, "test-repeated": 1, "test-train": 1},
        "sgns must be a tuple of 3: L, dV, dU",
        ("return float(loss / B), dV / B, dU / B", "return float(loss / B)"),
    ),
    "sgns: V moves meanwhile": sgns(
        {"test-loss": 1, "test-gradients": 2, "test-repeated": 1, "test-train": 1},
        "sgns changed an array that it was given: work on a copy",
        (
            "        dV[centre[i]] += g * u\n",
            "        dV[centre[i]] += g * u\n        V[centre[i]] -= 0.01 * g * u\n",
        ),
    ),
    "sgns: the centres assigned": at_once(
        {"test-repeated": 1, "test-train": 1},
        "what comes up twice adds up",
        (
            "np.add.at(dV, centre, g[:, None] * C + (k[:, :, None] * N).sum(1))",
            "dV[centre] += g[:, None] * C + (k[:, :, None] * N).sum(1)",
        ),
    ),
    "sgns: the contexts assigned": at_once(
        {"test-repeated": 1, "test-train": 1},
        "what comes up twice adds up",
        ("np.add.at(dU, context, g[:, None] * H)", "dU[context] += g[:, None] * H"),
    ),
    "sgns: the negatives assigned": at_once(
        {"test-repeated": 1, "test-train": 1},
        "what comes up twice adds up",
        (
            "np.add.at(dU, negatives, k[:, :, None] * H[:, None])",
            "dU[negatives] += k[:, :, None] * H[:, None]",
        ),
    ),
    "sgns: one row for each pair": at_once(
        {"test-loss": 1, "test-gradients": 2, "test-repeated": 1, "test-train": 1},
        "dV must have shape (3, 2), not (2, 2)",
        (
            "    np.add.at(dV, centre, g[:, None] * C + (k[:, :, None] * N).sum(1))",
            "    dV = g[:, None] * C + (k[:, :, None] * N).sum(1)",
        ),
    ),
    "sgns: shared negatives": at_once(
        {"test-loss": 1, "test-gradients": 2, "test-repeated": 1, "test-train": 1},
        "L of two pairs is 3.1549766, but should be 2.1177214",
        ("U[negatives]", "U[np.repeat(negatives[:1], B, axis=0)]"),
        ("np.add.at(dU, negatives,", "np.add.at(dU, np.repeat(negatives[:1], B, axis=0),"),
    ),
    "train: a rate that stays": train(
        {"test-train": 1}, "half of it for the second of two", (" * (len(batches) - k) / len(batches)", "")
    ),
    "train: a rate that ends at 0 too early": train(
        {"test-train": 1},
        "V after one batch: it did not move",
        ("(len(batches) - k)", "(len(batches) - k - 1)"),
    ),
    "train: ascent": train(
        {"test-train": 1},
        "descent goes against the gradient",
        ("tables[0] - rate * dV, tables[1] - rate * dU", "tables[0] + rate * dV, tables[1] + rate * dU"),
    ),
    "train: U learns from moved V": train(
        {"test-train": 1},
        "take both gradients before either table moves",
        (
            "        tables = tables[0] - rate * dV, tables[1] - rate * dU",
            (
                "        tables = tables[0] - rate * dV, tables[1]\n"
                "        dU = sgns(*tables, centre, context, negatives)[2]\n"
                "        tables = tables[0], tables[1] - rate * dU"
            ),
        ),
    ),
    "train: V learns from moved U": train(
        {"test-train": 1},
        "take both gradients before either table moves",
        (
            "        tables = tables[0] - rate * dV, tables[1] - rate * dU",
            (
                "        tables = tables[0], tables[1] - rate * dU\n"
                "        dV = sgns(*tables, centre, context, negatives)[1]\n"
                "        tables = tables[0] - rate * dV, tables[1]"
            ),
        ),
    ),
    "train: in place": train(
        {"test-train": 1},
        "train changed an array that it was given: work on a copy",
        ("V.copy(), U.copy()", "V, U"),
        (
            "        tables = tables[0] - rate * dV, tables[1] - rate * dU",
            "        V -= rate * dV\n        U -= rate * dU",
        ),
    ),
    "train: V alone": train(
        {"test-train": 1}, "U after one batch: it did not move", ("tables[1] - rate * dU", "tables[1]")
    ),
    "train: the first batch again and again": train(
        {"test-train": 1},
        "V after two batches[0, 0] is 0.256207, but should be 0.279772",
        ("enumerate(batches)", "enumerate([batches[0]] * len(batches) if batches else [])"),
    ),
    "train: no batches, nothing returned": train(
        {"test-train": 1},
        "does the function return its results?",
        ("    tables = V", "    if not batches:\n        return None\n    tables = V"),
    ),
}
