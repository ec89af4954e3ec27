"""Wrong answers to the lab `optimizers`, tasks 3 and 4. The others: lab_optimizers.py."""

from lab_cases import Wrong
from lab_optimizers_momentum import changed

RMSPROP = """
def rmsprop_step(thetas, grads, state, *, lr, alpha=0.99, eps=1e-8):
    vs = state.get("v", [np.zeros_like(theta) for theta in thetas])
    vs = [alpha * v + (1 - alpha) * g**2 for v, g in zip(vs, grads)]
    moved = [theta - lr * g / (np.sqrt(v) + eps) for theta, g, v in zip(thetas, grads, vs)]
    return moved, {"v": vs}
"""

ADAM = """
def adam_step(thetas, grads, state, *, lr, betas=(0.9, 0.999), eps=1e-8):
    beta1, beta2 = betas
    t = state.get("t", 0) + 1
    zeros = [np.zeros_like(theta) for theta in thetas]
    moved, ms, vs = [], [], []
    for theta, g, m, v in zip(thetas, grads, state.get("m", zeros), state.get("v", zeros)):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        moved.append(theta - lr * m_hat / (np.sqrt(v_hat) + eps))
        ms.append(m)
        vs.append(v)
    return moved, {"t": t, "m": ms, "v": vs}
"""

ADAMW = """
def adamw_step(thetas, grads, state, *, lr, betas=(0.9, 0.999), eps=1e-8, decays):
    shrunk = [(1 - lr * decay) * theta for theta, decay in zip(thetas, decays)]
    return adam_step(shrunk, grads, state, lr=lr, betas=betas, eps=eps)
"""

# An AdamW that needs no adam_step: with it, a wrong Adam costs the points of task 3 alone.
ALONE = changed(ADAM, "def adam_step", "def own_adam_step") + changed(ADAMW, "adam_step(", "own_adam_step(")
RMS = {"test-rmsprop": 1, "test-rmsprop-eps": 1}
ADAMS = {"test-adam-correction": 1, "test-adam": 1, "test-adam-eps": 1}


def rmsprop(right: str, wrong: str) -> dict[str, str]:
    """Return an answer to task 3a with one mistake."""
    return {"rmsprop": changed(RMSPROP, right, wrong)}


def adam(right: str, wrong: str) -> dict[str, str]:
    """Return an answer to task 3b with one mistake, and an AdamW that does not rest on it."""
    return {"adam": changed(ADAM, right, wrong), "adamw": ALONE}


def adam_counted_late() -> dict[str, str]:
    """Return an answer to task 3b that counts a step after it is made."""
    late = changed(changed(ADAM, '("t", 0) + 1', '("t", 0)'), '"t": t,', '"t": t + 1,')
    return {"adam": '@np.errstate(all="ignore")' + late, "adamw": ALONE}


def adamw(right: str, wrong: str) -> dict[str, str]:
    """Return an answer to task 4 with one mistake."""
    return {"adamw": changed(ADAMW, right, wrong)}


RULES = {
    "rmsprop: α and 1 − α swapped": Wrong(
        rmsprop("alpha * v + (1 - alpha) * g**2", "(1 - alpha) * v + alpha * g**2"),
        RMS,
        "α is the share of the old v that stays",
    ),
    "rmsprop: v corrected as in Adam": Wrong(
        rmsprop("np.sqrt(v) +", "np.sqrt(v / (1 - alpha)) +"), RMS, "is not corrected for it in RMSProp"
    ),
    "rmsprop: one v for an array": Wrong(
        rmsprop("g**2 for", "np.mean(g**2) for"), RMS, "each number has its own v"
    ),
    "rmsprop: no root": Wrong(rmsprop("np.sqrt(v)", "v"), RMS, "the root of v is missing"),
    "rmsprop: v not kept": Wrong(rmsprop('{"v": vs}', "{}"), RMS, "v is forgotten between the steps"),
    "rmsprop: ε under the root": Wrong(
        rmsprop("(np.sqrt(v) + eps)", "np.sqrt(v + eps)"), {"test-rmsprop-eps": 1}, "not to v under the root"
    ),
    "rmsprop: no ε": Wrong(rmsprop(" + eps)", ")"), {"test-rmsprop-eps": 1}, "ε is missing"),
    "adam: nothing corrected": Wrong(
        adam("m / (1 - beta1**t), v / (1 - beta2**t)", "m, v"), ADAMS, "neither m nor v is corrected"
    ),
    "adam: v not corrected": Wrong(adam("v / (1 - beta2**t)", "v"), ADAMS, "v is not corrected"),
    "adam: m not corrected": Wrong(adam("m / (1 - beta1**t)", "m"), ADAMS, "m is not corrected"),
    "adam: v corrected with β₁": Wrong(
        adam("v / (1 - beta2**t)", "v / (1 - beta1**t)"), ADAMS, "v is corrected with β₁"
    ),
    "adam: t always 1": Wrong(adam('state.get("t", 0) + 1', "1"), ADAMS, "t is 1 in the second step too"),
    "adam: t is 0 in the first step": Wrong(
        adam_counted_late(), ADAMS, "holds NaN or infinity: is t 1 in the first step?"
    ),
    "adam: t counts arrays": Wrong(
        adam("    m_hat, v_hat", "    t += len(moved) > 0\n        m_hat, v_hat"),
        {"test-adam": 1},
        "t has grown once for each array",
    ),
    "adam: one v for an array": Wrong(
        adam("(1 - beta2) * g**2", "(1 - beta2) * np.mean(g**2)"),
        {"test-adam": 1, "test-adam-eps": 1},
        "should be",
    ),
    "adam: the corrected means are kept": Wrong(
        adam(
            "        ms.append(m)\n        vs.append(v)", "        ms.append(m_hat)\n        vs.append(v_hat)"
        ),
        ADAMS,
        "m̂ and v̂ were kept",
    ),
    "adam: the sign of the gradient": Wrong(
        {
            "adam": "def adam_step(thetas, grads, state, *, lr, betas=(0.9, 0.999), eps=1e-8):\n"
            "    return [theta - lr * np.sign(g) for theta, g in zip(thetas, grads)], {}\n",
            "adamw": ALONE,
        },
        ADAMS,
        "are m and v kept?",
    ),
    "adam: ε under the root": Wrong(
        adam("(np.sqrt(v_hat) + eps)", "np.sqrt(v_hat + eps)"),
        {"test-adam-eps": 1},
        "not to v̂ under the root",
    ),
    "adam: ε before the correction": Wrong(
        adam("(np.sqrt(v_hat) + eps)", "((np.sqrt(v) + eps) / np.sqrt(1 - beta2**t))"),
        {"test-adam-eps": 1},
        "not to that of v",
    ),
    # seen in a student's own notebook alone: the judge passes copies
    "adam: t counted in the given state": Wrong(
        adam('t = state.get("t", 0) + 1', 't = state["t"] = state.get("t", 0) + 1'),
        ADAMS,
        "changed the state that it was given",
    ),
    "adamw: through the gradient": Wrong(
        {
            "adamw": "def adamw_step(thetas, grads, state, *, decays, **options):\n"
            "    grads = [g + decay * theta for theta, g, decay in zip(thetas, grads, decays)]\n"
            "    return adam_step(thetas, grads, state, **options)\n"
        },
        {"test-decay": 1, "test-adamw": 2, "test-digits": 2},
        "as large for small weights as for large ones",
    ),
    "adamw: after the step": Wrong(
        {
            "adamw": "def adamw_step(thetas, grads, state, *, lr, decays, **options):\n"
            "    thetas, state = adam_step(thetas, grads, state, lr=lr, **options)\n"
            "    return [(1 - lr * decay) * theta for theta, decay in zip(thetas, decays)], state\n"
        },
        {"test-decay": 1, "test-adamw": 2},
        "here θ shrinks after the step",
    ),
    "adamw: not times lr": Wrong(
        adamw("1 - lr * decay", "1 - decay"),
        {"test-decay": 1, "test-adamw": 2, "test-digits": 2},
        "must be multiplied by lr",
    ),
    "adamw: one λ for all": Wrong(
        adamw("decay) * theta for", "decays[0]) * theta for"),
        {"test-decay": 1, "test-adamw": 2},
        "each array has its own λ",
    ),
    "adamw: no decay": Wrong(
        adamw("(1 - lr * decay) * theta", "theta"), {"test-decay": 1, "test-adamw": 2}, "the decay goes on"
    ),
    "adamw: weights grow": Wrong(
        adamw("1 - lr * decay", "1 + lr * decay"), {"test-decay": 1, "test-adamw": 2}, "the weights grow"
    ),
    "adamw: decay in the first step alone": Wrong(
        adamw("decay) * theta for", "decay * (not state)) * theta for"),
        {"test-decay": 1, "test-adamw": 2},
        "the second step has no decay",
    ),
    "adamw: by the sign of the gradient": Wrong(
        {
            "adamw": "def adamw_step(thetas, grads, state, *, lr, decays, **options):\n"
            "    moved = [(1 - lr * decay) * theta - lr * np.sign(g)\n"
            "             for theta, g, decay in zip(thetas, grads, decays)]\n"
            "    return moved, state\n"
        },
        {"test-adamw": 2, "test-digits": 2},
        "should be",
    ),
}
