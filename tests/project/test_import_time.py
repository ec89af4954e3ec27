"""`import d2lmodels` is light: a reader's first cell must not wait for what it does not use."""

import subprocess
import sys

import pytest

MOST_SECONDS = 0.2
PROBE = """
import sys, time
started = time.perf_counter()
import d2lmodels
print(time.perf_counter() - started, "torch" in sys.modules)
"""


@pytest.fixture(scope="module")
def probes():
    """Return (seconds, torch imported) of several fresh interpreters."""
    runs = [subprocess.check_output([sys.executable, "-c", PROBE], text=True).split() for _ in range(5)]
    return [(float(seconds), torch == "True") for seconds, torch in runs]


def test_import_takes_less_than_a_fifth_of_a_second(probes):
    assert min(seconds for seconds, _ in probes) < MOST_SECONDS


def test_import_leaves_torch_alone(probes):
    assert not any(torch for _, torch in probes)


def test_autograd_and_data_leave_torch_alone():
    code = "import sys, d2lmodels.autograd, d2lmodels.data, d2lmodels.device; print('torch' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"
