"""Gradient descent, with momentum or Nesterov's momentum."""

import math

from jaxtyping import Float
from torch import Tensor

from d2lmodels.optim.optimizer import Optimizer, check_number


class SGD(Optimizer):
    """Step against the gradient, or along a running sum of gradients.

    params: tensors, or groups of them (see `Optimizer`). lr: the length of a step for a gradient of length 1.
    momentum: μ, the share of the last velocity that stays. dampening: τ, the share of a new gradient that is
    left out of the velocity, but for the first. weight_decay: λ, as for a loss with λ/2·‖θ‖² added.
    nesterov: whether to step along the velocity as it will be after one more such gradient.

    b is minus the velocity over lr: Polyak, "Some methods of speeding up the convergence of iteration
    methods" (1964); Nesterov (1983) as in Sutskever et al., "On the importance of initialization
    and momentum in deep learning" (2013), section 2, with θ standing for their point ahead. Left out of
    torch's: maximize, foreach, differentiable, fused.

    Raises ValueError for a number out of its range, and for Nesterov's momentum with μ = 0 or τ ≠ 0.

    >>> import torch
    >>> theta = torch.tensor([2.0], requires_grad=True)
    >>> optimizer = SGD([theta], lr=0.25, momentum=0.5)
    >>> for _ in range(2):  # down θ², whose slope is 2θ: to 2 − .25·4, then on by −.25·(.5·4 + 2)
    ...     optimizer.zero_grad()
    ...     (theta**2).sum().backward()
    ...     optimizer.step()
    >>> theta
    tensor([0.], requires_grad=True)
    """

    keeps = {"momentum_buffer": "momentum"}  # noqa: RUF012

    def __init__(self, params, lr=1e-3, *, momentum=0, dampening=0, weight_decay=0, nesterov=False):
        super().__init__(
            params,
            lr=lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
        )

    def update(
        self,
        theta: Float[Tensor, "..."],
        g: Float[Tensor, "..."],
        state,
        *,
        lr,
        momentum,
        dampening,
        weight_decay,
        nesterov,
    ) -> None:
        """Change theta by its gradient g."""
        if weight_decay:
            g = g + weight_decay * theta
        if momentum:
            b = state.get("momentum_buffer")
            b = g.clone() if b is None else momentum * b + (1 - dampening) * g
            state["momentum_buffer"] = b
            g = g + momentum * b if nesterov else b
        theta -= lr * g

    def check_options(self, group: dict) -> None:
        """Raise TypeError or ValueError for options that do not fit."""
        super().check_options(group)
        check_number("dampening", group["dampening"], least=-math.inf)
        if group["nesterov"] and (group["momentum"] == 0 or group["dampening"] != 0):
            got = f"momentum={group['momentum']} and dampening={group['dampening']}"
            raise ValueError(f"nesterov must go with a momentum and without dampening, got {got}")
