"""Wrong answers to the lab `distillation`, on a check of programs. The others: lab_distillation.py."""

from lab_unet_sizes import planted

CHECK = """
SAME = [("base", "tested"), ("base", "turned"), ("base", "doubled"), ("base", "raised"), ("soft", "soft y")]
SAME += [("hard", "hard v")]
OTHER = [("soft", "soft v"), ("soft", "soft T"), ("hard", "hard y")]


def around(rows, tested):
    n = np.arange(rows * 3.0).reshape(rows, 3)
    m = np.arange(tested * 3.0).reshape(tested, 3)
    X, v, y = 2 * np.sin(n**2), 3 * np.cos(n**2 + n), np.arange(rows) ** 2 % 3
    base = {"X": X, "y": y, "teacher": v, "X_test": np.sin(m) + 1, "y_test": np.arange(tested) % 3}
    base |= {"temperature": 2.0, "alpha": 0.5}
    soft, hard, hot = base | {"alpha": 1.0}, base | {"alpha": 0.0}, base | {"temperature": 4e4}
    order = np.argsort(np.sin(5.0 * np.arange(rows)))
    return {
        "base": base,
        "tested": base | {"X_test": np.cos(m) - 1, "y_test": (np.arange(tested) + 1) % 3},
        "turned": base | {"X": X[order], "y": y[order], "teacher": v[order]},
        "doubled": base | {"X": np.tile(X, (2, 1)), "y": np.tile(y, 2), "teacher": np.tile(v, (2, 1))},
        "raised": base | {"teacher": v + np.sin(np.arange(rows))[:, None]},
        "soft": soft,
        "soft y": soft | {"y": (y + 1) % 3},
        "soft v": soft | {"teacher": v / 2},
        "soft T": soft | {"temperature": 1.0},
        "hard": hard,
        "hard v": hard | {"teacher": -v, "temperature": 5.0},
        "hard y": hard | {"y": (y + 1) % 3},
        "hot": hot,
        "hotter": hot | {"temperature": 8e4},
        "hot v": hot | {"teacher": v / 2},
    }


def families():
    return [around(8, 8), around(7, 10)]


def clipped(case):
    return case | {"teacher": np.clip(case["teacher"], -4, 4)}


def cases():
    return [clipped(case) for family in families() for case in family.values()]


def is_sound(answers):
    answers, given = list(answers), cases()
    for answer, case in zip(answers, given):
        if np.abs(answer["teacher"] - case["teacher"]).max() > 1e-9:
            return False
    for family in families():
        found = {name: answers.pop(0)["weights"] for name in family}
        for one, two in SAME:
            if not np.abs(found[one] - found[two]).max() < 1e-7:
                return False
        for one, two in OTHER:
            if np.abs(found[one] - found[two]).max() < 1e-6:
                return False
        size = np.abs(found["soft"] - found["soft v"]).max()
        if not np.abs(found["hot"] - found["hotter"]).max() < 0.01 * size:
            return False
        if not np.abs(found["hot"] - found["hot v"]).max() > 0.01 * size:
            return False
    return True
"""

check = planted("check", CHECK)

CHECKS = {
    "check: everything is sound": check(
        {
            "test-known": 1,
            "test-planted-data": 1,
            "test-planted-shares": 1,
            "test-planted-heat": 1,
            "test-planted-seldom": 1,
        },
        "the suspect is called sound",
        ("def is_sound(answers):\n", "def is_sound(answers):\n    return True\n\n\ndef unused(answers):\n"),
    ),
    "check: nothing is sound": check(
        {
            "test-known": 1,
            "test-planted-data": 1,
            "test-planted-shares": 1,
            "test-planted-heat": 1,
            "test-planted-seldom": 1,
        },
        "is_sound says that a sound program of one step is not",
        ("def is_sound(answers):\n", "def is_sound(answers):\n    return False\n\n\ndef unused(answers):\n"),
    ),
    "check: against mended": check(
        {
            "test-known": 1,
            "test-planted-data": 1,
            "test-planted-shares": 1,
            "test-planted-heat": 1,
            "test-planted-seldom": 1,
        },
        "is_sound says that a sound program of one step is not",
        (
            "    for family in families():\n        found",
            (
                '    rights = [mended(**case)["weights"] for case in given]\n    if '
                'any(a["weights"].shape != b.shape or np.abs(a["weights"] - b).max() > '
                "1e-6 for a, b in zip(answers, rights)):\n        return False\n    for "
                "family in families():\n        found"
            ),
        ),
    ),
    "check: to the last bit": check(
        {
            "test-known": 1,
            "test-planted-data": 1,
            "test-planted-shares": 1,
            "test-planted-heat": 1,
            "test-planted-seldom": 1,
        },
        "is_sound says that a sound program of one step is not",
        ("not np.abs(found[one] - found[two]).max() < 1e-7", "not np.array_equal(found[one], found[two])"),
    ),
    "check: a tolerance of a tenth": check(
        {"test-planted-data": 1, "test-planted-shares": 1, "test-planted-heat": 1, "test-planted-seldom": 1},
        "a program that learns from the test set is called sound",
        ("1e-7", "0.1"),
    ),
    "check: the same test set": check(
        {"test-planted-data": 1},
        "4 of 15 programs that are not sound are called sound: no case brings t",
        ('("base", "tested"), ', ""),
    ),
    "check: other inputs for testing alone": check(
        {"test-planted-data": 1},
        "2 of 15 programs that are not sound are called sound: no case brings t",
        (', "y_test": (np.arange(tested) + 1) % 3}', "}"),
    ),
    "check: other targets for testing alone": check(
        {"test-planted-data": 1},
        "2 of 15 programs that are not sound are called sound: no case brings t",
        ('{"X_test": np.cos(m) - 1, "y_test"', '{"y_test"'),
    ),
    "check: one order": check(
        {"test-planted-data": 1},
        "3 of 15 programs that are not sound are called sound: no case brings t",
        ('("base", "turned"), ', ""),
    ),
}
