"""Bytes that training takes: what is kept for each parameter, and what for each example.

Arithmetic only: nothing here builds or runs a model. Not here: workspace of single kernels, and memory that
an allocator holds back.
"""

from collections.abc import Sequence

from d2lmodels.cost.layers import check_counts
from d2lmodels.cost.transformer import TransformerConfig


def training_memory(
    parameters: int,
    activations: int = 0,
    *,
    weight: int = 4,
    gradient: int = 4,
    optimizer: int = 8,
    activation: int = 4,
) -> dict[str, int]:
    """Return the bytes of weights, gradients, optimizer states and activations.

    activations: how many numbers the forward pass keeps for the backward pass. weight, gradient, optimizer,
    activation: bytes for each; 8 for the optimizer are Adam's two averages in float32. In mixed precision
    they are 2, 2, 12 and 2: the optimizer keeps the weights in float32 too (Rajbhandari et al. 2020).
    Raises ValueError for a negative number.

    >>> training_memory(1_000)
    {'weights': 4000, 'gradients': 4000, 'optimizer': 8000, 'activations': 0}
    """
    check_counts(lowest=0, parameters=parameters, activations=activations)
    check_counts(lowest=0, weight=weight, gradient=gradient, optimizer=optimizer, activation=activation)
    return {
        "weights": weight * parameters,
        "gradients": gradient * parameters,
        "optimizer": optimizer * parameters,
        "activations": activation * activations,
    }


def mlp_activations(sizes: Sequence[int], *, batch: int) -> int:
    """Return how many numbers a forward pass with ReLU and cross-entropy keeps for the backward pass.

    sizes: as for `mlp`; batch: examples in one pass. The input is not counted: it was there before.
    Raises ValueError for a count below 1.

    >>> mlp_activations((784, 128, 10), batch=32) == 32 * (128 + 10)
    True
    """
    check_counts(batch=batch)
    for size in sizes:
        check_counts(size=size)
    return batch * sum(sizes[1:])


def transformer_activations(
    config: TransformerConfig,
    *,
    batch: int,
    context: int,
    fused: bool = True,
) -> int:
    """Return how many numbers a forward pass of a language model keeps for the backward pass.

    For GPT-2's layers in one precision, without dropout, with cross-entropy on every token; batch: texts of
    `context` tokens in one pass. fused: whether attention never stores the weights of all pairs of tokens,
    and recomputes them instead (Dao et al. 2022). Raises ValueError for a count below 1, and for gated or
    grouped layers, which keep other things.

    Korthikanti et al., "Reducing activation recomputation in large Transformer models" (2023), section 4.

    >>> config = TransformerConfig(dim=768, num_layers=12, num_heads=12, vocabulary=50_257)
    >>> transformer_activations(config, batch=1, context=1024) // 1024
    199443
    """
    check_counts(batch=batch, context=context)
    if config.gated or config.num_key_value_heads not in (None, config.num_heads):
        raise ValueError(f"config must have neither gates nor shared keys, got {config!r}")
    dim, hidden, heads = config.dim, config.feed_forward_width, config.num_heads
    width, _ = config.head_widths
    norm = dim + 2  # its input, and the mean and the spread of it
    pairs = heads * (1 if fused else context)
    # its input; queries, keys, values; weights, or one number a head; the mixed values
    attention = dim + 3 * width + pairs + width
    # its input, and its hidden numbers before and after the activation function
    feed_forward = dim + 2 * hidden
    layer = norm + attention + norm + feed_forward
    scores = norm + dim + config.vocabulary
    return batch * context * (config.num_layers * layer + scores)
