"""Learning rates that change from step to step: functions from step to factor, and what applies them.

A factor function takes the number of steps taken so far, n = 0, 1, 2, …, and returns what the learning rate
of step n + 1 is multiplied by. Any function of that kind will do. Not here: schedules that look at the loss,
schedules of momentum.
"""

import math
import numbers
from collections.abc import Callable

from d2lmodels.optim.optimizer import check_number

Factor = Callable[[int], float]


def constant() -> Factor:
    """Return a factor that is always 1.

    >>> constant()(7)
    1.0
    """
    return lambda n: 1.0


def linear(num_steps: int, *, warmup: int = 0, final: float = 0.0) -> Factor:
    """Return a factor that falls from 1 to `final` along a line and stays there.

    num_steps: the steps in all, of which the first `warmup` climb evenly, the last of them to 1.
    final: the factor after num_steps steps. Raises ValueError for a final below 0 and unless
    0 ≤ warmup < num_steps. Without warmup, torch's LinearLR.

    >>> [linear(6, warmup=2)(n) for n in range(8)]
    [0.5, 1.0, 1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    """
    return falling(lambda done: 1 - done, num_steps, warmup=warmup, final=final)


def cosine(num_steps: int, *, warmup: int = 0, final: float = 0.0) -> Factor:
    """Return a factor that falls from 1 to `final` along half a wave of a cosine and stays there.

    Arguments and errors as for `linear`. Loshchilov and Hutter, "SGDR: stochastic gradient descent with
    warm restarts" (2017), equation 5, without restarts. Without warmup, torch's CosineAnnealingLR, which
    climbs again after num_steps.

    >>> [round(cosine(6, warmup=2)(n), 3) for n in range(8)]
    [0.5, 1.0, 1.0, 0.854, 0.5, 0.146, 0.0, 0.0]
    """
    return falling(lambda done: (1 + math.cos(math.pi * done)) / 2, num_steps, warmup=warmup, final=final)


def falling(shape: Callable[[float], float], num_steps: int, *, warmup: int, final: float) -> Factor:
    """Return a factor that climbs to 1 in `warmup` steps and falls to `final` like `shape`, from 1 to 0.

    shape: a function of the share of the steps after the warm-up that is done. Arguments and errors as for
    `linear`.

    >>> [falling(lambda done: (1 - done) ** 2, 2, warmup=0, final=0.0)(n) for n in range(3)]
    [1.0, 0.25, 0.0]
    """
    check_steps(num_steps, warmup)
    check_number("final", final)

    def factor(n):
        if n < warmup:
            return (n + 1) / warmup
        done = min(1, (n - warmup) / (num_steps - warmup))
        return final + (1 - final) * shape(done)

    return factor


def inverse_square_root(warmup: int) -> Factor:
    """Return a factor that climbs evenly to 1 in `warmup` steps, then falls as one over the root of the step.

    Raises ValueError for a warmup below 1. Vaswani et al., "Attention is all you need" (2017), equation 3,
    with a largest factor of 1.

    >>> [inverse_square_root(4)(n) for n in (0, 3, 15)]
    [0.25, 1.0, 0.5]
    """
    check_count("warmup", warmup, 1)
    return lambda n: min((n + 1) / warmup, math.sqrt(warmup / (n + 1)))


def step_decay(step_size: int, *, gamma: float = 0.1) -> Factor:
    """Return a factor that is multiplied by `gamma` after every `step_size` steps; torch's StepLR.

    Raises ValueError for a step_size below 1 or a gamma below 0.

    >>> [step_decay(2, gamma=0.5)(n) for n in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    check_count("step_size", step_size, 1)
    check_number("gamma", gamma)
    return lambda n: float(gamma) ** (n // step_size)


class Schedule:
    """Set the learning rate of every group to its first one times `factor(number of steps taken)`.

    optimizer: ours or torch's, whose groups have the learning rates that a factor of 1 stands for.
    factor: a function from a step number to a number from 0 up. Call `step()` after each of the
    optimizer's steps. torch's LambdaLR does the same.

    Raises TypeError for other arguments, ValueError for a factor below 0 or not finite, and when the
    optimizer has got another number of groups.

    >>> import torch
    >>> from d2lmodels.optim.sgd import SGD
    >>> optimizer = SGD([torch.zeros(1)], lr=0.8)
    >>> schedule = Schedule(optimizer, step_decay(2, gamma=0.5))
    >>> for _ in range(4):
    ...     optimizer.step()
    ...     schedule.step()
    >>> optimizer.param_groups[0]["lr"]
    0.2
    """

    def __init__(self, optimizer, factor: Factor):
        if not hasattr(optimizer, "param_groups"):
            raise TypeError(f"optimizer must have param_groups, got {type(optimizer).__name__}")
        if not callable(factor):
            raise TypeError(f"factor must be a function of the step number, got {type(factor).__name__}")
        self.optimizer, self.factor, self.num_steps = optimizer, factor, 0
        self.base_lrs = [group["lr"] for group in optimizer.param_groups]
        self._set()

    def step(self) -> None:
        """Go on to the next step's learning rates."""
        self.num_steps += 1
        self._set()

    def state_dict(self) -> dict:
        """Return how many steps were taken, and the learning rates to multiply."""
        return {"num_steps": self.num_steps, "base_lrs": list(self.base_lrs)}

    def load_state_dict(self, state_dict: dict) -> None:
        """Take over what `state_dict` returned, and set the learning rates.

        Raises ValueError for what does not fit.
        """
        if set(state_dict) != {"num_steps", "base_lrs"}:
            raise ValueError(
                f"state_dict must have num_steps and base_lrs, got {sorted(map(str, state_dict))}"
            )
        self._check_groups(state_dict["base_lrs"])
        self.num_steps, self.base_lrs = state_dict["num_steps"], list(state_dict["base_lrs"])
        self._set()

    def _set(self):
        self._check_groups(self.base_lrs)
        value = self.factor(self.num_steps)
        if not isinstance(value, numbers.Real) or not 0 <= value < math.inf:
            raise ValueError(
                f"factor must return a number in [0, inf), got {value!r} for n = {self.num_steps}"
            )
        for group, lr in zip(self.optimizer.param_groups, self.base_lrs):
            group["lr"] = lr * value

    def _check_groups(self, base_lrs):
        groups = len(self.optimizer.param_groups)
        if len(base_lrs) != groups:
            raise ValueError(
                f"there must be a learning rate for each of {groups} groups, got {len(base_lrs)}"
            )


def check_steps(num_steps, warmup) -> None:
    """Raise TypeError or ValueError unless both are whole numbers with 0 ≤ warmup < num_steps."""
    check_count("num_steps", num_steps, 1)
    check_count("warmup", warmup, 0)
    if warmup >= num_steps:
        raise ValueError(f"warmup must be below num_steps, {num_steps}, got {warmup}")


def check_count(name, value, least) -> None:
    """Raise TypeError for no whole number, ValueError for one below `least`."""
    if not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if value < least:
        raise ValueError(f"{name} must be {least} or more, got {value}")
