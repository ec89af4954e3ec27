"""What the scripts behind the Makefile share.

They run before there is an environment, so they use the standard library alone. This module does not
know what any target does.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COUNTS = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed|warnings?|deselected)")


def program(name, environment=".venv"):
    """Return the path of a program in one of the environments, on any platform."""
    folder, suffix = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")
    return str(ROOT / environment / folder / (name + suffix))


def stop(message):
    """End with one line that says what to do."""
    sys.exit(f"error: {message}")


def may_use_apt():
    """Return whether packages of the system can be installed: as root, where apt is."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(package):
    """Install a package of the system and return whether that went well."""
    subprocess.run(["apt-get", "update", "--quiet=2"])
    command = ["apt-get", "install", "--yes", "--quiet=2", "--no-install-recommends", package]
    return subprocess.run(command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}).returncode == 0


def notebook(name):
    """Return the path of the notebook that is called `name`, or end with the names there are."""
    paths = {path.stem: path for path in sorted(ROOT.glob("notebooks/*/*.ipynb"))}
    if name not in paths:
        stop(f"C={name!r} is no notebook; name one of: {', '.join(paths) or '(there is none yet)'}")
    return paths[name]


def stream(command, environment=None):
    """Run a command, show its output as it comes, and return its exit status and its last summary line."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        bufsize=1,
    )
    summary = ""
    for line in process.stdout:
        print(line, end="", flush=True)
        if re.search(r" in \d+\.\d+s", line) and COUNTS.search(line):
            summary = line
    return process.wait(), summary


def run_steps(steps, *, keep_going=False):
    """Run (title, command) pairs with their times shown, and end like pytest: with one line of counts.

    keep_going: run the later steps after a failure too. Exits 1 where a step failed.
    """
    started, counts, table = time.perf_counter(), {}, []
    for number, (title, command) in enumerate(steps, start=1):
        shown = " ".join(part.replace(str(ROOT) + os.sep, "") for part in command)
        print(f"\n[{number}/{len(steps)}] {title}: {shown}", flush=True)
        begun = time.perf_counter()
        status, summary = stream(command)
        for count, kind in COUNTS.findall(summary):
            kind = kind if kind.endswith("ed") else kind.rstrip("s")
            counts[kind] = counts.get(kind, 0) + int(count)
        if status and not re.search(r"failed|error", summary):
            counts["error"] = counts.get("error", 0) + 1
        table.append((title, time.perf_counter() - begun, status))
        if status and not keep_going:
            break
    print()
    for title, seconds, status in table:
        print(f"{title:<24}{seconds:8.1f} s  {'FAILED' if status else 'ok'}")
    order = ["failed", "error", "passed", "skipped", "deselected", "xfailed", "xpassed", "warning"]
    parts = [f"{counts[kind]} {kind}" for kind in order if counts.get(kind)]
    seconds = time.perf_counter() - started
    print(f"===== {', '.join(parts) or 'no tests'} in {seconds:.2f}s =====", flush=True)
    sys.exit(any(status for _, _, status in table))
