"""Mistakes with freezing and features end in errors that list the layers that exist."""

import pytest
import torch
from torch import nn

from d2lmodels.adapt.freeze import extract, freeze, parameter_groups
from d2lmodels.language.bert import Bert, BertConfig

BERT = Bert(BertConfig(vocab_size=9, dim=8, num_heads=2, num_layers=2, ffn_dim=16, max_length=5))
LINEAR = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 2))


class Unused(nn.Module):
    """A model that holds a layer and does not use it."""

    def __init__(self):
        super().__init__()
        self.used, self.spare = nn.Linear(2, 2), nn.Linear(2, 2)

    def forward(self, X):
        return self.used(X)


def frozen():
    model = nn.Linear(2, 2)
    freeze(model)
    return model


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: freeze(BERT, upto="layer.1"),
            ValueError,
            "no layer 'layer.1'; it has embeddings, embeddings.tokens, embeddings.positions",
        ),
        (lambda: freeze(BERT, upto="layer.1"), ValueError, r"layers, layers\.0, layers\.1, pooler$"),
        (lambda: freeze(LINEAR, upto=""), ValueError, "no layer ''; it has 0, 1"),
        (lambda: freeze(LINEAR, upto=1), ValueError, "no layer 1; it has 0, 1"),
        (lambda: extract(LINEAR, torch.zeros(1, 2), ["2"]), ValueError, "no layer '2'; it has 0, 1"),
        (lambda: extract(LINEAR, torch.zeros(1, 2), "0"), TypeError, "list of names, got the string '0'"),
        (lambda: extract(Unused(), torch.zeros(1, 2), ["used", "spare"]), ValueError, "these are not: spare"),
        (lambda: parameter_groups(LINEAR, 0.0, 0.5), ValueError, "lr must be a finite number above 0, got 0"),
        (
            lambda: parameter_groups(LINEAR, "a", 0.5),
            ValueError,
            "lr must be a finite number above 0, got 'a'",
        ),
        (lambda: parameter_groups(LINEAR, 0.1, -1), ValueError, "decay_by_depth must be .* got -1"),
        (
            lambda: parameter_groups(LINEAR, 0.1, float("inf")),
            ValueError,
            "decay_by_depth must be .* got inf",
        ),
        (lambda: parameter_groups(frozen(), 0.1), ValueError, "parameter that is not frozen, and has none"),
    ],
)
def test_the_error_says_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_wrong_name_leaves_the_model_as_it_was():
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 2))
    freeze(model, upto="0")
    with pytest.raises(ValueError, match="no layer"):
        freeze(model, upto="7")
    assert [p.requires_grad for p in model.parameters()] == [False, False, True, True]


def test_extract_removes_its_hooks_after_an_error():
    with pytest.raises(RuntimeError):
        extract(LINEAR, torch.zeros(1, 5), ["0"])
    assert LINEAR.training and not any(layer._forward_hooks for layer in LINEAR.modules())
