"""Two processes that share each batch take the steps of one; what is kept; a kill between their writes."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

RECIPES = Path(__file__).resolve().parents[2] / "recipes"
TOGETHER = """
import os, sys
from pathlib import Path
import torch
import torch.distributed as dist
import bert, parallel
sys.path.insert(0, sys.argv[1])
from shared import CONFIG, PHASE, Texts

def train(seed, path=None):
    torch.manual_seed(seed)
    model = bert.network(CONFIG).double()
    history = bert.fit(model, Texts(), CONFIG, PHASE, seed, checkpoint=path, device="cpu")
    return {"steps": history.steps, "model": model.state_dict()}

def train_one(config, seed):
    sums = torch.tensor([float(seed)])
    dist.all_reduce(sums)
    return {"sum": sums.item()}

FOLDER = Path(sys.argv[1])
bert.EVERY = PHASE["steps"] // 2
if "RANK" in os.environ:
    destroy, dist.destroy_process_group = dist.destroy_process_group, lambda: None
    parallel.run("demo", [{"width": 1}, {"width": 2}], train_one, smoke={}, folder=FOLDER,
                 arguments=["--seeds", "3", "4"])
    results = {"whole": train(0)}
    part = FOLDER / "part"
    os.environ["D2LMODELS_STEPS"] = str(bert.EVERY)
    train(0, parallel.checkpoint_path(part))
    del os.environ["D2LMODELS_STEPS"]
    if parallel.place()[0]:
        (FOLDER / "part_1").write_bytes(b"another process's half-written file")
    path = parallel.checkpoint_path(part)
    results["resumed"] = train(0, path)
    torch.save(results, FOLDER / f"results_{parallel.place()[0]}.pt")
    destroy()
"""
SHARED = """
import bert_texts
import torch

CONFIG = {"vocab_size": 30, "dim": 8, "num_heads": 2, "num_layers": 2, "max_length": 12, "std": 0.3,
          "batch_size": 7}
PHASE = {"lr": 1e-2, "steps": 12, "warmup": 0.1, "exchanged": 4}

class Texts(bert_texts.Texts):
    def __init__(self):
        generator = torch.Generator().manual_seed(0)
        self.vocab_size = 30
        self.pad_id, self.cls_id, self.sep_id, self.mask_id = 26, 27, 28, 29
        lengths = torch.randint(1, 9, (4, 12), generator=generator).tolist()
        self.train = [
            [torch.randint(26, (n,), generator=generator).tolist() for n in document] for document in lengths
        ]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with what two processes together have left there."""
    folder = tmp_path_factory.mktemp("together")
    (folder / "shared.py").write_text(SHARED)
    (folder / "together.py").write_text(TOGETHER)
    environment = os.environ | {
        "PYTHONPATH": str(RECIPES),
        "OMP_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",
    }
    for variable in ("D2LMODELS_STEPS", "D2LMODELS_SEED", "RANK", "WORLD_SIZE", "LOCAL_RANK"):
        environment.pop(variable, None)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command += [str(folder / "together.py"), str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.fixture(scope="module")
def alone(folder):
    """Return what one process gives that takes the whole batches."""
    before = set(sys.modules)
    sys.path[:0] = [str(RECIPES), str(folder)]
    try:
        bert, shared = importlib.import_module("bert"), importlib.import_module("shared")
        every, bert.EVERY = bert.EVERY, shared.PHASE["steps"] // 2
        torch.manual_seed(0)
        model = bert.network(shared.CONFIG).double()
        history = bert.fit(model, shared.Texts(), shared.CONFIG, shared.PHASE, 0, device="cpu")
        bert.EVERY = every
        return {"steps": history.steps, "model": model.state_dict()}
    finally:
        del sys.path[:2]
        for name in set(sys.modules) - before:
            if name in ("bert", "bert_texts", "parallel", "rows", "shared"):
                del sys.modules[name]


@pytest.mark.parametrize("rank", [0, 1])
@pytest.mark.parametrize("run", ["whole", "resumed"])
def test_two_processes_have_the_losses_and_the_weights_of_one(folder, alone, rank, run):
    results = torch.load(folder / f"results_{rank}.pt")[run]
    assert results["steps"].keys() == alone["steps"].keys() == {"loss", "tokens", "next"}
    for name, losses in alone["steps"].items():
        assert len(losses) == 12
        assert results["steps"][name] == pytest.approx(losses, rel=1e-6, abs=0), name
    for name, tensor in alone["model"].items():
        torch.testing.assert_close(results["model"][name], tensor, rtol=1e-6, atol=1e-9)
    assert alone["steps"]["loss"][-1] < alone["steps"]["loss"][0]


def test_each_row_is_run_by_all_and_kept_once(folder):
    rows = json.loads((folder / "demo.json").read_text())
    kept = [(row["config"]["width"], row["seed"], row["score"]["sum"]) for row in rows]
    assert kept == [(1, 3, 6.0), (2, 3, 6.0), (1, 4, 8.0), (2, 4, 8.0)]


@pytest.fixture
def parallel(monkeypatch):
    monkeypatch.syspath_prepend(str(RECIPES))
    for variable in ("D2LMODELS_STEPS", "D2LMODELS_SEED", "RANK", "WORLD_SIZE", "LOCAL_RANK"):
        monkeypatch.delenv(variable, raising=False)
    return importlib.import_module("parallel")


def test_alone_nothing_changes(parallel, tmp_path):
    assert parallel.place() == (0, 1) and parallel.from_first("x") == "x"
    batch = {"ids": torch.arange(6)}
    assert torch.equal(parallel.share(batch)["ids"], batch["ids"])
    model, loss = torch.nn.Linear(1, 1), torch.ones((), requires_grad=True)
    with parallel.average_gradients(model):
        assert parallel.averaged(loss) is loss
    (tmp_path / "part_0").write_bytes(b"kept")
    assert parallel.checkpoint_path(tmp_path / "part").read_bytes() == b"kept"
    parallel.run(
        "demo", [{"width": 1}], lambda config, seed: {"score": seed}, smoke={}, folder=tmp_path, arguments=[]
    )
    (row,) = json.loads((tmp_path / "demo.json").read_text())
    assert row["score"] == {"score": 0}
