"""make class-test: a class of 60, the broken and the hostile among them, graded unattended.

Prints what each group earned, the time and the most memory of the grader, and ends with status 1 where a
grade is wrong or a file of the course was changed. Grades the labs one after the other, on a copy.
"""

import json
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import classroom
import nbformat
import toy
from cheats import LOSES_ALL, cheats
from lab_backprop import WRONG

from tools.grading import in_process, lab, sandbox
from tools.grading.variant import resolve

NAME = "backprop"
SIZE = 60


def students(released, source, course):
    """Return (student, notebook or bytes, file name, points expected or None) for the whole class."""
    answers = in_process.solutions(source)
    automatic = sum(lab.points(cell) for cell in source.cells if lab.is_test(cell))
    good = in_process.answered(released, answers)
    first = next(name for name in answers)
    text = nbformat.writes(good).encode()
    large = in_process.answered(released, answers)
    next(c for c in large.cells if c.cell_type == "code").outputs = [
        nbformat.v4.new_output("stream", text="x" * 50_000_000)
    ]
    doubled = json.loads(text)
    doubled["cells"] = [cell for cell in doubled["cells"] for _ in range(2)]
    doubled = json.dumps(doubled).encode()  # nbformat would mend the ids
    fewer = in_process.answered(released, answers)
    fewer.cells = [cell for cell in fewer.cells if not lab.is_test(cell) and cell.cell_type == "code"]
    listed = [
        ("blank", released, None, 0),
        ("empty", b"", None, 0),
        ("truncated", text[:-300], None, 0),
        ("no-notebook", b"%PDF-1.7", f"{NAME}.pdf", 0),
        ("renamed", good, "homework (1).ipynb", automatic),
        ("fifty-megabytes", large, None, automatic),
        ("every-cell-twice", doubled, None, automatic),
        ("cells-missing", fewer, None, automatic),
    ]
    for cheat_name, cheat in cheats().items():
        notebook = classroom.cheating(released, source, cheat, honest=first, course=course, victim="z-good")
        listed.append((f"hostile-{cheat_name}", notebook, None, cheat_name))
    for number, (_, wrong) in enumerate(list(WRONG.items())[: max(0, SIZE - len(listed) - 10)]):
        notebook = in_process.answered(released, {**answers, **wrong.replace})
        listed.append((f"wrong-{number:02d}", notebook, None, automatic - sum(wrong.loses.values())))
    while len(listed) < SIZE:
        listed.append((f"{'za'[len(listed) % 2]}-good-{len(listed)}", good, None, automatic))
    solved = {**dict.fromkeys(answers, ""), first: answers[first]}
    honest = sum(in_process.grade(in_process.answered(source, solved)).earned.values())
    lost = {f"hostile-{name}" for name in LOSES_ALL}
    return [
        (student, notebook, file, (0 if student in lost else honest) if isinstance(points, str) else points)
        for student, notebook, file, points in listed
    ]


def files(course):
    """Return the content of every file that nobody may change."""
    folders = [course / step for step in ("source", "release", "submitted")]
    return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


def main():
    """Hand in, grade, compare."""
    if reason := sandbox.unavailable():
        sys.exit(f"the class is graded in the sandbox alone: {reason}")
    course = Path(tempfile.mkdtemp(prefix="class-of-sixty-"))
    original = lab.read(lab.COURSE / "source" / NAME / f"{NAME}.ipynb")
    toy.make_course(course, original, NAME)
    classroom.release(course, NAME)
    released = lab.read(course / "release" / NAME / f"{NAME}.ipynb")
    group = students(released, resolve(original), course)
    for student, notebook, file, _ in group:
        classroom.hand_in(course, student, NAME, notebook, file)
    before, started = files(course), time.perf_counter()
    print(f"{len(group)} submissions of the lab {NAME}")
    printed = classroom.autograde(course, NAME)
    seconds = time.perf_counter() - started
    print(printed.strip())
    grades = classroom.grades(course)
    wrong = [
        f"{student}: {grades[student]['score']} points, and not {expected:g}"
        for student, _, _, expected in group
        if float(grades[student]["score"]) != expected
    ]
    if files(course) != before:
        wrong.append("a file of the course was changed")
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**10
    print(f"{len(group)} graded in {seconds:.0f} s, {seconds / len(group):.1f} s each")
    print(f"the largest process of the grading held {memory:.0f} MB")
    print("\n".join(wrong) or "every grade is right, and no file of the course was changed")
    shutil.rmtree(course)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
