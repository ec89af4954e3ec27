"""Neighbours, analogies and files of word vectors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2lmodels.language.vectors import WordVectors

WORDS = ["king", "queen", "man", "woman", "tax"]
ROYAL = np.array([[1.0, 1, 0], [1, -1, 0], [0.1, 1, 0], [0.1, -1, 0], [0, 0.1, 2]])
SOME = WordVectors(WORDS, ROYAL)


def test_neighbours_by_hand():
    (first, cosine), *others = SOME.most_similar("man", count=10)
    assert first == "king" and cosine == pytest.approx(1.1 / np.sqrt(2 * 1.01))
    assert [word for word, _ in others] == ["tax", "queen", "woman"]  # all others, and not itself
    cosines = [cosine for _, cosine in SOME.most_similar("man")]
    assert cosines == sorted(cosines, reverse=True)


def test_a_vector_may_be_asked_for_and_its_length_does_not_matter():
    assert SOME.most_similar(ROYAL[4], 1) == [("tax", pytest.approx(1))]
    for k in (1e-3, 1.0, 50.0):
        assert [w for w, _ in SOME.most_similar(k * ROYAL[0])] == [w for w, _ in SOME.most_similar(ROYAL[0])]
    assert WordVectors(WORDS, 7 * ROYAL).most_similar("king") == [
        (word, pytest.approx(cosine, abs=1e-6)) for word, cosine in SOME.most_similar("king")
    ]
    assert SOME.most_similar(np.zeros(3), 1)[0][1] == 0


def test_man_is_to_king_as_woman_is_to_queen():
    assert SOME.analogy("man", "king", "woman")[0][0] == "queen"
    assert SOME.analogy("king", "man", "queen")[0][0] == "woman"
    assert {word for word, _ in SOME.analogy("man", "king", "woman", count=5)} == {"queen", "tax"}
    a, b, c = (SOME[word] / np.linalg.norm(SOME[word]) for word in ("man", "king", "woman"))
    wanted = (b - a + c) @ SOME.directions[1] / np.linalg.norm(b - a + c)
    assert SOME.analogy("man", "king", "woman")[0][1] == pytest.approx(wanted, abs=1e-6)


def test_a_vector_of_zeros_is_like_nothing():
    with np.errstate(all="raise"):
        some = WordVectors(["zero", "one"], np.array([[0.0, 0], [1, 2]]))
        assert some.most_similar("zero") == [("one", 0)] and some.most_similar("one") == [("zero", 0)]


def test_looking_up():
    assert "king" in SOME and "King" not in SOME
    np.testing.assert_allclose(SOME["queen"], [1, -1, 0])
    assert SOME.vectors.dtype == np.float32


@pytest.mark.parametrize("binary", [True, False])
@given(
    words=st.lists(
        st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda word: word.split() == [word]),
        min_size=1, max_size=6, unique=True,
    ),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_files_come_back_exactly(tmp_path_factory, binary, words, seed):
    path = tmp_path_factory.mktemp("vectors") / "words"
    vectors = np.random.default_rng(seed).normal(size=(len(words), 3)).astype(np.float32)
    vectors[0] = [1e-30, -3.4e38, 0.1]
    WordVectors(words, vectors).save_word2vec_format(path, binary=binary)
    back = WordVectors.load_word2vec_format(path, binary=binary)
    assert back.words == words
    np.testing.assert_array_equal(back.vectors, vectors)


def test_the_text_file_is_what_others_write(tmp_path):
    WordVectors(["a", "é"], np.array([[0.1, -2], [3, 0.5]])).save_word2vec_format(tmp_path / "x")
    assert (tmp_path / "x").read_text("utf-8") == "2 2\na 0.1 -2.0\né 3.0 0.5\n"
    WordVectors(["a"], np.array([[1.0, 2]])).save_word2vec_format(tmp_path / "x", binary=True)
    assert (tmp_path / "x").read_bytes() == b"1 2\na " + np.array([1, 2], "<f4").tobytes() + b"\n"


def test_binary_files_without_line_ends_are_read(tmp_path):
    numbers = np.array([[1, 2], [3, 4]], "<f4")
    (tmp_path / "x").write_bytes(b"2 2\na " + numbers[0].tobytes() + b"b " + numbers[1].tobytes())
    back = WordVectors.load_word2vec_format(tmp_path / "x", binary=True)
    assert back.words == ["a", "b"]
    np.testing.assert_array_equal(back.vectors, numbers)
