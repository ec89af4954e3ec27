"""Execute every notebook as Colab would: python tools/make/colab.py

Makes an environment in _build/colab with the versions that Colab has (colab.txt), installs the built
wheel into it, not editable, and what the notebooks list as colab_extra without dependencies, and fails
where that changed a package that was there before. Then executes each notebook from an empty folder.
It does not run the Colab cell itself, which wants a published release, and Colab's Python is 3.13
whatever runs this. Runs with .venv's Python.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from common import ROOT, program, stop
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

FOLDER = ROOT / "_build" / "colab"
ENVIRONMENT = "_build/colab/environment"
PYTHON = program("python", ENVIRONMENT)
NOTEBOOKS = sorted(ROOT.glob("notebooks/*/*.ipynb"))
QUIET = [] if sys.stderr.isatty() else ["--quiet"]
CELL_TIMEOUT = 1200  # seconds


def uv(*arguments):
    """Run a uv command and return what it printed; end with one line where it fails."""
    result = subprocess.run([program("uv"), *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if result.returncode:
        stop(f"uv {' '.join(arguments[:2])} failed: see above")
    return result.stdout


def installed():
    """Return the environment's packages, name → version."""
    rows = json.loads(uv("pip", "list", "--quiet", "--format", "json", "--python", PYTHON))
    return {row["name"]: row["version"] for row in rows}


def changed(before, after):
    """Return one line for each package of `before` that `after` has no more, or in another version."""
    return [
        f"{name}: Colab's {version} became {after.get(name, 'absent')}"
        for name, version in before.items()
        if after.get(name) != version
    ]


def extras():
    """Return what the notebooks list as colab_extra, each once."""
    facts = [json.loads(path.read_text("utf-8"))["metadata"].get("d2lmodels", {}) for path in NOTEBOOKS]
    return sorted({requirement for fact in facts for requirement in fact.get("colab_extra", [])})


def kernel(folder, python):
    """Return the manager of a kernel that runs a given Python, whatever kernels the machine knows of."""
    specification = Path(folder) / "chosen" / "kernel.json"
    specification.parent.mkdir()
    arguments = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    content = {"argv": arguments, "display_name": "chosen", "language": "python"}
    specification.write_text(json.dumps(content), encoding="utf-8")
    specifications = KernelSpecManager(kernel_dirs=[str(folder)])
    return AsyncKernelManager(kernel_name="chosen", kernel_spec_manager=specifications)


def execute(path, *, python):
    """Execute a notebook in memory, from an empty folder; return what went wrong, or an empty string."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    variables["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # a note of the debugger's, of no use here
    with tempfile.TemporaryDirectory() as specifications, tempfile.TemporaryDirectory() as empty:
        client = NotebookClient(
            nbformat.read(path, as_version=4),
            km=kernel(specifications, python),
            timeout=CELL_TIMEOUT,
            resources={"metadata": {"path": empty}},
        )
        try:
            client.execute(env=variables, cleanup_kc=True)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as problem:
            return str(problem)
    return ""


def install():
    """Make the environment, install the wheel and the extras, and end where that changed a package."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    options = ["--no-build-isolation", "--python", sys.executable, "--out-dir", str(FOLDER / "dist")]
    uv("build", "--quiet", "--wheel", *options)
    uv("venv", "--quiet", "--python", sys.executable, ENVIRONMENT)
    command = ["pip", "install", *QUIET, "--python", PYTHON]
    uv(*command, "--requirements", "tools/make/colab.txt")
    before = installed()
    for line in (ROOT / "tools" / "make" / "colab.txt").read_text("utf-8").splitlines():
        name, _, version = line.partition("==")
        if version and before.get(name) != version:
            stop(f"the environment is not Colab's: {name} is {before.get(name)}, wanted {version}")
    uv(*command, *(str(path) for path in (FOLDER / "dist").glob("*.whl")))
    if extras():
        uv(*command, "--no-deps", *extras())
    differences = changed(before, installed())
    if differences:
        stop("installing d2lmodels changes what Colab has\n" + "\n".join(differences))


def main():
    """Install as in Colab, execute every notebook, and exit 1 where one failed."""
    print("colab-check: making _build/colab with the versions of tools/make/colab.txt", flush=True)
    started = time.perf_counter()
    install()
    seconds = time.perf_counter() - started
    print(f"colab-check: nothing that Colab has was changed ({seconds:.0f} s)", flush=True)
    failures = 0
    for path in NOTEBOOKS:
        started = time.perf_counter()
        problem = execute(path, python=PYTHON)
        seconds = time.perf_counter() - started
        print(f"{path.stem}: {problem or 'ok'} ({seconds:.1f} s)", flush=True)
        failures += bool(problem)
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
