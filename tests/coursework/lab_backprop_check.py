"""Wrong answers to the lab `backprop`, task 3: the check of gradients. The others: lab_backprop.py."""

from lab_cases import Wrong

CHECK = """
def gradient_check(rule, *arrays, step=None, seed=0):
    step = 1e-6 if step is None else step
    value, pullbacks = rule(*arrays)
    g = np.random.default_rng(seed).standard_normal(np.shape(value))
    errors = []
    for k, pull in enumerate(pullbacks):
        def weighted(u, k=k):
            return np.sum(g * rule(*arrays[:k], u, *arrays[k + 1:])[0])
        n, p = numerical_gradient(weighted, arrays[k], step=step), pull(g)
        if np.shape(p) != n.shape or not np.isfinite(p).all():
            errors.append(np.inf)
            continue
        distance, size = np.linalg.norm(p - n), max(np.linalg.norm(p), np.linalg.norm(n))
        errors.append(float(distance / size) if size > 0 else 0.0)
    return errors
"""
LARGER = "max(np.linalg.norm(p), np.linalg.norm(n))"
RATIO = "float(distance / size) if size > 0 else 0.0"


def changed(old, new):
    """Return an answer to task 3a that is right but for this piece."""
    assert old in CHECK
    return {"check": CHECK.replace(old, new)}


CHECKS = {
    "check: g of ones": Wrong(
        changed("np.random.default_rng(seed).standard_normal(np.shape(value))", "np.ones(np.shape(value))"),
        {"test-check-wrong": 2},
        "ignores g: draw random g",
    ),
    "check: the sum nudged without g": Wrong(
        changed(
            "np.sum(g * rule(*arrays[:k], u, *arrays[k + 1:])[0])",
            "rule(*arrays[:k], u, *arrays[k + 1:])[0].sum()",
        ),
        {"test-check-right": 1, "test-check-wrong": 2},
        "no step does this",
    ),
    "check: the square root forgotten": Wrong(
        changed(RATIO, "float(distance**2 / size**2) if size > 0 else 0.0"),
        {"test-check-right": 1, "test-check-wrong": 2},
        "a norm has a square root",
    ),
    "check: divided by the pullback's norm alone": Wrong(
        changed(LARGER, "np.linalg.norm(p)"), {"test-check-wrong": 2}, "the larger one of the two norms"
    ),
    "check: the chapter's difference, which is not relative for small gradients": Wrong(
        changed(LARGER, "max(1.0, np.linalg.norm(n))"), {"test-check-wrong": 2}, "the error is ½, relative"
    ),
    "check: no case for gradients of zero": Wrong(
        changed(RATIO, "float(distance / size)"),
        {"test-check-right": 1},
        "0 / 0 for sign_rule: where p and n are zero everywhere, report 0.0",
    ),
    "check: no case for gradients of zero, with Python's numbers": Wrong(
        changed(RATIO, "float(distance) / float(size)"),
        {"test-check-right": 1},
        "0 / 0 for sign_rule: where p and n are zero everywhere, report 0.0",
    ),
    "check: shapes not compared": Wrong(
        changed("np.shape(p) != n.shape or ", ""),
        {"test-check-wrong": 2},
        "for a gradient whose shape is not that of its input",
    ),
    "check: infinity not noticed": Wrong(
        changed("not np.isfinite(p).all()", "np.isnan(p).any()"),
        {"test-check-wrong": 2},
        "gradient_check reports NaN for infinite_rule",
    ),
    "check: a step of 1e-3": Wrong(
        changed("1e-6 if", "1e-3 if"), {"test-check-right": 1}, "a step that is too large or too small"
    ),
    "check: a step of 1e-12": Wrong(
        changed("1e-6 if", "1e-12 if"), {"test-check-right": 1}, "a step that is too large or too small"
    ),
    "check: step ignored": Wrong(
        changed("1e-6 if step is None else step", "1e-6"), {"test-check-right": 1}, "is step used?"
    ),
    "best step: that of inputs of about 1": Wrong(
        {"best-step": "best_step = 1e-5\n"}, {"test-step": 1}, "here the input is about s"
    ),
    "best step: divided by the scale and not multiplied": Wrong(
        {"best-step": "best_step = 1e-8\n"}, {"test-step": 1}, "is far from the least"
    ),
    "best step: 1": Wrong({"best-step": "best_step = 1.0\n"}, {"test-step": 1}, "is far from the least"),
    "best step: a neighbour of the best": Wrong(
        {"best-step": "best_step = 1e-3\n"}, {"test-step": 1}, "times the least one"
    ),
}
