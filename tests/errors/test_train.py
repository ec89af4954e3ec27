"""Mistakes with `d2lmodels.train` end in errors that say what was wrong and where."""

import math
import re

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from d2lmodels import checkpoint
from d2lmodels.train import History, fit

X = torch.linspace(-1, 1, 32).reshape(8, 4)


def loss_fn(model, batch):
    return model(batch).square().mean(), {}


def run(loss_fn=loss_fn, loader=(X, X, X), *, model=None, optimizer=None, **options):
    model = model or nn.Linear(4, 2)
    optimizer = optimizer or torch.optim.SGD(model.parameters(), lr=0.1)
    options = {"num_epochs": 2, "device": "cpu", "progress": False} | options
    return fit(model, loss_fn, loader, optimizer=optimizer, **options)


class NoState:
    def step(self):
        pass


ARGUMENTS = [
    ({"loader": []}, ValueError, "loader is empty: no data, or fewer rows than one batch"),
    ({"loader": DataLoader(X, batch_size=9, drop_last=True)}, ValueError, "loader is empty"),
    ({"loader": iter([X])}, TypeError, "loader must know its length, got list_iterator"),
    ({"num_epochs": 0}, ValueError, "num_epochs is 0; it must be a whole number from 1 up"),
    ({"num_epochs": 2.5}, ValueError, "num_epochs is 2.5; it must be"),
    ({"seed": -1}, ValueError, "seed is -1; it must be a whole number from 0"),
    ({"seed": "1"}, ValueError, "seed is '1'; it must be"),
    ({"best": "accuracy"}, ValueError, "best is 'accuracy', which needs evaluate"),
    (
        {"optimizer": torch.optim.SGD(nn.Linear(4, 2).parameters())},
        ValueError,
        "optimizer holds none of the model's parameters",
    ),
    (
        {"scheduler": NoState(), "checkpoint": "nowhere"},
        TypeError,
        "a checkpoint needs a scheduler with state_dict, got NoState",
    ),
]


@pytest.mark.parametrize(("options", "error", "message"), ARGUMENTS)
def test_arguments(options, error, message):
    with pytest.raises(error, match=message):
        run(**options)


RESULTS = [
    (lambda loss: loss, TypeError, r"loss_fn must return \(loss, logs\), .* got Tensor"),
    (lambda loss: (loss, loss), TypeError, r"got \(Tensor, Tensor\)"),
    (lambda loss: (loss, {}, 3), TypeError, r"got \(Tensor, dict, int\)"),
    (lambda loss: None, TypeError, "got NoneType"),
    (lambda loss: (loss.item(), {}), TypeError, "a tensor as its loss, got float"),
    (lambda loss: (loss.repeat(3), {}), ValueError, r"the loss must be one number, .* shape \(3,\)"),
    (lambda loss: (loss.detach(), {}), ValueError, "the loss needs no gradient: .* detach"),
    (lambda loss: (loss, {"a": torch.ones(2)}), ValueError, r"the log 'a' must be one .* shape \(2,\)"),
    (lambda loss: (loss, {"a": "high"}), TypeError, "the log 'a' must be one number, got str"),
]


@pytest.mark.parametrize(("change", "error", "message"), RESULTS)
def test_what_loss_fn_returns(change, error, message):
    with pytest.raises(error, match=message):
        run(lambda model, batch: change(loss_fn(model, batch)[0]))


def test_a_frozen_model():
    model = nn.Linear(4, 2).requires_grad_(False)
    with pytest.raises(ValueError, match="the loss needs no gradient: every parameter is frozen"):
        run(model=model, optimizer=torch.optim.SGD(model.parameters()))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_stops_before_it_harms_the_model(bad):
    model, calls = nn.Linear(4, 2), []

    def explode(model, batch):
        calls.append({name: part.clone() for name, part in model.state_dict().items()})
        loss, logs = loss_fn(model, batch)
        return loss * (bad if len(calls) == 5 else 1), logs

    message = f"the loss is {bad} at step 5, in epoch 2 (both from 1)"
    with pytest.raises(FloatingPointError, match=re.escape(message)):
        run(explode, model=model)
    assert all(torch.equal(part, calls[-1][name]) for name, part in model.state_dict().items())


def test_the_names_of_logs_and_metrics_stay():
    names = iter("aab")
    with pytest.raises(ValueError, match=r"loss_fn's logs must keep their names, \['a', 'loss'\], got \['b'"):
        run(lambda model, batch: (loss_fn(model, batch)[0], {next(names): 1}))
    names = iter("ab")
    with pytest.raises(ValueError, match=r"evaluate's metrics must keep their names, \['a'\], got \['b'\]"):
        run(evaluate=lambda model: {next(names): 1})


def test_what_evaluate_returns():
    with pytest.raises(TypeError, match="evaluate must return a dict of numbers, got float"):
        run(evaluate=lambda model: 0.5)
    with pytest.raises(TypeError, match="the metric 'name' must be one number, got str"):
        run(evaluate=lambda model: {"name": "high"})
    with pytest.raises(ValueError, match="best is '-f1'; evaluate returns the metrics accuracy, loss"):
        run(evaluate=lambda model: {"accuracy": 1, "loss": 0}, best="-f1")
    with pytest.raises(ValueError, match="evaluate returns the metrics none"):
        History().best_epoch("x")


@pytest.mark.parametrize("given", [0, 2, 4])
def test_a_loader_that_gives_other_than_its_length(given):
    class Wrong:
        def __len__(self):
            return 3

        def __iter__(self):
            return iter([X] * given)

    with pytest.raises(ValueError, match=f"loader gave {given} batches, and its length is 3"):
        run(loader=Wrong())


class TestCheckpoints:
    """A checkpoint of another run is refused before anything is touched."""

    @pytest.fixture
    def path(self, tmp_path):
        path = tmp_path / "run.safetensors"
        run(checkpoint=path, seed=1)
        return path

    def test_of_another_shape(self, path):
        model = nn.Linear(4, 3)
        before = model.weight.clone()
        with pytest.raises(
            ValueError,
            match=r"run.safetensors is of another model: weight is \(2, 4\) there and \(3, 4\)",
        ):
            run(model=model, checkpoint=path, seed=1)
        assert torch.equal(model.weight, before)

    def test_of_other_names(self, path):
        message = "it has no 0.weight, it has no 0.bias, it has weight, which this model has not, it has bias"
        with pytest.raises(ValueError, match=f"is of another model: {message}"):
            run(model=nn.Sequential(nn.Linear(4, 2)), checkpoint=path, seed=1)
        many = nn.Sequential(*[nn.Linear(4, 4) for _ in range(9)])
        with pytest.raises(ValueError, match=r"it has no 2.weight, …; name another file, or delete this one"):
            run(model=many, checkpoint=path, seed=1)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"seed": 2}, "with seed 1, not 2"),
            ({"seed": None}, "with seed 1, not None"),
            ({"loader": [X]}, "with batches per epoch 3, not 1"),
            ({"best": "a", "evaluate": lambda model: {"a": 1}}, "with best None, not 'a'"),
            ({"num_epochs": 1}, "has taken 6 steps already, and this run ends at 3"),
        ],
    )
    def test_of_another_run(self, path, options, message):
        with pytest.raises(ValueError, match=message):
            run(checkpoint=path, **({"seed": 1} | options))

    def test_of_another_optimizer(self, path):
        model = nn.Linear(4, 2)
        with pytest.raises(ValueError, match="with optimizer 'SGD', not 'Adam'"):
            run(model=model, optimizer=torch.optim.Adam(model.parameters()), checkpoint=path, seed=1)
        with pytest.raises(ValueError, match="is of a run with another optimizer: "):
            run(model=model, optimizer=torch.optim.SGD([model.weight]), checkpoint=path, seed=1)

    def test_of_another_scheduler(self, path):
        model = nn.Linear(4, 2)
        optimizer = torch.optim.SGD(model.parameters())
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
        with pytest.raises(ValueError, match="with scheduler 'NoneType', not 'StepLR'"):
            run(model=model, optimizer=optimizer, scheduler=scheduler, checkpoint=path, seed=1)

    def test_of_no_run(self, path):
        checkpoint.save(path, nn.Linear(4, 2).state_dict())
        with pytest.raises(ValueError, match="is no checkpoint of a training run: train"):
            run(checkpoint=path, seed=1)
        path.write_bytes(b"")
        with pytest.raises(ValueError, match="is truncated or no checkpoint"):
            run(checkpoint=path, seed=1)
