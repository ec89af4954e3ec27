"""Mistakes with the small encoder of sentences end in errors that say what was wrong, got and wanted."""

import pytest
import torch

from d2lmodels.language.sentence_student import SentenceStudent, student_vectors, token_rows
from d2lmodels.language.wordpiece import WordPiece

WORDS = torch.zeros(20, 10)
STUDENT = SentenceStudent(WORDS, dim=8, num_heads=2, max_length=3)
TOKENIZER = WordPiece(["[UNK]", "[CLS]", "[SEP]", "a"])
IDS = torch.tensor([[1, 5, 2], [1, 2, 0]])
KEEP = torch.ones(2, 3, dtype=torch.bool)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: SentenceStudent([1.0]), TypeError, "words must be a tensor of floating numbers, got list"),
        (lambda: SentenceStudent(WORDS.long()), TypeError, "words must be .* got torch.int64"),
        (lambda: SentenceStudent(WORDS[0]), ValueError, r"words must have the axes \(vocab, teacher_dim\)"),
        (lambda: SentenceStudent(WORDS, dim=0), ValueError, "dim must be a whole number from 1 up, got 0"),
        (lambda: SentenceStudent(WORDS, dim=8.0), ValueError, "dim must be a whole number .* got 8.0"),
        (lambda: SentenceStudent(WORDS, num_heads=0), ValueError, "num_heads must be .* got 0"),
        (lambda: SentenceStudent(WORDS, num_layers=True), ValueError, "num_layers must be .* got True"),
        (lambda: SentenceStudent(WORDS, ffn_dim=0), ValueError, "ffn_dim must be .* got 0"),
        (lambda: SentenceStudent(WORDS, max_length=-1), ValueError, "max_length must be .* got -1"),
        (
            lambda: SentenceStudent(WORDS, dim=9, num_heads=2),
            ValueError,
            "dim must be a multiple of num_heads, 2, got 9",
        ),
        (
            lambda: STUDENT(IDS.double()),
            TypeError,
            "ids must be a tensor of whole numbers.* got torch.float64",
        ),
        (lambda: STUDENT([[1, 2]]), TypeError, "ids must be a tensor of whole numbers.* got list"),
        (lambda: STUDENT(IDS + 18), ValueError, r"ids must lie in 0…19, got 23"),
        (lambda: STUDENT(IDS[0]), ValueError, r"ids must be \(batch, seq\), neither of them 0, got .*\(3,\)"),
        (lambda: STUDENT(IDS[:, :0]), ValueError, r"ids must be \(batch, seq\), neither of them 0"),
        (
            lambda: STUDENT(torch.ones(1, 4).long()),
            ValueError,
            "ids must be at most max_length=3 tokens long, got 4",
        ),
        (lambda: STUDENT(IDS, KEEP.long()), TypeError, "mask must be a boolean tensor.* got torch.int64"),
        (lambda: STUDENT(IDS, [[True]]), TypeError, "mask must be a boolean tensor.* got list"),
        (
            lambda: STUDENT(IDS, KEEP[:1]),
            ValueError,
            r"mask must have the shape of ids, \(2, 3\), got \(1, 3\)",
        ),
        (lambda: STUDENT(IDS, KEEP & False), ValueError, "mask must keep at least one token of each text"),
        (
            lambda: student_vectors(STUDENT, TOKENIZER, "a cat"),
            TypeError,
            "texts must be a list of strings, got the string 'a cat'",
        ),
        (lambda: token_rows(TOKENIZER, [7], 5), TypeError, "text"),
    ],
)
def test_mistakes_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
