"""Three submissions to practise with: python tools/grading/practice.py LAB

Writes practice-right_LAB.ipynb, practice-unfinished_LAB.ipynb (the last task of code not done) and
practice-hostile_LAB.ipynb (the first task right, and a cell that tries to make every test pass and to delete
what others handed in) into downloaded/LAB/archive/ of the course folder in which it is called.
"""

import argparse
import copy
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import nbformat

from tools.grading import lab
from tools.grading.in_process import solutions
from tools.grading.variant import resolve

HOSTILE = """# Every later cell becomes `pass`, and other people's work goes.
import shutil

get_ipython().input_transformers_cleanup.append(lambda lines: ["pass\\n"])
for folder in ("submitted", "admitted", "source"):
    shutil.rmtree(f"{course}/{{folder}}", ignore_errors=True)
"""


def submissions(name: str, course: Path) -> dict[str, nbformat.NotebookNode]:
    """Return the three notebooks by student. Raises FileNotFoundError where the lab was not released."""
    released = lab.read(course / "release" / name / f"{name}.ipynb")
    answers = solutions(resolve(lab.read(course / "source" / name / f"{name}.ipynb")))
    code = [lab.grade_id(cell) for cell in released.cells if lab.is_answer(cell) and cell.cell_type == "code"]
    kept = {
        "practice-right": answers,
        "practice-unfinished": {k: v for k, v in answers.items() if k != code[-1]},
        "practice-hostile": {code[0]: answers[code[0]]},
    }
    notebooks = {student: copy.deepcopy(released) for student in kept}
    for student, notebook in notebooks.items():
        for cell in notebook.cells:
            cell.source = kept[student].get(lab.grade_id(cell), cell.source)
    cell = nbformat.v4.new_code_cell(HOSTILE.format(course=course.resolve()))
    place = next(n for n, other in enumerate(released.cells) if lab.grade_id(other) == code[0])
    notebooks["practice-hostile"].cells.insert(place + 1, cell)
    return notebooks


def main():
    """Write the files and say where they are."""
    parser = argparse.ArgumentParser(description="Write three submissions to practise with.")
    parser.add_argument("lab", metavar="LAB")
    parser.add_argument(
        "--course", type=Path, default=Path.cwd(), help="the course folder; default: this one"
    )
    options = parser.parse_args()
    try:
        notebooks = submissions(options.lab, options.course)
    except FileNotFoundError as problem:
        sys.exit(
            f"error: {problem.filename} is missing: first run nbgrader generate_assignment {options.lab}"
        )
    folder = options.course / "downloaded" / options.lab / "archive"
    folder.mkdir(parents=True, exist_ok=True)
    for student, notebook in notebooks.items():
        path = folder / f"{student}_{options.lab}.ipynb"
        nbformat.write(notebook, path)
        print(path)


if __name__ == "__main__":
    main()
