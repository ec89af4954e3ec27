"""The losses of distillation against torchdistill's, in float64 to a relative 1e-9, gradients included."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchdistill.losses.mid_level import KDLoss

from d2lmodels.compress.distill import distillation_loss


def theirs(student, teacher, targets, temperature, alpha):
    """Return torchdistill's loss, whose alpha weighs the targets and not the teacher."""
    loss = KDLoss("", "output", "", "output", temperature=temperature, alpha=1 - alpha)
    return loss({"": {"output": student}}, {"": {"output": teacher}}, targets)


@given(
    st.integers(0, 10_000),
    st.integers(1, 6),
    st.integers(2, 7),
    st.floats(0.2, 20.0),
    st.floats(0.0, 0.99),  # at 1 torchdistill leaves its factor T² away
)
def test_values_and_gradients(seed, batch, classes, temperature, alpha):
    generator = torch.Generator().manual_seed(seed)
    student, teacher = (
        3 * torch.randn(batch, classes, dtype=torch.float64, generator=generator) for _ in range(2)
    )
    targets = torch.randint(classes, (batch,), generator=generator)
    student.requires_grad_()
    found = distillation_loss(student, teacher, targets, temperature=temperature, alpha=alpha)
    wanted = theirs(student, teacher, targets, temperature, alpha)
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-12)
    ours, others = (torch.autograd.grad(loss, student)[0] for loss in (found, wanted))
    torch.testing.assert_close(ours, others, rtol=1e-9, atol=1e-12)


def test_the_teacher_alone_is_their_divergence_times_the_square_of_the_temperature():
    student, teacher = torch.tensor([[1.0, 2, 0]]).double(), torch.tensor([[0.0, 1, 3]]).double()
    targets = torch.tensor([1])
    found = distillation_loss(student, teacher, targets, temperature=4.0, alpha=1.0).item()
    assert found == pytest.approx(16 * theirs(student, teacher, targets, 4.0, 1.0).item(), rel=1e-9)
