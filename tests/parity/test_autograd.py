"""`Tensor` and `Value` against torch in float64: values and gradients, to a relative 1e-9."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from d2lmodels.autograd import Tensor, Value, cross_entropy


def ours_and_theirs(*data):
    """The same numbers twice: as leaves of ours and as leaves of torch's."""
    ours = [Tensor(np.array(x, np.float64), requires_grad=True) for x in data]
    theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in data]
    return ours, theirs


def assert_equal(ours, theirs):
    ours, theirs = np.asarray(ours), theirs.detach().numpy()
    assert ours.shape == theirs.shape and np.isfinite(ours).all()
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12 * max(1, abs(theirs).max()))


def assert_same_results(ours, theirs, *data):
    """Compare a function of tensors with torch's: its value, and what a random gradient becomes."""
    leaves, torch_leaves = ours_and_theirs(*data)
    result, torch_result = ours(*leaves), theirs(*torch_leaves)
    assert_equal(result.data, torch_result)
    g = np.random.default_rng(1).standard_normal(result.shape)
    for _ in range(2):  # the second time adds to grad
        result.backward(g)
        torch_result.backward(torch.from_numpy(g), retain_graph=True)
    for leaf, torch_leaf in zip(leaves, torch_leaves):
        assert (leaf.grad is None) == (torch_leaf.grad is None)  # None where the result does not depend on it
        if leaf.grad is not None:
            assert_equal(leaf.grad, torch_leaf.grad)


UNARY = {  # one expression for both where torch spells it alike
    "-x": lambda x: -x,
    "x ** 3": lambda x: x**3,
    "x ** -2": lambda x: x**-2,
    "2 ** x": lambda x: 2**x,
    "2 - x": lambda x: 2 - x,
    "2 / x": lambda x: 2 / x,
    "sum": lambda x: x.sum(),
    "sum 1": lambda x: x.sum(1),
    "sum (0, -1)": lambda x: x.sum((0, -1)),
    "sum (1,), keepdims": lambda x: x.sum((1,), True),
    "mean": lambda x: x.mean(),
    "mean -2": lambda x: x.mean(-2),
    "mean (0, 2), keepdims": lambda x: x.mean((0, 2), True),
    "max": (lambda x: x.max(), lambda x: x.max()),
    "max -1": (lambda x: x.max(-1), lambda x: x.amax(-1)),
    "max (0, 1), keepdims": (lambda x: x.max((0, 1), True), lambda x: x.amax((0, 1), True)),
    "reshape": lambda x: x.reshape(4, -1),
    "reshape tuple": lambda x: x.reshape((3, 8)),
    "transpose": (lambda x: x.transpose(), lambda x: x.permute(2, 1, 0)),
    "transpose axes": (lambda x: x.transpose(1, -1, 0), lambda x: x.permute(1, -1, 0)),
    "x[1]": lambda x: x[1],
    "x[:, 1:, None]": lambda x: x[:, 1:, None],
    "x[..., -1]": lambda x: x[..., -1],
    "x[:, [0, 2, 0, 0]]": lambda x: x[:, [0, 2, 0, 0]],
    "x[[0, 1, 1], [2, 0, 0]]": lambda x: x[[0, 1, 1], [2, 0, 0]],
    "exp": lambda x: x.exp(),
    "log": lambda x: (x * x).log(),
    "tanh": lambda x: x.tanh(),
    "sigmoid": lambda x: x.sigmoid(),
    "relu": lambda x: x.relu(),
    "softmax": lambda x: x.softmax(-1),
    "softmax 1": lambda x: x.softmax(1),
    "log_softmax": lambda x: x.log_softmax(-1),
    "log_softmax 0": lambda x: x.log_softmax(0),
}


@pytest.mark.parametrize("pair", UNARY.values(), ids=UNARY)
def test_operations_on_one_tensor(pair):
    ours, theirs = pair if isinstance(pair, tuple) else (pair, pair)
    assert_same_results(ours, theirs, np.random.default_rng(0).standard_normal((2, 3, 4)))


BINARY = {
    "a + b": lambda a, b: a + b,
    "a - b": lambda a, b: a - b,
    "a * b": lambda a, b: a * b,
    "a / b": lambda a, b: a / b,
    "a ** b": lambda a, b: (a * a + 0.1) ** b,
}


@pytest.mark.parametrize("operation", BINARY.values(), ids=BINARY)
@pytest.mark.parametrize(
    "a, b", [((), ()), ((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2, 3)), ((4, 1, 3), (2, 1))]
)
def test_operations_on_two_tensors(operation, a, b):
    random = np.random.default_rng(0)
    assert_same_results(operation, operation, random.standard_normal(a), random.standard_normal(b))


@pytest.mark.parametrize(
    "a, b",
    [
        ((2, 3), (3, 4)),
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((5, 2, 3), (3, 4)),
        ((2, 3), (5, 3, 4)),
        ((5, 1, 2, 3), (4, 3, 2)),
        ((5, 2, 3), (3,)),
        ((3,), (5, 3, 2)),
    ],
)
def test_matrix_products(a, b):
    random = np.random.default_rng(0)
    assert_same_results(
        lambda a, b: a @ b, lambda a, b: a @ b, random.standard_normal(a), random.standard_normal(b)
    )


TIES = [[1.0, 2.0, 2.0], [0.0, 0.0, 0.0], [3.0, -1.0, 3.0]]


@pytest.mark.parametrize("axis", [0, 1, (0, 1)])
def test_ties_share_the_gradient_of_the_maximum(axis):
    assert_same_results(lambda x: x.max(axis), lambda x: x.amax(axis), TIES)


@pytest.mark.parametrize("name", ["x ** 3", "relu", "softmax", "log_softmax", "sigmoid", "tanh"])
def test_kinks_zeros_and_extremes(name):
    assert_same_results(UNARY[name], UNARY[name], [[[0.0, -0.0, 1.0], [500.0, -500.0, 0.0]]])


@pytest.mark.parametrize("exponent", [0, 1, 2, 0.0, 1.0, 2.0])
def test_powers_of_zero(exponent):
    assert_same_results(lambda x: x**exponent, lambda x: x**exponent, [0.0, 1.0, -2.0])
    assert_same_results(lambda b: 0.0**b, lambda b: 0.0**b, [0.0, 1.0, exponent])


@pytest.mark.parametrize(
    "batch, classes, scale", [(1, 2, 1), (5, 3, 1), (8, 10, 30), (4, 1, 1), (3, 5, 1000)]
)
def test_cross_entropy(batch, classes, scale):
    random = np.random.default_rng(0)
    logits, targets = random.standard_normal((batch, classes)) * scale, random.integers(0, classes, batch)
    assert_same_results(
        lambda x: cross_entropy(x, targets),
        lambda x: torch.nn.functional.cross_entropy(x, torch.from_numpy(targets)),
        logits,
    )


# Random expressions. Each step takes two earlier results, so that results are shared and leaves used again,
# and keeps numbers of a moderate size and shapes that broadcast with one another.
SHAPES = [(2, 3), (3,), (2, 1), (1,)]


def cubed_matrix(transpose):
    def step(a, b):
        matrix = (a + b).reshape(-1, (a + b).shape[-1])
        return (matrix @ transpose(matrix) @ matrix).tanh()

    return step


STEPS = [
    lambda a, b: a + b,
    lambda a, b: a - b * 0.5,
    lambda a, b: (a * b).tanh(),
    lambda a, b: a / (b * b + 1),
    lambda a, b: (1 - a) * b.tanh().exp(),
    lambda a, b: (a * a + 1).log() - 2 / (b * b + 2),
    lambda a, b: (a * a + 0.5) ** b.tanh(),
    lambda a, b: (a + 0.1).relu() - b.relu(),
    lambda a, b: (a * b).sigmoid(),
    lambda a, b: (a + b).softmax(-1) * a,
    lambda a, b: (a - b).log_softmax(-1) / 3,
    lambda a, b: a.sum(-1, True) * 0.3 - b,
    lambda a, b: a.mean().tanh() * b,
    lambda a, b: (a + b)[..., [0, -1, 0]],
    lambda a, b: (a * b)[..., :1].tanh(),
    (lambda a, b: a.max(-1, True) - b, lambda a, b: a.amax(-1, True) - b),
    (cubed_matrix(lambda m: m.transpose()), cubed_matrix(lambda m: m.T)),
]
INSTRUCTIONS = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(0, 15), st.integers(0, 15)), min_size=3, max_size=12
)


@settings(max_examples=300)
@given(INSTRUCTIONS, st.integers(0, 999))
def test_random_expressions(instructions, seed):
    def evaluate(leaves, which):
        results = [*leaves]
        for step, i, j in instructions:
            step = step[which] if isinstance(step, tuple) else step
            results.append(step(results[i % len(results)], results[-1 - j % len(results)]))
        return results[-1] + results[-2] * results[-3]

    random = np.random.default_rng(seed)
    assert_same_results(
        lambda *leaves: evaluate(leaves, 0),
        lambda *leaves: evaluate(leaves, 1),
        *(random.standard_normal(shape) for shape in SHAPES),
    )


SCALAR_STEPS = [
    lambda a, b: a + b,
    lambda a, b: 1 - b + a / 2,
    lambda a, b: (a * b).tanh(),
    lambda a, b: -a / (b * b + 1),
    lambda a, b: 2 / (b * b + 1) - a,
    lambda a, b: a.tanh().exp() * b,
    lambda a, b: (a**2 + 0.5) ** -1.5 + b,
    lambda a, b: (a * a + b * b + 1).log(),
    lambda a, b: (a + 0.1).relu() - b.relu() * 2,
]


@given(
    st.lists(
        st.tuples(st.sampled_from(SCALAR_STEPS), st.integers(0, 15), st.integers(0, 15)),
        min_size=1,
        max_size=12,
    ),
    st.lists(st.floats(-3, 3), min_size=2, max_size=3),
)
def test_random_expressions_of_single_numbers(instructions, numbers):
    def evaluate(leaves):
        results = [*leaves]
        for step, i, j in instructions:
            results.append(step(results[i % len(results)], results[-1 - j % len(results)]))
        return sum(results)

    ours = [Value(x) for x in numbers]
    theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in numbers]
    result, torch_result = evaluate(ours), evaluate(theirs)
    result.backward()
    torch_result.backward()
    assert_equal(result.data, torch_result)
    for value, tensor in zip(ours, theirs):
        assert_equal(value.grad, tensor.grad)


def test_a_network_follows_torch_for_20_steps():
    random = np.random.default_rng(0)
    X, y = random.standard_normal((16, 5)), random.integers(0, 3, 16)
    start = [random.standard_normal(shape) / 2 for shape in [(5, 8), (8,), (8, 7), (7,), (7, 3), (3,)]]
    ours, theirs = ours_and_theirs(*start)

    def logits(X, W1, b1, W2, b2, W3, b3):
        return ((X @ W1 + b1).relu() @ W2 + b2).tanh() @ W3 + b3

    for _ in range(20):
        loss = cross_entropy(logits(X, *ours), y)
        torch_loss = torch.nn.functional.cross_entropy(
            logits(torch.from_numpy(X), *theirs), torch.from_numpy(y)
        )
        loss.backward()
        torch_loss.backward()
        assert_equal(loss.data, torch_loss)
        for parameter, torch_parameter in zip(ours, theirs):
            assert_equal(parameter.grad, torch_parameter.grad)
            parameter.data = parameter.data - 0.5 * parameter.grad
            torch_parameter.data -= 0.5 * torch_parameter.grad
            parameter.grad = torch_parameter.grad = None
    for parameter, torch_parameter, before in zip(ours, theirs, start):
        assert_equal(parameter.data, torch_parameter)
        assert np.abs(parameter.data - before).max() > 0.01
