"""The ends that a hostile notebook may choose for its kernel, and that nothing stays behind.

What the hostile pieces do is bounded in itself: a hole in the sandbox fails a test and not the machine.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from kernels import SMALL, needs_sandbox

from tools.grading import kernel as kernel_module
from tools.grading import launch, sandbox
from tools.grading.kernel import Ended, Kernel
from tools.grading.limits import Limits


def wait_until(condition, *, seconds=3.0):
    """Whether a condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return true


def family(kernel):
    """The processes of a kernel, as they are now."""
    first = psutil.Process(kernel.process.pid)
    return [first, *first.children(recursive=True)]


def gone(processes):
    """Whether none of the processes is left."""
    return not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes)


@pytest.fixture
def sandboxed():
    """A sandboxed kernel of its own, and after it neither process nor folder."""
    with Kernel(sandboxed=True, limits=SMALL) as started:
        processes = family(started)
        assert len(processes) == 4  # the launcher, bubblewrap outside and inside, the kernel
        yield started
    assert wait_until(lambda: gone(processes))
    assert not started.folder.exists()


@needs_sandbox
def test_the_process_may_end_itself(sandboxed):
    """The exit status is told within a second, and again for every later cell."""
    began = time.monotonic()
    with pytest.raises(Ended, match=r"^the process of the notebook ended \(exit status 3\)$"):
        sandboxed.run("import os; os._exit(3)", seconds=20)
    assert time.monotonic() - began < 1
    with pytest.raises(Ended, match="exit status 3"):
        sandboxed.run("1", seconds=20)


@needs_sandbox
def test_a_loop_that_ignores_the_interrupt_is_killed(monkeypatch):
    """And so is one without Python's help; the error names the time."""
    monkeypatch.setattr(kernel_module, "GRACE_SECONDS", 1.0)
    with Kernel(sandboxed=True, limits=SMALL) as kernel:
        processes, began = family(kernel), time.monotonic()
        with pytest.raises(Ended, match=r"^no result after 0\.5 s, and the interrupt changed nothing$"):
            kernel.run(
                "import time\nend = time.time() + 60\nwhile time.time() < end:\n"
                "    try:\n        while time.time() < end: pass\n    except BaseException: pass",
                seconds=0.5,
            )
        assert time.monotonic() - began < 10 and gone(processes)


@needs_sandbox
def test_forks_meet_the_limit_and_leave_nothing(sandboxed):
    """Five hundred forks, each for a minute at most: the limit holds, and the end takes them all."""
    try:
        ran = sandboxed.run(
            "import os, time\nchildren = 0\ntry:\n    for number in range(500):\n"
            "        if not os.fork():\n            time.sleep(60)\n            os._exit(0)\n"
            "        children += 1\nfinally:\n    print(children)",
            seconds=20,
        )
    except Ended as ended:
        assert "processes" in str(ended)
        return
    assert ran.error["ename"] == "BlockingIOError"
    assert 10 < int(ran.outputs[0]["text"]) < SMALL.processes
    inside = family(sandboxed)
    assert len(inside) > 10
    sandboxed.stop()
    assert gone(inside)


BOMBS = {
    "one process": """
for step in range(16):
    held.append(b"x" * 2**25)
    time.sleep(0.05)
""",
    "several": """
for child in range(8):
    if not os.fork():
        held = b"x" * 2**26
        time.sleep(5)
        os._exit(0)
""",
    "shared": """
for step in range(16):
    held.append(mmap.mmap(-1, 2**25))
    held[-1].write(b"x" * 2**25)
    time.sleep(0.05)
""",
    "files": """
for folder in "/tmp", "/dev/shm", "/course", "/home/student", "/run/kernel":
    for number in range(2):
        with open(f"{folder}/{number}", "wb") as file:
            for step in range(28):
                file.write(b"x" * 2**20)
""",
}


@needs_sandbox
@pytest.mark.parametrize("bomb", BOMBS)
def test_too_much_memory_ends_the_sandbox(sandboxed, bomb):
    """Twice the limit, by whatever way: the end comes, and it names memory."""
    with pytest.raises(Ended, match=r"^used more than 256 MiB of memory$"):
        sandboxed.run(f"import mmap, os, time\nheld = []\n{BOMBS[bomb]}\ntime.sleep(5)", seconds=20)


@needs_sandbox
@pytest.mark.parametrize(
    ("limits", "code", "reason"),
    [
        (Limits(cpu_seconds=2), "while time.time() < end: pass", r"^used more than 2 s of CPU time$"),
        (
            Limits(files=200),
            "for number in range(400): open(f'/tmp/{number}', 'w').close()\ntime.sleep(5)",
            r"^made more than 200 files$",
        ),
    ],
    ids=["CPU", "files"],
)
def test_other_limits_of_the_whole_sandbox(limits, code, reason):
    """CPU time of all processes and the number of files each end it with their reason."""
    with Kernel(sandboxed=True, limits=limits) as kernel, pytest.raises(Ended, match=reason):
        kernel.run(f"import time\nend = time.time() + 20\n{code}", seconds=20)


@needs_sandbox
def test_a_sandbox_has_an_age_and_leaves_the_machine_memory(monkeypatch):
    """What launch.py says of a sandbox that is too old, and where the machine has no memory to spare."""
    watch = launch.Watch(os.getpid(), limits=Limits(wall_seconds=1))
    watch.started -= 2
    assert watch.breach() == "ran for more than 1 s"
    watch.started += 3600
    watch.processes = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    monkeypatch.setattr(launch.Watch, "folders", lambda self: (0, 0))
    monkeypatch.setattr(launch.Watch, "read", lambda self, path: "")
    monkeypatch.setattr(launch, "available", lambda: 2**20)
    assert watch.breach() == "left the machine less than 512 MiB of memory"
    os.close(watch.processes)


START = """
import sys, time
sys.path.insert(0, {root!r})
from tools.grading.kernel import Kernel
kernel = Kernel(sandboxed=True)
print(kernel.process.pid, kernel.folder, flush=True)
time.sleep(60)
"""


@needs_sandbox
@pytest.mark.parametrize("victim", ["grader", "launcher"])
def test_whoever_is_killed_takes_the_sandbox_along(victim):
    """Neither a killed grader nor a killed launcher leaves a process; a killed grader no folder."""
    code = START.format(root=str(sandbox.ROOT))
    grader = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        number, folder = grader.stdout.readline().split()
        launcher = psutil.Process(int(number))
        processes = [launcher, *launcher.children(recursive=True)]
        assert len(processes) == 4
        os.kill(grader.pid if victim == "grader" else launcher.pid, signal.SIGKILL)
        assert wait_until(lambda: gone(processes))
        if victim == "grader":
            grader.wait()
            assert wait_until(lambda: not Path(folder).exists())
    finally:
        grader.kill()
        grader.wait()
        grader.stdout.close()
        for path in Path(folder).glob("*"):
            path.unlink()
        if Path(folder).exists():
            Path(folder).rmdir()


def test_nothing_stays_behind_a_plain_kernel():
    """Neither process nor folder, also after an end of its own; forbidden packages hold here too."""
    with Kernel(sandboxed=False, files=Path(__file__).parent) as kernel:
        processes = family(kernel)
        listed = kernel.run("import os; print(sorted(os.listdir()))", seconds=10).outputs[0]["text"]
        assert Path(__file__).name in listed
        with pytest.raises(Ended, match="ended by SIGKILL"):
            kernel.run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", seconds=10)
    assert gone(processes) and not kernel.folder.exists()


def test_a_sandbox_that_is_not_there_is_no_plain_kernel(monkeypatch):
    """Asking for the sandbox never gives less."""
    monkeypatch.setattr(sandbox, "unavailable", lambda: "this is macOS")
    with pytest.raises(RuntimeError, match="this is macOS"):
        Kernel(sandboxed=True)


def test_pages_that_processes_share_count_once():
    """What is over by the plain sum alone is no breach: the exact count decides."""
    watch = launch.Watch(os.getpid(), limits=Limits())
    watch.processes = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    assert 0 < watch.share(str(os.getpid())) <= 1.1 * kernel_module.own_memory()
    os.close(watch.processes)
