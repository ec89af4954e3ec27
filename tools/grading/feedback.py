"""What students get back: their notebook, graded, without the hidden tests."""

from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor

from tools.grading import lab


class HideTests(NbGraderPreprocessor):
    """Take hidden tests and the canary out of a graded notebook; the messages of failures stay."""

    def preprocess(self, nb, resources):
        """Return the notebook as its student may see it."""
        nb.cells = [cell for cell in nb.cells if lab.grade_id(cell) != lab.CANARY]
        clear = ClearHiddenTests()
        for index, cell in enumerate(nb.cells):
            if lab.is_test(cell):
                clear.preprocess_cell(cell, resources, index)
        return nb, resources
