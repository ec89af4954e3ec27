"""Costs of networks: published counts, and what must hold whatever the sizes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2lmodels.cost.compute import cache_bytes, gpu_hours, training_operations
from d2lmodels.cost.layers import Cost, linear, total
from d2lmodels.cost.networks import Conv, Pool, cnn, mlp, resnet, size_after
from d2lmodels.cost.published import ALEXNET_2012, FULL, TRANSFORMERS, vgg
from d2lmodels.cost.transformer import TransformerConfig, transformer


def test_worked_sums():
    assert mlp((2, 3, 1)) == {"linear 1": Cost(9, 6), "linear 2": Cost(4, 3)}
    lenet = cnn(
        [Conv(6, 5, padding=2), Pool(2, 2), Conv(16, 5), Pool(2, 2)],
        full=(120, 84, 10),
        image_size=28,
        in_channels=1,
    )
    assert list(lenet) == ["convolution 1", "convolution 2", "linear 1", "linear 2", "linear 3"]
    assert total(lenet) == Cost(61_706, 416_520)


def test_a_pooling_plan_ends_in_an_image():
    assert size_after(7, Conv(1, 3, stride=2)) == 3 and size_after(8, Conv(1, 3, stride=2)) == 3
    assert total(cnn([Conv(8, 1), Pool(2, 2)], image_size=4)) == Cost(32, 16 * 24)


def test_published_counts():
    """The counts that papers round: 60 million, 138 and 144 million, 1.5, 70, 175 and 405 billion."""
    parameters = {name: total(transformer(config)).parameters for name, config in TRANSFORMERS.items()}
    assert total(cnn(ALEXNET_2012, full=FULL, image_size=227)).parameters == 60_965_224
    assert total(cnn(vgg(2, 2, 3, 3, 3), full=FULL)).parameters == 138_357_544
    assert total(cnn(vgg(2, 2, 4, 4, 4), full=FULL)).parameters == 143_667_240
    for name, billions in {
        "BERT-base": 0.110,
        "GPT-2": 1.5,
        "GPT-3": 175,
        "Llama 2 70B": 70,
        "Llama 3.1 405B": 405,
    }.items():
        assert parameters[name] / 1e9 == pytest.approx(billions, rel=0.04)


def test_a_residual_network_s_stages():
    parts = resnet((3, 4, 6, 3), bottleneck=True)
    assert list(parts) == ["stem", "stage 1", "stage 2", "stage 3", "stage 4", "head"]
    assert total(parts).parameters == 25_557_032
    assert parts["head"] == linear(2048, 1000)


@given(st.lists(st.integers(1, 50), min_size=3, max_size=6))
def test_a_layer_more_costs_its_own_product(sizes):
    assert total(mlp(sizes)) == total(mlp(sizes[:-1])) + linear(*sizes[-2:])


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 9), st.integers(1, 30))
def test_a_transformer_s_parts(num_layers, num_heads, head_dim, context):
    config = TransformerConfig(
        dim=num_heads * head_dim, num_layers=num_layers, num_heads=num_heads, vocabulary=11
    )
    parts = transformer(config, context=context)
    plain = total(transformer(config))
    assert total(parts).parameters == plain.parameters
    more = 2 * (context - 1) * num_layers * config.dim
    assert total(parts).multiply_adds == plain.multiply_adds + more
    # one product for each weight of a matrix: all but biases, normalizations and lookups
    others = num_layers * 9 * config.dim + parts["normalization"].parameters
    assert plain.multiply_adds == plain.parameters - others + 2 * num_layers * config.dim


def test_training_and_serving():
    assert training_operations(7, 100) == 4200
    assert gpu_hours(7200, peak=4, utilization=0.5) == 1.0
    llama = TRANSFORMERS["Llama 2 70B"]
    assert cache_bytes(llama, context=4096) == 2 * 80 * 8 * 128 * 4096 * 2
    assert cache_bytes(llama, context=10, number=4) == 2 * cache_bytes(llama, context=10)
