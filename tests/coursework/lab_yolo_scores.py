"""Wrong answers to the lab `yolo`, on detections and how they are counted. The others: lab_yolo.py."""

from lab_cases import Wrong
from lab_yolo_boxes import DETECTED, changed, planted

DETECT = """
def detect(guesses, found, *, min_score=0.05, threshold=0.5):
    result = []
    for g, f in zip(guesses, found):
        g, f = g.reshape(-1, g.shape[-1]), f.reshape(-1, 4)
        scores = g[:, 4].sigmoid()[:, None] * g[:, 5:].softmax(1)
        rows, labels = torch.where(scores >= min_score)
        boxes, scores = f[rows], scores[rows, labels]
        kept = suppress(iou(boxes, boxes), scores, labels, threshold)
        result.append(dict(boxes=boxes[kept], scores=scores[kept], labels=labels[kept]))
    return result
"""

MATCH = """
def match(overlaps, threshold):
    left, taken = overlaps.clone(), []
    for k in range(left.shape[0]):
        best = -1
        if left.shape[1] and left[k].max() >= threshold:
            best = int(left[k].argmax())
            left[:, best] = -1
        taken.append(best)
    return taken
"""

CHAPTER = """
import numpy as np

def match(overlaps, threshold):
    hit = np.full(len(overlaps), -1)
    detections, truths = np.nonzero(overlaps >= min(threshold, 1 - 1e-10))
    best_first = np.lexsort((-truths, -overlaps[detections, truths], detections))
    taken = set()
    for detection, truth in zip(detections[best_first].tolist(), truths[best_first].tolist()):
        if hit[detection] < 0 and truth not in taken:
            hit[detection] = truth
            taken.add(truth)
    return hit
"""

PRECISION = """
def average_precision(scores, hits, num_truths):
    order = sorted(range(len(scores)), key=lambda k: scores[k], reverse=True)
    precision, counts, count = [], [], 0
    for rank, k in enumerate(order):
        count += hits[k]
        counts.append(count)
        precision.append(count / (rank + 1))
    area = 0.0
    for rank, k in enumerate(order):
        if hits[k]:
            area += max(precision[rank:]) / num_truths
    return area
"""

detect, match = planted("detect", DETECT), planted("match", MATCH)
precision = planted("average-precision", PRECISION)

SCORES = {
    "detect: the best class alone": detect(
        "torch.where(scores >= min_score)",
        "torch.where((scores >= min_score) & (torch.arange(scores.shape[1]) == scores.argmax(1)[:, None]))",
        DETECTED,
        "counts for both",
    ),
    "detect: above min_score": detect(
        ">= min_score",
        "> min_score",
        {"test-detect": 1},
        "image 0: a guess with a score of exactly min_score counts too",
    ),
    "detect: objectness as score": detect(
        "scores[rows, labels]\n", "g[rows, 4].sigmoid()\n", DETECTED, "times the probability of the class"
    ),
    "detect: a sigmoid for each class": detect(
        "g[:, 5:].softmax(1)",
        "g[:, 5:].sigmoid()",
        DETECTED,
        "these are sigmoids of the logits: the probabilities of the classes are their softmax",
    ),
    "detect: no suppression": detect(
        "suppress(iou(boxes, boxes), scores, labels, threshold)",
        "scores.argsort(descending=True, stable=True)",
        {"test-detect-suppressed": 1},
        "with an IoU of 0.8 with a better one is still there",
    ),
    "detect: classes not handed on": detect(
        "suppress(iou(boxes, boxes), scores, labels, threshold)",
        "suppress(iou(boxes, boxes), scores, 0 * labels, threshold)",
        DETECTED,
        "was dropped by one of class 0",
    ),
    "detect: a threshold of its own": detect(
        "labels, threshold)", "labels, 0.5)", {"test-detect-suppressed": 1}, "must have 4 detections, not 3"
    ),
    "match: a truth taken twice": match(
        "            left[:, best] = -1\n",
        "",
        {"test-match": 1, "test-match-best": 1},
        "taken more than once",
    ),
    "match: above the threshold": match(
        ">= threshold", "> threshold", {"test-match": 1}, "by 0.5, which is enough"
    ),
    "match: the first good enough": match(
        "int(left[k].argmax())",
        "int((left[k] >= threshold).int().argmax())",
        {"test-match": 1, "test-match-best": 1},
        "not the first that is good enough",
    ),
    "match: only its best truth": match(
        "        if left.shape[1] and left[k].max() >= threshold:\n"
        "            best = int(left[k].argmax())\n",
        "        where = int(overlaps[k].argmax()) if left.shape[1] else -1\n"
        "        if where >= 0 and left[k, where] >= threshold:\n            best = where\n",
        {"test-match": 1, "test-match-best": 1},
        "overlaps the free truth 0 by 0.7",
    ),
    "match: images without truths": match(
        "left.shape[1] and ", "", {"test-match-best": 1}, "match of 2 detections and 0 truths ends"
    ),
    "match: the chapter's, for arrays": Wrong(
        {"match": CHAPTER},
        {"test-match": 1, "test-match-best": 1},
        "overlaps is a tensor of torch; return a list with an int for each detection",
    ),
    "match: the chapter's, of an array": Wrong(
        {"match": changed(CHAPTER, "    hit =", "    overlaps = overlaps.numpy()\n    hit =")},
        {"test-match": 1, "test-match-best": 1},
        "match must return a list of ints, not ndarray",
    ),
    "average precision: not made to fall": precision(
        "max(precision[rank:])", "precision[rank]", {"test-ap": 1}, "make the precision fall"
    ),
    "average precision: of what is found": precision(
        "/ num_truths", "/ max(count, 1)", {"test-ap": 1}, "recall is the share of all truths"
    ),
    "average precision: not sorted": precision(
        "sorted(range(len(scores)), key=lambda k: scores[k], reverse=True)",
        "range(len(scores))",
        {"test-ap": 1},
        "sort by score",
    ),
    "average precision: misses first among equals": precision(
        "key=lambda k: scores[k], reverse=True",
        "key=lambda k: (-scores[k], hits[k])",
        {"test-ap": 1},
        "of equal scores the one that stands first",
    ),
    "average precision: 101 points": precision(
        "    area = 0.0",
        "    reached = [c / num_truths for c in counts]\n"
        "    points = [[p for p, r in zip(precision, reached) if r >= k / 100 - 1e-9] for k in range(101)]\n"
        "    return sum(max(some, default=0.0) for some in points) / 101\n    area = 0.0",
        {"test-ap": 1},
        "this is read off at 101 points",
    ),
}
