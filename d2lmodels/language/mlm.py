"""What BERT is pre-trained on: tokens that are hidden from it, and whether one text followed another.

Not here: whole words masked at once, and the loop (`d2lmodels.train`; `recipes/bert.py` is one use of it).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from d2lmodels.language.bert import Bert, BertConfig, check_numbers, initialize
from d2lmodels.nn.transformer import ACTIVATIONS

IGNORED = -100  # the label of a token that is not to be guessed, as in torch's cross-entropy


def mask_tokens(
    ids: Int[Tensor, "..."],
    *,
    vocab_size: int,
    mask_id: int,
    special_ids: Sequence[int],
    probability: float = 0.15,
    generator: torch.Generator | None = None,
) -> tuple[Int[Tensor, "..."], Int[Tensor, "..."]]:
    """Return ids with some tokens hidden, and labels: the hidden tokens, -100 elsewhere.

    ids: token numbers, any shape. vocab_size: how many tokens there are. mask_id: the number of `[MASK]`.
    special_ids: numbers that are never chosen, such as those of `[CLS]`, `[SEP]` and `[PAD]`. Of the others
    each is chosen with the given probability. Of those chosen, 8 of 10 become `[MASK]`; 1 of 10 becomes a
    token drawn from the whole vocabulary; 1 of 10 stays, so that no token can be trusted and every position
    must know what belongs there. generator: of the random numbers; torch's own unless given.

    Raises ValueError for ids or mask_id outside the vocabulary and a probability outside 0…1, TypeError for
    ids that are no whole numbers. Devlin et al. (2019), section 3.1, task 1.

    >>> ids = torch.tensor([1, 5, 6, 7, 2])
    >>> masked, labels = mask_tokens(ids, vocab_size=9, mask_id=3, special_ids=[1, 2], probability=1.0)
    >>> labels
    tensor([-100,    5,    6,    7, -100])
    """
    check_numbers("ids", ids, vocab_size)
    check_numbers("mask_id", torch.tensor(mask_id), vocab_size)
    if not 0 <= probability <= 1:
        raise ValueError(f"probability must lie in 0…1, got {probability}")
    chance, way = torch.rand(2, *ids.shape, generator=generator).to(ids.device)
    anything = torch.randint(vocab_size, ids.shape, generator=generator).to(ids)
    special = torch.isin(ids, torch.tensor(list(special_ids)).to(ids))
    chosen = ~special & (chance < probability)
    masked = torch.where(chosen & (way < 0.8), mask_id, ids)
    masked = torch.where(chosen & (way >= 0.9), anything, masked)
    return masked, torch.where(chosen, ids, IGNORED)


class Pair(NamedTuple):
    """`[CLS] first [SEP] second [SEP]`: token numbers, the text of each (0 or 1), whether second follows."""

    ids: list[int]
    segments: list[int]
    is_next: bool


def sentence_pairs(
    documents: Sequence[Sequence[Sequence[int]]],
    *,
    max_length: int,
    cls_id: int,
    sep_id: int,
    generator: torch.Generator,
) -> Iterator[Pair]:
    """Yield pairs of texts, each of whole sentences; with a chance of one half the second follows the first.

    documents: a list of sentences each, a sentence a list of token numbers. Neighbouring sentences are
    gathered until a pair is full, and cut between two of them. Otherwise the second text is a run of
    sentences of another document, about as long as what it displaces, which comes in the next pair; a last
    sentence that is left alone is not read. max_length: of a pair with its three special tokens; pairs at a
    document's end are shorter, and longer ones are cut by `truncate`. generator: of the random numbers.

    Raises ValueError for fewer than two documents, one without a sentence and a max_length below 5. Devlin
    et al. (2019), section 3.1, task 2, and appendix A.2; in their code the second text of a pair of one
    sentence never follows, so that less than half do.

    >>> documents = [[[10], [11], [12]], [[20], [21]]]
    >>> generator = torch.Generator().manual_seed(1)
    >>> options = {"max_length": 5, "cls_id": 1, "sep_id": 2, "generator": generator}
    >>> [(pair.ids, pair.is_next) for pair in sentence_pairs(documents, **options)]
    [([1, 10, 2, 11, 2], True), ([1, 20, 2, 11, 2], False)]
    """
    documents = check_documents(documents, max_length)
    room = max_length - 3  # for the tokens of both texts
    for number, sentences in enumerate(documents):
        start = 0
        while start < len(sentences) - 1:  # at least two sentences are left
            end = start + 2
            while end < len(sentences) and len(joined(sentences[start:end])) < room:
                end += 1
            cut = start + 1 + below(end - start - 1, generator)  # where the second text begins
            first, second = joined(sentences[start:cut]), joined(sentences[cut:end])
            is_next = below(2, generator) == 1
            if not is_next:
                away = 1 + below(len(documents) - 1, generator)
                other = documents[(number + away) % len(documents)]
                second, end = run_of(other, len(second), generator), cut
            first, second = truncate(first, second, room)
            ids = [cls_id, *first, sep_id, *second, sep_id]
            yield Pair(ids, [0] * (len(first) + 2) + [1] * (len(second) + 1), is_next)
            start = end


def joined(sentences: Iterable[Sequence[int]]) -> list[int]:
    """Return the tokens of sentences, one after another."""
    return list(chain.from_iterable(sentences))


def run_of(
    sentences: Sequence[Sequence[int]],
    size: int,
    generator: torch.Generator,
) -> list[int]:
    """Return sentences from a random one on, until there are `size` tokens or no more."""
    tokens: list[int] = []
    for sentence in sentences[below(len(sentences), generator) :]:
        if len(tokens) >= size:
            break
        tokens += sentence
    return tokens


def truncate(first: list[int], second: list[int], room: int) -> tuple[list[int], list[int]]:
    """Return both texts with `room` tokens in all: the longer one loses some, at the end away from the other.

    >>> truncate([1, 2, 3, 4], [5, 6], 4)
    ([3, 4], [5, 6])
    """
    kept = min(len(second), max(room // 2, room - len(first)))
    return first[max(0, len(first) - (room - kept)) :], second[:kept]


def below(count: int, generator: torch.Generator) -> int:
    """Return a random whole number from 0 to count − 1."""
    return int(torch.randint(count, (), generator=generator))


class BertForPreTraining(nn.Module):
    """A BERT with what it is pre-trained with: logits of the token at each place, and of "does it follow?".

    config: a `BertConfig`. Takes ids, segments and mask as `Bert` does. Gives the logits of every token of
    the vocabulary `(batch, seq, vocab_size)`, from the hidden vector through a linear layer, the activation,
    normalization and the table of the embeddings again; and two logits `(batch, 2)` of the pooled vector:
    number 0 for "the second text follows the first", number 1 for "it does not", as published weights have
    it. Raises what `Bert` raises. Devlin et al. (2019), section 3.1; the linear layer before the table is in
    their code.

    >>> config = BertConfig(vocab_size=9, dim=8, num_heads=2, num_layers=1, ffn_dim=16, max_length=5)
    >>> token_logits, next_logits = BertForPreTraining(config)(torch.tensor([[1, 4, 2, 5, 2]]))
    >>> token_logits.shape, next_logits.shape
    (torch.Size([1, 5, 9]), torch.Size([1, 2]))
    """

    def __init__(self, config: BertConfig):
        super().__init__()
        self.bert = Bert(config)
        self.transform = nn.Linear(config.dim, config.dim)
        self.activation = ACTIVATIONS[config.activation]
        self.norm = nn.LayerNorm(config.dim, eps=config.eps)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.next_sentence = nn.Linear(config.dim, 2)
        for layer in (self.transform, self.next_sentence):
            initialize(layer, config.std)

    def forward(
        self,
        ids: Int[Tensor, "batch seq"],
        segments: Int[Tensor, "batch seq"] | None = None,
        mask: Bool[Tensor, "batch seq"] | None = None,
    ) -> tuple[Float[Tensor, "batch seq vocab"], Float[Tensor, "batch 2"]]:
        hidden, pooled = self.bert(ids, segments, mask)  # (B, T, dim), (B, dim)
        return self.token_logits(hidden), self.next_sentence(pooled)

    def token_logits(self, hidden: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch vocab"]:
        """Return a logit for each token of the vocabulary, from hidden vectors."""
        X = self.norm(self.activation(self.transform(hidden)))  # (…, dim)
        return F.linear(X, self.bert.embeddings.tokens.weight, self.bias)

    def losses(
        self,
        hidden: Float[Tensor, "*batch dim"],
        pooled: Float[Tensor, "pairs dim"],
        labels: Int[Tensor, "*batch"],
        is_next: Bool[Tensor, " pairs"],
    ) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
        """Return two mean cross-entropies: of the tokens that labels name, and of whether a text follows.

        hidden, pooled: what `bert` gave for the masked ids. labels: of the shape of ids, -100 where nothing
        is to be guessed. Only at the other places logits are computed, since a vocabulary is large. Their
        sum is BERT's loss. Where nothing is to be guessed the first is 0. Raises what `check_labels` raises.
        """
        check_labels(hidden, pooled, labels, is_next, len(self.bias))
        chosen = labels != IGNORED
        logits = self.token_logits(hidden[chosen])  # (chosen, vocab)
        of_tokens = F.cross_entropy(logits, labels[chosen].long(), reduction="sum")
        of_next = F.cross_entropy(self.next_sentence(pooled), (~is_next).long())
        return of_tokens / max(1, len(logits)), of_next


@torch.no_grad()
def look_for_alike(bert: Bert) -> None:
    """Let the first layer of a new BERT begin with queries that equal its keys: each token looks at its like.

    Changes the weights in place. So that a token's like is found in both texts, queries leave out the
    direction that tells the first segment from the last, and positions begin at a quarter of their size.
    From random weights a network of this kind hardly learns that two texts share tokens, since it takes a
    head that finds them and a second layer that counts them, and neither gains anything alone. After
    Trockman and Kolter, "Mimetic initialization of self-attention layers" (2023), who let the product of the
    weights of queries and keys begin near the identity in every layer.

    >>> bert = Bert(BertConfig(vocab_size=9, dim=8, num_heads=2, num_layers=1, ffn_dim=16, max_length=5))
    >>> look_for_alike(bert)
    >>> attention = bert.layers[0].attention
    >>> torch.equal(attention.query.weight, attention.key.weight)
    True
    """
    bert.embeddings.positions.weight.mul_(0.25)
    segments, attention = bert.embeddings.segments.weight, bert.layers[0].attention
    apart = F.normalize(segments[0] - segments[-1], dim=0)  # (dim,)
    attention.query.weight.sub_(torch.outer(attention.query.weight @ apart, apart))
    attention.key.weight.copy_(attention.query.weight)


def check_labels(hidden, pooled, labels, is_next, vocab_size: int) -> None:
    """Raise TypeError or ValueError for labels that fit neither the vocabulary nor what was computed."""
    if not isinstance(labels, Tensor) or labels.shape != hidden.shape[:-1]:
        got = tuple(labels.shape) if isinstance(labels, Tensor) else type(labels).__name__
        raise ValueError(f"labels must have the shape of ids, {tuple(hidden.shape[:-1])}, got {got}")
    check_numbers("labels other than -100", labels[labels != IGNORED], vocab_size)
    if not isinstance(is_next, Tensor) or is_next.dtype != torch.bool:
        got = is_next.dtype if isinstance(is_next, Tensor) else type(is_next).__name__
        raise TypeError(f"is_next must be a boolean tensor, True where the second text follows, got {got}")
    if is_next.shape != pooled.shape[:1]:
        raise ValueError(f"is_next must have shape ({len(pooled)},), got {tuple(is_next.shape)}")


def check_documents(documents, max_length: int) -> list:
    """Return the documents with their sentences; raise ValueError where no pair can be made of them."""
    if not isinstance(max_length, int) or max_length < 5:
        raise ValueError(
            f"max_length must be 5 or more: three special tokens and two of text, got {max_length!r}"
        )
    documents = [[list(sentence) for sentence in sentences if len(sentence)] for sentences in documents]
    if len(documents) < 2 or not all(documents):
        raise ValueError(
            f"documents must be two or more, none of them empty, got {[*map(len, documents)][:8]} sentences"
        )
    return documents
