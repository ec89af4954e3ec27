"""Collect what a cell of a student's sends, as outputs that are safe to keep and to show.

Kept are printed text, errors, and of display data the plain text and the images: nothing that a browser
would run. Nothing in a message is taken to be of the type that it should be.
"""

import base64
import contextlib
import re
from dataclasses import dataclass, field

from tools.grading.limits import Limits

ANSWER = "application/x-d2lmodels"  # display data of this type are messages, not outputs
IMAGES = "image/png", "image/jpeg"
COLOURS = re.compile(r"\x1b\[[0-9;?]{0,40}[@-~]")  # the writer of pages stumbles over some of them
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass
class Ran:
    """What a cell gave: its outputs as nbformat's, the error among them that ended it, and the messages."""

    outputs: list[dict] = field(default_factory=list)
    error: dict | None = None
    messages: list = field(default_factory=list)


def error_output(name: str, message: str) -> dict:
    """An error as nbformat has it, without traceback."""
    return {"output_type": "error", "ename": name, "evalue": message, "traceback": [f"{name}: {message}"]}


def text(value: object) -> str:
    """Text that a file and a page can hold, without terminal codes; anything else becomes empty."""
    if not isinstance(value, str):
        return ""
    return UNSEEN.sub("", COLOURS.sub("", value.encode("utf-8", "replace").decode("utf-8")))


def safe_data(data: object) -> dict:
    """The plain text and the images of display data, and nothing that a browser would run."""
    kept = {}
    if isinstance(data, dict):
        if isinstance(data.get("text/plain"), str):
            kept["text/plain"] = text(data["text/plain"])
        for kind in IMAGES:
            with contextlib.suppress(KeyError, TypeError, ValueError):
                kept[kind] = base64.b64encode(base64.b64decode(data[kind])).decode()
    return kept


class Collector:
    """The outputs of one cell, as they come, up to a limit."""

    def __init__(self, limits: Limits):
        self.limits = limits
        self.ran = Ran()
        self.bytes = self.answer_bytes = 0
        self.idle = self.interrupted = False

    @property
    def full(self) -> bool:
        """Whether the cell has sent more than it may."""
        return self.bytes > self.limits.output_bytes or self.answer_bytes > self.limits.answer_bytes

    def take(self, kind: str, content: dict, *, count: int) -> None:
        """Keep one message of the kernel, if it is an output; `count` is its size as it came."""
        if kind == "status":
            self.idle = self.idle or content.get("execution_state") == "idle"
            return
        data = content.get("data")
        answer = kind == "display_data" and isinstance(data, dict) and ANSWER in data
        if answer:
            self.answer_bytes += count
        else:
            self.bytes += count
        if self.full:
            return
        if answer:
            self.ran.messages.append(data[ANSWER])
        elif kind == "stream":
            self.stream("stderr" if content.get("name") == "stderr" else "stdout", text(content.get("text")))
        elif kind == "error":
            lines = content.get("traceback")
            lines = [text(line) for line in lines] if isinstance(lines, list) else []
            self.ran.error = error_output(text(content.get("ename")) or "Error", text(content.get("evalue")))
            self.ran.error["traceback"] = lines or self.ran.error["traceback"]
            self.ran.outputs.append(self.ran.error)
        elif kind in ("display_data", "execute_result") and (kept := safe_data(data)):
            output = {"output_type": kind, "data": kept, "metadata": {}}
            if kind == "execute_result":
                number = content.get("execution_count")
                output["execution_count"] = number if type(number) is int else None
            self.ran.outputs.append(output)

    def stream(self, name: str, more: str) -> None:
        """Add printed text to what stands there, as one piece where nothing came between."""
        last = self.ran.outputs[-1] if self.ran.outputs else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["pieces"].append(more)
        else:
            self.ran.outputs.append({"output_type": "stream", "name": name, "pieces": [more]})

    def finish(self, error: dict | None) -> Ran:
        """All that was kept; an error of the grader's takes the place of the cell's own."""
        for output in self.ran.outputs:
            if "pieces" in output:
                output["text"] = "".join(output.pop("pieces"))
        if error:
            self.ran.outputs = [output for output in self.ran.outputs if output is not self.ran.error]
            self.ran.outputs.append(error)
            self.ran.error = error
        return self.ran
