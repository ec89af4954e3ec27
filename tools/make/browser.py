"""Find a browser that the browser tests can drive, or install one.

As root on Debian that is apt's chromium. Elsewhere it is Playwright's own, which lands inside .venv
(PLAYWRIGHT_BROWSERS_PATH=0). Runs with .venv's Python.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from common import apt_install, may_use_apt, stop
from playwright.sync_api import sync_playwright


def find():
    """Return the path of the machine's chromium or of Playwright's, or None."""
    if path := shutil.which("chromium"):
        return path
    os.environ["PLAYWRIGHT_BROWSERS_PATH"] = "0"
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def is_debian():
    """Return whether apt's chromium is a browser here; on Ubuntu it is an empty package."""
    release = Path("/etc/os-release")
    return release.exists() and "ID=debian" in release.read_text().splitlines()


def install():
    """Install a browser and return whether that went well."""
    root = may_use_apt()
    if root and is_debian():
        print("browser: installing Debian's chromium", flush=True)
        return apt_install("chromium")
    print("browser: installing Playwright's chromium into .venv", flush=True)
    command = [sys.executable, "-m", "playwright", "install", "chromium", *(["--with-deps"] if root else [])]
    return subprocess.run(command, env={**os.environ, "PLAYWRIGHT_BROWSERS_PATH": "0"}).returncode == 0


if __name__ == "__main__":
    if not find() and not (install() and find()):
        stop("no browser: install Chromium, so that the command chromium runs, and try again")
    print(f"browser: {find()}")
