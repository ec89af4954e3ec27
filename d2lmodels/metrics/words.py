"""How well vectors of words agree with people: rank correlation of similarities, and analogies solved."""

from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Float, Float64


def ranks(x: Float[np.ndarray, "n"]) -> Float64[np.ndarray, "n"]:
    """Return each number's place in the order, from 1 up; equal numbers share the mean of their places.

    >>> ranks(np.array([0.3, 0.1, 0.3, 0.9]))
    array([2.5, 1. , 2.5, 4. ])
    """
    _, group, counts = np.unique(x, return_inverse=True, return_counts=True)
    last = counts.cumsum()
    return (last - (counts - 1) / 2)[group]


def spearman(x: Iterable, y: Iterable) -> float:
    """Return the correlation of the ranks of two lists: 1 where they rise together, −1 where one falls.

    Raises ValueError where they are not two lists of the same length, 2 or more, of finite numbers that are
    not all equal. Spearman, "The proof and measurement of association between two things" (1904).

    >>> spearman([1, 2, 3, 4], [10, 20, 40, 30])
    0.8
    """
    x, y = (np.array([*numbers], dtype=np.float64) for numbers in (x, y))
    if x.ndim != 1 or x.shape != y.shape or len(x) < 2:
        raise ValueError(f"x and y must be two lists of one length, 2 or more, got {x.shape} and {y.shape}")
    for name, numbers in (("x", x), ("y", y)):
        if not np.isfinite(numbers).all() or (numbers == numbers[0]).all():
            raise ValueError(f"{name} must hold finite numbers that are not all equal")
    a, b = (ranks(numbers) - (len(x) + 1) / 2 for numbers in (x, y))
    return float(round((a @ b) / np.sqrt((a @ a) * (b @ b)), 12))  # the last digits are rounding


def similarity_correlation(
    words: Sequence[str], vectors: Float[np.ndarray, "num_words dim"], pairs: Iterable[tuple[str, str, float]]
) -> tuple[float, int]:
    """Return Spearman's correlation of cosines and people's marks, and how many pairs it rests on.

    words, vectors: as of `d2lmodels.language.vectors.WordVectors`. pairs: two words and a mark; those with
    an unknown word are left out.

    Raises ValueError where fewer than two pairs are known.

    >>> pairs = [("a", "b", 9.0), ("a", "c", 2.0), ("b", "c", 3.0), ("a", "?", 1.0)]
    >>> similarity_correlation(["a", "b", "c"], np.array([[1.0, 0], [1, 0.1], [0.2, 1]]), pairs)
    (1.0, 3)
    """
    index, directions = _directions(words, vectors)
    known = [(index[a], index[b], mark) for a, b, mark in pairs if a in index and b in index]
    if len(known) < 2:
        raise ValueError(f"pairs must hold two or more whose words are known, got {len(known)}")
    a, b, marks = (np.array(column) for column in zip(*known))
    return spearman((directions[a] * directions[b]).sum(axis=1), marks), len(known)


def analogy_accuracy(
    words: Sequence[str],
    vectors: Float[np.ndarray, "num_words dim"],
    questions: Iterable[tuple[str, str, str, str]],
) -> tuple[float, int]:
    """Return the share of analogies a : b = c : d solved, and how many were asked.

    questions: those with an unknown word are left out. The answer is the word, other than a, b and c, whose
    vector has the greatest cosine with b − a + c, each of length 1; it must be d.

    Raises ValueError where none can be asked.

    >>> vectors = np.array([[1.0, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1]])
    >>> words = ["man", "king", "woman", "queen"]
    >>> analogy_accuracy(words, vectors, [("man", "king", "woman", "queen"), ("man", "king", "?", "?")])
    (1.0, 1)
    """
    index, directions = _directions(words, vectors)
    known = [
        [index[word] for word in question] for question in questions if all(w in index for w in question)
    ]
    if not known:
        raise ValueError("questions must hold one whose four words are known, got none")
    right = 0
    for first in range(0, len(known), 500):  # so that a table of all words fits into memory
        some = np.array(known[first : first + 500])
        of_a, of_b, of_c = (directions[some[:, k]] for k in range(3))
        scores = (of_b - of_a + of_c) @ directions.T  # (questions, words)
        np.put_along_axis(scores, some[:, :3], -np.inf, axis=1)
        right += int((scores.argmax(axis=1) == some[:, 3]).sum())
    return right / len(known), len(known)


def _directions(words, vectors):
    """Return the row of each word, and the vectors scaled to length 1."""
    if len(words) != len(vectors):
        raise ValueError(f"vectors must have a row for each of {len(words)} words, got {len(vectors)}")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return {word: i for i, word in enumerate(words)}, vectors / np.where(lengths, lengths, 1)
