"""What holds for every file of the repository: one address, one version, nothing of one machine."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
OWNER, NAME = PROJECT["urls"]["Repository"].split("/")[-2:]

ADDRESS = re.compile(rf"(?:github(?:\.com|usercontent\.com)?|/gh)[/:]([\w.-]+)/{NAME}\b")
RELEASE = re.compile(rf"\b{NAME}(?:\.git)?(?:==|-|@v|/v|/\w+/v)(\d+\.\d+\.\d+)\b")
REGISTRIES = re.compile(r"\b(?:pypi|pythonhosted|npmjs|yarnpkg|anaconda|piwheels)" + r"\.(?:org|com)\b")
MACHINES = re.compile(r"(?<![\w.:/-])(?:/(?:root|work)/|/(?:home|Users)/(?!me/)\w+/|[A-Z]:\\\\?Users\\)")


def tracked():
    """Return the files that are, or would be, in the repository; skips where there is no repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if result.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in result.stdout.split("\0") if name and (ROOT / name).is_file()]


def texts():
    """Yield (name, text) of each tracked file that holds text."""
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content:
            yield path.relative_to(ROOT).as_posix(), content.decode("utf-8")


def strays(text):
    """Return the owners and versions in a text that are not those of pyproject.toml."""
    found = [f"owner {owner}" for owner in ADDRESS.findall(text) if owner != OWNER]
    return found + [
        f"version {release}" for release in RELEASE.findall(text) if release != PROJECT["version"]
    ]


def places(text):
    """Return the package registries and paths of one machine that a text names."""
    return [match.group() for match in (*REGISTRIES.finditer(text), *MACHINES.finditer(text))]


def test_every_file_agrees_with_pyproject():
    found = {name: strays(text) for name, text in texts() if not name.startswith("tests/")}
    assert {name: stray for name, stray in found.items() if stray} == {}


def test_no_file_names_a_registry_or_a_machine():
    found = {name: places(text) for name, text in texts()}
    assert {name: place for name, place in found.items() if place} == {}


@pytest.mark.parametrize(
    "text",
    [
        f"https://github.com/somebody/{NAME}",
        f"https://colab.research.google.com/github/somebody/{NAME}/blob/v{PROJECT['version']}/a.ipynb",
        f"https://github.com/{OWNER}/{NAME}/blob/v9.9.9/README.md",
        f"{NAME} @ git+https://github.com/{OWNER}/{NAME}@v9.9.9",
        f"https://mybinder.org/v2/gh/{OWNER}/{NAME}/v9.9.9?labpath=a.ipynb",
        f"%pip install {NAME}==9.9.9",
        "https://" + "pypi" + ".org/simple",
        "https://files." + "pythonhosted" + ".org/packages/x.whl",
        'File "/' + 'root/x.py"',
        "/" + "home/somebody/book",
        "C:\\" + "Users\\somebody",
    ],
)
def test_a_stray_mention_is_found(text):
    assert strays(text) + places(text)


def test_the_right_mentions_pass():
    release = PROJECT["version"]
    text = f"https://github.com/{OWNER}/{NAME}/blob/v{release}/a.ipynb {NAME}=={release} ~/.cache"
    assert strays(text) + places(text) == []


def test_no_build_is_tracked():
    names = [path.relative_to(ROOT).as_posix() for path in tracked()]
    assert [name for name in names if name.endswith((".whl", ".pyc", ".log", ".orig", ".rej"))] == []
