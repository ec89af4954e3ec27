"""Find bubblewrap, in which students' code runs while it is graded, or install it where apt can.

Without it grading goes on with timeouts only, so this ends well everywhere, with a line on what there is.
"""

import shutil
import sys

from common import apt_install, may_use_apt


def main():
    """Look, install where that is possible, and say what was found."""
    if sys.platform.startswith("linux") and not shutil.which("bwrap") and may_use_apt():
        print("sandbox: installing bubblewrap", flush=True)
        apt_install("bubblewrap")
    path = shutil.which("bwrap")
    print(
        f"sandbox: {path}"
        if path
        else "sandbox: no bubblewrap here; students' code would run with timeouts only"
    )


if __name__ == "__main__":
    main()
