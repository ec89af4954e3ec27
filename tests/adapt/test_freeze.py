"""Freezing holds parameters and statistics still; groups carry their rates; features are a layer's own."""

import copy

import pytest
import torch
from torch import nn

from d2lmodels.adapt.freeze import extract, freeze, parameter_groups, unfreeze
from d2lmodels.language.bert import Bert, BertConfig
from d2lmodels.nn.norm import BatchNorm
from d2lmodels.vision.efficientnet import EfficientNetLite0

CONFIG = BertConfig(vocab_size=9, dim=8, num_heads=2, num_layers=3, ffn_dim=16, max_length=5, dropout=0.5)
IDS = torch.tensor([[1, 4, 5, 2]])


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), BatchNorm(4), nn.ReLU(), nn.Conv2d(4, 4, 3), BatchNorm(4), nn.Flatten()
    )


def step(model, *inputs):
    """Take one step of training, and return what changed: names of parameters and buffers."""
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    output = model(*inputs)
    output = output[1] if isinstance(output, tuple) else output
    (output**2).sum().backward()
    optimizer.step()
    return {name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}


def test_neither_parameters_nor_statistics_of_frozen_layers_change():
    model = network()
    assert freeze(model, upto="1") == ["0", "1"]
    model.train()
    changed = step(model, 3 + 2 * torch.randn(2, 1, 6, 6))
    assert {"3.weight", "3.bias", "4.weight", "4.bias", "4.running_mean", "4.running_var"} == changed - {
        "4.num_batches_tracked"
    }


def test_without_freezing_the_statistics_move_even_where_parameters_are_held():
    model = network()
    for parameter in model[:2].parameters():
        parameter.requires_grad_(False)
    assert "1.running_mean" in step(model.train(), 3 + torch.randn(2, 1, 6, 6))


def test_all_is_frozen_without_a_name_and_free_again_after_unfreeze():
    model = network()
    freeze(model)
    assert not any(p.requires_grad for p in model.parameters())
    X = torch.randn(2, 1, 6, 6)
    assert torch.equal(model.train()(X), model.eval()(X))
    unfreeze(model)
    model.train()
    assert all(p.requires_grad for p in model.parameters())
    assert not torch.equal(model(X), model.eval()(X))
    assert not any(layer._forward_pre_hooks for layer in model.modules())


def test_freezing_less_frees_what_lies_behind():
    model = network()
    freeze(model, upto="4")
    assert freeze(model, upto="0") == ["0"]
    assert [p.requires_grad for p in model.parameters()] == [False] * 2 + [True] * 6


def test_a_copy_is_frozen_and_can_be_freed_by_itself():
    model = network()
    freeze(model, upto="1")
    other = copy.deepcopy(model)
    unfreeze(other)
    other.train()(torch.randn(2, 1, 6, 6))
    assert other[1].training and all(p.requires_grad for p in other.parameters())
    model.train()(torch.randn(2, 1, 6, 6))
    assert not model[1].training and not model[0].weight.requires_grad


def test_bert_freezes_by_layer_and_frozen_attention_drops_nothing():
    torch.manual_seed(0)
    bert = Bert(CONFIG)
    assert freeze(bert, upto="layers.1") == ["embeddings", "layers.0", "layers.1"]
    bert.train()
    found = [extract_in_training(bert, "layers.1") for _ in range(2)]
    assert torch.equal(*found)
    assert {name.split(".")[1] for name in step(bert, IDS) if name.startswith("layers")} == {"2"}


def extract_in_training(model, name):
    """Return the output of a layer in train mode."""
    kept = []
    hook = model.get_submodule(name).register_forward_hook(lambda layer, arguments, X: kept.append(X))
    model(IDS)
    hook.remove()
    return kept[0]


def test_groups_fall_by_depth_and_hold_each_free_parameter_once():
    bert = Bert(CONFIG)
    groups = parameter_groups(bert, 0.1, 0.5)
    assert [group["name"] for group in groups] == ["embeddings", "layers.0", "layers.1", "layers.2", "pooler"]
    assert [group["lr"] for group in groups] == [0.1 * 0.5**k for k in (4, 3, 2, 1, 0)]
    held = [p for group in groups for p in group["params"]]
    assert len(held) == len(set(held)) == len(list(bert.parameters()))
    freeze(bert, upto="layers.0")
    assert [(group["name"], group["lr"]) for group in parameter_groups(bert, 0.1, 0.5)] == [
        ("layers.1", 0.025),
        ("layers.2", 0.05),
        ("pooler", 0.1),
    ]


def test_shared_and_loose_parameters_are_in_one_group_only():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.place = nn.Parameter(torch.zeros(3))
            self.first = nn.Linear(3, 3)
            self.last = nn.Linear(3, 3)
            self.last.weight = self.first.weight

    groups = parameter_groups(Tied(), 1.0, 0.5)
    assert [(group["name"], len(group["params"]), group["lr"]) for group in groups] == [
        ("", 1, 0.25),
        ("first", 2, 0.5),
        ("last", 1, 1.0),
    ]


def test_an_optimizer_takes_the_groups():
    model = network()
    optimizer = torch.optim.AdamW(parameter_groups(model, 0.1, 0.9))
    assert [round(group["lr"], 5) for group in optimizer.param_groups] == [0.0729, 0.081, 0.09, 0.1]


def test_extract_gives_what_the_layer_gives_in_eval_mode_and_leaves_no_trace():
    torch.manual_seed(0)
    model = EfficientNetLite0(num_classes=3).train()
    X = torch.rand(2, 3, 64, 64)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    found = extract(model, X, ["stem", "blocks.3"])
    assert list(found) == ["stem", "blocks.3"]
    assert model.training and all(torch.equal(before[n], t) for n, t in model.state_dict().items())
    with torch.no_grad():
        model.eval()
        torch.testing.assert_close(found["stem"], model.stem(X))
        torch.testing.assert_close(found["blocks.3"], model.blocks[:4](model.stem(X)))
    assert not any(layer._forward_hooks for layer in model.modules())


def test_extract_takes_the_first_of_several_outputs_and_several_arguments():
    bert = Bert(CONFIG).eval()
    mask = torch.ones_like(IDS, dtype=torch.bool)
    hidden, pooled = bert(IDS, None, mask)
    found = extract(nn.Sequential(bert), [IDS], ["0"])["0"]
    torch.testing.assert_close(found, hidden)
    torch.testing.assert_close(extract(bert, (IDS, None, mask), ["pooler"])["pooler"].tanh(), pooled)


def test_extract_keeps_frozen_layers_in_their_own_mode():
    model = network()
    model.train()
    model[1].eval()
    extract(model, torch.randn(2, 1, 6, 6), ["0"])
    assert [layer.training for layer in model] == [True, False, True, True, True, True]


@pytest.mark.parametrize("layers", [["0"], ["3", "0"]])
def test_extract_needs_no_gradient(layers):
    found = extract(network(), torch.randn(2, 1, 6, 6), layers)
    assert list(found) == layers and not any(X.requires_grad for X in found.values())
