"""`Tensor`: which leaves `backward` fills, with what, how often; dtypes; constants; extremes."""

import operator

import numpy as np
import pytest

from d2lmodels.autograd import Tensor, cross_entropy, gradcheck
from d2lmodels.autograd.tensor import on_tensors

X = np.array([[1.0, -2.0, 0.5], [3.0, 0.1, -1.0]])
OPERATIONS = {
    "x + 1": lambda x: x + 1,
    "x - 0.5": lambda x: x - 0.5,
    "2 - x": lambda x: 2 - x,
    "x * 2": lambda x: x * 2,
    "x / 2": lambda x: x / 2,
    "2 / x": lambda x: 2 / x,
    "x ** 2": lambda x: x**2,
    "2 ** x": lambda x: 2**x,
    "-x": lambda x: -x,
    "x @ x.T": lambda x: x @ x.transpose(),
    "sum": lambda x: x.sum(),
    "sum axis": lambda x: x.sum(axis=1),
    "mean": lambda x: x.mean(),
    "mean axis": lambda x: x.mean(axis=(0, 1), keepdims=True),
    "max": lambda x: x.max(axis=0),
    "reshape": lambda x: x.reshape(3, 2),
    "transpose": lambda x: x.transpose(),
    "slice": lambda x: x[:, 1:],
    "index": lambda x: x[[0, 0, 1]],
    "exp": lambda x: x.exp(),
    "log": lambda x: (x * x).log(),
    "tanh": lambda x: x.tanh(),
    "sigmoid": lambda x: x.sigmoid(),
    "relu": lambda x: x.relu(),
    "softmax": lambda x: x.softmax(),
    "log_softmax": lambda x: x.log_softmax(axis=0),
    "cross_entropy": lambda x: cross_entropy(x, np.array([2, 0])),
}
each_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)


def leaf(data):
    return Tensor(np.array(data), requires_grad=True)


@each_operation
def test_gradients_equal_finite_differences(operation):
    gradcheck(lambda x: operation(x).sigmoid(), leaf(X))


@each_operation
def test_float32_is_kept(operation):
    x = leaf(X.astype(np.float32))
    y = operation(x)
    y.backward(np.ones(y.shape))
    assert y.dtype == x.grad.dtype == np.float32
    assert isinstance(y.data, np.ndarray) and x.grad.shape == x.shape


@each_operation
def test_grad_is_an_array_of_its_own(operation):
    x = leaf(X)
    y = operation(x)
    g = np.ones(y.shape)
    value = y.data.copy()
    y.backward(g)
    once = x.grad.copy()
    x.grad[...] = 7.0
    np.testing.assert_array_equal(x.data, X)
    np.testing.assert_array_equal(y.data, value)
    np.testing.assert_array_equal(g, np.ones(y.shape))
    y.backward(g)
    np.testing.assert_allclose(x.grad, 7.0 + once)


def test_leaves_that_receive_the_same_gradient_share_no_memory():
    a, b, g = leaf(X), leaf(X), np.ones(X.shape)
    (a + b).backward(g)
    a.grad *= 5
    np.testing.assert_array_equal(b.grad, np.ones(X.shape))
    np.testing.assert_array_equal(g, np.ones(X.shape))
    a.backward(g)
    assert not np.shares_memory(a.grad, g)


def test_the_gradient_of_a_single_number_is_an_array_too():
    x = leaf(3.0)
    (x * x).backward()
    assert isinstance(x.grad, np.ndarray) and x.grad.shape == () and x.grad == 6.0


def test_the_gradient_has_the_dtype_of_its_leaf():
    x = leaf(np.float32([1, 2]))
    (x * np.array([0.1, 0.2])).sum().backward()
    assert x.grad.dtype == np.float32


@pytest.mark.parametrize("gradient", [None, [1.0]])
def test_what_flows_back_has_the_dtype_of_the_result(gradient):
    seen = []
    notice = on_tensors(lambda a: (a, (lambda g: seen.append(g.dtype) or g,)))
    notice(leaf(np.float32([1]))).backward(gradient)
    assert seen == [np.float32]


def test_backward_again_adds_the_same_again():
    x = leaf(X)
    y = x * x
    z = (y * y + y + x).sum()
    z.backward()
    once = x.grad.copy()
    np.testing.assert_allclose(once, 4 * X**3 + 2 * X + 1)
    z.backward()
    np.testing.assert_allclose(x.grad, 2 * once)


def test_two_results_add_up_in_a_shared_leaf():
    x = leaf(X)
    (x * 2).sum().backward()
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad, 2 + 2 * X)


def test_only_leaves_that_require_it_get_a_gradient():
    x, constant = leaf(X), Tensor(X)
    middle = x * constant
    result = middle.sum()
    result.backward()
    assert middle.grad is None and result.grad is None and constant.grad is None
    np.testing.assert_array_equal(x.grad, X)


def test_backward_of_a_leaf_is_one():
    x = leaf(3.0)
    x.backward()
    assert x.grad == 1.0


def test_a_shape_of_ones_is_a_single_number():
    x = leaf([[3.0]])
    (x * x).backward()
    np.testing.assert_array_equal(x.grad, [[6.0]])


def test_backward_starts_from_a_given_gradient():
    x = leaf([1.0, 2.0])
    (x * x).backward([10, 100])
    np.testing.assert_array_equal(x.grad, [20.0, 400.0])


def test_what_requires_no_gradient_costs_none():
    def refuse(g):
        raise AssertionError("this pullback is not needed")

    product = on_tensors(lambda a, b: (a * b, (lambda g: g * b, refuse)))
    x = leaf(X)
    product(x, Tensor(X)).sum().backward()
    product(x, X).sum().backward()
    np.testing.assert_array_equal(x.grad, 2 * X)
    constant = product(Tensor(X), Tensor(X))
    assert not constant.requires_grad and constant.parents == constant.pullbacks == ()


@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "pow", "matmul"])
def test_an_array_may_stand_on_the_left(name):
    apply = getattr(operator, name)
    A, B = np.array([[1.5, 2.0], [0.5, 3.0]]), np.array([[2.0, -1.0], [1.0, 0.5]])
    b = leaf(B)
    result = apply(A, b)
    assert isinstance(result, Tensor)
    np.testing.assert_array_equal(result.data, apply(A, B))
    gradcheck(lambda b: apply(A, b), b)
    gradcheck(lambda a: apply(a, B), leaf(A))


@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "pow"])
@pytest.mark.parametrize("number", [2, 1.5, np.float64(0.5)])
def test_a_number_may_stand_on_either_side(name, number):
    apply = getattr(operator, name)
    np.testing.assert_array_equal(apply(number, leaf(X**2)).data, apply(number, X**2))
    gradcheck(lambda x: apply(number, x) + apply(x, number), leaf(X**2))


@pytest.mark.parametrize(
    "constant",
    [Tensor([1, 2, 3]), Tensor([True, False, True]), np.array([True, False, True]), np.arange(1, 4)],
)
def test_whole_and_boolean_constants(constant):
    numbers = np.asarray(getattr(constant, "data", constant))
    x = leaf(X)
    (x * constant + constant).sum().backward()
    np.testing.assert_array_equal(x.grad, np.broadcast_to(numbers, X.shape))
    assert x.grad.dtype == np.float64


def test_a_tensor_may_be_the_index():
    x = leaf([1.0, 2.0, 3.0])
    x[Tensor([2, 2])].sum().backward()
    np.testing.assert_array_equal(x.grad, [0.0, 0.0, 2.0])


def test_data_are_kept_without_a_copy():
    assert Tensor(X).data is X


@pytest.mark.parametrize(
    "a, b",
    [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((4, 2, 3), (3,)), ((3,), (4, 3, 2)), ((1, 3), (3, 1))],
)
def test_products_with_vectors(a, b):
    random = np.random.default_rng(0)
    a, b = leaf(random.standard_normal(a)), leaf(random.standard_normal(b))
    np.testing.assert_allclose((a @ b).data, a.data @ b.data)
    gradcheck(lambda a, b: a @ b, a, b)


EXTREME = [1000.0, -1000.0, 0.0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "operation, expected",
    [
        (Tensor.sigmoid, [1.0, 0.0, 0.5]),
        (Tensor.tanh, [1.0, -1.0, 0.0]),
        (Tensor.softmax, [1.0, 0.0, 0.0]),
        (Tensor.log_softmax, [0.0, -2000.0, -1000.0]),
        (lambda x: cross_entropy(x.reshape(1, 3), np.array([1])), 2000.0),
    ],
)
def test_nothing_overflows(operation, expected, dtype):
    x = leaf(np.array(EXTREME, dtype))
    with np.errstate(all="raise", under="ignore"):
        y = operation(x)
        y.backward(np.ones(y.shape))
    np.testing.assert_array_equal(y.data, np.array(expected, dtype))
    assert np.isfinite(x.grad).all()


@each_operation
@pytest.mark.filterwarnings("ignore:invalid value")
def test_nan_passes_through(operation):
    assert np.isnan(operation(Tensor(np.full((2, 3), np.nan))).data).all()


def test_a_network_overfits_one_batch():
    random = np.random.default_rng(0)
    X, y = random.standard_normal((32, 8)), random.integers(0, 4, 32)
    W1, W2 = leaf(random.standard_normal((8, 64)) / 3), leaf(random.standard_normal((64, 4)) / 8)
    b1, b2 = leaf(np.zeros(64)), leaf(np.zeros(4))
    for _ in range(200):
        logits = (X @ W1 + b1).relu() @ W2 + b2
        loss = cross_entropy(logits, y)
        loss.backward()
        for parameter in (W1, b1, W2, b2):
            parameter.data = parameter.data - 0.5 * parameter.grad
            parameter.grad = None
    assert loss.data < 0.05
    np.testing.assert_array_equal(logits.data.argmax(axis=1), y)
