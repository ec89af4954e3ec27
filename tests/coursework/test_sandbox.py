"""The sandbox from outside: what is asked of bubblewrap, and what is said where it is not to be had.

Not here: whether the walls hold (test_sandbox_inside.py).
"""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from kernels import SMALL, needs_sandbox

from tools.grading import calls, launch, limits, sandbox
from tools.grading.limits import MIB, Limits


def test_the_command_line_holds_every_wall(monkeypatch):
    """Whoever grades, each wall is asked for; an ordinary user gets a user namespace, root another user."""
    for user, wall in (0, "--reuid=60800"), (1000, "--unshare-user"):
        monkeypatch.setattr(os, "geteuid", lambda user=user: user)
        line = sandbox.command(["true"], user=60800, refused=9, limits=SMALL)
        walls = {"--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--die-with-parent"}
        walls |= {"--new-session", "--clearenv", "--seccomp", wall, f"--nproc={SMALL.processes}", "--core=0"}
        assert walls <= set(line)
        assert ("--unshare-user" in line) == (user != 0)
        assert [line[at + 1] for at, part in enumerate(line) if part == "--remount-ro"] == ["/dev", "/"]
        assert line[-1] == "true"


def test_a_forbidden_name_must_be_a_package():
    """Paths and options cannot be smuggled in as names."""
    for name in ("../torch", "--bind", ""):
        with pytest.raises(ValueError, match="forbidden"):
            sandbox.covered([name])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("bwrap: No permissions to create new namespace", "user namespaces are switched off"),
        ("bwrap: setting up uid map: Permission denied", "user namespaces are switched off"),
        ("prlimit: failed to execute /x/python: Permission denied", "chmod -R a\\+rX"),
        ("bwrap: something else", "does not work here"),
    ],
)
def test_what_is_missing_is_said_in_one_line(monkeypatch, said, expected):
    """A trial that fails is explained, with what to do."""
    failed = subprocess.CompletedProcess([], 1, "", f"more\n{said}\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    line = sandbox.failure(["true"], user=60800)
    assert line and "\n" not in line
    assert re.search(expected, line)


def test_other_systems_are_told_what_to_do(monkeypatch):
    """On macOS, and where bubblewrap is missing, the reason comes without a trial."""
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "macOS" in sandbox.unavailable.__wrapped__()
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert "apt install bubblewrap" in sandbox.unavailable.__wrapped__()


def test_the_call_filter_fits_each_machine(monkeypatch):
    """Whole instructions, within what the machine's kernel takes, and jumps that stay inside."""
    for machine in calls.MACHINES:
        monkeypatch.setattr(calls.platform, "machine", lambda machine=machine: machine)
        content = calls.program()
        steps = [content[at : at + 8] for at in range(0, len(content), 8)]
        assert len(content) % 8 == 0 and len(steps) < 4096
        assert all(at + 1 + max(step[2], step[3]) < len(steps) for at, step in enumerate(steps[:-1]))


def test_limits_survive_the_environment():
    """What the grader sets is what launch.py reads; nothing set gives the defaults."""
    changed = Limits(memory=5 * MIB, processes=3)
    assert Limits.from_json(changed.to_json()) == changed
    assert Limits.from_json("") == Limits()
    assert limits.size(Limits().memory) == "2 GiB"


@needs_sandbox
def test_the_launcher_refuses_a_network_transport(tmp_path):
    """One line that says what to set, and nothing is started."""
    connection = tmp_path / "connection.json"
    connection.write_text(json.dumps({"transport": "tcp", "ip": "127.0.0.1"}))
    ran = subprocess.run(
        [sys.executable, launch.__file__, connection], capture_output=True, text=True, timeout=30
    )
    assert ran.returncode == 1
    assert ran.stderr == "the sandbox has no network: set the kernel manager's transport to ipc\n"
