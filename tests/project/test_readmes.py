"""The README's example runs, links lead somewhere, and the package's README has one line for each file."""

import contextlib
import io
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "d2lmodels"


def test_the_example_prints_what_it_says():
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), flags=re.DOTALL)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(example, {})
    assert printed.getvalue().split() == re.findall(r"print\(.*\)  # (\S+)", example)


def test_the_book_has_one_title():
    title = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["title"]
    assert (ROOT / "README.md").read_text("utf-8").startswith(f"# {title}\n")
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))["title"] == title


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"])
def test_links_to_files_lead_somewhere(name):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (ROOT / name).read_text("utf-8"))
    assert [link for link in links if not (ROOT / link).exists()] == []


def names_by_line():
    """Return the Python files that each line of the package's README names, other lines left out."""
    lines = (PACKAGE / "README.md").read_text("utf-8").splitlines()
    return [names for names in (re.findall(r"[\w/]+\.py", line) for line in lines) if names]


def defines(file):
    """Whether the `__init__.py` of a part does more than to hand on names."""
    lines = (PACKAGE / file).read_text("utf-8").splitlines()
    return "/" in file and any(line.startswith("def ") for line in lines)


def test_each_file_of_the_package_has_one_line():
    files = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")}
    named = [names[0].removeprefix("d2lmodels/") for names in names_by_line()]
    assert sorted(named) == sorted(file for file in files if "__init__" not in file or defines(file))


def test_what_a_line_names_exists():
    named = {name for names in names_by_line() for name in names[1:]}
    places = (ROOT, ROOT / "tests", PACKAGE)
    assert [name for name in named if not any((place / name).exists() for place in places)] == []
