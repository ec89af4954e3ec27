"""nbgrader's settings for this course; nbgrader reads them when it is called in this folder."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.grading.settings import configure

configure(get_config(), Path(__file__).resolve().parent)
