"""What nbval does not watch: a cell marked for comparison must have something to compare, and no noise."""

import pytest

MARK = "nbval-check-output"


def is_marked(item) -> bool:
    """Whether the test is a notebook's cell that is compared with its stored output."""
    return type(item).__name__ == "IPyNbCell" and MARK in item.cell.metadata.get("tags", [])


def has_text(outputs) -> bool:
    """Whether some output shows text."""
    texts = (output.get("text") or output.get("data", {}).get("text/plain") for output in outputs)
    return any(text and text.strip() for text in texts)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Fail a marked cell that has no stored text, was never executed, or prints to stderr."""
    result = yield
    if is_marked(item):
        name = f"{item.parent.path.name}, cell {item.cell_num} ({item.cell.get('id')}), marked `{MARK}`,"
        if item.cell.execution_count is None or not has_text(item.cell.outputs):
            pytest.fail(f"{name} has no stored text: run it, or remove the tag", pytrace=False)
        noise = [output.text for output in item.test_outputs if output.get("name") == "stderr"]
        if noise:
            pytest.fail(f"{name} prints to stderr: {noise[0][:200]!r}", pytrace=False)
    return result
