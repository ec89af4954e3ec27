"""Make an environment from a lock, or leave it alone where it is up to date.

    python tools/make/environment.py .venv requirements.lock --editable
    python tools/make/environment.py .venv-book book.lock

An environment is made anew when the lock, the interpreter or the place of the checkout changed; the
package is installed again when pyproject.toml changed. Nothing is installed anywhere else.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from common import ROOT, program, stop


def digest(*parts):
    """Return one hash of texts and of the contents of files."""
    texts = [part.read_text(encoding="utf-8") if isinstance(part, Path) else str(part) for part in parts]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def call(*command, why):
    """Run a command; where it fails, end with one line after its own."""
    if subprocess.run(command, cwd=ROOT).returncode:
        stop(why)


def uv(environment):
    """Return the start of a uv command that installs into an environment."""
    tool = program("uv", environment)
    cache = Path(subprocess.run([tool, "cache", "dir"], capture_output=True, text=True).stdout.strip())
    cache.mkdir(parents=True, exist_ok=True)
    if cache.stat().st_dev != ROOT.stat().st_dev:  # links do not reach another file system
        os.environ.setdefault("UV_LINK_MODE", "copy")
    quiet = [] if sys.stderr.isatty() else ["--quiet"]  # a person sees bars, a log no list of 200 packages
    return [tool, "pip", "install", *quiet, "--python", program("python", environment), "--no-deps"]


def create(environment, lock):
    """Make the environment and install everything in the lock."""
    started = time.perf_counter()
    print(f"{environment}: making it from {lock.name}", flush=True)
    shutil.rmtree(ROOT / environment, ignore_errors=True)
    call(sys.executable, "-m", "venv", environment, why=f"{sys.executable} -m venv {environment} failed")
    version = re.search(r"^uv==\S+", lock.read_text(encoding="utf-8"), flags=re.MULTILINE).group()
    pip = [program("python", environment), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    call(*pip, version, why=f"pip could not install {version}: is there a network, or a proxy to name?")
    call(*uv(environment), "--requirements", str(lock), why=f"installing {lock.name} failed; try again")
    print(f"{environment}: made in {time.perf_counter() - started:.0f} s", flush=True)


def main():
    """Read the arguments and bring the environment up to date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("environment", help="folder, as .venv")
    parser.add_argument("lock", help="file of name==version lines")
    parser.add_argument("--editable", action="store_true", help="install this package too, from the checkout")
    arguments = parser.parse_args()
    lock, folder = ROOT / arguments.lock, ROOT / arguments.environment
    made, installed = folder / "made-from", folder / "installed-from"

    wanted = digest(lock, sys.version, str(ROOT))
    if not made.exists() or made.read_text() != wanted:
        create(arguments.environment, lock)
        made.write_text(wanted)
    wanted = digest(ROOT / "pyproject.toml")
    if arguments.editable and (not installed.exists() or installed.read_text() != wanted):
        command = [*uv(arguments.environment), "--no-build-isolation", "--editable", "."]
        call(*command, why="installing the package failed: see above")
        installed.write_text(wanted)


if __name__ == "__main__":
    main()
