"""Losses of classifiers, from logits, so that no probability is rounded to 0 on the way.

Not here: weights of classes, labels to be ignored, label smoothing.
"""

import torch
from jaxtyping import Bool, Float, Integer, Real
from torch import Tensor


def check_logits(logits: Float[Tensor, "..."]) -> None:
    """Raise TypeError for what is no floating tensor, ValueError for an empty one."""
    if not isinstance(logits, Tensor) or not logits.is_floating_point():
        got = getattr(logits, "dtype", type(logits).__name__)
        raise TypeError(f"logits must be a tensor of floating numbers, got {got}")
    if logits.numel() == 0:
        got = f"shape {tuple(logits.shape)}"
        raise ValueError(f"logits must hold at least one number, got {got}")


def check_labels(
    logits: Float[Tensor, "batch num_classes"],
    y: Integer[Tensor, "batch"],
) -> None:
    """Raise TypeError or ValueError if y is not one class number for each row of logits."""
    is_whole = isinstance(y, Tensor) and not (y.is_floating_point() or y.is_complex())
    if not is_whole or y.dtype == torch.bool:
        got = getattr(y, "dtype", type(y).__name__)
        raise TypeError(f"y must be a tensor of class numbers, whole numbers, got {got}")
    if logits.ndim != 2 or y.shape != logits.shape[:1]:
        wanted = "(batch, num_classes) and y (batch,)"
        got = f"{tuple(logits.shape)} and {tuple(y.shape)}"
        raise ValueError(f"logits must be {wanted}, got {got}")
    if y.min() < 0 or y.max() >= logits.shape[1]:
        got = f"{y.min().item()}…{y.max().item()}"
        raise ValueError(f"y must lie in 0…{logits.shape[1] - 1}, got {got}")


def log_softmax(
    logits: Float[Tensor, "batch num_classes"],
) -> Float[Tensor, "batch num_classes"]:
    """Return the logarithm of each row's softmax: logits − log Σ exp(logits).

    Adding one number to a whole row changes nothing, so the largest logit is taken off first: exp
    cannot overflow, the sum is at least 1, and no gradient need pass through what was taken off.

    >>> log_softmax(torch.tensor([[1000.0, 1000.0, -1000.0]]))
    tensor([[-6.9315e-01, -6.9315e-01, -2.0007e+03]])
    """
    shifted = logits - logits.detach().amax(1, keepdim=True)  # (B, num_classes), at most 0
    return shifted - shifted.exp().sum(1, keepdim=True).log()


def cross_entropy(
    logits: Float[Tensor, "batch num_classes"], y: Integer[Tensor, "batch"]
) -> Float[Tensor, ""]:
    """Return the mean over the batch of −log softmax(logits) at each row's class.

    logits: `(batch, num_classes)`, any real numbers. y: `(batch,)`, class numbers from 0 to num_classes
    − 1. The gradient is (softmax(logits) − one-hot(y)) / batch.

    Raises ValueError for other shapes, an empty batch or a class out of range, TypeError for logits
    that are no floating tensor and for y that are no whole numbers. Goodfellow, Bengio and Courville,
    "Deep learning" (2016), section 6.2.2.3.

    >>> cross_entropy(torch.zeros(1, 2), torch.tensor([1]))
    tensor(0.6931)
    """
    check_logits(logits)
    check_labels(logits, y)
    return -log_softmax(logits).gather(1, y.long()[:, None]).mean()  # over (B, 1)


def binary_cross_entropy(
    logits: Float[Tensor, "..."],
    y: Real[Tensor, "..."] | Bool[Tensor, "..."],
) -> Float[Tensor, ""]:
    """Return the mean of −y log σ(logits) − (1 − y) log(1 − σ(logits)).

    logits: any shape, any real numbers; σ(z) = 1 / (1 + exp(−z)). y: the same shape, numbers from 0 to
    1, or bools: the probability of "yes". As −log σ(z) = log(1 + exp(−z)) and 1 − σ(z) = σ(−z), no σ
    is computed. The gradient is (σ(logits) − y) / count. torch calls it
    `binary_cross_entropy_with_logits`.

    Raises ValueError for shapes that differ, no numbers at all or y out of range, TypeError for logits
    that are no floating tensor and for y that is no tensor. Goodfellow, Bengio and Courville, "Deep
    learning" (2016), section 6.2.2.2.

    >>> binary_cross_entropy(torch.tensor([0.0, 100.0]), torch.tensor([1.0, 1.0]))
    tensor(0.3466)
    """
    check_logits(logits)
    if not isinstance(y, Tensor) or y.is_complex():
        got = getattr(y, "dtype", type(y).__name__)
        raise TypeError(f"y must be a tensor of numbers from 0 to 1, got {got}")
    if y.shape != logits.shape:
        got = f"{tuple(y.shape)} and {tuple(logits.shape)}"
        raise ValueError(f"y must have the shape of logits, got {got}")
    y, zero = y.to(logits.dtype), logits.new_zeros(())
    if not ((y >= 0) & (y <= 1)).all():
        raise ValueError(f"y must lie in 0…1, got {y.min().item():g}…{y.max().item():g}")
    yes, no = torch.logaddexp(zero, -logits), torch.logaddexp(zero, logits)
    return (y * yes + (1 - y) * no).mean()
