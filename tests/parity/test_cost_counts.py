"""Predicted parameters and operations against models on the meta device, exactly."""

import random
from itertools import pairwise

import pytest
import torch
import torchvision
import transformers
from torch.utils.flop_counter import FlopCounterMode

from d2lmodels.cost.layers import linear, total
from d2lmodels.cost.networks import cnn, mlp, resnet
from d2lmodels.cost.published import ALEXNET, FULL, TRANSFORMERS, vgg
from d2lmodels.cost.transformer import TransformerConfig, transformer

IMAGES = {
    "alexnet": cnn(ALEXNET, full=FULL),
    "vgg11": cnn(vgg(1, 1, 2, 2, 2), full=FULL),
    "vgg13": cnn(vgg(2, 2, 2, 2, 2), full=FULL),
    "vgg16": cnn(vgg(2, 2, 3, 3, 3), full=FULL),
    "vgg19": cnn(vgg(2, 2, 4, 4, 4), full=FULL),
    "resnet18": resnet((2, 2, 2, 2)),
    "resnet34": resnet((3, 4, 6, 3)),
    "resnet50": resnet((3, 4, 6, 3), bottleneck=True),
    "resnet101": resnet((3, 4, 23, 3), bottleneck=True),
    "resnet152": resnet((3, 8, 36, 3), bottleneck=True),
}


def on_meta(build):
    with torch.device("meta"):
        return build()


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


def operations(model, *inputs, **options):
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(*inputs, **options)
    return counter.get_total_flops()


@pytest.mark.parametrize("name", IMAGES)
def test_networks_for_images(name):
    model = on_meta(getattr(torchvision.models, name)).eval()
    cost = total(IMAGES[name])
    assert cost.parameters == count(model)
    assert 2 * cost.multiply_adds == operations(model, torch.empty(1, 3, 224, 224, device="meta"))


@pytest.mark.parametrize("image_size, num_classes", [(97, 7), (64, 10), (225, 3)])
def test_residual_networks_of_other_sizes(image_size, num_classes):
    model = on_meta(lambda: torchvision.models.resnet50(num_classes=num_classes)).eval()
    cost = total(resnet((3, 4, 6, 3), bottleneck=True, image_size=image_size, num_classes=num_classes))
    assert cost.parameters == count(model)
    image = torch.empty(1, 3, image_size, image_size, device="meta")
    assert 2 * cost.multiply_adds == operations(model, image)


@pytest.mark.parametrize("sizes", [(3, 4), (784, 128, 64, 10)])
def test_multilayer_perceptrons(sizes):
    layers = on_meta(lambda: [torch.nn.Linear(n, m) for n, m in pairwise(sizes)])
    model = torch.nn.Sequential(*layers)
    assert total(mlp(sizes)).parameters == count(model)
    given = operations(model, torch.empty(1, sizes[0], device="meta"))
    assert given == 2 * total(mlp(sizes)).multiply_adds


def reference(config, context):
    """The model of Hugging Face with the same sizes, and without a number in it."""
    sizes = {
        "vocab_size": config.vocabulary,
        "use_cache": False,
        "attn_implementation": "eager",
        "bos_token_id": 0,
        "eos_token_id": 0,
        "pad_token_id": 0,
    }
    if config.output is None:
        kind, settings = transformers.BertModel, transformers.BertConfig
    elif config.gated:
        kind, settings = transformers.LlamaForCausalLM, transformers.LlamaConfig
    else:
        kind, settings = transformers.GPT2LMHeadModel, transformers.GPT2Config
    if kind is transformers.GPT2LMHeadModel:
        sizes |= {"n_embd": config.dim, "n_layer": config.num_layers, "n_head": config.num_heads}
        sizes |= {"n_positions": config.positions, "n_inner": config.hidden}
    else:
        sizes |= {"hidden_size": config.dim, "num_hidden_layers": config.num_layers}
        sizes |= {"num_attention_heads": config.num_heads, "intermediate_size": config.feed_forward_width}
        sizes["max_position_embeddings"] = config.positions or context
    if config.gated:
        sizes["num_key_value_heads"] = config.num_key_value_heads or config.num_heads
    if config.head_dim:
        sizes["head_dim"] = config.head_dim
    if config.output is None:
        sizes["type_vocab_size"] = config.segments
    return on_meta(lambda: kind(settings(**sizes)))


def assert_same(config, context):
    model = reference(config, context)
    cost = total(transformer(config, context=context))
    pooler = linear(config.dim, config.dim) if config.output is None else linear(1, 1, bias=False)
    extra = pooler.parameters if config.output is None else 0  # BERT's pooler sees one token a text
    assert cost.parameters + extra == count(model)
    tokens = torch.zeros(1, context, dtype=torch.long, device="meta")
    mask = torch.zeros(1, 1, context, context, device="meta")
    once = 2 * pooler.multiply_adds if config.output is None else 0
    found = operations(model.eval(), tokens, attention_mask=mask)
    assert 2 * context * cost.multiply_adds + once == found


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_published_transformers(name):
    assert_same(TRANSFORMERS[name], context=16)


@pytest.mark.parametrize("seed", range(12))
def test_random_transformers(seed):
    generator = random.Random(seed)
    number = generator.randint
    shared, groups, half = number(1, 4), number(1, 3), number(1, 6)
    kind = seed % 3
    config = TransformerConfig(
        dim=shared * groups * 2 * half,
        num_layers=number(1, 4),
        num_heads=shared * groups,
        vocabulary=number(2, 90),
        hidden=number(1, 80),
        gated=kind == 2,
        num_key_value_heads=groups if kind == 2 else None,
        head_dim=2 * number(1, 7) if kind == 2 else None,
        positions=0 if kind == 2 else number(20, 40),
        segments=number(1, 3) if kind == 0 else 0,
        bias=kind != 2,
        output=(None, "tied", "own")[kind],
    )
    assert_same(config, context=number(1, 20))
