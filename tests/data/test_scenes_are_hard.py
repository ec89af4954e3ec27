"""What needs no learning finds few items in a scene: blobs of a threshold, and the nearest mean digit.

The same code finds most of them on plain backgrounds, so that it is the scenes that are hard.
"""

from itertools import pairwise

import numpy as np
import pytest
from scipy import ndimage

from d2lmodels.data import load_digits, scenes
from d2lmodels.data.scenes import make_scenes

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


def overlap(a, b):
    sides = [max(0, min(a[k + 2], b[k + 2]) - max(a[k], b[k])) for k in (0, 1)]
    area = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return sides[0] * sides[1] / (sum(area) - sides[0] * sides[1])


def average_precision(found, truth):
    """Return the area under precision against recall, at IoU 0.5.

    found: (score, scene, box); truth: for each scene, its boxes.
    """
    left, hits = [list(boxes) for boxes in truth], []
    for _, scene, box in sorted(found, reverse=True):
        best = max(left[scene], key=lambda other: overlap(box, other), default=None)
        hits.append(best is not None and overlap(box, best) >= 0.5)
        if hits[-1]:
            left[scene].remove(best)
    recall = [0, *np.cumsum(hits) / sum(map(len, truth))]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    highest = np.maximum.accumulate(precision[::-1])[::-1]  # from here on
    return sum((after - before) * p for (before, after), p in zip(pairwise(recall), highest))


def mean_average_precisions(batch):
    """Return the mAP@0.5 of each way to tell items from a background."""
    found = {}
    for scene, image in enumerate(batch.images.numpy()):
        for name, foreground in blobs(image):
            found.setdefault(name, []).extend(
                (score, c, scene, box) for score, c, box in detections(foreground)
            )
    scores = {}
    for name, boxes in found.items():
        per_class = []
        for digit in range(10):
            truth = [b[c == digit].tolist() for b, c in zip(batch.boxes, batch.labels)]
            per_class.append(average_precision([(s, i, b) for s, c, i, b in boxes if c == digit], truth))
        scores[name] = np.mean(per_class)
    return scores


def test_average_precision_by_hand():
    truth = [[[0, 0, 10, 10]], [[0, 0, 4, 4], [5, 5, 9, 9]]]
    right, off, again = (0.9, 0, (0, 0, 10, 9)), (0.8, 1, (20, 20, 24, 24)), (0.7, 0, (0, 0, 10, 10))
    assert average_precision([right, off, again, (0.6, 1, (5, 5, 9, 9))], truth) == pytest.approx(
        1 / 3 + 1 / 6
    )


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_lazy_baseline_fails(split):
    scores = mean_average_precisions(make_scenes(200, split=split, seed=1))
    assert 0.01 < max(scores.values()) < 0.20, scores


def test_the_same_baseline_succeeds_where_the_background_is_plain(monkeypatch):
    monkeypatch.setattr(scenes, "LIGHT", (1, 1))
    look = {"num_items": (1, 2), "max_hidden": 0, "max_rotation": 0, "contrast": (0.8, 1)}
    scores = mean_average_precisions(make_scenes(200, split="test", seed=1, **look))
    assert max(scores.values()) > 0.5, scores
