"""Distillation: a small network, the student, learns from the answers of a trained one, the teacher.

Not here: pruning and quantization, several teachers, students that teach each other, and the loop, for which
`d2lmodels.train.fit` does.
"""

import math
import warnings
from collections.abc import Iterable

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from d2lmodels.nn.checks import check_floating


def distillation_loss(
    student_logits: Float[Tensor, "batch classes"],
    teacher_logits: Float[Tensor, "batch classes"],
    targets: Int[Tensor, " batch"],
    *,
    temperature: float,
    alpha: float,
) -> Float[Tensor, ""]:
    """Return alpha · T² · KL(teacher ‖ student) at temperature T, and (1 − alpha) · cross-entropy added.

    The cross-entropy is that with `targets`; both terms are means over the batch. At temperature T the logits
    are divided by T before the softmax; the gradient of the divergence then shrinks like 1/T², which the
    factor T² makes up for. No gradient goes to the teacher. alpha: from 0, the targets alone, to 1, the
    teacher alone.

    Raises ValueError for shapes that differ, a target that is no class, a temperature that is not above 0 and
    an alpha outside 0…1; TypeError for what are no tensors of the right kind. Hinton, Vinyals and Dean,
    "Distilling the knowledge in a neural network" (2015), section 2.

    >>> teacher = torch.tensor([[4.0, 2.0, 0.0]])
    >>> right = torch.tensor([0])
    >>> distillation_loss(teacher, teacher, right, temperature=2.0, alpha=1.0)
    tensor(0.)
    """
    check_distillation(student_logits, teacher_logits, targets)
    check_temperature(temperature)
    check_alpha(alpha)
    of_targets = F.cross_entropy(student_logits, targets)
    student = (student_logits / temperature).log_softmax(-1)  # (B, C)
    teacher = (teacher_logits.detach() / temperature).log_softmax(-1)  # (B, C)
    of_teacher = F.kl_div(student, teacher, reduction="batchmean", log_target=True)
    return alpha * temperature**2 * of_teacher + (1 - alpha) * of_targets


def hard_distillation_loss(
    student_logits: Float[Tensor, "batch classes"],
    teacher_logits: Float[Tensor, "batch classes"],
    targets: Int[Tensor, " batch"],
    *,
    alpha: float = 0.5,
) -> Float[Tensor, ""]:
    """Return alpha · cross-entropy with the teacher's likeliest class, plus (1 − alpha) · that with targets.

    Raises what `distillation_loss` raises. Touvron et al., "Training data-efficient image transformers and
    distillation through attention" (2021), equation 3, where alpha is one half.

    >>> logits = torch.tensor([[0.0, 0.0]])
    >>> hard_distillation_loss(logits, torch.tensor([[1.0, 9.0]]), torch.tensor([0]))
    tensor(0.6931)
    """
    check_distillation(student_logits, teacher_logits, targets)
    check_alpha(alpha)
    of_teacher = F.cross_entropy(student_logits, teacher_logits.argmax(-1))
    return alpha * of_teacher + (1 - alpha) * F.cross_entropy(student_logits, targets)


class FeatureMatching(nn.Module):
    """The mean squared difference between a teacher's features and a linear image of a student's.

    student_dim, teacher_dim: the length of the last axis of the one and the other. The linear layer learns
    with the student and is thrown away afterwards. Takes `(…, student_dim)` and `(…, teacher_dim)`, gives
    one number; no gradient goes to the teacher.

    Raises ValueError for shapes that do not fit, TypeError for what is no floating tensor. Romero et al.,
    "FitNets: hints for thin deep nets" (2015), section 2.2, where the layer is a convolution.

    >>> matching = FeatureMatching(4, 6)
    >>> matching(torch.zeros(3, 4), torch.zeros(3, 6)).shape
    torch.Size([])
    """

    def __init__(self, student_dim: int, teacher_dim: int):
        super().__init__()
        self.map = nn.Linear(student_dim, teacher_dim)

    def forward(
        self,
        student: Float[Tensor, "*batch student"],
        teacher: Float[Tensor, "*batch teacher"],
    ) -> Float[Tensor, ""]:
        for name, X, dim in (
            ("student", student, self.map.in_features),
            ("teacher", teacher, self.map.out_features),
        ):
            check_floating(X, name)
            if X.shape[-1:] != (dim,) or X.shape[:-1] != student.shape[:-1]:
                wanted = f"{(*student.shape[:-1], dim)}"
                raise ValueError(f"{name} must have shape {wanted}, got {tuple(X.shape)}")
        return F.mse_loss(self.map(student), teacher.detach())


@torch.no_grad()
def teacher_logits(teacher: nn.Module, batches: Iterable[Tensor]) -> Float[Tensor, "examples classes"]:
    """Return what the teacher answers to all inputs, batch after batch, to be kept instead of asked again.

    The same inputs get the same answers only in eval mode, so a teacher in train mode brings a UserWarning.
    Raises ValueError where there is no batch.

    >>> teacher = nn.Linear(2, 3).eval()
    >>> teacher_logits(teacher, torch.zeros(5, 2).split(2)).shape
    torch.Size([5, 3])
    """
    if teacher.training:
        warnings.warn(
            "the teacher is in train mode: dropout and batch normalization make its answers depend on chance "
            "and on the rest of the batch; call teacher.eval() first",
            stacklevel=2,
        )
    found = [teacher(batch) for batch in batches]
    if not found:
        raise ValueError("batches must hold at least one batch, got none")
    return torch.cat(found)


def check_distillation(student_logits, teacher_logits, targets) -> None:
    """Raise TypeError or ValueError for logits and targets that do not belong together."""
    for name, logits in (("student_logits", student_logits), ("teacher_logits", teacher_logits)):
        check_floating(logits, name, axes="batch classes")
    if teacher_logits.shape != student_logits.shape:
        raise ValueError(
            "teacher_logits must have the shape of student_logits, "
            f"{tuple(student_logits.shape)}, got {tuple(teacher_logits.shape)}"
        )
    if not isinstance(targets, Tensor) or targets.dtype != torch.int64:
        got = targets.dtype if isinstance(targets, Tensor) else type(targets).__name__
        raise TypeError(f"targets must be a tensor of int64, a class for each row, got {got}")
    batch, classes = student_logits.shape
    if targets.shape != (batch,) or not batch:
        raise ValueError(f"targets must have shape ({batch},) and not be empty, got {tuple(targets.shape)}")
    wrong = targets[(targets < 0) | (targets >= classes)]
    if len(wrong):
        raise ValueError(f"targets must be from 0 to {classes - 1}, got {wrong[0].item()}")


def check_temperature(temperature) -> None:
    """Raise ValueError for what is no finite number above 0."""
    if not isinstance(temperature, int | float) or not 0 < temperature < math.inf:
        raise ValueError(f"temperature must be a finite number above 0, got {temperature!r}")


def check_alpha(alpha) -> None:
    """Raise ValueError for what is no number from 0 to 1."""
    if not isinstance(alpha, int | float) or not 0 <= alpha <= 1:
        raise ValueError(f"alpha must be a number from 0 to 1, got {alpha!r}")
