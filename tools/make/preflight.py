"""Print the one thing that keeps the Makefile from working, or nothing. Runs on any Python from 3.6."""

import shutil
import sys


def problem():
    """Return one line that says what is missing and what to do about it, or an empty string."""
    if sys.version_info < (3, 11):  # noqa: UP036  an older Python gets here and must be told
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        return f"Python {version} is too old: install 3.11 or later and name it: make PYTHON=python3.13 book"
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return "this Python cannot make environments: install its venv (Debian: apt install python3-venv)"
    if shutil.which("git") is None:
        return "git is missing: install it (Debian: apt install git; macOS: xcode-select --install)"
    return ""


if __name__ == "__main__":
    print(problem())
