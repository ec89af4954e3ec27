"""Wrong answers to the lab `optimizers`, tasks 1 and 2. The others: lab_optimizers.py."""

from lab_cases import Wrong

MOMENTUM = """
def momentum_step(thetas, grads, state, *, lr, momentum=0.9, nesterov=False):
    bs = [momentum * b + g for b, g in zip(state["b"], grads)] if state else grads
    along = [g + momentum * b for g, b in zip(grads, bs)] if nesterov else bs
    return [theta - lr * a for theta, a in zip(thetas, along)], {"b": bs}
"""

LIMIT = """
def largest_lr(curvatures, *, momentum=0.0, nesterov=False):
    limit = 2 * (1 + momentum) / max(curvatures)
    return limit / (1 + 2 * momentum) if nesterov else limit
"""

MEASURED = """
def measured_limit(rule, curvature, **options):
    def grows(lr, num_steps=1000):
        theta, state, late = 1.0, {}, 0.0
        for n in range(num_steps):
            theta, state = rule(theta, curvature * theta, state, lr=lr, **options)
            if abs(theta) > 1e6:
                return True
            if n >= num_steps - 100:
                late = max(late, abs(theta))
        return late > 1

    low, high = 0.0, 4 / curvature
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (low, middle) if grows(middle) else (middle, high)
    return (low + high) / 2
"""

LAST = MEASURED.replace("range(12)", "range(20)").replace("1000", "300").replace("late > 1", "abs(theta) > 1")

SCALED = """
def momentum_step(thetas, grads, state, *, lr, momentum=0.9, nesterov=False):
    zeros = [0 * theta for theta in thetas]
    vs = [momentum * v + lr * g for v, g in zip(state.get("v", zeros), grads)]
    along = [lr * g + momentum * v for g, v in zip(grads, vs)] if nesterov else vs
    return [theta - a for theta, a in zip(thetas, along)], {"v": vs}
"""

SHARED = """
def momentum_step(thetas, grads, state, *, lr, momentum=0.9, nesterov=False):
    moved, b = [], state.get("b")
    for theta, g in zip(thetas, grads):
        b = g if b is None else momentum * b + g
        moved.append(theta - lr * (g + momentum * b if nesterov else b))
    return moved, {"b": b}
"""

ALL = {"test-momentum": 2, "test-momentum-lr": 1, "test-nesterov": 1}


def changed(source: str, right: str, wrong: str) -> str:
    """Return a right answer with one mistake; raise ValueError where what it replaces is not there."""
    if right not in source:
        raise ValueError(f"{right!r} is not in the answer")
    return source.replace(right, wrong)


def momentum(right: str, wrong: str) -> dict[str, str]:
    """Return an answer to task 1 with one mistake."""
    return {"momentum": changed(MOMENTUM, right, wrong)}


MOMENTA = {
    "momentum: a running mean from 0": Wrong(
        momentum(
            '[momentum * b + g for b, g in zip(state["b"], grads)] if state else grads',
            "[momentum * b + (1 - momentum) * g for b, g in "
            'zip(state.get("b", [0 * g for g in grads]), grads)]',
        ),
        ALL,
        "the first b is g itself",
    ),
    "momentum: a running mean from g": Wrong(
        momentum("momentum * b + g for b", "momentum * b + (1 - momentum) * g for b"),
        ALL,
        "in μb + g the gradient counts in full",
    ),
    "momentum: nothing is remembered": Wrong(
        momentum('{"b": bs}', "{}"), ALL, "the second step is that of plain descent"
    ),
    "momentum: nothing is forgotten": Wrong(
        momentum("momentum * b + g for b", "b + g for b"), ALL, "multiply the old b by μ"
    ),
    "momentum: up the slope": Wrong(momentum("theta - lr", "theta + lr"), ALL, "this goes up the slope"),
    "momentum: the learning rate is remembered": Wrong(
        {"momentum": SCALED}, {"test-momentum-lr": 1}, "what you keep holds the learning rate"
    ),
    "momentum: b is looked up before there is one": Wrong(
        momentum(" if state else grads", ""), ALL, "before the first step the state is {}"
    ),
    "momentum: one b for all arrays": Wrong(
        {"momentum": SHARED}, {"test-momentum": 2}, "does each array have its own memory"
    ),
    "momentum: None": Wrong(momentum("return [", "[theta for theta in thetas], ["), ALL, "returns None"),
    "momentum: the arrays alone": Wrong(momentum(', {"b": bs}', ""), ALL, "must return two things"),
    "nesterov: left out": Wrong(
        momentum(" if nesterov else bs", " if False else bs"), {"test-nesterov": 1}, "this is a step along b"
    ),
    "nesterov: with the old b": Wrong(
        momentum(
            "[g + momentum * b for g, b in zip(grads, bs)]",
            '[g + momentum * b for g, b in zip(grads, state.get("b", bs))]',
        ),
        {"test-nesterov": 1},
        "the b in g + μb is the new one",
    ),
    "nesterov: its direction is kept": Wrong(
        momentum('{"b": bs}', '{"b": along}'), {"test-nesterov": 1}, "keep b, not the direction"
    ),
    # seen in a student's own notebook alone: the judge passes copies
    "momentum: in place": Wrong(
        momentum(
            "return [theta - lr * a for theta, a in zip(thetas, along)]",
            "return [np.subtract(theta, lr * a, out=theta) for theta, a in zip(thetas, along)]",
        ),
        ALL,
        "changed the arrays that it was given",
    ),
    "momentum: the state in place": Wrong(
        momentum("    along =", '    state["b"] = bs\n    along ='),
        ALL,
        "changed the state that it was given",
    ),
}

LIMITS = {
    "limit: without momentum": Wrong(
        {"limit": changed(LIMIT, "2 * (1 + momentum)", "2")},
        {"test-limit": 0.5, "test-limit-nesterov": 0.5},
        "momentum changes the limit",
    ),
    "limit: as much larger as descent is faster": Wrong(
        {"limit": changed(LIMIT, "2 * (1 + momentum)", "2 / (1 - momentum)")},
        {"test-limit": 0.5, "test-limit-nesterov": 0.5},
        "but not by 1/(1 − μ)",
    ),
    "limit: lower by 1 − μ": Wrong(
        {"limit": changed(LIMIT, "2 * (1 + momentum)", "2 * (1 - momentum)")},
        {"test-limit": 0.5, "test-limit-nesterov": 0.5},
        "momentum does not lower the limit",
    ),
    "limit: of the flattest direction": Wrong(
        {"limit": changed(LIMIT, "max", "min")},
        {"test-limit": 0.5, "test-limit-nesterov": 0.5},
        "the largest curvature is the first",
    ),
    "limit: where descent is fastest": Wrong(
        {"limit": changed(LIMIT, "2 * (1 + momentum)", "(1 + momentum)")},
        {"test-limit": 0.5, "test-limit-nesterov": 0.5},
        "where descent is fastest",
    ),
    "limit: Nesterov's like the other": Wrong(
        {"limit": changed(LIMIT, " if nesterov else limit", " if False else limit")},
        {"test-limit-nesterov": 0.5},
        "this is the limit without Nesterov",
    ),
    "measured: a hundred steps, and only what explodes": Wrong(
        {"measured": changed(MEASURED, "num_steps=1000", "num_steps=100").replace("late > 1", "False")},
        {"test-measured": 2},
        "slow growth was taken for none",
    ),
    "measured: 300 steps, and the last number alone": Wrong(
        {"measured": LAST},
        {"test-measured": 2},
        "slow growth was taken for none",
    ),
    "measured: by two formulas, for no delay and for one step": Wrong(
        {
            "measured": "def measured_limit(rule, curvature, *, delay=0, momentum=0.0):\n"
            "    return (1 - momentum if delay else 2 + 2 * momentum) / curvature\n"
        },
        {"test-measured": 2},
        "delay 2, μ = 0.0",
    ),
    "measured: by the formula": Wrong(
        {
            "measured": "def measured_limit(rule, curvature, *, delay=0, momentum=0.0):\n"
            "    return 2 * (1 + momentum) / curvature\n"
        },
        {"test-measured": 2},
        "slow growth was taken for none",
    ),
    "measured: up to 2/h": Wrong(
        {"measured": changed(MEASURED, "4 / curvature", "2 / curvature")},
        {"test-measured": 2},
        "a stable run was taken for a growing one",
    ),
    "measured: the curvature forgotten": Wrong(
        {"measured": changed(MEASURED, "curvature * theta", "theta")}, {"test-measured": 2}, "you measure"
    ),
}
