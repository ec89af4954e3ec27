"""The grader's ends of the sockets of a student's kernel: messages out and in, and none of them is trusted.

The sockets are files in a folder and not ports of the machine, but for Windows, where ipykernel has only
ports. Not here: what the messages are good for,
and the process that sends them (kernel.py).
"""

import json
import os
import secrets
import socket
from pathlib import Path
from typing import NamedTuple

import zmq
from jupyter_client.session import Session

TICK = 0.05  # seconds without news until the process is looked at again
PORTS = {"shell": 1, "iopub": 2, "stdin": 3, "control": 4, "hb": 5}


TRANSPORT = "tcp" if os.name == "nt" else "ipc"


def free_ports(count: int) -> list[int]:
    """Numbers of ports of this machine that nothing listens to."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    numbers = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return numbers


class Message(NamedTuple):
    """A message of the kernel's: every part is of its type, and nothing more is known of it."""

    socket: str  # its name
    kind: str
    request: str  # the number of the message that it answers
    content: dict
    size: int  # in bytes, as it came


class Sockets:
    """The connections to one kernel, from `connect` to `close`.

    `wrong` counts the messages that were none of Jupyter's; `cut` tells that the outputs do not arrive any
    more, because one of them was larger than it may be.

    Args:
        folder: where the connection file and the sockets stand.
        message_bytes: how large a message may be.
    """

    def __init__(self, folder: Path, *, message_bytes: int):
        self.transport = TRANSPORT
        self.folder = folder
        self.file = folder / "connection.json"
        self.session = Session(key=secrets.token_hex(16).encode(), signature_scheme="hmac-sha256")
        self.context = zmq.Context()
        self.context.setsockopt(zmq.MAXMSGSIZE, message_bytes)
        self.context.setsockopt(zmq.LINGER, 0)
        self.context.setsockopt(zmq.RCVHWM, 200)
        self.context.setsockopt(zmq.RECONNECT_IVL, 20)
        self.poller = zmq.Poller()
        self.sockets = {}
        self.wrong, self.cut = 0, False

    def connect(self) -> None:
        """Write the connection file and connect to the sockets, whether they are there yet or not."""
        self.place = str(self.folder / "k") if self.transport == "ipc" else "127.0.0.1"
        self.ports = PORTS if self.transport == "ipc" else dict(zip(PORTS, free_ports(len(PORTS))))
        facts = {f"{name}_port": port for name, port in self.ports.items()}
        facts |= {"transport": self.transport, "ip": self.place, "key": self.session.key.decode()}
        facts |= {"signature_scheme": "hmac-sha256", "kernel_name": "sandbox"}
        self.file.write_text(json.dumps(facts), encoding="utf-8")
        self.open("shell", zmq.DEALER)
        self.open("control", zmq.DEALER)
        self.poller.register(self.sockets["shell"], zmq.POLLIN)
        self.watch_outputs()

    def open(self, name: str, kind: int) -> None:
        """Make one socket and connect it."""
        self.sockets[name] = self.context.socket(kind)
        if kind == zmq.SUB:
            self.sockets[name].setsockopt(zmq.SUBSCRIBE, b"")
        mark = "-" if self.transport == "ipc" else ":"
        self.sockets[name].connect(f"{self.transport}://{self.place}{mark}{self.ports[name]}")

    def watch_outputs(self) -> None:
        """Wait for outputs, and for news that the connection was cut: a message was larger than it may be."""
        self.open("iopub", zmq.SUB)
        self.monitor = self.sockets["iopub"].get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self.poller.register(self.sockets["iopub"], zmq.POLLIN)
        self.poller.register(self.monitor, zmq.POLLIN)
        self.cut = False

    def watch_outputs_again(self) -> None:
        """Connect to the outputs again after the connection was cut."""
        for each in (self.sockets["iopub"], self.monitor):
            self.poller.unregister(each)
        self.sockets["iopub"].disable_monitor()
        self.sockets["iopub"].close(linger=0)
        self.watch_outputs()

    def send(self, name: str, kind: str, content: dict) -> str:
        """Send a message and return its number."""
        return self.session.send(self.sockets[name], kind, content=content)["header"]["msg_id"]

    def receive(self) -> list[Message]:
        """Wait for a moment, then take at most one message of each socket; count those that are none."""
        ready = dict(self.poller.poll(1000 * TICK))
        found = []
        for name in "iopub", "shell":
            if self.sockets[name] in ready:
                try:
                    frames = self.sockets[name].recv_multipart(zmq.NOBLOCK)
                except zmq.ZMQError:
                    continue
                if message := self.decode(name, frames):
                    found.append(message)
                else:
                    self.wrong += 1
        if self.monitor in ready:
            self.monitor.recv_multipart(zmq.NOBLOCK)
            self.cut = True
        return found

    def decode(self, name: str, frames: list[bytes]) -> Message | None:
        """Read a message; None where it is none of Jupyter's."""
        try:
            _, rest = self.session.feed_identities(frames)
            message = self.session.deserialize(rest)
            kind, parent, content = message["msg_type"], message["parent_header"], message["content"]
            request = parent.get("msg_id", "")
            if not (isinstance(kind, str) and isinstance(request, str) and isinstance(content, dict)):
                raise TypeError("not a message of Jupyter's")
        except Exception:  # whatever a hostile process thought of
            return None
        return Message(name, kind, request, content, sum(map(len, frames)))

    def close(self) -> None:
        """Close all sockets, whatever still waits in them."""
        self.context.destroy(linger=0)
