"""Derivatives by finite differences, and checks of exact derivatives against them.

Slow on purpose: two evaluations for each number. Not here: anything that trains.
"""

import numpy as np
from jaxtyping import Float


def numerical_gradient(
    function,
    x: Float[np.ndarray, "*shape"],
    *,
    step=1e-6,
) -> Float[np.ndarray, "*shape"]:
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


def largest_difference(gradient, nudged, *, tolerance=1e-6):
    """Return the largest |gradient − nudged| / max(1, |nudged|); AssertionError above the tolerance."""
    if np.shape(gradient) != np.shape(nudged):
        shapes = f"shape {np.shape(gradient)} for an input of {np.shape(nudged)}"
        raise AssertionError(f"gradient of {shapes}")
    difference = np.abs(gradient - nudged) / np.maximum(1, np.abs(nudged))
    worst = np.unravel_index(np.argmax(difference), difference.shape)
    if not difference[worst] <= tolerance:  # also where it is NaN
        numbers = f"gradient {gradient[worst]:.6g}, nudging {nudged[worst]:.6g}"
        raise AssertionError(f"element {tuple(map(int, worst))}: {numbers}")
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
    rng = np.random.default_rng([seed, 1])  # another stream than default_rng(seed)
    g = rng.standard_normal(np.shape(value))
    largest = 0.0
    for k, pull in enumerate(pullbacks):

        def weighted(x, k=k):
            return np.sum(g * rule(*arrays[:k], x, *arrays[k + 1 :])[0])

        nudged = numerical_gradient(weighted, arrays[k])
        largest = max(largest, largest_difference(pull(g), nudged, tolerance=tolerance))
    return largest


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
