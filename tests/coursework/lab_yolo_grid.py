"""Wrong answers to the lab `yolo`, on assignment and decoding. The others: lab_yolo.py."""

from lab_yolo_boxes import planted

ASSIGN = """
def assign(boxes, labels, anchors, *, stride):
    places = []
    for image in range(len(boxes)):
        for box, label in zip(boxes[image], labels[image]):
            if label < 0:
                continue
            x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
            shape = box[2:] - box[:2]
            shared = torch.minimum(shape, anchors).prod(1)
            closeness = shared / (shape.prod() + anchors.prod(1) - shared)
            row, column = int(y // stride), int(x // stride)
            places.append([image, int(closeness.argmax()), row, column])
    return torch.tensor(places, dtype=torch.int64).reshape(-1, 4)
"""

DECODE = """
def decode(guesses, anchors, *, stride):
    R, C = guesses.shape[2:4]
    x = (torch.arange(C) + guesses[..., 0].sigmoid()) * stride
    y = (torch.arange(R)[:, None] + guesses[..., 1].sigmoid()) * stride
    w = guesses[..., 2].clamp(max=4).exp() * anchors[:, 0, None, None]
    h = guesses[..., 3].clamp(max=4).exp() * anchors[:, 1, None, None]
    return torch.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], -1)
"""

ENCODE = """
def encode(places, boxes, anchors, *, stride):
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2 / stride, (boxes[:, 1] + boxes[:, 3]) / 2 / stride
    x, y = (x - places[:, 3]).clamp(0.001, 0.999), (y - places[:, 2]).clamp(0.001, 0.999)
    shapes = anchors[places[:, 1]]
    w, h = (boxes[:, 2] - boxes[:, 0]) / shapes[:, 0], (boxes[:, 3] - boxes[:, 1]) / shapes[:, 1]
    return torch.stack([torch.log(x / (1 - x)), torch.log(y / (1 - y)), w.log(), h.log()], 1)
"""

assign, decode, encode = planted("assign", ASSIGN), planted("decode", DECODE), planted("encode", ENCODE)
PLACES = {"test-assign-cell": 1, "test-assign-batch": 1}

GRID = {
    "assign: column before row": assign(
        "row, column])", "column, row])", PLACES, "y gives the row and x the column"
    ),
    "assign: rounded": assign(
        "int(y // stride), int(x // stride)",
        "round(float(y / stride)), round(float(x / stride))",
        PLACES,
        "round down: a centre belongs to the cell whose left and upper edges it has passed",
    ),
    "assign: the corner decides": assign(
        "(box[0] + box[2]) / 2, (box[1] + box[3]) / 2", "box[0], box[1]", PLACES, "not the corner"
    ),
    "assign: height before width": assign(
        "torch.minimum(shape, anchors)",
        "torch.minimum(shape.flip(0), anchors)",
        {"test-assign-anchor": 1},
        "an anchor is (width, height)",
    ),
    "assign: closest in area": assign(
        "closeness.argmax()",
        "(shape.prod() - anchors.prod(1)).abs().argmin()",
        {"test-assign-anchor": 1, "test-assign-batch": 1},
        "the highest IoU decides, not the closest area",
    ),
    "assign: closest in width and height": assign(
        "closeness.argmax()",
        "(shape - anchors).abs().sum(1).argmin()",
        {"test-assign-anchor": 1, "test-assign-batch": 1},
        "the highest IoU decides, not the closest sides: (10, 10) has an IoU of 1/3",
    ),
    "assign: closest in squares of width and height": assign(
        "closeness.argmax()",
        "(shape - anchors).square().sum(1).argmin()",
        {"test-assign-anchor": 1},
        "not the closest sides",
    ),
    "assign: the last of equal anchors": assign(
        "int(closeness.argmax())",
        "len(anchors) - 1 - int(closeness.flip(0).argmax())",
        {"test-assign-anchor": 1},
        "of several equal anchors the first is taken",
    ),
    "assign: rows without an object": assign(
        "if label < 0:\n                continue",
        "if label < -1:\n                continue",
        {"test-assign-batch": 1},
        "the class −1 is no object",
    ),
    "assign: one object a guess": assign(
        "            places.append([image, int(closeness.argmax()), row, column])",
        "            place = [image, int(closeness.argmax()), row, column]\n"
        "            if place not in places:\n                places.append(place)",
        {"test-assign-batch": 1},
        "two objects that share a guess are both listed",
    ),
    "assign: no objects at all": assign(
        ".reshape(-1, 4)", "", {"test-assign-batch": 1}, "must have shape (0, 4)"
    ),
    "assign: images without objects skipped": assign(
        "    return torch",
        "    seen = sorted({place[0] for place in places})\n"
        "    places = [[seen.index(place[0]), *place[1:]] for place in places]\n    return torch",
        {"test-assign-batch": 1},
        "images without objects are counted too",
    ),
    "decode: no sigmoid": decode(
        ".sigmoid()", "", {"test-decode": 1, "test-decode-grid": 1}, "put through the sigmoid"
    ),
    "decode: rows along x": decode(
        "torch.arange(C) + guesses[..., 0].sigmoid()) * stride\n    y = (torch.arange(R)[:, None]",
        "torch.arange(R)[:, None] + guesses[..., 0].sigmoid()) * stride\n    y = (torch.arange(C)",
        {"test-decode-grid": 1},
        "x belongs to the column",
    ),
    "decode: exponents without end": decode(
        ".clamp(max=4)", "", {"test-decode": 1}, "exponents above 4 count as 4"
    ),
    "decode: exponents cut on both sides": decode(
        ".clamp(max=4)", ".clamp(-4, 4)", {"test-decode": 1}, "exponents below −4 stay"
    ),
    "decode: from the centre on": decode(
        "x - w / 2, y - h / 2, x + w / 2, y + h / 2",
        "x, y, x + w, y + h",
        {"test-decode": 1, "test-decode-grid": 1},
        "the centre lies in the middle",
    ),
    "decode: centre and sides": decode(
        "x - w / 2, y - h / 2, x + w / 2, y + h / 2",
        "x, y, w, h",
        {"test-decode": 1, "test-decode-grid": 1},
        "not its centre, width and height",
    ),
    "encode: the cell not taken off": encode(
        "(x - places[:, 3]).clamp(0.001, 0.999), (y - places[:, 2])",
        "x.clamp(0.001, 0.999), y",
        {"test-encode": 1},
        "take off the column and the row: what counts",
    ),
    "encode: pixels in place of cells": encode(
        " / 2 / stride", " / 2", {"test-encode": 1}, "divide by the stride, and take off"
    ),
    "encode: σ in place of t": encode(
        "torch.log(x / (1 - x)), torch.log(y / (1 - y))",
        "x, y",
        {"test-encode": 1},
        "these are σ(t_x) and σ(t_y)",
    ),
    "encode: infinite on an edge": encode(
        ".clamp(0.001, 0.999)", "", {"test-encode": 1}, "keep σ(t_x) from 0.001 to 0.999"
    ),
    "encode: anchor over object": encode(
        "w.log(), h.log()", "-w.log(), -h.log()", {"test-encode": 1}, "not the other way"
    ),
    "encode: the first anchor": encode(
        "places[:, 1]]", "0 * places[:, 1]]", {"test-encode": 1}, "each object has its own anchor"
    ),
    "encode: row along x": encode(
        "(x - places[:, 3])", "(x - places[:, 2])", {"test-encode": 1}, "t_x and t_y of two objects"
    ),
    "encode: row and column swapped": encode(
        "(x - places[:, 3]).clamp(0.001, 0.999), (y - places[:, 2])",
        "(x - places[:, 2]).clamp(0.001, 0.999), (y - places[:, 3])",
        {"test-encode": 1},
        "the column is taken off x and the row off y",
    ),
    "encode: y before x": encode(
        "torch.log(x / (1 - x)), torch.log(y / (1 - y))",
        "torch.log(y / (1 - y)), torch.log(x / (1 - x))",
        {"test-encode": 1},
        "t_x comes first, and belongs to x",
    ),
}
