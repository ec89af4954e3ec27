"""Adam, and AdamW, which decays the weights apart from the gradient.

`adam_box` is the algorithm as its authors print it. `Adam.update` reaches the same numbers with fewer passes
over memory; `adam_fast.py` has the box compiled. Not here: AMSGrad.
"""

import math
from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from d2lmodels.optim.optimizer import Optimizer, check_number

PIECE = 2**18  # numbers: a megabyte in float32, of which a few fit in a processor's cache


def adam_box(
    theta: Float[Tensor, "..."],
    g: Float[Tensor, "..."],
    m: Float[Tensor, "..."],
    v: Float[Tensor, "..."],
    *,
    t,
    lr,
    betas=(0.9, 0.999),
    eps=1e-8,
) -> tuple[Float[Tensor, "..."], Float[Tensor, "..."], Float[Tensor, "..."]]:
    """Return theta, m and v after step t of Adam with the gradient g.

    theta, g: a parameter and its gradient, any shape. m, v: the running means of g and of g·g, zeros before
    step 1. t: the number of the step, from 1. lr: the authors' α. All in the units of the parameter, but
    betas, the shares of the running means that stay. Kingma and Ba, "Adam" (2015), algorithm 1, line by line.

    >>> adam_box(torch.tensor(2.0), torch.tensor(2.0), torch.tensor(0.0), torch.tensor(0.0), t=1, lr=0.1)
    (tensor(1.9000), tensor(0.2000), tensor(0.0040))
    """
    beta1, beta2 = betas
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    theta = theta - lr * m_hat / (v_hat.sqrt() + eps)
    return theta, m, v


class Adam(Optimizer):
    """Step against the running mean of the gradient over the root of the running mean of its square.

    params: tensors, or groups of them (see `Optimizer`). lr: about the largest step that a number takes, in
    the units of the parameters. betas: β₁ and β₂, the shares of the two running means that stay. eps: added
    to the root. weight_decay: λ, as for a loss with λ/2·‖θ‖² added, which divides the decay by the root too:
    AdamW does not.

    Kingma and Ba, "Adam: a method for stochastic optimization" (2015), algorithm 1 in the order of the end of
    section 2. Left out of torch's: amsgrad, maximize, foreach, capturable, differentiable, fused,
    decoupled_weight_decay (that is AdamW).

    Raises ValueError for a number out of its range: betas in [0, 1), the others from 0 up.

    >>> theta = torch.tensor([2.0], requires_grad=True)
    >>> ((theta - 1) ** 2).sum().backward()
    >>> Adam([theta], lr=0.1).step()  # the first step is lr, however large the gradient
    >>> theta
    tensor([1.9000], requires_grad=True)
    """

    keeps = {"step": None, "exp_avg": None, "exp_avg_sq": None}  # noqa: RUF012

    def __init__(self, params, lr=1e-3, *, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def update(
        self, theta: Float[Tensor, "..."], g: Float[Tensor, "..."], state, *, lr, betas, eps, weight_decay
    ) -> None:
        """Change theta by its gradient g, to what `adam_box` gives.

        With s = √(1 − β₂ᵗ), m̂/(√v̂ + ε) = s/(1 − β₁ᵗ) · m/(√v + s·ε): the corrections become two numbers.
        """
        (beta1, beta2), t = betas, state["step"]
        s = math.sqrt(1 - beta2**t)
        m, v = (zeros_once(state, name, theta) for name in ("exp_avg", "exp_avg_sq"))
        for theta, g, m, v in pieces(theta, g, m, v):  # noqa: B020 (views of themselves)
            if weight_decay:
                g = g + weight_decay * theta
            m.lerp_(g, 1 - beta1)  # m ← m + (1 − β₁)(g − m)
            v.mul_(beta2).addcmul_(g, g, value=1 - beta2)  # v ← β₂v + (1 − β₂)g·g
            theta.addcdiv_(m, v.sqrt().add_(s * eps), value=-lr * s / (1 - beta1**t))

    def check_options(self, group: dict) -> None:
        """Raise TypeError or ValueError for options that do not fit."""
        super().check_options(group)
        betas = group["betas"]
        if not isinstance(betas, tuple | list) or len(betas) != 2:
            raise TypeError(f"betas must be a pair of numbers, got {betas!r}")
        for k in (0, 1):
            check_number(f"betas[{k}]", betas[k], below=1)


class AdamW(Adam):
    """Adam whose weights shrink by lr·weight_decay of themselves before each step, apart from the gradient.

    Arguments as for `Adam`; weight_decay: λ. Loshchilov and Hutter, "Decoupled weight decay regularization"
    (2019), algorithm 2, with their schedule multiplier times α as lr, and lr·λ for their multiplier times λ,
    as in torch. Raises what `Adam` raises.

    >>> theta = torch.tensor([2.0], requires_grad=True)
    >>> theta.grad = torch.zeros(1)
    >>> AdamW([theta], lr=0.1, weight_decay=0.5).step()  # by .1·.5·2; the slope says to stay
    >>> theta
    tensor([1.9000], requires_grad=True)
    """

    torch_flags = frozenset({"decoupled_weight_decay"})

    def __init__(self, params, lr=1e-3, *, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(params, lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def update(
        self, theta: Float[Tensor, "..."], g: Float[Tensor, "..."], state, *, lr, betas, eps, weight_decay
    ) -> None:
        """Change theta by its decay, then by its gradient g."""
        theta *= 1 - lr * weight_decay
        super().update(theta, g, state, lr=lr, betas=betas, eps=eps, weight_decay=0)


def zeros_once(state: dict, name: str, theta: Tensor) -> Tensor:
    """Return what the state keeps under `name`: zeros like theta the first time.

    >>> zeros_once({}, "exp_avg", torch.ones(2))
    tensor([0., 0.])
    """
    if name not in state:
        state[name] = torch.zeros_like(theta, requires_grad=False)
    return state[name]


def pieces(*tensors: Tensor, size: int = PIECE) -> Iterator[tuple[Tensor, ...]]:
    """Yield views of the same `size` numbers of each tensor, then of the next ones: so few stay in the cache.

    On a GPU, and where numbers do not lie one after the other, all come at once.

    >>> [(a.tolist(), b.tolist()) for a, b in pieces(torch.arange(3), torch.arange(3, 6), size=2)]
    [([0, 1], [3, 4]), ([2], [5])]
    """
    if tensors[0].numel() > size and all(x.is_cpu and x.is_contiguous() for x in tensors):
        yield from zip(*(x.view(-1).split(size) for x in tensors))
    else:
        yield tensors
