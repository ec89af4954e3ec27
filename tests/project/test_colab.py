"""Notebooks import what Colab has or what they install, and installing the package changes nothing there."""

import ast
import json
import re
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
FREEZE = ROOT.parent / "shared" / "colab" / "pip-freeze.gpu.txt"
COLAB_VERSIONS = ROOT / "tools" / "make" / "colab.txt"
COLAB_PYTHON = "3.13.15"
NOTEBOOKS = sorted(ROOT.glob("notebooks/*/*.ipynb"))


def pins(path):
    """Return the name==version lines of a file, as canonical name → public version."""
    lines = [line.split(" ; ")[0].strip() for line in path.read_text("utf-8").splitlines()]
    found = [re.fullmatch(r"([\w.-]+)==([^+]+)(?:\+.*)?", line) for line in lines]
    return {canonicalize_name(match[1]): match[2] for match in found if match}


@pytest.fixture(scope="module")
def freeze():
    """Return what Colab has, name → version."""
    if not FREEZE.exists():
        pytest.skip("Colab's freeze is not here")
    return pins(FREEZE)


def imported_modules(source):
    """Return the top-level modules that a code cell imports; lines of magics are passed over."""
    python = "\n".join("" if line.lstrip()[:1] in ("%", "!", "?") else line for line in source.splitlines())
    nodes = list(ast.walk(ast.parse(python)))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.split(".")[0] for name in names}


def run_time_closure(name):
    """Return the requirements that installing a package brings with it in Colab, recursively."""
    environment = {
        "extra": "",
        "python_version": COLAB_PYTHON[:4],
        "python_full_version": COLAB_PYTHON,
    }
    found, waiting = {}, [name]
    while waiting:
        for line in requires(waiting.pop()) or ():
            requirement = Requirement(line)
            key = canonicalize_name(requirement.name)
            if requirement.marker is None or requirement.marker.evaluate(environment):
                waiting += [] if key in found else [key]
                found.setdefault(key, []).append(requirement)
    return found


def extras(notebook):
    """Return a notebook's colab_extra."""
    return notebook["metadata"].get("d2lmodels", {}).get("colab_extra", [])


def missing(notebook, freeze):
    """Return the modules that a notebook imports and Colab would not find."""
    extra = {canonicalize_name(Requirement(line).name) for line in extras(notebook)}
    there = {*freeze, "d2lmodels", *run_time_closure("d2lmodels"), *extra}
    distributions = packages_distributions()
    sources = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    modules = set().union(*map(imported_modules, sources)) - set(sys.stdlib_module_names) - {"google"}
    return {
        module
        for module in modules
        if not there & {canonicalize_name(name) for name in distributions.get(module, [module])}
    }


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_imports_only_what_colab_finds(path, freeze):
    assert missing(json.loads(path.read_text("utf-8")), freeze) == set()


def test_a_foreign_import_is_found(freeze):
    def notebook(*lines, extra=()):
        cells = [{"cell_type": "code", "source": [line]} for line in lines]
        return {"metadata": {"d2lmodels": {"colab_extra": list(extra)}}, "cells": cells}

    ordinary = notebook("import numpy, torch, os, jaxtyping", "%pip install x", "from PIL import Image")
    assert missing(ordinary, freeze) == set()
    assert missing(notebook("from d2l import torch as d2l"), freeze) == {"d2l"}
    assert missing(notebook("from d2l import torch as d2l", extra=["d2l==1.0.3"]), freeze) == set()
    assert missing(notebook("def f():\n    import torchmetrics.text"), freeze) == {"torchmetrics"}


def test_installing_the_package_changes_nothing_in_colab(freeze):
    for name, requirements in run_time_closure("d2lmodels").items():
        for requirement in requirements:
            there = freeze.get(name)
            assert there is None or requirement.specifier.contains(there), f"{requirement}; Colab has {there}"


def test_an_extra_replaces_nothing_in_colab(freeze):
    for path in NOTEBOOKS:
        for line in extras(json.loads(path.read_text("utf-8"))):
            assert canonicalize_name(Requirement(line).name) not in freeze, f"{path.name}: Colab has {line}"


def test_colab_check_uses_colabs_versions(freeze):
    versions = pins(COLAB_VERSIONS)
    assert {
        "torch",
        "torchvision",
        "numpy",
        "transformers",
        "ipython",
        "ipykernel",
    } <= set(versions)
    assert {name: version for name, version in versions.items() if freeze.get(name) != version} == {}


def test_the_packages_metadata_is_that_of_pyproject():
    try:
        assert "numpy" in run_time_closure("d2lmodels")
    except PackageNotFoundError:
        pytest.fail("d2lmodels is not installed: run make setup")
