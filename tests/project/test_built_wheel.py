"""The built wheel, installed into an empty environment, works from an empty folder and holds its data."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEEDED = (
    "numpy",
    "jaxtyping",
    "wadler-lindig",
)  # the package's run-time dependencies and theirs
TRAIN = """
import os, sys
from pathlib import Path
import numpy as np
import d2lmodels
from d2lmodels import Tensor
from d2lmodels.autograd import cross_entropy
from d2lmodels.data import load_digits

assert Path(d2lmodels.__file__).is_relative_to(sys.prefix), d2lmodels.__file__
assert d2lmodels.__version__ == os.environ["VERSION"]
X_train, y_train, X_test, y_test = load_digits()
rng = np.random.default_rng(0)
W = Tensor(np.zeros((784, 10)), requires_grad=True)
for step in range(100):
    rows = rng.integers(len(X_train), size=64)
    loss = cross_entropy(Tensor(X_train[rows]) @ W, y_train[rows])
    W.grad = None
    loss.backward()
    W.data -= 0.5 * W.grad
accuracy = ((X_test @ W.data).argmax(axis=1) == y_test).mean()
assert accuracy > 0.7, accuracy
print("torch" in sys.modules, accuracy)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Return the path of a wheel built from this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    uv(
        "build",
        "--quiet",
        "--wheel",
        "--no-build-isolation",
        "--python",
        sys.executable,
        "--out-dir",
        str(folder),
    )
    (path,) = folder.glob("*.whl")
    return path


def uv(*arguments):
    """Run uv in the checkout; raises with its output where it fails."""
    command = [str(Path(sys.executable).with_name("uv")), *arguments]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_the_wheel_holds_every_file_of_the_package_and_no_other(wheel):
    command = [
        "git",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "d2lmodels",
    ]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if result.returncode:
        pytest.skip("not a git checkout")
    tracked = {name for name in result.stdout.split("\0") if name and (ROOT / name).is_file()}
    names = zipfile.ZipFile(wheel).namelist()
    assert {name for name in names if ".dist-info/" not in name} == tracked
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_imports_fetches_and_trains_from_an_empty_folder(wheel, tmp_path):
    environment, empty = tmp_path / "environment", tmp_path / "empty"
    empty.mkdir()
    subprocess.run(
        [sys.executable, "-m", "venv", str(environment)], check=True
    )  # with pip, which fetches data
    python = str(environment / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    lines = [line for name in NEEDED for line in re.findall(rf"^{name}==.*$", lock, flags=re.MULTILINE)]
    (tmp_path / "needed.txt").write_text("\n".join(lines))
    install = ["pip", "install", "--quiet", "--no-deps", "--python", python]
    try:
        uv(*install, "--offline", "--requirements", str(tmp_path / "needed.txt"))  # they are in uv's cache
    except AssertionError:
        uv(*install, "--requirements", str(tmp_path / "needed.txt"))
    uv(*install, str(wheel))
    uv("pip", "check", "--quiet", "--python", python)
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    variables["VERSION"] = wheel.name.split("-")[1]
    result = subprocess.run([python, "-c", TRAIN], cwd=empty, env=variables, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("False")  # torch was not imported; it is not even there
    assert list(empty.iterdir()) == []
