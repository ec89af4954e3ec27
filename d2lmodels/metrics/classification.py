"""Scores of a classifier: counts of right and wrong answers, the ROC curve and its area.

Not here: weights of examples, several labels for one example, curves of precision against recall.
"""

import numpy as np
from jaxtyping import Float, Int, Shaped

Scores = float | Float[np.ndarray, " num_classes"]


def as_array(numbers) -> Shaped[np.ndarray, "..."]:
    """Return a list, an array or a tensor, on any device, as an array."""
    return np.asarray(numbers.detach().cpu() if hasattr(numbers, "detach") else numbers)


def as_labels(numbers, name: str) -> Shaped[np.ndarray, " n"]:
    """Return class labels as an array.

    name: what they are called in errors. Raises ValueError where they are none at all, not along one
    axis or fractions, TypeError where they are neither numbers nor words.
    """
    array = as_array(numbers)
    if array.ndim != 1 or len(array) == 0:
        hint = "; of logits, take the argmax" if array.ndim == 2 else ""
        raise ValueError(f"{name} must be labels of shape (n,), got {array.shape}{hint}")
    if array.dtype.kind not in "biufU":  # bool, int, unsigned, float, words
        raise TypeError(f"{name} must be whole numbers or words, got dtype {array.dtype}")
    if array.dtype.kind == "f" and (array != np.floor(array)).any():
        fraction = array[array != np.floor(array)][0]
        raise ValueError(f"{name} must be class labels, got fractions such as {fraction}")
    return array


def as_pair(y, y_hat) -> tuple[Shaped[np.ndarray, " n"], Shaped[np.ndarray, " n"]]:
    """Return true and predicted labels as arrays.

    Raises ValueError for two lengths, TypeError for words on one side and numbers on the other.
    """
    y, y_hat = as_labels(y, "y"), as_labels(y_hat, "y_hat")
    if len(y) != len(y_hat):
        raise ValueError(f"y and y_hat must have one length, got {len(y)} and {len(y_hat)}")
    if (y.dtype.kind == "U") != (y_hat.dtype.kind == "U"):
        got = f"{y.dtype} and {y_hat.dtype}"
        raise TypeError(f"y and y_hat must both be numbers or both be words, got {got}")
    return y, y_hat


def check_binary(labels: Shaped[np.ndarray, " n"], name: str) -> None:
    """Raise ValueError where other labels than 0 and 1, or −1 and 1, occur."""
    present = set(labels.tolist())
    if not (present <= {0, 1} or present <= {-1, 1}):
        wanted, got = "0 and 1, or -1 and 1", sorted(present)[:5]
        raise ValueError(f"{name} must hold no other labels than {wanted}, got {got}")


def accuracy(y, y_hat) -> float:
    """Return the fraction of examples whose predicted label is the true one.

    y, y_hat: `(n,)`, true and predicted labels, whole numbers or words. Raises ValueError or TypeError
    for anything else.

    >>> accuracy([0, 1, 2, 2], [0, 1, 1, 2])
    0.75
    """
    y, y_hat = as_pair(y, y_hat)
    return float((y == y_hat).mean())


def confusion_matrix(y, y_hat, *, labels=None) -> Int[np.ndarray, "classes classes"]:
    """Count the examples of each true class (row) that were given each label (column).

    y, y_hat: `(n,)`, true and predicted labels. labels: the classes in the order wanted, among them all
    that occur; those that occur, sorted, unless given. Raises ValueError or TypeError for anything else.

    >>> confusion_matrix([0, 1, 2, 2], [0, 1, 1, 2])
    array([[1, 0, 0],
           [0, 1, 0],
           [0, 1, 1]])
    """
    y, y_hat = as_pair(y, y_hat)
    present = np.union1d(y, y_hat).tolist()
    labels = present if labels is None else as_labels(labels, "labels").tolist()
    place = {label: k for k, label in enumerate(labels)}
    if len(place) < len(labels) or not place.keys() >= set(present):
        raise ValueError(f"labels must hold each of {present} once, got {labels}")
    matrix = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for true, predicted in zip(y.tolist(), y_hat.tolist()):
        matrix[place[true], place[predicted]] += 1
    return matrix


def divide(part, whole) -> Float[np.ndarray, "..."]:
    """Divide number by number, with 0/0 = 0.

    >>> divide([1, 0], [2, 0])
    array([0.5, 0. ])
    """
    part, whole = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    return np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)


def count(y, y_hat, *, average, labels) -> tuple[Int[np.ndarray, " num_classes"], ...]:
    """Return `hits, found, there` for each class, read off the confusion matrix.

    found: how many examples were given its label; there: how many are of the class; hits: both. For
    average="binary" the classes are "not 1" and 1.
    """
    if average == "binary":
        y, y_hat = as_pair(y, y_hat)
        check_binary(np.append(y, y_hat), "y and y_hat (for average='binary')")
        y, y_hat, labels = (y == 1).astype(int), (y_hat == 1).astype(int), [0, 1]
    matrix = confusion_matrix(y, y_hat, labels=labels)
    return matrix.diagonal(), matrix.sum(0), matrix.sum(1)


def averaged(hits, whole, *, there, average) -> Scores:
    """Return hits / whole: of each class, or the average of them that is asked for.

    average: None for an array, one number for each class; "macro", their mean; "weighted", their mean
    weighted by how many examples are `there` of each class; "micro", the sums over the classes divided;
    "binary", the number of class 1.
    """
    if average == "micro":
        return float(divide(hits.sum(), whole.sum()))
    scores = divide(hits, whole)  # (num_classes,)
    if average is None:
        return scores
    weights = {"binary": [0, 1], "macro": np.ones(len(scores)), "weighted": there}
    if average not in weights:
        wanted = "None, 'binary', 'macro', 'micro' or 'weighted'"
        raise ValueError(f"average must be {wanted}, got {average!r}")
    return float(np.average(scores, weights=weights[average]))


def precision(y, y_hat, *, average="binary", labels=None) -> Scores:
    """Return what fraction of the examples that were given a label are of its class.

    y, y_hat: `(n,)`, true and predicted labels. average: None, "binary", "macro", "micro" or "weighted",
    as `averaged` says. labels: as of `confusion_matrix`. A class that is never predicted has precision
    0/0, which counts as 0, in averages too. Raises ValueError or TypeError for anything else, and
    ValueError for average="binary" where other labels than 0 and 1, or −1 and 1, occur.

    >>> precision([0, 1, 2, 2], [0, 1, 1, 2], average=None)
    array([1. , 0.5, 1. ])
    """
    hits, found, there = count(y, y_hat, average=average, labels=labels)
    return averaged(hits, found, there=there, average=average)


def recall(y, y_hat, *, average="binary", labels=None) -> Scores:
    """Return what fraction of the examples of a class were given its label.

    Arguments and errors as of `precision`. A class with no examples has recall 0/0, which counts as 0.

    >>> recall([0, 1, 2, 2], [0, 1, 1, 2], average=None)
    array([1. , 1. , 0.5])
    """
    hits, _, there = count(y, y_hat, average=average, labels=labels)
    return averaged(hits, there, there=there, average=average)


def f1(y, y_hat, *, average="binary", labels=None) -> Scores:
    """Return the harmonic mean of precision and recall: hits / mean(found, there).

    Arguments and errors as of `precision`. A class that is neither there nor found has 0/0, which counts
    as 0. van Rijsbergen, "Information retrieval" (1979), chapter 7, with equal weights.

    >>> f1([0, 1, 2, 2], [0, 1, 1, 2], average=None).round(4)
    array([1.    , 0.6667, 0.6667])
    """
    hits, found, there = count(y, y_hat, average=average, labels=labels)
    return averaged(hits, (found + there) / 2, there=there, average=average)


def as_scores(scores) -> Float[np.ndarray, "..."]:
    """Return scores as floating numbers; raise TypeError or ValueError if they are none."""
    scores = as_array(scores)
    if scores.dtype.kind not in "biuf":
        raise TypeError(f"scores must be numbers, got dtype {scores.dtype}")
    if not np.isfinite(scores).all():
        raise ValueError("scores must be finite, got NaN or infinity among them")
    return scores.astype(float)


def roc_curve(y, scores) -> tuple[Float[np.ndarray, " k"], ...]:
    """Return `false_positive_rate, true_positive_rate, thresholds`, point by point.

    y: `(n,)`, 0 or 1 (or −1 and 1). scores: `(n,)`, finite; higher means more likely 1. An example is
    called 1 where its score is at least the threshold; the thresholds are ∞ and the scores that occur,
    falling, so equal scores pass together. Raises ValueError for other shapes or numbers, and where
    only one class occurs: one of the two rates is then undefined.

    >>> roc_curve([0, 1, 0, 1], [0.1, 0.4, 0.4, 0.8])
    (array([0. , 0. , 0.5, 1. ]), array([0. , 0.5, 1. , 1. ]), array([inf, 0.8, 0.4, 0.1]))
    """
    y, scores = as_labels(y, "y"), as_scores(scores)
    check_binary(y, "y")
    if scores.shape != y.shape:
        raise ValueError(f"scores must have y's shape {y.shape}, got {scores.shape}")
    if len(set(y.tolist())) == 1:
        raise ValueError(f"y must hold both classes, or a rate is 0/0, got only {y[0]}")
    order = np.argsort(-scores)
    positive, scores = (y == 1)[order], scores[order]
    last = np.flatnonzero(np.append(scores[1:] != scores[:-1], True))  # of each tie
    hits = positive.cumsum()[last]
    false_alarms = last + 1 - hits
    rates = [np.append(0.0, counts / counts[-1]) for counts in (false_alarms, hits)]
    return *rates, np.append(np.inf, scores[last])


def roc_auc(y, scores) -> float:
    """Return the area under the ROC curve: how often a 1 scores above a 0, ties half.

    y: `(n,)`, 0 or 1 (or −1 and 1), with scores `(n,)`; or class numbers from 0 to num_classes − 1, with
    scores `(n, num_classes)`, of which the mean over the classes is taken, each against the rest. Raises
    as `roc_curve` does, so also where a class does not occur. Hanley and McNeil, "The meaning and use of
    the area under a receiver operating characteristic (ROC) curve" (1982).

    >>> roc_auc([0, 1, 0, 1], [0.1, 0.4, 0.4, 0.8])
    0.875
    """
    scores = as_scores(scores)
    if scores.ndim == 1:
        false_positive_rate, true_positive_rate, _ = roc_curve(y, scores)
        return float(np.trapezoid(true_positive_rate, false_positive_rate))
    y = as_labels(y, "y")
    if scores.ndim != 2 or len(scores) != len(y):
        got = f"{scores.shape} for n = {len(y)}"
        raise ValueError(f"scores must be (n,) or (n, num_classes), got {got}")
    classes = np.arange(scores.shape[1])
    if not np.array_equal(np.unique(y), classes):
        got = np.unique(y).tolist()
        raise ValueError(f"y must hold each class from 0 to {len(classes) - 1}, got {got}")
    return float(np.mean([roc_auc(y == c, scores[:, c]) for c in classes]))
