"""Which system calls the sandbox refuses, as a program for the machine's kernel (seccomp).

Refused is what would leave the namespaces, what keeps memory where no limit counts it, and what graded work
has no use for and past holes of the kernel came through. Everything else is allowed: this is no full list.
Knows 64-bit Intel and ARM only.
"""

import errno
import platform
import struct

# name: number on x86_64, number on aarch64 (the same where one stands)
REFUSED = {
    # leave the namespaces, or make new ones
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_tree": (428,),
    "move_mount": (429,),
    "fsopen": (430,),
    "fsconfig": (431,),
    "fsmount": (432,),
    "fspick": (433,),
    "mount_setattr": (442,),
    "open_by_handle_at": (304, 265),
    # memory that belongs to no process
    "memfd_create": (319, 279),
    "memfd_secret": (447,),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    # other processes, keys, the machine's log, and machinery
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "syslog": (103, 116),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "fanotify_init": (300, 262),
    "io_uring_setup": (425,),
    "io_uring_enter": (426,),
    "io_uring_register": (427,),
}
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
CLONE, CLONE3, SOCKET = (56, 220), 435, (41, 198)
NAMESPACES = 0x7E020080  # the flags of clone that make a namespace
FAMILIES = (
    1,
    2,
    10,
    16,
)  # of sockets: within the machine, the network that is not there, and its list of devices
OTHER_CALLS = 0x40000000  # numbers from here on are x86's third set of calls

# Offsets in what the filter looks at, operations, and verdicts.
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, FAIL = 0x7FFF0000, 0x80000000, 0x00050000


def supported() -> bool:
    """Whether this machine's calls are known here."""
    return platform.machine() in MACHINES


def program() -> bytes:
    """The filter for this machine, as bubblewrap's --seccomp reads it."""
    column, architecture = MACHINES[platform.machine()]
    steps = []

    def step(operation: int, value: int, *, yes: int = 0, no: int = 0) -> None:
        """Add one instruction; `yes` and `no` say how many steps it skips."""
        steps.append(struct.pack("=HBBI", operation, yes, no, value))

    def refuse_if(operation: int, value: int, *, error: int = errno.EPERM) -> None:
        step(operation, value, no=1)
        step(RETURN, FAIL | error)

    step(LOAD, ARCHITECTURE)
    step(EQUAL, architecture, yes=1)
    step(RETURN, KILL)
    step(LOAD, NUMBER)
    refuse_if(AT_LEAST, OTHER_CALLS, error=errno.ENOSYS)
    refuse_if(EQUAL, CLONE3, error=errno.ENOSYS)  # its flags lie in memory; without it, libraries take clone
    for numbers in REFUSED.values():
        refuse_if(EQUAL, numbers[min(column, len(numbers) - 1)])
    step(EQUAL, CLONE[column], no=3)
    step(LOAD, FIRST_ARGUMENT)
    refuse_if(ANY_BIT, NAMESPACES)
    step(LOAD, NUMBER)
    step(EQUAL, SOCKET[column], no=len(FAMILIES) + 2)
    step(LOAD, FIRST_ARGUMENT)
    for place, family in enumerate(FAMILIES):
        step(EQUAL, family, yes=len(FAMILIES) - place)
    step(RETURN, FAIL | errno.EAFNOSUPPORT)
    step(RETURN, ALLOW)
    return b"".join(steps)
