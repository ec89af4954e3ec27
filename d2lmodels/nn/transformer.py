"""The transformer: layers of attention and of a small network for each position, and the model of 2017.

Not here: embeddings shared with the output, layers shared or skipped, beam search, decoders without a source.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from d2lmodels.nn.attention import Cache, MultiHeadAttention, causal_mask, check_boolean
from d2lmodels.nn.positions import LearnedPositions, SinusoidalPositions, check_whole

ACTIVATIONS = {"relu": F.relu, "gelu": F.gelu}
POSITIONS = {"sinusoidal": SinusoidalPositions, "learned": LearnedPositions}


class FeedForward(nn.Module):
    """Two linear layers with an activation between them, the same for each position.

    activation: "relu" or "gelu". Raises ValueError for another. Vaswani et al. (2017), section 3.3.

    >>> FeedForward(4, 16)(torch.zeros(2, 3, 4)).shape
    torch.Size([2, 3, 4])
    """

    def __init__(self, dim, ffn_dim, *, activation="relu"):
        super().__init__()
        check_whole(dim=dim, ffn_dim=ffn_dim)
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation must be 'relu' or 'gelu', got {activation!r}")
        self.up, self.down = nn.Linear(dim, ffn_dim), nn.Linear(ffn_dim, dim)
        self.activation = ACTIVATIONS[activation]

    def forward(self, X: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch dim"]:
        return self.down(self.activation(self.up(X)))


class Residual(nn.Module):
    """X plus what a part of the layer makes of it, normalized: the sum, or with norm_first the part's input.

    dropout: the share of what is added that is set to 0 in training. eps: of the normalization. Vaswani et
    al. (2017), section 5.4; Xiong et al., "On layer normalization in the transformer architecture" (2020).

    >>> X, tenfold = torch.tensor([[1.0, 3.0]]), lambda Z: 10 * Z
    >>> Residual(2, norm_first=True, dropout=0.0)(X, tenfold).detach().round()
    tensor([[-9., 13.]])
    """

    def __init__(self, dim, *, norm_first, dropout, eps=1e-5):
        super().__init__()
        self.norm, self.dropout = nn.LayerNorm(dim, eps=eps), nn.Dropout(dropout)
        self.norm_first = norm_first

    def forward(self, X: Float[Tensor, "*batch dim"], part) -> Float[Tensor, "*batch dim"]:
        if self.norm_first:
            return X + self.dropout(part(self.norm(X)))
        return self.norm(X + self.dropout(part(X)))


class EncoderLayer(nn.Module):
    """Self-attention, then a network for each position, each added to its input.

    dim, num_heads: as of `MultiHeadAttention`. ffn_dim: numbers between the two linear layers. dropout: of
    attention's weights and of what is added. norm_first, eps: as of `Residual`. activation: "relu" or "gelu".

    Takes X `(batch, seq, dim)` and a mask as `MultiHeadAttention` does, such as `keep[:, None]`; gives the
    same shape. Raises what these raise. Vaswani et al. (2017), section 3.1.

    >>> EncoderLayer(8, 2, 32)(torch.zeros(2, 5, 8)).shape
    torch.Size([2, 5, 8])
    """

    def __init__(
        self,
        dim,
        num_heads,
        ffn_dim,
        *,
        dropout=0.1,
        norm_first=False,
        activation="relu",
        eps=1e-5,
    ):
        super().__init__()
        options = {"norm_first": norm_first, "dropout": dropout, "eps": eps}
        self.attention = MultiHeadAttention(dim, num_heads, dropout=dropout)
        self.around_attention = Residual(dim, **options)
        self.feed_forward = FeedForward(dim, ffn_dim, activation=activation)
        self.around_feed_forward = Residual(dim, **options)

    def forward(
        self, X: Float[Tensor, "batch seq dim"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch seq dim"]:
        X = self.around_attention(X, lambda Z: self.attention(Z, mask=mask))
        return self.around_feed_forward(X, self.feed_forward)


class DecoderLayer(nn.Module):
    """Self-attention that sees no later position, attention to the encoder's output, then a network.

    The arguments are those of `EncoderLayer`. Takes X `(batch, T, dim)` and memory `(batch, S, dim)`; mask:
    of self-attention, `causal_mask(T)` unless given; memory_mask: of the other, such as `keep[:, None]`.
    cache: one `Cache` for each attention; then X holds the new positions only. Raises what
    `MultiHeadAttention` raises. Vaswani et al. (2017), section 3.1.

    >>> DecoderLayer(8, 2, 32)(torch.zeros(2, 3, 8), torch.zeros(2, 5, 8)).shape
    torch.Size([2, 3, 8])
    """

    def __init__(
        self,
        dim,
        num_heads,
        ffn_dim,
        *,
        dropout=0.1,
        norm_first=False,
        activation="relu",
        eps=1e-5,
    ):
        super().__init__()
        options = {"norm_first": norm_first, "dropout": dropout, "eps": eps}
        self.self_attention = MultiHeadAttention(dim, num_heads, dropout=dropout)
        self.around_self_attention = Residual(dim, **options)
        self.cross_attention = MultiHeadAttention(dim, num_heads, dropout=dropout)
        self.around_cross_attention = Residual(dim, **options)
        self.feed_forward = FeedForward(dim, ffn_dim, activation=activation)
        self.around_feed_forward = Residual(dim, **options)

    def forward(
        self,
        X: Float[Tensor, "batch target dim"],
        memory: Float[Tensor, "batch source dim"],
        *,
        mask: Bool[Tensor, "..."] | None = None,
        memory_mask: Bool[Tensor, "..."] | None = None,
        cache: tuple[Cache, Cache] | None = None,
    ) -> Float[Tensor, "batch target dim"]:
        own, other = cache or (Cache(), Cache())
        T = X.shape[1]
        mask = causal_mask(T, len(own) + T, X.device) if mask is None else mask
        X = self.around_self_attention(
            X,
            lambda Z: self.self_attention(Z, mask=mask, cache=own),
        )
        X = self.around_cross_attention(
            X,
            lambda Z: self.cross_attention(Z, memory, mask=memory_mask, cache=other),
        )
        return self.around_feed_forward(X, self.feed_forward)


class Embedding(nn.Module):
    """Ids `(batch, seq)` as vectors `(batch, seq, dim)`: a row of a table times √dim, plus its position.

    vocab_size: how many ids there are. positions: "sinusoidal" or "learned". max_length: how many positions.
    dropout: the share of the sum set to 0 in training. Raises TypeError for ids that are no whole numbers,
    ValueError for an id that is none, for too long a text, and another word. Vaswani et al. (2017), sections
    3.4 and 5.4.

    >>> Embedding(10, 4)(torch.tensor([[1, 2, 3]])).shape
    torch.Size([1, 3, 4])
    """

    def __init__(
        self,
        vocab_size,
        dim,
        *,
        positions="sinusoidal",
        max_length=512,
        dropout=0.1,
    ):
        super().__init__()
        if positions not in POSITIONS:
            wanted = "'sinusoidal' or 'learned'"
            raise ValueError(f"positions must be {wanted}, got {positions!r}")
        self.tokens = nn.Embedding(vocab_size, dim)
        self.positions = POSITIONS[positions](max_length, dim)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        ids: Int[Tensor, "batch seq"],
        start: int = 0,
    ) -> Float[Tensor, "batch seq dim"]:
        check_ids(ids, self.tokens.num_embeddings)
        X = self.tokens(ids) * math.sqrt(self.tokens.embedding_dim)  # (B, T, dim)
        return self.dropout(self.positions(X, start))


class Encoder(nn.Module):
    """An embedding and layers in which every position sees all others.

    vocab_size: how many ids there are. dim: numbers of a position. num_layers: how many layers; num_heads,
    ffn_dim, dropout, norm_first and activation are those of `EncoderLayer`, positions and max_length those of
    `Embedding`. With norm_first the output is normalized once more.

    Takes ids `(batch, seq)` and a mask of the same shape, True for a token and False for padding; gives
    `(batch, seq, dim)`. Raises what the parts raise. Vaswani et al. (2017), section 3.1, whose numbers are
    the defaults.

    >>> Encoder(10, dim=8, num_heads=2, num_layers=1, ffn_dim=16)(torch.tensor([[1, 2, 3]])).shape
    torch.Size([1, 3, 8])
    """

    Layer = EncoderLayer

    def __init__(
        self,
        vocab_size,
        *,
        dim=512,
        num_heads=8,
        num_layers=6,
        ffn_dim=2048,
        dropout=0.1,
        norm_first=False,
        activation="relu",
        positions="sinusoidal",
        max_length=512,
    ):
        super().__init__()
        check_whole(vocab_size=vocab_size, num_layers=num_layers)
        options = {"dropout": dropout, "norm_first": norm_first, "activation": activation}
        self.embedding = Embedding(
            vocab_size, dim, positions=positions, max_length=max_length, dropout=dropout
        )
        layers = (self.Layer(dim, num_heads, ffn_dim, **options) for _ in range(num_layers))
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(dim) if norm_first else nn.Identity()
        self.apply(initialize)

    def forward(
        self, ids: Int[Tensor, "batch seq"], mask: Bool[Tensor, "batch seq"] | None = None
    ) -> Float[Tensor, "batch seq dim"]:
        X = self.embedding(ids)  # (B, T, dim)
        mask = keep_mask(mask, ids)  # (B, 1, T)
        for layer in self.layers:
            X = layer(X, mask)
        return self.norm(X)


class Decoder(Encoder):
    """An embedding, layers in which a position sees those up to itself and the memory, and logits.

    The arguments are those of `Encoder`. Takes ids `(batch, T)`, memory `(batch, S, dim)` and its mask
    `(batch, S)`, True where to look; gives the logits `(batch, T, vocab_size)` of the id after each. cache:
    what `new_cache` returned, for one memory; then ids are those after the ones that it was given before.

    >>> decoder = Decoder(10, dim=8, num_heads=2, num_layers=1, ffn_dim=16)
    >>> decoder(torch.tensor([[1, 2, 3]]), torch.zeros(1, 5, 8)).shape
    torch.Size([1, 3, 10])
    """

    Layer = DecoderLayer

    def __init__(self, vocab_size, *, dim=512, **options):
        super().__init__(vocab_size, dim=dim, **options)
        self.head = nn.Linear(dim, vocab_size)
        initialize(self.head)

    def forward(
        self,
        ids: Int[Tensor, "batch target"],
        memory: Float[Tensor, "batch source dim"],
        memory_mask: Bool[Tensor, "batch source"] | None = None,
        *,
        cache: list[tuple[Cache, Cache]] | None = None,
    ) -> Float[Tensor, "batch target vocab"]:
        cache = self.new_cache() if cache is None else cache
        X = self.embedding(ids, start=len(cache[0][0]))  # (B, T, dim)
        memory_mask = keep_mask(memory_mask, memory[..., 0], "memory_mask")  # (B, 1, S)
        for layer, pair in zip(self.layers, cache):
            X = layer(X, memory, memory_mask=memory_mask, cache=pair)
        return self.head(self.norm(X))  # (B, T, vocab_size)

    def new_cache(self) -> list[tuple[Cache, Cache]]:
        """Return for each layer an empty cache of its own positions, and one of the memory's."""
        return [(Cache(), Cache()) for _ in self.layers]


class Transformer(nn.Module):
    """Two texts, a source and a target: an encoder reads the one, a decoder writes on at the other.

    source_size, target_size: how many ids the two vocabularies have. options: those of `Encoder`.

    Takes ids of a source `(batch, S)` and of a target `(batch, T)`, and the source's mask `(batch, S)`, True
    for a token and False for padding; gives the logits `(batch, T, target_size)` of the id after each of the
    target's. Raises ValueError for ids that are none, too long a text and a mask of the wrong shape,
    TypeError for the wrong types. Vaswani et al., "Attention is all you need" (2017).

    >>> model = Transformer(20, 30, dim=8, num_heads=2, num_layers=1, ffn_dim=16).eval()
    >>> source = torch.tensor([[5, 6, 7]])
    >>> model(source, torch.tensor([[1, 2]])).shape
    torch.Size([1, 2, 30])
    >>> model.generate(source, start=1, end=2, max_length=4).shape[0]
    1
    """

    def __init__(self, source_size, target_size, **options):
        super().__init__()
        self.encoder = Encoder(source_size, **options)
        self.decoder = Decoder(target_size, **options)

    def forward(
        self,
        source: Int[Tensor, "batch source"],
        target: Int[Tensor, "batch target"],
        source_mask: Bool[Tensor, "batch source"] | None = None,
    ) -> Float[Tensor, "batch target vocab"]:
        return self.decoder(target, self.encoder(source, source_mask), source_mask)

    @torch.no_grad()
    def generate(
        self,
        source: Int[Tensor, "batch source"],
        source_mask: Bool[Tensor, "batch source"] | None = None,
        *,
        start: int,
        end: int,
        max_length: int,
        cached: bool = True,
    ) -> Int[Tensor, "batch target"]:
        """Return the likeliest id after `start`, the likeliest after both, and so on, in eval mode.

        A row ends with its first `end`, which is repeated until all rows ended, or after max_length ids.
        cached: compute keys and values once, not again for each new id.
        """
        check_generation(self.decoder, start, end, max_length)
        memory = self.encoder(source, source_mask)
        cache = self.decoder.new_cache() if cached else None
        target = source.new_full((len(source), 1), start)
        ended = torch.zeros_like(target, dtype=torch.bool)  # (B, 1)
        while target.shape[1] <= max_length and not ended.all():
            given = target[:, -1:] if cached else target
            logits = self.decoder(given, memory, source_mask, cache=cache)  # (B, …, V)
            best = logits[:, -1:].argmax(-1).masked_fill(ended, end)  # (B, 1)
            target, ended = torch.cat([target, best], dim=1), best == end
        return target[:, 1:]


def initialize(module):
    """Draw weights as Glorot does, and rows of embeddings so that √dim of them are of variance 1."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Embedding):
        nn.init.normal_(module.weight, std=module.embedding_dim**-0.5)


def check_generation(decoder, start, end, max_length) -> None:
    """Raise ValueError for ids that the decoder does not have, and for more ids than it has positions."""
    check_ids(torch.tensor([[start, end]]), decoder.head.out_features, "start and end")
    check_whole(max_length=max_length)
    if max_length > (most := len(decoder.embedding.positions.weight)):
        raise ValueError(f"max_length must be at most the decoder's {most} positions, got {max_length}")


def keep_mask(mask, X, name="mask"):
    """Return a mask `(batch, seq)` of keys as one that all queries share, `(batch, 1, seq)`; None as it is.

    X: what has the shape that the mask must have. name: what the mask is called in errors.
    """
    if mask is None:
        return None
    check_boolean(mask, name)
    if mask.shape != X.shape:
        raise ValueError(f"{name} must have shape {tuple(X.shape)}, got {tuple(mask.shape)}")
    return mask[:, None]


def check_ids(ids, vocab_size, name="ids") -> None:
    """Raise TypeError for what are no whole numbers, ValueError for one outside the vocabulary.

    >>> check_ids(torch.tensor([[3, 10]]), 10)
    Traceback (most recent call last):
    ValueError: ids must be from 0 to 9, got 10 at (0, 1)
    """
    if not isinstance(ids, Tensor) or ids.dtype not in (torch.int32, torch.int64):
        got = ids.dtype if isinstance(ids, Tensor) else type(ids).__name__
        raise TypeError(f"{name} must be a tensor of whole numbers, int64 or int32, got {got}")
    if ids.ndim != 2 or 0 in ids.shape:
        raise ValueError(f"{name} must be (batch, seq) and not empty, got shape {tuple(ids.shape)}")
    low, high = ids.aminmax()
    if low < 0 or high >= vocab_size:
        place = tuple(((ids < 0) | (ids >= vocab_size)).nonzero()[0].tolist())
        raise ValueError(f"{name} must be from 0 to {vocab_size - 1}, got {ids[place].item()} at {place}")
