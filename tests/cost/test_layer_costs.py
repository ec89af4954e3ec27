"""Costs of single layers: worked sums, and what must hold whatever the sizes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2lmodels.cost.layers import (
    Cost,
    attention,
    convolution,
    embedding,
    linear,
    normalization,
    total,
)

counts = st.integers(1, 300)


def test_worked_sums():
    assert linear(2, 3) == Cost(9, 6)
    assert linear(2, 3, bias=False) == Cost(6, 6)
    assert convolution(3, 8, kernel=5, out_size=10) == Cost(8 * 76, 100 * 8 * 75)
    assert convolution(4, 8, kernel=3, out_size=7, groups=2, bias=False) == Cost(144, 49 * 144)
    assert normalization(5) == Cost(10, 0) and normalization(5, shift=False) == Cost(5, 0)
    assert embedding(7, 4) == Cost(28, 0) and embedding(0, 4) == Cost()
    # 8 → 8 four times; then 3 keys and 3 values of 8 numbers
    assert attention(8, num_heads=2, context=3) == Cost(4 * 72, 4 * 64 + 2 * 3 * 8)
    # one head of keys and values, of 4 numbers
    shared = attention(8, num_heads=2, num_key_value_heads=1, context=3, bias=False)
    assert shared == Cost(64 + 32 + 32 + 64, 64 + 32 + 32 + 64 + 2 * 3 * 8)
    assert attention(8, num_heads=3, head_dim=5, bias=False).parameters == 4 * 8 * 15


def test_sums_and_repetition():
    assert total({}) == Cost()
    assert total({"a": Cost(1, 2), "b": Cost(3, 4)}) == Cost(4, 6)
    assert 3 * Cost(1, 2) == Cost(3, 6) == Cost(1, 2) + Cost(1, 2) + Cost(1, 2)


@given(counts, counts, st.integers(1, 7), st.integers(1, 30))
def test_a_convolution_is_a_linear_layer_at_each_pixel(in_channels, out_channels, kernel, out_size):
    cost = convolution(in_channels, out_channels, kernel=kernel, out_size=out_size)
    window = linear(kernel * kernel * in_channels, out_channels)
    assert cost == Cost(window.parameters, out_size**2 * window.multiply_adds)


@given(counts, counts, st.integers(1, 8))
def test_groups_divide_the_weights(in_channels, out_channels, groups):
    sizes = groups * in_channels, groups * out_channels
    grouped = convolution(*sizes, kernel=3, out_size=4, groups=groups, bias=False)
    whole = convolution(*sizes, kernel=3, out_size=4, bias=False)
    assert groups * grouped.parameters == whole.parameters
    assert groups * grouped.multiply_adds == whole.multiply_adds


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 9), st.integers(1, 50))
def test_sharing_keys_saves_parameters_and_leaves_the_mixing(shared, groups, head_dim, context):
    heads = shared * groups
    dim = heads * head_dim
    whole = attention(dim, num_heads=heads, context=context)
    few = attention(dim, num_heads=heads, num_key_value_heads=groups, context=context)
    saved = 2 * (dim + 1) * (dim - groups * head_dim)
    assert whole.parameters - few.parameters == saved
    for cost in (
        attention(dim, num_heads=heads, context=context),
        attention(dim, num_heads=1, context=context),
    ):
        assert cost == whole  # heads cut the width up and add nothing
    one = attention(dim, num_heads=heads)
    assert whole.multiply_adds - one.multiply_adds == 2 * (context - 1) * dim
    assert whole.parameters == one.parameters


def test_a_cost_cannot_be_changed():
    with pytest.raises(AttributeError):
        linear(2, 3).parameters = 0
