"""A step of Adam on ResNet-18's parameters, against torch's default and its fused kernel, in float32.

Gradients are fixed random numbers, and no backward pass is timed. Equal means that the parameters, after ten
steps with new gradients on the same start, differ by at most 1e-9 of their norm in float64, and by at most
1e-5 in float32.
"""

import torch
from harness import Measurement, run, threads

from d2lmodels.optim import Adam
from d2lmodels.optim.adam_fast import CompiledAdam
from d2lmodels.vision.resnet import resnet18

LR = 1e-3
FLOAT64, FLOAT32 = 1e-9, 1e-5


def parameters(shapes, dtype=torch.float32):
    """Random parameters of these shapes, the same at each call, with gradients."""
    generator = torch.Generator().manual_seed(0)
    thetas = [torch.randn(shape, generator=generator).to(dtype).requires_grad_() for shape in shapes]
    renew(thetas, generator)
    return thetas, generator


def renew(thetas, generator):
    """Give every parameter a new random gradient."""
    for theta in thetas:
        theta.grad = torch.randn(theta.shape, generator=generator).to(theta.dtype) / 100


def after_ten_steps(make, shapes, dtype):
    """All parameters in a row after ten steps."""
    thetas, generator = parameters(shapes, dtype)
    optimizer = make(thetas)
    for _ in range(10):
        optimizer.step()
        renew(thetas, generator)
    return torch.cat([theta.detach().flatten() for theta in thetas]).double()


def assert_follows(ours, theirs, shapes):
    """Whether two optimizers lead to the same parameters but for rounding."""
    for dtype, most in [(torch.float64, FLOAT64), (torch.float32, FLOAT32)]:
        one, other = (after_ten_steps(make, shapes, dtype) for make in (ours, theirs))
        difference = (one - other).norm() / other.norm()
        assert one.isfinite().all() and difference <= most, f"relative difference {difference:.2e} in {dtype}"


def comparison(what, detail, peer_name, *, ours, peer, shapes, goal=None):
    """One of our classes against one of torch's ways, each with parameters of its own."""
    size = f"{len(shapes)} tensors, {sum(shape.numel() for shape in shapes):,} numbers"
    return Measurement(
        what=what,
        detail=f"{size}, float32; {detail}",
        peer_name=peer_name,
        peer=peer(parameters(shapes)[0]).step,
        ours=ours(parameters(shapes)[0]).step,
        assert_equal=lambda: assert_follows(ours, peer, shapes),
        goal=goal,
    )


def default(thetas):
    """What torch picks, on a CPU a loop over the parameters."""
    return torch.optim.Adam(thetas, lr=LR)


def fused(thetas):
    """Torch's kernel that reads and writes each number once."""
    return torch.optim.Adam(thetas, lr=LR, fused=True)


def measurements():
    torch.set_num_threads(threads())
    shapes = [theta.shape for theta in resnet18().parameters()]
    pieces, compiled = "in pieces that fit in the cache", "one pass, made by torch.compile"
    for make, what, detail, goals in [
        (Adam, "Adam, step", pieces, (1.2, None)),
        (CompiledAdam, "Adam, step, compiled", compiled, (None, 1.0)),
    ]:
        for peer, name, goal in [
            (default, "torch.optim.Adam", goals[0]),
            (fused, "torch, fused=True", goals[1]),
        ]:
            yield comparison(what, detail, name, ours=make, peer=peer, shapes=shapes, goal=goal)


if __name__ == "__main__":
    run("adam", measurements, packages=["torch"])
