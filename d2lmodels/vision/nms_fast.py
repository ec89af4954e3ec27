"""Non-maximum suppression that looks at neighbours only: the indices of `nms_loop`, found much faster.

The loop compares every box that is kept with all boxes below it. Here the boxes lie in a grid; the best few
are compared with those boxes alone whose centres lie close enough, all pairs at once in NumPy; what they
suppress is gone before the next few have their turn. Not here: checks of what is given (`nms.py`).
"""

import numpy as np
from jaxtyping import Bool, Float, Int

FEW = 32  # boxes that have the first turn; twice as many have each next one
MOST_PAIRS = 16_384  # in one turn, unless one box alone has more; arrays of this size stay in the cache
MOST_ROWS = 1_000  # of the grid


def by_falling_score(scores: Float[np.ndarray, "n"]) -> Int[np.ndarray, "n"]:
    """Return the order of falling scores; of equal scores the first comes first.

    A float32 is sorted as a whole number, its own bits above and its place below, since NumPy sorts
    whole numbers ten times as fast as it finds a stable order. Where floats are negative their bits run
    the other way, and are turned.

    >>> by_falling_score(np.array([0.5, 2.0, -1.0, 2.0], dtype=np.float32))
    array([1, 3, 0, 2])
    """
    if scores.dtype != np.float32:
        return np.argsort(-scores, kind="stable")
    bits = (scores + np.float32(0)).view(np.int32)  # −0 becomes 0
    falling = ~np.where(bits < 0, bits ^ 0x7FFFFFFF, bits)
    keys = falling.astype(np.int64) << 32 | np.arange(len(scores))
    keys.sort()
    return keys & 0xFFFFFFFF


def reach(sides: Float[np.ndarray, "2 n"], iou_threshold: float) -> Float[np.ndarray, "2 n"]:
    """Return how far from a box's centre, across and down, a box may have its own and be suppressed.

    sides: widths and heights. Boxes of widths w and v that share s across have IoU ≤ s / max(w, v). For
    an IoU above t, s > t · max(w, v), so v < w / t, and the centres, (w + v) / 2 − s apart, are less than
    w · (1 − t) · max(1, 1 / 2t) apart; and never more than (w + v) / 2. A thousandth of t makes up for
    rounding.
    """
    touching = (sides + sides.max(1, keepdims=True)) / 2
    if iou_threshold < 0.01:
        return touching
    t = 0.999 * iou_threshold
    return np.minimum(touching, sides * ((1 - t) * max(1, 1 / (2 * t))))


def ranges(first: Int[np.ndarray, "k"], count: Int[np.ndarray, "k"]) -> Int[np.ndarray, "total"]:
    """Write out ranges one after the other: `count` numbers from `first` up.

    >>> ranges(np.array([5, 0, 8]), np.array([2, 0, 3]))
    array([ 5,  6,  8,  9, 10])
    """
    shift = first - (count.cumsum() - count)
    return np.arange(count.sum()) + np.repeat(shift, count)


class Grid:
    """Boxes in rows of equal height, from left to right in each; every class has rows of its own.

    A box is in the row of its centre. In one row all boxes between two places are neighbours in `order`,
    and a binary search finds the first and the last.
    """

    def __init__(
        self,
        boxes: Float[np.ndarray, "4 n"],
        classes: Int[np.ndarray, "n"] | None,
        *,
        iou_threshold: float,
    ):
        boxes = boxes.astype(np.float64)
        centres, sides = (boxes[:2] + boxes[2:]) / 2, boxes[2:] - boxes[:2]
        slack = 8 * np.finfo(np.float64).eps * np.abs(boxes).max()  # of the roundings here
        far = reach(sides, iou_threshold) + slack
        centres -= centres.min(1, keepdims=True)
        (width, height), (across, down) = centres.max(1), centres
        low, high = centres - far, centres + far
        self.left, self.right = np.maximum(low[0], 0), np.minimum(high[0], width)
        self.row_height = max(2 * far[1].mean(), height / MOST_ROWS, np.finfo(np.float64).tiny)
        self.row_width = width + 1
        rows = down // self.row_height
        top, bottom = np.maximum(low[1], 0), np.minimum(high[1], height)
        first, last = top // self.row_height, bottom // self.row_height
        self.num_rows = (last - first).astype(np.int64) + 1  # that each box must look at
        if classes is not None:
            above = np.unique(classes, return_inverse=True)[1] * (rows.max() + 1)
            rows, first = rows + above, first + above
        self.first_row = first.astype(np.int64)
        keys = rows * self.row_width + across
        self.order = keys.argsort()
        self.keys = keys[self.order]

    def keep(self, waiting: Int[np.ndarray, "k"]) -> None:
        """Take out all boxes but those that are waiting."""
        is_waiting = np.zeros(len(self.left), dtype=bool)
        is_waiting[waiting] = True
        stays = is_waiting[self.order]
        self.order, self.keys = self.order[stays], self.keys[stays]

    def neighbours(
        self, head: Int[np.ndarray, "k"]
    ) -> tuple[Int[np.ndarray, "answered"], Int[np.ndarray, "pairs"]]:
        """Return for the boxes of `head` how many neighbours each has, and all neighbours one by one.

        Where that were more than `MOST_PAIRS`, only as many of the first boxes are answered.
        """
        rows = self.num_rows[head]
        start = ranges(self.first_row[head], rows) * self.row_width
        begin = self.keys.searchsorted(start + np.repeat(self.left[head], rows))
        end = self.keys.searchsorted(start + np.repeat(self.right[head], rows), "right")
        ends = rows.cumsum()  # of each box's rows
        totals = (end - begin).cumsum()[ends - 1]
        k = max(1, totals.searchsorted(MOST_PAIRS, "right"))
        begin, end = begin[: ends[k - 1]], end[: ends[k - 1]]
        counts = np.diff(totals[:k], prepend=0)
        return counts, self.order.take(ranges(begin, end - begin))


def suppresses(
    a: Float[np.ndarray, "5 pairs"], b: Float[np.ndarray, "5 pairs"], limit: np.floating
) -> Bool[np.ndarray, "pairs"]:
    """Whether the IoU of two boxes is above the limit, with the roundings of `d2lmodels.nn.boxes.iou`.

    a, b: x1, y1, x2, y2 and area of each pair's boxes.
    """
    width = np.minimum(a[2], b[2]) - np.maximum(a[0], b[0])
    height = np.minimum(a[3], b[3]) - np.maximum(a[1], b[1])
    shared = np.maximum(width, 0) * np.maximum(height, 0)
    return shared / (a[4] + b[4] - shared) > limit  # 0/0 is not


def settle(i: Int[np.ndarray, "pairs"], j: Int[np.ndarray, "pairs"], gone: Bool[np.ndarray, "n"]) -> None:
    """Mark in `gone` every j that falls to an i that does not fall itself.

    i, j: pairs that overlap too much, i better than j. A box that no remaining pair calls the worse one
    is kept, and its partners fall; the pairs in which a box fell are dropped; and again, until none is
    left.

    >>> gone = np.zeros(3, dtype=bool)
    >>> settle(np.array([0, 1]), np.array([1, 2]), gone)  # 2 stays, as 1 fell to 0
    >>> gone
    array([False,  True, False])
    """
    while len(i):
        worse = np.zeros(len(gone), dtype=bool)
        worse[j] = True
        gone[j[~worse[i]]] = True
        open_still = ~(gone[i] | gone[j])
        i, j = i[open_still], j[open_still]


def nms_grid(
    boxes: Float[np.ndarray, "n 4"],
    scores: Float[np.ndarray, "n"],
    *,
    iou_threshold: float,
    classes: Int[np.ndarray, "n"] | None = None,
) -> Int[np.ndarray, "kept"]:
    """Return the indices of the boxes that are kept, by falling score.

    boxes, scores: float32 or float64, at least one box. classes: boxes of two classes do not suppress
    each other.

    >>> boxes = np.array([[0, 0, 4, 4], [1, 0, 5, 4], [9, 9, 12, 12]], dtype=np.float32)
    >>> nms_grid(boxes, np.array([0.6, 0.9, 0.3], dtype=np.float32), iou_threshold=0.5)
    array([1, 2])
    """
    order = by_falling_score(scores)  # from here on box 0 is the best, and i < j says that i is better
    table = np.empty((5, len(order)), dtype=boxes.dtype)
    table[:4] = boxes[order].T
    with np.errstate(all="ignore"):
        table[4] = (table[2] - table[0]) * (table[3] - table[1])
        tiny = ((table[4] > 0) & (table[4] < 1e-30)).any()  # rounding could lift such a box's IoU
        near = 0.0 if tiny else iou_threshold
        grid = Grid(table[:4], None if classes is None else classes[order], iou_threshold=near)
        gone = np.zeros(len(order), dtype=bool)
        thin_out(table, grid, gone, limit=rounded_down(iou_threshold, boxes.dtype))
    return order[~gone]


def thin_out(
    table: Float[np.ndarray, "5 n"],
    grid: Grid,
    gone: Bool[np.ndarray, "n"],
    *,
    limit: np.floating,
) -> None:
    """Mark in `gone` the boxes that are suppressed, in turns of a few boxes and their neighbours.

    table: x1, y1, x2, y2 and area of the boxes by falling score.
    """
    waiting, few = np.arange(len(gone)), FEW
    while len(waiting):
        counts, j = grid.neighbours(waiting[:few])
        head, waiting = waiting[: len(counts)], waiting[len(counts) :]
        i = np.repeat(head, counts)
        first = np.repeat(table[:, head], counts, axis=1)  # (5, pairs)
        too_close = suppresses(first, table.take(j, axis=1), limit) & (i < j)
        settle(i[too_close], j[too_close], gone)
        waiting, few = waiting[~gone[waiting]], 2 * len(head)
        grid.keep(waiting)


def rounded_down(number: float, dtype: np.dtype) -> np.floating:
    """Return the largest number of the dtype that is not above `number`.

    A float32 is above 0.3 if and only if it is above the float32 below 0.3; the nearest one lies above.

    >>> float(rounded_down(0.3, np.dtype(np.float32))) < 0.3 < float(np.float32(0.3))
    True
    """
    nearest = dtype.type(number)
    return nearest if float(nearest) <= number else np.nextafter(nearest, dtype.type(-1))
