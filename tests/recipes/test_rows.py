"""The loop of the recipes: nothing runs twice, nothing is lost, and smoke rows can be repeated."""

import importlib
import json
import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from d2lmodels import results

RECIPES = Path(__file__).resolve().parents[2] / "recipes"
HELPERS = ("rows", "on_scenes", "parallel", "bert_texts")
NAMES = sorted(path.stem for path in RECIPES.glob("*.py") if path.stem not in HELPERS)

# On the processor, threads and versions of the row the figures must be equal. Elsewhere the order of sums
# differs: 1e-7 a step, which training amplifies; over the few dozen steps of a smoke row a loss then moves
# by a few per cent at most, and an accuracy by the few examples that lie on the border. Mistakes move more.
RELATIVE, ABSOLUTE = 0.05, 0.05

DEMO = """
import time
import torch
import rows
CONFIGURATIONS = [{"width": width, "bias": True} for width in (2, 3)]
SMOKE = {"width": 1, "bias": False}
def train_one(config, seed):
    torch.manual_seed(seed)
    model = torch.nn.Linear(config["width"], 1, bias=config["bias"])
    return {"sum": sum(part.sum().item() for part in model.parameters())}
if __name__ == "__main__":
    rows.run("demo", CONFIGURATIONS, train_one, smoke=SMOKE, folder=FOLDER)
"""


@pytest.fixture
def rows(monkeypatch):
    monkeypatch.syspath_prepend(str(RECIPES))
    for variable in ("D2LMODELS_STEPS", "D2LMODELS_SEED", "RANK", "WORLD_SIZE", "LOCAL_RANK"):
        monkeypatch.delenv(variable, raising=False)
    return importlib.import_module("rows")


def repeats(rows, row, score) -> bool:
    """Return whether a repeated score is the row's: exactly on the same machine, closely on another."""
    if row["hardware"]["device"] == "cpu" and (row["hardware"], row["versions"]) == (
        rows.hardware(), rows.versions(),
    ):  # fmt: skip
        return score == row["score"]
    return score == {
        name: pytest.approx(value, rel=RELATIVE, abs=ABSOLUTE) for name, value in row["score"].items()
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_smoke_row_of_every_recipe_repeats(rows, name):
    recipe = importlib.import_module(name)
    (row,) = [row for row in results.read(name) if row["smoke"]]
    threads = torch.get_num_threads()
    torch.set_num_threads(row["hardware"]["threads"])
    try:
        start = time.perf_counter()
        score = recipe.train_one(row["config"], row["seed"])
        assert repeats(rows, row, score), (score, row["score"])
        assert row["seconds"] <= 20, f"a smoke row takes 20 s at most; this took {row['seconds']}"
        print(f"{name}: {time.perf_counter() - start:.1f} s")
    finally:
        torch.set_num_threads(threads)


class Demo:
    """A recipe that notes what it runs."""

    configurations = [{"width": 1}, {"width": 2}]  # noqa: RUF012

    def __init__(self, rows, folder):
        self.rows, self.folder, self.calls = rows, folder, []

    def train_one(self, config, seed):
        self.calls.append((config["width"], seed))
        return {"score": config["width"] + seed / 3}

    def run(self, *arguments, train_one=None):
        self.calls = []
        self.rows.run(
            "demo", self.configurations, train_one or self.train_one, smoke={"width": 9},
            folder=self.folder, arguments=arguments,
        )  # fmt: skip
        return self.calls

    @property
    def written(self):
        return json.loads((self.folder / "demo.json").read_text())


@pytest.fixture
def demo(rows, tmp_path):
    return Demo(rows, tmp_path)


def test_finished_rows_are_not_run_again(demo, capsys):
    assert demo.run("--seeds", "0") == [(1, 0), (2, 0)]
    assert demo.run("--seeds", "0", "1") == [(1, 1), (2, 1)]
    assert demo.run("--seeds", "0", "1") == []
    assert demo.run("--smoke") == [(9, 0)] and demo.run("--smoke") == []
    assert "demo: 0 rows done, none left" in capsys.readouterr().out
    assert [(row["config"]["width"], row["seed"], row["smoke"]) for row in demo.written] == [
        (1, 0, False), (2, 0, False), (1, 1, False), (2, 1, False), (9, 0, True),
    ]  # fmt: skip


def test_a_row_says_what_was_run_and_on_what(demo, capsys):
    demo.run("--smoke", "--seeds", "4")
    (row,) = demo.written
    assert row == json.loads(capsys.readouterr().out.splitlines()[0])
    assert list(row) == ["recipe", "config", "seed", "smoke", "score", "seconds", "hardware", "versions"]
    assert row["recipe"] == "demo" and row["score"] == {"score": 9 + 4 / 3}
    assert set(row["hardware"]) == {"processor", "cores", "threads", "device"}
    assert row["hardware"]["threads"] == torch.get_num_threads()
    assert row["versions"]["torch"] == torch.__version__ and set(row["versions"]) >= {"python", "d2lmodels"}


def test_the_score_comes_back_exactly(demo):
    demo.run()
    assert [row["score"]["score"] for row in demo.written] == [1.0, 2.0]
    demo.run("--seeds", "1")
    assert demo.written[3]["score"]["score"] == 2 + 1 / 3
    assert len((demo.folder / "demo.json").read_text().splitlines()) == 6


def test_it_stops_in_time_and_says_what_is_left(demo, capsys):
    assert demo.run("--minutes", "0", "--seeds", "0", "1") == [(1, 0)]
    assert capsys.readouterr().out.endswith("demo: 1 rows done, 3 left; the same command goes on\n")
    assert demo.run("--minutes", "0", "--seeds", "0", "1") == [(2, 0)]


def test_no_row_is_started_that_would_end_too_late(demo):
    def slow(config, seed):
        time.sleep(0.3)
        return {}

    start = time.monotonic()
    demo.run("--minutes", str(0.5 / 60), "--seeds", "0", "1", train_one=slow)
    assert len(demo.written) == 1 and time.monotonic() - start < 5


def test_a_failure_keeps_the_rows_before_it(demo):
    def fails_later(config, seed):
        return {"x": 1 / (2 - config["width"])}

    with pytest.raises(ZeroDivisionError):
        demo.run(train_one=fails_later)
    assert len(demo.written) == 1 and demo.run() == [(2, 0)]
    assert [path.name for path in demo.folder.iterdir()] == ["demo.json"]


def test_a_killed_write_leaves_the_old_rows(demo, monkeypatch):
    demo.run()
    monkeypatch.setattr(Path, "replace", lambda path, target: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        demo.run("--seeds", "1")
    monkeypatch.undo()
    assert len(demo.written) == 2


def test_capped_or_reseeded_runs_make_no_rows(demo, monkeypatch):
    for variable in ("D2LMODELS_STEPS", "D2LMODELS_SEED"):
        monkeypatch.setenv(variable, "3")
        with pytest.raises(ValueError, match=f"{variable} is set"):
            demo.run()
        monkeypatch.delenv(variable)
    assert not (demo.folder / "demo.json").exists()


def test_ranks_share_the_rows(demo, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "3")
    calls = []
    for rank in "021":
        monkeypatch.setenv("RANK", rank)
        calls.append(demo.run("--seeds", "0", "1"))
    assert calls == [[(1, 0), (2, 1)], [(1, 1)], [(2, 0)]]
    assert len(demo.written) == 4


def add_rows(path, numbers):
    import rows

    for number in numbers:
        rows.add(path, {"config": {}, "seed": number, "smoke": False})


@pytest.mark.skipif(sys.platform == "win32", reason="no lock on Windows")
def test_processes_that_add_at_once_lose_no_row(rows, tmp_path):
    context = multiprocessing.get_context("fork")
    path = tmp_path / "demo.json"
    workers = [context.Process(target=add_rows, args=(path, range(k * 50, k * 50 + 50))) for k in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(row["seed"] for row in json.loads(path.read_text())) == list(range(150))
    assert list(tmp_path.iterdir()) == [path]


def test_a_recipe_is_a_script_and_its_smoke_row_repeats(rows, tmp_path, monkeypatch):
    (tmp_path / "demo.py").write_text(f"FOLDER = {str(tmp_path)!r}\n" + DEMO)
    environment = os.environ | {"PYTHONPATH": str(RECIPES)}
    command = [sys.executable, str(tmp_path / "demo.py"), "--smoke"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (row,) = rows.read(tmp_path / "demo.json")
    monkeypatch.syspath_prepend(str(tmp_path))
    score = importlib.import_module("demo").train_one(row["config"], row["seed"])
    assert repeats(rows, row, score)
    elsewhere = row | {"hardware": row["hardware"] | {"processor": "another"}}
    moved = {"sum": score["sum"] + 0.01}
    here = row | {"hardware": rows.hardware()}
    assert repeats(rows, here, score) and not repeats(rows, here, moved) and repeats(rows, elsewhere, moved)
    assert not repeats(rows, elsewhere, {"sum": score["sum"] + 0.2}) and not repeats(rows, elsewhere, {})
