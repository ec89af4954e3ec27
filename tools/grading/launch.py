"""What the kernel specification `sandbox` starts: python launch.py CONNECTION_FILE

Starts ipykernel in the sandbox, lets the notebook's other side reach its sockets, and ends the whole
sandbox where it uses more than it may, leaving the reason in one line of JSON beside the connection
file. Runs outside, trusted, with the grader's rights, and reads nothing that the student's code says except
the sizes that the kernel of the machine counts.
"""

import contextlib
import json
import os
import select
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[0] = str(ROOT)

from tools.grading import calls, sandbox  # noqa: E402
from tools.grading.limits import Limits, size  # noqa: E402

FORBIDDEN, FILES, LIMITS = "D2LMODELS_FORBIDDEN", "D2LMODELS_COURSE_FILES", "D2LMODELS_LIMITS"
INSIDE = sandbox.SOCKETS
CONNECTION = "/run/connection.json"
PORTS = "shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"
PERIOD = 0.1  # seconds between two looks at the sandbox
TAIL = 2000  # bytes kept of what the sandbox writes to stderr
PAGE, TICKS = (os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")) if hasattr(os, "sysconf") else (1, 1)


def reason_file(connection: str | Path) -> Path:
    """Where the reason stands for which a sandbox was ended."""
    return Path(connection).with_suffix(".ended.json")


class Watch:
    """What a sandbox uses, as the machine's kernel counts it.

    Args:
        first: process 1 of the sandbox, by its number outside.
        limits: what the sandbox may use.
    """

    def __init__(self, first: int, *, limits: Limits):
        self.limits = limits
        self.root = f"/proc/{first}/root"
        self.started = time.monotonic()
        self.processes = None  # descriptor of /proc as seen inside, once it is there

    def ready(self) -> bool:
        """Whether the sandbox is set up: until then its /proc is the machine's."""
        if self.processes is None:
            try:
                if Path(f"{self.root}/proc").stat().st_dev == Path("/proc").stat().st_dev:
                    return False
                if not Path(f"{self.root}{INSIDE}").is_mount():
                    return False
                self.processes = os.open(f"{self.root}/proc", os.O_RDONLY | os.O_DIRECTORY)
            except OSError:
                return False
        return True

    def read(self, path: str) -> str:
        """A file of the sandbox's /proc; empty where the process is gone."""
        try:
            descriptor = os.open(path, os.O_RDONLY, dir_fd=self.processes)
        except OSError:
            return ""
        try:
            return os.read(descriptor, 4096).decode(errors="replace")
        except OSError:
            return ""
        finally:
            os.close(descriptor)

    def breach(self) -> str | None:
        """The reason to end the sandbox, or None."""
        limits = self.limits
        if time.monotonic() - self.started > limits.wall_seconds:
            return f"ran for more than {limits.wall_seconds} s"
        if not self.ready():
            return None
        names = [name for name in os.listdir(self.processes) if name.isdigit()]  # noqa: PTH208
        counted = [text.rpartition(")")[2].split() for name in names if (text := self.read(f"{name}/stat"))]
        # Counting from the field after the name: 11–14 are ticks of the CPU, 17 threads, 21 pages in memory.
        if sum(int(fields[17]) for fields in counted) > limits.processes + 8:
            return f"started more than {limits.processes} processes and threads"
        if sum(int(ticks) for fields in counted for ticks in fields[11:15]) / TICKS > limits.cpu_seconds:
            return f"used more than {limits.cpu_seconds} s of CPU time"
        stored, files = self.folders()
        if files > limits.files:
            return f"made more than {limits.files} files"
        memory = stored + PAGE * sum(int(fields[21]) for fields in counted)
        # The sum counts pages that processes share once for each; only where it is too high count them right.
        if memory > limits.memory and stored + sum(map(self.share, names)) > limits.memory:
            return f"used more than {size(limits.memory)} of memory"
        if available() < limits.spare_memory:
            return f"left the machine less than {size(limits.spare_memory)} of memory"
        return None

    def folders(self) -> tuple[int, int]:
        """The bytes and the number of files in the folders that live in memory."""
        stored = files = 0
        for path in sandbox.FOLDERS:
            try:
                found = os.statvfs(self.root + path)
            except OSError:
                continue
            stored += (found.f_blocks - found.f_bfree) * found.f_frsize
            files += found.f_files - found.f_ffree
        return stored, files

    def share(self, name: str) -> int:
        """The bytes of memory and swap that a process holds, pages of several counted in part."""
        lines = [line.split() for line in self.read(f"{name}/smaps_rollup").splitlines()]
        return 1024 * sum(int(words[1]) for words in lines if words and words[0] in ("Pss:", "SwapPss:"))


def available() -> int:
    """The bytes of memory that the machine could still give."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            return 1024 * int(rest.split()[0])
    return sys.maxsize


def own_user() -> tuple[int, socket.socket | None]:
    """A user number that no other sandbox has now, and what holds it for as long as this process lives."""
    if not sandbox.is_root():
        return sandbox.FIRST_ID, None
    for user in range(sandbox.FIRST_ID, sandbox.LAST_ID):
        lock = socket.socket(socket.AF_UNIX)
        try:
            lock.bind(f"\0d2lmodels-sandbox-{user}")
        except OSError:
            lock.close()
        else:
            return user, lock
    raise RuntimeError("no user number is free: too many sandboxes run at once")


def first_victim() -> None:
    """Let the machine end the sandbox first where memory runs out, and nothing of the grader's."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


class Launched:
    """A running sandbox with a kernel in it.

    Args:
        connection: the content of the connection file that the notebook's side wrote.
        limits: what the sandbox may use.
        forbidden: packages that cannot be imported inside.
        files: a folder with the lab's data files, or None.
    """

    def __init__(self, connection: dict, *, limits: Limits, forbidden: list[str], files: str | None):
        self.links = [Path(f"{connection['ip']}-{connection[name]}") for name in PORTS]
        user, self.lock = own_user()
        inner = json.dumps({**connection, "ip": f"{INSIDE}/k"}).encode()
        contents = {CONNECTION: sandbox.readable(inner)}
        for path in sandbox.data_files(files):
            contents[f"{sandbox.COURSE}/{path.name}"] = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        refused = sandbox.readable(calls.program())
        reader, writer = os.pipe()
        program = [
            sys.executable,
            "-m",
            "ipykernel_launcher",
            "-f",
            CONNECTION,
            "--HistoryManager.enabled=False",
        ]
        arguments, options = sandbox.hidden(
            sandbox.command(
                program,
                user=user,
                refused=refused,
                forbidden=forbidden,
                limits=limits,
                contents=contents,
                options=["--info-fd", str(writer)],
            )
        )
        descriptors = [*contents.values(), refused, options, writer]
        self.process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=descriptors,
            env=sandbox.BARE,
            preexec_fn=first_victim,
        )
        for descriptor in descriptors:
            os.close(descriptor)
        with os.fdopen(reader) as file:
            told = file.read()
        self.first = json.loads(told)["child-pid"] if told.strip() else None
        self.watch = Watch(self.first, limits=limits) if self.first else None
        self.said = b""
        self.sockets = []  # descriptors

    def publish(self) -> bool:
        """Put links to the sockets where the notebook's side looks for them, once all are there.

        The links lead to the sockets as they are before any of a student's code runs, and not to their
        names, which that code could give to something else.
        """
        folder = f"/proc/{self.first}/root{INSIDE}"
        while len(self.sockets) < len(self.links):
            number = self.links[len(self.sockets)].name.rpartition("-")[2]
            try:
                socket_file = os.open(f"{folder}/k-{number}", os.O_PATH | os.O_NOFOLLOW)
            except OSError:
                return False
            self.sockets.append(socket_file)
            if not stat.S_ISSOCK(os.fstat(socket_file).st_mode):
                raise SystemExit("the kernel's sockets are no sockets")
        for link, socket_file in zip(self.links, self.sockets):
            link.unlink(missing_ok=True)
            link.symlink_to(f"/proc/{os.getpid()}/fd/{socket_file}")
        return True

    def listen(self, seconds: float) -> None:
        """Wait, and keep the end of what the sandbox writes to stderr."""
        deadline = time.monotonic() + seconds
        pipe = self.process.stderr
        if pipe.closed:
            time.sleep(seconds)
        elif select.select([pipe], [], [], seconds)[0]:
            read = os.read(pipe.fileno(), 2**16)
            self.said = (self.said + read)[-TAIL:]
            if not read:
                pipe.close()
            time.sleep(max(0.0, deadline - time.monotonic()))

    def end(self) -> None:
        """Kill process 1 of the sandbox, and with it all others, and wait until they are gone."""
        for kill in (self.first, self.process.pid):
            if kill and self.process.poll() is None:
                try:
                    os.kill(kill, signal.SIGKILL)
                    self.process.wait(5)
                except (ProcessLookupError, subprocess.TimeoutExpired):
                    continue
        for link in self.links:
            link.unlink(missing_ok=True)


def run(connection_file: Path) -> int:
    """Start the sandbox, watch it to its end, and return the exit status of the kernel."""
    connection = json.loads(connection_file.read_text("utf-8"))
    if connection.get("transport") != "ipc":
        raise SystemExit("the sandbox has no network: set the kernel manager's transport to ipc")
    if problem := sandbox.unavailable():
        raise SystemExit(f"no sandbox: {problem}")
    parent, stopped = os.getppid(), []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.append(True))
    launched = Launched(
        connection,
        limits=Limits.from_json(os.environ.get(LIMITS, "")),
        forbidden=[name for name in os.environ.get(FORBIDDEN, "").split(",") if name],
        files=os.environ.get(FILES) or None,
    )
    reason = None
    published = False
    try:
        while launched.process.poll() is None and not stopped and os.getppid() == parent:
            if not published and launched.watch and launched.watch.ready():
                published = launched.publish()
            if launched.watch and (reason := launched.watch.breach()):
                break
            launched.listen(PERIOD if published else PERIOD / 10)
    finally:
        if reason:
            reason_file(connection_file).write_text(json.dumps({"reason": reason}), encoding="utf-8")
        launched.end()
    if os.getppid() != parent:
        forget(connection_file)
    if launched.process.returncode and not reason and not published:
        sys.stderr.write(launched.said.decode(errors="replace"))
    return launched.process.returncode


def forget(connection_file: Path) -> None:
    """Remove what a killed grader could not: the connection file, and its folder where that is all."""
    connection_file.unlink(missing_ok=True)
    reason_file(connection_file).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        connection_file.parent.rmdir()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python launch.py CONNECTION_FILE")
    status = run(Path(sys.argv[1]))
    raise SystemExit(status if status >= 0 else 128 - status)
