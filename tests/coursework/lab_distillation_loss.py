"""Wrong answers to the lab `distillation`, on the loss. The others: lab_distillation.py."""

from lab_unet_sizes import planted

LOSS = """
def distillation_loss(student, teacher, targets, *, temperature, alpha):
    if not (temperature > 0 and math.isfinite(temperature)):
        raise ValueError(f"temperature must be a finite number above 0, got {temperature}")
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must be a number from 0 to 1, got {alpha}")
    if student.shape != teacher.shape:
        raise ValueError(f"teacher must have the shape of student, {student.shape}, got {teacher.shape}")
    classes = student.shape[1]
    for target in targets.tolist():
        if not 0 <= target < classes:
            raise ValueError(f"targets must be from 0 to {classes - 1}, got {target}")

    def logs(z):
        z = z - z.max(axis=1, keepdims=True)
        return z - np.log(np.exp(z).sum(axis=1, keepdims=True))

    log_p, log_q = logs(student / temperature), logs(teacher / temperature)
    soft = temperature**2 * (np.exp(log_q) * (log_q - log_p)).sum(axis=1).mean()
    hard = -np.take_along_axis(logs(student), targets[:, None], axis=1).mean()
    return float(alpha * soft + (1 - alpha) * hard)
"""

loss = planted("distillation-loss", LOSS)

LOSSES = {
    "loss: the divergence turned round": loss(
        {
            "test-loss-teacher": 1,
            "test-loss-edges": 1,
            "test-gradient-teacher": 1,
            "test-gradient-targets": 1,
        },
        "the loss at T = 2 and alpha = 1, of two rows, in the second of which b",
        ("np.exp(log_q) * (log_q - log_p)", "np.exp(log_p) * (log_p - log_q)"),
    ),
    "loss: no T²": loss(
        {"test-loss-teacher": 1, "test-gradient-teacher": 1, "test-gradient-targets": 1},
        "the loss at T = 2 and alpha = 1, of two rows, in the second of which b",
        ("temperature**2 * (np", "(np"),
    ),
    "loss: T for T²": loss(
        {"test-loss-teacher": 1, "test-gradient-teacher": 1, "test-gradient-targets": 1},
        "the loss at T = 2 and alpha = 1, of two rows, in the second of which b",
        ("temperature**2 * (np", "temperature * (np"),
    ),
    "loss: divided by T²": loss(
        {"test-loss-teacher": 1, "test-gradient-teacher": 1, "test-gradient-targets": 1},
        "the loss at T = 2 and alpha = 1, of two rows, in the second of which b",
        ("temperature**2 * (np", "temperature**-2 * (np"),
    ),
    "loss: the sum over the batch": loss(
        {
            "test-loss-teacher": 1,
            "test-loss-edges": 1,
            "test-gradient-teacher": 1,
            "test-gradient-targets": 1,
        },
        "the loss at T = 2 and alpha = 1, of two rows, in the second of which b",
        (".sum(axis=1).mean()", ".sum()"),
    ),
    "loss: the mean over the classes, too": loss(
        {
            "test-loss-teacher": 1,
            "test-loss-edges": 1,
            "test-gradient-teacher": 1,
            "test-gradient-targets": 1,
        },
        "the loss at T = 2 and alpha = 1, of two rows, in the second of which b",
        ("(log_q - log_p)).sum(axis=1).mean()", "(log_q - log_p)).mean()"),
    ),
    "loss: the cross-entropy with the teacher": loss(
        {"test-loss-teacher": 1, "test-loss-edges": 1},
        "the loss at T = 2 and alpha = 1, of two rows, in the second of which b",
        ("(log_q - log_p)", "-log_p"),
    ),
    "loss: the sign turned": loss(
        {
            "test-loss-teacher": 1,
            "test-loss-edges": 1,
            "test-gradient-teacher": 1,
            "test-gradient-targets": 1,
        },
        "the loss at T = 2 and alpha = 1, of two rows, in the second of which b",
        ("(log_q - log_p)", "(log_p - log_q)"),
    ),
    "loss: the teacher at temperature 1": loss(
        {"test-loss-teacher": 1, "test-gradient-teacher": 1, "test-gradient-targets": 1},
        "the loss at T = 2 and alpha = 1, of two rows, in the second of which b",
        ("logs(teacher / temperature)", "logs(teacher)"),
    ),
    "loss: the student at temperature 1": loss(
        {"test-loss-teacher": 1, "test-gradient-teacher": 1, "test-gradient-targets": 1},
        "the loss at T = 2 and alpha = 1, of two rows, in the second of which b",
        ("logs(student / temperature)", "logs(student)"),
    ),
    "loss: no temperature in the softmaxes": loss(
        {"test-loss-teacher": 1, "test-gradient-teacher": 1, "test-gradient-targets": 1},
        "the loss at T = 2 and alpha = 1, of two rows, in the second of which b",
        ("logs(student / temperature), logs(teacher / temperature)", "logs(student), logs(teacher)"),
    ),
    "loss: the teacher's likeliest class": loss(
        {
            "test-loss-teacher": 1,
            "test-loss-edges": 1,
            "test-gradient-teacher": 1,
            "test-gradient-targets": 1,
        },
        "the loss at T = 2 and alpha = 1, of two rows, in the second of which b",
        ("np.exp(log_q) * (log_q - log_p)", "np.eye(classes)[teacher.argmax(axis=1)] * -log_p"),
    ),
    "loss: squared differences": loss(
        {
            "test-loss-teacher": 1,
            "test-loss-edges": 1,
            "test-gradient-teacher": 1,
            "test-gradient-targets": 1,
        },
        "the loss at T = 2 and alpha = 1, of two rows, in the second of which b",
        ("np.exp(log_q) * (log_q - log_p)", "(np.exp(log_q) - np.exp(log_p)) ** 2"),
    ),
    "loss: the targets at T": loss(
        {"test-loss-targets": 1, "test-gradient-targets": 1},
        "the loss at T = 2 and alpha = 0: the targets' term is taken at tempera",
        ("logs(student), targets[:, None]", "logs(student / temperature), targets[:, None]"),
    ),
}
