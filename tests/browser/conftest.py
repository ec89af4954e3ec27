"""The built book, served on this machine, and a browser that reaches nothing else."""

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from page_checks import HTML, Visit, built_pages


def pytest_generate_tests(metafunc):
    if "book_page" in metafunc.fixturenames:
        metafunc.parametrize("book_page", built_pages() or ["no page"])
    if "chapter" in metafunc.fixturenames:
        metafunc.parametrize(
            "chapter", [page for page in built_pages() if page.startswith("notebooks/")] or ["no page"]
        )


class Quiet(SimpleHTTPRequestHandler):
    """A file server that writes no log."""

    def log_message(self, *_arguments):
        pass


@pytest.fixture(scope="session")
def serve():
    """Give a function that serves a folder on a free port and returns its address."""
    servers = []

    def start(folder):
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def book(serve):
    """The address of the built book."""
    if not HTML.is_dir():
        pytest.fail("there is no _build/html: run make book first", pytrace=False)
    return serve(HTML)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Take Debian's chromium where it is, else Playwright's own."""
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    chromium = shutil.which("chromium")
    return {**browser_type_launch_args, "args": flags} | ({"executable_path": chromium} if chromium else {})


@pytest.fixture
def visit(browser, request):
    """Give a function that opens an address, with whatever a new context takes, and records what happens."""

    def go(address, **context):
        opened = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context})
        request.addfinalizer(opened.close)
        return Visit(opened.new_page(), address)

    return go
