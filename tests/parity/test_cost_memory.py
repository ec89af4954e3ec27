"""Predicted bytes against the allocations that torch's profiler sees while a model trains."""

import os
from itertools import pairwise

os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # the profiler looks for a GPU, and says that there is none

import pytest
import torch
import transformers
from torch import nn
from torch.nn.functional import cross_entropy
from torch.profiler import ProfilerActivity, profile, record_function

from d2lmodels.cost.layers import total
from d2lmodels.cost.memory import mlp_activations, training_memory, transformer_activations
from d2lmodels.cost.networks import mlp
from d2lmodels.cost.transformer import TransformerConfig, transformer


def measured(build, loss_of):
    """Build a model, take two steps of Adam, and return the bytes that each part of the second adds."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True, acc_events=True) as profiler:
        with record_function("mark weights"):
            model = build()
        adam = torch.optim.Adam(model.parameters())
        for _ in range(2):
            with record_function("mark forward"):
                loss = loss_of(model)
            with record_function("mark backward"):
                loss.backward()
            with record_function("mark update"):
                adam.step()
            with record_function("mark clear"):
                adam.zero_grad()
                del loss
    added, mark = [], None
    for event in sorted(profiler.profiler.kineto_results.events(), key=lambda event: event.start_ns()):
        if event.name().startswith("mark"):
            mark = event.name().split()[1]
            added.append([mark, 0])
        elif event.name() == "[memory]" and mark:
            added[-1][1] += event.nbytes()
    first, second = added[1:5], dict(added[5:])
    return {
        "weights": added[0][1],
        "gradients": -second["clear"],
        "optimizer": first[2][1],
        "activations": second["forward"],
    }


def assert_close(found, predicted):
    assert found.keys() == predicted.keys()
    for name in predicted:
        assert found[name] == pytest.approx(predicted[name], rel=0.005), name


@pytest.mark.parametrize("sizes, batch", [((64, 300, 200, 50), 32), ((500, 40, 300), 200)])
def test_a_multilayer_perceptron(sizes, batch):
    X, y = torch.randn(batch, sizes[0]), torch.zeros(batch, dtype=torch.long)

    def build():
        layers = [part for n, m in pairwise(sizes) for part in (nn.Linear(n, m), nn.ReLU())]
        return nn.Sequential(*layers[:-1])

    found = measured(build, lambda model: cross_entropy(model(X), y))
    parameters = total(mlp(sizes)).parameters
    assert_close(found, training_memory(parameters, mlp_activations(sizes, batch=batch)))


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("batch, context, dim, num_layers, num_heads", [(2, 48, 64, 2, 4), (3, 80, 96, 3, 2)])
def test_a_language_model(fused, batch, context, dim, num_layers, num_heads):
    config = TransformerConfig(
        dim=dim, num_layers=num_layers, num_heads=num_heads, vocabulary=300, positions=context
    )
    theirs = transformers.GPT2Config(
        n_embd=dim,
        n_layer=num_layers,
        n_head=num_heads,
        vocab_size=300,
        n_positions=context,
        activation_function="gelu_pytorch_tanh",
        attn_implementation="sdpa" if fused else "eager",
        use_cache=False,
        bos_token_id=0,
        eos_token_id=0,
        **dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), 0.0),
    )
    tokens = torch.randint(300, (batch, context + 1))

    def loss_of(model):
        logits = model(tokens[:, :-1]).logits
        return cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())

    found = measured(lambda: transformers.GPT2LMHeadModel(theirs), loss_of)
    activations = transformer_activations(config, batch=batch, context=context, fused=fused)
    assert_close(found, training_memory(total(transformer(config)).parameters, activations))
