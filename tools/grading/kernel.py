"""The grader's side of a student's kernel: run a cell, and get outputs safe to show, in bounded time.

With the sandbox the process is started by launch.py; without it, it is the environment's plain ipykernel
with the grader's rights and only the limits of time and output hold. Whatever the process does or sends,
the grader sees a result or `Ended`. Does not update or clear displays, and knows no widgets and no input().
The messages are in sockets.py, what is kept of the outputs in collect.py.
"""

import contextlib
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager

from tools.grading import launch, sandbox
from tools.grading.collect import ANSWER, Collector, Ran, error_output
from tools.grading.limits import GIB, Limits, size
from tools.grading.sockets import Sockets

KERNELS = sandbox.ROOT / "coursework" / "kernels"
__all__ = ["ANSWER", "Ended", "Kernel", "Ran"]
START_SECONDS = 60.0
GRACE_SECONDS = 3.0  # from the interrupt to the end
MOMENT = 0.3  # seconds from too much output to the interrupt
LOST_SECONDS = 2.0  # from the reply of a cell to the message that nothing more comes
LONGEST_PLACE = 60  # characters: the path of a Unix socket has at most 107
FLOOD = GIB  # the grader's own memory may grow by this while the kernel lives
WRONG_MESSAGES = 1000  # malformed ones until the kernel counts as broken


class Ended(Exception):
    """The student's process is gone; the message is one line that says why."""


class Kernel:
    """A student's kernel, from its start to `close`; use it in a `with`.

    Args:
        sandboxed: whether it runs in the sandbox.
        forbidden: names of packages that cannot be imported in it.
        files: a folder whose regular files stand in the kernel's working folder, or None.
        limits: what it may use; without the sandbox only the limits of time and output hold.

    Raises:
        RuntimeError: where a sandbox is asked for and there is none here.
        Ended: where the kernel does not start.
    """

    def __init__(
        self,
        *,
        sandboxed: bool,
        forbidden: Iterable[str] = (),
        files: str | Path | None = None,
        limits: Limits | None = None,
    ):
        if sandboxed and (problem := sandbox.unavailable()):
            raise RuntimeError(f"no sandbox: {problem}")
        self.limits = limits or Limits()
        self.sandboxed = sandboxed
        self.forbidden = list(forbidden)
        self.files = str(Path(files).resolve()) if files is not None else None
        self.process, self.stopped = None, False
        self.ended = None
        place = tempfile.gettempdir()
        place = place if len(place) < LONGEST_PLACE else "/tmp"
        self.folder = Path(tempfile.mkdtemp(prefix="d2lmodels-kernel-", dir=place))
        self.sockets = Sockets(self.folder, message_bytes=self.limits.message_bytes)
        self.memory = own_memory()
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Kernel":
        return self

    def __exit__(self, *_):
        self.close()

    # Starting

    def start(self) -> None:
        """Start the process and wait until it answers."""
        self.sockets.connect()
        arguments, variables, place = self.sandbox_start() if self.sandboxed else self.plain_start()
        self.process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if self.sandboxed else subprocess.DEVNULL,
            env=variables,
            cwd=place,
            start_new_session=True,
        )
        self.wait_for_answer()

    def sandbox_start(self) -> tuple[list[str], dict[str, str], Path]:
        """Arguments, variables and folder of launch.py, from the kernel specification."""
        specification = KernelSpecManager(kernel_dirs=[str(KERNELS)]).get_kernel_spec("sandbox")
        places = {"connection_file": str(self.sockets.file), "resource_dir": specification.resource_dir}
        program, *rest = [argument.format(**places) for argument in specification.argv]
        settings = {
            launch.FORBIDDEN: ",".join(self.forbidden),
            launch.FILES: self.files or "",
            launch.LIMITS: self.limits.to_json(),
        }
        return (
            [sys.executable if program == "python" else program, *rest],
            {**os.environ, **settings},
            self.folder,
        )

    def plain_start(self) -> tuple[list[str], dict[str, str], Path]:
        """Arguments, variables and folder of a plain kernel: forbidden packages stand first on the path."""
        stubs, course = self.folder / "forbidden", self.folder / "course"
        stubs.mkdir()
        course.mkdir()
        for name in self.forbidden:
            shutil.copytree(sandbox.STUB, stubs / name, ignore=shutil.ignore_patterns("__pycache__"))
        for file in sandbox.data_files(self.files):
            shutil.copyfile(file, course / file.name)
        variables = {name: value for name, value in os.environ.items() if name != "JPY_PARENT_PID"}
        paths = [str(stubs), *filter(None, [os.environ.get("PYTHONPATH")])]
        variables |= {"PYTHONPATH": os.pathsep.join(paths), "IPYTHONDIR": str(self.folder / "ipython")}
        arguments = [sys.executable, "-m", "ipykernel_launcher", "-f", str(self.sockets.file)]
        return [*arguments, "--HistoryManager.enabled=False"], variables, course

    def wait_for_answer(self, seconds: float = START_SECONDS) -> None:
        """Ask until the kernel answers and its outputs arrive."""
        deadline, asked, missing = time.monotonic() + seconds, 0.0, {"shell", "iopub"}
        while missing:
            if time.monotonic() > deadline:
                self.kill(f"the kernel did not answer within {seconds:.0f} s")
            if time.monotonic() > asked + 0.3:
                self.sockets.send("shell", "kernel_info_request", {})
                asked = time.monotonic()
            missing -= {message.socket for message in self.sockets.receive()}
            self.look()

    # The process

    def look(self) -> None:
        """Raise Ended where the process is gone."""
        if self.ended:
            raise Ended(self.ended)
        if self.sockets.wrong > WRONG_MESSAGES:
            self.kill("the kernel sent messages that are none of Jupyter's")
        if own_memory() > self.memory + FLOOD:
            self.kill("the kernel flooded the grader with messages")
        if self.process.poll() is not None:
            self.ended = self.why()
            self.stop()
            raise Ended(self.ended)

    def why(self) -> str:
        """Why the process ended, in one line."""
        status = self.process.returncode
        with contextlib.suppress(OSError, ValueError, KeyError):
            return str(json.loads(launch.reason_file(self.sockets.file).read_text("utf-8"))["reason"])
        said = ""
        if self.sandboxed:
            lines = self.process.stderr.read(4000).decode(errors="replace").strip().splitlines()
            said = f": {lines[-1][:200]}" if lines else ""
        if status < 0 or status > 128:
            number = -status if status < 0 else status - 128
            name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
            return f"the process of the notebook was ended by {name}{said}"
        return f"the process of the notebook ended (exit status {status}){said}"

    def kill(self, reason: str) -> None:
        """End the process and raise Ended with the reason."""
        self.ended = reason
        self.stop()
        raise Ended(reason)

    def stop(self) -> None:
        """End the process and all that it started, and wait for it."""
        if self.process is None or self.stopped:
            return
        self.stopped = True  # once: afterwards its number may be another process's
        if self.sandboxed and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()  # bubblewrap dies with it
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        else:  # Windows
            self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """End the process and remove all that the kernel left on the machine."""
        self.ended = self.ended or "the kernel was closed"
        self.stop()
        self.sockets.close()
        if self.process and self.process.stderr:
            self.process.stderr.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # Running

    def run(self, code: str, *, seconds: float, store: bool = True) -> Ran:
        """Run one cell.

        Args:
            code: the cell's source.
            seconds: after this time the cell is interrupted, and its error is CellTimeoutError.
            store: whether the cell counts in the kernel's numbering and history.

        Returns:
            Ran: where the cell printed or displayed more than it may, its error is OutputLimit.

        Raises:
            Ended: where the process is gone or had to be ended.
        """
        self.look()
        if self.sockets.cut:
            self.sockets.watch_outputs_again()
            self.wait_for_answer(min(seconds, START_SECONDS))
        collector, began = Collector(self.limits), time.monotonic()
        content = {"code": code, "silent": False, "store_history": store, "user_expressions": {}}
        content |= {"allow_stdin": False, "stop_on_error": False}
        request, trouble = self.sockets.send("shell", "execute_request", content), None
        interrupt = replied = math.inf  # the time of the interrupt, and of the reply
        while True:
            for message in self.sockets.receive():
                if message.request != request:
                    continue
                if message.socket == "iopub":
                    collector.take(message.kind, message.content, count=message.size)
                elif message.kind == "execute_reply":
                    replied = min(replied, time.monotonic())
            now = time.monotonic()
            if now >= replied and (collector.idle or self.sockets.cut or now > replied + LOST_SECONDS):
                if self.sockets.cut or collector.full:
                    trouble = trouble or error_output("OutputLimit", self.too_much())
                return collector.finish(trouble)
            self.look()
            if not trouble and (self.sockets.cut or collector.full):
                # A moment to end by itself: an interrupt after the cell would hit the kernel.
                trouble, interrupt = error_output("OutputLimit", self.too_much()), now + MOMENT
            elif not trouble and now > began + seconds:
                trouble, interrupt = error_output("CellTimeoutError", f"no result after {seconds:g} s"), now
            if trouble and not collector.interrupted and now >= interrupt:
                self.sockets.send("control", "interrupt_request", {})
                collector.interrupted = True
            if now > interrupt + GRACE_SECONDS:
                self.kill(f"{trouble['evalue']}, and the interrupt changed nothing")

    def too_much(self) -> str:
        """What OutputLimit says."""
        return f"more than {size(self.limits.output_bytes)} of output"


def own_memory() -> int:
    """The bytes of memory that the grader holds, where Linux tells; else 0."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * launch.PAGE
    except OSError:
        return 0
