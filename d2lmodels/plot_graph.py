"""Draw a computation graph: boxes in columns from the leaves to the root, so that every edge points right.

A node's column is its longest distance to the root; its row comes from the rows of its neighbours, so that
few edges cross (Sugiyama, Tagawa and Toda 1981). Not here: graphs too large to read on a page.
"""

from itertools import combinations, pairwise
from statistics import fmean

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch, PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from d2lmodels.plot import CARD, COLOURS, INK, QUIET, TEXT_WIDTH

MOST_NODES = 24
SMALLEST_SCALE = 0.6

# Lengths in CSS pixels, at scale 1: a line of text, its margins, the gaps between rows and columns, the badge
# of an operation, the margin of the page, and the strip that says which number is which.
LINE, PAD, ROW_GAP, COLUMN_GAP, BADGE, MARGIN, KEY = 21, 11, 18, 34, 24, 14, 46
POINTS = 10.5
GRADIENT, GRADIENT_TINT, LEAF_TINT = "#9c3d00", "#fbe8da", "#e6edfa"


class _Box:
    """A node as it is drawn; without a node, the point where a long edge passes through a column."""

    def __init__(self, node=None):
        self.node, self.parents, self.children = node, [], []
        self.x = self.y = self.width = self.height = self.badge = self.overhang = 0.0
        if node is not None:
            self.name = getattr(node, "name", "") or ""
            self.operation = node.operation.replace("*", "×").replace("-", "−")
            self.rows = [text for text in (self.name, _text(node.data), _text(node.grad)) if text]
            self.width = max(52, 2 * PAD + max(_text_width(text) for text in self.rows))
            self.height = LINE * len(self.rows) + 4
        if node is not None and self.operation:
            self.badge = max(BADGE, 12 + _text_width(self.operation))
            self.overhang = self.badge - 6  # reaches out of the box on the left


def draw(root):
    """Return a figure of the computation that led to `root`; see `d2lmodels.plot.graph`."""
    columns, edges = _columns(_nodes(root))
    _order_rows(columns)
    _place_rows(columns)
    width = _place_columns(columns)
    scale = TEXT_WIDTH / width
    if scale < SMALLEST_SCALE:
        raise ValueError(f"root is {len(columns)} columns deep, too wide for the page; draw a part of it")

    boxes = [box for column in columns for box in column]
    top = min(box.y - box.height / 2 for box in boxes) - MARGIN
    bottom = max(box.y + box.height / 2 for box in boxes) + KEY
    figure = plt.figure(
        figsize=(TEXT_WIDTH / 100, scale * (bottom - top) / 100), dpi=100, layout="constrained"
    )
    figure.set_layout_engine("none")  # for good: a figure made without one takes the style's when saved again
    figure.set_facecolor(CARD)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(bottom, top))
    axes.axis("off")
    for k, path in enumerate(edges):  # x × x has two equal edges: one bends up, one down
        _draw_edge(axes, path, bend=20 * edges[:k].count(path) - 10 * (edges.count(path) - 1), scale=scale)
    for box in boxes:
        if box.node is not None:
            _draw_box(axes, box, scale=scale)
    for x, text, colour, tint in ((20, "value", INK, "white"), (80, "gradient", GRADIENT, GRADIENT_TINT)):
        patch = {"boxstyle": "round,pad=0.3", "facecolor": tint, "linewidth": 0}
        axes.text(x, bottom - 20, text, color=colour, size=POINTS * scale, va="center", bbox=patch)
    return figure


def describe(root) -> str:
    """Return the graph in words: every node, what made it, its value and its gradient.

    >>> from types import SimpleNamespace as Node
    >>> a = Node(data=2.0, grad=4.0, parents=(), operation="", name="a")
    >>> describe(Node(data=4.0, grad=1.0, parents=(a, a), operation="×", name="b"))
    'Computation graph. a: value 2, gradient 4; b = a × a: value 4, gradient 1.'
    """
    nodes = _nodes(root)
    names = {id(node): getattr(node, "name", "") or f"node {k}" for k, node in enumerate(nodes, 1)}
    parts = []
    for node in nodes:
        inputs, made = [names[id(parent)] for parent in node.parents], ""
        if len(inputs) == 2:
            made = f" = {inputs[0]} {node.operation} {inputs[1]}"
        elif node.operation.startswith("^"):
            made = f" = {inputs[0]}{node.operation}"
        elif inputs:
            made = f" = {node.operation}({', '.join(inputs)})"
        parts.append(f"{names[id(node)]}{made}: value {_text(node.data)}, gradient {_text(node.grad)}")
    return f"Computation graph. {'; '.join(parts)}."


def _nodes(root) -> list:
    """Return the nodes that lead to `root`, each once and after its parents."""
    found, done, waiting = set(), {}, [root]
    while waiting:
        node = waiting[-1]
        for attribute in ("data", "grad", "parents", "operation"):
            if not hasattr(node, attribute):
                raise TypeError(f"root leads to a {type(node).__name__}, which has no .{attribute} to draw")
        found.add(id(node))
        if len(found) > MOST_NODES:
            raise ValueError(f"root has more than {MOST_NODES} nodes, too many to read; draw a part of it")
        new = next((parent for parent in node.parents if id(parent) not in found), None)
        if new is None:
            done[id(node)] = waiting.pop()
        else:
            waiting.append(new)
    return list(done.values())


def _text(number) -> str:
    """Return four digits of a number, the shape of an array, or a dash for None."""
    if number is None:
        return "–"
    if np.shape(number):
        return "×".join(map(str, np.shape(number)))
    return f"{float(number) + 0.0:.4g}".replace("-", "−")  # + 0.0 makes 0 of −0


def _text_width(text: str) -> float:
    """Return the width of `text` in CSS pixels, set in bold, the wider case."""
    font = FontProperties(family="DejaVu Sans", weight="bold")
    return TextPath((0, 0), text, size=POINTS * 100 / 72, prop=font).get_extents().width


def _columns(nodes: list) -> tuple[list[list[_Box]], list[list[_Box]]]:
    """Return the columns of boxes from the left, and each edge as its boxes from the parent to the child."""
    boxes = {id(node): _Box(node) for node in nodes}
    depth = dict.fromkeys(boxes, 0)  # how many columns lie to the right of a node
    for node in reversed(nodes):
        for parent in node.parents:
            depth[id(parent)] = max(depth[id(parent)], depth[id(node)] + 1)
    columns = [[] for _ in range(max(depth.values()) + 1)]
    waiting, placed = [nodes[-1]], set()
    while waiting:  # from the root, first operands first: where nothing is shared, nothing crosses
        node = waiting.pop()
        if id(node) not in placed:
            placed.add(id(node))
            columns[-1 - depth[id(node)]].append(boxes[id(node)])
            waiting.extend(reversed(node.parents))
    edges = []
    for node in nodes:
        for parent in node.parents:
            between = [_Box() for _ in range(depth[id(parent)] - depth[id(node)] - 1)]
            for k, box in enumerate(between):
                columns[k - depth[id(parent)]].append(box)
            edges.append([boxes[id(parent)], *between, boxes[id(node)]])
            for left, right in pairwise(edges[-1]):
                left.children.append(right)
                right.parents.append(left)
    return columns, edges


def _crossings(columns: list[list[_Box]]) -> int:
    """Return how many pairs of edges cross."""
    total = 0
    for left, right in pairwise(columns):
        row = {box: k for k, box in enumerate(right)}
        ends = [(k, row[child]) for k, box in enumerate(left) for child in box.children]
        total += sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for a, b in combinations(ends, 2))
    return total


def _order_rows(columns: list[list[_Box]]) -> None:
    """Sort each column by the mean row of its neighbours, back and forth; keep the fewest crossings."""
    fewest, best = _crossings(columns), [list(column) for column in columns]
    for sweep in range(12):
        leftwards = sweep % 2 == 0
        for fixed, free in pairwise(columns[::-1] if leftwards else columns):
            row, mean = {box: k for k, box in enumerate(fixed)}, {}
            for k, box in enumerate(free):
                mean[box] = fmean([row[end] for end in (box.children if leftwards else box.parents)] or [k])
            free.sort(key=mean.get)
        if (crossings := _crossings(columns)) < fewest:
            fewest, best = crossings, [list(column) for column in columns]
    columns[:] = best


def _place_rows(columns: list[list[_Box]]) -> None:
    """Set the height of each box on the page: near the mean of its neighbours, clear of the next box."""
    for column in columns:
        _spread(column, [0.0] * len(column))
    for sweep in range(60):
        for column in columns[::-1] if sweep % 2 == 0 else columns:
            _spread(column, [fmean([end.y for end in box.parents + box.children] or [0]) for box in column])


def _spread(column: list[_Box], wanted: list[float]) -> None:
    """Put boxes as near to the wanted heights as they can be without overlap, in the sense of least squares.

    Less the distances they must keep, the heights have only to rise: where two groups fall, they merge.
    """
    offsets = [0.0]
    for above, below in pairwise(column):
        offsets.append(offsets[-1] + (above.height + below.height) / 2 + ROW_GAP)
    groups = []
    for height, offset in zip(wanted, offsets, strict=True):
        groups.append([height - offset])
        while len(groups) > 1 and fmean(groups[-2]) > fmean(groups[-1]):
            groups[-2:] = [groups[-2] + groups[-1]]
    heights = [fmean(group) for group in groups for _ in group]
    for box, height, offset in zip(column, heights, offsets, strict=True):
        box.y = height + offset


def _place_columns(columns: list[list[_Box]]) -> float:
    """Set the distance of each box from the left; return the width of the whole, the text's or more."""
    overhangs = [max(box.overhang for box in column) for column in columns]
    widths = [max(box.width for box in column) for column in columns]
    needed = sum(overhangs) + sum(widths) + COLUMN_GAP * (len(columns) - 1) + 2 * MARGIN
    room = max(0, TEXT_WIDTH - needed) / (len(columns) + 1)
    left = MARGIN + room
    for column, overhang, width in zip(columns, overhangs, widths, strict=True):
        for box in column:
            box.x = left + overhang + width / 2
            if box.node is None:  # an edge runs straight across the whole column, past its boxes
                box.width, box.overhang = width, overhang
        left += overhang + width + COLUMN_GAP + room
    return float(max(TEXT_WIDTH, needed))


def _draw_edge(axes, path: list[_Box], *, bend: int, scale: float) -> None:
    """Draw a smooth curve from a parent to the badge of its child, `bend` lower than its natural course."""
    first, last = path[0], path[-1]
    points = [(first.x + first.width / 2, first.y)]
    for box in path[1:-1]:
        points += [(box.x - box.width / 2 - box.overhang, box.y), (box.x + box.width / 2, box.y)]
    points += [(last.x - last.width / 2 - last.overhang, last.y)]
    vertices, codes = points[:1], [Path.MOVETO]
    for (x0, y0), (x1, y1) in pairwise(points):
        vertices += [((x0 + x1) / 2, y0 + bend), ((x0 + x1) / 2, y1 + bend), (x1, y1)]
        codes += [Path.CURVE4] * 3
    axes.add_patch(PathPatch(Path(vertices, codes), facecolor="none", edgecolor=QUIET, linewidth=1.3 * scale))


def _draw_box(axes, box: _Box, *, scale: float) -> None:
    """Draw the name, the value and the gradient of a node, and its operation where the edges come in."""
    left, top = box.x - box.width / 2, box.y - box.height / 2
    shape = {"xy": (left, top), "width": box.width, "height": box.height}
    shape["boxstyle"] = "round,pad=0,rounding_size=7"
    fill = axes.add_patch(FancyBboxPatch(**shape, color="white" if box.badge else LEAF_TINT, linewidth=0))
    corner = (left, top + box.height - LINE - 2)
    tint = axes.add_patch(Rectangle(corner, box.width, LINE + 2, color=GRADIENT_TINT, linewidth=0))
    tint.set_clip_path(fill)
    edge = INK if box.badge else COLOURS[0]
    axes.add_patch(FancyBboxPatch(**shape, facecolor="none", edgecolor=edge, linewidth=1.2 * scale))

    font = {"size": POINTS * scale, "ha": "center", "va": "center_baseline"}
    for k, text in enumerate(box.rows):
        colour = GRADIENT if k == len(box.rows) - 1 else INK
        weight = "bold" if k == 0 and box.name else "normal"
        axes.text(box.x, top + 2 + LINE * (k + 0.5), text, color=colour, weight=weight, **font)
    if box.badge:
        centre, half = left - box.overhang + box.badge / 2, (box.badge - BADGE) / 2 + 0.5
        for width, colour in ((BADGE + 4, CARD), (BADGE, INK)):  # lines with round ends: circles and pills
            style = {"color": colour, "linewidth": 0.72 * width * scale, "solid_capstyle": "round"}
            axes.plot([centre - half, centre + half], [box.y, box.y], linestyle="-", **style)
        axes.text(centre, box.y, box.operation, color="white", weight="bold", **font)
