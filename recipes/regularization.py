"""Weight decay, dropout and early stopping on 300 digits, with right labels and with a fifth of them wrong.

The table and the curves of the chapter on activations, initialization and regularization: one network with
two hidden layers, each method at five strengths, and one run without any on twice as many digits, which is
what the digits that early stopping watches could be used for instead.
`python recipes/regularization.py --seeds 0 1 2 3 4`
"""

import rows
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from d2lmodels import device, train
from d2lmodels.data import load_digits
from d2lmodels.nn.dropout import Dropout
from d2lmodels.nn.init import kaiming_normal_
from d2lmodels.nn.losses import cross_entropy

PLAIN = {"digits": 300, "weight_decay": 0.0, "input_dropout": 0.0, "dropout": 0.0}
METHODS = [
    PLAIN,
    PLAIN | {"digits": 600},
    *(PLAIN | {"weight_decay": decay} for decay in (0.001, 0.003, 0.01, 0.03, 0.1)),
    *(PLAIN | {"dropout": p} for p in (0.2, 0.5, 0.7)),
    *(PLAIN | {"input_dropout": 0.2, "dropout": p} for p in (0.7, 0.5)),
]
CONFIGURATIONS = [{"noise": noise} | method for noise in (0.0, 0.2) for method in METHODS]
SMOKE = CONFIGURATIONS[-1] | {"num_epochs": 5}


def load(config, seed):
    """Return {"train": (X, y), …}: training digits, 300 for validation, 1,000 for testing."""
    arrays = (torch.from_numpy(array).to(device.device()) for array in load_digits(seed=seed))
    X, y, X_test, y_test = arrays
    count = config["digits"]
    labels = y[:count].cpu().clone()
    generator = torch.Generator().manual_seed(seed)
    wrong = torch.rand(count, generator=generator) < config["noise"]
    shift = torch.randint(1, 10, (count,), generator=generator)  # never to the right digit
    labels[wrong] = (labels + shift)[wrong] % 10
    return {
        "train": (X[:count], labels.to(X.device)),
        "validation": (X[-300:], y[-300:]),
        "test": (X_test, y_test),
    }


def network(config, *, width=256):
    """Return 784 – 256 – 256 – 10 with relus, dropout before each layer, and He's initialization."""
    shares = (config["input_dropout"], config["dropout"], config["dropout"])
    layers = []
    for p, n, m in zip(shares, (784, width, width), (width, width, 10)):
        linear = nn.Linear(n, m)
        kaiming_normal_(linear.weight, nonlinearity="relu")
        nn.init.zeros_(linear.bias)
        layers += [Dropout(p), linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def train_one(config, seed):
    """Return losses and accuracies after the last epoch and at the best, and curves at every fifth epoch."""
    data = load(config, seed)
    torch.manual_seed(seed)
    model = network(config)

    def loss_fn(model, batch):
        X, y = batch
        return cross_entropy(model(X), y), {}

    def evaluate(model):
        scores = {}
        for part, (X, y) in data.items():
            logits = model(X)
            scores[f"{part}_loss"] = cross_entropy(logits, y).item()
            scores[f"{part}_accuracy"] = (logits.argmax(dim=1) == y).double().mean().item()
        return scores

    loader = DataLoader(TensorDataset(*data["train"]), 30, shuffle=True, generator=torch.Generator())
    sgd = torch.optim.SGD(model.parameters(), 0.1, weight_decay=config["weight_decay"])
    num_epochs = config.get("num_epochs", 30_000 // config["digits"])  # 1,000 steps, whatever the digits
    options = {"optimizer": sgd, "num_epochs": num_epochs, "seed": seed, "progress": False}
    history = train.fit(model, loss_fn, loader, evaluate=evaluate, best="-validation_loss", **options)
    score = {name: values[-1] for name, values in history.epochs.items()}
    with torch.no_grad():
        stopped = evaluate(model.eval())
    score |= {f"best_{name}": stopped[name] for name in ("test_loss", "test_accuracy", "validation_loss")}
    score["best_epoch"] = history.best_epoch("-validation_loss") + 1
    for name in ("train_loss", "validation_loss", "test_accuracy"):
        score[f"curve_{name}"] = [round(value, 4) for value in history.epochs[name][4::5]]
    return score


if __name__ == "__main__":
    rows.run("regularization", CONFIGURATIONS, train_one, smoke=SMOKE)
