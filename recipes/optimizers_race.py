"""A race of optimizers over two courses: a classifier and a deep autoencoder of digits of 14 × 14 pixels.

The table of the chapter on optimizers. A row is one method on one course with one seed: eight learning
rates, a factor of 2 apart, each from the same start over the same batches, with a cosine schedule to 0.
`python recipes/optimizers_race.py --seeds 0 1 2 3 4`
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
from d2lmodels.optim import SGD, Adam, RMSProp, Schedule, cosine
from d2lmodels.optim.adam import zeros_once


class Uncorrected(Adam):
    """Adam whose running means are taken as they are, too small at first."""

    def update(self, theta, g, state, *, lr, betas, eps, weight_decay):
        m, v = (zeros_once(state, name, theta) for name in ("exp_avg", "exp_avg_sq"))
        m.lerp_(g, 1 - betas[0])
        v.lerp_(g**2, 1 - betas[1])
        theta -= lr * m / (v.sqrt() + eps)


METHODS = {  # the class, its options, and the binary logarithm of the largest rate
    "descent": (SGD, {}, 3),
    "momentum": (SGD, {"momentum": 0.9}, 0),
    "nesterov": (SGD, {"momentum": 0.9, "nesterov": True}, 0),
    "rmsprop": (RMSProp, {}, -5),
    "adam": (Adam, {}, -4),
    "uncorrected": (Uncorrected, {}, -4),
}
SIZES = {"classifier": (196, 128, 64, 10), "autoencoder": (196, 100, 40, 10, 40, 100, 196)}
EPOCHS = {"classifier": 10, "autoencoder": 25}
CONFIGURATIONS = [dict(zip(("course", "method"), pair)) for pair in product(SIZES, METHODS)]
SMOKE = {"course": "classifier", "method": "adam"}


def network(course):
    """Return layers of tanh with weights of variance 2 / (inputs + outputs), and no tanh at the end."""
    layers = []
    for n, m in zip(SIZES[course], SIZES[course][1:]):
        linear = nn.Linear(n, m)
        nn.init.xavier_normal_(linear.weight)
        nn.init.zeros_(linear.bias)
        layers += [linear, nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def digits(seed):
    """Return 3,200 digits to train on, 800 to choose the rate by and 1,000 to test on, as pairs (X, y)."""
    X_train, y_train, X_test, y_test = map(torch.from_numpy, load_digits(seed=seed))
    X_train, X_test = (F.avg_pool2d(X.reshape(-1, 1, 28, 28), 2).flatten(1) for X in (X_train, X_test))
    return (X_train[800:], y_train[800:]), (X_train[:800], y_train[:800]), (X_test, y_test)


def race(course, method, exponent, seed):
    """Train at the rate 2**exponent; return the last epoch's loss, and the errors on the other digits."""
    training, validation, test = digits(seed)
    variance = training[0].var(dim=0).mean().item()
    torch.manual_seed(seed)
    model = network(course)

    def loss_fn(model, batch):
        X, y = batch
        if course == "classifier":
            return cross_entropy(model(X), y), {}
        return F.mse_loss(model(X), X) / variance, {}

    def error(pair):
        X, y = (part.to(device.device()) for part in pair)
        if course == "classifier":
            return (model(X).argmax(dim=1) != y).double().mean().item()
        return loss_fn(model, (X, y))[0].item()

    kind, options, _ = METHODS[method]
    optimizer = kind(model.parameters(), 2.0**exponent, **options)
    loader = DataLoader(TensorDataset(*training), 64, shuffle=True, generator=torch.Generator())
    schedule = Schedule(optimizer, cosine(EPOCHS[course] * len(loader)))
    options = {"optimizer": optimizer, "scheduler": schedule, "num_epochs": EPOCHS[course], "seed": seed}
    try:
        history = train.fit(model, loss_fn, loader, progress=False, **options)
    except FloatingPointError:
        return {"loss": None, "validation": None, "test": None}
    last = history.steps["loss"][-len(loader) :]
    with torch.no_grad():
        scores = {"loss": sum(last) / len(last), "validation": error(validation), "test": error(test)}
    return {name: round(value, 5) for name, value in scores.items()}


def train_one(config, seed):
    """Return lists with a number for each rate, from the largest down; None where a run diverged."""
    exponents = [METHODS[config["method"]][2] - k for k in range(8)]
    scores = [race(config["course"], config["method"], exponent, seed) for exponent in exponents]
    return {"exponent": exponents} | {name: [one[name] for one in scores] for name in scores[0]}


if __name__ == "__main__":
    rows.run("optimizers_race", CONFIGURATIONS, train_one, smoke=SMOKE)
