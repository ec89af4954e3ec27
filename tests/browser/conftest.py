"""The built book, served on this machine, and a browser that reaches nothing else."""

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from page_checks import HTML, Visit, built_pages
from xdist.scheduler import LoadScopeScheduling


class ByPage(LoadScopeScheduling):
    """Give all tests of one page to one process, where they share its window."""

    def _split_scope(self, nodeid):
        return nodeid.partition("[")[2] or nodeid


def pytest_xdist_make_scheduler(config, log):
    return ByPage(config, log)


def pytest_generate_tests(metafunc):
    pages = built_pages()
    chapters = [page for page in pages if page.startswith("notebooks/")]
    for name, values in (("book_page", pages), ("chapter", chapters)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, values or ["no page"], scope="module")


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


def opened(browser, request, address, **context):
    """Open an address, with whatever a new context takes, until the fixture ends, and record what happens."""
    window = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context})
    request.addfinalizer(window.close)
    return Visit(window.new_page(), address)


@pytest.fixture
def visit(browser, request):
    """Give a function that opens an address for one test."""
    return partial(opened, browser, request)


@pytest.fixture(scope="module")
def book_visit(browser, request, book, book_page):
    """One page of the book in a light window, shared by the tests of that page."""
    return opened(browser, request, book + book_page, color_scheme="light")


@pytest.fixture(scope="module")
def chapter_visit(browser, request, book, chapter):
    """One chapter in a window, shared by the tests of that chapter."""
    return opened(browser, request, book + chapter)
