"""The dialogues are those of the corpus, copies and all, as pairs of texts and longer talks."""

import zipfile

import pytest

from d2lmodels.data import dialogues
from d2lmodels.data.dialogues import DIALOGUES, load_dialogues
from d2lmodels.data.wheel import fetch


def test_numbers():
    english = load_dialogues()
    assert len(english) == 21 and sum(map(len, english.values())) == 2025
    different = {topic: len({question for question, *_ in english[topic]}) for topic in english}
    largest = sorted(different, key=different.get, reverse=True)[:4]
    assert {topic: different[topic] for topic in largest} == {
        "trivia": 260, "coding": 96, "psychology": 62, "ai": 61
    }  # fmt: skip
    assert different["tech_support"] == 10
    assert sum(map(len, load_dialogues("chinese").values())) == 467


def test_every_line_says_something():
    for topic in load_dialogues().values():
        for exchange in topic:
            assert len(exchange) >= 2
            assert all(line and line == line.strip() for line in exchange)


def test_numbers_copies_spaces_and_silence(tmp_path, monkeypatch):
    talk = """categories: [x]
conversations:
- [" When? ", 1963]
- [Yes, "no"]
- [" When? ", 1963]
- [alone]
- [one, two, 0]
- one text
- [asked, null]
- [asked, " "]
"""
    with zipfile.ZipFile(tmp_path / "corpus.zip", "w") as archive:
        archive.writestr("corpus/data/english/history.yml", talk)
        archive.writestr("corpus/data/french/histoire.yml", "conversations: []")
        archive.writestr("corpus/data/english/notes.txt", "conversations: [[a, b]]")
    monkeypatch.setattr(dialogues, "fetch", lambda source: tmp_path / "corpus.zip")
    assert load_dialogues() == {
        "history": [("When?", "1963"), ("True", "no"), ("When?", "1963"), ("one", "two", "0")]
    }
    assert load_dialogues("french") == {"histoire": []}


def test_the_whole_wheel_is_kept():
    assert zipfile.is_zipfile(fetch(DIALOGUES))
    assert fetch(DIALOGUES).stat().st_size == DIALOGUES.size == DIALOGUES.download


def test_another_language_is_an_error():
    with pytest.raises(ValueError, match="language is 'latin'; it must be one of bengali, chinese,"):
        load_dialogues("latin")
