"""Average precision against COCO's rule, written out slowly here, and against pycocotools."""

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import coco, cocoeval

from d2lmodels.metrics.detection import average_precision, mean_average_precision

THRESHOLDS = np.linspace(0.5, 0.95, 10)
NUM_CLASSES = 4  # of which detections may be of any, truths not of the last


def random_boxes(generator, n, whole):
    """Boxes in 40 × 40 pixels; with whole numbers, many IoUs are equal or just at a threshold."""
    if whole:
        corner = generator.integers(0, 6, (n, 2)).astype(float)
        return np.hstack([corner, corner + generator.integers(0, 5, (n, 2))])
    corner = generator.random((n, 2)) * 30
    return np.hstack([corner, corner + 1 + generator.random((n, 2)) * 10])


def random_images(seed, *, num_images=6, most_truths=6, most_found=12, whole=False):
    """Predictions and truths: half of the detections lie near a truth; images may hold nothing."""
    generator = np.random.default_rng(seed)
    predictions, truths = [], []
    for _ in range(num_images):
        n, m = generator.integers(0, most_truths + 1), generator.integers(0, most_found + 1)
        there = random_boxes(generator, n, whole)
        labels = generator.integers(0, NUM_CLASSES - 1, n)
        found, found_labels = random_boxes(generator, m, whole), generator.integers(0, NUM_CLASSES, m)
        for k in range(0, m if n else 0, 2):
            truth = generator.integers(n)
            shift = generator.integers(0, 2, 4) if whole else generator.random(4)
            found[k] = there[truth] + np.sort(shift)
            found_labels[k] = labels[truth]
        scores = generator.integers(1, 5, m) / 4 if whole else generator.random(m)  # ties
        predictions.append({"boxes": found, "scores": scores, "labels": found_labels})
        truths.append({"boxes": there, "labels": labels})
    return predictions, truths


def slow_iou(a, b):
    """The IoU of two boxes, in floats."""
    width = max(min(a[2], b[2]) - max(a[0], b[0]), 0)
    height = max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height
    return width * height / union if union else 0.0


def slow_average_precision(predictions, truths, label, threshold):
    """COCO's rule, one box and one recall at a time; None for a class without truths."""
    events, count = [], 0
    for found, there in zip(predictions, truths):
        here = [box for box, own in zip(there["boxes"], there["labels"]) if own == label]
        count += len(here)
        mine = [(s, b) for s, b, own in zip(found["scores"], found["boxes"], found["labels"]) if own == label]
        used = set()
        for score, box in sorted(mine, key=lambda pair: -pair[0])[:100]:
            best, place = min(threshold, 1 - 1e-10), None
            for k, truth in enumerate(here):
                if k not in used and slow_iou(box, truth) >= best:
                    best, place = slow_iou(box, truth), k
            used.add(place)
            events.append((score, place is not None))
    if not count:
        return None
    curve, hits = [], 0
    for k, (_, hit) in enumerate(sorted(events, key=lambda event: -event[0])):
        hits += hit
        curve.append((hits / count, hits / (k + 1)))
    at = [max((p for r, p in curve if r >= wanted), default=0.0) for wanted in np.linspace(0, 1, 101)]
    return sum(at) / 101


def pycocotools_table(predictions, truths):
    """The table of pycocotools: a threshold a row, a class a column, −1 for a class without truths."""

    def records(images, **more):
        for k, image in enumerate(images):
            for n, (box, label) in enumerate(zip(image["boxes"], image["labels"])):
                x1, y1, x2, y2 = map(float, box)
                sides = [x2 - x1, y2 - y1]
                record = {"image_id": k + 1, "category_id": int(label), "bbox": [x1, y1, *sides]}
                record |= {"area": sides[0] * sides[1], "iscrowd": 0}
                yield record | {name: float(image[name][n]) for name in more.values()}

    with contextlib.redirect_stdout(io.StringIO()):
        data = []
        for found in (list(records(truths)), list(records(predictions, score="scores"))):
            for k, record in enumerate(found):
                record["id"] = k + 1
                record["score"] = record.pop("scores", 1.0)
            dataset = coco.COCO()
            dataset.dataset = {
                "images": [{"id": k + 1} for k in range(len(truths))],
                "categories": [{"id": c} for c in range(NUM_CLASSES)],
                "annotations": found,
            }
            dataset.createIndex()
            data.append(dataset)
        evaluation = cocoeval.COCOeval(*data, iouType="bbox")
        evaluation.params.iouThrs = THRESHOLDS
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation.eval["precision"][:, :, :, 0, -1].mean(1)  # area "all", at most 100


def assert_tables_equal(got, wanted):
    wanted = np.where(np.asarray(wanted, dtype=float) < 0, np.nan, np.asarray(wanted, dtype=float))
    assert got.shape == wanted.shape
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-9)


@pytest.mark.parametrize("whole", [False, True], ids=["reals", "whole numbers, with ties"])
@settings(max_examples=60)
@given(seed=st.integers(0, 10**6))
def test_the_slow_rule(whole, seed):
    predictions, truths = random_images(seed, whole=whole)
    thresholds = (0.3, 0.5, 0.75, 1.0)
    classes = range(NUM_CLASSES)
    got = average_precision(predictions, truths, thresholds=thresholds, labels=classes)
    wanted = [[slow_average_precision(predictions, truths, c, t) for c in classes] for t in thresholds]
    assert_tables_equal(got, np.array(wanted, dtype=float))
    if any(len(there["labels"]) for there in truths):
        mean = mean_average_precision(predictions, truths, thresholds=thresholds)
        assert mean == pytest.approx(np.nanmean(np.array(wanted, dtype=float)), abs=1e-9)


def crowded():
    """Two images in which some class has more than 100 detections."""
    predictions, truths = random_images(0, num_images=2, most_truths=40, most_found=0)
    generator = np.random.default_rng(1)
    for found, there in zip(predictions, truths):
        n = len(there["labels"])
        found["boxes"] = np.repeat(there["boxes"], 30, axis=0) + generator.random((30 * n, 4)) * [0, 0, 4, 4]
        found["labels"], found["scores"] = np.repeat(there["labels"], 30), generator.random(30 * n)
        assert max(np.bincount(found["labels"])) > 100
    return predictions, truths


def test_more_than_a_hundred_detections_of_a_class():
    images, classes = crowded(), range(NUM_CLASSES)
    got = average_precision(*images, thresholds=[0.8], labels=classes)
    wanted = [[slow_average_precision(*images, c, 0.8) for c in classes]]
    assert_tables_equal(got, np.array(wanted, dtype=float))


def test_pycocotools_with_more_than_a_hundred():
    images = crowded()
    got = average_precision(*images, thresholds=THRESHOLDS, labels=range(NUM_CLASSES))
    assert_tables_equal(got, pycocotools_table(*images))


@pytest.mark.parametrize("whole", [False, True], ids=["reals", "whole numbers, with ties"])
def test_pycocotools(whole):
    for seed in range(30):
        predictions, truths = random_images(seed, whole=whole, num_images=8)
        got = average_precision(predictions, truths, thresholds=THRESHOLDS, labels=range(NUM_CLASSES))
        assert_tables_equal(got, pycocotools_table(predictions, truths))


def test_pycocotools_with_no_detections_at_all():
    predictions, truths = random_images(3, most_found=0)
    got = average_precision(predictions, truths, thresholds=THRESHOLDS, labels=range(NUM_CLASSES))
    assert_tables_equal(got, pycocotools_table(predictions, truths))
    assert mean_average_precision(predictions, truths) == 0.0
