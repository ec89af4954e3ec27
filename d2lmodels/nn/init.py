"""Random weights whose variance keeps signals at one size from layer to layer, under torch's names.

Not here: orthogonal weights, truncated normal ones, gains of SELU. The numbers are those of `torch.nn.init`
for the same generator. A weight is `(fan_out, fan_in)`, or `(out, in, height, width)` for a convolution.
"""

import math

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from d2lmodels.nn.checks import check_floating


def fans(weight: Float[Tensor, "outputs inputs *kernel"]) -> tuple[int, int]:
    """Return fan-in and fan-out: how many terms an output sums, and how many sums an input enters.

    Raises TypeError for what is no floating tensor, ValueError for one of fewer than two axes or none in it.

    >>> fans(torch.empty(8, 3, 5, 5))  # 8 filters of 5 × 5 over 3 channels
    (75, 200)
    """
    check_floating(weight, "weight")
    if weight.ndim < 2 or weight.numel() == 0:
        got = f"shape {tuple(weight.shape)}"
        raise ValueError(f"weight must have outputs, inputs and perhaps a kernel, got {got}")
    kernel = math.prod(weight.shape[2:])  # 1 for a matrix
    return weight.shape[1] * kernel, weight.shape[0] * kernel


def calculate_gain(nonlinearity: str, *, a: float = 0.0) -> float:
    """Return the factor by which weights grow to make up for what the nonlinearity takes.

    nonlinearity: "linear", "sigmoid", "tanh", "relu" or "leaky_relu", whose negative slope is `a`. For tanh
    it is torch's 5/3, a rule of thumb. Raises ValueError for another name.

    >>> calculate_gain("relu") ** 2  # half of the mean square is lost
    2.0000000000000004
    """
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + a**2))
    gains = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2)}
    if nonlinearity not in gains:
        known = ", ".join([*gains, "leaky_relu"])
        raise ValueError(f"nonlinearity must be one of {known}, got {nonlinearity!r}")
    return gains[nonlinearity]


def draw_uniform_(weight: Tensor, std: float, generator: Generator | None) -> Tensor:
    """Fill with uniform numbers of mean 0 and standard deviation std: between ±√3 times it."""
    with torch.no_grad():
        return weight.uniform_(-math.sqrt(3) * std, math.sqrt(3) * std, generator=generator)


def draw_normal_(weight: Tensor, std: float, generator: Generator | None) -> Tensor:
    """Fill with normal numbers of mean 0 and standard deviation std."""
    with torch.no_grad():
        return weight.normal_(0, std, generator=generator)


def xavier_std(weight: Float[Tensor, "outputs inputs *kernel"], *, gain: float) -> float:
    """Return gain·√(2 / (fan-in + fan-out))."""
    return gain * math.sqrt(2 / sum(fans(weight)))


def kaiming_std(
    weight: Float[Tensor, "outputs inputs *kernel"], *, a: float, mode: str, nonlinearity: str
) -> float:
    """Return gain / √fan, with the fan that `mode` names."""
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode must be 'fan_in' or 'fan_out', got {mode!r}")
    fan_in, fan_out = fans(weight)
    fan = fan_in if mode == "fan_in" else fan_out
    return calculate_gain(nonlinearity, a=a) / math.sqrt(fan)


def xavier_uniform_(
    weight: Float[Tensor, "outputs inputs *kernel"],
    *,
    gain: float = 1.0,
    generator: Generator | None = None,
) -> Float[Tensor, "outputs inputs *kernel"]:
    """Fill in place with uniform numbers of variance gain²·2 / (fan-in + fan-out); return the weight.

    Raises what `fans` raises. Glorot and Bengio (2010), equation 16.

    >>> weight = xavier_uniform_(torch.empty(200, 400))
    >>> bool(weight.abs().max() <= (6 / 600) ** 0.5)
    True
    """
    return draw_uniform_(weight, xavier_std(weight, gain=gain), generator)


def xavier_normal_(
    weight: Float[Tensor, "outputs inputs *kernel"],
    *,
    gain: float = 1.0,
    generator: Generator | None = None,
) -> Float[Tensor, "outputs inputs *kernel"]:
    """Fill in place with normal numbers of variance gain²·2 / (fan-in + fan-out); return the weight.

    Raises what `fans` raises. Glorot and Bengio (2010), equation 12.

    >>> xavier_normal_(torch.empty(200, 400)).shape
    torch.Size([200, 400])
    """
    return draw_normal_(weight, xavier_std(weight, gain=gain), generator)


def kaiming_uniform_(
    weight: Float[Tensor, "outputs inputs *kernel"],
    *,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Float[Tensor, "outputs inputs *kernel"]:
    """Fill in place with uniform numbers of variance gain² / fan; return the weight.

    a: the negative slope of a leaky relu; the default is a plain one. mode: "fan_in" keeps the size of the
    signal forward, "fan_out" that of the gradient backward. Raises ValueError for another mode or
    nonlinearity, and what `fans` raises. He et al. (2015), section 2.2.

    >>> weight = kaiming_uniform_(torch.empty(200, 600), nonlinearity="relu")
    >>> bool(weight.abs().max() <= 0.1)
    True
    """
    std = kaiming_std(weight, a=a, mode=mode, nonlinearity=nonlinearity)
    return draw_uniform_(weight, std, generator)


def kaiming_normal_(
    weight: Float[Tensor, "outputs inputs *kernel"],
    *,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Float[Tensor, "outputs inputs *kernel"]:
    """Fill in place with normal numbers of variance gain² / fan; return the weight.

    Arguments and errors are those of `kaiming_uniform_`. He et al. (2015), section 2.2.

    >>> kaiming_normal_(torch.empty(8, 3, 5, 5), mode="fan_out").shape
    torch.Size([8, 3, 5, 5])
    """
    std = kaiming_std(weight, a=a, mode=mode, nonlinearity=nonlinearity)
    return draw_normal_(weight, std, generator)
