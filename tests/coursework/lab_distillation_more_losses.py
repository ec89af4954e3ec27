"""More wrong losses for the lab `distillation`. The others: lab_distillation.py."""

from lab_distillation_loss import loss

MORE_LOSSES = {
    "loss: T² on both": loss(
        {"test-loss-targets": 1, "test-gradient-targets": 1},
        "the loss at T = 2 and alpha = 0: T² belongs to the teacher's term alon",
        ("(1 - alpha) * hard", "(1 - alpha) * temperature**2 * hard"),
    ),
    "loss: the shares turned": loss(
        {
            "test-loss-teacher": 1,
            "test-loss-targets": 1,
            "test-loss-edges": 1,
            "test-gradient-teacher": 1,
            "test-gradient-targets": 1,
        },
        "the loss at T = 2 and alpha = 1, of two rows, in the second of which b",
        ("alpha * soft + (1 - alpha) * hard", "(1 - alpha) * soft + alpha * hard"),
    ),
    "loss: the targets in full": loss(
        {
            "test-loss-teacher": 1,
            "test-loss-edges": 1,
            "test-gradient-teacher": 1,
            "test-gradient-targets": 1,
        },
        "the loss at T = 2 and alpha = 1, of two rows, in the second of which b",
        ("(1 - alpha) * hard", "hard"),
    ),
    "loss: the teacher's targets": loss(
        {"test-loss-targets": 1, "test-loss-edges": 1, "test-gradient-targets": 1},
        "the loss at T = 2 and alpha = 0 is 1.7005987, but should be 0.54930614",
        ("targets[:, None], axis=1).mean()", "teacher.argmax(axis=1)[:, None], axis=1).mean()"),
    ),
    "loss: the sum of the targets' terms": loss(
        {"test-loss-targets": 1, "test-loss-edges": 1, "test-gradient-targets": 1},
        "the loss at T = 2 and alpha = 0: the mean over the batch, not the sum",
        ("targets[:, None], axis=1).mean()", "targets[:, None], axis=1).sum()"),
    ),
    "loss: the probability, not its logarithm": loss(
        {"test-loss-targets": 1, "test-loss-edges": 1, "test-gradient-targets": 1},
        "the loss at T = 2 and alpha = 0 is -0.58333333, but should be 0.549306",
        ("hard = -np.take_along_axis(logs(student)", "hard = -np.take_along_axis(np.exp(logs(student))"),
    ),
    "loss: logarithms of a softmax": loss(
        {"test-loss-edges": 1},
        "logits of ±1000 at alpha = 1 give nan",
        (
            (
                "z = z - z.max(axis=1, keepdims=True)\n        return z - "
                "np.log(np.exp(z).sum(axis=1, keepdims=True))"
            ),
            (
                "p = np.exp(z - z.max(axis=1, keepdims=True))\n        return np.log(p "
                "/ p.sum(axis=1, keepdims=True))"
            ),
        ),
    ),
    "loss: a little added in the logarithm": loss(
        {"test-loss-edges": 1},
        "the loss for logits of ±1000 at alpha = 1 is 27.631021, but should be ",
        (
            (
                "z = z - z.max(axis=1, keepdims=True)\n        return z - "
                "np.log(np.exp(z).sum(axis=1, keepdims=True))"
            ),
            (
                "p = np.exp(z - z.max(axis=1, keepdims=True))\n        return np.log(p "
                "/ p.sum(axis=1, keepdims=True) + 1e-12)"
            ),
        ),
    ),
    "loss: the largest not taken off": loss(
        {"test-loss-edges": 1},
        "logits of ±1000 at alpha = 1 give nan",
        ("        z = z - z.max(axis=1, keepdims=True)\n", ""),
    ),
    "loss: a number of NumPy": loss(
        {
            "test-loss-teacher": 1,
            "test-loss-targets": 1,
            "test-loss-edges": 1,
            "test-loss-errors": 1,
            "test-gradient-teacher": 1,
            "test-gradient-targets": 1,
        },
        "distillation_loss must return a float, got float64: float(…) makes one",
        ("return float(alpha * soft + (1 - alpha) * hard)", "return alpha * soft + (1 - alpha) * hard"),
    ),
    "loss: any alpha": loss(
        {"test-loss-errors": 1},
        "an alpha of -0.5 must end in a ValueError, got a result",
        ("not 0 <= alpha <= 1", "False"),
    ),
    "loss: alpha between 0 and 1 alone": loss(
        {
            "test-loss-teacher": 1,
            "test-loss-targets": 1,
            "test-loss-edges": 1,
            "test-loss-errors": 1,
            "test-gradient-teacher": 1,
            "test-gradient-targets": 1,
        },
        "ValueError: alpha must be a number from 0 to 1, got 1.0",
        ("not 0 <= alpha <= 1", "not 0 < alpha < 1"),
    ),
    "loss: NaN is an alpha": loss(
        {"test-loss-errors": 1},
        "an alpha of nan must end in a ValueError, got a result",
        ("not 0 <= alpha <= 1", "alpha < 0 or alpha > 1"),
    ),
    "loss: shapes that broadcast": loss(
        {"test-loss-errors": 1},
        "a teacher of shape (1, 4) must end in a ValueError, got a result",
        ("student.shape != teacher.shape", "student.shape[1:] != teacher.shape[1:]"),
    ),
    "loss: targets from the end": loss(
        {"test-loss-errors": 1},
        "a target of -1, of three classes must end in a ValueError, got a resul",
        ("not 0 <= target < classes", "target >= classes"),
    ),
    "loss: an IndexError for a target": loss(
        {"test-loss-errors": 1},
        "a target of 3, of three classes must end in a ValueError, got IndexErr",
        ("not 0 <= target < classes", "target < 0"),
    ),
    "loss: any temperature": loss(
        {"test-loss-errors": 1},
        "a temperature of 0.0 must end in a ValueError, got a result",
        ("not (temperature > 0 and math.isfinite(temperature))", "False"),
    ),
    "loss: targets do not name what is wrong": loss(
        {"test-loss-errors": 1},
        "a target of 3, of three classes: the message of the ValueError must ho",
        (", got {target}", ""),
    ),
}
