"""More wrong checks for the lab `distillation`. The others: lab_distillation.py."""

from lab_distillation_check import check

MORE_CHECKS = {
    "check: the order turned round": check(
        {"test-planted-data": 1},
        "1 of 15 programs that are not sound are called sound: no case brings t",
        ("np.argsort(np.sin(5.0 * np.arange(rows)))", "np.arange(rows)[::-1]"),
    ),
    "check: the order moved by one": check(
        {"test-planted-data": 1},
        "2 of 15 programs that are not sound are called sound: no case brings t",
        ("np.argsort(np.sin(5.0 * np.arange(rows)))", "np.roll(np.arange(rows), 1)"),
    ),
    "check: none twice": check(
        {"test-planted-data": 1, "test-planted-seldom": 1},
        "3 of 15 programs that are not sound are called sound: no case brings t",
        ('("base", "doubled"), ', ""),
    ),
    "check: no constants": check(
        {"test-planted-shares": 1},
        "2 of 16 programs that are not sound are called sound: no case brings t",
        ('("base", "raised"), ', ""),
    ),
    "check: targets at alpha 1 not tried": check(
        {"test-planted-shares": 1},
        "2 of 16 programs that are not sound are called sound: no case brings t",
        (', ("soft", "soft y")', ""),
    ),
    "check: teacher at alpha 0 not tried": check(
        {"test-planted-shares": 1, "test-planted-heat": 1},
        "2 of 16 programs that are not sound are called sound: no case brings t",
        ('SAME += [("hard", "hard v")]\n', ""),
    ),
    "check: nothing must change": check(
        {"test-known": 1, "test-planted-shares": 1, "test-planted-heat": 1},
        "1 of 2 programs that are not sound are called sound: no case brings th",
        ("for one, two in OTHER:", "for one, two in []:"),
        ('if not np.abs(found["hot"] - found["hot v"]).max() > 0.01 * size', "if False"),
    ),
    "check: the teacher's logits not looked at": check(
        {"test-planted-shares": 1, "test-planted-seldom": 1},
        "a program whose teacher learns is called sound",
        ("> 1e-9:", "> 1e9:"),
    ),
    "check: the teacher's mean alone": check(
        {"test-planted-shares": 1, "test-planted-seldom": 1},
        "1 of 16 programs that are not sound are called sound: no case brings t",
        (
            'np.abs(answer["teacher"] - case["teacher"]).max()',
            'abs((answer["teacher"] - case["teacher"]).mean())',
        ),
    ),
    "check: no heat": check(
        {"test-known": 1, "test-planted-heat": 1},
        "1 of 2 programs that are not sound are called sound: no case brings th",
        ('if not np.abs(found["hot"] - found["hotter"]).max() < 0.01 * size', "if False"),
        ('if not np.abs(found["hot"] - found["hot v"]).max() > 0.01 * size', "if False"),
    ),
    "check: rest is enough": check(
        {"test-known": 1, "test-planted-heat": 1},
        "1 of 2 programs that are not sound are called sound: no case brings th",
        ('if not np.abs(found["hot"] - found["hot v"]).max() > 0.01 * size', "if False"),
    ),
    "check: life is enough": check(
        {"test-planted-heat": 1},
        "3 of 12 programs that are not sound are called sound: no case brings t",
        ('if not np.abs(found["hot"] - found["hotter"]).max() < 0.01 * size', "if False"),
    ),
    "check: never as many for testing": check(
        {"test-planted-seldom": 1},
        "a program that learns the targets of a test set as large as the traini",
        ("around(8, 8)", "around(8, 10)"),
    ),
    "check: even numbers alone": check(
        {"test-planted-seldom": 1},
        "5 of 7 programs that are not sound are called sound: no case brings th",
        ("around(7, 10)", "around(10, 8)"),
    ),
    "check: other numbers each time": check(
        {
            "test-known": 1,
            "test-planted-data": 1,
            "test-planted-shares": 1,
            "test-planted-heat": 1,
            "test-planted-seldom": 1,
        },
        "cases must give the same each time: fix the seed",
        ("3 * np.cos(n**2 + n), ", "3 * np.random.default_rng().random(n.shape), "),
    ),
    "check: a bool of NumPy": check(
        {
            "test-known": 1,
            "test-planted-data": 1,
            "test-planted-shares": 1,
            "test-planted-heat": 1,
            "test-planted-seldom": 1,
        },
        "is_sound must return a bool of Python, got <class 'numpy.bool'>: bool(",
        ("    return True\n", "    return np.isfinite(size)\n"),
    ),
    "check: too many cases": check(
        {
            "test-known": 1,
            "test-planted-data": 1,
            "test-planted-shares": 1,
            "test-planted-heat": 1,
            "test-planted-seldom": 1,
        },
        "cases must return a list of 2 to 40 cases, got 45 of them",
        ("[around(8, 8), around(7, 10)]", "[around(8, 8), around(7, 10), around(9, 9)]"),
    ),
    "check: three rows": check(
        {
            "test-known": 1,
            "test-planted-data": 1,
            "test-planted-shares": 1,
            "test-planted-heat": 1,
            "test-planted-seldom": 1,
        },
        "case 15: X must have 4 to 24 rows, got 3",
        ("around(7, 10)", "around(3, 10)"),
    ),
    "check: logits of 5": check(
        {
            "test-known": 1,
            "test-planted-data": 1,
            "test-planted-shares": 1,
            "test-planted-heat": 1,
            "test-planted-seldom": 1,
        },
        "case 0: teacher must hold numbers from −4 to 4",
        ('np.clip(case["teacher"], -4, 4)', 'case["teacher"] * 2'),
    ),
    "check: a temperature of a million": check(
        {
            "test-known": 1,
            "test-planted-data": 1,
            "test-planted-shares": 1,
            "test-planted-heat": 1,
            "test-planted-seldom": 1,
        },
        "case 13: temperature must be a number from 1 to 100000, got 1000000.0",
        ("8e4", "1e6"),
    ),
}
