"""Operations and hours of training, and what it takes to serve a language model.

Estimates: utilization, the share of the arithmetic a GPU could do that training gets out of it, is given and
not predicted.
"""

from d2lmodels.cost.layers import check_counts
from d2lmodels.cost.transformer import TransformerConfig


def training_operations(parameters: int, tokens: int) -> int:
    """Return 6·parameters·tokens: two operations for each on the way forward, four on the way back.

    Kaplan et al., "Scaling laws for neural language models" (2020), section 2.1. Raises ValueError for a
    count below 1.

    >>> f"{training_operations(175 * 10**9, 300 * 10**9):.2e}"
    '3.15e+23'
    """
    check_counts(parameters=parameters, tokens=tokens)
    return 6 * parameters * tokens


def gpu_hours(operations: int | float, *, peak: int | float, utilization: int | float) -> float:
    """Return the hours of one GPU, or the hours of all of them added up.

    peak: operations that a GPU can do in a second, as its maker states. utilization: the share that is
    reached, above 0 and at most 1. Raises ValueError for other numbers.

    >>> gpu_hours(3.6e18, peak=1e15, utilization=0.5)
    2.0
    """
    if not operations > 0 or not peak > 0:
        raise ValueError(f"operations and peak must be positive, got {operations!r} and {peak!r}")
    if not 0 < utilization <= 1:
        raise ValueError(f"utilization must be above 0 and at most 1, got {utilization!r}")
    return operations / (peak * utilization) / 3600


def cache_bytes(config: TransformerConfig, *, context: int, number: int = 2) -> int:
    """Return the bytes of the keys and values that are kept while one text is written.

    context: tokens of the text so far. number: bytes for each number, 2 in bfloat16. Raises ValueError for
    a count below 1.

    Shazeer, "Fast Transformer decoding: one write-head is all you need" (2019).

    >>> gpt2 = TransformerConfig(dim=768, num_layers=12, num_heads=12, vocabulary=50_257)
    >>> cache_bytes(gpt2, context=1024) == 2 * 1024 * 2 * 12 * 768
    True
    """
    check_counts(context=context, number=number)
    _, width = config.head_widths
    return 2 * config.num_layers * width * context * number
