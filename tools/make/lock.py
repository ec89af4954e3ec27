"""Bring requirements.lock and book.lock in step with pyproject.toml: python tools/make/lock.py [--upgrade]

What a lock holds already stays as it is, unless --upgrade asks for the newest versions. The book's lock
takes the versions of the other one, so that pages look the same wherever they are built.
"""

import subprocess
import sys

from common import ROOT, program, stop

COMPILE = [program("uv"), "pip", "compile", "--quiet", "--universal", "--no-annotate", "--no-header"]
OVERRIDES = ["--override", "tools/make/overrides.txt"]
EVERYTHING = [*OVERRIDES, "--all-extras", "--group", "dev", "--group", "book", "pyproject.toml"]
BOOK = ["--group", "pyproject.toml:book", "--constraints", "requirements.lock"]


def main():
    """Compile both locks with the arguments that were given."""
    for lock, sources in (("requirements.lock", EVERYTHING), ("book.lock", BOOK)):
        print(f"{lock}: compiling", flush=True)
        command = [*COMPILE, *sys.argv[1:], "--output-file", lock, *sources]
        if subprocess.run(command, cwd=ROOT).returncode:
            stop(f"{lock} was not written: the conflict is shown above")


if __name__ == "__main__":
    main()
