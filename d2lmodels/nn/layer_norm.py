"""Layer normalization: each example by itself, over its last axis.

Not here: normalization over several axes, statistics that run along (there is nothing to remember).
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from d2lmodels.nn.checks import check_floating


def layer_norm(
    X: Float[Tensor, "*batch dim"],
    weight: Float[Tensor, " dim"] | None = None,
    bias: Float[Tensor, " dim"] | None = None,
    *,
    eps: float = 1e-5,
) -> Float[Tensor, "*batch dim"]:
    """Give the last axis mean 0 and variance 1, then scale it by `weight`, shift it by `bias`.

    X: any axes before the last. weight, bias: one number for each place along the last axis; None leaves
    them out. eps: added to the variance. Raises TypeError for what is no floating tensor, ValueError for
    shapes that do not fit. Ba, Kiros and Hinton, "Layer normalization" (2016), section 3.

    >>> layer_norm(torch.tensor([[1.0, 3.0], [10.0, 30.0]]))
    tensor([[-1.0000,  1.0000],
            [-1.0000,  1.0000]])
    """
    check_layer_norm(X, weight, bias)
    mean = X.mean(dim=-1, keepdim=True)  # (*batch, 1)
    var = X.var(dim=-1, correction=0, keepdim=True)  # (*batch, 1)
    X_hat = (X - mean) / (var + eps).sqrt()  # (*batch, dim)
    Y = X_hat if weight is None else X_hat * weight
    return Y if bias is None else Y + bias


def check_layer_norm(X, weight, bias):
    """Raise TypeError or ValueError where `layer_norm` cannot normalize."""
    check_floating(X)
    if X.ndim == 0 or X.shape[-1] == 0:
        raise ValueError(f"X must have a last axis with numbers in it, got shape {tuple(X.shape)}")
    for name, v in (("weight", weight), ("bias", bias)):
        if v is not None and v.shape != X.shape[-1:]:
            wanted = f"({X.shape[-1]},)"
            raise ValueError(f"{name} must have shape {wanted} for this X, got {tuple(v.shape)}")


class LayerNorm(nn.Module):
    """`layer_norm` as a layer, with the state dict of `nn.LayerNorm(dim)`.

    dim: the length of the last axis. eps: added to the variance. Raises ValueError for a dim below 1, and
    what `layer_norm` raises.

    >>> LayerNorm(3)(torch.zeros(2, 3)).shape
    torch.Size([2, 3])
    """

    def __init__(self, dim: int, *, eps: float = 1e-5):
        super().__init__()
        if dim < 1:
            raise ValueError(f"dim must be 1 or more, got {dim}")
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))

    def forward(self, X: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch dim"]:
        return layer_norm(X, self.weight, self.bias, eps=self.eps)
