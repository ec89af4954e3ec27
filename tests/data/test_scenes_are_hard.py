"""What needs no learning finds few items in a scene: blobs of a threshold, and the nearest mean digit.

The same code finds most of them on plain backgrounds, so that it is the scenes that are hard.
"""

import numpy as np
import pytest
from scipy import ndimage

from d2lmodels.data import load_digits, scenes
from d2lmodels.data.scenes import make_scenes
from d2lmodels.metrics.detection import mean_average_precision

X, y, *_ = load_digits()
MEANS = np.stack([X[y == digit].mean(0) for digit in range(10)])


def difference(image, ground):
    return np.abs(image - ground).max(0)


def blobs(image):
    """Yield the name and the foreground of each way to tell items from a background."""
    grey = image.mean(0)
    yield "bright", grey > grey.mean() + grey.std()
    yield "dark", grey < grey.mean() - grey.std()
    for least in (0.1, 0.15, 0.2, 0.3):
        yield f"{least} from the median", difference(image, np.median(image, (1, 2), keepdims=True)) > least
        local = ndimage.uniform_filter(image, (0, 31, 31))
        yield f"{least} from the surroundings", difference(image, local) > least
        yield f"saturation {least}", np.ptp(image, 0) > least


def framed(mask):
    """Return a mask as the digits are drawn: 20 pixels long, its centre of mass in the middle of 28 × 28."""
    zoom = [max(1, round(length * 20 / max(mask.shape))) / length for length in mask.shape]
    small, frame = ndimage.zoom(mask.astype(float), zoom, order=1), np.zeros((28, 28))
    height, width = small.shape
    middle = ndimage.center_of_mass(small + 1e-9)
    top, left = (int(np.clip(round(13.5 - m), 0, 28 - n)) for m, n in zip(middle, small.shape))
    frame[top : top + height, left : left + width] = small
    return frame.ravel()


def detections(foreground):
    """Return (score, class, box) of each connected component about as large as an item."""
    parts, _ = ndimage.label(foreground, np.ones((3, 3)))
    found = []
    for number, (rows, columns) in enumerate(ndimage.find_objects(parts), 1):
        if 10 <= max(rows.stop - rows.start, columns.stop - columns.start) <= 56:
            distance = ((MEANS - framed(parts[rows, columns] == number)) ** 2).sum(1)
            box = columns.start, rows.start, columns.stop, rows.stop
            found.append((-distance.min(), distance.argmin(), box))
    return found


def mean_average_precisions(batch):
    """Return the mAP@0.5 of each way to tell items from a background."""
    found = {}
    for scene, image in enumerate(batch.images.numpy()):
        for name, foreground in blobs(image):
            nothing = [{"boxes": [], "scores": [], "labels": []} for _ in batch.images]
            of_scene = found.setdefault(name, nothing)[scene]
            for score, digit, box in detections(foreground):
                of_scene["boxes"].append(box)
                of_scene["scores"].append(score)
                of_scene["labels"].append(digit)
    truths = [{"boxes": b[c >= 0], "labels": c[c >= 0]} for b, c in zip(batch.boxes, batch.labels)]
    return {name: mean_average_precision(boxes, truths) for name, boxes in found.items()}


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_lazy_baseline_fails(split):
    scores = mean_average_precisions(make_scenes(200, split=split, seed=1))
    assert 0.01 < max(scores.values()) < 0.20, scores


def test_the_same_baseline_succeeds_where_the_background_is_plain(monkeypatch):
    monkeypatch.setattr(scenes, "LIGHT", (1, 1))
    look = {"num_items": (1, 2), "max_hidden": 0, "max_rotation": 0, "contrast": (0.8, 1)}
    scores = mean_average_precisions(make_scenes(200, split="test", seed=1, **look))
    assert max(scores.values()) > 0.5, scores
