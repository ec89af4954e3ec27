"""`make release-check` finds each thing that must not be released, and publishing keeps older books."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHECK = [sys.executable, "tools/make/release.py", "--root"]


@pytest.fixture
def checkout(tmp_path):
    """Return a folder that could be released: this checkout's three files, with owner and date filled in."""
    for name in ("pyproject.toml", "CITATION.cff", "CHANGELOG.md"):
        text = (ROOT / name).read_text("utf-8").replace("/OWNER/", "/someone/")
        text = text.replace("(unreleased)", "(2026-12-01)").replace(
            "version: ", "date-released: 2026-12-01\nversion: "
        )
        (tmp_path / name).write_text(text, encoding="utf-8")
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def git(folder, *arguments):
    """Run git in a folder, whatever its user has set."""
    settings = [
        "-c",
        "user.name=test",
        "-c",
        "user.email=test@example.org",
        "-c",
        "commit.gpgsign=false",
    ]
    subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder):
    """Commit everything in a folder."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--no-verify", "--allow-empty", "--message", "test")


def check(folder, *arguments):
    """Run release-check on a folder and return (status, lines)."""
    result = subprocess.run([*CHECK, str(folder), *arguments], cwd=ROOT, capture_output=True, text=True)
    return result.returncode, result.stdout.splitlines()


def test_a_finished_checkout_may_be_released(checkout):
    assert check(checkout, "--tag", "v0.1.0") == (
        0,
        ["nothing keeps this version from being released"],
    )
    assert check(checkout)[0] == 0


def test_this_checkout_may_not_while_the_owner_is_open():
    if "/OWNER/" not in (ROOT / "pyproject.toml").read_text("utf-8"):
        pytest.skip("the owner is known")
    status, lines = check(ROOT)
    assert status == 1
    assert any("placeholder OWNER" in line for line in lines)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("pyproject.toml", "/someone/", "/OWNER/", "placeholder OWNER"),
        (
            "pyproject.toml",
            'version = "0.1.0"',
            'version = "0.1.0rc1"',
            "not of the form",
        ),
        ("CHANGELOG.md", "## 0.1.0 (2026-12-01)", "## 0.0.9 (2026-12-01)", "no heading"),
        ("CHANGELOG.md", "(2026-12-01)", "(unreleased)", "dated 'unreleased'"),
        (
            "CHANGELOG.md",
            "(2026-12-01)",
            "(2026-12-02)",
            "date-released is not 2026-12-02",
        ),
        ("CITATION.cff", "version: 0.1.0", "version: 0.2.0", "version is not 0.1.0"),
        ("CITATION.cff", "/someone/", "/other/", "repository-code is not"),
    ],
)
def test_each_fault_is_found(checkout, file, old, new, message):
    text = (checkout / file).read_text("utf-8")
    assert old in text
    (checkout / file).write_text(text.replace(old, new), encoding="utf-8")
    commit(checkout)
    status, lines = check(checkout)
    assert status == 1
    assert any(message in line for line in lines)


def test_a_wrong_tag_is_found(checkout):
    assert check(checkout, "--tag", "v0.2.0") == (
        1,
        ["tag v0.2.0 is not v0.1.0, the version in pyproject.toml"],
    )


def test_a_version_that_was_released_is_found(checkout):
    git(checkout, "tag", "v0.1.0")
    assert check(checkout)[1] == ["tag v0.1.0 exists already; give pyproject.toml the next version"]
    assert check(checkout, "--tag", "v0.1.0")[0] == 0


def test_an_uncommitted_change_is_found(checkout):
    (checkout / "new.txt").touch()
    assert check(checkout)[1] == ["git status is not clean; commit first"]


def test_the_published_book_keeps_its_older_releases(tmp_path):
    pages, html = tmp_path / "pages", tmp_path / "html"
    pages.mkdir()
    for version in ("0.9.0", "0.10.0", "0.9.1"):
        shutil.rmtree(html, ignore_errors=True)
        (html / "_static").mkdir(parents=True)
        (html / "index.html").write_text(version)
        command = [
            sys.executable,
            "tools/make/publish.py",
            str(html),
            str(pages),
            version,
        ]
        subprocess.run(command, cwd=ROOT, check=True)
    for version in ("0.9.0", "0.10.0", "0.9.1"):
        assert (pages / f"v{version}" / "index.html").read_text() == version
    assert 'url=v0.10.0/"' in (pages / "index.html").read_text()
    assert (pages / ".nojekyll").exists()
