"""What a training run must keep so that it can be killed and go on: its parts, its facts, its random states.

`train.fit` is the user; nobody else needs this file. Not here: generators that a data set or a worker
process hides, such as those of a loader with `persistent_workers`.
"""

import random

import numpy as np
import torch

import d2lmodels.checkpoint


class Run:
    """What a checkpoint holds: the parts that training changes, and the facts that a rerun must share."""

    def __init__(self, parts, loader, device):
        self.parts = {name: part for name, part in parts.items() if part is not None}
        self.loader, self.device = loader, device
        self.best = None  # the model's state after the best epoch
        names = {name: type(parts[name]).__name__ for name in ("optimizer", "scheduler")}
        counts = {"batches per epoch": len(loader), "generators in loader": len(_generators(loader))}
        self.facts = names | counts

    def save(self, path) -> None:
        """Write the checkpoint."""
        tree = {name: part.state_dict() for name, part in self.parts.items()}
        tree |= {"best": self.best, "facts": self.facts}
        d2lmodels.checkpoint.save(path, tree | {"random": _random_states(self.loader, self.device)})

    def resume(self, path, total) -> None:
        """Set every part to where the checkpoint left it, if there is one; `total` is where this run ends.

        Raises `ValueError` when the checkpoint is of another run.
        """
        if not path.exists():
            return
        saved = d2lmodels.checkpoint.load(path)
        if not isinstance(saved, dict) or "facts" not in saved:
            raise ValueError(f"{path} is no checkpoint of a training run: train.fit did not write it")
        self._check(path, saved, total)
        try:
            self.parts["optimizer"].load_state_dict(saved["optimizer"])
        except ValueError as error:
            raise ValueError(f"{path} is of a run with another optimizer: {error}") from None
        for name in self.parts.keys() - {"optimizer"}:
            if saved[name]:  # a scaler that is switched off has no state
                self.parts[name].load_state_dict(saved[name])
        self.best = saved["best"]
        _set_random_states(saved["random"], self.loader, self.device)

    def _check(self, path, saved, total):
        done = len(saved["history"]["steps"]["loss"])
        remedy = "; name another file, or delete this one to start anew"
        differences = _differences(saved["model"], self.parts["model"].state_dict())
        if differences:
            shown = ", ".join(differences[:5]) + (", …" if len(differences) > 5 else "")
            raise ValueError(f"{path} is of another model: {shown}{remedy}")
        for name, value in self.facts.items():
            matters = name != "num_epochs" or "scheduler" in self.parts  # which plans the whole run
            if matters and saved["facts"][name] != value:
                raise ValueError(
                    f"{path} is of a run with {name} {saved['facts'][name]!r}, not {value!r}{remedy}"
                )
        if done > total:
            raise ValueError(f"{path} has taken {done} steps already, and this run ends at {total}{remedy}")
        if done < total and done % len(self.loader):
            raise ValueError(f"{path} was cut by D2LMODELS_STEPS inside an epoch, at step {done}{remedy}")


def seed_everything(seed, loader) -> None:
    """Seed Python, NumPy, torch on every device, and the loader's own generators."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 (the global generator, which data sets draw from)
    torch.manual_seed(seed)
    for generator in _generators(loader):
        generator.manual_seed(seed)


def _differences(saved, model) -> list:
    """Return what a saved state has otherwise than the model's."""
    there, here = (
        {name: tuple(getattr(part, "shape", ())) for name, part in state.items()} for state in (saved, model)
    )
    return [
        *(f"it has no {name}" for name in here if name not in there),
        *(f"it has {name}, which this model has not" for name in there if name not in here),
        *(
            f"{name} is {there[name]} there and {here[name]} here"
            for name in here
            if there.get(name, here[name]) != here[name]
        ),
    ]


def _generators(loader) -> list:
    """Return the generators that a loader keeps for itself: its own, its data set's and its samplers'."""
    batch_sampler = getattr(loader, "batch_sampler", None)
    holders = [loader, batch_sampler, getattr(batch_sampler, "sampler", None)]
    holders += [getattr(loader, "sampler", None), getattr(loader, "dataset", None)]
    found = (getattr(holder, "generator", None) for holder in holders)
    return list({id(one): one for one in found if isinstance(one, torch.Generator)}.values())


def _random_states(loader, device):
    name, keys, *rest = np.random.get_state()  # noqa: NPY002
    return {
        "python": random.getstate(),
        "numpy": (name, keys.tolist(), *rest),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state(device) if device.type == "cuda" else None,
        "loader": [generator.get_state() for generator in _generators(loader)],
    }


def _set_random_states(states, loader, device) -> None:
    random.setstate(states["python"])
    np.random.set_state(states["numpy"])  # noqa: NPY002
    torch.set_rng_state(states["torch"])
    if device.type == "cuda" and states["cuda"] is not None:
        torch.cuda.set_rng_state(states["cuda"], device)
    for generator, state in zip(_generators(loader), states["loader"]):
        generator.set_state(state)
