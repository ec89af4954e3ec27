"""Losses: squared error for numbers; for classes and for adversaries cross-entropy, from logits.

Logits, so that no probability is rounded to 0 on the way. Not here: weights of classes, labels to be
ignored, label smoothing.
"""

import torch
from jaxtyping import Bool, Float, Integer, Real
from torch import Tensor

from d2lmodels.nn.checks import check_floating


def check_logits(logits: Float[Tensor, "..."], name: str = "logits") -> None:
    """Raise TypeError for what is no floating tensor, ValueError for an empty one."""
    check_floating(logits, name)
    if logits.numel() == 0:
        got = f"shape {tuple(logits.shape)}"
        raise ValueError(f"{name} must hold at least one number, got {got}")


def check_targets(
    y: Real[Tensor, "..."] | Bool[Tensor, "..."],
    logits: Float[Tensor, "..."],
    *,
    name: str = "logits",
    kind: str = "numbers from 0 to 1",
) -> None:
    """Raise TypeError or ValueError if y is not one real number for each of the logits."""
    if not isinstance(y, Tensor) or y.is_complex():
        got = getattr(y, "dtype", type(y).__name__)
        raise TypeError(f"y must be a tensor of {kind}, got {got}")
    if y.shape != logits.shape:
        got = f"{tuple(y.shape)} and {tuple(logits.shape)}"
        raise ValueError(f"y must have the shape of {name}, got {got}")


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


def mse_loss(
    y_hat: Float[Tensor, "..."],
    y: Real[Tensor, "..."] | Bool[Tensor, "..."],
) -> Float[Tensor, ""]:
    """Return the mean of (y_hat − y)².

    y_hat: any shape. y: the same shape, taken over into y_hat's type; a column beside a row would be spread
    to a matrix of all pairs, and is refused. The gradient is 2 (y_hat − y) / count.

    Raises ValueError for shapes that differ or no numbers at all, TypeError for y_hat that is no floating
    tensor and for y that is no tensor of real numbers. Goodfellow, Bengio and Courville, "Deep learning"
    (2016), section 5.5.1.

    >>> mse_loss(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
    tensor(2.)
    """
    check_logits(y_hat, "y_hat")
    check_targets(y, y_hat, name="y_hat", kind="real numbers")
    return (y_hat - y.to(y_hat.dtype)).square().mean()


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
    check_targets(y, logits)
    y, zero = y.to(logits.dtype), logits.new_zeros(())
    if not ((y >= 0) & (y <= 1)).all():
        raise ValueError(f"y must lie in 0…1, got {y.min().item():g}…{y.max().item():g}")
    yes, no = torch.logaddexp(zero, -logits), torch.logaddexp(zero, logits)
    return (y * yes + (1 - y) * no).mean()


def discriminator_loss(
    real_logits: Float[Tensor, "..."], fake_logits: Float[Tensor, "..."]
) -> Float[Tensor, ""]:
    """Return −mean log D(x) − mean log(1 − D(G(z))), which the discriminator descends.

    real_logits, fake_logits: any two shapes; D = σ(logits) is the probability that an example x is data
    and not G(z), made of noise z. The sign is that of a loss: the discriminator maximizes the sum of the
    two mean logarithms. For a fixed generator it is lowest at D = p / (p + q), with p the density of the
    data and q that of what is generated.

    Raises ValueError for no numbers at all, TypeError for what is no floating tensor. Goodfellow et al.,
    "Generative adversarial nets" (2014), equation 1 and proposition 1.

    >>> discriminator_loss(torch.zeros(3), torch.zeros(2))
    tensor(1.3863)
    """
    check_logits(real_logits, "real_logits")
    check_logits(fake_logits, "fake_logits")
    real = binary_cross_entropy(real_logits, torch.ones_like(real_logits))
    return real + binary_cross_entropy(fake_logits, torch.zeros_like(fake_logits))


def generator_loss(
    fake_logits: Float[Tensor, "..."],
    *,
    minimax: bool = False,
) -> Float[Tensor, ""]:
    """Return a generator's loss: −mean log D(G(z)), or mean log(1 − D(G(z))) if `minimax`.

    fake_logits: any shape; D(G(z)) = σ(fake_logits). Per logit the gradient is −(1 − D) / count, or
    −D / count if `minimax`, which vanishes where the discriminator is sure that G(z) is fake.

    Raises ValueError for no numbers at all, TypeError for what is no floating tensor. Goodfellow et al.,
    "Generative adversarial nets" (2014), section 3.

    >>> sure = torch.tensor([-10.0])
    >>> generator_loss(sure), generator_loss(sure, minimax=True)
    (tensor(10.0000), tensor(-4.5399e-05))
    """
    check_logits(fake_logits, "fake_logits")
    if minimax:
        return -binary_cross_entropy(fake_logits, torch.zeros_like(fake_logits))
    return binary_cross_entropy(fake_logits, torch.ones_like(fake_logits))
