"""Mistakes with distillation end in errors that say what was wrong, got and wanted."""

import pytest
import torch
from torch import nn

from d2lmodels.compress.distill import (
    FeatureMatching,
    distillation_loss,
    hard_distillation_loss,
    teacher_logits,
)

STUDENT, TARGETS = torch.zeros(3, 4), torch.tensor([0, 1, 3])


def soft(student=STUDENT, teacher=STUDENT, targets=TARGETS, temperature=2.0, alpha=0.5):
    return distillation_loss(student, teacher, targets, temperature=temperature, alpha=alpha)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: soft(teacher=torch.zeros(3, 5)),
            ValueError,
            r"teacher_logits must have the shape of student_logits, \(3, 4\), got \(3, 5\)",
        ),
        (lambda: soft(torch.zeros(4)), ValueError, r"student_logits must have the axes \(batch, classes\)"),
        (
            lambda: soft(teacher=torch.zeros(3, 4).long()),
            TypeError,
            "teacher_logits must be a tensor of floating",
        ),
        (lambda: soft(student=[[0.0]]), TypeError, "student_logits must be a tensor .* got list"),
        (
            lambda: soft(targets=torch.tensor([0, 1])),
            ValueError,
            r"targets must have shape \(3,\).* got \(2,\)",
        ),
        (lambda: soft(targets=torch.tensor([0, 1, 4])), ValueError, "targets must be from 0 to 3, got 4"),
        (lambda: soft(targets=torch.tensor([0, -1, 1])), ValueError, "targets must be from 0 to 3, got -1"),
        (
            lambda: soft(targets=TARGETS.float()),
            TypeError,
            "targets must be a tensor of int64, .* got torch.float32",
        ),
        (lambda: soft(targets=[0, 1, 3]), TypeError, "targets must be a tensor of int64, .* got list"),
        (
            lambda: soft(STUDENT[:0], STUDENT[:0], TARGETS[:0]),
            ValueError,
            "not be empty",
        ),
        (lambda: soft(temperature=0), ValueError, "temperature must be a finite number above 0, got 0"),
        (lambda: soft(temperature=-1.0), ValueError, "temperature must be a finite number above 0, got -1.0"),
        (lambda: soft(temperature=float("inf")), ValueError, "temperature must be .* got inf"),
        (lambda: soft(temperature=float("nan")), ValueError, "temperature must be .* got nan"),
        (lambda: soft(temperature="2"), ValueError, "temperature must be .* got '2'"),
        (lambda: soft(alpha=1.5), ValueError, "alpha must be a number from 0 to 1, got 1.5"),
        (lambda: soft(alpha=None), ValueError, "alpha must be a number from 0 to 1, got None"),
        (
            lambda: hard_distillation_loss(STUDENT, STUDENT, TARGETS, alpha=-0.1),
            ValueError,
            "alpha must be a number from 0 to 1, got -0.1",
        ),
        (
            lambda: hard_distillation_loss(STUDENT, STUDENT[:, :2], TARGETS),
            ValueError,
            "teacher_logits must have the shape of student_logits",
        ),
        (
            lambda: FeatureMatching(4, 6)(torch.zeros(3, 5), torch.zeros(3, 6)),
            ValueError,
            r"student must have shape \(3, 4\), got \(3, 5\)",
        ),
        (
            lambda: FeatureMatching(4, 6)(torch.zeros(3, 4), torch.zeros(2, 6)),
            ValueError,
            r"teacher must have shape \(3, 6\), got \(2, 6\)",
        ),
        (
            lambda: FeatureMatching(4, 6)(torch.zeros(3, 4), torch.zeros(3, 6).long()),
            TypeError,
            "teacher must be a tensor of floating numbers",
        ),
        (lambda: teacher_logits(nn.Linear(2, 2).eval(), []), ValueError, "batches must hold at least one"),
    ],
)
def test_the_error_says_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message):
        call()
