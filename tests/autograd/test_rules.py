"""Every rule alone: its pullbacks against finite differences, element by element, and what they keep."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays, mutually_broadcastable_shapes

from d2lmodels.autograd import check_rule, rules

random = np.random.default_rng(0)


def signed(*shape):
    """Numbers of both signs, away from 0, where relu has a kink and a quotient a pole."""
    return np.asarray(positive(*shape) * random.choice([-1, 1], shape))


def positive(*shape):
    return np.asarray(random.uniform(0.5, 2, shape))


def case(rule, *inputs, label="", **options):
    shapes = " ".join(str(np.shape(x)) for x in inputs)
    return pytest.param(partial(rule, **options), inputs, id=f"{rule.__name__} {shapes} {label}")


def at(a, index):
    return case(lambda a: rules.index_rule(a, index), a, label=f"[{index}]".replace("\n", ""))


BROADCAST = [
    [(), ()],
    [(3,), ()],
    [(2, 3), (2, 3)],
    [(2, 3), (3,)],
    [(2, 1), (2, 3)],
    [(1,), (2, 3)],
    [(4, 1, 3), (2, 1)],
    [(1, 1), (4, 2, 3)],
]
MATRICES = [
    [(2, 3), (3, 4)],
    [(5, 2, 3), (5, 3, 4)],
    [(5, 2, 3), (3, 4)],
    [(2, 3), (5, 3, 4)],
    [(5, 1, 2, 3), (4, 3, 2)],
    [(1, 2, 3), (4, 3, 1)],
]
AXES = [None, 0, 1, -1, (0, 2), (-1, 0), ()]
INDICES = [
    1,
    -1,
    slice(1, 3),
    slice(None, None, -2),
    (slice(None), 2),
    (..., 1),
    (..., None, slice(0, 2)),
    None,
    [0, 2, 0, 0, -1],
    (np.array([0, 1, 0, 0]), np.array([1, 2, 1, 0])),
    (slice(1, 3), [0, 0, 2]),
    np.array([[0, 1], [1, 1]]),
    np.array([True, False, True, True]),
    np.arange(12).reshape(4, 3) % 2 == 0,
]
CASES = [
    *(
        case(rule, signed(*a), signed(*b))
        for a, b in BROADCAST
        for rule in (rules.add_rule, rules.subtract_rule)
    ),
    *(
        case(rule, signed(*a), signed(*b))
        for a, b in BROADCAST
        for rule in (rules.multiply_rule, rules.divide_rule)
    ),
    *(case(rules.power_rule, positive(*a), signed(*b)) for a, b in BROADCAST),
    *(case(rules.matmul_rule, signed(*a), signed(*b)) for a, b in MATRICES),
    *(
        case(rule, signed(2, 3, 4), axis=axis, keepdims=keepdims, label=f"axis={axis} keepdims={keepdims}")
        for axis in AXES
        for keepdims in (False, True)
        for rule in (rules.sum_rule, rules.max_rule)
    ),
    *(case(rule, signed()) for rule in (rules.sum_rule, rules.max_rule)),
    *(
        case(lambda a, s=s: rules.reshape_rule(a, *s), signed(2, 6), label=s)
        for s in [(12,), (3, -1), ((4, 3),)]
    ),
    *(
        case(lambda a, s=s: rules.transpose_rule(a, *s), signed(2, 3, 4), label=s)
        for s in [(), (1, 2, 0), ((2, 0, 1),), (-2, 0, -1)]
    ),
    *(at(signed(4, 3), index) for index in INDICES),
    *(case(rule, signed(*shape)) for shape in [(), (2, 3)] for rule in (rules.exp_rule, rules.tanh_rule)),
    *(case(rule, signed(*shape)) for shape in [(), (2, 3)] for rule in (rules.sigmoid_rule, rules.relu_rule)),
    *(case(rules.log_rule, positive(*shape)) for shape in [(), (2, 3)]),
    *(
        case(rule, signed(2, 3, 2), axis=axis, label=f"axis={axis}")
        for axis in (-1, 0, 1)
        for rule in (rules.softmax_rule, rules.log_softmax_rule)
    ),
    case(
        lambda logits: rules.cross_entropy_rule(logits, np.array([2, 0, 1, 2])), signed(4, 3), label="targets"
    ),
]


@pytest.mark.parametrize("rule, inputs", CASES)
def test_pullbacks_equal_finite_differences(rule, inputs):
    assert len(rule(*inputs)[1]) == len(inputs)
    check_rule(rule, *inputs)


@pytest.mark.parametrize("rule, inputs", CASES)
def test_pullbacks_are_linear_and_change_nothing(rule, inputs):
    value, pullbacks = rule(*inputs)
    g, h = np.random.default_rng(1).standard_normal((2, *np.shape(value)))
    before = [x.copy() for x in (*inputs, g, h)]
    for pull in pullbacks:
        np.testing.assert_allclose(pull(2 * g - 3 * h), 2 * pull(g) - 3 * pull(h), rtol=1e-9, atol=1e-12)
    for x, copy in zip((*inputs, g, h), before):
        np.testing.assert_array_equal(x, copy)


def keeps_float32(rule, inputs):
    value, pullbacks = rule(*inputs)
    g = np.ones(np.shape(value), np.float32)
    assert value.dtype == np.float32
    for x, pull in zip(inputs, pullbacks):
        assert isinstance(x, (int, float)) or pull(g).dtype == np.float32


@pytest.mark.parametrize("rule, inputs", CASES)
def test_float32_stays_float32(rule, inputs):
    keeps_float32(rule, [x.astype(np.float32) for x in inputs])


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide", "power"])
@pytest.mark.parametrize("number", [0, 2, 0.5])
@pytest.mark.parametrize("shape", [(), (3,)])
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_a_python_number_leaves_the_dtype_alone(name, number, shape):
    rule, x = getattr(rules, f"{name}_rule"), positive(*shape).astype(np.float32)
    keeps_float32(rule, [x, number])
    keeps_float32(rule, [number, x])


def test_the_maximum_shares_its_gradient_equally_among_ties():
    a = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [0.0, -1.0, -2.0]])
    _, (pull,) = rules.max_rule(a, axis=1)
    np.testing.assert_array_equal(pull(np.array([6.0, 6.0, 6.0])), [[0, 3, 3], [2, 2, 2], [6, 0, 0]])


def test_an_index_taken_twice_adds_up():
    _, (pull,) = rules.index_rule(np.zeros(3), np.array([0, 2, 2, 2]))
    np.testing.assert_array_equal(pull(np.array([1.0, 10.0, 20.0, 30.0])), [1, 0, 60])


def test_powers_at_zero():
    zero = np.zeros(3)
    _, (towards_base, towards_exponent) = rules.power_rule(zero, np.array([0.0, 1.0, 2.0]))
    np.testing.assert_array_equal(towards_base(np.ones(3)), [0, 1, 0])
    np.testing.assert_array_equal(towards_exponent(np.ones(3)), [0, 0, 0])


@given(mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=4), st.integers(0, 99))
def test_unbroadcast_is_the_adjoint_of_broadcasting(shapes, seed):
    x = np.random.default_rng(seed).standard_normal(shapes.input_shapes[0])
    g = np.random.default_rng(seed + 1).standard_normal(shapes.result_shape)
    back = rules.unbroadcast(g, x.shape)
    assert np.shape(back) == x.shape
    np.testing.assert_allclose(
        (np.broadcast_to(x, g.shape) * g).sum(), (x * back).sum(), rtol=1e-9, atol=1e-12
    )


ROWS = arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 5)), elements=st.floats(-1000, 1000))


@given(ROWS)
def test_softmax_rows_are_distributions(a):
    value, (pull,) = rules.softmax_rule(a)
    assert (value >= 0).all()
    np.testing.assert_allclose(value.sum(axis=-1), 1)
    np.testing.assert_allclose(rules.softmax_rule(a + 10)[0], value, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(pull(np.sin(a)).sum(axis=-1), 0, atol=1e-12)


@given(ROWS)
def test_log_softmax_gradients_sum_to_zero_in_every_row(a):
    value, (pull,) = rules.log_softmax_rule(a)
    np.testing.assert_allclose(np.exp(value), rules.softmax_rule(a)[0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(pull(np.sin(a)).sum(axis=-1), 0, atol=1e-12)


@given(ROWS)
def test_cross_entropy_is_no_less_than_zero_and_its_gradient_sums_to_zero(a):
    value, (pull,) = rules.cross_entropy_rule(a, np.arange(len(a)) % a.shape[1])
    assert value >= 0 and np.isfinite(value)
    np.testing.assert_allclose(pull(1.0).sum(axis=-1), 0, atol=1e-12)
