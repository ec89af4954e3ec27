"""How much a student's process may use while it is graded. Only numbers: others apply them."""

import json
from dataclasses import asdict, dataclass

KIB, MIB, GIB = 2**10, 2**20, 2**30


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The limits of one sandbox; sizes in bytes, times in seconds.

    A kernel that has imported torch, torchvision and matplotlib holds 760 MB in memory, 3.5 GB of
    addresses and 10 threads: the defaults leave room for that and for a model of a few million parameters.
    """

    memory: int = 2 * GIB  # all processes of the sandbox together, with its files in memory
    address_space: int = 8 * GIB  # one process
    cpu_seconds: int = 900  # all processes together, and each one
    processes: int = 128  # processes and threads together
    file_bytes: int = 32 * MIB  # one file
    open_files: int = 256  # one process
    folder_bytes: int = 64 * MIB  # each of /course, /home/student, /tmp, /dev/shm
    files: int = 10_000  # in all of these together
    wall_seconds: int = 1800  # the life of the sandbox
    spare_memory: int = 512 * MIB  # what the machine must keep available
    threads: int = 1  # of numpy and torch
    output_bytes: int = MIB  # of one cell
    answer_bytes: int = 64 * MIB  # of the messages for the judge in one cell
    message_bytes: int = 8 * MIB  # one message, as it travels

    def to_json(self) -> str:
        """These limits as one line, for a variable of the environment."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Limits":
        """The limits that `to_json` wrote; an empty text gives the defaults."""
        return cls(**json.loads(text or "{}"))


def size(count: int) -> str:
    """A number of bytes in words: `2 GiB`, `1.5 MiB`.

    >>> size(2 * GIB), size(1536 * KIB), size(100)
    ('2 GiB', '1.5 MiB', '100 bytes')
    """
    for unit, name in (GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB"):
        if count >= unit:
            return f"{count / unit:.3g} {name}"
    return f"{count} bytes"
