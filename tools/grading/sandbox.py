"""The command line that runs a program apart from the machine, under bubblewrap.

Inside there is no network, no checkout, no course and no home folder: only the system's programs, Python
and its packages, read-only, four small folders in memory, and the data files of the lab. Linux only.
Does not watch what runs: rlimits count single processes, and launch.py adds them up.
"""

import functools
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from tools.grading import calls
from tools.grading.limits import Limits

ROOT = Path(__file__).resolve().parents[2]
STUB = Path(__file__).resolve().parent / "forbidden"
HOME, COURSE = "/home/student", "/course"
SOCKETS = "/run/kernel"
FOLDERS = {COURSE: "0777", HOME: "0777", "/tmp": "01777", "/dev/shm": "01777", SOCKETS: "0777"}
SYSTEM = "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"
SETTINGS = [f"/etc/{name}" for name in ("alternatives", "fonts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d")]
SETTINGS += ["/etc/localtime", "/etc/timezone"]
FIRST_ID, LAST_ID = 60706, 61183  # users that no distribution gives away
TRIAL_SECONDS = 30
BARE = {"PATH": os.environ.get("PATH", os.defpath)}  # bubblewrap's own environment can be read inside
SPARE_SECONDS = 5


def is_root() -> bool:
    """Whether the grader is root, and the sandbox therefore needs a user of its own."""
    return os.geteuid() == 0


@functools.cache
def unavailable() -> str | None:
    """Why there is no sandbox here and what to do about it, in one line; None where it works."""
    if sys.platform != "linux":
        system = {"darwin": "macOS", "win32": "Windows"}.get(sys.platform, sys.platform)
        return f"this is {system}: the sandbox needs Linux with bubblewrap, for instance in a virtual machine"
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed: apt install bubblewrap (or your system's package of that name)"
    if not calls.supported():
        return f"the sandbox knows 64-bit Intel and ARM machines only, and this is {platform.machine()}"
    for program in ["prlimit", *(["setpriv"] if is_root() else [])]:
        if not shutil.which(program):
            return (
                f"{program} is not installed: apt install util-linux (or your system's package of that name)"
            )
    if around := next((folder for folder in bound() if within(ROOT, folder)), None):
        return f"the checkout lies in {around}, which students' code can read: move it to a home folder"
    return failure([sys.executable, "-I", "-c", "import ipykernel_launcher"], user=LAST_ID)


def failure(program: list[str], *, user: int) -> str | None:
    """Try a program in the sandbox: why it did not work, in one line, or None."""
    refused = readable(calls.program())
    try:
        trial = subprocess.run(
            command(program, user=user, refused=refused),
            stdin=subprocess.DEVNULL,
            pass_fds=[refused],
            env=BARE,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TRIAL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"bubblewrap gave no answer within {TRIAL_SECONDS} s: grade on another machine"
    finally:
        os.close(refused)
    if not trial.returncode:
        return None
    said = (trial.stderr.strip().splitlines() or [f"exit status {trial.returncode}"])[-1][:200]
    if "namespace" in said or "uid map" in said:
        return (
            f"user namespaces are switched off ({said}): allow them "
            "(sysctl kernel.unprivileged_userns_clone=1 or kernel.apparmor_restrict_unprivileged_userns=0) "
            "or grade as root"
        )
    if "ermission denied" in said or "ModuleNotFound" in said:
        return f"the sandbox cannot read the environment in {sys.prefix} ({said}): chmod -R a+rX {sys.prefix}"
    return f"bubblewrap does not work here ({said}): grade without the sandbox, or on another machine"


def readable(content: bytes) -> int:
    """A descriptor from which a content can be read."""
    descriptor = os.memfd_create("content")
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def hidden(arguments: list[str]) -> tuple[list[str], int]:
    """The same command line with bubblewrap's options in a descriptor, out of every list of processes."""
    end = arguments.index("--")
    descriptor = readable("".join(f"{part}\0" for part in arguments[1:end]).encode())
    return [arguments[0], "--args", str(descriptor), *arguments[end:]], descriptor


def within(path: str | Path, folder: str | Path) -> bool:
    """Whether a path lies in a folder, wherever links lead."""
    return Path(path).resolve().is_relative_to(Path(folder).resolve())


def bound() -> list[str]:
    """The folders and files that are visible inside, read-only, at their own paths."""
    python = [sys.base_prefix, sys.prefix]
    specification = importlib.util.find_spec("d2lmodels")
    own = list(specification.submodule_search_locations or []) if specification else []
    links = [str(Path(folder).resolve()) for folder in python]
    found = [*SYSTEM, *SETTINGS, *dict.fromkeys([*python, *links, *own])]
    found = [path for path in found if Path(path).exists()]
    return [path for path in found if path in SYSTEM or not any(lies(path, folder) for folder in SYSTEM)]


def lies(path: str, folder: str) -> bool:
    """Whether a path as written lies in a folder as written."""
    return Path(path).is_relative_to(folder)


def covered(names: Iterable[str]) -> list[tuple[str, str]]:
    """What hides packages: pairs of the stub's path and the path that it covers."""
    pairs = []
    for name in names:
        top = name.partition(".")[0]
        if not top.isidentifier():
            raise ValueError(f"forbidden must hold names of packages, got {name!r}")
        folders = {*sys.path, *(str(Path(path).parent) for path in bound() if Path(path).name == top)}
        for folder in sorted(filter(None, folders)):
            whole = Path(folder, top)
            if whole.is_dir():
                pairs.append((str(STUB), str(whole)))
            files = [Path(folder, f"{top}.py"), *Path(folder).glob(f"{top}.*.so")]
            pairs += [(str(STUB / "__init__.py"), str(file)) for file in files if file.is_file()]
    visible = bound()
    return [pair for pair in pairs if any(lies(pair[1], path) for path in visible)]


def data_files(folder: str | Path | None) -> list[Path]:
    """The regular files of a folder that a lab's code may read: no notebooks, no links, nothing hidden."""
    if folder is None:
        return []
    found = sorted(Path(folder).iterdir())
    usable = [path for path in found if path.is_file() and not path.is_symlink()]
    return [path for path in usable if path.suffix != ".ipynb" and not path.name.startswith(".")]


def variables(limits: Limits) -> dict[str, str]:
    """All variables that the program sees."""
    threads = dict.fromkeys(
        ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"], str(limits.threads)
    )
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": HOME,
        "USER": "student",
        "LOGNAME": "student",
        "MPLCONFIGDIR": f"{HOME}/.matplotlib",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TQDM_DISABLE": "1",
        **threads,
    }


def rlimits(limits: Limits) -> list[str]:
    """The program that sets the limits of a single process, as the beginning of a command line."""
    counts = {
        "as": limits.address_space,
        "core": 0,
        "cpu": limits.cpu_seconds + SPARE_SECONDS,  # launch.py comes first, and says why
        "fsize": limits.file_bytes,
        "memlock": 0,
        "msgqueue": 0,
        "nofile": limits.open_files,
        "nproc": limits.processes,
    }
    return [
        shutil.which("prlimit") or "prlimit",
        *(f"--{name}={count}" for name, count in counts.items()),
        "--",
    ]


def parents(paths: Iterable[str]) -> list[str]:
    """All folders above some paths, from the top down, without the root."""
    above = {str(parent) for path in paths for parent in Path(path).parents}
    return sorted(above - {"/"})


def command(
    program: list[str],
    *,
    user: int,
    refused: int,
    forbidden: Iterable[str] = (),
    limits: Limits | None = None,
    contents: Mapping[str, int] | None = None,
    options: Iterable[str] = (),
) -> list[str]:
    """The arguments that run a program in the sandbox.

    Args:
        program: the program and its arguments; it starts in /course.
        user: the number of the user that it becomes where the grader is root. Give each sandbox its own,
            or they share the limit on processes.
        refused: open descriptor of the system calls to refuse, as calls.py writes them.
        forbidden: names of packages that cannot be imported inside.
        limits: what each process may use, and the size of the folders.
        contents: path inside → open descriptor of what the file there holds.
        options: more options for bubblewrap.
    """
    limits, contents = limits or Limits(), contents or {}
    system = [path for path in bound() if path in SYSTEM]
    others = [path for path in bound() if path not in SYSTEM]
    arguments = [
        "bwrap",
        "--unshare-pid",
        "--unshare-net",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-cgroup-try",
    ]
    arguments += ["--die-with-parent", "--new-session", "--hostname", "sandbox", "--clearenv"]
    arguments += ["--seccomp", str(refused), *options]
    if not is_root():
        arguments += ["--unshare-user", "--uid", str(user), "--gid", str(user)]
    for name, value in variables(limits).items():
        arguments += ["--setenv", name, value]
    for path in system:
        link = Path(path).is_symlink()
        arguments += ["--symlink", str(Path(path).readlink()), path] if link else ["--ro-bind", path, path]
    for path in parents([*others, *FOLDERS, *contents]):
        if not any(lies(path, folder) for folder in [*system, *FOLDERS]):
            arguments += ["--perms", "0755", "--dir", path]
    arguments += ["--dev", "/dev", "--proc", "/proc"]
    for path, mode in FOLDERS.items():
        arguments += ["--size", str(limits.folder_bytes), "--perms", mode, "--tmpfs", path]
    for path in others:  # an environment may lie in /tmp
        for parent in parents([path]):
            if any(lies(parent, folder) for folder in FOLDERS):
                arguments += ["--perms", "0755", "--dir", parent]
        arguments += ["--ro-bind", path, path]
    for source, target in covered(forbidden):
        arguments += ["--ro-bind", source, target]
    for path, descriptor in contents.items():
        arguments += ["--perms", "0444", "--ro-bind-data", str(descriptor), path]
    arguments += ["--chdir", COURSE, "--remount-ro", "/dev", "--remount-ro", "/", "--", *rlimits(limits)]
    if is_root():
        arguments += [
            shutil.which("setpriv") or "setpriv",
            f"--reuid={user}",
            f"--regid={user}",
            "--clear-groups",
        ]
        arguments += ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--"]
    return [*arguments, *program]
