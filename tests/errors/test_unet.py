"""Mistakes with U-Net, its losses and its scores end in errors that name the fault and what would do."""

import numpy as np
import pytest
import torch

from d2lmodels.data.scenes import SceneLoader
from d2lmodels.metrics.segmentation import boundary_score, pixel_dice, pixel_iou
from d2lmodels.train import fit
from d2lmodels.vision.unet import UNet, centred, predict_tiled
from d2lmodels.vision.unet_loss import dice_loss, pixel_loss

MODEL = UNet(3, 2, base_channels=2, depth=2).eval()
UNPADDED = UNet(3, 2, base_channels=2, depth=2, padded=False).eval()
IMAGE = torch.zeros(3, 20, 30)
LOGITS, Y = torch.zeros(1, 3, 4, 4), torch.zeros(1, 4, 4, dtype=torch.int64)
NAN = float("nan")


def tiled(image=IMAGE, *, model=MODEL, tile=16, overlap=8):
    return predict_tiled(model, image, tile=tile, overlap=overlap)


def with_nan():
    image = IMAGE.clone()
    image[1, 2, 3] = NAN
    return image


def masks(y, y_hat):
    return lambda: pixel_iou(y, y_hat, num_classes=2)


BUILD = [
    (lambda: UNet(0, 2), "in_channels must be a whole number from 1 up, got 0"),
    (lambda: UNet(3, 2.0), "num_classes must be a whole number from 1 up, got 2.0"),
    (lambda: UNet(3, 2, depth=0), "depth must be a whole number from 1 up, got 0"),
    (lambda: UNet(3, 2, base_channels=-8), "base_channels must be a whole number from 1 up, got -8"),
    (lambda: UNet(3, 2, skips=[True]), "skips must say yes or no to each of 4 levels"),
]
PASS = [
    (lambda: MODEL(torch.zeros(1, 3, 1, 1)), "height that can be halved 2 times, got 1; 4 would do"),
    (lambda: MODEL(torch.zeros(1, 3, 8, 10)), "width that can be halved 2 times, got 10; 8 and 12 would do"),
    (lambda: UNPADDED(torch.zeros(1, 3, 45, 44)), "height .* got 45; 44 and 48 would do"),
    (lambda: UNPADDED(torch.zeros(1, 3, 1, 1)), "got 1; 44 would do"),
    (lambda: MODEL(torch.zeros(3, 8, 8)), r"X must be \(batch, 3, height, width\)"),
    (lambda: MODEL(torch.zeros(1, 1, 8, 8)), r"X must be \(batch, 3, height, width\)"),
    (lambda: MODEL(torch.zeros(1, 3, 0, 8)), "height and width from 1 up"),
]
TILES = [
    (lambda: centred(IMAGE[0]), r"images must be \(…, channels, height, width\), got \(20, 30\)"),
    (lambda: centred(IMAGE[:, :0]), "images must be .* got"),
    (lambda: tiled(torch.zeros(1, 3, 20, 30)), r"image must be \(channels, height, width\), got"),
    (lambda: tiled(torch.zeros(3, 0, 8)), r"image must be \(channels, height, width\), got"),
    (lambda: tiled(with_nan()), r"image must hold numbers, got nan at \(1, 2, 3\)"),
    (lambda: tiled(tile=0), "tile must be a whole number from 1 up, got 0"),
    (lambda: tiled(overlap=3), "overlap must be an even number from 0 up to the tile's 16, got 3"),
    (lambda: tiled(overlap=16), "overlap must be an even number from 0 up"),
    (lambda: tiled(overlap=-2), "overlap must be an even number from 0 up"),
    (lambda: tiled(tile=18), "halved 2 times, got 18; 16 and 20 would do"),
    (lambda: tiled(model=UNPADDED, tile=48, overlap=8), "overlap must be at least 40 here, got 8"),
]
LOSSES = [
    (lambda: pixel_loss(LOGITS, Y + 3), r"y must lie in 0…2, got 3"),
    (lambda: dice_loss(LOGITS, Y - 1), r"y must lie in 0…2, got -1"),
    (lambda: dice_loss(LOGITS, Y[:, :2]), r"got \(1, 3, 4, 4\) and \(1, 2, 4\)"),
    (lambda: pixel_loss(LOGITS, Y[0]), r"y \(batch, height, width\), got"),
    (lambda: pixel_loss(LOGITS[:, :, :0], Y[:, :0]), "got"),
    (
        lambda: pixel_loss(LOGITS, Y, class_weights=torch.ones(2)),
        r"one number for each class, \(3,\), got \(2,\)",
    ),
    (lambda: pixel_loss(LOGITS, Y, pixel_weights=torch.ones(4, 4)), r"shape of y, \(1, 4, 4\), got \(4, 4\)"),
]
SCORES = [
    (masks([0, 2], [0, 1]), "y must lie in 0…1, got 2"),
    (masks([0, 1], [0, -1]), "y_hat must lie in 0…1, got -1"),
    (masks([0, 1], [0, 1, 1]), r"one shape and hold pixels, got \(2,\) and \(3,\)"),
    (masks([], []), "class numbers|hold pixels"),
    (
        lambda: boundary_score(np.ones((2, 2), int) * 3, np.ones((2, 2), int)),
        "y must hold 0 and 1 alone, got 3",
    ),
    (lambda: boundary_score(np.ones(4, int), np.ones(4, int)), r"\(height, width\)"),
    (lambda: boundary_score(np.ones((2, 2), int), np.ones((2, 2), int), tolerance=0.5), "tolerance must be"),
]
TYPES = [
    (lambda: MODEL(torch.zeros(1, 3, 8, 8, dtype=torch.uint8)), "floating"),
    (lambda: centred(IMAGE.byte()), "images must be .*floating"),
    (lambda: tiled(IMAGE.byte()), "image must be .*floating"),
    (
        lambda: dice_loss(LOGITS, Y.float()),
        "y must be a tensor of class numbers, whole numbers, got torch.float32",
    ),
    (lambda: pixel_loss(LOGITS, Y.bool()), "class numbers, whole numbers, got torch.bool"),
    (lambda: pixel_loss(LOGITS.long(), Y), "logits must be .*floating"),
    (masks(torch.tensor([0, 1]), torch.tensor([0.2, 0.8])), "y_hat must be class numbers.*take the argmax"),
    (lambda: pixel_dice(["a"], [0], num_classes=2), "y must be class numbers"),
]


@pytest.mark.parametrize("mistake, says", [*BUILD, *PASS, *TILES, *LOSSES, *SCORES])
def test_wrong_values(mistake, says):
    with pytest.raises((ValueError, TypeError) if says.startswith("class") else ValueError, match=says):
        mistake()


@pytest.mark.parametrize("mistake, says", TYPES)
def test_wrong_types(mistake, says):
    with pytest.raises(TypeError, match=says):
        mistake()


def test_one_pixel_trains_where_it_can_and_is_tiled_anyway():
    assert tiled(torch.rand(3, 1, 1)).shape == (2, 1, 1)
    assert tiled(torch.rand(3, 1, 9), model=UNPADDED, tile=44, overlap=40).shape == (2, 1, 9)


def test_training_on_images_with_nan_ends_in_an_error_that_says_so():
    def loss_fn(model, scenes):
        images = scenes.images.clone()
        images[0, 0, 0, 0] = NAN
        return pixel_loss(model(images), (scenes.instances > 0).long()), {}

    model = UNet(3, 2, base_channels=2, depth=2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(FloatingPointError, match="loss is nan at step 1"):
        fit(model, loss_fn, SceneLoader(2, 2), optimizer=optimizer, num_epochs=1, progress=False)


def test_scenes_without_items_train():
    model = UNet(3, 2, base_channels=2, depth=2)

    def loss_fn(model, scenes):
        y = (scenes.instances > 0).long()
        logits = model(scenes.images)
        return pixel_loss(logits, y) + dice_loss(logits, y), {}

    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    loader = SceneLoader(3, 2, num_items=(0, 0), image_size=48)
    history = fit(model, loss_fn, loader, optimizer=optimizer, num_epochs=1, progress=False)
    assert np.isfinite(history.steps["loss"]).all()
