"""Derivatives by finite differences, and checks of exact derivatives against them.

Slow on purpose: two evaluations for each number. Not here: anything that trains.
"""

import numpy as np
from jaxtyping import Float


def numerical_gradient(function, x: Float[np.ndarray, "..."], *, step=1e-6) -> Float[np.ndarray, "..."]:
    """Estimate the gradient at `x` of a function from an array to a number, by central differences.

    function: takes an array of the shape of `x`, returns one number.
    step: how far each element is moved to either side, in the units of `x`.

    >>> numerical_gradient(lambda x: (x**2).sum(), np.array([1.0, 3.0])).round(6)
    array([2., 6.])
    """
    x = np.array(x, dtype=np.float64)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        center = x[index]
        x[index] = center + step
        above = function(x)
        x[index] = center - step
        gradient[index] = (above - function(x)) / (2 * step)
        x[index] = center
    return gradient


def largest_difference(exact, numerical, *, tolerance=1e-6):
    """Return the largest |exact − numerical| / max(1, |numerical|); AssertionError above the tolerance."""
    if np.shape(exact) != np.shape(numerical):
        raise AssertionError(f"a gradient has shape {np.shape(exact)}, its input {np.shape(numerical)}")
    difference = np.abs(exact - numerical) / np.maximum(1, np.abs(numerical))
    worst = np.unravel_index(np.argmax(difference), difference.shape)
    if not difference[worst] <= tolerance:
        raise AssertionError(
            f"element {tuple(map(int, worst))}: exact {exact[worst]:.9g}, numerical {numerical[worst]:.9g}"
        )
    return float(difference[worst])


def check_rule(rule, *arrays, tolerance=1e-6, seed=0):
    """Compare every element of every pullback of a rule with finite differences, for one random `g`.

    rule: takes arrays, returns its value and one pullback for each array (see `rules.py`).
    arrays: where to check, in float64; keep away from kinks such as relu's at 0.

    Returns the largest difference; raises AssertionError that names the element where it is too large.

    >>> check_rule(lambda a: (a**3, (lambda g: g * 3 * a**2,)), np.array([1.0, -2.0])) < 1e-6
    True
    """
    value, pullbacks = rule(*arrays)
    g = np.random.default_rng(seed).standard_normal(np.shape(value))
    differences = []
    for k, pull in enumerate(pullbacks):

        def weighted(x, k=k):
            return np.sum(g * rule(*arrays[:k], x, *arrays[k + 1 :])[0])

        numerical = numerical_gradient(weighted, arrays[k])
        differences.append(largest_difference(pull(g), numerical, tolerance=tolerance))
    return max(differences)


def gradcheck(function, *tensors, tolerance=1e-6, seed=0):
    """Compare `backward()` through a function of tensors with finite differences, element by element.

    function: takes the tensors, returns one tensor of any shape.
    tensors: leaves with requires_grad=True and float64 data; their `grad` is left as it was found.

    Returns the largest difference; raises AssertionError that names the element where it is too large.
    """

    def rule(*arrays):
        leaves = [type(tensor)(array, requires_grad=True) for tensor, array in zip(tensors, arrays)]
        output = function(*leaves)

        def pull(k, g):
            for leaf in leaves:
                leaf.grad = None
            output.backward(g)
            return leaves[k].grad if leaves[k].grad is not None else np.zeros_like(leaves[k].data)

        return output.data, [lambda g, k=k: pull(k, g) for k in range(len(leaves))]

    return check_rule(rule, *(tensor.data for tensor in tensors), tolerance=tolerance, seed=seed)
