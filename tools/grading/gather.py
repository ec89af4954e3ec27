"""Sort files into submitted/: python tools/grading/gather.py [LAB ...]

Takes STUDENT_LAB.ipynb, and whatever else begins with STUDENT_LAB, out of downloaded/LAB/archive/ of the
course folder in which it is called, as learning platforms and browsers name files. Of several files of one
student the newest counts. Archives are not unpacked and links not followed.
"""

import argparse
import re
import shutil
import stat
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools.grading import lab
from tools.grading.admit import handed_in, refused, shown


def gather(name: str, course: Path) -> list[str]:
    """Fill submitted/ with one lab's files; return what is to be said about them."""
    folder, newest, said = course / "downloaded" / name / "archive", {}, []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        found = path.lstat()
        match = re.match(rf"(?P<student>[^_]+)_{re.escape(name)}(?![A-Za-z0-9])", path.name)
        if not match or not stat.S_ISREG(found.st_mode) or refused(course / "submitted" / match["student"]):
            said.append(f"{shown(path.name)}: left out; a file is called STUDENT_{name}.ipynb")
            continue
        student = match["student"]
        if student in newest:
            said.append(f"{student}: several files; the newest counts")
        if student not in newest or found.st_mtime > newest[student].lstat().st_mtime:
            newest[student] = path
    for student, path in newest.items():
        target = course / "submitted" / student / name
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        target.mkdir(parents=True)
        kind = ".ipynb" if path.suffix == ".ipynb" else "".join(path.suffixes[-2:])
        shutil.copy2(path, target / f"{name}{kind}", follow_symlinks=False)
        (target / "timestamp.txt").write_text(handed_in(target, path) + "\n")  # Formgrader compares these
    return [*said, f"{name}: {len(newest)} submissions sorted into submitted/"]


def main():
    """Gather the labs that are named, or all."""
    parser = argparse.ArgumentParser(description="Sort downloaded files into submitted/.")
    parser.add_argument("labs", nargs="*", metavar="LAB")
    parser.add_argument("--course", type=Path, default=Path.cwd(), help="default: this folder")
    options = parser.parse_args()
    for name in options.labs or lab.labs(options.course):
        print("\n".join(gather(name, options.course)))


if __name__ == "__main__":
    main()
