"""Mistakes with attention, positions and the transformer end in errors that say what is wanted."""

import re

import pytest
import torch

from d2lmodels.nn.attention import Cache, MultiHeadAttention, attention, causal_mask
from d2lmodels.nn.positions import LearnedPositions, SinusoidalPositions, rotary, sinusoidal_positions
from d2lmodels.nn.transformer import (
    Decoder,
    DecoderLayer,
    Embedding,
    Encoder,
    EncoderLayer,
    FeedForward,
    Transformer,
)

Q, K, V = torch.ones(2, 3, 4), torch.ones(2, 5, 4), torch.ones(2, 5, 6)
X, Z = torch.ones(2, 3, 4), torch.ones(2, 5, 4)
LAYER = MultiHeadAttention(4, 2)
SIZES = {"dim": 4, "num_heads": 2, "num_layers": 1, "ffn_dim": 8, "max_length": 6}
MODEL = Transformer(10, 12, **SIZES).eval()
IDS = torch.tensor([[1, 2, 3], [4, 5, 9]])


def true(*shape):
    return torch.ones(shape, dtype=torch.bool)


def generate(**options):
    return MODEL.generate(IDS, **{"start": 1, "end": 2, "max_length": 3} | options)


ATTENTION = [
    (lambda: attention(Q.int(), K, V), TypeError, "Q must be a tensor of floating numbers, got torch.int32"),
    (lambda: attention(Q, K, [1.0]), TypeError, "V must be a tensor of floating numbers, got list"),
    (lambda: attention(Q[0, 0], K, V), ValueError, "Q must be (…, positions, size), got shape (4,)"),
    (
        lambda: attention(Q, V, V),
        ValueError,
        "K must be (…, n, 4) with n as many as values, 5, and neither 0, got shape (2, 5, 6)",
    ),
    (lambda: attention(Q, K, V[:, :3]), ValueError, "n as many as values, 3, and neither 0, got shape (2, 5"),
    (lambda: attention(Q, K[:, :0], V[:, :0]), ValueError, "neither 0, got shape (2, 0, 4)"),
    (
        lambda: attention(Q, K.repeat(3, 1, 1), V),
        ValueError,
        "Q, K and V must agree in the axes before the last two, got (2, 3, 4), (6, 5, 4), (2, 5, 6)",
    ),
    (
        lambda: attention(Q, K, V, torch.ones(3, 5)),
        TypeError,
        "mask must be a boolean tensor, True where to look, got torch.float32",
    ),
    (lambda: attention(Q, K, V, [[True]]), TypeError, "mask must be a boolean tensor, .* got list"),
    (
        lambda: attention(Q, K, V, true(5, 3)),
        ValueError,
        "mask must broadcast to (2, 3, 5), got shape (5, 3)",
    ),
    (lambda: attention(Q, K, V, true(1, 2, 3, 5)), ValueError, "mask must broadcast to (2, 3, 5), got shape"),
    (lambda: attention(Q, K, V, true(3, 3, 5)), ValueError, "to (2, 3, 5), got shape (3, 3, 5)"),
    (lambda: attention(Q, K, V, dropout=1.5), ValueError, "dropout must be a number from 0 to 1, got 1.5"),
    (
        lambda: attention(Q, K, V, dropout=-1, fused=True),
        ValueError,
        "dropout must be a number from 0 to 1, got -1",
    ),
    (lambda: causal_mask(0), ValueError, "length must be from 1 to 0, the number of keys, got 0"),
    (lambda: causal_mask(4, 3), ValueError, "length must be from 1 to 3, the number of keys, got 4"),
]
HEADS = [
    (lambda: MultiHeadAttention(10, 4), ValueError, "dim must be a multiple of num_heads, 4, got 10"),
    (lambda: MultiHeadAttention(0, 4), ValueError, "dim must be a multiple of num_heads, 4, got 0"),
    (lambda: MultiHeadAttention(8.0, 4), ValueError, "dim must be a multiple of num_heads, 4, got 8.0"),
    (lambda: MultiHeadAttention(8, 0), ValueError, "num_heads must be a whole number from 1 up, got 0"),
    (lambda: MultiHeadAttention(8, 2, dropout=2), ValueError, "dropout must be a number from 0 to 1, got 2"),
    (lambda: LAYER(X.long()), TypeError, "queries must be a tensor of floating numbers, got torch.int64"),
    (lambda: LAYER(X[0]), ValueError, "queries must have the axes (batch, positions, dim), got shape (3, 4)"),
    (lambda: LAYER(X, values=X), ValueError, "values must come with their keys, got values alone"),
    (lambda: LAYER(X[..., :3]), ValueError, "queries must have shape (2, positions, 4), got (2, 3, 3)"),
    (lambda: LAYER(X, Z[:1]), ValueError, "keys must have shape (2, positions, 4), got (1, 5, 4)"),
    (lambda: LAYER(X, Z, V), ValueError, "values must have shape (2, positions, 4), got (2, 5, 6)"),
    (lambda: LAYER(X, Z, X), ValueError, "n as many as values, 3, and neither 0, got shape (2, 2, 5, 2)"),
    (
        lambda: LAYER(X, mask=X),
        TypeError,
        "mask must be a boolean tensor, True where to look, got torch.floa",
    ),
    (lambda: LAYER(X, mask=true(2, 3)), ValueError, "mask must broadcast to (2, 3, 3), got shape (2, 3)"),
    (
        lambda: LAYER(X, mask=true(2, 1, 3, 3)),
        ValueError,
        "mask must have the axes (queries, keys) or (batch, queries, keys), got shape (2, 1, 3, 3)",
    ),
    (lambda: LAYER(X, Z, mask=true(3, 3)), ValueError, "mask must broadcast to (2, 3, 5), got shape (3, 3)"),
    (lambda: LAYER(X, mask=true(3, 5), cache=Cache()), ValueError, "mask must broadcast to (2, 3, 3), got"),
]
POSITIONS = [
    (lambda: sinusoidal_positions(3, 5), ValueError, "must be even, to be cut into pairs, got 5"),
    (lambda: sinusoidal_positions(0, 4), ValueError, "length must be a whole number from 1 up, got 0"),
    (lambda: SinusoidalPositions(3, 0), ValueError, "dim must be a whole number from 1 up, got 0"),
    (lambda: LearnedPositions(2.5, 4), ValueError, "max_length must be a whole number from 1 up, got 2.5"),
    (
        lambda: LearnedPositions(2, 4)(X),
        ValueError,
        "X must lie within 2 positions, from 0, got positions 0 to 2",
    ),
    (lambda: SinusoidalPositions(5, 4)(X, 3), ValueError, "within 5 positions, from 0, got positions 3 to 5"),
    (lambda: LearnedPositions(5, 4)(X, -1), ValueError, "within 5 positions, from 0, got positions -1 to 1"),
    (lambda: LearnedPositions(5, 6)(X), ValueError, "X must be (batch, positions, 6), got (2, 3, 4)"),
    (lambda: rotary(X[..., :3]), ValueError, "must be even, to be cut into pairs, got 3"),
    (lambda: rotary(X, torch.arange(2)), ValueError, "positions must have shape (3,) for this X, got (2,)"),
    (lambda: rotary(X.long()), TypeError, "X must be a tensor of floating numbers, got torch.int64"),
]
MODELS = [
    (
        lambda: FeedForward(4, 8, activation="tanh"),
        ValueError,
        "activation must be 'relu' or 'gelu', got 'tanh'",
    ),
    (lambda: FeedForward(4, 0), ValueError, "ffn_dim must be a whole number from 1 up, got 0"),
    (lambda: EncoderLayer(5, 2, 8), ValueError, "dim must be a multiple of num_heads, 2, got 5"),
    (lambda: EncoderLayer(4, 2, 8)(X[0]), ValueError, "queries must have the axes (batch, positions, dim)"),
    (
        lambda: DecoderLayer(4, 2, 8)(X, Z[:1]),
        ValueError,
        "keys must have shape (2, positions, 4), got (1, 5",
    ),
    (lambda: Embedding(9, 4, positions="none"), ValueError, "must be 'sinusoidal' or 'learned', got 'none'"),
    (lambda: Encoder(0, **SIZES), ValueError, "vocab_size must be a whole number from 1 up, got 0"),
    (
        lambda: Decoder(9, **SIZES | {"num_layers": 0}),
        ValueError,
        "num_layers must be a whole number from 1 up",
    ),
    (lambda: MODEL(IDS + 1, IDS), ValueError, "ids must be from 0 to 9, got 10 at (1, 2)"),
    (lambda: MODEL(IDS, IDS - 2), ValueError, "ids must be from 0 to 11, got -1 at (0, 0)"),
    (lambda: MODEL(IDS.float(), IDS), TypeError, "whole numbers, int64 or int32, got torch.float32"),
    (lambda: MODEL(IDS, [[1]]), TypeError, "whole numbers, int64 or int32, got list"),
    (lambda: MODEL(IDS[0], IDS), ValueError, "ids must be (batch, seq) and not empty, got shape (3,)"),
    (lambda: MODEL(IDS, IDS[:, :0]), ValueError, "ids must be (batch, seq) and not empty, got shape (2, 0)"),
    (lambda: MODEL(IDS.repeat(1, 3), IDS), ValueError, "within 6 positions, from 0, got positions 0 to 8"),
    (lambda: MODEL(IDS, IDS[:1]), ValueError, "keys must have shape (1, positions, 4), got (2, 3, 4)"),
    (lambda: MODEL(IDS, IDS, true(2, 2)), ValueError, "mask must have shape (2, 3), got (2, 2)"),
    (lambda: MODEL(IDS, IDS, torch.ones(2, 3)), TypeError, "mask must be a boolean tensor"),
    (lambda: MODEL.decoder(IDS, Z, true(2, 3)), ValueError, "memory_mask must have shape (2, 5), got (2, 3)"),
    (lambda: MODEL.decoder(IDS, Z, Z[..., 0]), TypeError, "memory_mask must be a boolean tensor, True where"),
    (lambda: generate(start=12), ValueError, "start and end must be from 0 to 11, got 12 at (0, 0)"),
    (lambda: generate(end=-1), ValueError, "start and end must be from 0 to 11, got -1 at (0, 1)"),
    (lambda: generate(max_length=0), ValueError, "max_length must be a whole number from 1 up, got 0"),
    (
        lambda: generate(max_length=7),
        ValueError,
        "max_length must be at most the decoder's 6 positions, got 7",
    ),
]


@pytest.mark.parametrize("call, error, message", ATTENTION + HEADS + POSITIONS + MODELS)
def test_bad_input_says_what_is_wanted(call, error, message):
    with pytest.raises(error, match=re.escape(message).replace(r"\.\*", ".*")):
        call()
