"""Losses of a segmentation by hand, their gradients, and the border between items against slow versions."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from torch.autograd import gradcheck

from d2lmodels.vision.unet_loss import border_weights, dice_loss, distances, pixel_loss, separated


def case(seed=0, *, batch=2, classes=3, height=4, width=5):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(batch, classes, height, width, dtype=torch.float64, generator=generator)
    return logits, torch.randint(classes, (batch, height, width), generator=generator)


def slow_dice(logits, y, smooth, ignore):
    p = logits.softmax(1)
    scores = []
    for k in range(logits.shape[1]):
        both = found = there = 0.0
        for b, i, j in np.ndindex(*y.shape):
            if y[b, i, j] != ignore:
                both += p[b, k, i, j] * (y[b, i, j] == k)
                found += p[b, k, i, j]
                there += float(y[b, i, j] == k)
        scores.append((2 * both + smooth) / (found + there + smooth))
    return 1 - sum(scores) / len(scores)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("smooth", [1.0, 0.0])
def test_dice_loss_is_the_slow_one(seed, smooth):
    logits, y = case(seed)
    y[0, :2] = 9
    found = dice_loss(logits, y, smooth=smooth, ignore_index=9)
    torch.testing.assert_close(found, slow_dice(logits, y, smooth, 9))


def test_dice_loss_of_a_class_that_nobody_names_is_none():
    y = torch.zeros(1, 2, 2, dtype=torch.int64)
    sure = torch.tensor([60.0, -60.0, -60.0]).reshape(1, 3, 1, 1).expand(1, 3, 2, 2)
    assert dice_loss(sure, y).item() == 0
    wrong = sure.roll(1, 1)
    assert math.isclose(dice_loss(wrong, y).item(), 1 - (1 / 5 + 1 / 5 + 1) / 3, rel_tol=1e-6)


def test_gradients_and_ignored_pixels_have_none():
    logits, y = case()
    y[0, 0] = -100
    logits.requires_grad_()
    assert gradcheck(lambda z: dice_loss(z, y), logits)
    weights = torch.rand(y.shape, dtype=torch.float64)
    per_class = torch.tensor([1.0, 3.0, 0.5], dtype=torch.float64)
    assert gradcheck(lambda z: pixel_loss(z, y, class_weights=per_class, pixel_weights=weights), logits)
    for loss in (dice_loss, pixel_loss):
        (slope,) = torch.autograd.grad(loss(logits, y), logits)
        assert not slope[0, :, 0].any() and slope[0, :, 1:].any()


@pytest.mark.parametrize("seed", range(3))
def test_pixel_loss_is_torchs_with_classes_weighted(seed):
    logits, y = case(seed)
    y[1, 1] = -100
    weights = torch.tensor([1.0, 3.0, 0.5], dtype=torch.float64)
    for w in (None, weights):
        wanted = F.cross_entropy(logits, y, weight=w)
        torch.testing.assert_close(pixel_loss(logits, y, class_weights=w), wanted)
    ones = torch.full(y.shape, 2.0, dtype=torch.float64)
    torch.testing.assert_close(pixel_loss(logits, y, pixel_weights=ones), F.cross_entropy(logits, y))
    alone = torch.zeros(y.shape, dtype=torch.float64)
    alone[0, 2, 3] = 5.0
    wanted = F.cross_entropy(logits[:1, :, 2, 3], y[:1, 2, 3])
    torch.testing.assert_close(pixel_loss(logits, y, pixel_weights=alone), wanted)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int32, torch.int64])
def test_whole_numbers_of_any_kind_are_labels(dtype):
    logits, y = case()
    for loss in (pixel_loss, dice_loss):
        torch.testing.assert_close(loss(logits, y.to(dtype)), loss(logits, y))


def slow_separated(instances):
    out = instances.copy()
    height, width = instances.shape
    for i, j in np.ndindex(height, width):
        near = instances[max(0, i - 1) : i + 2, max(0, j - 1) : j + 2]
        if instances[i, j] and len(set(near[near > 0].tolist())) > 1:
            out[i, j] = 0
    return out


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 7), st.integers(1, 7))
def test_separated_is_the_slow_one(seed, height, width):
    instances = np.random.default_rng(seed).choice([0, 0, 1, 2, 3], (2, height, width)).astype(np.uint8)
    found = separated(torch.from_numpy(instances))
    assert found.dtype == torch.uint8
    wanted = np.stack([slow_separated(image) for image in instances])
    np.testing.assert_array_equal(found.numpy(), wanted)
    assert torch.equal(separated(found), found)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(1, 12), st.integers(1, 20))
def test_distances_are_scipys_within_reach(seed, height, width, reach):
    mask = np.random.default_rng(seed).random((height, width)) < 0.1
    found = distances(torch.from_numpy(mask)[None], reach)[0].numpy()
    wanted = ndimage.distance_transform_edt(~mask) if mask.any() else np.full(mask.shape, np.inf)
    np.testing.assert_allclose(found, np.where(wanted <= reach, wanted, np.inf), rtol=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_border_weights_are_equation_2(seed):
    generator = np.random.default_rng(seed)
    instances = np.zeros((2, 14, 11), dtype=np.int64)
    for image in instances:
        for k in range(generator.integers(0, 4)):
            i, j = generator.integers(0, (12, 9))
            image[i : i + 3, j : j + 2] = k + 1
    found = border_weights(torch.from_numpy(instances), weight=7.0, sigma=4.0).numpy()
    for image, weights in zip(instances, found):
        kinds = [k for k in np.unique(image) if k]
        wanted = np.zeros(image.shape)
        if len(kinds) > 1:
            d = np.sort([ndimage.distance_transform_edt(image != k) for k in kinds], axis=0)
            wanted = np.where(d[1] <= 16, 7.0 * np.exp(-((d[0] + d[1]) ** 2) / 32), 0)
        np.testing.assert_allclose(weights, np.where(image > 0, 0, wanted), atol=1e-5)
