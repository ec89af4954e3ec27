"""Wrong answers to the lab `distillation`, on the gradient. The others: lab_distillation.py."""

from lab_unet_sizes import planted

GRADIENT = """
def loss_gradient(student, teacher, targets, *, temperature, alpha):
    def shares_at(z, T):
        powers = np.exp((z - z.max(axis=1, keepdims=True)) / T)
        return powers / powers.sum(axis=1, keepdims=True)

    soft = shares_at(student, temperature) - shares_at(teacher, temperature)
    hard = shares_at(student, 1.0)
    hard[np.arange(len(targets)), targets] -= 1
    return (alpha * temperature * soft + (1 - alpha) * hard) / len(student)
"""

HOT = """
def hot_gradient(student, teacher):
    B, C = student.shape
    z = student - student.mean(axis=1, keepdims=True)
    v = teacher - teacher.mean(axis=1, keepdims=True)
    return (z - v) / (B * C)
"""

gradient, hot = planted("loss-gradient", GRADIENT), planted("hot-gradient", HOT)

GRADIENTS = {
    "gradient: the sign turned": gradient(
        {"test-gradient-teacher": 1, "test-gradient-targets": 1, "test-gradient-edges": 1, "test-hot": 1},
        "the gradient at T = 5 and alpha = 1, against differences of your own l",
        (
            "shares_at(student, temperature) - shares_at(teacher, temperature)",
            "shares_at(teacher, temperature) - shares_at(student, temperature)",
        ),
    ),
    "gradient: T²": gradient(
        {"test-gradient-teacher": 1, "test-gradient-targets": 1, "test-hot": 1},
        "the gradient at T = 5 and alpha = 1, against differences of your own l",
        ("alpha * temperature * soft", "alpha * temperature**2 * soft"),
    ),
    "gradient: no T": gradient(
        {"test-gradient-teacher": 1, "test-gradient-targets": 1, "test-hot": 1},
        "the gradient at T = 5 and alpha = 1, against differences of your own l",
        ("alpha * temperature * soft", "alpha * soft"),
    ),
    "gradient: 1/T": gradient(
        {"test-gradient-teacher": 1, "test-gradient-targets": 1, "test-hot": 1},
        "the gradient at T = 5 and alpha = 1, against differences of your own l",
        ("alpha * temperature * soft", "alpha / temperature * soft"),
    ),
    "gradient: not divided by the batch": gradient(
        {"test-gradient-teacher": 1, "test-gradient-targets": 1, "test-gradient-edges": 1, "test-hot": 1},
        "the gradient at T = 5 and alpha = 1, against differences of your own l",
        (" / len(student)", ""),
    ),
    "gradient: divided by all logits": gradient(
        {"test-gradient-teacher": 1, "test-gradient-targets": 1, "test-gradient-edges": 1, "test-hot": 1},
        "the gradient at T = 5 and alpha = 1, against differences of your own l",
        (" / len(student)", " / student.size"),
    ),
    "gradient: the teacher's term not divided": gradient(
        {"test-gradient-teacher": 1, "test-gradient-targets": 1, "test-gradient-edges": 1, "test-hot": 1},
        "the gradient at T = 5 and alpha = 1, against differences of your own l",
        (
            "(alpha * temperature * soft + (1 - alpha) * hard) / len(student)",
            "alpha * temperature * soft + (1 - alpha) * hard / len(student)",
        ),
    ),
    "gradient: no temperature for the teacher": gradient(
        {"test-gradient-teacher": 1, "test-gradient-targets": 1, "test-hot": 1},
        "the gradient at T = 5 and alpha = 1, against differences of your own l",
        ("shares_at(teacher, temperature)", "shares_at(teacher, 1.0)"),
    ),
    "gradient: the shares turned": gradient(
        {"test-gradient-teacher": 1, "test-gradient-targets": 1, "test-gradient-edges": 1, "test-hot": 1},
        "the gradient at T = 5 and alpha = 1, against differences of your own l",
        (
            "alpha * temperature * soft + (1 - alpha) * hard",
            "(1 - alpha) * temperature * soft + alpha * hard",
        ),
    ),
    "gradient: the targets left out": gradient(
        {"test-gradient-targets": 1, "test-gradient-edges": 1},
        "the gradient at T = 5 and alpha = 0, against differences of your own l",
        (" + (1 - alpha) * hard", ""),
    ),
    "gradient: the targets in full": gradient(
        {"test-gradient-teacher": 1, "test-gradient-targets": 1, "test-gradient-edges": 1, "test-hot": 1},
        "the gradient at T = 5 and alpha = 1, against differences of your own l",
        ("(1 - alpha) * hard", "hard"),
    ),
    "gradient: T on both": gradient(
        {"test-gradient-targets": 1},
        "the gradient at T = 5 and alpha = 0, against differences of your own l",
        (
            "(alpha * temperature * soft + (1 - alpha) * hard)",
            "temperature * (alpha * soft + (1 - alpha) * hard)",
        ),
    ),
    "gradient: the targets at T": gradient(
        {"test-gradient-targets": 1},
        "the gradient at T = 5 and alpha = 0, against differences of your own l",
        ("hard = shares_at(student, 1.0)", "hard = shares_at(student, temperature)"),
    ),
    "gradient: 1 not taken off": gradient(
        {"test-gradient-targets": 1, "test-gradient-edges": 1},
        "the gradient at T = 5 and alpha = 0, against differences of your own l",
        ("    hard[np.arange(len(targets)), targets] -= 1\n", ""),
    ),
    "gradient: 1 taken off whole columns": gradient(
        {"test-gradient-targets": 1, "test-gradient-edges": 1},
        "the gradient at T = 5 and alpha = 0, against differences of your own l",
        ("hard[np.arange(len(targets)), targets]", "hard[:, targets]"),
    ),
    "gradient: the largest not taken off": gradient(
        {"test-gradient-edges": 1},
        "the gradient for logits of ±1000 at T = 1 and alpha = 0.5[0, 0] is nan",
        ("powers = np.exp((z - z.max(axis=1, keepdims=True)) / T)", "powers = np.exp(z / T)"),
    ),
    "gradient: by the teacher's logits": gradient(
        {"test-gradient-teacher": 1, "test-gradient-targets": 1, "test-gradient-edges": 1, "test-hot": 1},
        "the gradient at T = 5 and alpha = 1, against differences of your own l",
        (
            "shares_at(student, temperature) - shares_at(teacher, temperature)",
            "shares_at(teacher, temperature) * (teacher - student)",
        ),
    ),
    "hot: means not taken off": hot(
        {"test-hot": 1},
        "the limit for 3 × 4 logits, against your own gradient at T = 10⁶: logi",
        ("student - student.mean(axis=1, keepdims=True)", "student"),
        ("teacher - teacher.mean(axis=1, keepdims=True)", "teacher"),
    ),
    "hot: the student's mean alone": hot(
        {"test-hot": 1},
        "the limit for 3 × 4 logits, against your own gradient at T = 10⁶[0, 0]",
        ("teacher - teacher.mean(axis=1, keepdims=True)", "teacher"),
    ),
    "hot: means of the columns": hot(
        {"test-hot": 1},
        "the limit for 3 × 4 logits, against your own gradient at T = 10⁶[0, 0]",
        ("student.mean(axis=1", "student.mean(axis=0"),
        ("teacher.mean(axis=1", "teacher.mean(axis=0"),
    ),
    "hot: not divided by the classes": hot(
        {"test-hot": 1},
        "the limit for 3 × 4 logits, against your own gradient at T = 10⁶: the ",
        ("(B * C)", "B"),
    ),
    "hot: not divided by the batch": hot(
        {"test-hot": 1},
        "the limit for 3 × 4 logits, against your own gradient at T = 10⁶: the ",
        ("(B * C)", "C"),
    ),
    "hot: the sign turned": hot(
        {"test-hot": 1},
        "the limit for 3 × 4 logits, against your own gradient at T = 10⁶: the ",
        ("(z - v)", "(v - z)"),
    ),
    "hot: loss_gradient at a high temperature": hot(
        {"test-hot": 1},
        "the limit for 3 × 4 logits, against your own gradient at T = 10⁶[0, 0]",
        (
            "return (z - v) / (B * C)",
            ("return loss_gradient(student, teacher, np.zeros(B, dtype=int), temperature=1e3, alpha=1.0)"),
        ),
    ),
}
