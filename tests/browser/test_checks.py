"""The checks of pages can fail: each fault is planted, and its check, and no other, sees it."""

import page_checks as checks
import pytest

PAGE = """<!doctype html><html lang="en">
<head><title>A page</title><link rel="icon" href="data:,">{head}</head>
<body style="margin: 0"><main><article><h1>A page</h1>{body}</article></main></body></html>"""
ALL = (
    checks.requests,
    checks.mathematics,
    checks.weight,
    checks.pictures,
    checks.overflow,
    checks.accessibility,
)
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
LABEL = '<button aria-label="Share"><span>Search</span></button>'
FAULTS = {
    "foreign script": (checks.requests, '<script src="http://example.invalid/x.js"></script>', ""),
    "console error": (checks.requests, "", "<script>console.error('broken')</script>"),
    "missing file": (checks.requests, '<script src="missing.js"></script>', ""),
    "raw formula": (checks.mathematics, "", r"<p>\(x\)</p>"),
    "raw display": (checks.mathematics, "", "<p>$$ x $$</p>"),
    "heavy page": (checks.weight, '<script src="heavy.bin"></script>', ""),
    "no alternative text": (checks.pictures, "", f'<img src="{PIXEL}" alt="">'),
    "missing far below": (
        checks.pictures,
        "",
        '<div style="height: 20000px"></div><img src="none.png" alt="none" loading="lazy">',
    ),
    "overflow": (checks.overflow, "", '<div style="width: 500px">wide</div>'),
    "clipped overflow": (
        checks.overflow,
        "",
        '<div style="overflow: auto; width: 600px"><div style="width: 900px">wide</div></div>',
    ),
    "low contrast": (checks.accessibility, "", '<p style="color: #aaa; background: #fff">faint</p>'),
    "one faint colour in much code": (
        checks.accessibility,
        "",
        '<pre tabindex="0">'
        + "<span class='k'>if</span> " * 50
        + "<i><span class='c' style='color: #aaa'>faint</span></i></pre>",
    ),
    "misnamed button": (checks.accessibility, "", LABEL),
}


@pytest.fixture
def faulty(visit, serve, tmp_path):
    """Open a small page with something planted in it, at the width of a telephone."""

    def make(head="", body=""):
        (tmp_path / "index.html").write_text(PAGE.format(head=head, body=body))
        (tmp_path / "heavy.bin").write_bytes(bytes(2 * checks.LARGEST_PAGE))
        return visit(serve(tmp_path) + "index.html", viewport={"width": 375, "height": 800})

    return make


def test_a_sound_page_passes(faulty):
    opened = faulty(
        body='<pre tabindex="0" style="overflow: auto">'
        + "wide " * 100
        + f'</pre><img src="{PIXEL}" alt="A dot">'
    )
    assert [check(opened) for check in ALL] == [[]] * len(ALL)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_seen(faulty, fault):
    check, head, body = FAULTS[fault]
    opened = faulty(head, body)
    assert check(opened)


def test_formulas_that_stay_unset_are_seen(faulty, monkeypatch):
    monkeypatch.setattr(checks.Visit, "settle", lambda _visit: None)
    assert checks.mathematics(faulty(body='<span class="math">x</span>'))
