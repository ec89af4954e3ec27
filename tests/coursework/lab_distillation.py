"""Wrong answers to the lab `distillation`, and the points that each must lose: data for the tests of labs.

Here those with a pencil and to task 5a. The others are in lab_distillation_softened.py,
lab_distillation_loss.py, lab_distillation_more_losses.py, lab_distillation_gradient.py,
lab_distillation_batches.py, lab_distillation_check.py and lab_distillation_more_checks.py.
"""

from lab_cases import Wrong
from lab_distillation_batches import KEEPING
from lab_distillation_check import CHECKS
from lab_distillation_gradient import GRADIENTS
from lab_distillation_loss import LOSSES
from lab_distillation_more_checks import MORE_CHECKS
from lab_distillation_more_losses import MORE_LOSSES
from lab_distillation_softened import SOFTENINGS
from lab_unet_sizes import planted

MENDED = """
def mended(X, y, teacher, X_test, y_test, *, temperature, alpha):
    classes, mean = teacher.shape[1], X.mean(axis=0)
    W, inputs = np.zeros((X.shape[1], classes)), X - mean
    for _ in range(20):
        z = inputs @ W
        soft = temperature * (shares(z / temperature) - shares(teacher / temperature))
        hard = shares(z) - np.eye(classes)[y]
        W = W - 0.5 * inputs.T @ (alpha * soft + (1 - alpha) * hard) / len(X)
    right = ((X_test - mean) @ W).argmax(axis=1) == y_test
    return {"weights": W, "teacher": teacher, "accuracy": float(right.mean())}
"""

mended = planted("mended", MENDED)

PENCIL = {
    "pencil: the quotient of the odds": Wrong(
        {"pencil": "def pencil():\n    return 16.0, 0.2\n"},
        {"test-pencil": 1},
        "the temperature divides the logits, and odds are powers of e by logits",
    ),
    "pencil: one in four": Wrong(
        {"pencil": "def pencil():\n    return 3.0, 0.25\n"},
        {"test-pencil": 1},
        "odds of a to 1 are a share of 1 in a + 1",
    ),
    "pencil: at temperature 1": Wrong(
        {"pencil": "def pencil():\n    return 3.0, 1 / 65\n"},
        {"test-pencil": 1},
        "this is the probability at temperature 1",
    ),
    "pencil: colder": Wrong(
        {"pencil": "def pencil():\n    return 1 / 3, 0.2\n"},
        {"test-pencil": 1},
        "to be less sure takes a temperature above 1",
    ),
    "pencil: the first class": Wrong(
        {"pencil": "def pencil():\n    return 3.0, 0.8\n"},
        {"test-pencil": 1},
        "the second class is the less likely one",
    ),
    "pencil: an int": Wrong(
        {"pencil": "def pencil():\n    return 3, 0.2\n"},
        {"test-pencil": 1},
        "the temperature must be a float, got int",
    ),
    "saved: float64": Wrong(
        {"saved": "def saved():\n    return 400_000_000, 540 / 105\n"},
        {"test-saved": 1},
        "a number of float32 takes 4 bytes",
    ),
    "saved: for each epoch": Wrong(
        {"saved": "def saved():\n    return 6_000_000_000, 540 / 105\n"},
        {"test-saved": 1},
        "the answers are kept once, not for each epoch",
    ),
    "saved: a class for each example": Wrong(
        {"saved": "def saved():\n    return 200_000, 540 / 105\n"},
        {"test-saved": 1},
        "bytes: 200000; it takes a number",
    ),
    "saved: a teacher that is never asked": Wrong(
        {"saved": "def saved():\n    return 200_000_000, 540 / 90\n"},
        {"test-saved": 1},
        "with kept answers the teacher is asked, too: once",
    ),
    "saved: no backward pass": Wrong(
        {"saved": "def saved():\n    return 200_000_000, 480 / 45\n"},
        {"test-saved": 1},
        "the student's backward pass is work, too",
    ),
    "saved: the number of epochs": Wrong(
        {"saved": "def saved():\n    return 200_000_000, 30.0\n"},
        {"test-saved": 1},
        "the student's own work stays as it is",
    ),
    "saved: turned round": Wrong(
        {"saved": "def saved():\n    return 200_000_000, 105 / 540\n"},
        {"test-saved": 1},
        "asking in every epoch is more work, not less",
    ),
}

HUNT = {
    "mended: the suspect itself": Wrong(
        {"mended": "def mended(*data, **options):\n    return suspect(*data, **options)\n"},
        {"test-mended": 1, "test-mended-teacher": 1},
        "six rows at alpha = 0: the weights[0, 0] is ",
    ),
    "mended: the test set's mean": mended(
        {"test-mended": 1, "test-mended-teacher": 1},
        "six rows at alpha = 0: the weights[0, 0] is -0.368302, but should be -",
        (
            "mean = teacher.shape[1], X.mean(axis=0)",
            "mean = teacher.shape[1], np.concatenate([X, X_test]).mean(axis=0)",
        ),
    ),
    "mended: no mean": mended(
        {"test-mended": 1, "test-mended-teacher": 1},
        "six rows at alpha = 0: the weights[0, 0] is -0.327023, but should be -",
        ("inputs = np.zeros((X.shape[1], classes)), X - mean", "inputs = np.zeros((X.shape[1], classes)), X"),
    ),
    "mended: no T": mended(
        {"test-mended-teacher": 1},
        "from T = 10⁴ to 2 · 10⁴ the weights at alpha = 1 change by the factor ",
        ("temperature * (shares(z", "(shares(z"),
    ),
    "mended: T²": mended(
        {"test-mended-teacher": 1},
        "at T = 10⁴ and alpha = 1 weights are not finite",
        ("temperature * (shares(z", "temperature**2 * (shares(z"),
    ),
    "mended: the shares turned": mended(
        {"test-mended": 1, "test-mended-teacher": 1},
        "six rows at alpha = 0: the weights[0, 0] is -0.148859, but should be -",
        ("alpha * soft + (1 - alpha) * hard", "alpha * hard + (1 - alpha) * soft"),
    ),
    "mended: the targets at T": mended(
        {"test-mended": 1, "test-mended-teacher": 1},
        "six rows at alpha = 0: the weights[0, 0] is -0.45712, but should be -0",
        ("shares(z) - np", "shares(z / temperature) - np"),
    ),
    "mended: the sum": mended(
        {"test-mended": 1, "test-mended-teacher": 1},
        "six rows at alpha = 0: the weights[0, 0] is -0.761285, but should be -",
        (" / len(X)", ""),
    ),
    "mended: the teacher at 1": mended(
        {"test-mended-teacher": 1},
        "at T = 10⁴ and alpha = 1 weights are not finite",
        ("shares(teacher / temperature)", "shares(teacher)"),
    ),
    "mended: the teacher without its means": mended(
        {"test-mended": 1, "test-mended-teacher": 1},
        "six rows at alpha = 0: the teacher's logits[0, 0] is -1.94402, but sho",
        ('"teacher": teacher,', '"teacher": teacher - teacher.mean(axis=1, keepdims=True),'),
    ),
    "mended: another mean for the test set": mended(
        {"test-mended": 1},
        "six rows at alpha = 0: the accuracy is 0, but should be 0.2",
        ("(X_test - mean)", "(X_test - X_test.mean(axis=0))"),
    ),
    "mended: 19 steps": mended(
        {"test-mended": 1, "test-mended-teacher": 1},
        "six rows at alpha = 0: the weights[0, 0] is -0.340774, but should be -",
        ("range(20)", "range(19)"),
    ),
    "mended: weights alone": mended(
        {"test-mended": 1, "test-mended-teacher": 1},
        "six rows at alpha = 0: mended must return weights, teacher, accuracy, ",
        ('return {"weights": W, "teacher": teacher, "accuracy": float(right.mean())}', "return W"),
    ),
    "mended: accuracy of the training set": mended(
        {"test-mended": 1},
        "six rows at alpha = 0: the accuracy is 0.83333333, but should be 0.2",
        ("((X_test - mean) @ W).argmax(axis=1) == y_test", "(inputs @ W).argmax(axis=1) == y"),
    ),
}

LOSS = LOSSES | MORE_LOSSES
WRONG = PENCIL | SOFTENINGS | LOSS | GRADIENTS | KEEPING | HUNT | CHECKS | MORE_CHECKS
