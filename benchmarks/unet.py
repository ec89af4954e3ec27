"""U-Net against segmentation-models-pytorch with the same channels at every level, 64 to 1,024.

Their decoder stands on an encoder of pairs of convolutions, as ours has it. It enlarges by repeating pixels
where ours learns a transposed convolution, and hands nothing across at the finest level; ours is timed both
so and whole. The networks differ, so equality means shapes and finite numbers. Training is a whole step.
"""

import copy

import torch
import torch.nn.functional as F
from harness import Measurement, run, threads
from networks import assert_finite, evaluator, stepper
from segmentation_models_pytorch.base import SegmentationHead
from segmentation_models_pytorch.decoders.unet.decoder import UnetDecoder
from torch import nn

from d2lmodels.nn.norm import fold_batch_norms
from d2lmodels.vision.unet import UNet

WIDTHS, NUM_CLASSES, BATCH, PIXELS = (64, 128, 256, 512, 1024), 2, 2, 128


class Theirs(nn.Module):
    """The decoder and the head of segmentation-models-pytorch on pairs of convolutions."""

    def __init__(self):
        super().__init__()
        pairs = []
        for before, width in zip((3, *WIDTHS), WIDTHS):
            pair = []
            for channels in (before, width):
                pair += [nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)]
                pair += [nn.ReLU(inplace=True)]
            pairs.append(nn.Sequential(*pair))
        self.encoder = nn.ModuleList(pairs)
        self.decoder = UnetDecoder(WIDTHS, WIDTHS[-2::-1], n_blocks=4)
        self.head = SegmentationHead(WIDTHS[0], NUM_CLASSES, kernel_size=1)

    def forward(self, X):
        features = []
        for level, pair in enumerate(self.encoder):
            X = pair(F.max_pool2d(X, 2) if level else X)
            features.append(X)
        return self.head(self.decoder(features))


def measurements():
    torch.set_num_threads(threads())
    torch.manual_seed(0)
    X, y = torch.rand(BATCH, 3, PIXELS, PIXELS), torch.randint(NUM_CLASSES, (BATCH, PIXELS, PIXELS))

    def loss_fn(model):
        return F.cross_entropy(model(X), y)

    theirs = Theirs().eval()
    last = copy.deepcopy(theirs).to(memory_format=torch.channels_last)
    X_last = X.contiguous(memory_format=torch.channels_last)
    options = {"norm": nn.BatchNorm2d}
    ours = UNet(3, NUM_CLASSES, skips=(False, True, True, True), **options).eval()
    whole = UNet(3, NUM_CLASSES, **options).eval()
    millions = [sum(p.numel() for p in model.parameters()) / 1e6 for model in (theirs, ours, whole)]
    sizes = f"batch {BATCH}, {PIXELS} × {PIXELS}, {millions[0]:.1f} M parameters against "
    name = "segmentation-models-pytorch"
    for what, model, count in (("no finest skip", ours, millions[1]), ("all skips", whole, millions[2])):
        detail = f"{sizes}{count:.1f} M, float32"
        peer, step = stepper(theirs, loss_fn), stepper(model, loss_fn)
        yield Measurement(
            what=f"training step, {what}",
            detail=f"{detail}, SGD with momentum",
            peer_name=name,
            peer=peer,
            ours=step,
            assert_equal=assert_finite(peer, step, alike=True),
            goal=1.0,
        )
        peer, forward = evaluator(theirs, X), evaluator(model, X)
        yield Measurement(
            what=f"eval, {what}",
            detail=detail,
            peer_name=name,
            peer=peer,
            ours=forward,
            assert_equal=assert_finite(peer, forward, alike=True),
            goal=1.0,
        )
        peer_last = evaluator(last, X_last)
        yield Measurement(
            what=f"eval, {what}",
            detail=f"{detail}, both channels last",
            peer_name="segmentation-models, channels last",
            peer=peer_last,
            ours=forward,
            assert_equal=assert_finite(peer_last, forward, alike=True),
        )
    peer = stepper(last, lambda model: F.cross_entropy(model(X_last), y))
    step = stepper(whole, loss_fn)
    yield Measurement(
        what="training step, all skips",
        detail=f"{sizes}{millions[2]:.1f} M, float32, SGD with momentum, both channels last",
        peer_name="segmentation-models, channels last",
        peer=peer,
        ours=step,
        assert_equal=assert_finite(peer, step, alike=True),
    )
    fast = evaluator(fold_batch_norms(whole).to(torch.bfloat16), X, torch.bfloat16)
    peer = evaluator(theirs, X)
    yield Measurement(
        what="eval, all skips, bfloat16",
        detail=f"{sizes}{millions[2]:.1f} M, ours folded, in bfloat16",
        peer_name=f"{name}, float32",
        peer=peer,
        ours=fast,
        assert_equal=assert_finite(peer, fast, alike=True),
        goal=1.5,
    )


if __name__ == "__main__":
    run("unet", measurements, packages=["torch", "segmentation-models-pytorch"])
