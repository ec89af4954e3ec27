"""Rows and weights are found by name in the package, and a wrong name lists the right ones."""

import json

import pytest

from d2lmodels import checkpoints, results

ROWS = [{"recipe": "depth", "score": {"accuracy": 0.5}}]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for module in (results, checkpoints):
        monkeypatch.setattr(module, "files", lambda name: tmp_path)
    (tmp_path / "__init__.py").touch()
    return tmp_path


def test_rows_and_weights_by_name(folder):
    (folder / "depth.json").write_text(json.dumps(ROWS))
    (folder / "depth.safetensors").touch()
    assert results.read("depth") == ROWS
    assert checkpoints.path("depth") == folder / "depth.safetensors"


def test_a_wrong_name_lists_the_right_ones(folder):
    for call, kind in ((results.read, "results"), (checkpoints.path, "checkpoints")):
        with pytest.raises(ValueError, match=f"name is 'depht'; there are {kind} of nothing yet"):
            call("depht")
    for name in ("width.json", "depth.json", "depth.safetensors", "a.safetensors", "x.json.part"):
        (folder / name).write_text("[]")
    with pytest.raises(ValueError, match=r"there are results of depth, width$"):
        results.read("../results/depth")
    with pytest.raises(ValueError, match=r"there are checkpoints of a, depth$"):
        checkpoints.path("__init__")


def test_they_lie_in_the_package():
    for module in (results, checkpoints):
        assert (module.files(module.__name__) / "__init__.py").is_file()
