"""The check that layers, losses and boxes share. Not here: what one of them alone wants of its input."""

from jaxtyping import Float
from torch import Tensor


def check_floating(X: Float[Tensor, "..."], name: str = "X", *, axes: str | None = None) -> None:
    """Raise TypeError for what is no tensor of floating numbers, ValueError if it has other axes.

    name: what it is called in the error. axes: their names, separated by spaces; any will do if None.

    >>> import torch
    >>> check_floating(torch.zeros(3), "W", axes="outputs inputs")
    Traceback (most recent call last):
    ValueError: W must have the axes (outputs, inputs), got shape (3,)
    """
    if not isinstance(X, Tensor) or not X.is_floating_point():
        got = X.dtype if isinstance(X, Tensor) else type(X).__name__
        raise TypeError(f"{name} must be a tensor of floating numbers, got {got}")
    if axes is not None and X.ndim != len(axes.split()):
        wanted = f"({axes.replace(' ', ', ')})"
        raise ValueError(f"{name} must have the axes {wanted}, got shape {tuple(X.shape)}")
