"""The digits are MNIST's, on the scale promised, and split evenly and the same everywhere."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from d2lmodels.data import load_digits


@pytest.fixture(scope="module")
def digits():
    return load_digits()


def test_shapes_types_and_scale(digits):
    X_train, y_train, X_test, y_test = digits
    assert (X_train.shape, y_train.shape) == ((4000, 784), (4000,))
    assert (X_test.shape, y_test.shape) == ((1000, 784), (1000,))
    assert X_train.dtype == X_test.dtype == np.float32
    assert y_train.dtype == y_test.dtype == np.int64
    assert X_train.min() == 0
    assert X_train.max() == 1
    assert 0.12 < X_train.mean() < 0.14  # paper is 0 and ink is 1, not the other way round


def test_the_split_of_seed_0_is_the_same_everywhere(digits):
    X_train, y_train, X_test, y_test = digits
    pixels = np.rint(np.concatenate([X_train, X_test]) * 255).astype(np.uint8)
    answers = np.concatenate([y_train, y_test]).astype(np.uint8)
    digest = hashlib.sha256(pixels.tobytes() + answers.tobytes()).hexdigest()
    assert digest == "f0d41fdc08e690e4f2771718108f13c9bf4a46acb007ec4a1501d600dc9ebacc"


def test_labels_belong_to_their_rows(digits):
    X_train, y_train, X_test, y_test = digits
    means = np.stack([X_train[y_train == digit].mean(axis=0) for digit in range(10)])  # (10, 784)
    distances = ((X_test[:, None] - means) ** 2).sum(axis=2)  # (1000, 10)
    assert (distances.argmin(axis=1) == y_test).mean() > 0.75


def test_the_order_says_nothing_about_the_class(digits):
    for y in digits[1], digits[3]:
        for part in np.split(y, 10):
            counts = np.bincount(part, minlength=10)
            expected = len(part) / 10
            assert ((counts - expected) ** 2 / expected).sum() < 33.7  # χ² of 9 degrees: 1 in 10,000


@settings(max_examples=10)
@given(per_class=st.integers(1, 499), seed=st.integers(0, 2**64))
def test_every_split_is_even_and_loses_nothing(per_class, seed):
    X_train, y_train, X_test, y_test = load_digits(test_size=10 * per_class, seed=seed)
    np.testing.assert_array_equal(np.bincount(y_test), [per_class] * 10)
    np.testing.assert_array_equal(np.bincount(y_train), [500 - per_class] * 10)
    rows = np.sort(np.concatenate([X_train, X_test]).sum(axis=1, dtype=np.float64))
    X_0, _, X_1, _ = load_digits()
    np.testing.assert_allclose(rows, np.sort(np.concatenate([X_0, X_1]).sum(axis=1, dtype=np.float64)))


def test_a_seed_decides(digits):
    np.testing.assert_array_equal(load_digits(seed=0)[2], digits[2])
    assert not np.array_equal(load_digits(seed=1)[2], digits[2])
