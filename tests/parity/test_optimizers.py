"""Every optimizer and schedule against torch's for 100 steps in float64, to a relative 1e-9.

Four parameters in two groups, and the gradients depend on the parameters, so that a difference carries on.
The first has a gradient in every step; the second from step 30 on; the third in some steps; the last never.
"""

import copy

import pytest
import torch
from torch.optim import lr_scheduler

from d2lmodels.optim import (
    SGD,
    Adam,
    AdamW,
    RMSProp,
    Schedule,
    adam,
    cosine,
    inverse_square_root,
    linear,
    step_decay,
)
from d2lmodels.optim.adam import adam_box, pieces

STEPS = 100
SHAPES = [(3, 4), (5,), (2, 3, 2), ()]
TORCH = {SGD: torch.optim.SGD, RMSProp: torch.optim.RMSprop, Adam: torch.optim.Adam, AdamW: torch.optim.AdamW}
CASES = [
    (SGD, {}, {}),
    (SGD, {"lr": 0.1, "weight_decay": 0.1}, {"lr": 0.02}),
    (SGD, {"lr": 0.05, "momentum": 0.9}, {"momentum": 0.5, "lr": 0.1}),
    (SGD, {"lr": 0.05, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.05}, {"dampening": 0.1}),
    (SGD, {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}, {"nesterov": False}),
    (RMSProp, {}, {}),
    (RMSProp, {"weight_decay": 0.1, "eps": 0.01}, {"lr": 0.002, "alpha": 0.9}),
    (RMSProp, {"momentum": 0.9}, {"momentum": 0.0, "weight_decay": 0.2}),
    (RMSProp, {"centered": True, "lr": 0.001}, {"centered": False}),
    (RMSProp, {"centered": True, "lr": 0.001, "momentum": 0.8, "weight_decay": 0.1}, {"alpha": 0.8}),
    (Adam, {}, {}),
    (Adam, {"lr": 0.1, "betas": (0.8, 0.9), "eps": 0.01}, {"lr": 0.02, "weight_decay": 0.5}),
    (Adam, {"weight_decay": 0.3, "lr": 0.01}, {"betas": (0.0, 0.5)}),
    (AdamW, {}, {}),
    (AdamW, {"lr": 0.1, "betas": (0.8, 0.9), "eps": 0.01}, {"lr": 0.02, "weight_decay": 0.5}),
    (AdamW, {"weight_decay": 0.3, "lr": 0.01}, {"weight_decay": 0.0}),
]


def random(*shape, seed):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def parameters(seed):
    return [random(*shape, seed=seed + k).requires_grad_() for k, shape in enumerate(SHAPES)]


def grouped(thetas, own):
    """Two groups; the second has options of its own."""
    return [{"params": thetas[:2]}, {"params": thetas[2:], **own}]


def backward(thetas, step, seed):
    """Leave gradients of a quartic with noise at those parameters whose turn it is."""
    noise = random(len(SHAPES), seed=1000 * seed + step)
    turns = [True, step >= 30, step < 20 or step % 3 == 0, False]
    for theta, turn, e in zip(thetas, turns, noise):
        if turn:
            (((theta - 1) ** 2).sum() + (theta**4).sum() / 10 + e * theta.sum()).backward()


def run(optimizer, thetas, steps, *, seed, schedule=None):
    """Take the steps; return the parameters after each."""
    path = []
    for step in steps:
        optimizer.zero_grad()
        backward(thetas, step, seed)
        optimizer.step()
        if schedule:
            schedule.step()
        path.append([theta.detach().clone() for theta in thetas])
    return path


def assert_equal(ours, theirs):
    assert ours.shape == theirs.shape and ours.isfinite().all() and theirs.isfinite().all()
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12 * theirs.abs().max().item())


def assert_same_path(ours, theirs):
    assert len(ours) == len(theirs)
    for ours_now, theirs_now in zip(ours, theirs):
        for one, other in zip(ours_now, theirs_now):
            assert_equal(one, other)


def both(cls, options, own, seed=0):
    """The parameters and the optimizer, ours and torch's."""
    for one in (cls, TORCH[cls]):
        thetas = parameters(seed)
        yield thetas, one(grouped(thetas, own), **options)


def test_names_and_defaults_are_torch_s():
    for cls, theirs in TORCH.items():
        thetas = parameters(0)
        defaults = theirs(thetas).defaults
        ours = cls(thetas).defaults
        assert ours == {name: defaults[name] for name in ours}


@pytest.mark.parametrize("cls, options, own", CASES)
@pytest.mark.parametrize("seed", [0, 1])
def test_100_steps(cls, options, own, seed):
    ours, theirs = (
        run(optimizer, thetas, range(STEPS), seed=seed)
        for thetas, optimizer in both(cls, options, own, 10 * seed)
    )
    assert_same_path(ours, theirs)
    start = parameters(10 * seed)
    moved = [not torch.equal(now, then) for now, then in zip(ours[-1], start)]
    assert moved == [True, True, True, False]
    assert torch.equal(ours[29][1], start[1]) and not torch.equal(ours[30][1], start[1])


@pytest.mark.parametrize("cls, options, own", CASES)
@pytest.mark.parametrize("turn", ["ours to torch", "torch to ours"])
def test_a_state_dict_goes_to_torch_and_back(cls, options, own, turn):
    """Half of the steps by one, half by the other, against torch alone."""
    (ours_at, ours), (theirs_at, theirs) = both(cls, options, own)
    pairs = [(ours_at, ours), (theirs_at, theirs)]
    (first_at, first), (then_at, then) = pairs if turn == "ours to torch" else pairs[::-1]
    path = run(first, first_at, range(40), seed=0)
    then.load_state_dict(first.state_dict())
    with torch.no_grad():
        for old, new in zip(then_at, first_at):
            old.copy_(new)
    path += run(then, then_at, range(40, STEPS), seed=0)
    _, (alone_at, alone) = both(cls, options, own)
    assert_same_path(path, run(alone, alone_at, range(STEPS), seed=0))


@pytest.mark.parametrize("cls, options, own", CASES)
def test_the_layout_of_the_state_dict_is_torch_s(cls, options, own):
    saved = []
    for thetas, optimizer in both(cls, options, own):
        run(optimizer, thetas, range(25), seed=0)
        saved.append(optimizer.state_dict())
    ours, theirs = saved
    assert ours.keys() == theirs.keys()
    begun = {
        number: entry
        for number, entry in theirs["state"].items()
        if any(v is not None for v in entry.values())
    }
    assert {k: set(entry) for k, entry in ours["state"].items()} == {k: set(e) for k, e in begun.items()}
    for number, entry in begun.items():
        for name, value in entry.items():
            mine = torch.as_tensor(ours["state"][number][name], dtype=torch.float64)
            assert_equal(mine, value.double())
    for mine, group in zip(ours["param_groups"], theirs["param_groups"]):
        assert mine == {name: group[name] for name in mine}


@pytest.mark.parametrize("cls", [Adam, AdamW])
def test_pieces_change_nothing(cls, monkeypatch):
    """A size of piece that does not divide the number of numbers."""
    monkeypatch.setattr(adam, "pieces", lambda *tensors: pieces(*tensors, size=5))
    options = {"lr": 0.1, "weight_decay": 0.1}
    ours, theirs = (
        run(optimizer, thetas, range(STEPS), seed=0) for thetas, optimizer in both(cls, options, {})
    )
    assert_same_path(ours, theirs)


def test_numbers_that_do_not_lie_in_a_row():
    paths = []
    for cls in (Adam, torch.optim.Adam):
        theta = random(300, 500, seed=1).T.requires_grad_()
        optimizer = cls([theta], lr=0.1)
        for step in range(3):
            theta.grad = random(500, 300, seed=2 + step)  # in a row, where theta is not
            optimizer.step()
        paths.append(theta.detach())
    assert not theta.is_contiguous()
    assert_equal(*paths)


def test_the_box_is_adam():
    theta, m, v = random(3, 4, seed=0), torch.zeros(3, 4).double(), torch.zeros(3, 4).double()
    options = {"lr": 0.1, "betas": (0.8, 0.9), "eps": 0.01}
    theirs = theta.clone().requires_grad_()
    optimizer = torch.optim.Adam([theirs], **options)
    for t in range(1, STEPS + 1):
        g = theirs.grad = random(3, 4, seed=t)
        optimizer.step()
        theta, m, v = adam_box(theta, g, m, v, t=t, **options)
        assert_equal(theta, theirs.detach())


SCHEDULES = {
    "cosine": (cosine(60), lambda o: lr_scheduler.CosineAnnealingLR(o, 60), 61),
    "cosine, warmup": (
        cosine(60, warmup=10),
        lambda o: lr_scheduler.SequentialLR(
            o,
            [lr_scheduler.LinearLR(o, 0.1, total_iters=9), lr_scheduler.CosineAnnealingLR(o, 50)],
            milestones=[10],
        ),
        61,
    ),
    "linear": (linear(60, final=0.1), lambda o: lr_scheduler.LinearLR(o, 1.0, 0.1, total_iters=60), STEPS),
    "step_decay": (step_decay(7, gamma=0.5), lambda o: lr_scheduler.StepLR(o, 7, gamma=0.5), STEPS),
    "any function": (lambda n: 1 / (n + 1), lambda o: lr_scheduler.LambdaLR(o, lambda n: 1 / (n + 1)), STEPS),
}


@pytest.mark.filterwarnings("ignore:The epoch parameter:UserWarning")  # SequentialLR's own
@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules(name):
    factor, peer, steps = SCHEDULES[name]
    (ours_at, ours), (theirs_at, theirs) = both(SGD, {"lr": 0.1, "momentum": 0.9}, {"lr": 0.03})
    schedule, scheduler = Schedule(ours, factor), peer(theirs)
    for step in range(steps):
        for mine, group in zip(ours.param_groups, theirs.param_groups):
            assert mine["lr"] == pytest.approx(group["lr"], rel=1e-9, abs=1e-15), step
        one = run(ours, ours_at, [step], seed=0, schedule=schedule)
        assert_same_path(one, run(theirs, theirs_at, [step], seed=0, schedule=scheduler))


def test_a_cosine_that_ends_above_0_is_torch_s_eta_min():
    theta = torch.zeros(1)
    theirs = torch.optim.SGD([theta], lr=0.2)
    scheduler = lr_scheduler.CosineAnnealingLR(theirs, 60, eta_min=0.05)
    ours = SGD([theta], lr=0.2)
    schedule = Schedule(ours, cosine(60, final=0.25))
    for _ in range(61):
        assert ours.param_groups[0]["lr"] == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-9)
        theirs.step(), scheduler.step(), schedule.step()


def test_inverse_square_root_is_equation_3_of_vaswani():
    factor, dim, warmup = inverse_square_root(40), 512, 40
    largest = dim**-0.5 * warmup**-0.5
    for step in range(1, STEPS + 1):
        rate = dim**-0.5 * min(step**-0.5, step * warmup**-1.5)
        assert factor(step - 1) * largest == pytest.approx(rate, rel=1e-9)


def test_a_schedule_moves_torch_s_optimizers_too():
    ours, theirs = (SGD([torch.zeros(1)], lr=0.1), torch.optim.SGD([torch.zeros(1)], lr=0.1))
    for optimizer in (ours, theirs):
        schedule = Schedule(optimizer, step_decay(2))
        for _ in range(3):
            optimizer.step()
            schedule.step()
    assert ours.param_groups[0]["lr"] == theirs.param_groups[0]["lr"] == pytest.approx(0.01)


@pytest.mark.parametrize("cls, options, own", CASES)
def test_a_resume_gives_the_same_bits(cls, options, own):
    (thetas, optimizer), _ = both(cls, options, own)
    run(optimizer, thetas, range(50), seed=0)
    saved, then = copy.deepcopy(thetas), optimizer.state_dict()
    whole = run(optimizer, thetas, range(50, STEPS), seed=0)  # must leave what was saved alone
    fresh = cls(grouped(saved, {}), lr=0.7)
    fresh.load_state_dict(then)
    for now, again in zip(whole, run(fresh, saved, range(50, STEPS), seed=0)):
        assert all(torch.equal(one, other) for one, other in zip(now, again))
    assert all(torch.equal(one.detach(), other.detach()) for one, other in zip(thetas, saved))
