"""What the tests of kernels and sandboxes share: which need a sandbox, and limits that are soon reached."""

import pytest

from tools.grading import sandbox
from tools.grading.limits import MIB, Limits

needs_sandbox = pytest.mark.skipif(bool(sandbox.unavailable()), reason=str(sandbox.unavailable()))
SMALL = Limits(memory=256 * MIB, processes=64, output_bytes=MIB // 4, message_bytes=4 * MIB)
