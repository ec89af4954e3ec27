"""Activation functions, each number by itself; their gradients follow from the operations they are made of.

Not here: tanh, which is torch's; softplus, ELU, SELU; layers that hold a function.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from d2lmodels.nn.checks import check_floating


def relu(X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Set negative numbers to 0; the slope is 0 there, and at 0 itself.

    X: any shape. Raises TypeError for what is no floating tensor. Nair and Hinton, "Rectified linear units
    improve restricted Boltzmann machines" (2010).

    >>> relu(torch.tensor([-2.0, 0.0, 3.0]))
    tensor([0., 0., 3.])
    """
    check_floating(X)
    return torch.where(X <= 0, 0.0, X)


def leaky_relu(
    X: Float[Tensor, "..."],
    negative_slope: float = 0.01,
) -> Float[Tensor, "..."]:
    """Multiply negative numbers by `negative_slope`, so that no slope is 0.

    X: any shape. Raises TypeError for what is no floating tensor. Maas, Hannun and Ng, "Rectifier
    nonlinearities improve neural network acoustic models" (2013), section 2.

    >>> leaky_relu(torch.tensor([-2.0, 3.0]), 0.5)
    tensor([-1.,  3.])
    """
    check_floating(X)
    return torch.where(X > 0, X, negative_slope * X)


def sigmoid(X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Return 1 / (1 + exp(−X)), as exp(−log(1 + exp(−X))): neither it nor its gradient overflows.

    X: any shape. Raises TypeError for what is no floating tensor.

    >>> sigmoid(torch.tensor([-1000.0, 0.0, 1000.0]))
    tensor([0.0000, 0.5000, 1.0000])
    """
    check_floating(X)
    return (-torch.logaddexp(X.new_zeros(()), -X)).exp()


def silu(X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Return X·sigmoid(X): a number times how far it lies above 0.

    X: any shape. Raises TypeError for what is no floating tensor. Hendrycks and Gimpel, "Gaussian error
    linear units" (2016), section 2; also called swish.

    >>> silu(torch.tensor([-20.0, 0.0, 20.0])).round()
    tensor([-0.,  0., 20.])
    """
    return X * sigmoid(X)


def gelu(
    X: Float[Tensor, "..."],
    *,
    approximate: str = "none",
) -> Float[Tensor, "..."]:
    """Return X·Φ(X), with Φ(x) the probability that a standard normal number is below x.

    X: any shape. approximate: "none" for Φ itself, "tanh" for the approximation that older models were
    trained with, off by less than 5e-4. Raises TypeError for what is no floating tensor, ValueError for
    another word. Hendrycks and Gimpel, "Gaussian error linear units" (2016), section 2.

    >>> gelu(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.1587,  0.0000,  0.8413])
    """
    check_floating(X)
    if approximate == "none":
        return X * (0.5 * (1 + torch.erf(X / math.sqrt(2))))
    if approximate == "tanh":
        inner = math.sqrt(2 / math.pi) * (X + 0.044715 * X**3)
        return X * (0.5 * (1 + torch.tanh(inner)))
    raise ValueError(f"approximate must be 'none' or 'tanh', got {approximate!r}")
