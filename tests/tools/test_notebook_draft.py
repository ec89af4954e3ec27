"""The text of a notebook, and back: ids, outputs, tags and metadata stay."""

import os

import pytest

from tools.notebook import cells, check, draft
from tools.notebooks import main


def commands(scratch, *names):
    assert [main([name, "03_sums"], root=scratch.root) for name in names] == [0] * len(names)


def test_round_trip_changes_nothing(scratch, executed):
    before = scratch.path.read_bytes()
    commands(scratch, "edit", "apply")
    assert scratch.path.read_bytes() == before


def test_draft_leaves_out_what_sync_writes(scratch, executed):
    text = draft.to_text(executed)
    assert "# d2lmodels/area/value.py:ZERO, ONE, Number, total" in text and "result += number" not in text
    assert "v1.2.3" not in text and "hide-cell" not in text and "cellView" not in text
    assert r"$\alpha_x$ stays" in text and "say: why" in text


def test_edited_cell_keeps_its_id_and_output(scratch, executed):
    commands(scratch, "edit")
    file = scratch.root / "_drafts" / "03_sums.py"
    text = file.read_text(encoding="utf-8")
    text = text.replace('print(f"{1 / 3:.4f}")', 'print(f"{1 / 3:.4f}")  # a third').replace(
        "The third is", "A third is"
    )
    file.write_text(text.replace('# %% id="figure"', '# %%\nnew = 1\n\n# %% id="figure"'), encoding="utf-8")
    commands(scratch, "apply")
    notebook = cells.read(scratch.path)
    assert scratch.cell(notebook, "first").outputs == scratch.cell(executed, "first").outputs != []
    assert scratch.cell(notebook, "first").source.endswith("# a third")
    assert scratch.cell(notebook, "first-read").source.startswith("A third")
    assert {cell.id for cell in notebook.cells} - {cell.id for cell in executed.cells} == {"new-1"}
    assert 'id="new-1"' in file.read_text(encoding="utf-8")


def test_cells_without_ids_find_their_old_ones(scratch, executed):
    text = draft.to_text(executed)
    lost = text.replace(' id="first"', "").replace(' id="title"', "").replace(' id="mirror-number"', "")
    back = draft.from_text(lost, executed)
    assert [cell.id for cell in back.cells] == [cell.id for cell in executed.cells]
    assert scratch.cell(back, "first").outputs


def test_own_tags_and_metadata_stay(scratch):
    text = '# %% id="a" tags=["hide-cell", "audit-N1"] slideshow={"slide_type": "skip"}\nx = 1\n'
    notebook = draft.from_text(draft.to_text(draft.from_text(text, None)), None)
    assert notebook.cells[0].metadata == {
        "tags": ["hide-cell", "audit-N1"],
        "slideshow": {"slide_type": "skip"},
    }


def test_id_used_twice_is_refused(scratch):
    with pytest.raises(cells.Mend, match="'a' for two cells"):
        draft.from_text('# %% id="a"\nx = 1\n\n# %% id="a"\ny = 1\n', None)


def test_edit_does_not_overwrite_changes(scratch, executed, capsys):
    commands(scratch, "edit")
    file = scratch.root / "_drafts" / "03_sums.py"
    file.write_text(file.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    os.utime(file, (2e9, 2e9))
    assert main(["edit", "03_sums"], root=scratch.root) == 1
    assert "holds changes" in capsys.readouterr().err
    assert main(["edit", "03_sums", "--force"], root=scratch.root) == 0
    assert "# mine" not in file.read_text(encoding="utf-8")


def test_new_notebook_from_a_draft_alone_needs_its_part(scratch, capsys):
    file = scratch.root / "_drafts" / "04_new.py"
    file.parent.mkdir()
    file.write_text("# %% [markdown]\n# # New\n", encoding="utf-8")
    assert main(["apply", "04_new"], root=scratch.root) == 1
    assert "1_foundations/04_new" in capsys.readouterr().err
    assert main(["apply", "1_part/04_new"], root=scratch.root) == 0
    assert cells.read(scratch.root / "notebooks/1_part/04_new.ipynb").cells[0].source == "# New"


def test_skeleton_has_every_part(scratch, capsys):
    assert main(["new", "1_part/05_fresh"], root=scratch.root) == 0
    path = scratch.root / "notebooks/1_part/05_fresh.ipynb"
    said = {
        message.what for message in check.examine(scratch.project, path).messages if message.kind == "error"
    }
    assert said == {"no cell was ever executed"}
    assert main(["new", "1_part/05_fresh"], root=scratch.root) == 1
    assert main(["new", "nameless"], root=scratch.root) == 1
    assert "PART/NAME" in capsys.readouterr().err
