"""The small residual networks of He et al. (2016), section 4.2, on CIFAR-10: for a GPU.

Batches of 128, pixels less their mean, crops of images padded by 4 pixels, mirror images, SGD with momentum
0.9 and weight decay 1e-4, a rate of 0.1 that is divided by 10 after half and three quarters of 64,000
steps. The paper's table 6 reports errors of 8.75% with 20 layers and 6.97% with 56, with the mean image taken
off and shortcuts without weights. The smoke row runs two epochs on MNIST 5k.
`python recipes/resnet_cifar10.py --seeds 0 1 2`; a run that was stopped goes on at its last epoch.
"""

from pathlib import Path

import rows
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

from d2lmodels import device, train
from d2lmodels.data import load_cifar10, load_digits
from d2lmodels.nn.losses import cross_entropy
from d2lmodels.vision.resnet import BasicBlock, PlainBlock, ResNet

BLOCKS = {"plain": PlainBlock, "residual": BasicBlock}
CONFIGURATIONS = [
    {"data": "cifar10", "block": block, "depth": depth, "num_epochs": 164}
    for depth in (20, 56)
    for block in BLOCKS
]
SMOKE = {"data": "digits", "block": "residual", "depth": 8, "num_epochs": 2}
CHECKPOINTS = Path(__file__).resolve().parents[1] / "_build" / "recipes"


def load(name, seed):
    """Return training and test images, (N, C, H, W) from 0 to 1, and classes, on the device."""
    arrays = load_cifar10() if name == "cifar10" else load_digits(seed=seed)
    X_train, y_train, X_test, y_test = (torch.from_numpy(array).to(device.device()) for array in arrays)
    if name == "digits":
        X_train, X_test = X_train.reshape(-1, 1, 28, 28), X_test.reshape(-1, 1, 28, 28)
    return X_train, y_train, X_test, y_test


def varied(X):
    """Return each image cut at random out of its padded self, and mirrored as often as not."""
    B, C, H, W = X.shape
    padded = F.pad(X, (4, 4, 4, 4))  # (B, C, H + 8, W + 8)
    with X.device:
        down, across = torch.randint(9, (2, B, 1))
        mirrored = torch.rand(B, 1) < 0.5
        columns = torch.where(mirrored, torch.arange(W).flip(0), torch.arange(W)) + across  # (B, W)
        lines = torch.arange(H) + down  # (B, H)
        images, channels = torch.arange(B)[:, None, None, None], torch.arange(C)[:, None, None]
    return padded[images, channels, lines[:, None, :, None], columns[:, None, None, :]]  # (B, C, H, W)


def train_one(config, seed):
    """Return the accuracy on the test images after the last epoch, and the last epoch's mean loss."""
    X_train, y_train, X_test, y_test = load(config["data"], seed)
    mean, augment = X_train.mean(), config["data"] == "cifar10"
    torch.manual_seed(seed)
    model = ResNet(
        BLOCKS[config["block"]],
        [(config["depth"] - 2) // 6] * 3,
        num_classes=10,
        in_channels=X_train.shape[1],
        widths=(16, 32, 64),
        stem="cifar",
    )

    def loss_fn(model, batch):
        X, y = batch
        return cross_entropy(model((varied(X) if augment else X) - mean), y), {}

    def evaluate(model):
        y_hat = torch.cat([model(X - mean).argmax(dim=1) for X in X_test.split(1000)])
        return {"accuracy": (y_hat == y_test).double().mean().item()}

    loader = DataLoader(TensorDataset(X_train, y_train), 128, shuffle=True, generator=torch.Generator())
    sgd = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, weight_decay=1e-4)
    total = config["num_epochs"] * len(loader)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(sgd, [total // 2, 3 * total // 4])
    path = None
    if augment:
        CHECKPOINTS.mkdir(parents=True, exist_ok=True)
        path = CHECKPOINTS / f"cifar10-{config['block']}-{config['depth']}-{seed}.safetensors"
    options = {"optimizer": sgd, "scheduler": scheduler, "num_epochs": config["num_epochs"]}
    options |= {"evaluate": evaluate, "checkpoint": path, "seed": seed}
    history = train.fit(model, loss_fn, loader, progress=augment, **options)
    last = history.steps["loss"][-len(loader) :]
    return {"loss": sum(last) / len(last), "accuracy": history.epochs["accuracy"][-1]}


if __name__ == "__main__":
    rows.run("resnet_cifar10", CONFIGURATIONS, train_one, smoke=SMOKE)
