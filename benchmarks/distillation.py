"""A step of distillation: the teacher asked in each step, against its answers kept from one pass before.

The peer is the same student under torchdistill's loss, its teacher asked each time. A step is forward,
backward and SGD with momentum on a batch of 64 digits, the teacher's forward pass where it is asked, and the
choice of 64 rows of its stored answers where it is not. The pass that fills the store is not counted.
"""

import torch
from harness import Measurement, run, threads
from networks import stepper
from torchdistill.losses.mid_level import KDLoss

from d2lmodels.compress.distill import distillation_loss, teacher_logits
from d2lmodels.data.digits import load_digits
from d2lmodels.vision.resnet import BasicBlock, ResNet

BATCH, TEMPERATURE, ALPHA = 64, 4.0, 0.9
PEER = "torchdistill, teacher each time"


def network(blocks, widths):
    """A residual network for digits."""
    options = {"num_classes": 10, "in_channels": 1, "widths": widths, "stem": "cifar"}
    return ResNet(BasicBlock, [blocks] * 3, **options)


def measurements():
    torch.set_num_threads(threads())
    torch.manual_seed(0)
    pixels, digits, *_ = load_digits(seed=0)
    X, y = torch.from_numpy(pixels).reshape(-1, 1, 28, 28), torch.from_numpy(digits)
    teacher, ours = network(3, (16, 32, 64)).eval(), network(1, (8, 16, 32))
    theirs = network(1, (8, 16, 32))
    theirs.load_state_dict(ours.state_dict())
    kept = teacher_logits(teacher, X[: 16 * BATCH].split(BATCH))
    their_loss = KDLoss("", "y", "", "y", TEMPERATURE, alpha=1 - ALPHA, beta=ALPHA, reduction="batchmean")
    chosen = torch.randperm(len(kept))[:BATCH]

    def asked():
        with torch.no_grad():
            return teacher(X[chosen])

    def peer(model):
        return their_loss({"": {"y": model(X[chosen])}}, {"": {"y": asked()}}, y[chosen])

    def loss_from(answers):
        options = {"temperature": TEMPERATURE, "alpha": ALPHA}
        return lambda model: distillation_loss(model(X[chosen]), answers(), y[chosen], **options)

    def assert_equal_with(our_loss):
        def check():
            with torch.no_grad():
                want, got = peer(theirs.eval()).item(), our_loss(ours.eval()).item()
            assert abs(got / want - 1) < 1e-4, (want, got)

        return check

    sizes = [sum(p.numel() for p in model.parameters()) for model in (teacher, ours)]
    detail = f"{sizes[0]:,} and {sizes[1]:,} parameters, batches of {BATCH}, float32"
    peer_step = stepper(theirs, peer)
    for what, answers, goal in (
        ("step, teacher asked each time", asked, 1.0),
        ("step, teacher's answers kept", lambda: kept[chosen], 2.0),
    ):
        yield Measurement(
            what=what,
            detail=detail,
            peer_name=PEER,
            peer=peer_step,
            ours=stepper(ours, loss_from(answers)),
            assert_equal=assert_equal_with(loss_from(answers)),
            goal=goal,
        )


if __name__ == "__main__":
    run("distillation", measurements, packages=["torch", "torchdistill"])
