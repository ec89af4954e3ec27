"""Scores of masks against scikit-learn's and slow versions; absent classes and ignored labels among them."""

import numpy as np
import pytest
import sklearn.metrics
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from d2lmodels.metrics.segmentation import boundary, boundary_score, pixel_counts, pixel_dice, pixel_iou

SCORES = [(pixel_iou, sklearn.metrics.jaccard_score), (pixel_dice, sklearn.metrics.f1_score)]
SCORE = pytest.mark.parametrize("score, sklearn_score", SCORES, ids=["iou", "dice"])


def masks(seed, *shape, classes=5):
    generator = np.random.default_rng(seed)
    some = generator.choice(classes, generator.integers(1, classes + 1), replace=False)
    return generator.choice(some, shape), generator.integers(0, classes, shape)


@SCORE
@pytest.mark.parametrize("seed", range(20))
def test_scores_are_scikit_learns(score, sklearn_score, seed):
    y, y_hat = masks(seed, 2, 3, 2)
    found = score(y, y_hat, num_classes=5)
    wanted = sklearn_score(y.ravel(), y_hat.ravel(), labels=range(5), average=None, zero_division=0)
    np.testing.assert_allclose(np.nan_to_num(found), wanted, rtol=1e-12)
    there = np.bincount(np.r_[y.ravel(), y_hat.ravel()], minlength=5) > 0
    assert (np.isnan(found) == ~there).all()
    np.testing.assert_array_equal(score(torch.from_numpy(y), y_hat.tolist(), num_classes=5), found)


@SCORE
@pytest.mark.parametrize("seed", range(10))
def test_ignored_pixels_do_not_count(score, sklearn_score, seed):
    y, y_hat = masks(seed, 40)
    y[::3] = 255
    left = y != 255
    found = score(y, y_hat, num_classes=5, ignore_index=255)
    wanted = sklearn_score(y[left], y_hat[left], labels=range(5), average=None, zero_division=0)
    np.testing.assert_allclose(np.nan_to_num(found), wanted, rtol=1e-12)
    assert np.isnan(score(np.full(4, 255), np.zeros(4, int), num_classes=2, ignore_index=255)).all()


def test_dice_is_a_function_of_iou():
    y, y_hat = masks(3, 200)
    iou = pixel_iou(y, y_hat, num_classes=5)
    np.testing.assert_allclose(pixel_dice(y, y_hat, num_classes=5), 2 * iou / (1 + iou))
    assert pixel_counts(y, y_hat, num_classes=5)[1:].sum() == 400


def slow_boundary(mask):
    edge = np.zeros_like(mask)
    height, width = mask.shape
    for i, j in np.ndindex(height, width):
        for di, dj in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            k, m = i + di, j + dj
            if mask[i, j] and 0 <= k < height and 0 <= m < width and not mask[k, m]:
                edge[i, j] = True
    return edge


def slow_boundary_score(y, y_hat, tolerance):
    near, counts = [0, 0], [0, 0]
    for one, other in zip(y, y_hat):
        edges = slow_boundary(one), slow_boundary(other)
        for k in (0, 1):
            places = np.argwhere(edges[1 - k])
            for place in np.argwhere(edges[k]):
                counts[k] += 1
                near[k] += any(abs(place - there).max() <= tolerance for there in places)
    if not sum(counts):
        return np.nan
    recall, precision = (n / c if c else 0 for n, c in zip(near, counts))
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 2), st.sampled_from([0.0, 0.2, 0.7, 1.0]))
def test_boundary_score_is_the_slow_one(seed, tolerance, density):
    generator = np.random.default_rng(seed)
    y, y_hat = generator.random((2, 6, 7)) < density, generator.random((2, 6, 7)) < 0.6
    edges = boundary(torch.from_numpy(y)).numpy()
    np.testing.assert_array_equal(edges, np.stack([slow_boundary(mask) for mask in y]))
    found = boundary_score(y, y_hat, tolerance=tolerance)
    np.testing.assert_allclose(found, slow_boundary_score(y, y_hat, tolerance), rtol=1e-12)


def test_boundary_score_of_nothing_is_nan_and_of_a_miss_is_0():
    empty, full = np.zeros((4, 4), bool), np.pad(np.ones((2, 2), bool), 1)
    assert np.isnan(boundary_score(empty, empty))
    assert boundary_score(empty, full) == boundary_score(full, empty) == 0
    assert boundary_score(full, full, tolerance=0) == 1


def test_images_are_not_mixed():
    y = np.zeros((2, 5, 5), int)
    y[0, 1:4, 1:4] = 1
    assert boundary_score(y, y[::-1]) == 0
