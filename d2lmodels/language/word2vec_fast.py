"""The steps of `word2vec.py:learn` in compiled code: the same numbers but for rounding, much sooner.

Why it is fast: numba compiles the loops, and where they run over numbers that lie in a row the processor
takes 8 or 16 at once. A window's words and negatives are few, so their vectors stay in the fastest memory
while each of one is multiplied by each of the other. σ is a fraction of polynomials. The interpreter's lock
is let go, so that threads work side by side. Not here: any check of what is given.
"""

from inspect import unwrap

import numpy as np
from numba import njit

HALF, BOUND = np.float32(0.5), np.float32(4.9)
P0, P1, P2 = np.float32(135135), np.float32(17325), np.float32(378)
Q0, Q1, Q2, Q3 = np.float32(135135), np.float32(62370), np.float32(3150), np.float32(28)


def learn_fast(V, U, words, left, right, negatives, lr, skipgram):
    """Take the steps of `d2lmodels.language.word2vec.learn`; all vectors are float32.

    σ(x) = ½ + ½ tanh(x / 2), the tangent by Lambert's continued fraction, cut off after 13: wrong by 1e-6 at
    most where |x| < 6, and by 1e-4 beyond, where x is taken for 9.8 at most.
    """
    dim, n = V.shape[1], 1 + negatives.shape[1]
    widest = max([right[i] - left[i] for i in range(len(words))] + [1])  # a context, and one row more
    context = np.empty(widest, np.int32)
    targets, labels, weights = np.zeros(n + 1, np.int32), np.zeros(n, np.float32), np.empty(n, np.float32)
    labels[0] = 1
    H, dH = np.zeros((2, widest + 1, dim), np.float32)
    G = np.zeros((widest + 1, n + 1), np.float32)  # a row and a column more, for what is taken in pairs
    for i in range(len(words)):
        m = 0
        for j in range(left[i], right[i]):
            if j != i:
                context[m] = words[j]
                m += 1
        if m == 0:
            continue
        targets[0], weights[0] = words[i], lr
        for k in range(1, n):
            targets[k] = negatives[i, k - 1]
            weights[k] = lr * (targets[k] != words[i])
        rows = m if skipgram else 1
        share = np.float32(rows / m)
        H[:rows] = 0
        for j in range(m):
            v, h = V[context[j]], H[j if skipgram else 0]
            for d in range(dim):
                h[d] += share * v[d]
        for r in range(rows):
            h = H[r]
            for t in range(n):
                u = U[targets[t]]
                logit = np.float32(0)
                for d in range(dim):
                    logit += h[d] * u[d]
                x = min(max(HALF * logit, -BOUND), BOUND)
                y = x * x
                tanh = x * (P0 + y * (P1 + y * (P2 + y))) / (Q0 + y * (Q1 + y * (Q2 + y * Q3)))
                G[r, t] = weights[t] * (HALF + HALF * tanh - labels[t])
        for r in range(rows):
            dh = dH[r]
            dh[:] = 0
            for t in range(0, n, 2):  # two at once, so that dh is read and written half as often
                u0, u1, g0, g1 = U[targets[t]], U[targets[t + 1]], G[r, t], G[r, t + 1]
                for d in range(dim):
                    dh[d] += g0 * u0[d] + g1 * u1[d]
        G[rows] = 0
        for t in range(n):
            u = U[targets[t]]
            for r in range(0, rows, 2):
                h0, h1, g0, g1 = H[r], H[r + 1], G[r, t], G[r + 1, t]
                for d in range(dim):
                    u[d] -= g0 * h0[d] + g1 * h1[d]
        for j in range(m):
            v, dh = V[context[j]], dH[j if skipgram else 0]
            for d in range(dim):
                v[d] -= dh[d]


# `unwrap`, since the checks of shapes that tests wrap around every function cannot be compiled.
learn_fast = njit(
    unwrap(learn_fast),
    nogil=True,
    cache=True,
    error_model="numpy",  # a division needs no check for zero
    fastmath={"reassoc", "contract", "arcp", "nsz"},
)
