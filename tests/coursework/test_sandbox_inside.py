"""The sandbox from inside: what a student's code sees and can do there. Its end: test_kernel_end.py."""

import shutil
import tempfile
from pathlib import Path

import pytest
from kernels import needs_sandbox

from tools.grading import sandbox
from tools.grading.kernel import Kernel
from tools.grading.limits import MIB, Limits

SMALL = Limits(folder_bytes=8 * MIB, file_bytes=3 * MIB, processes=64)
TELL = """
import json
from IPython.display import display
def tell(value):
    display({"application/x-d2lmodels": json.loads(json.dumps(value))}, raw=True)
"""


@pytest.fixture(scope="module")
def course():
    """A course folder in the checkout, with a gradebook."""
    (sandbox.ROOT / "_build").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="course-", dir=sandbox.ROOT / "_build"))
    (folder / "gradebook.db").write_text("grades")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A lab's folder: a file of data, and what must not get in."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "numbers.csv").write_text("1,2\n")
    (folder / "lab.ipynb").write_text("{}")
    (folder / "link.csv").symlink_to("/etc/passwd")
    (folder / "folder").mkdir()
    return folder


@pytest.fixture(scope="module")
def inside(course, data):
    """Runs code in the sandbox and returns what it tells; `course` must be there when the sandbox starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("D2LMODELS_SECRET", "the variant's secret")
        patch.setenv("JPY_PARENT_PID", "1")
        with Kernel(sandboxed=True, forbidden=["torch", "tabnanny"], files=data, limits=SMALL) as kernel:
            assert not kernel.run(TELL, seconds=10).error

            def run(code):
                ran = kernel.run(code, seconds=20)
                assert ran.error is None, ran.error
                return ran.messages[0]

            run.kernel = kernel
            yield run


@needs_sandbox
def test_the_user_is_nobody_in_particular(inside):
    """No root, no capability now or later, and no way back."""
    told = inside("""
import os
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines())
try:
    os.setuid(0)
    became = True
except OSError:
    became = False
tell([os.getuid(), os.getgid(), os.getgroups(), status, became])
""")
    user, group, groups, status, became = told
    assert sandbox.FIRST_ID <= user <= sandbox.LAST_ID and group == user
    assert not set(groups) - {user, 65534}
    assert {status[name].strip("0") for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {""}
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
    assert not became


@needs_sandbox
def test_there_is_no_network(inside):
    """Only the loopback device, and no address answers."""
    told = inside("""
import socket
devices = [line.split(":")[0].strip() for line in open("/proc/net/dev").read().splitlines()[2:]]
errors = []
for address in ("192.0.2.1", 80), ("8.8.8.8", 53), ("127.0.0.1", 22):
    try:
        socket.create_connection(address, timeout=2)
        errors.append(None)
    except OSError as error:
        errors.append(type(error).__name__)
tell([devices, errors])
""")
    devices, errors = told
    assert devices == ["lo"]
    assert None not in errors


@needs_sandbox
def test_course_checkout_and_homes_are_not_there(inside, course, data):
    """Neither paths nor names of what is graded, nor other people's files."""
    hidden = [course, course / "gradebook.db", data, sandbox.ROOT / "coursework", sandbox.ROOT / "tools"]
    hidden += [sandbox.ROOT / ".git", sandbox.ROOT / "tests", Path.home() / ".ssh", Path("/etc/passwd")]
    hidden += [Path("/etc/shadow"), Path("/var"), Path("/sys"), Path("/opt"), Path("/mnt"), Path("/srv")]
    told = inside(f"""
import os
walk = os.walk({str(sandbox.ROOT)!r})
names = [name for folder, _, files in walk if ".venv" not in folder for name in files]
tell([[path for path in {[str(path) for path in hidden]!r} if os.path.exists(path)], names])
""")
    there, names = told
    assert there == []
    assert not [name for name in names if name.endswith(".ipynb") or "gradebook" in name]


@needs_sandbox
def test_the_working_folder_holds_the_data_and_nothing_else(inside):
    """Data files can be read and not changed; notebooks, links and folders stay out."""
    told = inside("""
import os
try:
    open("numbers.csv", "a")
    changed = True
except OSError:
    changed = False
open("own.txt", "w").write("mine")
tell([os.getcwd(), os.listdir(), open("numbers.csv").read(), changed])
os.remove("own.txt")
""")
    assert told == [sandbox.COURSE, told[1], "1,2\n", False]
    assert sorted(told[1]) == ["numbers.csv", "own.txt"]


@needs_sandbox
def test_only_the_small_folders_can_be_written(inside):
    """Every folder down to the third level, the environment's among them, refuses a new file."""
    told = inside(f"""
import os, sys
tried = {{"/": 0}}
for folder, names, _ in os.walk("/"):
    depth = folder.rstrip("/").count("/")
    names[:] = [name for name in names if depth < 3 and os.path.join(folder, name) != "/proc"]
    tried[folder] = 0
packages = [path for path in sys.path if os.path.isdir(path)]
for folder in [*tried, *packages, {str(sandbox.ROOT / "d2lmodels")!r}]:
    try:
        path = os.path.join(folder, "planted")
        open(path, "w").close()
        os.remove(path)
        tried[folder] = 1
    except OSError:
        pass
tell([[folder for folder, written in tried.items() if written], len(tried)])
""")
    written, count = told
    roots = {path for path in written if not any(path.startswith(f"{root}/") for root in sandbox.FOLDERS)}
    assert roots == set(sandbox.FOLDERS)
    assert count > 100


@needs_sandbox
def test_a_folder_fills_up_at_its_size(inside):
    """Many files meet the size of the folder, one file the limit on files; removing them makes room."""
    told = inside("""
import errno, os
results = []
for folder in "/course", "/home/student", "/tmp", "/dev/shm", "/run/kernel":
    total, error = 0, None
    for number in range(16):
        try:
            with open(f"{folder}/{number}", "wb", buffering=0) as file:
                while total < 2**25:
                    total += file.write(bytes(2**19))
        except OSError as caught:
            error = caught.errno
            if error != errno.EFBIG:
                break
    for number in range(16):
        if os.path.exists(f"{folder}/{number}"):
            os.remove(f"{folder}/{number}")
    results.append([total, errno.errorcode[error]])
tell(results)
""")
    for total, error in told:
        assert error == "ENOSPC" and 7 * MIB <= total <= 8 * MIB
    large = inside("""
import errno
total = 0
try:
    with open("/tmp/large", "wb", buffering=0) as file:
        while total < 2**24:
            total += file.write(bytes(2**19))
except OSError as caught:
    error = errno.errorcode[caught.errno]
tell([total, error])
import os
os.remove("/tmp/large")
""")
    assert large == [SMALL.file_bytes, "EFBIG"]


@needs_sandbox
def test_only_its_own_processes_can_be_seen(inside):
    """Process 1 is the sandbox's own, and the grader is not among the others."""
    told = inside("""
import os
numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]
lines = [open(f"/proc/{number}/cmdline").read() for number in numbers]
tell([numbers, lines, os.uname().nodename])
""")
    numbers, lines, node = told
    assert len(numbers) == 2 and 1 in numbers
    assert not any(word in line for line in lines for word in ("launch.py", "pytest", "forbidden"))
    assert node == "sandbox"


@needs_sandbox
def test_the_graders_variables_stay_outside(inside):
    """The environment holds what sandbox.py lists, and what the kernel itself adds."""
    names = set(inside("import os; tell(list(os.environ))"))
    own = {
        "PWD",
        "JPY_SESSION_NAME",
        "MPLBACKEND",
        "KMP_DUPLICATE_LIB_OK",
        "KMP_INIT_AT_FORK",
        "PYDEVD_USE_FRAME_EVAL",
    }
    own |= {"CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "GIT_PAGER", "PAGER", "TERM"}
    assert names - own == set(sandbox.variables(SMALL))
    assert "secret" not in str(inside("import os; tell(dict(os.environ))"))


@needs_sandbox
def test_forbidden_packages_say_so(inside):
    """A package and a module of one file are covered, however they are imported; others are not."""
    for code in (
        "import torch",
        "import torch.nn",
        "from torch import nn",
        "import importlib; importlib.import_module('torch')",
    ):
        error = inside.kernel.run(code, seconds=20).error
        assert (error["ename"], error["evalue"]) == ("ImportError", "torch may not be used in this lab")
    assert inside.kernel.run("import tabnanny", seconds=20).error["evalue"].startswith("tabnanny may not")
    assert inside("import numpy; tell(numpy.arange(3).sum().item())") == 3


@needs_sandbox
def test_dangerous_calls_are_refused(inside):
    """No new namespaces, no memory that no limit counts, no sockets past the walls; threads still start."""
    told = inside("""
import ctypes, errno, os, socket, threading
library = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    result = getattr(library, name)(*arguments)
    return errno.errorcode.get(ctypes.get_errno()) if result == -1 else result
refused = [call("unshare", 0x10000000), call("memfd_create", b"name", 0), call("shmget", 0, 4096, 0o1600)]
refused += [call("ptrace", 0, 0, 0, 0), call("mount", b"none", b"/tmp", b"tmpfs", 0, None)]
try:
    socket.socket(40, socket.SOCK_STREAM)  # a virtual machine's line to its host
    line = None
except OSError as error:
    line = errno.errorcode[error.errno]
done = []
thread = threading.Thread(target=done.append, args=(1,))
thread.start()
thread.join()
tell([refused, line, done])
""")
    assert told == [["EPERM"] * 5, "EAFNOSUPPORT", [1]]


@needs_sandbox
def test_nothing_is_open_that_belongs_outside(inside):
    """The kernel inherits no file of the grader's."""
    told = inside("""
import os
links = []
for number in os.listdir("/proc/self/fd"):
    try:
        links.append(os.readlink(f"/proc/self/fd/{number}"))
    except OSError:
        pass
tell(links)
""")
    kinds = ("pipe:", "socket:", "anon_inode:", "/dev/null", "/proc/")
    assert [link for link in told if not link.startswith(kinds)] == []
