"""Parameters and multiply-adds of one layer, from its sizes.

A multiply-add is one product added to a running sum: two operations. Only those of matrix products are
counted, as is usual; activation functions, normalizations and additions do a few more for each number.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """Numbers to keep, and multiply-adds for one example: an image, or one token of a text.

    Costs of different layers add up; `3 * cost` is that of three layers, each with parameters of its own.

    >>> Cost(10, 40) + 2 * Cost(1, 5)
    Cost(parameters=12, multiply_adds=50)
    """

    parameters: int = 0
    multiply_adds: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.parameters + other.parameters, self.multiply_adds + other.multiply_adds)

    def __rmul__(self, layers: int) -> "Cost":
        return Cost(layers * self.parameters, layers * self.multiply_adds)


def total(parts: dict[str, Cost]) -> Cost:
    """Return the sum of the parts of a model.

    >>> total({"hidden": linear(3, 4), "output": linear(4, 2)})
    Cost(parameters=26, multiply_adds=20)
    """
    return sum(parts.values(), Cost())


def check_counts(*, lowest: int = 1, **counts) -> None:
    """Raise ValueError for what is not a whole number from `lowest` up.

    >>> check_counts(inputs=784, outputs=10)
    """
    for name, given in counts.items():
        if isinstance(given, bool) or not isinstance(given, int) or given < lowest:
            raise ValueError(f"{name} must be a whole number from {lowest} up, got {given!r}")


def linear(inputs: int, outputs: int, *, bias: bool = True) -> Cost:
    """Return the cost of a matrix product that turns `inputs` numbers into `outputs` numbers.

    bias: whether a number is added to each output. Raises ValueError for a count below 1.

    >>> linear(784, 128)
    Cost(parameters=100480, multiply_adds=100352)
    """
    check_counts(inputs=inputs, outputs=outputs)
    return Cost(inputs * outputs + bias * outputs, inputs * outputs)


def convolution(
    in_channels: int,
    out_channels: int,
    *,
    kernel: int,
    out_size: int,
    groups: int = 1,
    bias: bool = True,
) -> Cost:
    """Return the cost of one small matrix product, repeated at each pixel of the result.

    kernel, out_size: side of the window and of the resulting image, in pixels. groups: into how many parts
    the channels are split, each output seeing one part. Raises ValueError for a count below 1, and for
    groups that do not divide both numbers of channels.

    >>> convolution(3, 64, kernel=3, out_size=224)
    Cost(parameters=1792, multiply_adds=86704128)
    """
    check_counts(in_channels=in_channels, out_channels=out_channels, groups=groups)
    check_counts(kernel=kernel, out_size=out_size)
    if in_channels % groups or out_channels % groups:
        channels = f"{in_channels} and {out_channels} channels"
        raise ValueError(f"groups must divide {channels}, got {groups!r}")
    window = linear(kernel**2 * in_channels // groups, out_channels, bias=bias)
    return Cost(window.parameters, out_size**2 * window.multiply_adds)


def normalization(features: int, *, shift: bool = True) -> Cost:
    """Return the cost of a layer that rescales each feature, and shifts it unless told otherwise.

    Raises ValueError for a count below 1.

    >>> normalization(768), normalization(768, shift=False)
    (Cost(parameters=1536, multiply_adds=0), Cost(parameters=768, multiply_adds=0))
    """
    check_counts(features=features)
    return Cost((1 + shift) * features)


def embedding(entries: int, dim: int) -> Cost:
    """Return the cost of a table with `dim` numbers for each of `entries`: looked up, never multiplied.

    Raises ValueError for a negative number of entries or a dim below 1.

    >>> embedding(50_257, 768)
    Cost(parameters=38597376, multiply_adds=0)
    """
    check_counts(lowest=0, entries=entries)
    check_counts(dim=dim)
    return Cost(entries * dim)


def head_widths(
    dim: int, num_heads: int, *, head_dim: int | None = None, num_key_value_heads: int | None = None
) -> tuple[int, int]:
    """Return how many numbers all queries of a token have together, and all its keys.

    See `attention`. Raises ValueError for a count below 1, and for heads that do not come out even.

    >>> head_widths(8192, 64, num_key_value_heads=8)
    (8192, 1024)
    """
    shared = num_heads if num_key_value_heads is None else num_key_value_heads
    check_counts(dim=dim, num_heads=num_heads, num_key_value_heads=shared)
    if head_dim is None:
        if dim % num_heads:
            raise ValueError(f"num_heads must divide dim = {dim}, got {num_heads!r}; or give head_dim")
        head_dim = dim // num_heads
    check_counts(head_dim=head_dim)
    if num_heads % shared:
        raise ValueError(f"num_key_value_heads must divide num_heads = {num_heads}, got {shared!r}")
    return num_heads * head_dim, shared * head_dim


def attention(
    dim: int,
    *,
    num_heads: int,
    head_dim: int | None = None,
    num_key_value_heads: int | None = None,
    context: int = 1,
    bias: bool = True,
) -> Cost:
    """Return the cost, for one token, of self-attention over `context` tokens.

    head_dim: numbers in a head's query, `dim / num_heads` by default. num_key_value_heads: how many heads
    have keys and values of their own, all by default; where there are fewer, groups of queries share them
    (Ainslie et al. 2023). Raises ValueError for a count below 1, and for heads that do not come out even.

    Vaswani et al., "Attention is all you need" (2017), section 3.2.

    >>> attention(768, num_heads=12).parameters == 4 * linear(768, 768).parameters
    True
    """
    check_counts(context=context)
    width, shared_width = head_widths(
        dim, num_heads, head_dim=head_dim, num_key_value_heads=num_key_value_heads
    )
    queries = linear(dim, width, bias=bias)
    keys = values = linear(dim, shared_width, bias=bias)
    # A query times each of `context` keys, then a weighted sum of as many values.
    mixing = Cost(0, 2 * context * width)
    output = linear(width, dim, bias=bias)
    return queries + keys + values + mixing + output
