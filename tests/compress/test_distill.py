"""Distillation's losses by worked examples, their gradients, and what temperature does to them."""

import math
import warnings

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from d2lmodels.compress.distill import (
    FeatureMatching,
    distillation_loss,
    hard_distillation_loss,
    teacher_logits,
)


def logits(seed, batch=4, classes=5, scale=2.0):
    generator = torch.Generator().manual_seed(seed)
    return scale * torch.randn(batch, classes, dtype=torch.float64, generator=generator)


TARGETS = torch.tensor([0, 4, 2, 2])


def test_by_hand_on_two_classes():
    student = torch.tensor([[0.0, 0.0]], dtype=torch.float64)
    teacher = torch.tensor([[2 * math.log(3), 0.0]], dtype=torch.float64)  # 3 : 1 at temperature 2
    of_teacher = 0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5)
    found = distillation_loss(student, teacher, torch.tensor([1]), temperature=2.0, alpha=0.25)
    assert found.item() == pytest.approx(0.25 * 4 * of_teacher + 0.75 * math.log(2), rel=1e-12)


def test_it_is_a_mean_over_the_batch():
    student, teacher = logits(1), logits(2)
    options = {"temperature": 3.0, "alpha": 0.7}
    rows = [
        distillation_loss(student[k : k + 1], teacher[k : k + 1], TARGETS[k : k + 1], **options)
        for k in range(4)
    ]
    torch.testing.assert_close(distillation_loss(student, teacher, TARGETS, **options), sum(rows) / 4)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_gradients(alpha, temperature):
    student, teacher = logits(3).requires_grad_(), logits(4).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda S: distillation_loss(S, teacher.detach(), TARGETS, temperature=temperature, alpha=alpha),
        student,
        atol=1e-6,
    )
    distillation_loss(student, teacher, TARGETS, temperature=temperature, alpha=alpha).backward()
    assert teacher.grad is None
    p, q = (X.detach() for X in (student, teacher))
    soft = temperature * ((p / temperature).softmax(-1) - (q / temperature).softmax(-1))
    hard = p.softmax(-1) - F.one_hot(TARGETS, 5)
    torch.testing.assert_close(student.grad, (alpha * soft + (1 - alpha) * hard) / 4)


def test_with_the_factor_the_gradient_tends_to_matching_logits():
    student, teacher = logits(5).requires_grad_(), logits(6)
    distillation_loss(student, teacher, TARGETS, temperature=1e4, alpha=1.0).backward()
    difference = (student - teacher).detach()
    centred = difference - difference.mean(-1, keepdim=True)
    torch.testing.assert_close(student.grad, centred / 5 / 4, rtol=1e-3, atol=1e-5)


@given(st.integers(0, 1000), st.floats(0.3, 20.0), st.floats(-50, 50))
def test_constants_do_not_matter_and_the_teacher_itself_is_the_least(seed, temperature, constant):
    student, teacher = logits(seed), logits(seed + 1)
    options = {"temperature": temperature, "alpha": 1.0}
    found = distillation_loss(student, teacher, TARGETS, **options)
    torch.testing.assert_close(
        distillation_loss(student + constant, teacher - constant, TARGETS, **options), found
    )
    assert found >= 0
    assert distillation_loss(teacher, teacher, TARGETS, **options).abs() < 1e-12


def test_huge_logits_stay_finite():
    student, teacher = torch.tensor([[1e4, 0.0]]), torch.tensor([[0.0, 1e4]])
    assert distillation_loss(student, teacher, torch.tensor([0]), temperature=1.0, alpha=0.5).isfinite()


def test_hard_distillation_is_cross_entropy_with_the_teachers_choice():
    student, teacher = logits(7), logits(8)
    choice = teacher.argmax(-1)
    assert not torch.equal(choice, TARGETS)
    wanted = 0.3 * F.cross_entropy(student, choice) + 0.7 * F.cross_entropy(student, TARGETS)
    torch.testing.assert_close(hard_distillation_loss(student, teacher, TARGETS, alpha=0.3), wanted)
    half = (F.cross_entropy(student, choice) + F.cross_entropy(student, TARGETS)) / 2
    torch.testing.assert_close(hard_distillation_loss(student, teacher, TARGETS), half)


def test_hard_distillation_is_the_cold_limit_of_soft():
    student, teacher = logits(9).requires_grad_(), logits(10)
    cold = 1e-3  # the teacher's answer at this temperature is its likeliest class
    soft = -(((teacher / cold).softmax(-1)) * student.log_softmax(-1)).sum(-1).mean()
    torch.testing.assert_close(hard_distillation_loss(student, teacher, TARGETS, alpha=1.0), soft)


def test_features_are_matched_through_a_linear_map_and_the_teacher_gets_no_gradient():
    torch.manual_seed(0)
    matching = FeatureMatching(3, 2).double()
    student, teacher = torch.randn(2, 4, 3).double(), torch.randn(2, 4, 2).double().requires_grad_()
    found = matching(student, teacher)
    torch.testing.assert_close(found, ((matching.map(student) - teacher) ** 2).mean())
    found.backward()
    assert teacher.grad is None and matching.map.weight.grad is not None
    assert torch.autograd.gradcheck(lambda X: matching(X, teacher.detach()), student.requires_grad_())


def test_a_student_of_the_same_linear_kind_learns_the_teacher():
    torch.manual_seed(0)
    X, teacher, student = torch.randn(64, 3), nn.Linear(3, 4).eval(), nn.Linear(3, 4)
    answers = teacher_logits(teacher, X.split(16))
    right = answers.argmax(-1)
    optimizer = torch.optim.Adam(student.parameters(), lr=0.05)
    for _ in range(300):
        optimizer.zero_grad()
        loss = distillation_loss(student(X), answers, right, temperature=2.0, alpha=1.0)
        loss.backward()
        optimizer.step()
    assert loss < 1e-4


def test_cached_logits_are_those_of_each_batch_and_need_no_gradient():
    teacher = nn.Sequential(nn.Linear(3, 8), nn.Dropout(), nn.Linear(8, 2)).eval()
    X = torch.randn(7, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = teacher_logits(teacher, X.split(3))
    assert not found.requires_grad
    torch.testing.assert_close(found, teacher(X).detach())


def test_a_teacher_in_train_mode_warns():
    with pytest.warns(UserWarning, match=r"teacher is in train mode.*call teacher.eval\(\) first"):
        teacher_logits(nn.Linear(2, 2), [torch.zeros(1, 2)])
