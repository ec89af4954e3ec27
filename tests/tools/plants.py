"""Ways to plant a fault in a faultless chapter, for the tests of `check`."""

from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

FIGURE = "figure"
LONG = "\n".join(f"x{i} = {i}" for i in range(40))
TRAINING = f"def f():\n    pass\nfor i in range(3):\n    loss.backward()\naxes.plot(i)\n{LONG}"
WORDS = "The number stays because nothing moves it and this sentence goes on for a while. "


def texts(cell, text, name="stdout"):
    cell.outputs = [new_output("stream", name=name, text=text)]


def setting(name, value):
    def plant(notebook, cell):
        notebook.metadata.d2lmodels[name] = value

    return plant


def source(text):
    def plant(notebook, cell):
        cell.source = text

    return plant


def added(text):
    def plant(notebook, cell):
        cell.source += text

    return plant


def retag(*names):
    def plant(notebook, cell):
        cell.metadata.tags = list(names)

    return plant


def printed(text, name="stdout"):
    return lambda notebook, cell: texts(cell, text, name)


def changed(act):
    """A fault that an expression plants."""
    return lambda notebook, cell: act(notebook, cell)


def drop(notebook, cell):
    notebook.cells.remove(cell)


def picture_metadata(alternative):
    def plant(notebook, cell):
        cell.outputs[0].metadata["image/png"]["alt"] = alternative

    return plant


def heavy(notebook, cell):
    cell.outputs[0].data["image/png"] = "A" * 56_000


def heavy_page(notebook, cell):
    cell.outputs[0].data["image/png"] = "A" * 48_000
    cell.outputs *= 6


def repeat_id(notebook, cell):
    notebook.cells.append(new_markdown_cell("Again.", id=cell.id))


def never_executed(notebook, cell):
    cell.execution_count = None


def in_mirror(notebook, cell):
    cell.source = cell.source.replace("one at a time", "by hand")


def many_bullets(notebook, cell):
    cell.source += "\n\n" + "\n".join(f"- {WORDS.replace('because', 'as')}" for _ in range(30))


def import_too_late(notebook, cell):
    notebook.cells.append(new_code_cell("from dataclasses import dataclass", id="late"))
    cell.source = "from d2lmodels.area.order import ordered\nseed = int\nseed()"


def import_after(text, *, place):
    def plant(notebook, cell):
        notebook.cells.insert(place, new_code_cell(text, id="later", execution_count=99))

    return plant
