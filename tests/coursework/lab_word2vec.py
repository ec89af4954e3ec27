"""Wrong answers to the lab `word2vec`, and the points that each must lose: data for the tests of labs.

Here those to task 6a; the others are in lab_word2vec_pairs.py, lab_word2vec_draws.py, lab_word2vec_batch.py,
lab_word2vec_analogies.py, lab_word2vec_bytes.py and lab_word2vec_check.py.
"""

from lab_cases import Wrong
from lab_unet_sizes import planted
from lab_word2vec_analogies import ANALOGIES
from lab_word2vec_batch import BATCHES
from lab_word2vec_bytes import BYTES
from lab_word2vec_check import CHECKS
from lab_word2vec_draws import DRAWS
from lab_word2vec_pairs import PAIRS

MENDED = """
def mended(V, U, b, a, N, *, N_max, power):
    met = N > 0
    weight = np.where(met, np.where(N < N_max, (N / N_max) ** power, 1.0), 0.0)
    goal = np.zeros_like(N)
    goal[met] = np.log(N[met])
    x = V @ U.T + b[:, None] + a[None] - goal
    L = (weight * x**2).sum()
    G = 2 * weight * x
    dV = G @ U
    dU = G.T @ V
    db = G.sum(1)
    da = G.sum(0)
    return float(L), dV, dU, db, da
"""

mended = planted("mended", MENDED)

HUNT = {
    "mended: the suspect itself": Wrong(
        {
            "mended": (
                "def mended(V, U, b, a, N, *, N_max, power):\n"
                "    return suspect(V, U, b, a, N, N_max=N_max, power=power)\n"
            )
        },
        {
            "test-mended": 1,
            "test-known": 1,
            "test-planted-weights": 1,
            "test-planted-sums": 1,
            "test-planted-gradients": 1,
        },
        "L is 0.13228179, but should be 0.066140896",
    ),
    "mended: power on N_max alone": mended(
        {
            "test-mended": 1,
            "test-known": 1,
            "test-planted-weights": 1,
            "test-planted-sums": 1,
            "test-planted-gradients": 1,
        },
        "L is 0.13228179, but should be 0.066140896",
        ("(N / N_max) ** power", "np.minimum(N / N_max**power, 1)"),
    ),
    "mended: db of all pairs": mended(
        {
            "test-mended": 1,
            "test-known": 1,
            "test-planted-weights": 1,
            "test-planted-sums": 1,
            "test-planted-gradients": 1,
        },
        "db is 0.727411; central differences of your own loss say 0.363706",
        ("db = G.sum(1)", "db = 2 * x.sum(1)"),
    ),
    "mended: db of the pairs that met, without weights": mended(
        {
            "test-mended": 1,
            "test-known": 1,
            "test-planted-weights": 1,
            "test-planted-sums": 1,
            "test-planted-gradients": 1,
        },
        "db is 0.727411; central differences of your own loss say 0.363706",
        ("db = G.sum(1)", "db = 2 * (x * met).sum(1)"),
    ),
    "mended: unmet pairs at power 0": mended(
        {
            "test-mended": 1,
            "test-known": 1,
            "test-planted-weights": 1,
            "test-planted-sums": 1,
            "test-planted-gradients": 1,
        },
        "L is 3.0625, but should be 0",
        (
            "np.where(met, np.where(N < N_max, (N / N_max) ** power, 1.0), 0.0)",
            "np.minimum(N / N_max, 1) ** power",
        ),
    ),
    "mended: no 2": mended(
        {
            "test-mended": 1,
            "test-known": 1,
            "test-planted-weights": 1,
            "test-planted-sums": 1,
            "test-planted-gradients": 1,
        },
        "dV is 0.363706; central differences of your own loss say 0.727411",
        ("G = 2 * weight * x", "G = weight * x"),
    ),
    "mended: weights above 1": mended(
        {
            "test-mended": 1,
            "test-known": 1,
            "test-planted-weights": 1,
            "test-planted-sums": 1,
            "test-planted-gradients": 1,
        },
        "L is 0.1870747, but should be 0.13228179",
        ("np.where(N < N_max, (N / N_max) ** power, 1.0)", "(N / N_max) ** power"),
    ),
    "mended: ln of 1 + N": mended(
        {
            "test-mended": 1,
            "test-known": 1,
            "test-planted-weights": 1,
            "test-planted-sums": 1,
            "test-planted-gradients": 1,
        },
        "L is 0.0098788502, but should be 0.066140896",
        ("np.log(N[met])", "np.log1p(N[met])"),
    ),
    "mended: L divided by 2": mended(
        {
            "test-mended": 1,
            "test-known": 1,
            "test-planted-weights": 1,
            "test-planted-sums": 1,
            "test-planted-gradients": 1,
        },
        "L is 0.033070448, but should be 0.066140896",
        ("float(L)", "float(L / 2)"),
    ),
}

WRONG = PAIRS | DRAWS | BATCHES | ANALOGIES | BYTES | CHECKS | HUNT
