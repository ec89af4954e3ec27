"""Wrong answers to the lab `distillation`, on a softmax at a temperature. The others: lab_distillation.py."""

from lab_unet_sizes import planted

SOFTENED = """
def softened(logits, temperature):
    if not (temperature > 0 and math.isfinite(temperature)):
        raise ValueError(f"temperature must be a finite number above 0, got {temperature}")
    scaled = logits / temperature
    scaled = scaled - scaled.max(axis=-1, keepdims=True)
    powers = np.exp(scaled)
    return powers / powers.sum(axis=-1, keepdims=True)
"""

softened = planted("softened", SOFTENED)

SOFTENINGS = {
    "softened: the sums of columns": softened(
        {
            "test-softened": 1,
            "test-softened-edges": 1,
            "test-gradient-teacher": 1,
            "test-gradient-targets": 1,
            "test-gradient-edges": 1,
            "test-hot": 1,
        },
        "the softmax of two rows at temperature 1[0, 0] is 0.36, but should be ",
        ("powers.sum(axis=-1", "powers.sum(axis=0"),
    ),
    "softened: not divided": softened(
        {
            "test-softened": 1,
            "test-softened-edges": 1,
            "test-gradient-teacher": 1,
            "test-gradient-targets": 1,
            "test-gradient-edges": 1,
            "test-hot": 1,
        },
        "the softmax of two rows at temperature 1[0, 0] is 0.0625, but should b",
        ("return powers / powers.sum(axis=-1, keepdims=True)", "return powers"),
    ),
    "softened: one sum for all": softened(
        {
            "test-softened": 1,
            "test-softened-edges": 1,
            "test-gradient-teacher": 1,
            "test-gradient-targets": 1,
            "test-gradient-edges": 1,
            "test-hot": 1,
        },
        "the softmax of two rows at temperature 1[0, 0] is 0.0246575, but shoul",
        ("powers.sum(axis=-1, keepdims=True)", "powers.sum()"),
    ),
    "softened: times the temperature": softened(
        {
            "test-softened": 1,
            "test-softened-edges": 1,
            "test-gradient-teacher": 1,
            "test-gradient-targets": 1,
            "test-hot": 1,
        },
        "the softmax of two rows at temperature 2: divide by the temperature, d",
        ("logits / temperature", "logits * temperature"),
    ),
    "softened: no temperature": softened(
        {
            "test-softened": 1,
            "test-softened-edges": 1,
            "test-gradient-teacher": 1,
            "test-gradient-targets": 1,
            "test-hot": 1,
        },
        "the softmax of two rows at temperature 2: the temperature changes noth",
        ("logits / temperature", "logits"),
    ),
    "softened: the softmax over the temperature": softened(
        {
            "test-softened": 1,
            "test-softened-edges": 1,
            "test-gradient-teacher": 1,
            "test-gradient-targets": 1,
            "test-hot": 1,
        },
        "the softmax of two rows at temperature 2: divide the logits by the tem",
        ("logits / temperature", "logits"),
        ("return powers / powers", "return powers / temperature / powers"),
    ),
    "softened: the root of T": softened(
        {
            "test-softened": 1,
            "test-softened-edges": 1,
            "test-gradient-teacher": 1,
            "test-gradient-targets": 1,
            "test-hot": 1,
        },
        "the softmax of two rows at temperature 2[0, 0] is 0.0928666, but shoul",
        ("logits / temperature", "logits / math.sqrt(temperature)"),
    ),
    "softened: the mean of the rows first": softened(
        {"test-softened": 1, "test-softened-edges": 1},
        "the softmax of shape (2, 1, 2) at temperature 3 must have shape (2, 1,",
        ("scaled = logits / temperature", "scaled = logits.reshape(-1, logits.shape[-1]) / temperature"),
    ),
    "softened: the largest not taken off": softened(
        {"test-softened-edges": 1, "test-gradient-edges": 1},
        "the softmax for logits of 10000: some are NaN; infinite powers?",
        ("    scaled = scaled - scaled.max(axis=-1, keepdims=True)\n", ""),
    ),
    "softened: the mean taken off": softened(
        {"test-softened-edges": 1, "test-gradient-edges": 1},
        "the softmax for logits of 10000: some are NaN; infinite powers?",
        ("scaled.max(", "scaled.mean("),
    ),
    "softened: the largest of all rows taken off": softened(
        {"test-softened-edges": 1, "test-gradient-edges": 1},
        "the softmax for logits near -10000 at temperature 0.001[0, 0] is nan, ",
        ("scaled.max(axis=-1, keepdims=True)", "scaled.max()"),
    ),
    "softened: clipped": softened(
        {"test-softened-edges": 1, "test-gradient-edges": 1},
        "the softmax for a temperature of 0.001[0] is 0.333333, but should be 0",
        ("scaled = scaled - scaled.max(axis=-1, keepdims=True)", "scaled = np.clip(scaled, -30, 30)"),
    ),
    "softened: a little added to the sum": softened(
        {
            "test-softened": 1,
            "test-softened-edges": 1,
            "test-gradient-teacher": 1,
            "test-gradient-targets": 1,
            "test-gradient-edges": 1,
        },
        "the softmax of two rows at temperature 1[0, 0] is 0.0476190113378961, ",
        ("powers.sum(axis=-1, keepdims=True)", "(powers.sum(axis=-1, keepdims=True) + 1e-6)"),
    ),
    "softened: logarithms": softened(
        {
            "test-softened": 1,
            "test-softened-edges": 1,
            "test-gradient-teacher": 1,
            "test-gradient-targets": 1,
            "test-gradient-edges": 1,
            "test-hot": 1,
        },
        "the softmax of two rows at temperature 1: these are logarithms",
        (
            "return powers / powers.sum(axis=-1, keepdims=True)",
            "return np.log(powers / powers.sum(axis=-1, keepdims=True))",
        ),
    ),
    "softened: in place": softened(
        {
            "test-softened": 1,
            "test-softened-edges": 1,
            "test-gradient-teacher": 1,
            "test-gradient-targets": 1,
            "test-hot": 1,
        },
        "softened changed an array that it was given: work on a copy",
        ("scaled = logits / temperature", "scaled = logits\n    scaled /= temperature"),
    ),
    "softened: float32": softened(
        {
            "test-softened": 1,
            "test-softened-edges": 1,
            "test-softened-errors": 1,
            "test-gradient-targets": 1,
            "test-gradient-edges": 1,
            "test-hot": 1,
        },
        "the softmax of two rows at temperature 1 must be of float64, got float",
        (
            "return powers / powers.sum(axis=-1, keepdims=True)",
            "return (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)",
        ),
    ),
    "softened: any temperature": softened(
        {"test-softened-errors": 1},
        "a temperature of 0.0 must end in a ValueError, got a result",
        ("if not (temperature > 0 and math.isfinite(temperature)):", "if False:"),
    ),
    "softened: 0 is a temperature": softened(
        {"test-softened-errors": 1},
        "a temperature of 0.0 must end in a ValueError, got a result",
        ("temperature > 0 and", "temperature >= 0 and"),
    ),
    "softened: infinity is a temperature": softened(
        {"test-softened-errors": 1},
        "a temperature of inf must end in a ValueError, got a result",
        ("not (temperature > 0 and math.isfinite(temperature))", "not temperature > 0"),
    ),
    "softened: NaN is a temperature": softened(
        {"test-softened-errors": 1},
        "a temperature of nan must end in a ValueError, got a result",
        (
            "not (temperature > 0 and math.isfinite(temperature))",
            "temperature <= 0 or temperature == math.inf",
        ),
    ),
    "softened: an assertion": softened(
        {"test-softened-errors": 1},
        "a temperature of 0.0 must end in a ValueError, got AssertionError('tem",
        (
            'raise ValueError(f"temperature must be a finite number above 0, got {temperature}")',
            ('raise AssertionError(f"temperature must be a finite number above 0, got {temperature}")'),
        ),
    ),
    "softened: a message without the value": softened(
        {"test-softened-errors": 1},
        "a temperature of 0.0: the message of the ValueError must hold '0.0', g",
        (", got {temperature}", ""),
    ),
    "softened: floats alone": softened(
        {"test-softened": 1, "test-softened-errors": 1},
        "ValueError: temperature must be a finite number above 0, got 20",
        ("if not (temperature > 0 and", "if not (type(temperature) is float and temperature > 0 and"),
    ),
}
