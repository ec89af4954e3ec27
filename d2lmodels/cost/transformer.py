"""Transformers: the cost of each part for one token, from a configuration.

Not here: mixtures of experts, and models with an encoder and a decoder.
"""

from dataclasses import dataclass

from d2lmodels.cost.layers import (
    Cost,
    attention,
    check_counts,
    embedding,
    head_widths,
    linear,
    normalization,
)


@dataclass(frozen=True, kw_only=True)
class TransformerConfig:
    """The sizes of a Transformer with one stack of layers.

    dim: numbers that stand for one token between layers. vocabulary: how many different tokens.
    hidden: width inside the feed-forward layer, 4·dim by default. gated: whether it has a third matrix
    (Shazeer 2020). num_key_value_heads, head_dim: see `attention`. positions, segments: entries of
    learned tables that are added to the tokens; 0 for none. bias: whether linear layers and normalizations
    add a number. output: "tied" uses the table of tokens once more to score the next token, "own" has a
    second table, None ends without scores.

    Raises ValueError for counts below 1 and another output.

    >>> TransformerConfig(dim=768, num_layers=12, num_heads=12, vocabulary=50_257).feed_forward_width
    3072
    """

    dim: int
    num_layers: int
    num_heads: int
    vocabulary: int
    hidden: int | None = None
    gated: bool = False
    num_key_value_heads: int | None = None
    head_dim: int | None = None
    positions: int = 0
    segments: int = 0
    bias: bool = True
    output: str | None = "tied"

    def __post_init__(self):
        check_counts(dim=self.dim, num_layers=self.num_layers, vocabulary=self.vocabulary)
        check_counts(hidden=self.feed_forward_width)
        check_counts(lowest=0, positions=self.positions, segments=self.segments)
        _ = self.head_widths  # raises where heads do not come out even
        if self.output not in ("tied", "own", None):
            raise ValueError(f"output must be 'tied', 'own' or None, got {self.output!r}")

    @property
    def feed_forward_width(self) -> int:
        return 4 * self.dim if self.hidden is None else self.hidden

    @property
    def head_widths(self) -> tuple[int, int]:
        """How many numbers all queries of a token have together, and all its keys."""
        shared = self.num_key_value_heads
        return head_widths(self.dim, self.num_heads, head_dim=self.head_dim, num_key_value_heads=shared)


def transformer(config: TransformerConfig, *, context: int = 1) -> dict[str, Cost]:
    """Return the cost of each part of a Transformer, for one token that attends to `context` tokens.

    Raises ValueError for a context below 1.

    Vaswani et al., "Attention is all you need" (2017), section 3; sizes as in Radford et al. (2019).

    >>> gpt2 = TransformerConfig(dim=768, num_layers=12, num_heads=12, vocabulary=50_257, positions=1024)
    >>> sum(part.parameters for part in transformer(gpt2).values())
    124439808
    """
    dim, hidden, bias = config.dim, config.feed_forward_width, config.bias
    tables = config.vocabulary + config.positions + config.segments
    mix = attention(
        dim,
        num_heads=config.num_heads,
        head_dim=config.head_dim,
        num_key_value_heads=config.num_key_value_heads,
        context=context,
        bias=bias,
    )
    into = (2 if config.gated else 1) * linear(dim, hidden, bias=bias)
    scores = linear(dim, config.vocabulary, bias=False)
    if config.output == "tied":  # the table of tokens once more
        scores = Cost(0, scores.multiply_adds)
    return {
        "embeddings": embedding(tables, dim),
        "attention": config.num_layers * mix,
        "feed-forward": config.num_layers * (into + linear(hidden, dim, bias=bias)),
        # two in each layer, and one after the last or, in BERT, before the first
        "normalization": (2 * config.num_layers + 1) * normalization(dim, shift=bias),
        "output": scores if config.output else Cost(),
    }
