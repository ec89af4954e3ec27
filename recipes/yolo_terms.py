"""What each part of a small YOLO is worth: terms of its loss left out or changed, anchors, width.

The tables of the chapter on YOLO: 500 steps on scenes of digits, scored on 500 test scenes, whose digits
and photographs are in no training scene. `python recipes/yolo_terms.py --seeds 0 1 2`
"""

import on_scenes
import rows
import torch

from d2lmodels.data.scenes import make_scenes
from d2lmodels.metrics.detection import average_precision
from d2lmodels.nn.boxes import ratio, to_cxcywh
from d2lmodels.vision.anchors import fit_anchors
from d2lmodels.vision.darknet import small_darknet
from d2lmodels.vision.yolo import YOLO, decode, detect
from d2lmodels.vision.yolo_loss import assign, yolo_loss


def plain_iou(model, guesses, scenes):
    """Return a box term of IoU in place of GIoU."""
    places = assign(scenes.boxes, scenes.labels, model.anchors, stride=model.stride)
    found = decode(guesses, model.anchors, stride=model.stride)[places]
    return (1 - ratio(found, scenes.boxes[scenes.labels >= 0])).sum() / len(guesses)


def squared_error(model, guesses, scenes):
    """Return a box term like YOLOv2's: squared errors of the offsets and of the logarithms of the sizes."""
    places = assign(scenes.boxes, scenes.labels, model.anchors, stride=model.stride)
    centres, sizes = to_cxcywh(scenes.boxes[scenes.labels >= 0]).split(2, dim=-1)
    here = guesses[places]
    offsets = here[:, :2].sigmoid() - centres / model.stride % 1
    logs = here[:, 2:4] - (sizes / model.anchors[places.anchor]).log()
    return (offsets.square().sum() + logs.square().sum()) / len(guesses)


TERMS = {  # the arguments of yolo_loss that a change stands for
    "none": {},
    "no box": {"box_weight": 0.0},
    "no object": {"object_weight": 0.0},
    "no background": {"background_weight": 0.0},
    "no class": {"class_weight": 0.0},
    "no ignore": {"ignore": 1.01},
    "box weight 1": {"box_weight": 1.0},
    "box weight 5": {"box_weight": 5.0},
}
BOX_TERMS = {  # in place of GIoU, with weights
    "squared error, weight 1": (squared_error, 1.0),
    "squared error, weight 5": (squared_error, 5.0),
    "plain IoU": (plain_iou, 2.0),
}
ANCHORS = {"one anchor": 1, "five anchors": 5}  # three otherwise
CONFIGURATIONS = [
    {"change": change, "width": 8, "steps": 500} for change in (*TERMS, *BOX_TERMS, *ANCHORS, "anchor-free")
]
CONFIGURATIONS += [{"change": "none", "width": width, "steps": 500} for width in (4, 16)]
SMOKE = {"change": "squared error, weight 5", "width": 4, "steps": 40}


def network(width, anchors):
    """Return the YOLO of the chapter, with a cell for 8 × 8 pixels."""
    return YOLO(small_darknet(width), anchors, num_classes=10)


def anchors_for(change):
    """Return the anchors by k-means, or one of a cell's size, from which the head must guess all."""
    if change == "anchor-free":
        return torch.tensor([[8.0, 8.0]])
    scenes = make_scenes(1000, seed=1)
    sizes = to_cxcywh(scenes.boxes[scenes.labels >= 0])[:, 2:]
    return fit_anchors(sizes, ANCHORS.get(change, 3))


def fit(model, config, seed, **options):
    """Train on new scenes; options: of `on_scenes.fit`."""
    arguments = TERMS.get(config["change"], {})
    box_term, weight = BOX_TERMS.get(config["change"], (None, 0.0))
    if box_term:
        arguments = {"box_weight": 0.0}

    def loss_fn(guesses, scenes):
        places = {"anchors": model.anchors, "stride": model.stride}
        loss, terms = yolo_loss(guesses, scenes.boxes, scenes.labels, **places, **arguments)
        if box_term:
            loss = loss + weight * box_term(model, guesses, scenes)
        return loss, terms

    return on_scenes.fit(model, loss_fn, steps=config["steps"], seed=seed, batch_size=32, lr=8e-3, **options)


def score(model, split, *, num_scenes=500):
    """Return mAP at IoU 0.5 and 0.75, and on average over 0.5, 0.55, …, 0.95, on scenes of seed 0."""
    model.eval()
    device = model.anchors.device
    scenes = make_scenes(num_scenes, split=split)
    found = [image for part in scenes.images.split(50) for image in detect(model, part.to(device))]
    truths = [{"boxes": b[c >= 0], "labels": c[c >= 0]} for b, c in zip(scenes.boxes, scenes.labels)]
    thresholds = [k / 100 for k in range(50, 100, 5)]
    table = average_precision(found, truths, thresholds=thresholds).mean(1)
    return {"mAP": table[0], "mAP_75": table[5], "mAP_50_95": table.mean()}


def scores(model, losses):
    """Return the loss of the last tenth of the steps and the scores on test and training scenes."""
    numbers = {"loss": on_scenes.last_tenth(losses)} | score(model, "test")
    numbers |= {f"{name}_train": number for name, number in score(model, "train").items()}
    return {name: round(float(number), 6) for name, number in numbers.items()}


def train_one(config, seed):
    """Return what `scores` says of one training run."""
    torch.manual_seed(seed)
    model = network(config["width"], anchors_for(config["change"]))
    return scores(model, fit(model, config, seed).steps["loss"])


if __name__ == "__main__":
    rows.run("yolo_terms", CONFIGURATIONS, train_one, smoke=SMOKE)
