"""BERT: a Transformer's encoder that reads a text, or a pair of texts, from both sides at once.

Not here: pre-training (`mlm.py`), rows without padding (`packed.py`), the names of published weights
(`d2lmodels.convert.huggingface`), and a decoder, which BERT has none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import partial

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from d2lmodels.nn.transformer import EncoderLayer


@dataclass(frozen=True)
class BertConfig:
    """The sizes of a BERT.

    vocab_size: tokens. dim: numbers for each position; num_heads divides it. num_layers: encoder layers.
    ffn_dim: numbers between the two linear layers of each. max_length: positions. num_segments: texts that
    can be told apart. dropout: in training, of embeddings, of what each sublayer adds, and of attention's
    weights. activation: of the feed-forward part, "gelu" or "relu". eps: added to variances. std: of the
    normal distribution that weights are drawn from; smaller models want a larger one.

    Raises ValueError for counts below 1, and for a dim that num_heads does not divide.

    >>> base = BertConfig(30_522, 768, 12, 12, 3_072, 512)
    >>> BertConfig(vocab_size=9, dim=8, num_heads=3, num_layers=1, ffn_dim=16, max_length=5)
    Traceback (most recent call last):
    ValueError: dim must be a multiple of num_heads, 3, got 8
    """

    vocab_size: int
    dim: int
    num_heads: int
    num_layers: int
    ffn_dim: int
    max_length: int
    num_segments: int = 2
    dropout: float = 0.1
    activation: str = "gelu"
    eps: float = 1e-12
    std: float = 0.02

    def __post_init__(self):
        for field in fields(self)[:7]:
            count = getattr(self, field.name)
            if not isinstance(count, int) or isinstance(count, bool) or count < 1:
                wanted = "a whole number from 1 up"
                raise ValueError(f"{field.name} must be {wanted}, got {count!r}")
        if self.dim % self.num_heads:
            wanted = f"a multiple of num_heads, {self.num_heads}"
            raise ValueError(f"dim must be {wanted}, got {self.dim}")


class Embeddings(nn.Module):
    """What BERT knows of a position before it looks around: token, place and segment, three vectors added.

    config: a `BertConfig`. Devlin et al. (2019), figure 2; the sum is normalized, as in their code.

    >>> config = BertConfig(vocab_size=9, dim=8, num_heads=2, num_layers=1, ffn_dim=16, max_length=5)
    >>> ids = torch.tensor([[1, 4, 2]])
    >>> Embeddings(config)(ids, torch.zeros_like(ids), torch.arange(3)).shape
    torch.Size([1, 3, 8])
    """

    def __init__(self, config: BertConfig):
        super().__init__()
        self.tokens = nn.Embedding(config.vocab_size, config.dim)
        self.positions = nn.Embedding(config.max_length, config.dim)
        self.segments = nn.Embedding(config.num_segments, config.dim)
        self.norm = nn.LayerNorm(config.dim, eps=config.eps)
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self,
        ids: Int[Tensor, "*batch seq"],
        segments: Int[Tensor, "*batch seq"],
        positions: Int[Tensor, " seq"],
    ) -> Float[Tensor, "*batch seq dim"]:
        X = self.tokens(ids) + self.positions(positions) + self.segments(segments)
        return self.dropout(self.norm(X))  # (B, T, dim)


class Bert(nn.Module):
    """An encoder: each position of the last layer has seen every token that the mask keeps.

    config: a `BertConfig`. Takes token numbers `ids` `(batch, seq)`; `segments` of the same shape, which
    say to which text each token belongs, 0 unless given; `mask` of the same shape, True for tokens and False
    for padding, all True unless given. Gives `hidden` `(batch, seq, dim)`, where rows at padding mean
    nothing, and `pooled` `(batch, dim)`, tanh of a linear layer of the first position, made for `[CLS]`.

    Raises ValueError for ids outside the vocabulary, segments outside `num_segments`, sequences longer than
    `max_length` and shapes that differ; TypeError for ids that are no whole numbers and a mask that is not
    boolean. Devlin, Chang, Lee and Toutanova, "BERT: pre-training of deep bidirectional transformers for
    language understanding" (2019), section 3.

    >>> bert = Bert(BertConfig(vocab_size=9, dim=8, num_heads=2, num_layers=1, ffn_dim=16, max_length=5))
    >>> hidden, pooled = bert(torch.tensor([[1, 4, 5, 2], [1, 6, 2, 0]]))
    >>> hidden.shape, pooled.shape
    (torch.Size([2, 4, 8]), torch.Size([2, 8]))
    """

    def __init__(self, config: BertConfig):
        super().__init__()
        self.config = config
        self.embeddings = Embeddings(config)
        sizes = (config.dim, config.num_heads, config.ffn_dim)
        options = {"dropout": config.dropout, "activation": config.activation}
        self.layers = nn.ModuleList(
            EncoderLayer(*sizes, **options, eps=config.eps) for _ in range(config.num_layers)
        )
        self.pooler = nn.Linear(config.dim, config.dim)
        self.apply(partial(initialize, std=config.std))

    def forward(
        self,
        ids: Int[Tensor, "batch seq"],
        segments: Int[Tensor, "batch seq"] | None = None,
        mask: Bool[Tensor, "batch seq"] | None = None,
    ) -> tuple[Float[Tensor, "batch seq dim"], Float[Tensor, "batch dim"]]:
        check_inputs(self.config, ids, segments, mask)
        segments = torch.zeros_like(ids) if segments is None else segments
        positions = torch.arange(ids.shape[1], device=ids.device)  # (T,)
        X = self.embeddings(ids, segments, positions)  # (B, T, dim)
        keep = None if mask is None else mask[:, None]  # (B, 1, T), the same for every query
        for layer in self.layers:
            X = layer(X, keep)  # (B, T, dim)
        return X, self.pool(X[:, 0])

    def pool(self, first: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        """Return what is made of the first position of each row, where `[CLS]` stands."""
        return torch.tanh(self.pooler(first))


def initialize(module: nn.Module, std: float = 0.02) -> None:
    """Draw weights from N(0, std²), with 0.02 as BERT's authors do; biases are 0."""
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=std)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)


def pad_rows(
    rows: Sequence[Sequence[int]], *, value: int = 0
) -> tuple[Int[Tensor, "batch seq"], Bool[Tensor, "batch seq"]]:
    """Return rows of whole numbers as one tensor, filled up with `value`, and the mask of what was there.

    Raises ValueError where there is no row or only empty ones.

    >>> pad_rows([[1, 7, 2], [1, 2]])
    (tensor([[1, 7, 2],
            [1, 2, 0]]), tensor([[ True,  True,  True],
            [ True,  True, False]]))
    """
    length = max(map(len, rows), default=0)
    if length == 0:
        raise ValueError(f"rows must hold at least one number, got {len(rows)} empty rows")
    padded = [[*row, *[value] * (length - len(row))] for row in rows]
    lengths = torch.tensor([len(row) for row in rows])
    return torch.tensor(padded), torch.arange(length) < lengths[:, None]  # (B, T), (B, T)


def check_inputs(config: BertConfig, ids, segments, mask) -> None:
    """Raise TypeError or ValueError for what `Bert` cannot read, naming the fault."""
    check_numbers("ids", ids, config.vocab_size)
    if ids.ndim != 2 or 0 in ids.shape:
        raise ValueError(f"ids must be (batch, seq), neither of them 0, got shape {tuple(ids.shape)}")
    if ids.shape[1] > config.max_length:
        raise ValueError(
            f"ids must be at most max_length={config.max_length} tokens long, got {ids.shape[1]}"
        )
    if segments is not None:
        check_numbers("segments", segments, config.num_segments)
    if mask is not None and not (isinstance(mask, Tensor) and mask.dtype == torch.bool):
        got = mask.dtype if isinstance(mask, Tensor) else type(mask).__name__
        raise TypeError(f"mask must be a boolean tensor, True for tokens and False for padding, got {got}")
    for name, given in (("segments", segments), ("mask", mask)):
        if given is not None and given.shape != ids.shape:
            raise ValueError(
                f"{name} must have the shape of ids, {tuple(ids.shape)}, got {tuple(given.shape)}"
            )


def check_numbers(name: str, numbers, count: int) -> None:
    """Raise TypeError for what is no tensor of whole numbers, ValueError for one outside 0…count − 1."""
    if not isinstance(numbers, Tensor) or numbers.dtype not in (torch.int64, torch.int32):
        got = numbers.dtype if isinstance(numbers, Tensor) else type(numbers).__name__
        raise TypeError(f"{name} must be a tensor of whole numbers, int64 or int32, got {got}")
    if numbers.numel() and not 0 <= numbers.min() <= numbers.max() < count:
        wrong = numbers[(numbers < 0) | (numbers >= count)][0].item()
        raise ValueError(f"{name} must lie in 0…{count - 1}, got {wrong}")
