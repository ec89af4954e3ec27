"""Mistakes with dates in words end in errors that say what was got and what is wanted."""

import builtins
import re

import pytest

from d2lmodels.data.dates import load_dates


@pytest.mark.parametrize("count", [0, -1, 2.0, True, "9"])
def test_a_wrong_count_is_named(count):
    with pytest.raises(ValueError, match=f"count is {count!r}; it must be a whole number from 1 up"):
        load_dates(count)


@pytest.mark.parametrize("seed", [-1, 0.5, None])
def test_a_wrong_seed_is_named(seed):
    with pytest.raises(ValueError, match=f"seed is {seed!r}; it must be a whole number from 0 up"):
        load_dates(3, seed=seed)


@pytest.mark.parametrize("languages", ["en", (), []])
def test_languages_must_be_several_codes(languages):
    with pytest.raises(ValueError, match=re.escape(f"languages is {languages!r}; it must be codes such as")):
        load_dates(3, languages=languages)


@pytest.mark.parametrize("code", ["english", "xx", "en-GB", "", 3, None])
def test_a_language_that_babel_does_not_know_is_named(code):
    with pytest.raises(ValueError, match=re.escape(f"languages has {code!r}, which Babel does not know")):
        load_dates(3, languages=("en", code))


def test_a_wrong_split_is_named():
    with pytest.raises(ValueError, match="split is 'valid'; it must be 'train' or 'test'"):
        load_dates(3, split="valid")


def test_without_babel_the_extra_is_named(monkeypatch):
    find = builtins.__import__

    def nowhere(name, *rest, **options):
        if name.split(".")[0] == "babel":
            raise ModuleNotFoundError("No module named 'babel'", name="babel")
        return find(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", nowhere)
    with pytest.raises(
        ImportError,
        match=re.escape("need Babel, .*: pip install 'd2lmodels[language]'").replace(r"\.\*", ".*"),
    ):
        load_dates(3)
