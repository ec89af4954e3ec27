"""Values as JSON, there and back, with their exact types: the language of the judge and the student's kernel.

Encoded are None, bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, slice, Ellipsis,
NumPy arrays and scalars of number or bool dtype, and dense torch tensors. Instances of subclasses arrive as
the plain type. Any other object is handed to `keep`, which returns what stands for it.

Not handled here: who may send what, and what a reference means (`keep` and `resolve` decide). Nothing is
shared: a list that occurs twice arrives as two lists.
"""

from tools.grading.decoder import decode
from tools.grading.encoder import encode
from tools.grading.message import DTYPES, MAX_TEXT, TORCH_SIZES, WireError, dumps, loads

__all__ = ["DTYPES", "MAX_TEXT", "TORCH_SIZES", "WireError", "decode", "dumps", "encode", "loads"]
