"""RMSProp: each number's gradient, measured by how large it has been of late."""

from jaxtyping import Float
from torch import Tensor

from d2lmodels.optim.optimizer import Optimizer, check_number


class RMSProp(Optimizer):
    """Divide each number's gradient by the root of a running mean of its square, and step against that.

    params: tensors, or groups of them (see `Optimizer`). lr: the size of a step where the gradient is as
    large as usual, in the units of the parameters. alpha: the share of the running mean that stays. eps:
    added to the root. weight_decay: λ, as for a loss with λ/2·‖θ‖² added. momentum: μ, the share of the last
    step that stays. centered: whether to divide by the standard deviation of the gradient.

    Tieleman and Hinton, "Neural networks for machine learning" (2012), lecture 6.5; centered and with
    momentum as in Graves, "Generating sequences with recurrent neural networks" (2013), equations 38 to 41,
    but for eps, which stands in the root there. The running means start at 0 and nothing corrects for it.
    Centered, a gradient that hardly changes makes the variance round to 0 or below, and the step huge or NaN,
    in torch too. torch calls it RMSprop. Left out of torch's: maximize, foreach, differentiable, capturable.

    Raises ValueError for a number out of its range.

    >>> import torch
    >>> theta = torch.tensor([100.0, 1.0], requires_grad=True)
    >>> (theta**2).sum().backward()
    >>> RMSProp([theta], lr=0.001).step()  # the first step is lr/√(1 − α) = 10 lr for both
    >>> theta
    tensor([99.9900,  0.9900], requires_grad=True)
    """

    keeps = {  # noqa: RUF012
        "step": None,
        "square_avg": None,
        "grad_avg": "centered",
        "momentum_buffer": "momentum",
    }

    def __init__(self, params, lr=1e-2, *, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False):
        super().__init__(
            params,
            lr=lr,
            alpha=alpha,
            eps=eps,
            weight_decay=weight_decay,
            momentum=momentum,
            centered=centered,
        )

    def update(
        self,
        theta: Float[Tensor, "..."],
        g: Float[Tensor, "..."],
        state,
        *,
        lr,
        alpha,
        eps,
        weight_decay,
        momentum,
        centered,
    ) -> None:
        """Change theta by its gradient g."""
        if weight_decay:
            g = g + weight_decay * theta
        v = state["square_avg"] = alpha * state.get("square_avg", 0) + (1 - alpha) * g**2
        if centered:
            mean = state["grad_avg"] = alpha * state.get("grad_avg", 0) + (1 - alpha) * g
            v = v - mean**2
        d = g / (v.sqrt() + eps)
        if momentum:
            d = state["momentum_buffer"] = momentum * state.get("momentum_buffer", 0) + d
        theta -= lr * d

    def check_options(self, group: dict) -> None:
        """Raise TypeError or ValueError for options that do not fit."""
        super().check_options(group)
        check_number("alpha", group["alpha"], below=1)
