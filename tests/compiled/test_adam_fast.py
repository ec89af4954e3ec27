"""Compiled Adam equals the readable one; a C++ compiler is needed, and each of the two runs compiles once."""

import shutil

import pytest
import torch

from d2lmodels.optim import Adam, AdamW
from d2lmodels.optim.adam_fast import CompiledAdam, CompiledAdamW, adam_pass

needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("g++", "clang++", "cl"))), reason="torch.compile needs a C++ compiler"
)
SHAPES = [(1,), (17,), (3, 4), (), (2, 3, 2, 2)]


def random(*shape, seed):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def run(cls, **options):
    thetas = [random(*shape, seed=k).requires_grad_() for k, shape in enumerate(SHAPES)]
    thetas.append(random(4, 5, seed=9).T.requires_grad_())  # whose numbers do not lie in a row
    groups = [{"params": thetas[:3]}, {"params": thetas[3:], "lr": 0.03}]
    optimizer = cls(groups, lr=0.1, **options)
    for step in range(100):
        for k, theta in enumerate(thetas):
            theta.grad = (
                None if step % 3 == k else theta.detach() ** 3 + random(*theta.shape, seed=10 * step + k)
            )
        optimizer.step()
    return [theta.detach() for theta in thetas]


@needs_compiler
@pytest.mark.parametrize("fast, readable", [(CompiledAdam, Adam), (CompiledAdamW, AdamW)])
def test_compiled_adam_follows_the_readable_one(fast, readable):
    for ours, theirs in zip(run(fast, weight_decay=0.1), run(readable, weight_decay=0.1)):
        assert ours.isfinite().all()
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


def test_the_pass_that_is_compiled_is_adam(monkeypatch):
    monkeypatch.setattr("d2lmodels.optim.adam_fast.compiled_pass", adam_pass)
    for fast, readable in [(CompiledAdam, Adam), (CompiledAdamW, AdamW)]:
        for ours, theirs in zip(run(fast, weight_decay=0.1), run(readable, weight_decay=0.1)):
            torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)
