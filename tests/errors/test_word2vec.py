"""Mistakes with Word2Vec, word vectors and their files end in errors that say what would do."""

import numpy as np
import pytest

from d2lmodels.data.word_tests import load_word_similarity
from d2lmodels.language.vectors import WordVectors
from d2lmodels.language.word2vec import Word2Vec
from d2lmodels.metrics.words import analogy_accuracy, similarity_correlation, spearman

TEXT = [["the", "cat", "sat"], ["the", "dog", "sat"]]
SOME = WordVectors(["apple", "ample", "pear"], np.eye(3))


def train(sentences=TEXT, **options):
    return Word2Vec(sentences, **{"dim": 4, "min_count": 1} | options)


def load(tmp_path, content, *, binary=False):
    (tmp_path / "x").write_bytes(content)
    return WordVectors.load_word2vec_format(tmp_path / "x", binary=binary)


VALUES = [
    (lambda: train([]), "sentences must hold words, got 0 sentences and no word"),
    (lambda: train([[], []]), "sentences must hold words, got 2 sentences and no word"),
    (lambda: train(min_count=3), "min_count 3 leaves no word: the most frequent of 4, 'the', is met 2 times"),
    (lambda: train(dim=0), "dim must be a whole number from 1 up, got 0"),
    (lambda: train(window=2.0), "window must be a whole number from 1 up, got 2.0"),
    (lambda: train(num_negatives=0), "num_negatives must be a whole number from 1 up, got 0"),
    (lambda: train(min_count=0), "min_count must be a whole number from 1 up, got 0"),
    (lambda: train(num_epochs=-1), "num_epochs must be a whole number from 1 up, got -1"),
    (lambda: train(num_threads=0), "num_threads must be a whole number from 1 up, got 0"),
    (lambda: train(seed=-1), "seed must be a whole number from 0 up, got -1"),
    (lambda: train(seed=None), "seed must be a whole number from 0 up, got None"),
    (lambda: train(architecture="skip-gram"), "architecture must be 'skipgram' or 'cbow', got 'skip-gram'"),
    (lambda: train(lr=0), "lr must be a number above 0, got 0"),
    (lambda: train(lr=float("nan")), "lr must be a number above 0, got nan"),
    (lambda: train(lr="fast"), "lr must be a number above 0, got 'fast'"),
    (lambda: train(subsample=-1e-3), "subsample must be a number from 0 up, got -0.001"),
    (lambda: train(subsample=float("inf")), "subsample must be a number from 0 up, got inf"),
    (lambda: train()["cst"], "word 'cst' is none of the 4 words; near it are 'sat', 'cat'"),
    (lambda: SOME["Appel"], "word 'Appel' is none of the 3 words; near it are 'apple'"),
    (lambda: SOME.most_similar("xyz"), "word 'xyz' is none of the 3 words$"),
    (
        lambda: SOME.analogy("apple", "pear", "appl"),
        "word 'appl' is none of the 3 words; near it are 'apple', ",
    ),
    (lambda: SOME.most_similar("pear", 0), "count must be a whole number from 1 up, got 0"),
    (
        lambda: SOME.analogy("pear", "apple", "ample", count=1.5),
        "count must be a whole number from 1 up, got 1.5",
    ),
    (lambda: SOME.most_similar(np.ones(2)), r"a word or 3 finite numbers, got an array \(2,\)"),
    (lambda: SOME.most_similar(np.full(3, np.nan)), "a word or 3 finite numbers, got an array .* with nan"),
    (
        lambda: WordVectors(["a"], np.ones((2, 3))),
        r"vectors must be \(1, dim\), a row for each word, got \(2, 3\)",
    ),
    (lambda: WordVectors(["a"], np.ones(1)), r"vectors must be \(1, dim\)"),
    (lambda: WordVectors(["a", "b", "a"], np.ones((3, 3))), "words must differ, got 'a' twice"),
    (lambda: WordVectors(["a"], np.array([[np.nan]])), "vectors must be finite"),
    (lambda: WordVectors(["a b"], np.ones((1, 1))).save_word2vec_format("/nowhere"), "no white space.*'a b'"),
    (lambda: WordVectors([""], np.ones((1, 1))).save_word2vec_format("/nowhere"), "no white space.*''"),
    (lambda: load_word_similarity("wordsim"), "name is 'wordsim'; it must be one of wordsim353, simlex999"),
    (lambda: spearman([1, 2], [1, 2, 3]), r"one length, 2 or more, got \(2,\) and \(3,\)"),
    (lambda: spearman([1, 1], [1, 2]), "x must hold finite numbers that are not all equal"),
    (lambda: spearman([1, 2], [1, float("nan")]), "y must hold finite numbers"),
    (lambda: similarity_correlation(["a"], np.ones((1, 2)), [("a", "b", 1.0)]), "words are known, got 0"),
    (
        lambda: analogy_accuracy(["a"], np.ones((1, 2)), [("a", "b", "c", "d")]),
        "four words are known, got none",
    ),
    (lambda: analogy_accuracy(["a"], np.ones((2, 2)), []), "a row for each of 1 words, got 2"),
]
TYPES = [
    (
        lambda: train("the cat sat"),
        "sentences must be lists of words, got the string 'the cat sat'; split it",
    ),
    (
        lambda: train(["the cat sat"]),
        "sentences must be lists of words, got the string 'the cat sat'; split it",
    ),
    (lambda: train([["a"], "b"]), "got the string 'b'"),
    (lambda: train([[1, 2], [2, 3]]), "words must be strings, got 2"),
    (lambda: SOME[3], "word must be a string, got 3"),
]
FILES = [
    (b"", False),
    (b"what is this", False),
    (b"2 2\na 1 2\n", False),  # cut short
    (b"1 2\na 1 2 3\n", False),
    (b"1 2\na 1 x\n", False),
    (b"1 2\na 1 2\nb 3 4\n", False),  # more than it says
    (b"1 3\na 1\n", False),
    (b"2 2\na 1 2\na 1 2\n", False),
    (b"1 1\na nan\n", False),
    (b"1 2\na 12345678\n", False),  # binary, read as text
    (b"1 2\na 1 2\n", True),  # text, read as binary
    (b"2 1\na 1234b 12", True),
    (b"1 1\na 1234more", True),
    (b"-1 2\n", False),
]


@pytest.mark.parametrize("mistake, says", VALUES)
def test_wrong_values(mistake, says):
    with pytest.raises(ValueError, match=says):
        mistake()


@pytest.mark.parametrize("mistake, says", TYPES)
def test_wrong_types(mistake, says):
    with pytest.raises(TypeError, match=says):
        mistake()


@pytest.mark.parametrize("content, binary", FILES)
def test_broken_files(tmp_path, content, binary):
    with pytest.raises(ValueError, match=rf"x is no word2vec file with binary={binary}: "):
        load(tmp_path, content, binary=binary)


def test_a_bad_word_leaves_the_old_file(tmp_path):
    SOME.save_word2vec_format(tmp_path / "x")
    before = (tmp_path / "x").read_bytes()
    with pytest.raises(ValueError):
        WordVectors(["fine", "not fine"], np.ones((2, 1))).save_word2vec_format(tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == before


def test_odd_but_right():
    assert train([["one", "word"]] * 3, subsample=0, lr=1).words == ["one", "word"]
    assert train([["alone"]]).most_similar("alone") == []
    assert train(sentence for sentence in TEXT).counts.tolist() == [2, 2, 1, 1]
    assert train([("the", "cat"), []]).words == ["the", "cat"]
    assert np.isfinite(train(TEXT * 50, lr=50.0, num_epochs=20).vectors).all()
