"""The student's kernel as the grader sees it: outputs, errors and time of cells, and hostile messages.

Not here: how a kernel ends (test_kernel_end.py), and what is walled off (test_sandbox_inside.py).
"""

import time

import nbformat
import pytest
from kernels import SMALL, needs_sandbox

from tools.grading import kernel as kernel_module
from tools.grading.collect import Collector, safe_data
from tools.grading.kernel import Ended, Kernel
from tools.grading.limits import MIB, Limits


@pytest.fixture(
    scope="module", params=[pytest.param(True, marks=needs_sandbox), False], ids=["sandbox", "plain"]
)
def kernel(request):
    """A kernel with and without the sandbox, shared by tests that leave it alive."""
    with Kernel(sandboxed=request.param, forbidden=["tabnanny"], limits=SMALL) as started:
        yield started


def test_outputs_are_those_of_a_notebook(kernel):
    """Printed text comes as one piece per stream, a result with its number, and the format accepts them."""
    ran = kernel.run(
        "import sys\nprint(1)\nprint(2, flush=True)\nprint(3)\nprint('x', file=sys.stderr)\n4", seconds=10
    )
    outputs = {output.get("name", "result"): output for output in ran.outputs}
    assert outputs["stdout"]["text"] == "1\n2\n3\n" and outputs["stderr"]["text"] == "x\n"
    assert outputs["result"]["data"] == {"text/plain": "4"} and ran.error is None
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=ran.outputs)])
    nbformat.validate(notebook)


def test_an_error_is_an_output_and_the_kernel_goes_on(kernel):
    """Also one that is meant to end Python; there is nobody to ask for input."""
    ran = kernel.run("print(1)\n1 / 0", seconds=10)
    assert ran.error["ename"] == "ZeroDivisionError" and ran.outputs[-1] is ran.error
    assert kernel.run("import sys; sys.exit(3)", seconds=10).error["ename"] == "SystemExit"
    assert kernel.run("input()", seconds=10).error["ename"] == "StdinNotImplementedError"
    assert kernel.run("import tabnanny", seconds=10).error["evalue"] == "tabnanny may not be used in this lab"
    assert kernel.run("1 + 1", seconds=10).outputs[0]["data"]["text/plain"] == "2"


def test_only_text_and_images_are_kept(kernel):
    """Nothing that a browser runs reaches the page that a teacher opens; messages go another way."""
    ran = kernel.run(
        """
from IPython.display import HTML, Javascript, display
display(HTML("<script>1</script>"), Javascript("1"))
display({"text/html": "abcd", "image/svg+xml": "<svg/>", "application/javascript": "1"}, raw=True)
display({"image/png": 'iVBORw0KGgo="><script>', "text/plain": "figure"}, raw=True)
display({"application/x-d2lmodels": {"answer": [1, 2.5, None]}, "text/plain": "no"}, raw=True)
""",
        seconds=10,
    )
    assert [output["data"].get("image/png") for output in ran.outputs][-1] == "iVBORw0KGgo="
    assert {kind for output in ran.outputs for kind in output.get("data", {})} <= {"text/plain", "image/png"}
    assert ran.messages == [{"answer": [1, 2.5, None]}]


def test_an_endless_loop_is_interrupted(kernel):
    """After its time, with an error that says so, and the next cell runs."""
    began = time.monotonic()
    ran = kernel.run("print('before', flush=True)\nwhile True: pass", seconds=0.5)
    assert (ran.error["ename"], ran.error["evalue"]) == ("CellTimeoutError", "no result after 0.5 s")
    assert ran.outputs[0]["text"] == "before\n" and time.monotonic() - began < 2
    caught = kernel.run("try:\n    while True: pass\nexcept BaseException: pass", seconds=0.3)
    assert caught.error["ename"] == "CellTimeoutError"
    assert kernel.run("'alive'", seconds=5).outputs[0]["data"]["text/plain"] == "'alive'"


@pytest.mark.parametrize(
    "code",
    [
        "print('x' * 10**7)",
        "for number in range(10**6): print(number)",
        "for number in range(20000): display(number)",
        "display({'text/html': 'x' * 10**6}, raw=True)",
    ],
    ids=["one", "many", "displays", "dropped"],
)
def test_a_flood_of_output_is_cut(kernel, code):
    """One huge message or very many: the cell fails, little is kept, and the next cell runs."""
    ran = kernel.run(code, seconds=20)
    assert ran.error["ename"] == "OutputLimit" and "256 KiB" in ran.error["evalue"]
    assert len(str(ran.outputs)) < 2 * SMALL.output_bytes
    assert kernel.run("'alive'", seconds=5).outputs[0]["data"]["text/plain"] == "'alive'"


FAKES = """
import os, sys
kernel = get_ipython().kernel
socket, session = kernel.iopub_thread.socket, kernel.session
parent = kernel.get_parent()
contents = [{}, {"name": [], "text": {}}, {"data": 3}, {"data": {"text/plain": 1, "image/png": []}}]
contents += [{"ename": 1, "evalue": None, "traceback": "x"}, {"traceback": [1, None]}]
contents += [{"execution_state": []}]
contents += [{"data": {"image/png": "\\u00e9", "image/jpeg": "a"}, "execution_count": "x"}]
for kind in "stream", "display_data", "execute_result", "error", "status", "clear_output", "new":
    for content in contents:
        session.send(kernel.iopub_socket, kind, content=content, parent=parent, ident=b"fake")
nested = b"[" * 100000 + b"]" * 100000
for frames in [[b""], [b"<IDS|MSG>"], [b"<IDS|MSG>", b"", b"{}", b"{}", b"{}", b"{}"], [b"\\xff"] * 9]:
    kernel.iopub_socket.send_multipart(frames)
for part in b"{}", b"[]", nested, b"\\xff", b"null":
    parts = [part] * 4
    kernel.iopub_socket.send_multipart([b"<IDS|MSG>", session.sign(parts), *parts])
print("through")
"""


def test_malformed_messages_are_ignored(kernel):
    """Wrong signatures, types, nesting and missing parts: whatever the process sends, the grader goes on."""
    ran = kernel.run(FAKES, seconds=20)
    assert "through" in str(ran.outputs)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=ran.outputs)])
    nbformat.validate(notebook)
    assert kernel.run("'alive'", seconds=5).outputs[0]["data"]["text/plain"] == "'alive'"


FLOOD = "for step in range(24): display({'application/x-d2lmodels': 'x' * 2**22}, raw=True)"


@needs_sandbox
def test_a_flood_of_messages_does_not_fill_the_grader(monkeypatch):
    """Where messages pile up in the grader's memory, the sandbox is ended."""
    monkeypatch.setattr(kernel_module, "FLOOD", 40 * MIB)
    with Kernel(sandboxed=True) as kernel, pytest.raises(Ended, match="flooded"):
        kernel.run(FLOOD, seconds=20)


@needs_sandbox
def test_a_flood_between_two_cells_counts_too(monkeypatch):
    """What piles up while nobody reads ends the sandbox at the next cell."""
    monkeypatch.setattr(kernel_module, "FLOOD", 40 * MIB)
    with Kernel(sandboxed=True) as kernel, pytest.raises(Ended, match="flooded"):
        later = f"import threading, time\ndef later():\n    time.sleep(0.5)\n    {FLOOD}"
        kernel.run(f"{later}\nthreading.Thread(target=later).start()", seconds=20)
        deadline = time.monotonic() + 20
        while kernel_module.own_memory() < kernel.memory + 50 * MIB and time.monotonic() < deadline:
            time.sleep(0.02)
        kernel.run("1", seconds=20)


def test_a_plain_kernel_answers_over_ports_too(monkeypatch):
    """As on Windows, where ipykernel has no sockets in a folder."""
    monkeypatch.setattr("tools.grading.sockets.TRANSPORT", "tcp")
    with Kernel(sandboxed=False) as kernel:
        assert kernel.run("6 * 7", seconds=20).outputs[0]["data"]["text/plain"] == "42"


def test_images_are_only_ever_base64():
    """What is no image data is cleaned or left out, and text that no file could hold is mended."""
    assert safe_data({"text/plain": "a\ud800"})["text/plain"] == "a?"
    assert "<" not in str(safe_data({"image/png": 'aGk="><script>', "text/html": "<b>"}))
    collector = Collector(Limits(output_bytes=10))
    collector.take("stream", {"name": "stdout", "text": "x" * 20}, count=20)
    assert collector.full and collector.finish(None).outputs == []
