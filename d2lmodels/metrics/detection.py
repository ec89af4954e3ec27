"""Scores of a detector: which boxes hit, precision against recall, and average precision as COCO counts it.

For each image the predictions are a dictionary of `boxes` (n, 4), `scores` (n,) and `labels` (n,), the truths
one of `boxes` and `labels`, as torchvision's detectors take and return them. Not here: scores by the size
of objects, crowds, masks.
"""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, Shaped

from d2lmodels.nn.boxes import check_boxes, iou

MOST = 100  # detections of one class in one image that count, the best ones, as in COCO
RECALLS = np.linspace(0, 1, 101)  # at which precision is read off
Image = dict[str, np.ndarray | torch.Tensor | list]


def match(
    overlaps: Float[np.ndarray, "detections truths"],
    threshold: float,
) -> Int[np.ndarray, "detections"]:
    """Return the truth that each detection hits, or −1.

    overlaps: IoU of each detection, the best score first, with each truth. In turn each detection takes
    of the truths that are left the one it overlaps most, if by `threshold` or more; so each truth is hit
    once, and a second box on it is a miss. Of equal overlaps the last truth is taken, as in COCO.

    >>> match(np.array([[0.9, 0.6], [0.8, 0.0], [0.7, 0.5]]), 0.5)
    array([ 0, -1,  1])
    """
    hit = np.full(len(overlaps), -1)
    detections, truths = np.nonzero(overlaps >= min(threshold, 1 - 1e-10))  # all that might hit
    best_first = np.lexsort((-truths, -overlaps[detections, truths], detections))
    taken = set()
    for detection, truth in zip(detections[best_first].tolist(), truths[best_first].tolist()):
        if hit[detection] < 0 and truth not in taken:
            hit[detection] = truth
            taken.add(truth)
    return hit


def precision_recall(
    hits: Bool[np.ndarray, "detections"], num_truths: int
) -> tuple[Float[np.ndarray, "detections"], Float[np.ndarray, "detections"]]:
    """Return precision and recall of the best detection alone, of the best two, and so on to all.

    hits: whether each detection hits a truth, the best score first. num_truths: how many objects there
    are, from 1 up.

    >>> precision_recall(np.array([True, False, True]), 4)
    (array([1.        , 0.5       , 0.66666667]), array([0.25, 0.25, 0.5 ]))
    """
    count = hits.cumsum()
    return count / np.arange(1, len(hits) + 1), count / num_truths


def interpolated(
    precision: Float[np.ndarray, "detections"], recall: Float[np.ndarray, "detections"]
) -> Float[np.ndarray, "101"]:
    """Return the precision at recall 0, 0.01, …, 1: the highest that is had at that recall or a higher one.

    Where the detections do not get that far it is 0.

    >>> interpolated(np.array([1.0, 0.5, 2 / 3]), np.array([0.25, 0.25, 0.5]))[[0, 25, 26, 50, 51]].round(2)
    array([1.  , 1.  , 0.67, 0.67, 0.  ])
    """
    highest = np.maximum.accumulate(precision[::-1])[::-1]  # from here on
    return np.append(highest, 0.0)[recall.searchsorted(RECALLS)]


def as_numbers(numbers, where: str) -> Shaped[np.ndarray, "..."]:
    """Return a list, an array or a tensor, on any device, as an array; floats become float64.

    where: what they are called in errors. Raises TypeError where they are no numbers.
    """
    if isinstance(numbers, torch.Tensor):
        numbers = numbers.detach().cpu()
        return (numbers.double() if numbers.is_floating_point() else numbers).numpy()
    try:
        array = np.asarray(numbers)
    except ValueError:  # rows of several lengths
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{where} must be numbers, got {numbers!r:.60}")
    return array.astype(float) if array.dtype.kind == "f" else array


def as_image(image: Image, names: tuple[str, ...], where: str) -> dict[str, np.ndarray]:
    """Return an image's boxes, labels and perhaps scores as arrays.

    names: what is wanted. where: what the image is called in errors. Raises TypeError or ValueError for
    anything else.
    """
    if not isinstance(image, dict) or not set(names) <= set(image):
        got = sorted(image) if isinstance(image, dict) else type(image).__name__
        raise TypeError(f"{where} must be a dictionary with {', '.join(names)}, got {got}")
    arrays = {name: as_numbers(image[name], f"{where}['{name}']") for name in names}
    boxes, labels = arrays["boxes"].astype(float), arrays["labels"]
    arrays["boxes"] = boxes = boxes.reshape(0, 4) if boxes.shape == (0,) else boxes
    check_boxes(torch.from_numpy(boxes), f"{where}['boxes']", ndim=2)
    for name in names[1:]:
        if arrays[name].shape != (len(boxes),):
            wanted = f"one number a box, shape ({len(boxes)},)"
            raise ValueError(f"{where}['{name}'] must be {wanted}, got {arrays[name].shape}")
    if len(labels) and labels.dtype.kind not in "iu":
        raise TypeError(f"{where}['labels'] must be whole numbers, got {labels.dtype}")
    arrays["labels"] = labels.astype(int)
    if np.isnan(arrays.get("scores", 0)).any():
        place = np.isnan(arrays["scores"]).argmax()
        raise ValueError(f"{where}['scores'] must be numbers, got scores[{place}] = nan")
    return arrays


def as_images(predictions, truths) -> list[tuple[dict, dict]]:
    """Return each image's predictions, the best score first, and truths, as arrays.

    Raises TypeError or ValueError where they are not what `average_precision` wants.
    """
    if len(predictions) != len(truths) or not len(truths):
        got = f"{len(predictions)} and {len(truths)}"
        raise ValueError(f"predictions and truths must be of as many images, from 1 up, got {got}")
    images = []
    for k, (found, there) in enumerate(zip(predictions, truths)):
        found = as_image(found, ("boxes", "scores", "labels"), f"predictions[{k}]")
        there = as_image(there, ("boxes", "labels"), f"truths[{k}]")
        order = np.argsort(-found["scores"], kind="stable")
        images.append(({name: array[order] for name, array in found.items()}, there))
    return images


def best_of_each_class(labels: Int[np.ndarray, "detections"]) -> Bool[np.ndarray, "detections"]:
    """Whether each detection, the best score first, is among the best 100 of its class."""
    if len(labels) <= MOST:
        return np.ones(len(labels), dtype=bool)
    by_class = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[by_class], labels[by_class])  # of each one's class
    counts = np.empty(len(labels), dtype=int)
    counts[by_class] = np.arange(len(labels)) - starts
    return counts < MOST


def match_image(
    found: dict, there: dict, thresholds
) -> tuple[Float[np.ndarray, "kept"], Int[np.ndarray, "kept"], Bool[np.ndarray, "thresholds kept"]]:
    """Return scores and labels of an image's detections, and whether they hit, at each threshold.

    found, there: as from `as_images`. Boxes of another class overlap by −1: they cannot be hit.
    """
    keep = best_of_each_class(found["labels"])
    boxes, scores, labels = (found[name][keep] for name in ("boxes", "scores", "labels"))
    overlaps = iou(torch.from_numpy(boxes), torch.from_numpy(there["boxes"])).numpy()
    overlaps = np.where(labels[:, None] == there["labels"], overlaps, -1)
    hits = [match(overlaps, threshold) >= 0 for threshold in thresholds]
    return scores, labels, np.reshape(hits, (len(hits), len(scores)))


def average_precision(
    predictions: list[Image],
    truths: list[Image],
    *,
    thresholds=(0.5,),
    labels=None,
) -> Float[np.ndarray, "thresholds classes"]:
    """Return the area under precision against recall, for each IoU threshold (row) and class (column).

    predictions: for each image a dictionary of `boxes` (n, 4) in pixels, `scores` (n,) and `labels` (n,);
    of each class and image the best 100 count. truths: for each image a dictionary of `boxes` and
    `labels`. Lists, arrays and tensors will do; an image may hold nothing. thresholds: above 0, up to 1.
    labels: the classes in the order wanted; those that occur in truths, sorted, unless given. A class
    without truths has no recall: nan.

    All images count together: detections by falling score, ties by image; precision made to fall, and
    read off at 101 recalls. Raises ValueError or TypeError for anything else. Lin et al., "Microsoft
    COCO" (2014), and its evaluation code, with area "all".

    >>> truths = [{"boxes": [[0, 0, 4, 4], [5, 0, 9, 4]], "labels": [1, 1]}]
    >>> found = [{"boxes": [[0, 0, 4, 3]], "scores": [0.9], "labels": [1]}]
    >>> average_precision(found, truths, thresholds=(0.75, 0.8)).round(3)
    array([[0.505],
           [0.   ]])
    """
    thresholds = np.atleast_1d(thresholds).astype(float)
    if thresholds.ndim != 1 or not len(thresholds) or not ((thresholds > 0) & (thresholds <= 1)).all():
        raise ValueError(f"thresholds must lie above 0 and up to 1, got {thresholds.tolist()}")
    images = as_images(predictions, truths)
    there = np.concatenate([true["labels"] for _, true in images])
    labels = np.unique(there) if labels is None else np.asarray(labels)
    results = [match_image(*image, thresholds) for image in images]
    scores, found, hits = (np.concatenate(parts, axis=-1) for parts in zip(*results))
    order = np.argsort(-scores, kind="stable")
    found, hits = found[order], hits[:, order]
    table = np.full((len(thresholds), len(labels)), np.nan)
    for column, label in enumerate(labels):
        num_truths = int((there == label).sum())
        if num_truths:
            for row, of_class in enumerate(hits[:, found == label]):
                table[row, column] = interpolated(*precision_recall(of_class, num_truths)).mean()
    return table


def mean_average_precision(predictions: list[Image], truths: list[Image], *, thresholds=(0.5,)) -> float:
    """Return the mean of `average_precision` over the thresholds and the classes that have truths.

    Arguments and errors as of `average_precision`; ValueError also where there is no truth at all.
    thresholds: COCO's own score takes 0.5, 0.55, …, 0.95.

    >>> truths = [{"boxes": [[0, 0, 4, 4]], "labels": [1]}]
    >>> found = [{"boxes": [[0, 0, 4, 3]], "scores": [0.9], "labels": [1]}]
    >>> mean_average_precision(found, truths, thresholds=(0.5, 0.75, 0.8, 0.85))
    0.5
    """
    table = average_precision(predictions, truths, thresholds=thresholds)
    if not table.size:
        raise ValueError("truths must hold at least one box, or the mean is 0/0, got none")
    return float(table.mean())
