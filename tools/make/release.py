"""Say what keeps this version from being released: python tools/make/release.py [--tag v0.1.0]

The version and the repository's address stand in pyproject.toml; everything else must agree with them.
Prints one line a problem and exits 1 where there is any.
"""

import argparse
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from common import ROOT


def git(root, *arguments):
    """Return what a git command prints."""
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True).stdout.strip()


def problems(root, *, tag=None):
    """Return one line for each thing that keeps the checkout at `root` from being released.

    tag: the tag that is being released, where there is one already; it must be v and the version.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version, url = project["version"], project["urls"]["Repository"]
    changes = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    citation = (root / "CITATION.cff").read_text(encoding="utf-8")
    found = []
    if "/OWNER/" in url:
        found.append(f"pyproject.toml: {url} holds the placeholder OWNER; write the repository's owner")
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        found.append(f"pyproject.toml: version {version!r} is not of the form 1.2.3")
    heading = re.search(rf"^## {re.escape(version)} \((.*)\)$", changes, flags=re.MULTILINE)
    if not heading:
        found.append(f"CHANGELOG.md: no heading '## {version} (year-month-day)'")
    elif not re.fullmatch(r"\d{4}-\d{2}-\d{2}", heading[1]):
        found.append(f"CHANGELOG.md: {version} is dated {heading[1]!r}; write year-month-day")
    elif f"date-released: {heading[1]}" not in citation:
        found.append(f"CITATION.cff: date-released is not {heading[1]}, the date in CHANGELOG.md")
    if not re.search(rf"^version: {re.escape(version)}$", citation, flags=re.MULTILINE):
        found.append(f"CITATION.cff: version is not {version}")
    if f'repository-code: "{url}"' not in citation:
        found.append(f"CITATION.cff: repository-code is not {url}")
    if tag is not None and tag != f"v{version}":
        found.append(f"tag {tag} is not v{version}, the version in pyproject.toml")
    if tag is None and git(root, "tag", "--list", f"v{version}"):
        found.append(f"tag v{version} exists already; give pyproject.toml the next version")
    if git(root, "status", "--porcelain"):
        found.append("git status is not clean; commit first")
    return found


def main(root=ROOT):
    """Read the arguments and print the problems."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tag", help="the tag that is being released")
    parser.add_argument("--root", type=Path, default=root, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    found = problems(arguments.root, tag=arguments.tag)
    print("\n".join(found) or "nothing keeps this version from being released")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
