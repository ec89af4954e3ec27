"""What a message between the judge and the student's kernel may hold, and how it is written and read as text.

Not here: what its parts mean (encoder.py, decoder.py).
"""

import json

MAX_TEXT = 64 * 2**20  # characters of a message
MAX_BYTES = 44 * 2**20  # of the arrays, texts and bytes in it: base64 makes four of three
MAX_NODES = 400_000  # values in a message, those inside containers counted
MAX_KEYS = 20_000  # keys and set members that are no strings: their hashes can be made to collide
MAX_DEPTH = 60

DTYPES = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
DTYPES += ("float16", "float32", "float64", "complex64", "complex128")
TORCH_SIZES = {
    "bool": 1,
    "uint8": 1,
    "int8": 1,
    "int16": 2,
    "int32": 4,
    "int64": 8,
    "float16": 2,
    "bfloat16": 2,
}
TORCH_SIZES |= {"float32": 4, "float64": 8, "complex64": 8, "complex128": 16}


class WireError(Exception):
    """A value that cannot be sent, or a message that cannot be read."""


def dumps(data) -> str:
    """Write encoded data as one line of ASCII."""
    try:
        text = json.dumps(data, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as problem:
        raise WireError(f"cannot be written as JSON: {problem}") from None
    if len(text) > MAX_TEXT:
        raise WireError(f"too large: {len(text):,} characters, at most {MAX_TEXT:,}")
    return text


def loads(text: str):
    """Read JSON that anyone may have written: bounded in length, in the number of values and in depth."""
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        raise WireError("no text, or too long")
    if text.count(",") + text.count("[") + text.count("{") > 2 * MAX_NODES:
        raise WireError("too many values")
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise WireError("no JSON") from None


def _refuse(name):
    raise ValueError(name)


class Budget:
    """What one message may still hold."""

    def __init__(self):
        self.nodes, self.bytes, self.keys, self.depth = MAX_NODES, MAX_BYTES, MAX_KEYS, 0

    def spend(self, *, nodes: int = 0, size: int = 0, keys: int = 0) -> None:
        self.nodes, self.bytes, self.keys = self.nodes - nodes, self.bytes - size, self.keys - keys
        if self.nodes < 0:
            raise WireError(f"too many values: at most {MAX_NODES:,}")
        if self.bytes < 0:
            raise WireError(f"too large: at most {MAX_BYTES:,} bytes")
        if self.keys < 0:
            raise WireError(f"too many keys that are no strings: at most {MAX_KEYS:,}")

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise WireError(f"nested too deeply, or contains itself: at most {MAX_DEPTH} levels")


def text_of(data, *, limit: int = MAX_TEXT) -> str:
    if type(data) is not str or len(data) > limit:
        raise WireError("a text was expected")
    return data
