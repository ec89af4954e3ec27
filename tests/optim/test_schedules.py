"""Schedules: factors at their ends and between, warm-up, and a schedule that is saved and loaded."""

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from d2lmodels.optim import SGD, Schedule, constant, cosine, inverse_square_root, linear, step_decay


@given(data=st.data(), num_steps=st.integers(1, 50), final=st.floats(0, 1))
def test_linear_and_cosine_climb_once_then_fall_once(data, num_steps, final):
    warmup = data.draw(st.integers(0, num_steps - 1))
    for make in (linear, cosine):
        factor = make(num_steps, warmup=warmup, final=final)
        factors = [factor(n) for n in range(num_steps + 3)]
        assert all(0 <= f <= 1 + 1e-12 for f in factors)
        assert factors[:warmup] == [(n + 1) / warmup for n in range(warmup)]
        assert factors[warmup] == pytest.approx(1.0)
        assert factors[num_steps:] == pytest.approx([final] * 3, abs=1e-12)
        fall = factors[warmup:]
        assert all(then <= now + 1e-12 for now, then in pairwise(fall))
        middle = (warmup + num_steps) / 2  # where both are half-way
        if middle == int(middle):
            assert factor(int(middle)) == pytest.approx((1 + final) / 2)


def test_inverse_square_root_peaks_at_the_end_of_its_warmup():
    factors = [inverse_square_root(10)(n) for n in range(100)]
    assert max(factors) == factors[9] == 1
    assert factors[39] == pytest.approx(0.5) and factors[4] == pytest.approx(0.5)


def test_constant_and_step_decay():
    assert [constant()(n) for n in (0, 5, 10**9)] == [1.0] * 3
    assert [step_decay(3)(n) for n in (0, 2, 3, 6)] == pytest.approx([1, 1, 0.1, 0.01])


def test_a_schedule_sets_the_first_rate_at_once_and_each_group_its_own():
    optimizer = SGD([{"params": [torch.zeros(1)]}, {"params": [torch.zeros(1)], "lr": 2.0}], lr=1.0)
    schedule = Schedule(optimizer, linear(4, warmup=2))
    seen = []
    for _ in range(5):
        seen.append([group["lr"] for group in optimizer.param_groups])
        optimizer.step()
        schedule.step()
    assert seen == [[f, 2 * f] for f in (0.5, 1.0, 1.0, 0.5, 0.0)]


@pytest.mark.parametrize("optimizer_first", [True, False])
def test_a_schedule_goes_on_where_it_was(optimizer_first):
    def new():
        optimizer = SGD([torch.zeros(1)], lr=0.8)
        return optimizer, Schedule(optimizer, cosine(10))

    optimizer, schedule = new()
    for _ in range(4):
        schedule.step()
    parts, (fresh, again) = (optimizer.state_dict(), schedule.state_dict()), new()
    for part, saved in list(zip((fresh, again), parts))[:: 1 if optimizer_first else -1]:
        part.load_state_dict(saved)
    for _ in range(3):
        assert fresh.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]
        schedule.step()
        again.step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.8 * (1 + math.cos(0.7 * math.pi)) / 2)
