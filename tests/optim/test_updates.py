"""The optimizers' rules on numbers worked out by hand, what they keep, and what must hold for any numbers."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from d2lmodels import checkpoint
from d2lmodels.optim import SGD, Adam, AdamW, RMSProp, Schedule, cosine
from d2lmodels.train import fit

ALL = [SGD, RMSProp, Adam, AdamW]
numbers = st.floats(-1e3, 1e3).filter(lambda x: abs(x) > 1e-3)


def stepped(cls, theta, gradients, **options):
    """The number theta after a step with each gradient."""
    theta = torch.tensor(float(theta), dtype=torch.float64, requires_grad=True)
    optimizer = cls([theta], **options)
    for g in gradients:
        theta.grad = torch.tensor(float(g), dtype=torch.float64)
        optimizer.step()
    return theta.item()


EXAMPLES = [
    (SGD, 1, [2], {"lr": 0.1}, 0.8),
    (SGD, 1, [2], {"lr": 0.1, "weight_decay": 0.5}, 0.75),  # 2 + .5·1
    (SGD, 1, [2, 2], {"lr": 0.1, "momentum": 0.5}, 0.5),  # b = 2, then .5·2 + 2 = 3
    (SGD, 1, [2, 2], {"lr": 0.1, "momentum": 0.5, "dampening": 0.5}, 0.6),  # b = 2, then .5·2 + .5·2 = 2
    (SGD, 1, [2, 2], {"lr": 0.1, "momentum": 0.5, "nesterov": True}, 0.35),  # 2 + .5·2, then 2 + .5·3
    (RMSProp, 1, [2], {"lr": 0.1, "alpha": 0.75, "eps": 1}, 0.9),  # v = .25·4 = 1, so 2/(1 + 1)
    (RMSProp, 1, [2, 0], {"lr": 0.1, "alpha": 0.75, "eps": 1, "momentum": 0.5}, 0.85),  # 1, then .5·1 + 0
    (RMSProp, 1, [4], {"lr": 0.1, "alpha": 0.5, "eps": 0, "centered": True}, 0.8),  # 4/√(8 − 2²)
    (Adam, 1, [3], {"lr": 0.1, "eps": 0}, 0.9),  # m̂ = 3, v̂ = 9
    (Adam, 1, [1, 0], {"lr": 3, "betas": (0.5, 0.0), "eps": 1}, -1.5),  # .5/.5/(1 + 1), then .25/.75/(0 + 1)
    (Adam, 2, [0], {"lr": 0.1, "weight_decay": 0.5, "eps": 0}, 1.9),  # the decay is divided by itself
    (AdamW, 2, [0], {"lr": 0.1, "weight_decay": 0.5}, 1.9),  # .1·.5·2
    (AdamW, 2, [5], {"lr": 0.1, "weight_decay": 0.5, "eps": 0}, 1.8),
]


@pytest.mark.parametrize("cls, theta, gradients, options, wanted", EXAMPLES)
def test_by_hand(cls, theta, gradients, options, wanted):
    assert stepped(cls, theta, gradients, **options) == pytest.approx(wanted, rel=1e-12)


@given(g=numbers, scale=st.floats(1e-3, 1e3))
def test_the_size_of_the_gradient_does_not_matter_to_adam_and_rmsprop(g, scale):
    for cls in (Adam, RMSProp):
        one, other = ([g, -g / 2, g / 3], [g * scale, -g * scale / 2, g * scale / 3])
        assert stepped(cls, 0, one, eps=0) == pytest.approx(stepped(cls, 0, other, eps=0), rel=1e-9)
    assert stepped(Adam, 0, [g], lr=0.1, eps=0) == pytest.approx(-0.1 if g > 0 else 0.1, rel=1e-9)


@given(gradients=st.lists(numbers, min_size=1, max_size=5), momentum=st.floats(0, 0.99))
def test_momentum_is_a_sum_with_shares_that_fade(gradients, momentum):
    moved = 0.0
    for t in range(len(gradients)):
        moved -= sum(momentum ** (t - k) * gradients[k] for k in range(t + 1))
    assert stepped(SGD, 0, gradients, lr=1.0, momentum=momentum) == pytest.approx(moved, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("cls", ALL)
def test_without_a_gradient_nothing_moves_not_even_by_decay(cls):
    theta = torch.ones(3, requires_grad=True)
    optimizer = cls([theta], lr=0.1, weight_decay=0.5)
    optimizer.step()
    assert theta.tolist() == [1.0] * 3 and optimizer.state_dict()["state"] == {}


def test_zero_grad_sets_to_none_or_to_zero():
    theta = torch.ones(2, requires_grad=True)
    optimizer = SGD([theta], lr=1.0, momentum=0.5)
    optimizer.zero_grad(set_to_none=False)
    assert theta.grad is None
    theta.grad = torch.ones(2)
    optimizer.step()
    grad = theta.grad
    optimizer.zero_grad(set_to_none=False)
    assert theta.grad is grad and grad.tolist() == [0.0, 0.0]
    optimizer.step()  # the velocity of the first step is its own, not the gradient that has become 0
    assert theta.tolist() == [-0.5, -0.5]
    optimizer.zero_grad()
    assert theta.grad is None
    optimizer.step()
    assert theta.tolist() == [-0.5, -0.5]


@pytest.mark.parametrize("cls", ALL)
def test_groups_keep_their_own_options_and_a_schedule_may_change_them(cls):
    a, b = (torch.zeros(1, requires_grad=True) for _ in range(2))
    optimizer = cls([{"params": iter([a])}, {"params": [b], "lr": 0.5}], lr=0.25)
    optimizer.param_groups[0]["lr"] = 0.0
    a.grad, b.grad = torch.ones(1), torch.ones(1)
    optimizer.step()
    assert a.item() == 0 and b.item() < -0.4
    assert [group["lr"] for group in optimizer.param_groups] == [0.0, 0.5]


def test_what_was_handed_in_stays():
    groups = [{"params": [torch.zeros(1)]}]
    optimizer = Adam(groups, lr=0.5)
    assert list(groups[0]) == ["params"] and optimizer.param_groups[0] is not groups[0]
    optimizer.add_param_group({"params": [torch.zeros(2)], "lr": 0.1})
    assert [group["lr"] for group in optimizer.param_groups] == [0.5, 0.1]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize("cls", ALL)
def test_the_state_has_the_dtype_of_its_parameter(cls, dtype):
    theta = torch.ones(4, dtype=dtype, requires_grad=True)
    optimizer = cls([theta], lr=0.1)
    for k in range(2):
        theta.grad = torch.full_like(theta, k + 1.0)
        optimizer.step()
        tensors = [x for x in optimizer.state[theta].values() if isinstance(x, torch.Tensor)]
        assert theta.dtype == dtype and all(x.dtype == dtype and not x.requires_grad for x in tensors)
    assert theta.isfinite().all() and (theta < 1).all()


def options(cls):
    return {"momentum": 0.9} if cls in (SGD, RMSProp) else {}


@pytest.mark.parametrize("cls", ALL)
def test_a_state_dict_is_a_copy_both_ways(cls):
    theta = torch.ones(3, requires_grad=True)
    optimizer = cls([theta], lr=0.1, **options(cls))
    theta.grad = torch.ones(3)
    optimizer.step()
    saved = optimizer.state_dict()
    kept = {name: torch.as_tensor(value).clone() for name, value in saved["state"][0].items()}
    other = cls([theta], lr=0.7)
    other.load_state_dict(saved)
    for one in (optimizer, other):
        theta.grad = torch.full((3,), 5.0)
        one.step()
    assert kept and all(torch.equal(torch.as_tensor(saved["state"][0][name]), kept[name]) for name in kept)
    assert other.param_groups[0]["lr"] == 0.1


@pytest.mark.parametrize("cls", ALL)
def test_a_state_dict_survives_a_checkpoint(cls, tmp_path):
    theta = torch.ones(3, requires_grad=True)
    optimizer = cls([theta], lr=0.1, **options(cls))
    theta.grad = torch.ones(3)
    optimizer.step()
    checkpoint.save(tmp_path / "o.safetensors", optimizer.state_dict())
    fresh = cls([theta])
    fresh.load_state_dict(checkpoint.load(tmp_path / "o.safetensors"))
    ours, again = optimizer.state_dict(), fresh.state_dict()
    assert ours["param_groups"] == again["param_groups"]
    assert all(
        torch.equal(*map(torch.as_tensor, (ours["state"][0][k], again["state"][0][k])))
        for k in ours["state"][0]
    )


def test_a_state_dict_is_cast_to_the_parameter():
    theta = torch.ones(2, requires_grad=True)
    saved = Adam([theta]).state_dict()
    saved["state"][0] = {
        "step": torch.tensor(3.0),
        "exp_avg": torch.ones(2).double(),
        "exp_avg_sq": torch.ones(2),
    }
    optimizer = Adam([theta])
    optimizer.load_state_dict(saved)
    state = optimizer.state[theta]
    assert state["exp_avg"].dtype == torch.float32 and state["step"] == 3 and type(state["step"]) is int


def squared_error(model, batch):
    X, y = batch
    return ((model(X) - y) ** 2).mean(), {}


def trained(cls, num_epochs, path=None, **settings):
    """A small network that `fit` trains on four batches, with a schedule, and its curves."""
    generator = torch.Generator().manual_seed(0)
    batches = [
        (torch.randn(8, 3, generator=generator), torch.randn(8, 1, generator=generator)) for _ in range(4)
    ]
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
    optimizer = cls(model.parameters(), **settings)
    schedule = Schedule(optimizer, cosine(40, warmup=3))
    run = {"optimizer": optimizer, "scheduler": schedule, "num_epochs": num_epochs, "checkpoint": path}
    return model, fit(model, squared_error, batches, **run, device="cpu", progress=False)


@pytest.mark.parametrize("cls", ALL)
def test_fit_resumes_with_the_same_bits(cls, tmp_path, monkeypatch):
    settings = {"lr": 0.01, "weight_decay": 0.1, **options(cls)}
    whole, curves = trained(cls, 6, **settings)
    monkeypatch.setenv("D2LMODELS_STEPS", "12")
    trained(cls, 6, tmp_path / "run", **settings)
    monkeypatch.delenv("D2LMODELS_STEPS")
    resumed, again = trained(cls, 6, tmp_path / "run", **settings)
    assert curves.steps["loss"] == again.steps["loss"] and len(again.steps["loss"]) == 24
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), resumed.parameters()))


@pytest.mark.parametrize("cls, lr", [(SGD, 0.05), (RMSProp, 0.005), (Adam, 0.02), (AdamW, 0.02)])
def test_overfits_one_batch(cls, lr):
    torch.manual_seed(0)
    X, y = torch.randn(8, 16), torch.randn(8, 1)
    model = nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 1))
    optimizer = cls(model.parameters(), lr=lr, **({"momentum": 0.9} if cls is SGD else {}))
    losses = []
    for _ in range(200):
        optimizer.zero_grad()
        loss, _ = squared_error(model, (X, y))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[0] > 0.5 and losses[-1] < 0.01
