"""Predicted bytes: worked sums and proportions. The measurement is in tests/parity/test_cost_memory.py."""

from hypothesis import given
from hypothesis import strategies as st

from d2lmodels.cost.memory import mlp_activations, training_memory, transformer_activations
from d2lmodels.cost.transformer import TransformerConfig

small = TransformerConfig(dim=8, num_layers=3, num_heads=2, vocabulary=11)


def test_worked_sums():
    assert training_memory(10, 3) == {
        "weights": 40,
        "gradients": 40,
        "optimizer": 80,
        "activations": 12,
    }
    mixed = training_memory(10, 3, weight=2, gradient=2, optimizer=12, activation=2)
    assert mixed == {"weights": 20, "gradients": 20, "optimizer": 120, "activations": 6}
    assert mlp_activations((2, 3, 1), batch=4) == 16
    layer = (8 + 2) + (8 + 24 + 2 + 8) + (8 + 2) + (8 + 32 + 32)
    per_token = 3 * layer + (8 + 2) + 8 + 11
    assert transformer_activations(small, batch=2, context=5) == 2 * 5 * per_token


@given(st.integers(1, 50), st.integers(1, 9))
def test_weights_of_pairs_grow_with_the_square_of_the_text(context, batch):
    fused, plain = (
        transformer_activations(small, batch=batch, context=context, fused=fused) for fused in (True, False)
    )
    assert plain - fused == batch * context * 3 * 2 * (context - 1)
    assert fused == batch * context * transformer_activations(small, batch=1, context=1)
