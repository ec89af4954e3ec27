"""Sizes that make no sense end in errors that say what was wrong, what was got and what is wanted."""

import pytest

from d2lmodels.cost.compute import cache_bytes, gpu_hours, training_operations
from d2lmodels.cost.layers import attention, convolution, embedding, linear, normalization
from d2lmodels.cost.memory import mlp_activations, training_memory, transformer_activations
from d2lmodels.cost.networks import Conv, Pool, cnn, mlp, resnet, size_after
from d2lmodels.cost.published import TRANSFORMERS
from d2lmodels.cost.transformer import TransformerConfig, transformer

GPT2 = TRANSFORMERS["GPT-2 small"]


def config(**changes):
    return TransformerConfig(**({"dim": 8, "num_layers": 1, "num_heads": 2, "vocabulary": 5} | changes))


BAD = [
    (lambda: linear(0, 3), "inputs must be a whole number from 1 up, got 0"),
    (lambda: linear(3, 2.0), "outputs must be a whole number from 1 up, got 2.0"),
    (lambda: linear(True, 2), "inputs must be a whole number from 1 up, got True"),
    (lambda: convolution(3, 8, kernel=0, out_size=4), "kernel must be a whole number from 1 up, got 0"),
    (lambda: convolution(3, 8, kernel=3, out_size=-1), "out_size must be a whole number from 1 up, got -1"),
    (lambda: convolution(3, 8, kernel=3, out_size=4, groups=2), "groups must divide 3 and 8 channels, got 2"),
    (lambda: normalization("5"), "features must be a whole number from 1 up, got '5'"),
    (lambda: embedding(-1, 4), "entries must be a whole number from 0 up, got -1"),
    (lambda: embedding(3, 0), "dim must be a whole number from 1 up, got 0"),
    (lambda: attention(10, num_heads=3), "num_heads must divide dim = 10, got 3; or give head_dim"),
    (lambda: attention(8, num_heads=2, head_dim=0), "head_dim must be a whole number from 1 up, got 0"),
    (
        lambda: attention(12, num_heads=6, num_key_value_heads=4),
        "num_key_value_heads must divide num_heads = 6, got 4",
    ),
    (lambda: attention(8, num_heads=2, context=0), "context must be a whole number from 1 up, got 0"),
    (lambda: mlp((3,)), r"sizes must be two whole numbers or more, got \(3,\)"),
    (lambda: mlp((3, 0)), "outputs must be a whole number from 1 up, got 0"),
    (lambda: size_after(4, Pool(5, 1)), "plan must fit the image, got a window of 5 on 4 pixels"),
    (lambda: size_after(4, Conv(1, 3, stride=0)), "stride must be a whole number from 1 up, got 0"),
    (lambda: size_after(4, Conv(1, 3, padding=-1)), "padding must be a whole number from 0 up, got -1"),
    (lambda: cnn([Conv(8, 9)], image_size=8), "plan must fit the image, got a window of 9 on 8 pixels"),
    (lambda: cnn([], image_size=0), "image_size must be a whole number from 1 up, got 0"),
    (lambda: resnet((2, 0)), "blocks must be a whole number from 1 up, got 0"),
    (lambda: resnet((2,), num_classes=0), "num_classes must be a whole number from 1 up, got 0"),
    (lambda: config(dim=0), "dim must be a whole number from 1 up, got 0"),
    (lambda: config(num_heads=3), "num_heads must divide dim = 8, got 3"),
    (lambda: config(hidden=0), "hidden must be a whole number from 1 up, got 0"),
    (lambda: config(positions=-1), "positions must be a whole number from 0 up, got -1"),
    (lambda: config(output="shared"), "output must be 'tied', 'own' or None, got 'shared'"),
    (lambda: transformer(GPT2, context=0), "context must be a whole number from 1 up, got 0"),
    (lambda: training_memory(-1), "parameters must be a whole number from 0 up, got -1"),
    (lambda: training_memory(1, weight=0.5), "weight must be a whole number from 0 up, got 0.5"),
    (lambda: mlp_activations((2, 0), batch=1), "size must be a whole number from 1 up, got 0"),
    (lambda: mlp_activations((2, 3), batch=0), "batch must be a whole number from 1 up, got 0"),
    (
        lambda: transformer_activations(GPT2, batch=1, context=0),
        "context must be a whole number from 1 up, got 0",
    ),
    (
        lambda: transformer_activations(TRANSFORMERS["Llama 2 70B"], batch=1, context=8),
        "config must have neither gates nor shared keys",
    ),
    (lambda: training_operations(1, 0), "tokens must be a whole number from 1 up, got 0"),
    (lambda: gpu_hours(0, peak=1, utilization=1), "operations and peak must be positive, got 0 and 1"),
    (lambda: gpu_hours(1, peak=1, utilization=0), "utilization must be above 0 and at most 1, got 0"),
    (lambda: gpu_hours(1, peak=1, utilization=40), "utilization must be above 0 and at most 1, got 40"),
    (lambda: cache_bytes(GPT2, context=0), "context must be a whole number from 1 up, got 0"),
]


@pytest.mark.parametrize("call, message", BAD)
def test_bad_sizes_say_what_is_wanted(call, message):
    with pytest.raises(ValueError, match=message):
        call()
