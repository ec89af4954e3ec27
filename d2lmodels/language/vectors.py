"""Words as vectors: neighbours, analogies, and the files of the word2vec program that others read.

Not here: where the vectors come from (`word2vec.py`).
"""

import difflib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32


class WordVectors:
    """A vector for each of some words.

    words: no two alike. vectors: `(num_words, dim)`, finite; kept as float32.

    Raises ValueError where the two do not fit together, TypeError where a word is no string.

    >>> some = WordVectors(["cat", "dog", "tax"], np.array([[1.0, 0.1], [0.9, 0.2], [0.0, 2.0]]))
    >>> some.most_similar("cat", count=1)
    [('dog', 0.9929...)]
    """

    def __init__(self, words: Sequence[str], vectors: Float[np.ndarray, "num_words dim"]):
        self.words, self.vectors = list(words), np.asarray(vectors, dtype=np.float32)
        for word in self.words:
            if not isinstance(word, str):
                raise TypeError(f"words must be strings, got {word!r}")
        self.index = {word: i for i, word in enumerate(self.words)}
        if self.vectors.ndim != 2 or len(self.vectors) != len(self.words):
            wanted = f"({len(self.words)}, dim), a row for each word"
            raise ValueError(f"vectors must be {wanted}, got {self.vectors.shape}")
        if len(self.index) < len(self.words):
            twice = next(word for i, word in enumerate(self.words) if self.index[word] != i)
            raise ValueError(f"words must differ, got {twice!r} twice")
        if not np.isfinite(self.vectors).all():
            raise ValueError("vectors must be finite, got nan or an infinity")

    @cached_property
    def directions(self) -> Float32[np.ndarray, "num_words dim"]:
        """The vectors scaled to length 1; a vector of zeros stays."""
        lengths = np.linalg.norm(self.vectors, axis=1, keepdims=True)
        return self.vectors / np.where(lengths, lengths, 1)

    def number(self, word: str) -> int:
        """Return the row of a word; raise ValueError with words that are spelt like it where it has none."""
        if word in self.index:
            return self.index[word]
        if not isinstance(word, str):
            raise TypeError(f"word must be a string, got {word!r}")
        near = difflib.get_close_matches(word.lower(), self.words)
        hint = f"; near it are {', '.join(map(repr, near))}" if near else ""
        raise ValueError(f"word {word!r} is none of the {len(self.words)} words{hint}")

    def __contains__(self, word: object) -> bool:
        """Return whether the word has a vector."""
        return word in self.index

    def __getitem__(self, word: str) -> Float32[np.ndarray, "dim"]:
        """Return the vector of a word; raise ValueError where it has none."""
        return self.vectors[self.number(word)]

    def most_similar(
        self, word_or_vector: str | Float[np.ndarray, "dim"], count: int = 10
    ) -> list[tuple[str, float]]:
        """Return the words nearest by the cosine of the angle, and the cosines; a word is not its own.

        Raises ValueError for an unknown word, a vector of another size and a count below 1.
        """
        if isinstance(word_or_vector, str):
            i = self.number(word_or_vector)
            return self._nearest(self.directions[i], count, without=[i])
        vector = np.asarray(word_or_vector, dtype=np.float32)
        if vector.shape != self.vectors.shape[1:] or not np.isfinite(vector).all():
            got = f"an array {vector.shape}" + " with nan or infinities" * (not np.isfinite(vector).all())
            raise ValueError(
                f"word_or_vector must be a word or {self.vectors.shape[1]} finite numbers, got {got}"
            )
        return self._nearest(vector, count)

    def analogy(self, a: str, b: str, c: str, count: int = 1) -> list[tuple[str, float]]:
        """Return the words that are to c as b is to a, best first, with their cosines to b − a + c.

        The three are scaled to length 1 before, and are no answers. Raises ValueError for an unknown word
        and a count below 1. Mikolov, Yih & Zweig, "Linguistic regularities in continuous space word
        representations" (2013), section 4.

        >>> vectors = np.array([[1.0, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1]])
        >>> WordVectors(["man", "king", "woman", "queen"], vectors).analogy("man", "king", "woman")
        [('queen', 0.958...)]
        """
        rows = [self.number(word) for word in (a, b, c)]
        of_a, of_b, of_c = self.directions[rows]
        return self._nearest(of_b - of_a + of_c, count, without=rows)

    def _nearest(self, vector, count, *, without=()) -> list[tuple[str, float]]:
        if not isinstance(count, int) or count < 1:
            raise ValueError(f"count must be a whole number from 1 up, got {count!r}")
        cosines = self.directions @ (vector / (np.linalg.norm(vector) or 1))
        cosines[list(without)] = -np.inf
        best = np.argsort(-cosines, kind="stable")[: min(count, len(self.words) - len(set(without)))]
        return [(self.words[i], float(cosines[i])) for i in best]

    def save_word2vec_format(self, path: str | Path, binary: bool = False) -> None:
        """Write the words and vectors as Mikolov's program does: a line each, or packed float32.

        Raises ValueError, and writes nothing, where a word is empty or holds white space, which the format
        cannot.
        """
        for word in self.words:
            if word.split() != [word]:
                raise ValueError(f"words must hold no white space in this format, got {word!r}")
        with Path(path).open("wb") as file:
            file.write(b"%d %d\n" % self.vectors.shape)
            for word, vector in zip(self.words, self.vectors.astype("<f4")):
                numbers = vector.tobytes() if binary else " ".join(vector.astype(str)).encode()
                file.write(word.encode() + b" " + numbers + b"\n")

    @staticmethod
    def load_word2vec_format(path: str | Path, binary: bool = False) -> "WordVectors":
        """Read such a file, of whichever program.

        Raises ValueError where the file is cut short, not of this format, or of the other kind (`binary`).
        """
        header, _, body = Path(path).read_bytes().partition(b"\n")
        try:
            count, dim = map(int, header.split())
            words, vectors, rest = (_read_binary if binary else _read_text)(body, count, dim)
            if rest.strip():
                raise ValueError(f"more follows the {count} words that it announces")
            return WordVectors(words, vectors)
        except ValueError as error:
            raise ValueError(f"path {path} is no word2vec file with binary={binary}: {error}") from None


def _read_text(body: bytes, count: int, dim: int):
    """Return words and vectors from lines `word number number …`, and what follows them."""
    words, vectors = [], np.empty((count, dim), dtype=np.float32)
    *lines, rest = body.split(b"\n", count)
    if len(lines) < count:
        raise ValueError(f"it announces {count} words and has {len(lines)} lines")
    for i, line in enumerate(lines):
        word, *numbers = line.decode().rstrip().split(" ")
        words.append(word)
        vectors[i] = np.array(numbers, dtype=np.float32).reshape(dim)
    return words, vectors, rest


def _read_binary(body: bytes, count: int, dim: int):
    """Return words and vectors from `word`, a space and 4 · dim bytes, a line's end or none, and the rest."""
    words, vectors, place = [], np.empty((count, dim), dtype=np.float32), 0
    for i in range(count):
        space = body.index(b" ", place)
        words.append(body[place:space].lstrip(b"\n").decode())
        vectors[i] = np.frombuffer(body, "<f4", dim, space + 1)
        place = space + 1 + 4 * dim
    return words, vectors, body[place:]
