"""Dropout: numbers set to 0 at random in training, the others enlarged so that the mean stays.

Not here: dropping whole channels, in place.
"""

import numbers

import torch
from jaxtyping import Float
from torch import Tensor, nn

from d2lmodels.nn.checks import check_floating


def dropout(
    X: Float[Tensor, "..."],
    p: float = 0.5,
    *,
    training: bool,
) -> Float[Tensor, "..."]:
    """Set each number to 0 with probability p and divide the others by 1 − p; outside training, do nothing.

    X: any shape. The random numbers are torch's own, so a seed fixes them. Raises TypeError for what is no
    floating tensor or no number p, ValueError for a p outside 0…1. Srivastava et al. (2014), sections 4
    and 10, where the division is done in testing instead.

    >>> dropout(torch.ones(3), 0.5, training=False)
    tensor([1., 1., 1.])
    >>> sorted(set(dropout(torch.ones(100), 0.75, training=True).tolist()))
    [0.0, 4.0]
    """
    check_floating(X)
    check_probability(p)
    if not training or p == 0:
        return X
    keep = torch.empty_like(X).bernoulli_(1 - p)  # 1 with probability 1 − p, else 0
    return X * keep / (1 - p) if p < 1 else X * keep


def check_probability(p: float) -> None:
    """Raise TypeError for what is no number, ValueError for one outside 0…1."""
    if not isinstance(p, numbers.Real) or isinstance(p, bool):
        raise TypeError(f"p must be a number from 0 to 1, got {type(p).__name__}")
    if not 0 <= p <= 1:
        raise ValueError(f"p must be a number from 0 to 1, got {p}")


class Dropout(nn.Module):
    """`dropout` as a layer, at work in training mode only.

    p: the share that is set to 0. Raises what `dropout` raises.

    >>> Dropout(0.9).eval()(torch.ones(2))
    tensor([1., 1.])
    """

    def __init__(self, p: float = 0.5):
        super().__init__()
        check_probability(p)
        self.p = p

    def forward(self, X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        return dropout(X, self.p, training=self.training)
