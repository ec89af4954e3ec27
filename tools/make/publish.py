"""Lay a built book into the branch that Pages serves: python tools/make/publish.py _build/html PAGES 0.1.0

Each release gets a folder of its own and keeps it, so that a course can hold to one: /v0.1.0/. The
root forwards to the highest version. It does not commit or push.
"""

import argparse
import re
import shutil
from pathlib import Path

FORWARD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Large Models from Scratch</title>
<meta http-equiv="refresh" content="0; url={folder}/">
<link rel="canonical" href="{folder}/">
<p>The book is at <a href="{folder}/">{folder}</a>.</p>
</html>
"""


def publish(html, pages, version):
    """Copy the book at `html` into `pages` as v{version}, and let the root forward to the highest version."""
    target = pages / f"v{version}"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(html, target)
    releases = [path.name for path in pages.iterdir() if re.fullmatch(r"v\d+\.\d+\.\d+", path.name)]
    newest = max(releases, key=lambda name: [int(part) for part in name[1:].split(".")])
    (pages / "index.html").write_text(FORWARD.format(folder=newest), encoding="utf-8")
    (pages / ".nojekyll").touch()  # folders that begin with _ are served too


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("html", type=Path, help="the built book")
    parser.add_argument("pages", type=Path, help="a checkout of the branch that Pages serves")
    parser.add_argument("version", help="as 0.1.0")
    arguments = parser.parse_args()
    publish(arguments.html, arguments.pages, arguments.version)
