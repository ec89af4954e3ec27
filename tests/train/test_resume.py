"""A run that is killed and resumed ends with the same bits; what a checkpoint is checked for."""

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from d2lmodels import checkpoint
from d2lmodels.train import fit

SCRIPT = Path(__file__).with_name("kill_and_resume.py")


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


class Noisy(Dataset):
    """Rows with the noise of three generators."""

    def __len__(self):
        return 12

    def __getitem__(self, index):
        return torch.full((3,), index / 12) + random.random() + np.float32(np.random.rand()) + torch.rand(3)  # noqa: NPY002


def loss_fn(model, batch):
    return (model(batch) - batch.sum(1, keepdim=True)).square().mean(), {}


def train(path, *, kill_at=None, make_optimizer=torch.optim.Adam, width=4, **options):
    """Train, or be killed in the evaluation of an epoch; return all that the run ends with."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, width), nn.Dropout(0.5), nn.Linear(width, 1))
    optimizer = make_optimizer(model.parameters(), lr=0.005)
    options = {"seed": 7, "num_epochs": 5} | options
    if options.pop("plan", False):
        options["scheduler"] = torch.optim.lr_scheduler.StepLR(optimizer, 4)
    workers = options.pop("num_workers", 0)
    generator = options.pop("generator", None) or torch.Generator()
    loader = DataLoader(Noisy(), batch_size=4, shuffle=True, generator=generator, num_workers=workers)
    calls = 0

    def evaluate(model):
        nonlocal calls
        calls += 1
        if calls == kill_at:
            raise Killed
        return {"loss": model(torch.rand(4, 3)).square().mean()}

    history = fit(
        model, loss_fn, loader, optimizer=optimizer, evaluate=evaluate, checkpoint=path, device="cpu",
        progress=False, **options,
    )  # fmt: skip
    ends = [history.steps, history.epochs, random.random(), np.random.rand(), torch.rand(1).item()]  # noqa: NPY002
    state = {name: part.tolist() for name, part in model.state_dict().items()}
    return [*ends, state, optimizer.state_dict()["param_groups"], repr(optimizer.state_dict()["state"])]


@pytest.mark.parametrize("kill_at", [1, 2, 5])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"plan": True, "best": "-loss", "max_norm": 0.1},
        {"make_optimizer": torch.optim.SGD},
        {"make_optimizer": torch.optim.RMSprop, "seed": None},
    ],
)
def test_a_resumed_run_ends_with_the_same_bits(tmp_path, kill_at, options):
    random.seed(1), np.random.seed(1)  # noqa: NPY002 (what a run without a seed starts from)
    wanted = train(tmp_path / "whole", **options)
    path = tmp_path / "run.safetensors"
    random.seed(1), np.random.seed(1)  # noqa: NPY002
    with pytest.raises(Killed):
        train(path, kill_at=kill_at, **options)
    start = 99 if path.exists() else 1  # killed before the first checkpoint, it begins again
    random.seed(start), np.random.seed(start)  # noqa: NPY002
    assert train(path, **options) == wanted
    assert train(path, kill_at=1, **options) == wanted  # finished: evaluate is not called again


def test_workers_draw_the_same_numbers_after_a_resume(tmp_path):
    wanted = train(tmp_path / "whole", num_workers=2, num_epochs=3)
    with pytest.raises(Killed):
        train(tmp_path / "run", num_workers=2, num_epochs=3, kill_at=2)
    assert train(tmp_path / "run", num_workers=2, num_epochs=3) == wanted


def test_writing_a_checkpoint_changes_no_bit(tmp_path):
    assert train(None) == train(tmp_path / "run")


def test_the_number_of_epochs_matters_to_a_schedule_only(tmp_path):
    wanted = train(tmp_path / "long", num_epochs=5)
    train(tmp_path / "run", num_epochs=2)
    assert train(tmp_path / "run", num_epochs=5) == wanted
    train(tmp_path / "plan", num_epochs=2, plan=True)
    with pytest.raises(ValueError, match="is of a run with num_epochs 2, not 5; name another file"):
        train(tmp_path / "plan", num_epochs=5, plan=True)


def test_a_run_that_was_cut_between_epochs_goes_on(tmp_path, monkeypatch):
    wanted = train(tmp_path / "whole")
    monkeypatch.setenv("D2LMODELS_STEPS", "6")
    train(tmp_path / "run")
    monkeypatch.setenv("D2LMODELS_STEPS", "1000")
    assert train(tmp_path / "run") == wanted
    monkeypatch.setenv("D2LMODELS_STEPS", "7")
    wanted = train(tmp_path / "cut")
    assert train(tmp_path / "cut", kill_at=1) == wanted
    monkeypatch.delenv("D2LMODELS_STEPS")
    with pytest.raises(ValueError, match="was cut by D2LMODELS_STEPS inside an epoch, at step 7"):
        train(tmp_path / "cut")


def test_the_checkpoint_holds_the_best_model_for_other_uses(tmp_path):
    state = train(tmp_path / "run", best="-loss")[5]
    best = checkpoint.load(tmp_path / "run")["best"]
    assert {name: part.tolist() for name, part in best.items()} == state


def test_a_rerun_in_the_same_process_returns_at_once(tmp_path):
    generator = torch.Generator()
    first = train(tmp_path / "run", generator=generator)
    assert train(tmp_path / "run", generator=generator, kill_at=1) == first


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_runs_killed_at_three_random_moments_end_with_the_same_bits():
    done = subprocess.run([sys.executable, SCRIPT, "3"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("3 rounds, 0 failures")
