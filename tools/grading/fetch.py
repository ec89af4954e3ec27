"""nbgrader's `collect`, without following links: students write into the exchange's folder as they like."""

import shutil
import tempfile
from pathlib import Path

from nbgrader.exchange.default import ExchangeCollect


class Collect(ExchangeCollect):
    """Copies submissions out of the exchange; a link would be read with the teacher's rights."""

    def do_copy(self, src, dest, log=None):
        """Copy a submission's folder; leave links out, and a folder that is one, or that is too large."""
        if Path(src).is_symlink() or self.get_size(src) > 1000 * self.coursedir.max_dir_size:
            self.log.error("not collected, because it is a link or too large: %r", src)
            return
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "copy"
            shutil.copytree(src, copy, symlinks=True)
            for path in [path for path in copy.rglob("*") if path.is_symlink()]:
                self.log.error("a link was left out: %r", str(path.relative_to(copy)))
                path.unlink()
            super().do_copy(str(copy), dest, log)
