"""Take screenshots of a built page: light, dark and on a telephone, in slices that can be read.

    .venv/bin/python tools/site/screenshots.py notebooks/1_foundations/03_backprop.html

writes _build/screenshots/03_backprop-{light,dark,phone}-01.png and so on.
"""

import argparse
import shutil
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
VIEWS = {"light": (1280, "light"), "dark": (1280, "dark"), "phone": (375, "light")}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars"]


class Quiet(SimpleHTTPRequestHandler):
    """A file server that writes no log."""

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def serve(folder: Path) -> ThreadingHTTPServer:
    """Serve a folder on a free port of this machine, in the background."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def settle(page: Page) -> None:
    """Wait until mathematics is set and fonts are there."""
    page.wait_for_function("!window.MathJax || (MathJax.Hub && MathJax.Hub.queue.pending === 0)")
    page.evaluate("document.fonts.ready")


def capture(page: Page, target: Path, *, height: int) -> int:
    """Write the page's full length as numbered slices of `height` pixels; return how many."""
    total = page.evaluate("document.documentElement.scrollHeight")
    width = page.viewport_size["width"]
    page.set_viewport_size({"width": width, "height": total})
    count = -(-total // height)
    for index in range(count):
        clip = {"x": 0, "y": index * height, "width": width, "height": min(height, total - index * height)}
        page.screenshot(path=f"{target}-{index + 1:02}.png", clip=clip)
    return count


def main() -> int:
    """Take the screenshots that the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("page", help="the page, relative to _build/html")
    parser.add_argument("--height", type=int, default=1600, help="pixels in a slice")
    parser.add_argument("--views", nargs="+", choices=VIEWS, default=list(VIEWS))
    arguments = parser.parse_args()
    if not (HTML / arguments.page).is_file():
        sys.exit(f"error: {arguments.page} is not in _build/html; run make book first")
    folder = ROOT / "_build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    server = serve(HTML)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name in arguments.views:
            width, scheme = VIEWS[name]
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            page.goto(f"http://127.0.0.1:{server.server_port}/{arguments.page}", wait_until="load")
            settle(page)
            target = folder / f"{Path(arguments.page).stem}-{name}"
            for old in folder.glob(f"{target.name}-??.png"):
                old.unlink()
            print(f"{target.relative_to(ROOT)}-*.png: {capture(page, target, height=arguments.height)}")
            page.close()
        browser.close()
    server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
