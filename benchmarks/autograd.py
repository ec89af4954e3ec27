"""A training step of an MLP 784–256–256–10: `Tensor` against torch, and against `Value`.

A step is the forward pass, cross entropy, the backward pass and the update by SGD. `Value` works on single
numbers and is timed on one example.
"""

from itertools import pairwise

import numpy as np
import torch
from harness import Measurement, run, threads

from d2lmodels.autograd import Tensor, Value, cross_entropy

WIDTHS = [784, 256, 256, 10]
BATCH, LR = 256, 0.01


class OurNetwork:
    """The network on `Tensor`; `weights` are (inputs, outputs)."""

    def __init__(self, weights):
        self.weights = [Tensor(W.copy(), requires_grad=True) for W in weights]
        self.biases = [Tensor(np.zeros(W.shape[1], W.dtype), requires_grad=True) for W in weights]

    def step(self, X, y):
        H = X
        for W, b in zip(self.weights[:-1], self.biases):
            H = (H @ W + b).relu()
        loss = cross_entropy(H @ self.weights[-1] + self.biases[-1], y)
        loss.backward()
        for parameter in self.weights + self.biases:
            parameter.data -= LR * parameter.grad
            parameter.grad = None
        return loss.data


class TorchNetwork:
    """The network as people write it in torch."""

    def __init__(self, weights):
        layers = []
        for W in weights:
            layers += [torch.nn.Linear(*W.shape), torch.nn.ReLU()]
        self.model = torch.nn.Sequential(*layers[:-1])
        with torch.no_grad():
            for layer, W in zip(layers[::2], weights):
                layer.weight.copy_(torch.from_numpy(W.T.copy()))
                layer.bias.zero_()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=LR)

    def step(self, X, y):
        self.optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(self.model(X), y)
        loss.backward()
        self.optimizer.step()
        return loss.detach()


class ScalarNetwork:
    """The network on `Value`, for one example at a time: every weight is an object of its own."""

    def __init__(self, weights):
        self.weights = [[[Value(w) for w in column] for column in W.T.tolist()] for W in weights]
        self.biases = [[Value(0.0) for _ in range(W.shape[1])] for W in weights]

    def step(self, x, target):
        h = x
        for k, (W, b) in enumerate(zip(self.weights, self.biases)):
            h = [sum((w * v for w, v in zip(column, h)), start) for column, start in zip(W, b)]
            h = [v.relu() for v in h] if k < len(WIDTHS) - 2 else h
        loss = sum(v.exp() for v in h).log() - h[target]
        loss.backward()
        for parameter in (
            p for W, b in zip(self.weights, self.biases) for p in [*b, *(w for c in W for w in c)]
        ):
            parameter.data -= LR * parameter.grad
            parameter.grad = 0.0
        return loss.data


def measurements():
    torch.set_num_threads(threads())
    random = np.random.default_rng(0)
    X = random.random((BATCH, WIDTHS[0]), np.float32)
    y = random.integers(0, WIDTHS[-1], BATCH)
    weights = [random.normal(0, (2 / n) ** 0.5, (n, m)) for n, m in pairwise(WIDTHS)]
    small = [W.astype(np.float32) for W in weights]

    ours, theirs = OurNetwork(small), TorchNetwork(small)
    torch_X, torch_y = torch.from_numpy(X), torch.from_numpy(y)

    def assert_equal_to_torch():
        for _ in range(5):
            np.testing.assert_allclose(ours.step(X, y), theirs.step(torch_X, torch_y), rtol=1e-4)
        for W, layer in zip(ours.weights, theirs.model[::2]):
            assert W.dtype == np.float32
            np.testing.assert_allclose(W.data, layer.weight.detach().numpy().T, rtol=1e-3, atol=1e-6)

    yield Measurement(
        what="training step",
        detail=f"784–256–256–10, batch {BATCH}, float32; torch.nn.Sequential with torch.optim.SGD",
        peer_name="torch",
        peer=lambda: theirs.step(torch_X, torch_y),
        ours=lambda: ours.step(X, y),
        assert_equal=assert_equal_to_torch,
        goal=0.8,
    )

    scalar, single, batched = (
        ScalarNetwork(weights),
        OurNetwork(weights),
        OurNetwork(small),
    )
    x, target = X[0].tolist(), int(y[0])
    row, label = X[:1].astype(np.float64), y[:1]

    def assert_equal_to_scalar():
        for _ in range(2):
            np.testing.assert_allclose(scalar.step(x, target), single.step(row, label), rtol=1e-9)
        first = np.array([[w.data for w in column] for column in scalar.weights[0]]).T
        np.testing.assert_allclose(first, single.weights[0].data, rtol=1e-9)

    yield Measurement(
        what="training step, per example",
        detail=f"784–256–256–10; Value on 1 example, Tensor on {BATCH} in float32, its time over {BATCH}",
        peer_name="Value, on single numbers",
        peer=lambda: scalar.step(x, target),
        ours=lambda: batched.step(X, y),
        assert_equal=assert_equal_to_scalar,
        per_ours=BATCH,
        goal=100,
    )


if __name__ == "__main__":
    run("autograd", measurements, packages=["numpy", "torch"])
