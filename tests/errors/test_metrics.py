"""Mistakes with scores end in errors that say what was wrong, what was got and what is wanted."""

import numpy as np
import pytest

from d2lmodels.metrics.classification import (
    accuracy,
    confusion_matrix,
    f1,
    precision,
    recall,
    roc_auc,
    roc_curve,
)

Y, LOGITS = [0, 1, 2], np.eye(3)

BAD_PAIRS = [
    (Y, [0, 1], ValueError, "y and y_hat must have one length, got 3 and 2"),
    (
        Y,
        LOGITS,
        ValueError,
        r"y_hat must be labels of shape \(n,\), got \(3, 3\); of logits, take the argmax",
    ),
    (LOGITS, Y, ValueError, r"y must be labels of shape \(n,\), got \(3, 3\)"),
    (1, 1, ValueError, r"y must be labels of shape \(n,\), got \(\)$"),
    ([], [], ValueError, r"y must be labels of shape \(n,\), got \(0,\)"),
    (Y, [0.0, 1.0, 0.7], ValueError, "y_hat must be class labels, got fractions such as 0.7"),
    (Y, [0.0, 1.0, np.nan], ValueError, "y_hat must be class labels, got fractions such as nan"),
    (Y, ["a", "b", "c"], TypeError, "both be numbers or both be words, got int64 and <U1"),
    (Y, [None] * 3, TypeError, "y_hat must be whole numbers or words, got dtype object"),
    ([1j] * 3, Y, TypeError, "y must be whole numbers or words, got dtype complex128"),
]


@pytest.mark.parametrize("score", [accuracy, confusion_matrix, precision, recall, f1])
@pytest.mark.parametrize("y, y_hat, error, message", BAD_PAIRS)
def test_labels(score, y, y_hat, error, message):
    with pytest.raises(error, match=message):
        score(y, y_hat)


BAD = [
    (lambda: confusion_matrix(Y, Y, labels=[0, 1]), ValueError, r"each of \[0, 1, 2\] once, got \[0, 1\]"),
    (lambda: confusion_matrix(Y, Y, labels=[0, 1, 2, 2]), ValueError, r"once, got \[0, 1, 2, 2\]"),
    (lambda: confusion_matrix(Y, Y, labels=["a"]), ValueError, r"once, got \['a'\]"),
    (
        lambda: confusion_matrix(Y, Y, labels=3),
        ValueError,
        r"labels must be labels of shape \(n,\), got \(\)",
    ),
    (lambda: f1(Y, Y), ValueError, r"average='binary'.* 0 and 1, or -1 and 1, got \[0, 1, 2\]"),
    (lambda: f1([0, 1], [-1, 1]), ValueError, r"0 and 1, or -1 and 1, got \[-1, 0, 1\]"),
    (lambda: recall(["a"], ["b"]), ValueError, r"0 and 1, or -1 and 1, got \['a', 'b'\]"),
    (lambda: precision(Y, Y, average="mean"), ValueError, "average must be None, 'binary', .* got 'mean'"),
    (lambda: roc_auc([1, 1, 1], [0.1, 0.2, 0.3]), ValueError, "both classes, or a rate is 0/0, got only 1"),
    (lambda: roc_auc([0], [0.1]), ValueError, "both classes, or a rate is 0/0, got only 0"),
    (lambda: roc_curve([0, 0], [0.1, 0.2]), ValueError, "both classes, or a rate is 0/0, got only 0"),
    (lambda: roc_curve([0, 1], [0.1]), ValueError, r"scores must have y's shape \(2,\), got \(1,\)"),
    (lambda: roc_curve(Y, [0.1, 0.2, 0.3]), ValueError, r"y must hold no other labels .* got \[0, 1, 2\]"),
    (lambda: roc_curve([0.2, 0.8], [0, 1]), ValueError, "y must be class labels, got fractions such as 0.2"),
    (lambda: roc_curve([0, 1], [np.nan, 1]), ValueError, "scores must be finite"),
    (lambda: roc_curve([0, 1], [np.inf, 1]), ValueError, "scores must be finite"),
    (lambda: roc_curve([0, 1], ["0", "1"]), TypeError, "scores must be numbers, got dtype <U1"),
    (lambda: roc_auc([0, 1], [LOGITS, LOGITS]), ValueError, r"scores must be .* got \(2, 3, 3\) for n = 2"),
    (lambda: roc_auc([0, 1], LOGITS), ValueError, r"scores must be .* got \(3, 3\) for n = 2"),
    (lambda: roc_auc([0, 1, 1], LOGITS), ValueError, r"y must hold each class from 0 to 2, got \[0, 1\]"),
    (lambda: roc_auc([1, 2, 3], LOGITS), ValueError, r"y must hold each class from 0 to 2, got \[1, 2, 3\]"),
]


@pytest.mark.parametrize("call, error, message", BAD)
def test_bad_input_says_what_is_wanted(call, error, message):
    with pytest.raises(error, match=message):
        call()
