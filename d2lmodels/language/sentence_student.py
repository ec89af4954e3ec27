"""A small encoder of sentences that answers in a larger one's space: its teacher's words, two layers, a mean.

Not here: the teacher (`d2lmodels.convert.huggingface.load_minilm`), the training
(`recipes/sentence_student.py`), and words of the student's own, which would be most of its numbers.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from d2lmodels.language.bert import check_numbers, initialize, pad_rows
from d2lmodels.language.wordpiece import WordPiece
from d2lmodels.nn.checks import check_floating
from d2lmodels.nn.transformer import EncoderLayer


class SentenceStudent(nn.Module):
    """Texts as vectors of length 1, as many numbers as a teacher's have, which is to be learned from them.

    words: the teacher's table, `(vocab, teacher_dim)`; it is looked up, gets no gradient and is not in the
    state dict. dim: numbers for each position inside; num_heads divides it. num_layers: encoder layers.
    ffn_dim: numbers between the two linear layers of each, 4 · dim unless given. max_length: tokens of a text
    that can be read. std: of the normal distribution that weights are drawn from.

    Takes token numbers `ids` `(batch, seq)` and `mask` of the same shape, True for tokens and False for
    padding, on either side, all True unless given. Gives `(batch, teacher_dim)`: the product of two rows is
    their cosine, among themselves and with the teacher's.

    Raises ValueError for counts below 1, a dim that num_heads does not divide, ids outside the vocabulary,
    texts longer than `max_length` or without a token, and shapes that differ; TypeError for words that are no
    floating tensor, ids that are no whole numbers and a mask that is not boolean. Hinton, Vinyals and Dean,
    "Distilling the knowledge in a neural network" (2015); layers left out as in Sanh et al., "DistilBERT"
    (2019); a student told to give the teacher's sentence vectors, Reimers and Gurevych, "Making monolingual
    sentence embeddings multilingual using knowledge distillation" (2020), section 2.

    >>> student = SentenceStudent(torch.randn(9, 6), dim=4, num_heads=2, max_length=5)
    >>> student(torch.tensor([[1, 4, 5, 2], [1, 6, 2, 0]])).shape
    torch.Size([2, 6])
    >>> "words" in student.state_dict()
    False
    """

    def __init__(
        self,
        words: Float[Tensor, "vocab teacher_dim"],
        *,
        dim: int = 128,
        num_heads: int = 4,
        num_layers: int = 2,
        ffn_dim: int | None = None,
        max_length: int = 48,
        std: float = 0.08,
    ):
        super().__init__()
        check_floating(words, "words", axes="vocab teacher_dim")
        ffn_dim = 4 * dim if ffn_dim is None else ffn_dim
        check_counts(
            dim=dim, num_heads=num_heads, num_layers=num_layers, ffn_dim=ffn_dim, max_length=max_length
        )
        if dim % num_heads:
            raise ValueError(f"dim must be a multiple of num_heads, {num_heads}, got {dim}")
        self.max_length = max_length
        self.register_buffer("words", words.detach(), persistent=False)  # moves along, learns nothing
        self.narrow = nn.Linear(words.shape[1], dim)
        self.positions = nn.Embedding(max_length, dim)
        self.norm = nn.LayerNorm(dim)
        self.layers = nn.ModuleList(
            EncoderLayer(dim, num_heads, ffn_dim, dropout=0.0, activation="gelu") for _ in range(num_layers)
        )
        self.widen = nn.Linear(dim, words.shape[1])
        for module in self.modules():
            initialize(module, std)

    def forward(
        self, ids: Int[Tensor, "batch seq"], mask: Bool[Tensor, "batch seq"] | None = None
    ) -> Float[Tensor, "batch teacher_dim"]:
        check_numbers("ids", ids, len(self.words))
        mask = torch.ones_like(ids, dtype=torch.bool) if mask is None else mask
        check_texts(ids, mask, self.max_length)
        places = (mask.cumsum(1) - 1).clamp(min=0)  # (B, T), counted from the first token, not from padding
        X = self.norm(self.narrow(self.words[ids]) + self.positions(places))  # (B, T, dim)
        for layer in self.layers:
            X = layer(X, mask[:, None])  # (B, T, dim)
        keep = mask[..., None].to(X.dtype)  # (B, T, 1)
        mean = (X * keep).sum(1) / keep.sum(1)  # (B, dim)
        return F.normalize(self.widen(mean), dim=-1)  # (B, teacher_dim)


def token_rows(tokenizer: WordPiece, texts: Sequence[str], max_length: int) -> list[list[int]]:
    """Return each text as token numbers from `[CLS]` to `[SEP]`, at most max_length of them.

    Raises TypeError for one string in place of a list, and what the tokenizer raises.
    """
    if isinstance(texts, str):
        raise TypeError(f"texts must be a list of strings, got the string {texts[:20]!r}")
    rows = [tokenizer.encode_pair(text)[0] for text in texts]
    return [row[:-1][: max_length - 1] + row[-1:] for row in rows]  # [SEP] stays the last


@torch.no_grad()
def student_vectors(
    student: SentenceStudent, tokenizer: WordPiece, texts: Sequence[str], *, batch_size: int = 32
) -> Float[Tensor, "texts teacher_dim"]:
    """Return a vector of length 1 for each text, of which the student reads its first `max_length` tokens.

    student, tokenizer: the tokenizer that belongs to the student's words. texts: strings. batch_size: texts
    that go through the student together, those of about the same length. `sentence_vectors` of the
    package's `convert` does the same for the teacher. Raises what `token_rows` raises.

    >>> tokenizer = WordPiece(["[UNK]", "[CLS]", "[SEP]", "a", "cat", "sat", "."])
    >>> student = SentenceStudent(torch.randn(7, 6), dim=4, num_heads=2)
    >>> student_vectors(student, tokenizer, ["A cat sat.", "A cat."]).shape
    torch.Size([2, 6])
    """
    rows = token_rows(tokenizer, texts, student.max_length)
    order = sorted(range(len(rows)), key=lambda k: len(rows[k]))
    vectors = student.words.new_zeros(len(rows), student.words.shape[1])
    for start in range(0, len(rows), batch_size):
        places = order[start : start + batch_size]
        ids, mask = (part.to(vectors.device) for part in pad_rows([rows[k] for k in places]))
        vectors[places] = student(ids, mask)
    return vectors


def check_counts(**counts) -> None:
    """Raise ValueError for what is no whole number from 1 up, naming it."""
    for name, count in counts.items():
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise ValueError(f"{name} must be a whole number from 1 up, got {count!r}")


def check_texts(ids, mask, max_length: int) -> None:
    """Raise TypeError or ValueError for texts that `SentenceStudent` cannot read, naming the fault."""
    if ids.ndim != 2 or 0 in ids.shape:
        raise ValueError(f"ids must be (batch, seq), neither of them 0, got shape {tuple(ids.shape)}")
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        got = mask.dtype if isinstance(mask, Tensor) else type(mask).__name__
        raise TypeError(f"mask must be a boolean tensor, True for tokens and False for padding, got {got}")
    if mask.shape != ids.shape:
        raise ValueError(f"mask must have the shape of ids, {tuple(ids.shape)}, got {tuple(mask.shape)}")
    lengths = mask.sum(1)
    if lengths.min() < 1:
        raise ValueError("mask must keep at least one token of each text, got a row without any")
    if lengths.max() > max_length:
        raise ValueError(
            f"ids must be at most max_length={max_length} tokens long, got {lengths.max().item()}"
        )
