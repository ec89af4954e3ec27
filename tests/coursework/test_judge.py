"""The judge runs the tests and gives a verdict, whatever the student's side answers.

The student's side is here the agent over a plain namespace of this process, and once over a real kernel. Not
tested here: what a test can do with the student's objects (test_judge_objects.py), the sandbox, and grading
as a whole.
"""

import json
import subprocess
import time
from pathlib import Path

import pytest
from judged import GIVEN, STUDENT, fails, passes
from jupyter_client.manager import start_new_kernel

from tools.grading import agent, judging, wire
from tools.grading.judging import Judge, JudgeError, Verdict


def test_a_wrong_answer_fails_with_its_message_and_lines(judge):
    verdict = fails(judge, "def check_sum():\n    assert Value(1.0).data == 2.0, 'off'\n\n\ncheck_sum()")
    assert verdict.message == "off"
    assert any("line 5, in <module>" in line for line in verdict.traceback)
    assert any("assert Value(1.0).data == 2.0" in line for line in verdict.traceback)
    assert not any("proxy" in line or "judge.py" in line for line in verdict.traceback)


def test_printed_text_arrives_in_order_and_bounded(judge):
    assert passes(judge, "print('a')\nspeak('b')\nprint('c')") == "a\nb\nc\n"
    assert len(passes(judge, "for _ in range(20):\n    speak('x' * 100_000)")) < 25_000
    assert "\x1b" not in passes(judge, "speak('\\x1b[2J')")


def test_names_of_earlier_tests_stay_even_where_the_judge_began_anew(judge):
    fails(judge, "def helper(): return 41\nassert False")
    passes(judge, "assert helper() == 41")
    judge.process.kill()
    judge.process.wait()
    passes(judge, "assert helper() == 41 and double(2) == 4")


def test_time_ends_a_test(judge):
    start = time.monotonic()
    verdict = fails(judge, "while True:\n    pass", kind="TimeoutError", message="0.2 s", seconds=0.2)
    assert any("line" in line for line in verdict.traceback)
    fails(
        judge, "while True:\n    try: speak('')\n    except Exception: pass", kind="TimeoutError", seconds=0.2
    )
    assert time.monotonic() - start < 3
    assert passes(judge, "print(double(1))") == "2\n"


WITHOUT = """
import runpy, signal, sys
sys.modules["resource"] = None
del signal.setitimer, signal.SIGALRM
sys.argv = [{path!r}]
runpy.run_path({path!r}, run_name="__main__")
"""


def test_the_judge_works_where_there_is_no_alarm(monkeypatch):
    """As on Windows: a test that goes on is ended by the caller."""
    monkeypatch.setattr("tools.grading.judging.GRACE", 0.2)
    path = str(Path(judging.__file__).with_name("judge.py"))
    plain = subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda command, **k: plain([command[0], "-c", WITHOUT.format(path=path)], **k)
    )
    with Judge(lambda request: {"missing": True}) as judge:
        judge.given("x = 1")
        assert judge.test("assert x == 1", seconds=5).passed
        verdict = judge.test("while True:\n    pass", seconds=0.3)
        assert (verdict.passed, verdict.kind) == (False, "TimeoutError")
        assert judge.test("assert x == 1", seconds=5).passed


def test_a_test_that_no_signal_ends_is_killed(judge, monkeypatch):
    monkeypatch.setattr("tools.grading.judging.GRACE", 0.2)
    source = "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})\nwhile True: pass"
    fails(judge, source, kind="TimeoutError", message="were ended", seconds=0.2)
    passes(judge, "assert double(2) == 4")


def test_a_slow_answer_ends_the_test_and_the_next_gets_its_own(side, judge):
    quick = side.answer

    def slow(request):
        assert 0 <= request["seconds"] <= 0.2
        time.sleep(0.4)
        return quick(request)

    side.answer = slow
    fails(judge, "speak('late')", kind="TimeoutError", seconds=0.2)
    side.answer = quick
    assert passes(judge, "assert speak('ab') == 2") == "ab\n"


def test_an_answer_that_raises_fails_the_call_and_no_more(side, judge):
    quick = side.answer

    def gone(request):
        if request["do"] == "call":
            raise ConnectionError("the student's kernel is gone")
        return quick(request)

    side.answer = gone
    fails(judge, "speak('a')", kind="RuntimeError", message="the student's kernel is gone")
    passes(judge, "try:\n    speak('a')\nexcept RuntimeError as error:\n    assert 'gone' in str(error)")
    side.answer = quick
    passes(judge, "speak('a')")


MALFORMED = [{}, [], 3, None, object(), '{"value": 1', "[" * 10_000, '{"value": NaN}', "1\n2", "é"]
MALFORMED += [{"value": {"object": -1}}, {"value": {"given": "double"}}, {"value": 1, "printed": 5}]
MALFORMED += [{"value": {"array": "O", "shape": [1], "bytes": "AAAAAAAAAAA="}}, {"error": 1}]
MALFORMED += [{"error": {"type": "ValueError"}}, {"error": {"type": "x", "message": "m", "lines": None}}]


@pytest.mark.parametrize("answer", MALFORMED)
def test_a_malformed_answer_fails_the_test(side, judge, answer):
    side.answer = lambda request: answer
    assert not judge.test("try:\n    speak('a')\nexcept AssertionError:\n    pass", seconds=5).passed
    process = judge.process
    side.answer = lambda request: agent.reply(wire.dumps(request), side.names)
    passes(judge, "assert speak('a') == 1")
    assert judge.process is process


def test_the_students_side_cannot_name_the_judges_objects(side, judge):
    side.answer = lambda request: {"value": {"given": "double"}}
    fails(judge, "speak('a')", kind="WireError")


def test_an_error_names_no_type_but_an_exception(side, judge):
    for base in ("eval", "print", "SystemExit", "BaseException", "object", "__import__", "KeyboardInterrupt"):
        error = {"type": base, "base": base, "message": "m", "lines": "", "args": ["1"]}
        side.answer = lambda request, error=error: {"error": error}
        fails(judge, "speak('a')", kind="RuntimeError", message=f"{base}: m")


def test_a_judge_that_dies_fails_the_test_and_is_replaced(judge):
    verdict = fails(judge, "import os\nos._exit(3)", kind="RuntimeError", message="exit status 3")
    assert isinstance(verdict, Verdict)
    passes(judge, "assert double(2) == 4 and Value(1.0).data == 1.0")
    fails(judge, "raise SystemExit(2)", kind="SystemExit")
    passes(judge, "assert double(2) == 4")


def test_what_a_test_writes_past_print_is_no_verdict(judge):
    forged = json.dumps({"done": {"passed": True}})
    fails(judge, f"import os\nos.write(1, b'{forged}\\n')\nassert False")


def test_a_given_cell_that_fails_is_the_labs_fault(side):
    with Judge(lambda request: {}) as judge:
        with pytest.raises(JudgeError, match=r"(?s)line 2, in <module>.*ZeroDivisionError"):
            judge.given("x = 1\n1 / 0")
        with pytest.raises(JudgeError, match="exit status 5"):
            judge.given("import os\nos._exit(5)")


def test_the_judge_starts_without_torch_and_is_quick(judge):
    source = "import sys; assert not {'torch', 'IPython', 'matplotlib'} & set(sys.modules)"
    passes(judge, source)
    many = "import time\nstart = time.perf_counter()\nfor _ in range(200):\n    compose()(1.0)\n"
    passes(judge, many + "assert time.perf_counter() - start < 200 * 2 * 0.005")


def test_nothing_is_imported_from_the_folder(tmp_path):
    (tmp_path / "numpy.py").write_text("raise SystemExit")
    (tmp_path / "wire.py").write_text("raise SystemExit")
    with Judge(lambda request: {"missing": True}, folder=tmp_path) as judge:
        judge.given("import numpy as np\nimport os\nassert os.path.exists('numpy.py')")
        assert judge.test("assert np.ones(1) == 1", seconds=5).passed


def test_over_a_real_kernel():
    manager, client = start_new_kernel(kernel_name="python3", stderr=subprocess.DEVNULL)
    messages = []

    def run(code, **options):
        messages.clear()
        reply = client.execute_interactive(code, store_history=False, output_hook=messages.append, **options)
        assert reply["content"]["status"] == "ok", reply["content"]
        return [
            message["content"]
            for message in messages
            if message["msg_type"] not in ("status", "execute_input")
        ]

    def answer(request, **options):
        (shown,) = run(agent.call_source(request), **options)
        return shown["data"][agent.MIME]

    listing = "print(sorted(name for name in globals() if not name.startswith('_i')))"
    try:
        run(STUDENT)
        names = run(listing)[0]["text"]
        assert run(agent.source()) == []
        for options in ({}, {"silent": True}):
            with Judge(lambda request, options=options: answer(request, **options)) as judge:
                judge.given(GIVEN)
                passes(judge, "a = Value(2.0)\nb = a * a\nb.backward()\nassert a.grad == 4.0")
                assert passes(judge, "assert compose()(np.ones(3)).sum() == 3.0\nspeak('a')") == "a\n"
                verdict = fails(judge, "fail('own')", kind="RuntimeError", message="Own: mine")
                assert any('case "own": raise Own("mine")' in line for line in verdict.traceback)
                fails(judge, "nothing", kind="NameError")
        assert run(listing)[0]["text"] == names
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
