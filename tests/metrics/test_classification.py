"""Scores of classifiers by themselves: worked examples, what is accepted, invariants."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from d2lmodels.metrics.classification import (
    accuracy,
    confusion_matrix,
    f1,
    precision,
    recall,
    roc_auc,
    roc_curve,
)

Y, Y_HAT = [0, 0, 0, 1, 1, 2], [0, 1, 0, 1, 2, 2]  # 2 of 3 zeros, 1 of 2 ones, 1 of 1 twos found
SCORES = (precision, recall, f1)
PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1).map(lambda p: tuple(zip(*p)))


def test_a_worked_example():
    assert accuracy(Y, Y_HAT) == 4 / 6
    assert confusion_matrix(Y, Y_HAT).tolist() == [[2, 1, 0], [0, 1, 1], [0, 0, 1]]
    np.testing.assert_allclose(precision(Y, Y_HAT, average=None), [2 / 2, 1 / 2, 1 / 2])
    np.testing.assert_allclose(recall(Y, Y_HAT, average=None), [2 / 3, 1 / 2, 1 / 1])
    np.testing.assert_allclose(f1(Y, Y_HAT, average=None), [4 / 5, 1 / 2, 2 / 3])
    assert precision(Y, Y_HAT, average="macro") == pytest.approx(2 / 3)
    assert recall(Y, Y_HAT, average="weighted") == pytest.approx(4 / 6)
    assert f1(Y, Y_HAT, average="micro") == pytest.approx(4 / 6)


def test_two_classes():
    y, y_hat = [1, 1, 1, 0, 0], [1, 1, 0, 1, 0]
    assert (precision(y, y_hat), recall(y, y_hat), f1(y, y_hat)) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    signs = [[2 * label - 1 for label in labels] for labels in (y, y_hat)]
    bools = [[bool(label) for label in labels] for labels in (y, y_hat)]
    for score in SCORES:
        assert score(y, y_hat) == score(*signs) == score(*bools)


def test_zero_over_zero_counts_as_zero():
    assert [score([0, 0], [0, 0]) for score in SCORES] == [0.0, 0.0, 0.0]
    assert precision([1, 1], [0, 0]) == recall([0, 0], [1, 1]) == f1([1, 0], [0, 0]) == 0.0
    assert precision([0, 1], [0, 0], average=None).tolist() == [0.5, 0.0]
    assert f1([0, 0], [0, 0], average="macro", labels=[0, 1]) == 0.5


def test_labels_set_the_order_and_name_classes_that_do_not_occur():
    matrix = confusion_matrix([0, 2], [0, 0], labels=[2, 1, 0])
    assert matrix.tolist() == [[0, 0, 1], [0, 0, 0], [0, 0, 1]]
    assert recall([0, 2], [0, 0], average=None, labels=[2, 1, 0]).tolist() == [0, 0, 1]
    assert confusion_matrix(["cat", "dog"], ["dog", "dog"]).tolist() == [[0, 1], [0, 1]]


def test_a_worked_curve():
    y, scores = [0, 1, 0, 1, 1], [0.1, 0.3, 0.3, 0.6, 0.9]
    false_positive_rate, true_positive_rate, thresholds = roc_curve(y, scores)
    np.testing.assert_allclose(false_positive_rate, [0, 0, 0, 1 / 2, 1])
    np.testing.assert_allclose(true_positive_rate, [0, 1 / 3, 2 / 3, 1, 1])
    assert thresholds.tolist() == [np.inf, 0.9, 0.6, 0.3, 0.1]
    assert roc_auc(y, scores) == pytest.approx((1 / 2 + 5) / 6)  # of six pairs five are right, one ties
    assert (
        roc_auc([0, 1], [0.0, 1.0]) == 1.0
        and roc_auc([0, 1], [1, 0]) == 0.0
        and roc_auc([0, 1], [3, 3]) == 0.5
    )


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor, lambda y: np.array(y, np.uint8), np.float32])
def test_lists_arrays_and_tensors(kind):
    y, y_hat = kind(Y), kind(Y_HAT)
    assert accuracy(y, y_hat) == accuracy(Y, Y_HAT)
    assert confusion_matrix(y, y_hat).tolist() == confusion_matrix(Y, Y_HAT).tolist()
    assert precision(y, Y_HAT, average="macro") == precision(Y, y_hat, average="macro")
    assert roc_auc(kind([0, 1, 1]), kind([1, 1, 2])) == 0.75


def test_tensors_that_want_a_gradient():
    scores = torch.tensor([0.1, 0.7, 0.4], requires_grad=True)
    assert roc_auc(torch.tensor([0, 1, 1]), scores) == 1.0


def test_averages_are_plain_numbers():
    for average in ("macro", "micro", "weighted"):
        assert all(type(score(Y, Y_HAT, average=average)) is float for score in SCORES)
    assert {type(accuracy(Y, Y_HAT)), type(roc_auc([0, 1], [0, 1])), type(f1([1], [1]))} == {float}


@given(PAIRS)
def test_invariants(pair):
    y, y_hat = pair
    matrix = confusion_matrix(y, y_hat)
    assert matrix.sum() == len(y)
    assert confusion_matrix(y_hat, y).tolist() == matrix.T.tolist()
    assert accuracy(y, y_hat) == pytest.approx(matrix.trace() / len(y))
    for score in SCORES:
        assert score(y, y_hat, average="micro") == pytest.approx(accuracy(y, y_hat))
    assert recall(y, y_hat, average="weighted") == pytest.approx(accuracy(y, y_hat))
    np.testing.assert_allclose(precision(y, y_hat, average=None), recall(y_hat, y, average=None))


@given(st.lists(st.tuples(st.booleans(), st.integers(-5, 5)), min_size=2))
def test_the_area_counts_pairs_in_the_right_order(examples):
    positive = [score for label, score in examples if label]
    negative = [score for label, score in examples if not label]
    if not positive or not negative:
        return
    y, scores = zip(*examples)
    wins = np.mean([(p > n) + (p == n) / 2 for p in positive for n in negative])
    assert roc_auc(y, scores) == pytest.approx(wins)
    assert roc_auc(y, [-score for score in scores]) == pytest.approx(1 - wins)
    assert roc_auc(y, np.exp(scores)) == pytest.approx(wins)  # only their order counts
