"""BERT without padding: sequences of different lengths in one long row, each of which sees only itself.

Linear layers and normalizations then see no token that means nothing; attention goes from sequence to
sequence, so that no mask is needed. Not here: `cu_seqlens` kernels for GPUs.
"""

from collections.abc import Sequence
from functools import partial

import torch
from jaxtyping import Float, Int
from torch import Tensor

from d2lmodels.language.bert import Bert, check_numbers
from d2lmodels.nn.attention import MultiHeadAttention, attention


def pack_rows(rows: Sequence[Sequence[int]]) -> tuple[Int[Tensor, " tokens"], list[int]]:
    """Return rows of whole numbers one after another, and how long each is. Raises ValueError for empty rows.

    >>> pack_rows([[1, 7, 2], [1, 2]])
    (tensor([1, 7, 2, 1, 2]), [3, 2])
    """
    lengths = [len(row) for row in rows]
    if not lengths or 0 in lengths:
        raise ValueError(f"rows must be one or more, none of them empty, got lengths {lengths[:8]}")
    return torch.tensor([number for row in rows for number in row]), lengths


def packed(
    bert: Bert,
    ids: Int[Tensor, " tokens"],
    lengths: Sequence[int],
    segments: Int[Tensor, " tokens"] | None = None,
) -> tuple[Float[Tensor, "tokens dim"], Float[Tensor, "rows dim"]]:
    """Return what `bert` makes of sequences, `hidden` and `pooled`, without computing any padding.

    ids: the tokens of all sequences, one after another. lengths: how long each is. segments: of the shape of
    ids, 0 unless given. Positions are counted anew in each sequence. The numbers are those of the padded
    batch with its mask, at the places of tokens. Raises what `Bert` raises, and ValueError for lengths that
    do not add up.

    >>> from d2lmodels.language.bert import BertConfig
    >>> bert = Bert(BertConfig(vocab_size=9, dim=8, num_heads=2, num_layers=1, ffn_dim=16, max_length=5))
    >>> hidden, pooled = packed(bert, *pack_rows([[1, 7, 2], [1, 2]]))
    >>> hidden.shape, pooled.shape
    (torch.Size([5, 8]), torch.Size([2, 8]))
    """
    check_lengths(bert, ids, lengths, segments)
    segments = torch.zeros_like(ids) if segments is None else segments
    positions = torch.cat([torch.arange(length) for length in lengths]).to(ids.device)  # (N,)
    X = bert.embeddings(ids, segments, positions)  # (N, dim)
    for layer in bert.layers:
        attend = partial(attend_apart, layer.attention, lengths=lengths)
        X = layer.around_attention(X, attend)  # (N, dim)
        X = layer.around_feed_forward(X, layer.feed_forward)  # (N, dim)
    starts = torch.tensor([0, *lengths[:-1]], device=ids.device).cumsum(0)
    return X, bert.pool(X[starts])


def attend_apart(
    layer: MultiHeadAttention, X: Float[Tensor, "tokens dim"], *, lengths: Sequence[int]
) -> Float[Tensor, "tokens dim"]:
    """Return the self-attention of each sequence by itself."""
    Q, K, V = (
        layer.heads(linear(X)[None])  # (1, heads, N, dim/heads)
        for linear in (layer.query, layer.key, layer.value)
    )
    p = layer.dropout if layer.training else 0.0
    rows = zip(*(part.split(list(lengths), dim=2) for part in (Q, K, V)))
    Y = torch.cat([attention(*row, dropout=p, fused=True)[0] for row in rows], dim=2)
    return layer.out(Y.transpose(1, 2).flatten(2)[0])  # (N, dim)


def check_lengths(bert: Bert, ids, lengths, segments) -> None:
    """Raise TypeError or ValueError for what `packed` cannot read."""
    if not isinstance(ids, Tensor) or ids.ndim != 1:
        got = f"shape {tuple(ids.shape)}" if isinstance(ids, Tensor) else type(ids).__name__
        raise ValueError(f"ids must be one row of tokens, got {got}")
    if any(length < 1 for length in lengths) or sum(lengths) != len(ids):
        raise ValueError(f"lengths must be 1 or more and add up to {len(ids)}, got {list(lengths)[:8]}")
    longest, most = max(lengths), bert.config.max_length
    if longest > most:
        raise ValueError(f"lengths must be at most max_length={most}, got {longest}")
    check_numbers("ids", ids, bert.config.vocab_size)
    if segments is not None:
        check_numbers("segments", segments, bert.config.num_segments)
        if segments.shape != ids.shape:
            raise ValueError(f"segments must have shape ({len(ids)},), got {tuple(segments.shape)}")
