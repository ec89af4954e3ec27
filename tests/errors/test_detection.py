"""Mistakes with detections end in errors that say what was wrong, what was got and what is wanted."""

import numpy as np
import pytest

from d2lmodels.metrics.detection import average_precision, mean_average_precision

BOX = [0.0, 0.0, 4.0, 4.0]
FOUND, THERE = {"boxes": [BOX], "scores": [0.5], "labels": [1]}, {"boxes": [BOX], "labels": [1]}

BAD = [
    (
        FOUND | {"boxes": [[4, 0, 0, 4]]},
        ValueError,
        r"predictions\[1\]\['boxes'\] must be finite, with x1 <= x2",
    ),
    (
        FOUND | {"boxes": [[np.nan, 0, 0, 4]]},
        ValueError,
        r"got predictions\[1\]\['boxes'\]\[0\] = \[nan, 0.0",
    ),
    (FOUND | {"boxes": BOX}, ValueError, r"\['boxes'\] must have the shape \(n, 4\), got \(4,\)"),
    (FOUND | {"boxes": [BOX, [1, 2]]}, TypeError, r"\['boxes'\] must be numbers, got \[\[0.0, 0.0"),
    (FOUND | {"boxes": "none"}, TypeError, r"predictions\[1\]\['boxes'\] must be numbers, got 'none'"),
    (FOUND | {"scores": [np.nan]}, ValueError, r"\['scores'\] must be numbers, got scores\[0\] = nan"),
    (
        FOUND | {"scores": [0.5, 0.6]},
        ValueError,
        r"\['scores'\] must be one number a box, shape \(1,\), got \(2,",
    ),
    (FOUND | {"labels": []}, ValueError, r"\['labels'\] must be one number a box, shape \(1,\), got \(0,\)"),
    (FOUND | {"labels": [1.0]}, TypeError, r"\['labels'\] must be whole numbers, got float64"),
    (FOUND | {"labels": ["cat"]}, TypeError, r"\['labels'\] must be numbers, got \['cat'\]"),
    (FOUND | {"labels": None}, TypeError, r"\['labels'\] must be numbers, got None"),
    (
        THERE,
        TypeError,
        r"predictions\[1\] must be a dictionary with boxes, scores, labels, got \['boxes', 'l",
    ),
    ([BOX], TypeError, r"predictions\[1\] must be a dictionary with boxes, scores, labels, got list"),
]


@pytest.mark.parametrize("score", [average_precision, mean_average_precision])
@pytest.mark.parametrize("image, error, message", BAD)
def test_predictions(score, image, error, message):
    with pytest.raises(error, match=message):
        score([FOUND, image], [THERE, THERE])


def test_truths():
    with pytest.raises(
        TypeError, match=r"truths\[0\] must be a dictionary with boxes, labels, got \['boxes'\]"
    ):
        average_precision([FOUND], [{"boxes": [BOX]}])
    with pytest.raises(ValueError, match="as many images, from 1 up, got 1 and 2"):
        average_precision([FOUND], [THERE, THERE])
    with pytest.raises(ValueError, match="as many images, from 1 up, got 0 and 0"):
        average_precision([], [])


def test_no_truth_at_all():
    nothing = {"boxes": [], "labels": []}
    assert average_precision([FOUND], [nothing]).shape == (1, 0)
    with pytest.raises(ValueError, match="truths must hold at least one box, or the mean is 0/0, got none"):
        mean_average_precision([FOUND], [nothing])


@pytest.mark.parametrize("thresholds", [0, 1.5, [], [0.5, -0.5], np.nan, [[0.5]]])
def test_thresholds(thresholds):
    with pytest.raises(ValueError, match="thresholds must lie above 0 and up to 1, got"):
        mean_average_precision([FOUND], [THERE], thresholds=thresholds)
