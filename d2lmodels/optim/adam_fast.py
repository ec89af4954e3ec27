"""Adam in one pass over memory: the rule of `Adam.update`, compiled by `torch.compile`.

`Adam.update` reads and writes its four tensors in six calls; here each number is read once, all is done with
it, and it is written once, as in torch's fused kernel. That needs a C++ compiler (g++, clang++ or cl), and
the first step takes some 5 to 15 seconds for each dtype. Not here: another rule, other options.
"""

import inspect
import math

import torch
from jaxtyping import Float
from torch import Tensor

from d2lmodels.optim.adam import Adam, AdamW, zeros_once


def adam_pass(
    theta: Float[Tensor, "..."],
    g: Float[Tensor, "..."],
    m: Float[Tensor, "..."],
    v: Float[Tensor, "..."],
    *,
    alpha: Float[Tensor, ""],
    eps: Float[Tensor, ""],
    betas,
) -> None:
    """Change theta, m and v in place; alpha and eps have taken up the bias corrections of this step.

    They are tensors since `torch.compile` would compile anew for every new number.

    >>> theta, m, v = torch.tensor([2.0]), torch.zeros(1), torch.zeros(1)
    >>> alpha, eps = torch.tensor(0.5), torch.tensor(0.0)
    >>> adam_pass(theta, torch.ones(1), m, v, alpha=alpha, eps=eps, betas=(0.5, 0.75))
    >>> theta
    tensor([1.5000])
    """
    beta1, beta2 = betas
    m.copy_(beta1 * m + (1 - beta1) * g)
    v.copy_(beta2 * v + (1 - beta2) * g**2)
    theta.sub_(alpha * m / (v.sqrt() + eps))


# Compiles when first called; without the checks of shapes that tests wrap around every function.
compiled_pass = torch.compile(inspect.unwrap(adam_pass), dynamic=True, fullgraph=True)


class CompiledAdam(Adam):
    """Adam, with the same arguments and the same numbers but for rounding.

    Raises what `Adam` raises, and at the first step what `torch.compile` raises without a C++ compiler.

    >>> CompiledAdam([torch.zeros(1)], lr=0.1).param_groups[0]["lr"]
    0.1
    """

    def update(
        self, theta: Float[Tensor, "..."], g: Float[Tensor, "..."], state, *, lr, betas, eps, weight_decay
    ) -> None:
        """Change theta by its gradient g."""
        (beta1, beta2), t = betas, state["step"]
        s = math.sqrt(1 - beta2**t)
        m, v = (zeros_once(state, name, theta) for name in ("exp_avg", "exp_avg_sq"))
        if weight_decay:
            g = g + weight_decay * theta
        dtype = torch.promote_types(theta.dtype, torch.float32)  # float16 would make ε 0
        alpha, eps = (torch.tensor(x, dtype=dtype) for x in (lr * s / (1 - beta1**t), s * eps))
        tensors = theta.detach(), g, m, v
        if all(x.is_contiguous() for x in tensors):
            tensors = (x.view(-1) for x in tensors)  # or it would compile for each number of axes
        compiled_pass(*tensors, alpha=alpha, eps=eps, betas=betas)


class CompiledAdamW(AdamW, CompiledAdam):
    """AdamW, with the same arguments and the same numbers but for rounding: its decay, then `CompiledAdam`.

    >>> CompiledAdamW([torch.zeros(1)]).param_groups[0]["weight_decay"]
    0.01
    """
