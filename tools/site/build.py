"""Build the web book into _build/html, with warnings as errors.

Run by the Python of `.venv-book`; `--fresh` builds everything again.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
DOCTREES = ROOT / "_build" / ".doctrees"


def main() -> int:
    """Run jupyter-book and say where the book is; return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="forget what was built before")
    if parser.parse_args().fresh:
        shutil.rmtree(DOCTREES, ignore_errors=True)
        shutil.rmtree(HTML, ignore_errors=True)
    program = shutil.which("jupyter-book", path=Path(sys.executable).parent)
    if program is None:
        sys.exit("error: there is no jupyter-book in this environment; run make book")
    command = [program, "build", ".", "--path-output", "."]
    if not sys.stdout.isatty():  # a person sees how far it is, a log only what is wrong
        command.append("--quiet")
    status = subprocess.run([*command, "-W", "-n", "--keep-going"], cwd=ROOT, check=False).returncode
    if status:
        shutil.rmtree(DOCTREES, ignore_errors=True)  # else the next build would not repeat the warnings
        print("The book was not built: mend the warnings above.", file=sys.stderr)
        return status
    print(f"The book is at {HTML / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
