"""Wrong answers to the lab `bert`, on attention and heads. The others: lab_bert.py."""

from lab_unet_sizes import planted

ATTENTION = """
def attention(Q, K, V, mask=None):
    scores = np.einsum("...td,...sd->...ts", Q, K) / Q.shape[-1] ** 0.5
    weights = masked_softmax(scores, mask)
    means = np.einsum("...ts,...sm->...tm", weights, V)
    return means, weights
"""

HEADS = """
def multi_head(X, W_q, W_k, W_v, W_o, *, num_heads, mask=None):
    Q, K, V, found = X @ W_q, X @ W_k, X @ W_v, []
    size = X.shape[2] // num_heads
    for head in range(num_heads):
        cut = slice(head * size, (head + 1) * size)
        found.append(attention(Q[..., cut], K[..., cut], V[..., cut], mask)[0])
    return np.concatenate(found, axis=2) @ W_o
"""

AT_ONCE = """
def multi_head(X, W_q, W_k, W_v, W_o, *, num_heads, mask=None):
    B, T, n = X.shape
    parts = (B, T, num_heads, n // num_heads)
    Q, K, V = ((X @ W).reshape(parts).transpose(0, 2, 1, 3) for W in (W_q, W_k, W_v))
    if mask is not None:
        mask = mask.reshape(-1, *mask.shape[-2:])[:, None]
    return attention(Q, K, V, mask)[0].transpose(0, 2, 1, 3).reshape(B, T, n) @ W_o
"""

attention = planted("attention", ATTENTION)
heads = planted("multi-head", HEADS)
at_once = planted("multi-head", AT_ONCE)
EVERY = {"test-attention": 1, "test-attention-invariants": 1, "test-heads": 1}

ATTENTIONS = {
    "attention: no root": attention(
        {"test-attention": 1, "test-heads": 1},
        "the weights of two queries and three keys: divide the scores by the ro",
        (" / Q.shape[-1] ** 0.5", ""),
    ),
    "attention: divided by d": attention(
        {"test-attention": 1, "test-heads": 1},
        "the weights of two queries and three keys: divide the scores by the ro",
        (" ** 0.5", ""),
    ),
    "attention: the root of the number of keys": attention(
        {"test-attention": 1, "test-heads": 1},
        "the weights of two queries and three keys: d is the length of a key, n",
        ("Q.shape[-1]", "K.shape[-2]"),
    ),
    "attention: the root of the values' size": attention(
        {"test-attention": 1},
        "the weights of two queries and three keys: d is the length of a key, n",
        ("Q.shape[-1]", "V.shape[-1]"),
    ),
    "attention: the mask left out": attention(
        EVERY,
        "the means of a query that may look at two keys, and of one that may at",
        ("(scores, mask)", "(scores)"),
    ),
    "attention: weights alone": attention(
        EVERY, "attention must be a tuple of 2: means, weights", ("return means, weights", "return weights")
    ),
    "attention: weights first": attention(
        EVERY,
        "the weights of two queries and three keys must have shape (2, 3), got ",
        ("return means, weights", "return weights, means"),
    ),
    "attention: scores in place of weights": attention(
        {"test-attention": 1, "test-attention-invariants": 1},
        "the weights of two queries and three keys[0, 0] is 1, but should be 0.",
        ("return means, weights", "return means, scores"),
    ),
    "attention: masked before the root": attention(
        EVERY,
        "the means of a query that may look at two keys, and of one that may at",
        ("(scores, mask)", "(np.where(True if mask is None else mask, scores, -1e9))"),
    ),
    "attention: the means of the keys": attention(
        EVERY,
        "the means of two queries and three keys must have shape (2, 2), got (2",
        ("weights, V)", "weights, K)"),
    ),
    "attention: two axes only": attention(
        EVERY,
        "operand has more dimensions than subscripts given in einstein sum, but",
        ('"...td,...sd->...ts", Q, K', '"td,sd->ts", Q, K'),
    ),
    "attention: keys that nobody may look at are left out": attention(
        EVERY,
        "the means of a query that may look at two keys, and of one that may at",
        ("(scores, mask)", "(scores, mask if mask is None else mask & mask.all(-2, keepdims=True))"),
    ),
    "heads: one head": heads(
        {"test-heads": 1},
        "two heads, all four matrices the identity: all columns go to one head",
        ("range(num_heads)", "range(1)"),
        ("size = X.shape[2] // num_heads", "size = X.shape[2]"),
    ),
    "heads: every so-manieth column": heads(
        {"test-heads": 1},
        "two heads, all four matrices the identity[0, 0, 0] is 0.46248, but sho",
        ("slice(head * size, (head + 1) * size)", "slice(head, None, num_heads)"),
    ),
    "heads: no W_o": heads(
        {"test-heads": 1},
        "two heads and a W_o that turns the columns[0, 0, 0] is 0.506657, but s",
        (" @ W_o", ""),
    ),
    "heads: matrices from the left": heads(
        {"test-heads": 1},
        "2 heads, X of shape (1, 3, 4), a mask of shape None[0, 0, 0] is 1.2490",
        ("X @ W_q, X @ W_k, X @ W_v", "X @ W_q.T, X @ W_k.T, X @ W_v.T"),
    ),
    "heads: the mask left out": heads(
        {"test-heads": 1},
        "two heads under a mask (B, 1, T): the mask is left out",
        ("V[..., cut], mask)", "V[..., cut])"),
    ),
    "heads: the mean of the heads": heads(
        {"test-heads": 1},
        "two heads, all four matrices the identity[0, 0, 0] is 0.0543472, but s",
        ("np.concatenate(found, axis=2)", "np.tile(sum(found) / num_heads, num_heads)"),
    ),
    "heads: the mask of a row taken for a head's": at_once(
        {"test-heads": 1},
        "with a mask (B, 1, T), row 0 of the batch alone gives other numbers th",
        (
            "mask.shape[-2:])[:, None]",
            "mask.shape[-2:])\n        mask = mask if len(mask) == num_heads else mask[:, None]",
        ),
    ),
    "heads: positions and columns mixed": at_once(
        {"test-heads": 1},
        "two heads, all four matrices the identity[0, 0, 0] is 0.491651, but sh",
        ("(B, T, num_heads, n", "(B, num_heads, T, n"),
        ("(parts).transpose(0, 2, 1, 3)", "(parts)"),
        ("[0].transpose(0, 2, 1, 3).reshape", "[0].reshape"),
    ),
    "heads: put together without turning back": at_once(
        {"test-heads": 1},
        "two heads, all four matrices the identity[0, 0, 2] is -0.120201, but s",
        ("[0].transpose(0, 2, 1, 3).reshape", "[0].reshape"),
    ),
}
