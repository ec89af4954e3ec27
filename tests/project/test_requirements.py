"""pyproject.toml, the two locks and environment.yml ask for the same packages, and none names a place."""

import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT, GROUPS = PYPROJECT["project"], PYPROJECT["dependency-groups"]
CONDA_NAMES = {"pytorch-cpu": "torch", "matplotlib-base": "matplotlib"}
FROM_PIP = {"d2l", "d2lmodels"}  # what postBuild installs after environment.yml


def lock(name):
    """Return what a lock holds, as canonical name → list of versions (one for each marker)."""
    versions = {}
    for line in (ROOT / name).read_text("utf-8").splitlines():
        requirement = Requirement(line)
        versions.setdefault(canonicalize_name(requirement.name), []).append(str(requirement.specifier)[2:])
    return versions


def wanted(*extras, groups=()):
    """Return the requirements of the package with some extras and groups, by canonical name."""
    optional = PROJECT["optional-dependencies"]
    lines = [
        *PROJECT["dependencies"],
        *(line for extra in extras for line in optional[extra]),
    ]
    lines += [line for group in groups for line in GROUPS[group]]
    found = {}
    for requirement in map(Requirement, lines):
        if requirement.name == PROJECT["name"]:
            found |= wanted(*requirement.extras)
        else:
            found[canonicalize_name(requirement.name)] = requirement
    return found


@pytest.mark.parametrize("name", ["requirements.lock", "book.lock"])
def test_a_lock_holds_exact_versions_and_no_place(name):
    for line in (ROOT / name).read_text("utf-8").splitlines():
        assert re.fullmatch(r"[a-z0-9-]+==[\w.+!]+( ; .+)?", line), f"{name}: {line}"


def test_the_lock_satisfies_pyproject():
    versions = lock("requirements.lock")
    for name, requirement in wanted(*PROJECT["optional-dependencies"], groups=GROUPS).items():
        assert name in versions, f"{name} is not in requirements.lock: run make lock"
        for version in versions[name]:
            assert requirement.specifier.contains(version), f"{name} {version} is not {requirement.specifier}"


def test_the_environment_is_that_of_the_lock():
    installed = {canonicalize_name(found.name): found.version for found in distributions()}
    for line in (ROOT / "requirements.lock").read_text("utf-8").splitlines():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate():
            version = installed.get(canonicalize_name(requirement.name))
            assert f"=={version}" == str(requirement.specifier), f"{line}: run make setup"


def test_pyproject_overrides_nothing_behind_the_locks_back():
    assert "uv" not in PYPROJECT["tool"]


def test_the_books_lock_is_part_of_the_other_and_has_no_torch():
    book, everything = lock("book.lock"), lock("requirements.lock")
    assert {name: versions for name, versions in book.items() if everything.get(name) != versions} == {}
    assert set(wanted(groups=["book"])) - set(wanted()) <= set(book)
    assert "torch" not in book


def test_readers_get_lower_bounds_only():
    for name, requirement in wanted(*PROJECT["optional-dependencies"]).items():
        assert [part.operator for part in requirement.specifier] == [">="], f"{name}: {requirement}"


def test_conda_gets_what_notebooks_want():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    given = [Requirement(line) for line in environment["dependencies"]]
    given = {CONDA_NAMES.get(requirement.name, requirement.name): requirement for requirement in given}
    expected = wanted("notebooks")
    for name, requirement in expected.items():
        if name not in FROM_PIP:
            assert name in given, f"environment.yml lacks {name}"
            assert given[name].specifier == requirement.specifier, f"environment.yml: {given[name]}"
    assert given["python"].specifier.contains(PROJECT["requires-python"].removeprefix(">="))
    post_build = (ROOT / "postBuild").read_text("utf-8")
    assert f'"{expected["d2l"]}"' in post_build
    assert environment["channels"] == ["conda-forge"]


def test_conda_gets_what_d2l_imports():
    """d2l is installed without its dependencies, so environment.yml must hold them."""
    lines = (ROOT / "tools" / "make" / "overrides.txt").read_text("utf-8").splitlines()
    overridden = {Requirement(line).name for line in lines if not line.startswith("#")}
    text = (ROOT / "environment.yml").read_text("utf-8")
    assert [name for name in overridden - {"jupyter"} if f"- {name}" not in text] == []
