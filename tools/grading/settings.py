"""nbgrader's settings for a course with a sandbox and a judge; called by the course's nbgrader_config.py."""

import os
import sys
import warnings
from pathlib import Path

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    GetGrades,
    LimitOutput,
    SaveAutoGrades,
)

from tools.grading.feedback import HideTests
from tools.grading.grades import Grades
from tools.grading.variant import PickVariant


def configure(c, course: Path):
    """Fill nbgrader's configuration `c` for the course in this folder."""
    c.CourseDirectory.root = str(course)
    c.CourseDirectory.course_id = "d2lmodels"
    if sys.argv[1:2] == ["autograde"]:  # every other command reads and writes submitted/
        c.CourseDirectory.submitted_directory = "admitted"
    if sys.argv[1:2] in (["autograde"], ["generate_feedback"]):
        # Warnings of every test cell that has hidden tests, and of every picture without a description
        c.Application.log_level = "ERROR"
        warnings.filterwarnings("ignore", module="nbgrader|nbconvert")
    c.GenerateAssignment.preprocessors = [PickVariant, *GenerateAssignment.preprocessors.default()]
    c.Autograde.autograde_preprocessors = [
        "tools.grading.execute.Execute",
        LimitOutput,
        SaveAutoGrades,
        "tools.grading.execute.Canary",
        AssignLatePenalties,
        CheckCellMetadata,
    ]
    c.GenerateFeedback.preprocessors = [GetGrades, HideTests, CSSHTMLHeaderPreprocessor]
    c.ExportApp.plugin_class = Grades
    c.ExchangeFactory.collect = "tools.grading.fetch.Collect"
    # nbgrader calls the command alembic, which lies beside this Python
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
