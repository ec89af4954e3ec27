"""The harness, with a clock that only the tests move: nothing is timed here."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Clock:
    """Stands in for the module `time`: it moves when something sleeps or works."""

    def __init__(self):
        self.now, self.calls = 0.0, []

    def perf_counter(self):
        return self.now

    def sleep(self, duration):
        self.now += duration

    def work(self, name, *durations):
        """A function whose calls take these times, the last one from then on."""
        left = list(durations)

        def work():
            self.calls.append(name)
            self.now += left.pop(0) if len(left) > 1 else left[0]

        return work


@pytest.fixture
def harness(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import harness

    return harness


@pytest.fixture
def clock(harness, monkeypatch):
    clock = Clock()
    monkeypatch.setattr(harness, "time", clock)
    return clock


@pytest.fixture
def measurement(harness):
    """A function that makes a `Measurement`, equal and trivial but for its options."""

    def make(**options):
        names = {"what": "a thing", "detail": "of size 3", "peer_name": "other"}
        functions = {"peer": int, "ours": int, "assert_equal": lambda: None}
        return harness.Measurement(**names | functions | options)

    return make


@pytest.fixture
def timings(harness, monkeypatch):
    """A function that scripts the runs: for each, the times of the peer, ours and the peer again."""

    def script(*runs):
        left = list(runs)
        monkeypatch.setattr(harness, "timed_in_turn", lambda functions, **options: left.pop(0))
        return left

    return script


def test_the_ratio_is_the_median_of_paired_ratios(harness, measurement, timings):
    peer, ours = [1.0, 2.0, 12.0, 8.0, 3.0], [0.5, 1.0, 3.0, 8.0, 1.0]  # ratios 2, 2, 4, 1, 3
    timings([peer, ours, peer])
    row = harness.measure(measurement(), rounds=5)
    assert (row["ratio"], row["quartiles"], row["control"]) == (2.0, [2.0, 3.0], 1.0)
    assert (row["peer_seconds"], row["ours_seconds"], row["rounds"], row["runs"]) == (3.0, 1.0, 5, 1)


def test_times_are_divided_by_the_work_of_a_call(harness, measurement, timings):
    timings([[2.0] * 3, [8.0] * 3, [2.0] * 3])
    row = harness.measure(measurement(per_peer=2, per_ours=16), rounds=3)
    assert (row["peer_seconds"], row["ours_seconds"], row["ratio"]) == (1.0, 0.5, 2.0)


@pytest.mark.parametrize("control", [0.94, 1.06])
def test_a_control_outside_the_range_rejects_a_run_which_is_repeated(harness, measurement, timings, control):
    noisy, quiet = [[control] * 3, [0.1] * 3, [1.0] * 3], [[1.0] * 3, [0.5] * 3, [1.0] * 3]
    left, said = timings(noisy, noisy, quiet, quiet), []
    row = harness.measure(measurement(), rounds=3, progress=said.append)
    assert (row["ratio"], row["control"], row["runs"]) == (2.0, 1.0, 3)
    assert len(left) == 1
    assert said[0] == f"a thing: run 1 rejected, the peer against itself gave {control:.3f}"


def test_without_a_quiet_run_nothing_is_claimed(harness, measurement, timings):
    left = timings(*[[[1.2] * 3, [0.1] * 3, [1.0] * 3]] * (harness.ATTEMPTS + 1))
    with pytest.raises(SystemExit, match=r"error: a thing: no quiet run in 5; nothing is claimed"):
        harness.measure(measurement(), rounds=3)
    assert len(left) == 1


@pytest.mark.parametrize("control", [0.95, 1.0, 1.05])
def test_a_control_within_the_range_passes(harness, measurement, timings, control):
    timings([[control] * 3, [0.1] * 3, [1.0] * 3])
    assert harness.measure(measurement(), rounds=3)["runs"] == 1


def test_unequal_results_stop_before_anything_is_timed(harness, measurement, clock):
    def unequal():
        raise AssertionError("results differ")

    work = {"peer": clock.work("peer", 1.0), "ours": clock.work("ours", 1.0)}
    with pytest.raises(AssertionError, match="results differ"):
        harness.measure(measurement(assert_equal=unequal, **work))
    assert clock.calls == []


def test_peer_and_ours_warm_up_twice_and_then_take_turns(harness, measurement, clock):
    work = {"peer": clock.work("peer", 9.0, 9.0, 9.0, 9.0, 1.0), "ours": clock.work("ours", 7.0, 7.0, 0.5)}
    rounds = []
    row = harness.measure(measurement(**work), rounds=12, progress=rounds.append)
    assert clock.calls[:6] == ["peer", "peer", "ours", "ours", "peer", "peer"]
    played = [tuple(clock.calls[k : k + 3]) for k in range(6, len(clock.calls), 3)]
    assert len(played) == 12
    assert all(sorted(turn) == ["ours", "peer", "peer"] for turn in played)
    assert [sum(turn[place] == "ours" for turn in played) for place in range(3)] == [4, 4, 4]
    assert (row["peer_seconds"], row["ours_seconds"], row["ratio"]) == (1.0, 0.5, 2.0)  # no warm-up counts
    assert rounds == [f"round {k} of 12" for k in range(1, 13)]


def test_short_calls_are_repeated_and_the_first_after_a_pause_does_not_count(harness, clock):
    short, count = clock.work("short", 0.01), round(harness.STRETCH / 0.01)
    assert harness.warmed_up(short) == count
    clock.calls.clear()
    assert harness.seconds(clock.work("short", 5.0, 0.01), count) == pytest.approx(0.01)
    assert len(clock.calls) == count + 1
    clock.calls.clear()
    assert harness.seconds(clock.work("long", 3.0), harness.warmed_up(clock.work("long", 3.0))) == 3.0
    assert len(clock.calls) == 3


@pytest.fixture
def printed_rows(harness, measurement, timings, capsys, monkeypatch):
    """The rows that the command line of a topic prints."""
    timings(*[[[1.25678] * 11, [1.0] * 11, [1.25678] * 11]] * 2)
    monkeypatch.setattr(sys, "argv", ["some.py"])
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    harness.run("some", lambda: [measurement(), measurement(goal=0.97)], packages=["numpy"])
    return json.loads(capsys.readouterr().out)


def test_a_row_has_what_a_claim_must_say(printed_rows):
    plain, with_goal = printed_rows
    assert plain.keys() == {
        *("topic", "what", "detail", "peer", "ratio", "quartiles", "control", "peer_seconds", "ours_seconds"),
        *("rounds", "runs", "processor", "cores", "threads", "python", "versions"),
    }
    assert with_goal.keys() - plain.keys() == {"goal"}
    assert (plain["topic"], plain["ratio"], plain["rounds"], plain["threads"]) == ("some", 1.257, 11, 1)
    assert plain["versions"].keys() == {"numpy"}


def test_the_page_takes_what_a_topic_prints(printed_rows, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "site"))
    import benchmark_plot

    path = tmp_path / "benchmarks.json"
    path.write_text(json.dumps(printed_rows), encoding="utf-8")
    assert "1.26×" in benchmark_plot.plot("some", benchmark_plot.read_rows(path))
