"""What students get back: their notebook, graded, without the hidden tests."""

from nbformat.v4 import new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor
from traitlets import List

from tools.grading import lab


class HideTests(NbGraderPreprocessor):
    """Take hidden tests and the canary out of a graded notebook; the messages of failures stay."""

    display_data_priority = List(help="nbconvert sets it for every step").tag(config=True)

    def preprocess(self, nb, resources):
        """Return the notebook as its student may see it."""
        nb.cells = [cell for cell in nb.cells if lab.grade_id(cell) != lab.CANARY]
        clear = ClearHiddenTests()
        for index, cell in enumerate(nb.cells):
            if lab.is_test(cell):
                clear.preprocess_cell(cell, resources, index)
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            graded = gradebook.find_submission_notebook(
                about["notebook"], about["assignment"], about["student"]
            )
            waiting = sum(grade.max_score for grade in graded.grades if grade.needs_manual_grade)
        if waiting:
            text = f"{waiting:g} of the points wait for a person; until then they count as 0."
            nb.cells.insert(0, new_markdown_cell(text, id="waiting"))
        print(f"{about['student']}: feedback written", flush=True)
        return nb, resources
