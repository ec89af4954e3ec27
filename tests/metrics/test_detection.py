"""Average precision by itself: worked examples, what is accepted, invariants."""

import numpy as np
import pytest
import torch

from d2lmodels.metrics.detection import (
    average_precision,
    interpolated,
    match,
    mean_average_precision,
    precision_recall,
)

A, B, FAR = [0, 0, 10, 10], [20, 0, 30, 10], [50, 50, 60, 60]
TRUTHS = [{"boxes": [A, B], "labels": [0, 0]}, {"boxes": [A], "labels": [1]}, {"boxes": [], "labels": []}]
PREDICTIONS = [
    {"boxes": [A, FAR, [20, 0, 30, 8]], "scores": [0.9, 0.8, 0.7], "labels": [0, 0, 0]},
    {"boxes": [A], "scores": [0.6], "labels": [0]},  # the right box under a wrong name
    {"boxes": [], "scores": [], "labels": []},
]


def converted(images, kind):
    """The same images, with boxes and scores of another kind and labels as an array."""
    return [
        {name: kind(numbers) for name, numbers in image.items()} | {"labels": np.array(image["labels"], int)}
        for image in images
    ]


def test_match():
    overlaps = np.array([[0.6, 0.9], [0.7, 0.8], [0.55, 0.3]])
    assert match(overlaps, 0.5).tolist() == [1, 0, -1]
    assert match(overlaps, 0.65).tolist() == [1, 0, -1]
    assert match(overlaps, 0.75).tolist() == [1, -1, -1]  # what is left overlaps too little
    assert match(np.array([[0.5]]), 0.5).tolist() == [0]
    assert match(np.array([[1 - 1e-12]]), 1.0).tolist() == [0]  # but for rounding they are equal
    assert match(np.array([[0.6, 0.6, 0.5]]), 0.5).tolist() == [1]  # of equal ones the last, as in COCO
    assert match(np.zeros((3, 0)), 0.5).tolist() == [-1, -1, -1]
    assert match(np.zeros((0, 3)), 0.5).tolist() == []


def test_each_step_of_a_worked_example():
    hits = np.array([True, False, True])  # of class 0, which has two truths
    precision, recall = precision_recall(hits, 2)
    np.testing.assert_allclose(precision, [1, 1 / 2, 2 / 3])
    np.testing.assert_allclose(recall, [1 / 2, 1 / 2, 1])
    curve = interpolated(precision, recall)
    np.testing.assert_allclose(curve, [1.0] * 51 + [2 / 3] * 50)
    table = average_precision(PREDICTIONS, TRUTHS)
    np.testing.assert_allclose(table, [[(51 + 50 * 2 / 3) / 101, 0.0]])
    assert mean_average_precision(PREDICTIONS, TRUTHS) == pytest.approx(table.mean())


def test_thresholds_and_labels():
    table = average_precision(PREDICTIONS, TRUTHS, thresholds=(0.5, 0.8, 0.81), labels=[1, 5, 0])
    np.testing.assert_allclose(table[:, 2], [(51 + 50 * 2 / 3) / 101, (51 + 50 * 2 / 3) / 101, 51 / 101])
    assert table[:, 0].tolist() == [0, 0, 0] and np.isnan(table[:, 1]).all()
    assert mean_average_precision(PREDICTIONS, TRUTHS, thresholds=(0.81,)) == pytest.approx(51 / 202)


def test_perfect_and_hopeless():
    perfect = [image | {"scores": [1.0] * len(image["labels"])} for image in TRUTHS]
    assert mean_average_precision(perfect, TRUTHS, thresholds=np.linspace(0.5, 1, 11)) == 1.0
    nothing = [{"boxes": [], "scores": [], "labels": []}] * 3
    assert mean_average_precision(nothing, TRUTHS) == 0.0


def test_a_second_box_on_one_thing_is_a_miss():
    truths = [{"boxes": [A, B], "labels": [0, 0]}]
    found = [{"boxes": [A, A, B], "scores": [0.9, 0.8, 0.7], "labels": [0, 0, 0]}]
    assert mean_average_precision(found, truths) == pytest.approx((51 + 50 * 2 / 3) / 101)


@pytest.mark.parametrize("kind", [np.array, torch.tensor, lambda x: torch.tensor(x).float().requires_grad_()])
def test_arrays_and_tensors(kind):
    given = [converted(images, kind) for images in (PREDICTIONS, TRUTHS)]
    assert average_precision(*given).tolist() == average_precision(PREDICTIONS, TRUTHS).tolist()


def test_invariants():
    generator = np.random.default_rng(0)
    truths, found = [], []
    for _ in range(8):
        corner, labels = generator.random((6, 2)) * 40, generator.integers(0, 2, 6)
        there = np.hstack([corner, corner + 10])
        near = there + generator.normal(0, 2, (6, 1))
        truths.append({"boxes": there, "labels": labels})
        found.append({"boxes": near, "scores": generator.random(6), "labels": labels})
    thresholds = np.linspace(0.1, 0.95, 18)
    table = average_precision(found, truths, thresholds=thresholds)
    assert ((table >= 0) & (table <= 1)).all() and 0 < table.mean() < 1
    assert (np.diff(table, axis=0) <= 1e-12).all()  # stricter is never easier
    one_by_one = [mean_average_precision(found, truths, thresholds=t) for t in thresholds]
    assert np.mean(one_by_one) == pytest.approx(table.mean())
    for change in (np.exp, lambda s: 5 * s - 9):  # only the order of scores counts
        changed = [image | {"scores": change(image["scores"])} for image in found]
        assert average_precision(changed, truths, thresholds=thresholds).tolist() == table.tolist()
    larger = [[image | {"boxes": image["boxes"] * 4} for image in images] for images in (found, truths)]
    assert average_precision(*larger, thresholds=thresholds).tolist() == table.tolist()
    backwards = average_precision(found[::-1], truths[::-1], thresholds=thresholds)
    np.testing.assert_allclose(backwards, table)
    extra = [image | {"labels": image["labels"] + 7} for image in found]  # of classes that are not there
    both = [{name: np.concatenate([a[name], b[name]]) for name in a} for a, b in zip(found, extra)]
    assert average_precision(both, truths, thresholds=thresholds).tolist() == table.tolist()
