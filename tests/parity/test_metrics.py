"""Scores of classifiers against scikit-learn's: ties, absent classes and one class only among the cases."""

import warnings

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st

from d2lmodels.metrics import classification as ours

SCORES = [
    (ours.precision, sklearn.metrics.precision_score),
    (ours.recall, sklearn.metrics.recall_score),
    (ours.f1, sklearn.metrics.f1_score),
]
SCORE = pytest.mark.parametrize("score, sklearn_score", SCORES, ids=["precision", "recall", "f1"])


@st.composite
def answers(draw, values=(0, 1, 2, 3, 7)):
    """Return y and y_hat, each from its own few classes, so that some occur in one alone or in neither."""
    few = st.lists(st.sampled_from(values), min_size=1, unique=True)
    n = draw(st.integers(1, 12))
    return [draw(st.lists(st.sampled_from(draw(few)), min_size=n, max_size=n)) for _ in range(2)]


def assert_equal(got, wanted):
    assert np.shape(got) == np.shape(wanted)
    np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=0)
    assert np.isfinite(got).all()


@given(answers())
def test_accuracy_and_confusion_matrix(pair):
    y, y_hat = pair
    assert_equal(ours.accuracy(y, y_hat), sklearn.metrics.accuracy_score(y, y_hat))
    for labels in (None, [7, 3, 2, 1, 0], range(10)):
        labels = labels and list(labels)
        with warnings.catch_warnings(action="ignore"):  # it warns of a matrix for one class
            wanted = sklearn.metrics.confusion_matrix(y, y_hat, labels=labels)
        assert_equal(ours.confusion_matrix(y, y_hat, labels=labels), wanted)


@SCORE
@given(answers(), st.sampled_from([None, "macro", "micro", "weighted"]))
def test_several_classes(score, sklearn_score, pair, average):
    for labels in (None, [7, 3, 2, 1, 0, 5]):
        options = {"average": average, "labels": labels}
        assert_equal(score(*pair, **options), sklearn_score(*pair, zero_division=0, **options))


@SCORE
@given(answers(values=(0, 1)) | answers(values=(-1, 1)) | answers(values=(False, True)))
def test_two_classes(score, sklearn_score, pair):
    assert_equal(score(*pair), sklearn_score(*pair, zero_division=0))


@SCORE
@given(answers(values=("cat", "dog", "eel")))
def test_words(score, sklearn_score, pair):
    assert_equal(score(*pair, average=None), sklearn_score(*pair, zero_division=0, average=None))


SCORES_WITH_TIES = st.integers(-3, 3).map(lambda k: k / 4) | st.floats(-1e6, 1e6)


@given(st.lists(st.tuples(st.integers(0, 1), SCORES_WITH_TIES), min_size=2), st.booleans())
def test_roc(examples, with_signs):
    y, scores = map(np.array, zip(*examples))
    if len(set(y)) < 2:
        with pytest.raises(ValueError, match="must hold both classes"):
            ours.roc_auc(y, scores)
        return
    y = 2 * y - 1 if with_signs else y
    for got, wanted in zip(
        ours.roc_curve(y, scores), sklearn.metrics.roc_curve(y, scores, drop_intermediate=False)
    ):
        np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=0)
    assert_equal(ours.roc_auc(y, scores), sklearn.metrics.roc_auc_score(y, scores))


@given(st.integers(3, 5), st.integers(0, 1000))
def test_roc_auc_of_several_classes(num_classes, seed):
    generator = np.random.default_rng(seed)
    y = np.append(np.arange(num_classes), generator.integers(0, num_classes, 20))
    scores = generator.integers(1, 4, (len(y), num_classes)).astype(float)  # with ties
    scores /= scores.sum(1, keepdims=True)  # scikit-learn wants probabilities
    wanted = sklearn.metrics.roc_auc_score(y, scores, multi_class="ovr", average="macro")
    assert_equal(ours.roc_auc(y, scores), wanted)


@pytest.mark.parametrize("kind", [np.float32, np.float16, np.int8, np.uint8, bool])
def test_scores_of_every_dtype(kind):
    generator = np.random.default_rng(0)
    y, scores = generator.integers(0, 2, 200), (generator.random(200) * 100).astype(kind)
    assert_equal(ours.roc_auc(y, scores), sklearn.metrics.roc_auc_score(y, scores))
