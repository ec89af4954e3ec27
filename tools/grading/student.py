"""A student's notebook as a running process: cells go in, outputs and answers to the judge's calls come out.

A process that ends (os._exit, too much memory, a loop that cannot be interrupted) costs the cell that
ended it: the next cell gets a new process, in which the earlier cells are run again without that one.
Not here: how the process is shut in (kernel.py, sandbox.py) and what is asked of it (judge.py).
"""

import time

from nbformat import from_dict
from nbformat.v4 import new_output

from tools.grading import agent
from tools.grading.kernel import Ended, Kernel

MOST_DEATHS = 3


class Student:
    """One student's process, started when first needed; a context manager.

    kernel: keyword arguments of `Kernel`. seconds: for one cell. in_all: for everything, in wall time.
    call_seconds: for one call of the judge.
    """

    def __init__(self, *, kernel, seconds=20.0, in_all=120.0, call_seconds=10.0):
        self._arguments, self._seconds, self._call_seconds = kernel, seconds, call_seconds
        self._kernel, self._past, self._deaths = None, [], 0
        self._deadline = time.monotonic() + in_all
        self._in_all = in_all

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def run(self, source: str) -> list:
        """Execute one cell and return its outputs, an error among them where there was one."""
        try:
            outputs = from_dict(self._living().run(source, seconds=self._left(self._seconds)).outputs)
        except Ended as ended:
            self._died()
            return [new_output("error", ename="Ended", evalue=str(ended), traceback=[f"Ended: {ended}"])]
        self._past.append(source)
        return outputs

    def answer(self, request: dict) -> str:
        """Pass a request of the judge on and return the line that came back; raise Ended where none did."""
        left = request.get("seconds", self._call_seconds) - 0.5  # so that this ends before the test does
        seconds = max(0.1, min(self._call_seconds, left))
        try:
            ran = self._living().run(agent.call_source(request), seconds=self._left(seconds), store=False)
        except Ended:
            self._died()
            raise
        if ran.error or not ran.messages:  # an interrupted call sends an answer too, of the interrupt
            raise Ended(ran.error["evalue"] if ran.error else "the notebook gave no answer")
        return str(ran.messages[-1])

    def close(self):
        """End the process."""
        if self._kernel is not None:
            self._kernel.close()
            self._kernel = None

    def _left(self, seconds):
        """Return how long the next piece may take."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise Ended(f"the notebook took more than {self._in_all:.0f} s in all")
        return min(seconds, left)

    def _died(self):
        self._deaths += 1
        self.close()

    def _living(self):
        """Return the process; start one, and run again what ran before, where there is none."""
        if self._kernel is None:
            if self._deaths > MOST_DEATHS:
                raise Ended(f"the process of the notebook had ended {self._deaths} times before")
            self._left(self._seconds)
            self._kernel = Kernel(**self._arguments)
            for source in [agent.source(), *self._past]:
                self._kernel.run(source, seconds=self._left(self._seconds), store=False)
        return self._kernel
