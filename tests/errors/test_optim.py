"""Mistakes with `d2lmodels.optim` end in errors that say what was wrong, what was got, what is wanted."""

import copy
import math

import pytest
import torch
from torch import nn

from d2lmodels.optim import (
    SGD,
    Adam,
    AdamW,
    RMSProp,
    Schedule,
    cosine,
    inverse_square_root,
    linear,
    step_decay,
)

W, B = torch.zeros(2, 3, requires_grad=True), torch.zeros(3, requires_grad=True)

BAD = [
    (lambda: SGD([]), ValueError, "params must hold at least one parameter, got none"),
    (lambda: SGD([{"params": []}]), ValueError, "params must hold at least one parameter, got none"),
    (
        lambda: SGD(W),
        TypeError,
        "params must be a list or another ordered iterable of tensors, got Parameter|Tensor",
    ),
    (lambda: SGD({W, B}), TypeError, "params must be .* ordered iterable of tensors, got set"),
    (lambda: SGD({"params": [W]}), TypeError, "params must be .* got dict"),
    (lambda: SGD(3), TypeError, "params must be .* got int"),
    (lambda: SGD(nn.Linear(1, 1)), TypeError, "params must be .* got Linear"),
    (lambda: SGD([{"params": W}]), TypeError, 'a group\'s "params" must be .* got Tensor'),
    (lambda: SGD([{"lr": 1.0}]), TypeError, r"a group must be a dict with \"params\", got one with \['lr'\]"),
    (lambda: SGD([{"params": [W]}, [B]]), TypeError, 'a group must be a dict with "params", got list'),
    (lambda: SGD([W, [1.0]]), TypeError, "parameters must be tensors, got list for parameter 1 of a group"),
    (
        lambda: SGD(nn.Linear(1, 1).named_parameters()),
        TypeError,
        "must be tensors, got tuple for parameter 0",
    ),
    (lambda: SGD([torch.zeros(2, dtype=torch.int64)]), TypeError, "must hold floating .* got torch.int64"),
    (
        lambda: Adam([torch.zeros(2, dtype=torch.cfloat)]),
        TypeError,
        "must hold floating .* got torch.complex64",
    ),
    (
        lambda: SGD([W * 2]),
        ValueError,
        "parameters must be leaves, got the result of MulBackward0 for parameter 0",
    ),
    (
        lambda: SGD([W, B, W]),
        ValueError,
        "each parameter must come once, got parameter 2 of a group a second",
    ),
    (
        lambda: SGD([{"params": [W]}, {"params": [B, W]}]),
        ValueError,
        "must come once, got parameter 1 of a group",
    ),
    (
        lambda: SGD([{"params": [W], "beta": 1, "eps": 2}]),
        ValueError,
        "a group may set lr, momentum, dampening, weight_decay, nesterov, got beta, eps",
    ),
    (lambda: SGD([W], lr=-1), ValueError, r"lr must be in \[0, inf\), got -1"),
    (lambda: SGD([W], lr=math.nan), ValueError, r"lr must be in \[0, inf\), got nan"),
    (lambda: SGD([W], lr=math.inf), ValueError, r"lr must be in \[0, inf\), got inf"),
    (lambda: SGD([W], lr="high"), TypeError, "lr must be a number, got str"),
    (lambda: SGD([W], lr=torch.tensor(0.1)), TypeError, "lr must be a number, got Tensor"),
    (lambda: SGD([{"params": [W], "lr": -2}]), ValueError, r"lr must be in \[0, inf\), got -2"),
    (lambda: SGD([W], momentum=-0.1), ValueError, r"momentum must be in \[0, inf\), got -0.1"),
    (lambda: SGD([W], weight_decay=-0.1), ValueError, r"weight_decay must be in \[0, inf\), got -0.1"),
    (lambda: SGD([W], dampening=math.nan), ValueError, r"dampening must be in \[-inf, inf\), got nan"),
    (lambda: SGD([W], dampening=None), TypeError, "dampening must be a number, got NoneType"),
    (lambda: SGD([W], nesterov=True), ValueError, "nesterov must go with a momentum .* got momentum=0"),
    (
        lambda: SGD([W], momentum=0.9, dampening=0.1, nesterov=True),
        ValueError,
        "nesterov must go with a momentum and without dampening, got momentum=0.9 and dampening=0.1",
    ),
    (lambda: RMSProp([W], alpha=1), ValueError, r"alpha must be in \[0, 1\), got 1"),
    (lambda: RMSProp([W], eps=-1), ValueError, r"eps must be in \[0, inf\), got -1"),
    (lambda: RMSProp([W], momentum=-1), ValueError, r"momentum must be in \[0, inf\), got -1"),
    (lambda: Adam([W], betas=(1.0, 0.9)), ValueError, r"betas\[0\] must be in \[0, 1\), got 1.0"),
    (lambda: Adam([W], betas=(0.9, -0.1)), ValueError, r"betas\[1\] must be in \[0, 1\), got -0.1"),
    (lambda: Adam([W], betas=(0.9, "b")), TypeError, r"betas\[1\] must be a number, got str"),
    (lambda: Adam([W], betas=0.9), TypeError, "betas must be a pair of numbers, got 0.9"),
    (lambda: Adam([W], betas=(0.9,)), TypeError, r"betas must be a pair of numbers, got \(0.9,\)"),
    (lambda: Adam([W], eps=-1), ValueError, r"eps must be in \[0, inf\), got -1"),
    (lambda: AdamW([W], weight_decay=-1), ValueError, r"weight_decay must be in \[0, inf\), got -1"),
    (lambda: AdamW([W], 0.1, (0.9, 0.99)), TypeError, "positional"),
    (lambda: cosine(0), ValueError, "num_steps must be 1 or more, got 0"),
    (lambda: cosine(10.0), TypeError, "num_steps must be a whole number, got 10.0"),
    (lambda: cosine(10, warmup=10), ValueError, "warmup must be below num_steps, 10, got 10"),
    (lambda: linear(10, warmup=-1), ValueError, "warmup must be 0 or more, got -1"),
    (lambda: linear(10, final=-0.1), ValueError, r"final must be in \[0, inf\), got -0.1"),
    (lambda: inverse_square_root(0), ValueError, "warmup must be 1 or more, got 0"),
    (lambda: step_decay(0), ValueError, "step_size must be 1 or more, got 0"),
    (lambda: step_decay(2, gamma=-1), ValueError, r"gamma must be in \[0, inf\), got -1"),
    (lambda: Schedule(W, cosine(3)), TypeError, "optimizer must have param_groups, got Tensor"),
    (lambda: Schedule(SGD([W]), 0.5), TypeError, "factor must be a function of the step number, got float"),
    (lambda: Schedule(SGD([W]), lambda n: -1), ValueError, r"factor must return .* got -1 for n = 0"),
    (lambda: Schedule(SGD([W]), lambda n: None), ValueError, "factor must return .* got None for n = 0"),
    (lambda: Schedule(SGD([W]), lambda n: math.nan), ValueError, "factor must return .* got nan for n = 0"),
]


@pytest.mark.parametrize("call, error, message", BAD)
def test_bad_input_says_what_is_wanted(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_refused_group_leaves_the_groups():
    optimizer = SGD([W])
    for group in ({"params": [B, B]}, {"params": [B], "lr": -1}, {"params": [W]}):
        with pytest.raises(ValueError):
            optimizer.add_param_group(group)
    assert len(optimizer.param_groups) == 1


@pytest.mark.parametrize("cls", [SGD, RMSProp, Adam, AdamW])
def test_a_sparse_gradient_is_refused_before_anything_moves(cls):
    first, table = torch.ones(2, requires_grad=True), nn.Embedding(4, 2, sparse=True)
    optimizer = cls([first, table.weight])
    (first.sum() + table(torch.tensor([1, 1])).sum()).backward()
    with pytest.raises(
        TypeError, match=r"gradients must be dense, got torch.sparse_coo for parameter 1 of a group"
    ):
        optimizer.step()
    assert first.tolist() == [1.0, 1.0] and optimizer.state_dict()["state"] == {}


def stepped(cls, *shapes, **options):
    thetas = [torch.ones(shape, requires_grad=True) for shape in shapes]
    for theta in thetas:
        theta.grad = torch.ones_like(theta)
    optimizer = cls(thetas, **options)
    optimizer.step()
    return optimizer


def adam_with(**changes):
    """What Adam saves after a step with two parameters, changed."""
    saved = stepped(Adam, (2,), (3,)).state_dict()
    for name, value in changes.items():
        place = (
            saved["state"][1] if name in ("step", "exp_avg", "max_exp_avg_sq") else saved["param_groups"][0]
        )
        place[name] = value
        if value is None:
            del place[name]
    return saved


MISFITS = [
    (lambda: None, TypeError, 'state_dict must be a dict with "state" and "param_groups", got NoneType'),
    (lambda: {"state": {}}, TypeError, r"state_dict must be .* got \['state'\]"),
    (
        lambda: stepped(Adam, (2,)).state_dict(),
        ValueError,
        r"must have groups of \[2\] parameters, got \[1\]",
    ),
    (
        lambda: stepped(Adam, (2,), (4,)).state_dict(),
        ValueError,
        r"exp_avg of parameter 1 must have shape \(3,\), got \(4,\)",
    ),
    (
        lambda: stepped(SGD, (2,), (3,)).state_dict(),
        ValueError,
        "every option in group 0, got none of betas, eps",
    ),
    (
        lambda: adam_with(exp_avg=None),
        ValueError,
        r"must keep \[.*\] for parameter 1, got \['exp_avg_sq', 'step'\]",
    ),
    (lambda: adam_with(max_exp_avg_sq=torch.ones(3)), ValueError, "for parameter 1, got .*max_exp_avg_sq"),
    (lambda: adam_with(amsgrad=True), ValueError, "must have options of Adam, got amsgrad=True"),
    (lambda: adam_with(maximize=True), ValueError, "must have options of Adam, got maximize=True"),
    (lambda: adam_with(decoupled_weight_decay=True), ValueError, "of Adam, got decoupled_weight_decay=True"),
    (lambda: adam_with(lr=-1), ValueError, r"lr must be in \[0, inf\), got -1"),
    (lambda: adam_with(betas=(0.9, 1.0)), ValueError, r"betas\[1\] must be in \[0, 1\), got 1.0"),
    (lambda: adam_with(exp_avg=1.0), TypeError, "exp_avg of parameter 1 must be a tensor, got float"),
]


@pytest.mark.parametrize("saved, error, message", MISFITS)
def test_a_state_dict_that_does_not_fit_changes_nothing(saved, error, message):
    optimizer = stepped(Adam, (2,), (3,), lr=0.125)
    before = copy.deepcopy(optimizer.state_dict())
    with pytest.raises(error, match=message):
        optimizer.load_state_dict(saved())
    after = optimizer.state_dict()
    assert after["param_groups"] == before["param_groups"] and after["state"].keys() == before["state"].keys()
    for number, entry in before["state"].items():
        assert all(torch.equal(*map(torch.as_tensor, (entry[k], after["state"][number][k]))) for k in entry)


def test_centered_rmsprop_does_not_take_the_state_of_one_that_is_not():
    saved = stepped(RMSProp, (2,)).state_dict()
    saved["param_groups"][0]["centered"] = True
    with pytest.raises(
        ValueError, match=r"must keep \['grad_avg', .* for parameter 0, got \['square_avg', 'step'\]"
    ):
        stepped(RMSProp, (2,)).load_state_dict(saved)


def test_a_schedule_of_another_number_of_groups():
    optimizer = SGD([W])
    schedule = Schedule(optimizer, cosine(3))
    with pytest.raises(ValueError, match="a learning rate for each of 1 groups, got 2"):
        schedule.load_state_dict({"num_steps": 1, "base_lrs": [0.1, 0.2]})
    with pytest.raises(
        ValueError, match=r"state_dict must have num_steps and base_lrs, got \['last_epoch'\]"
    ):
        schedule.load_state_dict({"last_epoch": 1})
    assert schedule.num_steps == 0
    optimizer.add_param_group({"params": [B]})
    with pytest.raises(ValueError, match="a learning rate for each of 2 groups, got 1"):
        schedule.step()
