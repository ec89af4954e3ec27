"""What encoder.py wrote as values again, where anyone may have written it.

It raises WireError for what it cannot read, allocates no more than a small multiple of the message, and
imports nothing but numpy and torch.
"""

import base64
import re
import struct
from typing import ClassVar

from tools.grading.message import DTYPES, TORCH_SIZES, Budget, WireError, text_of


def decode(data, *, resolve):
    """Turn what `encode` returned back into a value; `resolve(reference)` is what a reference stands for.

    >>> decode({"tuple": [1, 2.5, {"set": ["a"]}]}, resolve=None)
    (1, 2.5, {'a'})
    """
    return Decoder(resolve).decode(data)


class Decoder(Budget):
    def __init__(self, resolve):
        super().__init__()
        self.resolve = resolve

    def decode(self, data):
        self.spend(nodes=1)
        if data is None or type(data) in (bool, int, float, str):
            return data
        self.deeper()
        if type(data) is list:
            value = [self.decode(item) for item in data]
        elif type(data) is dict and len(data) <= 3 and all(type(key) is str for key in data):
            reader = self.READERS.get(tuple(sorted(data)))
            if reader is None:
                raise WireError("an unknown kind of value")
            value = reader(self, data)
        else:
            raise WireError("an unknown kind of value")
        self.depth -= 1
        return value

    def raw(self, data, *, expected: int | None = None) -> bytes:
        """The bytes behind base64; their number is checked before any is made."""
        text = text_of(data)
        if expected is not None and len(text) != 4 * ((expected + 2) // 3):
            raise WireError("bytes that do not fit the shape")
        try:
            found = base64.b64decode(text.encode("ascii"), validate=True)
        except ValueError:
            raise WireError("no base64") from None
        if expected is not None and len(found) != expected:
            raise WireError("bytes that do not fit the shape")
        return found

    def items(self, data, *, length: int | None = None) -> list:
        if type(data) is not list or (length is not None and len(data) != length):
            raise WireError("a list was expected, or one of another length")
        return [self.decode(item) for item in data]

    def hashable(self, keys: list) -> list:
        self.spend(keys=sum(type(key) is not str for key in keys))
        try:
            for key in keys:
                hash(key)
        except TypeError:
            raise WireError("a key that cannot be one") from None
        return keys

    def read_str(self, data):
        try:
            return self.raw(data["str"]).decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise WireError("no UTF-8") from None

    def read_int(self, data):
        if not re.fullmatch("-?[0-9a-f]+", text_of(data["int"])):
            raise WireError("no integer")
        return int(data["int"], 16)

    def read_float(self, data):
        if not re.fullmatch("[0-9a-f]{16}", text_of(data["float"])):
            raise WireError("no float")
        return struct.unpack(">d", bytes.fromhex(data["float"]))[0]

    def read_complex(self, data):
        parts = self.items(data["complex"], length=2)
        if not all(type(part) is float for part in parts):
            raise WireError("no complex number")
        return complex(*parts)

    def read_dict(self, data):
        if type(data["dict"]) is not list:
            raise WireError("no dict")
        pairs = [self.items(pair, length=2) for pair in data["dict"]]
        return dict(zip(self.hashable([key for key, _ in pairs]), [item for _, item in pairs]))

    def read_slice(self, data):
        return slice(*self.items(data["slice"], length=3))

    def shape(self, data, size: int) -> tuple[tuple[int, ...], int]:
        """A shape and its number of bytes, in Python's integers, which do not overflow."""
        if type(data) is not list or len(data) > 32:
            raise WireError("no shape")
        total = size
        for length in data:
            if type(length) is not int or not 0 <= length < 2**31:
                raise WireError("no shape")
            total *= length
        return tuple(data), total

    def read_array(self, data):
        if text_of(data["array"]) not in DTYPES:
            raise WireError("an array of a dtype that is not sent")
        import numpy

        dtype = numpy.dtype(data["array"])
        shape, expected = self.shape(data["shape"], dtype.itemsize)
        content = self.truths(data["array"], self.raw(data["bytes"], expected=expected))
        try:
            return numpy.frombuffer(content, dtype.newbyteorder("<")).astype(dtype).reshape(shape)
        except ValueError:  # such as (0, 2**30, 2**30, 2**30)
            raise WireError("no shape") from None

    def read_scalar(self, data):
        return self.read_array({"array": data["scalar"], "shape": [], "bytes": data["bytes"]})[()]

    def read_tensor(self, data):
        size = TORCH_SIZES.get(text_of(data["tensor"]))
        if size is None:
            raise WireError("a tensor of a dtype that is not sent")
        shape, expected = self.shape(data["shape"], size)
        content = self.truths(data["tensor"], self.raw(data["bytes"], expected=expected))
        try:
            import torch

            dtype = getattr(torch, data["tensor"])
            if not content:
                return torch.empty(shape, dtype=dtype)
            return torch.frombuffer(bytearray(content), dtype=dtype).reshape(shape)
        except (ImportError, RuntimeError, ValueError) as problem:
            raise WireError(f"no tensor: {problem}") from None

    def truths(self, name: str, content: bytes) -> bytes:
        """A bool other than 0 and 1 is neither true nor false to all of NumPy."""
        if name == "bool" and content.translate(None, b"\0\1"):
            raise WireError("bools that are neither true nor false")
        return content

    def read_reference(self, data):
        handle, name = data.get("object", 0), data.get("type", data.get("given", ""))
        if type(handle) is not int or not 0 <= handle < 2**53:
            raise WireError("no object's number")
        text_of(name, limit=200)
        return self.resolve(data)

    def read_ellipsis(self, data):
        return Ellipsis

    READERS: ClassVar = {
        ("str",): read_str,
        ("int",): read_int,
        ("float",): read_float,
        ("complex",): read_complex,
        ("bytes",): lambda self, data: self.raw(data["bytes"]),
        ("tuple",): lambda self, data: tuple(self.items(data["tuple"])),
        ("dict",): read_dict,
        ("set",): lambda self, data: set(self.hashable(self.items(data["set"]))),
        ("frozenset",): lambda self, data: frozenset(self.hashable(self.items(data["frozenset"]))),
        ("slice",): read_slice,
        ("ellipsis",): read_ellipsis,
        ("array", "bytes", "shape"): read_array,
        ("bytes", "scalar"): read_scalar,
        ("bytes", "shape", "tensor"): read_tensor,
        ("object", "type"): read_reference,
        ("given",): read_reference,
    }
