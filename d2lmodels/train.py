"""Training: one loop for every model whose loss is a function of the model and a batch.

`fit` is the loop. Beside it stand the curves it returns (`History`) and the checks of what it is given;
what a checkpoint holds is in `train_state.py`. Not here: several GPUs, accumulated gradients, optimizers
that take a closure (LBFGS), losses that take turns (GANs), and data whose length is not known.
"""

import copy
import math
import numbers
from collections.abc import Callable
from pathlib import Path

import torch
from tqdm import tqdm

import d2lmodels.device
from d2lmodels.train_state import Run, seed_everything


class History:
    """What a training run has shown so far: curves for plotting, and evaluations.

    `steps` maps "loss" and the names of the logs to lists with a number per step; `epochs` maps the names
    of the metrics to lists with a number per epoch; `epoch_ends` tells how many steps had been taken at
    the end of each epoch, so `plt.plot(history.epoch_ends, history.epochs["accuracy"])` fits the curves.

    >>> history = History()
    >>> history.add_step({"loss": 0.7})
    >>> history.add_epoch({"accuracy": 0.5})
    >>> history
    History(steps=1, epochs=1, loss=0.7, accuracy=0.5)
    """

    def __init__(self):
        self.steps: dict[str, list[float]] = {"loss": []}
        self.epochs: dict[str, list[float]] = {}
        self.epoch_ends: list[int] = []

    def add_step(self, logs) -> None:
        """Append one number to each curve; raise `ValueError` when the names change."""
        _append(self.steps, logs, first=not self.steps["loss"], source="loss_fn's logs")

    def add_epoch(self, metrics) -> None:
        """Append one number to each metric; raise `ValueError` when the names change."""
        _append(self.epochs, metrics, first=not self.epoch_ends, source="evaluate's metrics")
        self.epoch_ends.append(len(self.steps["loss"]))

    def best_epoch(self, best: str) -> int:
        """Return the number, from 0, of the first epoch with the highest `best`, or lowest for "-name"."""
        sign, name = (-1, best[1:]) if best.startswith("-") else (1, best)
        if name not in self.epochs:
            known = ", ".join(self.epochs) or "none"
            raise ValueError(f"best is {best!r}; evaluate returns the metrics {known}")
        values = [-math.inf if math.isnan(value) else sign * value for value in self.epochs[name]]
        return values.index(max(values))

    def state_dict(self) -> dict:
        """Return what a checkpoint keeps; numbers become tensors of float64, which lose no bit."""
        curves = {"steps": self.steps, "epochs": self.epochs}
        tree = {
            kind: {name: torch.tensor(values, dtype=torch.float64) for name, values in lists.items()}
            for kind, lists in curves.items()
        }
        return tree | {"epoch_ends": self.epoch_ends}

    def load_state_dict(self, tree) -> None:
        """Take over what `state_dict` returned."""
        self.steps = {name: values.tolist() for name, values in tree["steps"].items()}
        self.epochs = {name: values.tolist() for name, values in tree["epochs"].items()}
        self.epoch_ends = tree["epoch_ends"]

    def __repr__(self):
        last = {name: values[-1] for name, values in (self.steps | self.epochs).items() if values}
        shown = "".join(f", {name}={value:.4g}" for name, value in last.items())
        return f"History(steps={len(self.steps['loss'])}, epochs={len(self.epoch_ends)}{shown})"


def fit(
    model: torch.nn.Module,
    loss_fn: Callable,
    loader,
    *,
    optimizer,
    num_epochs: int,
    evaluate: Callable | None = None,
    scheduler=None,
    checkpoint=None,
    best: str | None = None,
    max_norm: float | None = None,
    seed: int | None = None,
    device=None,
    progress: bool = True,
) -> History:
    """Train `model` and return the curves.

    loss_fn: `loss_fn(model, batch) -> (loss, logs)`: a tensor of one number to descend, and a dict of
        further numbers (or detached tensors of one number) for the curves, the same at every step.
    loader: gives the batches (tensors in any nesting of tuples, lists and dicts) and knows its length.
    optimizer: of parameters of `model`; scheduler: anything with `.step()`, called after every step.
    num_epochs: how often to go through `loader`; `D2LMODELS_STEPS` caps the steps in all.
    evaluate: `evaluate(model) -> dict` of numbers, called after each epoch in eval mode, without
        gradients and in full precision. Every number that is reported comes from here.
    checkpoint: path of a file, written after each epoch. If it exists, training goes on from there, and
        on a CPU ends with the same bits as if it had never stopped; a finished run returns at once.
    best: a metric; at the end the model is set back to the epoch where it was highest ("-loss": where
        the metric "loss" was lowest). The checkpoint holds that model too, under "best".
    max_norm: the norm to which the gradients of a step are cut.
    seed: of all random generators, the loader's own included; None leaves them as they are.
    device: where to train; the GPU if there is one, in mixed precision: bfloat16 or else float16.
    progress: whether to draw a bar on stderr, which leaves nothing behind; `TQDM_DISABLE=1` overrules.

    Raises `FloatingPointError` when the loss is NaN or infinite, with its step and epoch; `ValueError` or
    `TypeError` when an argument, what a function returned, or the checkpoint does not fit.

    >>> X = torch.linspace(-1, 1, 8).reshape(-1, 1)
    >>> model = torch.nn.Linear(1, 1)
    >>> def squared_error(model, batch):
    ...     return ((model(batch) - 3 * batch) ** 2).mean(), {}
    >>> sgd = torch.optim.SGD(model.parameters(), lr=0.5)
    >>> history = fit(model, squared_error, [X], optimizer=sgd, num_epochs=50, device="cpu", progress=False)
    >>> round(model.weight.item(), 3)
    3.0
    """
    _check_arguments(loader, num_epochs, evaluate, scheduler, checkpoint, best, seed)
    device = torch.device(device) if device else d2lmodels.device.device()
    model.to(device).train()
    _check_optimizer(model, optimizer)
    if seed is not None:
        seed_everything(seed, loader)
    dtype = autocast_dtype(device)
    scaler = torch.amp.GradScaler(device.type, enabled=dtype is torch.float16)
    total = d2lmodels.device.steps(num_epochs * len(loader))
    history = History()
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "scaler": scaler}
    run = Run(parts | {"history": history}, loader, device)
    run.facts |= {"num_epochs": num_epochs, "seed": seed, "best": best}
    if checkpoint is not None:
        run.resume(Path(checkpoint), total)
    with _bar(total, len(history.steps["loss"]), progress) as bar:
        for epoch in range(len(history.epoch_ends), math.ceil(total / len(loader))):
            for batch in _batches(loader, total - epoch * len(loader)):
                with torch.autocast(device.type, dtype, enabled=dtype is not None):
                    result = loss_fn(model, to_device(batch, device))
                loss, logs = _checked(result, history, epoch)
                optimizer.zero_grad()
                scaler.scale(loss).backward()
                if max_norm is not None:
                    scaler.unscale_(optimizer)
                    torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)
                scaler.step(optimizer)
                scaler.update()
                if scheduler is not None:
                    scheduler.step()
                history.add_step(logs)
                bar.set_postfix(epoch=epoch + 1, loss=f"{logs['loss']:.4f}", refresh=False)
                bar.update()
            history.add_epoch(_evaluated(model, evaluate) if evaluate else {})
            if best and history.best_epoch(best) == epoch:
                run.best = copy.deepcopy(model.state_dict())
            if checkpoint is not None:
                run.save(checkpoint)
    if best:
        model.load_state_dict(run.best)
    return history


def to_device(batch, device):
    """Return the batch with every tensor on `device`, whatever tuples, lists and dicts they are nested in.

    >>> to_device({"X": torch.ones(2), "names": ("a", "b")}, "cpu")
    {'X': tensor([1., 1.]), 'names': ('a', 'b')}
    """
    if hasattr(batch, "to"):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: to_device(part, device) for key, part in batch.items()}
    if isinstance(batch, list | tuple):
        parts = [to_device(part, device) for part in batch]
        return type(batch)(*parts) if hasattr(batch, "_fields") else type(batch)(parts)  # named tuple, or not
    return batch


def autocast_dtype(device) -> torch.dtype | None:
    """Return the dtype of mixed precision: None on a CPU, bfloat16 on a GPU that has it, else float16.

    GPUs compute in bfloat16 from compute capability 8.0 on; older ones only emulate it, slowly. Float16
    has so small a range that the loss is scaled up, lest gradients vanish (Micikevicius et al., "Mixed
    precision training", 2018, section 3.2).

    >>> autocast_dtype(torch.device("cpu")) is None
    True
    """
    if device.type != "cuda":
        return None
    return torch.bfloat16 if torch.cuda.get_device_capability(device) >= (8, 0) else torch.float16


def _bar(total, done, progress):
    options = {} if progress else {"disable": True}  # "disable": False would overrule TQDM_DISABLE
    return tqdm(total=total, initial=done, unit="step", leave=False, **options)


def _batches(loader, left):
    """Yield the batches of an epoch, or the first `left` if they are fewer; check the loader's length.

    A whole epoch asks once more after the last batch, as any loop over the loader does: a sampler may
    draw random numbers then.
    """
    count = 0
    for count, batch in enumerate(loader, 1):
        yield batch
        if count == left < len(loader):
            return
    if count != len(loader):
        raise ValueError(f"loader gave {count} batches, and its length is {len(loader)}")


def _checked(result, history, epoch):
    """Return the loss and the numbers to log, or say what is wrong with what loss_fn returned."""
    if not isinstance(result, tuple) or len(result) != 2 or not isinstance(result[1], dict):
        kinds = ", ".join(type(part).__name__ for part in result) if isinstance(result, tuple) else None
        got = f"({kinds})" if kinds else type(result).__name__
        raise TypeError(f"loss_fn must return (loss, logs), a tensor and a dict, got {got}")
    loss, logs = result
    if not isinstance(loss, torch.Tensor):
        raise TypeError(f"loss_fn must return a tensor as its loss, got {type(loss).__name__}")
    value = _number(loss, "the loss")
    if not loss.requires_grad:
        raise ValueError(
            "the loss needs no gradient: every parameter is frozen, or loss_fn cut the way back to them "
            "with detach, item, numpy or no_grad"
        )
    if not math.isfinite(value):
        step = len(history.steps["loss"]) + 1
        raise FloatingPointError(
            f"the loss is {value} at step {step}, in epoch {epoch + 1} (both from 1); the model is as it was "
            "before this step"
        )
    logs = {name: _number(log, f"the log {name!r}") for name, log in logs.items() if name != "loss"}
    return loss, {"loss": value} | logs


def _evaluated(model, evaluate):
    """Return evaluate's metrics as numbers, and the model in train mode again."""
    model.eval()
    with torch.no_grad():
        metrics = evaluate(model)
    model.train()
    if not isinstance(metrics, dict):
        raise TypeError(f"evaluate must return a dict of numbers, got {type(metrics).__name__}")
    return {name: _number(metric, f"the metric {name!r}") for name, metric in metrics.items()}


def _number(value, what) -> float:
    """Return a number, or a tensor of one number, as a float."""
    if isinstance(value, torch.Tensor):
        if value.numel() != 1:
            raise ValueError(f"{what} must be one number, got a tensor of shape {tuple(value.shape)}")
        return float(value.detach().item())
    if not isinstance(value, numbers.Real):
        raise TypeError(f"{what} must be one number, got {type(value).__name__}")
    return float(value)


def _append(curves, values, *, first, source) -> None:
    if first:
        curves.update({name: [] for name in values})
    if curves.keys() != values.keys():
        raise ValueError(f"{source} must keep their names, {sorted(curves)}, got {sorted(values)}")
    for name, value in values.items():
        curves[name].append(value)


def _check_arguments(loader, num_epochs, evaluate, scheduler, checkpoint, best, seed) -> None:
    if not hasattr(loader, "__len__"):
        raise TypeError(f"loader must know its length, got {type(loader).__name__}")
    if len(loader) == 0:
        raise ValueError("loader is empty: no data, or fewer rows than one batch and drop_last=True")
    if not isinstance(num_epochs, int) or num_epochs < 1:
        raise ValueError(f"num_epochs is {num_epochs!r}; it must be a whole number from 1 up")
    if seed is not None and (not isinstance(seed, int) or not 0 <= seed < 2**32):
        raise ValueError(f"seed is {seed!r}; it must be a whole number from 0 to 2**32 - 1, or None")
    if best and not evaluate:
        raise ValueError(f"best is {best!r}, which needs evaluate to return that metric")
    if checkpoint is not None and scheduler is not None and not hasattr(scheduler, "state_dict"):
        raise TypeError(f"a checkpoint needs a scheduler with state_dict, got {type(scheduler).__name__}")


def _check_optimizer(model, optimizer) -> None:
    held = {id(one) for group in optimizer.param_groups for one in group["params"]}
    if not held & {id(one) for one in model.parameters()}:
        raise ValueError(
            "optimizer holds none of the model's parameters; make it with this model's model.parameters()"
        )
