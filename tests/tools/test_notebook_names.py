"""Which names code needs at once, which later, and which it defines."""

import pytest

from tools.notebook.names import names


@pytest.mark.parametrize(
    ("code", "now", "later", "defined"),
    [
        ("x = y", "y", "", "x"),
        ("def f(a, b=c):\n    return a + d", "c", "d", "f"),
        ("@deco\nclass A(B):\n    size = e\n    def f(self):\n        return g", "deco B e", "g", "A"),
        ("[h(i) for i in range(3)]", "h", "", ""),
        ("f = lambda a: a + k", "", "k", "f"),
        ("def f():\n    global n\n    n = 1", "", "", "f n"),
        ("import a.b as c, d.e\nfrom f import g as h", "", "", "c d h"),
        ("x = 1\nprint(x, len([x]))", "", "", "x"),
        ("def f():\n    def g():\n        return m\n    return g", "", "m", "f"),
    ],
)
def test_names(code, now, later, defined):
    found = names(code)
    assert (found.now, found.later, found.defined) == tuple(
        set(part.split()) for part in (now, later, defined)
    )
