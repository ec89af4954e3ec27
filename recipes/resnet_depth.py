"""What depth, the shortcut and normalization do to a small network in three epochs on MNIST 5k.

The tables of the chapter on residual networks: every combination of block, normalization, depth and
learning rate, on digits of 14 × 14 pixels; plain blocks with a milder relu; and steps of one relative
size for all layers. `python recipes/resnet_depth.py --seeds 0 1 2`
"""

from itertools import product

import rows
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from d2lmodels import device, train
from d2lmodels.data import load_digits
from d2lmodels.nn.losses import cross_entropy
from d2lmodels.vision.resnet import BasicBlock, PlainBlock, ResNet


class GentleBlock(PlainBlock):
    """A plain block whose relus pass negative inputs on at half their size."""

    def forward(self, X):
        Y = F.leaky_relu(self.conv1(X), 0.5)
        return F.leaky_relu(self.conv2(Y), 0.5)


class EqualSteps(torch.optim.SGD):
    """SGD after each convolution's gradient has been given the length of its weights."""

    def step(self, closure=None):
        for parameter in self.param_groups[0]["params"]:
            if parameter.ndim == 4:
                parameter.grad *= parameter.detach().norm() / parameter.grad.norm()
        return super().step(closure)


BLOCKS = {"plain": PlainBlock, "residual": BasicBlock, "gentle": GentleBlock}
NORMS = {"batch": nn.BatchNorm2d, "none": nn.Identity}
NAMES = ("block", "norm", "depth", "lr")
CONFIGURATIONS = [
    dict(zip(NAMES, values))
    for values in product(("plain", "residual"), NORMS, (8, 20, 56), (0.005, 0.015, 0.05, 0.15))
]
CONFIGURATIONS += [dict(zip(NAMES, ("gentle", "batch", 56, lr))) for lr in (0.005, 0.015, 0.05, 0.15)]
CONFIGURATIONS += [
    dict(zip(NAMES, (block, "batch", depth, lr))) | {"steps": "equal"}
    for block, depth in (("plain", 8), ("plain", 56), ("residual", 56))
    for lr in (0.001, 0.003, 0.01, 0.03)
]
SMOKE = {"block": "residual", "norm": "batch", "depth": 8, "lr": 0.05}


def train_one(config, seed):
    """Return the third epoch's mean training loss, and the test accuracy; None where a run diverged."""
    arrays = (torch.from_numpy(array).to(device.device()) for array in load_digits(seed=seed))
    X_train, y_train, X_test, y_test = arrays
    X_train, X_test = (F.avg_pool2d(X.reshape(-1, 1, 28, 28), 2) for X in (X_train, X_test))
    torch.manual_seed(seed)
    model = ResNet(
        BLOCKS[config["block"]],
        [(config["depth"] - 2) // 6] * 3,
        num_classes=10,
        in_channels=1,
        widths=(8, 16, 32),
        stem="cifar",
        norm=NORMS[config["norm"]],
    )

    def loss_fn(model, batch):
        X, y = batch
        return cross_entropy(model(X), y), {}

    def evaluate(model):
        return {"accuracy": (model(X_test).argmax(dim=1) == y_test).double().mean().item()}

    digits = TensorDataset(X_train, y_train)
    loader = DataLoader(digits, batch_size=64, shuffle=True, generator=torch.Generator())
    kind = EqualSteps if config.get("steps") == "equal" else torch.optim.SGD
    sgd = kind(model.parameters(), config["lr"], momentum=0.9)
    options = {"optimizer": sgd, "num_epochs": 3, "evaluate": evaluate, "seed": seed}
    try:
        history = train.fit(model, loss_fn, loader, progress=False, **options)
    except FloatingPointError:
        return {"loss": None, "accuracy": None}
    last = history.steps["loss"][-len(loader) :]
    return {"loss": sum(last) / len(last), "accuracy": history.epochs["accuracy"][-1]}


if __name__ == "__main__":
    rows.run("resnet_depth", CONFIGURATIONS, train_one, smoke=SMOKE)
