"""YOLO against torchvision's one-pass detectors with about as many parameters: SSD300 and SSDlite320.

The networks differ, so there are no equal results to ask for: both must have the same number of parameters
within 2 %, and give finite numbers for every anchor. Training is a whole step, from images and boxes to new
weights; evaluation is the network alone, without boxes, thresholds and suppression, which cost what the
images hold. SSD300 takes images of 300 × 300, the others of 320 × 320.
"""

import copy

import torch
from harness import Measurement, run, threads
from networks import assert_finite, evaluator, stepper
from torchvision.models import detection

from d2lmodels.nn.norm import fold_batch_norms
from d2lmodels.vision.darknet import DARKNET19, Darknet
from d2lmodels.vision.yolo import YOLO
from d2lmodels.vision.yolo_loss import yolo_loss

BATCH, NUM_CLASSES, NUM_BOXES = 4, 91, 6
LARGE = (*DARKNET19[:-1], (1024, 512) * 5 + (1024,))  # three pairs more than Darknet-19
SMALL = ((16,), (32,), (64,), (128,), (256, 128, 256), (512, 256, 512))
PAIRS = [
    ("SSD300", "ssd300_vgg16", 300, LARGE, "36"),
    ("SSDlite320", "ssdlite320_mobilenet_v3_large", 320, SMALL, "3.4"),
]


def truth(pixels, generator):
    """Random boxes and labels of a batch, as ours takes them."""
    corner = torch.rand(BATCH, NUM_BOXES, 2, generator=generator) * pixels * 0.6
    sides = (0.1 + 0.3 * torch.rand(BATCH, NUM_BOXES, 2, generator=generator)) * pixels
    labels = torch.randint(1, NUM_CLASSES, (BATCH, NUM_BOXES), generator=generator)
    return torch.cat([corner, corner + sides], -1), labels


def heads(model):
    """Torchvision's detector without what comes before and after the network."""

    def forward(X):
        return torch.cat(
            [part.flatten(1) for part in model.head(list(model.backbone(X).values())).values()], 1
        )

    return forward


def measurements():
    torch.set_num_threads(threads())
    for name, function, pixels, groups, millions in PAIRS:
        torch.manual_seed(0)
        generator = torch.Generator().manual_seed(0)
        theirs = getattr(detection, function)(weights=None, weights_backbone=None).eval()
        ours = YOLO(Darknet(groups), 20 + 100 * torch.rand(5, 2), num_classes=NUM_CLASSES).eval()
        counts = [sum(p.numel() for p in model.parameters()) for model in (theirs, ours)]
        assert abs(counts[1] / counts[0] - 1) < 0.02, counts
        sizes = (
            f"{counts[0] / 1e6:.2f} M parameters at {pixels} pixels against {counts[1] / 1e6:.2f} M at 320"
        )

        their_X, our_X = (torch.rand(BATCH, 3, n, n, generator=generator) for n in (pixels, 320))
        (their_boxes, labels), (our_boxes, _) = truth(pixels, generator), truth(320, generator)
        targets = [{"boxes": b, "labels": c} for b, c in zip(their_boxes, labels)]

        def their_loss(model, X=their_X, targets=targets):
            return sum(model(list(X), targets).values())

        def our_loss(model, X=our_X, boxes=our_boxes, labels=labels):
            return yolo_loss(model(X), boxes, labels, anchors=model.anchors, stride=model.stride)[0]

        peer, step = stepper(theirs, their_loss), stepper(ours, our_loss)
        yield Measurement(
            what=f"{millions} M parameters, training step",
            detail=f"batch {BATCH}, float32, {sizes}, SGD with momentum",
            peer_name=f"torchvision's {name}",
            peer=peer,
            ours=step,
            assert_equal=assert_finite(peer, step),
            goal=0.95,
        )
        peer, ours_plain = evaluator(heads(theirs), their_X), evaluator(ours, our_X)
        yield Measurement(
            what=f"{millions} M parameters, eval",
            detail=f"batch {BATCH}, float32, {sizes}",
            peer_name=f"torchvision's {name}",
            peer=peer,
            ours=ours_plain,
            assert_equal=assert_finite(peer, ours_plain),
            goal=0.95,
        )
        last = copy.deepcopy(theirs).to(memory_format=torch.channels_last)
        peer_last = evaluator(heads(last), their_X.to(memory_format=torch.channels_last))
        yield Measurement(
            what=f"{millions} M parameters, eval",
            detail=f"batch {BATCH}, float32, both channels last, {sizes}",
            peer_name=f"{name}, channels last",
            peer=peer_last,
            ours=ours_plain,
            assert_equal=assert_finite(peer_last, ours_plain),
        )
        folded = fold_batch_norms(ours).to(torch.bfloat16)
        fast = evaluator(folded, our_X, torch.bfloat16)
        yield Measurement(
            what=f"{millions} M parameters, eval, bfloat16",
            detail=f"batch {BATCH}, ours folded, in bfloat16, {sizes}",
            peer_name=f"{name}, float32",
            peer=peer,
            ours=fast,
            assert_equal=assert_finite(peer, fast),
            goal=2.0,
        )


if __name__ == "__main__":
    run("yolo", measurements, packages=["torch", "torchvision"])
