"""What to train with few labels: four tasks, seven ways, 1, 3, 10 and 30 labels a class.

The tables and the first figure of the chapter on transfer learning. "crops": from which of ten photographs is
a grey piece of 64 × 64; the labelled pieces lie in the left halves, the test pieces in the right ones.
"digits": MNIST, enlarged to the same size. "pasted": which digit stands on a piece of a photograph. All with
EfficientNet-Lite0's ImageNet weights. "text": the topic of a question of ChatterBot's corpus, with MiniLM's
weights; no question stands there twice. The seed draws the examples that are labelled; those of the test are
always the same.
`python recipes/transfer.py --seeds 0 1 2`
"""

import functools
import warnings

import numpy as np
import rows
import torch
import torch.nn.functional as F
from torch import nn

from d2lmodels.adapt.freeze import freeze, parameter_groups
from d2lmodels.convert import load_pretrained
from d2lmodels.convert.huggingface import load_minilm, mean_over
from d2lmodels.data import load_digits, load_photograph
from d2lmodels.data.dialogues import load_dialogues
from d2lmodels.data.scenes import make_scenes
from d2lmodels.language.bert import Bert, BertConfig, pad_rows
from d2lmodels.vision.efficientnet import EfficientNetLite0

LABELS, MOST = (1, 3, 10, 30), 30
PHOTOGRAPHS = (
    "chelsea", "coffee", "rocket", "astronaut", "brick",
    "grass", "gravel", "hubble_deep_field", "ihc", "coins",
)  # fmt: skip
TOPICS = ("ai", "coding", "psychology", "trivia")  # those with at least 60 questions that differ
SIZE, TEST_SEED = 64, 2**20
USUAL = {"steps": 24, "batch_size": 16}
RATES = {"crops": 1e-3, "digits": 1e-3, "pasted": 1e-3, "text": 5e-4}
DECAY = {"crops": 0.85, "digits": 0.85, "text": 0.7}  # of the rate, from each layer to the one before
KEPT = {
    "crops": "blocks.10",
    "digits": "blocks.10",
    "pasted": "blocks.10",
    "text": "layers.3",
}  # the last that "last layers" freezes
SMALL_STEPS, SMALL_RATE = 96, 3e-3

FEW = (3, 30)
ARMS = {  # at how many labels a class; the dear ones at few
    "crops": {"raw": LABELS, "frozen": LABELS, "last": LABELS, "full": LABELS, "small": FEW},
    "text": {"raw": LABELS, "frozen": LABELS, "full": LABELS, "last": FEW, "small": FEW},
    "digits": {"raw": LABELS, "frozen": LABELS, "full": FEW, "last": (MOST,), "small": FEW},
    "pasted": {"raw": LABELS, "frozen": LABELS, "full": FEW, "last": (MOST,), "small": FEW},
}
DEAR = {"depth": (MOST,), "scratch": (MOST,)}
CONFIGURATIONS = [
    USUAL | {"task": task, "arm": arm, "labels": n}
    for task, arms in ARMS.items()
    for arm, counts in (arms | (DEAR if task in ("crops", "text") else {})).items()
    for n in counts
]
# Everything moves but normalization, which is frozen: as many steps as the others, and five times as many.
CONFIGURATIONS += [
    USUAL | {"task": task, "arm": "held", "labels": n, "steps": steps}
    for task in ("crops", "digits")
    for n, steps in ((3, 24), (MOST, 24), (MOST, 120))
]
SMOKE = USUAL | {"task": "text", "arm": "last", "labels": 3, "steps": 4}


def pieces(count, *, test, seed):
    """Return `count` grey pieces of each photograph, from −1 to 1, and which photograph each is from."""
    random, found = np.random.default_rng(seed), []
    for name in PHOTOGRAPHS:
        photograph = load_photograph(name).mean(axis=2)
        height, width = photograph.shape
        first, last = (width // 2, width - SIZE) if test else (0, width // 2 - SIZE)
        for _ in range(count):
            i, j = random.integers(height - SIZE + 1), random.integers(first, last + 1)
            found.append(photograph[i : i + SIZE, j : j + SIZE])
    X = torch.tensor(np.stack(found) / 127.5 - 1).float()[:, None].repeat(1, 3, 1, 1)
    return X, torch.arange(len(PHOTOGRAPHS)).repeat_interleave(count)


def enlarged(X):
    """Return digits as pictures of three equal channels from −1 to 1."""
    X = F.interpolate(torch.tensor(X).view(-1, 1, 28, 28), (SIZE, SIZE), mode="bilinear")
    return (2 * X - 1).repeat(1, 3, 1, 1)


def pasted(count, *, split, seed):
    """Return about `count` pieces of photographs, a digit in a random colour on each, and which digit."""
    look = {"item_size": (40, 60), "max_rotation": 10, "contrast": (0.7, 1.0), "max_hidden": 0.3}
    scenes = make_scenes(count, split=split, seed=seed, num_items=(1, 1), image_size=SIZE, **look)
    kept = scenes.labels[:, 0] >= 0  # some have found no place
    return 2 * scenes.images[kept] - 1, scenes.labels[kept, 0]


def questions():
    """Return the topics' questions, each once, in the order of the corpus."""
    dialogues = load_dialogues()
    return {topic: list(dict.fromkeys(said[0].lower() for said in dialogues[topic])) for topic in TOPICS}


@functools.cache
def load(task, seed):
    """Return inputs and labels, 30 of each class to learn from and those of the test."""
    if task == "crops":
        (X, y), (X_test, y_test) = pieces(MOST, test=False, seed=seed), pieces(30, test=True, seed=TEST_SEED)
        return (X,), y, (X_test,), y_test
    if task == "digits":
        X, y, X_test, y_test = load_digits()
        order = np.random.default_rng(seed).permutation(len(y))
        picked = np.concatenate([order[y[order] == k][:MOST] for k in range(10)])
        y, y_test = torch.tensor(y[picked]).long(), torch.tensor(y_test[:300]).long()
        return (enlarged(X[picked]),), y, (enlarged(X_test[:300]),), y_test
    if task == "pasted":
        (X, y), (X_test, y_test) = (
            pasted(count, split=part, seed=draw)
            for count, part, draw in ((20 * MOST, "train", seed), (320, "test", TEST_SEED))
        )
        picked = torch.cat([torch.nonzero(y == k)[:MOST, 0] for k in range(10)])
        return (X[picked],), y[picked], (X_test[:300],), y_test[:300]
    asked, texts = split(seed)
    ids, mask = pad_rows([tokenizer().encode_pair(text)[0][:24] for text in texts + asked])
    y, y_test = (torch.arange(len(TOPICS)).repeat_interleave(count) for count in (MOST, 30))
    return (ids[: len(y)], mask[: len(y)]), y, (ids[len(y) :], mask[len(y) :]), y_test


def split(seed):
    """Return 30 questions of each topic for the test, and 30 others to learn from, which the seed draws."""
    asked, texts = [], []
    for each in questions().values():
        order = np.random.default_rng(TEST_SEED).permutation(len(each))
        asked += [each[k] for k in order[:30]]
        texts += [each[k] for k in np.random.default_rng(seed).permutation(order[30:])[:MOST]]
    return asked, texts


@functools.cache
def tokenizer():
    return load_minilm()[1]


class Pictures(nn.Module):
    """The layers of an EfficientNet-Lite0 under a new head, or from a layer on."""

    def __init__(self, network, num_classes, start=None):
        super().__init__()
        if start is None:
            self.stem, start = network.stem, 0
        self.blocks, self.widen = network.blocks[start:], network.widen
        self.head = nn.Linear(1280, num_classes)

    def vectors(self, X):
        X = self.stem(X) if hasattr(self, "stem") else X
        return self.widen(self.blocks(X)).mean(dim=(2, 3))

    def forward(self, X):
        return self.head(self.vectors(X))


class Sentences(nn.Module):
    """The layers of a BERT, the mean over the tokens, and a new head, or all this from a layer on."""

    def __init__(self, network, num_classes, start=None):
        super().__init__()
        if start is None:
            self.embeddings, start = network.embeddings, 0
        self.layers = network.layers[start:]
        self.head = nn.Linear(network.config.dim, num_classes)

    def vectors(self, X, mask):
        if hasattr(self, "embeddings"):
            X = self.embeddings(X, torch.zeros_like(X), torch.arange(X.shape[1]))
        for layer in self.layers:
            X = layer(X, mask[:, None])
        return mean_over(X, mask)

    def forward(self, X, mask):
        return self.head(self.vectors(X, mask))


def small_network(task, num_classes):
    """Return a network with few weights, which learns from nothing more easily than a large one."""
    if task == "text":
        sizes = {"dim": 64, "num_heads": 2, "num_layers": 1, "ffn_dim": 128, "dropout": 0.0, "std": 0.1}
        return Sentences(Bert(BertConfig(len(tokenizer()), max_length=64, **sizes)), num_classes)
    layers = []
    for n, m in ((3, 16), (16, 32), (32, 64)):
        layers += [nn.Conv2d(n, m, 3, padding=1), nn.BatchNorm2d(m), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(1024, num_classes))


def network(task, num_classes, *, pretrained=True, start=None):
    """Return the task's network with its published weights, or with new ones, under a new head."""
    if task == "text":
        model = load_minilm()[0]
        return Sentences(model if pretrained else Bert(model.config), num_classes, start)
    model = load_pretrained("efficientnet_lite0") if pretrained else EfficientNetLite0()
    return Pictures(model, num_classes, start).to(memory_format=torch.channels_last)


@torch.no_grad()
def in_parts(function, inputs):
    """Return what the function gives for the inputs, 50 at a time."""
    parts = zip(*(part.split(50) for part in inputs))
    return torch.cat([function(*part) for part in parts])


@functools.cache
def cached(task, seed, what):
    """Return "vectors" for a linear classifier, or what comes out of the last kept layer, of both sets."""
    X, _, X_test, _ = load(task, seed)
    if what == "raw" and task != "text":
        return tuple(F.avg_pool2d(part[0].mean(1, keepdim=True), 4).flatten(1) for part in (X, X_test))
    model = network(task, 2).eval()
    if what == "frozen":
        return tuple(in_parts(model.vectors, part) for part in (X, X_test))
    found = []
    hook = model.get_submodule(KEPT[task]).register_forward_hook(lambda *a: found.append(a[2]))
    for part in (X, X_test):
        in_parts(model.vectors, part)
    hook.remove()
    return torch.cat(found).split([len(X[0]), len(X_test[0])])


def tf_idf(seed, few):
    """Return counts of words, rare ones weighing more, as the labelled questions know them."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    asked, texts = split(seed)
    texts = [texts[k] for k in few]
    vectorizer = TfidfVectorizer(token_pattern=r"\w+").fit(texts)
    return tuple(torch.tensor(vectorizer.transform(part).toarray()) for part in (texts, asked))


def linear(X, y, X_test):
    """Return what logistic regression says of the test; its strength is chosen among the labelled."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    mean = X.mean(0)
    scale = (X - mean).square().sum(1).mean().sqrt()
    X, X_test = (((part - mean) / scale).numpy() for part in (X, X_test))
    model = LogisticRegression(C=10.0, max_iter=200)
    if y.bincount().min() >= 3:
        model = GridSearchCV(model, {"C": [1.0, 10.0, 100.0]}, cv=3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that 200 iterations were not enough for a C
        return torch.tensor(model.fit(X, y.numpy()).predict(X_test))


def train(model, inputs, y, *, groups, steps, batch_size, generator):
    """Take `steps` steps with Adam on random batches; the rates fall along a cosine."""
    optimizer = torch.optim.Adam(groups)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    model.train()
    for _ in range(steps):
        batch = torch.randint(len(y), (batch_size,), generator=generator)
        optimizer.zero_grad()
        F.cross_entropy(model(*(part[batch] for part in inputs)), y[batch]).backward()
        optimizer.step()
        schedule.step()
    model.eval()


def train_one(config, seed):
    """Return the share of the test set told rightly."""
    task, arm, count = config["task"], config["arm"], config["labels"]
    X, y, X_test, y_test = load(task, seed)
    num_classes = int(y.max()) + 1
    few = torch.arange(len(y)).view(num_classes, MOST)[:, :count].flatten()
    if arm in ("raw", "frozen"):
        texts = arm == "raw" and task == "text"
        A, B = tf_idf(seed, few) if texts else cached(task, seed, arm)
        said = linear(A if texts else A[few], y[few], B)
        return {"accuracy": (said == y_test).double().mean().item()}
    torch.manual_seed(seed)
    options, lr = {name: config[name] for name in USUAL}, RATES[task]
    if arm == "small":
        model, lr, options["steps"] = small_network(task, num_classes), SMALL_RATE, SMALL_STEPS
    elif arm == "last":
        model = network(task, num_classes, start=int(KEPT[task].rpartition(".")[2]) + 1)
        A, B = cached(task, seed, "kept")
        X, X_test = (A, *X[1:]), (B, *X_test[1:])
    else:
        model = network(task, num_classes, pretrained=arm != "scratch")
        lr = 3 * lr if arm == "scratch" else lr
        for layer in model.modules() if arm == "held" else ():
            if isinstance(layer, nn.BatchNorm2d):
                freeze(layer)
    if task == "text" and arm in ("full", "depth"):
        freeze(model, upto="embeddings.tokens")  # 11.7 of 22.7 million numbers, of which a batch meets few
    groups = parameter_groups(model, lr, DECAY[task] if arm == "depth" else 1.0)
    generator = torch.Generator().manual_seed(seed)
    train(model, tuple(part[few] for part in X), y[few], groups=groups, generator=generator, **options)
    said = in_parts(model, X_test).argmax(dim=1)
    return {"accuracy": (said == y_test).double().mean().item()}


if __name__ == "__main__":
    rows.run("transfer", CONFIGURATIONS, train_one, smoke=SMOKE)
