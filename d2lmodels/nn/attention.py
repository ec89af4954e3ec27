"""Attention: every query looks at all keys, and takes the mean of the values that its looks weigh.

Not here: numbers added to the scores, as some codings of positions do; keys shared among heads; windows that
slide along a long text; positions (`positions.py`).
"""

import math
import numbers

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from d2lmodels.nn.checks import check_floating
from d2lmodels.nn.dropout import dropout as drop


def attention(
    Q: Float[Tensor, "*#batch queries size"],
    K: Float[Tensor, "*#batch keys size"],
    V: Float[Tensor, "*#batch keys values"],
    mask: Bool[Tensor, "..."] | None = None,
    *,
    dropout: float = 0.0,
    fused: bool = False,
) -> tuple[
    Float[Tensor, "*batch queries values"],
    Float[Tensor, "*batch queries keys"] | None,
]:
    """Return for each query the values' weighted mean, and the weights: softmax(Q·Kᵀ/√size).

    Q, K, V: queries, keys and values; axes before the last two are broadcast. mask: True where a query may
    look at a key, of a shape that broadcasts to `(…, queries, keys)`; a query that may look nowhere gets
    zeros, as weights and as values. dropout: the share of weights set to 0, at each call; the weights that
    are returned are those before. fused: torch's kernel, which never holds all weights at once and returns
    None in their place.

    Raises TypeError for what is no floating tensor and for a mask that is not boolean, ValueError for shapes
    that do not fit. Vaswani et al., "Attention is all you need" (2017), section 3.2.1.

    >>> K = torch.tensor([[8.0, 0.0], [0.0, 8.0]])
    >>> values, weights = attention(K, K, torch.tensor([[1.0], [2.0]]))
    >>> values.flatten(), weights.sum(-1)
    (tensor([1., 2.]), tensor([1., 1.]))
    """
    check_attention(Q, K, V, mask)
    check_dropout(dropout)
    if fused:
        mask = None if mask is None else torch.atleast_2d(mask)
        return F.scaled_dot_product_attention(Q, K, V, mask, dropout), None
    scores = Q @ K.transpose(-2, -1) / math.sqrt(Q.shape[-1])  # (…, T, S)
    weights = masked_softmax(scores, mask)  # (…, T, S)
    return drop(weights, dropout, training=True) @ V, weights  # (…, T, values)


def masked_softmax(
    scores: Float[Tensor, "*batch keys"],
    mask: Bool[Tensor, "..."] | None = None,
) -> Float[Tensor, "*batch keys"]:
    """Return positive weights of sum 1 along the last axis, 0 where the mask is False, even if that is all.

    >>> masked_softmax(torch.zeros(2, 2), torch.tensor([[True, False], [False, False]]))
    tensor([[1., 0.],
            [0., 0.]])
    """
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    largest = scores.detach().amax(-1, keepdim=True)
    powers = (scores - largest.nan_to_num(neginf=0.0)).exp()  # at most 1; 0 where masked
    total = powers.sum(-1, keepdim=True)  # holds exp(0) = 1; or 0, where all is masked
    return powers / total.masked_fill(total == 0, 1)


def causal_mask(
    length: int,
    num_keys: int | None = None,
    device=None,
) -> Bool[Tensor, "queries keys"]:
    """Return the mask under which no position sees a later one.

    length: how many queries. num_keys: as many, unless given; with more, the queries are the last positions,
    and the last sees all. Raises ValueError for fewer keys than queries.

    >>> causal_mask(2, 3)
    tensor([[ True,  True, False],
            [ True,  True,  True]])
    """
    num_keys = length if num_keys is None else num_keys
    if not 0 < length <= num_keys:
        wanted = f"from 1 to {num_keys}, the number of keys"
        raise ValueError(f"length must be {wanted}, got {length}")
    everything = torch.ones(length, num_keys, dtype=torch.bool, device=device)
    return everything.tril(num_keys - length)


class Cache:
    """Keys and values that an attention has computed: kept from one call to the next.

    keys, values: `(batch, heads, so far, dim / heads)`, None before the first call. `len` is how many.
    """

    def __init__(self):
        self.keys = self.values = None

    def __len__(self) -> int:
        return 0 if self.keys is None else self.keys.shape[-2]

    def add(self, K, V) -> None:
        """Append the keys and the values of new positions."""
        self.keys = K if self.keys is None else torch.cat([self.keys, K], dim=-2)
        self.values = V if self.values is None else torch.cat([self.values, V], dim=-2)


class MultiHeadAttention(nn.Module):
    """Several attentions side by side: each head sees its own part of the linear images of X.

    dim: numbers of a position, in and out; num_heads divides it. dropout: the share of weights set to 0 in
    training. bias: of the four linear layers `query`, `key`, `value` and `out`. fused: as of `attention`;
    may be set at any time, and while it is False `weights` `(batch, heads, T, S)` are those of the last call.

    Takes queries `(batch, T, dim)`, and keys and values `(batch, S, dim)`: the queries themselves unless
    given; without values, the keys. mask: True where to look, `(T, S)` or `(batch, T, S)`, where an axis
    may be 1: `causal_mask(T)`, `keep[:, None]` of keys `keep` `(batch, S)`, or `&` of both. All heads share
    it. cache: a `Cache` to which self-attention adds, so that queries hold the new positions only and the
    mask's S counts the old ones too; keys that are given are read at the first call alone. Raises ValueError
    for shapes that do not fit, TypeError for the wrong types. Vaswani et al. (2017), section 3.2.2.

    >>> layer = MultiHeadAttention(8, 2)
    >>> layer(torch.zeros(3, 5, 8), mask=causal_mask(5)).shape
    torch.Size([3, 5, 8])
    """

    def __init__(self, dim, num_heads, *, dropout=0.0, bias=True, fused=True):
        super().__init__()
        check_heads(dim, num_heads)
        check_dropout(dropout)
        self.dim, self.num_heads, self.dropout, self.fused = dim, num_heads, dropout, fused
        layers = (nn.Linear(dim, dim, bias=bias) for _ in range(4))
        self.query, self.key, self.value, self.out = layers
        self.weights = None

    def forward(
        self,
        queries: Float[Tensor, "batch queries dim"],
        keys: Float[Tensor, "batch keys dim"] | None = None,
        values: Float[Tensor, "batch keys dim"] | None = None,
        *,
        mask: Bool[Tensor, "..."] | None = None,
        cache: Cache | None = None,
    ) -> Float[Tensor, "batch queries dim"]:
        check_inputs(self.dim, queries, keys, values, mask)
        cache = Cache() if cache is None else cache
        if keys is None or not len(cache):
            keys = queries if keys is None else keys
            values = keys if values is None else values
            cache.add(self.heads(self.key(keys)), self.heads(self.value(values)))
        check_mask(mask, (*queries.shape[:2], len(cache)))
        mask = None if mask is None else mask.unsqueeze(-3)  # (1, T, S) or (B, 1, T, S)
        Q = self.heads(self.query(queries))  # (B, heads, T, dim/heads)
        p = self.dropout if self.training else 0.0
        K, V = cache.keys, cache.values  # (B, heads, S, dim/heads)
        Y, weights = attention(Q, K, V, mask, dropout=p, fused=self.fused)
        self.weights = None if weights is None else weights.detach()
        return self.out(Y.transpose(1, 2).flatten(2))  # (B, T, dim)

    def heads(
        self,
        X: Float[Tensor, "batch seq dim"],
    ) -> Float[Tensor, "batch heads seq part"]:
        """Cut the last axis into a part for each head."""
        return X.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)


def set_fused(model: nn.Module, fused: bool) -> None:
    """Choose fused or explicit attention in all of a model; an explicit one keeps its `weights` to be read.

    >>> model = nn.Sequential(MultiHeadAttention(8, 2))
    >>> set_fused(model, False)
    >>> _ = model(torch.zeros(1, 3, 8))
    >>> model[0].weights.shape
    torch.Size([1, 2, 3, 3])
    """
    for module in model.modules():
        if isinstance(module, MultiHeadAttention):
            module.fused = fused


def check_attention(Q, K, V, mask):
    """Raise TypeError or ValueError where `attention` cannot look."""
    for name, X in (("Q", Q), ("K", K), ("V", V)):
        check_floating(X, name)
        if X.ndim < 2:
            raise ValueError(f"{name} must be (…, positions, size), got shape {tuple(X.shape)}")
    if K.shape[-1] != Q.shape[-1] or K.shape[-2] != V.shape[-2] or 0 in (*K.shape[-2:], *Q.shape[-2:]):
        wanted = f"(…, n, {Q.shape[-1]}) with n as many as values, {V.shape[-2]}, and neither 0"
        raise ValueError(f"K must be {wanted}, got shape {tuple(K.shape)}")
    try:
        batch = torch.broadcast_shapes(Q.shape[:-2], K.shape[:-2], V.shape[:-2])
    except RuntimeError:
        shapes = ", ".join(str(tuple(X.shape)) for X in (Q, K, V))
        raise ValueError(f"Q, K and V must agree in the axes before the last two, got {shapes}") from None
    check_mask(mask, (*batch, Q.shape[-2], K.shape[-2]))


def check_mask(mask, shape) -> None:
    """Raise TypeError for a mask that is not boolean, ValueError if it does not broadcast to `shape`."""
    if mask is None:
        return
    check_boolean(mask)
    fits = all(have in (1, want) for have, want in zip(reversed(mask.shape), reversed(shape)))
    if mask.ndim > len(shape) or not fits:
        raise ValueError(f"mask must broadcast to {tuple(shape)}, got shape {tuple(mask.shape)}")


def check_boolean(mask, name="mask") -> None:
    """Raise TypeError for what is no tensor of True and False."""
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        got = mask.dtype if isinstance(mask, Tensor) else type(mask).__name__
        raise TypeError(f"{name} must be a boolean tensor, True where to look, got {got}")


def check_dropout(dropout) -> None:
    """Raise ValueError for what is no number from 0 to 1."""
    if not isinstance(dropout, numbers.Real) or not 0 <= dropout <= 1:
        raise ValueError(f"dropout must be a number from 0 to 1, got {dropout!r}")


def check_heads(dim, num_heads) -> None:
    """Raise ValueError where `dim` cannot be cut into `num_heads` equal parts."""
    if not (isinstance(num_heads, int) and num_heads > 0):
        raise ValueError(f"num_heads must be a whole number from 1 up, got {num_heads!r}")
    if not (isinstance(dim, int) and dim > 0) or dim % num_heads:
        raise ValueError(f"dim must be a multiple of num_heads, {num_heads}, got {dim!r}")


def check_inputs(dim, queries, keys, values, mask) -> None:
    """Raise TypeError or ValueError for what `MultiHeadAttention` cannot take."""
    if values is not None and keys is None:
        raise ValueError("values must come with their keys, got values alone")
    for name, X in (("queries", queries), ("keys", keys), ("values", values)):
        if X is None:
            continue
        check_floating(X, name, axes="batch positions dim")
        if X.shape[-1] != dim or len(X) != len(queries):
            wanted = f"({len(queries)}, positions, {dim})"
            raise ValueError(f"{name} must have shape {wanted}, got {tuple(X.shape)}")
    if isinstance(mask, Tensor) and mask.ndim not in (2, 3):
        wanted = "(queries, keys) or (batch, queries, keys)"
        raise ValueError(f"mask must have the axes {wanted}, got shape {tuple(mask.shape)}")
