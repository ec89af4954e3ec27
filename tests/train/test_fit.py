"""`fit` is the loop one would write by hand, with evaluation, a schedule, curves and a bar around it."""

import collections
import itertools
import math
import os
import random
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from d2lmodels.train import History, fit, to_device

X = torch.linspace(-1, 1, 96).reshape(24, 4)
DATA = TensorDataset(X, (X.sum(1) > 0).long())


def make(*, batch_size=8, lr=0.1, **options):
    """Return a model with dropout and batch normalization, its optimizer, and a shuffling loader."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    return model, optimizer, DataLoader(DATA, batch_size=batch_size, shuffle=True, **options)


def loss_fn(model, batch):
    inputs, y = batch
    logits = model(inputs)
    loss = nn.functional.cross_entropy(logits, y)
    return loss, {"accuracy": (logits.argmax(1) == y).float().mean()}


def run(model, optimizer, loader, **options):
    options = {"num_epochs": 3, "device": "cpu", "progress": False} | options
    return fit(model, loss_fn, loader, optimizer=optimizer, **options)


def same(a, b):
    return all(torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values()))


@pytest.mark.parametrize("own", [False, True])
def test_it_equals_a_loop_written_by_hand_bit_for_bit(own):
    generators = [torch.Generator().manual_seed(5) if own else None for _ in range(2)]
    model, optimizer, loader = make(generator=generators[0])
    torch.manual_seed(5)
    losses = []
    for _ in range(3):
        for batch in loader:
            loss, _ = loss_fn(model, batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    state = torch.get_rng_state()
    fitted, optimizer, loader = make(generator=generators[1])
    history = run(fitted, optimizer, loader, seed=5)
    assert same(model, fitted) and history.steps["loss"] == losses
    assert torch.equal(torch.get_rng_state(), state)
    assert not own or torch.equal(*(generator.get_state() for generator in generators))


def test_it_learns():
    history = run(*make(), num_epochs=30, seed=0)
    assert np.mean(history.steps["loss"][-10:]) < 0.3 < np.mean(history.steps["loss"][:5])


def test_the_seed_decides_the_run_and_none_leaves_the_generators_alone():
    results = []
    for seed in (1, 1, 2):
        model, optimizer, loader = make(generator=torch.Generator().manual_seed(random.getrandbits(30)))
        results.append(run(model, optimizer, loader, seed=seed).steps["loss"])
        drawn = random.random(), np.random.rand(), torch.rand(1).item()  # noqa: NPY002
        results.append(drawn)
    assert results[:2] == results[2:4] and results[0] != results[4] and results[1] != results[5]
    model, optimizer, loader = make()
    random.seed(3)
    state = random.getstate()
    run(model, optimizer, loader)
    assert random.getstate() == state


def test_evaluation_is_in_eval_mode_without_gradients_after_each_epoch():
    model, optimizer, loader = make()
    seen = []

    def evaluate(given):
        modes = {module.training for module in given.modules()}
        seen.append((given is model, modes, torch.is_grad_enabled(), given(X).requires_grad))
        return {"accuracy": torch.tensor(0.5), "count": len(seen), "loss": np.float32(0.25)}

    history = run(model, optimizer, loader, evaluate=evaluate)
    assert seen == [(True, {False}, False, False)] * 3
    assert all(module.training for module in model.modules())
    assert history.epochs == {"accuracy": [0.5] * 3, "count": [1.0, 2.0, 3.0], "loss": [0.25] * 3}
    assert history.epoch_ends == [3, 6, 9]
    assert all(type(value) is float for values in history.epochs.values() for value in values)


def test_a_model_in_eval_mode_trains_in_train_mode():
    model, optimizer, loader = make()
    run(model.eval(), optimizer, loader)
    assert model[1].num_batches_tracked == 9


def test_evaluation_changes_no_bit_of_training():
    results = []
    for evaluate in (None, lambda model: {"mean": model(X).mean().item()}):
        model, optimizer, loader = make()
        run(model, optimizer, loader, evaluate=evaluate, seed=0)
        results.append(model)
    assert same(*results)


def test_logs_are_curves_with_a_number_per_step():
    history = run(*make(), seed=0)
    assert list(history.steps) == ["loss", "accuracy"]
    assert [len(curve) for curve in history.steps.values()] == [9, 9]
    assert all(type(value) is float for curve in history.steps.values() for value in curve)
    assert repr(history).startswith("History(steps=9, epochs=3, loss=0.")
    assert len(repr(history)) < 100 and repr(History()) == "History(steps=0, epochs=0)"


def test_the_loss_in_the_logs_is_the_loss_itself():
    model, optimizer, loader = make()
    history = fit(
        model, lambda model, batch: (loss_fn(model, batch)[0], {"loss": 7, "rate": 0.5}), loader,
        optimizer=optimizer, num_epochs=1, device="cpu", progress=False,
    )  # fmt: skip
    assert 7 not in history.steps["loss"] and history.steps["rate"] == [0.5] * 3


def test_the_schedule_steps_once_a_step():
    model, optimizer, loader = make(lr=1.0)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    run(model, optimizer, loader, scheduler=scheduler)
    assert optimizer.param_groups[0]["lr"] == 0.5**9

    class Counter:
        count = 0

        def step(self):
            self.count += 1

    run(model, optimizer, loader, scheduler=(counter := Counter()))
    assert counter.count == 9


@pytest.mark.parametrize(("cap", "ends"), [("1", [1]), ("3", [3]), ("4", [3, 4]), ("100", [3, 6, 9])])
def test_the_environment_caps_the_steps(monkeypatch, cap, ends):
    monkeypatch.setenv("D2LMODELS_STEPS", cap)
    history = run(*make(), evaluate=lambda model: {"x": 1})
    assert history.epoch_ends == ends
    assert len(history.steps["loss"]) == ends[-1] and len(history.epochs["x"]) == len(ends)


def test_gradients_are_cut_to_max_norm():
    model, optimizer, loader = make(lr=1.0, batch_size=24)
    optimizer.param_groups[0]["momentum"] = 0
    before = torch.cat([one.detach().flatten() for one in model.parameters()])
    run(model, optimizer, loader, num_epochs=1, max_norm=1e-3)
    moved = torch.cat([one.detach().flatten() for one in model.parameters()]) - before
    assert moved.norm().item() == pytest.approx(1e-3, rel=1e-3)


@pytest.mark.parametrize(
    ("best", "scores", "epoch"),
    [
        ("score", [0.1, 0.3, 0.2], 1),
        ("-score", [0.2, 0.1, 0.3], 1),
        ("score", [0.3, 0.3, 0.1], 0),
        ("score", [math.nan, 0.1, math.nan], 1),
        ("-score", [math.nan, 0.1, math.nan], 1),
        ("score", [1, 2, 3], 2),
    ],
)
def test_the_best_model_is_there_at_the_end(best, scores, epoch):
    model, optimizer, loader = make()
    states, given = [], iter(scores)

    def evaluate(model):
        states.append({name: part.clone() for name, part in model.state_dict().items()})
        return {"score": next(given)}

    history = run(model, optimizer, loader, evaluate=evaluate, best=best)
    assert history.best_epoch(best) == epoch
    assert all(torch.equal(part, states[epoch][name]) for name, part in model.state_dict().items())
    assert not torch.equal(states[epoch]["0.weight"], states[epoch - 1]["0.weight"])


def test_any_loader_with_a_length_will_do():
    model, optimizer, _ = make()
    batches = [[X[:8], DATA.tensors[1][:8]], (X[8:], DATA.tensors[1][8:])]
    assert run(model, optimizer, batches).epoch_ends == [2, 4, 6]


def test_a_batch_moves_whatever_it_is_nested_in():
    Pair = collections.namedtuple("Pair", "X y")
    batch = {"pair": Pair(X, [X, "word"]), "more": (None, 3, {"deep": X}), 0: torch.Size([2])}
    moved = to_device(batch, "meta")
    assert type(moved["pair"]) is Pair and moved["pair"].y[1] == "word" and moved["more"][:2] == (None, 3)
    tensors = [moved["pair"].X, moved["pair"].y[0], moved["more"][2]["deep"]]
    assert [tensor.device.type for tensor in tensors] == ["meta"] * 3
    assert batch["pair"].X.device.type == "cpu" and moved[0] == (2,)
    packed = nn.utils.rnn.pack_sequence([X[0]])
    assert to_device([packed], "cpu")[0].data.shape == (4,)


PROGRAM = """
import torch
from d2lmodels.train import fit
model = torch.nn.Linear(1, 1)
fit(model, lambda model, batch: (model(batch).sum(), {}), [torch.ones(1, 1)] * 5,
    optimizer=torch.optim.SGD(model.parameters(), lr=0.1), num_epochs=2, device="cpu")
"""


def test_the_bar_can_be_switched_off_from_outside(monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif("TQDM_DISABLE" in os.environ, reason="bars are switched off")
def test_the_bar_is_on_stderr_and_leaves_nothing(capsys):
    run(*make(), progress=False)
    assert capsys.readouterr() == ("", "")
    run(*make(), progress=True)
    written = capsys.readouterr()
    assert written.out == "" and "0/9" in written.err and "\n" not in written.err
    assert not written.err.rstrip("\r").split("\r")[-1].strip()


def test_a_history_survives_its_checkpoint():
    history, copy = History(), History()
    for step in range(4):
        history.add_step({"loss": 0.1 * step, "rate": math.nan})
    history.add_epoch({"accuracy": 1 / 3})
    copy.load_state_dict(history.state_dict())
    assert repr(copy.__dict__) == repr(history.__dict__)


def test_an_endless_generator_under_a_loader_is_not_exhausted():
    class Endless:
        def __len__(self):
            return 4

        def __iter__(self):
            return itertools.repeat((X[:8], DATA.tensors[1][:8]), 4)

    model, optimizer, _ = make()
    assert run(model, optimizer, Endless()).epoch_ends == [4, 8, 12]
