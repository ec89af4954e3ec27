"""Nothing is left behind on the wrong device; mixed precision as far as a CPU shows it."""

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

import d2lmodels.checkpoint
import d2lmodels.device
from d2lmodels import train
from d2lmodels.train import autocast_dtype, fit

CUDA = torch.device("cuda")


class Network(nn.Sequential):
    """A model that carries its optimizer along: fake parameters move by replacement, real ones in place."""

    def __init__(self):
        super().__init__(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Dropout(), nn.Linear(3, 1))
        self.optimizer = torch.optim.AdamW(self.parameters())

    def to(self, device):
        super().to(device)
        self.optimizer.param_groups[0]["params"] = list(self.parameters())
        return self


def loss_fn(model, batch):
    error = model(batch["inputs"]["X"]) - batch["y"][0]
    return error.square().mean(), {"error": error.abs().mean()}


BATCH = {"inputs": {"X": torch.ones(5, 4)}, "y": [torch.ones(5, 1)], "name": "first"}


@pytest.fixture
def fake_cuda(monkeypatch):
    """A CUDA device of fake tensors, which know their shape and device and hold no numbers."""
    devices = []

    def number(value, what):
        devices.append((what, value.device.type))
        return 0.0

    def backward(loss):  # the real one asks the driver for a stream
        assert loss.device.type == "cuda"
        for one in backward.model.parameters():
            one.grad = torch.zeros_like(one)

    monkeypatch.setattr(train, "_number", number)
    monkeypatch.setattr(train, "autocast_dtype", lambda device: None)
    monkeypatch.setattr(torch.Tensor, "backward", backward)
    backward.model = Network()
    with FakeTensorMode(allow_non_fake_inputs=True):
        yield backward.model, devices


def test_everything_that_fit_touches_is_on_the_device(fake_cuda):
    model, devices = fake_cuda
    optimizer = model.optimizer
    history = fit(
        model, loss_fn, [BATCH, BATCH], optimizer=optimizer, num_epochs=2, device="cuda", max_norm=1.0,
        evaluate=lambda model: {"mean": model(torch.ones(5, 4, device="cuda")).mean()},
        scheduler=torch.optim.lr_scheduler.StepLR(optimizer, 1), progress=False,
    )  # fmt: skip
    assert devices[:2] == [("the loss", "cuda"), ("the log 'error'", "cuda")]
    assert {device for _, device in devices} == {"cuda"} and len(devices) == 4 * 2 + 2
    assert {part.device.type for part in model.state_dict().values()} == {"cuda"}
    moments = [state["exp_avg"].device.type for state in optimizer.state.values()]
    assert moments == ["cuda"] * 6 and len(history.steps["loss"]) == 4


def test_the_fake_device_notices_a_tensor_that_stayed_behind(fake_cuda, monkeypatch):
    model, _ = fake_cuda
    options = {"optimizer": model.optimizer, "num_epochs": 1, "device": "cuda", "progress": False}
    with pytest.raises(RuntimeError, match="device"):
        fit(model, lambda model, batch: (model(torch.ones(5, 4)).sum(), {}), [BATCH], **options)
    monkeypatch.setattr(train, "to_device", lambda batch, device: batch)
    with pytest.raises(RuntimeError, match="device"):
        fit(model, loss_fn, [BATCH], **options)


def test_the_default_device_is_the_one_of_the_package(monkeypatch):
    monkeypatch.setattr(d2lmodels.device, "device", lambda: torch.device("meta"))
    monkeypatch.setattr(train.torch.amp, "GradScaler", lambda device, enabled: 1 / 0)
    model = Network()
    with pytest.raises(ZeroDivisionError):
        fit(model, loss_fn, [BATCH], optimizer=model.optimizer, num_epochs=1)
    assert {part.device.type for part in model.state_dict().values()} == {"meta"}


@pytest.mark.parametrize(
    ("capability", "dtype"),
    [((7, 0), torch.float16), ((7, 5), torch.float16), ((8, 0), torch.bfloat16), ((10, 0), torch.bfloat16)],
)
def test_bfloat16_where_the_gpu_has_it(monkeypatch, capability, dtype):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert autocast_dtype(CUDA) is dtype
    assert autocast_dtype(torch.device("cpu")) is None


@pytest.mark.parametrize("dtype", [None, torch.bfloat16, torch.float16])
def test_mixed_precision_on_the_cpu_for_the_test_s_sake(monkeypatch, dtype, tmp_path):
    monkeypatch.setattr(train, "autocast_dtype", lambda device: dtype)
    torch.manual_seed(0)
    model, seen = nn.Linear(4, 1), []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)

    def loss_fn(model, X):
        y_hat = model(X)
        seen.append((y_hat.dtype, torch.is_autocast_enabled("cpu")))
        return (y_hat.float() - 2 * X.sum(1, keepdim=True)).square().mean(), {}

    def evaluate(model):
        return {"full precision": model(torch.ones(1, 4)).dtype is torch.float32}

    options = {"evaluate": evaluate, "checkpoint": tmp_path / "run", "device": "cpu", "progress": False}
    options |= {"optimizer": optimizer, "max_norm": 100.0}
    history = fit(model, loss_fn, [torch.randn(32, 4)], num_epochs=30, **options)
    assert set(seen) == {(dtype or torch.float32, dtype is not None)}
    assert history.epochs["full precision"] == [1.0] * 30
    assert history.steps["loss"][-1] < 0.05 * history.steps["loss"][0]
    assert model.weight.dtype is torch.float32
    scaler = d2lmodels.checkpoint.load(tmp_path / "run")["scaler"]
    assert ("scale" in scaler) == (dtype is torch.float16)
    fit(model, loss_fn, [torch.randn(32, 4)], num_epochs=31, **options)
    resumed = d2lmodels.checkpoint.load(tmp_path / "run")["scaler"]
    assert not scaler or resumed["_growth_tracker"] == scaler["_growth_tracker"] + 1


def test_a_scaled_step_that_overflows_is_skipped(monkeypatch):
    monkeypatch.setattr(train, "autocast_dtype", lambda device: torch.float16)
    model = nn.Linear(1, 1, bias=False)
    before = model.weight.item()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def loss_fn(model, X):
        return (model(X).float() * 1e36).sum(), {}

    fit(model, loss_fn, [torch.ones(1, 1)], optimizer=optimizer, num_epochs=1, device="cpu", progress=False)
    assert model.weight.item() == before


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_gpu_trains_in_mixed_precision_and_resumes(tmp_path):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.1), nn.Linear(8, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    options = {"optimizer": optimizer, "checkpoint": tmp_path / "run", "progress": False}
    fit(model, loss_fn, [BATCH] * 5, num_epochs=2, **options)
    history = fit(model, loss_fn, [BATCH] * 5, num_epochs=20, **options)
    assert history.steps["loss"][-1] < history.steps["loss"][0] and len(history.epoch_ends) == 20
