"""Scores of word vectors on numbers small enough for a pencil; against scipy and gensim: tests/parity."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2lmodels.metrics.words import analogy_accuracy, ranks, similarity_correlation, spearman

LISTS = st.lists(st.integers(-9, 9), min_size=2, max_size=20).filter(lambda x: len(set(x)) > 1)


def test_rank_correlation_by_hand():
    assert spearman([1, 2, 3, 4, 5], [1, 2, 3, 5, 4]) == pytest.approx(1 - 6 * 2 / (5 * 24))
    assert spearman([0.1, 0.2, 0.3], [9, 4, 1]) == -1


@given(LISTS, st.permutations(range(20)))
def test_rank_correlation_sees_the_order_alone(x, order):
    y = [number**3 + 5 for number in x]
    assert spearman(x, y) == 1 and spearman(x, [-number for number in y]) == -1
    order = [k for k in order if k < len(x)]
    z = [(7 * number) % 5 + k / 50 for k, number in enumerate(x)]
    again = spearman([x[k] for k in order], [z[k] for k in order])
    assert spearman(x, z) == spearman(z, x) == pytest.approx(again) and -1 <= again <= 1


@given(LISTS)
def test_ranks_keep_their_sum_and_their_ties(x):
    places = ranks(np.array(x, dtype=float))
    assert places.sum() == len(x) * (len(x) + 1) / 2
    for a, p in zip(x, places):
        assert p == (2 * sum(b < a for b in x) + sum(b == a for b in x) + 1) / 2


def test_cosines_are_compared_and_unknown_words_left_out():
    vectors = np.array([[1.0, 0], [10, 1], [0, 3]])
    pairs = [("a", "b", 5.0), ("a", "c", 1.0), ("b", "c", 3.0), ("a", "x", 9.0), ("x", "y", 2.0)]
    assert similarity_correlation(["a", "b", "c"], vectors, pairs) == (1.0, 3)
    assert similarity_correlation(["c", "b", "a"], vectors, pairs)[0] == pytest.approx(0.5)


def test_analogies_leave_the_question_out_and_scale_the_vectors():
    words = ["man", "king", "woman", "queen", "tax", "couple"]
    vectors = np.array([[1.0, 0, 0], [5, 5, 0], [0, 0, 1], [0, 9, 9], [-1, 0, 0], [1, 0.5, 1]])
    ask = [("man", "king", "woman", "queen"), ("woman", "queen", "man", "king")]
    assert analogy_accuracy(words, vectors, ask) == (1.0, 2)
    wrong = ("man", "king", "woman", "tax")
    assert analogy_accuracy(words, vectors, [*ask, wrong, ("man", "king", "woman", "x")]) == (
        pytest.approx(2 / 3),
        3,
    )
    assert analogy_accuracy(words, vectors, ask * 600) == (1.0, 1200)  # more than are asked at once
