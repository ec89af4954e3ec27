"""A student of 2,970 parameters, its teacher a LeNet of 61,706: targets, smoothed, hard, soft, features.

The comparisons of the chapter on distillation. Within a number of images all students start from the same
weights and see the same images, unchanged, in the same batches; only what they are told of them differs. 500
digits are held out of the training digits for choices, such as the temperature.
`python recipes/distillation.py --seeds 0 1 2 3 4 5 6 7`
"""

import functools
import math

import rows
import torch
import torch.nn.functional as F
from torch import nn

from d2lmodels import train
from d2lmodels.adapt.freeze import extract
from d2lmodels.compress.distill import (
    FeatureMatching,
    distillation_loss,
    hard_distillation_loss,
    teacher_logits,
)
from d2lmodels.data import load_digits
from d2lmodels.optim import AdamW, Schedule
from d2lmodels.optim.schedules import cosine
from d2lmodels.vision.lenet import LeNet

TARGETS = {"images": 100, "taught": "targets", "steps": 400, "teacher_images": 3500, "teacher_steps": 600}
HARD = TARGETS | {"taught": "hard"}
SOFT = TARGETS | {"taught": "soft", "temperature": 4, "alpha": 1.0}
FEATURES = TARGETS | {"taught": "features"}
SMOOTHED = TARGETS | {"taught": "smoothed", "temperature": 4}
LONG = {"images": 3500, "steps": 1500}
CONFIGURATIONS = [
    TARGETS,
    HARD,
    *(SOFT | {"temperature": temperature} for temperature in (1, 2, 4, 8, 16)),
    *(SOFT | {"alpha": alpha} for alpha in (0.5, 0.9)),
    FEATURES,
    SMOOTHED,
    *(config | {"images": images} for images in (100, 300, 1000) for config in (TARGETS, SOFT)),
    *(config | LONG for config in (TARGETS, HARD, SOFT)),
    *(config | LONG | {"images": images} for images in (100, 300, 1000) for config in (TARGETS, SOFT)),
    *(config | LONG | {"steps": 4500} for config in (TARGETS, SOFT)),
    SOFT | {"teacher_steps": 20},
    SOFT | {"teacher_images": 100},
]
SMOKE = FEATURES | {"steps": 30, "teacher_steps": 30}
FEATURES_OF = "classifier.4"  # the 84 numbers that the teacher's last layer sees
BATCH, TEACHER_BATCH = 25, 32


class Batches:
    """A number of batches of the rows of some tensors, in a new order each time through the rows."""

    def __init__(self, *tensors, batch_size, steps):
        self.tensors, self.batch_size, self.steps = tensors, batch_size, steps
        self.generator = torch.Generator()

    def __len__(self):
        return self.steps

    def __iter__(self):
        left = []
        for _ in range(self.steps):
            left = left or list(self._order().split(self.batch_size))
            chosen = left.pop()
            yield tuple(tensor[chosen] for tensor in self.tensors)

    def _order(self):
        return torch.randperm(len(self.tensors[0]), generator=self.generator)


def student():
    """Return the small network: half the resolution, one convolution, one linear layer."""
    return nn.Sequential(
        nn.AvgPool2d(2), nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(288, 10)
    )


def moved(X, *, turn=12, shift=2):
    """Return images turned by up to `turn` degrees and shifted by up to `shift` pixels, at random."""
    angle = math.radians(turn) * (2 * torch.rand(len(X)) - 1)
    offset = shift / 14 * (2 * torch.rand(2, len(X)) - 1)
    first = torch.stack([angle.cos(), -angle.sin(), offset[0]], dim=1)
    second = torch.stack([angle.sin(), angle.cos(), offset[1]], dim=1)
    grid = F.affine_grid(torch.stack([first, second], dim=1), X.shape, align_corners=False)
    return F.grid_sample(X, grid, align_corners=False)


def load(seed):
    """Return {"train": (X, y), …}: 3,500 digits, 500 for validation, 1,000 for testing."""
    X, y, X_test, y_test = map(torch.from_numpy, load_digits(seed=seed))
    X, X_test = X.reshape(-1, 1, 28, 28), X_test.reshape(-1, 1, 28, 28)
    return {"train": (X[:-500], y[:-500]), "validation": (X[-500:], y[-500:]), "test": (X_test, y_test)}


def descend(model, loss_fn, loader, *, lr, seed, also=()):
    """Train through the loader once, with a rate that rises for a twentieth of the steps and falls to 0."""
    optimizer = AdamW([*model.parameters(), *also], lr=lr, weight_decay=0.0)
    schedule = Schedule(optimizer, cosine(len(loader), warmup=len(loader) // 20))
    options = {"num_epochs": 1, "seed": seed, "device": "cpu", "progress": False}
    train.fit(model, loss_fn, loader, optimizer=optimizer, scheduler=schedule, **options)
    model.eval()


def accuracy(model, X, y) -> float:
    """Return the share of right answers."""
    return (teacher_logits(model, X.split(500)).argmax(1) == y).double().mean().item()


@functools.lru_cache(maxsize=3)
def taught(seed, images, steps):
    """Return a teacher trained on moved images, and its logits and features of all training images."""
    torch.manual_seed(seed)
    model = LeNet()
    X, y = load(seed)["train"]

    def loss_fn(model, batch):
        X, y = batch
        return F.cross_entropy(model(moved(X)), y), {}

    loader = Batches(X[:images], y[:images], batch_size=TEACHER_BATCH, steps=steps)
    descend(model, loss_fn, loader, lr=4e-3, seed=seed)
    features = torch.cat([extract(model, part, [FEATURES_OF])[FEATURES_OF] for part in X.split(500)])
    return model, teacher_logits(model, X.split(500)), features


def train_one(config, seed):
    """Return the accuracies of the student and of its teacher, on validation and test digits."""
    data = load(seed)
    X, y = data["train"]
    teacher, logits, features = taught(seed, config["teacher_images"], config["teacher_steps"])
    features = features / features.square().mean().sqrt()
    torch.manual_seed(seed)
    model = student()
    matching = FeatureMatching(288, 84)
    arm = config["taught"]

    def loss_fn(model, batch):
        X, y, logits, features = batch
        if arm == "features":
            hidden = model[:-1](X)  # (B, 288)
            return F.cross_entropy(model[-1](hidden), y) + matching(hidden, features), {}
        if arm == "smoothed":
            return F.cross_entropy(model(X), y, label_smoothing=epsilon), {}
        if arm == "soft":
            options = {"temperature": config["temperature"], "alpha": config["alpha"]}
            return distillation_loss(model(X), logits, y, **options), {}
        return hard_distillation_loss(model(X), logits, y, alpha=float(arm == "hard")), {}

    few = [tensor[: config["images"]] for tensor in (X, y, logits, features)]
    loader = Batches(*few, batch_size=BATCH, steps=config["steps"])
    if arm == "smoothed":  # as much on the wrong classes as the teacher has there
        softened = (few[2] / config["temperature"]).softmax(1)
        epsilon = (1 - softened.gather(1, few[1][:, None]).mean().item()) / 0.9
    descend(
        model, loss_fn, loader, lr=5e-3, seed=seed, also=matching.parameters() if arm == "features" else ()
    )
    score = {}
    for part in ("validation", "test"):
        score[part] = accuracy(model, *data[part])
        score[f"teacher_{part}"] = accuracy(teacher, *data[part])
    return score


if __name__ == "__main__":
    rows.run("distillation", CONFIGURATIONS, train_one, smoke=SMOKE)
