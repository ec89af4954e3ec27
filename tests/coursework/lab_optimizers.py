"""Wrong answers to the lab `optimizers`, and the points that each must lose: data for the tests of labs.

Here those to tasks 5 and 6; the others are in lab_optimizers_momentum.py and lab_optimizers_adam.py.
"""

from lab_cases import Wrong
from lab_optimizers_adam import ADAM, RULES, changed
from lab_optimizers_momentum import LIMITS, MOMENTA

MENDED = changed(ADAM, "adam_step", "mended_step").replace("eps=1e-8)", "eps=1e-8, decays)")
MENDED = changed(
    MENDED,
    "        m = beta1",
    "        theta = (1 - lr * decays[len(moved)]) * theta\n        m = beta1",
)

WITNESSES = """
def witnesses():
    one, two = np.array([1.0]), np.array([2.0])
    case = dict(thetas=[one], grads=[[one]], lr=0.1, betas=(0.9, 0.9), eps=1e-8, decays=[0.0])
    pair = dict(thetas=[one, one], grads=[[one, one], [two, two]], decays=[0.0, 0.0])
    return {
        1: case | pair,
        2: case | dict(decays=[1.0]),
        6: case | dict(betas=(0.9, 0.5)),
    }
"""

SCHEDULE = """
def schedule(n, *, num_steps, warmup, peak):
    if n < warmup:
        return peak * (n + 1) / warmup
    return float(peak / 2 * (1 + np.cos(np.pi * (n - warmup) / (num_steps - warmup))))
"""

ALL = {"test-witness-1": 2, "test-witness-2": 2, "test-witness-3": 2}


def cases(right: str, wrong: str) -> dict[str, str]:
    """Return an answer to task 5b with one mistake."""
    return {"witnesses": changed(WITNESSES, right, wrong)}


TRAINED = """
def trained(*, seed, num_steps):
    return train_digits(adamw_step, schedule, settings(), seed=seed, num_steps=num_steps)[0]
"""


def chosen(peak, warmup, decay) -> dict[str, str]:
    """Return an answer to task 6b."""
    dictionary = f"dict(peak={peak}, warmup={warmup}, decay={decay})"
    return {"settings": f"def settings():\n    return {dictionary}\n\n{TRAINED}"}


def trained(right: str, wrong: str) -> dict[str, str]:
    """Return an answer to task 6b with good settings and a mistake in `trained`."""
    return {"settings": chosen(0.1, 20, 0.01)["settings"].replace(TRAINED, changed(TRAINED, right, wrong))}


HUNT = {
    "mended: the suspect itself": Wrong(
        {"mended": "def mended_step(*args, **options):\n    return suspect_step(*args, **options)\n"},
        {"test-mended": 1},
        "one array without decay: array 0 after 1 step is",
    ),
    "mended: t still counts arrays": Wrong(
        {"mended": changed(MENDED, "        m_hat", "        t += len(moved) > 0\n        m_hat")},
        {"test-mended": 1},
        "two arrays without decay: array 1 after 1 step is",
    ),
    "mended: v still corrected with β₁": Wrong(
        {"mended": changed(MENDED, "v / (1 - beta2**t)", "v / (1 - beta1**t)")},
        {"test-mended": 1},
        "one array without decay: array 0 after 1 step is",
    ),
    "mended: the decay still goes through g": Wrong(
        {
            "mended": changed(
                MENDED, "theta = (1 - lr * decays[len(moved)]) * theta", "g = g + decays[len(moved)] * theta"
            )
        },
        {"test-mended": 1},
        "two arrays with decay: array 0 after 1 step is",
    ),
    "mended: by one's own AdamW": Wrong(
        {"mended": "def mended_step(*args, **options):\n    return adamw_step(*args, **options)\n"}, {}, ""
    ),
    "witnesses: the right ones, written otherwise": Wrong({"witnesses": WITNESSES}, {}, ""),
    "witnesses: one run for all": Wrong(
        cases(
            "    return {",
            "    case = case | pair | dict(betas=(0.9, 0.99), decays=[1.0, 0.5])\n"
            "    return dict.fromkeys((1, 2, 6), case)\n    return {",
        ),
        ALL,
        "but another wrong line shows in its case too",
    ),
    "witnesses: the settings of training": Wrong(
        cases(
            "    return {",
            "    case = case | dict(lr=0.003, betas=(0.9, 0.999), decays=[0.01])\n"
            "    return dict.fromkeys((1, 2, 6), case)\n    return {",
        ),
        ALL,
        "but another wrong line shows in its case too",
    ),
    "witnesses: a single array for the count": Wrong(
        cases("1: case | pair", "1: case"),
        {"test-witness-1": 2},
        "your case does not show it: 0.0% of w",
    ),
    "witnesses: one step alone for the count, with betas of 0": Wrong(
        cases("1: case | pair", "1: case | pair | dict(betas=(0.0, 0.0))"),
        {"test-witness-1": 2},
        "your case does not show it",
    ),
    "witnesses: a small decay": Wrong(
        cases("decays=[1.0]", "decays=[0.05]"), {"test-witness-2": 2}, "your case does not show it: 4.8%"
    ),
    "witnesses: the decay beside unequal betas": Wrong(
        cases("decays=[1.0]", "decays=[1.0], betas=(0.9, 0.999)"),
        {"test-witness-2": 2},
        "another wrong line shows in its case too",
    ),
    "witnesses: the correction beside two arrays": Wrong(
        cases("6: case | dict(betas", "6: case | pair | dict(betas"),
        {"test-witness-3": 2},
        "another wrong line shows in its case too",
    ),
    "witnesses: the lines of another variant": Wrong(
        {"witnesses": changed(WITNESSES, "1: case", "4: case").replace("6: case", "7: case")},
        {"test-witness-1": 2, "test-witness-3": 2},
        "a wrong line is missing from witnesses()",
    ),
    "witnesses: a case for every line": Wrong(
        cases("1: case | pair,", "1: case | pair, 3: case, 4: case, 5: case, 7: case, 8: case,"),
        ALL,
        "exactly three cases",
    ),
    "witnesses: whole numbers in an array": Wrong(
        cases("np.array([1.0])", "np.array([1])"), ALL, "in float64"
    ),
    "witnesses: a decay for one of two arrays": Wrong(
        cases("[two, two]], decays=[0.0, 0.0])", "[two, two]])"), ALL, "one decay for each array"
    ),
}

TRAINING = {
    "schedule: the first step does not move": Wrong(
        {"schedule": changed(SCHEDULE, "(n + 1)", "n")}, {"test-schedule": 1}, "the warm-up counts n + 1"
    ),
    "schedule: the wave begins with the warm-up": Wrong(
        {"schedule": changed(SCHEDULE, "(n - warmup) / (num_steps - warmup)", "n / num_steps")},
        {"test-schedule": 1},
        "the wave begins after the warm-up",
    ),
    "schedule: a step too many in the warm-up": Wrong(
        {"schedule": changed(SCHEDULE, "n < warmup", "n <= warmup")},
        {"test-schedule": 1},
        "the warm-up has w steps",
    ),
    "schedule: the wave ends a step too early": Wrong(
        {"schedule": changed(SCHEDULE, "(num_steps - warmup)", "(num_steps - warmup - 1)")},
        {"test-schedule": 1},
        "not by N − w − 1",
    ),
    "schedule: a line": Wrong(
        {"schedule": changed(SCHEDULE, "peak / 2 * (1 + np.cos(np.pi * ", "peak * (1 - (1 * ")},
        {"test-schedule": 1},
        "this falls along a line",
    ),
    "schedule: no warm-up": Wrong(
        {"schedule": changed(SCHEDULE, "return peak * (n + 1) / warmup", "return peak")},
        {"test-schedule": 1},
        "no warm-up",
    ),
    "schedule: it climbs": Wrong(
        {"schedule": changed(SCHEDULE, "1 + np.cos", "1 - np.cos")},
        {"test-schedule": 1, "test-digits": 2},
        "this climbs where it should fall",
    ),
    "settings: Adam's usual learning rate": Wrong(chosen(0.001, 20, 0.01), {"test-digits": 2}, "too small"),
    "settings: a peak too high": Wrong(chosen(3.0, 20, 0.01), {"test-digits": 2}, "too large"),
    "settings: all decay": Wrong(chosen(0.1, 20, 10.0), {"test-digits": 2}, "decay"),
    "settings: no decay": Wrong(
        chosen(0.1, 20, 0.0), {"test-digits": 2}, "decay must be a number from 0.01 to 10"
    ),
    "settings: warm-up as a share": Wrong(chosen(0.1, 0.1, 0.01), {"test-digits": 2}, "whole number"),
    "trained: from other starting weights": Wrong(
        trained("seed=seed", "seed=0"), {"test-digits": 2}, "give something else"
    ),
    "trained: always 200 steps": Wrong(
        trained("num_steps=num_steps", "num_steps=200"), {"test-digits": 2}, "give something else"
    ),
    "trained: with the losses": Wrong(trained(")[0]", ")"), {"test-digits": 2}, "without the losses"),
    "trained: by plain descent": Wrong(
        trained(
            "train_digits(adamw_step, schedule, settings(), seed=seed, num_steps=num_steps)",
            "train(plain_step, [1.0] * num_steps, seed=seed)",
        ),
        {"test-digits": 2},
        "W1 after the first steps",
    ),
}

WRONG = MOMENTA | LIMITS | RULES | HUNT | TRAINING
