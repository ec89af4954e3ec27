"""The sizes of networks that were published, each as its paper gives it."""

from d2lmodels.cost.networks import Conv, Pool
from d2lmodels.cost.transformer import TransformerConfig

ALEXNET_2012 = (
    Conv(96, 11, stride=4),
    Pool(3, 2),
    Conv(256, 5, padding=2, groups=2),
    Pool(3, 2),
    Conv(384, 3, padding=1),
    Conv(384, 3, padding=1, groups=2),
    Conv(256, 3, padding=1, groups=2),
    Pool(3, 2),
)
"""Krizhevsky, Sutskever and Hinton 2012; the paper says 224 pixels, its sizes need 227. Groups: two GPUs."""

ALEXNET = (
    Conv(64, 11, stride=4, padding=2),
    Pool(3, 2),
    Conv(192, 5, padding=2),
    Pool(3, 2),
    Conv(384, 3, padding=1),
    Conv(256, 3, padding=1),
    Conv(256, 3, padding=1),
    Pool(3, 2),
)
"""Krizhevsky 2014, as torchvision has it: for one GPU, without groups."""


def vgg(*convolutions: int) -> tuple[Conv | Pool, ...]:
    """Return the plan of a VGG network from how many convolutions each of its five stages has.

    Simonyan and Zisserman 2015, table 1.

    >>> len(vgg(2, 2, 3, 3, 3))
    18
    """
    stages = zip((64, 128, 256, 512, 512), convolutions)
    return tuple(
        layer for channels, count in stages for layer in (*count * [Conv(channels, 3, padding=1)], Pool(2, 2))
    )


FULL = (4096, 4096, 1000)
"""The full layers of AlexNet and of VGG, and the 1,000 classes of ImageNet."""


def _gpt(dim, num_layers, num_heads, positions=1024):
    return TransformerConfig(
        dim=dim, num_layers=num_layers, num_heads=num_heads, vocabulary=50_257, positions=positions
    )


def _bert(dim, num_layers, num_heads):
    return TransformerConfig(
        dim=dim,
        num_layers=num_layers,
        num_heads=num_heads,
        vocabulary=30_522,
        positions=512,
        segments=2,
        output=None,
    )


def _llama(dim, num_layers, num_heads, hidden, *, vocabulary=32_000, num_key_value_heads=None):
    return TransformerConfig(
        dim=dim,
        num_layers=num_layers,
        num_heads=num_heads,
        vocabulary=vocabulary,
        hidden=hidden,
        gated=True,
        num_key_value_heads=num_key_value_heads,
        bias=False,
        output="own",
    )


TRANSFORMERS = {
    "BERT-base": _bert(768, 12, 12),
    "BERT-large": _bert(1024, 24, 16),
    "GPT-2 small": _gpt(768, 12, 12),
    "GPT-2": _gpt(1600, 48, 25),
    "GPT-3": _gpt(12_288, 96, 96, positions=2048),
    "Llama 2 7B": _llama(4096, 32, 32, 11_008),
    "Llama 2 70B": _llama(8192, 80, 64, 28_672, num_key_value_heads=8),
    "Llama 3.1 405B": _llama(16_384, 126, 128, 53_248, vocabulary=128_256, num_key_value_heads=8),
}
"""Devlin et al. 2019; Radford et al. 2019; Brown et al. 2020; Touvron et al. 2023; Llama Team 2024."""
