"""ResNet-18 and ResNet-50 with the same weights as torchvision's: training, and evaluation in four ways.

Equal means that ‖ours − theirs‖ ≤ 1e-4 ‖theirs‖ for logits and losses in float32, and 5e-2 where bfloat16,
which has 8 bits of precision, is on either side. All weights after two steps of training are compared in
float64, on two smaller images, at 1e-9: in float32 a deep network carries rounding too far.
"""

import copy

import torch
import torchvision
from harness import Measurement, run, threads
from torch.nn import functional as F

from d2lmodels.convert.torchvision import resnet_state_dict
from d2lmodels.nn.losses import cross_entropy
from d2lmodels.nn.norm import fold_batch_norms
from d2lmodels.vision import resnet

BATCH, PIXELS = 4, 224
FLOAT64, FLOAT32, BFLOAT16 = 1e-9, 1e-4, 5e-2


def assert_close(ours, theirs, most):
    """Whether two tensors are equal but for rounding, as this topic means it."""
    ours, theirs = ours.double(), theirs.double()
    difference = (ours - theirs).norm() / theirs.norm()
    assert difference <= most, f"relative difference {difference:.2e}"


def both(name, X):
    """Torchvision's network and ours with its weights, in eval mode.

    Six steps in train mode fill the running statistics first, so that folding has something to fold.
    """
    theirs = getattr(torchvision.models, name)(weights=None)
    with torch.no_grad():
        for _ in range(6):
            theirs(X)
    ours = getattr(resnet, name)()
    ours.load_state_dict(resnet_state_dict(theirs.state_dict()))
    return theirs.eval(), ours.eval()


def trainer(model, X, y, loss_fn):
    """A copy of the model in the images' dtype, and a function that takes a training step with it."""
    model = copy.deepcopy(model).to(X.dtype).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)

    def step():
        optimizer.zero_grad()
        loss = loss_fn(model(X), y)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return model, step


def evaluator(model, X, dtype=torch.float32):
    """A function that gives the logits of float32 images in float32, computed in `dtype`.

    In bfloat16 the weights lie channels last, which the kernels for it are made for.
    """
    layout = torch.channels_last if dtype == torch.bfloat16 else torch.contiguous_format
    model = copy.deepcopy(model).to(dtype=dtype, memory_format=layout)

    def evaluate():
        with torch.inference_mode():
            return model(X.to(dtype)).float()

    return evaluate


def training(name, theirs, ours, X):
    """The comparison of one training step, in float32."""
    y = torch.randint(1000, (len(X),))

    def trainers(X, y):
        return trainer(theirs, X, y, F.cross_entropy), trainer(ours, X, y, cross_entropy)

    (_, peer), (_, step) = trainers(X, y)

    def assert_equal():
        assert_close(step(), peer(), FLOAT32)
        (their_model, their_step), (our_model, our_step) = trainers(X[:2, :, ::2, ::2].double(), y[:2])
        for _ in range(2):
            assert_close(our_step(), their_step(), FLOAT64)
        state = resnet_state_dict(their_model.state_dict())
        for key, value in our_model.state_dict().items():
            assert_close(value, state[key], FLOAT64)

    return Measurement(
        what=f"{name}, training step",
        detail=f"batch {len(X)}, {PIXELS} × {PIXELS}, float32, cross entropy, SGD with momentum",
        peer_name="torchvision",
        peer=peer,
        ours=step,
        assert_equal=assert_equal,
        goal=0.97,
    )


def evaluation(what, detail, peer_name, *, peer, ours, most, goal=None):
    """A comparison of logits."""
    return Measurement(
        what=what,
        detail=f"batch {BATCH}, {PIXELS} × {PIXELS}, {detail}",
        peer_name=peer_name,
        peer=peer,
        ours=ours,
        assert_equal=lambda: assert_close(ours(), peer(), most),
        goal=goal,
    )


def measurements():
    torch.set_num_threads(threads())
    torch.manual_seed(0)
    X = torch.rand(BATCH, 3, PIXELS, PIXELS)
    for name, title in [("resnet18", "ResNet-18"), ("resnet50", "ResNet-50")]:
        theirs, ours = both(name, X)
        yield training(title, theirs, ours, X)

        plain, folded = evaluator(theirs, X), fold_batch_norms(ours)
        yield evaluation(
            f"{title}, eval",
            "float32",
            "torchvision",
            peer=plain,
            ours=evaluator(ours, X),
            most=FLOAT32,
            goal=0.97,
        )
        yield evaluation(
            f"{title}, eval, folded",
            "float32",
            "torchvision",
            peer=plain,
            ours=evaluator(folded, X),
            most=FLOAT32,
        )
        fast = evaluator(folded, X, torch.bfloat16)
        yield evaluation(
            f"{title}, eval, folded, bfloat16",
            "ours in bfloat16, channels last",
            "torchvision, float32",
            peer=plain,
            ours=fast,
            most=BFLOAT16,
            goal=2.5,
        )
        yield evaluation(
            f"{title}, eval, folded, bfloat16",
            "both in bfloat16, channels last",
            "torchvision, bfloat16",
            peer=evaluator(theirs, X, torch.bfloat16),
            ours=fast,
            most=BFLOAT16,
        )


if __name__ == "__main__":
    run("resnet", measurements, packages=["torch", "torchvision"])
