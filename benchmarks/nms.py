"""Non-maximum suppression against torchvision's, for boxes in crowds and boxes everywhere, in float32.

How fast either is depends on how many boxes are kept: torchvision compares each that is kept with all below
it, ours with its neighbours. In crowds, as a detector returns them, few are kept; of boxes strewn at random
most. Equal means the same indices. A CPU's time alone; torchvision's kernel uses one thread, and so do we.
"""

import torch
from harness import Measurement, run, threads
from torchvision.ops import nms as torchvision_nms

from d2lmodels.vision.nms import nms, nms_loop

PIXELS = 640  # the side of the image
THINGS = 40  # round which the boxes crowd
GOAL = 1.1


def everywhere(n, generator):
    """Boxes of 10 to 100 pixels a side, anywhere, with scores."""
    centre = torch.rand(n, 2, generator=generator) * PIXELS
    half = 5 + torch.rand(n, 2, generator=generator) * 45
    return torch.cat([centre - half, centre + half], 1), torch.rand(n, generator=generator)


def crowds(n, generator):
    """Boxes round few things of 30 to 200 pixels a side: each a tenth off in place, 15 % in size."""
    centre = torch.rand(THINGS, 2, generator=generator) * PIXELS
    half = 15 + torch.rand(THINGS, 2, generator=generator) * 85
    thing = torch.randint(0, THINGS, (n,), generator=generator)
    centre, half = centre[thing], half[thing]
    centre = centre + torch.randn(n, 2, generator=generator) * half / 5
    half = half * (0.15 * torch.randn(n, 2, generator=generator)).exp()
    return torch.cat([centre - half, centre + half], 1), torch.rand(n, generator=generator)


def compare(what, detail, peer_name, *, peer, boxes, scores, iou_threshold, goal=None):
    """One comparison on the same boxes."""

    def assert_equal():
        assert torch.equal(nms(boxes, scores, iou_threshold), peer(boxes, scores, iou_threshold))

    kept = len(nms(boxes, scores, iou_threshold))
    return Measurement(
        what=what,
        detail=f"{detail}; IoU threshold {iou_threshold}, {kept:,} kept, float32",
        peer_name=peer_name,
        peer=lambda: peer(boxes, scores, iou_threshold),
        ours=lambda: nms(boxes, scores, iou_threshold),
        assert_equal=assert_equal,
        goal=goal,
    )


def measurements():
    torch.set_num_threads(threads())
    generator = torch.Generator().manual_seed(0)
    for n in (1000, 5000):
        for make, where in [(everywhere, "everywhere"), (crowds, "in crowds")]:
            boxes, scores = make(n, generator)
            for iou_threshold in (0.3, 0.5, 0.7):
                yield compare(
                    f"{n:,} boxes {where}, {iou_threshold}",
                    f"{THINGS} crowds" if make is crowds else "strewn at random",
                    "torchvision",
                    peer=torchvision_nms,
                    boxes=boxes,
                    scores=scores,
                    iou_threshold=iou_threshold,
                    goal=GOAL,
                )
    boxes, scores = everywhere(1000, generator)
    options = {"peer": nms_loop, "boxes": boxes, "scores": scores, "iou_threshold": 0.5}
    yield compare("1,000 boxes everywhere, 0.5", "strewn at random", "the loop, in torch", **options)


if __name__ == "__main__":
    run("nms", measurements, packages=["torch", "torchvision", "numpy"])
